/* criteria.c -- see criteria.h.
 *
 * A parameter is looked at before it is decoded, because only an encoded comma is a comma of the value. */
#include "gateways/tmf/criteria.h"
#include <stdlib.h>
#include <string.h>
#include "core/base/buf.h"
#include "gateways/http/url.h"

#define RULE_SYNTAX "query.malformed"
#define LINK_MAX 2000

static bool
wrong(struct error *err, const char *rule, const char *what, const char *value)
{
	error_set(err, ERROR_INVALID, rule, "%s", what);
	error_fact(err, "parameter", value);
	return false;
}

const struct attribute *
attribute_named(const char *attribute, const struct attribute *attributes)
{
	size_t n = strcspn(attribute, ".");

	for (const struct attribute *a = attributes; a && a->name; a++)
		if (strlen(a->name) == n && memcmp(a->name, attribute, n) == 0)
			return a;
	return NULL;
}

/* names joined by dots, each of letters, digits and @ $ _ - */
static bool
path_ok(const char *path)
{
	bool empty = true;

	for (const char *p = path; *p; p++) {
		if (*p == '.' ? empty : !strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789@$_-", *p))
			return false;
		empty = *p == '.';
	}
	return !empty && strlen(path) <= 200;
}

/* ---- one condition -------------------------------------------------------------------------- */

struct reading {
	struct arena *arena;
	const struct attribute *attributes;
	struct criteria *out;
	struct error *err;
	int conditions;
};

static const struct { const char *text; enum criterion_op op; } literals[] = {
	{ ">=", IS_GTE }, { "<=", IS_LTE }, { "*=", IS_REGEX }, { "=~", IS_REGEX }, { "==", IS_EQ }, { ">", IS_GT }, { "<", IS_LT },
};
static const struct { const char *text; enum criterion_op op; } suffixes[] = {
	{ ".eq", IS_EQ }, { ".gte", IS_GTE }, { ".gt", IS_GT }, { ".lte", IS_LTE }, { ".lt", IS_LT }, { ".regex", IS_REGEX },
};

static void
take_suffix(char *name, enum criterion_op *op)
{
	size_t n = strlen(name);

	for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
		size_t m = strlen(suffixes[i].text);
		if (n > m && strcmp(name + n - m, suffixes[i].text) == 0) {
			name[n - m] = 0;
			*op = suffixes[i].op;
			return;
		}
	}
}

/* name>=value without a raw equals sign: everything was encoded, or the operator has none */
static char *
split_literal(char *text, enum criterion_op *op)
{
	char *best = NULL;
	size_t len = 0;

	for (size_t i = 0; i < sizeof literals / sizeof literals[0]; i++) {
		char *at = strstr(text, literals[i].text);
		if (at && (!best || at < best)) {
			best = at;
			len = strlen(literals[i].text);
			*op = literals[i].op;
		}
	}
	if (!best)
		return NULL;
	*best = 0;
	return best + len;
}

/* the operator's first half stands at the end of the name: "orderDate>" "=2026..." */
static void
take_half(char *name, const char **value, enum criterion_op *op)
{
	size_t n = strlen(name);

	if (n > 1 && strchr("><*", name[n - 1])) {
		*op = name[n - 1] == '>' ? IS_GTE : name[n - 1] == '<' ? IS_LTE : IS_REGEX;
		name[n - 1] = 0;
	} else if (**value == '=') {
		++*value;
	}
}

/* "1" in quotes means 1 */
static char *
unquoted(struct arena *a, char *value)
{
	size_t n = strlen(value);

	return n >= 2 && value[0] == '"' && value[n - 1] == '"' ? arena_strndup(a, value + 1, n - 2) : value;
}

static bool
add_value(struct reading *r, struct criterion *c, const char *raw, size_t n)
{
	char *value = url_decode(r->arena, raw, n, true);

	if (!value)
		return wrong(r->err, RULE_SYNTAX, "A value is not properly encoded", c->attribute);
	if (strlen(value) > CRITERIA_VALUE_MAX)
		return wrong(r->err, "query.value_too_long", "A value is longer than 2048 bytes", c->attribute);
	c->values[c->n++] = unquoted(r->arena, value);
	return true;
}

static bool
add_values(struct reading *r, struct criterion *c, const char *raw, size_t n)
{
	int most = 1;

	for (size_t i = 0; i < n; i++)
		most += raw[i] == ',';
	c->values = arena_array(r->arena, const char *, most);
	if (c->op == IS_REGEX)                       /* a comma belongs to the pattern */
		return add_value(r, c, raw, n);
	for (size_t from = 0;;) {
		const char *comma = memchr(raw + from, ',', n - from);
		size_t to = comma ? (size_t)(comma - raw) : n;
		if (!add_value(r, c, raw + from, to - from))
			return false;
		if (!comma)
			return true;
		from = to + 1;
	}
}

