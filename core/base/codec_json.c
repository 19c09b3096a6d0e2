/* codec_json.c -- structs from and to JSON, and the JSON Schema of a shape.
 *
 * The reader is the door for people, HTTP bodies and language models, so it goes on after the first
 * mistake and names all of them.  Money and decimals are strings: a JSON number has already been a
 * binary fraction by the time it is seen. */
#include "core/base/shape_problems.h"
#include "core/base/clock.h"
#include "core/base/json.h"
#include "core/base/text.h"
#include <math.h>
#include <string.h>

#define EXACT_LIMIT 9007199254740992.0      /* 2^53: up to here a JSON number read as double is exact */

/* reading ------------------------------------------------------------------------------------------- */

struct reading { struct problems *problems; struct arena *arena; };

static const char *
whole_number(const cJSON *v, int64_t *out)
{
	if (!cJSON_IsNumber(v) || v->valuedouble != floor(v->valuedouble))
		return "must be a whole number";
	if (fabs(v->valuedouble) > EXACT_LIMIT)
		return "is too large";
	*out = (int64_t)v->valuedouble;
	return NULL;
}

static const char *
truth(const cJSON *v, bool *out)
{
	*out = cJSON_IsTrue(v);
	return cJSON_IsBool(v) ? NULL : "must be true or false";
}

static const char *
real_number(const cJSON *v, double *out)
{
	if (!cJSON_IsNumber(v) || !isfinite(v->valuedouble))
		return "must be a number";
	*out = v->valuedouble;
	return NULL;
}

static const char *
read_money(const cJSON *v, struct money *out)
{
	const char *amount = json_text(v, "amount"), *currency = json_text(v, "currency");
	if (!cJSON_IsObject(v) || !currency)
		return "must be an object like {\"amount\":\"25.00\",\"currency\":\"SGD\"}";
	if (cJSON_IsNumber(cJSON_GetObjectItemCaseSensitive(v, "amount")))
		return "must give amount as a string like \"25.00\"";
	return amount && money_parse(amount, currency, out, NULL) ? NULL :
		"must be an amount of a known currency with at most its number of decimals";
}

static const char *
read_time(const cJSON *v, int64_t *out)
{
	return cJSON_IsString(v) && time_parse(v->valuestring, out) ? NULL :
		"must be a time like \"2026-02-15T09:00:00Z\"";
}

/* any JSON value; a string is taken when its text is JSON, because language models quote objects */
static const char *
read_json(struct reading *r, const cJSON *v, const char **out)
{
	if (cJSON_IsString(v)) {
		if (!json_is_wellformed(v->valuestring))
			return "must be JSON";
		*out = v->valuestring;
		return NULL;
	}
	*out = json_print(r->arena, v);
	return NULL;
}

static const char *
read_text(struct reading *r, const struct field *f, const cJSON *v, const char **out)
{
	if (f->kind == FIELD_JSON)
		return read_json(r, v, out);
	if (!cJSON_IsString(v))
		return f->kind == FIELD_DECIMAL && cJSON_IsNumber(v) ?
			"must be a string like \"25.00\", not a number" :
			"must be a text";
	*out = arena_strdup(r->arena, v->valuestring);
	return NULL;
}

static const char *
read_texts(struct reading *r, const cJSON *v, struct texts *out)
{
	const cJSON *item;
	if (!cJSON_IsArray(v))
		return "must be an array of texts";
	*out = (struct texts){ .v = arena_array(r->arena, const char *, cJSON_GetArraySize(v) + 1) };
	cJSON_ArrayForEach(item, v) {
		if (!cJSON_IsString(item))
			return "must be an array of texts";
		out->v[out->n++] = arena_strdup(r->arena, item->valuestring);
	}
	return NULL;
}

static void read_object(struct reading *, const struct shape *, const cJSON *, void *obj, const char *outer, int nesting);

static const char *
read_list(struct reading *r, const struct field *f, const cJSON *v, struct list *out, const char *path, int nesting)
{
	const cJSON *item;
	char item_path[PATH_MAX_];
	int upto = f->upto > 0 ? f->upto : ITEMS_UPTO, n = cJSON_GetArraySize(v);
	if (!cJSON_IsArray(v))
		return "must be an array of objects";
	if (n > upto || nesting >= MAX_LIST_NESTING)
		return "has too many items";
	*out = (struct list){ .items = arena_alloc(r->arena, (size_t)n * f->of->size), .n = n };
	int i = 0;
	cJSON_ArrayForEach(item, v) {
		path_item(item_path, path, i);
		if (cJSON_IsObject(item))
			read_object(r, f->of, item, (char *)out->items + (size_t)i * f->of->size, item_path, nesting + 1);
		else
			problem_add(r->problems, item_path, "must be an object");
		i++;
	}
	return NULL;
}

