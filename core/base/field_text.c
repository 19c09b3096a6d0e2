/* field_text.c -- one field from and to plain text: flags of the command line, columns, cards. */
#include "core/base/shape_problems.h"
#include "core/base/clock.h"
#include "core/base/json.h"
#include "core/base/text.h"
#include <stdio.h>
#include <string.h>

/* "a,b, c": blanks around an item are not part of it */
static void
split_texts(const char *text, struct arena *a, struct texts *out)
{
	size_t commas = 0;
	for (const char *p = text; *p; p++)
		commas += *p == ',';
	*out = (struct texts){ .v = arena_array(a, const char *, commas + 1) };
	for (const char *p = text;; p++) {
		size_t n = strcspn(p, ","), lead = strspn(p, " \t");
		const char *end = p + n;
		lead = lead < n ? lead : n;
		while (end > p + lead && (end[-1] == ' ' || end[-1] == '\t'))
			end--;
		if (end > p + lead)
			out->v[out->n++] = arena_strndup(a, p + lead, (size_t)(end - p) - lead);
		p += n;
		if (!*p)
			break;
	}
}

/* a list is written as JSON; reading it is left to the reader of whole objects */
static bool
list_from_text(const struct field *f, const char *text, struct arena *a, void *obj, struct error *err)
{
	struct shape around = { .name = f->name, .size = f->at + sizeof(struct list),
		.fields = (const struct field[]){ *f, { 0 } } };
	struct buf object = { 0 };
	json_quote(&object, f->name, strlen(f->name));
	char *whole = arena_printf(a, "{%s:%s}", buf_text(&object), text);
	buf_free(&object);
	void *aside = arena_alloc(a, around.size);
	if (!shape_from_text(&around, whole, strlen(whole), a, aside, err))
		return false;
	*(struct list *)field_at(f, obj) = *(struct list *)field_at(f, aside);
	return true;
}

static bool
says_nothing(const char *text)
{
	return text_blank(text) || strcmp(text, "null") == 0 || strcmp(text, "none") == 0;
}

bool
field_parse(const struct field *f, const char *text, struct arena *a, void *obj, struct error *err)
{
	struct problems p = { 0 };
	struct shape around = { .name = f->name, .fields = (const struct field[]){ *f, { 0 } } };
	const char *why = "";
	if (f->kind == FIELD_LIST)
		return list_from_text(f, text, a, obj, err);
	if (f->kind == FIELD_TEXTS)
		split_texts(text, a, field_at(f, obj));
	else if (f->kind <= FIELD_JSON)
		*(const char **)field_at(f, obj) = arena_strdup(a, text);
	else if (f->kind == FIELD_TIME && f->clearable && says_nothing(text))
		*(int64_t *)field_at(f, obj) = TIME_CLEARED;
	else if (!scalar_from_text(f, text, obj, &why))
		problem_add(&p, f->name, "%s", why);
	if (p.count == 0)
		check_field(&p, f, obj, "", 0);
	return problems_report(&p, &around, err);
}

static void
show_texts(const struct texts *t, struct buf *out)
{
	for (int i = 0; i < t->n; i++)
		buf_printf(out, "%s%s", i ? ", " : "", t->v[i]);
}

static void
show_list(const struct field *f, const struct list *l, struct buf *out)
{
	for (int i = 0; i < l->n; i++) {
		const void *item = (const char *)l->items + (size_t)i * f->of->size;
		bool first = true;
		buf_str(out, i ? "; " : "");
		FOR_EACH_FIELD(g, f->of)
			if (field_is_set(g, item) && !g->secret) {
				buf_printf(out, "%s%s=", first ? "" : " ", g->name);
				field_show(g, item, out);
				first = false;
			}
	}
}

void
field_show(const struct field *f, const void *obj, struct buf *out)
{
	const void *at = field_at(f, obj);
	char text[TIME_TEXT + MONEY_TEXT];
	if (!field_is_set(f, obj) && f->kind != FIELD_INT && f->kind != FIELD_BOOL && f->kind != FIELD_REAL)
		return;
	switch (f->kind) {
	case FIELD_TEXT: case FIELD_ID: case FIELD_DATE: case FIELD_DECIMAL: case FIELD_JSON:
		buf_str(out, *(const char *const *)at);
		break;
	case FIELD_INT: buf_printf(out, "%lld", (long long)*(const int64_t *)at); break;
	case FIELD_OPTINT: buf_printf(out, "%lld", (long long)((const struct opt_int *)at)->v); break;
	case FIELD_BOOL: buf_str(out, *(const bool *)at ? "true" : "false"); break;
	case FIELD_OPTBOOL: buf_str(out, ((const struct opt_bool *)at)->v ? "true" : "false"); break;
	case FIELD_REAL: buf_printf(out, "%.15g", *(const double *)at); break;
	case FIELD_OPTREAL: buf_printf(out, "%.15g", ((const struct opt_real *)at)->v); break;
	case FIELD_TIME:
		buf_str(out, *(const int64_t *)at == TIME_CLEARED ? "none" : time_format(*(const int64_t *)at, text));
		break;
	case FIELD_MONEY: buf_str(out, money_show(*(const struct money *)at, text)); break;
	case FIELD_TEXTS: show_texts(at, out); break;
	case FIELD_LIST: show_list(f, at, out); break;
	}
}
