/* decide.c -- runs one command and its cascade against the world; pure but for the world it edits.
 *
 * A decision reads policies in the order of their table, then emits.  An emitted event is packed, decoded again and
 * applied at once: what apply sees live is byte for byte what it will see on replay.  Reactions then run breadth first in
 * table order.  Nothing is final before the unit ends: a refusal rolls the world back to the mark before it. */
#include "core/commands/engine.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/base/clock.h"
#include "core/base/codec.h"
#include "core/base/must.h"
#include "core/commands/unit.h"
#include "core/commands/world_engine.h"

/* ---- refusals ------------------------------------------------------------------------------------------ */

static bool
refuse_v(struct decision *d, const char *rule, const char *fmt, va_list ap)
{
	struct error *e = d->refusal;

	e->kind = ERROR_REFUSED;
	if (rule)
		snprintf(e->rule, sizeof e->rule, "%s", rule);
	vsnprintf(e->message, sizeof e->message, fmt, ap);
	return false;
}

bool
refuse(struct decision *d, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	refuse_v(d, NULL, fmt, ap);
	va_end(ap);
	return false;
}

bool
refuse_as(struct decision *d, const char *rule, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	refuse_v(d, rule, fmt, ap);
	va_end(ap);
	return false;
}

bool
refuse_recorded(struct decision *d, const char *rule, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	refuse_v(d, rule, fmt, ap);
	va_end(ap);
	d->unit->recorded = true;
	return false;
}

bool
hint(struct decision *d, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(d->refusal->hint, sizeof d->refusal->hint, fmt, ap);
	va_end(ap);
	return false;
}

bool
fact(struct decision *d, const char *name, const char *value)
{
	error_fact(d->refusal, name, value);
	return false;
}

bool
fact_int(struct decision *d, const char *name, int64_t value)
{
	error_fact_int(d->refusal, name, value);
	return false;
}

const char *
decision_correlation(const struct decision *d)
{
	return d->unit->origin.correlation;
}

const char *
state_text(const struct entity *e)
{
	int n;
	const char *const *texts = states_of(e->aggregate, &n);

	return texts && e->status < n ? texts[e->status] : "";
}

bool
target_exists(struct decision *d)
{
	const char *what = aggregate_name(d->command->about);

	if (d->target)
		return true;
	for (const struct field *f = shape_target(d->command->args); f; f = NULL)
		fact(d, f->name, d->target_id);
	hint(d, "Look for it with the %s queries; ids are never reused.", what);
	return refuse(d, "There is no %s %s", what, d->target_id);
}

bool
valid_from_state(struct decision *d)
{
	if (d->command->from & IN(d->target->status))
		return true;
	fact(d, "state", state_text(d->target));
	fact(d, "trigger", d->command->args->name);
	return refuse(d, "%s is %s: %s is not possible now", d->target->id, state_text(d->target), d->command->args->name);
}

/* ---- ids ------------------------------------------------------------------------------------------------------ */

const char *
new_hex_id(struct decision *d, const char *prefix, int digits)
{
	char hex[40];

	return arena_join(d->arena, (const char *const[]){ prefix, random_hex(hex, (size_t)digits) }, 2);
}

/* What the world does not keep cannot be asked whether its id is new, and eight random digits are alike after some ten
 * thousand.  The place in the log is new by itself; stirred, one to one, so that neighbours do not look alike. */
const char *
new_place_id(struct decision *d, const char *prefix)
{
	uint64_t place = (uint64_t)d->unit->engine->position + (uint64_t)d->unit->n + 1;
	uint32_t low = (uint32_t)place * 2654435761u;

	low = (low ^ low >> 15) * 2246822519u;
	low ^= low >> 13;
	return place >> 32 ? arena_printf(d->arena, "%s%llx%08x", prefix, (unsigned long long)(place >> 32), low) :
		arena_printf(d->arena, "%s%08x", prefix, low);
}

static const char *
sequence_id(struct decision *d, int aggregate, const char *form)
{
	char id[ID_MAX];
	int64_t *slot = world_sequence_slot(d->tenant, aggregate);

	++*slot;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(id, sizeof id, form, (long long)*slot);        /* the form is a constant of AGGREGATES */
#pragma GCC diagnostic pop
	return arena_strdup(d->arena, id);
}

const char *
new_id(struct decision *d, int aggregate)
{
	const char *form = aggregate_id_form(aggregate), *id;

	must(*form);
	if (strncmp(form, "hex:", 4) != 0)
		id = sequence_id(d, aggregate, form);
	else
		do
			id = new_hex_id(d, form + 4, 8);
		while (world_any(d->tenant, aggregate, id));
	if (!d->made_id)
		d->made_id = id;
	return id;
}

