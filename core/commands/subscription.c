/* subscription.c -- a line: one number, one eSIM, one plan, paid before it is used.
 *
 *   (activate) --> active <--> blocked          blocked: home data used up, or a renewal declined
 *                     +-----------+--> terminated
 *
 * Price and allowances are a snapshot of the order.  Home data at zero blocks the line; a top-up opens it if data is left
 * afterwards; a line blocked for a declined renewal comes back by renewing.  A period is renewed from its end, charged
 * exactly once, and tried until it has an answer.  Words: schemas/subscription.h; payments go on in core/reactions/billing.c. */
#include <string.h>
#include "core/commands/aggregate.h"
#include "core/commands/balance.h"
#include "core/commands/states.h"

#define PERIOD (30 * DAY)
#define SUB(d) ((struct subscription_state *)(d)->target)

/* ---- questions -------------------------------------------------------------------------------------------- */

struct subscription_state *
subscription_of_msisdn(const struct tenant *t, const char *msisdn)
{
	return (struct subscription_state *)index_get(t, INDEX_MSISDN_SUBSCRIPTION, msisdn);
}

bool
customer_has_live_subscription(const struct tenant *t, const char *customer_id)
{
	const struct index_node *at = NULL;
	char prefix[PATH_MAX_];
	struct entity *e;

	path2(prefix, customer_id, "");
	while ((e = index_next(t, INDEX_CUSTOMER_SUBSCRIPTIONS, prefix, &at)))
		if (e->status != SUBSCRIPTION_TERMINATED)
			return true;
	return false;
}

static bool
data_left(const struct subscription_state *s, int64_t now)
{
	return allowance_left(s, "data", now, NULL) != 0;
}

/* ---- policies: activation --------------------------------------------------------------------------------- */

static const struct order_state *
order_to_activate(struct decision *d)
{
	return find(d->tenant, order, ((const struct subscription_activate *)d->args)->order_id);
}

static bool
order_is_in_progress(struct decision *d)
{
	const struct subscription_activate *cmd = d->args;
	const struct order_state *o = order_to_activate(d);

	if (o && o->e.status == ORDER_IN_PROGRESS)
		return true;
	fact(d, "order_id", cmd->order_id);
	return refuse(d, "Order %s is not in progress any more", cmd->order_id);
}

static bool
customer_is_there(struct decision *d)
{
	const struct order_state *o = order_to_activate(d);
	const struct entity *c = world_find(d->tenant, AGGREGATE_customer, o->customer_id);

	if (c && (c->status == CUSTOMER_ACTIVE || c->status == CUSTOMER_PENDING))
		return true;
	fact(d, "customer_id", o->customer_id);
	return refuse(d, "Customer %s is not active", o->customer_id);
}

static bool
resources_are_reserved(struct decision *d)
{
	const struct subscription_activate *cmd = d->args;
	const struct service_state *cfs = find(d->tenant, service, cmd->cfs_service_id);
	const struct msisdn_state *m = cfs ? find(d->tenant, msisdn, cfs->msisdn) : NULL;
	const struct esim_state *e = cfs ? find(d->tenant, esim, cfs->iccid) : NULL;

	if (m && m->e.status == MSISDN_RESERVED && strcmp(m->reserved_for, cmd->order_id) == 0 &&
	    e && e->e.status != ESIM_AVAILABLE && e->e.status != ESIM_RECYCLED && strcmp(e->reserved_for, cmd->order_id) == 0)
		return true;
	fact(d, "msisdn", cfs ? cfs->msisdn : NULL);
	fact(d, "iccid", cfs ? cfs->iccid : NULL);
	return refuse(d, "The number and eSIM of order %s are not reserved for it", cmd->order_id);
}

