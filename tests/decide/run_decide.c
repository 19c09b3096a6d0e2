/* run_decide.c -- given events, when command, then events or refusal: no database, no socket, milliseconds.
 *
 * The rules are the product, so a domain expert must be able to read what they are tested with.  A .t file is a list of
 * such stories (tests/decide/README.md).  Each story gets an engine of its own, with the real tables, reactions and timers;
 * given events are applied through the same door as decided ones, sealed fields and all.
 *
 *	run_decide FILE...                 runs the stories; a failure says file and line, what was expected, what came
 *	run_decide --must-fail FILE...     every story of these files has to fail: the runner can say no
 *	run_decide --cover customer FILE...    and every policy, command and event of that file of core/commands occurs */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "core/base/codec.h"
#include "core/base/config.h"
#include "core/base/json.h"
#include "core/commands/modules.h"
#include "core/commands/unit.h"
#include "core/eventstore/batch.h"

#define WORDS_MAX 200
#define LINE_MAX_ 16384
#define HAPPENED_MAX 4000
#define CONFIGS_MAX 20
#define BATCHES_MAX 4000
#define ASKED_MAX 1000

struct seen_event { const struct shape *shape; const char *id; void *body; bool of_command; };
struct asked { struct ask ask; const char *id, *rule; int64_t position; bool ok; int line; };
struct story {
	struct engine *engine;
	struct arena *arena;
	struct key_ring *keys;
	size_t n_keys;                   /* in the ring before what is being tried */
	struct caller caller;
	const char *tenant;
	struct verdict verdict;
	const char *id;                  /* that an answer named last */
	char correlation[33];            /* of the last command */
	struct seen_event events[HAPPENED_MAX]; int n;       /* of the last when */
	int at;                          /* the next one a `then` may be about */
	bool asked, refused, told, only; /* when; it was refused; a then has spoken; nothing else may have happened */
	bool failed;
	const char *configs[CONFIGS_MAX]; int n_configs;
	struct log_batch *log[BATCHES_MAX]; int n_log;       /* all of the story, as it would be in the log */
	struct asked answers[ASKED_MAX]; int n_answers;      /* what left events under a key */
	char *name;
};
static const char *file;
static int line_no, when_line, stories, failures;
static char said[262144];                /* rules, commands and events that occurred: "|name|" */
static size_t said_len;

/* the world's texts live as long as the process: states point to them, and nobody walks the states at the end */
const char *__lsan_default_suppressions(void);
const char *
__lsan_default_suppressions(void)
{
	return "leak:world_text\n";
}

static void
say(const char *kind, const char *name)
{
	char mark[160];
	size_t n = (size_t)snprintf(mark, sizeof mark, "%s%s|", kind, name);

	if (strstr(said, mark) || said_len + n + 1 > sizeof said)
		return;
	memcpy(said + said_len, mark, n + 1);
	said_len += n;
}

__attribute__((format(printf, 2, 3))) static bool
fail(struct story *s, const char *fmt, ...)
{
	va_list ap;

	s->failed = true;
	printf("%s:%d: ", file, line_no);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	return false;
}

static void
on_abort(int signo)
{
	(void)signo;
	dprintf(2, "%s:%d: the core gave up here\n", file ? file : "?", line_no);
}

/* ---- words of a line ---------------------------------------------------------------------------------------- */

/* a bracketed value is taken as it stands, up to its own end */
static const char *
bracketed(const char *p)
{
	int depth = 0;
	bool quoted = false;

	for (; *p; p++) {
		if (quoted) {
			p += *p == '\\' && p[1];
			quoted = *p != '"';
			continue;
		}
		quoted = *p == '"';
		depth += (*p == '{' || *p == '[') - (*p == '}' || *p == ']');
		if (!depth)
			return p + 1;
	}
	return p;
}

