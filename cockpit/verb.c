/* verb.c -- finds the verb, reads its arguments, runs it, prints what came of it.
 *
 * A verb is a row: of verbs.c when operators know it by another name, else the operation's own row.  The gate
 * for what cannot be undone stands before anything is connected to, as a person at a prompt expects. */
#include "cockpit/verb.h"
#include <string.h>
#include <unistd.h>
#include "cockpit/card.h"
#include "core/base/clock.h"
#include "core/base/json.h"
#include "core/base/text.h"
#include "schemas/registry.h"

#define PATH_WORDS 4

const char *
verb_path_of(const struct shape *op, struct arena *a)
{
	char *path = arena_strdup(a, op->name);

	for (char *p = path; *p; p++)
		*p = *p == '.' ? ' ' : *p == '_' ? '-' : *p;
	return path;
}

void
verb_each(void (*each)(const struct verb *, void *), void *ctx, struct arena *a)
{
	registry_start();
	for (const struct verb *v = verbs; v->path; v++)
		each(v, ctx);
	for (const struct shape *const *s = operation_shapes; *s; s++) {
		struct verb v = { .path = verb_path_of(*s, a), .op = (*s)->name };
		bool named = (*s)->internal || (*s)->effect_only;
		for (const struct verb *w = verbs; w->path && !named; w++)
			named = strcmp(w->path, v.path) == 0;
		if (!named)
			each(&v, ctx);
	}
}

struct search { char *const *words; int n, best; struct verb found; };

static int
words_of_path(const char *path, char *const *words, int n)
{
	int taken = 0;

	for (const char *p = path; *p; taken++) {
		size_t len = strcspn(p, " ");
		if (taken >= n || strlen(words[taken]) != len || strncmp(words[taken], p, len) != 0)
			return 0;
		p += len + (p[len] == ' ');
	}
	return taken;
}

static void
consider(const struct verb *v, void *ctx)
{
	struct search *s = ctx;
	int taken = words_of_path(v->path, s->words, s->n);

	if (taken > s->best) {
		s->best = taken;
		s->found = *v;
	}
}

bool
verb_find(char *const *words, int n, struct verb *out, int *taken, struct arena *a)
{
	struct search s = { .words = words, .n = n < PATH_WORDS ? n : PATH_WORDS };

	for (int i = 0; i < s.n; i++)
		if (words[i][0] == '-')
			s.n = i;
	verb_each(consider, &s, a);
	*out = s.found;
	*taken = s.best;
	return s.best > 0;
}

/* ---- nothing found -------------------------------------------------------------------------- */

struct nearest { const char *said, *path; int distance; };

static void
measure(const struct verb *v, void *ctx)
{
	struct nearest *n = ctx;
	int d = text_distance(v->path, n->said);

	if (d < n->distance) {
		n->distance = d;
		n->path = v->path;
	}
}

static int
not_a_verb(int argc, char **argv, struct arena *a)
{
	struct buf said = { 0 }, help = { 0 };
	struct error e = { 0 };

	for (int i = 0; i < argc && i < PATH_WORDS && argv[i][0] != '-'; i++)
		buf_printf(&said, "%s%s", i ? " " : "", argv[i]);
	group_help(buf_text(&said), &help, a);
	bool asks_help =
	    argc > 0 && (strcmp(argv[argc - 1], "--help") == 0 || strcmp(argv[argc - 1], "-h") == 0);
	if (help.len) {
		fputs(buf_text(&help), asks_help ? stdout : stderr);
		buf_free(&help);
		buf_free(&said);
		return asks_help ? 0 : 2;
	}
	struct nearest near = { .said = buf_text(&said), .distance = 8 };
	verb_each(measure, &near, a);
	error_set(&e, ERROR_INVALID, "verb.unknown", "There is no `bss %s`", buf_text(&said));
	if (near.path)
		error_hint(&e, "Did you mean `bss %s`?", near.path);
	else
		error_hint(&e, "bss --help lists what there is");
	buf_free(&said);
	return report_error(&e);
}

/* ---- one run -------------------------------------------------------------------------------- */

static bool
gate(const struct verb_run *run)
{
	if (!run->op->destructive || run->verb.ungated || run->allow_destructive || run->options.dry_run)
		return true;
	fprintf(stderr, "%s is gated behind --allow-destructive.\n", run->verb.path);
	return false;
}

static void
print_json(struct verb_run *run)
{
	char *text = cJSON_Print(run->result.json);

	buf_str(&run->out, text);
	buf_byte(&run->out, '\n');
	cJSON_free(text);
}

