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
		struct verb v = { .path = verb_path_of(*s, a), .op = (*s)->name, .plain = true };
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

/* "catalog.list_vas", as rules and hints name it */
static const char *
dotted(const char *word, struct arena *a)
{
	const struct shape *op = strchr(word, '.') ? operation_named(word) : NULL;

	return op && !op->internal && !op->effect_only ? verb_path_of(op, a) : NULL;
}

bool
verb_find(char *const *words, int n, struct verb *out, int *taken, struct arena *a)
{
	struct search s = { .words = words, .n = n < PATH_WORDS ? n : PATH_WORDS };

	for (int i = 0; i < s.n; i++)
		if (words[i][0] == '-')
			s.n = i;
	registry_start();
	const char *path = s.n > 0 ? dotted(words[0], a) : NULL;
	if (path) {
		*out = (struct verb){ .path = path, .op = operation_named(words[0])->name, .plain = true };
		*taken = 1;
		return true;
	}
	verb_each(consider, &s, a);
	*out = s.found;
	*taken = s.best;
	return s.best > 0;
}

/* ---- nothing found -------------------------------------------------------------------------- */

struct nearest { const char *said; int words, distance; const char *path; struct arena *arena; };

/* as many words of the path as were said: "custmer" is compared with "customer" */
static void
measure_path(struct nearest *n, const char *path)
{
	const char *end = path;

	for (int i = 0; i < n->words && *end; i++)
		end += strcspn(end, " ") + (i + 1 < n->words && end[strcspn(end, " ")]);
	const char *head = arena_strndup(n->arena, path, (size_t)(end - path));
	int d = text_distance(head, n->said);
	if (d < n->distance) {
		n->distance = d;
		n->path = head;
	}
}

static void
measure(const struct verb *v, void *ctx)
{
	measure_path(ctx, v->path);
}

static int
unknown_verb(const char *said, bool json, struct arena *a)
{
	/* what shares nothing with it is no help */
	struct nearest near = { .said = said, .words = 1, .distance = (int)(strlen(said) + 2) / 3 + 1, .arena = a };
	struct error e = { 0 };
	struct verb_run none = { .json = json };

	for (const char *p = said; *p; p++)
		near.words += *p == ' ';
	verb_each(measure, &near, a);
	for (const struct word *w = verb_words; w->path; w++)
		measure_path(&near, w->path);
	error_set(&e, ERROR_INVALID, "verb.unknown", "There is no `bss %s`", said);
	if (near.path)
		error_hint(&e, "Did you mean `bss %s`?", near.path);
	else
		error_hint(&e, "bss --help lists what there is");
	return report_refusal(&none, &e);
}

static bool
says_json(int argc, char **argv)
{
	for (int i = 0; i < argc; i++)
		if (strcmp(argv[i], "--json") == 0)
			return true;
	return false;
}

static int
not_a_verb(int argc, char **argv, struct arena *a)
{
	struct buf said = { 0 }, help = { 0 };
	bool asked = asks_help(argc, argv);
	int status = 2;

	for (int i = 0; i < argc && i < PATH_WORDS && argv[i][0] != '-'; i++)
		buf_printf(&said, "%s%s", i ? " " : "", argv[i]);
	group_help(buf_text(&said), &help, a);
	if (help.len) {
		fputs(buf_text(&help), asked ? stdout : stderr);
		status = asked ? 0 : 2;
	} else {
		status = unknown_verb(said.len ? buf_text(&said) : argv[0], says_json(argc, argv), a);
	}
	buf_free(&help);
	buf_free(&said);
	return status;
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

/* as it was answered, unless the verb has added to it */
static void
print_json(struct verb_run *run)
{
	bool as_is = run->result.text && !run->verb.run;

	json_pretty(as_is ? run->result.text : json_print(run->arena, run->result.json), &run->out);
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

/* what is past must not look like the present */
struct card_style
verb_style(struct verb_run *run)
{
	struct card_style style = card_style_of(&run->terminal);

	const char *as_of = run->options.as_of;

	if (as_of)
		style.clock = arena_printf(run->arena, "as of %s%s", as_of[strspn(as_of, "0123456789")] ? "" : "position ",
			terminal_clean(run->arena, as_of));
	else
		verb_clock(run, &style);
	return style;
}

static bool
print_card(struct verb_run *run)
{
	struct card_style style = verb_style(run);

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
	if (run->verb.run && !run->options.dry_run)
		return run->verb.run(run);
	return client_call(run->client, run->op->name, run->args, &run->options, run->arena, &run->result,
			   &run->error);
}

/* lines of people's own words may go through a terminal that has no such characters */
static void
put_out(struct verb_run *run)
{
	struct buf plain = { 0 };

	if (run->terminal.tty && run->terminal.ascii && !run->json)
		text_to_ascii(buf_text(&run->out), &plain);
	fwrite(plain.len ? buf_text(&plain) : buf_text(&run->out), 1, plain.len ? plain.len : run->out.len, stdout);
	fflush(stdout);
	buf_free(&plain);
}

static int
run_and_print(struct verb_run *run)
{
	struct client_as as = { .actor = "cli-user", .channel = "cli" };

	if (!gate(run))
		return 2;
	run->client = client_new(&as);
	bool ok = run_verb(run);
	if (ok && !run->told)
		print_result(run);
	put_out(run);
	client_free(run->client);
	return ok ? run->status : report_refusal(run, &run->error);
}

static int
with_verb(struct verb_run *run, int argc, char **argv)
{
	run->op = operation_named(run->verb.op);
	if (!run->op) {
		error_set(&run->error, ERROR_NOT_FOUND, "operation.unknown", "%s is not in this build",
			  run->verb.op);
		return report_refusal(run, &run->error);
	}
	if (!arguments_read(run, argc, argv))
		return report_refusal(run, &run->error);
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
	buf_free(&run.out);
	arena_free(run.arena);
	return status;
}

/* ---- for others ------------------------------------------------------------------------------ */

static int
words_of(const char *path, char **words, int most, struct arena *a)
{
	int n = 0;

	for (const char *p = path; *p && n < most; p += strcspn(p, " "), p += strspn(p, " "))
		words[n++] = arena_strndup(a, p, strcspn(p, " "));
	return n;
}

bool
verb_show(struct client *client, const char *path, const char *id, const struct terminal *terminal, struct buf *out)
{
	struct verb_run run = { .arena = arena_new(), .terminal = *terminal, .client = client };
	char *words[PATH_WORDS], *arguments[] = { arena_strdup(run.arena, id) };
	int taken, n = words_of(path, words, PATH_WORDS, run.arena);
	bool ok = verb_find(words, n, &run.verb, &taken, run.arena);

	run.op = ok ? operation_named(run.verb.op) : NULL;
	ok = run.op && arguments_read(&run, 1, arguments) && run_verb(&run);
	if (ok) {
		print_result(&run);
		buf_add(out, buf_text(&run.out), run.out.len);
	}
	buf_free(&run.out);
	arena_free(run.arena);
	return ok;
}
