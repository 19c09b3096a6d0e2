/* service.c -- service orders and services: what the network has to do for a line.
 *
 *   service order:  in_progress --> completed | failed | cancelled           (acknowledged --> failed: nothing to build it from)
 *   service:        designed --> reserved --> activated --> terminated        (failed from designed and reserved)
 *
 * An order is decomposed by the catalog's mapping into one customer-facing service and its resource-facing ones, with a
 * number, an eSIM and four network tasks.  Services registered over TMF638 have no order behind them.
 * Words: schemas/service.h; the saga: core/reactions/ordering.c. */
#include <stdio.h>
#include <string.h>
#include "core/base/json.h"
#include "core/commands/aggregate.h"
#include "core/commands/states.h"

#define SERVICE_ORDER(d)  ((struct service_order_state *)(d)->target)
#define SERVICE(d)        ((struct service_state *)(d)->target)

static const char *const add_tasks[] = { "HLR_PROVISION", "PCRF_POLICY_PUSH", "OCS_BALANCE_INIT", "ESIM_PROFILE_PREPARE" };

/* ---- policies ------------------------------------------------------------------------------------------- */

static bool
order_is_in_progress(struct decision *d)
{
	const struct service_order_decompose *cmd = d->args;
	const struct order_state *o = find(d->tenant, order, cmd->order_id);

	if (o && o->e.status == ORDER_IN_PROGRESS)
		return true;
	fact(d, "order_id", cmd->order_id);
	return refuse(d, "Order %s is not in progress", cmd->order_id);
}

static const struct offering_state *
ordered_offering(struct decision *d)
{
	const struct service_order_decompose *cmd = d->args;

	return find(d->tenant, offering, find(d->tenant, order, cmd->order_id)->offering_id);
}

static bool
plan_maps_to_services(struct decision *d)
{
	const struct offering_state *o = ordered_offering(d);

	if (o && o->cfs_spec_id[0])
		return true;
	fact(d, "offering_id", o ? o->e.id : NULL);
	hint(d, "Add the service specifications (catalog.add_service_specification) before the plan.");
	return refuse(d, "The plan maps to no service specification");
}

static bool
service_exists(struct decision *d)
{
	const struct service_order_teardown *cmd = d->args;

	if (find(d->tenant, service, cmd->cfs_service_id))
		return true;
	fact(d, "service_id", cmd->cfs_service_id);
	return refuse(d, "There is no service %s", cmd->cfs_service_id);
}

static bool
tasks_are_done(struct decision *d)
{
	const struct service_order_state *s = SERVICE_ORDER(d);

	if (tasks_all_done(d->tenant, s))
		return true;
	fact(d, "service_order_id", s->e.id);
	return refuse(d, "Network tasks of service order %s are not done yet", s->e.id);
}

static bool
was_registered(struct decision *d)
{
	if (SERVICE(d)->registered)
		return true;
	fact(d, "service_id", d->target->id);
	hint(d, "A line's services change with the line: subscription.terminate ends them.");
	return refuse(d, "Service %s belongs to an order and cannot be changed by hand", d->target->id);
}

/* ---- commands: decomposition ------------------------------------------------------------------------------- */

static const char *
spec_name(struct decision *d, const char *spec_id)
{
	const struct service_specification_state *s = find(d->tenant, service_specification, spec_id);

	return s ? s->name : spec_id;
}

static const char *
design(struct decision *d, const struct order_state *o, const char *so, const char *spec_id, const char *type, const char *parent)
{
	const char *id = new_id(d, AGGREGATE_service);

	emit(d, service_designed, id, .customer_id = o->customer_id, .order_id = o->e.id, .service_order_id = so,
		.offering_id = o->offering_id, .spec_id = spec_id, .name = spec_name(d, spec_id), .type = type,
		.parent_service_id = parent);
	return id;
}

