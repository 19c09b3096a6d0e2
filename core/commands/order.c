/* order.c -- a commercial order: one plan for one customer, price and allowances frozen when it is placed.
 *
 *   acknowledged --> in_progress --> completed
 *        |                |--------> failed
 *        +----------------+--------> cancelled
 *
 * It may be cancelled until its line is active; a charge under way then goes back.  It charges nothing and builds nothing
 * itself: core/reactions/ordering.c does the rest.  Words: schemas/order.h. */
#include "core/base/config.h"
#include "core/base/json.h"
#include "core/commands/aggregate.h"
#include "core/commands/balance.h"
#include "core/commands/states.h"

#define ORDER(d)  ((struct order_state *)(d)->target)

/* ---- policies ------------------------------------------------------------------------------------------ */

static bool
customer_must_exist(struct decision *d)
{
	const struct order_create *cmd = d->args;

	if (world_find(d->tenant, AGGREGATE_customer, cmd->customer_id))
		return true;
	fact(d, "customer_id", cmd->customer_id);
	return refuse(d, "There is no customer %s", cmd->customer_id);
}

static bool
customer_must_be_active(struct decision *d)
{
	const struct order_create *cmd = d->args;

	if (customer_is_active(d->tenant, cmd->customer_id))
		return true;
	fact(d, "customer_id", cmd->customer_id);
	hint(d, "Add a way to reach the customer, or reactivate them first.");
	return refuse(d, "Customer %s is not active", cmd->customer_id);
}

static bool
customer_must_be_verified(struct decision *d)
{
	const struct order_create *cmd = d->args;

	if (!config_bool("BSS_REQUIRE_KYC") || customer_is_verified(d->tenant, cmd->customer_id))
		return true;
	fact(d, "customer_id", cmd->customer_id);
	hint(d, "Record the identity check with customer.attest_kyc, then order again.");
	return refuse(d, "The identity of customer %s has not been verified", cmd->customer_id);
}

static bool
offering_must_exist(struct decision *d)
{
	const struct order_create *cmd = d->args;

	if (find(d->tenant, offering, cmd->offering_id))
		return true;
	fact(d, "offering_id", cmd->offering_id);
	hint(d, "catalog.list_active_offerings shows what is on sale.");
	return refuse(d, "There is no plan %s", cmd->offering_id);
}

static bool
offering_must_be_sellable(struct decision *d)
{
	const struct order_create *cmd = d->args;
	const char *why = NULL;

	if (!offering_sellable(find(d->tenant, offering, cmd->offering_id), d->now, &why)) {
		fact(d, "offering_id", cmd->offering_id);
		fact(d, "underlying", why);
		return refuse(d, "Plan %s is not on sale now: %s", cmd->offering_id, why);
	}
	if (offering_active_price(d->tenant, cmd->offering_id, d->now))
		return true;
	fact(d, "offering_id", cmd->offering_id);
	fact(d, "underlying", "catalog.price.no_active_row");
	return refuse(d, "Plan %s has no price now", cmd->offering_id);
}

static bool
card_must_be_on_file(struct decision *d)
{
	const struct order_create *cmd = d->args;

	if (default_method(d->tenant, cmd->customer_id))
		return true;
	fact(d, "customer_id", cmd->customer_id);
	hint(d, "Put a card on file with payment.add_card, then order again.");
	return refuse(d, "Customer %s has no card on file", cmd->customer_id);
}

/* the state a command would bring about */
static const char *
state_wanted(const struct shape *op)
{
	static const struct { const struct shape *op; const char *state; } wanted[] = { { &order_submit_shape, "in_progress" },
		{ &order_cancel_shape, "cancelled" }, { &order_complete_shape, "completed" }, { &order_fail_shape, "failed" } };

	for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
		if (wanted[i].op == op)
			return wanted[i].state;
	return "in_progress";
}

static void
fact_allowed(struct decision *d)
{
	static const char *const from_acknowledged[] = { "cancelled", "failed", "in_progress" };
	static const char *const from_in_progress[] = { "cancelled", "completed", "failed" };
	int status = d->target->status;

	if (status == ORDER_ACKNOWLEDGED)
		error_fact_list(d->refusal, "allowed", from_acknowledged, 3);
	else
		error_fact_list(d->refusal, "allowed", from_in_progress, status == ORDER_IN_PROGRESS ? 3 : 0);
}

