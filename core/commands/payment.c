/* payment.c -- cards on file, and charges that begin as an intent.
 *
 *   card:     active --> expired (cutover) --> removed
 *   attempt:  pending --> approved --> refunding --> refunded        (declined, errored: no money moved)
 *
 * Only tokens are kept, never card numbers.  charge_request() is the one place where a charge begins; the effect answers with
 * payment.record_result, which is recorded whatever has happened since.  Words: schemas/payment.h. */
#include <string.h>
#include "core/base/config.h"
#include "core/commands/aggregate.h"
#include "core/commands/states.h"

#define METHODS_MAX 5
#define METHOD(d)  ((struct payment_method_state *)(d)->target)
#define ATTEMPT(d) ((struct payment_attempt_state *)(d)->target)

/* ---- questions ------------------------------------------------------------------------------------------- */

static int
active_methods(const struct tenant *t, const char *customer_id)
{
	const struct index_node *at = NULL;
	char prefix[PATH_MAX_];
	struct entity *e;
	int n = 0;

	path2(prefix, customer_id, "");
	while ((e = index_next(t, INDEX_CUSTOMER_METHODS, prefix, &at)))
		n += e->status == PAYMENT_METHOD_ACTIVE;
	return n;
}

/* by number, not by text: PM-10000 is newer than PM-9999 */
static bool
newer(const struct entity *a, const struct entity *b)
{
	size_t la = strlen(a->id), lb = strlen(b->id);

	return la != lb ? la > lb : strcmp(a->id, b->id) > 0;
}

const struct payment_method_state *
default_method(const struct tenant *t, const char *customer_id)
{
	const struct index_node *at = NULL;
	const struct payment_method_state *best = NULL;
	char prefix[PATH_MAX_];
	struct entity *e;

	path2(prefix, customer_id, "");
	while ((e = index_next(t, INDEX_CUSTOMER_METHODS, prefix, &at))) {
		const struct payment_method_state *m = (struct payment_method_state *)e;

		if (e->status != PAYMENT_METHOD_ACTIVE)
			continue;
		if (m->is_default)
			return m;
		if (!best || newer(e, &best->e))
			best = m;
	}
	return best;
}

const char *
charge_request(struct decision *d, const struct payment_method_state *m, const struct charge *c)
{
	const char *made = d->made_id, *id = new_id(d, AGGREGATE_payment_attempt);

	d->made_id = made;
	emit(d, payment_charge_requested, id, .customer_id = c->customer_id, .payment_method_id = m->e.id, .amount = c->amount,
		.purpose = c->purpose, .token = m->token, .token_provider = m->provider, .order_id = c->order_id,
		.subscription_id = c->subscription_id, .vas_offering_id = c->vas_offering_id, .period_start = c->period_start,
		.cfs_service_id = c->cfs_service_id);
	return id;
}

const char *
payment_sentence(struct decision *d, const struct payment_attempt_state *a)
{
	return arena_printf(d->arena, "The card was %s: %s", a->e.status == PAYMENT_DECLINED ? "declined" : "not charged",
		a->decline_reason[0] ? a->decline_reason : "the provider gave no reason");
}

/* ---- policies: cards ----------------------------------------------------------------------------------------- */

static const struct payment_method_add *
adding(struct decision *d)
{
	return d->args;
}

static bool
owner_exists(struct decision *d)
{
	if (world_find(d->tenant, AGGREGATE_customer, adding(d)->customer_id))
		return true;
	fact(d, "customer_id", adding(d)->customer_id);
	return refuse(d, "There is no customer %s", adding(d)->customer_id);
}

static bool
owner_is_active_or_pending(struct decision *d)
{
	const struct entity *c = world_find(d->tenant, AGGREGATE_customer, adding(d)->customer_id);

	if (c->status == CUSTOMER_ACTIVE || c->status == CUSTOMER_PENDING)
		return true;
	fact(d, "status", state_text(c));
	return refuse(d, "Customer %s is %s", c->id, state_text(c));
}

