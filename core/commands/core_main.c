/* core_main.c -- the core's main: one thread that decides, appends in groups, answers and publishes.
 *
 * While batch k commits, batch k+1 fills.  Every answer waits behind the newest batch that its decision saw: if that batch
 * fails, everyone gets UNAVAILABLE, the world goes back, and the core stays up.  Two group structs are all there is:
 * `filling` and `flying`.  Requests wait in their sockets for the moment a commit takes; when it takes long they are
 * queued here, up to BSS_QUEUE_MAX commands, and whoever comes after that is told at once. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include "core/base/roles.h"
#include "core/base/clock.h"
#include "core/base/codec.h"
#include "core/base/config.h"
#include "core/base/fault.h"
#include "core/base/json.h"
#include "core/base/log.h"
#include "core/base/must.h"
#include "core/bus/bus.h"
#include "core/bus/identity.h"
#include "core/commands/core.h"
#include "core/commands/engine.h"

#define HEARTBEAT (250 * 1000)
#define RECOVER_EVERY (200 * 1000)
#define RECOVER_SOON (20 * 1000)         /* a connection is being made */
#define TIMERS_A_TURN 100
#define REQUESTS_A_TURN 2000             /* then the lease, timers and whoever waits have their turn */
#define STALLED (50 * 1000)              /* a commit that takes longer: what waits is counted, and bounded */
#define PARTITION_CHECK 50000            /* events between two looks */
#define SPIN 100                         /* microseconds, only when the last batch held one command */

static volatile sig_atomic_t stopping;

static void
on_signal(int signo)
{
	(void)signo;
	stopping = 1;
}

/* ---- answering --------------------------------------------------------------------------------------------- */

static void
answer_now(struct core *c, struct reply *r)
{
	if (fault(FAULT_answer_lost))
		c->stats.unanswered++;
	else if (!bus_reply(c->server, &r->peer, r->id, r->answers, r->n))
		c->stats.unanswered++;
	if (r->own)
		arena_free(r->own);
}

static void
reply_ready(struct core *c, struct reply *r)
{
	r->committed = true;
	if (r->waiting == 0)
		answer_now(c, r);
}

/* which group an answer waits behind; NULL: none, it may leave at once */
static struct group *
group_seen(struct core *c)
{
	if (log_batch_count(engine_batch(c->engine)) > 0)
		return c->filling;
	return c->flying->in_flight ? c->flying : NULL;
}

static void
reply_later(struct core *c, struct reply *r)
{
	struct group *g = group_seen(c);

	if (!g) {
		reply_ready(c, r);
		return;
	}
	r->next = NULL;
	*g->tail = r;
	g->tail = &r->next;
	g->answers += r->n;
}

static void
unavailable(struct bus_answer *a, const char *why)
{
	*a = (struct bus_answer){ .status = ANSWER_ERROR };
	error_set(&a->error, ERROR_UNAVAILABLE, "core.unavailable", "%s", why);
	error_hint(&a->error, "Nothing was changed that you have not been told; send it again with the same idempotency key.");
}

/* ---- waiting for outcomes -------------------------------------------------------------------------------------- */

static void
waiter_settle(struct core *c, struct waiter *w)
{
	struct reply *r = w->reply;

	if (--r->waiting == 0 && r->committed)
		answer_now(c, r);
}

static void
waiter_drop(struct core *c, int i)
{
	c->waiters[i] = c->waiters[--c->n_waiters];
}

static void
wait_for(struct core *c, struct reply *r, int item, const struct shape *op, const char *correlation, int64_t deadline)
{
	struct waiter *w;

	r->answers[item].status = ANSWER_ACCEPTED;
	if (c->n_waiters == WAITERS_MAX)
		return;                          /* its ids are an answer, too */
	w = &c->waiters[c->n_waiters++];
	*w = (struct waiter){ .reply = r, .item = item, .op = op, .deadline = deadline };
	snprintf(w->correlation, sizeof w->correlation, "%s", correlation);
	r->waiting++;
}

