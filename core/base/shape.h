/* shape.h -- a shape is a named list of typed fields: what one event, command, query or row says.
 *
 * schemas/<aggregate>.h lists shapes as rows.  This file turns a row into a struct and a
 * `const struct shape NAME_shape`, which the codecs, the JSON Schema, the help, the DDL of the read
 * models and the fuzzers walk.  It is the only code generator in the tree.
 *
 *	#define case_close_fields(_, T) \
 *		_(T, ID,   case_id,         REQ TARGET, "the case") \
 *		_(T, TEXT, resolution_code, REQ UPTO(80), "why it was closed")
 *
 * All-zero is "not given" for every kind, so designated initialisers leave out what is absent. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/base/money.h"

enum field_kind {
	FIELD_TEXT,      /* const char *: UTF-8, at most .upto bytes (4,096 unless said) */
	FIELD_ID,        /* const char *: at most 63 of A-Za-z0-9_.:+@- */
	FIELD_DATE,      /* const char *: YYYY-MM-DD */
	FIELD_DECIMAL,   /* const char *: "25.00"; becomes money where the currency is known */
	FIELD_JSON,      /* const char *: a JSON text that the domain does not interpret (64 KiB) */
	FIELD_INT,       /* int64_t */
	FIELD_BOOL,      /* bool */
	FIELD_REAL,      /* double: probabilities; never money */
	FIELD_TIME,      /* int64_t microseconds; TIME_CLEARED = explicit null where .clearable */
	FIELD_MONEY,     /* struct money */
	FIELD_OPTINT,    /* struct opt_int: zero and absent differ */
	FIELD_OPTBOOL,   /* struct opt_bool */
	FIELD_OPTREAL,   /* struct opt_real */
	FIELD_TEXTS,     /* struct texts */
	FIELD_LIST,      /* struct list of the shape in .of */
};
struct opt_int  { int64_t v; bool set; };
struct opt_bool { bool v, set; };
struct opt_real { double v; bool set; };
struct texts { const char **v; int n; };
struct list  { void *items; int n; };

struct shape;
struct field {
	const char *name;
	enum field_kind kind;
	size_t at;
	const char *text;              /* one line of help */
	const char *choices;           /* "a|b|c": nothing else is accepted */
	const char *fallback;          /* what an absent argument means, for help and JSON Schema; the codec fills it in */
	const struct shape *of;        /* LIST: shape of an item */
	int upto;                      /* TEXT: bytes; TEXTS, LIST: items */
	bool required;
	bool target;                   /* the id of the aggregate the command is about; positional on the CLI */
	bool positional;               /* positional on the CLI, after the target */
	bool personal;                 /* sealed with the subject's key in the log; never in log lines */
	bool secret;                   /* never logged, never shown */
	bool clearable;                /* TIME: an explicit null means "remove" */
	bool indexed;                  /* read-model rows: gets an index */
	bool key;                      /* read-model rows: the primary key */
};

struct shape {
	const char *name;              /* "case.close" */
	const char *text;
	size_t size;
	const struct field *fields;    /* ends with a nameless one */
	/* events */
	int code;                      /* smallint in the log; assigned once, never reused */
	int version;                   /* 1 unless said */
	int aggregate;                 /* enum aggregate_id */
	const char *alias;             /* the reference's name, shown by audit and hubs */
	bool request;                  /* asks an effect for something; .effect says which */
	const char *effect;
	bool answers;                  /* closes the open request of its stream */
	bool tombstone;                /* the aggregate is gone; its version survives */
	const char *refuses;           /* as an outcome it means no: the rule that who waits for it is told */
	/* operations */
	const char *show;              /* query that shows the result; gets the same id */
	const char *awaits;            /* "order.completed order.failed": outcome events for await */
	const char *domain;            /* spans' service name and the read model to wait for: "crm" */
	bool destructive;              /* proposed first; needs --allow-destructive or /confirm */
	bool internal;                 /* reactions, timers and the core itself only */
	bool effect_only;              /* answers of effects: identity must be an effect's */
	bool hidden;                   /* not offered to language models */
	bool gated;                    /* needs BSS_ALLOW_ADMIN_RESET */
	bool is_query;
	bool client;                   /* runs in the client (cockpit/), made of other operations */
	const char *group;             /* CLI: where `bss GROUP VERB` differs from the name's dots */
};

#define FIELD_C_TEXT    const char *
#define FIELD_C_ID      const char *
#define FIELD_C_DATE    const char *
#define FIELD_C_DECIMAL const char *
#define FIELD_C_JSON    const char *
#define FIELD_C_INT     int64_t
#define FIELD_C_BOOL    bool
#define FIELD_C_REAL    double
#define FIELD_C_TIME    int64_t
#define FIELD_C_MONEY   struct money
#define FIELD_C_OPTINT  struct opt_int
#define FIELD_C_OPTBOOL struct opt_bool
#define FIELD_C_OPTREAL struct opt_real
#define FIELD_C_TEXTS   struct texts
#define FIELD_C_LIST    struct list

