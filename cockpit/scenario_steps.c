/* scenario_steps.c -- one step: fill in, do, look, keep what is captured; asked again while a poll allows
 * it. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cockpit/scenario_inner.h"
#include "core/base/clock.h"

#define ASSERT_PAUSE_LEAST (10 * (SECOND / 1000))
#define OTHER_PAUSE_LEAST  (50 * (SECOND / 1000))
#define SHOWN_MOST 2000

/* ---- outcomes ------------------------------------------------------------------------------------------ */

struct outcome
outcome_failed(struct run *r, bool final, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	struct outcome o = { .final = final, .why = arena_vprintf(r->arena, fmt, ap) };
	va_end(ap);
	return o;
}

const char *
error_sentence(struct arena *a, const struct error *err)
{
	return arena_printf(a, "%s%s%s: %s%s%s%s%s%s", error_kind_name(err->kind), err->rule[0] ? " " : "",
		err->rule,
		err->message, err->hint[0] ? "\n  " : "", err->hint, err->context[0] ? "\n  {" : "", err->context,
		err->context[0] ? "}" : "");
}

struct outcome
outcome_error(struct run *r, bool final, const struct error *err)
{
	return outcome_failed(r, final, "%s", error_sentence(r->arena, err));
}

/* ---- captures ----------------------------------------------------------------------------------- */

static struct outcome
capture_paths(struct run *r, const struct value *paths, struct value *result, struct value *captured)
{
	struct buf json = { 0 };

	if (paths)
		FOR_EACH_ITEM(i, paths) {
			const struct value *found = value_at_path(result, i->text);
			if (!found) {
				value_to_json(result, &json);
				struct outcome o = outcome_failed(r, true, "capture %s: nothing at %s in %.*s", i->key, i->text,
					SHOWN_MOST, buf_text(&json));
				buf_free(&json);
				return o;
			}
			value_set(captured, i->key, value_copy(r->arena, found));
		}
	return (struct outcome){ .ok = true, .result = result };
}

static const char *
capture_pattern(struct run *r, const struct value *c, const struct value *result, bool last, const char **why)
{
	const struct value *source = value_member(c, "source"), *group = value_member(c, "group");
	const char *path = source ? source->text : "body_text", *pattern = value_member(c, "pattern")->text;
	const struct value *text = value_at_key(result, path);
	struct error err = { 0 };

	if (!text || text->kind != VALUE_TEXT) {
		*why = arena_printf(r->arena, "capture_regex %s: %s is no text of the result", c->key, path);
		return NULL;
	}
	const struct pattern *p = pattern_new(r->arena, pattern, &err);
	int n = group ? atoi(group->text) : pattern_groups(p) > 0;
	const char *found = pattern_find(p, r->arena, text->text, n, last);
	if (!found)
		*why = arena_printf(r->arena, "capture_regex %s: %s does not match in %s", c->key, pattern, path);
	return found;
}

bool
capture_patterns(struct run *r, const struct value *captures, const struct value *result, bool last,
	struct value *captured, const char **why)
{
	if (captures)
		FOR_EACH_ITEM(c, captures) {
			const char *found = capture_pattern(r, c, result, last, why);
			if (!found)
				return false;
			value_set(captured, c->key, value_text(r->arena, found));
		}
	return true;
}

/* ---- action ------------------------------------------------------------------------------------- */

static bool
fill(struct run *r, const struct value *in, struct value **out, struct outcome *o)
{
	struct error err = { 0 };

	*out = NULL;
	if (!in || value_fill(r->arena, r->variables, in, out, &err))
		return true;
	*o = outcome_error(r, true, &err);
	return false;
}

static struct value *
error_value(struct run *r, const struct error *err)
{
	struct value *v = value_new(r->arena, VALUE_MAP), *context;
	const char *json = arena_printf(r->arena, "{%s}", err->context);
	struct error ignored;

	value_put(v, "kind", value_text(r->arena, error_kind_name(err->kind)));
	value_put(v, "rule", value_text(r->arena, err->rule));
	value_put(v, "message", value_text(r->arena, err->message));
	value_put(v, "hint", value_text(r->arena, err->hint));
	context = value_from_json(r->arena, json, strlen(json), &ignored);
	value_put(v, "context", context ? context : value_new(r->arena, VALUE_MAP));
	return v;
}

/* a story of a refusal: the step holds when the operation is refused as said */
static struct outcome
action_refused(struct run *r, const struct step *s, bool ok, const struct error *err, struct value *captured)
{
	struct value *want;
	struct buf why = { 0 };
	struct outcome o = { .ok = true };

	if (!fill(r, s->expect_error, &want, &o))
		return o;
	if (ok) {
		value_to_json(want, &why);
		o = outcome_failed(r, true, "%s should be refused with %s, and was not", s->what, buf_text(&why));
	} else {
		struct value *is = error_value(r, err);
		o = expect_holds(want, is, &why) ? capture_paths(r, s->capture, is, captured) :
			outcome_failed(r, true, "%s was refused otherwise: %s\n  %s", s->what, buf_text(&why),
				error_sentence(r->arena, err));
	}
	buf_free(&why);
	return o;
}

