/* scenario_value.c -- the tree, its JSON, its equality and its paths.
 *
 * cJSON reads (with the limits of core/base/json.c); the digits of numbers are then taken from the text
 * itself, which lists them in the same order as a walk through the tree. */
#include "cockpit/scenario_value.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/base/json.h"
#include "core/base/must.h"

const char *
value_kind_name(enum value_kind kind)
{
	static const char *const names[] = { "null", "a boolean", "an integer", "a number", "text", "a list",
		"a map" };

	return names[kind];
}

struct value *
value_new(struct arena *a, enum value_kind kind)
{
	struct value *v = arena_new_of(a, struct value);

	v->kind = kind;
	return v;
}

struct value *
value_text(struct arena *a, const char *text)
{
	struct value *v = value_new(a, text ? VALUE_TEXT : VALUE_NULL);

	v->text = arena_strdup(a, text);
	return v;
}

struct value *
value_int(struct arena *a, long long i)
{
	struct value *v = value_new(a, VALUE_INT);

	v->text = arena_printf(a, "%lld", i);
	return v;
}

struct value *
value_bool(struct arena *a, bool truth)
{
	struct value *v = value_new(a, VALUE_BOOL);

	v->truth = truth;
	return v;
}

void
value_add(struct value *list, struct value *item)
{
	must(!item->next && (list->kind == VALUE_LIST || list->kind == VALUE_MAP));
	if (list->last)
		list->last->next = item;
	else
		list->first = item;
	list->last = item;
	list->n++;
}

void
value_put(struct value *map, const char *key, struct value *item)
{
	item->key = key;
	value_add(map, item);
}

void
value_set(struct value *map, const char *key, struct value *item)
{
	struct value *before = NULL;

	for (struct value *i = map->first; i; before = i, i = i->next) {
		if (strcmp(i->key, key) != 0)
			continue;
		item->key = key;
		item->next = i->next;
		if (before)
			before->next = item;
		else
			map->first = item;
		if (map->last == i)
			map->last = item;
		return;
	}
	value_put(map, key, item);
}

struct value *
value_copy(struct arena *a, const struct value *v)
{
	struct value *copy = arena_memdup(a, v, sizeof *v);

	copy->first = copy->last = copy->next = NULL;
	copy->n = 0;
	FOR_EACH_ITEM(i, v)
		value_add(copy, value_copy(a, i));
	return copy;
}

const struct value *
value_member(const struct value *map, const char *key)
{
	if (map && map->kind == VALUE_MAP)
		FOR_EACH_ITEM(i, map)
			if (strcmp(i->key, key) == 0)
				return i;
	return NULL;
}

const struct value *
value_item(const struct value *list, int index)
{
	if (!list || list->kind != VALUE_LIST || index < 0)
		return NULL;
	FOR_EACH_ITEM(i, list)
		if (index-- == 0)
			return i;
	return NULL;
}

/* ---- JSON ------------------------------------------------------------------------------------------ */

struct digits { const char *at, *end; };

/* the next number of the text that is not inside a string */
static const char *
next_digits(struct digits *d, struct arena *a)
{
	bool quoted = false;

	for (; d->at < d->end; d->at++) {
		char c = *d->at;
		if (quoted && c == '\\')
			d->at++;
		else if (c == '"')
			quoted = !quoted;
		else if (!quoted && (c == '-' || isdigit((unsigned char)c)))
			break;
	}
	const char *from = d->at;
	while (d->at < d->end && (isalnum((unsigned char)*d->at) || strchr("+-.", *d->at)))
		d->at++;
	must(d->at > from);
	return arena_strndup(a, from, (size_t)(d->at - from));
}

