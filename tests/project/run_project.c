/* run_project.c -- stories of the read models: given events, then rows, documents and answers.  See README.md.
 *
 * The handlers run over memory, as in time travel; that Postgres shows the same is tested in test_project.c.  With
 * --cover every event that a read model handles has to occur in some story. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/base/clock.h"
#include "core/base/must.h"
#include "projections/model.h"
#include "projections/query.h"
#include "projections/query_memory.h"

#define WORDS 200
#define LINE 20000

struct story {
	struct arena *arena;
	struct memory_models *models;
	int64_t position, now;
	const char *tenant;
	const char *answer, *refusal;        /* of the last query */
	struct envelope env;
	bool failed;
};
static const char *file;
static int line_no, stories, failures;
static bool seen[2048], must_fail;

__attribute__((format(printf, 2, 3))) static bool
fail(struct story *s, const char *fmt, ...)
{
	va_list ap;

	s->failed = true;
	if (must_fail)
		return false;
	printf("%s:%d: ", file, line_no);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	return false;
}

/* ---- words: separated by blanks; quotes and brackets keep theirs ------------------------------------------------------ */

static char *
word(struct arena *a, char **at)
{
	char *p = *at + strspn(*at, " \t\n"), quote = 0, *out, *to;
	int depth = 0;

	if (!*p || *p == '#')
		return NULL;
	out = to = arena_alloc(a, strlen(p) + 1);
	for (; *p && (quote || depth || !strchr(" \t\n", *p)); p++) {
		if (!depth && (*p == '\'' || *p == '"') && (!quote || quote == *p)) {
			quote = quote ? 0 : *p;
			continue;
		}
		if (!quote && (*p == '[' || *p == '{'))
			depth++;
		if (!quote && (*p == ']' || *p == '}'))
			depth--;
		*to++ = *p;
	}
	*at = p;
	return out;
}

static int
words_of(struct arena *a, char *line, char **w)
{
	int n = 0;

	while (n < WORDS - 1 && (w[n] = word(a, &line)))
		n++;
	w[n] = NULL;
	return n;
}

static bool
pair(struct story *s, const char *w, const char **name, const char **value)
{
	const char *eq = strchr(w, '=');

	if (!eq)
		return fail(s, "%s is no name=value", w);
	*name = arena_strndup(s->arena, w, (size_t)(eq - w));
	*value = eq + 1;
	return true;
}

static bool
fill(struct story *s, const struct shape *shape, void *obj, char **w, int n)
{
	const char *name = NULL, *value = NULL;
	struct error err = { 0 };

	for (int i = 0; i < n; i++) {
		const struct field *f;

		if (!pair(s, w[i], &name, &value))
			return false;
		if (!(f = shape_field(shape, name)))
			return fail(s, "%s has no field %s", shape->name, name);
		if (!field_parse(f, value, s->arena, obj, &err))
			return fail(s, "%s", err.message);
	}
	return true;
}

/* ---- given ----------------------------------------------------------------------------------------------------------------- */

static bool
give_event(struct story *s, const char *aggregate, const char *id, char **w, int n)
{
	const struct shape *shape = event_named(w[0]);
	struct happened h;
	struct error err = { 0 };
	void *data;

	if (!shape || strcmp(aggregate_name(shape->aggregate), aggregate) != 0)
		return fail(s, "%s is no event of %s", w[0], aggregate);
	data = arena_alloc(s->arena, shape->size);
	if (!fill(s, shape, data, w + 1, n - 1))
		return false;
	seen[shape->code] = true;
	s->now += SECOND;
	h = (struct happened){ .env = s->env, .tenant = s->tenant, .aggregate = aggregate, .id = id, .shape = shape, .data = data,
		.arena = s->arena, .log = { .position = ++s->position, .stream = arena_printf(s->arena, "%s/%s", aggregate, id),
		.type = shape->code, .subject = "CUST-1", .occurred_at = s->now, .recorded_at = s->now } };
	return memory_models_apply(s->models, &h, 1, &err) || fail(s, "%s", err.message);
}

static bool
give_events(struct story *s, char **w, int n)
{
	for (int i = 2; i < n;) {
		int end = i;

		while (end < n && strcmp(w[end], ";") != 0)
			end++;
		if (!give_event(s, w[0], w[1], w + i, end - i))
			return false;
		i = end + 1;
	}
	return true;
}

static bool
given(struct story *s, char **w, int n)
{
	if (n == 2 && strcmp(w[0], "clock") == 0)
		return time_parse(w[1], &s->now) || fail(s, "%s is no time", w[1]);
	if (n == 2 && strcmp(w[0], "tenant") == 0) {
		s->tenant = w[1];
		return true;
	}
	if (n == 1 && strcmp(w[0], "scenario") == 0) {
		s->env.scenario = true;
		return true;
	}
	return n >= 3 ? give_events(s, w, n) : fail(s, "given what?");
}