/* an outcome that means no is told as the refusal it is: its texts are the facts */
static void
refuse_by_outcome(struct bus_answer *answer, const struct shape *event, const uint8_t *clear, size_t len, struct arena *a)
{
	const struct field *message = shape_field(event, "message");
	void *body = arena_alloc(a, event->size);

	if (!event->refuses)
		return;
	if (clear)
		must(shape_unpack(event, clear, len, a, body, NULL, &answer->error));
	answer->status = ANSWER_ERROR;
	error_set(&answer->error, ERROR_REFUSED, event->refuses, "%s",
		message && field_text(message, body) ? field_text(message, body) : event->text);
	FOR_EACH_FIELD(f, event)
		if (f != message && (f->kind == FIELD_TEXT || f->kind == FIELD_ID) && field_text(f, body))
			error_fact(&answer->error, f->name, field_text(f, body));
}

static void
outcome_for(struct core *c, struct waiter *w, const struct outcome *o)
{
	struct reply *r = w->reply;
	struct bus_answer *a = &r->answers[w->item];
	struct bus_event *events = arena_array(r->own, struct bus_event, a->n_events + 1);

	for (int i = 0; i < a->n_events; i++)
		events[i] = a->events[i];
	events[a->n_events] = (struct bus_event){ o->event->code, arena_strdup(r->own, o->id),
		arena_memdup(r->own, o->clear, o->len), o->len };
	a->events = events;
	a->n_events++;
	a->status = ANSWER_OK;
	a->position = o->position > a->position ? o->position : a->position;
	refuse_by_outcome(a, o->event, o->clear, o->len, r->own);
	(void)c;
}

static void
outcomes_tell(struct core *c, const struct group *g)
{
	for (const struct outcome *o = g->outcomes; o; o = o->next)
		for (int i = 0; i < c->n_waiters; i++) {
			struct waiter w = c->waiters[i];

			if (strcmp(w.correlation, o->correlation) != 0 || !outcome_of(w.op, o->event))
				continue;
			outcome_for(c, &w, o);
			waiter_drop(c, i--);
			waiter_settle(c, &w);
		}
}

static void
waiters_expire(struct core *c)
{
	int64_t now = wall_now();

	for (int i = 0; i < c->n_waiters; i++) {
		struct waiter w = c->waiters[i];

		if (w.deadline > now || !w.reply->committed)
			continue;
		waiter_drop(c, i--);
		waiter_settle(c, &w);
	}
}

static void
waiters_forget(struct core *c, const struct reply *r)
{
	for (int i = 0; i < c->n_waiters; i++)
		if (c->waiters[i].reply == r)
			waiter_drop(c, i--);
}

static void
on_event(void *ctx, const struct finished_event *e)
{
	struct core *c = ctx;
	struct arena *a = c->filling->arena;
	struct outcome *o;

	if (!awaited_anywhere(e->shape))
		return;
	o = arena_new_of(a, struct outcome);
	*o = (struct outcome){ .event = e->shape, .id = arena_strdup(a, e->id), .position = e->position, .clear = e->clear,
		.len = e->clear_len, .next = c->filling->outcomes };
	snprintf(o->correlation, sizeof o->correlation, "%s", e->correlation);
	c->filling->outcomes = o;
}

/* ---- one request --------------------------------------------------------------------------------------------------- */

static void
answer_verdict(struct bus_answer *a, const struct verdict *v)
{
	a->status = v->ok ? ANSWER_OK : ANSWER_ERROR;      /* the answer is all zero: an error is long and most often none */
	a->position = v->position;
	a->id = v->id;
	a->repeat = v->repeat;
	a->dry_run = v->dry_run;
	a->events = v->direct;
	a->n_events = v->n_direct;
	if (!v->ok)
		a->error = v->error;
}

static void
remember_unit(struct bus_answer *a, const struct verdict *v, bool awaits, struct arena *arena)
{
	a->correlation = arena_strdup(arena, v->correlation);
	if (!awaits || !v->outcome_known)
		return;
	a->events = arena_memdup(arena, &v->outcome, sizeof v->outcome);
	a->n_events = 1;
	a->position = v->outcome_position > a->position ? v->outcome_position : a->position;
	refuse_by_outcome(a, event_shape(v->outcome.type), NULL, 0, arena);
}

