/* shape_check.c -- is what an argument says allowed by its row?
 *
 * Commands arrive from many doors (REPL, HTTP, scenarios, language models); each turns its form into the
 * struct, and this is the one place that says what a value must look like, in the same words for all. */
#include "core/base/shape_problems.h"
#include "core/base/clock.h"
#include "core/base/json.h"
#include "core/base/text.h"
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* collecting ---------------------------------------------------------------------------------------- */

#define FIELDS_ROOM 900            /* of the error's context */
#define SENTENCE_ROOM 400          /* of the error's message */

void
problem_add(struct problems *p, const char *path, const char *fmt, ...)
{
	char mark[PATH_MAX_ + 4], why[240];
	snprintf(mark, sizeof mark, "\n%s\n", path);
	if (strstr(buf_text(&p->seen), mark))
		return;
	buf_str(&p->seen, mark);
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(why, sizeof why, fmt, ap);
	va_end(ap);
	size_t before = p->fields.len;
	if (before)
		buf_byte(&p->fields, ',');
	json_quote(&p->fields, path, strlen(path));
	buf_byte(&p->fields, ':');
	json_quote(&p->fields, why, strlen(why));
	if (p->fields.len > FIELDS_ROOM) {
		p->fields.len = before;
		p->fields.data[before] = 0;
	}
	if (p->sentence.len + strlen(path) + strlen(why) < SENTENCE_ROOM)
		buf_printf(&p->sentence, "%s%s %s", p->count ? "; " : "", path, why);
	else
		p->unsaid++;
	p->count++;
}

bool
problems_report(struct problems *p, const struct shape *s, struct error *err)
{
	bool fine = p->count == 0;
	if (!fine && p->unsaid)
		error_set(err, ERROR_INVALID, "arguments.invalid", "%s: %s; and %d more", s->name,
			buf_text(&p->sentence), p->unsaid);
	else if (!fine)
		error_set(err, ERROR_INVALID, "arguments.invalid", "%s: %s", s->name, buf_text(&p->sentence));
	if (!fine) {
		struct buf object = { 0 };
		buf_printf(&object, "{%s}", buf_text(&p->fields));
		error_hint(err, "bss explain %s", s->name);
		error_fact_json(err, "fields", buf_text(&object));
		buf_free(&object);
	}
	buf_free(&p->fields);
	buf_free(&p->sentence);
	buf_free(&p->seen);
	return fine;
}

const char *
path_join(char out[PATH_MAX_], const char *outer, const char *name)
{
	if (!*outer)
		return name;
	snprintf(out, PATH_MAX_, "%s.%s", outer, name);
	return out;
}

const char *
path_item(char out[PATH_MAX_], const char *outer, int i)
{
	snprintf(out, PATH_MAX_, "%s[%d]", outer, i);
	return out;
}

void
unknown_field(struct problems *p, const struct shape *s, const char *name, const char *outer)
{
	char joined[PATH_MAX_], given[64];
	const struct field *nearest = NULL;
	int best = 4;
	snprintf(given, sizeof given, "%s", name);
	FOR_EACH_FIELD(f, s) {
		int d = text_distance(f->name, given);
		if (d < best && d < (int)strlen(f->name)) {
			best = d;
			nearest = f;
		}
	}
	const char *path = path_join(joined, outer, given);
	if (nearest)
		problem_add(p, path, "is not known; did you mean %s?", nearest->name);
	else
		problem_add(p, path, "is not known");
}

/* values -------------------------------------------------------------------------------------------- */

bool
choice_is(const char *choices, const char *value)
{
	size_t n = strlen(value);
	for (const char *c = choices; n > 0; c++) {
		size_t len = strcspn(c, "|");
		if (len == n && memcmp(c, value, n) == 0)
			return true;
		c += len;
		if (!*c)
			break;
	}
	return false;
}

static bool
decimal_ok(const char *s)
{
	s += *s == '-';
	size_t whole = strspn(s, "0123456789");
	if (whole < 1 || whole > 15)
		return false;
	s += whole;
	if (*s == 0)
		return true;
	size_t fraction = *s == '.' ? strspn(s + 1, "0123456789") : 0;
	return fraction >= 1 && fraction <= 9 && s[1 + fraction] == 0;
}