static const char *
one_word(const char *p, struct buf *out)
{
	buf_clear(out);
	while (*p && *p != ' ' && *p != '\t' && *p != ';') {
		char q = *p;

		if ((q == '{' || q == '[') && out->len && out->data[out->len - 1] == '=') {
			const char *end = bracketed(p);

			buf_add(out, p, (size_t)(end - p));
			p = end;
		} else if (q == '"' || q == '\'') {
			for (p++; *p && *p != q; p++)
				buf_byte(out, *p);
			p += *p == q;
		} else {
			buf_byte(out, *p++);
		}
	}
	return p;
}

/* a ';' is a word of its own */
static int
words_of(struct arena *a, const char *p, const char **words)
{
	struct buf w = { 0 };
	int n = 0;

	while (n < WORDS_MAX) {
		p += strspn(p, " \t\r\n");
		if (!*p || *p == '#')
			break;
		if (*p == ';') {
			words[n++] = ";";
			p++;
			continue;
		}
		p = one_word(p, &w);
		words[n++] = arena_strdup(a, buf_text(&w));
	}
	buf_free(&w);
	words[n] = NULL;
	return n;
}

static bool
split(struct story *s, const char *word, const char **name, const char **value)
{
	const char *eq = strchr(word, '=');

	if (!eq)
		return false;
	*name = arena_strndup(s->arena, word, (size_t)(eq - word));
	*value = eq + 1;
	if (strcmp(*value, "$id") == 0 && s->id)
		*value = s->id;
	return true;
}

static bool
set_field(struct story *s, const struct shape *shape, void *body, const char *name, const char *value)
{
	const struct field *f = shape_field(shape, name);
	struct error e = { 0 };

	if (!f)
		return fail(s, "%s has no field %s", shape->name, name);
	return field_parse(f, value, s->arena, body, &e) || fail(s, "%s", e.message);
}

/* ---- given ------------------------------------------------------------------------------------------------------- */

static void
begin_unit(struct story *s)
{
	struct unit *u = &s->engine->unit;

	u->n = u->n_steps = u->n_keys = 0;
	u->cause = -1;
	u->reaction = NULL;
	u->in_refused = u->recorded = u->overflow = false;
	u->origin = (struct origin){ .correlation = "11111111111111111111111111111111", .scenario = s->caller.scenario };
	snprintf(u->origin.actor, sizeof u->origin.actor, "%s", s->caller.actor);
	snprintf(u->origin.channel, sizeof u->origin.channel, "%s", s->caller.channel);
}

/* what was decided is in the log from here on */
static bool
commit(struct story *s)
{
	size_t mark;

	if (log_batch_count(engine_batch(s->engine)) == 0)
		return true;
	if (s->n_log == BATCHES_MAX)
		return fail(s, "a story may have %d batches", BATCHES_MAX);
	s->log[s->n_log++] = engine_take_batch(s->engine, log_batch_new(), &mark);
	engine_committed(s->engine, mark);
	return true;
}

static void on_event(void *, const struct finished_event *);

static bool
give_event(struct story *s, int aggregate, const char *id, const char **w, int n)
{
	const struct shape *shape = event_named(w[0]);
	struct error none = { 0 };
	struct world *world = engine_world(s->engine);
	struct decision d = { .world = world, .tenant = world_tenant(world, s->tenant), .caller = &s->caller,
		.now = business_now(world), .wall = wall_now(), .arena = s->arena, .refusal = &none, .unit = &s->engine->unit };
	const char *name, *value;
	void *body;

	if (!shape)
		return fail(s, "there is no event %s", w[0]);
	if (shape->aggregate != aggregate)
		return fail(s, "%s is an event of %s", shape->name, aggregate_name(shape->aggregate));
	body = arena_alloc(s->arena, shape->size);
	for (int i = 1; i < n; i++)
		if (!split(s, w[i], &name, &value))
			return fail(s, "%s is no field=value", w[i]);
		else if (!set_field(s, shape, body, name, value))
			return false;
	say("event|", shape->name);
	begin_unit(s);
	emit_(&d, shape, id, body);
	engine_on_event(s->engine, NULL, NULL);
	unit_finish(s->engine, &(struct ask){ .op = operation_shapes[0], .tenant = s->tenant, .caller = s->caller,
		.trusted = true },
	    &d);
	engine_on_event(s->engine, on_event, s);
	return commit(s);
}

