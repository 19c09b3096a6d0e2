/* network.c -- what the network side is doing: tasks, faults, services, usage. */
#include <string.h>
#include "cockpit/cards/cards.h"

static const char *
attempts(struct card *c, const cJSON *row)
{
	return arena_printf(c->arena, "%lld/%lld", (long long)card_int(row, "attempts", 0),
			    (long long)card_int(row, "maxAttempts", 0));
}

static const char *
marked_state(struct card *c, const cJSON *row)
{
	const char *state = card_text(c, row, "state");
	bool bad = strcmp(state, "failed") == 0 || strcmp(state, "stuck") == 0;

	return bad ? arena_printf(c->arena, INK_BAD "⚠ %s" INK_OFF, state) : state;
}

void
card_tasks(const cJSON *json, const struct card_style *style, struct buf *out)
{
	static const struct column columns[] = { { .title = "Task", .keep = true },
						 { .title = "Service", .optional = true },
						 { .title = "Type" },
						 { .title = "State", .keep = true },
						 { .title = "Tries", .right = true, .optional = true },
						 { .title = "Error", .optional = true } };
	static const struct cell cells[] = { { "id" },
					     { "serviceId" },
					     { "taskType" },
					     { .show = marked_state },
					     { .show = attempts },
					     { "lastError" } };
	struct card c = card_new(style, 50, "Provisioning tasks (%d)", cJSON_GetArraySize(json));

	card_list_table(&c, card_list(json, NULL), columns, cells, 6, 200, "(no tasks)");
	card_end(&c, out);
}

static const char *
on_or_off(struct card *c, const cJSON *row)
{
	(void)c;
	return cJSON_IsTrue(card_member(row, "enabled")) ? INK_WARN "on" INK_OFF : "off";
}

void
card_faults(const cJSON *json, const struct card_style *style, struct buf *out)
{
	static const struct column columns[] = { { .title = "Fault", .keep = true },
						 { .title = "Task type" },
						 { .title = "What" },
						 { .title = "Is", .keep = true },
						 { .title = "p", .right = true } };
	static const struct cell cells[] = {
		{ "id" }, { "taskType" }, { "faultType" }, { .show = on_or_off }, { "probability" }
	};
	struct card c = card_new(style, 50, "Fault rules (%d)", cJSON_GetArraySize(json));

	card_list_table(&c, card_list(json, NULL), columns, cells, 5, 100, "(no fault rules)");
	card_end(&c, out);
}

static const char *
service_name(struct card *c, const cJSON *row)
{
	return card_text_or(c, row, "name", card_text(c, row, "specId"));
}

static const char *
service_type(struct card *c, const cJSON *row)
{
	return card_text_or(c, row, "type", card_text(c, row, "serviceType"));
}

void
card_services(const cJSON *json, const struct card_style *style, struct buf *out)
{
	static const struct column columns[] = { { .title = "Service", .keep = true },
						 { .title = "Type" },
						 { .title = "Name" },
						 { .title = "State" } };
	static const struct cell cells[] = {
		{ "id" }, { .show = service_type }, { .show = service_name }, { "state" }
	};
	struct card c = card_new(style, 50, "Services (%d)", cJSON_GetArraySize(json));

	card_list_table(&c, card_list(json, NULL), columns, cells, 4, 100, "(no services)");
	card_end(&c, out);
}

static const char *
event_time(struct card *c, const cJSON *row)
{
	return card_when(c, row, "eventTime", 16);
}

static const char *
amount(struct card *c, const cJSON *row)
{
	return card_quantity(c, card_int(row, "quantity", 0), card_text_or(c, row, "unit", ""));
}

static const char *
fate(struct card *c, const cJSON *row)
{
	const char *why = card_text_or(c, row, "processingError", card_text_or(c, row, "reason", NULL));

	return why ? arena_printf(c->arena, INK_BAD "%s" INK_OFF, why)
		   : card_text_or(c, row, "status", "processed");
}

static const char *
abroad(struct card *c, const cJSON *row)
{
	(void)c;
	return cJSON_IsTrue(card_member(row, "roamingIndicator")) ? "abroad" : "";
}

void
card_usage(const cJSON *json, const struct card_style *style, struct buf *out)
{
	static const struct column columns[] = { { .title = "Usage", .keep = true },
						 { .title = "When", .optional = true },
						 { .title = "Number", .optional = true },
						 { .title = "Type" },
						 { .title = "Quantity", .right = true, .keep = true },
						 { .title = "Where", .optional = true },
						 { .title = "Result" } };
	static const struct cell cells[] = { { "id" },        { .show = event_time }, { "msisdn" },
					     { "eventType" }, { .show = amount },     { .show = abroad },
					     { .show = fate } };
	struct card c = card_new(style, 50, "Usage (%d)", cJSON_GetArraySize(json));

	card_list_table(&c, card_list(json, NULL), columns, cells, 7, 1000, "(no usage)");
	card_end(&c, out);
}

/* what of it an allowance paid for, and what nothing did */
static const char *
served(struct card *c, const cJSON *json)
{
	const char *unit = card_text_or(c, json, "unit", "");
	int64_t consumed = card_int(json, "consumedQuantity", 0), unserved = card_int(json, "unserved", 0);
	const char *text = arena_printf(c->arena, "%s from %s", card_quantity(c, consumed, unit),
		card_text(c, json, "allowanceType"));

	return unserved <= 0 ? text :
		arena_printf(c->arena, "%s, " INK_BAD "%s not served" INK_OFF, text, card_quantity(c, unserved, unit));
}

void
card_usage_record(const cJSON *json, const struct card_style *style, struct buf *out)
{
	struct card c = card_new(style, 50, "%s", "");

	c.title = arena_printf(c.arena, "Usage %s", card_text(&c, json, "id"));
	card_pair(&c, 8, "Number", "%s%s%s", card_msisdn(&c, card_text(&c, json, "msisdn")),
		*abroad(&c, json) ? ", " : "", abroad(&c, json));
	card_pair(&c, 8, "When", "%s", event_time(&c, json));
	card_pair(&c, 8, "Used", "%s of %s", amount(&c, json), card_text(&c, json, "eventType"));
	if (cJSON_IsFalse(card_member(json, "processed")))
		card_pair(&c, 8, "Result", "%s", fate(&c, json));
	else
		card_pair(&c, 8, "Debited", "%s", served(&c, json));
	card_end(&c, out);
}
