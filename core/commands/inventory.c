/* inventory.c -- the two finite pools a line needs: phone numbers and eSIM profiles.
 *
 *   number:  available --> reserved (hard, or a hold with an end) --> assigned --> quarantine --> available
 *   eSIM:    available --> reserved --> downloaded --> activated <--> suspended --> recycled      (back to available: a reset)
 *
 * One thread decides, so no item is ever handed out twice.  A number that a line had rests 90 days; an eSIM that a line had is
 * retired.  Words: schemas/inventory.h. */
#include <stdio.h>
#include <string.h>
#include "core/base/config.h"
#include "core/commands/aggregate.h"
#include "core/commands/states.h"

#define QUARANTINE (90 * DAY)
#define HOLD_MOST (366 * DAY / SECOND)
#define NUMBER(d) ((struct msisdn_state *)(d)->target)
#define ESIM(d)   ((struct esim_state *)(d)->target)
#define POOL "DEFAULT"

/* ---- taking and giving back: also for commands that need an item on their way --------------------------------- */

static bool
reservable(const struct msisdn_state *m, const char *for_whom, int64_t now)
{
	if (!m || m->e.gone)
		return false;
	if (m->e.status == MSISDN_AVAILABLE)
		return true;
	if (m->e.status != MSISDN_RESERVED || !m->reserved_until)
		return false;
	return m->reserved_until <= now || (for_whom && strcmp(m->reserved_for, for_whom) == 0);
}

static void
warn_when_low(struct decision *d)
{
	const struct msisdn_pool_state *p = find(d->tenant, msisdn_pool, POOL);
	int64_t threshold = config_int("BSS_INVENTORY_MSISDN_POOL_LOW_THRESHOLD");
	int left = index_count(d->tenant, INDEX_MSISDN_FREE);

	if (left <= threshold && (!p || !p->warned_low))
		emit(d, inventory_msisdn_pool_low, POOL, .available = left, .threshold = threshold);
}

static void
reserve(struct decision *d, const char *msisdn, const char *reserved_for, const char *customer_id, int64_t until)
{
	emit(d, inventory_msisdn_reserved, msisdn, .reserved_for = reserved_for, .reserved_until = until,
		.customer_id = customer_id);
	warn_when_low(d);
}

static const char *
lowest_free(const struct tenant *t)
{
	const struct index_node *at = NULL;
	struct entity *e = index_next(t, INDEX_MSISDN_FREE, "", &at);

	return e ? e->id : NULL;
}

const char *
msisdn_take(struct decision *d, const char *preference, const char *reserved_for, const char *customer_id)
{
	const char *m = preference ? preference : lowest_free(d->tenant);

	if (!m || !reservable(find(d->tenant, msisdn, m), customer_id, d->now)) {
		fact(d, "preference", preference);
		hint(d, preference ? "Ask for another number, or for none in particular." :
			"Add a range with inventory.msisdn.add_range.");
		refuse_as(d, "msisdn.reserve.no_available",
			preference ? "The number %s is not free" : "The number pool is empty", preference);
		return NULL;
	}
	reserve(d, m, reserved_for, customer_id, 0);
	return m;
}

const char *
esim_take(struct decision *d, const char *reserved_for, const char *customer_id)
{
	const struct index_node *at = NULL;
	struct entity *e = index_next(d->tenant, INDEX_ESIM_FREE, "", &at);

	if (!e) {
		hint(d, "Add profiles with inventory.esim.add_batch.");
		refuse_as(d, "esim.reserve.status_must_be_available", "The eSIM pool is empty");
		return NULL;
	}
	emit(d, inventory_esim_reserved, e->id, .reserved_for = reserved_for, .customer_id = customer_id);
	return e->id;
}

void
msisdn_give_back(struct decision *d, const char *msisdn, bool quarantine)
{
	const struct msisdn_state *m = find(d->tenant, msisdn, msisdn);

	if (!m || (m->e.status != MSISDN_RESERVED && m->e.status != MSISDN_ASSIGNED))
		return;
	emit(d, inventory_msisdn_released, msisdn, .reserved_for = m->reserved_for[0] ? m->reserved_for : NULL,
		.status = quarantine ? "quarantine" : "available", .quarantine_until = quarantine ? d->now + QUARANTINE : 0);
}

