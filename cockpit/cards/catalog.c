/* catalog.c -- plans side by side, one plan in detail, top-ups. */
#include <stdlib.h>
#include <string.h>
#include "cockpit/cards/cards.h"
#include "core/base/text.h"

#define PLAN_WIDTH 22
#define PLAN_GAP 2
#define PLANS_MAX 64

/* amount and currency of the price a plan sells at; false: it has none */
static bool
price_of(struct card *c, const cJSON *plan, const char **amount, const char **currency)
{
	const cJSON *prices = card_member(plan, "productOfferingPrice"), *p;

	cJSON_ArrayForEach(p, prices) {
		const cJSON *price = card_member(p, "price");
		const cJSON *money =
		    price ? card_member(price, "taxIncludedAmount") : card_member(p, "taxIncludedAmount");
		if (money) {
			*amount = card_text(c, money, "value");
			*currency = card_text_or(c, money, "unit", "SGD");
			return true;
		}
	}
	*amount = card_text_or(c, plan, "priceAmount", card_text_or(c, plan, "amount", NULL));
	*currency = card_text_or(c, plan, "currency", "SGD");
	return *amount != NULL;
}

static const char *
price_text(struct card *c, const cJSON *plan)
{
	const char *amount, *currency;

	return price_of(c, plan, &amount, &currency)
		   ? arena_printf(c->arena, "%s /mo", card_money(c, amount, currency))
		   : "—";
}

static const char *
included(struct card *c, const cJSON *plan, const char *type)
{
	const cJSON *all = card_member(plan, "bundleAllowance"), *b;

	if (!all)
		all = card_member(plan, "allowances");
	cJSON_ArrayForEach(b, all)
		if (strcmp(card_text_or(c, b, "allowanceType", b->string ? b->string : ""), type) == 0)
			return card_quantity(c, card_int(b, "quantity", 0), card_text_or(c, b, "unit", ""));
	return "—";
}

static bool
on_sale(struct card *c, const cJSON *plan)
{
	return strcmp(card_text_or(c, plan, "lifecycleStatus", "active"), "active") == 0 &&
		!cJSON_IsFalse(card_member(plan, "isSellable"));
}

static double
price_number(struct card *c, const cJSON *plan)       /* to sort by; never shown */
{
	const char *amount, *currency;

	return price_of(c, plan, &amount, &currency) ? strtod(amount, NULL) : 1e18;
}

static int
cheapest_first(struct card *c, const cJSON *list, const cJSON *plans[PLANS_MAX])
{
	const cJSON *p;
	int n = 0;

	cJSON_ArrayForEach(p, list) {
		if (!on_sale(c, p) || n >= PLANS_MAX)
			continue;
		int i = n++;
		for (; i > 0 && price_number(c, plans[i - 1]) > price_number(c, p); i--)
			plans[i] = plans[i - 1];
		plans[i] = p;
	}
	return n;
}

static const char *
plan_title(struct card *c, const cJSON *plan, bool star)
{
	return arena_printf(c->arena, INK_BOLD "%s" INK_OFF "%s  %s", card_text(c, plan, "id"),
			    star ? INK_ACCENT " ★" INK_OFF : "", card_text_or(c, plan, "name", ""));
}

enum { PLAN_TITLE, PLAN_PRICE, PLAN_BLANK, PLAN_DATA, PLAN_VOICE, PLAN_SMS, PLAN_ROAMING, PLAN_LINES };

static const char *
plan_cell(struct card *c, const cJSON *plan, int line, bool star)
{
	static const char *const labels[] = {
		[PLAN_DATA] = "Data", [PLAN_VOICE] = "Voice", [PLAN_SMS] = "SMS", [PLAN_ROAMING] = "Roaming"
	};
	static const char *const types[] = { [PLAN_DATA] = "data", [PLAN_VOICE] = "voice", [PLAN_SMS] = "sms",
		[PLAN_ROAMING] = "data_roaming" };

	if (line == PLAN_TITLE)
		return plan_title(c, plan, star);
	if (line == PLAN_PRICE)
		return price_text(c, plan);
	return line == PLAN_BLANK
		   ? ""
		   : arena_printf(c->arena, "%-8s%s", labels[line], included(c, plan, types[line]));
}

static void
plans_abreast(struct card *c, const cJSON *const *plans, int n, const cJSON *star)
{
	for (int line = 0; line < PLAN_LINES; line++) {
		struct buf row = { 0 };
		for (int i = 0; i < n; i++)
			buf_printf(&row, "%*s%s", i ? PLAN_GAP : 0, "",
				fit(c->arena, plan_cell(c, plans[i], line, plans[i] == star), PLAN_WIDTH));
		card_row(c, "%s", buf_text(&row));
		buf_free(&row);
	}
}

