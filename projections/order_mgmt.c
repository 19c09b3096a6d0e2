/* order_mgmt.c -- the read model of commercial orders. */
#include <string.h>
#include "projections/document.h"
#include "projections/query_memory.h"
#include "projections/tables.h"

#define HREF API_ORDER "productOrder/"
#define HREF_CANCEL API_ORDER "cancelProductOrder/"
#define HREF_OFFERING API_CATALOG "productOffering/"

#define order_row_fields(_, T) \
	_(T, ID, order_id, KEY, "ORD-...") _(T, ID, customer_id, INDEXED, "who orders") _(T, TEXT, state, INDEXED, "") \
	_(T, TEXT, state_reason, OPT, "why it failed or was cancelled") _(T, TEXT, state_message, OPT, "the same for people") \
	_(T, TIME, order_date, OPT, "") _(T, TIME, completed_date, OPT, "end: completed, failed or cancelled") \
	_(T, TEXT, msisdn_preference, OPT, "") _(T, TEXT, notes, OPT, "") _(T, ID, item_id, OPT, "OI-...") _(T, TEXT, item_state, OPT, "") \
	_(T, ID, offering_id, OPT, "none: registered only") _(T, TEXT, offering_name, OPT, "") _(T, MONEY, price, OPT, "of a period, frozen") \
	_(T, ID, price_id, OPT, "") _(T, ID, subscription_id, OPT, "the line") _(T, ID, payment_method_id, OPT, "") \
	_(T, ID, cfs_service_id, OPT, "") _(T, TIME, stuck_flagged_at, OPT, "") _(T, JSON, document, OPT, "uninterpreted TMF622 attributes") \
	_(T, BOOL, scenario, OPT, "")
SHAPE_DECLARE_(order_row, "orders")
SHAPE_DEFINE_(order_row, "orders")

/* an order is cancelled once, so the cancellation has the order's id */
#define cancel_row_fields(_, T) \
	_(T, ID, order_id, KEY, "ORD-...") _(T, TEXT, reason, OPT, "why") _(T, TIME, cancelled_at, OPT, "")
SHAPE_DECLARE_(cancel_row, "cancellations of orders")
SHAPE_DEFINE_(cancel_row, "cancellations of orders")

/* ---- documents -------------------------------------------------------------------------------------------------- */

static void
result_item(struct json *j, const struct order_row *o)
{
	json_object(j);
	json_put(j, "id", o->item_id);
	json_put(j, "action", "add");
	json_put(j, "offeringId", o->offering_id);
	json_put(j, "state", o->item_state);
	json_put(j, "targetSubscriptionId", o->subscription_id);
	if (o->price.currency[0])
		json_put_decimal(j, "priceAmount", o->price);
	else
		json_put(j, "priceAmount", NULL);
	json_put(j, "priceCurrency", o->price.currency[0] ? o->price.currency : NULL);
	json_put(j, "priceOfferingPriceId", o->price_id);
	json_put(j, "discountCode", NULL);
	json_put(j, "promoOfferDefinitionId", NULL);
	json_put(j, "discountType", NULL);
	json_put(j, "discountValue", NULL);
	json_put(j, "discountPeriodsTotal", NULL);
	json_put(j, "promoOfferId", NULL);
	json_object_end(j);
}

static void
order_result(struct json *j, const struct row *r)
{
	const struct order_row *o = r->data;

	json_object(j);
	put_id(j, o->order_id, HREF);
	json_put(j, "customerId", o->customer_id);
	json_put(j, "state", o->state);
	json_put(j, "stateReason", o->state_reason);
	json_put(j, "stateMessage", o->state_message);
	json_put_time(j, "orderDate", o->order_date);
	json_put_time(j, "requestedCompletionDate", 0);
	json_put_time(j, "completedDate", o->completed_date);
	json_put(j, "msisdnPreference", o->msisdn_preference);
	json_put(j, "notes", o->notes);
	json_put(j, "@type", "ProductOrder");
	json_key(j, "items");
	json_array(j);
	if (o->offering_id)
		result_item(j, o);
	json_array_end(j);
	json_object_end(j);
}

static const char *
tmf_state(const char *state)
{
	return state && strcmp(state, "in_progress") == 0 ? "inProgress" : state;
}

/* an item as it was posted, with its state */
static void
posted_item(struct json *j, const struct order_row *o, const struct extras *posted, const cJSON *item)
{
	const cJSON *m;

	json_object(j);
	cJSON_ArrayForEach(m, item)
		if (strcmp(m->string, "state") != 0)
			json_put_raw(j, m->string, json_print(posted->arena, m));
	json_put(j, "state", tmf_state(o->state));
	json_object_end(j);
}