static bool
card_has_not_expired(struct decision *d)
{
	const struct payment_method_add *cmd = adding(d);
	char now[TIME_TEXT];
	int64_t year, month;

	time_format(d->now, now);
	year = (now[0] - '0') * 1000 + (now[1] - '0') * 100 + (now[2] - '0') * 10 + (now[3] - '0');
	month = (now[5] - '0') * 10 + (now[6] - '0');
	if (cmd->exp_month >= 1 && cmd->exp_month <= 12 &&
		(cmd->exp_year > year || (cmd->exp_year == year && cmd->exp_month >= month)))
		return true;
	fact_int(d, "exp_month", cmd->exp_month);
	fact_int(d, "exp_year", cmd->exp_year);
	return refuse(d, "The card has expired");
}

static bool
fewer_than_five_cards(struct decision *d)
{
	int n = active_methods(d->tenant, adding(d)->customer_id);

	if (n < METHODS_MAX)
		return true;
	fact(d, "customer_id", adding(d)->customer_id);
	fact_int(d, "current_count", n);
	fact_int(d, "max", METHODS_MAX);
	hint(d, "Remove one with payment.remove_method first.");
	return refuse(d, "Customer %s has %d cards on file already", adding(d)->customer_id, n);
}

/* the door a card number could slip through: a token never is twelve digits in a row */
static bool
token_is_no_card_number(struct decision *d)
{
	int run = 0;

	for (const char *p = adding(d)->token; *p; p++) {
		run = *p >= '0' && *p <= '9' ? run + 1 : 0;
		if (run >= 12 && strncmp(adding(d)->token, "tok_", 4) != 0)
			return refuse(d, "A token was expected, not a card number");
	}
	return true;
}

static bool
card_exists(struct decision *d)
{
	if (d->target)
		return true;
	fact(d, "payment_method_id", d->target_id);
	hint(d, "payment.list_methods shows the customer's cards.");
	return refuse(d, "There is no card %s on file", d->target_id);
}

static bool
not_removed(struct decision *d)
{
	if (d->target->status != PAYMENT_METHOD_REMOVED)
		return true;
	fact(d, "payment_method_id", d->target->id);
	return refuse(d, "Card %s was removed", d->target->id);
}

static bool
not_expired(struct decision *d)
{
	if (d->target->status == PAYMENT_METHOD_ACTIVE)
		return true;
	fact(d, "payment_method_id", d->target->id);
	return refuse(d, "Card %s has expired and cannot be the default", d->target->id);
}

static bool
not_the_last_of_a_live_line(struct decision *d)
{
	const struct payment_method_state *m = METHOD(d);

	if (m->e.status != PAYMENT_METHOD_ACTIVE || active_methods(d->tenant, m->customer_id) > 1 ||
	    !customer_has_live_subscription(d->tenant, m->customer_id))
		return true;
	fact(d, "payment_method_id", m->e.id);
	fact(d, "customer_id", m->customer_id);
	hint(d, "Put another card on file first.");
	return refuse(d, "Card %s is the last one of a customer with a live line", m->e.id);
}

/* ---- policies: charges ------------------------------------------------------------------------------------------- */

static const struct payment_method_state *
card_to_charge(struct decision *d)
{
	return find(d->tenant, payment_method, ((const struct payment_charge *)d->args)->payment_method_id);
}

static bool
method_exists(struct decision *d)
{
	if (card_to_charge(d))
		return true;
	fact(d, "payment_method_id", ((const struct payment_charge *)d->args)->payment_method_id);
	return refuse(d, "There is no such card on file");
}

static bool
method_is_active(struct decision *d)
{
	const struct payment_method_state *m = card_to_charge(d);

	if (m->e.status == PAYMENT_METHOD_ACTIVE)
		return true;
	fact(d, "payment_method_id", m->e.id);
	fact(d, "status", state_text(&m->e));
	return refuse(d, "Card %s is %s", m->e.id, state_text(&m->e));
}