static bool
give_events(struct story *s, const char **w, int n)
{
	int aggregate = aggregate_of(w[0], strlen(w[0])), from = 2;

	if (aggregate < 0 || n < 3)
		return fail(s, "given AGGREGATE ID event.name field=value ...; there is no %s", w[0]);
	for (int i = 2; i <= n; i++)
		if (i == n || strcmp(w[i], ";") == 0) {
			if (i > from && !give_event(s, aggregate, strcmp(w[1], "$id") == 0 && s->id ? s->id : w[1],
				w + from, i - from))
				return false;
			from = i + 1;
		}
	return true;
}

static bool
give_clock(struct story *s, const char *text)
{
	struct business_clock c = { .frozen = true };

	if (!time_parse(text, &c.frozen_at))
		return fail(s, "%s is no time", text);
	world_clock_set(engine_world(s->engine), c);
	return true;
}

static bool
give_caller(struct story *s, const char **w, int n)
{
	const char *name, *value;

	s->caller = (struct caller){ .actor = "", .channel = "cli", .identity = "default" };
	for (int i = 0; i < n; i++)
		if (strcmp(w[i], "admin") == 0)
			s->caller.admin = true;
		else if (strcmp(w[i], "scenario") == 0)
			s->caller.scenario = true;
		else if (!split(s, w[i], &name, &value))
			return fail(s, "a caller is actor= channel= identity= admin scenario, not %s", w[i]);
		else if (strcmp(name, "actor") == 0)
			s->caller.actor = value;
		else if (strcmp(name, "channel") == 0)
			s->caller.channel = value;
		else if (strcmp(name, "identity") == 0)
			s->caller.identity = value;
	return true;
}

static bool
give_config(struct story *s, const char **w, int n)
{
	const char *name, *value;

	for (int i = 0; i < n && s->n_configs < CONFIGS_MAX; i++) {
		if (!split(s, w[i], &name, &value))
			return fail(s, "given config BSS_X=value, not %s", w[i]);
		config_set(name, value);
		s->configs[s->n_configs++] = name;
	}
	return true;
}

static bool
given(struct story *s, const char **w, int n)
{
	if (n >= 2 && strcmp(w[0], "clock") == 0 && n == 2)
		return give_clock(s, w[1]);
	if (n >= 1 && strcmp(w[0], "caller") == 0)
		return give_caller(s, w + 1, n - 1);
	if (n >= 1 && strcmp(w[0], "config") == 0)
		return give_config(s, w + 1, n - 1);
	if (n == 2 && strcmp(w[0], "tenant") == 0) {
		s->tenant = w[1];
		return true;
	}
	return n >= 3 ? give_events(s, w, n) : fail(s, "given what?");
}

/* ---- when --------------------------------------------------------------------------------------------------------- */

static void
keep_event(struct story *s, const struct shape *shape, const char *id, const uint8_t *clear, size_t n)
{
	struct seen_event *e = &s->events[s->n];
	struct error err = { 0 };

	if (s->n == HAPPENED_MAX)
		return;
	*e = (struct seen_event){ shape, arena_strdup(s->arena, id), arena_alloc(s->arena, shape->size) };
	if (!shape_unpack(shape, clear, n, s->arena, e->body, NULL, &err))
		fail(s, "%s: %s", shape->name, err.message);
	s->n++;
}

static void
on_event(void *ctx, const struct finished_event *e)
{
	struct story *s = ctx;

	keep_event(s, e->shape, e->id, e->clear, e->clear_len);
	s->events[s->n - 1].of_command = strcmp(e->correlation, s->correlation) == 0;
}

/* what a dry run would have done is only in the unit */
static void
keep_dry_events(struct story *s)
{
	const struct unit *u = &s->engine->unit;

	for (int i = 0; i < s->verdict.events; i++)
		keep_event(s, u->events[i].shape, u->events[i].id, u->events[i].clear, u->events[i].clear_len);
}