static void
open_add_tasks(struct decision *d, const struct service_state *cfs)
{
	for (size_t i = 0; i < sizeof add_tasks / sizeof *add_tasks; i++)
		task_open(d, &(struct task){ .type = add_tasks[i], .service_id = cfs->e.id,
			.service_order_id = cfs->service_order_id,
			.order_id = cfs->order_id, .customer_id = cfs->customer_id, .msisdn = cfs->msisdn, .iccid = cfs->iccid,
			.imsi = cfs->imsi, .activation_code = cfs->activation_code, .offering_id = cfs->offering_id });
}

static const char *
design_all(struct decision *d, const struct order_state *o, const struct offering_state *plan, const char *so)
{
	const char *cfs = design(d, o, so, plan->cfs_spec_id, "CFS", NULL);

	for (int i = 0; i < 6 && plan->rfs_spec_ids[i][0]; i++) {
		const char *rfs = design(d, o, so, plan->rfs_spec_ids[i], "RFS", cfs);

		emit(d, service_reserved, rfs, .customer_id = o->customer_id);
	}
	return cfs;
}

static bool
service_order_decompose(struct decision *d)
{
	const struct service_order_decompose *cmd = d->args;
	const struct order_state *o = find(d->tenant, order, cmd->order_id);
	const struct offering_state *plan = ordered_offering(d);
	const char *msisdn = msisdn_take(d, o->msisdn_preference[0] ? o->msisdn_preference : NULL, o->e.id, o->customer_id);
	const char *iccid = msisdn ? esim_take(d, o->e.id, o->customer_id) : NULL;
	const struct esim_state *esim;
	const char *so, *cfs;

	if (!iccid)
		return false;
	esim = find(d->tenant, esim, iccid);
	so = new_id(d, AGGREGATE_service_order);
	cfs = design_all(d, o, plan, so);
	emit(d, inventory_esim_msisdn_bound, iccid, .msisdn = msisdn, .customer_id = o->customer_id);
	emit(d, service_reserved, cfs, .customer_id = o->customer_id, .msisdn = msisdn, .iccid = iccid, .imsi = esim->imsi,
		.activation_code = esim->activation_code);
	emit(d, service_order_in_progress, so, .order_id = o->e.id, .customer_id = o->customer_id, .offering_id = o->offering_id,
		.action = "add", .item_id = arena_printf(d->arena, "SOI-%s", so + 3), .cfs_service_id = cfs,
		.cfs_spec_id = plan->cfs_spec_id);
	open_add_tasks(d, find(d->tenant, service, cfs));
	return true;
}

static bool
service_order_refuse(struct decision *d)
{
	const struct service_order_refuse *cmd = d->args;
	const struct order_state *o = find(d->tenant, order, cmd->order_id);
	const struct offering_state *plan = find(d->tenant, offering, o->offering_id);
	const char *so = new_id(d, AGGREGATE_service_order);

	emit(d, service_order_acknowledged, so, .order_id = o->e.id, .customer_id = o->customer_id, .offering_id = o->offering_id,
		.action = "add", .item_id = arena_printf(d->arena, "SOI-%s", so + 3),
		.cfs_spec_id = plan ? plan->cfs_spec_id : NULL);
	emit(d, service_order_failed, so, .order_id = o->e.id, .customer_id = o->customer_id, .reason = cmd->reason,
		.message = cmd->message);
	return true;
}

/* ---- commands: the ways it ends ------------------------------------------------------------------------------- */

/* calls f for a service and what stands below it */
static void
with_children(struct decision *d, const char *cfs,
	void (*f)(struct decision *, struct service_state *, const char *why), const char *why)
{
	const struct index_node *at = NULL;
	char prefix[PATH_MAX_];
	struct entity *e;

	path2(prefix, cfs, "");
	while ((e = index_next(d->tenant, INDEX_SERVICE_CHILDREN, prefix, &at)))
		f(d, (struct service_state *)e, why);
	if (find(d->tenant, service, cfs))       /* a reset may have taken it away before its tasks came back */
		f(d, find(d->tenant, service, cfs), why);
}

static void
activate_one(struct decision *d, struct service_state *s, const char *why)
{
	(void)why;
	if (s->e.status == SERVICE_RESERVED)
		emit(d, service_activated, s->e.id, .customer_id = s->customer_id);
}

