/* customer.c -- the customer, whole: who, how to reach, what lines, what was said. */
#include <stdio.h>
#include <string.h>
#include "cockpit/cards/cards.h"

static const char *
name_of(struct card *c, const cJSON *customer)
{
	const cJSON *person = card_member(customer, "individual");
	const char *given = card_text_or(c, person ? person : customer, "givenName", "");
	const char *family = card_text_or(c, person ? person : customer, "familyName", "");
	const char *name = card_text_or(c, customer, "name", NULL);

	if (name)
		return name;
	if (!*given && !*family)
		return "—";
	return arena_printf(c->arena, "%s%s%s", given, *given && *family ? " " : "", family);
}

/* the primary medium of these types, else the first */
static const char *
medium_of(struct card *c, const cJSON *customer, const char *type, const char *or_type)
{
	const cJSON *m;
	const char *first = NULL;

	cJSON_ArrayForEach(m, card_member(customer, "contactMedium")) {
		const char *is = card_text_or(c, m, "mediumType", "");
		if (strcmp(is, type) != 0 && strcmp(is, or_type) != 0)
			continue;
		if (cJSON_IsTrue(card_member(m, "isPrimary")))
			return card_text(c, m, "value");
		first = first ? first : card_text(c, m, "value");
	}
	return first ? first : "—";
}

static const char *
kyc_of(struct card *c, const cJSON *customer)
{
	if (strcmp(card_text_or(c, customer, "kycStatus", "not_verified"), "verified") == 0)
		return INK_GOOD "✓ KYC verified" INK_OFF;
	return INK_WARN "⚠ KYC not verified" INK_OFF;
}

static int
data_percent(const cJSON *subscription)
{
	const cJSON *balances = card_member(subscription, "balances"), *b;

	cJSON_ArrayForEach(b, balances) {
		const cJSON *type = card_member(b, "allowanceType");
		const char *name = cJSON_IsString(type) ? type->valuestring : b->string ? b->string : "";
		int64_t total = card_int(b, "total", 0);
		if (strcmp(name, "data") == 0 && total > 0)
			return (int)(card_int(b, "consumed", 0) * 100 / total);
	}
	return -1;
}

static const char *
line_id(struct card *c, const cJSON *row)
{
	const char *state = card_text_or(c, row, "state", "");
	bool bad = strcmp(state, "blocked") == 0 || strcmp(state, "suspended") == 0;

	return arena_printf(c->arena, "%s%s", bad ? "⚠ " : "  ", card_text(c, row, "id"));
}

static const char *
line_number(struct card *c, const cJSON *row)
{
	return card_msisdn(c, card_text(c, row, "msisdn"));
}

static const char *
line_used(struct card *c, const cJSON *row)
{
	int percent = data_percent(row);

	return percent < 0 ? "—" : arena_printf(c->arena, "%d%%", percent);
}

static void
lines(struct card *c, const cJSON *list)
{
	static const struct column columns[] = { { .title = "  Line", .keep = true },
						 { .title = "Plan", .optional = true },
						 { .title = "State" },
						 { .title = "Number", .keep = true },
						 { .title = "Data used", .right = true, .optional = true } };
	static const struct cell cells[] = { { .show = line_id },
					     { "offeringId" },
					     { "state" },
					     { .show = line_number },
					     { .show = line_used } };

	card_section(c, "Subscriptions (%d)", cJSON_GetArraySize(list));
	card_list_table(c, list, columns, cells, 5, 25, "  (none)");
}

static const char *
when_minute(struct card *c, const cJSON *row)
{
	return card_when(c, row, "occurredAt", 16);
}

#define TALK_COLUMNS \
	{ .title = "When", .keep = true }, { .title = "Channel", .optional = true }, \
	{ \
		.title = "Summary" \
	}
static const struct column talk_columns[] = { TALK_COLUMNS };
static const struct cell talk_cells[] = { { .show = when_minute }, { "channel" }, { "summary" } };

static void
cases(struct card *c, const cJSON *list)
{
	static const struct column columns[] = { { .title = "Case", .keep = true }, { .title = "Subject" },
		{ .title = "Priority", .optional = true }, { .title = "State" } };
	static const struct cell cells[] = { { "id" }, { "subject" }, { "priority" }, { "state" } };

	if (!list)
		return;
	card_blank(c);
	card_section(c, "Cases (%d)", cJSON_GetArraySize(list));
	card_list_table(c, list, columns, cells, 4, 10, "  (none)");
}

