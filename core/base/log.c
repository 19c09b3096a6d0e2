/* log.c -- one JSON object per line on stderr.
 *
 * A line is one write(), so that lines of several threads or processes do not mix.  Names of secrets and
 * of personal data are masked here and not by callers, because one caller in a hundred forgets; a value
 * that is itself JSON is looked through to the bottom. */
#include "core/base/log.h"
#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/error.h"
#include "core/base/json.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MASK "***REDACTED***"
#define MAX_FIELDS 16

static struct { const char *service; enum log_level level; } sink = { "bss", LOG_INFO };
static __thread struct { char name[32], value[128]; } inherited[MAX_FIELDS];
static __thread int inherited_count;

static const char *const level_names[] = { "error", "warn", "info", "debug" };

/* exact names, without regard to case and to _ or -; X_id and X_ref are safe by their spelling */
static const char *const masked_names[] = {
	"documentnumber", "cvv", "cardnumber", "ki", "opc", "pan", "password", "token", "accesstoken", "apitoken",
	"xbssapitoken", "apikey", "secret", "secretkey", "webhooksecret", "authorization", "cookie", "setcookie",
	"otp", "code", "pepper", "masterkey", "activationcode", "signature",
	"email", "phone", "givenname", "familyname", "fullname", "dateofbirth", "nric", "street", "address",
	"postcode", NULL,
};

static bool
masked(const char *name)
{
	char plain[48];
	size_t n = 0;
	for (; *name && n + 1 < sizeof plain; name++)
		if (*name != '_' && *name != '-')
			plain[n++] = *name >= 'A' && *name <= 'Z' ? (char)(*name - 'A' + 'a') : *name;
	plain[n] = 0;
	for (const char *const *m = masked_names; *m; m++)
		if (strcmp(*m, plain) == 0)
			return true;
	return false;
}

/* json_parse() bounds the depth, so this recursion is bounded too */
static void
write_tree(struct json *j, const cJSON *v)
{
	const cJSON *member;
	if (cJSON_IsObject(v)) {
		json_object(j);
		cJSON_ArrayForEach(member, v) {
			json_key(j, member->string);
			if (masked(member->string))
				json_string(j, MASK);
			else
				write_tree(j, member);
		}
		json_object_end(j);
	} else if (cJSON_IsArray(v)) {
		json_array(j);
		cJSON_ArrayForEach(member, v)
			write_tree(j, member);
		json_array_end(j);
	} else if (cJSON_IsString(v)) {
		json_string(j, v->valuestring);
	} else if (cJSON_IsNumber(v)) {
		json_real(j, v->valuedouble);
	} else {
		json_raw(j, cJSON_IsNull(v) ? "null" : cJSON_IsTrue(v) ? "true" : "false");
	}
}

/* a value that looks like a JSON object or array is written as such, masked inside */
static void
write_value(struct json *j, const char *value)
{
	struct arena *a = NULL;
	const cJSON *tree = NULL;
	if (value && (value[0] == '{' || value[0] == '[')) {
		a = arena_new();
		tree = json_parse(a, value, strlen(value), &(struct error){ 0 });
	}
	if (tree)
		write_tree(j, tree);
	else if (a)
		json_string(j, "(text that looks like JSON and is not)");
	else
		json_string(j, value);
	arena_free(a);
}

static void
put(struct json *j, const char *name, const char *value)
{
	json_key(j, name);
	if (value && masked(name))
		json_string(j, MASK);
	else
		write_value(j, value);
}

void
log_start(const char *service, enum log_level level)
{
	sink.service = service;
	sink.level = level;
}

void
log_field(const char *name, const char *value)
{
	int i = 0;
	while (i < inherited_count && strcmp(inherited[i].name, name) != 0)
		i++;
	if (i == MAX_FIELDS || !value)
		return;
	if (i == inherited_count)
		inherited_count++;
	snprintf(inherited[i].name, sizeof inherited[i].name, "%s", name);
	snprintf(inherited[i].value, sizeof inherited[i].value, "%s", value);
}

void
log_fields_clear(void)
{
	inherited_count = 0;
}

static void
begin(struct json *j, enum log_level level, const char *event)
{
	json_object(j);
	json_put_time(j, "timestamp", wall_now());
	json_put(j, "level", level_names[level]);
	json_put(j, "service", sink.service);
	json_put(j, "event", event);
	for (int i = 0; i < inherited_count; i++)
		put(j, inherited[i].name, inherited[i].value);
}

static void
end(struct json *j)
{
	json_object_end(j);
	buf_byte(j->out, '\n');
	const char *p = j->out->data;
	for (size_t left = j->out->len; left > 0;) {
		ssize_t n = write(STDERR_FILENO, p, left);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;                         /* nobody reads: a log line is not worth a process */
		p += n;
		left -= (size_t)n;
	}
	buf_free(j->out);
}

void
log_line(enum log_level level, const char *event, ...)
{
	if (level > sink.level)
		return;
	struct buf out = { 0 };
	struct json j = json_to(&out);
	begin(&j, level, event);
	va_list ap;
	va_start(ap, event);
	for (const char *name; (name = va_arg(ap, const char *)) != NULL;)
		put(&j, name, va_arg(ap, const char *));
	va_end(ap);
	end(&j);
}

void
log_error_line(const char *event, const struct error *err)
{
	struct buf out = { 0 }, context = { 0 };
	struct json j = json_to(&out);
	begin(&j, LOG_ERROR, event);
	put(&j, "kind", error_kind_name(err->kind));
	put(&j, "rule", err->rule);
	put(&j, "message", err->message);
	if (err->context[0]) {
		buf_printf(&context, "{%s}", err->context);
		put(&j, "context", buf_text(&context));
	}
	end(&j);
	buf_free(&context);
}
