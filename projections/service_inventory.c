/* service_inventory.c -- the read model of service orders and of services, customer- and resource-facing. */
#include <string.h>
#include "projections/document.h"
#include "projections/query_memory.h"
#include "projections/tables.h"

#define HREF_ORDER   API_SERVICE_ORDER "serviceOrder/"
#define HREF_SERVICE API_SERVICE "service/"
#define HREF_SPEC    "/tmf-api/serviceCatalogManagement/v4/serviceSpecification/"

#define service_order_row_fields(_, T) \
	_(T, ID, service_order_id, KEY, "SO-...") _(T, ID, order_id, INDEXED, "commercial order") _(T, ID, customer_id, OPT, "") \
	_(T, ID, offering_id, OPT, "") _(T, TEXT, state, OPT, "") _(T, TEXT, action, OPT, "add or delete") _(T, ID, item_id, OPT, "SOI-...") \
	_(T, ID, cfs_service_id, OPT, "target") _(T, ID, cfs_spec_id, OPT, "") _(T, ID, subscription_id, OPT, "teardown: the line") \
	_(T, TIME, started_at, OPT, "") _(T, TIME, completed_at, OPT, "the end, be it a failure") _(T, TEXT, reason, OPT, "")
#define pending_task_fields(_, T)  _(T, TEXT, task_type, OPT, "") _(T, TEXT, state, OPT, "")
#define service_row_fields(_, T) \
	_(T, ID, service_id, KEY, "SVC-...") _(T, ID, subscription_id, INDEXED, "line it serves") _(T, ID, customer_id, OPT, "") \
	_(T, ID, order_id, OPT, "commercial order") _(T, ID, service_order_id, OPT, "") _(T, ID, offering_id, OPT, "") _(T, ID, spec_id, OPT, "") \
	_(T, TEXT, name, OPT, "") _(T, TEXT, type, OPT, "CFS or RFS") _(T, ID, parent_service_id, OPT, "RFS: the CFS") \
	_(T, TEXTS, children, OPT, "CFS: its RFS") _(T, TEXT, state, OPT, "") _(T, TEXT, category, OPT, "") _(T, TEXT, msisdn, OPT, "") \
	_(T, TEXT, iccid, OPT, "") _(T, TEXT, imsi, OPT, "") _(T, TEXT, activation_code, OPT, "") _(T, LIST, tasks, OF(pending_task), "network tasks") \
	_(T, TEXT, reason, OPT, "why it failed or ended") _(T, TIME, designed_at, OPT, "") _(T, TIME, activated_at, OPT, "") \
	_(T, TIME, terminated_at, OPT, "") _(T, BOOL, registered, OPT, "over TMF638") _(T, JSON, document, OPT, "uninterpreted TMF638 attributes")

SHAPE_DECLARE_(service_order_row, "service orders")
SHAPE_DECLARE_(pending_task, "a network task of a service")
SHAPE_DECLARE_(service_row, "services")
SHAPE_DEFINE_(service_order_row, "service orders")
SHAPE_DEFINE_(pending_task, "a network task of a service")
SHAPE_DEFINE_(service_row, "services")

/* ---- documents: results --------------------------------------------------------------------------------------------- */

static void
service_order_result(struct json *j, const struct row *r)
{
	const struct service_order_row *s = r->data;

	json_object(j);
	put_id(j, s->service_order_id, HREF_ORDER);
	json_put(j, "commercialOrderId", s->order_id);
	json_put(j, "state", s->state);
	json_put(j, "stateReason", s->reason);
	json_put_time(j, "startedAt", s->started_at);
	json_put_time(j, "completedAt", s->completed_at);
	json_key(j, "items");
	json_array(j);
	json_object(j);
	json_put(j, "id", s->item_id);
	json_put(j, "action", s->action ? s->action : "add");
	json_put(j, "serviceSpecId", s->cfs_spec_id);
	json_put(j, "targetServiceId", s->cfs_service_id);
	json_object_end(j);
	json_array_end(j);
	json_put(j, "@type", "ServiceOrder");
	json_object_end(j);
}

