/* words.c -- what the program knows about itself: explain, graph, schema.  None of it needs a running core. */
#include <string.h>
#include "cockpit/verb.h"
#include "core/base/codec.h"
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
