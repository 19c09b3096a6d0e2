/* scenario_main.c -- bss scenario run, run-all, validate, list.
 *
 * Exit status: 0 all passed, 1 one failed, 2 a file that is no scenario or a wrong command line: a script
 * must tell a broken story from a broken system. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cockpit/card.h"
#include "cockpit/scenario_cards.h"
#include "cockpit/scenario_inner.h"
#include "cockpit/terminal.h"

#define FOLDER "scenarios"
#define REASON_WIDE 60

struct wishes {
	struct scenario_options options;
	bool json, via_llm, cards;
	const char *tag;
	const char **paths;
	int n;
};

/* ---- the command line --------------------------------------------------------------------------- */

static int
usage(const char *what)
{
	if (what)
		fprintf(stderr, "bss scenario: %s\n", what);
	fputs("usage: bss scenario run FILE [--cards] [--no-llm] [--json]\n"
	      "       bss scenario run-all [DIR] [--tag TAG] [--no-llm] [--json]\n"
	      "       bss scenario validate FILE...\n"
	      "       bss scenario list [DIR]\n"
	      "  --cards   each step as it happens, and what it made as a card\n"
	      "  --tag     only the stories that have this tag\n"
	      "  --no-llm  a step that asks a language model fails\n", what ? stderr : stdout);
	return what ? 2 : 0;
}

static const char *
read_flag(struct wishes *w, int argc, char **argv, int *i)
{
	const char *flag = argv[*i];

	if (strcmp(flag, "--no-llm") == 0)
		w->options.no_llm = true;
	else if (strcmp(flag, "--via-llm") == 0)
		w->via_llm = true;
	else if (strcmp(flag, "--json") == 0)
		w->json = true;
	else if (strcmp(flag, "--cards") == 0)
		w->cards = true;
	else if (strcmp(flag, "--tag") == 0 && *i + 1 < argc)
		w->tag = argv[++*i];
	else
		return strcmp(flag, "--tag") == 0 ? "--tag needs a tag" : "no such option";
	return NULL;
}

/* NULL, or what is wrong */
static const char *
read_wishes(struct wishes *w, struct arena *a, int argc, char **argv)
{
	w->paths = arena_array(a, const char *, argc + 1);
	for (int i = 2; i < argc; i++) {
		const char *wrong = NULL;
		if (argv[i][0] == '-' && argv[i][1])
			wrong = read_flag(w, argc, argv, &i);
		else
			w->paths[w->n++] = argv[i];
		if (wrong)
			return arena_printf(a, "%s: %s", argv[i], wrong);
	}
	if (w->json && w->cards)
		return "--json and --cards exclude each other";
	return w->options.no_llm && w->via_llm ? "--no-llm and --via-llm exclude each other" : NULL;
}

/* what a terminal without these characters cannot show is replaced, what a program reads is not */
static void
put(struct buf *text)
{
	struct terminal t = terminal_of(STDOUT_FILENO);
	struct buf plain = { 0 };

	if (t.tty && t.ascii)
		text_to_ascii(buf_text(text), &plain);
	fputs(buf_text(t.tty && t.ascii ? &plain : text), stdout);
	fflush(stdout);
	buf_free(&plain);
	buf_free(text);
}

/* ---- files of a folder -------------------------------------------------------------------------- */

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool
ends_in(const char *name, const char *ending)
{
	size_t n = strlen(name), m = strlen(ending);

	return n > m && strcmp(name + n - m, ending) == 0 && name[0] != '.';
}

static int
add_files(const char *dir, const char *ending, struct arena *a, const char **paths, int n, int room)
{
	DIR *d = opendir(dir);
	int first = n;

	for (struct dirent *e; d && n < room && (e = readdir(d));)
		if (ends_in(e->d_name, ending))
			paths[n++] = arena_printf(a, "%s/%s", dir, e->d_name);
	if (d)
		closedir(d);
	qsort(paths + first, (size_t)(n - first), sizeof *paths, by_name);
	return n;
}

/* *.yaml, then *.yml, each sorted; -1: not a folder */
static int
folder_files(const char *dir, struct arena *a, const char ***out)
{
	DIR *d = opendir(dir);
	int room = 0;

	if (!d)
		return -1;
	while (readdir(d))
		room++;
	closedir(d);
	*out = arena_array(a, const char *, room + 1);
	int n = add_files(dir, ".yaml", a, *out, 0, room);
	return add_files(dir, ".yml", a, *out, n, room);
}

static int
not_a_folder(const char *dir)
{
	fprintf(stderr, "bss scenario: %s is not a folder\n", dir);
	return 2;
}

/* ---- validate and list -------------------------------------------------------------------------- */

static int
validate(struct arena *a, const struct wishes *w, const struct scenario_host *host)
{
	int bad = 0;

	if (w->n == 0)
		return usage("validate needs a file");
	for (int i = 0; i < w->n; i++) {
		struct scenario s;
		struct error err = { 0 };
		struct buf line = { 0 };
		bool ok = scenario_load(a, w->paths[i], host, &s, &err);
		if (ok)
			buf_printf(&line, "✓ %s — %s (%d step%s)\n", w->paths[i], s.name, s.n, s.n == 1 ? "" : "s");
		else
			buf_printf(&line, "✗ %s\n  %s\n", w->paths[i], err.message);
		put(&line);
		bad += !ok;
	}
	return bad ? 1 : 0;
}