bool
json_is_wellformed(const char *text)
{
	struct arena *a = arena_new();
	bool ok = json_parse_strictly(a, text, strlen(text), NULL) != NULL;
	arena_free(a);
	return ok;
}

/* why a text value is refused; NULL when it is fine */
static const char *
wrong_text(const struct field *f, const char *s, char *room, size_t size)
{
	size_t n = strlen(s), upto = f->upto > 0 && f->kind != FIELD_TEXTS ? (size_t)f->upto :
		f->kind == FIELD_JSON ? JSON_UPTO : TEXT_UPTO;
	if (!utf8_valid(s, n))
		return "is not valid UTF-8";
	if (n > upto) {
		snprintf(room, size, "is longer than %zu bytes", upto);
		return room;
	}
	if (f->choices && !choice_is(f->choices, s)) {
		snprintf(room, size, "must be one of %.180s", f->choices);
		return room;
	}
	switch (f->kind) {
	case FIELD_ID: return text_id_ok(s) ? NULL : "must be an id: 1 to 63 of A-Z a-z 0-9 _ . : + @ -";
	case FIELD_DATE: return date_valid(s) ? NULL : "must be a date like 2026-02-15";
	case FIELD_DECIMAL: return decimal_ok(s) ? NULL : "must be a decimal like \"25.00\"";
	case FIELD_JSON: return json_is_wellformed(s) ? NULL : "must be a JSON text, no member twice";
	default: return NULL;
	}
}

static bool
text_kind(enum field_kind k)
{
	return k <= FIELD_JSON;
}

static bool
parse_int(const char *s, int64_t *out)
{
	char *end;
	errno = 0;
	long long v = strtoll(s, &end, 10);
	bool ok = (*s == '-' || (*s >= '0' && *s <= '9')) && end != s && *end == 0 && errno == 0;
	*out = v;
	return ok;
}

static bool
parse_bool(const char *s, bool *out)
{
	static const char *const yes[] = { "true", "yes", "on", "1" }, *const no[] = { "false", "no", "off", "0" };
	for (int i = 0; i < 4; i++)
		if (strcmp(s, yes[i]) == 0 || strcmp(s, no[i]) == 0)
			return *out = strcmp(s, yes[i]) == 0, true;
	return false;
}

static bool
parse_real(const char *s, double *out)
{
	char *end;
	*out = strtod(s, &end);
	return end != s && *end == 0 && isfinite(*out);
}

/* "25.00 SGD" or "SGD 25.00" */
static bool
parse_money(const char *s, struct money *out)
{
	char first[32], second[32], rest;
	if (sscanf(s, "%31s %31s %c", first, second, &rest) != 2)
		return false;
	return money_parse(first, second, out, NULL) || money_parse(second, first, out, NULL);
}

bool
scalar_from_text(const struct field *f, const char *text, void *obj, const char **why)
{
	void *at = field_at(f, obj);
	switch (f->kind) {
	case FIELD_INT: return *why = "must be a whole number", parse_int(text, at);
	case FIELD_OPTINT:
		*why = "must be a whole number";
		return ((struct opt_int *)at)->set = parse_int(text, &((struct opt_int *)at)->v);
	case FIELD_BOOL: return *why = "must be true or false", parse_bool(text, at);
	case FIELD_OPTBOOL:
		*why = "must be true or false";
		return ((struct opt_bool *)at)->set = parse_bool(text, &((struct opt_bool *)at)->v);
	case FIELD_REAL: return *why = "must be a number", parse_real(text, at);
	case FIELD_OPTREAL:
		*why = "must be a number";
		return ((struct opt_real *)at)->set = parse_real(text, &((struct opt_real *)at)->v);
	case FIELD_TIME: return *why = "must be a time like 2026-02-15T09:00:00Z", time_parse(text, at);
	case FIELD_MONEY: return *why = "must be an amount like \"25.00 SGD\"", parse_money(text, at);
	default: return *why = "cannot be given as text", false;
	}
}

/* a fallback that is not a value ("now", "the customer's own") is words for the help */
static void
fill_fallback(const struct field *f, void *obj)
{
	char room[240];
	const char *why;
	union { int64_t i; struct money m; struct opt_real r; struct opt_int oi; struct opt_bool b; } value = { 0 };
	struct field aside = *f;
	if (!f->fallback || field_is_set(f, obj) || f->kind == FIELD_BOOL)
		return;
	if (text_kind(f->kind)) {
		if (!wrong_text(f, f->fallback, room, sizeof room))
			*(const char **)field_at(f, obj) = f->fallback;
		return;
	}
	aside.at = 0;
	if (scalar_from_text(&aside, f->fallback, &value, &why))
		scalar_from_text(f, f->fallback, obj, &why);
}

