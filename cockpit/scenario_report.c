/* scenario_report.c -- what a run looks like on a terminal, and as JSON. */
#include <stdio.h>
#include <string.h>
#include "cockpit/scenario_inner.h"
#include "core/base/clock.h"
#include "core/base/json.h"
#include "core/base/text.h"

#define NAME_WIDE 40
#define SUMMARY_WIDE 44
#define CAPTURED_WIDE 40
#define ERROR_WIDE 80

static const char *const icons[] = { [STEP_ACTION] = "▶", [STEP_ASK] = "💬", [STEP_ASSERT] = "=",
	[STEP_HTTP] = "🌐",
	[STEP_FILE] = "📄" };

/* the text in exactly so many columns: cut with an ellipsis, or filled up; pad false: only cut.  Control
 * characters of foreign text become blanks. */
static void
put_wide(struct buf *out, const char *text, int columns, bool pad)
{
	const char *p = text;
	uint32_t c;
	int used = 0, room = text_width(text) > columns ? columns - 1 : columns;

	for (const char *from = p; utf8_next(&p, &c); from = p) {
		char one[8] = { 0 };
		memcpy(one, from, (size_t)(p - from) < sizeof one ? (size_t)(p - from) : sizeof one - 1);
		bool control = c < 32 || c == 127;
		int wide = control ? 1 : text_width(one);
		if (used + wide > room) {
			buf_str(out, "…");
			used++;
			break;
		}
		buf_str(out, control ? " " : one);
		used += wide;
	}
	for (; pad && used < columns; used++)
		buf_byte(out, ' ');
}

static void
put_first_line(struct buf *out, const char *text, int columns)
{
	char line[512];

	snprintf(line, sizeof line, "%.*s", (int)strcspn(text, "\n"), text);
	put_wide(out, line, columns, false);
}

static int64_t
milliseconds(int64_t micros)
{
	return (micros + 500) / 1000;
}

static void
put_captured(struct buf *out, const struct value *captured)
{
	struct buf text = { 0 };

	FOR_EACH_ITEM(i, captured) {
		buf_clear(&text);
		value_to_text(i, &text);
		buf_printf(out, "%s%s=", i == captured->first ? "" : " ", i->key);
		put_wide(out, buf_text(&text), CAPTURED_WIDE, false);
	}
	buf_free(&text);
}

static void
put_step(struct buf *out, int number, const struct step_report *s)
{
	buf_printf(out, "  %3d  ", number);
	put_wide(out, icons[s->step->kind], 2, true);
	buf_byte(out, ' ');
	put_wide(out, step_kind_name(s->step->kind), 6, true);
	buf_str(out, "  ");
	put_wide(out, s->step->name, NAME_WIDE, true);
	if (!s->ran) {
		buf_printf(out, "  %7s  –\n", "");
		return;
	}
	buf_printf(out, "  %7lld  %s", (long long)milliseconds(s->micros), s->ok ? "✓" : "✗");
	if (s->captured || s->error)
		buf_str(out, "  ");
	if (s->captured)
		put_captured(out, s->captured);
	if (s->error)
		put_first_line(out, s->error, ERROR_WIDE);
	buf_byte(out, '\n');
}

static void
put_steps(struct buf *out, const struct scenario_report *r)
{
	if (!r->scenario->n || r->setup_error)
		return;
	buf_str(out, "    #  kind       ");
	put_wide(out, "step", NAME_WIDE, true);
	buf_str(out, "       ms\n");
	for (int i = 0; i < r->scenario->n; i++)
		put_step(out, i + 1, &r->steps[i]);
}

static void
put_error(struct buf *out, const struct scenario_report *r)
{
	for (int i = 0; i < r->scenario->n; i++)
		if (r->steps[i].error)
			buf_printf(out, "\nstep %d, %s, %s:%d\n%s\n", i + 1, r->steps[i].step->name, r->scenario->path,
				r->steps[i].step->line, r->steps[i].error);
	if (r->setup_error)
		buf_printf(out, "setup error: %s\n", r->setup_error);
	if (r->teardown_error)
		buf_printf(out, "teardown error: %s\n", r->teardown_error);
}

static void
put_verdict(struct buf *out, const struct scenario_report *r)
{
	buf_printf(out, "%s — %s  (%lld ms)\n", r->ok ? "PASS" : "FAIL", r->scenario->name,
		(long long)milliseconds(r->micros));
}

void
scenario_report_text(const struct scenario_report *r, struct buf *out)
{
	put_verdict(out, r);
	put_steps(out, r);
	put_error(out, r);
	buf_byte(out, '\n');
}

void
scenario_report_end(const struct scenario_report *r, struct buf *out)
{
	buf_byte(out, '\n');
	put_verdict(out, r);
	put_error(out, r);
}

void
scenario_report_summary(const struct scenario_report *const *reports, int n, struct buf *out)
{
	int64_t micros = 0;
	int passed = 0;

	put_wide(out, "scenario", SUMMARY_WIDE, true);
	buf_str(out, "          steps        ms\n");
	for (int i = 0; i < n; i++) {
		const struct scenario_report *r = reports[i];
		char steps[32];
		snprintf(steps, sizeof steps, "%d/%d", r->passed, r->scenario->n);
		put_wide(out, r->scenario->name, SUMMARY_WIDE, true);
		buf_printf(out, "  %s  %7s  %8lld\n", r->ok ? "PASS" : "FAIL", steps, (long long)milliseconds(r->micros));
		passed += r->ok;
		micros += r->micros;
	}
	buf_printf(out, "%d passed, %d failed, %lld ms\n", passed, n - passed,
		(long long)milliseconds(micros));
}

/* ---- JSON --------------------------------------------------------------------------------------- */

static void
step_json(struct json *j, const struct step_report *s)
{
	struct buf captured = { 0 };

	if (s->captured)
		value_to_json(s->captured, &captured);
	json_object(j);
	json_put(j, "name", s->step->name);
	json_put(j, "kind", step_kind_name(s->step->kind));
	json_put_int(j, "line", s->step->line);
	json_put(j, "state", !s->ran ? "not run" : s->ok ? "passed" : "failed");
	json_put_int(j, "ms", milliseconds(s->micros));
	json_put_raw(j, "captured", s->captured ? buf_text(&captured) : "{}");
	json_put(j, "error", s->error);
	json_object_end(j);
	buf_free(&captured);
}

void
scenario_report_json(const struct scenario_report *r, struct buf *out)
{
	struct json j = json_to(out);

	json_object(&j);
	json_put(&j, "name", r->scenario->name);
	json_put(&j, "path", r->scenario->path);
	json_put_bool(&j, "passed", r->ok);
	json_put_int(&j, "ms", milliseconds(r->micros));
	json_put_int(&j, "steps_passed", r->passed);
	json_put_int(&j, "steps_total", r->scenario->n);
	json_put(&j, "trace", r->trace);
	json_put(&j, "setup_error", r->setup_error);
	json_put(&j, "teardown_error", r->teardown_error);
	json_key(&j, "steps");
	json_array(&j);
	for (int i = 0; i < r->scenario->n; i++)
		step_json(&j, &r->steps[i]);
	json_array_end(&j);
	json_object_end(&j);
	buf_byte(out, '\n');
}
