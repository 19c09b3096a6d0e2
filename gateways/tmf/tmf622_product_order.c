/* tmf622_product_order.c -- TMF622: product orders.
 *
 * A body that names one of our plans on sale and one of our customers is an order, and is submitted at once; any other is
 * registered, kept and never acted upon.  Which of the two it is, the read models know; whether the order may be placed, the
 * core's policies decide. */
#include "gateways/tmf/tmf.h"
#include <string.h>
#include "core/base/json.h"
#include "schemas/registry.h"

#define IDS_MAX 32

static const struct attribute product_order_attributes[] = {
	{ "id", ATTR_TEXT }, { "href", ATTR_TEXT }, { "cancellationDate", ATTR_TEXT },
	{ "cancellationReason", ATTR_TEXT }, { "category", ATTR_TEXT }, { "completionDate", ATTR_TEXT },
	{ "description", ATTR_TEXT }, { "expectedCompletionDate", ATTR_TEXT }, { "externalId", ATTR_TEXT },
	{ "notificationContact", ATTR_TEXT }, { "orderDate", ATTR_TEXT }, { "priority", ATTR_TEXT },
	{ "requestedCompletionDate", ATTR_TEXT }, { "requestedStartDate", ATTR_TEXT },
	{ "agreement", ATTR_LIST }, { "billingAccount", ATTR_OBJECT }, { "channel", ATTR_LIST },
	{ "note", ATTR_LIST }, { "orderTotalPrice", ATTR_LIST }, { "payment", ATTR_LIST },
	{ "productOfferingQualification", ATTR_LIST }, { "productOrderItem", ATTR_LIST },
	{ "quote", ATTR_LIST }, { "relatedParty", ATTR_LIST }, { "state", ATTR_TEXT },
	{ "@baseType", ATTR_TEXT }, { "@schemaLocation", ATTR_TEXT }, { "@type", ATTR_TEXT }, { 0 }
};

struct names { const char *ids[IDS_MAX]; int n; };
struct finding { const char *offering, *customer; };

static void
add_name(struct names *n, const cJSON *id)
{
	if (cJSON_IsString(id) && n->n < IDS_MAX && strlen(id->valuestring) < 64 && !strpbrk(id->valuestring, "{}\"\\,"))
		n->ids[n->n++] = id->valuestring;
}

static const char *
text_array(struct arena *a, const struct names *n)
{
	char *out = arena_strdup(a, "{");

	for (int i = 0; i < n->n; i++)
		out = arena_printf(a, "%s%s\"%s\"", out, i ? "," : "", n->ids[i]);
	return arena_printf(a, "%s}", out);
}

static void
place(struct tmf_call *c, const struct finding *f)
{
	c->state = (void *)(uintptr_t)f;
	c->op = f->offering && f->customer ? &order_create_shape : &order_register_shape;
	tmf_create(c);
}

static void
looked_up(struct job *j, const struct pg_result *rows)
{
	struct finding *f = arena_new_of(j->arena, struct finding);

	for (int i = 0; i < pg_rows(rows); i++) {
		const char **to = *pg_value(rows, i, 0) == 'o' ? &f->offering : &f->customer;
		if (!*to)
			*to = arena_strdup(j->arena, pg_value(rows, i, 1));
	}
	place(tmf_call_of(j), f);
}

static void
look_up(struct job *j)
{
	static const char sql[] = "SELECT 'o', offering_id FROM catalog.offering WHERE tenant_id = $1 AND is_sellable"
	    " AND offering_id = ANY($2::text[]) UNION ALL SELECT 'c', customer_id FROM crm.customer WHERE tenant_id = $1"
	    " AND customer_id = ANY($3::text[])";
	struct tmf_call *c = tmf_call_of(j);
	struct names *found = c->state;
	struct pg_param *p = arena_array(j->arena, struct pg_param, 3);

	p[0] = PG_TEXT(j->claims.tenant);
	p[1] = PG_TEXT(text_array(j->arena, &found[0]));
	p[2] = PG_TEXT(text_array(j->arena, &found[1]));
	job_select(j, "order_whose", sql, 3, p, looked_up);
}

