/* usage.c -- see usage.h.
 *
 * The network sends what it measured by the thousand, so this path reads records in place, packs them into frames of a
 * thousand commands and keeps a few frames under way at once.  A record is judged on its own: what is wrong with one says
 * nothing about the others.  The reference makes a repeat harmless, so a batch may simply be sent again. */
#include "gateways/http/usage.h"
#include <stdio.h>
#include <string.h>
#include "core/base/clock.h"
#include "core/base/codec.h"
#include "core/base/json.h"
#include "core/base/text.h"
#include "gateways/http/scan.h"
#include "schemas/registry.h"

#define FRAME 1000
#define WINDOW 4                             /* frames under way for one request */
#define RECORDS_MAX 50000
#define TIMEOUT (10 * SECOND)

/* ---- reading --------------------------------------------------------------------------------------- */

static const struct { const char *name; size_t at; enum field_kind kind; bool required; } members[] = {
	{ "msisdn", offsetof(struct usage_record, msisdn), FIELD_ID, true },
	{ "eventType", offsetof(struct usage_record, event_type), FIELD_TEXT, true },
	{ "eventTime", offsetof(struct usage_record, event_time), FIELD_TIME, true },
	{ "quantity", offsetof(struct usage_record, quantity), FIELD_INT, true },
	{ "unit", offsetof(struct usage_record, unit), FIELD_TEXT, true },
	{ "reference", offsetof(struct usage_record, reference), FIELD_TEXT, false },
	{ "source", offsetof(struct usage_record, source), FIELD_TEXT, false },
	{ "rawCdrRef", offsetof(struct usage_record, reference), FIELD_TEXT, false },
	{ "roamingIndicator", offsetof(struct usage_record, roaming_indicator), FIELD_BOOL, false },
	{ "subscriptionId", offsetof(struct usage_record, subscription_id), FIELD_ID, false },
};
#define MEMBERS (int)(sizeof members / sizeof members[0])

/* reading goes on behind it: who sends thousands wants to know all that is wrong at once */
static bool
wrong(struct usage_faults *f, struct span name, const char *why)
{
	int len = name.len < 80 ? (int)name.len : 80;

	for (int i = 0; i < f->n; i++)
		if (f->v[i].len == len && memcmp(f->v[i].name, name.at, (size_t)len) == 0)
			return true;
	if (f->n == USAGE_FAULTS)
		return true;
	f->v[f->n].name = name.at;
	f->v[f->n].len = len;
	f->v[f->n++].why = why;
	return true;
}

static bool
read_text(struct scan *s, int i, void *record, struct span name, struct usage_faults *faults)
{
	size_t n;

	if (scan_peek(s) != SCAN_STRING)
		return scan_skip(s, NULL) && wrong(faults, name, "must be a text");
	char *text = scan_string(s, &n);
	if (!text)
		return false;
	if (members[i].kind == FIELD_TIME)
		return time_parse(text, (int64_t *)(void *)((char *)record + members[i].at)) ||
		    wrong(faults, name, "must be a time like \"2026-02-15T09:00:00Z\"");
	if (members[i].kind == FIELD_ID && !text_id_ok(text))
		return wrong(faults, name, "must be an id: 1 to 63 letters, digits or _ . : + @ -");
	*(const char **)(void *)((char *)record + members[i].at) = text;
	return true;
}

static bool
read_member(struct scan *s, int i, void *record, struct span name, struct usage_faults *faults)
{
	enum scan_kind k = scan_peek(s);
	char *at = (char *)record + members[i].at;

	if (k == SCAN_NULL)
		return scan_skip(s, NULL);
	switch (members[i].kind) {
	case FIELD_INT:
		if (k != SCAN_NUMBER)
			return scan_skip(s, NULL) && wrong(faults, name, "must be a whole number");
		return scan_int(s, (int64_t *)(void *)at) || (!s->bad && wrong(faults, name, "must be a whole number"));
	case FIELD_BOOL:
		*(bool *)at = k == SCAN_TRUE;
		return scan_skip(s, NULL) && (k == SCAN_TRUE || k == SCAN_FALSE || wrong(faults, name, "must be true or false"));
	default:
		return read_text(s, i, record, name, faults);
	}
}

static int
member_named(struct span key)
{
	for (int i = 0; i < MEMBERS; i++)
		if (span_is(key, members[i].name))
			return i;
	return -1;
}

/* the field has its value already, maybe under its other name */
static bool
has_been_read(unsigned seen, int i)
{
	for (int k = 0; k < MEMBERS; k++)
		if (seen >> k & 1 && members[k].at == members[i].at)
			return true;
	return false;
}

static bool
read_any(struct scan *s, struct span key, struct usage_record *record, unsigned *seen, struct usage_faults *faults)
{
	int i = member_named(key);

	if (i < 0)
		return scan_skip(s, NULL) && wrong(faults, key, "is not a field of a usage record");
	if (has_been_read(*seen, i))
		wrong(faults, key, "is there twice");
	*seen |= 1u << i;
	return read_member(s, i, record, key, faults);
}