static void
characteristics(struct json *j, const struct service_row *s)
{
	const struct pending_task *t = s->tasks.items;

	json_key(j, "characteristics");
	json_object(j);
	if (s->msisdn || s->iccid || s->tasks.n) {
		json_put(j, "msisdn", s->msisdn);
		json_put(j, "iccid", s->iccid);
		json_put(j, "imsi", s->imsi);
		json_put(j, "activationCode", s->activation_code);
		json_key(j, "pendingTasks");
		json_object(j);
		for (int i = 0; i < s->tasks.n; i++)
			json_put(j, t[i].task_type, t[i].state);
		json_object_end(j);
		json_put(j, "commercialOrderId", s->order_id);
		json_put(j, "customerId", s->customer_id);
		json_put(j, "offeringId", s->offering_id);
	}
	json_object_end(j);
}

static void
service_result(struct json *j, const struct row *r)
{
	const struct service_row *s = r->data;

	json_object(j);
	put_id(j, s->service_id, HREF_SERVICE);
	json_put(j, "subscriptionId", s->subscription_id);
	json_put(j, "specId", s->spec_id);
	json_put(j, "type", s->type);
	json_put(j, "parentServiceId", s->parent_service_id);
	json_put(j, "state", s->state);
	characteristics(j, s);
	json_put_time(j, "activatedAt", s->activated_at);
	json_put_time(j, "terminatedAt", s->terminated_at);
	put_texts(j, "children", &s->children);
	json_put(j, "@type", "Service");
	json_object_end(j);
}

/* ---- documents: TMF638 ------------------------------------------------------------------------------------------------ */

static const char *
tmf_state(const struct service_row *s)
{
	static const struct { const char *ours, *theirs; } states[] = { { "feasibility_checked", "feasibilityChecked" },
		{ "activated", "active" }, { "failed", "inactive" }, { NULL, NULL } };

	for (int i = 0; states[i].ours; i++)
		if (!s->registered && s->state && strcmp(s->state, states[i].ours) == 0)
			return states[i].theirs;
	return s->state;
}

static void
characteristic(struct json *j, const char *name, const char *value)
{
	if (!value)
		return;
	json_object(j);
	json_put(j, "name", name);
	json_put(j, "valueType", "string");
	json_put(j, "value", value);
	json_object_end(j);
}

static void
tmf_characteristics(struct json *j, const struct service_row *s)
{
	json_key(j, "serviceCharacteristic");
	json_array(j);
	characteristic(j, "msisdn", s->msisdn);
	characteristic(j, "iccid", s->iccid);
	characteristic(j, "imsi", s->imsi);
	characteristic(j, "offeringId", s->offering_id);
	json_array_end(j);
}

static void
related(struct json *j, const char *type, const char *id)
{
	json_object(j);
	json_put(j, "relationshipType", type);
	put_ref(j, "service", id, HREF_SERVICE, NULL, NULL);
	json_object_end(j);
}

static void
tmf_relationships(struct json *j, const struct service_row *s)
{
	json_key(j, "serviceRelationship");
	json_array(j);
	if (s->parent_service_id)
		related(j, "supports", s->parent_service_id);
	for (int i = 0; i < s->children.n; i++)
		related(j, "reliesOn", s->children.v[i]);
	json_array_end(j);
}

static void
tmf_supporting(struct json *j, const struct service_row *s, const struct extras *posted)
{
	if (!extras_put(posted, j, "supportingService")) {
		json_key(j, "supportingService");
		json_array(j);
		for (int i = 0; i < s->children.n; i++)
			put_ref(j, NULL, s->children.v[i], HREF_SERVICE, NULL, NULL);
		json_array_end(j);
	}
	if (!extras_put(posted, j, "supportingResource")) {
		json_key(j, "supportingResource");
		json_array(j);
		if (s->msisdn)
			put_ref(j, NULL, s->msisdn, "/tmf-api/resourceInventoryManagement/v4/resource/", NULL, NULL);
		if (s->iccid)
			put_ref(j, NULL, s->iccid, "/tmf-api/resourceInventoryManagement/v4/resource/", NULL, NULL);
		json_array_end(j);
	}
}