void
esim_give_back(struct decision *d, const char *iccid, const char *reason)
{
	const struct esim_state *e = find(d->tenant, esim, iccid);

	if (!e || e->e.status == ESIM_AVAILABLE || e->e.status == ESIM_RECYCLED)
		return;
	if (e->e.status == ESIM_RESERVED && !e->subscription_id[0])
		emit(d, inventory_esim_released, iccid, .reason = reason);
	else
		emit(d, inventory_esim_recycled, iccid, .reason = reason);
}

/* ---- policies: numbers ---------------------------------------------------------------------------------------------- */

static bool
prefix_is_sane(struct decision *d)
{
	const struct inventory_msisdn_add_range *cmd = d->args;
	size_t n = strlen(cmd->prefix);

	fact(d, "prefix", cmd->prefix);
	if (strspn(cmd->prefix, "0123456789") != n)
		return refuse(d, "A prefix has only digits");
	fact_int(d, "length", (int64_t)n);
	if (n < 4 || n > 7)
		return refuse(d, "A prefix has 4 to 7 digits, not %zu", n);
	fact_int(d, "count", cmd->count);
	if (cmd->count < 1 || cmd->count > 10000)
		return refuse(d, "A range has 1 to 10,000 numbers");
	return true;
}

static bool
number_is_free(struct decision *d)
{
	if (reservable(NUMBER(d), NULL, d->now))
		return true;
	fact(d, "msisdn", d->target_id);
	return refuse(d, "The number %s is not free", d->target_id);
}

static bool
preference_or_any_is_free(struct decision *d)
{
	const struct inventory_msisdn_reserve_next *cmd = d->args;
	const char *m = cmd->preference ? cmd->preference : lowest_free(d->tenant);

	if (m && reservable(find(d->tenant, msisdn, m), cmd->reserved_for, d->now))
		return true;
	fact(d, "preference", cmd->preference);
	hint(d, cmd->preference ? "Ask for another number, or for none in particular." :
		"Add a range with inventory.msisdn.add_range.");
	return refuse(d, "%s", cmd->preference ? "The preferred number is not free" : "The number pool is empty");
}

static bool
can_be_held(struct decision *d)
{
	if (reservable(NUMBER(d), ((const struct inventory_msisdn_hold *)d->args)->reserved_for, d->now))
		return true;
	fact(d, "msisdn", d->target_id);
	return refuse(d, "The number %s cannot be held", d->target_id);
}

static bool
hold_is_of_sane_length(struct decision *d)
{
	int64_t ttl = ((const struct inventory_msisdn_hold *)d->args)->ttl_seconds;

	if (ttl >= 0 && ttl <= HOLD_MOST)        /* 0: not given */
		return true;
	fact_int(d, "ttl_seconds", ttl);
	return refuse(d, "A number is held for a second to a year");
}

static bool
number_state_fits(struct decision *d)
{
	if (d->command->from & IN(d->target->status))
		return true;
	fact(d, "msisdn", d->target->id);
	fact(d, "status", state_text(d->target));
	return refuse(d, "The number %s is %s", d->target->id, state_text(d->target));
}

static bool
number_exists(struct decision *d)
{
	if (d->target)
		return true;
	fact(d, "msisdn", d->target_id);
	return refuse(d, "There is no number %s", d->target_id);
}

static bool
no_live_line_has_it(struct decision *d)
{
	const struct subscription_state *s = subscription_of_msisdn(d->tenant, d->target->id);

	if (!s)
		return true;
	fact(d, "msisdn", d->target->id);
	fact(d, "subscription_id", s->e.id);
	hint(d, "Terminate the line; its number comes back by itself.");
	return refuse(d, "Line %s uses the number %s", s->e.id, d->target->id);
}

