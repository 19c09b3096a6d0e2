/* provisioning.c -- the read model of network tasks and of the faults that may hit them. */
#include <string.h>
#include "projections/document.h"
#include "projections/query_memory.h"
#include "projections/tables.h"

#define HREF "/provisioning-api/v1/task/"

#define task_row_fields(_, T) \
	_(T, ID, task_id, KEY, "PTK-...") _(T, ID, service_id, INDEXED, "the CFS") _(T, ID, service_order_id, OPT, "") _(T, ID, order_id, OPT, "") \
	_(T, ID, customer_id, OPT, "") _(T, TEXT, task_type, OPT, "") _(T, TEXT, state, INDEXED, "") _(T, INT, attempts, OPT, "") \
	_(T, INT, max_attempts, OPT, "") _(T, TEXT, msisdn, OPT, "") _(T, TEXT, iccid, OPT, "") _(T, TEXT, imsi, OPT, "") \
	_(T, TEXT, activation_code, OPT, "") _(T, ID, offering_id, OPT, "") _(T, ID, subscription_id, OPT, "") _(T, TEXT, last_error, OPT, "") \
	_(T, TIME, started_at, OPT, "") _(T, TIME, completed_at, OPT, "")
#define fault_row_fields(_, T) \
	_(T, ID, fault_id, KEY, "FI_...") _(T, TEXT, task_type, OPT, "") _(T, TEXT, fault_type, OPT, "") _(T, REAL, probability, OPT, "0 to 1") \
	_(T, BOOL, enabled, OPT, "")
SHAPE_DECLARE_(task_row, "network tasks")
SHAPE_DECLARE_(fault_row, "fault rules")
SHAPE_DEFINE_(task_row, "network tasks")
SHAPE_DEFINE_(fault_row, "fault rules")

/* ---- documents -------------------------------------------------------------------------------------------------- */

static void
payload(struct json *j, const struct task_row *t)
{
	json_key(j, "payload");
	json_object(j);
	json_put(j, "msisdn", t->msisdn);
	json_put(j, "iccid", t->iccid);
	json_put(j, "imsi", t->imsi);
	json_put(j, "activationCode", t->activation_code);
	json_put(j, "customerId", t->customer_id);
	json_put(j, "offeringId", t->offering_id);
	json_object_end(j);
}

static void
task_result(struct json *j, const struct row *r)
{
	const struct task_row *t = r->data;

	json_object(j);
	put_id(j, t->task_id, HREF);
	json_put(j, "serviceId", t->service_id);
	json_put(j, "serviceOrderId", t->service_order_id);
	json_put(j, "commercialOrderId", t->order_id);
	json_put(j, "taskType", t->task_type);
	json_put(j, "state", t->state);
	json_put_int(j, "attempts", t->attempts);
	json_put_int(j, "maxAttempts", t->max_attempts);
	payload(j, t);
	json_put(j, "lastError", t->last_error);
	json_put_time(j, "startedAt", t->started_at);
	json_put_time(j, "completedAt", t->completed_at);
	json_put(j, "@type", "ProvisioningTask");
	json_object_end(j);
}

static void
fault_result(struct json *j, const struct row *r)
{
	const struct fault_row *f = r->data;

	json_object(j);
	json_put(j, "id", f->fault_id);
	json_put(j, "taskType", f->task_type);
	json_put(j, "faultType", f->fault_type);
	json_key(j, "probability");
	json_real(j, f->probability);
	json_put_bool(j, "enabled", f->enabled);
	json_put(j, "@type", "FaultInjection");
	json_object_end(j);
}

const struct read_table task_table = { "provisioning", "task", &task_row_shape, .result = task_result };
const struct read_table fault_table = { "provisioning", "fault_injection", &fault_row_shape, .result = fault_result };
static const struct read_table *const tables[] = { &task_table, &fault_table, NULL };

/* ---- handlers ------------------------------------------------------------------------------------------------------ */

static void
on_created(struct applying *a, void *row, const void *event)
{
	const struct provisioning_task_created *e = event;
	struct task_row *t = row;

	t->service_id = e->service_id;
	t->service_order_id = e->service_order_id;
	t->order_id = e->order_id;
	t->customer_id = e->customer_id;
	t->task_type = e->task_type;
	t->state = "pending";
	t->max_attempts = e->max_attempts;
	t->msisdn = e->msisdn;
	t->iccid = e->iccid;
	t->imsi = e->imsi;
	t->activation_code = e->activation_code;
	t->offering_id = e->offering_id;
	t->subscription_id = e->subscription_id;
	t->started_at = a->at;
}