/* the line of a command that has none of its own: event, id, state */
static void
print_plain(struct verb_run *run)
{
	const struct call_result *r = &run->result;
	const char *state = member_text(run->arena, r->json, "state", NULL);

	if (!state)
		state = member_text(run->arena, r->json, "status", NULL);
	buf_printf(&run->out, "%s %s", r->event ? r->event : run->op->name, r->id ? r->id : "");
	if (state)
		buf_printf(&run->out, "  [%s]", state);
	buf_str(&run->out, r->repeat ? "  (repeated: nothing new happened)\n" : "\n");
}

static void
print_plan(struct verb_run *run)
{
	const cJSON *events = member(run->result.json, "events"), *e;

	buf_printf(&run->out, "dry run: %s would be accepted; nothing was changed\n", run->op->name);
	cJSON_ArrayForEach(e, events)
		buf_printf(&run->out, "  would record %s %s\n", member_text(run->arena, e, "event", "?"),
			member_text(run->arena, member(e, "payload"), "id", ""));
}

/* where a person looks, a clock that is not the wall's is shown; and "in 12 days" needs to know today */
void
verb_clock(struct verb_run *run, struct card_style *style)
{
	struct call_options o = { .timeout = SECOND, .patience = 1 };
	struct call_result r;
	struct error ignored;

	if (!run->terminal.tty || !client_call(run->client, "clock.now", NULL, &o, run->arena, &r, &ignored))
		return;
	const char *now = member_text(run->arena, r.json, "now", ""),
		   *mode = member_text(run->arena, r.json, "mode", "");
	const cJSON *moved = member(r.json, "offsetSeconds");
	bool frozen = strcmp(mode, "frozen") == 0;
	time_parse(now, &style->now);
	if (frozen || (cJSON_IsNumber(moved) && moved->valuedouble != 0))
		style->clock =
		    arena_printf(run->arena, "business clock %.16s %s", now, frozen ? "(frozen)" : "(moved)");
}

static bool
print_card(struct verb_run *run)
{
	struct card_style style = card_style_of(&run->terminal);

	verb_clock(run, &style);
	return card_render(run->op->name, run->result.json, &style, &run->out);
}

static void
print_result(struct verb_run *run)
{
	if (run->json)
		print_json(run);
	else if (run->options.dry_run && !run->op->is_query)
		print_plan(run);
	else if (run->verb.print)
		run->verb.print(run);
	else if (!run->op->is_query && !run->op->client)
		print_plain(run);
	else if (!print_card(run))
		print_json(run);
	if (run->result.unread)
		fprintf(stderr,
			"COMMITTED  at position %lld, but the read side did not answer; this is the event\n",
			(long long)run->result.position);
	if (run->result.accepted && !run->json)
		fprintf(stderr, "ACCEPTED  committed; the outcome had not come when the time was over\n");
}

static bool
run_verb(struct verb_run *run)
{
	struct client_as as = { .actor = "cli-user", .channel = "cli" };

	run->client = client_new(&as);
	if (run->verb.run && !run->options.dry_run)
		return run->verb.run(run);
	return client_call(run->client, run->op->name, run->args, &run->options, run->arena, &run->result,
			   &run->error);
}

static int
run_and_print(struct verb_run *run)
{
	int status = 0;

	if (!gate(run))
		return 2;
	if (run_verb(run))
		print_result(run);
	else
		status = report_error(&run->error);
	fwrite(buf_text(&run->out), 1, run->out.len, stdout);
	client_free(run->client);
	return status;
}

static int
with_verb(struct verb_run *run, int argc, char **argv)
{
	run->op = operation_named(run->verb.op);
	if (!run->op) {
		error_set(&run->error, ERROR_NOT_FOUND, "operation.unknown", "%s is not in this build",
			  run->verb.op);
		return report_error(&run->error);
	}
	if (!arguments_read(run, argc, argv))
		return report_error(&run->error);
	if (!run->help)
		return run_and_print(run);
	verb_help(&run->verb, run->op, &run->out, run->arena);
	fwrite(buf_text(&run->out), 1, run->out.len, stdout);
	return 0;
}

int
verb_main(int argc, char **argv)
{
	struct verb_run run = { .arena = arena_new(), .terminal = terminal_of(STDOUT_FILENO) };
	int taken, status;

	if (verb_find(argv, argc, &run.verb, &taken, run.arena))
		status = with_verb(&run, argc - taken, argv + taken);
	else
		status = not_a_verb(argc, argv, run.arena);
	if (fflush(stdout) != 0 && status == 0)
		status = 1;
	buf_free(&run.out);
	arena_free(run.arena);
	return status;
}
