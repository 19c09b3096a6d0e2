/* verb.h -- `bss ORDER CREATE --flags`: every operation's row is a verb; a table gives some of them the names, flags
 * and one-line answers that operators know. */
#pragma once
#include <stdio.h>
#include "cockpit/client.h"
#include "cockpit/terminal.h"
#include "core/base/buf.h"

struct verb_run;
struct own_flag { const char *name, *takes, *help; };  /* takes NULL: it is there or not */
struct verb {
	const char *path;              /* "payment list-methods" */
	const char *op;                /* "payment.list_methods" */
	const char *renames;           /* "card=card_number": flag=field, blank between; NULL none */
	const char *preset;            /* "status=any": arguments unless given */
	const struct own_flag *extras; /* flags of the verb itself; ends with a nameless one; NULL none */
	bool (*prepare)(struct verb_run *);        /* last touch on the arguments */
	bool (*run)(struct verb_run *);            /* instead of one call; fills in .result */
	void (*print)(struct verb_run *);          /* instead of the card or the usual line */
	const char *example;
	const char *help;              /* instead of the operation's own line */
	bool plain;                    /* nothing but the operation's row */
	bool ungated;                  /* destructive for agents, a plain verb (or one that asks) for people */
};
extern const struct verb verbs[];      /* ends with a pathless one */

struct verb_run {
	struct verb verb;
	const struct shape *op;
	struct client *client;
	struct arena *arena;
	struct terminal terminal;
	cJSON *args, *extras;          /* fields; flags of the verb itself */
	struct call_options options;
	bool json, help, allow_destructive, yes;
	struct call_result result;
	struct buf out;                /* what goes to stdout */
	bool told;                     /* everything is said already */
	int status;                    /* exit status of what worked but did not succeed: a broken chain, a declined charge */
	struct error error;
};

/* the verb that the first words name, and how many of them; NULL: none */
bool verb_find(char *const *words, int n, struct verb *, int *taken, struct arena *);
const char *verb_path_of(const struct shape *, struct arena *);           /* "order create" */
void verb_each(void (*)(const struct verb *, void *), void *, struct arena *);
struct card_style;
void verb_clock(struct verb_run *, struct card_style *);                  /* asks only when a person looks */
struct card_style verb_style(struct verb_run *);                          /* for the verbs' own cards */
int verb_main(int argc, char **argv);                                     /* exit status */
/* what `bss PATH ID` shows, into out; with somebody else's client.  false: it could not be asked */
bool verb_show(struct client *, const char *path, const char *id, const struct terminal *, struct buf *out);
bool verb_tail(struct verb_run *);                                        /* tail.c: log tail */

/* verbs that are programs of their own, for help and completion: "scenario run" */
struct word { const char *path, *usage, *help; };
extern const struct word verb_words[];                                    /* ends with a pathless one */

/* arguments.c: fills args, extras and options; names everything that is wrong at once */
bool arguments_read(struct verb_run *, int argc, char *const *argv);
const char *argument_flag(const struct verb *, const struct field *, struct arena *);   /* "--customer" */
bool argument_is_positional(const struct field *);
const char *argument_word(const struct field *, struct arena *);          /* "CUSTOMER_ID" */
#define COMMON_FLAGS(_) \
	_("help",              false, "this text") \
	_("json",              false, "the result as JSON") \
	_("dry-run",           false, "decide, show what would happen, change nothing") \
	_("idempotency-key",   true,  "repeat safely under this key; one is made unless given") \
	_("as-of",             true,  "reads: as things were at this instant or log position") \
	_("no-wait",           false, "answer when committed, not when the outcome is known") \
	_("allow-destructive", false, "needed for what cannot be undone") \
	_("timeout",           true,  "give up after so long: 30s, 2m") \
	_("yes",               false, "do not ask")

/* verb_help.c */
void verb_help(const struct verb *, const struct shape *, struct buf *, struct arena *);
void group_help(const char *group, struct buf *, struct arena *);         /* leaves below a path; "" all */
void program_help(struct buf *);
bool asks_help(int argc, char *const *argv);                              /* is --help or -h among them */

/* report.c: errors on stderr, and the exit status they mean */
int report_error(const struct error *);
int report_refusal(const struct verb_run *, const struct error *);        /* with --json also on stdout */
void json_pretty(const char *json, struct buf *out);                      /* indented by two; digits stay */
bool verb_call(struct verb_run *, const char *op, const cJSON *args, cJSON **out);   /* one more query; best effort */
cJSON *object_of(struct arena *, const char *name, const char *value);               /* {name: value} */
cJSON *object_new(struct arena *);
/* members by camelCase name, snake_case accepted; text is cleaned for the terminal; numbers as text */
const cJSON *member(const cJSON *, const char *camel);
const char *member_text(struct arena *, const cJSON *, const char *camel, const char *otherwise);

/* words.c, completion.c: explain, graph, schema, completion: what needs no core */
int explain_main(int argc, char **argv);
int graph_main(int argc, char **argv);
int schema_main(int argc, char **argv);
int completion_main(int argc, char **argv);