static void
tmf_specification(struct json *j, const struct service_row *s, const struct extras *posted)
{
	const char *id = s->spec_id ? s->spec_id : "none";

	if (extras_put(posted, j, "serviceSpecification"))
		return;
	json_key(j, "serviceSpecification");
	json_object(j);
	put_id(j, id, HREF_SPEC);
	json_put(j, "name", s->name ? s->name : id);
	json_put(j, "version", "1.0");
	json_object_end(j);
}

static void
tmf_parties(struct json *j, const struct service_row *s, const struct extras *posted)
{
	if (!extras_put(posted, j, "relatedParty")) {
		json_key(j, "relatedParty");
		json_array(j);
		if (s->customer_id)
			put_party(j, s->customer_id, NULL, "user");
		json_array_end(j);
	}
	if (!extras_put(posted, j, "place")) {
		json_key(j, "place");
		json_array(j);
		json_array_end(j);
	}
}

static void
tmf_dates(struct json *j, const struct service_row *s, const struct extras *posted)
{
	if (!extras_put(posted, j, "startDate"))
		json_put_time_ms(j, "startDate", s->activated_at ? s->activated_at : s->designed_at);
	if (!extras_put(posted, j, "endDate") && s->terminated_at)
		json_put_time_ms(j, "endDate", s->terminated_at);
	if (!extras_put(posted, j, "serviceDate"))
		json_put_time_ms(j, "serviceDate", s->designed_at);
}

static void
service_tmf(struct json *j, const struct row *r)
{
	static const char *const ours[] = { "id", "href", "name", "description", "state", "category", "startDate",
		"endDate", "serviceDate",
		"serviceCharacteristic", "serviceRelationship", "supportingService", "supportingResource", "serviceSpecification",
		"relatedParty", "place", "@type", NULL };
	const struct service_row *s = r->data;
	struct extras posted = extras_open(s->document);
	const char *name = s->name ? s->name : s->spec_id ? s->spec_id : s->service_id;

	json_object(j);
	put_id(j, s->service_id, HREF_SERVICE);
	json_put(j, "name", name);
	if (!extras_put(&posted, j, "description"))
		json_put(j, "description", name);
	json_put(j, "state", tmf_state(s));
	json_put(j, "category", s->category ? s->category : s->type ? s->type : "service");
	tmf_dates(j, s, &posted);
	if (!extras_put(&posted, j, "serviceCharacteristic"))
		tmf_characteristics(j, s);
	if (!extras_put(&posted, j, "serviceRelationship"))
		tmf_relationships(j, s);
	tmf_supporting(j, s, &posted);
	tmf_specification(j, s, &posted);
	tmf_parties(j, s, &posted);
	if (!extras_put(&posted, j, "@type"))
		json_put(j, "@type", "Service");
	extras_rest(&posted, j, ours);
	json_object_end(j);
	extras_close(&posted);
}

static const struct tmf_column search[] = { { "id", "service_id" }, { 0 } };
const struct read_table service_order_table = { "service_inventory", "service_order", &service_order_row_shape,
	.result = service_order_result };
const struct read_table service_table = { "service_inventory", "service", &service_row_shape, .result = service_result,
	.tmf = service_tmf, .resource = "service", .href = HREF_SERVICE, .search = search };
static const struct read_table *const tables[] = { &service_order_table, &service_table, NULL };

/* ---- handlers: service orders --------------------------------------------------------------------------------------------- */

static void
on_order_in_progress(struct applying *a, void *row, const void *event)
{
	const struct service_order_in_progress *e = event;
	struct service_order_row *s = row;

	s->order_id = e->order_id;
	s->customer_id = e->customer_id;
	s->offering_id = e->offering_id;
	s->state = "in_progress";
	s->action = e->action;
	s->item_id = e->item_id;
	s->cfs_service_id = e->cfs_service_id;
	s->cfs_spec_id = e->cfs_spec_id;
	s->subscription_id = e->subscription_id;
	s->started_at = a->at;
}