/* ---- policies: eSIM ----------------------------------------------------------------------------------------------------- */

static bool
batch_is_sane(struct decision *d)
{
	const struct inventory_esim_add_batch *cmd = d->args;

	if (cmd->count < 1 || cmd->count > 1000) {
		fact_int(d, "count", cmd->count);
		return refuse(d, "A batch has 1 to 1,000 profiles");
	}
	if (strspn(cmd->iccid_prefix, "0123456789") == strlen(cmd->iccid_prefix))
		return true;
	fact(d, "iccid_prefix", cmd->iccid_prefix);
	return refuse(d, "An ICCID has only digits");
}

static bool
a_profile_is_free(struct decision *d)
{
	const struct index_node *at = NULL;

	if (index_next(d->tenant, INDEX_ESIM_FREE, "", &at))
		return true;
	hint(d, "Add profiles with inventory.esim.add_batch.");
	return refuse(d, "The eSIM pool is empty");
}

static bool
esim_exists(struct decision *d)
{
	if (d->target)
		return true;
	fact(d, "iccid", d->target_id);
	return refuse(d, "There is no eSIM %s", d->target_id);
}

static bool
esim_state_fits(struct decision *d)
{
	if (d->command->from & IN(d->target->status))
		return true;
	fact(d, "iccid", d->target->id);
	fact(d, "state", state_text(d->target));
	fact(d, "trigger", strrchr(d->command->args->name, '.') + 1);
	return refuse(d, "eSIM %s is %s", d->target->id, state_text(d->target));
}

static const struct msisdn_state *
number_to_bind(struct decision *d)
{
	return find(d->tenant, msisdn, ((const struct inventory_esim_assign_msisdn *)d->args)->msisdn);
}

static bool
number_to_bind_exists(struct decision *d)
{
	if (number_to_bind(d))
		return true;
	fact(d, "msisdn", ((const struct inventory_esim_assign_msisdn *)d->args)->msisdn);
	return refuse(d, "There is no such number");
}

static bool
number_to_bind_is_reserved(struct decision *d)
{
	const struct msisdn_state *m = number_to_bind(d);

	if (m->e.status == MSISDN_RESERVED || m->e.status == MSISDN_ASSIGNED)
		return true;
	fact(d, "msisdn", m->e.id);
	fact(d, "status", state_text(&m->e));
	return refuse(d, "The number %s is %s", m->e.id, state_text(&m->e));
}

static bool
no_line_uses_the_esim(struct decision *d)
{
	const struct subscription_state *s = find(d->tenant, subscription, ESIM(d)->subscription_id);

	if (!s || s->e.status == SUBSCRIPTION_TERMINATED)
		return true;
	fact(d, "iccid", d->target->id);
	fact(d, "subscription_id", s->e.id);
	return refuse(d, "Line %s uses eSIM %s", s->e.id, d->target->id);
}

/* ---- commands: numbers ----------------------------------------------------------------------------------------------------- */

static bool
inventory_msisdn_add_range(struct decision *d)
{
	const struct inventory_msisdn_add_range *cmd = d->args;
	char number[ID_MAX];
	int64_t inserted = 0;

	for (int64_t i = 0; i < cmd->count; i++) {
		snprintf(number, sizeof number, "%s%04lld", cmd->prefix, (long long)i);
		inserted += !world_any(d->tenant, AGGREGATE_msisdn, number);
	}
	d->made_id = cmd->prefix;
	emit(d, inventory_msisdn_range_added, cmd->prefix, .prefix = cmd->prefix, .count = cmd->count, .inserted = inserted,
		.skipped = cmd->count - inserted, .first = arena_printf(d->arena, "%s0000", cmd->prefix),
		.last = arena_printf(d->arena, "%s%04lld", cmd->prefix, (long long)cmd->count - 1));
	return true;
}

static bool
inventory_msisdn_reserve(struct decision *d)
{
	reserve(d, d->target->id, ((const struct inventory_msisdn_reserve *)d->args)->reserved_for, NULL, 0);
	return true;
}

