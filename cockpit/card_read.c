/* card_read.c -- what the cards take out of a result, and how single values look.
 *
 * Results carry TMF's camelCase, some older ones snake_case: both are read.  Absent and null look the same: a
 * dash. */
#include "cockpit/card.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include "core/base/json.h"
#include "core/base/money.h"
#include "core/base/text.h"

struct card_style
card_style_of(const struct terminal *t)
{
	return (struct card_style){ .width = t->width, .ascii = t->ascii, .colour = t->colour };
}

const cJSON *
card_member(const cJSON *o, const char *camel)
{
	char snake[96];
	const cJSON *m = cJSON_GetObjectItemCaseSensitive(o, camel);

	if (!m)
		m = cJSON_GetObjectItemCaseSensitive(o, snake_case(camel, snake, sizeof snake));
	return m && !cJSON_IsNull(m) ? m : NULL;
}

const char *
card_text_or(struct card *c, const cJSON *o, const char *camel, const char *otherwise)
{
	const cJSON *m = card_member(o, camel);

	if (!m || (cJSON_IsString(m) && !*m->valuestring))
		return otherwise;
	return terminal_clean(c->arena, cJSON_IsString(m) ? m->valuestring : json_print(c->arena, m));
}

const char *
card_text(struct card *c, const cJSON *o, const char *camel)
{
	return card_text_or(c, o, camel, "—");
}

int64_t
card_int(const cJSON *o, const char *camel, int64_t otherwise)
{
	const cJSON *m = card_member(o, camel);

	if (cJSON_IsString(m))
		return strtoll(m->valuestring, NULL, 10);
	return cJSON_IsNumber(m) ? (int64_t)m->valuedouble : otherwise;
}

const cJSON *
card_list(const cJSON *o, const char *camel)
{
	const cJSON *m = camel ? card_member(o, camel) : o;

	return cJSON_IsArray(m) ? m : NULL;
}

static bool
one_of(const char *word, const char *const *list)
{
	for (; *list; list++)
		if (strcasecmp(word, *list) == 0)
			return true;
	return false;
}

const char *
card_state(struct card *c, const char *state)
{
	static const char *const good[] = { "active",    "activated", "completed", "approved", "available",
					    "processed", "verified",  "assigned",  NULL };
	static const char *const bad[] = { "blocked",  "failed",   "stuck",     "errored",
					   "declined", "rejected", "suspended", NULL };
	static const char *const over[] = { "terminated", "closed",  "cancelled", "retired", "recycled",
					    "released",   "removed", "expired",   NULL };
	const char *ink = one_of(state, good)   ? INK_GOOD
			  : one_of(state, bad)  ? INK_BAD
			  : one_of(state, over) ? INK_DIM
						: INK_WARN;
	char *upper = arena_strdup(c->arena, state);

	for (char *p = upper; *p; p++)
		*p = (char)toupper((unsigned char)*p);
	return arena_printf(c->arena, "%s%s %s" INK_OFF, ink, one_of(state, over) ? "○" : "●", upper);
}

const char *
card_words(struct card *c, const char *code)
{
	char *words = arena_strdup(c->arena, code);

	for (char *p = words; *p; p++)
		*p = *p == '_' ? ' ' : *p;
	return words;
}

const char *
card_when(struct card *c, const cJSON *o, const char *camel, int chars)
{
	const cJSON *m = card_member(o, camel);

	if (!cJSON_IsString(m) || strlen(m->valuestring) < 10)
		return card_text(c, o, camel);
	char *text = arena_strdup(c->arena, terminal_clean(c->arena, m->valuestring));
	if (strlen(text) > 10 && text[10] == 'T')
		text[10] = ' ';
	if (strlen(text) > (size_t)chars)
		text[chars] = 0;
	return text;
}

const char *
card_msisdn(struct card *c, const char *number)
{
	if (strlen(number) == 8 && strspn(number, "0123456789") == 8)
		return arena_printf(c->arena, "%.4s %s", number, number + 4);
	return number;
}