static const struct field *
next_positional(const struct shape *op, int nth)
{
	FOR_EACH_FIELD(f, op)
		if ((f->target || f->positional) && nth-- == 0)
			return f;
	return NULL;
}

/* bare words are the target, then the positional fields */
static bool
read_arguments(struct story *s, struct ask *q, void *args, const char **w, int n)
{
	const char *name, *value;
	int bare = 0;

	for (int i = 0; i < n; i++) {
		if (strcmp(w[i], "dry_run") == 0) {
			q->dry_run = true;
		} else if (!split(s, w[i], &name, &value)) {
			const struct field *f = next_positional(q->op, bare++);

			value = strcmp(w[i], "$id") == 0 && s->id ? s->id : w[i];
			if (!f || !set_field(s, q->op, args, f->name, value))
				return f ? false : fail(s, "%s has no place for %s", q->op->name, w[i]);
		} else if (strcmp(name, "key") == 0 && !shape_field(q->op, "key")) {
			q->key = value;
		} else if (!set_field(s, q->op, args, name, value)) {
			return false;
		}
	}
	return true;
}

/* ---- what holds for every command, whatever a story is about ------------------------------------------------ */

static bool
world_is(struct story *s, const uint8_t before[HASH_BYTES], const char *what)
{
	uint8_t now[HASH_BYTES];

	engine_digest(s->engine, now);
	if (key_ring_count(s->keys) != s->n_keys)
		return fail(s, "%s left a key behind that is in no batch", what);
	return memcmp(now, before, HASH_BYTES) == 0 || fail(s, "%s changed the world", what);
}

/* the same code without a trace */
static bool
dry_run_leaves_nothing(struct story *s, const struct ask *q)
{
	struct ask dry = *q;
	struct verdict v = { 0 };
	uint8_t before[HASH_BYTES];

	engine_digest(s->engine, before);
	s->n_keys = key_ring_count(s->keys);
	dry.dry_run = true;
	dry.key = NULL;
	engine_decide(s->engine, &dry, s->arena, &v);
	return world_is(s, before, "a dry run");
}

/* under its key: the same id and position, and nothing happens */
static bool
repeat_is_the_same(struct story *s, const struct ask *q, const struct verdict *first)
{
	struct verdict again = { 0 };
	uint8_t before[HASH_BYTES];

	if (first->dry_run || first->repeat || first->events == 0)
		return true;
	engine_digest(s->engine, before);
	s->n_keys = key_ring_count(s->keys);
	engine_decide(s->engine, q, s->arena, &again);
	if (again.ok != first->ok || strcmp(again.error.rule, first->error.rule) != 0 || !again.repeat ||
		again.position != first->position ||
	    strcmp(again.id ? again.id : "", first->id ? first->id : "") != 0)
		return fail(s, "a repeat under its key is answered otherwise: %s position %lld, first %s position %lld",
		again.id ? again.id : "-",
			(long long)again.position, first->id ? first->id : "-", (long long)first->position);
	return world_is(s, before, "a repeat");
}

/* a batch that is not in the log takes everything back with it */
static bool
failed_batch_leaves_nothing(struct story *s, const struct ask *q)
{
	struct verdict v = { 0 };
	uint8_t before[HASH_BYTES], hash[HASH_BYTES];
	size_t mark = engine_mark(s->engine);
	int64_t position = engine_position(s->engine);

	engine_digest(s->engine, before);
	memcpy(hash, engine_hash(s->engine), HASH_BYTES);
	engine_on_event(s->engine, NULL, NULL);
	engine_decide(s->engine, q, s->arena, &v);
	engine_on_event(s->engine, on_event, s);
	engine_undo(s->engine, mark, position, hash);
	return world_is(s, before, "a batch that failed");
}

