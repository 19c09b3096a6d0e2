/* json.c -- reading with limits, and writing into a buf.
 *
 * cJSON reads, but believes what it gets: depth, encoding, escapes that hide a NUL and trailing bytes are
 * checked here before and after it.  Writing does not build a tree: documents stream into a buf. */
#include "core/base/json.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/must.h"
#include "core/base/text.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_DEPTH 64

/* reading ------------------------------------------------------------------------------------------- */

/* where nesting passes the limit or a string holds \u0000, which a C string cannot; n when it is fine */
static size_t
first_excess(const char *s, size_t n)
{
	int depth = 0;
	bool quoted = false;
	for (size_t i = 0; i < n; i++) {
		if (quoted && s[i] == '\\') {
			if (n - i >= 6 && memcmp(s + i, "\\u0000", 6) == 0)
				return i;
			i++;
		} else if (s[i] == '"') {
			quoted = !quoted;
		} else if (!quoted && (s[i] == '{' || s[i] == '[')) {
			if (++depth > MAX_DEPTH)
				return i;
		} else if (!quoted && (s[i] == '}' || s[i] == ']')) {
			depth--;
		}
	}
	return n;
}

static void
release_cjson(void *p)
{
	cJSON_Delete(p);
}

static cJSON *
malformed(struct error *err, const char *why, size_t at)
{
	error_set(err, ERROR_INVALID, "json.malformed", "Not valid JSON: %s at byte %zu", why, at);
	error_fact_int(err, "offset", (int64_t)at);
	return NULL;
}

cJSON *
json_parse(struct arena *a, const char *text, size_t n, struct error *err)
{
	size_t broken = utf8_prefix(text, n);
	if (broken < n)
		return malformed(err, text[broken] ? "it is no longer UTF-8" : "there is a NUL", broken);
	size_t excess = first_excess(text, n);
	if (excess < n)
		return malformed(err, "nested deeper than 64 or holding a NUL", excess);
	const char *end = NULL;
	cJSON *tree = cJSON_ParseWithLengthOpts(text, n, &end, 0);
	size_t at = end ? (size_t)(end - text) : 0;
	if (!tree)
		return malformed(err, "unexpected text", at < n ? at : n);
	while (at < n && strchr(" \t\r\n", text[at]))
		at++;
	if (at < n) {
		cJSON_Delete(tree);
		return malformed(err, "something follows the value", at);
	}
	arena_own(a, release_cjson, tree);
	return tree;
}

/* what only one of two readers would see */

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* a name that an object has twice; NULL: each once */
static const char *
doubled_name(const cJSON *object)
{
	size_t n = 0, i = 1;
	const cJSON *v;
	cJSON_ArrayForEach(v, object)
		n++;
	if (n < 2)
		return NULL;
	const char **names = mem_new(sizeof *names * n);
	n = 0;
	cJSON_ArrayForEach(v, object)
		names[n++] = v->string;
	qsort(names, n, sizeof *names, by_name);
	while (i < n && strcmp(names[i - 1], names[i]) != 0)
		i++;
	const char *found = i < n ? names[i] : NULL;
	mem_drop(names);
	return found;
}

/* json_parse() bounds the depth, so this recursion is bounded too */
static bool
unambiguous(const cJSON *v, struct error *err)
{
	const char *twice = cJSON_IsObject(v) ? doubled_name(v) : NULL;
	const cJSON *member;
	if (twice)
		return error_set(err, ERROR_INVALID, "json.ambiguous", "The member \"%.80s\" is there twice", twice);
	if (cJSON_IsNumber(v) && !isfinite(v->valuedouble))
		return error_set(err, ERROR_INVALID, "json.ambiguous", "A number is too large to be kept");
	cJSON_ArrayForEach(member, v)
		if (!unambiguous(member, err))
			return false;
	return true;
}

cJSON *
json_parse_strictly(struct arena *a, const char *text, size_t n, struct error *err)
{
	cJSON *tree = json_parse(a, text, n, err);
	return tree && unambiguous(tree, err) ? tree : NULL;
}

const char *
json_text(const cJSON *object, const char *name)
{
	return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
}