static bool
first_period_is_paid(struct decision *d)
{
	const struct subscription_activate *cmd = d->args;
	const struct payment_attempt_state *a = find(d->tenant, payment_attempt, cmd->payment_attempt_id);

	if (!money_is_positive(order_to_activate(d)->price) || (a && a->e.status == PAYMENT_APPROVED))
		return true;
	fact(d, "payment_status", a ? state_text(&a->e) : NULL);
	return refuse(d, "The first period of order %s is not paid", cmd->order_id);
}

/* ---- policies: VAS -------------------------------------------------------------------------------------------- */

static bool
not_terminated(struct decision *d)
{
	if (d->target->status != SUBSCRIPTION_TERMINATED)
		return true;
	fact(d, "state", state_text(d->target));
	return refuse(d, "Line %s is terminated", d->target->id);
}

static const struct vas_offering_state *
vas_asked_for(struct decision *d)
{
	return find(d->tenant, vas_offering, ((const struct subscription_purchase_vas *)d->args)->vas_offering_id);
}

static bool
vas_is_sellable(struct decision *d)
{
	const struct subscription_purchase_vas *cmd = d->args;
	const struct vas_offering_state *v = vas_asked_for(d);

	if (v && !v->retired)
		return true;
	fact(d, "vas_offering_id", cmd->vas_offering_id);
	hint(d, "catalog.list_vas shows what is on sale.");
	return refuse(d, "There is no top-up %s on sale", cmd->vas_offering_id);
}

static bool
card_is_on_file(struct decision *d)
{
	if (default_method(d->tenant, SUB(d)->customer_id))
		return true;
	fact(d, "customer_id", SUB(d)->customer_id);
	hint(d, "Put a card on file with payment.add_card.");
	return refuse(d, "Customer %s has no card on file", SUB(d)->customer_id);
}

static struct pass_state *
free_pass(struct subscription_state *s, int64_t now)
{
	for (int i = 0; i < PASSES_MAX; i++)
		if (!s->passes[i].purchase_id[0] || s->passes[i].expires_at <= now)
			return &s->passes[i];
	return NULL;
}

static bool
has_room_for(struct decision *d, const struct vas_offering_state *v)
{
	if (!v || v->expiry_hours == 0 || free_pass(SUB(d), d->now))
		return true;
	fact_int(d, "at_most", PASSES_MAX);
	return refuse(d, "Line %s has %d passes running already", d->target->id, PASSES_MAX);
}

static bool
pass_has_room(struct decision *d)
{
	return has_room_for(d, vas_asked_for(d));
}

static const struct payment_attempt_state *
attempt_of(struct decision *d, const char *id)
{
	return find(d->tenant, payment_attempt, id);
}

/* the room may have gone to another purchase while this one was being paid: then the money goes back */
static bool
paid_pass_has_room(struct decision *d)
{
	const struct payment_attempt_state *a = attempt_of(d,
		((const struct subscription_finish_vas *)d->args)->payment_attempt_id);

	return !a || a->e.status != PAYMENT_APPROVED || has_room_for(d, find(d->tenant, vas_offering, a->vas_offering_id));
}

/* ---- policies: renewal --------------------------------------------------------------------------------------------- */

static bool
no_renewal_under_way(struct decision *d)
{
	if (!SUB(d)->renewal_attempt[0])
		return true;
	fact(d, "payment_attempt_id", SUB(d)->renewal_attempt);
	return refuse(d, "A renewal of line %s waits for its payment", d->target->id);
}

static bool
renewal_is_the_one(struct decision *d)
{
	const struct subscription_finish_renewal *cmd = d->args;

	if (strcmp(SUB(d)->renewal_attempt, cmd->payment_attempt_id) == 0)
		return true;
	fact(d, "payment_attempt_id", cmd->payment_attempt_id);
	return refuse(d, "Payment %s does not belong to a renewal of line %s that is under way",
		cmd->payment_attempt_id, d->target->id);
}

/* ---- commands: activation --------------------------------------------------------------------------------------------- */

