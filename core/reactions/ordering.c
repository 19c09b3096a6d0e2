/* ordering.c -- the saga from a submitted order to a built network side, and what undoes it.
 *
 *   order.in_progress --> decompose (reserve, design, open tasks) --> all tasks done --> charge --> activate --> completed
 *   a task failed, a pool is empty, a card declined --> order.failed, what was reserved goes back, what was built is torn down
 *
 * Every row says what follows when its command is refused, so nothing can get stuck half way. */
#include <string.h>
#include "core/commands/states.h"
#include "core/reactions/reactions.h"

static void
decompose(struct decision *d, const struct happened *h)
{
	issue(d, service_order_decompose, .order_id = h->id);
}

/* a pool is empty, the number is gone: the service order says why, and its order fails with it */
static void
refuse_service_order(struct decision *d, const struct happened *h, const struct error *why)
{
	issue(d, service_order_refuse, .order_id = h->id, .reason = why->rule, .message = why->message);
}

/* what the network built for an order that never became a line; a task that is done after that is undone again */
static void
tear_down(struct decision *d, const struct service_order_state *so)
{
	if (!task_open_of_type(d->tenant, so->cfs_service_id, "HLR_DEPROVISION"))
		issue(d, service_order_teardown, .cfs_service_id = so->cfs_service_id);
}

/* ---- tasks -> service order ---------------------------------------------------------------------------- */

static void
task_completed(struct decision *d, const struct happened *h)
{
	const struct provisioning_task_completed *e = h->body;
	const struct service_order_state *so = find(d->tenant, service_order, e->service_order_id);

	if (!so)
		return;
	if (so->e.status == SERVICE_ORDER_IN_PROGRESS && tasks_all_done(d->tenant, so))
		issue(d, service_order_complete, .service_order_id = so->e.id);
	else if (so->e.status == SERVICE_ORDER_FAILED || so->e.status == SERVICE_ORDER_CANCELLED)
		tear_down(d, so);        /* it was under way when the order ended */
}

/* a teardown waits for the operator's retry; an order cannot go on without its task */
static void
task_failed(struct decision *d, const struct happened *h)
{
	const struct provisioning_task_failed *e = h->body;
	const struct service_order_state *so = find(d->tenant, service_order, e->service_order_id);

	if (so && so->e.status == SERVICE_ORDER_IN_PROGRESS && !so->teardown)
		issue(d, service_order_fail, .service_order_id = so->e.id,
			.reason = arena_printf(d->arena, "provisioning task %s failed permanently", e->task_type));
}

static void
fail_the_order_of_task(struct decision *d, const struct happened *h, const struct error *why)
{
	const struct provisioning_task_completed *e = h->body;

	if (e->order_id && find(d->tenant, order, e->order_id))
		issue(d, order_fail, .order_id = e->order_id, .reason = why->rule, .message = why->message);
}

/* ---- service order -> order -------------------------------------------------------------------------------- */

static void
network_is_ready(struct decision *d, const struct happened *h)
{
	const struct service_order_completed *e = h->body;
	const struct order_state *o = e->order_id ? find(d->tenant, order, e->order_id) : NULL;

	if (!o || o->e.status != ORDER_IN_PROGRESS)
		return;
	if (money_is_positive(o->price))
		issue(d, order_charge, .order_id = o->e.id, .cfs_service_id = e->cfs_service_id);
	else
		issue(d, subscription_activate, .order_id = o->e.id, .cfs_service_id = e->cfs_service_id);
}

static void
fail_the_order_of_service_order(struct decision *d, const struct happened *h, const struct error *why)
{
	const struct service_order_completed *e = h->body;

	issue(d, order_fail, .order_id = e->order_id, .reason = why->rule, .message = why->message);
}

static void
network_failed(struct decision *d, const struct happened *h)
{
	const struct service_order_failed *e = h->body;
	const struct order_state *o = e->order_id ? find(d->tenant, order, e->order_id) : NULL;

	if (o && o->e.status == ORDER_IN_PROGRESS)
		issue(d, order_fail, .order_id = o->e.id, .reason = e->reason, .message = e->message ? e->message : e->reason);
}

/* ---- order -> what it reserved ---------------------------------------------------------------------------------- */

static void
undo_service_orders(struct decision *d, const char *order_id, const char *why)
{
	const struct index_node *at = NULL;
	char prefix[PATH_MAX_];
	struct entity *e;

	path2(prefix, order_id, "");
	while ((e = index_next(d->tenant, INDEX_ORDER_SERVICE_ORDERS, prefix, &at))) {
		const struct service_order_state *so = (struct service_order_state *)e;

		if (e->status == SERVICE_ORDER_IN_PROGRESS)
			issue(d, service_order_cancel, .service_order_id = e->id, .reason = why);
		if (task_done_for(d->tenant, so))
			tear_down(d, so);
	}
}

static void
order_over(struct decision *d, const struct happened *h)
{
	undo_service_orders(d, h->id, h->event == &order_failed_shape ? "the order failed" : "the order was cancelled");
}

/* nothing follows: the undoing stays to be done by an operator, who sees the service order still open */
static void
leave_to_operator(struct decision *d, const struct happened *h, const struct error *why)
{
	(void)d, (void)h, (void)why;
}

static void
tie_together(struct decision *d, const struct happened *h)
{
	const struct subscription_activated *e = h->body;

	issue(d, service_link, .service_id = e->cfs_service_id, .subscription_id = h->id);
	issue(d, order_complete, .order_id = e->order_id, .subscription_id = h->id, .cfs_service_id = e->cfs_service_id);
}

const struct reaction ordering_reactions[] = {
	/* event                              react              when its command is refused */
	{ &order_in_progress_shape,           decompose,         refuse_service_order },
	{ &provisioning_task_completed_shape, task_completed,    fail_the_order_of_task },
	{ &provisioning_task_failed_shape,    task_failed,       fail_the_order_of_task },
	{ &service_order_completed_shape,     network_is_ready,  fail_the_order_of_service_order },
	{ &service_order_failed_shape,        network_failed,    leave_to_operator },
	{ &order_failed_shape,                order_over,        leave_to_operator },
	{ &order_cancelled_shape,             order_over,        leave_to_operator },
	{ &subscription_activated_shape,      tie_together,      leave_to_operator },
	{ 0 }
};