/* ---- events ------------------------------------------------------------------------------------------------------ */

static struct entity *
self_of(struct tenant *t, int aggregate, const char *id, bool scenario)
{
	const struct aggregate *row = aggregate_row(aggregate);
	struct entity *e = world_any(t, aggregate, id);
	char path[PATH_MAX_];

	if (!e) {
		e = world_make(t, aggregate, id, row->state_size);
		world_learn_sequence(t, aggregate, id);
	} else {
		world_edit_entity(tenant_world(t), e, row->state_size);
		if (!e->gone)
			return e;
		memset(e + 1, 0, row->state_size - sizeof *e);
		e->gone = false;
		e->status = 0;
	}
	e->scenario = scenario;
	if (scenario)
		index_put(t, INDEX_SCENARIO, path2(path, aggregate_name(aggregate), id), e);
	return e;
}

static void
bury(struct tenant *t, struct entity *e)
{
	char path[PATH_MAX_];

	e->gone = true;
	index_drop(t, INDEX_SCENARIO, path2(path, aggregate_name(e->aggregate), e->id));
}

/* the one way the world changes, live and on replay */
struct entity *
event_apply(struct tenant *t, const struct shape *shape, const char *id, const void *body, int64_t occurred_at, bool scenario)
{
	const struct transition *row = transition_of(shape);
	struct entity *e = self_of(t, shape->aggregate, id, scenario);

	if (row->apply)
		row->apply(tenant_world(t), e, body, occurred_at);
	if (row->to != STAY)
		e->status = (uint8_t)row->to;
	e->version++;
	if (shape->tombstone)
		bury(t, e);
	return e;
}

static const char *
subject_of(struct tenant *t, const struct shape *shape, const char *id, const void *body)
{
	const struct field *f = shape_field(shape, "customer_id");
	const struct aggregate *row = aggregate_row(shape->aggregate);
	const struct entity *e;
	const char *subject = f ? field_text(f, body) : NULL;

	if (subject && *subject)
		return subject;
	if (shape->aggregate == AGGREGATE_customer)
		return id;
	e = world_find(t, shape->aggregate, id);
	subject = e && row->subject ? row->subject(e) : NULL;
	if (subject && *subject)
		return subject;
	return shape_has_personal(shape) ? id : NULL;        /* of no customer of ours: sealed with a key of its own */
}

/* what is a customer's goes when the customer goes, whoever made it: a reset takes all or nothing of somebody */
static bool
is_a_storys(const struct unit *u, struct tenant *t, const char *subject)
{
	const struct entity *customer = subject ? world_find(t, AGGREGATE_customer, subject) : NULL;

	return customer ? customer->scenario : u->origin.scenario;
}

static struct sealing
sealing_for(struct unit *u, struct tenant *t, const struct emitted *e)
{
	struct sealing s = { NULL, e->stream };
	uint8_t wrapped[WRAPPED_KEY_BYTES];

	if (!shape_has_personal(e->shape))
		return s;
	must(e->subject);
	s.key = key_ring_get(u->engine->keys, tenant_name(t), e->subject);
	if (!s.key) {
		s.key = key_ring_make(u->engine->keys, tenant_name(t), e->subject, wrapped);
		unit_new_key(u, t, e->subject, wrapped);
	}
	return s;
}

/* "subscription/SUB-0001", "@tenant/subscription/SUB-0001": made for every event, so without printf */
static const char *
stream_of(struct arena *a, struct tenant *t, int aggregate, const char *id)
{
	const char *const own[] = { aggregate_name(aggregate), "/", id },
		*const foreign[] = { "@", tenant_name(t), "/", own[0], "/", id };

	return strcmp(tenant_name(t), "DEFAULT") == 0 ? arena_join(a, own, 3) : arena_join(a, foreign, 6);
}

