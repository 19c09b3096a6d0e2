/* subscription.c -- a line: who has it, what it costs, what is left of it. */
#include <string.h>
#include "cockpit/cards/cards.h"
#include "core/base/clock.h"

#define LABEL 10

static const char *
customer_of(struct card *c, const cJSON *line)
{
	const char *id = card_text(c, line, "customerId"),
		   *name = card_text_or(c, line, "customerName", NULL);

	return name ? arena_printf(c->arena, "%s (%s)", name, id) : id;
}

static const char *
plan_of(struct card *c, const cJSON *line)
{
	const char *id = card_text(c, line, "offeringId"),
		   *name = card_text_or(c, line, "offeringName", NULL);
	const char *price = card_text_or(c, line, "effectiveAmount", card_text(c, line, "priceAmount"));

	return arena_printf(c->arena, "%s%s%s%s — %s/mo", name ? name : id, name ? " (" : "", name ? id : "",
			    name ? ")" : "",
			    card_money(c, price, card_text_or(c, line, "priceCurrency", "SGD")));
}

static const char *
renewal_of(struct card *c, const cJSON *line)
{
	const cJSON *m = card_member(line, "nextRenewalAt");
	const char *date = card_when(c, line, "nextRenewalAt", 10);
	int64_t at;

	if (!c->style.now || !cJSON_IsString(m) || !time_parse(m->valuestring, &at))
		return date;
	int64_t days = (at - c->style.now) / DAY;
	return at < c->style.now ? arena_printf(c->arena, "due since %s", date) :
		arena_printf(c->arena, "in %lld day%s (%s)", (long long)days, days == 1 ? "" : "s", date);
}

static const char *
state_of(struct card *c, const cJSON *line)
{
	const char *why = card_text_or(c, line, "stateReason", NULL);
	const char *state = card_state(c, card_text(c, line, "state"));

	return why ? arena_printf(c->arena, "%s (%s)", state, card_words(c, why)) : state;
}

static void
pending_change(struct card *c, const cJSON *line)
{
	const char *to = card_text_or(c, line, "pendingOfferingId", NULL);

	if (to)
		card_pair(c, LABEL, "Changes", "to %s on %s", to,
			  card_when(c, line, "pendingEffectiveAt", 10));
}

void
card_subscription(const cJSON *json, const struct card_style *style, struct buf *out)
{
	struct card c = card_new(style, 70, "%s", "");
	const char *state = card_text_or(&c, json, "state", "");

	c.title = arena_printf(c.arena, "Subscription %s", card_text(&c, json, "id"));
	c.doubled = strcmp(state, "blocked") == 0;
	card_pair(&c, LABEL, "Customer", "%s", customer_of(&c, json));
	card_pair(&c, LABEL, "Number", "%s", card_msisdn(&c, card_text(&c, json, "msisdn")));
	card_pair(&c, LABEL, "Plan", "%s", plan_of(&c, json));
	card_pair(&c, LABEL, "State", "%s", state_of(&c, json));
	card_pair(&c, LABEL, "Activated", "%s", card_when(&c, json, "activatedAt", 16));
	if (strcmp(state, "terminated") == 0)
		card_pair(&c, LABEL, "Ended", "%s", card_when(&c, json, "terminatedAt", 16));
	else
		card_pair(&c, LABEL, "Renews", "%s", renewal_of(&c, json));
	pending_change(&c, json);
	card_blank(&c);
	card_section(&c, "Bundle");
	card_balances(&c, card_member(json, "balances"));
	card_end(&c, out);
}

void
card_subscription_list(const cJSON *json, const struct card_style *style, struct buf *out)
{
	struct card c = card_new(style, 60, "Subscriptions (%d)", cJSON_GetArraySize(json));
	const cJSON *line;
	bool first = true;

	cJSON_ArrayForEach(line, card_list(json, NULL)) {
		if (!first)
			card_blank(&c);
		first = false;
		card_section(&c, "%s  %s  %s", card_text(&c, line, "id"), card_text(&c, line, "offeringId"),
			card_msisdn(&c, card_text(&c, line, "msisdn")));
		card_row(&c, "  %s", state_of(&c, line));
		card_balances(&c, card_member(line, "balances"));
	}
	if (first)
		card_row(&c, "(no lines)");
	card_end(&c, out);
}

/* a bare list of balances, or an object with them */
void
card_balance(const cJSON *json, const struct card_style *style, struct buf *out)
{
	struct card c = card_new(style, 60, "%s", "");
	const cJSON *inner = card_member(json, "balances");

	c.title = arena_printf(c.arena, "Balances%s%s", inner || cJSON_IsArray(json) ? " " : "",
		card_text_or(&c, cJSON_IsArray(json) ? json->child : json, "subscriptionId", ""));
	card_balances(&c, inner ? inner : json);
	card_end(&c, out);
}