static void
fail_one(struct decision *d, struct service_state *s, const char *why)
{
	if (s->e.status == SERVICE_RESERVED || s->e.status == SERVICE_DESIGNED)
		emit(d, service_failed, s->e.id, .customer_id = s->customer_id, .reason = why);
}

static void
terminate_one(struct decision *d, struct service_state *s, const char *why)
{
	if (s->e.status != SERVICE_TERMINATED && s->e.status != SERVICE_FAILED)
		emit(d, service_terminated, s->e.id, .customer_id = s->customer_id, .reason = why);
}

static void
cancel_tasks(struct decision *d, const char *service_id, const char *why)
{
	const struct index_node *at = NULL;
	char prefix[PATH_MAX_];
	struct entity *e;

	path2(prefix, service_id, "");
	while ((e = index_next(d->tenant, INDEX_SERVICE_TASKS, prefix, &at)))
		if (e->status == TASK_PENDING || e->status == TASK_RUNNING || e->status == TASK_STUCK)
			emit(d, provisioning_task_cancelled, e->id,
				.customer_id = ((struct provisioning_task_state *)e)->customer_id, .reason = why);
}

/* what somebody released by hand, or an order that ended gave back, may be another's by now */
static bool
held_by(const struct service_state *cfs, const char *subscription_id, const char *line, const char *reserved_for)
{
	if (*line)
		return subscription_id && strcmp(line, subscription_id) == 0;
	return strcmp(reserved_for, cfs->order_id) == 0;
}

/* of a line that ends (its number rests), or of an order that never became one (subscription_id NULL) */
static void
give_back(struct decision *d, const struct service_state *cfs, const char *subscription_id, bool keep_number, const char *why)
{
	const struct msisdn_state *m = cfs ? find(d->tenant, msisdn, cfs->msisdn) : NULL;
	const struct esim_state *e = cfs ? find(d->tenant, esim, cfs->iccid) : NULL;

	if (m && !keep_number && held_by(cfs, subscription_id, m->subscription_id, m->reserved_for))
		msisdn_give_back(d, m->e.id, subscription_id != NULL);
	if (e && held_by(cfs, subscription_id, e->subscription_id, e->reserved_for))
		esim_give_back(d, e->e.id, why);
}

static bool
service_order_complete(struct decision *d)
{
	const struct service_order_state *s = SERVICE_ORDER(d);
	const struct service_state *cfs = find(d->tenant, service, s->cfs_service_id);

	with_children(d, s->cfs_service_id, s->teardown ? terminate_one : activate_one, "teardown");
	emit(d, service_order_completed, s->e.id, .order_id = s->order_id[0] ? s->order_id : NULL, .customer_id = s->customer_id,
		.offering_id = s->offering_id, .msisdn = cfs ? cfs->msisdn : NULL, .iccid = cfs ? cfs->iccid : NULL,
		.cfs_service_id = s->cfs_service_id,
		.action = s->teardown ? "delete" : "add");
	return true;
}

static bool
service_order_fail(struct decision *d)
{
	const struct service_order_fail *cmd = d->args;
	const struct service_order_state *s = SERVICE_ORDER(d);

	cancel_tasks(d, s->cfs_service_id, "the service order failed");
	give_back(d, find(d->tenant, service, s->cfs_service_id), NULL, false, cmd->reason);
	with_children(d, s->cfs_service_id, fail_one, cmd->reason);
	emit(d, service_order_failed, s->e.id, .order_id = s->order_id, .customer_id = s->customer_id, .reason = cmd->reason);
	return true;
}

static bool
service_order_cancel(struct decision *d)
{
	const struct service_order_cancel *cmd = d->args;
	const struct service_order_state *s = SERVICE_ORDER(d);

	cancel_tasks(d, s->cfs_service_id, cmd->reason);
	give_back(d, find(d->tenant, service, s->cfs_service_id), NULL, false, cmd->reason);
	with_children(d, s->cfs_service_id, fail_one, cmd->reason);
	emit(d, service_order_cancelled, s->e.id, .order_id = s->order_id, .customer_id = s->customer_id, .reason = cmd->reason);
	return true;
}