static bool
amount_is_positive(struct decision *d)
{
	const struct payment_charge *cmd = d->args;
	struct error why = { 0 };
	struct money amount;

	if (money_parse(cmd->amount, cmd->currency, &amount, &why) && money_is_positive(amount))
		return true;
	fact(d, "amount", cmd->amount);
	return refuse(d, "%s", why.message[0] ? why.message : "The amount must be positive");
}

static bool
method_is_the_customers(struct decision *d)
{
	const struct payment_charge *cmd = d->args;
	const struct payment_method_state *m = card_to_charge(d);

	if (strcmp(m->customer_id, cmd->customer_id) == 0)
		return true;
	fact(d, "requested_customer_id", cmd->customer_id);
	fact(d, "method_customer_id", m->customer_id);
	fact(d, "payment_method_id", m->e.id);
	return refuse(d, "Card %s belongs to another customer", m->e.id);
}

static bool
token_is_the_providers(struct decision *d)
{
	const struct payment_method_state *m = card_to_charge(d);
	const char *active = config_text("BSS_PAYMENT_PROVIDER");

	if (strcmp(m->provider, active) == 0)
		return true;
	fact(d, "payment_method_id", m->e.id);
	fact(d, "row_token_provider", m->provider);
	fact(d, "expected_token_provider", active);
	return refuse(d, "Card %s was tokenised by another provider", m->e.id);
}

static bool
attempt_is_approved(struct decision *d)
{
	if (d->target->status == PAYMENT_APPROVED)
		return true;
	fact(d, "payment_attempt_id", d->target->id);
	fact(d, "status", state_text(d->target));
	return refuse(d, "Payment %s is %s: there is nothing to give back", d->target->id, state_text(d->target));
}

/* ---- commands -------------------------------------------------------------------------------------------------------- */

static bool
payment_method_add(struct decision *d)
{
	const struct payment_method_add *cmd = adding(d);
	const char *provider = strcmp(cmd->token_provider, "stripe") == 0 ? "stripe" : "mock";
	const struct payment_method_state *now = default_method(d->tenant, cmd->customer_id);

	emit(d, payment_method_added, new_id(d, AGGREGATE_payment_method), .customer_id = cmd->customer_id, .type = cmd->type,
		.token = cmd->token, .token_provider = provider, .brand = cmd->brand ? cmd->brand : "unknown", .last4 = cmd->last4,
		.exp_month = cmd->exp_month, .exp_year = cmd->exp_year, .is_default = !now);
	return true;
}

static bool
payment_set_default(struct decision *d)
{
	const struct payment_method_state *m = METHOD(d), *old = default_method(d->tenant, m->customer_id);

	d->made_id = m->e.id;
	if (m->is_default)
		return true;
	emit(d, payment_method_default_changed, m->e.id, .customer_id = m->customer_id, .last4 = m->last4,
		.previous_id = old ? old->e.id : NULL);
	return true;
}

static bool
payment_remove_method(struct decision *d)
{
	bool was_default = METHOD(d)->is_default;
	const struct payment_method_state *next;

	emit(d, payment_method_removed, d->target->id, .customer_id = METHOD(d)->customer_id, .last4 = METHOD(d)->last4,
		.reason = "removed");
	next = default_method(d->tenant, METHOD(d)->customer_id);
	if (was_default && next)
		emit(d, payment_method_default_changed, next->e.id, .customer_id = next->customer_id, .last4 = next->last4,
			.previous_id = d->target->id);
	return true;
}

static bool
payment_forget_method(struct decision *d)
{
	emit(d, payment_method_removed, d->target->id, .customer_id = METHOD(d)->customer_id, .last4 = METHOD(d)->last4,
		.reason = "reset");
	return true;
}