static const cJSON *
step_into(const cJSON *at, const char *key)
{
	if (!cJSON_IsArray(at))
		return cJSON_GetObjectItemCaseSensitive(at, key);
	char *end;
	long index = strtol(key, &end, 10);
	bool plain = key[0] >= '0' && key[0] <= '9' && *end == 0 && index < 1000000;
	return plain ? cJSON_GetArrayItem(at, (int)index) : NULL;
}

const cJSON *
json_path(const cJSON *at, const char *dotted)
{
	char key[128];
	while (at && *dotted) {
		size_t n = strcspn(dotted, ".");
		if (n >= sizeof key)
			return NULL;
		memcpy(key, dotted, n);
		key[n] = 0;
		at = step_into(at, key);
		dotted += n + (dotted[n] == '.');
	}
	return at;
}

char *
json_print(struct arena *a, const cJSON *tree)
{
	char *text = cJSON_PrintUnformatted(tree);
	must(text != NULL);
	char *copy = arena_strdup(a, text);
	cJSON_free(text);
	return copy;
}

/* writing ------------------------------------------------------------------------------------------- */

/* how a byte is written inside quotes: 0 as it is, a letter after a backslash, or 1 as \u00xx */
static char
escape_of(unsigned char c)
{
	switch (c) {
	case '"': case '\\': return (char)c;
	case '\n': return 'n';
	case '\r': return 'r';
	case '\t': return 't';
	case '\b': return 'b';
	case '\f': return 'f';
	default: return c < 0x20 || c == 0x7F ? 1 : 0;
	}
}

void
json_quote(struct buf *out, const char *s, size_t n)
{
	/* bytes from outside reach this through log lines and errors: what is not UTF-8 becomes '?' */
	bool valid = utf8_valid(s, n);
	char *room = buf_room(out, n + 2);
	*room = '"';
	out->len++;
	size_t from = 0;
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];
		char e = escape_of(c);
		bool broken = !valid && c >= 0x80;
		if (!e && !broken)
			continue;
		buf_add(out, s + from, i - from);
		if (broken)
			buf_byte(out, '?');
		else if (e == 1)
			buf_printf(out, "\\u%04x", c);
		else
			buf_add(out, (char[]){ '\\', e }, 2);
		from = i + 1;
	}
	buf_add(out, s + from, n - from);
	buf_byte(out, '"');
}

struct json
json_to(struct buf *out)
{
	return (struct json){ .out = out };
}

/* before a value or a key: a comma if something precedes it on this level */
static void
separate(struct json *j)
{
	if (j->comma)
		buf_byte(j->out, ',');
	j->comma = true;
}

static void
open_level(struct json *j, char bracket, char closing)
{
	separate(j);
	must(j->depth < (int)sizeof j->stack);
	j->stack[j->depth++] = closing;
	buf_byte(j->out, bracket);
	j->comma = false;
}

static void
close_level(struct json *j, char closing)
{
	must(j->depth > 0 && j->stack[j->depth - 1] == closing);
	j->depth--;
	buf_byte(j->out, closing);
	j->comma = true;
}

void json_object(struct json *j) { open_level(j, '{', '}'); }
void json_object_end(struct json *j) { close_level(j, '}'); }
void json_array(struct json *j) { open_level(j, '[', ']'); }
void json_array_end(struct json *j) { close_level(j, ']'); }

void
json_key(struct json *j, const char *key)
{
	must(j->depth > 0 && j->stack[j->depth - 1] == '}');
	separate(j);
	json_quote(j->out, key, strlen(key));
	buf_byte(j->out, ':');
	j->comma = false;
}

void
json_stringn(struct json *j, const char *s, size_t n)
{
	separate(j);
	json_quote(j->out, s, n);
}

void
json_string(struct json *j, const char *s)
{
	if (s)
		json_stringn(j, s, strlen(s));
	else
		json_null(j);
}

void
json_int(struct json *j, int64_t v)
{
	char text[24], *at = text + sizeof text;
	uint64_t left = v < 0 ? -(uint64_t)v : (uint64_t)v;
	do
		*--at = (char)('0' + left % 10);
	while (left /= 10);
	if (v < 0)
		*--at = '-';
	separate(j);
	buf_add(j->out, at, (size_t)(text + sizeof text - at));
}

