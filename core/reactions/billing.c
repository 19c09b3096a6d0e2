/* billing.c -- what a payment was for goes on when it has its answer; money without a purpose goes back.
 *
 * An answer is always recorded, whatever has happened since the charge was asked for.  If the order, the top-up or the
 * line is gone by then, the command that would have gone on is refused, and the reaction asks for the refund. */
#include <string.h>
#include "core/commands/states.h"
#include "core/reactions/reactions.h"

static bool
for_purpose(const struct happened *h, const char *purpose)
{
	return strcmp(((struct payment_attempt_state *)h->self)->purpose, purpose) == 0;
}

static void
paid(struct decision *d, const struct happened *h)
{
	const struct payment_attempt_state *a = (struct payment_attempt_state *)h->self;

	if (for_purpose(h, "activation"))
		issue(d, subscription_activate, .order_id = a->order_id, .cfs_service_id = a->cfs_service_id,
			.payment_attempt_id = h->id);
	else if (for_purpose(h, "vas"))
		issue(d, subscription_finish_vas, .subscription_id = a->subscription_id, .payment_attempt_id = h->id);
	else if (for_purpose(h, "renewal"))
		issue(d, subscription_finish_renewal, .subscription_id = a->subscription_id, .payment_attempt_id = h->id);
}

static void
money_back(struct decision *d, const struct happened *h, const struct error *why)
{
	const struct payment_attempt_state *a = (struct payment_attempt_state *)h->self;
	const struct order_state *o = a->order_id[0] ? find(d->tenant, order, a->order_id) : NULL;

	issue(d, payment_refund, .attempt_id = h->id, .reason = why->message);
	if (o && o->e.status == ORDER_IN_PROGRESS)
		issue(d, order_fail, .order_id = o->e.id, .reason = why->rule, .message = why->message);
}

static void
not_paid(struct decision *d, const struct happened *h)
{
	const struct payment_attempt_state *a = (struct payment_attempt_state *)h->self;

	if (for_purpose(h, "activation") && find(d->tenant, order, a->order_id))
		issue(d, order_fail, .order_id = a->order_id, .reason = "subscription.create.requires_payment_success",
			.message = payment_sentence(d, a));
	else if (for_purpose(h, "vas") && find(d->tenant, subscription, a->subscription_id))
		issue(d, subscription_finish_vas, .subscription_id = a->subscription_id, .payment_attempt_id = h->id);
	else if (for_purpose(h, "renewal") && find(d->tenant, subscription, a->subscription_id))
		issue(d, subscription_finish_renewal, .subscription_id = a->subscription_id, .payment_attempt_id = h->id);
}

/* no money moved and what it was for is over: there is nothing left to do */
static void
nothing_follows(struct decision *d, const struct happened *h, const struct error *why)
{
	(void)d, (void)h, (void)why;
}

const struct reaction billing_reactions[] = {
	/* event                   react      when its command is refused */
	{ &payment_charged_shape,  paid,      money_back },
	{ &payment_declined_shape, not_paid,  nothing_follows },
	{ &payment_errored_shape,  not_paid,  nothing_follows },
	{ 0 }
};