/* options of a field: written side by side, each ends in its comma */
#define OPT
#define REQ              .required = true,
#define TARGET           .target = true,
#define POSITIONAL       .positional = true,
#define PERSONAL         .personal = true,
#define SECRET           .secret = true,
#define CLEARABLE        .clearable = true,
#define INDEXED          .indexed = true,
#define KEY              .key = true,
#define UPTO(n)          .upto = (n),
#define CHOICE(list)     .choices = (list),
#define FALLBACK(text)   .fallback = (text),
#define OF(sym)          .of = &sym##_shape,

/* options of a shape */
#define VERSION(n)       .version = (n),
#define ALIAS(name)      .alias = (name),
#define REQUEST(to)      .request = true, .effect = (to),
#define ANSWERS          .answers = true,
#define TOMBSTONE        .tombstone = true,
#define REFUSES(rule)    .refuses = (rule),
#define SHOWS(query)     .show = (query),
#define AWAITS(events)   .awaits = (events),
#define DOMAIN_(d)       .domain = (d),
#define DESTRUCTIVE      .destructive = true,
#define INTERNAL         .internal = true,
#define EFFECT_ONLY      .effect_only = true,
#define HIDDEN           .hidden = true,
#define GATED            .gated = true,
#define CLIENT           .client = true,

#define FIELD_MEMBER_(T, k_, n_, opts, help)  FIELD_C_##k_ n_;
#define FIELD_ROW_(T, k_, n_, opts, help) \
	{ .name = #n_, .kind = FIELD_##k_, .at = offsetof(struct T, n_), .text = help, opts },

/* plain shapes (list items, rows): _(sym, help) */
#define SHAPE_DECLARE_(sym, help) \
	struct sym { sym##_fields(FIELD_MEMBER_, sym) }; \
	extern const struct shape sym##_shape;
#define SHAPE_DEFINE_(sym, help) \
	const struct shape sym##_shape = { .name = #sym, .text = help, .size = sizeof(struct sym), \
		.fields = (const struct field[]){ sym##_fields(FIELD_ROW_, sym) { 0 } } };

/* events: _(name, sym, code, aggregate, opts, help) */
#define EVENT_DECLARE_(str, sym, no, agg, opts, help)  SHAPE_DECLARE_(sym, help)
#define EVENT_DEFINE_(str, sym, no, agg, opts, help) \
	const struct shape sym##_shape = { .name = str, .text = help, .size = sizeof(struct sym), \
		.fields = (const struct field[]){ sym##_fields(FIELD_ROW_, sym) { 0 } }, \
		.code = no, .aggregate = AGGREGATE_##agg, opts };
#define EVENT_REF_(str, sym, no, agg, opts, help)      &sym##_shape,

/* operations (commands and queries): _(name, sym, opts, help) */
#define OP_DECLARE_(str, sym, opts, help)  SHAPE_DECLARE_(sym, help)
#define COMMAND_DEFINE_(str, sym, opts, help) \
	const struct shape sym##_shape = { .name = str, .text = help, .size = sizeof(struct sym), \
		.fields = (const struct field[]){ sym##_fields(FIELD_ROW_, sym) { 0 } }, opts };
#define QUERY_DEFINE_(str, sym, opts, help) \
	const struct shape sym##_shape = { .name = str, .text = help, .size = sizeof(struct sym), \
		.fields = (const struct field[]){ sym##_fields(FIELD_ROW_, sym) { 0 } }, .is_query = true, opts };
#define OP_REF_(str, sym, opts, help)      &sym##_shape,
#define EVENT_COUNT_(str, sym, no, agg, opts, help)  + 1
#define OP_COUNT_(str, sym, opts, help)    + 1

/* every shape of LIST has its row in TABLE, which ends with an all-zero row */
#define EVERY_EVENT(TABLE, LIST) \
	_Static_assert(sizeof TABLE / sizeof TABLE[0] == 1 LIST(EVENT_COUNT_), #LIST " and " #TABLE " differ")
#define EVERY_COMMAND(TABLE, LIST) \
	_Static_assert(sizeof TABLE / sizeof TABLE[0] == 1 LIST(OP_COUNT_), #LIST " and " #TABLE " differ")

/* states: _(SYMBOL, "text") */
#define STATE_ENUM_(sym, text)  sym,
#define STATE_TEXT_(sym, text)  [sym] = text,

/* a shape without fields still needs one member in C: use this list */
#define no_fields(_, T)  _(T, BOOL, nothing_, OPT, "")

#define FOR_EACH_FIELD(f, shape)  for (const struct field *f = (shape)->fields; f->name; f++)
const struct field *shape_field(const struct shape *, const char *name);   /* NULL if none */
bool choice_is(const char *choices, const char *value);                   /* one of "a|b|c" */
const struct field *shape_target(const struct shape *);                    /* the TARGET field, or NULL */
const char *field_kind_name(enum field_kind);
static inline void *field_at(const struct field *f, const void *obj) { return (char *)(uintptr_t)obj + f->at; }
static inline const char *field_text(const struct field *f, const void *obj)
{ return *(const char **)field_at(f, obj); }
