/* explain.c -- prints the tables that decide.c runs; nothing here is written a second time. */
#include "core/commands/explain.h"
#include <string.h>
#include "core/base/text.h"
#include "core/commands/aggregate.h"
#include "core/commands/engine.h"

void
each_policy(const struct shape *op, void (*f)(void *, const char *, const char *), void *ctx)
{
	const struct command *c;

	tables_start();
	c = op->is_query || op->client ? NULL : command_of(op);
	for (const struct policy *p = c ? c->policies : NULL; p && p->id; p++)
		f(ctx, p->id, p->text);
}

static void
put_argument(struct buf *out, const struct field *f)
{
	buf_printf(out, "  --%-22s %s%s", f->name, f->required ? "" : "optional: ", f->text);
	if (f->choices)
		buf_printf(out, " [%s]", f->choices);
	if (f->fallback)
		buf_printf(out, " (default %s)", f->fallback);
	buf_byte(out, '\n');
}

static void
put_rule(void *ctx, const char *rule, const char *text)
{
	buf_printf(ctx, "  %-52s %s\n", rule, text);
}

static void
put_states(struct buf *out, const struct command *c)
{
	int n;
	const char *const *texts = states_of(c->about, &n);

	buf_printf(out, "about      %s\n", aggregate_name(c->about));
	if (!texts || c->from == NEW || c->from == ANY_STATE)
		return;
	buf_str(out, "from       ");
	for (int i = 0, first = 1; i < n; i++)
		if (c->from & IN(i)) {
			buf_printf(out, "%s%s", first ? "" : ", ", texts[i]);
			first = 0;
		}
	buf_byte(out, '\n');
}

static const char *
kind_of(const struct shape *op)
{
	return op->is_query ? "query" : op->client ? "client operation" : op->internal ? "internal command" : "command";
}

/* what is waited for, and the rule that an outcome means when it means no */
static void
put_awaited(struct buf *out, const struct shape *op)
{
	buf_printf(out, "awaits     %s\n", op->awaits);
	for (const struct shape *const *s = event_shapes; *s; s++)
		if ((*s)->refuses && text_has_word(op->awaits, (*s)->name))
			buf_printf(out, "refused    as %s by %s\n", (*s)->refuses, (*s)->name);
}

static void
put_marks(struct buf *out, const struct shape *op)
{
	if (op->destructive)
		buf_str(out, "destructive: needs --allow-destructive, or /confirm in the cockpit\n");
	if (op->gated)
		buf_str(out, "gated: needs BSS_ALLOW_ADMIN_RESET\n");
	if (op->awaits)
		put_awaited(out, op);
	if (op->show)
		buf_printf(out, "shows      %s\n", op->show);
}

/* the file is the aggregate's: its functions carry the names printed here */
static void
put_file(struct buf *out, const struct command *c)
{
	const struct aggregate *a = aggregate_row(c->about);
	const char *file = a ? strstr(a->file, "core/commands/") : NULL;

	if (a)
		buf_printf(out, "file       %s\n", file ? file : a->file);
}

/* what may come of a command, and where each event leads the aggregate */
static void
put_events(struct buf *out, int about)
{
	int n;
	const char *const *texts = states_of(about, &n);

	buf_printf(out, "\nevents of %s\n", aggregate_name(about));
	for (const struct shape *const *s = event_shapes; *s; s++) {
		const struct transition *t = (*s)->aggregate == about ? transition_of(*s) : NULL;
		if (!t)
			continue;
		bool leads = texts && t->to != STAY && t->to < n;
		buf_printf(out, "  %-44s %s%s%s%s\n", (*s)->name, (*s)->text, leads ? " (now " : "", leads ? texts[t->to] : "",
			leads ? ")" : "");
	}
}

void
explain_operation(const struct shape *op, struct buf *out)
{
	const struct command *c;

	tables_start();
	c = op->is_query || op->client ? NULL : command_of(op);
	buf_printf(out, "%s -- %s\n%s\n", op->name, op->text, kind_of(op));
	if (c)
		put_states(out, c);
	put_marks(out, op);
	if (c)
		put_file(out, c);
	buf_str(out, "\narguments\n");
	FOR_EACH_FIELD(f, op)
		if (strcmp(f->name, "nothing_") != 0)
			put_argument(out, f);
	if (!c)
		return;
	buf_str(out, "\nrules, in this order\n");
	each_policy(op, put_rule, out);
	put_events(out, c->about);
}

/* ---- graph ------------------------------------------------------------------------------------------------ */

static void
put_edge(struct buf *out, bool dot, const char *from, const char *to, const char *event)
{
	if (dot)
		buf_printf(out, "\t\"%s\" -> \"%s\" [label=\"%s\"];\n", from, to, event);
	else
		buf_printf(out, "  %-20s --%s--> %s\n", from, event, to);
}

static void
put_edges_to(struct buf *out, bool dot, const struct transition *t, int to, const char *const *texts, int n)
{
	if (!t->from)
		put_edge(out, dot, "(new)", texts[to], t->event->name);
	for (int i = 0; i < n; i++)
		if (t->from & IN(i) && (t->to != STAY || i != to))
			put_edge(out, dot, texts[i], texts[to], t->event->name);
}

static void
put_edges(struct buf *out, bool dot, const struct transition *t, const char *const *texts, int n)
{
	if (t->to != STAY)
		put_edges_to(out, dot, t, t->to, texts, n);
	else
		for (int to = 0; to < n; to++)
			if (t->into & IN(to))
				put_edges_to(out, dot, t, to, texts, n);
}

bool
graph_aggregate(int aggregate, struct buf *out, bool dot)
{
	int n;
	const char *const *texts = states_of(aggregate, &n);

	tables_start();
	if (!texts)
		return false;
	buf_printf(out, dot ? "digraph %s {\n" : "%s\n", aggregate_name(aggregate));
	if (!dot) {
		buf_str(out, "states ");
		for (int i = 0; i < n; i++)
			buf_printf(out, " %s", texts[i]);
		buf_byte(out, '\n');
	}
	for (const struct shape *const *s = event_shapes; *s; s++) {
		const struct transition *t = (*s)->aggregate == aggregate ? transition_of(*s) : NULL;

		if (t)
			put_edges(out, dot, t, texts, n);
	}
	if (dot)
		buf_str(out, "}\n");
	return true;
}
