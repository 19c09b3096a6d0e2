/* arguments.c -- from argv to the arguments of an operation, by its row.
 *
 * Nobody should have to run a command five times to learn five mistakes: reading goes on after the first one,
 * and all that is unknown, missing or of the wrong kind is said in one go.  Values become JSON and pass
 * through the same reader as everything else, so a flag is judged in the same words as a TMF body. */
#include "cockpit/verb.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include "core/base/clock.h"
#include "core/base/codec.h"
#include "core/base/json.h"
#include "core/base/text.h"

struct reader {
	struct verb_run *run;
	struct buf problems;
	int n_problems, n_positionals;
	const char *positionals[64];
};

static void __attribute__((format(printf, 2, 3)))
problem(struct reader *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_str(&r->problems, r->n_problems++ ? "; " : "");
	buf_str(&r->problems, arena_vprintf(r->run->arena, fmt, ap));
	va_end(ap);
}

/* ---- which field a flag means --------------------------------------------------------------- */

/* the word before '=' of the blank-separated list that maps to `to`, or the one after it for `from` */
static const char *
renamed(const char *list, const char *from, struct arena *a)
{
	size_t n = strlen(from);

	for (const char *p = list; p && *p; p += strcspn(p, " "), p += strspn(p, " "))
		if (strncmp(p, from, n) == 0 && p[n] == '=')
			return arena_strndup(a, p + n + 1, strcspn(p + n + 1, " "));
	return NULL;
}

static const char *
renamed_back(const char *list, const char *field, struct arena *a)
{
	for (const char *p = list; p && *p; p += strcspn(p, " "), p += strspn(p, " ")) {
		size_t n = strcspn(p, "="), whole = strcspn(p, " ");
		if (n < whole && strlen(field) == whole - n - 1 &&
		    strncmp(p + n + 1, field, whole - n - 1) == 0)
			return arena_strndup(a, p, n);
	}
	return NULL;
}

/* customer_id -> customer, msisdn_preference -> msisdn: what people type */
static bool
short_of(const char *field, const char *said)
{
	static const char *const tails[] = { "_id", "_offering_id", "_preference", "_number", NULL };
	size_t n = strlen(said), whole = strlen(field);

	for (const char *const *t = tails; *t; t++)
		if (whole == n + strlen(*t) && strncmp(field, said, n) == 0 && strcmp(field + n, *t) == 0)
			return true;
	return false;
}

static char *
swap_chars(struct arena *a, const char *s, char from, char to)
{
	char *out = arena_strdup(a, s);

	for (char *p = out; *p; p++)
		*p = *p == from ? to : *p;
	return out;
}

static const struct field *
field_of_flag(struct verb_run *run, const char *flag)
{
	const char *name = swap_chars(run->arena, flag, '-', '_'),
		   *other = renamed(run->verb.renames, flag, run->arena);
	const struct field *f = shape_field(run->op, other ? other : name), *found = NULL;

	if (f || other)
		return f;
	if (strcmp(name, "id") == 0)
		return shape_target(run->op);
	FOR_EACH_FIELD(g, run->op)
		if (short_of(g->name, name)) {
			if (found)
				return NULL;
			found = g;
		}
	return found;
}

const char *
argument_flag(const struct verb *v, const struct field *f, struct arena *a)
{
	const char *other = renamed_back(v->renames, f->name, a);
	size_t n = strlen(f->name);

	if (other)
		return arena_printf(a, "--%s", other);
	if (f->kind == FIELD_ID && n > 3 && strcmp(f->name + n - 3, "_id") == 0)
		return arena_printf(a, "--%s", swap_chars(a, arena_strndup(a, f->name, n - 3), '_', '-'));
	return arena_printf(a, "--%s", swap_chars(a, f->name, '_', '-'));
}

bool
argument_is_positional(const struct field *f)
{
	return f->target || f->positional;
}

const char *
argument_word(const struct field *f, struct arena *a)
{
	char *name = arena_strdup(a, f->name);

	for (char *p = name; *p; p++)
		*p = (char)toupper((unsigned char)*p);
	return name;
}

/* ---- values --------------------------------------------------------------------------------- */

