/* subscription.c -- the read model of lines: plan and price as they were ordered, balances, renewal.
 *
 * Balances lie in the line's row: one for each allowance of the period, then one for each pass that runs.  A usage record
 * changes one number in it, and the row is rendered once for all records of a batch. */
#include <stdio.h>
#include <string.h>
#include "projections/document.h"
#include "projections/query_memory.h"
#include "projections/tables.h"

#define HREF "/subscription-api/v1/subscription/"

#define balance_row_fields(_, T) \
	_(T, TEXT, allowance_type, OPT, "data, voice, sms, data_roaming") _(T, INT, total, OPT, "-1 unlimited") _(T, INT, consumed, OPT, "") \
	_(T, TEXT, unit, OPT, "") _(T, TIME, period_start, OPT, "") _(T, TIME, period_end, OPT, "") _(T, TEXT, purchase_id, OPT, "a pass")
#define subscription_row_fields(_, T) \
	_(T, ID, subscription_id, KEY, "SUB-...") _(T, ID, customer_id, INDEXED, "") _(T, ID, offering_id, INDEXED, "") _(T, ID, order_id, OPT, "") \
	_(T, ID, msisdn, INDEXED, "") _(T, ID, iccid, OPT, "") _(T, ID, cfs_service_id, OPT, "") \
	_(T, TEXT, state, INDEXED, "active, blocked, terminated") _(T, TEXT, state_reason, OPT, "") _(T, TIME, activated_at, OPT, "") \
	_(T, TIME, terminated_at, OPT, "") _(T, TIME, period_start, OPT, "") _(T, TIME, period_end, OPT, "") _(T, TIME, next_renewal_at, OPT, "") \
	_(T, MONEY, price, OPT, "of a period, frozen at order") _(T, ID, price_id, OPT, "") _(T, LIST, balances, OF(balance_row), "") \
	_(T, TEXT, promo_code, OPT, "") _(T, BOOL, scenario, OPT, "")
#define vas_purchase_row_fields(_, T) \
	_(T, ID, purchase_id, KEY, "SUB-...-VAS-...") _(T, ID, subscription_id, INDEXED, "") _(T, ID, vas_offering_id, OPT, "") \
	_(T, ID, payment_attempt_id, OPT, "") _(T, TIME, applied_at, OPT, "") _(T, TIME, expires_at, OPT, "a pass ends then") \
	_(T, TEXT, allowance_type, OPT, "") _(T, INT, allowance_added, OPT, "-1 unlimited") _(T, MONEY, amount, OPT, "")
SHAPE_DECLARE_(balance_row, "what is left of an allowance")
SHAPE_DECLARE_(subscription_row, "lines")
SHAPE_DECLARE_(vas_purchase_row, "top-ups bought")
SHAPE_DEFINE_(balance_row, "what is left of an allowance")
SHAPE_DEFINE_(subscription_row, "lines")
SHAPE_DEFINE_(vas_purchase_row, "top-ups bought")

/* ---- documents -------------------------------------------------------------------------------------------------- */

static void
balance_id(struct json *j, const struct subscription_row *s, const struct balance_row *b)
{
	char id[160], type[64];
	size_t n = 0;

	for (const char *c = b->allowance_type ? b->allowance_type : ""; *c && n < sizeof type - 1; c++)
		type[n++] = (char)(*c >= 'a' && *c <= 'z' ? *c - 32 : *c);
	type[n] = 0;
	snprintf(id, sizeof id, "%s-%s", s->subscription_id, type);
	json_put(j, "id", b->purchase_id ? b->purchase_id : id);
}

static void
put_balances(struct json *j, const struct subscription_row *s)
{
	const struct balance_row *b = s->balances.items;

	json_array(j);
	for (int i = 0; i < s->balances.n; i++) {
		int64_t left = b[i].total > b[i].consumed ? b[i].total - b[i].consumed : 0;

		json_object(j);
		balance_id(j, s, &b[i]);
		json_put(j, "subscriptionId", s->subscription_id);
		json_put(j, "allowanceType", b[i].allowance_type);
		json_put_int(j, "total", b[i].total);
		json_put_int(j, "consumed", b[i].consumed);
		json_put_int(j, "remaining", b[i].total < 0 ? -1 : left);
		json_put(j, "unit", b[i].unit);
		json_put_time(j, "periodStart", b[i].period_start);
		json_put_time(j, "periodEnd", b[i].period_end);
		json_object_end(j);
	}
	json_array_end(j);
}

