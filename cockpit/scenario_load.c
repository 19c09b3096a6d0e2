/* scenario_load.c -- from YAML to a scenario, refusing with FILE:LINE whatever the language does not have.
 *
 * As much as possible is found before anything runs: unknown keys at every level, operations that do not
 * exist (with the nearest that does), arguments they do not have, patterns that are none, placeholders that
 * nothing sets. A story that fails in its middle has already changed the system. */
#include <stdio.h>
#include <string.h>
#include "cockpit/scenario_inner.h"
#include "cockpit/scenario_yaml.h"
#include "core/base/clock.h"
#include "core/base/text.h"

struct loading {
	struct arena *arena;
	const char *path;
	const struct scenario_host *host;
	struct value *known;                   /* variables set so far, by name */
	struct error *err;
};

static bool
refuse(struct loading *l, int line, const char *what)
{
	return error_set(l->err, ERROR_INVALID, "scenario.invalid", "%s:%d: %s", l->path, line, what);
}

#define REFUSE(l, line, ...)  refuse(l, line, arena_printf((l)->arena, __VA_ARGS__))

/* ---- keys of a level ----------------------------------------------------------------------------------- */

#define IS(kind)   (1u << VALUE_##kind)
#define NUMBER     (IS(INT) | IS(REAL))
#define SCALAR     (IS(NULL) | IS(BOOL) | NUMBER | IS(TEXT))
#define ANYTHING   (SCALAR | IS(LIST) | IS(MAP))

struct key { const char *name; unsigned kinds; bool required; };

static const struct key top_keys[] = {
	{ "name", IS(TEXT), true }, { "description", IS(TEXT), false }, { "tags", IS(LIST), false },
	{ "setup", IS(MAP) | IS(NULL), false }, { "variables", IS(MAP) | IS(NULL), false }, { "steps", IS(LIST),
		false },
	{ "teardown", IS(MAP) | IS(NULL), false }, { 0 } };
static const struct key setup_keys[] = {
	{ "reset_operational_data", IS(BOOL), false }, { "reset_sequences", IS(BOOL), false },
	{ "freeze_clock_at", IS(TEXT) | IS(NULL), false }, { "variables", IS(MAP) | IS(NULL), false }, { 0 } };
static const struct key teardown_keys[] = { { "unfreeze_clock", IS(BOOL), false }, { 0 } };
static const struct key poll_keys[] = {
	{ "interval_ms", NUMBER, false }, { "timeout_seconds", NUMBER, false }, { 0 } };
static const struct key action_keys[] = {
	{ "name", IS(TEXT), true }, { "action", IS(TEXT), true }, { "args", IS(MAP) | IS(NULL), false },
	{ "capture", IS(MAP), false }, { "expect_error", IS(MAP), false }, { 0 } };
static const struct key expect_error_keys[] = {
	{ "rule", IS(TEXT), false }, { "kind", IS(TEXT), false }, { 0 } };
static const struct key assert_keys[] = { { "name", IS(TEXT), true }, { "assert", IS(MAP), true }, { 0 } };
static const struct key assert_body_keys[] = {
	{ "tool", IS(TEXT), true }, { "args", IS(MAP) | IS(NULL), false }, { "expect", IS(MAP) | IS(NULL), false },
	{ "poll", IS(MAP) | IS(NULL), false }, { 0 } };
static const struct key ask_keys[] = {
	{ "name", IS(TEXT), true }, { "ask", IS(TEXT), true }, { "timeout_seconds", NUMBER, false },
	{ "expect_tools_called_include", IS(LIST), false }, { "expect_tools_not_called", IS(LIST), false },
	{ "expect_final_state", IS(MAP) | IS(NULL), false }, { "expect_event_sequence", IS(LIST), false },
	{ "allow_clarification", IS(BOOL), false }, { "capture", IS(MAP), false }, { 0 } };
