/* engine.c -- units from the first policy to the batch, and the same world back from the log.
 *
 * Positions and hashes are given when a unit ends, in the order units were decided; they are final once the batch is
 * committed, and go back together with the world when it is not. */
#include "core/commands/engine.h"
#include <stdio.h>
#include <string.h>
#include "core/base/codec.h"
#include "core/base/config.h"
#include "core/base/mem.h"
#include "core/base/must.h"
#include "core/commands/unit.h"

struct engine *
engine_new(struct key_ring *keys)
{
	struct engine *e = mem_new(sizeof *e);

	tables_start();
	e->world = world_new();
	e->keys = keys;
	e->batch = log_batch_new();
	e->replay_arena = arena_new();
	e->requests = requests_new(e->world);
	e->seen = seen_new(e->world);
	e->unit.engine = e;
	world_journal(e->world, false);
	return e;
}

void
engine_free(struct engine *e)
{
	world_forget(e->world, world_mark(e->world));
	seen_free(e->seen);
	requests_free(e->requests);
	world_free(e->world);
	log_batch_free(e->batch);
	arena_free(e->replay_arena);
	buf_free(&e->scratch);
	mem_drop(e->unit.events);
	mem_drop(e->unit.keys);
	mem_drop(e);
}

struct world *
engine_world(struct engine *e)
{
	return e->world;
}

int64_t
engine_position(const struct engine *e)
{
	return e->position;
}

const uint8_t *
engine_hash(const struct engine *e)
{
	return e->hash;
}

void
engine_on_event(struct engine *e, void (*f)(void *, const struct finished_event *), void *ctx)
{
	e->on_event = f;
	e->on_event_ctx = ctx;
}

int
engine_open_requests(const struct engine *e, const char *effect, int64_t after, struct open_request *out, int max)
{
	return requests_list(e->requests, effect, after, out, max);
}

void
engine_digest(const struct engine *e, uint8_t out[HASH_BYTES])
{
	uint8_t world[HASH_BYTES];
	int64_t newest = requests_newest(e->requests);

	world_digest(e->world, world);
	hash_2(out, world, sizeof world, &newest, sizeof newest);
}

int64_t
engine_newest_request(const struct engine *e)
{
	return requests_newest(e->requests);
}

/* ---- the unit's lists ------------------------------------------------------------------------------------ */

struct emitted *
unit_next(struct unit *u)
{
	if (u->n == UNIT_MAX_EVENTS) {
		u->overflow = true;
		return NULL;
	}
	if (u->n == u->cap) {
		u->cap = u->cap ? 2 * u->cap : 64;
		u->events = mem_grow(u->events, (size_t)u->cap * sizeof *u->events);
	}
	u->events[u->n] = (struct emitted){ 0 };
	return &u->events[u->n++];
}

void
unit_truncate(struct unit *u, int events)
{
	u->n = events;
}

struct ring_entry { const struct tenant *tenant; char subject[ID_MAX]; };

static void
forget_key(void *ctx, void *item)
{
	const struct ring_entry *k = item;

	key_ring_drop(ctx, tenant_name(k->tenant), k->subject);
}

/* A key is in the ring as long as the world knows what it seals: whatever takes the event back (a refusal, a dry run, a batch that
 * is not in the log) takes the key with it.  A key that stayed would seal the next event, and nobody would store it. */
static void
key_goes_with_the_world(struct engine *g, const struct tenant *t, const char *subject)
{
	struct ring_entry *k = world_keep(g->world, mem_new(sizeof *k));

	k->tenant = t;
	snprintf(k->subject, sizeof k->subject, "%s", subject);
	world_on_undo(g->world, forget_key, g->keys, k);
	world_give_up(g->world, k);
}