static void
decide_item(struct core *c, struct reply *r, int i, const struct item *it)
{
	struct arena *a = r->own ? r->own : c->filling->arena;
	struct bus_answer *answer = &r->answers[i];
	struct ask q = { .op = it->op, .args = it->args, .tenant = it->tenant, .caller = it->caller, .key = it->key,
		.dry_run = it->dry_run };
	const struct outcome *told = c->filling->outcomes;
	struct verdict v;

	random_hex(q.correlation, 32);
	keep(q.trace, it->trace);
	keep(q.span, it->span);
	engine_decide(c->engine, &q, a, &v);
	answer_verdict(answer, &v);
	remember_unit(answer, &v, it->await != 0, a);
	c->stats.commands++;
	c->stats.refused += !v.ok;
	if (v.ok && it->await && it->op->awaits && !v.dry_run && !v.outcome_known &&
	    (v.repeat || v.asks || c->filling->outcomes != told))
		wait_for(c, r, i, it->op, v.correlation, it->await);
}

static void
handle_item(struct core *c, struct reply *r, const struct bus_request *q, const struct sender *by, int i)
{
	struct arena *a = r->own ? r->own : c->filling->arena;
	struct item it = { 0 };
	struct error err = { 0 };

	if (!item_read(q, by, i, a, &it, &err)) {
		r->answers[i] = (struct bus_answer){ .status = ANSWER_ERROR, .position = engine_position(c->engine), .error = err };
		return;
	}
	if (it.op->is_query)
		core_query(c, &it, a, &r->answers[i]);
	else
		decide_item(c, r, i, &it);
}

static bool
any_await(const struct bus_request *q)
{
	for (int i = 0; i < q->n; i++)
		if (q->items[i].await)
			return true;
	return false;
}

static struct reply *
reply_in(struct arena *a, struct arena *own, const struct bus_request *q)
{
	struct reply *r = arena_new_of(a, struct reply);

	r->own = own;
	r->peer = q->peer;
	memcpy(r->id, q->header.id, sizeof r->id);
	r->n = q->n;
	r->answers = arena_array(a, struct bus_answer, q->n + 1);
	return r;
}

static void
handle(struct core *c, const struct bus_request *q)
{
	struct arena *own = any_await(q) ? arena_new() : NULL;
	struct reply *r = reply_in(own ? own : c->filling->arena, own, q);
	struct sender by;

	sender_read(q, &by);
	for (int i = 0; i < q->n; i++)
		handle_item(c, r, q, &by, i);
	c->stats.requests++;
	reply_later(c, r);
}

static void
refuse_all(struct core *c, const struct bus_request *q, const char *why)
{
	struct reply *r = reply_in(c->refused, NULL, q);

	for (int i = 0; i < q->n; i++)
		unavailable(&r->answers[i], why);
	answer_now(c, r);
	c->stats.turned_away += q->n;
}

/* ---- groups: what commits together ------------------------------------------------------------------------------------ */

static void
group_clear(struct group *g)
{
	arena_reset(g->arena);
	g->replies = NULL;
	g->tail = &g->replies;
	g->outcomes = NULL;
	g->answers = 0;
	g->in_flight = false;
}

static void
publish(struct core *c, const struct log_batch *b)
{
	struct bus_note n = { .topic = TOPIC_EVENTS, .first = log_batch_first(b), .last = log_batch_last(b) };

	buf_clear(&c->scratch);
	for (int i = 0; i < log_batch_count(b); i++)
		event_write(&c->scratch, log_batch_event(b, i));
	n.body = (const uint8_t *)c->scratch.data;
	n.body_len = c->scratch.len;
	memcpy(n.log_id, log_writer_head(c->writer)->log_id, HASH_BYTES);
	if (!fault(FAULT_publish_lost))
		bus_publish(c->publisher, &n);
	if (fault(FAULT_publish_twice))
		bus_publish(c->publisher, &n);
	for (int i = 0; i < log_batch_count(b); i++) {
		const struct log_event *e = log_batch_event(b, i);
		const struct shape *s = event_shape(e->type);
		char id[UUID_TEXT];

		if (!s->request)
			continue;
		n = (struct bus_note){ .last = e->position, .name = s->name, .id = event_id(e->hash, id) };
		snprintf(n.topic, sizeof n.topic, TOPIC_REQUEST "%s", s->effect);
		bus_publish(c->publisher, &n);
	}
}