static void
put_price(struct json *j, const struct subscription_row *s)
{
	json_put_decimal(j, "priceAmount", s->price);
	json_put(j, "priceCurrency", s->price.currency);
	json_put(j, "priceOfferingPriceId", s->price_id);
	json_put(j, "pendingOfferingId", NULL);
	json_put(j, "pendingOfferingPriceId", NULL);
	json_put(j, "pendingEffectiveAt", NULL);
	json_put(j, "discountType", NULL);
	json_put(j, "discountValue", NULL);
	json_put_int(j, "discountPeriodsRemaining", 0);
	json_put_decimal(j, "effectiveAmount", s->price);
	json_put(j, "promoCode", s->promo_code);
	json_put(j, "promoOfferDefinitionId", NULL);
}

static void
subscription_result(struct json *j, const struct row *r)
{
	const struct subscription_row *s = r->data;

	json_object(j);
	put_id(j, s->subscription_id, HREF);
	json_put(j, "customerId", s->customer_id);
	json_put(j, "offeringId", s->offering_id);
	json_put(j, "msisdn", s->msisdn);
	json_put(j, "iccid", s->iccid);
	json_put(j, "cfsServiceId", s->cfs_service_id);
	json_put(j, "state", s->state);
	json_put(j, "stateReason", s->state_reason);
	json_put_time(j, "activatedAt", s->activated_at);
	json_put_time(j, "currentPeriodStart", s->period_start);
	json_put_time(j, "currentPeriodEnd", s->period_end);
	json_put_time(j, "nextRenewalAt", s->next_renewal_at);
	json_put_time(j, "terminatedAt", s->terminated_at);
	json_key(j, "balances");
	put_balances(j, s);
	put_price(j, s);
	json_put(j, "atType", "Subscription");
	json_object_end(j);
}

static void
vas_purchase_result(struct json *j, const struct row *r)
{
	const struct vas_purchase_row *v = r->data;

	json_object(j);
	json_put(j, "id", v->purchase_id);
	json_put(j, "subscriptionId", v->subscription_id);
	json_put(j, "vasOfferingId", v->vas_offering_id);
	json_put(j, "paymentAttemptId", v->payment_attempt_id);
	json_put_time(j, "appliedAt", v->applied_at);
	json_put_time(j, "expiresAt", v->expires_at);
	json_put(j, "allowanceType", v->allowance_type);
	json_put_int(j, "allowanceAdded", v->allowance_added);
	json_object_end(j);
}

const struct read_table subscription_table = { "subscription", "subscription", &subscription_row_shape,
	.result = subscription_result };
const struct read_table vas_purchase_table = { "subscription", "vas_purchase", &vas_purchase_row_shape, .append = true,
	.result = vas_purchase_result };
static const struct read_table *const tables[] = { &subscription_table, &vas_purchase_table, NULL };

/* ---- handlers: balances --------------------------------------------------------------------------------------------- */

/* the balance of a pass, or (purchase NULL) of the period's allowance of that type */
static struct balance_row *
balance_of(struct subscription_row *s, const char *type, const char *purchase)
{
	struct balance_row *b = s->balances.items;

	for (int i = 0; i < s->balances.n; i++) {
		if (purchase ? b[i].purchase_id && strcmp(b[i].purchase_id, purchase) == 0 :
		    !b[i].purchase_id && type && strcmp(b[i].allowance_type, type) == 0)
			return &b[i];
	}
	return NULL;
}

/* a period's allowances come first; passes run on */
static void
new_period(struct applying *a, struct subscription_row *s, const struct list *allowances, int64_t start, int64_t end)
{
	const struct allowance *from = allowances->items;
	struct list before = s->balances;

	s->period_start = start;
	s->period_end = s->next_renewal_at = end;
	s->balances = (struct list){ 0 };
	for (int i = 0; i < allowances->n; i++)
		*(struct balance_row *)list_add(a, &s->balances, &balance_row_shape) =
		    (struct balance_row){ from[i].allowance_type, from[i].quantity, 0, from[i].unit, start, end };
	for (int i = 0; i < before.n; i++)
		if (((struct balance_row *)before.items)[i].purchase_id)
			*(struct balance_row *)list_add(a, &s->balances,
				&balance_row_shape) = ((struct balance_row *)before.items)[i];
}

static void
add_to_balance(struct applying *a, struct subscription_row *s, const struct subscription_vas_purchased *e)
{
	struct balance_row *b = balance_of(s, e->allowance_type, NULL);

	if (!b) {
		b = list_add(a, &s->balances, &balance_row_shape);
		*b = (struct balance_row){ e->allowance_type, 0, 0, e->unit, a->at, s->period_end };
	}
	if (e->allowance_added < 0)
		b->total = -1;
	else if (b->total >= 0 && __builtin_add_overflow(b->total, e->allowance_added, &b->total))
		b->total = INT64_MAX;
}

