/* mediation.c -- the read model of usage records.
 *
 * This is the largest table of all: a row is columns only, and its documents are made when they are read, by SQL (for
 * Postgres) and by the functions here (for memory); a test holds both against each other.  What TMF635 registers without
 * a number is never rated; its document is kept as it was posted. */
#include <stdio.h>
#include <string.h>
#include "projections/document.h"
#include "projections/query_memory.h"
#include "projections/tables.h"

#define HREF      API_USAGE "usage/"
#define HREF_SPEC API_USAGE "usageSpecification/"

#define usage_row_fields(_, T) \
	_(T, ID, usage_id, KEY, "UE-...") _(T, ID, subscription_id, OPT, "") _(T, ID, customer_id, OPT, "") _(T, TEXT, msisdn, OPT, "") \
	_(T, TEXT, event_type, OPT, "data, voice, voice_minutes, sms") _(T, TIME, event_time, OPT, "") _(T, INT, quantity, OPT, "") \
	_(T, TEXT, unit, OPT, "") _(T, TEXT, source, OPT, "") _(T, TEXT, reference, OPT, "the network's") _(T, BOOL, roaming, OPT, "") \
	_(T, TEXT, status, OPT, "rated or received") _(T, TEXT, allowance_type, OPT, "what paid") _(T, INT, served, OPT, "") \
	_(T, INT, unserved, OPT, "nothing was left for it") _(T, TEXT, purchase_id, OPT, "the pass that paid") _(T, ID, offering_id, OPT, "") \
	_(T, TIME, rated_at, OPT, "") _(T, JSON, document, OPT, "a TMF635 body without a number")
#define usage_specification_row_fields(_, T) \
	_(T, ID, usage_specification_id, KEY, "USPEC-...") _(T, TEXT, name, OPT, "") _(T, JSON, document, OPT, "TMF635 attributes") \
	_(T, TIME, last_update, OPT, "")
SHAPE_DECLARE_(usage_row, "usage records")
SHAPE_DECLARE_(usage_specification_row, "usage specifications")
SHAPE_DEFINE_(usage_row, "usage records")
SHAPE_DEFINE_(usage_specification_row, "usage specifications")

/* ---- documents of a usage record, in C and in SQL --------------------------------------------------------------------- */

static void
usage_result(struct json *j, const struct row *r)
{
	const struct usage_row *u = r->data;
	bool rated = strcmp(u->status, "rated") == 0;

	json_object(j);
	put_id(j, u->usage_id, HREF);
	json_put(j, "msisdn", u->msisdn);
	json_put(j, "subscriptionId", u->subscription_id);
	json_put(j, "eventType", u->event_type);
	json_put_time(j, "eventTime", u->event_time);
	json_put_int(j, "quantity", u->quantity);
	json_put(j, "unit", u->unit);
	json_put(j, "source", u->source);
	json_put(j, "rawCdrRef", u->reference);
	json_put_bool(j, "processed", rated);
	json_put(j, "processingError", NULL);
	json_put_bool(j, "roamingIndicator", u->roaming);
	json_put(j, "status", u->status);
	json_put(j, "allowanceType", u->allowance_type);
	json_put_int(j, "consumedQuantity", u->served);
	json_put_int(j, "unserved", u->unserved);
	json_put(j, "@type", "Usage");
	json_object_end(j);
}
static const char result_sql[] =
	"json_build_object('id', usage_id, 'href', '" HREF "' || usage_id, 'msisdn', msisdn, 'subscriptionId', subscription_id,"
	" 'eventType', event_type, 'eventTime', " SQL_TIME("event_time") ", 'quantity', quantity, 'unit', unit, 'source', source,"
	" 'rawCdrRef', reference, 'processed', status = 'rated', 'processingError', NULL, 'roamingIndicator', roaming, 'status', status,"
	" 'allowanceType', allowance_type, 'consumedQuantity', served, 'unserved', unserved, '@type', 'Usage')";

static void
usage_characteristic(struct json *j, const char *name, const char *type, const char *value, int64_t number)
{
	json_object(j);
	json_put(j, "name", name);
	json_put(j, "valueType", type);
	if (strcmp(type, "integer") == 0)
		json_put_int(j, "value", number);
	else
		json_put(j, "value", value);
	json_object_end(j);
}

