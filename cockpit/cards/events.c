/* events.c -- the log as people read it, and the events behind a number. */
#include <string.h>
#include "cockpit/cards/cards.h"
#include "core/base/json.h"

static const char *
when(struct card *c, const cJSON *row)
{
	return card_when(c, row, "occurredAt", 19);
}

static const char *
about(struct card *c, const cJSON *row)
{
	return card_text_or(c, row, "aggregateId", card_text(c, row, "stream"));
}

static const char *
type(struct card *c, const cJSON *row)
{
	return card_text_or(c, row, "eventType", card_text(c, row, "type"));
}

static const char *
who(struct card *c, const cJSON *row)
{
	return arena_printf(c->arena, "%s via %s", card_text(c, row, "actor"), card_text(c, row, "channel"));
}

/* the payload's members that fit a line, without those the other columns say */
static const char *
said(struct card *c, const cJSON *row)
{
	const cJSON *payload = card_member(row, "payload"), *m;
	struct buf b = { 0 };

	cJSON_ArrayForEach(m, payload) {
		if (cJSON_IsNull(m) || cJSON_IsObject(m) || cJSON_IsArray(m))
			continue;
		buf_printf(&b, "%s%s=%s", b.len ? " " : "", terminal_clean(c->arena, m->string),
			   cJSON_IsString(m) ? terminal_clean(c->arena, m->valuestring)
					     : json_print(c->arena, m));
	}
	const char *text = arena_strdup(c->arena, buf_text(&b));
	buf_free(&b);
	return text;
}

/* what happened, without who and where, which are columns; what belongs to another aggregate is indented */
static const char *
story(struct card *c, const cJSON *row)
{
	const char *text = card_text_or(c, row, "happened", card_text_or(c, row, "sentence", type(c, row)));

	return arena_printf(c->arena, "%s%s", cJSON_IsFalse(card_member(row, "own")) ? "  " : "", text);
}

static void
event_table(struct card *c, const cJSON *list)
{
	static const struct column columns[] = { { .title = "Position", .right = true, .keep = true },
						 { .title = "When", .keep = true, .optional = true },
						 { .title = "Event", .keep = true },
						 { .title = "About", .keep = true },
						 { .title = "Who", .optional = true },
						 { .title = "What", .optional = true } };
	static const struct cell cells[] = { { "position" },    { .show = when }, { .show = type },
					     { .show = about }, { .show = who },  { .show = said } };

	card_list_table(c, list, columns, cells, 6, 1000, "(no events)");
}

void
card_events(const cJSON *json, const struct card_style *style, struct buf *out)
{
	const cJSON *list = cJSON_IsArray(json) ? json : card_list(json, "events");
	struct card c = card_new(style, 40, "Events (%d)", cJSON_GetArraySize(list));

	event_table(&c, list);
	card_end(&c, out);
}

void
card_why(const cJSON *json, const struct card_style *style, struct buf *out)
{
	const cJSON *list = cJSON_IsArray(json) ? json : card_list(json, "events");
	static const struct column columns[] = {
		{ .title = "Position", .right = true, .keep = true, .optional = true },
		{ .title = "When", .keep = true },
		{ .title = "What happened", .wraps = true },
		{ .title = "Who", .optional = true }
	};
	static const struct cell cells[] = {
		{ "position" }, { .show = when }, { .show = story }, { .show = who }
	};
	struct card c = card_new(style, 40, "%s", "");

	c.title = arena_printf(
	    c.arena, "Why %s",
	    card_text_or(&c, json, "aggregateId", list && list->child ? about(&c, list->child) : ""));
	card_list_table(&c, list, columns, cells, 4, 1000, "(no events)");
	card_end(&c, out);
}