static void
paid_by(struct subscription_row *s, const char *type, const char *purchase_id, int64_t consumed)
{
	struct balance_row *b = balance_of(s, type, purchase_id);

	if (b)
		b->consumed = consumed;
}

static void
on_usage_rated(struct applying *a, void *row, const void *event)
{
	const struct usage_rated *e = event;
	const struct usage_share *also = e->also.items;

	(void)a;
	paid_by(row, e->allowance_type, e->purchase_id, e->consumed);
	for (int i = 0; i < e->also.n; i++)
		paid_by(row, e->allowance_type, also[i].purchase_id, also[i].consumed);
}

/* ---- handlers: the line ------------------------------------------------------------------------------------------------ */

static void
on_activated(struct applying *a, void *row, const void *event)
{
	const struct subscription_activated *e = event;
	struct subscription_row *s = row;

	s->customer_id = e->customer_id;
	s->offering_id = e->offering_id;
	s->order_id = e->order_id;
	s->msisdn = e->msisdn;
	s->iccid = e->iccid;
	s->cfs_service_id = e->cfs_service_id;
	s->state = "active";
	s->state_reason = "activation_payment_approved";
	s->activated_at = a->at;
	s->price = e->price;
	s->price_id = e->price_id;
	s->promo_code = e->promo_code;
	s->scenario = a->env->scenario;
	new_period(a, s, &e->allowances, e->period_start, e->period_end);
}

static void
on_blocked(struct applying *a, void *row, const void *event)
{
	const struct subscription_blocked *e = event;
	struct subscription_row *s = row;
	bool declined = e->reason && strcmp(e->reason, "renew_failed") == 0;

	(void)a;
	s->state = "blocked";
	s->state_reason = declined ? "renewal_payment_declined" : "primary_allowance_exhausted";
}

static void
on_unblocked(struct applying *a, void *row, const void *event)
{
	const struct subscription_unblocked *e = event;
	struct subscription_row *s = row;

	(void)a;
	s->state = "active";
	s->state_reason = e->reason && strcmp(e->reason, "renewed") == 0 ? "renewal_payment_approved" : "vas_top_up";
}

static void
note_purchase(struct applying *a, const struct subscription_vas_purchased *e)
{
	struct vas_purchase_row *v = row_new(a, &vas_purchase_table, e->purchase_id);

	v->subscription_id = a->id;
	v->vas_offering_id = e->vas_offering_id;
	v->payment_attempt_id = e->payment_attempt_id;
	v->applied_at = a->at;
	v->expires_at = e->expires_at;
	v->allowance_type = e->allowance_type;
	v->allowance_added = e->allowance_added;
	v->amount = e->amount;
}

static void
on_vas_purchased(struct applying *a, void *row, const void *event)
{
	const struct subscription_vas_purchased *e = event;
	struct subscription_row *s = row;

	if (e->expires_at)
		*(struct balance_row *)list_add(a, &s->balances, &balance_row_shape) = (struct balance_row){ e->allowance_type,
		    e->allowance_added, 0, e->unit, a->at, e->expires_at, e->purchase_id };
	else
		add_to_balance(a, s, e);
	note_purchase(a, e);
}

static void
on_vas_expired(struct applying *a, void *row, const void *event)
{
	struct subscription_row *s = row;
	struct balance_row *b = balance_of(s, NULL, ((const struct subscription_vas_expired *)event)->purchase_id);

	(void)a;
	if (b)
		list_remove(&s->balances, &balance_row_shape, (int)(b - (struct balance_row *)s->balances.items));
}

static void
on_renewed(struct applying *a, void *row, const void *event)
{
	const struct subscription_renewed *e = event;
	struct subscription_row *s = row;

	s->offering_id = e->offering_id;
	s->price = e->price;
	s->price_id = e->price_id;
	s->state_reason = "renewal_payment_approved";
	new_period(a, s, &e->allowances, e->period_start, e->period_end);
}

/* a line that was blocked before stays so for another reason: a top-up opens it no more */
static void
on_renew_failed(struct applying *a, void *row, const void *event)
{
	struct subscription_row *s = row;

	(void)a, (void)event;
	if (strcmp(s->state, "blocked") == 0)
		s->state_reason = "renewal_payment_declined";
}

static void
on_terminated(struct applying *a, void *row, const void *event)
{
	const struct subscription_terminated *e = event;
	struct subscription_row *s = row;

	s->state = "terminated";
	s->state_reason = e->reason;
	s->terminated_at = e->terminated_at ? e->terminated_at : a->at;
	s->next_renewal_at = 0;
}