static void
on_attempt_failed(struct applying *a, void *row, const void *event)
{
	const struct provisioning_task_attempt_failed *e = event;
	struct task_row *t = row;

	(void)a;
	t->state = "running";
	t->attempts = e->attempts;
	t->last_error = e->last_error;
}

/* completed, failed and stuck have the same fields */
static void
outcome(struct task_row *t, const struct provisioning_task_completed *e, const char *state)
{
	t->state = state;
	t->attempts = e->attempts;
	if (e->max_attempts)
		t->max_attempts = e->max_attempts;
	if (e->last_error)
		t->last_error = e->last_error;
}

static void
on_completed(struct applying *a, void *row, const void *event)
{
	outcome(row, event, "completed");
	((struct task_row *)row)->completed_at = a->at;
}

static void
on_failed(struct applying *a, void *row, const void *event)
{
	(void)a;
	outcome(row, event, "failed");
}

static void
on_stuck(struct applying *a, void *row, const void *event)
{
	(void)a;
	outcome(row, event, "stuck");
}

static void
on_restarted(struct applying *a, void *row, const void *event)
{
	const struct provisioning_task_restarted *e = event;
	struct task_row *t = row;

	t->state = "pending";
	t->attempts = 0;
	if (e->max_attempts)
		t->max_attempts = e->max_attempts;
	t->last_error = e->note ? arena_printf(a->arena, "Resolved by operator: %s", e->note) : NULL;
}

static void
on_cancelled(struct applying *a, void *row, const void *event)
{
	struct task_row *t = row;

	(void)a;
	t->state = "cancelled";
	t->last_error = ((const struct provisioning_task_cancelled *)event)->reason;
}

/* added and changed have the same fields */
static void
on_fault(struct applying *a, void *row, const void *event)
{
	const struct provisioning_fault_injection_added *e = event;
	struct fault_row *f = row;

	(void)a;
	f->task_type = e->task_type;
	f->fault_type = e->fault_type;
	f->probability = e->probability;
	f->enabled = e->enabled;
}

static const struct handler handlers[] = {
	{ &provisioning_task_created_shape,            &task_table,  ROW_NEW,  on_created },
	{ &provisioning_task_attempt_failed_shape,     &task_table,  ROW_HAVE, on_attempt_failed },
	{ &provisioning_task_completed_shape,          &task_table,  ROW_HAVE, on_completed },
	{ &provisioning_task_failed_shape,             &task_table,  ROW_HAVE, on_failed },
	{ &provisioning_task_stuck_shape,              &task_table,  ROW_HAVE, on_stuck },
	{ &provisioning_task_restarted_shape,          &task_table,  ROW_HAVE, on_restarted },
	{ &provisioning_task_cancelled_shape,          &task_table,  ROW_HAVE, on_cancelled },
	{ &provisioning_task_removed_shape,            &task_table,  ROW_DROP, NULL },
	{ &provisioning_fault_injection_added_shape,   &fault_table, ROW_NEW,  on_fault },
	{ &provisioning_fault_injection_changed_shape, &fault_table, ROW_MAKE, on_fault },
	{ 0 }
};

/* ---- queries ---------------------------------------------------------------------------------------------------------- */

static const struct query queries[] = {
	{ &provisioning_list_tasks_shape, QUERY_LIST, NULL, "provisioning", &task_table, { { "service_id", MATCH_EQUAL, "service_id" },
	  { "state", MATCH_EQUAL, "state" } }, ORDER_NEWEST },
	{ &provisioning_get_task_shape, QUERY_ONE, "provisioning_task.not_found", "provisioning", &task_table,
	  { { "task_id", MATCH_EQUAL, "task_id" } } },
	{ &provisioning_list_fault_injection_shape, QUERY_LIST, NULL, "provisioning", &fault_table,
	  { { "task_type", MATCH_EQUAL, "task_type" } }, ORDER_OLDEST },
	{ 0 }
};

const struct projection provisioning_projection = { "provisioning", 1, tables, handlers, queries };