bool
usage_read(struct scan *s, struct usage_record *record, struct usage_faults *faults)
{
	struct span key;
	unsigned seen = 0;

	faults->n = 0;
	if (scan_peek(s) != SCAN_OBJECT)
		return scan_skip(s, NULL) && wrong(faults, (struct span){ "", 0 }, "A usage record is an object") && false;
	scan_enter(s);
	while (scan_member(s, &key))
		if (!read_any(s, key, record, &seen, faults))
			return false;
	for (int i = 0; i < MEMBERS; i++)
		if (members[i].required && !(seen >> i & 1))
			wrong(faults, (struct span){ members[i].name, strlen(members[i].name) }, "is missing");
	return !s->bad && !faults->n;
}

/* ---- writing ------------------------------------------------------------------------------------------ */

static void
write_rated(struct json *j, const struct usage_rated *u, const char *subscription)
{
	json_put(j, "usageEventId", u->usage_event_id);
	json_put(j, "subscriptionId", subscription);
	json_put(j, "msisdn", u->msisdn);
	json_put(j, "eventType", u->event_type);
	json_put_time(j, "eventTime", u->event_time);
	json_put_int(j, "quantity", u->quantity);
	json_put(j, "unit", u->unit);
	if (u->source)
		json_put(j, "source", u->source);
	if (u->reference)
		json_put(j, "reference", u->reference);
	json_put_bool(j, "roamingIndicator", u->roaming_indicator);
	json_put(j, "allowanceType", u->allowance_type);
	json_put_int(j, "consumedQuantity", u->consumed_quantity);
	json_put_int(j, "unserved", u->unserved);
	json_put_int(j, "consumed", u->consumed);
	json_put_int(j, "total", u->total);
	json_put(j, "chargeAmount", "0");
	json_put(j, "offeringId", u->offering_id);
}

static const struct bus_event *
rated_event(const struct bus_answer *answer)
{
	for (int i = 0; i < answer->n_events; i++)
		if (answer->events[i].type == usage_rated_shape.code)
			return &answer->events[i];
	return NULL;
}

void
usage_write(struct buf *out, const struct bus_answer *answer, struct arena *a)
{
	const struct bus_event *e = rated_event(answer);
	struct usage_rated u = { 0 };

	if (answer->status == ANSWER_ERROR) {
		problem_of(out, &answer->error);
		return;
	}
	struct json j = json_to(out);
	json_object(&j);
	json_put(&j, "status", "201");
	if (e && shape_unpack(&usage_rated_shape, e->payload, e->len, a, &u, NULL, NULL))
		write_rated(&j, &u, e->id);
	else
		json_put(&j, "usageEventId", answer->id);
	if (answer->repeat || !e)
		json_put_bool(&j, "repeat", true);
	json_object_end(&j);
}

static void
write_wrong(struct buf *out, const struct usage_faults *f)
{
	struct buf message = { 0 };

	for (int i = 0; i < f->n; i++)
		buf_printf(&message, "%s%.*s%s%s", i ? "; " : "", f->v[i].len, f->v[i].name, f->v[i].len ? " " : "", f->v[i].why);
	problem_write(out, 400, f->v[0].len ? PROBLEM_FIELD : PROBLEM_BODY, "arguments.invalid", buf_text(&message));
	buf_free(&message);
}

/* ---- a request ------------------------------------------------------------------------------------------- */

struct frame { int from, to; struct buf out; };
struct record { const struct usage_faults *faults; size_t args, args_len; };       /* faults: NULL when it was sent */
struct batch {
	struct request *r;
	struct record *records; int n, room;
	struct buf packed;                   /* the arguments of all records */
	struct frame *frames; int n_frames, sent, done;
	int64_t position;
	int status;                          /* of a single record */
	bool list, sending;
};

static void
batch_free(void *batch)
{
	struct batch *b = batch;

	buf_free(&b->packed);
	for (int i = 0; i < b->n_frames; i++)
		buf_free(&b->frames[i].out);
}

static void
batch_answer(struct batch *b)
{
	struct request *r = b->r;
	struct buf *out = &r->x->out;

	if (b->position) {
		r->wrote = b->position;
		job_wrote(&r->job, "mediation", b->position);
	}
	if (b->list)
		buf_byte(out, '[');
	for (int i = 0; i < b->n_frames; i++) {
		if (i)
			buf_byte(out, ',');
		buf_add(out, b->frames[i].out.data, b->frames[i].out.len);
	}
	if (b->list)
		buf_byte(out, ']');
	request_answer(r, b->list ? 200 : b->status);
}