void
unit_new_key(struct unit *u, struct tenant *t, const char *subject, const uint8_t *wrapped)
{
	struct new_key *k;

	if (u->n_keys == u->cap_keys) {
		u->cap_keys = u->cap_keys ? 2 * u->cap_keys : 8;
		u->keys = mem_grow(u->keys, (size_t)u->cap_keys * sizeof *u->keys);
	}
	k = &u->keys[u->n_keys++];
	k->tenant = t;
	snprintf(k->subject, sizeof k->subject, "%s", subject);
	memcpy(k->wrapped, wrapped, WRAPPED_KEY_BYTES);
	key_goes_with_the_world(u->engine, t, subject);
}

/* ---- finishing: positions, envelopes, hashes ------------------------------------------------------------------ */

struct finishing {
	const struct ask *ask;
	int64_t now, wall;
	const char *made;
	const struct error *refusal;     /* NULL: none */
	uint8_t args_hash[HASH_BYTES];
};

static void
fill_envelope(struct envelope *v, const struct unit *u, const struct emitted *e, const struct finishing *f, bool first)
{
	bool cascade = !e->direct || f->ask->op->effect_only || f->ask->trusted;

	*v = (struct envelope){ .schema_version = e->shape->version ? e->shape->version : 1, .tenant = tenant_name(e->tenant),
		.actor = u->origin.actor, .channel = u->origin.channel, .identity = cascade ? "default" : f->ask->caller.identity,
		.scenario = e->scenario };
	memcpy(v->correlation, u->origin.correlation, sizeof v->correlation);
	memcpy(v->trace, u->origin.trace, sizeof v->trace);
	memcpy(v->span, u->origin.span, sizeof v->span);
	if (e->cause >= 0)
		memcpy(v->cause, u->events[e->cause].event_id, UUID_TEXT);
	if (first && f->ask->key) {
		v->key = f->ask->key;
		v->args_hash = f->args_hash;
		v->op = f->ask->op->name;
		v->made = f->made;
		v->last = u->events[u->n - 1].position;
		v->refused = f->refusal ? f->refusal->rule : NULL;
		v->said = f->refusal ? f->refusal->message : NULL;
	}
}

static void
tell(struct engine *g, const struct unit *u, const struct emitted *e)
{
	struct finished_event done = { .position = e->position, .shape = e->shape,
		.correlation = u->origin.correlation, .id = e->id,
		.tenant = tenant_name(e->tenant), .clear = e->clear, .clear_len = e->clear_len, .event_id = e->event_id };

	seen_outcome(g->seen, u->origin.correlation, e->shape, e->id, e->position);
	if (g->on_event)
		g->on_event(g->on_event_ctx, &done);
}

static void
finish_event(struct engine *g, struct unit *u, int i, const struct finishing *f)
{
	struct emitted *e = &u->events[i];
	struct envelope v;
	struct log_event row;

	fill_envelope(&v, u, e, f, i == 0);
	buf_clear(&g->scratch);
	envelope_pack(&v, &g->scratch);
	buf_add(&g->scratch, e->payload, e->payload_len);
	row = (struct log_event){ .position = ++g->position, .stream = e->stream, .version = e->version, .type = e->shape->code,
		.subject = e->subject, .occurred_at = f->now, .recorded_at = f->wall, .body = (const uint8_t *)g->scratch.data,
		.body_len = g->scratch.len };
	must(row.position == e->position);
	event_hash(g->hash, &row, row.hash);
	memcpy(g->hash, row.hash, HASH_BYTES);
	event_id(row.hash, e->event_id);
	log_batch_add(g->batch, &row);
	if (e->shape->request)
		request_named(g->requests, e->position, e->event_id);
	tell(g, u, e);
}

static void
remember_key(struct engine *g, const struct unit *u, const struct finishing *f, const char *id)
{
	struct seen s = { .position = g->position, .recorded_at = f->wall, .op = f->ask->op };

	memcpy(s.args_hash, f->args_hash, sizeof s.args_hash);
	memcpy(s.correlation, u->origin.correlation, sizeof s.correlation);
	snprintf(s.id, sizeof s.id, "%s", id ? id : "");
	s.refused = f->refusal ? f->refusal->rule : NULL;
	s.said = f->refusal ? f->refusal->message : NULL;
	seen_put(g->seen, f->ask->tenant, f->ask->caller.identity, f->ask->key, &s);
	seen_expire(g->seen, f->wall - config_int("BSS_IDEMPOTENCY_HOURS") * HOUR);
}