/* every card of the mock provider; the world keeps them by customer, so the index is walked whole */
static bool
payment_cutover(struct decision *d)
{
	const struct index_node *at = NULL;
	struct entity *e;
	int room = 900;                  /* of a unit's 1,000 events; the command is repeated until nothing is left */

	if (!((const struct payment_cutover *)d->args)->invalidate_mock_tokens)
		return true;
	while (room && (e = index_next(d->tenant, INDEX_CUSTOMER_METHODS, "", &at))) {
		const struct payment_method_state *m = (struct payment_method_state *)e;

		if (e->status != PAYMENT_METHOD_ACTIVE || strcmp(m->provider, "mock") != 0)
			continue;
		emit(d, payment_method_cutover_invalidated, e->id, .customer_id = m->customer_id, .last4 = m->last4,
			.brand = m->brand,
			.token_provider = m->provider, .reason = "operator_cutover");
		room--;
	}
	return true;
}

static bool
payment_charge(struct decision *d)
{
	const struct payment_charge *cmd = d->args;
	struct charge c = { .customer_id = cmd->customer_id, .purpose = cmd->purpose };

	if (!money_parse(cmd->amount, cmd->currency, &c.amount, d->refusal))
		return false;
	d->made_id = charge_request(d, card_to_charge(d), &c);
	return true;
}

static bool
payment_refund(struct decision *d)
{
	const struct payment_attempt_state *a = ATTEMPT(d);

	emit(d, payment_refund_requested, a->e.id, .customer_id = a->customer_id, .amount = a->amount,
		.reason = ((const struct payment_refund *)d->args)->reason, .provider_call_id = a->provider_call_id,
		.token_provider = a->provider);
	return true;
}

static bool
payment_record_result(struct decision *d)
{
	const struct payment_record_result *cmd = d->args;
	const struct payment_attempt_state *a = ATTEMPT(d);
	struct payment_charged e = { .customer_id = a->customer_id, .payment_method_id = a->method_id, .amount = a->amount,
		.purpose = a->purpose, .status = cmd->status, .gateway_ref = cmd->gateway_ref,
		.provider_call_id = cmd->provider_call_id,
		.decline_code = cmd->decline_code, .decline_reason = cmd->decline_reason, .answered_by = d->caller->identity };

	if (a->e.status != PAYMENT_PENDING)
		return true;             /* answered before: both answers reconcile to one state */
	if (strcmp(cmd->status, "approved") == 0)
		emit_(d, &payment_charged_shape, a->e.id, &e);
	else if (strcmp(cmd->status, "declined") == 0)
		emit_(d, &payment_declined_shape, a->e.id, &e);
	else
		emit_(d, &payment_errored_shape, a->e.id, &e);
	return true;
}

static bool
payment_record_refund(struct decision *d)
{
	const struct payment_record_refund *cmd = d->args;
	const struct payment_attempt_state *a = ATTEMPT(d);

	if (a->e.status != PAYMENT_REFUNDING)
		return true;
	if (cmd->refused)
		emit(d, payment_refund_failed, a->e.id, .customer_id = a->customer_id, .reason = cmd->reason,
			.answered_by = d->caller->identity);
	else
		emit(d, payment_refunded, a->e.id, .customer_id = a->customer_id, .amount = a->amount, .reason = cmd->reason,
			.provider_call_id = cmd->provider_call_id, .answered_by = d->caller->identity);
	return true;
}

static bool
payment_attempt_remove(struct decision *d)
{
	emit(d, payment_attempt_removed, d->target->id, .reason = "reset");
	return true;
}

/* ---- events ------------------------------------------------------------------------------------------------------------- */

static void
on_added(struct world *w, void *self, const void *event, int64_t at)
{
	struct payment_method_state *s = self;
	const struct payment_method_added *e = event;
	char path[PATH_MAX_];

	(void)at;
	keep(s->customer_id, e->customer_id);
	keep(s->last4, e->last4);
	keep(s->brand, e->brand);
	keep(s->provider, e->token_provider);
	world_text_replace(w, &s->token, e->token);
	s->is_default = e->is_default;
	s->exp_month = e->exp_month;
	s->exp_year = e->exp_year;
	index_put(s->e.tenant, INDEX_CUSTOMER_METHODS, path2(path, s->customer_id, s->e.id), &s->e);
}