/* k=v,k=v; an item of a list as people type it */
static cJSON *
item_of(struct reader *r, const struct field *f, const char *text)
{
	cJSON *item = cJSON_CreateObject();

	for (const char *p = text; *p;) {
		size_t n = strcspn(p, ","), k = strcspn(p, "=");
		if (k >= n) {
			problem(r, "%s takes name=value,name=value or JSON",
				argument_flag(&r->run->verb, f, r->run->arena));
			break;
		}
		const char *name = swap_chars(r->run->arena, arena_strndup(r->run->arena, p, k), '-', '_');
		const char *value = arena_strndup(r->run->arena, p + k + 1, n - k - 1);
		const struct field *inner = shape_field(f->of, name);
		if (inner && inner->kind == FIELD_BOOL)
			cJSON_AddBoolToObject(item, name,
					      strcmp(value, "true") == 0 || strcmp(value, "yes") == 0);
		else if (inner && inner->kind == FIELD_INT)
			cJSON_AddNumberToObject(item, name, strtod(value, NULL));
		else
			cJSON_AddStringToObject(item, name, value);
		p += n + (p[n] == ',');
	}
	return item;
}

static cJSON *
json_value(struct reader *r, const struct field *f, const char *text)
{
	struct error why;
	cJSON *parsed = json_parse(r->run->arena, text, strlen(text), &why);

	if (parsed)
		return cJSON_Duplicate(parsed, true);
	problem(r, "%s: %s", argument_flag(&r->run->verb, f, r->run->arena), why.message);
	return cJSON_CreateNull();
}

static bool
is_number(const char *text)
{
	char *end;

	strtod(text, &end);
	return *text && !isspace((unsigned char)*text) && !*end &&
	       strspn(text, "0123456789+-.eE") == strlen(text);
}

/* numbers travel as JSON: beyond this they would be rounded, and a rounded number is another number */
#define EXACT_MOST 9007199254740991.0

static cJSON *
number_value(struct reader *r, const struct field *f, const char *text)
{
	double n = is_number(text) ? strtod(text, NULL) : 0;

	if (n >= -EXACT_MOST && n <= EXACT_MOST)
		return is_number(text) ? cJSON_CreateNumber(n) : cJSON_CreateString(text);
	problem(r, "%s is too large a number", argument_flag(&r->run->verb, f, r->run->arena));
	return cJSON_CreateNumber(1);
}

static cJSON *
truth_value(const char *text)
{
	if (strcmp(text, "true") == 0 || strcmp(text, "yes") == 0)
		return cJSON_CreateTrue();
	return strcmp(text, "false") == 0 || strcmp(text, "no") == 0 ? cJSON_CreateFalse()
								     : cJSON_CreateString(text);
}

static cJSON *
value_of(struct reader *r, const struct field *f, const char *text)
{
	switch (f->kind) {
	case FIELD_INT: case FIELD_REAL: case FIELD_OPTINT: case FIELD_OPTREAL:
		return number_value(r, f, text);
	case FIELD_BOOL: case FIELD_OPTBOOL:
		return truth_value(text);
	case FIELD_JSON:
		return json_value(r, f, text);
	case FIELD_TIME:
		if (f->clearable &&
		    (text_blank(text) || strcmp(text, "none") == 0 || strcmp(text, "null") == 0))
			return cJSON_CreateNull();
		return cJSON_CreateString(text);
	default:
		return cJSON_CreateString(text);
	}
}

static void
add_words(cJSON *array, const char *text, struct arena *a)
{
	for (const char *p = text; *p;) {
		size_t n = strcspn(p, ",");
		if (n)
			cJSON_AddItemToArray(array, cJSON_CreateString(arena_strndup(a, p, n)));
		p += n + (p[n] == ',');
	}
}

/* texts and lists may be given several times, everything else once */
static void
take_value(struct reader *r, const struct field *f, const char *text)
{
	cJSON *args = r->run->args, *had = cJSON_GetObjectItemCaseSensitive(args, f->name);
	bool many = f->kind == FIELD_TEXTS || f->kind == FIELD_LIST;

	if (had && !many)
		problem(r, "%s is given twice", argument_flag(&r->run->verb, f, r->run->arena));
	if (had && !many)
		return;
	if (!many || (f->kind == FIELD_LIST && *text == '[')) {
		cJSON_AddItemToObject(args, f->name, many ? json_value(r, f, text) : value_of(r, f, text));
		return;
	}
	if (!had)
		had = cJSON_AddArrayToObject(args, f->name);
	if (f->kind == FIELD_TEXTS)
		add_words(had, text, r->run->arena);
	else
		cJSON_AddItemToArray(had, *text == '{' ? json_value(r, f, text) : item_of(r, f, text));
}

