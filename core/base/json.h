/* json.h -- cJSON's door for reading, and a writer that streams into a buf.
 *
 * Reading refuses: nesting over 64, invalid UTF-8, trailing bytes.  What comes from outside is read strictly: of two members
 * of one name each reader would see his own, and a number beyond a double's range would become null. */
#pragma once
#include <cjson/cJSON.h>
#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/error.h"
#include "core/base/money.h"

/* NULL and *err (INVALID, rule `json.malformed`, with the byte offset) when it is not JSON; owned by the arena */
cJSON *json_parse(struct arena *, const char *text, size_t n, struct error *);
/* the same; INVALID `json.ambiguous` when a member is there twice or a number is infinite */
cJSON *json_parse_strictly(struct arena *, const char *text, size_t n, struct error *);
const char *json_text(const cJSON *object, const char *name);         /* NULL unless a string member */
const cJSON *json_path(const cJSON *, const char *dotted);            /* "a.b.0.c" */
char *json_print(struct arena *, const cJSON *);

/* writer: commas and quotes are its business.  json_key() before each member of an object. */
struct json { struct buf *out; char stack[96]; int depth; bool comma; };   /* deeper than what reading allows */
struct json json_to(struct buf *);
void json_object(struct json *);  void json_object_end(struct json *);
void json_array(struct json *);   void json_array_end(struct json *);
void json_key(struct json *, const char *);
void json_string(struct json *, const char *);                        /* NULL writes null */
void json_stringn(struct json *, const char *, size_t);
void json_int(struct json *, int64_t);
void json_real(struct json *, double);
void json_bool(struct json *, bool);
void json_null(struct json *);
void json_raw(struct json *, const char *text);                       /* already JSON; NULL writes null */
/* members in one call */
void json_put(struct json *, const char *key, const char *text);       /* NULL writes null */
void json_put_int(struct json *, const char *key, int64_t);
void json_put_bool(struct json *, const char *key, bool);
void json_put_raw(struct json *, const char *key, const char *json);
void json_put_time(struct json *, const char *key, int64_t);           /* 0 writes null */
void json_put_time_ms(struct json *, const char *key, int64_t);        /* TMF: with milliseconds; 0 writes null */
void json_put_decimal(struct json *, const char *key, struct money);   /* "25.00" as a string */
void json_put_float(struct json *, const char *key, struct money);     /* 25.0, TMF's price value; made from digits */
void json_quote(struct buf *, const char *, size_t);                   /* "…" with escapes */
/* RFC 7396: text of target patched; both JSON objects */
char *json_merge_patch(struct arena *, const char *target, const char *patch, struct error *);
