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

/* the few refusals whose exit status is not their kind's (spec 20) */
static const struct { const char *rule; int status; } statuses[] = {
	{ "payment.add_card.invalid_number", 1 },
};

static void
print_error_json(const struct error *e)
{
	struct buf out = { 0 }, pretty = { 0 }, context = { 0 };
	struct json j = json_to(&out);

	buf_printf(&context, "{%s}", e->context);

	json_object(&j);
	json_key(&j, "error");
	json_object(&j);
	json_put(&j, "kind", error_kind_name(e->kind));
	json_put(&j, "rule", e->rule);
	json_put(&j, "message", e->message);
	json_put(&j, "hint", e->hint);
	json_put_raw(&j, "context", buf_text(&context));
	json_object_end(&j);
	json_object_end(&j);
	json_pretty(buf_text(&out), &pretty);
	fputs(buf_text(&pretty), stdout);
	fflush(stdout);
	buf_free(&pretty);
	buf_free(&context);
	buf_free(&out);
}

/* who asked for JSON reads one JSON value, also when the answer is no */
int
report_refusal(const struct verb_run *run, const struct error *e)
{
	int status = report_error(e);

	if (run->json)
		print_error_json(e);
	for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++)
		if (strcmp(statuses[i].rule, e->rule) == 0)
			return statuses[i].status;
	return status;
}

/* ---- JSON for people --------------------------------------------------------------------------- */

static void
new_line(struct buf *out, int depth)
{
	buf_byte(out, '\n');
	for (int i = 0; i < depth; i++)
		buf_str(out, "  ");
}

static const char *
copy_string(const char *p, struct buf *out)
{
	const char *from = p++;

	while (*p && *p != '"')
		p += *p == '\\' && p[1] ? 2 : 1;
	p += *p == '"';
	buf_add(out, from, (size_t)(p - from));
	return p;
}

static const char *
skip_blank(const char *p)
{
	return p + strspn(p, " \t\r\n");
}

/* brackets, commas and colons; how deep it is behind them */
static int
put_mark(char c, int depth, struct buf *out)
{
	if (c == '}' || c == ']')
		new_line(out, --depth);
	buf_byte(out, c);
	if (c == '{' || c == '[')
		new_line(out, ++depth);
	else if (c == ',')
		new_line(out, depth);
	else if (c == ':')
		buf_byte(out, ' ');
	return depth;
}

/* the text is JSON already: only what stands between its values changes */
void
json_pretty(const char *json, struct buf *out)
{
	int depth = 0;

	for (const char *p = skip_blank(json); *p; p = skip_blank(p)) {
		const char *next = skip_blank(p + 1);
		if (*p == '"') {
			p = copy_string(p, out);
		} else if ((*p == '{' && *next == '}') || (*p == '[' && *next == ']')) {
			buf_printf(out, "%c%c", *p, *next);
			p = next + 1;
		} else {
			depth = put_mark(*p++, depth, out);
		}
	}
	buf_byte(out, '\n');
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
