/* scenario.h -- stories in YAML against a running system: loading, running, reporting.
 *
 * Everything a scenario touches goes through struct scenario_host, so a run needs no stack in a test: the
 * host of the command line is made of cockpit/client.h, core/base/http_client.h, files and the monotonic
 * clock. */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "cockpit/scenario_value.h"
#include "core/base/arena.h"
#include "core/base/error.h"
#include "core/base/http_client.h"

/* who calls: the same for every call of a scenario, except where a verb presents another token */
struct scenario_as {
	const char *actor, *channel;           /* "scenario:NAME", "scenario" */
	const char *trace;                     /* one request id per scenario, 32 hex digits */
	const char *token_of;                  /* variable of core/bus/identity.h; no other token is tried */
};
struct scenario_host {
	void *self;
	/* is there such an operation, and has it arguments so called?  NOT_FOUND or INVALID in a sentence */
	bool (*check)(void *self, const char *op, const struct value *args, struct error *);
	/* an operation from JSON to JSON */
	bool (*call)(void *self, const struct scenario_as *, const char *op, const char *args, struct arena *,
		const char **result, struct error *);
	bool (*fetch)(void *self, const struct http_request *, struct arena *, struct http_response *,
		struct error *);
	bool (*read)(void *self, const char *path, struct arena *, const char **text, struct error *);
	int64_t (*now)(void *self);            /* monotonic, micros */
	void (*pause)(void *self, int64_t micros);
	bool (*stopped)(void *self);           /* the person wants to end it; the teardown still runs */
	void (*progress)(void *self, int step, int of, const char *name);      /* NULL: nobody watches */
};

/* ---- a file ------------------------------------------------------------------------------------------- */

enum step_kind { STEP_ACTION, STEP_ASK, STEP_ASSERT, STEP_HTTP, STEP_FILE };
struct poll { bool set; int64_t interval, timeout; };          /* micros */
struct step {
	enum step_kind kind;
	const char *name;
	int line;
	const char *what;                      /* operation, prompt, "GET url" or path */
	const struct value *body;              /* the step as written; of an assert what is inside it */
	const struct value *args, *expect, *expect_error, *capture, *capture_regex;    /* maps; NULL: none */
	struct poll poll;
};
struct scenario {
	const char *path, *name, *description;
	const struct value *tags;              /* a list; NULL: none */
	const struct value *variables;         /* a map, in the order they are made */
	bool reset, reset_sequences, unfreeze;
	const char *freeze_at;                 /* NULL: not frozen */
	const struct step *steps;
	int n;
};

/* INVALID: `scenario.invalid` or `yaml.malformed`, the sentence begins with PATH:LINE */
bool scenario_read(struct arena *, const char *path, const char *text, size_t n, const struct scenario_host *,
	struct scenario *, struct error *);
bool scenario_load(struct arena *, const char *path, const struct scenario_host *, struct scenario *,
	struct error *);
bool scenario_tagged(const struct scenario *, const char *tag);        /* NULL: any is */
const char *step_kind_name(enum step_kind);

/* ---- a run --------------------------------------------------------------------------------------------- */

struct step_report {
	const struct step *step;
	bool ran, ok;
	int64_t micros;
	const struct value *result;            /* what it was answered, a refusal that was expected too; NULL: nothing */
	const struct value *captured;          /* a map; NULL: nothing */
	const char *error;                     /* NULL: ok */
};
struct scenario_options {
	bool no_llm;
	/* each step as it ends; NULL: nobody listens */
	void (*told)(void *listener, int step, int of, const struct step_report *);
	void *listener;
};
struct scenario_report {
	const struct scenario *scenario;
	bool ok;
	int64_t micros;
	struct step_report *steps;             /* scenario->n of them */
	int passed;
	const char *setup_error, *teardown_error, *trace;
};

void scenario_run(struct arena *, const struct scenario *, const struct scenario_options *,
	const struct scenario_host *, struct scenario_report *);

/* ---- what is shown ------------------------------------------------------------------------------ */

void scenario_report_text(const struct scenario_report *, struct buf *);
void scenario_report_end(const struct scenario_report *, struct buf *);        /* without the steps */
void scenario_report_json(const struct scenario_report *, struct buf *);
void scenario_report_summary(const struct scenario_report *const *, int n, struct buf *);

/* ---- the command line: argv[0] is "scenario", argv[1] run, run-all, validate or list ------------ */

struct scenario_host scenario_host_new(void);
struct client *scenario_host_client(const struct scenario_host *);             /* NULL before the first call */
void scenario_host_free(struct scenario_host *);
int scenario_main(int argc, char **argv);
