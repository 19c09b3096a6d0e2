/* scenario_fill.c -- {{ name }}: a variable in a value.
 *
 * A text that is one placeholder and nothing else becomes the variable with its type, so that a captured
 * number stays a number; within other text it is written plainly.  There are no filters and no expressions
 * on purpose. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include "cockpit/scenario_inner.h"

#define NAME_ROOM 128

/* `{{ name }}` at p: the bytes it takes, 0 if it is none */
static size_t
placeholder_at(const char *p, char name[NAME_ROOM])
{
	const char *from, *q = p + 2;

	if (p[0] != '{' || p[1] != '{')
		return 0;
	q += strspn(q, " \t");
	from = q;
	while (isalnum((unsigned char)*q) || *q == '_')
		q++;
	size_t n = (size_t)(q - from);
	q += strspn(q, " \t");
	if (n == 0 || n >= NAME_ROOM || isdigit((unsigned char)*from) || q[0] != '}' || q[1] != '}')
		return 0;
	memcpy(name, from, n);
	name[n] = 0;
	return (size_t)(q + 2 - p);
}

bool
text_placeholders(const char *in, bool (*each)(void *self, const char *name), void *self)
{
	char name[NAME_ROOM];

	for (const char *p = in; (p = strstr(p, "{{")); p++)
		if (placeholder_at(p, name) && !each(self, name))
			return false;
	return true;
}

static const struct value *
variable(const struct value *variables, const char *name, struct error *err)
{
	const struct value *v = value_member(variables, name);

	if (!v)
		error_set(err, ERROR_INVALID, "scenario.undefined_variable", "{{ %s }} stands for nothing: no variable or "
			"capture before it is called so", name);
	return v;
}

bool
text_fill(struct arena *a, const struct value *variables, const char *in, const char **out, struct error *err)
{
	struct buf text = { 0 };
	char name[NAME_ROOM];
	const struct value *v = variables;

	while (*in && v) {
		size_t n = placeholder_at(in, name);
		if (n == 0) {
			buf_byte(&text, *in++);
			continue;
		}
		v = variable(variables, name, err);
		if (v)
			value_to_text(v, &text);
		in += n;
	}
	*out = arena_strdup(a, buf_text(&text));
	buf_free(&text);
	return v != NULL;
}

static bool
fill_text(struct arena *a, const struct value *variables, const struct value *in, struct value **out,
	struct error *err)
{
	char name[NAME_ROOM];
	const char *text;
	size_t n = placeholder_at(in->text, name);

	if (n && !in->text[n]) {
		const struct value *v = variable(variables, name, err);
		*out = v ? value_copy(a, v) : NULL;
		return v != NULL;
	}
	if (!text_fill(a, variables, in->text, &text, err))
		return false;
	*out = value_text(a, text);
	return true;
}

bool
value_fill(struct arena *a, const struct value *variables, const struct value *in, struct value **out,
	struct error *err)
{
	if (in->kind == VALUE_TEXT)
		return fill_text(a, variables, in, out, err);
	*out = arena_memdup(a, in, sizeof *in);
	(*out)->first = (*out)->last = (*out)->next = NULL;
	(*out)->n = 0;
	FOR_EACH_ITEM(i, in) {
		struct value *item;
		if (!value_fill(a, variables, i, &item, err))
			return false;
		item->key = i->key;
		value_add(*out, item);
	}
	return true;
}