/* a line has ended, or never began although the network side was built */
static bool
service_order_teardown(struct decision *d)
{
	const struct service_order_teardown *cmd = d->args;
	const struct service_state *cfs = find(d->tenant, service, cmd->cfs_service_id);
	const char *so = new_id(d, AGGREGATE_service_order);

	give_back(d, cfs, cmd->subscription_id, cmd->keep_number, "teardown");
	emit(d, service_order_in_progress, so, .customer_id = cfs->customer_id, .offering_id = cfs->offering_id, .action = "delete",
		.item_id = arena_printf(d->arena, "SOI-%s", so + 3), .cfs_service_id = cfs->e.id, .cfs_spec_id = cfs->spec_id,
		.subscription_id = cmd->subscription_id);
	task_open(d, &(struct task){ .type = "HLR_DEPROVISION", .service_id = cfs->e.id, .service_order_id = so,
		.customer_id = cfs->customer_id, .msisdn = cfs->msisdn, .iccid = cfs->iccid, .imsi = cfs->imsi,
		.offering_id = cfs->offering_id, .subscription_id = cmd->subscription_id });
	return true;
}

static bool
service_order_remove(struct decision *d)
{
	emit(d, service_order_removed, d->target->id, .reason = "reset");
	return true;
}

/* ---- commands: services -------------------------------------------------------------------------------------------- */

static void
link_one(struct decision *d, struct service_state *s, const char *subscription_id)
{
	emit(d, service_linked, s->e.id, .customer_id = s->customer_id, .subscription_id = subscription_id);
}

static bool
service_link(struct decision *d)
{
	const struct service_link *cmd = d->args;

	with_children(d, d->target->id, link_one, cmd->subscription_id);
	return true;
}

static bool
service_register(struct decision *d)
{
	const struct service_register *cmd = d->args;
	const char *id = new_id(d, AGGREGATE_service);

	emit(d, service_registered, id, .name = cmd->name, .state = cmd->state, .category = cmd->category,
		.document = cmd->document);
	return true;
}

static bool
service_update(struct decision *d)
{
	const struct service_update *cmd = d->args;
	const char *old = SERVICE(d)->document ? SERVICE(d)->document : "{}";
	char *merged = cmd->document ? json_merge_patch(d->arena, old, cmd->document, d->refusal) : NULL;

	if (cmd->document && !merged)
		return false;
	emit(d, service_updated, d->target->id, .name = cmd->name, .state = cmd->state, .document = merged);
	return true;
}

static bool
service_unregister(struct decision *d)
{
	emit(d, service_removed, d->target->id, .reason = "removed over TMF638");
	return true;
}

static bool
service_remove(struct decision *d)
{
	emit(d, service_removed, d->target->id, .reason = "reset");
	return true;
}

/* ---- events ------------------------------------------------------------------------------------------------------------ */

static void
on_order_in_progress(struct world *w, void *self, const void *event, int64_t at)
{
	struct service_order_state *s = self;
	const struct service_order_in_progress *e = event;
	char path[PATH_MAX_];

	(void)w, (void)at;
	keep(s->order_id, e->order_id);
	keep(s->customer_id, e->customer_id);
	keep(s->offering_id, e->offering_id);
	keep(s->cfs_service_id, e->cfs_service_id);
	keep(s->subscription_id, e->subscription_id);
	s->teardown = e->action && strcmp(e->action, "delete") == 0;
	if (e->order_id)
		index_put(s->e.tenant, INDEX_ORDER_SERVICE_ORDERS, path2(path, s->order_id, s->e.id), &s->e);
}

static void
on_order_acknowledged(struct world *w, void *self, const void *event, int64_t at)
{
	struct service_order_state *s = self;
	const struct service_order_acknowledged *e = event;
	char path[PATH_MAX_];

	(void)w, (void)at;
	keep(s->order_id, e->order_id);
	keep(s->customer_id, e->customer_id);
	keep(s->offering_id, e->offering_id);
	index_put(s->e.tenant, INDEX_ORDER_SERVICE_ORDERS, path2(path, s->order_id, s->e.id), &s->e);
}

