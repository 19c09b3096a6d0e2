/* pg.c -- starts tests/pg.sh for a test and makes sure that it ends with it. */
#include "tests/pg.h"
#include "core/base/id.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <fcntl.h>
#include <cmocka.h>

#define SCRIPT BSS_SOURCE_ROOT "/tests/pg.sh"

static char folder[64], url[256];
static const char *extra;
static int lifeline = -1;
static pid_t guardian;

static void
run(const char *command)
{
	if (system(command) != 0)
		fail_msg("failed: %s", command);
}

/* waits for the other end of the pipe to close, which the kernel does whatever ends the test */
static void
guard(int end)
{
	char byte, command[256];
	setsid();
	while (read(end, &byte, 1) > 0)
		continue;
	snprintf(command, sizeof command, "%s stop %s", SCRIPT, folder);
	_exit(system(command) == 0 ? 0 : 1);
}

static void
post_guardian(void)
{
	int ends[2];
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	guardian = fork();
	assert_true(guardian >= 0);
	if (guardian == 0) {
		close(ends[1]);
		guard(ends[0]);
	}
	close(ends[0]);
	lifeline = ends[1];
}

void
test_pg_extra(const char *settings)
{
	extra = settings;
}

int
test_pg_start(void **state)
{
	char hex[13], command[600], line[256];
	(void)state;
	snprintf(folder, sizeof folder, "/tmp/bss-pg-%s", random_hex(hex, 12));
	post_guardian();
	snprintf(command, sizeof command, "PG_EXTRA='%s' %s start %s", extra ? extra : "", SCRIPT, folder);
	FILE *f = popen(command, "r");
	assert_non_null(f);
	line[0] = 0;
	char *got = fgets(line, sizeof line, f);
	if (pclose(f) != 0 || !got)
		fail_msg("no Postgres: %s", command);
	line[strcspn(line, "\n")] = 0;
	snprintf(url, sizeof url, "%s", line);
	return 0;
}

int
test_pg_stop(void **state)
{
	int status;
	(void)state;
	close(lifeline);
	return waitpid(guardian, &status, 0) == guardian && status == 0 ? 0 : -1;
}

const char *
test_pg_url(void)
{
	return url;
}

const char *
test_pg_url_as(const char *user)
{
	static char other[320];
	snprintf(other, sizeof other, "%s user=%s", url, user);
	return other;
}

const char *
test_pg_folder(void)
{
	return folder;
}

struct pg *
test_pg(const char *user)
{
	struct error err = { 0 };
	struct pg *pg = pg_connect(user ? test_pg_url_as(user) : url, "test", &err);
	if (!pg)
		fail_msg("%s: %s", err.rule, err.message);
	return pg;
}

void
test_pg_do(struct pg *pg, const char *sql)
{
	struct error err = { 0 };
	if (!pg_exec(pg, sql, &err))
		fail_msg("%s: %s", sql, err.message);
}

int64_t
test_pg_int(struct pg *pg, const char *sql)
{
	struct error err = { 0 };
	struct pg_result *r = pg_query(pg, NULL, sql, 0, NULL, &err);
	if (!r || pg_rows(r) != 1)
		fail_msg("%s: %s", sql, err.message);
	int64_t n = pg_int(r, 0, 0);
	pg_free(r);
	return n;
}

static void
control(const char *verb)
{
	char command[256];
	snprintf(command, sizeof command, "%s %s %s", SCRIPT, verb, folder);
	run(command);
}

void
test_pg_crash(void)
{
	control("crash");
}

void
test_pg_restart(void)
{
	control("again");
}