static bool
subscription_activate(struct decision *d)
{
	const struct subscription_activate *cmd = d->args;
	const struct order_state *o = order_to_activate(d);
	const struct service_state *cfs = find(d->tenant, service, cmd->cfs_service_id);
	const char *id = new_id(d, AGGREGATE_subscription);

	emit(d, subscription_activated, id, .customer_id = o->customer_id, .offering_id = o->offering_id, .order_id = o->e.id,
		.msisdn = cfs->msisdn, .iccid = cfs->iccid, .cfs_service_id = cfs->e.id,
		.payment_attempt_id = cmd->payment_attempt_id,
		.period_start = d->now, .period_end = d->now + PERIOD, .price = o->price, .price_id = o->price_id,
		.amount_charged = o->price, .allowances = allowances_list(d->arena, o->allowances, o->n_allowances));
	emit(d, inventory_msisdn_assigned, cfs->msisdn, .subscription_id = id, .customer_id = o->customer_id, .iccid = cfs->iccid);
	emit(d, inventory_esim_msisdn_bound, cfs->iccid, .msisdn = cfs->msisdn, .subscription_id = id,
		.customer_id = o->customer_id);
	return true;
}

/* ---- commands: VAS ---------------------------------------------------------------------------------------------------- */

static void
top_up(struct decision *d, const struct vas_offering_state *v, const char *attempt_id)
{
	const struct subscription_state *s = SUB(d);

	emit(d, subscription_vas_purchased, s->e.id, .customer_id = s->customer_id, .vas_offering_id = v->e.id,
		.payment_attempt_id = attempt_id, .purchase_id = new_hex_id(d, arena_printf(d->arena, "%s-VAS-", s->e.id), 8),
		.allowance_type = v->allowance_type, .allowance_added = v->quantity, .unit = v->unit,
		.expires_at = v->expiry_hours ? d->now + v->expiry_hours * HOUR : 0,
		.previous_state = state_text(&s->e), .amount = v->price);
	if (s->e.status == SUBSCRIPTION_BLOCKED && strcmp(s->block_reason, "exhausted") == 0 && data_left(s, d->now))
		emit(d, subscription_unblocked, s->e.id, .customer_id = s->customer_id, .reason = "vas_top_up");
}

static bool
subscription_purchase_vas(struct decision *d)
{
	const struct vas_offering_state *v = vas_asked_for(d);
	const struct subscription_state *s = SUB(d);
	const char *attempt;

	d->made_id = d->target_id;
	if (!money_is_positive(v->price)) {
		top_up(d, v, NULL);
		return true;
	}
	attempt = charge_request(d, default_method(d->tenant, s->customer_id), &(struct charge){ .customer_id = s->customer_id,
		.purpose = "vas", .subscription_id = s->e.id, .vas_offering_id = v->e.id, .amount = v->price });
	emit(d, subscription_vas_requested, s->e.id, .customer_id = s->customer_id, .vas_offering_id = v->e.id,
		.payment_attempt_id = attempt);
	return true;
}

static bool
subscription_finish_vas(struct decision *d)
{
	const struct subscription_finish_vas *cmd = d->args;
	const struct payment_attempt_state *a = attempt_of(d, cmd->payment_attempt_id);
	const struct subscription_state *s = SUB(d);

	if (a->e.status == PAYMENT_APPROVED)
		top_up(d, find(d->tenant, vas_offering, a->vas_offering_id), a->e.id);
	else
		emit(d, subscription_vas_failed, s->e.id, .customer_id = s->customer_id, .vas_offering_id = a->vas_offering_id,
			.payment_attempt_id = a->e.id, .reason = "payment_declined", .decline_reason = a->decline_reason,
			.payment_status = state_text(&a->e), .message = payment_sentence(d, a));
	return true;
}