static void
finish_unit(struct engine *g, struct unit *u, struct finishing *f, const char *id)
{
	f->made = id;
	for (int i = 0; i < u->n_keys; i++)
		log_batch_add_key(g->batch, tenant_name(u->keys[i].tenant), u->keys[i].subject, u->keys[i].wrapped);
	if (f->ask->key && u->n) {          /* before the events: an outcome may be among them */
		g->position += u->n;
		remember_key(g, u, f, id);
		g->position -= u->n;
	}
	for (int i = 0; i < u->n; i++)
		finish_event(g, u, i, f);
}

void
unit_finish(struct engine *g, const struct ask *q, const struct decision *d)
{
	struct finishing f = { .ask = q, .wall = d->wall, .now = d->now };

	finish_unit(g, &g->unit, &f, NULL);
}

/* ---- one command from outside ------------------------------------------------------------------------------------ */

static void
start_unit(struct engine *g, const struct ask *q, struct entity *target)
{
	struct unit *u = &g->unit;
	const struct origin *inherited = q->op->effect_only ? request_origin(g->requests, target) : NULL;

	u->n = u->n_steps = u->n_keys = 0;
	u->cause = -1;
	u->reaction = NULL;
	u->in_refused = u->recorded = u->overflow = false;
	if (inherited) {
		u->origin = *inherited;
		return;
	}
	keep(u->origin.actor, q->caller.actor ? q->caller.actor : "system");
	keep(u->origin.channel, q->caller.channel ? q->caller.channel : "system");
	memcpy(u->origin.correlation, q->correlation, sizeof u->origin.correlation);
	memcpy(u->origin.trace, q->trace, sizeof u->origin.trace);
	memcpy(u->origin.span, q->span, sizeof u->origin.span);
	u->origin.scenario = q->caller.scenario;
}

static const struct bus_event *
direct_events(const struct unit *u, struct arena *a, int *n)
{
	struct bus_event *out = arena_array(a, struct bus_event, u->n + 1);

	*n = 0;
	for (int i = 0; i < u->n; i++)
		if (u->events[i].direct)
			out[(*n)++] = (struct bus_event){ u->events[i].shape->code, u->events[i].id, u->events[i].clear,
				u->events[i].clear_len };
	return out;
}

static bool
asks_for_something(const struct unit *u)
{
	for (int i = 0; i < u->n; i++)
		if (u->events[i].shape->request || u->events[i].shape->aggregate == AGGREGATE_job)
			return true;
	return false;
}

static bool
answer_repeat(struct engine *g, const struct ask *q, const uint8_t *args_hash, struct arena *a, struct verdict *v)
{
	const struct seen *s = seen_get(g->seen, q->tenant, q->caller.identity, q->key);

	if (!s)
		return false;
	if (memcmp(s->args_hash, args_hash, sizeof s->args_hash) != 0) {
		error_set(&v->error, ERROR_CONFLICT, "idempotency_key.reused",
			"The idempotency key was used before with other arguments");
		error_hint(&v->error, "Use a new key for a new request.");
		return true;
	}
	v->repeat = true;
	v->ok = !s->refused;
	if (s->refused)
		error_set(&v->error, ERROR_REFUSED, s->refused, "%s", s->said ? s->said : "");
	v->position = s->position;
	v->id = arena_strdup(a, s->id);
	memcpy(v->correlation, s->correlation, sizeof v->correlation);
	v->outcome_known = s->outcome_type != 0;
	v->outcome = (struct bus_event){ s->outcome_type, arena_strdup(a, s->outcome_id), NULL, 0 };
	v->outcome_position = s->outcome_position;
	return true;
}