static void
on_default_changed(struct world *w, void *self, const void *event, int64_t at)
{
	struct payment_method_state *s = self;
	const struct payment_method_default_changed *e = event;
	struct payment_method_state *old = find(s->e.tenant, payment_method, e->previous_id);

	(void)at;
	if (old)
		*(bool *)world_edit(w, &old->is_default, sizeof old->is_default) = false;
	s->is_default = true;
}

static void
on_unusable(struct world *w, void *self, const void *event, int64_t at)
{
	(void)w, (void)event, (void)at;
	((struct payment_method_state *)self)->is_default = false;
}

static void
on_charge_requested(struct world *w, void *self, const void *event, int64_t at)
{
	struct payment_attempt_state *s = self;
	const struct payment_charge_requested *e = event;

	(void)w, (void)at;
	keep(s->customer_id, e->customer_id);
	keep(s->method_id, e->payment_method_id);
	keep(s->purpose, e->purpose);
	keep(s->order_id, e->order_id);
	keep(s->subscription_id, e->subscription_id);
	keep(s->vas_offering_id, e->vas_offering_id);
	keep(s->cfs_service_id, e->cfs_service_id);
	keep(s->provider, e->token_provider);
	s->amount = e->amount;
	s->period_start = e->period_start;
}

static void
on_answered(struct world *w, void *self, const void *event, int64_t at)
{
	struct payment_attempt_state *s = self;
	const struct payment_charged *e = event;

	(void)w, (void)at;
	keep(s->provider_call_id, e->provider_call_id);
	keep(s->decline_reason, e->decline_reason);
}

/* ---- the tables ------------------------------------------------------------------------------------------------------------ */