static bool
order_transition_is_valid(struct decision *d)
{
	const char *wanted = state_wanted(d->command->args);

	if (d->command->from & IN(d->target->status))
		return true;
	fact(d, "current_state", state_text(d->target));
	fact(d, "target_state", wanted);
	fact_allowed(d);
	return refuse(d, "Order %s is %s: it cannot become %s", d->target->id, state_text(d->target), wanted);
}

static bool
order_has_an_offering(struct decision *d)
{
	if (ORDER(d)->offering_id[0])
		return true;
	fact(d, "order_id", d->target->id);
	return refuse(d, "Order %s was registered without a plan of ours and cannot be submitted", d->target->id);
}

static bool
orderer_is_active(struct decision *d)
{
	if (customer_is_active(d->tenant, ORDER(d)->customer_id))
		return true;
	fact(d, "customer_id", ORDER(d)->customer_id);
	return refuse(d, "Customer %s is not active any more", ORDER(d)->customer_id);
}

static bool
orderer_has_a_card(struct decision *d)
{
	if (default_method(d->tenant, ORDER(d)->customer_id))
		return true;
	fact(d, "customer_id", ORDER(d)->customer_id);
	return refuse(d, "Customer %s has no card on file any more", ORDER(d)->customer_id);
}

/* ---- commands ------------------------------------------------------------------------------------------- */

static void
submit(struct decision *d, const char *id)
{
	const struct order_state *o = find(d->tenant, order, id);
	const struct payment_method_state *card = default_method(d->tenant, o->customer_id);

	emit(d, order_in_progress, id, .customer_id = o->customer_id, .offering_id = o->offering_id,
		.msisdn_preference = o->msisdn_preference[0] ? o->msisdn_preference : NULL,
		.payment_method_id = card ? card->e.id : NULL);
}

static bool
order_create(struct decision *d)
{
	const struct order_create *cmd = d->args;
	const struct offering_state *o = find(d->tenant, offering, cmd->offering_id);
	const struct price_state *p = offering_active_price(d->tenant, cmd->offering_id, d->now);
	const char *id = new_id(d, AGGREGATE_order);

	emit(d, order_acknowledged, id, .customer_id = cmd->customer_id, .offering_id = cmd->offering_id, .offering_name = o->name,
		.msisdn_preference = cmd->msisdn_preference, .notes = cmd->notes,
		.item_id = arena_printf(d->arena, "OI-%s", id + 4),
		.price = p->amount, .price_id = p->e.id,
		.allowances = allowances_list(d->arena, o->allowances, o->n_allowances), .document = cmd->document);
	if (!cmd->hold)
		submit(d, id);
	return true;
}

static bool
order_register(struct decision *d)
{
	const struct order_register *cmd = d->args;
	const char *id = new_id(d, AGGREGATE_order);

	emit(d, order_acknowledged, id, .customer_id = cmd->customer_id, .item_id = arena_printf(d->arena, "OI-%s", id + 4),
		.document = cmd->document);
	return true;
}

static bool
order_submit(struct decision *d)
{
	submit(d, d->target->id);
	return true;
}

static bool
order_cancel(struct decision *d)
{
	const struct order_cancel *cmd = d->args;

	emit(d, order_cancelled, d->target->id, .customer_id = ORDER(d)->customer_id,
		.reason = cmd->reason ? cmd->reason : "cancelled by user");
	return true;
}

static bool
order_update(struct decision *d)
{
	const struct order_update *cmd = d->args;
	const char *old = ORDER(d)->document ? ORDER(d)->document : "{}";
	char *merged = json_merge_patch(d->arena, old, cmd->document, d->refusal);

	if (!merged)
		return false;
	emit(d, order_updated, d->target->id, .document = merged);
	return true;
}

static bool
order_charge(struct decision *d)
{
	const struct order_charge *cmd = d->args;
	const struct order_state *o = ORDER(d);
	const struct payment_method_state *card = default_method(d->tenant, o->customer_id);

	charge_request(d, card, &(struct charge){ .customer_id = o->customer_id, .purpose = "activation", .order_id = o->e.id,
		.cfs_service_id = cmd->cfs_service_id, .amount = o->price });
	return true;
}

