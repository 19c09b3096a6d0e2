/* scenario_expect.c -- does a result look as the story says it should?
 *
 * What does not hold is told with both sides, because who reads it has not seen the result. */
#include <stdio.h>
#include <string.h>
#include "cockpit/scenario_inner.h"

#define SHOWN_MOST 400                       /* bytes of a value in a sentence */

static void
show(struct buf *out, const struct value *v)
{
	struct buf json = { 0 };

	value_to_json(v, &json);
	buf_printf(out, "%.*s%s", SHOWN_MOST, buf_text(&json), json.len > SHOWN_MOST ? "…" : "");
	buf_free(&json);
}

/* ---- operators ---------------------------------------------------------------------------------- */

static bool
op_eq(const struct value *is, const struct value *want)
{
	return value_equal(is, want);
}

static bool
op_ne(const struct value *is, const struct value *want)
{
	return !value_equal(is, want);
}

#define ORDER_OPERATOR(name, test) \
	static bool \
	name(const struct value *is, const struct value *want) \
	{ \
		int order; \
		return value_compare(is, want, &order) && order test 0; \
	}
ORDER_OPERATOR(op_gt, >)
ORDER_OPERATOR(op_gte, >=)
ORDER_OPERATOR(op_lt, <)
ORDER_OPERATOR(op_lte, <=)

static bool
is_among(const struct value *list, const struct value *v)
{
	if (list->kind == VALUE_LIST)
		FOR_EACH_ITEM(i, list)
			if (value_equal(i, v))
				return true;
	return false;
}

static bool
op_in(const struct value *is, const struct value *want)
{
	return is_among(want, is);
}

static bool
op_not_in(const struct value *is, const struct value *want)
{
	return want->kind == VALUE_LIST && !is_among(want, is);
}

static bool
op_starts_with(const struct value *is, const struct value *want)
{
	return is->kind == VALUE_TEXT && want->kind == VALUE_TEXT &&
		strncmp(is->text, want->text, strlen(want->text)) == 0;
}

/* part of a text, item of a list, name in a map */
static bool
op_contains(const struct value *is, const struct value *want)
{
	if (is->kind == VALUE_LIST)
		return is_among(is, want);
	if (want->kind != VALUE_TEXT)
		return false;
	return is->kind == VALUE_TEXT ? strstr(is->text, want->text) != NULL : value_member(is, want->text) != NULL;
}

static bool
op_not_null(const struct value *is, const struct value *want)
{
	return want->kind == VALUE_BOOL && (is->kind != VALUE_NULL) == want->truth;
}

static const struct { const char *name; bool (*holds)(const struct value *is,
	const struct value *want); } operators[] = {
	{ "eq", op_eq }, { "ne", op_ne }, { "gt", op_gt }, { "gte", op_gte }, { "lt", op_lt }, { "lte", op_lte },
	{ "in", op_in }, { "not_in", op_not_in }, { "starts_with", op_starts_with }, { "contains", op_contains },
	{ "not_null", op_not_null },
};

/* ---- one expectation ---------------------------------------------------------------------------- */

static bool
mismatch(const char *key, const struct value *want, const struct value *is, struct buf *why)
{
	buf_printf(why, "%s: expected ", key);
	show(why, want);
	buf_str(why, ", is ");
	show(why, is);
	return false;
}

static bool
operator_holds(const char *key, const struct value *op, const struct value *is, struct buf *why)
{
	for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++) {
		if (strcmp(operators[i].name, op->key) != 0)
			continue;
		if (operators[i].holds(is, op))
			return true;
		buf_printf(why, "%s: %s ", key, op->key);
		show(why, op);
		buf_str(why, " does not hold for ");
		show(why, is);
		return false;
	}
	buf_printf(why,
		"%s: there is no operator `%s`; there are eq ne gt gte lt lte in not_in starts_with contains "
		"not_null", key, op->key);
	return false;
}

static bool
key_holds(const struct value *want, const struct value *result, struct buf *why)
{
	const struct value *is = value_at_key(result, want->key);

	if (!is) {
		buf_printf(why, "%s: not in the result ", want->key);
		show(why, result);
		return false;
	}
	if (want->kind != VALUE_MAP)
		return value_equal(is, want) || mismatch(want->key, want, is, why);
	FOR_EACH_ITEM(op, want)
		if (!operator_holds(want->key, op, is, why))
			return false;
	return true;
}

static bool
any_matches(const struct value *want, const struct value *result, struct buf *why)
{
	struct buf ignored = { 0 };
	bool found = false;

	if (result->kind != VALUE_LIST) {
		buf_str(why, "any_match: the result is no list but ");
		show(why, result);
		return false;
	}
	for (const struct value *i = result->first; i && !found; i = i->next) {
		buf_clear(&ignored);
		found = expect_holds(want, i, &ignored);
	}
	buf_free(&ignored);
	if (found)
		return true;
	buf_printf(why, "any_match: none of %d is like ", result->n);
	show(why, want);
	buf_str(why, " in ");
	show(why, result);
	return false;
}

bool
expect_holds(const struct value *expect, const struct value *result, struct buf *why)
{
	FOR_EACH_ITEM(want, expect) {
		bool any = strcmp(want->key, "any_match") == 0;
		if (any && want->kind != VALUE_MAP) {
			buf_str(why, "any_match: must be a map");
			return false;
		}
		if (!(any ? any_matches(want, result, why) : key_holds(want, result, why)))
			return false;
	}
	return true;
}