static void
block_if_empty(struct decision *d)
{
	const struct subscription_state *s = SUB(d);
	const struct balance_state *b = balance_of(SUB(d), "data");

	if (s->e.status != SUBSCRIPTION_ACTIVE || data_left(s, d->now))
		return;
	emit(d, subscription_exhausted, s->e.id, .customer_id = s->customer_id, .allowance_type = "data",
		.consumed = b ? b->consumed : 0,
		.total = b ? b->total : 0);
	emit(d, subscription_blocked, s->e.id, .customer_id = s->customer_id, .reason = "exhausted");
}

static bool
subscription_expire_vas(struct decision *d)
{
	struct subscription_state *s = SUB(d);

	for (int i = 0; i < PASSES_MAX; i++)
		if (s->passes[i].purchase_id[0] && s->passes[i].expires_at <= d->now)
			emit(d, subscription_vas_expired, s->e.id, .customer_id = s->customer_id,
				.purchase_id = s->passes[i].purchase_id,
				.allowance_type = s->passes[i].type);
	block_if_empty(d);
	return true;
}

/* ---- commands: renewal -------------------------------------------------------------------------------------------------- */

/* one period a renewal, anchored at the old period's end; one that is renewed before its end begins now, and so does one
 * that was blocked for a declined renewal */
static int64_t
next_period_start(const struct decision *d, const struct subscription_state *s)
{
	if (s->period_end > d->now || s->failed_period)
		return d->now;
	return s->period_end;
}

static void
renew_paid(struct decision *d, const char *attempt_id, struct money charged, int64_t start)
{
	const struct subscription_state *s = SUB(d);
	bool blocked = s->e.status == SUBSCRIPTION_BLOCKED;

	emit(d, subscription_renewed, s->e.id, .customer_id = s->customer_id, .offering_id = s->offering_id,
		.payment_attempt_id = attempt_id,
		.period_start = start, .period_end = start + PERIOD, .price = s->price, .price_id = s->price_id,
		.amount_charged = charged,
		.allowances = allowances_list(d->arena, s->allowances, s->n_allowances));
	if (blocked)
		emit(d, subscription_unblocked, s->e.id, .customer_id = s->customer_id, .reason = "renewed");
}

static void
begin_renewal(struct decision *d)
{
	const struct subscription_state *s = SUB(d);
	int64_t start = next_period_start(d, s);
	const char *attempt;

	d->made_id = d->target_id;
	if (!money_is_positive(s->price)) {
		renew_paid(d, NULL, s->price, start);
		return;
	}
	attempt = charge_request(d, default_method(d->tenant, s->customer_id), &(struct charge){ .customer_id = s->customer_id,
		.purpose = "renewal", .subscription_id = s->e.id, .amount = s->price, .period_start = start });
	emit(d, subscription_renewal_requested, s->e.id, .customer_id = s->customer_id, .payment_attempt_id = attempt,
		.period_start = start, .period_end = start + PERIOD, .amount = s->price);
}

static bool
subscription_renew_now(struct decision *d)
{
	begin_renewal(d);
	return true;
}

static void
renewal_refused(struct decision *d, const char *reason, const char *attempt_id, int64_t start)
{
	const struct subscription_state *s = SUB(d);

	emit(d, subscription_renew_failed, s->e.id, .customer_id = s->customer_id, .reason = reason,
		.payment_attempt_id = attempt_id,
		.period_start = start);
	if (s->e.status == SUBSCRIPTION_ACTIVE)
		emit(d, subscription_blocked, s->e.id, .customer_id = s->customer_id, .reason = "renew_failed");
}

/* neither yes nor no, and no money moved: a period is attempted until it has an answer.  One that is renewed before its end
 * waits for its end; one that was declined before waits for the customer. */
static void
renewal_postponed(struct decision *d, const struct payment_attempt_state *a)
{
	const struct subscription_state *s = SUB(d);
	int64_t soon = d->now + HOUR, retry = s->period_end > soon ? s->period_end : soon;

	emit(d, subscription_renewal_postponed, s->e.id, .customer_id = s->customer_id, .payment_attempt_id = a->e.id,
		.period_start = a->period_start, .retry_at = s->failed_period ? 0 : retry);
}