static void
hash_args(const struct ask *q, struct buf *scratch, uint8_t out[HASH_BYTES])
{
	buf_clear(scratch);
	shape_pack(q->op, q->args, scratch, NULL);
	hash_2(out, q->op->name, strlen(q->op->name), scratch->data, scratch->len);
}

static bool
may_run(const struct ask *q, struct error *e)
{
	if (!command_of(q->op))
		return error_set(e, ERROR_INVALID, "operation.not_a_command", "%s is not a command of the core", q->op->name);
	if (q->op->internal && !q->trusted)
		return error_set(e, ERROR_FORBIDDEN, "operation.internal", "%s is only for the core itself", q->op->name);
	if (q->op->gated && !q->trusted && !config_bool("BSS_ALLOW_ADMIN_RESET"))
		return error_set(e, ERROR_FORBIDDEN, strncmp(q->op->name, "clock.", 6) == 0 ? "ADMIN_CLOCK_DISABLED" :
			strncmp(q->op->name, "admin.", 6) == 0 ? "ADMIN_RESET_DISABLED" : "ADMIN_RENEWAL_DISABLED",
			"%s is switched off here", q->op->name) || error_hint(e, "Start with BSS_ALLOW_ADMIN_RESET=true.");
	return true;
}

/* decides, applies, cascades; the world stands behind the unit, or where it was */
static bool
run_unit(struct engine *g, const struct ask *q, struct decision *d, size_t mark)
{
	struct unit *u = &g->unit;
	bool ok = command_run(d, q->op, q->args);
	struct error refusal = *d->refusal;
	const char *made = d->made_id ? d->made_id : d->target_id;

	if ((!ok && !u->recorded) || !cascade_run(u, d)) {
		world_rollback(g->world, mark);
		u->n = 0;
		return false;
	}
	d->made_id = made;
	if (!ok)
		*d->refusal = refusal;
	return ok;
}

void
engine_decide(struct engine *g, const struct ask *q, struct arena *a, struct verdict *v)
{
	struct tenant *t = world_tenant(g->world, q->tenant);
	const struct field *target = shape_target(q->op);
	struct finishing f = { .ask = q, .wall = wall_now(), .now = business_now(g->world) };
	struct decision d = { .world = g->world, .tenant = t, .caller = &q->caller, .now = f.now, .wall = f.wall, .arena = a,
		.refusal = &v->error, .unit = &g->unit };
	size_t mark = world_mark(g->world);

	*v = (struct verdict){ .position = g->position };
	memcpy(v->correlation, q->correlation, sizeof v->correlation);
	if (!may_run(q, &v->error))
		return;
	if (q->key) {
		hash_args(q, &g->scratch, f.args_hash);
		if (answer_repeat(g, q, f.args_hash, a, v))
			return;
	}
	start_unit(g, q, target ? world_find(t, command_of(q->op)->about, field_text(target, q->args)) : NULL);
	memcpy(v->correlation, g->unit.origin.correlation, sizeof v->correlation);
	v->first = log_batch_count(g->batch);
	v->ok = run_unit(g, q, &d, mark);
	v->id = d.made_id;
	f.refusal = v->ok ? NULL : &v->error;
	v->events = g->unit.n;
	v->asks = asks_for_something(&g->unit);
	v->direct = direct_events(&g->unit, a, &v->n_direct);
	v->dry_run = q->dry_run;
	if (q->dry_run) {
		world_rollback(g->world, mark);
		return;
	}
	finish_unit(g, &g->unit, &f, v->id);
	v->position = g->position;
}

/* ---- timers --------------------------------------------------------------------------------------------------------- */

/* a timer whose commands were refused must not spin: it is asked again after a minute */
static void
postpone(struct engine *g, enum timer_kind kind, struct entity *e, int64_t at, bool wall)
{
	if (timer_at(g->world, kind, e) != at)
		return;
	timer_set(g->world, kind, e, (wall ? wall_now() : business_now(g->world)) + MINUTE);
}