static void
on_order_acknowledged(struct applying *a, void *row, const void *event)
{
	const struct service_order_acknowledged *e = event;
	struct service_order_row *s = row;

	(void)a;
	s->order_id = e->order_id;
	s->customer_id = e->customer_id;
	s->offering_id = e->offering_id;
	s->state = "acknowledged";
	s->action = e->action;
	s->item_id = e->item_id;
	s->cfs_spec_id = e->cfs_spec_id;
}

static void
order_ends(struct applying *a, struct service_order_row *s, const char *state, const char *reason)
{
	s->state = state;
	s->reason = reason;
	s->completed_at = a->at;
}

static void
on_order_completed(struct applying *a, void *row, const void *event)
{
	(void)event;
	order_ends(a, row, "completed", NULL);
}

static void
on_order_failed(struct applying *a, void *row, const void *event)
{
	order_ends(a, row, "failed", ((const struct service_order_failed *)event)->reason);
}

static void
on_order_cancelled(struct applying *a, void *row, const void *event)
{
	order_ends(a, row, "cancelled", ((const struct service_order_cancelled *)event)->reason);
}

/* ---- handlers: services ------------------------------------------------------------------------------------------------------ */

static void
on_designed(struct applying *a, void *row, const void *event)
{
	const struct service_designed *e = event;
	struct service_row *s = row, *parent = row_get(a, &service_table, e->parent_service_id);

	s->customer_id = e->customer_id;
	s->order_id = e->order_id;
	s->service_order_id = e->service_order_id;
	s->offering_id = e->offering_id;
	s->spec_id = e->spec_id;
	s->name = e->name;
	s->type = e->type;
	s->category = e->type;
	s->parent_service_id = e->parent_service_id;
	s->state = "designed";
	s->designed_at = a->at;
	if (parent)
		texts_add(a->arena, &parent->children, s->service_id);
}

static void
on_reserved(struct applying *a, void *row, const void *event)
{
	const struct service_reserved *e = event;
	struct service_row *s = row;

	(void)a;
	s->state = "reserved";
	s->msisdn = e->msisdn;
	s->iccid = e->iccid;
	s->imsi = e->imsi;
	s->activation_code = e->activation_code;
}

static void
on_activated(struct applying *a, void *row, const void *event)
{
	struct service_row *s = row;

	(void)event;
	s->state = "activated";
	s->activated_at = a->at;
}

static void
on_linked(struct applying *a, void *row, const void *event)
{
	(void)a;
	((struct service_row *)row)->subscription_id = ((const struct service_linked *)event)->subscription_id;
}

static void
on_failed(struct applying *a, void *row, const void *event)
{
	struct service_row *s = row;

	(void)a;
	s->state = "failed";
	s->reason = ((const struct service_failed *)event)->reason;
}

static void
on_terminated(struct applying *a, void *row, const void *event)
{
	struct service_row *s = row;

	s->state = "terminated";
	s->reason = ((const struct service_terminated *)event)->reason;
	s->terminated_at = a->at;
}

static void
on_registered(struct applying *a, void *row, const void *event)
{
	const struct service_registered *e = event;
	struct service_row *s = row;

	s->registered = true;
	s->name = e->name;
	s->state = e->state;
	s->category = e->category;
	s->document = e->document;
	s->designed_at = a->at;
}

static void
on_updated(struct applying *a, void *row, const void *event)
{
	const struct service_updated *e = event;
	struct service_row *s = row;

	(void)a;
	s->name = e->name ? e->name : s->name;
	s->state = e->state ? e->state : s->state;
	s->document = e->document ? e->document : s->document;
}

/* ---- handlers: network tasks of a service ------------------------------------------------------------------------ */

static void
task_is(struct applying *a, const char *service_id, const char *type, const char *state)
{
	struct service_row *s = type ? row_get(a, &service_table, service_id) : NULL;
	struct pending_task *t = s ? s->tasks.items : NULL;

	if (!s)
		return;
	for (int i = 0; i < s->tasks.n; i++)
		if (strcmp(t[i].task_type, type) == 0) {
			t[i].state = state;
			return;
		}
	*(struct pending_task *)list_add(a, &s->tasks, &pending_task_shape) = (struct pending_task){ type, state };
}