static bool
check_attribute(struct reading *r, const char *name)
{
	if (!path_ok(name))
		return wrong(r->err, RULE_SYNTAX, "That is not the name of an attribute", name);
	if (r->attributes && !attribute_named(name, r->attributes))
		return wrong(r->err, "query.unknown_attribute", "This resource has no such attribute", name);
	return true;
}

static bool
read_encoded(struct reading *r, struct criterion *c, char *text)
{
	char *value = split_literal(text, &c->op);

	if (!value)
		return wrong(r->err, RULE_SYNTAX, "A filter needs a value", text);
	c->attribute = text;
	c->values = arena_array(r->arena, const char *, 1);
	c->values[c->n++] = unquoted(r->arena, value);
	return check_attribute(r, text);
}

static bool
read_condition(struct reading *r, const char *piece, size_t n, struct criterion *c)
{
	const char *equals = memchr(piece, '=', n);
	size_t left = equals ? (size_t)(equals - piece) : n;
	char *name = url_decode(r->arena, piece, left, true);

	if (++r->conditions > CRITERIA_MAX)
		return wrong(r->err, "query.too_many_conditions", "At most 24 conditions fit in one request", "");
	if (!name)
		return wrong(r->err, RULE_SYNTAX, "A name is not properly encoded", "");
	if (!equals)
		return read_encoded(r, c, name);
	const char *value = equals + 1;
	take_half(name, &value, &c->op);
	take_suffix(name, &c->op);
	c->attribute = name;
	return check_attribute(r, name) && add_values(r, c, value, (size_t)(piece + n - value));
}

/* ---- a group of alternatives ---------------------------------------------------------------------- */

/* a name that was asked for before, with the same operator: one more alternative */
static bool
join_same(struct reading *r, const struct any_of *g)
{
	for (int i = 0; i < r->out->n && g->n == 1 && g->v[0].op == IS_EQ; i++) {
		struct any_of *old = &r->out->all[i];
		if (old->v[0].op != IS_EQ || strcmp(old->v[0].attribute, g->v[0].attribute) != 0)
			continue;
		struct criterion *all = arena_array(r->arena, struct criterion, old->n + 1);
		memcpy(all, old->v, sizeof *all * (size_t)old->n);
		all[old->n] = g->v[0];
		*old = (struct any_of){ all, old->n + 1 };
		return true;
	}
	return false;
}

static bool
read_group(struct reading *r, const char *piece, size_t n)
{
	struct any_of g = { .v = arena_array(r->arena, struct criterion, CRITERIA_MAX) };

	for (size_t from = 0; from <= n;) {
		const char *semi = memchr(piece + from, ';', n - from);
		size_t to = semi ? (size_t)(semi - piece) : n;
		if (to > from) {
			if (g.n == CRITERIA_MAX)
				return wrong(r->err, "query.too_many_conditions", "At most 24 conditions fit in one request", "");
			if (!read_condition(r, piece + from, to - from, &g.v[g.n++]))
				return false;
		}
		from = to + 1;
	}
	if (g.n && !join_same(r, &g))
		r->out->all[r->out->n++] = g;
	return true;
}

/* ---- reserved names ---------------------------------------------------------------------------------- */

static const char **
split_list(struct arena *a, char *text, int *n)
{
	int most = 1;

	for (const char *p = text; *p; p++)
		most += *p == ',';
	const char **out = arena_array(a, const char *, most + 1);
	for (char *save = NULL, *t = strtok_r(text, ",", &save); t; t = strtok_r(NULL, ",", &save))
		out[(*n)++] = t;
	return out;
}

static bool
read_fields(struct reading *r, char *value)
{
	if (r->out->has_fields)
		return wrong(r->err, RULE_SYNTAX, "fields may be given once", "fields");
	r->out->has_fields = true;
	r->out->fields = split_list(r->arena, value, &r->out->n_fields);
	if (r->out->n_fields == 1 && strcmp(r->out->fields[0], "none") == 0)
		r->out->n_fields = 0;
	return true;
}

static bool
read_sort(struct reading *r, char *value)
{
	int n = 0;
	const char **keys = split_list(r->arena, value, &n);

	if (n > 8)
		return wrong(r->err, "query.too_many_sort_keys", "At most 8 attributes can be sorted by", "sort");
	r->out->sort = arena_array(r->arena, struct sort_key, n);
	for (int i = 0; i < n; i++) {
		bool down = *keys[i] == '-';
		const char *name = keys[i] + (down || *keys[i] == '+' || *keys[i] == ' ');
		if (!check_attribute(r, name))
			return false;
		r->out->sort[r->out->n_sort++] = (struct sort_key){ name, down };
	}
	return true;
}