static const struct key http_keys[] = {
	{ "name", IS(TEXT), true }, { "http", IS(TEXT), true }, { "base_url", IS(TEXT), false },
	{ "headers", IS(MAP), false }, { "cookies", IS(MAP), false }, { "form", IS(MAP), false },
	{ "json", ANYTHING, false }, { "expect", IS(MAP) | IS(NULL), false }, { "poll", IS(MAP) | IS(NULL), false },
	{ "follow_redirects", IS(BOOL), false }, { "drain_stream", IS(BOOL), false },
	{ "timeout_seconds", NUMBER, false }, { "capture", IS(MAP), false }, { "capture_regex", IS(MAP), false },
		{ 0 } };
static const struct key http_expect_keys[] = {
	{ "status", IS(INT) | IS(LIST), false }, { "body_contains", IS(LIST), false },
	{ "body_not_contains", IS(LIST), false }, { "headers_match", IS(MAP), false },
	{ "body_json_equals", IS(MAP), false }, { 0 } };
static const struct key file_keys[] = {
	{ "name", IS(TEXT), true }, { "file", IS(TEXT), true }, { "capture_regex", IS(MAP), false },
	{ "poll", IS(MAP) | IS(NULL), false }, { "encoding", IS(TEXT), false }, { 0 } };
static const struct key capture_keys[] = {
	{ "source", IS(TEXT), false }, { "pattern", IS(TEXT), true }, { "group", IS(INT), false }, { 0 } };

static const struct key *
key_named(const struct key *keys, const char *name)
{
	for (; keys->name; keys++)
		if (strcmp(keys->name, name) == 0)
			return keys;
	return NULL;
}

static bool
unknown_key(struct loading *l, const struct value *v, const struct key *keys, const char *where)
{
	const char *nearest = NULL;
	int least = 4;

	for (const struct key *k = keys; k->name; k++)
		if (text_distance(k->name, v->key) < least) {
			nearest = k->name;
			least = text_distance(k->name, v->key);
		}
	return REFUSE(l, v->line, "%s has no `%.60s`%s%s%s", where, v->key, nearest ? "; did you mean `" : "",
		nearest ? nearest : "", nearest ? "`?" : "");
}

static bool
check_keys(struct loading *l, const struct value *map, const struct key *keys, const char *where)
{
	if (map->kind != VALUE_MAP)
		return REFUSE(l, map->line, "%s must be a map, not %s", where, value_kind_name(map->kind));
	FOR_EACH_ITEM(i, map) {
		const struct key *k = key_named(keys, i->key);
		if (!k)
			return unknown_key(l, i, keys, where);
		if (!(k->kinds & 1u << i->kind))
			return REFUSE(l, i->line, "`%s` of %s must not be %s", i->key, where, value_kind_name(i->kind));
	}
	for (const struct key *k = keys; k->name; k++)
		if (k->required && !value_member(map, k->name))
			return REFUSE(l, map->line, "%s needs `%s`", where, k->name);
	return true;
}

static const struct value *
map_of(const struct value *in, const char *key)
{
	const struct value *v = value_member(in, key);

	return v && v->kind == VALUE_MAP ? v : NULL;
}

static const char *
text_of(const struct value *in, const char *key)
{
	const struct value *v = value_member(in, key);

	return v && v->kind == VALUE_TEXT ? v->text : NULL;
}

static bool
flag_of(const struct value *in, const char *key)
{
	const struct value *v = value_member(in, key);

	return v && v->kind == VALUE_BOOL && v->truth;
}

/* every item of a list is text */
static bool
texts_only(struct loading *l, const struct value *list)
{
	if (list)
		FOR_EACH_ITEM(i, list)
			if (i->kind != VALUE_TEXT)
				return REFUSE(l, i->line, "`%s` holds text only, not %s", list->key,
					value_kind_name(i->kind));
	return true;
}

/* ---- placeholders that nothing sets ------------------------------------------------------------- */

static void
know(struct loading *l, const char *name)
{
	if (!value_member(l->known, name))
		value_put(l->known, name, value_new(l->arena, VALUE_NULL));
}

struct looking { struct loading *loading; int line; };

static bool
placeholder_known(void *self, const char *name)
{
	struct looking *at = self;

	return value_member(at->loading->known, name) ||
		REFUSE(at->loading, at->line, "{{ %s }} stands for nothing: no variable or capture before it is called so",
			name);
}