static void
group_committed(struct core *c)
{
	struct group *g = c->flying;

	engine_committed(c->engine, g->mark);
	if (log_batch_count(g->batch)) {
		fault_kill(FAULT_core_dies_committed);
		publish(c, g->batch);
		fault_kill(FAULT_core_dies_published);
		c->stats.batches++;
		c->stats.events += log_batch_count(g->batch);
		c->last_group = log_batch_count(g->batch);
	}
	outcomes_tell(c, g);                     /* first: an outcome may lie in the memory of an answer */
	for (struct reply *r = g->replies, *next; r; r = next) {
		next = r->next;
		reply_ready(c, r);
	}
	group_clear(g);
	c->heard = mono_now();
}

static void
group_refuse(struct core *c, struct group *g, const char *why)
{
	for (struct reply *r = g->replies, *next; r; r = next) {
		next = r->next;
		waiters_forget(c, r);
		for (int i = 0; i < r->n; i++)
			unavailable(&r->answers[i], why);
		answer_now(c, r);
	}
	group_clear(g);
}

/* the batch in flight is not in the log: it and the one filling behind it go back */
static void
groups_failed(struct core *c, const char *why)
{
	engine_undo(c->engine, c->flying->before, c->flying->position, c->flying->hash);
	group_refuse(c, c->flying, why);
	group_refuse(c, c->filling, why);
	c->stats.failed++;
}

static bool
group_send(struct core *c, struct error *err)
{
	struct group *g = c->filling;

	c->filling = c->flying;
	c->flying = g;
	g->batch = engine_take_batch(c->engine, c->filling->batch, &g->mark);
	g->in_flight = true;
	g->sent_at = mono_now();
	g->before = c->sent_mark;
	g->position = c->sent_position;
	memcpy(g->hash, c->sent_hash, HASH_BYTES);
	c->sent_mark = g->mark;
	c->sent_position = engine_position(c->engine);
	memcpy(c->sent_hash, engine_hash(c->engine), HASH_BYTES);
	if (log_batch_count(g->batch))
		fault_kill(FAULT_core_dies_unsent);
	if (!log_writer_send(c->writer, g->batch, err))
		return false;
	if (log_batch_count(g->batch))
		fault_kill(FAULT_core_dies_sent);
	return true;
}

/* ---- the database's answers ------------------------------------------------------------------------------------------- */

static void
back_to_start(struct core *c, const char *why)
{
	struct group *g = c->flying;
	size_t mark = g->before;
	int64_t position = g->position;
	uint8_t hash[HASH_BYTES];

	memcpy(hash, g->hash, HASH_BYTES);
	groups_failed(c, why);
	c->sent_mark = mark;
	c->sent_position = position;
	memcpy(c->sent_hash, hash, HASH_BYTES);
}

static void
on_append(struct core *c, enum append_result result, struct error *err)
{
	switch (result) {
	case APPEND_BUSY:
		break;
	case APPEND_COMMITTED:
		c->in_doubt = false;
		group_committed(c);
		break;
	case APPEND_FAILED:
		log_error_line("append.failed", err);
		back_to_start(c, err->message[0] ? err->message : "The log could not be written");
		c->in_doubt = false;
		break;
	case APPEND_FENCED:
		log_error_line("append.fenced", err);
		back_to_start(c, "Another core leads now");
		stopping = 2;
		break;
	case APPEND_IN_DOUBT:
		if (!c->in_doubt)
			log_error_line("append.in_doubt", err);
		c->in_doubt = true;
		c->recover_at = mono_now();
		break;
	}
}

static void
recover(struct core *c)
{
	struct error err = { 0 };
	enum append_result r;

	if (mono_now() < c->recover_at)
		return;
	r = log_writer_recover(c->writer, &err);
	c->recover_at = mono_now() + (log_writer_connecting(c->writer) ? RECOVER_SOON : RECOVER_EVERY);
	if (r == APPEND_IN_DOUBT)
		return;
	log_info("append.recovered", "result", r == APPEND_COMMITTED ? "committed" : "not in the log");
	if (!c->flying->in_flight) {             /* only the connection was lost */
		c->in_doubt = false;
		stopping = r == APPEND_FENCED ? 2 : stopping;
		return;
	}
	on_append(c, r, &err);
}

