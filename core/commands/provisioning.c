/* provisioning.c -- network tasks and the faults that can be injected into them.
 *
 *   pending --> running (an attempt failed, another follows) --> completed | failed | stuck
 *   stuck --(resolve)--> pending          failed --(retry, fresh attempts)--> pending          open --> cancelled
 *
 * A task is a request to the provisioning effect, which does the work and reports.  A report is always recorded; one that
 * comes after the task was cancelled changes nothing.  Words: schemas/provisioning.h. */
#include <string.h>
#include "core/commands/aggregate.h"
#include "core/commands/states.h"

#define MAX_ATTEMPTS 3
#define OPEN (IN(TASK_PENDING) | IN(TASK_RUNNING) | IN(TASK_STUCK))
#define TASK(d)  ((struct provisioning_task_state *)(d)->target)
#define FAULT(d) ((struct fault_injection_state *)(d)->target)

/* ---- opening a task ----------------------------------------------------------------------------------------- */

static struct list
faults_for(struct decision *d, const char *type)
{
	const struct index_node *at = NULL;
	struct task_fault *items = arena_array(d->arena, struct task_fault, 16);
	char prefix[PATH_MAX_];
	struct entity *e;
	int n = 0;

	path2(prefix, type, "");
	while (n < 16 && (e = index_next(d->tenant, INDEX_FAULTS, prefix, &at))) {
		const struct fault_injection_state *f = (struct fault_injection_state *)e;

		if (f->enabled)
			items[n++] = (struct task_fault){ f->fault_type, f->probability };
	}
	return (struct list){ items, n };
}

const char *
task_open(struct decision *d, const struct task *t)
{
	const char *made = d->made_id, *id = new_id(d, AGGREGATE_provisioning_task);

	d->made_id = made;               /* a task is never what the command was about */
	emit(d, provisioning_task_created, id, .customer_id = t->customer_id, .service_id = t->service_id,
		.service_order_id = t->service_order_id,
		.order_id = t->order_id, .task_type = t->type, .msisdn = t->msisdn, .iccid = t->iccid, .imsi = t->imsi,
		.activation_code = t->activation_code, .offering_id = t->offering_id, .subscription_id = t->subscription_id,
		.max_attempts = MAX_ATTEMPTS, .faults = faults_for(d, t->type));
	return id;
}

bool
tasks_all_done(const struct tenant *t, const struct service_order_state *so)
{
	const struct index_node *at = NULL;
	char prefix[PATH_MAX_];
	struct entity *e;
	int n = 0;

	path2(prefix, so->cfs_service_id, "");
	while ((e = index_next(t, INDEX_SERVICE_TASKS, prefix, &at))) {
		if (strcmp(((struct provisioning_task_state *)e)->service_order_id, so->e.id) != 0 || e->status == TASK_CANCELLED)
			continue;
		if (e->status != TASK_COMPLETED)
			return false;
		n++;
	}
	return n > 0;
}

bool
task_done_for(const struct tenant *t, const struct service_order_state *so)
{
	const struct index_node *at = NULL;
	char prefix[PATH_MAX_];
	struct entity *e;

	path2(prefix, so->cfs_service_id, "");
	while ((e = index_next(t, INDEX_SERVICE_TASKS, prefix, &at)))
		if (e->status == TASK_COMPLETED && strcmp(((struct provisioning_task_state *)e)->service_order_id, so->e.id) == 0)
			return true;
	return false;
}

bool
task_open_of_type(const struct tenant *t, const char *service_id, const char *type)
{
	const struct index_node *at = NULL;
	char prefix[PATH_MAX_];
	struct entity *e;

	path2(prefix, service_id, "");
	while ((e = index_next(t, INDEX_SERVICE_TASKS, prefix, &at)))
		if (OPEN & IN(e->status) && strcmp(((struct provisioning_task_state *)e)->type, type) == 0)
			return true;
	return false;
}

/* ---- policies ------------------------------------------------------------------------------------------------- */

static bool
note_is_given(struct decision *d)
{
	const struct provisioning_resolve_stuck *cmd = d->args;

	for (const char *p = cmd->note; p && *p; p++)
		if (*p != ' ' && *p != '\t' && *p != '\n')
			return true;
	fact(d, "task_id", cmd->task_id);
	hint(d, "Say in --note what was done about it.");
	return refuse(d, "Resolving task %s needs a note", cmd->task_id);
}

static bool
task_state_fits(struct decision *d)
{
	if (d->command->from & IN(d->target->status))
		return true;
	fact(d, "task_id", d->target->id);
	fact(d, "state", state_text(d->target));
	return refuse(d, "Task %s is %s", d->target->id, state_text(d->target));
}

