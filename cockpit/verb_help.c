/* verb_help.c -- help that teaches: what it is for, what it takes, what comes of it, one line to copy. */
#include <string.h>
#include "core/base/roles.h"
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

static void
usage(const struct verb *v, const struct shape *op, struct buf *out, struct arena *a)
{
	buf_printf(out, "usage: bss %s", v->path);
	for (int target = 1; target >= 0; target--)
		FOR_EACH_FIELD(f, op)
			if (argument_is_positional(f) && f->target == target)
				buf_printf(out, f->required ? " %s" : " [%s]", argument_word(f, a));
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
	const char *left = argument_is_positional(f) ? arena_printf(a, "%s, %s", argument_word(f, a), flag) :
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

/* the verb reads this one in its own words (--quantity 2gb) */
static bool
replaced(const struct verb *v, const struct field *field, struct arena *a)
{
	for (const struct own_flag *f = v->extras; f && f->name; f++)
		if (strcmp(argument_flag(v, field, a) + 2, f->name) == 0)
			return true;
	return false;
}

static void
arguments(const struct verb *v, const struct shape *op, struct buf *out, struct arena *a)
{
	bool any = false;

	FOR_EACH_FIELD(f, op) {
		if (strcmp(f->name, "nothing_") == 0 || replaced(v, f, a))
			continue;
		buf_str(out, any ? "" : "\narguments\n");
		any = true;
		argument(v, f, out, a);
	}
	for (const struct own_flag *f = v->extras; f && f->name; f++)
		row(out, arena_printf(a, "--%s%s%s", f->name, f->takes ? " " : "", f->takes ? f->takes : ""), f->help);
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
	buf_printf(out, "%s\n\n", v->help ? v->help : op->text);
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

struct listing { const char *group; struct buf *out; bool any, plain; };

/* the words behind the group; NULL: not in it */
static const char *
below(const char *path, const char *group)
{
	size_t n = strlen(group);

	return strncmp(path, group, n) == 0 && path[n] == ' ' ? path + n + 1 : NULL;
}

static void
list_row(struct listing *l, const char *leaf, const char *help)
{
	if (!l->any)
		buf_printf(l->out, "bss %s ...\n", l->group);
	l->any = true;
	row(l->out, leaf, help);
}

static void
list_leaf(const struct verb *v, void *ctx)
{
	struct listing *l = ctx;
	const struct shape *op = operation_named(v->op);
	const char *leaf = below(v->path, l->group);

	if (!op || !leaf)
		return;
	if (v->plain && !l->plain && l->any)
		buf_str(l->out, "and every operation by its own name\n");
	l->plain = v->plain;
	list_row(l, leaf, v->help ? v->help : op->text);
}

void
group_help(const char *group, struct buf *out, struct arena *a)
{
	struct listing l = { .group = group, .out = out };

	if (!*group)
		return;
	for (const struct word *w = verb_words; w->path; w++)
		if (below(w->path, group))
			list_row(&l, below(w->path, group), w->help);
	verb_each(list_leaf, &l, a);
	if (l.any)
		buf_printf(out, "\nbss %s LEAF --help says more.\n", group);
}

/* what is said of a group in the whole program's help; those that are not here are listed by name */
static const struct { const char *name, *help; } groups[] = {
	{ "customer", "sign up, identity, contacts; everything about one customer" },
	{ "order", "order a plan; what became of it, down to the network" },
	{ "subscription", "lines: what is left, top-ups, renewal, the end" },
	{ "catalog", "plans, prices and top-ups" },
	{ "payment", "cards on file, charges" },
	{ "usage", "what was used, rated and debited" },
	{ "prov", "network tasks, stuck ones, faults on purpose" },
	{ "som", "service orders and services" },
	{ "inventory", "numbers and eSIMs" },
	{ "interaction", "what was said with a customer" },
	{ "clock", "business time" },
	{ "log", "the event log: show, tail, verify" },
	{ "why", "the events behind what a card shows" },
	{ "scenario", "stories that the system plays" },
	{ "admin", "seed, reset, catalog, the core's status" },
};
#define GROUPS (sizeof groups / sizeof groups[0])

static void
list_group(const struct verb *v, void *ctx)
{
	struct buf *others = ctx;
	char mark[72];
	size_t n = strcspn(v->path, " ");

	for (size_t i = 0; i < GROUPS; i++)
		if (strlen(groups[i].name) == n && strncmp(groups[i].name, v->path, n) == 0)
			return;
	snprintf(mark, sizeof mark, " %.*s", (int)(n < 60 ? n : 60), v->path);
	if (!strstr(buf_text(others), mark))
		buf_str(others, mark);
}

#define ROLE_HELP_(name, main_, usage_, help)  row(out, name, help);
void
program_help(struct buf *out)
{
	struct arena *a = arena_new();
	struct buf others = { 0 };

	buf_str(out,
		"bss " BSS_VERSION
		": a prepaid mobile operator in one program\n\nusage: bss VERB ... | bss ROLE\n\n"
		"verbs (bss VERB --help lists what is below)\n");
	for (size_t i = 0; i < GROUPS; i++)
		row(out, groups[i].name, groups[i].help);
	verb_each(list_group, &others, a);
	row(out, "by operation", buf_text(&others) + 1);
	buf_str(out, "\nroles\n");
	ROLES(ROLE_HELP_)
	buf_str(out, "\nlearning\n");
	for (const struct word *w = verb_words; w->path; w++)
		if (!strchr(w->path, ' '))
			row(out, arena_printf(a, "%s %s", w->path, w->usage), w->help);
	row(out, "--help-config", "every environment variable");
	row(out, "--version", "the version");
	buf_free(&others);
	arena_free(a);
}

bool
asks_help(int argc, char *const *argv)
{
	for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
			return true;
	return false;
}
