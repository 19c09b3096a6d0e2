/* codec.h -- one walker for msgpack and one for JSON, driven by field tables.
 *
 * msgpack: a map by field name; what is absent (all-zero) is left out, so a new field costs old events
 * nothing and unknown keys are skipped.  TEXT, ID, DATE, DECIMAL, JSON str; INT, TIME int; REAL float64;
 * MONEY [minor, "SGD"]; OPT* as their value; TEXTS array of str; LIST array of maps.
 * A PERSONAL field (text kinds only) is a bin: sealed with the subject's key.
 * Decoded text and lists live in the arena.  Every function is total on hostile bytes. */
#pragma once
#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/error.h"
#include "core/base/shape.h"

/* the subject's key and what the box is bound to; NULL where a shape has no personal field.
 * key NULL when unpacking: the person was erased, such fields read "erased". */
struct sealing { const uint8_t *key; const char *stream; };

void shape_pack(const struct shape *, const void *obj, struct buf *, const struct sealing *);
bool shape_unpack(const struct shape *, const void *bytes, size_t n, struct arena *, void *obj,
	const struct sealing *, struct error *);
bool shape_has_personal(const struct shape *);

/* JSON objects by field name in snake_case (camelCase accepted when reading).  Reading names *all* missing,
 * unknown and mistyped fields at once: INVALID, rule `arguments.invalid`, context {"fields":{name:why}}. */
struct cJSON;
bool shape_from_json(const struct shape *, const struct cJSON *, struct arena *, void *obj, struct error *);
bool shape_from_text(const struct shape *, const char *json, size_t n, struct arena *, void *obj, struct error *);
/* checks what an unpacked command says (choices, lengths, ids, UTF-8) with the same words */
bool shape_check(const struct shape *, void *obj, struct error *);    /* also fills in fallbacks */
void shape_to_json(const struct shape *, const void *obj, struct buf *, bool camel);   /* secrets left out */
void shape_json_schema(const struct shape *, struct buf *);           /* JSON Schema 2020-12 of the arguments */
/* a deep copy in the arena */
void shape_copy(const struct shape *, const void *from, struct arena *, void *to);
/* one field from text (CLI flag, column); false with a sentence */
bool field_parse(const struct field *, const char *text, struct arena *, void *obj, struct error *);
void field_show(const struct field *, const void *obj, struct buf *);  /* plain text of a value */
bool field_is_set(const struct field *, const void *obj);