static bool
placeholders_known(struct loading *l, const struct value *v)
{
	struct looking at = { l, v->line };

	if (v->kind == VALUE_TEXT)
		return text_placeholders(v->text, placeholder_known, &at);
	FOR_EACH_ITEM(i, v)
		if (!(v->kind == VALUE_MAP && strcmp(i->key, "capture_regex") == 0) && !placeholders_known(l, i))
			return false;
	return true;
}

static bool
variable_name_ok(struct loading *l, const struct value *v)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789";
	size_t n = strlen(v->key);

	if (n && n < 128 && strspn(v->key, letters) == n && !strchr("0123456789", v->key[0]))
		return true;
	return REFUSE(l, v->line, "`%.60s` cannot name a variable: letters, digits and _ do", v->key);
}

/* ---- parts of a step ---------------------------------------------------------------------------- */

static int64_t
micros_of(const struct value *v, int64_t unit, int64_t otherwise)
{
	double n;

	if (!v || sscanf(v->text, "%lf", &n) != 1)
		return otherwise;
	return n <= 0 ? 0 : n > 86400000 ? 86400000 * unit : (int64_t)(n * (double)unit);
}

static bool
load_poll(struct loading *l, const struct value *step, struct poll *out)
{
	const struct value *poll = map_of(step, "poll");

	*out = (struct poll){ .interval = SECOND / 5, .timeout = 5 * SECOND, .set = poll != NULL };
	if (!poll)
		return true;
	if (!check_keys(l, poll, poll_keys, "poll"))
		return false;
	out->interval = micros_of(value_member(poll, "interval_ms"), SECOND / 1000, out->interval);
	out->timeout = micros_of(value_member(poll, "timeout_seconds"), SECOND, out->timeout);
	return true;
}

static bool
load_capture(struct loading *l, const struct value *capture)
{
	if (capture)
		FOR_EACH_ITEM(i, capture) {
			if (!variable_name_ok(l, i))
				return false;
			if (i->kind != VALUE_TEXT || !value_path_ok(i->text))
				return REFUSE(l, i->line, "capture `%s`: a path is $, .key and [n], as in $[0].id", i->key);
			know(l, i->key);
		}
	return true;
}

static bool
load_pattern(struct loading *l, const struct value *i, bool source_needed)
{
	struct error why = { 0 };

	if (!variable_name_ok(l, i) || !check_keys(l, i, capture_keys, "capture_regex"))
		return false;
	if (source_needed && !value_member(i, "source"))
		return REFUSE(l, i->line, "capture_regex `%s` needs `source`: body_text, headers.location ...", i->key);
	const struct pattern *p = pattern_new(l->arena, value_member(i, "pattern")->text, &why);
	if (!p)
		return REFUSE(l, i->line, "%s", why.message);
	const struct value *group = value_member(i, "group");
	if (group && (group->text[0] == '-' || strlen(group->text) > 2 || micros_of(group, 1,
		0) > pattern_groups(p)))
		return REFUSE(l, i->line, "the pattern has %d groups, not %s", pattern_groups(p), group->text);
	know(l, i->key);
	return true;
}

static bool
load_patterns(struct loading *l, const struct value *captures, bool source_needed)
{
	if (captures)
		FOR_EACH_ITEM(i, captures)
			if (!load_pattern(l, i, source_needed))
				return false;
	return true;
}

/* a verb of scenarios, else an operation of the system */
static bool
load_tool(struct loading *l, const struct value *name, const struct value *args)
{
	struct error why = { 0 };
	bool known = scenario_verb_exists(name->text);
	bool ok = known ? scenario_verb_check(name->text, args, &why) : l->host->check(l->host->self, name->text,
		args, &why);
	int distance;

	if (ok)
		return true;
	const char *nearest = why.kind == ERROR_NOT_FOUND ? scenario_verb_nearest(name->text, &distance) : NULL;
	if (nearest && distance <= 2)
		return REFUSE(l, name->line, "%s. Did you mean %s?", why.message, nearest);
	return REFUSE(l, name->line, "%s%s%s", why.message, why.hint[0] ? ". " : "", why.hint);
}