/* NULL, or what is wrong with the value's type */
static const char *
read_value(struct reading *r, const struct field *f, const cJSON *v, void *obj, const char *path, int nesting)
{
	void *at = field_at(f, obj);
	switch (f->kind) {
	case FIELD_TEXT: case FIELD_ID: case FIELD_DATE: case FIELD_DECIMAL: case FIELD_JSON:
		return read_text(r, f, v, at);
	case FIELD_INT: return whole_number(v, at);
	case FIELD_BOOL: return truth(v, at);
	case FIELD_REAL: return real_number(v, at);
	case FIELD_TIME: return read_time(v, at);
	case FIELD_MONEY: return read_money(v, at);
	case FIELD_OPTINT: return ((struct opt_int *)at)->set = true, whole_number(v, &((struct opt_int *)at)->v);
	case FIELD_OPTBOOL: return ((struct opt_bool *)at)->set = true, truth(v, &((struct opt_bool *)at)->v);
	case FIELD_OPTREAL: return ((struct opt_real *)at)->set = true, real_number(v, &((struct opt_real *)at)->v);
	case FIELD_TEXTS: return read_texts(r, v, at);
	case FIELD_LIST: return read_list(r, f, v, at, path, nesting);
	}
	return "is of an unknown kind";
}

static const struct field *
field_named(const struct shape *s, const char *name)
{
	char snake[128];
	const struct field *f = shape_field(s, name);
	return f ? f : shape_field(s, snake_case(name, snake, sizeof snake));
}

/* what a struct cannot show to be absent: a number or a truth that was required and not said */
static void
check_said(struct reading *r, const struct shape *s, const cJSON *o, const char *outer)
{
	char path[PATH_MAX_], camel[128];
	FOR_EACH_FIELD(f, s) {
		if (!f->required || (f->kind != FIELD_INT && f->kind != FIELD_BOOL && f->kind != FIELD_REAL))
			continue;
		const cJSON *v = cJSON_GetObjectItemCaseSensitive(o, f->name);
		if (!v)
			v = cJSON_GetObjectItemCaseSensitive(o, camel_case(f->name, camel, sizeof camel));
		if ((!v || cJSON_IsNull(v)) && !f->fallback)
			problem_add(r->problems, path_join(path, outer, f->name), "is required");
	}
}

static void
read_object(struct reading *r, const struct shape *s, const cJSON *o, void *obj, const char *outer, int nesting)
{
	const cJSON *v;
	char joined[PATH_MAX_];
	FOR_EACH_FIELD(f, s)
		if (f->kind == FIELD_BOOL && f->fallback)
			*(bool *)field_at(f, obj) = strcmp(f->fallback, "true") == 0;
	cJSON_ArrayForEach(v, o) {
		const struct field *f = field_named(s, v->string);
		if (!f) {
			unknown_field(r->problems, s, v->string, outer);
			continue;
		}
		const char *path = path_join(joined, outer, f->name);
		if (cJSON_IsNull(v)) {
			if (f->kind == FIELD_TIME && f->clearable)
				*(int64_t *)field_at(f, obj) = TIME_CLEARED;
			continue;
		}
		const char *why = read_value(r, f, v, obj, path, nesting);
		if (why)
			problem_add(r->problems, path, "%s", why);
	}
	check_said(r, s, o, outer);
}

bool
shape_from_json(const struct shape *s, const struct cJSON *o, struct arena *a, void *obj, struct error *err)
{
	struct problems p = { 0 };
	struct reading r = { .problems = &p, .arena = a };
	memset(obj, 0, s->size);
	if (!cJSON_IsObject(o)) {
		error_set(err, ERROR_INVALID, "arguments.invalid", "%s: the arguments must be a JSON object", s->name);
		return error_hint(err, "bss explain %s", s->name);
	}
	read_object(&r, s, o, obj, "", 0);
	check_object(&p, s, obj, "", 0);       /* a field that was named above is not named again */
	return problems_report(&p, s, err);
}