static struct outcome
action_step(struct run *r, const struct step *s, struct value *captured)
{
	struct value *args, *result = NULL;
	struct outcome o = { 0 };
	struct error err = { 0 };

	if (!fill(r, s->args, &args, &o))
		return o;
	bool ok = scenario_tool_run(r, s->what, args, &result, &err);
	if (s->expect_error)
		return action_refused(r, s, ok, &err, captured);
	return ok ? capture_paths(r, s->capture, result, captured) : outcome_error(r, true, &err);
}

/* ---- assert ------------------------------------------------------------------------------------- */

static struct outcome
assert_step(struct run *r, const struct step *s, struct value *captured)
{
	struct value *args, *expect, *result;
	struct outcome o = { .ok = true };
	struct error err = { 0 };
	struct buf why = { 0 };

	(void)captured;
	if (!fill(r, s->args, &args, &o) || !fill(r, s->expect, &expect, &o))
		return o;
	if (!scenario_tool_run(r, s->what, args, &result, &err))
		return outcome_error(r, true, &err);
	o.result = result;
	if (expect && !expect_holds(expect, result, &why))
		o = outcome_failed(r, false, "%s", buf_text(&why));
	buf_free(&why);
	return o;
}

/* ---- file and ask ------------------------------------------------------------------------------- */

static struct outcome
file_step(struct run *r, const struct step *s, struct value *captured)
{
	const char *path, *text, *why = NULL;
	struct error err = { 0 };

	if (!text_fill(r->arena, r->variables, s->what, &path, &err))
		return outcome_error(r, true, &err);
	if (!r->host->read(r->host->self, path, r->arena, &text, &err))
		return outcome_error(r, false, &err);
	struct value *result = value_new(r->arena, VALUE_MAP);
	value_put(result, "path", value_text(r->arena, path));
	value_put(result, "body_text", value_text(r->arena, text));
	value_put(result, "content", value_text(r->arena, text));
	value_put(result, "text", value_text(r->arena, text));
	if (!capture_patterns(r, s->capture_regex, result, true, captured, &why))
		return outcome_failed(r, false, "%s", why);
	return (struct outcome){ .ok = true, .result = result };
}

static struct outcome
ask_step(struct run *r, const struct step *s, struct value *captured)
{
	(void)s, (void)captured;
	if (r->options->no_llm)
		return outcome_failed(r, true, "An ask step needs a language model, and --no-llm rules it out");
	return outcome_failed(r, true, "No language model is configured, so nobody can be asked");
}

static struct outcome
web_step(struct run *r, const struct step *s, struct value *captured)
{
	struct outcome o = http_step(r, s, captured);

	return o.ok ? capture_paths(r, s->capture, o.result, captured) : o;
}

/* ---- any ---------------------------------------------------------------------------------------- */

static struct outcome
step_once(struct run *r, const struct step *s, struct value *captured)
{
	switch (s->kind) {
	case STEP_ACTION: return action_step(r, s, captured);
	case STEP_ASSERT: return assert_step(r, s, captured);
	case STEP_ASK:    return ask_step(r, s, captured);
	case STEP_HTTP:   return web_step(r, s, captured);
	case STEP_FILE:   return file_step(r, s, captured);
	}
	return outcome_failed(r, true, "no kind of step");
}

static struct outcome
step_polled(struct run *r, const struct step *s, struct value *captured)
{
	const struct scenario_host *host = r->host;
	int64_t least = s->kind == STEP_ASSERT ? ASSERT_PAUSE_LEAST : OTHER_PAUSE_LEAST;
	int64_t pause = s->poll.interval > least ? s->poll.interval : least;
	int64_t end = host->now(host->self) + s->poll.timeout;

	for (;;) {
		struct outcome o = step_once(r, s, captured);
		int64_t left = end - host->now(host->self);
		if (o.ok || o.final || !s->poll.set || left <= 0 || host->stopped(host->self))
			return o;
		host->pause(host->self, pause < left ? pause : left);
	}
}

void
step_run(struct run *r, const struct step *s, struct step_report *report)
{
	struct value *captured = value_new(r->arena, VALUE_MAP);
	int64_t began = r->host->now(r->host->self);
	struct outcome o = step_polled(r, s, captured);

	*report = (struct step_report){ .step = s, .ran = true, .ok = o.ok, .error = o.ok ? NULL : o.why,
		.micros = r->host->now(r->host->self) - began };
	if (!o.ok)
		return;
	report->result = o.result;
	report->captured = captured->n ? captured : NULL;
	FOR_EACH_ITEM(i, captured)
		value_set(r->variables, i->key, value_copy(r->arena, i));
}