static void
check_texts(struct problems *p, const struct field *f, const struct texts *t, const char *path)
{
	char room[240], item[PATH_MAX_];
	int upto = f->upto > 0 ? f->upto : ITEMS_UPTO;
	if (t->n > upto)
		problem_add(p, path, "has more than %d items", upto);
	for (int i = 0; i < t->n && i < upto; i++) {
		const char *why = wrong_text(f, t->v[i] ? t->v[i] : "", room, sizeof room);
		if (why)
			problem_add(p, path_item(item, path, i), "%s", why);
	}
}

static void
check_list(struct problems *p, const struct field *f, const struct list *l, const char *path, int nesting)
{
	char item[PATH_MAX_];
	int upto = f->upto > 0 ? f->upto : ITEMS_UPTO;
	if (l->n > upto || nesting >= MAX_LIST_NESTING) {
		problem_add(p, path, "has more than %d items", upto);
		return;
	}
	for (int i = 0; i < l->n; i++)
		check_object(p, f->of, (char *)l->items + (size_t)i * f->of->size, path_item(item, path, i), nesting + 1);
}

/* what the codec cannot tell from absent (0, false) is not missing here; readers of JSON know more */
static bool
missing(const struct field *f, const void *obj)
{
	if (text_kind(f->kind))
		return text_blank(field_text(f, obj));
	return f->kind != FIELD_INT && f->kind != FIELD_BOOL && f->kind != FIELD_REAL && !field_is_set(f, obj);
}

static void
check_scalar(struct problems *p, const struct field *f, const void *obj, const char *path)
{
	const void *at = field_at(f, obj);
	if (f->kind == FIELD_TIME) {
		int64_t t = *(const int64_t *)at;
		if (t == TIME_CLEARED ? !f->clearable : t < -TIME_FOREVER || t > TIME_FOREVER)
			problem_add(p, path, t == TIME_CLEARED ? "cannot be removed" : "is out of range");
	}
	if (f->kind == FIELD_MONEY && field_is_set(f, obj) && !currency_known(((const struct money *)at)->currency))
		problem_add(p, path, "must name a currency of ISO 4217");
	if (f->kind == FIELD_REAL && !isfinite(*(const double *)at))
		problem_add(p, path, "must be a finite number");
	if (f->kind == FIELD_OPTREAL && !isfinite(((const struct opt_real *)at)->v))
		problem_add(p, path, "must be a finite number");
}

void
check_field(struct problems *p, const struct field *f, void *obj, const char *outer, int nesting)
{
	char joined[PATH_MAX_], room[240];
	const char *path = path_join(joined, outer, f->name);
	fill_fallback(f, obj);
	if (missing(f, obj)) {
		if (f->required) {
			problem_add(p, path, "is required");
			return;
		}
		/* an optional blank is a value for free text ("remove my note") and absent for all else */
		if (f->kind != FIELD_TEXT || f->choices) {
			if (text_kind(f->kind))
				*(const char **)field_at(f, obj) = NULL;
			return;
		}
		if (!field_text(f, obj))
			return;
	}
	if (text_kind(f->kind)) {
		const char *why = wrong_text(f, field_text(f, obj), room, sizeof room);
		if (why)
			problem_add(p, path, "%s", why);
	} else if (f->kind == FIELD_TEXTS) {
		check_texts(p, f, field_at(f, obj), path);
	} else if (f->kind == FIELD_LIST) {
		check_list(p, f, field_at(f, obj), path, nesting);
	} else {
		check_scalar(p, f, obj, path);
	}
}

void
check_object(struct problems *p, const struct shape *s, void *obj, const char *outer, int nesting)
{
	FOR_EACH_FIELD(f, s)
		check_field(p, f, obj, outer, nesting);
}

bool
shape_check(const struct shape *s, void *obj, struct error *err)
{
	struct problems p = { 0 };
	check_object(&p, s, obj, "", 0);
	return problems_report(&p, s, err);
}
