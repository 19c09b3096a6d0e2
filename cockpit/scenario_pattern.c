/* scenario_pattern.c -- the regular expressions of captures, on top of POSIX's.
 *
 * Scenarios are written with \d, \s, \w, \n and (?: ) in mind, which POSIX extended expressions do not have:
 * they are translated.  What cannot be (look-around, lazy repeats, back references) is refused with a
 * sentence. */
#include <ctype.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cockpit/scenario_inner.h"
#include "core/base/must.h"

#define GROUPS_MOST 20
#define SOURCE_MOST 500
#define REPEATS_MOST 10000                   /* all counts multiplied: a compiled pattern unrolls them */

struct pattern {
	regex_t regex;
	int groups, place[GROUPS_MOST + 1];    /* a group's place among the parentheses of the translation */
};
struct translation {
	const char *p;
	struct buf out;
	struct pattern *pattern;
	int opened;
	long repeats;
	struct error *err;
};

static bool
refuse(struct translation *t, const char *why)
{
	return error_set(t->err, ERROR_INVALID, "scenario.pattern", "The pattern is not understood: %s", why);
}

/* inside brackets a class goes without brackets of its own */
static const char *
class_of(char letter, bool bracketed)
{
	switch (letter) {
	case 'd': return bracketed ? "0-9" : "[0-9]";
	case 'w': return bracketed ? "[:alnum:]_" : "[[:alnum:]_]";
	case 's': return bracketed ? "[:space:]" : "[[:space:]]";
	case 'D': return bracketed ? NULL : "[^0-9]";
	case 'W': return bracketed ? NULL : "[^[:alnum:]_]";
	case 'S': return bracketed ? NULL : "[^[:space:]]";
	default:  return NULL;
	}
}

static char
control_of(char letter)
{
	return letter == 'n' ? '\n' : letter == 't' ? '\t' : letter == 'r' ? '\r' : 0;
}

static bool
translate_escape(struct translation *t)
{
	char c = *++t->p;
	const char *class = class_of(c, false);

	if (!c)
		return refuse(t, "it ends in a backslash");
	t->p++;
	if (class)
		buf_str(&t->out, class);
	else if (control_of(c))
		buf_byte(&t->out, control_of(c));
	else if (c == 'b')
		buf_str(&t->out, "\\b");
	else if (isalnum((unsigned char)c))
		return refuse(t, "\\d \\w \\s \\D \\W \\S \\b \\n \\t \\r are the letters that may follow a backslash");
	else if (strchr("^.[]$()|*+?{}\\", c))
		buf_printf(&t->out, "\\%c", c);
	else
		buf_byte(&t->out, c);
	return true;
}

/* POSIX has no escapes in brackets: a ] comes first, a - last, a ^ not first */
struct bracket { bool negated, closing, dash, caret; struct buf rest; };

static bool
bracket_escape(struct translation *t, struct bracket *b)
{
	char c = *++t->p;
	const char *class = class_of(c, true);

	if (!c)
		return refuse(t, "a [ without its ]");
	t->p++;
	if (class)
		buf_str(&b->rest, class);
	else if (control_of(c))
		buf_byte(&b->rest, control_of(c));
	else if (isalnum((unsigned char)c))
		return refuse(t, "an escape that brackets do not have");
	else if (c == ']' || c == '-' || c == '^')
		*(c == ']' ? &b->closing : c == '-' ? &b->dash : &b->caret) = true;
	else
		buf_byte(&b->rest, c);
	return true;
}

static bool
bracket_body(struct translation *t, struct bracket *b)
{
	while (*t->p && *t->p != ']') {
		bool dash_ends = *t->p == '-' && t->p[1] == ']';
		if (*t->p == '\\') {
			if (!bracket_escape(t, b))
				return false;
		} else if (t->p[0] == '[' && t->p[1] == ':') {
			const char *end = strstr(t->p, ":]");
			if (!end)
				return refuse(t, "a [: without its :]");
			buf_add(&b->rest, t->p, (size_t)(end + 2 - t->p));
			t->p = end + 2;
		} else if (dash_ends) {
			b->dash = true;
			t->p++;
		} else {
			buf_byte(&b->rest, *t->p++);
		}
	}
	return *t->p++ == ']' || refuse(t, "a [ without its ]");
}

