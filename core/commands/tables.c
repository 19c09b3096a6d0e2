/* tables.c -- finds the meaning of a word: command rows, transitions and aggregates by shape.
 *
 * Built once from modules.c; a word without a meaning, or a meaning given twice, ends the process at its start. */
#include "core/commands/engine.h"
#include "core/base/must.h"

#define EVENT_CODES 2048
#define OPERATIONS 512

static const struct transition *by_code[EVENT_CODES];
static const struct aggregate *by_aggregate[AGGREGATE_COUNT];
static struct { const struct shape *op; const struct command *row; } by_operation[OPERATIONS];

static unsigned
slot_of(const struct shape *op)
{
	return (unsigned)(((uintptr_t)op >> 4) * 2654435761u) % OPERATIONS;
}

const struct command *
command_of(const struct shape *op)
{
	for (unsigned i = slot_of(op);; i = (i + 1) % OPERATIONS)
		if (by_operation[i].op == op || !by_operation[i].op)
			return by_operation[i].row;
}

static void
add_command(const struct command *row)
{
	unsigned i = slot_of(row->args);

	while (by_operation[i].op) {
		must(by_operation[i].op != row->args);
		i = (i + 1) % OPERATIONS;
	}
	by_operation[i].op = row->args;
	by_operation[i].row = row;
}

const struct aggregate *
aggregate_row(int aggregate)
{
	return by_aggregate[aggregate];
}

const struct transition *
transition_of(const struct shape *event)
{
	return by_code[event->code];
}

static void
add_module(const struct module *m)
{
	for (const struct aggregate *a = m->aggregates; a && a->state_size; a++) {
		must(!by_aggregate[a->id]);
		by_aggregate[a->id] = a;
	}
	for (const struct command *c = m->commands; c && c->args; c++)
		add_command(c);
	for (const struct transition *t = m->transitions; t && t->event; t++) {
		must(!by_code[t->event->code]);
		by_code[t->event->code] = t;
	}
}

void
tables_start(void)
{
	static bool done;

	if (done)
		return;
	done = true;
	registry_start();
	for (const struct module *const *m = modules; *m; m++)
		add_module(*m);
	for (const struct shape *const *e = event_shapes; *e; e++) {
		must(by_code[(*e)->code]);
		must(by_aggregate[(*e)->aggregate]);
	}
	for (const struct shape *const *s = operation_shapes; *s; s++)
		must((*s)->is_query || (*s)->client || command_of(*s));
	for (const struct reaction *const *list = reactions; *list; list++)
		for (const struct reaction *r = *list; r->event; r++)
			must(r->react && r->refused);
}