/* ---- steps -------------------------------------------------------------------------------------- */

static bool
load_action(struct loading *l, const struct value *v, struct step *s)
{
	if (!check_keys(l, v, action_keys, "an action step"))
		return false;
	s->args = map_of(v, "args");
	s->expect_error = map_of(v, "expect_error");
	if (s->expect_error && !check_keys(l, s->expect_error, expect_error_keys, "expect_error"))
		return false;
	if (s->expect_error && !s->expect_error->n)
		return REFUSE(l, s->expect_error->line, "expect_error needs `rule` or `kind`");
	const char *kind = text_of(s->expect_error, "kind");
	if (kind && error_kind_of(kind) == ERROR_NONE)
		return REFUSE(l, s->expect_error->line, "there is no kind of error `%.40s`", kind);
	s->what = text_of(v, "action");
	return load_tool(l, value_member(v, "action"), s->args);
}

static bool
load_assert(struct loading *l, const struct value *v, struct step *s)
{
	if (value_member(v, "capture"))
		return REFUSE(l, value_member(v, "capture")->line, "an assert step captures nothing; use an action step");
	if (!check_keys(l, v, assert_keys, "an assert step"))
		return false;
	s->body = value_member(v, "assert");
	if (!check_keys(l, s->body, assert_body_keys, "assert"))
		return false;
	s->args = map_of(s->body, "args");
	s->expect = map_of(s->body, "expect");
	s->what = text_of(s->body, "tool");
	return load_tool(l, value_member(s->body, "tool"), s->args);
}

static bool
load_ask(struct loading *l, const struct value *v, struct step *s)
{
	s->what = text_of(v, "ask");
	return check_keys(l, v, ask_keys, "an ask step") &&
		texts_only(l, value_member(v, "expect_tools_called_include")) &&
		texts_only(l, value_member(v, "expect_tools_not_called"));
}

static bool
load_http(struct loading *l, const struct value *v, struct step *s)
{
	if (!check_keys(l, v, http_keys, "an http step"))
		return false;
	s->what = text_of(v, "http");
	if (strncmp(s->what, "GET ", 4) != 0 && strncmp(s->what, "POST ", 5) != 0)
		return REFUSE(l, v->line, "http says \"GET url\" or \"POST url\"");
	if (value_member(v, "form") && value_member(v, "json"))
		return REFUSE(l, v->line, "an http step has a form or json, not both");
	s->expect = map_of(v, "expect");
	if (!s->expect)
		return true;
	return check_keys(l, s->expect, http_expect_keys, "expect of an http step") &&
		texts_only(l, value_member(s->expect, "body_contains")) &&
		texts_only(l, value_member(s->expect, "body_not_contains"));
}

static bool
load_file(struct loading *l, const struct value *v, struct step *s)
{
	const char *encoding = text_of(v, "encoding");

	s->what = text_of(v, "file");
	if (encoding && strcmp(encoding, "utf-8") != 0 && strcmp(encoding, "utf8") != 0)
		return REFUSE(l, v->line, "files are read as utf-8, not %.40s", encoding);
	return check_keys(l, v, file_keys, "a file step");
}

static const struct { const char *key; bool (*load)(struct loading *, const struct value *,
	struct step *); } kinds[] = {
	[STEP_ACTION] = { "action", load_action }, [STEP_ASK] = { "ask", load_ask },
	[STEP_ASSERT] = { "assert", load_assert }, [STEP_HTTP] = { "http", load_http }, [STEP_FILE] = { "file",
		load_file },
};

const char *
step_kind_name(enum step_kind kind)
{
	return kinds[kind].key;
}

static bool
find_kind(struct loading *l, const struct value *v, enum step_kind *kind)
{
	for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++)
		if (value_member(v, kinds[k].key)) {
			*kind = (enum step_kind)k;
			return true;
		}
	return refuse(l, v->line, "a step says action, ask, assert, http or file");
}