static void
on_order_removed(struct world *w, void *self, const void *event, int64_t at)
{
	struct service_order_state *s = self;
	char path[PATH_MAX_];

	(void)w, (void)event, (void)at;
	index_drop(s->e.tenant, INDEX_ORDER_SERVICE_ORDERS, path2(path, s->order_id, s->e.id));
}

static void
on_designed(struct world *w, void *self, const void *event, int64_t at)
{
	struct service_state *s = self;
	const struct service_designed *e = event;
	char path[PATH_MAX_];

	(void)w, (void)at;
	keep(s->customer_id, e->customer_id);
	keep(s->order_id, e->order_id);
	keep(s->service_order_id, e->service_order_id);
	keep(s->offering_id, e->offering_id);
	keep(s->spec_id, e->spec_id);
	keep(s->parent_id, e->parent_service_id);
	s->cfs = !e->parent_service_id;
	if (!s->cfs)
		index_put(s->e.tenant, INDEX_SERVICE_CHILDREN, path2(path, s->parent_id, s->e.id), &s->e);
}

static void
on_reserved(struct world *w, void *self, const void *event, int64_t at)
{
	struct service_state *s = self;
	const struct service_reserved *e = event;

	(void)w, (void)at;
	keep(s->msisdn, e->msisdn);
	keep(s->iccid, e->iccid);
	keep(s->imsi, e->imsi);
	keep(s->activation_code, e->activation_code);
}

static void
on_linked(struct world *w, void *self, const void *event, int64_t at)
{
	struct service_state *s = self;

	(void)w, (void)at;
	keep(s->subscription_id, ((const struct service_linked *)event)->subscription_id);
}

static void
on_registered(struct world *w, void *self, const void *event, int64_t at)
{
	struct service_state *s = self;

	(void)at;
	s->registered = true;
	world_text_replace(w, &s->document, ((const struct service_registered *)event)->document);
}

static void
on_service_updated(struct world *w, void *self, const void *event, int64_t at)
{
	struct service_state *s = self;
	const struct service_updated *e = event;

	(void)at;
	if (e->document)
		world_text_replace(w, &s->document, e->document);
}

static void
on_service_removed(struct world *w, void *self, const void *event, int64_t at)
{
	struct service_state *s = self;
	char path[PATH_MAX_];

	(void)event, (void)at;
	if (s->parent_id[0])
		index_drop(s->e.tenant, INDEX_SERVICE_CHILDREN, path2(path, s->parent_id, s->e.id));
	world_text_replace(w, &s->document, NULL);
}

/* ---- the tables ------------------------------------------------------------------------------------------------------------ */

