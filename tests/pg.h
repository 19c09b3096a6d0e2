/* pg.h -- a throwaway Postgres for a cmocka group: cmocka_run_group_tests(tests, test_pg_start, test_pg_stop).
 *
 * The cluster is stopped and deleted by a guardian process, which notices the end of the test however it
 * comes about: a must() that failed leaves no server behind. */
#pragma once
#include "core/base/pg.h"

int test_pg_start(void **state);
int test_pg_stop(void **state);
/* settings (lines of postgresql.conf) for the cluster started next; NULL: none */
void test_pg_extra(const char *settings);
const char *test_pg_url(void);                              /* the superuser `owner`, database bss */
const char *test_pg_url_as(const char *user);               /* another user; valid until the next call */
const char *test_pg_folder(void);
struct pg *test_pg(const char *user);                       /* a connection or the test fails; NULL: owner */
void test_pg_do(struct pg *, const char *sql);              /* or the test fails */
int64_t test_pg_int(struct pg *, const char *sql);
/* the folder's server, stopped at once like a power cut of the process, and started again */
void test_pg_crash(void);
void test_pg_restart(void);