static bool
load_step(struct loading *l, const struct value *v, struct step *s)
{
	if (v->kind != VALUE_MAP)
		return REFUSE(l, v->line, "a step must be a map, not %s", value_kind_name(v->kind));
	*s = (struct step){ .line = v->line, .body = v, .name = text_of(v, "name") };
	if (!find_kind(l, v, &s->kind) || !kinds[s->kind].load(l, v, s))
		return false;
	s->capture = map_of(v, "capture");
	s->capture_regex = map_of(v, "capture_regex");
	return placeholders_known(l, v) && load_poll(l, s->body, &s->poll) && load_capture(l, s->capture) &&
		load_patterns(l, s->capture_regex, s->kind == STEP_HTTP);
}

static bool
load_steps(struct loading *l, const struct value *list, struct scenario *s)
{
	struct step *steps = arena_array(l->arena, struct step, list ? list->n + 1 : 1);

	s->steps = steps;
	if (list)
		FOR_EACH_ITEM(i, list)
			if (!load_step(l, i, &steps[s->n++]))
				return false;
	return true;
}

/* ---- the whole ---------------------------------------------------------------------------------- */

/* setup's variables, overlaid by the top's, in the order of the file */
static bool
load_variables(struct loading *l, const struct value *setup, const struct value *top, struct scenario *s)
{
	const struct value *from[] = { map_of(setup, "variables"), map_of(top, "variables") };
	struct value *all = value_new(l->arena, VALUE_MAP);

	know(l, "run_id");
	for (int f = 0; f < 2; f++)
		for (const struct value *i = from[f] ? from[f]->first : NULL; i; i = i->next) {
			if (!variable_name_ok(l, i))
				return false;
			value_set(all, i->key, value_copy(l->arena, i));
		}
	s->variables = all;
	FOR_EACH_ITEM(i, all) {
		if (!placeholders_known(l, i))
			return false;
		know(l, i->key);
	}
	return true;
}

static bool
load_setup(struct loading *l, const struct value *top, struct scenario *s)
{
	const struct value *setup = map_of(top, "setup"), *teardown = map_of(top, "teardown");

	if ((setup && !check_keys(l, setup, setup_keys, "setup")) ||
	    (teardown && !check_keys(l, teardown, teardown_keys, "teardown")))
		return false;
	s->reset = flag_of(setup, "reset_operational_data");
	s->reset_sequences = flag_of(setup, "reset_sequences");
	s->freeze_at = text_of(setup, "freeze_clock_at");
	s->unfreeze = flag_of(teardown, "unfreeze_clock");
	if (!load_variables(l, setup, top, s))
		return false;
	return !s->freeze_at || placeholders_known(l, value_member(setup, "freeze_clock_at"));
}

static bool
load_top(struct loading *l, const struct value *top, struct scenario *s)
{
	if (!check_keys(l, top, top_keys, "a scenario"))
		return false;
	s->name = text_of(top, "name");
	s->description = text_of(top, "description");
	s->tags = value_member(top, "tags");
	if (text_blank(s->name) || strlen(s->name) > 80)
		return refuse(l, top->line, "the name of a scenario has 1 to 80 bytes");
	return texts_only(l, s->tags) && load_setup(l, top, s) && load_steps(l, value_member(top, "steps"), s);
}

bool
scenario_read(struct arena *a, const char *path, const char *text, size_t n, const struct scenario_host *host,
	struct scenario *out, struct error *err)
{
	struct loading l = { .arena = a, .path = path, .host = host, .err = err };
	struct value *top = yaml_read(a, path, text, n, err);

	l.known = value_new(a, VALUE_MAP);
	*out = (struct scenario){ .path = path };
	return top && load_top(&l, top, out);
}

bool
scenario_load(struct arena *a, const char *path, const struct scenario_host *host, struct scenario *out,
	struct error *err)
{
	const char *text;

	return host->read(host->self, path, a, &text, err) &&
		scenario_read(a, arena_strdup(a, path), text, strlen(text), host, out, err);
}

bool
scenario_tagged(const struct scenario *s, const char *tag)
{
	if (!tag)
		return true;
	for (const struct value *i = s->tags ? s->tags->first : NULL; i; i = i->next)
		if (strcmp(i->text, tag) == 0)
			return true;
	return false;
}
