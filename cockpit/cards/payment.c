/* payment.c -- cards on file and what was charged. */
#include "cockpit/cards/cards.h"

static const char *
plastic(struct card *c, const cJSON *row)
{
	const cJSON *summary = card_member(row, "cardSummary");
	const cJSON *of = summary ? summary : row;

	return arena_printf(c->arena, "%s •••%s", card_text_or(c, of, "brand", "unknown"),
			    card_text_or(c, of, "last4", "????"));
}

static const char *
expiry(struct card *c, const cJSON *row)
{
	const cJSON *summary = card_member(row, "cardSummary");
	const cJSON *of = summary ? summary : row;
	int64_t month = card_int(of, "expMonth", 0), year = card_int(of, "expYear", 0);

	return month && year ? arena_printf(c->arena, "%02lld/%04lld", (long long)month, (long long)year)
			     : "";
}

static const char *
usual(struct card *c, const cJSON *row)
{
	(void)c;
	return cJSON_IsTrue(card_member(row, "isDefault")) ? INK_GOOD "✓ default" INK_OFF : "";
}

void
card_methods(const cJSON *json, const struct card_style *style, struct buf *out)
{
	static const struct column columns[] = { { .title = "Method", .keep = true },
						 { .title = "Card", .keep = true },
						 { .title = "Until", .optional = true },
						 { .title = "State", .optional = true },
						 { .title = "", .optional = true } };
	static const struct cell cells[] = {
		{ "id" }, { .show = plastic }, { .show = expiry }, { "status" }, { .show = usual }
	};
	struct card c = card_new(style, 40, "Cards on file (%d)", cJSON_GetArraySize(json));

	card_list_table(&c, card_list(json, NULL), columns, cells, 5, 50, "(no cards)");
	card_end(&c, out);
}

static const char *
charged(struct card *c, const cJSON *row)
{
	return card_money(c, card_text(c, row, "amount"), card_text_or(c, row, "currency", "SGD"));
}

static const char *
at(struct card *c, const cJSON *row)
{
	return card_when(c, row, "attemptedAt", 16);
}

void
card_attempts(const cJSON *json, const struct card_style *style, struct buf *out)
{
	static const struct column columns[] = { { .title = "Attempt", .keep = true },
						 { .title = "When", .optional = true },
						 { .title = "Amount", .right = true, .keep = true },
						 { .title = "For", .optional = true },
						 { .title = "Status" },
						 { .title = "Reason", .optional = true } };
	static const struct cell cells[] = { { "id" },      { .show = at }, { .show = charged },
					     { "purpose" }, { "status" },   { "declineReason" } };
	struct card c = card_new(style, 50, "Charges (%d)", cJSON_GetArraySize(json));

	card_list_table(&c, card_list(json, NULL), columns, cells, 6, 100, "(no charges)");
	card_end(&c, out);
}

void
card_method(const cJSON *json, const struct card_style *style, struct buf *out)
{
	struct card c = card_new(style, 50, "%s", "");

	c.title = arena_printf(c.arena, "Card on file %s", card_text(&c, json, "id"));
	card_pair(&c, 8, "Card", "%s  %s", plastic(&c, json), usual(&c, json));
	card_pair(&c, 8, "Until", "%s", expiry(&c, json));
	card_pair(&c, 8, "Customer", "%s", card_text(&c, json, "customerId"));
	card_pair(&c, 8, "State", "%s", card_state(&c, card_text(&c, json, "status")));
	card_end(&c, out);
}
