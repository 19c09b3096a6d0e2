/* verb_help.c -- help that teaches: what it is for, what it takes, what comes of it, one line to copy. */
#include <string.h>
#include "cockpit/roles.h"
#include "cockpit/verb.h"
#include "core/base/text.h"
#include "core/commands/explain.h"
#include "schemas/registry.h"

#define MARGIN 34

static const char *
kind_word(const struct field *f)
{
	switch (f->kind) {
	case FIELD_ID: return "ID";
	case FIELD_INT: case FIELD_OPTINT: return "N";
	case FIELD_REAL: case FIELD_OPTREAL: return "0.5";
	case FIELD_BOOL: case FIELD_OPTBOOL: return "";
	case FIELD_TIME: return "TIME";
	case FIELD_DATE: return "DATE";
	case FIELD_DECIMAL: case FIELD_MONEY: return "25.00";
	case FIELD_JSON: return "JSON";
	case FIELD_TEXTS: return "A,B";
	case FIELD_LIST: return "k=v,k=v";
	default: return "TEXT";
	}
}

static const char *
upper_name(const struct field *f, struct arena *a)
{
	char *name = arena_strdup(a, f->name);

	for (char *p = name; *p; p++)
		*p = *p >= 'a' && *p <= 'z' ? (char)(*p - 'a' + 'A') : *p;
	return name;
}

static void
usage(const struct verb *v, const struct shape *op, struct buf *out, struct arena *a)
{
	buf_printf(out, "usage: bss %s", v->path);
	for (int target = 1; target >= 0; target--)
		FOR_EACH_FIELD(f, op)
			if (argument_is_positional(f) && f->target == target)
				buf_printf(out, f->required ? " %s" : " [%s]", upper_name(f, a));
	FOR_EACH_FIELD(f, op)
		if (f->required && !argument_is_positional(f))
			buf_printf(out, " %s %s", argument_flag(v, f, a), kind_word(f));
	buf_str(out, " [options]\n");
}

static void
row(struct buf *out, const char *left, const char *right)
{
	if (text_width(left) < MARGIN - 4)
		buf_printf(out, "  %-*s%s\n", MARGIN - 2, left, right);
	else
		buf_printf(out, "  %s\n%*s%s\n", left, MARGIN, "", right);
}

static void
argument(const struct verb *v, const struct field *f, struct buf *out, struct arena *a)
{
	const char *flag = argument_flag(v, f, a);
	const char *left = argument_is_positional(f) ? arena_printf(a, "%s, %s", upper_name(f, a), flag) :
		arena_printf(a, "%s %s", flag, kind_word(f));
	struct buf right = { 0 };

	buf_str(&right, f->text);
	if (f->choices) {
		buf_str(&right, " (one of ");
		for (const char *p = f->choices; *p; p++)
			buf_str(&right, *p == '|' ? ", " : (char[]){ *p, 0 });
		buf_byte(&right, ')');
	}
	if (f->fallback)
		buf_printf(&right, " [%s unless given]", f->fallback);
	if (f->required)
		buf_str(&right, " (required)");
	row(out, left, buf_text(&right));
	buf_free(&right);
}

static void
arguments(const struct verb *v, const struct shape *op, struct buf *out, struct arena *a)
{
	bool any = false;

	FOR_EACH_FIELD(f, op) {
		if (strcmp(f->name, "nothing_") == 0)
			continue;
		buf_str(out, any ? "" : "\narguments\n");
		any = true;
		argument(v, f, out, a);
	}
	for (const char *p = v->extras; p && *p; p += strcspn(p, " "), p += strspn(p, " ")) {
		const char *name = arena_strndup(a, p, strcspn(p, ": "));
		row(out, arena_printf(a, p[strlen(name)] == ':' ? "--%s TEXT" : "--%s", name),
		    "see the example");
	}
}

#define COMMON_HELP_(name, takes, help)  { name, help, takes },
static const struct { const char *name, *help; bool takes; } commons[] = { COMMON_FLAGS(COMMON_HELP_) };

static bool
applies(const struct shape *op, const char *name)
{
	if (strcmp(name, "as-of") == 0)
		return op->is_query;
	if (strcmp(name, "no-wait") == 0)
		return op->awaits != NULL;
	if (strcmp(name, "allow-destructive") == 0)
		return op->destructive;
	if (strcmp(name, "dry-run") == 0 || strcmp(name, "idempotency-key") == 0)
		return !op->is_query;
	return strcmp(name, "yes") != 0;
}

static void
options(const struct shape *op, struct buf *out, struct arena *a)
{
	buf_str(out, "\noptions\n");
	for (size_t i = 0; i < sizeof commons / sizeof commons[0]; i++)
		if (applies(op, commons[i].name))
			row(out, arena_printf(a, commons[i].takes ? "--%s VALUE" : "--%s", commons[i].name),
			    commons[i].help);
}