static void
list_one(struct arena *a, const char *path, const struct scenario_host *host)
{
	const char *file = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	struct scenario s;
	struct error err = { 0 };
	struct buf tags = { 0 }, line = { 0 };

	if (!scenario_load(a, path, host, &s, &err)) {
		const char *why = strncmp(err.message, path, strlen(path)) == 0 ?
			err.message + strlen(path) + 1 : err.message;
		printf("%-44s  INVALID  %.*s\n", file, REASON_WIDE, why);
		return;
	}
	for (const struct value *t = s.tags ? s.tags->first : NULL; t; t = t->next)
		buf_printf(&tags, "%s%s", tags.len ? ", " : "", t->text);
	/* the dash takes three bytes and one column */
	buf_printf(&line, "%-44s  %-44s  %-*s  %5d\n", file, s.name, tags.len ? 20 : 22,
		tags.len ? buf_text(&tags) : "—", s.n);
	put(&line);
	buf_free(&tags);
}

static int
list(struct arena *a, const struct wishes *w, const struct scenario_host *host)
{
	const char *dir = w->n ? w->paths[0] : FOLDER, **paths;
	int n = folder_files(dir, a, &paths);

	if (n < 0)
		return not_a_folder(dir);
	printf("%-44s  %-44s  %-20s  %5s\n", "file", "name", "tags", "steps");
	for (int i = 0; i < n; i++)
		list_one(a, paths[i], host);
	return 0;
}

/* ---- run ---------------------------------------------------------------------------------------- */

static void
print_report(const struct scenario_report *r, const struct wishes *w, const struct scenario_host *host)
{
	struct buf text = { 0 };

	if (w->json)
		scenario_report_json(r, &text);
	else if (w->cards)
		scenario_report_end(r, &text);
	else
		scenario_report_text(r, &text);
	if (host->progress)
		fputs("\r\033[K", stderr);
	put(&text);
}

/* the line that says what is under way gives way to what came of it */
static void
told(void *listener, int step, int of, const struct step_report *r)
{
	struct scenario_cards *cards = listener;

	if (cards->host->progress)
		fputs("\r\033[K", stderr);
	scenario_cards_told(listener, step, of, r);
}

static int
invalid(const struct error *err)
{
	fprintf(stderr, "bss scenario: %s\n", err->message);
	return 2;
}

static int
run_one(struct arena *a, const struct wishes *w, const struct scenario_host *host)
{
	struct scenario s;
	struct scenario_report r;
	struct scenario_cards cards = { .host = host, .terminal = terminal_of(STDOUT_FILENO) };
	struct scenario_options options = w->options;
	struct error err = { 0 };

	if (w->n != 1)
		return usage("run needs one file");
	if (!scenario_load(a, w->paths[0], host, &s, &err))
		return invalid(&err);
	options.told = w->cards ? told : NULL;
	options.listener = &cards;
	scenario_run(a, &s, &options, host, &r);
	print_report(&r, w, host);
	buf_free(&cards.before);
	return r.ok ? 0 : 1;
}

static void
print_summary(const struct scenario_report *const *reports, int n, const struct wishes *w)
{
	struct buf text = { 0 };

	if (w->json)
		return;
	scenario_report_summary(reports, n, &text);
	put(&text);
}

static int
run_stories(struct arena *a, const struct scenario *stories, int n, const struct wishes *w,
	const struct scenario_host *host)
{
	const struct scenario_report **reports = arena_array(a, const struct scenario_report *, n + 1);
	int done = 0;
	bool ok = true;

	for (; done < n && !(done && host->stopped(host->self)); done++) {
		struct scenario_report *r = arena_new_of(a, struct scenario_report);
		scenario_run(a, &stories[done], &w->options, host, r);
		print_report(r, w, host);
		reports[done] = r;
		ok &= r->ok;
	}
	print_summary(reports, done, w);
	return ok && done == n ? 0 : 1;
}

/* all files are read before the first story runs: a file that is none must not be found half way */
static int
run_all(struct arena *a, const struct wishes *w, const struct scenario_host *host)
{
	const char *dir = w->n ? w->paths[0] : FOLDER, **paths;
	int found = folder_files(dir, a, &paths), n = 0;

	if (found < 0)
		return not_a_folder(dir);
	struct scenario *stories = arena_array(a, struct scenario, found + 1);
	for (int i = 0; i < found; i++) {
		struct error err = { 0 };
		if (!scenario_load(a, paths[i], host, &stories[n], &err))
			return invalid(&err);
		n += scenario_tagged(&stories[n], w->tag);
	}
	if (n == 0) {
		fprintf(stderr, "bss scenario: no scenario in %s%s%s\n", dir, w->tag ? " has the tag " : "",
			w->tag ? w->tag : "");
		return 0;
	}
	return run_stories(a, stories, n, w, host);
}

/* ---- the verbs ---------------------------------------------------------------------------------- */

static const struct { const char *name; int (*run)(struct arena *, const struct wishes *,
	const struct scenario_host *); }
	verbs[] = { { "run", run_one }, { "run-all", run_all }, { "validate", validate }, { "list", list } };

int
scenario_main(int argc, char **argv)
{
	struct wishes w = { 0 };
	int status = -1;

	if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
		return usage(argc < 2 ? "what to do with it?" : NULL);
	struct arena *a = arena_new();
	const char *wrong = read_wishes(&w, a, argc, argv);
	for (size_t i = 0; !wrong && i < sizeof verbs / sizeof verbs[0]; i++)
		if (strcmp(verbs[i].name, argv[1]) == 0) {
			struct scenario_host host = scenario_host_new();
			status = verbs[i].run(a, &w, &host);
			scenario_host_free(&host);
		}
	if (status < 0)
		status = usage(wrong ? wrong : arena_printf(a, "there is no `%s`", argv[1]));
	arena_free(a);
	return status;
}
