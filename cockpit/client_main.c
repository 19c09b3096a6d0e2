/* client_main.c -- the command line: everything that is not a role. */
#include <stdio.h>
#include <string.h>
#include "core/base/roles.h"
#include "cockpit/seed.h"
#include "cockpit/verb.h"
#include "core/base/config.h"
#include "core/base/crypt.h"
#include "core/base/log.h"
#include "core/bus/bus.h"
#include "schemas/registry.h"

int scenario_main(int argc, char **argv) __attribute__((weak));

static int run_words(int argc, char **argv);

/* help, or `help order create` */
static int
help_main(int argc, char **argv)
{
	struct buf out = { 0 };
	char *words[8] = { NULL };
	int n = 0;

	while (argc > 1 && n + 1 < argc && n < 6)
		words[n] = argv[n + 1], n++;
	words[n] = "--help";
	if (n > 0 && strcmp(argv[0], "help") == 0)
		return run_words(n + 1, words);
	program_help(&out);
	fputs(buf_text(&out), stdout);
	buf_free(&out);
	return 0;
}

static int
version_main(int argc, char **argv)
{
	(void)argc, (void)argv;
	return puts("bss " BSS_VERSION) < 0;
}

static int
config_main(int argc, char **argv)
{
	struct buf out = { 0 };

	config_help(&out, argc > 1 && strcmp(argv[1], "--markdown") == 0);
	fputs(buf_text(&out), stdout);
	buf_free(&out);
	return 0;
}

/* words that need no operation; a scenario is a program of its own */
static const struct { const char *name; int (*run)(int, char **); } words[] = {
	{ "--help", help_main }, { "-h", help_main }, { "help", help_main }, { "--version", version_main },
	{ "--help-config", config_main }, { "explain", explain_main }, { "graph", graph_main },
	{ "schema", schema_main }, { "completion", completion_main }, { "scenario", scenario_main },
};

const struct word verb_words[] = {
	{ "scenario run", "FILE [--cards] [--no-llm] [--json]", "play one story; --cards shows what each step made" },
	{ "scenario run-all", "[DIR] [--tag TAG] [--no-llm] [--json]", "play every story of a folder" },
	{ "scenario validate", "FILE...", "is it a story?  Nothing runs" },
	{ "scenario list", "[DIR]", "the stories of a folder" },
	{ "admin seed", "[--if-empty]",
		"plans, top-ups, 1000 numbers and eSIMs, agents, fault rules; twice makes nothing twice" },
	{ "explain", "OPERATION", "states, rules, arguments and events of an operation, and where it is written" },
	{ "graph", "AGGREGATE [--dot]", "its state diagram" },
	{ "schema", "[OPERATION|EVENT]", "its JSON Schema; without a name all names" },
	{ "completion", "bash", "completion for the shell: eval \"$(bss completion bash)\"" },
	{ 0 },
};

/* "scenario run" of `scenario run --help` */
static const struct word *
word_said(int argc, char **argv)
{
	char said[128];

	for (const struct word *w = verb_words; w->path; w++) {
		snprintf(said, sizeof said, "%s%s%s", argv[0], strchr(w->path, ' ') ? " " : "",
			 strchr(w->path, ' ') && argc > 1 ? argv[1] : "");
		if (strcmp(said, w->path) == 0)
			return w;
	}
	return NULL;
}

static int
word_help(const struct word *w)
{
	printf("%s\n\nusage: bss %s %s\n", w->help, w->path, w->usage);
	return 0;
}

static int
run_words(int argc, char **argv)
{
	const struct word *word = word_said(argc, argv);

	if (word && asks_help(argc - 1, argv + 1))
		return word_help(word);
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (strcmp(argv[0], words[i].name) == 0)
			return words[i].run ? words[i].run(argc, argv)
					    : (fprintf(stderr, "not in this build\n"), 1);
	if (argc > 1 && strcmp(argv[0], "admin") == 0 && strcmp(argv[1], "seed") == 0)
		return seed_main(argc - 1, argv + 1);
	return verb_main(argc, argv);
}

int
client_main(int argc, char **argv)
{
	struct error err = { 0 };

	log_start("bss-cli", LOG_WARN);
	crypt_start();
	config_find_file();
	if (!config_load(&err))
		return report_error(&err);
	registry_start();
	int status = argc < 2 ? help_main(argc, argv) : run_words(argc - 1, argv + 1);
	bus_stop();
	/* what was done is done, but who asked has not got the answer */
	if ((fflush(stdout) != 0 || ferror(stdout)) && status == 0) {
		fprintf(stderr, "The answer could not be written: is the disk full, or the output closed?\n");
		status = 1;
	}
	return status;
}
