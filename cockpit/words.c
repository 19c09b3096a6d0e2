/* words.c -- what the program knows about itself: explain, graph, schema, completion.  None of it needs a
 * running core; only `log tail` does, and it asks for the log by position, so nothing is missed between two
 * questions. */
#include <string.h>
#include <unistd.h>
#include "cockpit/card.h"
#include "cockpit/verb.h"
#include "core/base/clock.h"
#include "core/base/codec.h"
#include "core/base/config.h"
#include "core/base/json.h"
#include "core/base/text.h"
#include "core/bus/bus.h"
#include "core/commands/explain.h"
#include "schemas/registry.h"

static int
usage_error(const char *line)
{
	fprintf(stderr, "usage: %s\n", line);
	return 2;
}

static int
put_out(struct buf *out)
{
	fwrite(buf_text(out), 1, out->len, stdout);
	buf_free(out);
	return 0;
}

/* an operation by its name or by the words of its verb */
static const struct shape *
operation_said(int argc, char **argv, struct error *err)
{
	struct arena *a = arena_new();
	const struct shape *op = NULL;
	struct verb v;
	int taken;

	if (argc > 1 && verb_find(argv, argc, &v, &taken, a) && taken > 1)
		op = operation_named(v.op);
	arena_free(a);
	if (!op)
		client_operation(argv[0], &op, err);
	return op;
}

int
explain_main(int argc, char **argv)
{
	struct buf out = { 0 };
	struct error err = { 0 };

	if (argc < 2)
		return usage_error("bss explain OPERATION");
	const struct shape *op = operation_said(argc - 1, argv + 1, &err);
	if (!op)
		return report_error(&err);
	explain_operation(op, &out);
	return put_out(&out);
}

int
graph_main(int argc, char **argv)
{
	struct buf out = { 0 };
	struct error err = { 0 };
	bool dot = argc > 2 && strcmp(argv[2], "--dot") == 0;
	int aggregate = argc > 1 ? aggregate_of(argv[1], strlen(argv[1])) : -1;

	if (argc < 2)
		return usage_error("bss graph AGGREGATE [--dot]");
	if (aggregate < 0) {
		error_set(&err, ERROR_NOT_FOUND, "aggregate.unknown", "There is no aggregate %s", argv[1]);
		error_hint(&err, "customer, order, subscription, service, provisioning_task, "
				 "payment_attempt, msisdn, esim ...");
		return report_error(&err);
	}
	if (!graph_aggregate(aggregate, &out, dot))
		buf_printf(&out, "%s has no states\n", argv[1]);
	return put_out(&out);
}

static void
list_names(struct buf *out)
{
	for (const struct shape *const *s = operation_shapes; *s; s++)
		buf_printf(out, "%-8s %s\n", (*s)->is_query ? "query" : "command", (*s)->name);
	for (const struct shape *const *s = event_shapes; *s; s++)
		buf_printf(out, "%-8s %s\n", "event", (*s)->name);
}

int
schema_main(int argc, char **argv)
{
	struct buf out = { 0 };
	struct error err = { 0 };
	const struct shape *s = NULL;

	if (argc < 2) {
		list_names(&out);
		return put_out(&out);
	}
	s = operation_named(argv[1]) ? operation_named(argv[1]) : event_named(argv[1]);
	if (!s && !client_operation(argv[1], &s, &err))
		return report_error(&err);
	shape_json_schema(s, &out);
	buf_byte(&out, '\n');
	return put_out(&out);
}

/* ---- completion ----------------------------------------------------------------------------- */

static void
path_line(const struct verb *v, void *ctx)
{
	buf_printf(ctx, "%s\n", v->path);
}

static int
complete(int argc, char **argv)
{
	struct buf paths = { 0 }, said = { 0 }, out = { 0 };
	struct arena *a = arena_new();
	struct verb v;
	int taken;

	for (int i = 0; i < argc; i++)
		buf_printf(&said, "%s ", argv[i]);
	verb_each(path_line, &paths, a);
	for (const char *p = buf_text(&paths); *p; p += strcspn(p, "\n") + 1)
		if (strncmp(p, buf_text(&said), said.len) == 0)
			buf_printf(&out, "%.*s\n", (int)strcspn(p + said.len, " \n"), p + said.len);
	if (argc > 0 && verb_find(argv, argc, &v, &taken, a) && operation_named(v.op))
		FOR_EACH_FIELD(f, operation_named(v.op))
			buf_printf(&out, "%s\n", argument_flag(&v, f, a));
	arena_free(a);
	buf_free(&paths);
	buf_free(&said);
	return put_out(&out);
}