const char *
card_quantity(struct card *c, int64_t n, const char *unit)
{
	if (n < 0)
		return "unlimited";
	if (strcmp(unit, "mb") == 0 && n >= 1024 && n % 1024 == 0)
		return arena_printf(c->arena, "%lld GB", (long long)n / 1024);
	if (strcmp(unit, "mb") == 0 && n >= 1024)
		return arena_printf(c->arena, "%lld.%lld GB", (long long)n / 1024,
				    (long long)(n % 1024) * 10 / 1024);
	return arena_printf(c->arena, "%lld %s", (long long)n, strcmp(unit, "mb") == 0 ? "MB" :
		strcmp(unit, "minutes") == 0 ? "min" : strcmp(unit, "count") == 0 ? "sms" : unit);
}

/* amounts come as "25.00" (and as 25.0 from the catalog): the currency says how many decimals */
const char *
card_money(struct card *c, const char *amount, const char *currency)
{
	char text[MONEY_TEXT];
	struct money m;
	struct error ignored;

	if (strcmp(amount, "—") == 0)
		return amount;
	if (money_parse(amount, currency, &m, &ignored))
		return arena_strdup(c->arena, money_show(m, text));
	return arena_printf(c->arena, "%s %s", currency, amount);
}

/* ---- balances ------------------------------------------------------------------------------- */

#define BAR_CELLS 26

static const char *
label_of(struct card *c, const char *allowance)
{
	char *label = arena_strdup(c->arena, allowance);

	if (strcmp(allowance, "sms") == 0)
		return "SMS";
	for (char *p = label; *p; p++)
		if (*p == '_')
			*p = ' ';
	label[0] = (char)toupper((unsigned char)label[0]);
	return label;
}

static const char *
balance_name(struct card *c, const cJSON *b)
{
	return card_text_or(c, b, "allowanceType", b->string ? terminal_clean(c->arena, b->string) : "?");
}

struct balance_widths { int label, amount; };

static const char *
balance_amount(struct card *c, const cJSON *b)
{
	const char *unit = card_text_or(c, b, "unit", "");

	return arena_printf(c->arena, "%s / %s", card_quantity(c, card_int(b, "consumed", 0), unit),
		card_quantity(c, card_int(b, "total", 0), unit));
}

static void
balance_row(struct card *c, const cJSON *b, struct balance_widths w)
{
	int64_t total = card_int(b, "total", 0), used = card_int(b, "consumed", 0);
	const char *label = fit(c->arena, label_of(c, balance_name(c, b)), w.label);
	int cells = card_inner(c) - w.label - w.amount - 15;

	cells = cells > BAR_CELLS ? BAR_CELLS : cells;
	const char *picture =
	    cells < 6 ? " " : arena_printf(c->arena, "%s  ", bar(c->arena, used, total, cells));
	if (total < 0) {
		card_row(c, "  %s %sunlimited", label, picture);
		return;
	}
	if (total == 0) {
		card_row(c, "  %s " INK_DIM "none" INK_OFF, label);
		return;
	}
	int64_t percent = used * 100 / total;
	const char *ink = percent >= 100 ? INK_BAD : percent >= 80 ? INK_WARN : "";
	if (cells < 6) {
		card_row(c, "  %s %s%3lld%% of %s%s", label, ink, (long long)percent,
			card_quantity(c, total, card_text_or(c, b, "unit", "")), *ink ? INK_OFF : "");
		return;
	}
	card_row(c, "  %s %s%s%4lld%%  %s%s", label, picture, ink, (long long)percent,
		fit_right(c->arena, balance_amount(c, b), w.amount), *ink ? INK_OFF : "");
}

void
card_balances(struct card *c, const cJSON *balances)
{
	const cJSON *b;
	struct balance_widths most = { 0 };
	int n = 0;

	cJSON_ArrayForEach(b, balances) {
		int label = text_width(label_of(c, balance_name(c, b)));
		int amount = card_int(b, "total", 0) <= 0 ? 0 : text_width(balance_amount(c, b));
		most.label = label > most.label ? label : most.label;
		most.amount = amount > most.amount ? amount : most.amount;
		n++;
	}
	most.label = most.label > 12 ? 12 : most.label;
	cJSON_ArrayForEach(b, balances)
		balance_row(c, b, most);
	if (n == 0)
		card_row(c, "  (no bundle balances)");
}
