/* inventory.c -- the read model of the two pools that a line needs: numbers and eSIM profiles. */
#include <stdio.h>
#include <string.h>
#include "projections/document.h"
#include "projections/query_memory.h"
#include "projections/tables.h"

/* ---- rows -------------------------------------------------------------------------------------------------- */

#define msisdn_row_fields(_, T) \
	_(T, ID, msisdn, KEY, "the number") _(T, TEXT, status, OPT, "available, reserved, assigned, quarantine, ported_out") \
	_(T, TIME, reserved_at, OPT, "") _(T, TIME, reserved_until, OPT, "soft hold until") _(T, TEXT, reserved_for, OPT, "order") \
	_(T, ID, assigned_to_subscription_id, OPT, "") _(T, ID, customer_id, OPT, "") _(T, ID, iccid, OPT, "") _(T, TIME, quarantine_until, OPT, "")
#define esim_row_fields(_, T) \
	_(T, ID, iccid, KEY, "ICCID") _(T, TEXT, imsi, OPT, "") _(T, TEXT, ki_ref, OPT, "reference to the HSM slot") \
	_(T, TEXT, profile_state, OPT, "available, reserved, downloaded, activated, suspended, recycled") _(T, TEXT, smdp_server, OPT, "") \
	_(T, TEXT, matching_id, OPT, "") _(T, TEXT, activation_code, OPT, "") _(T, ID, assigned_msisdn, OPT, "") \
	_(T, ID, assigned_to_subscription_id, OPT, "") _(T, TEXT, reserved_for, OPT, "order") _(T, TIME, reserved_at, OPT, "") \
	_(T, TIME, downloaded_at, OPT, "") _(T, TIME, activated_at, OPT, "")

SHAPE_DECLARE_(msisdn_row, "numbers")
SHAPE_DECLARE_(esim_row, "eSIM profiles")
SHAPE_DEFINE_(msisdn_row, "numbers")
SHAPE_DEFINE_(esim_row, "eSIM profiles")

/* ---- documents -------------------------------------------------------------------------------------------------- */

static void
msisdn_result(struct json *j, const struct row *r)
{
	const struct msisdn_row *m = r->data;

	json_object(j);
	json_put(j, "msisdn", m->msisdn);
	json_put(j, "status", m->status);
	json_put_time(j, "reserved_at", m->reserved_at);
	json_put(j, "assigned_to_subscription_id", m->assigned_to_subscription_id);
	json_object_end(j);
}

static void
esim_result(struct json *j, const struct row *r)
{
	const struct esim_row *e = r->data;

	json_object(j);
	json_put(j, "iccid", e->iccid);
	json_put(j, "imsi", e->imsi);
	json_put(j, "profile_state", e->profile_state);
	json_put(j, "smdp_server", e->smdp_server);
	json_put(j, "assigned_msisdn", e->assigned_msisdn);
	json_put(j, "assigned_to_subscription_id", e->assigned_to_subscription_id);
	json_put_time(j, "reserved_at", e->reserved_at);
	json_put_time(j, "downloaded_at", e->downloaded_at);
	json_put_time(j, "activated_at", e->activated_at);
	json_object_end(j);
}

const struct read_table msisdn_table = { "inventory", "msisdn", &msisdn_row_shape, .result = msisdn_result,
	.indexes = { "(tenant_id, status, msisdn)" } };
const struct read_table esim_table = { "inventory", "esim", &esim_row_shape, .result = esim_result,
	.indexes = { "(tenant_id, profile_state, iccid)" } };
static const struct read_table *const tables[] = { &msisdn_table, &esim_table, NULL };

/* ---- handlers: numbers ---------------------------------------------------------------------------------------------- */

static void
on_range_added(struct applying *a, void *row, const void *event)
{
	const struct inventory_msisdn_range_added *e = event;
	const char **numbers = arena_array(a->arena, const char *, e->count + 1);

	(void)row;
	for (int64_t i = 0; i < e->count; i++)
		numbers[i] = arena_printf(a->arena, "%s%04lld", e->prefix, (long long)i);
	rows_fetch(a, &msisdn_table, numbers, (int)e->count);
	for (int64_t i = 0; i < e->count && !a->err->kind; i++)
		if (!row_see(a, &msisdn_table, numbers[i]))
			((struct msisdn_row *)row_new(a, &msisdn_table, numbers[i]))->status = "available";
}

static void
on_reserved(struct applying *a, void *row, const void *event)
{
	const struct inventory_msisdn_reserved *e = event;
	struct msisdn_row *m = row;

	m->status = "reserved";
	m->reserved_at = a->at;
	m->reserved_until = e->reserved_until;
	m->reserved_for = e->reserved_for;
	m->customer_id = e->customer_id;
}