static void
on_removed(struct applying *a, void *row, const void *event)
{
	(void)row, (void)event;
	rows_drop(a, &vas_purchase_table, "subscription_id", a->id);
}

static const struct handler handlers[] = {
	{ &usage_rated_shape,               &subscription_table, ROW_HAVE, on_usage_rated },
	{ &subscription_activated_shape,    &subscription_table, ROW_NEW,  on_activated },
	{ &subscription_blocked_shape,      &subscription_table, ROW_HAVE, on_blocked },
	{ &subscription_unblocked_shape,    &subscription_table, ROW_HAVE, on_unblocked },
	{ &subscription_vas_purchased_shape, &subscription_table, ROW_HAVE, on_vas_purchased },
	{ &subscription_vas_expired_shape,  &subscription_table, ROW_HAVE, on_vas_expired },
	{ &subscription_renewed_shape,      &subscription_table, ROW_HAVE, on_renewed },
	{ &subscription_renew_failed_shape, &subscription_table, ROW_HAVE, on_renew_failed },
	{ &subscription_terminated_shape,   &subscription_table, ROW_HAVE, on_terminated },
	{ &subscription_removed_shape,      &subscription_table, ROW_DROP, on_removed },
	{ 0 }
};

/* ---- queries ----------------------------------------------------------------------------------------------------------- */

const char *
subscription_customer(const struct row *r)
{
	return ((const struct subscription_row *)r->data)->customer_id;
}

const struct row *
memory_line_of(const struct memory_query *q, const char *msisdn)
{
	int n;
	const struct row **rows = memory_rows(q, &subscription_table, &n);

	for (int i = n - 1; i >= 0; i--) {
		const struct subscription_row *s = rows[i]->data;

		if (s->msisdn && strcmp(s->msisdn, msisdn) == 0 && strcmp(s->state, "terminated") != 0)
			return rows[i];
	}
	return NULL;
}

static void
balance_in_memory(struct memory_query *q)
{
	const struct row *r = memory_find(q, &subscription_table, memory_text(q, "subscription_id"));
	struct json j = json_to(q->out);

	if (r)
		put_balances(&j, r->data);
}

static void
esim_activation_in_memory(struct memory_query *q)
{
	const struct row *r = memory_find(q, &subscription_table, memory_text(q, "subscription_id")), *e;
	const struct subscription_row *s = r ? r->data : NULL;
	struct json j = json_to(q->out);

	if (!s)
		return;
	e = memory_find(q, &esim_table, s->iccid);
	json_object(&j);
	json_put(&j, "subscriptionId", s->subscription_id);
	json_put(&j, "iccid", s->iccid);
	json_put(&j, "msisdn", s->msisdn);
	json_put(&j, "activationCode", e ? esim_activation_code(e) : NULL);
	json_put(&j, "imsi", e ? esim_imsi(e) : NULL);
	json_object_end(&j);
}

static const struct query queries[] = {
	{ &subscription_get_shape, QUERY_ONE, "subscription.not_found", "subscription", &subscription_table,
	  { { "subscription_id", MATCH_EQUAL, "subscription_id" } } },
	{ &subscription_list_for_customer_shape, QUERY_LIST, NULL, "subscription", &subscription_table,
	  { { "customer_id", MATCH_EQUAL, "customer_id" } }, ORDER_OLDEST },
	{ &subscription_get_balance_shape, QUERY_ONE, "subscription.not_found", "subscription", .args = "subscription_id",
	  .memory = balance_in_memory, .sql = "SELECT result->'balances' FROM subscription.subscription"
	  " WHERE tenant_id = $1 AND subscription_id = $2" },
	{ &subscription_get_by_msisdn_shape, QUERY_ONE, "subscription.not_found", "subscription", &subscription_table,
	  { { "msisdn", MATCH_EQUAL, "msisdn" }, { "state", MATCH_NOT, "terminated" } }, ORDER_NEWEST },
	{ &subscription_get_esim_activation_shape, QUERY_ONE, "subscription.not_found", "subscription inventory",
	  .args = "subscription_id", .memory = esim_activation_in_memory, .sql =
	  "SELECT json_build_object('subscriptionId', s.subscription_id, 'iccid', s.iccid, 'msisdn', s.msisdn,"
	  " 'activationCode', e.activation_code, 'imsi', e.imsi) FROM subscription.subscription s LEFT JOIN inventory.esim e"
	  " ON e.iccid = s.iccid AND e.tenant_id = s.tenant_id WHERE s.tenant_id = $1 AND s.subscription_id = $2" },
	{ 0 }
};

const struct projection subscription_projection = { "subscription", 2, tables, handlers, queries };