static bool
translate_bracket(struct translation *t)
{
	struct bracket b = { 0 };

	t->p++;
	b.negated = *t->p == '^';
	t->p += b.negated;
	if (*t->p == ']') {
		b.closing = true;
		t->p++;
	}
	bool ok = bracket_body(t, &b);
	bool caret_first = b.caret && !b.negated && !b.closing && b.rest.len == 0;
	if (caret_first)
		buf_str(&t->out, b.dash ? "[-^]" : "\\^");
	else
		buf_printf(&t->out, "[%s%s%s%s%s]", b.negated ? "^" : "", b.closing ? "]" : "", buf_text(&b.rest),
			b.caret ? "^" : "", b.dash ? "-" : "");
	buf_free(&b.rest);
	return ok;
}

static bool
translate_group(struct translation *t)
{
	struct pattern *p = t->pattern;
	bool captures = t->p[1] != '?';

	if (!captures && t->p[2] != ':')
		return refuse(t, "of (? only (?: is read; there is no look-around and no flag");
	if (t->opened == GROUPS_MOST)
		return refuse(t, "too many groups");
	t->opened++;
	if (captures)
		p->place[++p->groups] = t->opened;
	buf_byte(&t->out, '(');
	t->p += captures ? 1 : 3;
	return true;
}

static bool
repeats_bearable(struct translation *t)
{
	char *end;
	long low = strtol(t->p + 1, &end, 10), high = *end == ',' ? strtol(end + 1, NULL, 10) : low;
	long most = high > low ? high : low;

	most = most < 1 ? 1 : most;
	if (most > REPEATS_MOST || t->repeats * most > REPEATS_MOST)
		return refuse(t, "too many repeats");
	t->repeats *= most;
	return true;
}

static bool
translate_one(struct translation *t)
{
	char c = *t->p;

	if (c == '\\')
		return translate_escape(t);
	if (c == '[')
		return translate_bracket(t);
	if (c == '(')
		return translate_group(t);
	if (strchr("*+?}", c) && (t->p[1] == '?' || t->p[1] == '+'))
		return refuse(t, "lazy and possessive repeats are not read");
	if (c == '{' && !repeats_bearable(t))
		return false;
	if (c == '.')
		buf_str(&t->out, "[^\n]");
	else
		buf_byte(&t->out, c);
	t->p++;
	return true;
}

static void
release(void *regex)
{
	regfree(regex);
}

struct pattern *
pattern_new(struct arena *a, const char *source, struct error *err)
{
	struct pattern *pattern = arena_new_of(a, struct pattern);
	struct translation t = { .p = source, .pattern = pattern, .repeats = 1, .err = err };
	bool ok = strlen(source) <= SOURCE_MOST || refuse(&t, "it is too long");

	while (ok && *t.p)
		ok = translate_one(&t);
	int code = ok ? regcomp(&pattern->regex, buf_text(&t.out), REG_EXTENDED) : 0;
	buf_free(&t.out);
	if (code) {
		char why[120];
		regerror(code, &pattern->regex, why, sizeof why);
		ok = refuse(&t, why);
	} else if (ok) {
		arena_own(a, release, &pattern->regex);
	}
	return ok ? pattern : NULL;
}

int
pattern_groups(const struct pattern *p)
{
	return p->groups;
}

const char *
pattern_find(const struct pattern *p, struct arena *a, const char *text, int group, bool last)
{
	regmatch_t match[GROUPS_MOST + 1];
	const char *found = NULL, *at = text;
	int flags = 0;

	must(group >= 0 && group <= p->groups);
	while (regexec(&p->regex, at, GROUPS_MOST + 1, match, flags) == 0) {
		const regmatch_t *m = &match[p->place[group]];
		if (m->rm_so >= 0)
			found = arena_strndup(a, at + m->rm_so, (size_t)(m->rm_eo - m->rm_so));
		bool empty = match[0].rm_eo == match[0].rm_so;
		if (!last || (empty && !at[match[0].rm_eo]))
			break;
		at += match[0].rm_eo + empty;
		flags = REG_NOTBOL;
	}
	return found;
}