static void
on_assigned(struct applying *a, void *row, const void *event)
{
	const struct inventory_msisdn_assigned *e = event;
	struct msisdn_row *m = row;

	(void)a;
	m->status = "assigned";
	m->assigned_to_subscription_id = e->subscription_id;
	m->customer_id = e->customer_id;
	m->iccid = e->iccid;
	m->reserved_until = 0;
}

static void
on_released(struct applying *a, void *row, const void *event)
{
	const struct inventory_msisdn_released *e = event;
	struct msisdn_row *m = row;

	(void)a;
	*m = (struct msisdn_row){ .msisdn = m->msisdn, .status = e->quarantine_until ? "quarantine" : "available",
		.quarantine_until = e->quarantine_until };
}

static void
on_quarantine_ended(struct applying *a, void *row, const void *event)
{
	struct msisdn_row *m = row;

	(void)a, (void)event;
	m->status = "available";
	m->quarantine_until = 0;
}

/* ---- handlers: eSIM profiles ------------------------------------------------------------------------------------------- */

static void
add_profile(struct applying *a, const struct esim_profile *p)
{
	struct esim_row *e;

	if (row_see(a, &esim_table, p->iccid))
		return;
	e = row_new(a, &esim_table, p->iccid);
	e->imsi = p->imsi;
	e->ki_ref = p->ki_ref;
	e->profile_state = "available";
	e->smdp_server = p->smdp_server;
	e->matching_id = p->matching_id;
	e->activation_code = p->activation_code;
}

static void
on_batch_added(struct applying *a, void *row, const void *event)
{
	const struct inventory_esim_batch_added *e = event;
	const struct esim_profile *p = e->profiles.items;
	const char **iccids = arena_array(a->arena, const char *, e->profiles.n + 1);

	(void)row;
	for (int i = 0; i < e->profiles.n; i++)
		iccids[i] = p[i].iccid;
	rows_fetch(a, &esim_table, iccids, e->profiles.n);
	for (int i = 0; i < e->profiles.n && !a->err->kind; i++)
		add_profile(a, &p[i]);
}

static void
on_esim_reserved(struct applying *a, void *row, const void *event)
{
	struct esim_row *e = row;

	e->profile_state = "reserved";
	e->reserved_at = a->at;
	e->reserved_for = ((const struct inventory_esim_reserved *)event)->reserved_for;
}

static void
on_bound(struct applying *a, void *row, const void *event)
{
	const struct inventory_esim_msisdn_bound *b = event;
	struct esim_row *e = row;

	(void)a;
	e->assigned_msisdn = b->msisdn;
	if (b->subscription_id)
		e->assigned_to_subscription_id = b->subscription_id;
}

static void
on_esim_released(struct applying *a, void *row, const void *event)
{
	struct esim_row *e = row;

	(void)a, (void)event;
	e->profile_state = "available";
	e->reserved_at = e->downloaded_at = e->activated_at = 0;
	e->reserved_for = e->assigned_msisdn = e->assigned_to_subscription_id = NULL;
}

static void
on_downloaded(struct applying *a, void *row, const void *event)
{
	(void)event;
	((struct esim_row *)row)->profile_state = "downloaded";
	((struct esim_row *)row)->downloaded_at = a->at;
}

static void
on_activated(struct applying *a, void *row, const void *event)
{
	(void)event;
	((struct esim_row *)row)->profile_state = "activated";
	((struct esim_row *)row)->activated_at = a->at;
}

static void
on_suspended(struct applying *a, void *row, const void *event)
{
	(void)a, (void)event;
	((struct esim_row *)row)->profile_state = "suspended";
}

static void
on_recycled(struct applying *a, void *row, const void *event)
{
	(void)a, (void)event;
	((struct esim_row *)row)->profile_state = "recycled";
}

static const struct handler handlers[] = {
	{ &inventory_msisdn_range_added_shape,      NULL,          ROW_NONE, on_range_added },
	{ &inventory_msisdn_reserved_shape,         &msisdn_table, ROW_MAKE, on_reserved },
	{ &inventory_msisdn_assigned_shape,         &msisdn_table, ROW_MAKE, on_assigned },
	{ &inventory_msisdn_released_shape,         &msisdn_table, ROW_MAKE, on_released },
	{ &inventory_msisdn_quarantine_ended_shape, &msisdn_table, ROW_MAKE, on_quarantine_ended },
	{ &inventory_esim_batch_added_shape,        NULL,          ROW_NONE, on_batch_added },
	{ &inventory_esim_reserved_shape,           &esim_table,   ROW_MAKE, on_esim_reserved },
	{ &inventory_esim_msisdn_bound_shape,       &esim_table,   ROW_MAKE, on_bound },
	{ &inventory_esim_released_shape,           &esim_table,   ROW_MAKE, on_esim_released },
	{ &inventory_esim_downloaded_shape,         &esim_table,   ROW_MAKE, on_downloaded },
	{ &inventory_esim_activated_shape,          &esim_table,   ROW_MAKE, on_activated },
	{ &inventory_esim_suspended_shape,          &esim_table,   ROW_MAKE, on_suspended },
	{ &inventory_esim_recycled_shape,           &esim_table,   ROW_MAKE, on_recycled },
	{ 0 }
};