static bool
remember_answer(struct story *s, const struct ask *q, const struct verdict *v)
{
	if (v->dry_run || v->repeat || v->events == 0)
		return true;
	if (s->n_answers == ASKED_MAX)
		return fail(s, "a story may have %d commands", ASKED_MAX);
	s->answers[s->n_answers++] = (struct asked){ *q, arena_strdup(s->arena, v->id),
		arena_strdup(s->arena, v->error.rule), v->position,
		v->ok, line_no };
	return true;
}

static bool
decide_checked(struct story *s, struct ask *q)
{
	uint8_t before[HASH_BYTES];

	if (!q->key)
		q->key = arena_printf(s->arena, "story-%d", line_no);
	if (!dry_run_leaves_nothing(s, q) || !failed_batch_leaves_nothing(s, q))
		return false;
	engine_digest(s->engine, before);
	engine_decide(s->engine, q, s->arena, &s->verdict);
	if (!s->verdict.ok && s->verdict.events == 0 && !world_is(s, before, "a refusal"))
		return false;
	return repeat_is_the_same(s, q, &s->verdict) && remember_answer(s, q, &s->verdict) && commit(s);
}

static bool
ask(struct story *s, const char **w, int n)
{
	struct ask q = { .op = operation_named(w[0]), .tenant = s->tenant, .caller = s->caller };
	void *args;

	if (!q.op || !command_of(q.op))
		return fail(s, "there is no command %s", w[0]);
	say("command|", q.op->name);
	args = arena_alloc(s->arena, q.op->size);
	q.args = args;
	q.trusted = q.op->internal;
	random_hex(q.correlation, 32);
	memcpy(s->correlation, q.correlation, sizeof s->correlation);
	if (!read_arguments(s, &q, args, w + 1, n - 1))
		return false;
	s->verdict = (struct verdict){ 0 };
	if (shape_check(q.op, args, &s->verdict.error) && !decide_checked(s, &q))
		return false;
	s->verdict.id = arena_strdup(s->arena, s->verdict.id);
	if (s->verdict.ok && s->verdict.id)
		s->id = s->verdict.id;
	if (q.dry_run)
		keep_dry_events(s);
	s->refused = !s->verdict.ok;
	return true;
}

static bool
block_ends(struct story *s)
{
	int here = line_no;

	if (!s->asked)
		return true;
	line_no = when_line;
	if (s->refused)
		fail(s, "it was refused, which nobody expected: %s -- %s", s->verdict.error.rule, s->verdict.error.message);
	else if (!s->told)
		fail(s, "nothing says what is expected");
	else if (s->only && s->at < s->n)
		fail(s, "%s happened too", s->events[s->at].shape->name);
	line_no = here;
	s->asked = false;
	return !s->failed;
}

static bool
when(struct story *s, const char **w, int n)
{
	if (!block_ends(s) || n < 1)
		return s->failed ? false : fail(s, "when what?");
	s->asked = true;
	s->told = s->only = s->refused = false;
	s->n = s->at = 0;
	when_line = line_no;
	if (strcmp(w[0], "timers") != 0)
		return ask(s, w, n);
	for (int turns = 0; turns < 1000 && engine_timers(s->engine, 100, s->arena) && commit(s); turns++)
		;
	return true;
}

/* ---- then ----------------------------------------------------------------------------------------------------------- */

/* CUST-* stands for all that begin so */
static bool
like(const char *have, const char *want)
{
	size_t n = strlen(want);

	if (n && want[n - 1] == '*')
		return have && strncmp(have, want, n - 1) == 0;
	return strcmp(have ? have : "", want) == 0;
}

static bool
field_is(struct story *s, const struct seen_event *e, const char *name, const char *want, struct buf *have)
{
	const struct field *f = shape_field(e->shape, name);
	struct error err = { 0 };
	struct buf said_so = { 0 };
	void *aside = arena_alloc(s->arena, e->shape->size);
	bool same;

	buf_clear(have);
	field_show(f, e->body, have);
	same = like(buf_text(have), want);
	if (!same && *want && field_parse(f, want, s->arena, aside, &err)) {
		field_show(f, aside, &said_so);
		same = strcmp(buf_text(have), buf_text(&said_so)) == 0;
	}
	buf_free(&said_so);
	return same;
}