static void
write_more(struct core *c)
{
	struct error err = { 0 };
	bool lease_due = log_writer_lease_left(c->writer) < c->lease * 2 / 3;

	if (log_writer_busy(c->writer) || c->in_doubt)
		return;
	if (log_batch_count(engine_batch(c->engine)) == 0 && !lease_due)
		return;
	if (!group_send(c, &err))
		on_append(c, APPEND_IN_DOUBT, &err);
}

/* ---- the loop ------------------------------------------------------------------------------------------------------------ */

static void
heartbeat(struct core *c)
{
	struct bus_note n = { .topic = TOPIC_HEARTBEAT, .last = c->flying->in_flight ? c->flying->position : c->sent_position,
		.clock_now = business_now(engine_world(c->engine)) };
	int64_t newest = engine_newest_request(c->engine);
	const struct business_clock *clock = world_clock(engine_world(c->engine));

	if (mono_now() < c->heard + HEARTBEAT)
		return;
	c->heard = mono_now();
	n.open_requests = newest <= n.last ? newest : 0;          /* one that is not in the log yet may never be */
	n.clock_real = !clock->frozen && clock->offset == 0;
	memcpy(n.log_id, log_writer_head(c->writer)->log_id, HASH_BYTES);
	bus_publish(c->publisher, &n);
}

/* timers may overfill a batch by a little, or clients that keep it full would put off every renewal */
static bool
may_decide(const struct core *c, int room)
{
	return !c->in_doubt && log_writer_lease_left(c->writer) > 0 &&
	    log_batch_count(engine_batch(c->engine)) < c->batch_max + room;
}

static bool
has_room(const struct core *c)
{
	return may_decide(c, 0) && c->filling->answers + c->flying->answers < c->queue_max;
}

/* NULL: requests are read; else why nobody can be helped before the database is back */
static const char *
closed(const struct core *c)
{
	if (c->in_doubt)
		return "The database cannot be reached at the moment";
	if (log_writer_lease_left(c->writer) <= 0)
		return "The database has not answered for longer than the lease";
	return NULL;
}

static bool
stalled(const struct core *c)
{
	return c->flying->in_flight && mono_now() - c->flying->sent_at > STALLED;
}

static void
queue_take(struct core *c, struct queued *w)
{
	c->queue = w->next;
	c->n_queued -= w->request.n;
	if (!c->queue)
		c->queue_tail = &c->queue;
}

/* first come, first served: what waits here came before what waits in the socket */
static void
serve_queue(struct core *c)
{
	const char *why;

	for (struct queued *w; (w = c->queue) && ((why = closed(c)) || has_room(c));) {
		queue_take(c, w);
		if (w->request.header.deadline && w->request.header.deadline < wall_now())
			c->stats.late++;
		else if (why)
			refuse_all(c, &w->request, why);
		else
			handle(c, &w->request);
		arena_free(w->arena);
	}
}

static void
enqueue(struct core *c, struct arena *own, const struct bus_request *q)
{
	struct queued *w = arena_new_of(own, struct queued);

	*w = (struct queued){ .arena = own, .request = *q };
	*c->queue_tail = w;
	c->queue_tail = &w->next;
	c->n_queued += q->n;
}

/* a commit that takes long: the socket is emptied, so that what may wait is counted and the rest is told at once */
static void
queue_up(struct core *c)
{
	for (;;) {
		struct arena *own = arena_new();
		struct bus_request q;

		if (!bus_receive(c->server, own, &q)) {
			arena_free(own);
			return;
		}
		if (c->n_queued + q.n <= c->queue_max) {
			enqueue(c, own, &q);
			continue;
		}
		refuse_all(c, &q, "Too many commands wait for the database");
		arena_free(own);
	}
}

