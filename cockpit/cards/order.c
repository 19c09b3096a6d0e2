/* order.c -- an order and what it was taken apart into: service orders, services, network tasks. */
#include <ctype.h>
#include <string.h>
#include "cockpit/cards/cards.h"
#include "core/base/clock.h"
#include "core/base/text.h"

#define TREE_LABEL 40
#define STATE_WIDTH 14

static const char *
offering_of(struct card *c, const cJSON *order)
{
	const cJSON *items = card_member(order, "items");

	return card_text_or(c, cJSON_IsArray(items) ? items->child : order, "offeringId",
			    card_text(c, order, "offeringId"));
}

static bool
is_trouble(const char *state)
{
	return strcmp(state, "failed") == 0 || strcmp(state, "stuck") == 0 || strcmp(state, "errored") == 0 ||
		strcmp(state, "cancelled") == 0;
}

static void
branch(struct card *c, const char *stem, const char *label, const char *state, const char *more)
{
	bool narrow = card_inner(c) < 56;              /* then who and what, and no times */
	int state_width = narrow ? 11 : STATE_WIDTH, room = card_inner(c) - state_width - (narrow ? 1 : 4);
	const char *mark = is_trouble(state) ? INK_BAD "⚠ " : "";
	const char *shown = arena_printf(c->arena, "%s%s%s", mark, state, *mark ? INK_OFF : "");

	room = room > TREE_LABEL ? TREE_LABEL : room;
	card_row(c, "%s %s%s%s", fit(c->arena, arena_printf(c->arena, "%s%s", stem, label), room),
		fit_right(c->arena, shown, state_width), narrow ? "" : "  ", narrow ? "" : more);
}

static const char *
took(struct card *c, const cJSON *task)
{
	const cJSON *from = card_member(task, "startedAt"), *to = card_member(task, "completedAt");
	int64_t a, b, attempts = card_int(task, "attempts", 0);
	const char *span = "",
		   *tries = attempts > 1 ? arena_printf(c->arena, "%lld attempts", (long long)attempts) : "";

	if (cJSON_IsString(from) && cJSON_IsString(to) && time_parse(from->valuestring, &a) &&
	    time_parse(to->valuestring, &b))
		span = arena_printf(c->arena, "(%lld.%llds)%s", (long long)((b - a) / SECOND),
				    (long long)((b - a) % SECOND / 100000), *tries ? "  " : "");
	return arena_printf(c->arena, "%s%s", span, tries);
}

struct counts { int orders, tasks, stuck, failed; };

static void
task_branches(struct card *c, const cJSON *tasks, const char *service, const char *stem, bool more_follow,
	      struct counts *n)
{
	const cJSON *t, *last = NULL;

	cJSON_ArrayForEach(t, tasks)
		if (strcmp(card_text_or(c, t, "serviceId", ""), service) == 0)
			last = t;
	cJSON_ArrayForEach(t, tasks) {
		const char *state = card_text(c, t, "state");
		if (strcmp(card_text_or(c, t, "serviceId", ""), service) != 0)
			continue;
		n->tasks++;
		n->stuck += strcmp(state, "stuck") == 0;
		n->failed += strcmp(state, "failed") == 0;
		branch(c, arena_printf(c->arena, "%s%s", stem, t == last && !more_follow ? "└─ " : "├─ "),
		       arena_printf(c->arena, "%s  %s", card_text(c, t, "id"), card_text(c, t, "taskType")),
		       state, took(c, t));
	}
}

static const char *
parent_of(struct card *c, const cJSON *service)
{
	return card_text_or(c, service, "parentServiceId", "");
}

