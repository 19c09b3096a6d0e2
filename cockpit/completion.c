/* completion.c -- what may come next on a command line, for the shell: from the same rows as everything else.
 *
 * The shell asks with the words before the one being typed and picks those that begin as it does. */
#include <string.h>
#include "core/base/roles.h"
#include "cockpit/verb.h"
#include "schemas/registry.h"

struct completion { struct buf said, out; struct arena *arena; };

/* each word once */
static void
say(struct completion *c, const char *word, size_t n)
{
	const char *line = arena_printf(c->arena, "\n%.*s\n", (int)n, word);

	if (!c->out.len)
		buf_byte(&c->out, '\n');
	if (!strstr(buf_text(&c->out), line))
		buf_str(&c->out, line + 1);
}

/* the next word of a path that begins with what was said */
static void
path_word(struct completion *c, const char *path)
{
	if (strncmp(path, buf_text(&c->said), c->said.len) == 0)
		say(c, path + c->said.len, strcspn(path + c->said.len, " "));
}

static void
verb_path(const struct verb *v, void *ctx)
{
	path_word(ctx, v->path);
}

#define ROLE_PATH_(name, main_, usage, help)  path_word(c, name);
static void
paths(struct completion *c)
{
	verb_each(verb_path, c, c->arena);
	for (const struct word *w = verb_words; w->path; w++)
		path_word(c, w->path);
	ROLES(ROLE_PATH_)
}

static void
choices_of(struct completion *c, const struct field *f)
{
	for (const char *p = f->choices; p && *p; p += strcspn(p, "|"), p += *p == '|')
		say(c, p, strcspn(p, "|"));
}

/* what a flag may be given: "available|assigned"; false: anything */
static bool
choices(struct completion *c, const struct verb *v, const struct shape *op, const char *flag)
{
	FOR_EACH_FIELD(f, op)
		if (f->choices && strcmp(argument_flag(v, f, c->arena), flag) == 0) {
			choices_of(c, f);
			return true;
		}
	return false;
}

static void
flag_word(struct completion *c, const char *flag)
{
	say(c, flag, strlen(flag));
}

#define COMMON_WORD_(name, takes, help)  flag_word(c, "--" name);
static void
flags(struct completion *c, const struct verb *v, const struct shape *op)
{
	FOR_EACH_FIELD(f, op)
		if (argument_is_positional(f))
			choices_of(c, f);
		else if (strcmp(f->name, "nothing_") != 0)
			flag_word(c, argument_flag(v, f, c->arena));
	for (const struct own_flag *f = v->extras; f && f->name; f++)
		flag_word(c, arena_printf(c->arena, "--%s", f->name));
	COMMON_FLAGS(COMMON_WORD_)
}

/* explain, schema and graph take names of things */
static bool
names(struct completion *c, const char *word)
{
	bool schema = strcmp(word, "schema") == 0, graph = strcmp(word, "graph") == 0;

	if (!schema && !graph && strcmp(word, "explain") != 0)
		return false;
	for (int i = 0; graph && i < AGGREGATE_COUNT; i++)
		flag_word(c, aggregate_name(i));
	for (const struct shape *const *s = operation_shapes; !graph && *s; s++)
		flag_word(c, (*s)->name);
	for (const struct shape *const *s = event_shapes; schema && *s; s++)
		flag_word(c, (*s)->name);
	return true;
}

static int
complete(int argc, char **argv)
{
	struct completion c = { .arena = arena_new() };
	struct verb v;
	int taken;

	registry_start();
	for (int i = 0; i < argc; i++)
		buf_printf(&c.said, "%s ", argv[i]);
	const struct shape *op = argc > 0 && verb_find(argv, argc, &v, &taken, c.arena) ? operation_named(v.op) : NULL;
	if (!(op && choices(&c, &v, op, argv[argc - 1])) && !(argc == 1 && names(&c, argv[0]))) {
		paths(&c);
		if (op)
			flags(&c, &v, op);
	}
	fputs(buf_text(&c.out) + (c.out.len > 0), stdout);
	buf_free(&c.said);
	buf_free(&c.out);
	arena_free(c.arena);
	return 0;
}

/* the program that is being typed answers: ./build/bss completes itself too */
static const char bash_completion[] =
	"_bss() {\n"
	"\tlocal cur=${COMP_WORDS[COMP_CWORD]} bss=${COMP_WORDS[0]/#\\~/$HOME} IFS=$'\\n'\n"
	"\tCOMPREPLY=($(compgen -W \"$(\"$bss\" completion words \"${COMP_WORDS[@]:1:COMP_CWORD-1}\" 2>/dev/null)\" -- \"$cur\"))\n"
	"}\n"
	"complete -o default -F _bss bss\n";

int
completion_main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "words") == 0)
		return complete(argc - 2, argv + 2);
	if (argc != 2 || strcmp(argv[1], "bash") != 0) {
		fprintf(stderr, "usage: bss completion bash\n");
		return 2;
	}
	return fputs(bash_completion, stdout) < 0;
}
