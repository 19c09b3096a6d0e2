/* jobs.c -- what a step of a job brings about: the reset's removals, and what the removed ones held.
 *
 * A step names what is to go (core/commands/admin.c); each is removed by the command of its own file and so leaves its own
 * event.  A removal that is refused is passed by: the job's cursor has moved on.  A number of a removed line is free
 * at once, without quarantine: nobody real ever had it. */
#include <string.h>
#include "core/base/must.h"
#include "core/commands/states.h"
#include "core/reactions/reactions.h"

void
job_origin(const struct entity *e, struct caller *c, char correlation[33])
{
	const struct job_state *j = (const struct job_state *)e;

	c->actor = j->actor;
	c->channel = j->channel;
	c->admin = true;                 /* starting it was allowed, so going on is */
	keep_text(correlation, 33, j->correlation);
}

/* ---- a step: one removal for each -------------------------------------------------------------------- */

static void
remove_one(struct decision *d, int aggregate, const char *id)
{
	switch (aggregate) {
	case AGGREGATE_subscription: issue(d, subscription_remove, .subscription_id = id); break;
	case AGGREGATE_service: issue(d, service_remove, .service_id = id); break;
	case AGGREGATE_service_order: issue(d, service_order_remove, .service_order_id = id); break;
	case AGGREGATE_provisioning_task: issue(d, provisioning_remove_task, .task_id = id); break;
	case AGGREGATE_order: issue(d, order_remove, .order_id = id); break;
	case AGGREGATE_payment_attempt: issue(d, payment_attempt_remove, .attempt_id = id); break;
	case AGGREGATE_payment_method: issue(d, payment_forget_method, .method_id = id); break;
	case AGGREGATE_usage: issue(d, usage_remove, .usage_id = id); break;
	case AGGREGATE_customer: issue(d, customer_remove, .customer_id = id); break;
	default: must(!"an aggregate of the reset's list");
	}
}

static void
step(struct decision *d, const struct happened *h)
{
	const struct job_stepped *e = h->body;

	for (int i = 0; i < e->removing.n; i++) {
		const char *path = e->removing.v[i], *slash = strchr(path, '/');

		remove_one(d, aggregate_of(path, (size_t)(slash - path)), slash + 1);
	}
}

/* a demonstration's faults must not hit what comes after it */
static void
calm_the_network(struct decision *d, const struct happened *h)
{
	const struct index_node *at = NULL;
	struct entity *e;

	(void)h;
	while ((e = index_next(d->tenant, INDEX_FAULTS, "", &at))) {
		const struct fault_injection_state *f = (struct fault_injection_state *)e;

		if (f->enabled)
			issue(d, provisioning_set_fault_injection, .task_type = f->task_type, .fault_type = f->fault_type);
	}
}

/* ---- what the removed ones held ---------------------------------------------------------------------- */

static void
free_number(struct decision *d, const char *msisdn)
{
	const struct msisdn_state *m = find(d->tenant, msisdn, msisdn);

	if (!m)
		return;
	if (m->e.status == MSISDN_RESERVED || m->e.status == MSISDN_ASSIGNED)
		issue(d, inventory_msisdn_release, .msisdn = msisdn);
	else if (m->e.status == MSISDN_QUARANTINE)
		issue(d, inventory_msisdn_end_quarantine, .msisdn = msisdn);
}

/* one that only a story's line had is as good as new: stories would use the pool up */
static void
free_esim(struct decision *d, const struct esim_state *e, bool of_a_story)
{
	if (of_a_story && e->e.status != ESIM_AVAILABLE)
		issue(d, inventory_esim_restore, .iccid = e->e.id);
	else if (e->e.status == ESIM_RESERVED && !e->subscription_id[0])
		issue(d, inventory_esim_release, .iccid = e->e.id);
	else if (e->e.status != ESIM_AVAILABLE && e->e.status != ESIM_RECYCLED)
		issue(d, inventory_esim_recycle, .iccid = e->e.id, .reason = "reset");
}

static void
line_removed(struct decision *d, const struct happened *h)
{
	const struct subscription_state *s = (struct subscription_state *)h->self;
	const struct msisdn_state *m = find(d->tenant, msisdn, s->msisdn);
	const struct esim_state *e = find(d->tenant, esim, s->iccid);
	bool rests = m && m->e.status == MSISDN_QUARANTINE && s->e.status == SUBSCRIPTION_TERMINATED && !s->number_stays;

	if (rests || (m && strcmp(m->subscription_id, h->id) == 0))
		free_number(d, s->msisdn);
	if (e && strcmp(e->subscription_id, h->id) == 0)
		free_esim(d, e, s->e.scenario);
}

/* an order that never became a line */
static void
service_removed(struct decision *d, const struct happened *h)
{
	const struct service_state *s = (struct service_state *)h->self;
	const struct msisdn_state *m = find(d->tenant, msisdn, s->msisdn);
	const struct esim_state *e = find(d->tenant, esim, s->iccid);

	if (!s->cfs || !s->order_id[0])
		return;
	if (m && m->e.status == MSISDN_RESERVED && strcmp(m->reserved_for, s->order_id) == 0)
		free_number(d, s->msisdn);
	if (e && !e->subscription_id[0] && strcmp(e->reserved_for, s->order_id) == 0)
		free_esim(d, e, false);
}

/* the rest of the reset goes on; what could not be removed is still there to be looked at */
static void
pass_by(struct decision *d, const struct happened *h, const struct error *why)
{
	(void)d, (void)h, (void)why;
}

const struct reaction jobs_reactions[] = {
	/* event                       react             when its command is refused */
	{ &job_finished_shape,         calm_the_network, pass_by },
	{ &job_stepped_shape,          step,             pass_by },
	{ &subscription_removed_shape, line_removed,     pass_by },
	{ &service_removed_shape,      service_removed,  pass_by },
	{ 0 }
};