static const char bash_completion[] = "_bss() {\n"
				      "\tlocal cur=${COMP_WORDS[COMP_CWORD]}\n"
				      "\tCOMPREPLY=($(compgen -W \"$(bss completion words "
				      "\"${COMP_WORDS[@]:1:COMP_CWORD-1}\" 2>/dev/null)\" -- \"$cur\"))\n"
				      "}\n"
				      "complete -F _bss bss\n";

int
completion_main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "words") == 0)
		return complete(argc - 2, argv + 2);
	if (argc != 2 || strcmp(argv[1], "bash") != 0)
		return usage_error("bss completion bash");
	return fputs(bash_completion, stdout) < 0;
}

/* ---- log tail ------------------------------------------------------------------------------- */

static void
tail_line(struct arena *a, const cJSON *e)
{
	const cJSON *payload = member(e, "payload");
	const char *type = member_text(a, e, "eventType", member_text(a, e, "type", "?"));

	printf("%8s  %.19s  %s %s  %s/%s  %s\n", member_text(a, e, "position", ""),
	       member_text(a, e, "occurredAt", ""), fit(a, type, 34),
	       fit(a, member_text(a, e, "aggregateId", ""), 14), member_text(a, e, "actor", ""),
	       member_text(a, e, "channel", ""), payload ? terminal_clean(a, json_print(a, payload)) : "");
}

static const cJSON *
events_of(const cJSON *json)
{
	return cJSON_IsArray(json) ? json : member(json, "events");
}

/* the events behind `*after`; moves it */
static bool
tail_page(struct client *c, struct arena *a, int64_t *after, int *n, struct error *err)
{
	struct call_result r;
	const cJSON *e;
	char *args = arena_printf(a, "{\"after\":%lld,\"limit\":200}", (long long)*after);

	*n = 0;
	if (!client_call_text(c, "log.show", args, NULL, a, &r, err))
		return false;
	cJSON_ArrayForEach(e, events_of(r.json)) {
		const cJSON *position = member(e, "position");
		tail_line(a, e);
		*after = cJSON_IsNumber(position) ? (int64_t)position->valuedouble : *after;
		++*n;
	}
	fflush(stdout);
	return true;
}

static void
wait_for_events(struct bus_subscriber *s, struct arena *a)
{
	struct bus_note note;
	struct bus_wait w = { .socket = bus_subscriber_socket(s) };

	bus_wait(&w, 1, SECOND);
	while (bus_next_note(s, a, &note))
		;
}

static bool
start_of_tail(struct client *c, struct arena *a, int64_t *after, struct error *err)
{
	struct call_result r;

	if (!client_call(c, "log.head", NULL, NULL, a, &r, err))
		return false;
	const cJSON *position = member(r.json, "position");
	*after =
	    cJSON_IsNumber(position) && position->valuedouble > 20 ? (int64_t)position->valuedouble - 20 : 0;
	return true;
}

int
tail_main(int argc, char **argv)
{
	struct client *c = client_new(&(struct client_as){ .actor = "cli-user", .channel = "cli" });
	struct arena *a = arena_new();
	struct error err = { 0 };
	int64_t after = 0;
	int n = 0, status = 0;
	bool once = argc > 1 && strcmp(argv[1], "--once") == 0;
	struct bus_subscriber *s =
	    bus_subscribe(SOCKET_EVENTS, (const char *const[]){ TOPIC_EVENTS }, 1, &err);

	bool ok = s && start_of_tail(c, a, &after, &err);
	while (ok && (ok = tail_page(c, a, &after, &n, &err)) && !(once && n == 0)) {
		if (n == 0)
			wait_for_events(s, a);
		arena_reset(a);
	}
	if (!ok)
		status = report_error(&err);
	if (s)
		bus_subscriber_close(s);
	client_free(c);
	arena_free(a);
	return status;
}