static void
fire(struct engine *g, enum timer_kind kind, struct entity *e, int64_t at, struct arena *a)
{
	const struct timer_row *row = &timer_rows[kind];
	struct error refusal = { 0 };
	struct ask q = { .op = operation_shapes[0], .tenant = tenant_name(e->tenant), .trusted = true,
		.caller = { .actor = row->actor, .channel = "system", .identity = "default", .scenario = e->scenario,
			.admin = true } };
	struct decision d = { .world = g->world, .tenant = e->tenant, .caller = &q.caller, .now = business_now(g->world),
		.wall = wall_now(), .arena = a,
		.refusal = &refusal, .unit = &g->unit };
	size_t mark = world_mark(g->world);

	random_hex(q.correlation, 32);
	if (row->origin)
		row->origin(e, &q.caller, q.correlation);
	start_unit(g, &q, NULL);
	row->fire(&d, e);
	d.command = g->unit.n_steps ? command_of(g->unit.steps[0].op) : NULL;
	if (cascade_run(&g->unit, &d))
		unit_finish(g, &q, &d);
	else
		world_rollback(g->world, mark);
	postpone(g, kind, e, at, row->wall);
}

int
engine_timers(struct engine *g, int max, struct arena *a)
{
	int fired = 0;

	for (int wall = 0; wall < 2; wall++) {
		int64_t now = wall ? wall_now() : business_now(g->world), at;
		enum timer_kind kind;
		struct entity *e;

		while (fired < max && (e = world_timer_due(g->world, wall, now, &kind, &at))) {
			fire(g, kind, e, at, a);
			fired++;
			if (kind == TIMER_JOB)
				return fired;            /* long work: a step a turn, clients first */
		}
	}
	return fired;
}

int64_t
engine_next_timer(const struct engine *g, int64_t wall)
{
	int64_t at = world_timer_next(g->world, true), business = world_timer_next(g->world, false), wait = -1;

	if (at)
		wait = at > wall ? at - wall : 0;
	if (business && (!world_clock(g->world)->frozen || business <= business_now(g->world))) {
		int64_t left = business - business_now(g->world);

		left = left > 0 ? left : 0;
		wait = wait < 0 || left < wait ? left : wait;
	}
	return wait;
}

/* ---- batches ------------------------------------------------------------------------------------------------------------ */

struct log_batch *
engine_batch(struct engine *g)
{
	return g->batch;
}

size_t
engine_mark(struct engine *g)
{
	return world_mark(g->world);
}

struct log_batch *
engine_take_batch(struct engine *g, struct log_batch *empty, size_t *mark)
{
	struct log_batch *full = g->batch;

	log_batch_clear(empty);
	g->batch = empty;
	*mark = world_mark(g->world);
	return full;
}

void
engine_committed(struct engine *g, size_t mark)
{
	world_forget(g->world, mark);
}

void
engine_undo(struct engine *g, size_t mark, int64_t position, const uint8_t hash[HASH_BYTES])
{
	world_rollback(g->world, mark);
	log_batch_clear(g->batch);
	g->position = position;
	memcpy(g->hash, hash, HASH_BYTES);
}

/* ---- replay --------------------------------------------------------------------------------------------------------------- */

void
engine_start_at(struct engine *g, int64_t position, const uint8_t hash[HASH_BYTES])
{
	g->position = position;
	memcpy(g->hash, hash, HASH_BYTES);
}

static bool
chain_holds(struct engine *g, const struct log_event *row, struct error *err)
{
	uint8_t hash[HASH_BYTES];

	if (row->position != g->position + 1)
		return error_set(err, ERROR_INVALID, "log.gap", "Position %lld follows %lld in the log", (long long)row->position,
			(long long)g->position);
	event_hash(g->hash, row, hash);
	if (memcmp(hash, row->hash, HASH_BYTES) != 0)
		return error_set(err, ERROR_INVALID, "log.chain_broken", "The hash of position %lld does not hold",
			(long long)row->position);
	return true;
}