static bool
subscription_renew_due(struct decision *d)
{
	const struct subscription_state *s = SUB(d);

	if (default_method(d->tenant, s->customer_id))
		begin_renewal(d);
	else
		renewal_refused(d, "no_payment_method", NULL, s->period_end);
	return true;
}

static bool
subscription_finish_renewal(struct decision *d)
{
	const struct subscription_finish_renewal *cmd = d->args;
	const struct payment_attempt_state *a = attempt_of(d, cmd->payment_attempt_id);

	if (a->e.status == PAYMENT_APPROVED)
		renew_paid(d, a->e.id, a->amount, a->period_start);
	else if (a->e.status == PAYMENT_ERRORED)
		renewal_postponed(d, a);
	else
		renewal_refused(d, "payment_declined", a->e.id, a->period_start);
	return true;
}

/* what the timers would do by themselves when they are due: asked for, it is done at once */
static bool
subscription_tick_renewals_now(struct decision *d)
{
	(void)d;
	return true;
}

/* ---- commands: the end ------------------------------------------------------------------------------------------------------- */

static bool
subscription_terminate(struct decision *d)
{
	const struct subscription_terminate *cmd = d->args;
	const struct subscription_state *s = SUB(d);

	emit(d, subscription_terminated, s->e.id, .customer_id = s->customer_id, .msisdn = s->msisdn, .iccid = s->iccid,
		.terminated_at = d->now, .reason = cmd->reason, .number_stays = cmd->release_inventory.set &&
		!cmd->release_inventory.v);
	return true;
}

static bool
subscription_remove(struct decision *d)
{
	emit(d, subscription_removed, d->target->id, .customer_id = SUB(d)->customer_id, .reason = "reset");
	return true;
}

/* ---- events ------------------------------------------------------------------------------------------------------ */

static void
new_period(struct subscription_state *s, int64_t start, int64_t end)
{
	s->period_start = start;
	s->period_end = end;
	s->n_balances = s->n_allowances;
	for (int i = 0; i < s->n_allowances; i++) {
		keep(s->balances[i].type, s->allowances[i].type);
		keep(s->balances[i].unit, s->allowances[i].unit);
		s->balances[i].total = s->allowances[i].quantity;
		s->balances[i].consumed = 0;
	}
}

static void
on_activated(struct world *w, void *self, const void *event, int64_t at)
{
	struct subscription_state *s = self;
	const struct subscription_activated *e = event;
	char path[PATH_MAX_];

	(void)at;
	keep(s->customer_id, e->customer_id);
	keep(s->offering_id, e->offering_id);
	keep(s->order_id, e->order_id);
	keep(s->msisdn, e->msisdn);
	keep(s->iccid, e->iccid);
	keep(s->cfs_service_id, e->cfs_service_id);
	keep(s->price_id, e->price_id);
	s->price = e->price;
	s->n_allowances = allowances_keep(s->allowances, &e->allowances);
	new_period(s, e->period_start, e->period_end);
	index_put(s->e.tenant, INDEX_CUSTOMER_SUBSCRIPTIONS, path2(path, s->customer_id, s->e.id), &s->e);
	index_put(s->e.tenant, INDEX_OFFERING_SUBSCRIPTIONS, path2(path, s->offering_id, s->e.id), &s->e);
	index_put(s->e.tenant, INDEX_MSISDN_SUBSCRIPTION, s->msisdn, &s->e);
	timer_set(w, TIMER_RENEWAL, &s->e, s->period_end);
}

static void
on_blocked(struct world *w, void *self, const void *event, int64_t at)
{
	struct subscription_state *s = self;

	(void)w, (void)at;
	keep(s->block_reason, ((const struct subscription_blocked *)event)->reason);
}