static struct value *
from_cjson(const cJSON *j, struct digits *d, struct arena *a)
{
	struct value *v = value_new(a, VALUE_NULL);

	if (cJSON_IsBool(j)) {
		v->kind = VALUE_BOOL;
		v->truth = cJSON_IsTrue(j);
	} else if (cJSON_IsNumber(j)) {
		v->text = next_digits(d, a);
		v->kind = strpbrk(v->text, ".eE") ? VALUE_REAL : VALUE_INT;
	} else if (cJSON_IsString(j)) {
		v->kind = VALUE_TEXT;
		v->text = arena_strdup(a, j->valuestring);
	} else if (cJSON_IsArray(j) || cJSON_IsObject(j)) {
		v->kind = cJSON_IsArray(j) ? VALUE_LIST : VALUE_MAP;
		for (const cJSON *i = j->child; i; i = i->next) {
			struct value *item = from_cjson(i, d, a);
			item->key = arena_strdup(a, i->string);
			value_add(v, item);
		}
	}
	return v;
}

struct value *
value_from_json(struct arena *a, const char *text, size_t n, struct error *err)
{
	const cJSON *tree = json_parse(a, text, n, err);
	struct digits d = { text, text + n };

	return tree ? from_cjson(tree, &d, a) : NULL;
}

static void
items_to_json(const struct value *v, struct buf *out)
{
	buf_byte(out, v->kind == VALUE_MAP ? '{' : '[');
	FOR_EACH_ITEM(i, v) {
		if (i != v->first)
			buf_byte(out, ',');
		if (v->kind == VALUE_MAP) {
			json_quote(out, i->key, strlen(i->key));
			buf_byte(out, ':');
		}
		value_to_json(i, out);
	}
	buf_byte(out, v->kind == VALUE_MAP ? '}' : ']');
}

void
value_to_json(const struct value *v, struct buf *out)
{
	switch (v->kind) {
	case VALUE_NULL: buf_str(out, "null"); break;
	case VALUE_BOOL: buf_str(out, v->truth ? "true" : "false"); break;
	case VALUE_INT:
	case VALUE_REAL: buf_str(out, v->text); break;
	case VALUE_TEXT: json_quote(out, v->text, strlen(v->text)); break;
	case VALUE_LIST:
	case VALUE_MAP:  items_to_json(v, out); break;
	}
}

void
value_to_text(const struct value *v, struct buf *out)
{
	if (v->kind == VALUE_TEXT)
		buf_str(out, v->text);
	else
		value_to_json(v, out);
}

/* ---- numbers, compared by their digits ---------------------------------------------------------- */

#define EXPONENT_MOST 1000000

/* 0.DIGITS times ten to the power of `point`, without zeros at either end; no digits: zero */
struct decimal { bool minus; struct buf digits; long point; };

static struct decimal
decimal_of(const char *text)
{
	struct decimal d = { .minus = *text == '-' };
	const char *p = text + (*text == '-' || *text == '+');
	bool fraction = false;

	for (; isdigit((unsigned char)*p) || *p == '.'; p++) {
		if (*p == '.') {
			fraction = true;
		} else if (*p == '0' && d.digits.len == 0) {
			d.point -= fraction;
		} else {
			buf_byte(&d.digits, *p);
			d.point += !fraction;
		}
	}
	long exponent = *p ? strtol(p + 1, NULL, 10) : 0;
	d.point += exponent > EXPONENT_MOST ? EXPONENT_MOST : exponent < -EXPONENT_MOST ? -EXPONENT_MOST : exponent;
	while (d.digits.len && d.digits.data[d.digits.len - 1] == '0')
		d.digits.data[--d.digits.len] = 0;
	return d;
}

static int
magnitude_order(const struct decimal *a, const struct decimal *b)
{
	if (!a->digits.len || !b->digits.len)
		return (a->digits.len > 0) - (b->digits.len > 0);
	if (a->point != b->point)
		return a->point < b->point ? -1 : 1;
	int order = strcmp(a->digits.data, b->digits.data);
	return (order > 0) - (order < 0);
}

static int
digits_order(const char *left, const char *right)
{
	struct decimal a = decimal_of(left), b = decimal_of(right);
	bool a_minus = a.minus && a.digits.len, b_minus = b.minus && b.digits.len;
	int order = a_minus != b_minus ? (a_minus ? -1 : 1) : a_minus ? magnitude_order(&b,
		&a) : magnitude_order(&a, &b);

	buf_free(&a.digits);
	buf_free(&b.digits);
	return order;
}