static bool
order_complete(struct decision *d)
{
	const struct order_complete *cmd = d->args;

	emit(d, order_completed, d->target->id, .customer_id = ORDER(d)->customer_id, .subscription_id = cmd->subscription_id,
		.cfs_service_id = cmd->cfs_service_id);
	return true;
}

static bool
order_fail(struct decision *d)
{
	const struct order_fail *cmd = d->args;

	emit(d, order_failed, d->target->id, .customer_id = ORDER(d)->customer_id, .reason = cmd->reason, .message = cmd->message);
	return true;
}

static bool
order_mark_stuck(struct decision *d)
{
	emit(d, order_stuck, d->target->id, .customer_id = ORDER(d)->customer_id, .state = state_text(d->target),
		.stuck_since_order_date = ORDER(d)->order_date);
	return true;
}

static bool
order_remove(struct decision *d)
{
	emit(d, order_removed, d->target->id, .reason = "reset");
	return true;
}

/* ---- events ------------------------------------------------------------------------------------------------ */

static void
on_acknowledged(struct world *w, void *self, const void *event, int64_t at)
{
	struct order_state *s = self;
	const struct order_acknowledged *e = event;
	char path[PATH_MAX_];

	keep(s->customer_id, e->customer_id);
	keep(s->offering_id, e->offering_id);
	keep(s->offering_name, e->offering_name);
	keep(s->msisdn_preference, e->msisdn_preference);
	keep(s->price_id, e->price_id);
	s->price = e->price;
	s->n_allowances = allowances_keep(s->allowances, &e->allowances);
	s->order_date = at;
	world_text_replace(w, &s->document, e->document);
	if (e->customer_id)
		index_put(s->e.tenant, INDEX_CUSTOMER_ORDERS, path2(path, s->customer_id, s->e.id), &s->e);
}

static void
on_in_progress(struct world *w, void *self, const void *event, int64_t at)
{
	struct order_state *s = self;
	const struct order_in_progress *e = event;

	(void)at;
	keep(s->payment_method_id, e->payment_method_id);
	timer_set(w, TIMER_ORDER_STUCK, &s->e, s->order_date + config_int("BSS_ORDER_STUCK_THRESHOLD_SECONDS") * SECOND);
}

static void
on_end(struct world *w, void *self, const void *event, int64_t at)
{
	struct order_state *s = self;

	(void)event, (void)at;
	timer_set(w, TIMER_ORDER_STUCK, &s->e, 0);
}

static void
on_stuck(struct world *w, void *self, const void *event, int64_t at)
{
	struct order_state *s = self;

	(void)event, (void)at;
	s->stuck = true;
	timer_set(w, TIMER_ORDER_STUCK, &s->e, 0);
}

static void
on_updated(struct world *w, void *self, const void *event, int64_t at)
{
	struct order_state *s = self;
	const struct order_updated *e = event;

	(void)at;
	if (e->document)
		world_text_replace(w, &s->document, e->document);
}

static void
on_removed(struct world *w, void *self, const void *event, int64_t at)
{
	struct order_state *s = self;
	char path[PATH_MAX_];

	(void)event, (void)at;
	timer_set(w, TIMER_ORDER_STUCK, &s->e, 0);
	index_drop(s->e.tenant, INDEX_CUSTOMER_ORDERS, path2(path, s->customer_id, s->e.id));
	world_text_replace(w, &s->document, NULL);
}

/* ---- the tables ---------------------------------------------------------------------------------------------- */