static void
on_unblocked(struct world *w, void *self, const void *event, int64_t at)
{
	struct subscription_state *s = self;

	(void)w, (void)event, (void)at;
	s->block_reason[0] = 0;
}

static void
next_pass_timer(struct world *w, struct subscription_state *s)
{
	int64_t first = 0;

	for (int i = 0; i < PASSES_MAX; i++)
		if (s->passes[i].purchase_id[0] && (!first || s->passes[i].expires_at < first))
			first = s->passes[i].expires_at;
	timer_set(w, TIMER_VAS, &s->e, first);
}

static void
add_to_balance(struct subscription_state *s, const struct subscription_vas_purchased *e)
{
	struct balance_state *b = balance_of(s, e->allowance_type);

	if (!b && s->n_balances < ALLOWANCES_MAX) {
		b = &s->balances[s->n_balances++];
		*b = (struct balance_state){ 0 };
		keep(b->type, e->allowance_type);
		keep(b->unit, e->unit);
	}
	if (!b || b->total < 0)
		return;
	if (e->allowance_added < 0)
		b->total = -1;
	else
		b->total = units_add(b->total, e->allowance_added);
}

static void
on_vas_purchased(struct world *w, void *self, const void *event, int64_t at)
{
	struct subscription_state *s = self;
	const struct subscription_vas_purchased *e = event;
	struct pass_state *p;

	if (!e->expires_at) {
		add_to_balance(s, e);
		return;
	}
	p = free_pass(s, at);
	if (!p)
		return;                          /* cannot be: no purchase is finished without room */
	*p = (struct pass_state){ .total = e->allowance_added, .expires_at = e->expires_at };
	keep(p->purchase_id, e->purchase_id);
	keep(p->type, e->allowance_type);
	keep(p->unit, e->unit);
	next_pass_timer(w, s);
}

static void
on_vas_expired(struct world *w, void *self, const void *event, int64_t at)
{
	struct subscription_state *s = self;
	const struct subscription_vas_expired *e = event;

	(void)at;
	for (int i = 0; i < PASSES_MAX; i++)
		if (strcmp(s->passes[i].purchase_id, e->purchase_id) == 0)
			s->passes[i] = (struct pass_state){ 0 };
	next_pass_timer(w, s);
}

static void
on_renewal_requested(struct world *w, void *self, const void *event, int64_t at)
{
	struct subscription_state *s = self;
	const struct subscription_renewal_requested *e = event;

	(void)at;
	keep(s->renewal_attempt, e->payment_attempt_id);
	timer_set(w, TIMER_RENEWAL, &s->e, 0);           /* the provider's answer goes on from here */
}

static void
on_renewed(struct world *w, void *self, const void *event, int64_t at)
{
	struct subscription_state *s = self;
	const struct subscription_renewed *e = event;

	(void)at;
	s->renewal_attempt[0] = 0;
	s->failed_period = 0;
	s->price = e->price;
	keep(s->price_id, e->price_id);
	s->n_allowances = allowances_keep(s->allowances, &e->allowances);
	new_period(s, e->period_start, e->period_end);
	timer_set(w, TIMER_RENEWAL, &s->e, s->period_end);
}

static void
on_renew_failed(struct world *w, void *self, const void *event, int64_t at)
{
	struct subscription_state *s = self;
	const struct subscription_renew_failed *e = event;

	(void)at;
	s->renewal_attempt[0] = 0;
	s->failed_period = e->period_start ? e->period_start : s->period_end;
	if (s->e.status == SUBSCRIPTION_BLOCKED)
		keep(s->block_reason, "renew_failed");   /* whatever it was before, a top-up opens it no more */
	timer_set(w, TIMER_RENEWAL, &s->e, 0);           /* declined: the customer comes back, nothing retries */
}

static void
on_renewal_postponed(struct world *w, void *self, const void *event, int64_t at)
{
	struct subscription_state *s = self;

	(void)at;
	s->renewal_attempt[0] = 0;
	timer_set(w, TIMER_RENEWAL, &s->e, ((const struct subscription_renewal_postponed *)event)->retry_at);
}

