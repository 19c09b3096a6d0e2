/* scenario_yaml.c -- libyaml's one door.
 *
 * A scenario may come from anyone, so the reader is narrow: one document, limits on size, depth and the
 * number of values (an alias is a copy and counts, so that a bomb of aliases runs into the limit), no tags
 * but !!str, no key twice, keys are scalars.  What is refused is told with its line. */
#include "cockpit/scenario_yaml.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>
#include "core/base/text.h"

#define YAML_BYTES_MOST  (1 << 20)
#define YAML_DEPTH_MOST  32
#define YAML_VALUES_MOST 50000
#define YAML_MEMBERS_MOST 1000               /* of one map: each is compared with all before it */
#define YAML_ANCHORS_MOST 64

struct reading {
	struct arena *arena;
	const char *name;
	yaml_parser_t parser;
	int depth, values, anchors;
	struct { const char *name; struct value *value; } anchor[YAML_ANCHORS_MOST];
	struct error *err;
};

static bool read_value(struct reading *, const yaml_event_t *, struct value **);

static bool
refuse(struct reading *r, size_t line, const char *why)
{
	return error_set(r->err, ERROR_INVALID, "yaml.malformed", "%s:%zu: %s", r->name, line + 1, why);
}

static bool
next_event(struct reading *r, yaml_event_t *e)
{
	if (yaml_parser_parse(&r->parser, e))
		return true;
	return refuse(r, r->parser.problem_mark.line ? r->parser.problem_mark.line : r->parser.context_mark.line,
		r->parser.problem ? r->parser.problem : "cannot be read");
}

static bool
counted(struct reading *r, size_t line, int more)
{
	r->values += more;
	if (r->values > YAML_VALUES_MOST)
		return refuse(r, line, "more values than a scenario may have, aliases counted as what they stand for");
	return true;
}

/* ---- scalars ---------------------------------------------------------------------------------------- */

static bool
one_of(const char *text, const char *const *words)
{
	for (; *words; words++)
		if (strcmp(text, *words) == 0)
			return true;
	return false;
}

static const char *
after_sign(const char *t)
{
	return t + (*t == '-' || *t == '+');
}

static bool
is_integer(const char *t)
{
	const char *p = after_sign(t);
	size_t n = strlen(p);

	return n && strspn(p, "0123456789") == n && (*p != '0' || n == 1);
}

/* 1.5, .5, 1., 1e3: a digit, and a dot or an exponent */
static bool
is_real(const char *t)
{
	const char *p = after_sign(t);
	size_t whole = strspn(p, "0123456789"), fraction = 0;
	bool marked = false;

	if (whole > 1 && *p == '0')
		return false;
	p += whole;
	if (*p == '.') {
		marked = true;
		fraction = strspn(++p, "0123456789");
		p += fraction;
	}
	if (whole + fraction == 0)
		return false;
	if (*p == 'e' || *p == 'E') {
		marked = true;
		p = after_sign(p + 1);
		size_t n = strspn(p, "0123456789");
		if (n == 0)
			return false;
		p += n;
	}
	return marked && !*p;
}

/* digits as JSON writes them: no plus, nothing bare on either side of the dot */
static const char *
json_digits(struct arena *a, const char *t)
{
	const char *p = after_sign(t), *minus = *t == '-' ? "-" : "";
	size_t whole = strspn(p, "0123456789");
	const char *rest = p + whole;
	const char *zero_before = whole ? "" : "0";

	if (*rest == '.' && !isdigit((unsigned char)rest[1]))
		return arena_printf(a, "%s%s%.*s.0%s", minus, zero_before, (int)whole, p, rest + 1);
	return arena_printf(a, "%s%s%s", minus, zero_before, p);
}

/* 0x1F, 0o17 */
static bool
other_base(struct arena *a, const char *t, const char **digits)
{
	int base = strncmp(t, "0x", 2) == 0 ? 16 : strncmp(t, "0o", 2) == 0 ? 8 : 0;
	size_t n = strlen(t);
	char *end;

	if (!base || n < 3 || n > 17 || !isxdigit((unsigned char)t[2]))
		return false;
	unsigned long long v = strtoull(t + 2, &end, base);
	if (*end || v > INT64_MAX)
		return false;
	*digits = arena_printf(a, "%llu", v);
	return true;
}