static void
item_price(struct json *j, const struct order_row *o)
{
	json_key(j, "itemPrice");
	json_array(j);
	json_object(j);
	json_put(j, "priceType", "recurring");
	json_put(j, "recurringChargePeriod", "month");
	json_key(j, "price");
	json_object(j);
	json_key(j, "taxIncludedAmount");
	json_object(j);
	json_put(j, "unit", o->price.currency);
	json_put_float(j, "value", o->price);
	json_object_end(j);
	json_object_end(j);
	json_object_end(j);
	json_array_end(j);
}

static void
own_item(struct json *j, const struct order_row *o)
{
	json_object(j);
	json_put(j, "id", o->item_id ? o->item_id : "1");
	json_put(j, "action", "add");
	json_put_int(j, "quantity", 1);
	json_put(j, "state", tmf_state(o->state));
	put_ref(j, "productOffering", o->offering_id, HREF_OFFERING, o->offering_name, NULL);
	if (o->price.currency[0])
		item_price(j, o);
	json_object_end(j);
}

static void
tmf_items(struct json *j, const struct order_row *o, const struct extras *posted)
{
	const cJSON *items = posted->tree ? cJSON_GetObjectItemCaseSensitive(posted->tree, "productOrderItem") : NULL, *item;

	json_key(j, "productOrderItem");
	json_array(j);
	if (cJSON_IsArray(items)) {
		cJSON_ArrayForEach(item, items)
			posted_item(j, o, posted, item);
	} else if (o->offering_id) {
		own_item(j, o);
	}
	json_array_end(j);
}

static void
tmf_parties(struct json *j, const struct order_row *o, const struct extras *posted)
{
	if (extras_put(posted, j, "relatedParty"))
		return;
	json_key(j, "relatedParty");
	json_array(j);
	if (o->customer_id)
		put_party(j, o->customer_id, NULL, "customer");
	json_array_end(j);
}

static void
tmf_notes(struct json *j, const struct order_row *o, const struct extras *posted)
{
	if (extras_put(posted, j, "note") || !o->notes)
		return;
	json_key(j, "note");
	json_array(j);
	json_object(j);
	json_put(j, "text", o->notes);
	json_object_end(j);
	json_array_end(j);
}

static void
tmf_dates(struct json *j, const struct order_row *o)
{
	bool cancelled = o->state && strcmp(o->state, "cancelled") == 0;

	json_put_time_ms(j, "orderDate", o->order_date);
	if (o->completed_date)
		json_put_time_ms(j, cancelled ? "cancellationDate" : "completionDate", o->completed_date);
	if (cancelled && o->state_reason)
		json_put(j, "cancellationReason", o->state_reason);
}

static void
order_tmf(struct json *j, const struct row *r)
{
	static const char *const ours[] = { "id", "href", "state", "orderDate", "completionDate", "cancellationDate",
		"cancellationReason",
		"productOrderItem", "relatedParty", "note", "@type", NULL };
	const struct order_row *o = r->data;
	struct extras posted = extras_open(o->document);

	json_object(j);
	put_id(j, o->order_id, HREF);
	json_put(j, "state", tmf_state(o->state));
	tmf_dates(j, o);
	tmf_items(j, o, &posted);
	tmf_parties(j, o, &posted);
	tmf_notes(j, o, &posted);
	if (!extras_put(&posted, j, "@type"))
		json_put(j, "@type", "ProductOrder");
	extras_rest(&posted, j, ours);
	json_object_end(j);
	extras_close(&posted);
}

static void
cancel_tmf(struct json *j, const struct row *r)
{
	const struct cancel_row *c = r->data;

	json_object(j);
	put_id(j, c->order_id, HREF_CANCEL);
	json_put(j, "state", "done");
	if (c->reason)
		json_put(j, "cancellationReason", c->reason);
	json_put_time_ms(j, "requestedCancellationDate", c->cancelled_at);
	json_put_time_ms(j, "effectiveCancellationDate", c->cancelled_at);
	json_key(j, "productOrder");
	json_object(j);
	put_id(j, c->order_id, HREF);
	json_put(j, "@referredType", "ProductOrder");
	json_object_end(j);
	json_put(j, "@type", "CancelProductOrder");
	json_object_end(j);
}