/* NULL: it is the one; else what is different */
static const char *
difference(struct story *s, const struct seen_event *e, const char **w, int n)
{
	const char *name, *value;
	struct buf have = { 0 };
	const char *why = NULL;

	for (int i = 0; i < n && !why; i++) {
		if (!split(s, w[i], &name, &value)) {
			if (!like(e->id, strcmp(w[i], "$id") == 0 && s->id ? s->id : w[i]))
				why = arena_printf(s->arena, "it is of %s", e->id);
		} else if (strcmp(name, "of_command") == 0) {
			why = (strcmp(value, "true") == 0) == e->of_command ? NULL : "its correlation is another one";
		} else if (!shape_field(e->shape, name)) {
			why = arena_printf(s->arena, "it has no field %s", name);
		} else if (!field_is(s, e, name, value, &have)) {
			why = arena_printf(s->arena, "%s is %s", name, have.len ? buf_text(&have) : "not given");
		}
	}
	buf_free(&have);
	return why;
}

static void
print_events(const struct story *s)
{
	struct buf b = { 0 };

	for (int i = 0; i < s->n; i++) {
		buf_clear(&b);
		shape_to_json(s->events[i].shape, s->events[i].body, &b, false);
		printf("\t%s %s %s\n", s->events[i].shape->name, s->events[i].id, buf_text(&b));
	}
	buf_free(&b);
}

static bool
then_event(struct story *s, const char **w, int n)
{
	const struct shape *shape = event_named(w[0]);
	const char *why = NULL;
	int last = s->only ? s->at + 1 : s->n;

	if (!shape)
		return fail(s, "there is no event %s", w[0]);
	say("event|", shape->name);
	for (int i = s->at; i < last && i < s->n; i++) {
		const char *other;

		if (s->events[i].shape != shape)
			continue;
		if (!(other = difference(s, &s->events[i], w + 1, n - 1))) {
			s->at = i + 1;
			return true;
		}
		why = why ? why : other;
	}
	if (s->refused)
		return fail(s, "refused instead: %s -- %s", s->verdict.error.rule, s->verdict.error.message);
	fail(s, "expected %s%s%s; there was:", w[0], why ? ", but " : "", why ? why : "");
	print_events(s);
	return false;
}

static bool
facts_are(struct story *s, const char **w, int n)
{
	const char *text = arena_printf(s->arena, "{%s}", s->verdict.error.context), *name, *value;
	cJSON *context = json_parse(s->arena, text, strlen(text), NULL);

	for (int i = 0; i < n; i++) {
		const cJSON *v;
		const char *have;

		if (!split(s, w[i], &name, &value))
			return fail(s, "a fact is name=value, not %s", w[i]);
		v = cJSON_GetObjectItemCaseSensitive(context, name);
		have = cJSON_IsString(v) ? v->valuestring : v ? json_print(s->arena, v) : "not given";
		if (!like(have, value))
			return fail(s, "the fact %s is %s, not %s", name, have, value);
	}
	return true;
}

static bool
then_refused(struct story *s, const char **w, int n)
{
	if (n < 1)
		return fail(s, "refused by which rule?");
	say("rule|", w[0]);
	if (!s->refused) {
		fail(s, "it was not refused; what happened:");
		print_events(s);
		return false;
	}
	s->refused = false;              /* expected */
	if (strcmp(s->verdict.error.rule, w[0]) != 0)
		return fail(s, "refused by %s: %s", s->verdict.error.rule, s->verdict.error.message);
	return facts_are(s, w + 1, n - 1);
}

static bool
then_nothing(struct story *s)
{
	if (s->refused)
		return fail(s, "refused instead: %s -- %s", s->verdict.error.rule, s->verdict.error.message);
	if (!s->n)
		return true;
	fail(s, "something happened:");
	print_events(s);
	return false;
}