void
emit_(struct decision *d, const struct shape *shape, const char *id, const void *body)
{
	struct unit *u = d->unit;
	struct emitted *e = unit_next(u);
	struct buf packed = { 0 }, clear = { 0 };
	struct sealing s;
	void *decoded;

	if (!e)
		return;                        /* too many: the unit is refused when it ends */
	e->shape = shape;
	e->id = arena_strdup(d->arena, id);
	e->tenant = d->tenant;
	e->cause = u->cause;
	e->direct = u->cause < 0;
	e->stream = stream_of(d->arena, d->tenant, shape->aggregate, id);
	e->subject = arena_strdup(d->arena, subject_of(d->tenant, shape, id, body));
	e->scenario = is_a_storys(u, d->tenant, e->subject);
	s = sealing_for(u, d->tenant, e);
	shape_pack(shape, body, &packed, &s);
	e->payload = arena_memdup(d->arena, packed.data, packed.len);
	e->payload_len = packed.len;
	e->clear = e->payload;
	e->clear_len = e->payload_len;
	if (shape_has_personal(shape)) {
		shape_pack(shape, body, &clear, NULL);
		e->clear = arena_memdup(d->arena, clear.data, clear.len);
		e->clear_len = clear.len;
	}
	decoded = arena_alloc(d->arena, shape->size);
	must(shape_unpack(shape, e->payload, e->payload_len, d->arena, decoded, &s, d->refusal));
	buf_free(&packed);
	buf_free(&clear);
	e->body = decoded;
	e->position = u->engine->position + u->n;
	e->self = event_apply(d->tenant, shape, e->id, decoded, d->now, e->scenario);
	e->version = e->self->version;
	if (shape->request)
		request_open(u->engine->requests, e->self, e->position, shape, e->clear, e->clear_len, &u->origin);
	else if (shape->answers || shape->tombstone)
		request_close(u->engine->requests, e->self);
}

/* ---- one command ------------------------------------------------------------------------------------------------------ */

static bool
policies_hold(struct decision *d)
{
	for (const struct policy *p = d->command->policies; p && p->id; p++) {
		d->refusal->rule[0] = 0;
		if (p->holds(d))
			continue;
		must(d->refusal->kind);
		if (!d->refusal->rule[0])
			snprintf(d->refusal->rule, sizeof d->refusal->rule, "%s", p->id);
		return false;
	}
	d->refusal->rule[0] = 0;
	return true;
}

bool
command_run(struct decision *d, const struct shape *op, const void *args)
{
	const struct field *target = shape_target(op);

	d->command = command_of(op);
	must(d->command);
	d->args = args;
	d->target_id = target ? field_text(target, args) : NULL;
	d->target = world_find(d->tenant, d->command->about, d->target_id);
	*d->refusal = (struct error){ 0 };
	if (!policies_hold(d))
		return false;
	return d->command->decide(d);
}

/* ---- the cascade ------------------------------------------------------------------------------------------------------------ */

void
issue_(struct decision *d, const struct shape *op, const void *args)
{
	struct unit *u = d->unit;
	struct step *s;
	void *copy = arena_alloc(d->arena, op->size);

	if (u->n_steps == UNIT_MAX_STEPS) {
		u->overflow = true;
		return;
	}
	shape_copy(op, args, d->arena, copy);
	s = &u->steps[u->n_steps++];
	*s = (struct step){ op, copy, u->cause, u->reaction, u->in_refused };
}

static struct happened
happened_of(const struct emitted *e)
{
	return (struct happened){ e->shape, e->body, e->id, e->self };
}

static void
react_to(struct unit *u, struct decision *d, int i)
{
	struct happened h = happened_of(&u->events[i]);

	u->cause = i;
	u->in_refused = false;
	for (const struct reaction *const *list = reactions; *list; list++)
		for (const struct reaction *r = *list; r->event; r++)
			if (r->event == h.event) {
				u->reaction = r;
				r->react(d, &h);
			}
}

/* a refused step: the world goes back to before it, and its reaction says what follows */
static bool
step_refused(struct unit *u, struct decision *d, const struct step *s)
{
	struct error why = *d->refusal;
	struct happened h;

	if (s->after_refusal || s->cause < 0)
		return false;
	h = happened_of(&u->events[s->cause]);
	u->cause = s->cause;
	u->reaction = s->reaction;
	u->in_refused = true;
	s->reaction->refused(d, &h, &why);
	u->in_refused = false;
	return true;
}

static bool
run_step(struct unit *u, struct decision *d, int i)
{
	struct step s = u->steps[i];
	size_t mark = world_mark(d->world);
	int events = u->n, steps = u->n_steps, keys = u->n_keys;

	u->cause = s.cause;
	if (command_run(d, s.op, s.args))
		return true;
	world_rollback(d->world, mark);
	unit_truncate(u, events);
	u->n_steps = steps;
	u->n_keys = keys;
	u->recorded = false;
	return step_refused(u, d, &s);
}

/* breadth first: events in order, each followed by the reactions to it; steps in the order they were issued */
bool
cascade_run(struct unit *u, struct decision *d)
{
	int event = 0, step = 0;

	for (;;) {
		while (event < u->n)
			react_to(u, d, event++);
		if (step == u->n_steps || u->overflow)
			break;
		if (!run_step(u, d, step++))
			return false;
	}
	if (!u->overflow)
		return true;
	return error_set(d->refusal, ERROR_REFUSED, "unit.too_large",
		"%s would cause more than %d events or %d steps at once", d->command->args->name, UNIT_MAX_EVENTS, UNIT_MAX_STEPS);
}
