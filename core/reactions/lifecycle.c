/* lifecycle.c -- what follows when a line ends: the network side is torn down. */
#include "core/commands/states.h"
#include "core/reactions/reactions.h"

static void
line_ended(struct decision *d, const struct happened *h)
{
	const struct subscription_state *s = (struct subscription_state *)h->self;

	if (s->cfs_service_id[0])
		issue(d, service_order_teardown, .cfs_service_id = s->cfs_service_id, .subscription_id = h->id,
			.keep_number = s->number_stays);
}

/* the line is terminated whatever the network side says; an operator sees its service still active */
static void
leave_to_operator(struct decision *d, const struct happened *h, const struct error *why)
{
	(void)d, (void)h, (void)why;
}

const struct reaction lifecycle_reactions[] = {
	/* event                          react       when its command is refused */
	{ &subscription_terminated_shape, line_ended, leave_to_operator },
	{ 0 }
};