static const struct shape *
known_shape(const struct log_event *row, const struct envelope *v, struct error *err)
{
	const struct shape *s = event_shape(row->type);

	if (!s || v->schema_version > (s->version ? s->version : 1)) {
		error_set(err, ERROR_INVALID, "log.unknown_event",
			"Position %lld holds event type %d version %d, which this program does not know",
			(long long)row->position, row->type, v->schema_version);
		error_hint(err, "Run the newer program that wrote it.");
		return NULL;
	}
	return s;
}

static void
replay_request(struct engine *g, struct entity *e, const struct log_event *row, const struct shape *s, const void *body,
	const struct envelope *v)
{
	struct origin o = { .scenario = v->scenario };
	char id[UUID_TEXT];

	if (!s->request) {
		if (s->answers || s->tombstone)
			request_close(g->requests, e);
		return;
	}
	snprintf(o.actor, sizeof o.actor, "%s", v->actor ? v->actor : "");
	snprintf(o.channel, sizeof o.channel, "%s", v->channel ? v->channel : "");
	memcpy(o.correlation, v->correlation, sizeof o.correlation);
	memcpy(o.trace, v->trace, sizeof o.trace);
	memcpy(o.span, v->span, sizeof o.span);
	buf_clear(&g->scratch);
	shape_pack(s, body, &g->scratch, NULL);
	request_open(g->requests, e, row->position, s, (const uint8_t *)g->scratch.data, g->scratch.len, &o);
	request_named(g->requests, row->position, event_id(row->hash, id));
}

static void
replay_key(struct engine *g, const struct log_event *row, const struct envelope *v, const char *id)
{
	struct seen s = { .position = v->last ? v->last : row->position, .recorded_at = row->recorded_at };

	s.op = operation_named(v->op);
	if (!s.op || row->recorded_at < wall_now() - config_int("BSS_IDEMPOTENCY_HOURS") * HOUR)
		return;
	memcpy(s.args_hash, v->args_hash, sizeof s.args_hash);
	memcpy(s.correlation, v->correlation, sizeof s.correlation);
	snprintf(s.id, sizeof s.id, "%s", v->made ? v->made : v->last ? "" : id);      /* the first logs named neither */
	s.refused = v->refused;
	s.said = v->said;
	seen_put(g->seen, v->tenant, v->identity, v->key, &s);
}

bool
engine_replay(struct engine *g, const struct log_event *row, struct error *err)
{
	struct arena *a = g->replay_arena;
	const char *tenant, *aggregate, *id;
	const uint8_t *payload;
	size_t len;
	struct envelope v;
	const struct shape *s;
	struct sealing seal = { NULL, row->stream };
	struct entity *e;
	void *body;

	arena_reset(a);
	if (!chain_holds(g, row, err) || !envelope_unpack(row->body, row->body_len, a, &v, &payload, &len, err) ||
	    !(s = known_shape(row, &v, err)))
		return false;
	if (!stream_split(row->stream, a, &tenant, &aggregate, &id))
		return error_set(err, ERROR_INVALID, "log.bad_stream", "Position %lld has stream %s",
			(long long)row->position, row->stream);
	if (row->subject && shape_has_personal(s))
		seal.key = key_ring_get(g->keys, tenant, row->subject);
	body = arena_alloc(a, s->size);
	if (!shape_unpack(s, payload, len, a, body, &seal, err))
		return false;
	e = event_apply(world_tenant(g->world, tenant), s, id, body, row->occurred_at, v.scenario);
	if (e->version != row->version)
		return error_set(err, ERROR_INVALID, "log.version", "Position %lld is version %lld of %s, not %lld",
			(long long)row->position,
			(long long)e->version, row->stream, (long long)row->version);
	replay_request(g, e, row, s, body, &v);
	if (v.key)
		replay_key(g, row, &v, id);
	seen_outcome(g->seen, v.correlation, s, id, row->position);
	g->position = row->position;
	memcpy(g->hash, row->hash, HASH_BYTES);
	return true;
}

void
engine_replayed(struct engine *g)
{
	world_journal(g->world, true);
}
