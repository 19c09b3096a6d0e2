/* tail.c -- `bss log tail`: events as they happen.
 *
 * The bus only says that something happened; what it was is asked of the log by position, so nothing is missed
 * between two questions and a filter is the same as `log show`'s. */
#include <string.h>
#include "cockpit/card.h"
#include "cockpit/verb.h"
#include "core/base/clock.h"
#include "core/base/json.h"
#include "core/base/text.h"
#include "core/bus/bus.h"

#define BEGIN_BEFORE 20
#define PAGE 200

struct tail {
	struct verb_run *run;
	struct bus_subscriber *news;
	struct arena *arena;                   /* of one page */
	int64_t after, head;
};

static int64_t
number_of(const cJSON *o, const char *camel, int64_t otherwise)
{
	const cJSON *m = member(o, camel);

	return cJSON_IsNumber(m) ? (int64_t)m->valuedouble : otherwise;
}

/* as wide as the terminal when there is one: a program that reads this gets all of it */
static void
tail_line(const struct tail *t, const cJSON *e)
{
	struct arena *a = t->arena;
	const cJSON *payload = member(e, "payload");
	const char *line = arena_printf(a, "%8s  %.19s  %s  %s  %s/%s  %s", member_text(a, e, "position", ""),
		member_text(a, e, "occurredAt", ""),
		fit(a, member_text(a, e, "eventType", member_text(a, e, "type", "?")), 32),
		fit(a, member_text(a, e, "aggregateId", ""), 14), member_text(a, e, "actor", ""),
		member_text(a, e, "channel", ""), payload ? terminal_clean(a, json_print(a, payload)) : "");

	buf_str(&t->run->out, t->run->terminal.tty ? cut(a, line, t->run->terminal.width) : line);
	buf_byte(&t->run->out, '\n');
}

static void
flush_out(struct verb_run *run)
{
	struct buf plain = { 0 };
	bool ascii = run->terminal.tty && run->terminal.ascii && !run->json;

	if (ascii)
		text_to_ascii(buf_text(&run->out), &plain);
	fputs(buf_text(ascii ? &plain : &run->out), stdout);
	fflush(stdout);
	buf_clear(&run->out);
	buf_free(&plain);
}

static bool
ask_head(struct tail *t, int64_t *head)
{
	struct call_result r;

	if (!client_call(t->run->client, "log.head", NULL, NULL, t->arena, &r, &t->run->error))
		return false;
	*head = number_of(r.json, "position", 0);
	return true;
}

/* the next events that fit the filters; with none left up to the head, `after` jumps there */
static bool
tail_page(struct tail *t, int *n)
{
	struct verb_run *run = t->run;
	struct call_result r;
	const cJSON *e;
	cJSON *args = cJSON_Duplicate(run->args, true);

	arena_own(t->arena, (void (*)(void *))cJSON_Delete, args);
	cJSON_DeleteItemFromObject(args, "after");
	cJSON_AddNumberToObject(args, "after", (double)t->after);
	*n = 0;
	if (!ask_head(t, &t->head) || !client_call(run->client, "log.show", args, NULL, t->arena, &r, &run->error))
		return false;
	const cJSON *events = cJSON_IsArray(r.json) ? r.json : member(r.json, "events");
	cJSON_ArrayForEach(e, events) {
		if (run->json)
			buf_printf(&run->out, "%s\n", json_print(t->arena, e));
		else
			tail_line(t, e);
		t->after = number_of(e, "position", t->after);
		++*n;
	}
	if (*n < PAGE && t->head > t->after)
		t->after = t->head;
	flush_out(run);
	return true;
}

static void
wait_for_events(struct tail *t)
{
	struct bus_note note;
	struct bus_wait w = { .socket = bus_subscriber_socket(t->news) };

	bus_wait(&w, 1, SECOND);
	while (bus_next_note(t->news, t->arena, &note))
		;
}

static bool
begin(struct tail *t)
{
	struct verb_run *run = t->run;

	if (run->options.as_of || member(run->args, "before") || member(run->args, "newestFirst"))
		return error_set(&run->error, ERROR_INVALID, "arguments.invalid",
			"A tail has no end: --as-of, --before and --newest-first belong to `bss log show`");
	cJSON_DeleteItemFromObject(run->args, "limit");
	cJSON_AddNumberToObject(run->args, "limit", PAGE);
	t->news = bus_subscribe(SOCKET_EVENTS, (const char *const[]){ TOPIC_EVENTS }, 1, &run->error);
	if (!t->news || !ask_head(t, &t->head))
		return false;
	t->after = number_of(run->args, "after", t->head > BEGIN_BEFORE ? t->head - BEGIN_BEFORE : 0);
	return true;
}

bool
verb_tail(struct verb_run *run)
{
	struct tail t = { .run = run, .arena = arena_new() };
	bool once = json_text(run->extras, "once") != NULL;
	int n;

	bool ok = begin(&t);
	while (ok && (ok = tail_page(&t, &n)) && !(once && n < PAGE)) {
		if (n < PAGE)
			wait_for_events(&t);
		arena_reset(t.arena);
	}
	if (t.news)
		bus_subscriber_close(t.news);
	arena_free(t.arena);
	run->told = true;
	return ok;
}