static void
rule_row(void *ctx, const char *rule, const char *text)
{
	buf_printf(ctx, "  %s\n      %s\n", rule, text);
}

static void
rules(const struct shape *op, struct buf *out)
{
	struct buf all = { 0 };

	each_policy(op, rule_row, &all);
	if (all.len)
		buf_printf(out, "\nrules\n%s", buf_text(&all));
	if (!op->is_query)
		buf_printf(out, "  bss explain %s says more\n", op->name);
	buf_free(&all);
}

static void
example(const struct verb *v, const struct shape *op, struct buf *out, struct arena *a)
{
	buf_printf(out, "\nexample\n  bss %s", v->path);
	if (v->example) {
		buf_printf(out, " %s\n", v->example);
		return;
	}
	FOR_EACH_FIELD(f, op) {
		size_t first = strcspn(f->text, ",; ");
		const char *value = f->choices ? arena_strndup(a, f->choices, strcspn(f->choices, "|")) :
			f->kind == FIELD_ID && first ? arena_strndup(a, f->text, first) : kind_word(f);
		if (f->required && argument_is_positional(f))
			buf_printf(out, " %s", value);
		else if (f->required)
			buf_printf(out, " %s %s", argument_flag(v, f, a), *value ? value : "true");
	}
	buf_byte(out, '\n');
}

void
verb_help(const struct verb *v, const struct shape *op, struct buf *out, struct arena *a)
{
	buf_printf(out, "%s\n", op->text);
	usage(v, op, out, a);
	arguments(v, op, out, a);
	options(op, out, a);
	if (op->awaits) {
		buf_str(out, "\noutcome\n  waits for ");
		for (const char *p = op->awaits; *p; p++)
			buf_str(out, *p == ' ' ? ", " : (char[]){ *p, 0 });
		buf_byte(out, '\n');
	}
	if (op->gated)
		buf_str(out, "\nneeds\n  BSS_ALLOW_ADMIN_RESET=true in the core's environment\n");
	rules(op, out);
	example(v, op, out, a);
}

/* ---- groups --------------------------------------------------------------------------------- */

struct listing { const char *group; struct buf *out; bool any, names_only; char last[64]; };

static void
list_leaf(const struct verb *v, void *ctx)
{
	struct listing *l = ctx;
	size_t n = strlen(l->group);
	const struct shape *op = operation_named(v->op);

	if (!op || strncmp(v->path, l->group, n) != 0 || v->path[n] != ' ')
		return;
	if (!l->any)
		buf_printf(l->out, "bss %s ...\n", l->group);
	l->any = true;
	row(l->out, v->path + n + 1, op->text);
}

void
group_help(const char *group, struct buf *out, struct arena *a)
{
	struct listing l = { .group = group, .out = out };

	if (!*group)
		return;
	verb_each(list_leaf, &l, a);
	if (l.any)
		buf_printf(out, "\nbss %s LEAF --help says more.\n", group);
}

static void
list_group(const struct verb *v, void *ctx)
{
	struct listing *l = ctx;
	size_t n = strcspn(v->path, " ");
	char word[64];

	snprintf(word, sizeof word, "%.*s", (int)(n < 60 ? n : 60), v->path);
	char mark[72];
	snprintf(mark, sizeof mark, " %s ", word);
	if (strstr(buf_text(l->out), mark))
		return;
	buf_printf(l->out, "%s ", word);
}

#define ROLE_HELP_(name, main_, help)  row(out, name, help);
void
program_help(struct buf *out)
{
	struct arena *a = arena_new();
	struct buf groups = { 0 };
	struct listing l = { .out = &groups };

	buf_str(out,
		"bss " BSS_VERSION
		": a prepaid mobile operator in one program\n\nusage: bss VERB ... | bss ROLE\n\nroles\n");
	ROLES(ROLE_HELP_)
	buf_str(out, "\nverbs (bss VERB --help lists what is below)\n ");
	buf_byte(&groups, ' ');
	verb_each(list_group, &l, a);
	buf_str(out, buf_text(&groups));
	buf_str(out, "\n\nlearning\n");
	row(out, "explain OPERATION",
	    "states, rules, arguments and events of an operation, and where it is written");
	row(out, "graph AGGREGATE [--dot]", "its state diagram");
	row(out, "schema OPERATION|EVENT", "JSON Schema");
	row(out, "completion bash", "completion for the shell: eval \"$(bss completion bash)\"");
	row(out, "--help-config", "every environment variable");
	row(out, "--version", "the version");
	buf_free(&groups);
	arena_free(a);
}
