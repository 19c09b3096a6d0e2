/* pg.h -- libpq's door.  Parameters only, never SQL built from values.
 *
 * Blocking calls are for roles that serve nobody else while they wait (projector, history, tools);
 * the core and the gateway use the asynchronous half and their loop's poll. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/error.h"

struct pg;                                                  /* a connection */
struct pg_result;

/* url: a libpq connection string.  UNAVAILABLE with a sentence when it cannot be reached; INVALID for a server
 * or a pooler that is refused (a transaction pooler; fsync or full_page_writes off; older than 15). */
struct pg *pg_connect(const char *url, const char *application, struct error *);
/* the same with server settings ("-c name=value ...", NULL: none) that hold from the first statement on and above the
 * role's; what the url itself sets stays */
struct pg *pg_connect_set(const char *url, const char *application, const char *settings, struct error *);
/* the same server and database for another role: nothing of who the string itself is for remains; NULL: it is none */
const char *pg_url_as(struct arena *, const char *url, const char *user, const char *password);
void pg_close(struct pg *);
bool pg_alive(const struct pg *);
bool pg_listen(struct pg *);               /* takes what came unasked for; false: the connection has ended */
int pg_fd(const struct pg *);
bool pg_check_durable(struct pg *, struct error *);

/* A parameter: text format (bytes NULL = SQL NULL) or binary. */
struct pg_param { const char *bytes; int len; bool binary; uint32_t type; };
#define PG_TEXT(s)  ((struct pg_param){ .bytes = (s) })

/* one statement, blocking; `name` prepares it once per connection (NULL: not prepared) */
struct pg_result *pg_query(struct pg *, const char *name, const char *sql, int n, const struct pg_param *, struct error *);
/* no parameters, may hold several statements; our own text only */
bool pg_exec(struct pg *, const char *sql, struct error *);
void pg_free(struct pg_result *);
void pg_free_result(void *);                                      /* for arena_own */
int pg_rows(const struct pg_result *);
int64_t pg_affected(const struct pg_result *);
const char *pg_value(const struct pg_result *, int row, int column);     /* NULL for SQL NULL */
int pg_length(const struct pg_result *, int row, int column);
int64_t pg_int(const struct pg_result *, int row, int column);
int pg_column(const struct pg_result *, const char *name);
const char *pg_sqlstate(const struct error *);                   /* the five letters of the last failure, kept in the context */

/* arrays for unnest(): append values, then use as a binary parameter.  Begin with {0}; start() again reuses the memory. */
struct pg_array { struct buf b; uint32_t oid; int n; bool has_null; };
#define PG_INT2_OID 21
#define PG_INT4_OID 23
#define PG_INT8_OID 20
#define PG_TEXT_OID 25
#define PG_BYTEA_OID 17
#define PG_TIMESTAMPTZ_OID 1184
#define PG_BOOL_OID 16
#define PG_JSONB_OID 3802
#define PG_FLOAT8_OID 701
void pg_array_start(struct pg_array *, uint32_t element_oid);
void pg_array_int(struct pg_array *, int64_t);                   /* int2, int4, int8 by oid; timestamptz takes our microseconds */
void pg_array_bytes(struct pg_array *, const void *, size_t);    /* text, bytea; jsonb adds its version byte */
void pg_array_real(struct pg_array *, double);                   /* float8 */
void pg_array_null(struct pg_array *);
struct pg_param pg_array_param(struct pg_array *);
void pg_array_free(struct pg_array *);

/* asynchronous: send, then poll pg_fd() for reading until pg_poll says done */
bool pg_send(struct pg *, const char *name, const char *sql, int n, const struct pg_param *, struct error *);
enum pg_state { PG_BUSY, PG_DONE, PG_FAILED };
enum pg_state pg_poll(struct pg *, struct pg_result **, struct error *);   /* PG_DONE hands the result over */
/* connecting without waiting: poll pg_fd() (and for writing when asked) until pg_connect_poll says done or failed;
 * the descriptor may change in between.  A failed one is closed by the caller. */
struct pg *pg_connect_start(const char *url, const char *application, struct error *);
struct pg *pg_connect_start_set(const char *url, const char *application, const char *settings, struct error *);
enum pg_state pg_connect_poll(struct pg *, struct error *);
bool pg_wants_write(struct pg *);                                /* output still buffered: poll for writing too */

/* COPY in binary and text, out in binary */
bool pg_copy_in(struct pg *, const char *sql, struct error *);
bool pg_copy_data(struct pg *, const void *, size_t, struct error *);
bool pg_copy_end(struct pg *, int64_t *rows, struct error *);
bool pg_copy_out(struct pg *, const char *sql, struct error *);
/* length, 0 at the end, -1 on error; valid until the next call.  A row is a 16-bit count of fields, then the fields
 * (the file's header and trailer are taken off); COPY out must be read to its end before the next statement. */
int pg_copy_row(struct pg *, char **row, struct error *);
void pg_copy_abandon(struct pg *);                               /* ends a COPY out before its end */
/* the field at *at, which moves behind it; NULL (length -1) for SQL NULL.  Skip the count (2 bytes) first. */
const char *pg_copy_field(const char **at, int *len);

/* the password leaves this process as a SCRAM verifier only, so no server log can show it */
bool pg_set_password(struct pg *, const char *role, const char *password, struct error *);