/* the usual one: PLAN_M, or the one in the middle */
static const cJSON *
popular(struct card *c, const cJSON *const *plans, int n)
{
	for (int i = 0; i < n; i++)
		if (strcmp(card_text(c, plans[i], "id"), "PLAN_M") == 0)
			return plans[i];
	return n ? plans[n / 2] : NULL;
}

void
card_catalog(const cJSON *json, const struct card_style *style, struct buf *out)
{
	struct card c = card_new(style, 40, "Product offerings");
	const cJSON *plans[PLANS_MAX];
	int n = cheapest_first(&c, card_list(json, NULL), plans);
	int abreast = (card_inner(&c) + PLAN_GAP) / (PLAN_WIDTH + PLAN_GAP);

	for (int i = 0; i < n; i += abreast) {
		if (i)
			card_blank(&c);
		plans_abreast(&c, plans + i, n - i < abreast ? n - i : abreast, popular(&c, plans, n));
	}
	if (n) {
		card_blank(&c);
		card_row(&c, INK_DIM "Prices per 30 days, tax included." INK_OFF);
	} else {
		card_row(&c, "(no plans in the catalog)");
	}
	card_end(&c, out);
}

static void
plan_window(struct card *c, const cJSON *plan)
{
	const cJSON *window = card_member(plan, "validFor");

	bool from = card_member(window, "startDateTime"), to = card_member(window, "endDateTime");

	card_pair(c, 9, "On sale", "%s%s%s%s%s", from || to ? "" : "always", from ? "from " : "",
		from ? card_when(c, window, "startDateTime", 10) : "", to ? from ? " to " : "to " : "",
		to ? card_when(c, window, "endDateTime", 10) : "");
}

void
card_plan(const cJSON *json, const struct card_style *style, struct buf *out)
{
	static const struct {
		const char *label, *type;
	} rows[] = {
		{ "Data", "data" }, { "Voice", "voice" }, { "SMS", "sms" }, { "Roaming", "data_roaming" }
	};
	struct card c = card_new(style, 60, "%s", "");

	c.title =
	    arena_printf(c.arena, "%s  %s", card_text(&c, json, "id"), card_text_or(&c, json, "name", ""));
	card_pair(&c, 9, "State", "%s", card_state(&c, card_text_or(&c, json, "lifecycleStatus", "active")));
	card_pair(&c, 9, "Price", "%s, tax included", price_text(&c, json));
	plan_window(&c, json);
	card_blank(&c);
	card_section(&c, "Bundle, every 30 days");
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		card_row(&c, "  %-9s%s", rows[i].label, included(&c, json, rows[i].type));
	card_blank(&c);
	card_row(&c, INK_DIM "Without data the line stops until a top-up or the renewal." INK_OFF);
	card_end(&c, out);
}

static const char *
vas_price(struct card *c, const cJSON *row)
{
	return card_money(c, card_text_or(c, row, "priceAmount", card_text(c, row, "price")),
			  card_text_or(c, row, "currency", "SGD"));
}

static const char *
vas_allowance(struct card *c, const cJSON *row)
{
	return card_quantity(c, card_int(row, "allowanceQuantity", 0),
			     card_text_or(c, row, "allowanceUnit", ""));
}

static const char *
vas_expiry(struct card *c, const cJSON *row)
{
	int64_t hours = card_int(row, "expiryHours", 0);

	return hours > 0 ? arena_printf(c->arena, "%lldh", (long long)hours) : "—";
}

void
card_vas_list(const cJSON *json, const struct card_style *style, struct buf *out)
{
	static const struct column columns[] = { { .title = "Id", .keep = true },
						 { .title = "Name" },
						 { .title = "Price", .right = true, .keep = true },
						 { .title = "Adds", .optional = true },
						 { .title = "Kind", .optional = true },
						 { .title = "Lasts", .optional = true } };
	static const struct cell cells[] = { { "id" },
					     { "name" },
					     { .show = vas_price },
					     { .show = vas_allowance },
					     { "allowanceType" },
					     { .show = vas_expiry } };
	struct card c = card_new(style, 40, "Top-ups");

	card_list_table(&c, card_list(json, NULL), columns, cells, 6, 100, "(no top-ups on sale)");
	card_end(&c, out);
}