/* ---- flags ---------------------------------------------------------------------------------- */

struct common { const char *name; bool takes; };
#define COMMON_ROW_(name, takes, help)  { name, takes },
static const struct common commons[] = { COMMON_FLAGS(COMMON_ROW_) { 0 } };

static void
take_common(struct reader *r, const char *name, const char *value)
{
	struct verb_run *run = r->run;

	if (strcmp(name, "help") == 0)
		run->help = true;
	else if (strcmp(name, "json") == 0)
		run->json = true;
	else if (strcmp(name, "dry-run") == 0)
		run->options.dry_run = true;
	else if (strcmp(name, "no-wait") == 0)
		run->options.no_wait = true;
	else if (strcmp(name, "allow-destructive") == 0)
		run->allow_destructive = true;
	else if (strcmp(name, "yes") == 0)
		run->yes = true;
	else if (strcmp(name, "idempotency-key") == 0)
		run->options.key = value;
	else if (strcmp(name, "as-of") == 0)
		run->options.as_of = value;
	else if (!duration_parse(value, &run->options.timeout) || run->options.timeout == 0)
		problem(r, "--timeout takes a time like 30s or 2m");
}

/* is the flag the verb's own, and does it take a value */
static bool
own_flag(const struct verb *v, const char *name, bool *takes)
{
	for (const struct own_flag *f = v->extras; f && f->name; f++)
		if (strcmp(f->name, name) == 0) {
			*takes = f->takes != NULL;
			return true;
		}
	return false;
}

static void
unknown_flag(struct reader *r, const char *name)
{
	const char *best = NULL;
	int least = strlen(name) > 5 ? 4 : 3;

	FOR_EACH_FIELD(f, r->run->op) {
		const char *flag = argument_flag(&r->run->verb, f, r->run->arena) + 2;
		int d = text_distance(flag, name);
		if (d < least)
			least = d, best = flag;
	}
	for (const struct own_flag *f = r->run->verb.extras; f && f->name; f++)
		if (text_distance(f->name, name) < least)
			least = text_distance(f->name, name), best = f->name;
	for (const struct common *c = commons; c->name; c++)
		if (text_distance(c->name, name) < least)
			least = text_distance(c->name, name), best = c->name;
	if (best)
		problem(r, "there is no option --%s; did you mean --%s?", name, best);
	else
		problem(r, "there is no option --%s", name);
}

static bool
is_truth(const struct field *f)
{
	return f->kind == FIELD_BOOL || f->kind == FIELD_OPTBOOL;
}

struct flag {
	const char *name, *value;              /* value NULL: none with '=' */
	const struct common *common;
	const struct field *field;
	bool own, takes, no;
};

static struct flag
flag_of(struct reader *r, const char *word)
{
	const char *eq = strchr(word, '=');
	struct flag f = { .name = eq ? arena_strndup(r->run->arena, word, (size_t)(eq - word)) : word,
		.value = eq ? eq + 1 : NULL };

	if ((f.own = own_flag(&r->run->verb, f.name, &f.takes)))
		return f;
	f.field = field_of_flag(r->run, f.name);
	if (!f.field && strncmp(f.name, "no-", 3) == 0 && (f.field = field_of_flag(r->run, f.name + 3)))
		f.no = is_truth(f.field), f.field = f.no ? f.field : NULL;
	f.takes = f.field && !is_truth(f.field);
	for (const struct common *c = commons; !f.field && c->name; c++)
		if (strcmp(c->name, f.name) == 0)
			f.common = c, f.takes = c->takes;
	return f;
}

/* how many words it took */
static int
take_flag(struct reader *r, int left, char *const *words)
{
	struct flag f = flag_of(r, words[0] + 2);
	bool next = f.takes && !f.value;

	if (!f.own && !f.field && !f.common) {
		unknown_flag(r, f.name);
		return !f.value && left > 1 && words[1][0] != '-' ? 2 : 1;     /* most likely its value */
	}
	if (next && left < 2) {
		problem(r, "--%s takes a value", f.name);
		return 1;
	}
	if (next)
		f.value = words[1];
	if (f.own && cJSON_HasObjectItem(r->run->extras, f.name))
		problem(r, "--%s is given twice", f.name);
	else if (f.own)
		cJSON_AddStringToObject(r->run->extras, f.name, f.value ? f.value : "true");
	else if (f.common)
		take_common(r, f.name, f.value ? f.value : "");
	else
		take_value(r, f.field, f.no ? "false" : f.value ? f.value : "true");
	return next ? 2 : 1;
}