static void
on_task_created(struct applying *a, void *row, const void *event)
{
	const struct provisioning_task_created *e = event;

	(void)row;
	task_is(a, e->service_id, e->task_type, "pending");
}

static void
on_task_restarted(struct applying *a, void *row, const void *event)
{
	const struct provisioning_task_restarted *e = event;

	(void)row;
	task_is(a, e->service_id, e->task_type, "pending");
}

static void
on_task_completed(struct applying *a, void *row, const void *event)
{
	const struct provisioning_task_completed *e = event;

	(void)row;
	task_is(a, e->service_id, e->task_type, "completed");
}

static void
on_task_failed(struct applying *a, void *row, const void *event)
{
	const struct provisioning_task_failed *e = event;

	(void)row;
	task_is(a, e->service_id, e->task_type, "failed");
}

static void
on_task_stuck(struct applying *a, void *row, const void *event)
{
	const struct provisioning_task_stuck *e = event;

	(void)row;
	task_is(a, e->service_id, e->task_type, "stuck");
}

static const struct handler handlers[] = {
	{ &service_order_in_progress_shape, &service_order_table, ROW_NEW,  on_order_in_progress },
	{ &service_order_acknowledged_shape, &service_order_table, ROW_NEW, on_order_acknowledged },
	{ &service_order_completed_shape,   &service_order_table, ROW_HAVE, on_order_completed },
	{ &service_order_failed_shape,      &service_order_table, ROW_HAVE, on_order_failed },
	{ &service_order_cancelled_shape,   &service_order_table, ROW_HAVE, on_order_cancelled },
	{ &service_order_removed_shape,     &service_order_table, ROW_DROP, NULL },
	{ &service_designed_shape,          &service_table, ROW_NEW,  on_designed },
	{ &service_reserved_shape,          &service_table, ROW_HAVE, on_reserved },
	{ &service_activated_shape,         &service_table, ROW_HAVE, on_activated },
	{ &service_linked_shape,            &service_table, ROW_HAVE, on_linked },
	{ &service_failed_shape,            &service_table, ROW_HAVE, on_failed },
	{ &service_terminated_shape,        &service_table, ROW_HAVE, on_terminated },
	{ &service_registered_shape,        &service_table, ROW_NEW,  on_registered },
	{ &service_updated_shape,           &service_table, ROW_HAVE, on_updated },
	{ &service_removed_shape,           &service_table, ROW_DROP, NULL },
	{ &provisioning_task_created_shape,   NULL, ROW_NONE, on_task_created },
	{ &provisioning_task_restarted_shape, NULL, ROW_NONE, on_task_restarted },
	{ &provisioning_task_completed_shape, NULL, ROW_NONE, on_task_completed },
	{ &provisioning_task_failed_shape,    NULL, ROW_NONE, on_task_failed },
	{ &provisioning_task_stuck_shape,     NULL, ROW_NONE, on_task_stuck },
	{ 0 }
};

/* ---- queries ----------------------------------------------------------------------------------------------------- */

static const struct query queries[] = {
	{ &service_order_get_shape, QUERY_ONE, "service_order.not_found", "service_inventory", &service_order_table,
	  { { "service_order_id", MATCH_EQUAL, "service_order_id" } } },
	{ &service_order_list_for_order_shape, QUERY_LIST, NULL, "service_inventory", &service_order_table,
	  { { "order_id", MATCH_EQUAL, "commercial_order_id" } }, ORDER_OLDEST },
	{ &service_get_shape, QUERY_ONE, "service.not_found", "service_inventory", &service_table,
	  { { "service_id", MATCH_EQUAL, "service_id" } } },
	{ &service_list_for_subscription_shape, QUERY_LIST, NULL, "service_inventory", &service_table,
	  { { "subscription_id", MATCH_EQUAL, "subscription_id" } }, ORDER_OLDEST },
	{ 0 }
};

const struct projection service_inventory_projection = { "service_inventory", 2, tables, handlers, queries };
