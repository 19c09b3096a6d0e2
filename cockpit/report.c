/* report.c -- how a refusal looks to a person, and small helpers for reading results.
 *
 * One line that a script can grep (kind, rule, sentence), then what to do next and the facts. */
#include <string.h>
#include "cockpit/verb.h"
#include "core/base/json.h"
#include "core/base/text.h"

static const char *
first_word(const struct error *e)
{
	return e->kind == ERROR_REFUSED ? "POLICY_VIOLATION" : error_kind_name(e->kind);
}

static void
report_facts(const struct error *e, struct arena *a)
{
	struct error ignored;
	char *text = arena_printf(a, "{%s}", e->context);
	const cJSON *facts = json_parse(a, text, strlen(text), &ignored), *f;

	cJSON_ArrayForEach(f, facts) {
		const char *value = cJSON_IsString(f) ? f->valuestring : json_print(a, f);
		if (strcmp(f->string, "fields") != 0)
			fprintf(stderr, "  %s: %s\n", f->string, terminal_clean(a, value));
	}
}

int
report_error(const struct error *e)
{
	struct arena *a = arena_new();

	if (e->kind == ERROR_REFUSED || e->rule[0])
		fprintf(stderr, "%s %s  %s\n", first_word(e), e->rule, terminal_clean(a, e->message));
	else
		fprintf(stderr, "%s  %s\n", first_word(e), terminal_clean(a, e->message));
	report_facts(e, a);
	if (e->hint[0])
		fprintf(stderr, "  next: %s\n", terminal_clean(a, e->hint));
	arena_free(a);
	return error_exit_code(e->kind);
}

cJSON *
object_new(struct arena *a)
{
	cJSON *o = cJSON_CreateObject();

	arena_own(a, (void (*)(void *))cJSON_Delete, o);
	return o;
}

cJSON *
object_of(struct arena *a, const char *name, const char *value)
{
	cJSON *o = object_new(a);

	cJSON_AddStringToObject(o, name, value);
	return o;
}

bool
verb_call(struct verb_run *run, const char *op, const cJSON *args, cJSON **out)
{
	struct call_result r;
	struct error ignored;
	struct call_options o = { .as_of = run->options.as_of };

	if (!client_call(run->client, op, args, &o, run->arena, &r, &ignored))
		return false;
	*out = r.json;
	return true;
}

const cJSON *
member(const cJSON *o, const char *camel)
{
	char snake[96];
	const cJSON *m = cJSON_GetObjectItemCaseSensitive(o, camel);

	if (!m)
		m = cJSON_GetObjectItemCaseSensitive(o, snake_case(camel, snake, sizeof snake));
	return m && !cJSON_IsNull(m) ? m : NULL;
}

const char *
member_text(struct arena *a, const cJSON *o, const char *camel, const char *otherwise)
{
	const cJSON *m = member(o, camel);

	if (!m)
		return otherwise;
	return terminal_clean(a, cJSON_IsString(m) ? m->valuestring : json_print(a, m));
}
