/* payment.c -- the read model of cards on file and of charges.
 *
 * The provider's token is not kept here: nobody who reads needs it, and what is not there cannot leak. */
#include <string.h>
#include "projections/document.h"
#include "projections/query_memory.h"
#include "projections/tables.h"

#define HREF_METHOD  "/tmf-api/paymentMethodManagement/v4/paymentMethod/"
#define HREF_PAYMENT "/tmf-api/paymentManagement/v4/payment/"

#define payment_method_row_fields(_, T) \
	_(T, ID, payment_method_id, KEY, "PM-...") _(T, ID, customer_id, INDEXED, "owner") _(T, TEXT, type, OPT, "card") \
	_(T, TEXT, token_provider, OPT, "mock or stripe") _(T, TEXT, brand, OPT, "") _(T, TEXT, last4, OPT, "") _(T, INT, exp_month, OPT, "") \
	_(T, INT, exp_year, OPT, "") _(T, BOOL, is_default, OPT, "") _(T, TEXT, status, OPT, "active, expired, removed") \
	_(T, TIME, created_at, OPT, "")
#define payment_attempt_row_fields(_, T) \
	_(T, ID, payment_attempt_id, KEY, "PAY-...") _(T, ID, customer_id, INDEXED, "who pays") _(T, ID, payment_method_id, INDEXED, "") \
	_(T, MONEY, amount, OPT, "") _(T, TEXT, purpose, OPT, "activation, renewal, vas, manual") \
	_(T, TEXT, status, OPT, "pending, approved, declined, errored, refunding, refunded") _(T, TEXT, gateway_ref, OPT, "") \
	_(T, TEXT, provider_call_id, OPT, "") _(T, TEXT, decline_code, OPT, "") _(T, TEXT, decline_reason, OPT, "") _(T, ID, order_id, OPT, "") \
	_(T, ID, subscription_id, OPT, "") _(T, ID, vas_offering_id, OPT, "") _(T, TIME, attempted_at, OPT, "") _(T, TIME, answered_at, OPT, "") \
	_(T, TEXT, refund_reason, OPT, "") _(T, TEXT, refund_call_id, OPT, "the refund at the provider")

SHAPE_DECLARE_(payment_method_row, "cards on file")
SHAPE_DECLARE_(payment_attempt_row, "charges")
SHAPE_DEFINE_(payment_method_row, "cards on file")
SHAPE_DEFINE_(payment_attempt_row, "charges")

/* ---- documents -------------------------------------------------------------------------------------------------- */

static void
method_result(struct json *j, const struct row *r)
{
	const struct payment_method_row *m = r->data;

	json_object(j);
	put_id(j, m->payment_method_id, HREF_METHOD);
	json_put(j, "customerId", m->customer_id);
	json_put(j, "type", m->type);
	json_put(j, "tokenizationProvider", m->token_provider);
	json_put(j, "providerToken", NULL);
	json_key(j, "cardSummary");
	json_object(j);
	json_put(j, "brand", m->brand ? m->brand : "unknown");
	json_put(j, "last4", m->last4);
	json_put_int(j, "expMonth", m->exp_month);
	json_put_int(j, "expYear", m->exp_year);
	json_put(j, "country", NULL);
	json_object_end(j);
	json_put_bool(j, "isDefault", m->is_default);
	json_put(j, "status", m->status);
	json_put_time(j, "createdAt", m->created_at);
	json_put(j, "@type", "PaymentMethod");
	json_object_end(j);
}

static void
attempt_result(struct json *j, const struct row *r)
{
	const struct payment_attempt_row *p = r->data;

	json_object(j);
	put_id(j, p->payment_attempt_id, HREF_PAYMENT);
	json_put(j, "customerId", p->customer_id);
	json_put(j, "paymentMethodId", p->payment_method_id);
	json_put_decimal(j, "amount", p->amount);
	json_put(j, "currency", p->amount.currency);
	json_put(j, "purpose", p->purpose);
	json_put(j, "status", p->status);
	json_put(j, "gatewayRef", p->gateway_ref);
	json_put(j, "declineReason", p->decline_reason);
	json_put_time(j, "attemptedAt", p->attempted_at);
	json_put(j, "@type", "Payment");
	json_object_end(j);
}

const struct read_table payment_method_table = { "payment", "payment_method", &payment_method_row_shape, .result = method_result };
const struct read_table payment_attempt_table = { "payment", "payment_attempt", &payment_attempt_row_shape,
	.result = attempt_result };
static const struct read_table *const tables[] = { &payment_method_table, &payment_attempt_table, NULL };

/* ---- handlers ------------------------------------------------------------------------------------------------------ */

static void
on_added(struct applying *a, void *row, const void *event)
{
	const struct payment_method_added *e = event;
	struct payment_method_row *m = row;

	m->customer_id = e->customer_id;
	m->type = e->type;
	m->token_provider = e->token_provider;
	m->brand = e->brand;
	m->last4 = e->last4;
	m->exp_month = e->exp_month;
	m->exp_year = e->exp_year;
	m->is_default = e->is_default;
	m->status = "active";
	m->created_at = a->at;
}

static void
on_default_changed(struct applying *a, void *row, const void *event)
{
	const struct payment_method_default_changed *e = event;
	struct payment_method_row *old = row_get(a, &payment_method_table, e->previous_id);

	if (old)
		old->is_default = false;
	((struct payment_method_row *)row)->is_default = true;
}