static bool
inventory_msisdn_reserve_next(struct decision *d)
{
	const struct inventory_msisdn_reserve_next *cmd = d->args;

	d->made_id = arena_strdup(d->arena, cmd->preference ? cmd->preference : lowest_free(d->tenant));
	reserve(d, d->made_id, cmd->reserved_for, NULL, 0);
	return true;
}

static bool
inventory_msisdn_hold(struct decision *d)
{
	const struct inventory_msisdn_hold *cmd = d->args;
	int64_t ttl = cmd->ttl_seconds > 0 ? cmd->ttl_seconds : 86400;

	reserve(d, d->target->id, cmd->reserved_for, NULL, d->now + ttl * SECOND);
	return true;
}

static bool
inventory_msisdn_assign(struct decision *d)
{
	const struct inventory_msisdn_assign *cmd = d->args;

	if (d->target->status == MSISDN_ASSIGNED)
		return true;             /* idempotent */
	emit(d, inventory_msisdn_assigned, d->target->id, .subscription_id = cmd->subscription_id);
	return true;
}

static bool
inventory_msisdn_release(struct decision *d)
{
	msisdn_give_back(d, d->target->id, ((const struct inventory_msisdn_release *)d->args)->quarantine);
	return true;
}

static bool
inventory_msisdn_end_quarantine(struct decision *d)
{
	emit_(d, &inventory_msisdn_quarantine_ended_shape, d->target->id, &(struct inventory_msisdn_quarantine_ended){ 0 });
	return true;
}

static bool
inventory_msisdn_expire_hold(struct decision *d)
{
	msisdn_give_back(d, d->target->id, false);
	return true;
}

/* ---- commands: eSIM ---------------------------------------------------------------------------------------------- */

static struct esim_profile
profile(struct decision *d, const char *prefix, int64_t index)
{
	char matching[17], uuid[UUID_TEXT];
	struct esim_profile p = { .smdp_server = "smdp.bss-cli.local" };

	p.iccid = arena_printf(d->arena, "%s%012lld", prefix, (long long)index);
	p.imsi = arena_printf(d->arena, "525010000%06lld", (long long)index);
	p.ki_ref = arena_printf(d->arena, "hsm://ref/%s", uuid_random(uuid));
	p.matching_id = arena_strdup(d->arena, random_hex(matching, 16));
	p.activation_code = arena_printf(d->arena, "LPA:1$%s$%s", p.smdp_server, p.matching_id);
	return p;
}

static bool
inventory_esim_add_batch(struct decision *d)
{
	const struct inventory_esim_add_batch *cmd = d->args;
	const struct esim_pool_state *pool = find(d->tenant, esim_pool, POOL);
	int64_t from = pool ? pool->count : 0;
	struct esim_profile *items = arena_array(d->arena, struct esim_profile, cmd->count);

	for (int64_t i = 0; i < cmd->count; i++)
		items[i] = profile(d, cmd->iccid_prefix, from + i);
	d->made_id = POOL;
	emit(d, inventory_esim_batch_added, POOL, .profiles = { items, (int)cmd->count });
	return true;
}

static bool
inventory_esim_reserve(struct decision *d)
{
	d->made_id = esim_take(d, ((const struct inventory_esim_reserve *)d->args)->reserved_for, NULL);
	return d->made_id != NULL;
}

static bool
inventory_esim_assign_msisdn(struct decision *d)
{
	emit(d, inventory_esim_msisdn_bound, d->target->id,
		.msisdn = ((const struct inventory_esim_assign_msisdn *)d->args)->msisdn,
		.customer_id = ESIM(d)->customer_id[0] ? ESIM(d)->customer_id : NULL);
	return true;
}

static bool
inventory_esim_release(struct decision *d)
{
	emit(d, inventory_esim_released, d->target->id, .reason = "released by hand");
	return true;
}

static bool
inventory_esim_restore(struct decision *d)
{
	if (d->target->status != ESIM_AVAILABLE)
		emit(d, inventory_esim_released, d->target->id, .reason = "reset");
	return true;
}

