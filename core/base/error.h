/* error.h -- errors are data: kind, rule, sentence, context, what to do next.
 *
 * One struct from the policy to the REPL, the TMF body and the language model's observation.
 * Libraries fill it, mains log it once.  The context is a JSON object of machine-readable facts;
 * neither it nor the message may hold card numbers, document numbers, keys or other secrets. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

/*  kind             HTTP  exit  retry */
#define ERROR_KINDS(_) \
	_(INVALID,         400,  2,  false) \
	_(UNAUTHENTICATED, 401,  1,  false) \
	_(FORBIDDEN,       403,  2,  false) \
	_(NOT_FOUND,       404,  1,  false) \
	_(CONFLICT,        409,  1,  false) \
	_(REFUSED,         422,  2,  false) \
	_(UNAVAILABLE,     503,  1,  true)

#define ERROR_ENUM_(k, http, exit, retry) ERROR_##k,
enum error_kind { ERROR_NONE, ERROR_KINDS(ERROR_ENUM_) ERROR_KIND_COUNT };

struct error {
	enum error_kind kind;
	char rule[96];          /* greppable: `case.close.requires_resolution_code` */
	char message[480];      /* one sentence for a person */
	char hint[240];         /* what to do next; may be empty */
	char context[1024];     /* members of a JSON object, without the braces; may be empty */
};

const char *error_kind_name(enum error_kind);            /* "REFUSED" */
enum error_kind error_kind_of(const char *name);         /* ERROR_NONE if unknown */
int error_http_status(enum error_kind);
int error_exit_code(enum error_kind);
bool error_retry(enum error_kind);                       /* may the same request be sent again? */

/* fill *err; all return false, so that `return error_set(...)` reads as a refusal */
bool error_set(struct error *, enum error_kind, const char *rule, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
bool error_hint(struct error *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* facts: appended to the context; one that would not fit whole is left out */
void error_fact(struct error *, const char *name, const char *text);      /* NULL is JSON null */
void error_fact_int(struct error *, const char *name, int64_t);
void error_fact_list(struct error *, const char *name, const char *const *texts, int n);
void error_fact_json(struct error *, const char *name, const char *json);  /* json: already JSON */