static const struct policy add_policies[] = {
	{ "payment_method.add.customer_exists", owner_exists, "The customer exists" },
	{ "payment_method.add.customer_active_or_pending", owner_is_active_or_pending, "The customer is active or pending" },
	{ "payment_method.add.card_not_expired", card_has_not_expired, "The card has not expired" },
	{ "payment_method.add.at_most_n_methods", fewer_than_five_cards, "The customer has fewer than five cards" },
	{ "payment_method.add.token_not_card_number", token_is_no_card_number, "What is stored is a token, never a card number" },
	{ 0 }
};
static const struct policy set_default_policies[] = {
	{ "payment_method.set_default.not_found", card_exists, "The card exists" },
	{ "payment_method.set_default.removed", not_removed, "The card is on file" },
	{ "payment_method.set_default.expired", not_expired, "The card is usable" },
	{ 0 }
};
static const struct policy remove_policies[] = {
	{ "payment_method.remove.not_found", card_exists, "The card exists" },
	{ "payment_method.remove.already_removed", not_removed, "The card is on file" },
	{ "payment_method.remove.not_last_active_with_subscription", not_the_last_of_a_live_line, "A live line keeps a card" },
	{ 0 }
};
static const struct policy forget_policies[] = {
	{ "payment_method.remove.not_found", card_exists, "The card exists" },
	{ "payment_method.remove.already_removed", not_removed, "The card is on file" },
	{ 0 }
};
static const struct policy charge_policies[] = {
	{ "payment.charge.method_not_found", method_exists, "The card exists" },
	{ "payment.charge.method_active", method_is_active, "The card is active" },
	{ "payment.charge.positive_amount", amount_is_positive, "The amount is positive" },
	{ "payment.charge.customer_matches_method", method_is_the_customers, "The card is the customer's" },
	{ "payment.charge.token_provider_matches_active", token_is_the_providers, "The active provider made the token" },
	{ 0 }
};
static const struct policy refund_policies[] = {
	{ "payment.attempt.not_found", target_exists, "The payment exists" },
	{ "payment.refund.requires_approved", attempt_is_approved, "The payment was approved and not given back" },
	{ 0 }
};
static const struct policy attempt_policies[] = {
	{ "payment.attempt.not_found", target_exists, "The payment exists" },
	{ 0 }
};
#define PM   AGGREGATE_payment_method
#define PAY  AGGREGATE_payment_attempt
static const struct command commands[] = {
	/* args                          about from       policies              decide */
	{ &payment_method_add_shape,     PM,   NEW,       add_policies,         payment_method_add },
	{ &payment_set_default_shape,    PM,   ANY_STATE, set_default_policies, payment_set_default },
	{ &payment_remove_method_shape,  PM,   ANY_STATE, remove_policies,      payment_remove_method },
	{ &payment_cutover_shape,        PM,   NEW,       NULL,                 payment_cutover },
	{ &payment_charge_shape,         PAY,  NEW,       charge_policies,      payment_charge },
	{ &payment_refund_shape,         PAY,  ANY_STATE, refund_policies,      payment_refund },
	{ &payment_record_result_shape,  PAY,  ANY_STATE, attempt_policies,     payment_record_result },
	{ &payment_record_refund_shape,  PAY,  ANY_STATE, attempt_policies,     payment_record_refund },
	{ &payment_attempt_remove_shape, PAY,  ANY_STATE, attempt_policies,     payment_attempt_remove },
	{ &payment_forget_method_shape,  PM,   ANY_STATE, forget_policies,      payment_forget_method },
	{ 0 }
};
static const struct transition transitions[] = {
	/* event                                     to                      apply */
	{ &payment_method_added_shape,               PAYMENT_METHOD_ACTIVE,  on_added },
	{ &payment_method_default_changed_shape,     STAY,                   on_default_changed },
	{ &payment_method_removed_shape,             PAYMENT_METHOD_REMOVED, on_unusable, IN(PAYMENT_METHOD_ACTIVE) | IN(PAYMENT_METHOD_EXPIRED) },
	{ &payment_method_cutover_invalidated_shape, PAYMENT_METHOD_EXPIRED, on_unusable, IN(PAYMENT_METHOD_ACTIVE) },
	{ &payment_charge_requested_shape,           PAYMENT_PENDING,        on_charge_requested },
	{ &payment_charged_shape,                    PAYMENT_APPROVED,       on_answered, IN(PAYMENT_PENDING) },
	{ &payment_declined_shape,                   PAYMENT_DECLINED,       on_answered, IN(PAYMENT_PENDING) },
	{ &payment_errored_shape,                    PAYMENT_ERRORED,        on_answered, IN(PAYMENT_PENDING) },
	{ &payment_refund_requested_shape,           PAYMENT_REFUNDING,      NULL, IN(PAYMENT_APPROVED) },
	{ &payment_refunded_shape,                   PAYMENT_REFUNDED,       NULL, IN(PAYMENT_REFUNDING) },
	{ &payment_refund_failed_shape,              PAYMENT_APPROVED,       NULL, IN(PAYMENT_REFUNDING) },
	{ &payment_attempt_removed_shape,            STAY,                   NULL },
	{ 0 }
};
EVERY_COMMAND(commands, PAYMENT_COMMANDS);
EVERY_EVENT(transitions, PAYMENT_EVENTS);

static const char *
method_subject(const void *self)
{
	return ((const struct payment_method_state *)self)->customer_id;
}

static const char *
attempt_subject(const void *self)
{
	return ((const struct payment_attempt_state *)self)->customer_id;
}

static const struct aggregate aggregates[] = {
	{ AGGREGATE_payment_method, __FILE__, sizeof(struct payment_method_state), method_subject },
	{ AGGREGATE_payment_attempt, __FILE__, sizeof(struct payment_attempt_state), attempt_subject, true },
	{ 0 }
};
const struct module payment_module = { aggregates, commands, transitions };