/* an order that ended released its number and eSIM: its tasks must not run again */
static bool
order_still_wants_it(struct decision *d)
{
	const struct service_order_state *so = find(d->tenant, service_order, TASK(d)->service_order_id);

	if (so && so->e.status == SERVICE_ORDER_IN_PROGRESS)
		return true;
	fact(d, "task_id", d->target->id);
	fact(d, "service_order_id", TASK(d)->service_order_id);
	hint(d, "Place a new order.");
	return refuse(d, "The order of task %s is over", d->target->id);
}

static bool
fault_is_new(struct decision *d)
{
	if (!d->target)
		return true;
	fact(d, "fault_id", d->target_id);
	return refuse(d, "Fault rule %s exists already", d->target_id);
}

static struct fault_injection_state *
fault_asked_for(struct decision *d)
{
	const struct provisioning_set_fault_injection *cmd = d->args;
	char key[PATH_MAX_];

	return (struct fault_injection_state *)index_get(d->tenant, INDEX_FAULTS, path2(key, cmd->task_type, cmd->fault_type));
}

static bool
fault_exists(struct decision *d)
{
	const struct provisioning_set_fault_injection *cmd = d->args;

	if (fault_asked_for(d))
		return true;
	fact(d, "task_type", cmd->task_type);
	fact(d, "fault_type", cmd->fault_type);
	hint(d, "provisioning.list_fault_injection shows the rules; provisioning.add_fault_injection adds one.");
	return refuse(d, "There is no fault rule %s for %s", cmd->fault_type, cmd->task_type);
}

static bool
is_probability(struct decision *d, double p)
{
	if (p >= 0.0 && p <= 1.0)
		return true;
	return refuse(d, "A probability lies between 0 and 1");
}

static bool
added_probability_is_sane(struct decision *d)
{
	return is_probability(d, ((const struct provisioning_add_fault_injection *)d->args)->probability);
}

static bool
set_probability_is_sane(struct decision *d)
{
	const struct provisioning_set_fault_injection *cmd = d->args;

	return !cmd->probability.set || is_probability(d, cmd->probability.v);
}

static bool
caller_is_admin(struct decision *d)
{
	return d->caller->admin || refuse(d, "Only an administrator switches faults");
}

/* ---- commands --------------------------------------------------------------------------------------------------- */

static struct provisioning_task_completed
outcome(struct decision *d, const struct provisioning_report *cmd)
{
	const struct provisioning_task_state *t = TASK(d);

	return (struct provisioning_task_completed){ .customer_id = t->customer_id, .service_id = t->service_id,
		.service_order_id = t->service_order_id, .order_id = t->order_id[0] ? t->order_id : NULL, .task_type = t->type,
		.attempts = cmd->attempts, .max_attempts = t->max_attempts, .last_error = cmd->last_error,
		.permanent = strcmp(cmd->outcome, "failed") == 0, .answered_by = d->caller->identity };
}

static bool
provisioning_report(struct decision *d)
{
	const struct provisioning_report *cmd = d->args;
	struct provisioning_task_completed e = outcome(d, cmd);
	bool late = TASK(d)->e.status == TASK_CANCELLED && strcmp(cmd->outcome, "completed") == 0;

	if (!late && TASK(d)->e.status != TASK_PENDING && TASK(d)->e.status != TASK_RUNNING)
		return true;             /* said before, or it did nothing and nobody needs it any more */
	if (strcmp(cmd->outcome, "attempt_failed") == 0)
		emit(d, provisioning_task_attempt_failed, d->target->id, .attempts = cmd->attempts, .last_error = cmd->last_error);
	else if (strcmp(cmd->outcome, "completed") == 0)
		emit_(d, &provisioning_task_completed_shape, d->target->id, &e);
	else if (strcmp(cmd->outcome, "failed") == 0)
		emit_(d, &provisioning_task_failed_shape, d->target->id, &e);
	else
		emit_(d, &provisioning_task_stuck_shape, d->target->id, &e);
	return true;
}

static bool
restart(struct decision *d, const char *why, const char *note)
{
	const struct provisioning_task_state *t = TASK(d);

	emit(d, provisioning_task_restarted, t->e.id, .customer_id = t->customer_id, .service_id = t->service_id,
		.service_order_id = t->service_order_id, .order_id = t->order_id[0] ? t->order_id : NULL,
		.task_type = t->type, .msisdn = t->msisdn,
		.iccid = t->iccid, .imsi = t->imsi, .activation_code = t->activation_code, .offering_id = t->offering_id,
		.subscription_id = t->subscription_id[0] ? t->subscription_id : NULL, .max_attempts = MAX_ATTEMPTS,
		.faults = faults_for(d, t->type), .note = note, .why = why);
	return true;
}