static void
usage_characteristics(struct json *j, const struct usage_row *u)
{
	json_key(j, "usageCharacteristic");
	json_array(j);
	usage_characteristic(j, "msisdn", "string", u->msisdn, 0);
	usage_characteristic(j, "quantity", "integer", NULL, u->quantity);
	usage_characteristic(j, "unit", "string", u->unit, 0);
	usage_characteristic(j, "allowanceType", "string", u->allowance_type, 0);
	usage_characteristic(j, "consumedQuantity", "integer", NULL, u->served);
	json_array_end(j);
}

static void
rated_usage_tmf(struct json *j, const struct usage_row *u)
{
	json_put_time_ms(j, "usageDate", u->event_time);
	json_put(j, "usageType", u->event_type);
	json_put(j, "status", u->status);
	put_ref(j, "usageSpecification", u->event_type ? u->event_type : "usage", HREF_SPEC, u->event_type, NULL);
	usage_characteristics(j, u);
	json_key(j, "relatedParty");
	json_array(j);
	if (u->customer_id)
		put_party(j, u->customer_id, NULL, "customer");
	json_array_end(j);
	json_put(j, "@type", "Usage");
}

static void
usage_tmf(struct json *j, const struct row *r)
{
	static const char *const ours[] = { "id", "href", "status", "@type", NULL };
	const struct usage_row *u = r->data;
	struct extras posted = extras_open(u->document);

	json_object(j);
	put_id(j, u->usage_id, HREF);
	if (u->document) {
		json_put(j, "status", u->status);
		if (!extras_put(&posted, j, "@type"))
			json_put(j, "@type", "Usage");
		extras_rest(&posted, j, ours);
	} else {
		rated_usage_tmf(j, u);
	}
	json_object_end(j);
	extras_close(&posted);
}
#define SQL_TEXT(name, value)    "jsonb_build_object('name', '" name "', 'valueType', 'string', 'value', " value ")"
#define SQL_NUMBER(name, value)  "jsonb_build_object('name', '" name "', 'valueType', 'integer', 'value', " value ")"
static const char tmf_sql[] =
	"CASE WHEN document IS NOT NULL THEN '{\"@type\":\"Usage\"}'::jsonb || document::jsonb || jsonb_build_object('id', usage_id,"
	" 'href', '" HREF "' || usage_id, 'status', status)"
	" ELSE jsonb_build_object('id', usage_id, 'href', '" HREF "' || usage_id, 'usageDate', " SQL_TIME_MS("event_time") ","
	" 'usageType', event_type, 'status', status, 'usageSpecification', jsonb_strip_nulls(jsonb_build_object("
	" 'id', coalesce(event_type, 'usage'), 'href', '" HREF_SPEC "' || coalesce(event_type, 'usage'), 'name', event_type)),"
	" 'usageCharacteristic', jsonb_build_array(" SQL_TEXT("msisdn", "msisdn") ", " SQL_NUMBER("quantity", "quantity") ", "
	SQL_TEXT("unit", "unit") ", " SQL_TEXT("allowanceType", "allowance_type") ", " SQL_NUMBER("consumedQuantity", "served") "),"
	" 'relatedParty', CASE WHEN customer_id IS NULL THEN '[]'::jsonb ELSE jsonb_build_array(jsonb_build_object('id', customer_id,"
	" 'href', '" API_CUSTOMER "customer/' || customer_id, 'role', 'customer', '@referredType', 'Customer')) END,"
	" '@type', 'Usage') END";

static void
usage_specification_tmf(struct json *j, const struct row *r)
{
	static const char *const ours[] = { "id", "href", "name", "lastUpdate", "@type", NULL };
	const struct usage_specification_row *s = r->data;
	struct extras posted = extras_open(s->document);

	json_object(j);
	put_id(j, s->usage_specification_id, HREF_SPEC);
	json_put(j, "name", s->name);
	json_put_time_ms(j, "lastUpdate", s->last_update);
	if (!extras_put(&posted, j, "@type"))
		json_put(j, "@type", "UsageSpecification");
	extras_rest(&posted, j, ours);
	json_object_end(j);
	extras_close(&posted);
}

static const struct tmf_column usage_search[] = { { "id", "usage_id" }, { "status", "status" },
	{ "usageType", "event_type" }, { 0 } };