static void
stop_timers(struct world *w, struct subscription_state *s)
{
	timer_set(w, TIMER_RENEWAL, &s->e, 0);
	timer_set(w, TIMER_VAS, &s->e, 0);
}

static void
on_terminated(struct world *w, void *self, const void *event, int64_t at)
{
	struct subscription_state *s = self;
	const struct subscription_terminated *e = event;

	(void)at;
	s->number_stays = e->number_stays;
	stop_timers(w, s);
	if (index_get(s->e.tenant, INDEX_MSISDN_SUBSCRIPTION, s->msisdn) == &s->e)
		index_drop(s->e.tenant, INDEX_MSISDN_SUBSCRIPTION, s->msisdn);
}

static void
on_removed(struct world *w, void *self, const void *event, int64_t at)
{
	struct subscription_state *s = self;
	char path[PATH_MAX_];

	on_terminated(w, self, &(struct subscription_terminated){ 0 }, at);
	(void)event;
	index_drop(s->e.tenant, INDEX_CUSTOMER_SUBSCRIPTIONS, path2(path, s->customer_id, s->e.id));
	index_drop(s->e.tenant, INDEX_OFFERING_SUBSCRIPTIONS, path2(path, s->offering_id, s->e.id));
}

/* ---- the tables -------------------------------------------------------------------------------------------------- */