static struct value *
plain_value(struct arena *a, const char *t)
{
	static const char *const nulls[] = { "", "~", "null", "Null", "NULL", NULL };
	static const char *const yes[] = { "true", "True", "TRUE", NULL }, *const no[] = { "false", "False",
		"FALSE", NULL };
	struct value *v = value_text(a, t);

	if (one_of(t, nulls))
		return value_new(a, VALUE_NULL);
	if (one_of(t, yes) || one_of(t, no))
		return value_bool(a, one_of(t, yes));
	if (is_integer(t) || is_real(t)) {
		v->kind = is_integer(t) ? VALUE_INT : VALUE_REAL;
		v->text = json_digits(a, t);
	} else if (other_base(a, t, &v->text)) {
		v->kind = VALUE_INT;
	}
	return v;
}

static bool
tag_allowed(const char *tag)
{
	return !tag || strcmp(tag, YAML_STR_TAG) == 0 || strcmp(tag, "!") == 0;
}

static bool
read_scalar(struct reading *r, const yaml_event_t *e, struct value **out)
{
	const char *text = (const char *)e->data.scalar.value, *tag = (const char *)e->data.scalar.tag;

	if (!tag_allowed(tag))
		return refuse(r, e->start_mark.line, "tags other than !!str are not read");
	if (strlen(text) != e->data.scalar.length)
		return refuse(r, e->start_mark.line, "a text with a NUL in it");
	if (!utf8_valid(text, e->data.scalar.length))
		return refuse(r, e->start_mark.line, "a text that is not UTF-8");
	bool plain = e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && !tag;
	*out = plain ? plain_value(r->arena, text) : value_text(r->arena, text);
	return true;
}

/* ---- anchors ------------------------------------------------------------------------------------------ */

static bool
keep_anchor(struct reading *r, size_t line, const yaml_char_t *name, struct value *v)
{
	if (!name)
		return true;
	if (r->anchors == YAML_ANCHORS_MOST)
		return refuse(r, line, "too many anchors");
	r->anchor[r->anchors].name = arena_strdup(r->arena, (const char *)name);
	r->anchor[r->anchors++].value = v;
	return true;
}

static int
size_of(const struct value *v)
{
	int n = 1;

	FOR_EACH_ITEM(i, v)
		n += size_of(i);
	return n;
}

/* the newest anchor of that name whose value is complete; an alias inside its own anchor finds none */
static bool
read_alias(struct reading *r, const yaml_event_t *e, struct value **out)
{
	const char *name = (const char *)e->data.alias.anchor;

	for (int i = r->anchors; i-- > 0;)
		if (strcmp(r->anchor[i].name, name) == 0) {
			if (!counted(r, e->start_mark.line, size_of(r->anchor[i].value)))
				return false;
			*out = value_copy(r->arena, r->anchor[i].value);
			(*out)->key = NULL;
			return true;
		}
	return refuse(r, e->start_mark.line, "an alias of something that does not come (completely) before it");
}

/* ---- lists and maps ----------------------------------------------------------------------------- */

static bool
read_items(struct reading *r, struct value *list)
{
	yaml_event_t e;
	struct value *item;

	for (;;) {
		if (!next_event(r, &e))
			return false;
		bool end = e.type == YAML_SEQUENCE_END_EVENT, ok = end || read_value(r, &e, &item);
		yaml_event_delete(&e);
		if (end || !ok)
			return ok;
		value_add(list, item);
	}
}

static bool
read_member(struct reading *r, const yaml_event_t *key_event, struct value *map)
{
	yaml_event_t e;
	struct value *item;
	const char *key = (const char *)key_event->data.scalar.value;
	size_t line = key_event->start_mark.line;

	if (key_event->type != YAML_SCALAR_EVENT || key_event->data.scalar.anchor)
		return refuse(r, line, "the name of a member must be plain text");
	if (strlen(key) != key_event->data.scalar.length || !utf8_valid(key, strlen(key)))
		return refuse(r, line, "the name of a member is not UTF-8 text");
	if (map->n == YAML_MEMBERS_MOST)
		return refuse(r, line, "more members than a map may have");
	if (value_member(map, key))
		return refuse(r, line, arena_printf(r->arena, "`%.60s` is given twice", key));
	key = arena_strdup(r->arena, key);
	if (!next_event(r, &e))
		return false;
	bool ok = read_value(r, &e, &item);
	yaml_event_delete(&e);
	if (ok) {
		item->line = (int)line + 1;
		value_put(map, key, item);
	}
	return ok;
}