/* ---- when: a query ----------------------------------------------------------------------------------------------- */

static bool
when(struct story *s, char **w, int n)
{
	const struct shape *op = operation_named(w[0]);
	const struct field *target = op ? shape_target(op) : NULL;
	struct buf out = { 0 };
	struct error err = { 0 };
	void *args;
	int from = 1;

	if (!op || !query_of(op))
		return fail(s, "there is no query %s of the read models", w[0]);
	args = arena_alloc(s->arena, op->size);
	if (n > 1 && target && !strchr(w[1], '=')) {
		if (!field_parse(target, w[1], s->arena, args, &err))
			return fail(s, "%s", err.message);
		from = 2;
	}
	if (!fill(s, op, args, w + from, n - from) || (!shape_check(op, args, &err) && !fail(s, "%s", err.message)))
		return false;
	err = (struct error){ 0 };
	s->answer = s->refusal = NULL;
	if (query_memory(s->models, op, args, s->tenant, s->now, s->arena, &out, &err))
		s->answer = arena_strdup(s->arena, out.data);
	else
		s->refusal = arena_strdup(s->arena, err.rule);
	buf_free(&out);
	return true;
}

/* ---- then -------------------------------------------------------------------------------------------------------- */

static bool
like(const char *have, const char *want)
{
	size_t n = strlen(want);

	if (n && want[n - 1] == '*')
		return strncmp(have, want, n - 1) == 0;
	return strcmp(have, want) == 0;
}

static const char *
shown(struct story *s, const cJSON *v)
{
	if (!v)
		return "(nothing)";
	return cJSON_IsString(v) ? v->valuestring : json_print(s->arena, v);
}

static bool
members_are(struct story *s, const char *json, char **w, int n)
{
	struct error err = { 0 };
	const cJSON *tree = json_parse(s->arena, json, strlen(json), &err);
	const char *name = NULL, *value = NULL;

	if (!tree)
		return fail(s, "this is not JSON: %s", json);
	for (int i = 0; i < n; i++) {
		const cJSON *v;
		const char *have;
		size_t k;

		if (!pair(s, w[i], &name, &value))
			return false;
		k = strlen(name);
		if (strcmp(name, "length") == 0)
			have = arena_printf(s->arena, "%d", cJSON_GetArraySize(tree));
		else if (k > 7 && strcmp(name + k - 7, ".length") == 0)
			have = (v = json_path(tree, arena_strndup(s->arena, name, k - 7))) ?
			    arena_printf(s->arena, "%d", cJSON_GetArraySize(v)) : "(nothing)";
		else
			have = shown(s, json_path(tree, name));
		if (!like(have, value))
			fail(s, "%s is %s, not %s, in %s", name, have, value, json);
	}
	return !s->failed;
}

static const struct read_table *
table_named(const char *name)
{
	const char *dot = strchr(name, '.');

	for (const struct projection *const *p = projections; *p; p++)
		for (const struct read_table *const *t = (*p)->tables; dot && *t; t++)
			if (strncmp(name, (*t)->schema, (size_t)(dot - name)) == 0 && strcmp(dot + 1, (*t)->name) == 0)
				return *t;
	return NULL;
}

static const struct row *
row_of(struct story *s, const char *table, const char *key, const struct read_table **t)
{
	struct memory_query q = { .models = s->models, .tenant = s->tenant, .arena = s->arena };

	if (!(*t = table_named(table))) {
		fail(s, "there is no read table %s", table);
		return NULL;
	}
	return memory_find(&q, *t, key);
}

static bool
columns_are(struct story *s, const struct read_table *t, const struct row *r, char **w, int n)
{
	const char *name = NULL, *value = NULL;

	for (int i = 0; i < n; i++) {
		const struct field *f;
		struct buf have = { 0 };

		if (!pair(s, w[i], &name, &value))
			return false;
		if (!(f = shape_field(t->row, name)))
			return fail(s, "%s has no column %s", t->name, name);
		if (field_is_set(f, r->data) || f->kind == FIELD_INT || f->kind == FIELD_BOOL)
			field_show(f, r->data, &have);
		if (!like(buf_text(&have), value))
			fail(s, "%s is %s, not %s", name, buf_text(&have), value);
		buf_free(&have);
	}
	return !s->failed;
}

static bool
then_row(struct story *s, char **w, int n)
{
	const struct read_table *t;
	const struct row *r = row_of(s, w[1], w[2], &t);

	if (s->failed)
		return false;
	return r ? columns_are(s, t, r, w + 3, n - 3) : fail(s, "%s has no row %s", w[1], w[2]);
}