static bool
read_number(struct reading *r, const char *name, const char *value, int64_t *out)
{
	size_t n = strspn(value, "0123456789");

	if (n == 0 || value[n] || n > 15)
		return wrong(r->err, "query.invalid_page", "offset and limit are whole numbers, not negative", name);
	*out = strtoll(value, NULL, 10);
	r->out->has_page = true;
	return true;
}

static bool
read_reserved(struct reading *r, const char *name, char *value)
{
	if (strcmp(name, "fields") == 0)
		return read_fields(r, value);
	if (strcmp(name, "sort") == 0)
		return read_sort(r, value);
	if (strcmp(name, "offset") == 0)
		return read_number(r, name, value, &r->out->offset);
	if (strcmp(name, "limit") == 0)
		return read_number(r, name, value, &r->out->limit);
	if (strcmp(name, "filter") == 0)
		return wrong(r->err, "query.not_supported", "JSONPath filters are not supported: use attribute filters", name);
	return true;                                 /* depth, expand: documents are whole already */
}

static const char *
reserved(const char *piece, size_t left)
{
	static const char *const names[] = { "fields", "sort", "offset", "limit", "filter", "depth", "expand", NULL };

	for (int i = 0; names[i]; i++)
		if (strlen(names[i]) == left && memcmp(names[i], piece, left) == 0)
			return names[i];
	return NULL;
}

static bool
read_parameter(struct reading *r, const char *piece, size_t n)
{
	const char *equals = memchr(piece, '=', n);
	const char *name = reserved(piece, equals ? (size_t)(equals - piece) : n);

	if (!name)
		return read_group(r, piece, n);
	char *value = equals ? url_decode(r->arena, equals + 1, (size_t)(piece + n - equals - 1), true) :
		arena_strdup(r->arena, "");
	if (!value)
		return wrong(r->err, RULE_SYNTAX, "A value is not properly encoded", name);
	return read_reserved(r, name, value);
}

static int
pieces(const char *query)
{
	int n = 1;

	for (; *query; query++)
		n += *query == '&';
	return n;
}

bool
criteria_parse(const char *query, const struct attribute *attributes, struct arena *a, struct criteria *out, struct error *err)
{
	struct reading r = { .arena = a, .attributes = attributes, .out = out, .err = err };

	*out = (struct criteria){ .limit = PAGE_DEFAULT };
	if (!query || !*query)
		return true;
	if (strlen(query) > CRITERIA_QUERY_MAX)
		return wrong(err, "query.too_long", "The query is longer than 4096 bytes", "");
	out->all = arena_array(a, struct any_of, pieces(query));
	for (const char *p = query;;) {
		size_t n = strcspn(p, "&");
		if (n && !read_parameter(&r, p, n))
			return false;
		if (!p[n])
			break;
		p += n + 1;
	}
	if (out->limit > PAGE_MAX)
		out->limit = PAGE_MAX;
	return true;
}

/* ---- links ----------------------------------------------------------------------------------------------- */

static void
add_link(struct buf *b, const char *path, const char *kept, int64_t offset, int64_t limit, const char *rel)
{
	buf_printf(b, "%s<%s?%s%soffset=%lld&limit=%lld>; rel=\"%s\"", b->len ? ", " : "", path, kept, *kept ? "&" : "",
	    (long long)offset, (long long)limit, rel);
}

/* the query without offset and limit */
static char *
without_page(struct arena *a, const char *query)
{
	char *out = arena_alloc(a, (query ? strlen(query) : 0) + 1), *w = out;

	for (const char *p = query; p && *p;) {
		size_t n = strcspn(p, "&");
		if (n && strncmp(p, "offset=", 7) != 0 && strncmp(p, "limit=", 6) != 0) {
			if (w > out)
				*w++ = '&';
			memcpy(w, p, n);
			w += n;
		}
		p += n + (p[n] == '&');
	}
	return out;
}

char *
page_links(struct arena *a, const char *path, const char *query, const struct criteria *c, int64_t total)
{
	struct buf b = { 0 };
	char *kept = without_page(a, query), *out = NULL;
	int64_t limit = c->limit;

	if (limit <= 0 || (total <= limit && c->offset == 0) || strlen(kept) > LINK_MAX / 4 || strpbrk(kept, "<>\"\r\n"))
		return NULL;
	int64_t last = total > 0 ? (total - 1) / limit * limit : 0;
	add_link(&b, path, kept, 0, limit, "first");
	if (c->offset > 0)
		add_link(&b, path, kept, c->offset > limit ? c->offset - limit : 0, limit, "prev");
	if (c->offset + limit < total)
		add_link(&b, path, kept, c->offset + limit, limit, "next");
	add_link(&b, path, kept, last, limit, "last");
	if (b.len <= LINK_MAX)
		out = arena_strdup(a, buf_text(&b));
	buf_free(&b);
	return out;
}