static bool
read_members(struct reading *r, struct value *map)
{
	yaml_event_t e;

	for (;;) {
		if (!next_event(r, &e))
			return false;
		bool end = e.type == YAML_MAPPING_END_EVENT, ok = end || read_member(r, &e, map);
		yaml_event_delete(&e);
		if (end || !ok)
			return ok;
	}
}

static bool
read_collection(struct reading *r, const yaml_event_t *e, struct value **out)
{
	bool list = e->type == YAML_SEQUENCE_START_EVENT;
	const yaml_char_t *tag = list ? e->data.sequence_start.tag : e->data.mapping_start.tag;

	if (tag)
		return refuse(r, e->start_mark.line, "tags other than !!str are not read");
	if (++r->depth > YAML_DEPTH_MOST)
		return refuse(r, e->start_mark.line, "nested too deeply");
	*out = value_new(r->arena, list ? VALUE_LIST : VALUE_MAP);
	bool ok = list ? read_items(r, *out) : read_members(r, *out);
	r->depth--;
	return ok;
}

static const yaml_char_t *
anchor_of(const yaml_event_t *e)
{
	switch (e->type) {
	case YAML_SCALAR_EVENT:         return e->data.scalar.anchor;
	case YAML_SEQUENCE_START_EVENT: return e->data.sequence_start.anchor;
	case YAML_MAPPING_START_EVENT:  return e->data.mapping_start.anchor;
	default:                        return NULL;
	}
}

static bool
read_value(struct reading *r, const yaml_event_t *e, struct value **out)
{
	bool ok;

	if (!counted(r, e->start_mark.line, 1))
		return false;
	if (e->type == YAML_ALIAS_EVENT)
		ok = read_alias(r, e, out);
	else if (e->type == YAML_SCALAR_EVENT)
		ok = read_scalar(r, e, out);
	else
		ok = read_collection(r, e, out);
	if (ok)
		(*out)->line = (int)e->start_mark.line + 1;
	return ok && keep_anchor(r, e->start_mark.line, anchor_of(e), *out);
}

/* ---- the document ------------------------------------------------------------------------------- */

/* the next event must be this one */
static bool
expect_event(struct reading *r, yaml_event_type_t type, const char *otherwise)
{
	yaml_event_t e;

	if (!next_event(r, &e))
		return false;
	bool ok = e.type == type || refuse(r, e.start_mark.line, otherwise);
	yaml_event_delete(&e);
	return ok;
}

static bool
read_document(struct reading *r, struct value **out)
{
	yaml_event_t e;

	if (!expect_event(r, YAML_STREAM_START_EVENT, "no YAML") ||
	    !expect_event(r, YAML_DOCUMENT_START_EVENT, "there is nothing in it") || !next_event(r, &e))
		return false;
	bool ok = read_value(r, &e, out);
	yaml_event_delete(&e);
	return ok && expect_event(r, YAML_DOCUMENT_END_EVENT, "something follows the document") &&
		expect_event(r, YAML_STREAM_END_EVENT, "a second document: one file holds one scenario");
}

struct value *
yaml_read(struct arena *a, const char *name, const char *text, size_t n, struct error *err)
{
	struct reading r = { .arena = a, .name = name, .err = err };
	struct value *out = NULL;

	if (n > YAML_BYTES_MOST) {
		refuse(&r, 0, "more than a megabyte");
		return NULL;
	}
	if (!yaml_parser_initialize(&r.parser)) {
		refuse(&r, 0, "no memory to read it");
		return NULL;
	}
	yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&r.parser, (const unsigned char *)text, n);
	bool ok = read_document(&r, &out);
	yaml_parser_delete(&r.parser);
	return ok ? out : NULL;
}