static void
whose_order(struct tmf_call *c)
{
	struct names *found = arena_array(c->r->job.arena, struct names, 2);
	const cJSON *v;

	cJSON_ArrayForEach(v, cJSON_GetObjectItemCaseSensitive(c->body, "productOrderItem"))
		add_name(&found[0], json_path(v, "productOffering.id"));
	cJSON_ArrayForEach(v, cJSON_GetObjectItemCaseSensitive(c->body, "relatedParty"))
		add_name(&found[1], json_path(v, "id"));
	c->state = found;
	if (found[0].n || found[1].n)
		job_reach(&c->r->job, "catalog crm", look_up);
	else
		place(c, arena_new_of(c->r->job.arena, struct finding));
}

/* the number that the customer would like: a characteristic of the product */
static const char *
wished_number(const cJSON *body)
{
	const cJSON *item, *ch;

	cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(body, "productOrderItem"))
		cJSON_ArrayForEach(ch, json_path(item, "product.productCharacteristic")) {
			const char *name = json_text(ch, "name");
			if (name && strcmp(name, "msisdn") == 0)
				return json_text(ch, "value");
		}
	return NULL;
}

static bool
fill_order(struct tmf_call *c, cJSON *args)
{
	const struct finding *f = c->state;
	const char *number = wished_number(c->body);

	if (f->customer)
		cJSON_AddStringToObject(args, "customer_id", f->customer);
	if (c->op != &order_create_shape)
		return true;
	cJSON_AddStringToObject(args, "offering_id", f->offering);
	if (number)
		cJSON_AddStringToObject(args, "msisdn_preference", number);
	return true;
}

/* the only state that a client may set: cancelled, which is a command with rules of its own */
static bool
patch_state(struct tmf_call *c, cJSON *args)
{
	const char *state = json_text(c->body, "state"), *now = json_text(c->current, "state");
	const char *reason = json_text(c->body, "cancellationReason");

	if (!state) {
		if (cJSON_HasObjectItem(args, "document"))
			return true;
		tmf_bad_body(c, PROBLEM_BODY, "The body", "changes nothing");
		return false;
	}
	if (now && strcmp(state, now) == 0) {
		cJSON_DeleteItemFromObjectCaseSensitive(cJSON_GetObjectItemCaseSensitive(args, "document"), "state");
		return true;
	}
	if (strcmp(state, "cancelled") != 0) {
		tmf_bad_body(c, PROBLEM_FIELD, "state", "can be set to cancelled only");
		return false;
	}
	c->op = &order_cancel_shape;
	cJSON_DeleteItemFromObjectCaseSensitive(args, "document");
	if (reason)
		cJSON_AddStringToObject(args, "reason", reason);
	return true;
}

static const struct attribute cancel_product_order_attributes[] = {
	{ "id", ATTR_TEXT }, { "href", ATTR_TEXT }, { "cancellationReason", ATTR_TEXT },
	{ "effectiveCancellationDate", ATTR_TEXT }, { "requestedCancellationDate", ATTR_TEXT },
	{ "productOrder", ATTR_OBJECT }, { "state", ATTR_TEXT }, { "@baseType", ATTR_TEXT },
	{ "@schemaLocation", ATTR_TEXT }, { "@type", ATTR_TEXT }, { 0 }
};
static const struct tmf_map cancel_create[] = { { "productOrder.id", "order_id" }, { "cancellationReason", "reason" }, { 0 } };
static const char *const cancel_required[] = { "productOrder", NULL };
static const char *const required[] = { "productOrderItem", NULL };
static const char *const fixed[] = { "orderDate", "completionDate", "cancellationDate", "productOrderItem", NULL };
static const char *const bases[] = { "/tmf-api/productOrderingManagement/v4", NULL };
static const struct tmf_resource resources[] = {
	{ "productOrder", "ProductOrder", product_order_attributes, &order_register_shape, &order_update_shape, NULL,
	  NULL, NULL, required, fixed, fill_order, patch_state, whose_order },
	{ "cancelProductOrder", "CancelProductOrder", cancel_product_order_attributes, &order_cancel_shape, NULL, NULL,
	  cancel_create, NULL, cancel_required },
	{ 0 }
};
const struct tmf_api tmf622_product_order = { bases, resources };