bool
shape_from_text(const struct shape *s, const char *json, size_t n, struct arena *a, void *obj, struct error *err)
{
	const cJSON *tree = json_parse_strictly(a, json, n, err);
	return tree && shape_from_json(s, tree, a, obj, err);
}

/* writing ------------------------------------------------------------------------------------------- */

static void write_object(struct json *, const struct shape *, const void *obj, bool camel);

static void
write_money(struct json *j, struct money m)
{
	json_object(j);
	json_put_decimal(j, "amount", m);
	json_put(j, "currency", m.currency);
	json_object_end(j);
}

/* a JSON field holds JSON, unless its person was erased */
static void
write_json_text(struct json *j, const char *text)
{
	if (strcmp(text, "erased") == 0)
		json_string(j, text);
	else
		json_raw(j, text);
}

static void
write_list(struct json *j, const struct field *f, const struct list *l, bool camel)
{
	json_array(j);
	for (int i = 0; i < l->n; i++)
		write_object(j, f->of, (const char *)l->items + (size_t)i * f->of->size, camel);
	json_array_end(j);
}

static void
write_time(struct json *j, int64_t t)
{
	char text[TIME_TEXT];
	json_string(j, t == TIME_CLEARED ? NULL : time_format(t, text));
}

static void
write_value(struct json *j, const struct field *f, const void *obj, bool camel)
{
	const void *at = field_at(f, obj);
	switch (f->kind) {
	case FIELD_TEXT: case FIELD_ID: case FIELD_DATE: case FIELD_DECIMAL:
		json_string(j, *(const char *const *)at);
		break;
	case FIELD_JSON: write_json_text(j, *(const char *const *)at); break;
	case FIELD_INT: json_int(j, *(const int64_t *)at); break;
	case FIELD_OPTINT: json_int(j, ((const struct opt_int *)at)->v); break;
	case FIELD_BOOL: json_bool(j, *(const bool *)at); break;
	case FIELD_OPTBOOL: json_bool(j, ((const struct opt_bool *)at)->v); break;
	case FIELD_REAL: json_real(j, *(const double *)at); break;
	case FIELD_OPTREAL: json_real(j, ((const struct opt_real *)at)->v); break;
	case FIELD_TIME: write_time(j, *(const int64_t *)at); break;
	case FIELD_MONEY: write_money(j, *(const struct money *)at); break;
	case FIELD_TEXTS:
		json_array(j);
		for (int i = 0; i < ((const struct texts *)at)->n; i++)
			json_string(j, ((const struct texts *)at)->v[i]);
		json_array_end(j);
		break;
	case FIELD_LIST: write_list(j, f, at, camel); break;
	}
}

/* the member that C demands of a shape without fields */
static bool
placeholder(const struct field *f)
{
	return strcmp(f->name, "nothing_") == 0;
}

/* numbers and truths are always written: their zero is a value to a reader ("remaining":0) */
static bool
worth_writing(const struct field *f, const void *obj)
{
	if (f->secret || placeholder(f))
		return false;
	return f->kind == FIELD_INT || f->kind == FIELD_BOOL || f->kind == FIELD_REAL || field_is_set(f, obj);
}

static void
write_object(struct json *j, const struct shape *s, const void *obj, bool camel)
{
	char name[128];
	json_object(j);
	FOR_EACH_FIELD(f, s)
		if (worth_writing(f, obj)) {
			json_key(j, camel ? camel_case(f->name, name, sizeof name) : f->name);
			write_value(j, f, obj, camel);
		}
	json_object_end(j);
}

void
shape_to_json(const struct shape *s, const void *obj, struct buf *out, bool camel)
{
	struct json j = json_to(out);
	write_object(&j, s, obj, camel);
}

/* JSON Schema --------------------------------------------------------------------------------------- */

static void schema_of_object(struct json *, const struct shape *, int nesting);

static void
schema_choices(struct json *j, const char *choices)
{
	json_key(j, "enum");
	json_array(j);
	for (const char *c = choices; *c;) {
		size_t n = strcspn(c, "|");
		json_stringn(j, c, n);
		c += n + (c[n] == '|');
	}
	json_array_end(j);
}