static bool
provisioning_resolve_stuck(struct decision *d)
{
	return restart(d, "resolve", ((const struct provisioning_resolve_stuck *)d->args)->note);
}

static bool
provisioning_retry_failed(struct decision *d)
{
	return restart(d, "retry", NULL);
}

static bool
provisioning_cancel_task(struct decision *d)
{
	emit(d, provisioning_task_cancelled, d->target->id, .customer_id = TASK(d)->customer_id,
		.reason = ((const struct provisioning_cancel_task *)d->args)->reason);
	return true;
}

static bool
provisioning_remove_task(struct decision *d)
{
	emit(d, provisioning_task_removed, d->target->id, .reason = "reset");
	return true;
}

static bool
provisioning_add_fault_injection(struct decision *d)
{
	const struct provisioning_add_fault_injection *cmd = d->args;

	d->made_id = cmd->fault_id;
	emit(d, provisioning_fault_injection_added, cmd->fault_id, .task_type = cmd->task_type, .fault_type = cmd->fault_type,
		.probability = cmd->probability, .enabled = cmd->enabled);
	return true;
}

static bool
provisioning_set_fault_injection(struct decision *d)
{
	const struct provisioning_set_fault_injection *cmd = d->args;
	const struct fault_injection_state *f = fault_asked_for(d);

	d->made_id = f->e.id;
	emit(d, provisioning_fault_injection_changed, f->e.id, .task_type = f->task_type, .fault_type = f->fault_type,
		.probability = cmd->probability.set ? cmd->probability.v : f->probability, .enabled = cmd->enabled);
	return true;
}

/* ---- events --------------------------------------------------------------------------------------------------------- */

static void
on_created(struct world *w, void *self, const void *event, int64_t at)
{
	struct provisioning_task_state *s = self;
	const struct provisioning_task_created *e = event;
	char path[PATH_MAX_];

	(void)w, (void)at;
	keep(s->customer_id, e->customer_id);
	keep(s->service_id, e->service_id);
	keep(s->service_order_id, e->service_order_id);
	keep(s->order_id, e->order_id);
	keep(s->type, e->task_type);
	keep(s->msisdn, e->msisdn);
	keep(s->iccid, e->iccid);
	keep(s->imsi, e->imsi);
	keep(s->activation_code, e->activation_code);
	keep(s->offering_id, e->offering_id);
	keep(s->subscription_id, e->subscription_id);
	s->attempts = 0;
	s->max_attempts = e->max_attempts;
	index_put(s->e.tenant, INDEX_SERVICE_TASKS, path2(path, s->service_id, s->e.id), &s->e);
}

static void
on_attempt_failed(struct world *w, void *self, const void *event, int64_t at)
{
	(void)w, (void)at;
	((struct provisioning_task_state *)self)->attempts = ((const struct provisioning_task_attempt_failed *)event)->attempts;
}

static void
on_outcome(struct world *w, void *self, const void *event, int64_t at)
{
	(void)w, (void)at;
	((struct provisioning_task_state *)self)->attempts = ((const struct provisioning_task_completed *)event)->attempts;
}

static void
on_restarted(struct world *w, void *self, const void *event, int64_t at)
{
	struct provisioning_task_state *s = self;

	(void)w, (void)at;
	s->attempts = 0;
	s->max_attempts = ((const struct provisioning_task_restarted *)event)->max_attempts;
}

static void
on_removed(struct world *w, void *self, const void *event, int64_t at)
{
	struct provisioning_task_state *s = self;
	char path[PATH_MAX_];

	(void)w, (void)event, (void)at;
	index_drop(s->e.tenant, INDEX_SERVICE_TASKS, path2(path, s->service_id, s->e.id));
}

static void
on_fault(struct world *w, void *self, const void *event, int64_t at)
{
	struct fault_injection_state *s = self;
	const struct provisioning_fault_injection_added *e = event;      /* `changed` has the same fields */
	char path[PATH_MAX_];

	(void)w, (void)at;
	keep(s->task_type, e->task_type);
	keep(s->fault_type, e->fault_type);
	s->probability = e->probability;
	s->enabled = e->enabled;
	index_put(s->e.tenant, INDEX_FAULTS, path2(path, s->task_type, s->fault_type), &s->e);
}

/* ---- the tables ------------------------------------------------------------------------------------------------------- */

