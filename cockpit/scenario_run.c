/* scenario_run.c -- a whole scenario: variables, setup, steps until one fails, teardown. */
#include <stdio.h>
#include <string.h>
#include "cockpit/scenario_inner.h"
#include "core/base/id.h"

static bool
make_variables(struct run *r, struct error *err)
{
	char id[9];

	r->variables = value_new(r->arena, VALUE_MAP);
	value_put(r->variables, "run_id", value_text(r->arena, random_hex(id, 8)));
	FOR_EACH_ITEM(i, r->scenario->variables) {
		struct value *v;
		if (!value_fill(r->arena, r->variables, i, &v, err))
			return false;
		value_set(r->variables, i->key, v);
	}
	return true;
}

static bool
setup_reset(struct run *r, struct error *err)
{
	struct value *args = value_new(r->arena, VALUE_MAP), *result;

	value_put(args, "reset_sequences", value_bool(r->arena, r->scenario->reset_sequences));
	return scenario_tool_run(r, "admin.reset_operational_data", args, &result, err);
}

static bool
setup_freeze(struct run *r, struct error *err)
{
	struct value *args = value_new(r->arena, VALUE_MAP), *result;
	const char *at;

	if (!text_fill(r->arena, r->variables, r->scenario->freeze_at, &at, err))
		return false;
	value_put(args, "at", value_text(r->arena, at));
	return scenario_tool_run(r, "clock.freeze", args, &result, err);
}

static bool
run_setup(struct run *r, struct error *err)
{
	return make_variables(r, err) && (!r->scenario->reset || setup_reset(r, err)) &&
		(!r->scenario->freeze_at || setup_freeze(r, err));
}

static bool
run_teardown(struct run *r, struct error *err)
{
	struct value *result;

	return !r->scenario->unfreeze || scenario_tool_run(r, "clock.unfreeze", NULL, &result, err);
}

static void
run_steps(struct run *r, struct scenario_report *report)
{
	const struct scenario *s = r->scenario;
	const struct scenario_host *host = r->host;

	for (int i = 0; i < s->n && report->ok; i++) {
		if (host->progress)
			host->progress(host->self, i + 1, s->n, s->steps[i].name);
		if (host->stopped(host->self)) {
			report->steps[i].error = "stopped";
			report->ok = false;
			break;
		}
		step_run(r, &s->steps[i], &report->steps[i]);
		report->ok = report->steps[i].ok;
		if (r->options->told)
			r->options->told(r->options->listener, i + 1, s->n, &report->steps[i]);
		report->passed += report->ok;
	}
}

void
scenario_run(struct arena *a, const struct scenario *s, const struct scenario_options *options,
	const struct scenario_host *host, struct scenario_report *report)
{
	char trace[33];
	struct error err = { 0 };
	struct run r = { .scenario = s, .options = options, .host = host, .arena = a,
		.as = { .actor = arena_printf(a, "scenario:%s", s->name), .channel = "scenario",
			.trace = arena_strdup(a, random_hex(trace, 32)), .token_of = "BSS_API_TOKEN" } };
	int64_t began = host->now(host->self);

	*report = (struct scenario_report){ .scenario = s, .steps = arena_array(a, struct step_report, s->n + 1),
		.trace = r.as.trace };
	for (int i = 0; i < s->n; i++)
		report->steps[i].step = &s->steps[i];
	report->ok = run_setup(&r, &err);
	if (!report->ok) {
		report->setup_error = error_sentence(a, &err);
	} else {
		run_steps(&r, report);
		if (!run_teardown(&r, &err)) {
			report->teardown_error = error_sentence(a, &err);
			report->ok = false;
		}
	}
	report->micros = host->now(host->self) - began;
}