static void
schema_string(struct json *j, const struct field *f)
{
	json_put(j, "type", "string");
	if (f->choices)
		schema_choices(j, f->choices);
	switch (f->kind) {
	case FIELD_ID: json_put(j, "pattern", "^[A-Za-z0-9_.:+@-]{1,63}$"); break;
	case FIELD_DATE: json_put(j, "format", "date"); break;
	case FIELD_TIME: json_put(j, "format", "date-time"); break;
	case FIELD_DECIMAL: json_put(j, "pattern", "^-?[0-9]{1,15}(\\.[0-9]{1,9})?$"); break;
	default: json_put_int(j, "maxLength", f->upto > 0 && f->kind == FIELD_TEXT ? f->upto : TEXT_UPTO); break;
	}
}

static void
schema_money(struct json *j)
{
	json_put(j, "type", "object");
	json_put_raw(j, "properties", "{\"amount\":{\"type\":\"string\",\"pattern\":\"^-?[0-9]+(\\\\.[0-9]+)?$\"},"
		"\"currency\":{\"type\":\"string\",\"pattern\":\"^[A-Z]{3}$\"}}");
	json_put_raw(j, "required", "[\"amount\",\"currency\"]");
	json_put_bool(j, "additionalProperties", false);
}

static void
schema_array(struct json *j, const struct field *f, int nesting)
{
	json_put(j, "type", "array");
	json_put_int(j, "maxItems", f->upto > 0 ? f->upto : ITEMS_UPTO);
	json_key(j, "items");
	json_object(j);
	if (f->kind == FIELD_LIST && f->of && nesting < MAX_LIST_NESTING)
		schema_of_object(j, f->of, nesting + 1);
	else
		schema_string(j, &(struct field){ .kind = FIELD_TEXT, .choices = f->choices });
	json_object_end(j);
}

static void
schema_type(struct json *j, const struct field *f, int nesting)
{
	switch (f->kind) {
	case FIELD_INT: case FIELD_OPTINT: json_put(j, "type", "integer"); break;
	case FIELD_BOOL: case FIELD_OPTBOOL: json_put(j, "type", "boolean"); break;
	case FIELD_REAL: case FIELD_OPTREAL: json_put(j, "type", "number"); break;
	case FIELD_MONEY: schema_money(j); break;
	case FIELD_TEXTS: case FIELD_LIST: schema_array(j, f, nesting); break;
	case FIELD_JSON: json_put_raw(j, "type", "[\"object\",\"array\",\"string\"]"); break;
	case FIELD_TIME:
		if (f->clearable) {
			json_put_raw(j, "type", "[\"string\",\"null\"]");
			json_put(j, "format", "date-time");
			break;
		}
		schema_string(j, f);
		break;
	default: schema_string(j, f);
	}
}

/* a default has the type of its field; words for the help go into the description only */
static void
schema_default(struct json *j, const struct field *f)
{
	bool number = f->kind == FIELD_INT || f->kind == FIELD_OPTINT || f->kind == FIELD_REAL ||
		f->kind == FIELD_OPTREAL || f->kind == FIELD_BOOL || f->kind == FIELD_OPTBOOL;
	if (!f->fallback || f->kind == FIELD_MONEY || f->kind >= FIELD_TEXTS || f->kind == FIELD_TIME)
		return;
	if (!number)
		json_put(j, "default", f->fallback);
	else if (json_is_wellformed(f->fallback))
		json_put_raw(j, "default", f->fallback);
}

static void
schema_of_object(struct json *j, const struct shape *s, int nesting)
{
	json_put(j, "type", "object");
	json_key(j, "properties");
	json_object(j);
	FOR_EACH_FIELD(f, s) {
		if (placeholder(f))
			continue;
		json_key(j, f->name);
		json_object(j);
		schema_type(j, f, nesting);
		if (f->text && *f->text)
			json_put(j, "description", f->text);
		schema_default(j, f);
		json_object_end(j);
	}
	json_object_end(j);
	json_key(j, "required");
	json_array(j);
	FOR_EACH_FIELD(f, s)
		if (f->required && !f->fallback)
			json_string(j, f->name);
	json_array_end(j);
	json_put_bool(j, "additionalProperties", false);
}

void
shape_json_schema(const struct shape *s, struct buf *out)
{
	struct json j = json_to(out);
	json_object(&j);
	json_put(&j, "$schema", "https://json-schema.org/draft/2020-12/schema");
	json_put(&j, "title", s->name);
	json_put(&j, "description", s->text);
	schema_of_object(&j, s, 0);
	json_object_end(&j);
}
