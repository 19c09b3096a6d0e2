/* scenario_cards.c -- a line for each step, and below it the card of what the step made.
 *
 * The card is the one that a person would get from a verb: a customer, an order and a line are asked for again, whole,
 * by `customer show`, `order show`, `subscription show`; everything else is drawn from the step's own result. */
#include "cockpit/scenario_cards.h"
#include <stdio.h>
#include <string.h>
#include "cockpit/card.h"
#include "cockpit/cards/cards.h"
#include "cockpit/verb.h"
#include "core/base/json.h"
#include "schemas/registry.h"

/* results that a verb shows whole */
static const struct { const char *query, *verb, *id; } whole[] = {
	{ "customer.get", "customer show", "id" },
	{ "order.get", "order show", "id" },
	{ "subscription.get", "subscription show", "id" },
	{ "subscription.get_by_msisdn", "subscription show", "id" },
};

/* what has a result of another operation's shape: verbs of scenarios, operations that run in the client */
static const struct { const char *step, *query; } same_as[] = {
	{ "audit.events_by_identity", "log.show" },
	{ "order.wait_until", "order.get" },
	{ "payment.add_card", "payment.get_method" },
	{ "usage.simulate", "usage.get" },
	{ "usage.record", "usage.get" },
};

/* the query whose card shows the result; NULL: none */
static const char *
query_of(const char *step)
{
	const struct shape *op = operation_named(step);

	for (size_t i = 0; i < sizeof same_as / sizeof same_as[0]; i++)
		if (strcmp(same_as[i].step, step) == 0)
			return same_as[i].query;
	return !op ? NULL : op->is_query ? op->name : op->show;
}

static bool
show_whole(const struct scenario_cards *c, const char *query, const cJSON *json, struct buf *out)
{
	struct client *client = scenario_host_client(c->host);

	for (size_t i = 0; client && i < sizeof whole / sizeof whole[0]; i++) {
		const char *id = json_text(json, whole[i].id);
		if (id && strcmp(whole[i].query, query) == 0)
			return verb_show(client, whole[i].verb, id, &c->terminal, out);
	}
	return false;
}

static void
draw(const struct scenario_cards *c, const struct step_report *r, struct arena *a, struct buf *out)
{
	struct card_style style = card_style_of(&c->terminal);
	struct buf text = { 0 };
	struct error ignored;
	const char *query = query_of(r->step->what);

	value_to_json(r->result, &text);
	const cJSON *json = json_parse(a, buf_text(&text), text.len, &ignored);
	if (json && query && !show_whole(c, query, json, out) && !card_render(query, json, &style, out))
		card_plain(query, json, &style, out);
	buf_free(&text);
}

/* "refused  RULE  why", for a step that is there to be refused */
static void
draw_refusal(const struct step_report *r, const struct card_style *style, struct arena *a, struct buf *out)
{
	const struct value *rule = value_member(r->result, "rule"), *why = value_member(r->result, "message");

	ink_text(arena_printf(a, "       " INK_WARN "refused" INK_OFF "  %s  %s\n",
			rule ? terminal_clean(a, rule->text) : "", why ? terminal_clean(a, why->text) : ""),
		style, out);
}

static void
heading(const struct step_report *r, int step, int of, const struct card_style *style, struct arena *a,
	struct buf *out)
{
	bool asks = r->step->kind == STEP_ACTION || r->step->kind == STEP_ASSERT;

	const char *line = arena_printf(a, "%s " INK_BOLD "%2d/%d  %s" INK_OFF "  " INK_DIM "%s%s%lld ms" INK_OFF,
		r->ok ? INK_GOOD "✓" INK_OFF : INK_BAD "✗" INK_OFF, step, of, terminal_clean(a, r->step->name),
		asks ? terminal_clean(a, r->step->what) : "", asks ? ", " : "", (long long)(r->micros + 500) / 1000);

	ink_text(arena_printf(a, "\n%s\n", cut(a, line, style->width)), style, out);
	if (r->error)
		ink_text(arena_printf(a, "       %s\n", terminal_clean(a, r->error)), style, out);
}

void
scenario_cards_told(void *cards, int step, int of, const struct step_report *r)
{
	struct scenario_cards *c = cards;
	struct card_style style = card_style_of(&c->terminal);
	struct arena *a = arena_new();
	struct buf out = { 0 }, card = { 0 };

	heading(r, step, of, &style, a, &out);
	if (r->result && r->step->expect_error)
		draw_refusal(r, &style, a, &out);
	else if (r->result && (r->step->kind == STEP_ACTION || r->step->kind == STEP_ASSERT))
		draw(c, r, a, &card);
	if (card.len && strcmp(buf_text(&card), buf_text(&c->before)) == 0) {
		ink_text("       " INK_DIM "as shown above" INK_OFF "\n", &style, &out);
	} else if (card.len) {
		buf_add(&out, buf_text(&card), card.len);
		buf_clear(&c->before);
		buf_add(&c->before, buf_text(&card), card.len);
	}
	fputs(buf_text(&out), stdout);
	fflush(stdout);
	buf_free(&out);
	buf_free(&card);
	arena_free(a);
}
