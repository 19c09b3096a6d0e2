/* error.c -- filling errors.
 *
 * The context is kept as finished JSON members, so that a reply, a log line and a tool's observation can
 * copy it without understanding it; that is why each fact is escaped here and added whole or not at all. */
#include "core/base/error.h"
#include "core/base/buf.h"
#include "core/base/json.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define NAME_(k, http, exit, retry)  [ERROR_##k] = #k,
#define HTTP_(k, http, exit, retry)  [ERROR_##k] = http,
#define EXIT_(k, http, exit, retry)  [ERROR_##k] = exit,
#define RETRY_(k, http, exit, retry) [ERROR_##k] = retry,

static const char *const names[ERROR_KIND_COUNT] = { [ERROR_NONE] = "NONE", ERROR_KINDS(NAME_) };
static const int statuses[ERROR_KIND_COUNT] = { [ERROR_NONE] = 200, ERROR_KINDS(HTTP_) };
static const int exits[ERROR_KIND_COUNT] = { [ERROR_NONE] = 0, ERROR_KINDS(EXIT_) };
static const bool retries[ERROR_KIND_COUNT] = { [ERROR_NONE] = false, ERROR_KINDS(RETRY_) };

/* a kind may come from a peer's bytes */
static bool
in_range(enum error_kind k)
{
	return (unsigned)k < ERROR_KIND_COUNT;
}

const char *
error_kind_name(enum error_kind k)
{
	return in_range(k) ? names[k] : "UNKNOWN";
}

enum error_kind
error_kind_of(const char *name)
{
	for (int k = ERROR_NONE + 1; name && k < ERROR_KIND_COUNT; k++)
		if (strcmp(names[k], name) == 0)
			return (enum error_kind)k;
	return ERROR_NONE;
}

int
error_http_status(enum error_kind k)
{
	return in_range(k) ? statuses[k] : 500;
}

int
error_exit_code(enum error_kind k)
{
	return in_range(k) ? exits[k] : 1;
}

bool
error_retry(enum error_kind k)
{
	return in_range(k) && retries[k];
}

/* vsnprintf cuts anywhere; half a UTF-8 character at the end would make the reply invalid */
static void
drop_half_character(char *text)
{
	size_t n = strlen(text), back = 0;
	while (back < n && back < 3 && ((unsigned char)text[n - 1 - back] & 0xC0) == 0x80)
		back++;
	if (back == n)
		return;
	unsigned char lead = (unsigned char)text[n - 1 - back];
	size_t want = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : lead >= 0xC0 ? 1 : 0;
	if (want > back)
		text[n - 1 - back] = 0;
}

bool
error_set(struct error *err, enum error_kind kind, const char *rule, const char *fmt, ...)
{
	if (!err)
		return false;
	err->kind = kind;
	err->hint[0] = err->context[0] = 0;
	snprintf(err->rule, sizeof err->rule, "%s", rule);
	va_list ap;
	va_start(ap, fmt);
	/* through a buffer of its own: an argument may be the message that is being replaced */
	char message[sizeof err->message];
	vsnprintf(message, sizeof message, fmt, ap);
	va_end(ap);
	drop_half_character(message);
	memcpy(err->message, message, strlen(message) + 1);
	return false;
}

bool
error_hint(struct error *err, const char *fmt, ...)
{
	if (!err)
		return false;
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(err->hint, sizeof err->hint, fmt, ap);
	va_end(ap);
	drop_half_character(err->hint);
	return false;
}

static void
add_fact(struct error *err, const char *name, const struct buf *value)
{
	struct buf member = { 0 };
	size_t have = strlen(err->context);
	if (have)
		buf_byte(&member, ',');
	json_quote(&member, name, strlen(name));
	buf_byte(&member, ':');
	buf_add(&member, buf_text(value), value->len);
	if (have + member.len < sizeof err->context)
		memcpy(err->context + have, member.data, member.len + 1);
	buf_free(&member);
}

void
error_fact(struct error *err, const char *name, const char *text)
{
	if (!err)
		return;
	struct buf value = { 0 };
	if (text)
		json_quote(&value, text, strlen(text));
	else
		buf_str(&value, "null");
	add_fact(err, name, &value);
	buf_free(&value);
}

void
error_fact_int(struct error *err, const char *name, int64_t n)
{
	if (!err)
		return;
	struct buf value = { 0 };
	buf_printf(&value, "%lld", (long long)n);
	add_fact(err, name, &value);
	buf_free(&value);
}

void
error_fact_list(struct error *err, const char *name, const char *const *texts, int n)
{
	if (!err)
		return;
	struct buf value = { 0 };
	struct json j = json_to(&value);
	json_array(&j);
	for (int i = 0; i < n; i++)
		json_string(&j, texts[i]);
	json_array_end(&j);
	add_fact(err, name, &value);
	buf_free(&value);
}

void
error_fact_json(struct error *err, const char *name, const char *json)
{
	if (!err)
		return;
	struct buf value = { 0 };
	buf_str(&value, json ? json : "null");
	add_fact(err, name, &value);
	buf_free(&value);
}
