/* shape.c -- looking things up in field tables.
 *
 * Tables have a handful of rows and are walked; what is on a hot path (decoding) predicts the next row
 * instead of searching. */
#include "core/base/shape.h"
#include "core/base/codec.h"
#include <string.h>

const struct field *
shape_field(const struct shape *s, const char *name)
{
	FOR_EACH_FIELD(f, s)
		if (strcmp(f->name, name) == 0)
			return f;
	return NULL;
}

const struct field *
shape_target(const struct shape *s)
{
	FOR_EACH_FIELD(f, s)
		if (f->target)
			return f;
	return NULL;
}

const char *
field_kind_name(enum field_kind kind)
{
	static const char *const names[] = {
		[FIELD_TEXT] = "text", [FIELD_ID] = "id", [FIELD_DATE] = "date", [FIELD_DECIMAL] = "decimal",
		[FIELD_JSON] = "json", [FIELD_INT] = "integer", [FIELD_BOOL] = "boolean", [FIELD_REAL] = "number",
		[FIELD_TIME] = "time", [FIELD_MONEY] = "money", [FIELD_OPTINT] = "integer",
		[FIELD_OPTBOOL] = "boolean", [FIELD_OPTREAL] = "number", [FIELD_TEXTS] = "texts",
		[FIELD_LIST] = "list" };
	return (unsigned)kind <= FIELD_LIST ? names[kind] : "unknown";
}

bool
shape_has_personal(const struct shape *s)
{
	FOR_EACH_FIELD(f, s)
		if (f->personal || (f->kind == FIELD_LIST && f->of && shape_has_personal(f->of)))
			return true;
	return false;
}

bool
field_is_set(const struct field *f, const void *obj)
{
	const void *at = field_at(f, obj);
	switch (f->kind) {
	case FIELD_TEXT: case FIELD_ID: case FIELD_DATE: case FIELD_DECIMAL: case FIELD_JSON:
		return *(const char *const *)at && **(const char *const *)at;    /* an empty text is none */
	case FIELD_INT: case FIELD_TIME: return *(const int64_t *)at != 0;
	case FIELD_BOOL: return *(const bool *)at;
	case FIELD_REAL: return *(const double *)at != 0;
	case FIELD_MONEY: return ((const struct money *)at)->currency[0] != 0;
	case FIELD_OPTINT: return ((const struct opt_int *)at)->set;
	case FIELD_OPTBOOL: return ((const struct opt_bool *)at)->set;
	case FIELD_OPTREAL: return ((const struct opt_real *)at)->set;
	case FIELD_TEXTS: return ((const struct texts *)at)->n > 0;
	case FIELD_LIST: return ((const struct list *)at)->n > 0;
	}
	return false;
}