static const struct policy exists_policies[] = {
	{ "provisioning_task.not_found", target_exists, "The task exists" },
	{ 0 }
};
static const struct policy resolve_policies[] = {
	{ "provisioning.resolve_stuck.requires_note", note_is_given, "Resolving says what was done" },
	{ "provisioning_task.not_found", target_exists, "The task exists" },
	{ "provisioning_task.resolve.requires_stuck_state", task_state_fits, "The task is stuck" },
	{ "provisioning_task.resolve.order_is_over", order_still_wants_it, "The service order is still in progress" },
	{ 0 }
};
static const struct policy retry_policies[] = {
	{ "provisioning_task.not_found", target_exists, "The task exists" },
	{ "provisioning_task.retry.requires_failed_state", task_state_fits, "The task has failed" },
	{ "provisioning_task.retry.order_is_over", order_still_wants_it, "The service order is still in progress" },
	{ 0 }
};
static const struct policy cancel_policies[] = {
	{ "provisioning_task.not_found", target_exists, "The task exists" },
	{ "provisioning_task.cancel.requires_open_state", task_state_fits, "The task is open" },
	{ 0 }
};
static const struct policy add_fault_policies[] = {
	{ "provisioning.set_fault_injection.admin_only", caller_is_admin, "The caller may administer" },
	{ "provisioning.fault_injection.already_exists", fault_is_new, "The rule's id is new" },
	{ "provisioning.fault_injection.invalid_probability", added_probability_is_sane, "The probability lies between 0 and 1" },
	{ 0 }
};
static const struct policy set_fault_policies[] = {
	{ "provisioning.set_fault_injection.admin_only", caller_is_admin, "The caller may administer" },
	{ "provisioning.fault_injection.not_found", fault_exists, "There is a rule for the pair" },
	{ "provisioning.fault_injection.invalid_probability", set_probability_is_sane, "The probability lies between 0 and 1" },
	{ 0 }
};
#define PTK   AGGREGATE_provisioning_task
#define FI    AGGREGATE_fault_injection
static const struct command commands[] = {
	/* args                                    about from             policies            decide */
	{ &provisioning_report_shape,              PTK,  ANY_STATE,       exists_policies,    provisioning_report },
	{ &provisioning_resolve_stuck_shape,       PTK,  IN(TASK_STUCK),  resolve_policies,   provisioning_resolve_stuck },
	{ &provisioning_retry_failed_shape,        PTK,  IN(TASK_FAILED), retry_policies,     provisioning_retry_failed },
	{ &provisioning_cancel_task_shape,         PTK,  OPEN,            cancel_policies,    provisioning_cancel_task },
	{ &provisioning_remove_task_shape,         PTK,  ANY_STATE,       exists_policies,    provisioning_remove_task },
	{ &provisioning_add_fault_injection_shape, FI,   NEW,             add_fault_policies, provisioning_add_fault_injection },
	{ &provisioning_set_fault_injection_shape, FI,   ANY_STATE,       set_fault_policies, provisioning_set_fault_injection },
	{ 0 }
};
static const struct transition transitions[] = {
	/* event                                       to              apply */
	{ &provisioning_task_created_shape,            TASK_PENDING,   on_created },
	{ &provisioning_task_attempt_failed_shape,     TASK_RUNNING,   on_attempt_failed, IN(TASK_PENDING) | IN(TASK_RUNNING) },
	{ &provisioning_task_completed_shape,          TASK_COMPLETED, on_outcome, IN(TASK_PENDING) | IN(TASK_RUNNING) | IN(TASK_CANCELLED) },
	{ &provisioning_task_failed_shape,             TASK_FAILED,    on_outcome, IN(TASK_PENDING) | IN(TASK_RUNNING) },
	{ &provisioning_task_stuck_shape,              TASK_STUCK,     on_outcome, IN(TASK_PENDING) | IN(TASK_RUNNING) },
	{ &provisioning_task_restarted_shape,          TASK_PENDING,   on_restarted, IN(TASK_STUCK) | IN(TASK_FAILED) },
	{ &provisioning_task_cancelled_shape,          TASK_CANCELLED, NULL, IN(TASK_PENDING) | IN(TASK_RUNNING) | IN(TASK_STUCK) },
	{ &provisioning_task_removed_shape,            STAY,           on_removed },
	{ &provisioning_fault_injection_added_shape,   STAY,           on_fault },
	{ &provisioning_fault_injection_changed_shape, STAY,           on_fault },
	{ 0 }
};
EVERY_COMMAND(commands, PROVISIONING_COMMANDS);
EVERY_EVENT(transitions, PROVISIONING_EVENTS);

static const char *
subject(const void *self)
{
	return ((const struct provisioning_task_state *)self)->customer_id;
}

static const struct aggregate aggregates[] = {
	{ AGGREGATE_provisioning_task, __FILE__, sizeof(struct provisioning_task_state), subject, true },
	{ AGGREGATE_fault_injection, __FILE__, sizeof(struct fault_injection_state), NULL },
	{ 0 }
};
const struct module provisioning_module = { aggregates, commands, transitions };