static bool
then_document(struct story *s, char **w, int n)
{
	const struct read_table *t;
	const struct row *r = row_of(s, w[1], w[2], &t);
	bool tmf = strcmp(w[0], "tmf") == 0;
	void (*render)(struct json *, const struct row *);
	struct buf out = { 0 };
	struct json j = json_to(&out);
	bool ok;

	if (!r)
		return s->failed ? false : fail(s, "%s has no row %s", w[1], w[2]);
	render = tmf ? (t->tmf ? t->tmf : t->memory_tmf) : (t->result ? t->result : t->memory_result);
	if (!render)
		return fail(s, "%s has no such document", w[1]);
	render(&j, r);
	ok = members_are(s, arena_strdup(s->arena, buf_text(&out)), w + 3, n - 3);
	buf_free(&out);
	return ok;
}

static bool
then(struct story *s, char **w, int n)
{
	const struct read_table *t;

	if (n >= 3 && strcmp(w[0], "row") == 0)
		return then_row(s, w, n);
	if (n == 3 && strcmp(w[0], "gone") == 0)
		return !row_of(s, w[1], w[2], &t) || fail(s, "%s still has a row %s", w[1], w[2]);
	if (n >= 3 && (strcmp(w[0], "tmf") == 0 || strcmp(w[0], "result") == 0))
		return then_document(s, w, n);
	if (strcmp(w[0], "answer") == 0)
		return s->answer ? members_are(s, s->answer, w + 1, n - 1) : fail(s, "no answer but %s", s->refusal);
	if (n == 2 && strcmp(w[0], "missing") == 0)
		return (s->refusal && strcmp(s->refusal, w[1]) == 0) || fail(s, "not %s but %s", w[1],
			s->refusal ? s->refusal : s->answer);
	return fail(s, "then what?");
}

/* ---- files ------------------------------------------------------------------------------------------------------- */

static void
story_begin(struct story *s)
{
	*s = (struct story){ .arena = arena_new(), .models = memory_models_new(NULL), .tenant = "DEFAULT",
		.now = INT64_C(1771146000000000),
		.env = { .schema_version = 1, .tenant = "DEFAULT", .actor = "tester", .channel = "cli", .identity = "default" } };
}

static void
story_end(struct story *s, bool any)
{
	memory_models_free(s->models);
	arena_free(s->arena);
	stories += any;
	failures += any && s->failed;
}

static void
run_line(struct story *s, char *line)
{
	char **w = arena_array(s->arena, char *, WORDS);
	int n = words_of(s->arena, line, w);

	if (n < 2)
		fail(s, "a line is `given`, `when` or `then` and what");
	else if (strcmp(w[0], "given") == 0)
		given(s, w + 1, n - 1);
	else if (strcmp(w[0], "when") == 0)
		when(s, w + 1, n - 1);
	else if (strcmp(w[0], "then") == 0)
		then(s, w + 1, n - 1);
	else
		fail(s, "a line is `given`, `when` or `then`, not `%s`", w[0]);
}

static void
run_file(const char *path)
{
	static char line[LINE];
	FILE *in = fopen(path, "r");
	struct story s;
	bool any = false;

	must(in != NULL);
	file = path;
	line_no = 0;
	story_begin(&s);
	while (fgets(line, sizeof line, in)) {
		line_no++;
		if (strncmp(line, "test ", 5) == 0) {
			story_end(&s, any);
			story_begin(&s);
			any = true;
		} else if (!s.failed && line[strspn(line, " \t\n")] && line[0] != '#') {
			run_line(&s, line);
		}
	}
	story_end(&s, any);
	fclose(in);
}

/* the audit handles all events alike: what it does is seen in test_project.c */
static void
uncovered(void)
{
	for (const struct projection *const *p = projections; *p; p++)
		for (const struct handler *h = (*p)->handlers; h->event; h++)
			if (!seen[h->event->code]) {
				printf("no story gives %s, which %s handles\n", h->event->name, (*p)->name);
				seen[h->event->code] = true;
				failures++;
			}
}

int
main(int argc, char **argv)
{
	bool cover = false;

	registry_start();
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--cover") == 0)
			cover = true;
		else if (strcmp(argv[i], "--must-fail") == 0)
			must_fail = true;
		else
			run_file(argv[i]);
	}
	if (must_fail) {
		printf("%d of %d stories failed, as they have to\n", failures, stories);
		return failures == stories && stories ? 0 : 1;
	}
	if (cover)
		uncovered();
	printf("%d stories, %d failed\n", stories, failures);
	return failures ? 1 : 0;
}