static const struct policy create_policies[] = {
	{ "order.create.customer_not_found", customer_must_exist, "The customer exists" },
	{ "order.create.customer_not_active", customer_must_be_active, "The customer is active" },
	{ "order.create.requires_verified_customer", customer_must_be_verified, "The customer's identity was verified (BSS_REQUIRE_KYC)" },
	{ "order.create.offering_not_found", offering_must_exist, "The plan exists" },
	{ "policy.offering.not_sellable_now", offering_must_be_sellable, "The plan is sellable, active, in its window and has a price" },
	{ "order.create.no_payment_method", card_must_be_on_file, "The customer has an active card on file" },
	{ 0 }
};
static const struct policy submit_policies[] = {
	{ "order.not_found", target_exists, "The order exists" },
	{ "order.transition.invalid", order_transition_is_valid, "The order is acknowledged" },
	{ "order.submit.requires_offering", order_has_an_offering, "The order names a plan of ours" },
	{ "order.submit.customer_not_active", orderer_is_active, "The customer is still active" },
	{ "order.submit.no_payment_method", orderer_has_a_card, "The customer still has an active card on file" },
	{ 0 }
};
static const struct policy cancel_policies[] = {
	{ "order.not_found", target_exists, "The order exists" },
	{ "order.transition.invalid", order_transition_is_valid, "The order is acknowledged or in progress" },
	{ 0 }
};
static const struct policy step_policies[] = {
	{ "order.not_found", target_exists, "The order exists" },
	{ "order.transition.invalid", order_transition_is_valid, "The order is in a state that allows it" },
	{ 0 }
};
static const struct policy exists_policies[] = {
	{ "order.not_found", target_exists, "The order exists" },
	{ 0 }
};
static const struct policy charge_policies[] = {
	{ "order.not_found", target_exists, "The order exists" },
	{ "order.transition.invalid", order_transition_is_valid, "The order is in progress" },
	{ "order.charge.customer_not_active", orderer_is_active, "The customer is still active" },
	{ "order.charge.no_payment_method", orderer_has_a_card, "The customer still has an active card on file" },
	{ 0 }
};
#define OPEN_ORDER  (IN(ORDER_ACKNOWLEDGED) | IN(ORDER_IN_PROGRESS))
static const struct command commands[] = {
	/* args                    about            from                     policies         decide */
	{ &order_create_shape,     AGGREGATE_order, NEW,                     create_policies, order_create },
	{ &order_register_shape,   AGGREGATE_order, NEW,                     NULL,            order_register },
	{ &order_submit_shape,     AGGREGATE_order, IN(ORDER_ACKNOWLEDGED),  submit_policies, order_submit },
	{ &order_cancel_shape,     AGGREGATE_order, OPEN_ORDER,              cancel_policies, order_cancel },
	{ &order_update_shape,     AGGREGATE_order, ANY_STATE,               exists_policies, order_update },
	{ &order_charge_shape,     AGGREGATE_order, IN(ORDER_IN_PROGRESS),   charge_policies, order_charge },
	{ &order_complete_shape,   AGGREGATE_order, IN(ORDER_IN_PROGRESS),   step_policies,   order_complete },
	{ &order_fail_shape,       AGGREGATE_order, OPEN_ORDER,              step_policies,   order_fail },
	{ &order_mark_stuck_shape, AGGREGATE_order, IN(ORDER_IN_PROGRESS),   step_policies,   order_mark_stuck },
	{ &order_remove_shape,     AGGREGATE_order, ANY_STATE,               exists_policies, order_remove },
	{ 0 }
};
static const struct transition transitions[] = {
	/* event                      to                  apply */
	{ &order_acknowledged_shape, ORDER_ACKNOWLEDGED, on_acknowledged },
	{ &order_in_progress_shape,  ORDER_IN_PROGRESS,  on_in_progress, IN(ORDER_ACKNOWLEDGED) },
	{ &order_completed_shape,    ORDER_COMPLETED,    on_end, IN(ORDER_IN_PROGRESS) },
	{ &order_failed_shape,       ORDER_FAILED,       on_end, IN(ORDER_ACKNOWLEDGED) | IN(ORDER_IN_PROGRESS) },
	{ &order_cancelled_shape,    ORDER_CANCELLED,    on_end, IN(ORDER_ACKNOWLEDGED) | IN(ORDER_IN_PROGRESS) },
	{ &order_stuck_shape,        STAY,               on_stuck },
	{ &order_updated_shape,      STAY,               on_updated },
	{ &order_removed_shape,      STAY,               on_removed },
	{ 0 }
};
EVERY_COMMAND(commands, ORDER_COMMANDS);
EVERY_EVENT(transitions, ORDER_EVENTS);

static const char *
subject(const void *self)
{
	return ((const struct order_state *)self)->customer_id;
}

static const struct aggregate aggregates[] = {
	{ AGGREGATE_order, __FILE__, sizeof(struct order_state), subject },
	{ 0 }
};
const struct module order_module = { aggregates, commands, transitions };