void
json_real(struct json *j, double v)
{
	char text[32] = "null";
	/* the shortest of the two forms that reads back as the same number */
	if (isfinite(v)) {
		snprintf(text, sizeof text, "%.15g", v);
		if (strtod(text, NULL) != v)
			snprintf(text, sizeof text, "%.17g", v);
	}
	json_raw(j, text);
}

void
json_bool(struct json *j, bool v)
{
	json_raw(j, v ? "true" : "false");
}

void
json_null(struct json *j)
{
	json_raw(j, "null");
}

void
json_raw(struct json *j, const char *text)
{
	separate(j);
	buf_str(j->out, text ? text : "null");
}

void json_put(struct json *j, const char *key, const char *text) { json_key(j, key); json_string(j, text); }
void json_put_int(struct json *j, const char *key, int64_t v) { json_key(j, key); json_int(j, v); }
void json_put_bool(struct json *j, const char *key, bool v) { json_key(j, key); json_bool(j, v); }
void json_put_raw(struct json *j, const char *key, const char *v) { json_key(j, key); json_raw(j, v); }

void
json_put_time(struct json *j, const char *key, int64_t t)
{
	char text[TIME_TEXT];
	json_put(j, key, t == 0 || t == TIME_CLEARED ? NULL : time_format(t, text));
}

void
json_put_time_ms(struct json *j, const char *key, int64_t t)
{
	char text[TIME_TEXT];
	json_put(j, key, t == 0 || t == TIME_CLEARED ? NULL : time_format_ms(t, text));
}

void
json_put_decimal(struct json *j, const char *key, struct money m)
{
	char text[MONEY_TEXT];
	json_put(j, key, m.currency[0] ? money_decimal(m, text) : NULL);
}

/* TM Forum wants a JSON number; it is printed from the digits: 25.00 becomes 25.0, 25 stays 25.0 */
void
json_put_float(struct json *j, const char *key, struct money m)
{
	char text[MONEY_TEXT + 2];
	money_decimal(m, text);
	char *point = strchr(text, '.');
	if (!point)
		memcpy(text + strlen(text), ".0", 3);
	for (size_t n = strlen(text); point && text[n - 1] == '0' && text + n - 2 > point; n--)
		text[n - 1] = 0;
	json_put_raw(j, key, m.currency[0] ? text : NULL);
}

/* merge patch (RFC 7396) ---------------------------------------------------------------------------- */

static void
merge_into(cJSON *target, const cJSON *patch)
{
	const cJSON *member;
	cJSON_ArrayForEach(member, patch) {
		cJSON *old = cJSON_GetObjectItemCaseSensitive(target, member->string);
		if (cJSON_IsNull(member)) {
			cJSON_DeleteItemFromObjectCaseSensitive(target, member->string);
		} else if (!cJSON_IsObject(member)) {
			cJSON *copy = cJSON_Duplicate(member, true);
			must(copy != NULL);
			if (old)
				cJSON_ReplaceItemInObjectCaseSensitive(target, member->string, copy);
			else
				cJSON_AddItemToObject(target, member->string, copy);
		} else {
			if (!cJSON_IsObject(old)) {        /* a patch object replaces whatever is not an object */
				cJSON_DeleteItemFromObjectCaseSensitive(target, member->string);
				old = cJSON_AddObjectToObject(target, member->string);
				must(old != NULL);
			}
			merge_into(old, member);
		}
	}
}

char *
json_merge_patch(struct arena *a, const char *target, const char *patch, struct error *err)
{
	cJSON *t = json_parse(a, target, strlen(target), err);
	cJSON *p = t ? json_parse(a, patch, strlen(patch), err) : NULL;
	if (!p)
		return NULL;
	if (!cJSON_IsObject(t) || !cJSON_IsObject(p)) {
		error_set(err, ERROR_INVALID, "json.not_an_object", "A merge patch and what it patches are JSON objects");
		return NULL;
	}
	merge_into(t, p);
	return json_print(a, t);
}