#define MARK(verb, type) \
	static bool \
	inventory_esim_##verb(struct decision *d) \
	{ \
		emit_(d, &type##_shape, d->target->id, &(struct type){ 0 }); \
		return true; \
	}
MARK(mark_downloaded, inventory_esim_downloaded)
MARK(mark_activated, inventory_esim_activated)
MARK(suspend, inventory_esim_suspended)

static bool
inventory_esim_recycle(struct decision *d)
{
	emit(d, inventory_esim_recycled, d->target->id, .reason = ((const struct inventory_esim_recycle *)d->args)->reason);
	return true;
}

/* ---- events: numbers --------------------------------------------------------------------------------------------- */

static void
add_number(struct world *w, struct tenant *t, const char *number)
{
	struct entity *e;

	(void)w;
	if (world_any(t, AGGREGATE_msisdn, number))
		return;
	e = world_add(t, AGGREGATE_msisdn, number, sizeof(struct msisdn_state));
	index_put(t, INDEX_MSISDN_FREE, e->id, e);
}

static void
pool_refilled(struct world *w, struct tenant *t)
{
	struct msisdn_pool_state *p = find(t, msisdn_pool, POOL);

	if (p && p->warned_low && index_count(t, INDEX_MSISDN_FREE) > config_int("BSS_INVENTORY_MSISDN_POOL_LOW_THRESHOLD"))
		*(bool *)world_edit(w, &p->warned_low, sizeof p->warned_low) = false;
}

static void
on_range_added(struct world *w, void *self, const void *event, int64_t at)
{
	struct msisdn_pool_state *s = self;
	const struct inventory_msisdn_range_added *e = event;
	char number[ID_MAX];

	(void)at;
	for (int64_t i = 0; i < e->count; i++) {
		snprintf(number, sizeof number, "%s%04lld", e->prefix, (long long)i);
		add_number(w, s->e.tenant, number);
	}
	pool_refilled(w, s->e.tenant);
}

static void
on_pool_low(struct world *w, void *self, const void *event, int64_t at)
{
	(void)w, (void)event, (void)at;
	((struct msisdn_pool_state *)self)->warned_low = true;
}

static void
on_reserved(struct world *w, void *self, const void *event, int64_t at)
{
	struct msisdn_state *s = self;
	const struct inventory_msisdn_reserved *e = event;

	(void)at;
	keep(s->reserved_for, e->reserved_for);
	keep(s->customer_id, e->customer_id);
	s->reserved_until = e->reserved_until;
	index_drop(s->e.tenant, INDEX_MSISDN_FREE, s->e.id);
	timer_set(w, TIMER_HOLD, &s->e, e->reserved_until);
}

static void
on_assigned(struct world *w, void *self, const void *event, int64_t at)
{
	struct msisdn_state *s = self;
	const struct inventory_msisdn_assigned *e = event;

	(void)at;
	keep(s->subscription_id, e->subscription_id);
	keep(s->customer_id, e->customer_id);
	keep(s->iccid, e->iccid);
	s->reserved_until = 0;
	timer_set(w, TIMER_HOLD, &s->e, 0);
}

static void
set_free(struct world *w, struct msisdn_state *s)
{
	s->e.status = MSISDN_AVAILABLE;
	s->quarantine_until = 0;
	index_put(s->e.tenant, INDEX_MSISDN_FREE, s->e.id, &s->e);
	pool_refilled(w, s->e.tenant);
}

static void
on_released(struct world *w, void *self, const void *event, int64_t at)
{
	struct msisdn_state *s = self;
	const struct inventory_msisdn_released *e = event;

	(void)at;
	s->reserved_for[0] = s->subscription_id[0] = s->customer_id[0] = s->iccid[0] = 0;
	s->reserved_until = 0;
	timer_set(w, TIMER_HOLD, &s->e, 0);
	if (!e->quarantine_until) {
		set_free(w, s);
		return;
	}
	s->e.status = MSISDN_QUARANTINE;
	s->quarantine_until = e->quarantine_until;
	timer_set(w, TIMER_QUARANTINE, &s->e, e->quarantine_until);
}

static void
on_quarantine_ended(struct world *w, void *self, const void *event, int64_t at)
{
	struct msisdn_state *s = self;

	(void)event, (void)at;
	timer_set(w, TIMER_QUARANTINE, &s->e, 0);
	set_free(w, s);
}

/* ---- events: eSIM ------------------------------------------------------------------------------------------------ */

static void
on_batch_added(struct world *w, void *self, const void *event, int64_t at)
{
	struct esim_pool_state *pool = self;
	const struct inventory_esim_batch_added *e = event;
	const struct esim_profile *p = e->profiles.items;

	(void)w, (void)at;
	for (int i = 0; i < e->profiles.n; i++) {
		struct esim_state *s;

		if (world_any(pool->e.tenant, AGGREGATE_esim, p[i].iccid))
			continue;
		s = (struct esim_state *)world_add(pool->e.tenant, AGGREGATE_esim, p[i].iccid, sizeof *s);
		keep(s->imsi, p[i].imsi);
		keep(s->activation_code, p[i].activation_code);
		index_put(pool->e.tenant, INDEX_ESIM_FREE, s->e.id, &s->e);
	}
	pool->count += e->profiles.n;
}

static void
on_esim_reserved(struct world *w, void *self, const void *event, int64_t at)
{
	struct esim_state *s = self;
	const struct inventory_esim_reserved *e = event;

	(void)w, (void)at;
	keep(s->reserved_for, e->reserved_for);
	keep(s->customer_id, e->customer_id);
	index_drop(s->e.tenant, INDEX_ESIM_FREE, s->e.id);
}

static void
on_bound(struct world *w, void *self, const void *event, int64_t at)
{
	struct esim_state *s = self;
	const struct inventory_esim_msisdn_bound *e = event;

	(void)w, (void)at;
	keep(s->msisdn, e->msisdn);
	if (e->subscription_id)
		keep(s->subscription_id, e->subscription_id);
}

static void
on_esim_released(struct world *w, void *self, const void *event, int64_t at)
{
	struct esim_state *s = self;

	(void)w, (void)event, (void)at;
	s->msisdn[0] = s->subscription_id[0] = s->customer_id[0] = s->reserved_for[0] = 0;
	index_put(s->e.tenant, INDEX_ESIM_FREE, s->e.id, &s->e);
}

/* ---- the tables -------------------------------------------------------------------------------------------------- */

static const struct policy add_range_policies[] = {
	{ "msisdn.add_range.sane_prefix", prefix_is_sane, "The prefix has 4 to 7 digits and the range 1 to 10,000 numbers" },
	{ 0 }
};
static const struct policy reserve_policies[] = {
	{ "msisdn.reserve.status_must_be_available", number_is_free, "The number is free" },
	{ 0 }
};
static const struct policy reserve_next_policies[] = {
	{ "msisdn.reserve.no_available", preference_or_any_is_free, "The preferred number, or any, is free" },
	{ 0 }
};
static const struct policy hold_policies[] = {
	{ "msisdn.hold.unavailable", can_be_held, "The number is free, or held by the same holder" },
	{ "msisdn.hold.sane_length", hold_is_of_sane_length, "A hold lasts at most a year" },
	{ 0 }
};
static const struct policy assign_policies[] = {
	{ "msisdn.assign.not_found", number_exists, "The number exists" },
	{ "msisdn.assign.must_be_reserved", number_state_fits, "The number is reserved" },
	{ 0 }
};
static const struct policy release_policies[] = {
	{ "msisdn.release.not_found", number_exists, "The number exists" },
	{ "msisdn.release.only_if_reserved_or_assigned", number_state_fits, "The number is reserved or assigned" },
	{ "msisdn.release.not_of_a_live_line", no_live_line_has_it, "No live line uses the number" },
	{ 0 }
};
static const struct policy end_quarantine_policies[] = {
	{ "msisdn.release.not_found", number_exists, "The number exists" },
	{ "msisdn.end_quarantine.only_if_quarantined", number_state_fits, "The number rests" },
	{ 0 }
};
static const struct policy expire_hold_policies[] = {
	{ "msisdn.release.not_found", number_exists, "The number exists" },
	{ "msisdn.expire_hold.only_if_held", number_state_fits, "The number is held" },
	{ 0 }
};
static const struct policy add_batch_policies[] = {
	{ "esim.add_batch.sane_count", batch_is_sane, "The batch has 1 to 1,000 profiles and a prefix of digits" },
	{ 0 }
};
static const struct policy esim_reserve_policies[] = {
	{ "esim.reserve.status_must_be_available", a_profile_is_free, "A profile is free" },
	{ 0 }
};
static const struct policy bind_policies[] = {
	{ "esim.not_found", esim_exists, "The eSIM exists" },
	{ "esim.assign_msisdn.esim_must_be_reserved", esim_state_fits, "The eSIM is reserved" },
	{ "esim.assign_msisdn.msisdn_not_found", number_to_bind_exists, "The number exists" },
	{ "esim.assign_msisdn.msisdn_must_be_reserved", number_to_bind_is_reserved, "The number is reserved or assigned" },
	{ 0 }
};
static const struct policy restore_policies[] = {
	{ "esim.not_found", esim_exists, "The eSIM exists" },
	{ "esim.release.not_of_a_live_line", no_line_uses_the_esim, "No live line uses the eSIM" },
	{ 0 }
};
static const struct policy esim_step_policies[] = {
	{ "esim.not_found", esim_exists, "The eSIM exists" },
	{ "esim.transition.invalid", esim_state_fits, "The step is possible from the profile's state" },
	{ 0 }
};
static const struct policy esim_end_policies[] = {
	{ "esim.not_found", esim_exists, "The eSIM exists" },
	{ "esim.transition.invalid", esim_state_fits, "The step is possible from the profile's state" },
	{ "esim.release.not_of_a_live_line", no_line_uses_the_esim, "No live line uses the eSIM" },
	{ 0 }
};
#define NUM   AGGREGATE_msisdn
#define SIM   AGGREGATE_esim
#define HELD  (IN(MSISDN_RESERVED) | IN(MSISDN_ASSIGNED))
#define USED  (IN(ESIM_RESERVED) | IN(ESIM_DOWNLOADED) | IN(ESIM_ACTIVATED) | IN(ESIM_SUSPENDED))
static const struct command commands[] = {
	/* args                                  about                  from                    policies                 decide */
	{ &inventory_msisdn_add_range_shape,      AGGREGATE_msisdn_pool, NEW,                    add_range_policies,      inventory_msisdn_add_range },
	{ &inventory_msisdn_reserve_shape,        NUM,                   ANY_STATE,              reserve_policies,        inventory_msisdn_reserve },
	{ &inventory_msisdn_reserve_next_shape,   NUM,                   NEW,                    reserve_next_policies,   inventory_msisdn_reserve_next },
	{ &inventory_msisdn_hold_shape,           NUM,                   ANY_STATE,              hold_policies,           inventory_msisdn_hold },
	{ &inventory_msisdn_assign_shape,         NUM,                   HELD,                   assign_policies,         inventory_msisdn_assign },
	{ &inventory_msisdn_release_shape,        NUM,                   HELD,                   release_policies,        inventory_msisdn_release },
	{ &inventory_msisdn_end_quarantine_shape, NUM,                   IN(MSISDN_QUARANTINE),  end_quarantine_policies, inventory_msisdn_end_quarantine },
	{ &inventory_msisdn_expire_hold_shape,    NUM,                   IN(MSISDN_RESERVED),    expire_hold_policies,    inventory_msisdn_expire_hold },
	{ &inventory_esim_add_batch_shape,        AGGREGATE_esim_pool,   NEW,                    add_batch_policies,      inventory_esim_add_batch },
	{ &inventory_esim_reserve_shape,          SIM,                   NEW,                    esim_reserve_policies,   inventory_esim_reserve },
	{ &inventory_esim_assign_msisdn_shape,    SIM,                   IN(ESIM_RESERVED),      bind_policies,           inventory_esim_assign_msisdn },
	{ &inventory_esim_release_shape,          SIM,                   IN(ESIM_RESERVED),      esim_end_policies,       inventory_esim_release },
	{ &inventory_esim_restore_shape,          SIM,                   ANY_STATE,              restore_policies,        inventory_esim_restore },
	{ &inventory_esim_mark_downloaded_shape,  SIM,                   IN(ESIM_RESERVED),      esim_step_policies,      inventory_esim_mark_downloaded },
	{ &inventory_esim_mark_activated_shape,   SIM,                   IN(ESIM_DOWNLOADED) | IN(ESIM_SUSPENDED), esim_step_policies, inventory_esim_mark_activated },
	{ &inventory_esim_suspend_shape,          SIM,                   IN(ESIM_ACTIVATED),     esim_step_policies,      inventory_esim_suspend },
	{ &inventory_esim_recycle_shape,          SIM,                   USED,                   esim_end_policies,       inventory_esim_recycle },
	{ 0 }
};
static const struct transition transitions[] = {
	/* event                                   to                apply */
	{ &inventory_msisdn_range_added_shape,      STAY,             on_range_added },
	{ &inventory_msisdn_pool_low_shape,         STAY,             on_pool_low },
	{ &inventory_msisdn_reserved_shape,         MSISDN_RESERVED,  on_reserved, IN(MSISDN_AVAILABLE) | IN(MSISDN_RESERVED) },
	{ &inventory_msisdn_assigned_shape,         MSISDN_ASSIGNED,  on_assigned, IN(MSISDN_RESERVED) },
	{ &inventory_msisdn_released_shape,         STAY,             on_released, HELD, IN(MSISDN_AVAILABLE) | IN(MSISDN_QUARANTINE) },
	{ &inventory_msisdn_quarantine_ended_shape, MSISDN_AVAILABLE, on_quarantine_ended, IN(MSISDN_QUARANTINE) },
	{ &inventory_esim_batch_added_shape,        STAY,             on_batch_added },
	{ &inventory_esim_reserved_shape,           ESIM_RESERVED,    on_esim_reserved, IN(ESIM_AVAILABLE) },
	{ &inventory_esim_msisdn_bound_shape,       STAY,             on_bound },
	{ &inventory_esim_released_shape,           ESIM_AVAILABLE,   on_esim_released, USED | IN(ESIM_RECYCLED) },
	{ &inventory_esim_downloaded_shape,         ESIM_DOWNLOADED,  NULL, IN(ESIM_RESERVED) },
	{ &inventory_esim_activated_shape,          ESIM_ACTIVATED,   NULL, IN(ESIM_DOWNLOADED) | IN(ESIM_SUSPENDED) },
	{ &inventory_esim_suspended_shape,          ESIM_SUSPENDED,   NULL, IN(ESIM_ACTIVATED) },
	{ &inventory_esim_recycled_shape,           ESIM_RECYCLED,    NULL, USED },
	{ 0 }
};
EVERY_COMMAND(commands, INVENTORY_COMMANDS);
EVERY_EVENT(transitions, INVENTORY_EVENTS);

static const char *
number_subject(const void *self)
{
	return ((const struct msisdn_state *)self)->customer_id;
}

static const char *
esim_subject(const void *self)
{
	return ((const struct esim_state *)self)->customer_id;
}

static const struct aggregate aggregates[] = {
	{ AGGREGATE_msisdn, __FILE__, sizeof(struct msisdn_state), number_subject, true },
	{ AGGREGATE_msisdn_pool, __FILE__, sizeof(struct msisdn_pool_state), NULL },
	{ AGGREGATE_esim, __FILE__, sizeof(struct esim_state), esim_subject, true },
	{ AGGREGATE_esim_pool, __FILE__, sizeof(struct esim_pool_state), NULL },
	{ 0 }
};
const struct module inventory_module = { aggregates, commands, transitions };