static void
leaves(void *row, const char *status)
{
	struct payment_method_row *m = row;

	m->status = status;
	m->is_default = false;
}

static void
on_removed(struct applying *a, void *row, const void *event)
{
	(void)a, (void)event;
	leaves(row, "removed");
}

static void
on_cutover(struct applying *a, void *row, const void *event)
{
	(void)a, (void)event;
	leaves(row, "expired");
}

static void
on_charge_requested(struct applying *a, void *row, const void *event)
{
	const struct payment_charge_requested *e = event;
	struct payment_attempt_row *p = row;

	p->customer_id = e->customer_id;
	p->payment_method_id = e->payment_method_id;
	p->amount = e->amount;
	p->purpose = e->purpose;
	p->status = "pending";
	p->order_id = e->order_id;
	p->subscription_id = e->subscription_id;
	p->vas_offering_id = e->vas_offering_id;
	p->attempted_at = a->at;
}

/* charged, declined and errored have the same fields */
static void
answered(struct applying *a, struct payment_attempt_row *p, const struct payment_charged *e, const char *status)
{
	p->status = status;
	p->gateway_ref = e->gateway_ref;
	p->provider_call_id = e->provider_call_id;
	p->decline_code = e->decline_code;
	p->decline_reason = e->decline_reason;
	p->answered_at = a->at;
}

static void
on_charged(struct applying *a, void *row, const void *event)
{
	answered(a, row, event, "approved");
}

static void
on_declined(struct applying *a, void *row, const void *event)
{
	answered(a, row, event, "declined");
}

static void
on_errored(struct applying *a, void *row, const void *event)
{
	answered(a, row, event, "errored");
}

static void
on_refund_requested(struct applying *a, void *row, const void *event)
{
	struct payment_attempt_row *p = row;

	(void)a;
	p->status = "refunding";
	p->refund_reason = ((const struct payment_refund_requested *)event)->reason;
}

static void
on_refunded(struct applying *a, void *row, const void *event)
{
	struct payment_attempt_row *p = row;

	(void)a;
	p->status = "refunded";
	p->refund_call_id = ((const struct payment_refunded *)event)->provider_call_id;
}

static void
on_refund_failed(struct applying *a, void *row, const void *event)
{
	(void)a, (void)event;
	((struct payment_attempt_row *)row)->status = "approved";
}

static const struct handler handlers[] = {
	{ &payment_method_added_shape,               &payment_method_table,  ROW_NEW,  on_added },
	{ &payment_method_default_changed_shape,     &payment_method_table,  ROW_HAVE, on_default_changed },
	{ &payment_method_removed_shape,             &payment_method_table,  ROW_HAVE, on_removed },
	{ &payment_method_cutover_invalidated_shape, &payment_method_table,  ROW_HAVE, on_cutover },
	{ &payment_charge_requested_shape,           &payment_attempt_table, ROW_NEW,  on_charge_requested },
	{ &payment_charged_shape,                    &payment_attempt_table, ROW_HAVE, on_charged },
	{ &payment_declined_shape,                   &payment_attempt_table, ROW_HAVE, on_declined },
	{ &payment_errored_shape,                    &payment_attempt_table, ROW_HAVE, on_errored },
	{ &payment_refund_requested_shape,           &payment_attempt_table, ROW_HAVE, on_refund_requested },
	{ &payment_refunded_shape,                   &payment_attempt_table, ROW_HAVE, on_refunded },
	{ &payment_refund_failed_shape,              &payment_attempt_table, ROW_HAVE, on_refund_failed },
	{ &payment_attempt_removed_shape,            &payment_attempt_table, ROW_DROP, NULL },
	{ 0 }
};

/* ---- queries ---------------------------------------------------------------------------------------------------------- */

void
memory_active_methods(const struct memory_query *q, const char *customer_id)
{
	int n, written = 0;
	const struct row **rows = memory_rows(q, &payment_method_table, &n);

	buf_str(q->out, "[");
	for (int i = n - 1; i >= 0; i--) {
		const struct payment_method_row *m = rows[i]->data;

		if (!m->customer_id || strcmp(m->customer_id, customer_id) != 0 || strcmp(m->status, "active") != 0)
			continue;
		if (written++)
			buf_str(q->out, ",");
		memory_result(q, &payment_method_table, rows[i]);
	}
	buf_str(q->out, "]");
}

static const struct query queries[] = {
	{ &payment_list_methods_shape, QUERY_LIST, NULL, "payment", &payment_method_table,
	  { { "customer_id", MATCH_EQUAL, "customer_id" }, { "status", MATCH_IS, "active" } }, ORDER_NEWEST },
	{ &payment_get_method_shape, QUERY_ONE, "payment_method.not_found", "payment", &payment_method_table,
	  { { "payment_method_id", MATCH_EQUAL, "method_id" } } },
	{ &payment_get_attempt_shape, QUERY_ONE, "payment.attempt.not_found", "payment", &payment_attempt_table,
	  { { "payment_attempt_id", MATCH_EQUAL, "attempt_id" } } },
	{ &payment_list_attempts_shape, QUERY_LIST, NULL, "payment", &payment_attempt_table,
	  { { "customer_id", MATCH_EQUAL, "customer_id" }, { "payment_method_id", MATCH_EQUAL, "payment_method_id" } },
	ORDER_NEWEST },
	{ 0 }
};

const struct projection payment_projection = { "payment", 1, tables, handlers, queries };