static const struct tmf_column specification_search[] = { { "id", "usage_specification_id" }, { "name", "name" }, { 0 } };
const struct read_table usage_table = { "mediation", "usage", &usage_row_shape, .append = true, .result_sql = result_sql,
	.tmf_sql = tmf_sql, .memory_result = usage_result, .memory_tmf = usage_tmf,
	.indexes = { "(subscription_id, event_time)", "(msisdn, event_time)", "(event_time)" }, .resource = "usage", .href = HREF,
	.search = usage_search };
const struct read_table usage_specification_table = { "mediation", "usage_specification", &usage_specification_row_shape,
	.tmf = usage_specification_tmf, .resource = "usageSpecification", .href = HREF_SPEC, .search = specification_search };
static const struct read_table *const tables[] = { &usage_table, &usage_specification_table, NULL };

/* ---- handlers ------------------------------------------------------------------------------------------------------------ */

static void
on_rated(struct applying *a, void *row, const void *event)
{
	const struct usage_rated *e = event;
	struct usage_row *u = row_new(a, &usage_table, e->usage_event_id);

	(void)row;
	u->subscription_id = a->id;
	u->customer_id = a->subject;
	u->msisdn = e->msisdn;
	u->event_type = e->event_type;
	u->event_time = e->event_time;
	u->quantity = e->quantity;
	u->unit = e->unit;
	u->source = e->source;
	u->reference = e->reference;
	u->roaming = e->roaming_indicator;
	u->status = "rated";
	u->allowance_type = e->allowance_type;
	u->served = e->consumed_quantity;
	u->unserved = e->unserved;
	u->purchase_id = e->purchase_id;
	u->offering_id = e->offering_id;
	u->rated_at = a->at;
}

static void
on_received(struct applying *a, void *row, const void *event)
{
	const struct usage_received *e = event;
	struct usage_row *u = row_new(a, &usage_table, a->id);

	(void)row;
	u->status = e->status ? e->status : "received";
	u->event_time = a->at;
	u->document = e->document ? e->document : "{}";
}

static void
on_line_removed(struct applying *a, void *row, const void *event)
{
	(void)row, (void)event;
	rows_drop(a, &usage_table, "subscription_id", a->id);
}

static void
on_specification_added(struct applying *a, void *row, const void *event)
{
	const struct usage_specification_added *e = event;
	struct usage_specification_row *s = row;

	s->name = e->name;
	s->document = e->document;
	s->last_update = a->at;
}

static void
on_specification_updated(struct applying *a, void *row, const void *event)
{
	const struct usage_specification_updated *e = event;
	struct usage_specification_row *s = row;

	s->name = e->name ? e->name : s->name;
	s->document = e->document ? e->document : s->document;
	s->last_update = a->at;
}

static const struct handler handlers[] = {
	{ &usage_rated_shape,                 NULL,         ROW_NONE, on_rated },
	{ &usage_received_shape,              NULL,         ROW_NONE, on_received },
	{ &usage_removed_shape,               &usage_table, ROW_DROP, NULL },
	{ &subscription_removed_shape,        NULL,         ROW_NONE, on_line_removed },
	{ &usage_specification_added_shape,   &usage_specification_table, ROW_NEW,  on_specification_added },
	{ &usage_specification_updated_shape, &usage_specification_table, ROW_HAVE, on_specification_updated },
	{ &usage_specification_removed_shape, &usage_specification_table, ROW_DROP, NULL },
	{ 0 }
};

/* ---- queries -------------------------------------------------------------------------------------------------------------- */

static const struct query queries[] = {
	{ &usage_history_shape, QUERY_LIST, NULL, "mediation", &usage_table, { { "subscription_id", MATCH_EQUAL, "subscription_id" },
	  { "msisdn", MATCH_EQUAL, "msisdn" }, { "event_type", MATCH_EQUAL, "event_type" },
	{ "event_time", MATCH_SINCE, "since" } },
	  ORDER_COLUMN_NEWEST, "event_time" },
	{ &usage_get_shape, QUERY_ONE, "usage.not_found", "mediation", &usage_table, { { "usage_id", MATCH_EQUAL, "usage_id" } } },
	{ 0 }
};

const struct projection mediation_projection = { "mediation", 1, tables, handlers, queries };