static void
drain(struct core *c)
{
	struct bus_request q;
	const char *why;

	arena_reset(c->refused);
	serve_queue(c);
	for (int i = 0; i < REQUESTS_A_TURN && !c->queue && has_room(c) && bus_receive(c->server, c->filling->arena, &q); i++)
		handle(c, &q);
	for (int i = 0; i < REQUESTS_A_TURN && (why = closed(c)) && bus_receive(c->server, c->refused, &q); i++) {
		refuse_all(c, &q, why);
		arena_reset(c->refused);
	}
	if (stalled(c) && !has_room(c))
		queue_up(c);
}

static int64_t
patience(const struct core *c)
{
	int64_t wait = may_decide(c, TIMERS_A_TURN) ? engine_next_timer(c->engine, wall_now()) : HEARTBEAT;

	if (wait < 0 || wait > HEARTBEAT)
		wait = HEARTBEAT;
	for (int i = 0; i < c->n_waiters; i++) {
		int64_t left = c->waiters[i].deadline - wall_now();

		if (left < wait)
			wait = left > 1000 ? left : 1000;
	}
	if (c->in_doubt && wait > c->recover_at - mono_now())
		wait = c->recover_at - mono_now();
	return wait > 0 ? wait : 0;
}

/* the next partition is made well ahead, beside the append connection: half a partition's time is left to do it */
static void
partitions_ahead(struct core *c)
{
	struct error err = { 0 };

	if (c->sent_position < c->partition_check)
		return;
	c->partition_check = c->sent_position + PARTITION_CHECK;
	if (c->side && !pg_alive(c->side)) {
		pg_close(c->side);
		c->side = NULL;
	}
	if (!c->side)
		c->side = pg_connect(config_text("BSS_DB_URL"), "bss core partitions", &err);
	if (c->side && log_partition_ahead(c->side, &err))
		return;
	log_error_line("log.partition_ahead", &err);
	c->partition_check = c->sent_position + PARTITION_CHECK / 50;    /* sooner: without a partition nothing is written */
}

static void
wait_turn(struct core *c)
{
	struct bus_wait w[2] = { { .socket = bus_server_socket(c->server) },
		{ .fd = log_writer_fd(c->writer), .write = log_writer_wants_write(c->writer) } };
	int n = log_writer_busy(c->writer) && !c->in_doubt ? 2 : 1;
	int64_t until = mono_now() + SPIN;

	if (n == 1 && !c->in_doubt && log_batch_count(engine_batch(c->engine)))
		return;
	if (n == 2 && !has_room(c) && !closed(c) && !stalled(c)) {    /* requests stay where they are until the commit is done */
		bus_wait(&w[1], 1, STALLED);
		return;
	}
	if (c->last_group == 1)
		do
			if (bus_wait(w, n, 0))
				return;
		while (mono_now() < until);
	bus_wait(w, n, patience(c));
}

/* refusals answered at once leave their memory in a group that nothing commits */
static void
tidy(struct core *c)
{
	if (!c->flying->in_flight && !c->filling->replies && log_batch_count(engine_batch(c->engine)) == 0)
		group_clear(c->filling);
}

static void
turn(struct core *c)
{
	struct error err = { 0 };

	tidy(c);
	if (log_writer_busy(c->writer) && !c->in_doubt)
		on_append(c, log_writer_poll(c->writer, &err), &err);
	if (c->in_doubt)
		recover(c);
	drain(c);
	if (may_decide(c, TIMERS_A_TURN))
		engine_timers(c->engine, TIMERS_A_TURN, c->filling->arena);
	write_more(c);
	waiters_expire(c);
	heartbeat(c);
	partitions_ahead(c);
}

/* ---- start and stop --------------------------------------------------------------------------------------------------------- */

static bool
replay_all(struct core *c, struct pg *pg, struct error *err)
{
	const struct log_head *head = log_writer_head(c->writer);
	struct log_filter all = { .upto = head->position };
	struct log_reader *r;
	struct log_event e;
	bool ok = true;

	engine_start_at(c->engine, 0, head->log_id);
	if (!head->position) {
		engine_replayed(c->engine);
		return true;
	}
	r = log_read(pg, &all, err);
	while (ok && r && log_next(r, &e, err))
		ok = engine_replay(c->engine, &e, err);
	if (r)
		log_read_end(r);
	if (!r || !ok || err->kind)
		return false;
	if (engine_position(c->engine) != head->position || memcmp(engine_hash(c->engine), head->hash, HASH_BYTES) != 0)
		return error_set(err, ERROR_INVALID, "log.head_mismatch", "The log ends at position %lld, its head says %lld",
			(long long)engine_position(c->engine), (long long)head->position);
	engine_replayed(c->engine);
	return true;
}