/* answers: of the records that were sent, in order; err: of all of them */
static void
frame_write(struct batch *b, struct frame *f, const struct error *err, const struct bus_answer *answers)
{
	struct bus_answer failed = { .status = ANSWER_ERROR };

	if (err)
		failed.error = *err;
	for (int i = f->from; i < f->to; i++) {
		const struct record *rec = &b->records[i];
		if (i > f->from)
			buf_byte(&f->out, ',');
		if (rec->faults) {
			b->status = 400;
			write_wrong(&f->out, rec->faults);
			continue;
		}
		const struct bus_answer *a = err ? &failed : answers++;
		b->status = a->status == ANSWER_ERROR ? error_http_status(a->error.kind) : 201;
		if (a->status != ANSWER_ERROR && a->position > b->position)
			b->position = a->position;
		usage_write(&f->out, a, b->r->job.gateway->turn);
	}
}

static void send_frames(struct batch *);

static void
frame_done(struct job *j, int tag, const struct error *err, struct bus_answer *answers, int n)
{
	struct batch *b = j->state;
	(void)n;

	frame_write(b, &b->frames[tag], err, answers);
	b->done++;
	if (b->done == b->n_frames)
		batch_answer(b);
	else
		send_frames(b);
}

static void
frame_send(struct batch *b, int i)
{
	struct frame *f = &b->frames[i];
	struct bus_item items[FRAME];
	int n = 0;

	for (int k = f->from; k < f->to; k++)
		if (!b->records[k].faults)
			items[n++] = (struct bus_item){ .op = usage_record_shape.name, .key = b->list ? NULL : b->r->key,
				.args = (const uint8_t *)b->packed.data + b->records[k].args, .args_len = b->records[k].args_len };
	if (n)
		job_ask(&b->r->job, SOCKET_COMMANDS, items, n, TIMEOUT, i, frame_done);
	else
		frame_done(&b->r->job, i, NULL, NULL, 0);
}

/* a frame may be answered at once (nobody listens): that comes back here, and the loop goes on */
static void
send_frames(struct batch *b)
{
	if (b->sending)
		return;
	b->sending = true;
	while (b->sent < b->n_frames && b->sent - b->done < WINDOW)
		frame_send(b, b->sent++);
	b->sending = false;
}

static void
add_record(struct batch *b, const struct usage_record *u, const struct usage_faults *faults)
{
	if (b->n == b->room) {
		int room = b->room ? 2 * b->room : 64;
		struct record *more = arena_array(b->r->job.arena, struct record, room);
		if (b->n)
			memcpy(more, b->records, sizeof *more * (size_t)b->n);
		b->records = more;
		b->room = room;
	}
	struct record *rec = &b->records[b->n++];
	*rec = (struct record){ .args = b->packed.len };
	if (faults->n) {
		rec->faults = arena_memdup(b->r->job.arena, faults, sizeof *faults);
		return;
	}
	shape_pack(&usage_record_shape, u, &b->packed, NULL);
	rec->args_len = b->packed.len - rec->args;
}

static bool
read_records(struct batch *b, struct scan *s)
{
	b->list = scan_peek(s) == SCAN_ARRAY;
	if (b->list)
		scan_enter(s);
	while (!b->list || scan_item(s)) {
		struct usage_record u = { 0 };
		struct usage_faults faults;
		if (!usage_read(s, &u, &faults) && s->bad)
			return false;
		add_record(b, &u, &faults);
		if (!b->list || b->n > RECORDS_MAX)
			break;
	}
	return b->n > RECORDS_MAX || scan_end(s);
}

static void
cut_frames(struct batch *b)
{
	b->n_frames = (b->n + FRAME - 1) / FRAME;
	b->frames = arena_array(b->r->job.arena, struct frame, b->n_frames + 1);
	for (int i = 0; i < b->n_frames; i++) {
		b->frames[i].from = i * FRAME;
		b->frames[i].to = i + 1 < b->n_frames ? (i + 1) * FRAME : b->n;
	}
}

static void
malformed(struct request *r, const struct scan *s)
{
	char message[160];

	snprintf(message, sizeof message, "The body is not JSON: %s (at byte %zu)", s->bad, (size_t)(s->at - s->start));
	request_problem(r, 400, PROBLEM_BODY, "json.malformed", message);
}

void
usage_post(struct request *r)
{
	struct exchange *x = r->x;

	if (!request_media_ok(r))
		return;
	if (x->body.len == 0 || !utf8_valid(x->body.data, x->body.len)) {
		request_problem(r, 400, x->body.len ? PROBLEM_BODY : PROBLEM_NO_BODY,
			x->body.len ? "json.malformed" : "body.missing",
		    x->body.len ? "The body is not valid UTF-8" : "A JSON body is needed");
		return;
	}
	struct batch *b = arena_new_of(r->job.arena, struct batch);
	struct scan s = scan_text(x->body.data, x->body.len);
	b->r = r;
	arena_own(r->job.arena, batch_free, b);
	r->job.state = b;
	if (!read_records(b, &s)) {
		malformed(r, &s);
	} else if (b->n > RECORDS_MAX) {
		request_problem(r, 413, PROBLEM_BODY, "body.too_many", "A request holds at most 50000 usage records");
	} else {
		cut_frames(b);
		if (b->n)
			send_frames(b);
		else
			batch_answer(b);
	}
}