static bool
then(struct story *s, const char **w, int n)
{
	if (!s->asked || n < 1)
		return fail(s, "then what, after which when?");
	s->told = true;
	if (strcmp(w[0], "refused") == 0)
		return then_refused(s, w + 1, n - 1);
	if (strcmp(w[0], "nothing") == 0)
		return then_nothing(s);
	if (strcmp(w[0], "repeat") == 0)
		return s->verdict.repeat || fail(s, "it was no repeat");
	if (strcmp(w[0], "made") == 0 && n == 2)
		return like(s->verdict.id, w[1]) || fail(s, "it made %s", s->verdict.id ? s->verdict.id : "nothing");
	if (strcmp(w[0], "only") == 0) {
		s->only = true;
		return n > 1 ? then_event(s, w + 1, n - 1) : fail(s, "only what?");
	}
	return then_event(s, w, n);
}

/* ---- stories ----------------------------------------------------------------------------------------------------------- */

static void
story_begin(struct story *s, const char *name)
{
	static const uint8_t master[KEY_BYTES] = { 7 };

	*s = (struct story){ .keys = key_ring_new(master), .arena = arena_new(), .tenant = "DEFAULT" };
	s->caller = (struct caller){ .actor = "tester", .channel = "cli", .identity = "default", .admin = true };
	s->engine = engine_new(s->keys);
	engine_replayed(s->engine);
	engine_on_event(s->engine, on_event, s);
	s->name = arena_strdup(s->arena, name);
	stories++;
}

/* ---- a story ends with a restart: the log alone brings the same world back ------------------------------------------ */

static bool
replay_batch(struct story *s, struct engine *g, struct key_ring *ring, const struct log_batch *b)
{
	const struct batch_key *keys;
	int n = batch_keys(b, &keys);
	struct error err = { 0 };

	for (int i = 0; i < n; i++)
		if (!key_ring_add(ring, keys[i].tenant, keys[i].subject, keys[i].wrapped))
			return fail(s, "the key of %s does not open", keys[i].subject);
	for (int i = 0; i < log_batch_count(b); i++)
		if (!engine_replay(g, log_batch_event(b, i), &err))
			return fail(s, "replayed: %s -- %s", err.rule, err.message);
	return true;
}

static bool
same_answer(struct story *s, struct engine *g, const struct asked *a)
{
	struct verdict v = { 0 };

	engine_decide(g, &a->ask, s->arena, &v);
	line_no = a->line;
	return (v.repeat && v.ok == a->ok && v.position == a->position && strcmp(v.error.rule, a->rule) == 0 &&
		strcmp(v.id ? v.id : "", a->id ? a->id : "") == 0) ||
		fail(s, "after a restart the repeat is answered otherwise: %s position %lld %s, first %s position %lld %s", v.id ? v.id : "-",
		    (long long)v.position, v.error.rule, a->id ? a->id : "-", (long long)a->position, a->rule);
}

static bool
restart_changes_nothing(struct story *s)
{
	static const uint8_t master[KEY_BYTES] = { 7 };
	struct key_ring *ring = key_ring_new(master);
	struct engine *g = engine_new(ring);
	uint8_t live[HASH_BYTES], replayed[HASH_BYTES];
	bool ok = true;

	for (int i = 0; ok && i < s->n_log; i++)
		ok = replay_batch(s, g, ring, s->log[i]);
	engine_replayed(g);
	world_clock_set(engine_world(g), *world_clock(engine_world(s->engine)));
	engine_digest(s->engine, live);
	engine_digest(g, replayed);
	if (ok && memcmp(live, replayed, HASH_BYTES) != 0)
		ok = fail(s, "%s: the world rebuilt from the log is another one", s->name);
	for (int i = 0; ok && i < s->n_answers; i++)
		ok = same_answer(s, g, &s->answers[i]);
	engine_free(g);
	key_ring_free(ring);
	return ok;
}