static bool
load(struct core *c, struct error *err)
{
	struct pg *pg = pg_connect(config_text("BSS_DB_URL"), "bss core", err);
	uint8_t master[KEY_BYTES];
	int64_t began = mono_now();
	char ms[24], at[24];
	bool ok;

	if (!pg)
		return false;
	ok = core_master_key(master, err);
	if (ok) {
		c->keys = key_ring_new(master);
		c->engine = engine_new(c->keys);
		ok = key_ring_check(c->keys, pg, err) && key_ring_load(c->keys, pg, err) && replay_all(c, pg, err);
	}
	c->side = pg;
	snprintf(ms, sizeof ms, "%lld", (long long)((mono_now() - began) / 1000));
	snprintf(at, sizeof at, "%lld", ok ? (long long)engine_position(c->engine) : 0LL);
	if (ok)
		log_info("core.replayed", "position", at, "milliseconds", ms);
	return ok;
}

static void
start_group(struct group *g)
{
	g->arena = arena_new();
	g->batch = log_batch_new();
	group_clear(g);
}

static bool
start(struct core *c, struct error *err)
{
	c->lease = config_int("BSS_LEASE_SECONDS") * SECOND;
	c->batch_max = (int)config_int("BSS_BATCH_MAX_EVENTS");
	c->queue_max = config_int("BSS_QUEUE_MAX");
	c->queue_tail = &c->queue;
	c->refused = arena_new();
	c->server = bus_serve(SOCKET_COMMANDS, err);     /* its pid file proves that no core of this folder runs */
	c->publisher = c->server ? bus_publish_on(SOCKET_EVENTS, err) : NULL;
	if (!c->publisher || !core_open_writer(c, err) || !load(c, err))
		return false;
	start_group(&c->groups[0]);
	start_group(&c->groups[1]);
	log_batch_free(c->groups[0].batch);              /* the engine brought the first one */
	c->groups[0].batch = NULL;
	c->filling = &c->groups[0];
	c->flying = &c->groups[1];
	c->sent_mark = engine_mark(c->engine);
	c->sent_position = engine_position(c->engine);
	memcpy(c->sent_hash, engine_hash(c->engine), HASH_BYTES);
	engine_on_event(c->engine, on_event, c);
	return true;
}

/* what was decided is still committed and answered; then the lease is given back */
static void
finish(struct core *c)
{
	int64_t until = mono_now() + 2 * SECOND;
	struct error err = { 0 };

	while (stopping == 1 && mono_now() < until && !c->in_doubt &&
	    (log_writer_busy(c->writer) || log_batch_count(engine_batch(c->engine)))) {
		if (log_writer_busy(c->writer))
			on_append(c, log_writer_poll(c->writer, &err), &err);
		else
			write_more(c);
		wait_turn(c);
	}
	for (struct queued *w; (w = c->queue);) {
		queue_take(c, w);
		refuse_all(c, &w->request, "The core is being stopped");
		arena_free(w->arena);
	}
	log_writer_close(c->writer, stopping == 1 && !c->in_doubt);
	bus_server_close(c->server);
	bus_publisher_close(c->publisher);
	bus_stop();
}

int
core_main(int argc, char **argv)
{
	struct sigaction sa = { .sa_handler = on_signal };
	static struct core c;
	struct error err = { 0 };

	(void)argc, (void)argv;
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
	crypt_start();
	log_start("core", LOG_INFO);
	if (!config_load(&err) || !identities_load(&err) || !start(&c, &err)) {
		log_error_line("core.cannot_start", &err);
		fprintf(stderr, "bss core: %s%s%s\n", err.message, err.hint[0] ? ". " : "", err.hint);
		return error_exit_code(err.kind);
	}
	log_info("core.ready");
	while (!stopping) {
		turn(&c);
		wait_turn(&c);
	}
	finish(&c);
	return stopping == 2;
}
