/* problem.c -- see problem.h */
#include "gateways/http/problem.h"
#include <stdio.h>
#include <string.h>
#include "core/base/json.h"

#define REFERENCE "https://docs.bss-cli.dev/policies/"

static const char *const codes[ERROR_KIND_COUNT] = {
	[ERROR_INVALID] = PROBLEM_FIELD, [ERROR_UNAUTHENTICATED] = "41", [ERROR_FORBIDDEN] = PROBLEM_DENIED,
	[ERROR_NOT_FOUND] = PROBLEM_NOT_FOUND, [ERROR_CONFLICT] = "2", [ERROR_REFUSED] = "POLICY_VIOLATION",
	[ERROR_UNAVAILABLE] = PROBLEM_INTERNAL,
};

/* SHOUTING_RULES are codes in their own right (AUTH_INVALID_TOKEN, PROJECTION_BEHIND) */
const char *
problem_code(const struct error *e)
{
	if (e->rule[0] >= 'A' && e->rule[0] <= 'Z' && !strchr(e->rule, '.'))
		return e->rule;
	return codes[e->kind] ? codes[e->kind] : PROBLEM_INTERNAL;
}

static void
members(struct json *j, int status, const char *code, const char *reason, const char *message)
{
	char number[12];

	snprintf(number, sizeof number, "%d", status);
	json_put(j, "code", code);
	json_put(j, "reason", reason);
	json_put(j, "message", message);
	json_put(j, "status", number);
	json_put(j, "@type", "Error");
}

void
problem_write(struct buf *out, int status, const char *code, const char *reason, const char *message)
{
	struct json j = json_to(out);

	json_object(&j);
	members(&j, status, code, reason, message);
	json_object_end(&j);
}

int
problem_of(struct buf *out, const struct error *e)
{
	int status = e->kind == ERROR_NONE ? 500 : error_http_status(e->kind);
	struct json j = json_to(out);
	char text[sizeof e->rule + sizeof REFERENCE], context[sizeof e->context + 3];

	json_object(&j);
	members(&j, status, problem_code(e), e->rule[0] ? e->rule : "internal", e->message);
	if (e->kind == ERROR_REFUSED) {
		snprintf(text, sizeof text, REFERENCE "%s", e->rule);
		json_put(&j, "referenceError", text);
	}
	if (e->kind == ERROR_REFUSED || e->context[0]) {
		snprintf(context, sizeof context, "{%s}", e->context);
		json_put_raw(&j, "context", context);
	}
	if (e->hint[0])
		json_put(&j, "hint", e->hint);
	json_object_end(&j);
	return status;
}