static bool
is_number(const struct value *v)
{
	return v->kind == VALUE_INT || v->kind == VALUE_REAL;
}

bool
value_compare(const struct value *a, const struct value *b, int *order)
{
	if (!is_number(a) || !is_number(b))
		return false;
	*order = digits_order(a->text, b->text);
	return true;
}

static bool
items_equal(const struct value *a, const struct value *b)
{
	const struct value *other = b->first;

	if (a->n != b->n)
		return false;
	FOR_EACH_ITEM(i, a) {
		if (a->kind == VALUE_MAP)
			other = value_member(b, i->key);
		if (!other || !value_equal(i, other))
			return false;
		other = other->next;
	}
	return true;
}

bool
value_equal(const struct value *a, const struct value *b)
{
	if (a->kind != b->kind)
		return false;
	switch (a->kind) {
	case VALUE_NULL: return true;
	case VALUE_BOOL: return a->truth == b->truth;
	case VALUE_INT:
	case VALUE_REAL: return digits_order(a->text, b->text) == 0;
	case VALUE_TEXT: return strcmp(a->text, b->text) == 0;
	case VALUE_LIST:
	case VALUE_MAP:  return items_equal(a, b);
	}
	return false;
}

/* ---- paths -------------------------------------------------------------------------------------- */

#define KEY_ROOM 256

/* takes `.key` or `[n]` off the front; index -1: a key.  false: the path is none */
static bool
path_step(const char **path, char key[KEY_ROOM], int *index)
{
	const char *p = *path;
	size_t n;

	*index = -1;
	if (*p == '.' && (n = strcspn(p + 1, ".[]")) > 0 && n < KEY_ROOM) {
		memcpy(key, p + 1, n);
		key[n] = 0;
		*path = p + 1 + n;
		return true;
	}
	n = *p == '[' ? strspn(p + 1, "0123456789") : 0;
	if (n == 0 || n > 8 || p[n + 1] != ']')
		return false;
	*index = atoi(p + 1);
	*path = p + n + 2;
	return true;
}

bool
value_path_ok(const char *path)
{
	char key[KEY_ROOM];
	int index;

	if (*path++ != '$')
		return false;
	while (*path)
		if (!path_step(&path, key, &index))
			return false;
	return true;
}

const struct value *
value_at_path(const struct value *v, const char *path)
{
	char key[KEY_ROOM];
	int index;

	if (!value_path_ok(path))
		return NULL;
	for (path++; v && *path;) {
		must(path_step(&path, key, &index));
		v = index >= 0 ? value_item(v, index) : value_member(v, key);
	}
	return v;
}

static const struct value *
item_called(const struct value *list, const char *name)
{
	static const char *const names[] = { "allowanceType", "type", "id", "name", "channel" };

	FOR_EACH_ITEM(i, list)
		for (size_t k = 0; k < sizeof names / sizeof names[0]; k++) {
			const struct value *is = value_member(i, names[k]);
			if (is && is->kind == VALUE_TEXT && strcmp(is->text, name) == 0)
				return i;
		}
	return NULL;
}

static const struct value *
step_into(const struct value *v, const char *key)
{
	if (v->kind != VALUE_LIST)
		return value_member(v, key);
	size_t n = strlen(key);
	bool place = n && n <= 8 && strspn(key, "0123456789") == n;
	return place ? value_item(v, atoi(key)) : item_called(v, key);
}

const struct value *
value_at_key(const struct value *v, const char *dotted)
{
	char key[KEY_ROOM];

	while (v && *dotted) {
		size_t n = strcspn(dotted, ".");
		if (n == 0 || n >= KEY_ROOM)
			return NULL;
		memcpy(key, dotted, n);
		key[n] = 0;
		v = step_into(v, key);
		dotted += n + (dotted[n] == '.');
	}
	return v;
}