static const struct policy activate_policies[] = {
	{ "subscription.create.order_in_progress", order_is_in_progress, "The order is in progress" },
	{ "subscription.create.requires_customer", customer_is_there, "The customer is active or pending" },
	{ "subscription.create.msisdn_and_esim_reserved", resources_are_reserved, "Number and eSIM are reserved for the order" },
	{ "subscription.create.requires_payment_success", first_period_is_paid, "The first period is paid" },
	{ 0 }
};
static const struct policy vas_policies[] = {
	{ "subscription.not_found", target_exists, "The line exists" },
	{ "subscription.vas_purchase.not_if_terminated", not_terminated, "The line is not terminated" },
	{ "subscription.vas_purchase.vas_offering_sellable", vas_is_sellable, "The top-up is on sale" },
	{ "subscription.vas_purchase.at_most_n_passes", pass_has_room, "The line has room for another pass" },
	{ "subscription.vas_purchase.requires_active_cof", card_is_on_file, "The customer has an active card on file" },
	{ 0 }
};
static const struct policy finish_vas_policies[] = {
	{ "subscription.not_found", target_exists, "The line exists" },
	{ "subscription.vas_purchase.not_if_terminated", not_terminated, "The line is not terminated" },
	{ "subscription.vas_purchase.at_most_n_passes", paid_pass_has_room, "The line still has room for the pass" },
	{ 0 }
};
static const struct policy renew_policies[] = {
	{ "subscription.not_found", target_exists, "The line exists" },
	{ "subscription.renew.only_if_active_or_blocked", valid_from_state, "The line is active or blocked" },
	{ "subscription.renew.in_progress", no_renewal_under_way, "No renewal waits for its payment" },
	{ "subscription.renew.no_payment_method", card_is_on_file, "The customer has an active card on file" },
	{ 0 }
};
static const struct policy renew_due_policies[] = {
	{ "subscription.not_found", target_exists, "The line exists" },
	{ "subscription.renew.only_if_active_or_blocked", valid_from_state, "The line is active or blocked" },
	{ "subscription.renew.in_progress", no_renewal_under_way, "No renewal waits for its payment" },
	{ 0 }
};
static const struct policy finish_renewal_policies[] = {
	{ "subscription.not_found", target_exists, "The line exists" },
	{ "subscription.renew.only_if_active_or_blocked", valid_from_state, "The line is active or blocked" },
	{ "subscription.renew.payment_is_for_it", renewal_is_the_one, "The payment belongs to the renewal under way" },
	{ 0 }
};
static const struct policy terminate_policies[] = {
	{ "subscription.not_found", target_exists, "The line exists" },
	{ "subscription.terminate.invalid_state", valid_from_state, "The line is active or blocked" },
	{ 0 }
};
static const struct policy exists_policies[] = {
	{ "subscription.not_found", target_exists, "The line exists" },
	{ 0 }
};
#define LIVE   (IN(SUBSCRIPTION_ACTIVE) | IN(SUBSCRIPTION_BLOCKED))
#define THIS   AGGREGATE_subscription
static const struct command commands[] = {
	/* args                                  about from       policies                 decide */
	{ &subscription_activate_shape,           THIS, NEW,       activate_policies,       subscription_activate },
	{ &subscription_purchase_vas_shape,       THIS, LIVE,      vas_policies,            subscription_purchase_vas },
	{ &subscription_finish_vas_shape,         THIS, LIVE,      finish_vas_policies,     subscription_finish_vas },
	{ &subscription_expire_vas_shape,         THIS, ANY_STATE, exists_policies,         subscription_expire_vas },
	{ &subscription_renew_now_shape,          THIS, LIVE,      renew_policies,          subscription_renew_now },
	{ &subscription_renew_due_shape,          THIS, LIVE,      renew_due_policies,      subscription_renew_due },
	{ &subscription_finish_renewal_shape,     THIS, LIVE,      finish_renewal_policies, subscription_finish_renewal },
	{ &subscription_terminate_shape,          THIS, LIVE,      terminate_policies,      subscription_terminate },
	{ &subscription_remove_shape,             THIS, ANY_STATE, exists_policies,         subscription_remove },
	{ &subscription_tick_renewals_now_shape,  THIS, NEW,       NULL,                    subscription_tick_renewals_now },
	{ 0 }
};
static const struct transition transitions[] = {
	/* event                                to                       apply */
	{ &subscription_activated_shape,         SUBSCRIPTION_ACTIVE,     on_activated },
	{ &subscription_exhausted_shape,         STAY,                    NULL },
	{ &subscription_blocked_shape,           SUBSCRIPTION_BLOCKED,    on_blocked, IN(SUBSCRIPTION_ACTIVE) },
	{ &subscription_unblocked_shape,         SUBSCRIPTION_ACTIVE,     on_unblocked, IN(SUBSCRIPTION_BLOCKED) },
	{ &subscription_vas_requested_shape,     STAY,                    NULL },
	{ &subscription_vas_purchased_shape,     STAY,                    on_vas_purchased },
	{ &subscription_vas_failed_shape,        STAY,                    NULL },
	{ &subscription_vas_expired_shape,       STAY,                    on_vas_expired },
	{ &subscription_renewal_requested_shape, STAY,                    on_renewal_requested },
	{ &subscription_renewed_shape,           STAY,                    on_renewed },
	{ &subscription_renew_failed_shape,      STAY,                    on_renew_failed },
	{ &subscription_terminated_shape,        SUBSCRIPTION_TERMINATED, on_terminated, IN(SUBSCRIPTION_ACTIVE) | IN(SUBSCRIPTION_BLOCKED) },
	{ &subscription_removed_shape,           STAY,                    on_removed },
	{ &subscription_renewal_postponed_shape, STAY,                    on_renewal_postponed },
	{ 0 }
};
EVERY_COMMAND(commands, SUBSCRIPTION_COMMANDS);
EVERY_EVENT(transitions, SUBSCRIPTION_EVENTS);

static const char *
subject(const void *self)
{
	return ((const struct subscription_state *)self)->customer_id;
}

static const struct aggregate aggregates[] = {
	{ AGGREGATE_subscription, __FILE__, sizeof(struct subscription_state), subject, true },
	{ 0 }
};
const struct module subscription_module = { aggregates, commands, transitions };