static void
take_words(struct reader *r, int argc, char *const *argv)
{
	bool only_values = false;

	for (int i = 0; i < argc;) {
		if (!only_values && strcmp(argv[i], "--") == 0) {
			only_values = true;
			i++;
		} else if (!only_values && strcmp(argv[i], "-h") == 0) {
			r->run->help = true;
			i++;
		} else if (!only_values && strcmp(argv[i], "-y") == 0) {
			r->run->yes = true;
			i++;
		} else if (!only_values && strncmp(argv[i], "--", 2) == 0) {
			i += take_flag(r, argc - i, argv + i);
		} else if (r->n_positionals < 64) {
			r->positionals[r->n_positionals++] = argv[i++];
		} else {
			i++;
		}
	}
}

/* ---- what was not said ---------------------------------------------------------------------- */

static const struct field *
next_positional(const struct verb_run *run)
{
	FOR_EACH_FIELD(f, run->op)
		if (f->target && !cJSON_HasObjectItem(run->args, f->name))
			return f;
	FOR_EACH_FIELD(f, run->op)
		if (f->positional && !cJSON_HasObjectItem(run->args, f->name))
			return f;
	return NULL;
}

static void
place_positionals(struct reader *r)
{
	for (int i = 0; i < r->n_positionals; i++) {
		const struct field *f = next_positional(r->run);
		if (f)
			take_value(r, f, r->positionals[i]);
		else
			problem(r, "'%s' is one word too many", r->positionals[i]);
	}
}

static void
place_presets(struct reader *r)
{
	for (const char *p = r->run->verb.preset; p && *p; p += strcspn(p, " "), p += strspn(p, " ")) {
		size_t n = strcspn(p, "=");
		const char *name = arena_strndup(r->run->arena, p, n);
		const struct field *f = shape_field(r->run->op, name);
		if (f && !cJSON_HasObjectItem(r->run->args, name))
			take_value(r, f, arena_strndup(r->run->arena, p + n + 1, strcspn(p + n + 1, " ")));
	}
}

/* a field as people type it: ORDER_ID or --customer */
static const char *
said_as(struct verb_run *run, const char *name)
{
	const struct field *f = shape_field(run->op, name);

	if (f && argument_is_positional(f))
		return argument_word(f, run->arena);
	return f ? argument_flag(&run->verb, f, run->arena) : name;
}

/* the reader of the row says the rest: missing, unknown choice, not a number */
static void
judge(struct reader *r)
{
	struct verb_run *run = r->run;
	void *aside = arena_alloc(run->arena, run->op->size);
	struct error why = { 0 }, ignored;

	if (!shape_from_json(run->op, run->args, run->arena, aside, &why)) {
		const char *facts = arena_printf(run->arena, "{%s}", why.context);
		const cJSON *wrong = json_path(json_parse(run->arena, facts, strlen(facts), &ignored), "fields");
		const cJSON *f;
		cJSON_ArrayForEach(f, wrong)
			problem(r, "%s %s", said_as(run, f->string), f->valuestring);
		if (!wrong)
			problem(r, "%s", why.message);
	}
	if (r->n_problems == 0)
		return;
	error_set(&run->error, ERROR_INVALID, "arguments.invalid", "%s", buf_text(&r->problems));
	error_hint(&run->error, "bss %s --help", run->verb.path);
}

/* what a verb adds to its arguments; what it cannot read is one mistake among the others */
static void
prepare(struct reader *r)
{
	struct verb_run *run = r->run;

	if (!run->verb.prepare || run->verb.prepare(run))
		return;
	problem(r, "%s", run->error.message);
	run->error = (struct error){ 0 };
}

bool
arguments_read(struct verb_run *run, int argc, char *const *argv)
{
	struct reader r = { .run = run };

	run->args = object_new(run->arena);
	run->extras = object_new(run->arena);
	take_words(&r, argc, argv);
	place_positionals(&r);
	place_presets(&r);
	if (run->options.as_of && !run->op->is_query)
		problem(&r, "--as-of is for reads: what is past cannot be changed");
	if (run->options.key && run->op->is_query)
		problem(&r, "--idempotency-key is for what changes something");
	if (!run->help) {
		prepare(&r);
		judge(&r);
	}
	buf_free(&r.problems);
	return run->help || run->error.kind == ERROR_NONE;
}