/* what a 360 adds to the customer: below _extras, or beside the customer's own members */
static const cJSON *
extra_list(const cJSON *customer, const char *name)
{
	const cJSON *extras = card_member(customer, "_extras"),
		    *list = extras ? card_list(extras, name) : NULL;

	return list ? list : card_list(customer, name);
}

static void
cards_on_file(struct card *c, const cJSON *methods)
{
	const cJSON *m;
	struct buf all = { 0 };

	cJSON_ArrayForEach(m, methods) {
		const cJSON *of = card_member(m, "cardSummary");
		buf_printf(&all, "%s%s •••%s%s", all.len ? ", " : "", card_text_or(c, of, "brand", "card"),
			   card_text_or(c, of, "last4", "????"),
			   cJSON_IsTrue(card_member(m, "isDefault")) ? " (default)" : "");
	}
	if (methods)
		card_pair(c, 8, "Cards", "%s", all.len ? buf_text(&all) : "—");
	buf_free(&all);
}

void
card_customer(const cJSON *json, const struct card_style *style, struct buf *out)
{
	struct card c = card_new(style, 70, "%s", "");
	const cJSON *talks = extra_list(json, "interactions");

	c.title = arena_printf(c.arena, "%s  %s", card_text(&c, json, "id"), name_of(&c, json));
	card_pair(&c, 8, "Status", "%s · %s", card_state(&c, card_text(&c, json, "status")),
		  kyc_of(&c, json));
	card_pair(&c, 8, "Contact", "%s · %s", medium_of(&c, json, "email", "emailAddress"),
		  medium_of(&c, json, "mobile", "phone"));
	card_pair(&c, 8, "Since", "%s", card_when(&c, json, "customerSince", 10));
	cards_on_file(&c, card_list(json, "paymentMethods"));
	card_blank(&c);
	lines(&c, extra_list(json, "subscriptions"));
	cases(&c, extra_list(json, "cases"));
	card_blank(&c);
	card_section(&c, "Recent interactions (%d)", cJSON_GetArraySize(talks));
	card_list_table(&c, talks, talk_columns, talk_cells, 3, 5, "  (none)");
	card_end(&c, out);
}

void
card_kyc(const cJSON *json, const struct card_style *style, struct buf *out)
{
	struct card c = card_new(style, 50, "%s", "");

	c.title = arena_printf(c.arena, "KYC %s",
			       card_text_or(&c, json, "customerId", card_text_or(&c, json, "id", "")));
	card_pair(&c, 10, "Status", "%s", kyc_of(&c, json));
	card_pair(&c, 10, "Checked", "%s", card_when(&c, json, "kycVerifiedAt", 16));
	card_pair(&c, 10, "By", "%s", card_text(&c, json, "kycVerificationMethod"));
	card_pair(&c, 10, "Reference", "%s", card_text(&c, json, "kycReference"));
	card_end(&c, out);
}

static const char *
list_name(struct card *c, const cJSON *row)
{
	return name_of(c, row);
}

static const char *
list_email(struct card *c, const cJSON *row)
{
	return medium_of(c, row, "email", "emailAddress");
}

void
card_customer_list(const cJSON *json, const struct card_style *style, struct buf *out)
{
	static const struct column columns[] = { { .title = "Id", .keep = true },
						 { .title = "Name" },
						 { .title = "Status" },
						 { .title = "E-mail", .optional = true } };
	static const struct cell cells[] = {
		{ "id" }, { .show = list_name }, { "status" }, { .show = list_email }
	};
	struct card c = card_new(style, 50, "Customers (%d)", cJSON_GetArraySize(json));

	card_list_table(&c, card_list(json, NULL), columns, cells, 4, 50, "(no customers)");
	card_end(&c, out);
}

void
card_interactions(const cJSON *json, const struct card_style *style, struct buf *out)
{
	struct card c = card_new(style, 60, "Interactions (%d)", cJSON_GetArraySize(json));

	card_list_table(&c, card_list(json, NULL), talk_columns, talk_cells, 3, 100, "(none)");
	card_end(&c, out);
}