/* ---- queries ---------------------------------------------------------------------------------------------------------------- */

static void
count_in_memory(struct memory_query *q)
{
	static const char *const states[] = { "available", "reserved", "assigned", "quarantine", "ported_out" };
	const char *prefix = memory_text(q, "prefix");
	int64_t counts[5] = { 0 }, total = 0;
	int n;
	const struct row **rows = memory_rows(q, &msisdn_table, &n);
	struct json j = json_to(q->out);

	for (int i = 0; i < n; i++) {
		const struct msisdn_row *m = rows[i]->data;

		if (prefix && strncmp(m->msisdn, prefix, strlen(prefix)) != 0)
			continue;
		total++;
		for (int s = 0; s < 5; s++)
			counts[s] += m->status && strcmp(m->status, states[s]) == 0;
	}
	json_object(&j);
	for (int s = 0; s < 5; s++)
		json_put_int(&j, states[s], counts[s]);
	json_put_int(&j, "total", total);
	json_put(&j, "prefix", prefix);
	json_object_end(&j);
}

static void
activation_in_memory(struct memory_query *q)
{
	const struct row *r = memory_find(q, &esim_table, memory_text(q, "iccid"));
	const struct esim_row *e = r ? r->data : NULL;
	struct json j = json_to(q->out);

	if (!e)
		return;
	json_object(&j);
	json_put(&j, "iccid", e->iccid);
	json_put(&j, "imsi", e->imsi);
	json_put(&j, "activation_code", e->activation_code);
	json_put(&j, "smdp_server", e->smdp_server);
	json_put(&j, "matching_id", e->matching_id);
	json_object_end(&j);
}

const char *
esim_imsi(const struct row *r)
{
	return ((const struct esim_row *)r->data)->imsi;
}

const char *
esim_activation_code(const struct row *r)
{
	return ((const struct esim_row *)r->data)->activation_code;
}

#define COUNT(state)  "'" state "', count(*) FILTER (WHERE m.status = '" state "')"
static const struct query queries[] = {
	{ &inventory_msisdn_list_available_shape, QUERY_LIST, NULL, "inventory", &msisdn_table, { { "status", MATCH_EQUAL, "status" },
	  { "msisdn", MATCH_BEGINS, "prefix" } }, ORDER_COLUMN, "msisdn" },
	{ &inventory_msisdn_get_shape, QUERY_ONE, "msisdn.not_found", "inventory", &msisdn_table, { { "msisdn", MATCH_EQUAL, "msisdn" } } },
	{ &inventory_msisdn_count_shape, QUERY_ONE, NULL, "inventory", .args = "prefix", .memory = count_in_memory, .sql =
	  "SELECT json_build_object(" COUNT("available") ", " COUNT("reserved") ", " COUNT("assigned") ", " COUNT("quarantine") ", "
	  COUNT("ported_out") ", 'total', count(*), 'prefix', $2::text) FROM inventory.msisdn m"
	  " WHERE m.tenant_id = $1 AND ($2::text IS NULL OR starts_with(m.msisdn, $2::text))" },
	{ &inventory_esim_list_available_shape, QUERY_LIST, NULL, "inventory", &esim_table,
	  { { "profile_state", MATCH_EQUAL, "status" } }, ORDER_COLUMN, "iccid" },
	{ &inventory_esim_get_shape, QUERY_ONE, "esim.not_found", "inventory", &esim_table, { { "iccid", MATCH_EQUAL, "iccid" } } },
	{ &inventory_esim_get_activation_shape, QUERY_ONE, "esim.not_found", "inventory", .args = "iccid", .memory = activation_in_memory,
	  .sql = "SELECT json_build_object('iccid', iccid, 'imsi', imsi, 'activation_code', activation_code, 'smdp_server', smdp_server,"
	  " 'matching_id', matching_id) FROM inventory.esim WHERE tenant_id = $1 AND iccid = $2" },
	{ 0 }
};

const struct projection inventory_projection = { "inventory", 1, tables, handlers, queries };