static const struct policy decompose_policies[] = {
	{ "service_order.decompose.order_in_progress", order_is_in_progress, "The order is in progress" },
	{ "service_order.decompose.requires_mapping", plan_maps_to_services, "The plan maps to service specifications" },
	{ 0 }
};
static const struct policy refuse_policies[] = {
	{ "service_order.decompose.order_in_progress", order_is_in_progress, "The order is in progress" },
	{ 0 }
};
static const struct policy teardown_policies[] = {
	{ "service.not_found", service_exists, "The service exists" },
	{ 0 }
};
static const struct policy complete_policies[] = {
	{ "service_order.not_found", target_exists, "The service order exists" },
	{ "service_order.transition.invalid", valid_from_state, "The service order is in progress" },
	{ "service.activate.requires_all_rfs_activated", tasks_are_done, "All network tasks of the service are done" },
	{ 0 }
};
static const struct policy order_step_policies[] = {
	{ "service_order.not_found", target_exists, "The service order exists" },
	{ "service_order.transition.invalid", valid_from_state, "The service order is in progress" },
	{ 0 }
};
static const struct policy order_exists_policies[] = {
	{ "service_order.not_found", target_exists, "The service order exists" },
	{ 0 }
};
static const struct policy service_exists_policies[] = {
	{ "service.not_found", target_exists, "The service exists" },
	{ 0 }
};
static const struct policy registered_policies[] = {
	{ "service.not_found", target_exists, "The service exists" },
	{ "service.change.requires_registered", was_registered, "The service was registered over TMF638, not built for an order" },
	{ 0 }
};
#define SO  AGGREGATE_service_order
#define SVC AGGREGATE_service
static const struct command commands[] = {
	/* args                           about from                           policies                 decide */
	{ &service_order_decompose_shape, SO,  NEW,                           decompose_policies,      service_order_decompose },
	{ &service_order_refuse_shape,    SO,  NEW,                           refuse_policies,         service_order_refuse },
	{ &service_order_teardown_shape,  SO,  NEW,                           teardown_policies,       service_order_teardown },
	{ &service_order_complete_shape,  SO,  IN(SERVICE_ORDER_IN_PROGRESS), complete_policies,       service_order_complete },
	{ &service_order_fail_shape,      SO,  IN(SERVICE_ORDER_IN_PROGRESS), order_step_policies,     service_order_fail },
	{ &service_order_cancel_shape,    SO,  IN(SERVICE_ORDER_IN_PROGRESS), order_step_policies,     service_order_cancel },
	{ &service_order_remove_shape,    SO,  ANY_STATE,                     order_exists_policies,   service_order_remove },
	{ &service_link_shape,            SVC, ANY_STATE,                     service_exists_policies, service_link },
	{ &service_register_shape,        SVC, NEW,                           NULL,                    service_register },
	{ &service_update_shape,          SVC, ANY_STATE,                     registered_policies,     service_update },
	{ &service_unregister_shape,      SVC, ANY_STATE,                     registered_policies,     service_unregister },
	{ &service_remove_shape,          SVC, ANY_STATE,                     service_exists_policies, service_remove },
	{ 0 }
};
static const struct transition transitions[] = {
	/* event                            to                         apply */
	{ &service_order_in_progress_shape, SERVICE_ORDER_IN_PROGRESS, on_order_in_progress },
	{ &service_order_completed_shape,   SERVICE_ORDER_COMPLETED,   NULL, IN(SERVICE_ORDER_IN_PROGRESS) },
	{ &service_order_failed_shape,      SERVICE_ORDER_FAILED,      NULL, IN(SERVICE_ORDER_ACKNOWLEDGED) | IN(SERVICE_ORDER_IN_PROGRESS) },
	{ &service_order_cancelled_shape,   SERVICE_ORDER_CANCELLED,   NULL, IN(SERVICE_ORDER_IN_PROGRESS) },
	{ &service_order_removed_shape,     STAY,                      on_order_removed },
	{ &service_designed_shape,          SERVICE_DESIGNED,          on_designed },
	{ &service_reserved_shape,          SERVICE_RESERVED,          on_reserved, IN(SERVICE_DESIGNED) },
	{ &service_activated_shape,         SERVICE_ACTIVATED,         NULL, IN(SERVICE_RESERVED) },
	{ &service_linked_shape,            STAY,                      on_linked },
	{ &service_failed_shape,            SERVICE_FAILED,            NULL, IN(SERVICE_DESIGNED) | IN(SERVICE_RESERVED) },
	{ &service_terminated_shape,        SERVICE_TERMINATED,        NULL, IN(SERVICE_ACTIVATED) },
	{ &service_registered_shape,        SERVICE_ACTIVATED,         on_registered },
	{ &service_updated_shape,           STAY,                      on_service_updated },
	{ &service_removed_shape,           STAY,                      on_service_removed },
	{ &service_order_acknowledged_shape, SERVICE_ORDER_ACKNOWLEDGED, on_order_acknowledged },
	{ 0 }
};
EVERY_COMMAND(commands, SERVICE_COMMANDS);
EVERY_EVENT(transitions, SERVICE_EVENTS);

static const char *
order_subject(const void *self)
{
	return ((const struct service_order_state *)self)->customer_id;
}

static const char *
service_subject(const void *self)
{
	return ((const struct service_state *)self)->customer_id;
}

static const struct aggregate aggregates[] = {
	{ AGGREGATE_service_order, __FILE__, sizeof(struct service_order_state), order_subject, true },
	{ AGGREGATE_service, __FILE__, sizeof(struct service_state), service_subject },
	{ 0 }
};
const struct module service_module = { aggregates, commands, transitions };