/* SSPEC_CFS_MOBILE_BROADBAND -> mobile broadband: the type stands beside it, and names are long enough */
static const char *
spec_words(struct card *c, const char *spec, const char *type)
{
	const char *prefix = arena_printf(c->arena, "SSPEC_%s_", type);
	size_t n = strlen(prefix);

	if (strncmp(spec, prefix, n) != 0)
		return spec;
	char *words = arena_strdup(c->arena, card_words(c, spec + n));
	for (char *p = words; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	return words;
}

/* children of `parent` ("" roots) that belong to the service order ("" any), then their children */
static void
service_branches(struct card *c, const cJSON *order, const char *parent, const char *stem, struct counts *n,
		 int depth)
{
	const cJSON *services = card_member(order, "services"), *s, *last = NULL;

	cJSON_ArrayForEach(s, services)
		if (strcmp(parent_of(c, s), parent) == 0)
			last = s;
	cJSON_ArrayForEach(s, services) {
		if (strcmp(parent_of(c, s), parent) != 0)
			continue;
		const char *id = card_text(c, s, "id");
		const char *type = card_text_or(c, s, "type", card_text_or(c, s, "serviceType", ""));
		branch(c, arena_printf(c->arena, "%s%s", stem, s == last ? "└─ " : "├─ "),
		       arena_printf(c->arena, "%s %s  %s", type, id,
				    card_text_or(c, s, "name", spec_words(c, card_text_or(c, s, "specId", ""), type))),
		       card_text(c, s, "state"), "");
		const char *below = arena_printf(c->arena, "%s%s", stem, s == last ? "   " : "│  ");
		bool children = false;
		const cJSON *k;
		cJSON_ArrayForEach(k, services)
			children |= strcmp(parent_of(c, k), id) == 0;
		task_branches(c, card_member(order, "tasks"), id, below, children, n);
		if (depth < 4)
			service_branches(c, order, id, below, n, depth + 1);
	}
}

static void
decomposition(struct card *c, const cJSON *order, struct counts *n)
{
	const cJSON *service_orders = card_member(order, "serviceOrders"), *so;

	cJSON_ArrayForEach(so, service_orders) {
		bool last = !so->next;
		branch(c, last ? "└─ " : "├─ ",
		       arena_printf(c->arena, "Service order %s", card_text(c, so, "id")),
		       card_text(c, so, "state"), "");
		n->orders++;
		if (last && cJSON_GetArraySize(card_member(order, "services")) > 0)
			service_branches(c, order, "", "   ", n, 0);
	}
	if (n->orders == 0)
		card_row(c, "└─ (no services attached)");
}

static const char *
line_of(struct card *c, const cJSON *order)
{
	const cJSON *items = card_member(order, "items");

	return card_text_or(c, cJSON_IsArray(items) ? items->child : order, "targetSubscriptionId",
		card_text_or(c, order, "subscriptionId", NULL));
}

void
card_order(const cJSON *json, const struct card_style *style, struct buf *out)
{
	struct card c = card_new(style, 70, "%s", "");
	struct counts n = { 0 };
	const char *why = card_text_or(&c, json, "stateMessage", card_text_or(&c, json, "stateReason", NULL));

	c.title = arena_printf(c.arena, "%s  %s", card_text(&c, json, "id"), offering_of(&c, json));
	card_pair(&c, 9, "Customer", "%s", card_text(&c, json, "customerId"));
	card_pair(&c, 9, "Placed", "%s", card_when(&c, json, "orderDate", 16));
	card_pair(&c, 9, "Completed", "%s", card_when(&c, json, "completedDate", 16));
	if (why)
		card_pair(&c, 9, "Reason", INK_BAD "%s" INK_OFF, why);
	card_blank(&c);
	branch(&c, "", arena_printf(c.arena, "Order %s", card_text(&c, json, "id")),
	       card_text(&c, json, "state"), "");
	decomposition(&c, json, &n);
	if (line_of(&c, json))
		card_row(&c, "→ Subscription %s", line_of(&c, json));
	if (n.orders)
		card_row(&c, "Summary: %d service order%s · %d task%s · %d failed%s", n.orders,
			 n.orders == 1 ? "" : "s", n.tasks, n.tasks == 1 ? "" : "s", n.failed,
			 n.stuck ? arena_printf(c.arena, " · %d stuck", n.stuck) : "");
	card_end(&c, out);
}

static const char *
placed(struct card *c, const cJSON *row)
{
	return card_when(c, row, "orderDate", 16);
}

void
card_order_list(const cJSON *json, const struct card_style *style, struct buf *out)
{
	static const struct column columns[] = { { .title = "Order", .keep = true },
						 { .title = "Plan" },
						 { .title = "State" },
						 { .title = "Customer", .optional = true },
						 { .title = "Placed", .optional = true } };
	static const struct cell cells[] = {
		{ "id" }, { .show = offering_of }, { "state" }, { "customerId" }, { .show = placed }
	};
	struct card c = card_new(style, 50, "Orders (%d)", cJSON_GetArraySize(json));

	card_list_table(&c, card_list(json, NULL), columns, cells, 5, 50, "(no orders)");
	card_end(&c, out);
}