static const struct tmf_column search[] = { { "id", "order_id" }, { 0 } };
const struct read_table order_table = { "order_mgmt", "product_order", &order_row_shape, .result = order_result, .tmf = order_tmf,
	.resource = "productOrder", .href = HREF, .search = search };
static const struct read_table cancel_table = { "order_mgmt", "cancel_product_order", &cancel_row_shape, .tmf = cancel_tmf,
	.resource = "cancelProductOrder", .href = HREF_CANCEL, .search = search };
static const struct read_table *const tables[] = { &order_table, &cancel_table, NULL };

/* ---- handlers ---------------------------------------------------------------------------------------------------- */

static void
on_acknowledged(struct applying *a, void *row, const void *event)
{
	const struct order_acknowledged *e = event;
	struct order_row *o = row;

	o->customer_id = e->customer_id;
	o->state = "acknowledged";
	o->order_date = a->at;
	o->msisdn_preference = e->msisdn_preference;
	o->notes = e->notes;
	o->item_id = e->item_id;
	o->item_state = "acknowledged";
	o->offering_id = e->offering_id;
	o->offering_name = e->offering_name;
	o->price = e->price;
	o->price_id = e->price_id;
	o->document = e->document;
	o->scenario = a->env->scenario;
}

static void
on_in_progress(struct applying *a, void *row, const void *event)
{
	struct order_row *o = row;

	(void)a;
	o->state = "in_progress";
	o->payment_method_id = ((const struct order_in_progress *)event)->payment_method_id;
}

static void
on_completed(struct applying *a, void *row, const void *event)
{
	const struct order_completed *e = event;
	struct order_row *o = row;

	o->state = o->item_state = "completed";
	o->completed_date = a->at;
	o->subscription_id = e->subscription_id;
	o->cfs_service_id = e->cfs_service_id;
}

static void
on_failed(struct applying *a, void *row, const void *event)
{
	const struct order_failed *e = event;
	struct order_row *o = row;

	o->state = o->item_state = "failed";
	o->completed_date = a->at;
	o->state_reason = e->reason;
	o->state_message = e->message;
}

static void
on_cancelled(struct applying *a, void *row, const void *event)
{
	struct order_row *o = row;

	o->state = "cancelled";
	o->completed_date = a->at;
	o->state_reason = ((const struct order_cancelled *)event)->reason;
}

static void
on_cancellation(struct applying *a, void *row, const void *event)
{
	struct cancel_row *c = row;

	c->reason = ((const struct order_cancelled *)event)->reason;
	c->cancelled_at = a->at;
}

static void
on_stuck(struct applying *a, void *row, const void *event)
{
	(void)event;
	((struct order_row *)row)->stuck_flagged_at = a->at;
}

static void
on_updated(struct applying *a, void *row, const void *event)
{
	const struct order_updated *e = event;
	struct order_row *o = row;

	(void)a;
	o->document = e->document ? e->document : o->document;
	o->notes = e->notes ? e->notes : o->notes;
}

static const struct handler handlers[] = {
	{ &order_acknowledged_shape, &order_table, ROW_NEW,  on_acknowledged },
	{ &order_in_progress_shape,  &order_table, ROW_HAVE, on_in_progress },
	{ &order_completed_shape,    &order_table, ROW_HAVE, on_completed },
	{ &order_failed_shape,       &order_table, ROW_HAVE, on_failed },
	{ &order_cancelled_shape,    &order_table, ROW_HAVE, on_cancelled },
	{ &order_cancelled_shape,    &cancel_table, ROW_MAKE, on_cancellation },
	{ &order_stuck_shape,        &order_table, ROW_HAVE, on_stuck },
	{ &order_updated_shape,      &order_table, ROW_HAVE, on_updated },
	{ &order_removed_shape,      &order_table, ROW_DROP, NULL },
	{ &order_removed_shape,      &cancel_table, ROW_DROP, NULL },
	{ 0 }
};

/* ---- queries ------------------------------------------------------------------------------------------------------ */

static const struct query queries[] = {
	{ &order_get_shape, QUERY_ONE, "order.not_found", "order_mgmt", &order_table, { { "order_id", MATCH_EQUAL, "order_id" } } },
	{ &order_list_shape, QUERY_LIST, NULL, "order_mgmt", &order_table, { { "customer_id", MATCH_EQUAL, "customer_id" },
	  { "state", MATCH_EQUAL, "state" } }, ORDER_NEWEST },
	{ 0 }
};

const struct projection order_mgmt_projection = { "order_mgmt", 2, tables, handlers, queries };