static void
story_end(struct story *s)
{
	if (!s->engine)
		return;
	if (!s->failed && block_ends(s))
		restart_changes_nothing(s);
	if (s->failed)
		failures++;
	for (int i = 0; i < s->n_configs; i++)
		config_set(s->configs[i], NULL);
	for (int i = 0; i < s->n_log; i++)
		log_batch_free(s->log[i]);
	engine_free(s->engine);
	key_ring_free(s->keys);
	arena_free(s->arena);
	*s = (struct story){ 0 };
}

static void
run_line(struct story *s, const char *text)
{
	const char *words[WORDS_MAX + 1];
	int n;

	if (s->failed)
		return;
	n = words_of(s->arena, text, words);
	if (!n)
		return;
	if (strcmp(words[0], "given") == 0)
		given(s, words + 1, n - 1);
	else if (strcmp(words[0], "when") == 0)
		when(s, words + 1, n - 1);
	else if (strcmp(words[0], "then") == 0)
		then(s, words + 1, n - 1);
	else
		fail(s, "a line begins with test, given, when or then, not %s", words[0]);
}

static bool
worth_a_story(const char *text)
{
	text += strspn(text, " \t\r\n");
	return *text && *text != '#';
}

/* a line that ends in a backslash goes on in the next */
static bool
read_line(FILE *f, char out[LINE_MAX_])
{
	size_t n = 0;

	while (n + 2 < LINE_MAX_ && fgets(out + n, (int)(LINE_MAX_ - n), f)) {
		line_no++;
		n = strcspn(out, "\r\n");
		out[n] = 0;
		if (!n || out[n - 1] != '\\')
			return true;
		out[n - 1] = ' ';
	}
	return n > 0;
}

static bool
run_file(struct story *s, const char *path)
{
	static char text[LINE_MAX_];
	FILE *f = fopen(path, "re");

	file = path;
	line_no = 0;
	if (!f) {
		printf("%s cannot be read\n", path);
		return false;
	}
	while (read_line(f, text)) {
		if (strncmp(text, "test ", 5) == 0) {
			story_end(s);
			story_begin(s, text + 5);
		} else if (worth_a_story(text)) {
			if (!s->engine)
				story_begin(s, path);
			run_line(s, text);
		}
	}
	story_end(s);
	fclose(f);
	return true;
}

/* ---- what never occurred -------------------------------------------------------------------------------------------------- */

static int
unsaid(const char *kind, const char *name)
{
	char mark[160];

	snprintf(mark, sizeof mark, "%s%s|", kind, name);
	if (strstr(said, mark))
		return 0;
	printf("no story says the %.*s %s\n", (int)strcspn(kind, "|"), kind, name);
	return 1;
}

static int
uncovered(const struct module *m)
{
	int missing = 0;

	for (const struct command *c = m->commands; c && c->args; c++) {
		missing += unsaid("command|", c->args->name);
		for (const struct policy *p = c->policies; p && p->id; p++)
			missing += unsaid("rule|", p->id);
	}
	for (const struct transition *t = m->transitions; t && t->event; t++)
		missing += unsaid("event|", t->event->name);
	return missing;
}

#define MODULE_NAME_(name)  #name,
static int
cover(const char *which)
{
	static const char *const names[] = { MODULES(MODULE_NAME_) };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcmp(names[i], which) == 0)
			return uncovered(modules[i]);
	printf("there is no core/commands/%s.c\n", which);
	return 1;
}

int
main(int argc, char **argv)
{
	static struct story story;
	const char *covers[WORDS_MAX];
	int n_covers = 0, missing = 0;
	bool must_fail = false;

	signal(SIGABRT, on_abort);
	crypt_start();
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--must-fail") == 0)
			must_fail = true;
		else if (strcmp(argv[i], "--cover") == 0 && i + 1 < argc && n_covers < WORDS_MAX)
			covers[n_covers++] = argv[++i];
		else if (!run_file(&story, argv[i]))
			return 2;
	}
	for (int i = 0; i < n_covers; i++)
		missing += cover(covers[i]);
	printf("%d stories, %d failed\n", stories, failures);
	if (must_fail)
		return stories && failures == stories ? 0 : 1;
	return failures || missing || !stories;
}
