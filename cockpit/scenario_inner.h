/* scenario_inner.h -- between the scenario_*.c files, and their tests. */
#pragma once
#include "cockpit/scenario.h"

/* ---- values with placeholders (scenario_fill.c) ---- */
bool value_fill(struct arena *, const struct value *variables, const struct value *in, struct value **out,
	struct error *);
bool text_fill(struct arena *, const struct value *variables, const char *in, const char **out,
	struct error *);
/* calls for each placeholder of a text; used to find at once what nothing sets */
bool text_placeholders(const char *in, bool (*each)(void *self, const char *name), void *self);

/* ---- expectations (scenario_expect.c) ---- */
bool expect_holds(const struct value *expect, const struct value *result, struct buf *why);

/* ---- patterns (scenario_pattern.c) ---- */
struct pattern;
struct pattern *pattern_new(struct arena *, const char *source, struct error *);
int pattern_groups(const struct pattern *);
/* the group of the first or the last match; NULL: none */
const char *pattern_find(const struct pattern *, struct arena *, const char *text, int group, bool last);

/* ---- verbs that only scenarios have (scenario_verbs.c) ---- */
struct run {
	const struct scenario *scenario;
	const struct scenario_options *options;
	const struct scenario_host *host;
	struct scenario_as as;
	struct arena *arena;
	struct value *variables;
};
bool scenario_verb_exists(const char *name);
const char *scenario_verb_nearest(const char *name, int *distance);
bool scenario_verb_check(const char *name, const struct value *args, struct error *);
/* an operation of the system, or a verb */
bool scenario_tool_run(struct run *, const char *name, const struct value *args, struct value **result,
	struct error *);

/* ---- one step (scenario_steps.c, scenario_http.c) ---- */
struct outcome { bool ok,
	final; const char *why; struct value *result; };     /* final: asking again is no use */
struct outcome outcome_failed(struct run *, bool final, const char *fmt, ...) __attribute__((format(printf,
	3, 4)));
struct outcome outcome_error(struct run *, bool final, const struct error *);
const char *error_sentence(struct arena *, const struct error *);
bool capture_patterns(struct run *, const struct value *captures, const struct value *result, bool last,
	struct value *captured, const char **why);
struct outcome http_step(struct run *, const struct step *, struct value *captured);
void step_run(struct run *, const struct step *, struct step_report *);
