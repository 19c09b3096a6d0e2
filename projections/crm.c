/* crm.c -- the read model of customers: who they are, how to reach them, whether they were identified, what was said. */
#include <stdio.h>
#include <string.h>
#include "core/base/id.h"
#include "projections/document.h"
#include "projections/query_memory.h"
#include "projections/tables.h"

#define HREF API_CUSTOMER "customer/"

/* ---- rows ----------------------------------------------------------------------------------------------- */

#define medium_row_fields(_, T) \
	_(T, TEXT, id, OPT, "CM-...") _(T, TEXT, medium_type, OPT, "email, mobile ...") _(T, TEXT, value, OPT, "") \
	_(T, BOOL, is_primary, OPT, "") _(T, TIME, valid_from, OPT, "")
#define customer_row_fields(_, T) \
	_(T, ID,   customer_id,   KEY,     "CUST-...") \
	_(T, TEXT, status,        INDEXED, "pending, active, suspended, closed") \
	_(T, TEXT, status_reason, OPT,     "") \
	_(T, TEXT, name,          OPT,     "display name") \
	_(T, TEXT, given_name,    OPT,     "") \
	_(T, TEXT, family_name,   OPT,     "") \
	_(T, DATE, date_of_birth, OPT,     "") \
	_(T, TIME, customer_since, OPT,    "") \
	_(T, TEXT, kyc_status,    OPT,     "not_verified or verified") \
	_(T, TIME, kyc_verified_at, OPT,   "") \
	_(T, TEXT, kyc_verification_method, OPT, "provider") \
	_(T, TEXT, kyc_reference, OPT,     "the provider's") \
	_(T, LIST, contact_media, OF(medium_row), "how to reach the customer") \
	_(T, TEXTS, emails,       INDEXED, "in lower case") \
	_(T, JSON, document,      OPT,     "uninterpreted TMF629 attributes") \
	_(T, BOOL, scenario,      OPT,     "made by a scenario")
#define interaction_row_fields(_, T) \
	_(T, ID,   interaction_id, KEY,    "INT-...") \
	_(T, ID,   customer_id,   INDEXED, "") \
	_(T, TEXT, channel,       OPT,     "") \
	_(T, TEXT, direction,     OPT,     "inbound or outbound") \
	_(T, TEXT, summary,       OPT,     "one line") \
	_(T, TEXT, body,          OPT,     "") \
	_(T, ID,   agent_id,      OPT,     "") \
	_(T, ID,   related_case_id, OPT,   "") \
	_(T, ID,   related_ticket_id, OPT, "") \
	_(T, TIME, occurred_at,   OPT,     "")
#define agent_row_fields(_, T) \
	_(T, ID,   agent_id, KEY, "AGT-...") _(T, TEXT, name, OPT, "") _(T, TEXT, email, OPT, "") _(T, TEXT, role, OPT, "") \
	_(T, TEXT, status, OPT, "active or terminated")

SHAPE_DECLARE_(medium_row, "a way to reach a customer")
SHAPE_DECLARE_(customer_row, "customers")
SHAPE_DECLARE_(interaction_row, "contacts with customers")
SHAPE_DECLARE_(agent_row, "people who work on cases")
SHAPE_DEFINE_(medium_row, "a way to reach a customer")
SHAPE_DEFINE_(customer_row, "customers")
SHAPE_DEFINE_(interaction_row, "contacts with customers")
SHAPE_DEFINE_(agent_row, "people who work on cases")

/* ---- documents ------------------------------------------------------------------------------------------------ */

static void
individual(struct json *j, const struct customer_row *c)
{
	json_key(j, "individual");
	json_object(j);
	json_put(j, "givenName", c->given_name);
	json_put(j, "familyName", c->family_name);
	json_put(j, "dateOfBirth", c->date_of_birth);
	json_object_end(j);
}

static void
media(struct json *j, const struct customer_row *c)
{
	const struct medium_row *m = c->contact_media.items;

	json_key(j, "contactMedium");
	json_array(j);
	for (int i = 0; i < c->contact_media.n; i++) {
		json_object(j);
		json_put(j, "id", m[i].id);
		json_put(j, "mediumType", m[i].medium_type);
		json_put(j, "value", m[i].value);
		json_put_bool(j, "isPrimary", m[i].is_primary);
		json_put_time(j, "validFrom", m[i].valid_from);
		json_put_time(j, "validTo", 0);
		json_object_end(j);
	}
	json_array_end(j);
}

static void
customer_result(struct json *j, const struct row *r)
{
	const struct customer_row *c = r->data;

	json_object(j);
	put_id(j, c->customer_id, HREF);
	json_put(j, "name", c->name);
	json_put(j, "status", c->status);
	json_put(j, "statusReason", c->status_reason);
	json_put(j, "kycStatus", c->kyc_status);
	json_put_time(j, "customerSince", c->customer_since);
	individual(j, c);
	media(j, c);
	json_put(j, "@type", "Customer");
	json_object_end(j);
}

static void
tmf_medium(struct json *j, const struct medium_row *m)
{
	bool email = m->medium_type && strcmp(m->medium_type, "email") == 0;
	bool postal = m->medium_type && strcmp(m->medium_type, "postal") == 0;

	json_object(j);
	json_put(j, "id", m->id);
	json_put(j, "mediumType", m->medium_type);
	json_put_bool(j, "preferred", m->is_primary);
	json_key(j, "characteristic");
	json_object(j);
	json_put(j, email ? "emailAddress" : postal ? "street1" : "phoneNumber", m->value);
	json_object_end(j);
	json_object_end(j);
}

static void
tmf_media(struct json *j, const struct customer_row *c, const struct extras *posted)
{
	const struct medium_row *m = c->contact_media.items;

	if (!c->contact_media.n && extras_put(posted, j, "contactMedium"))
		return;
	json_key(j, "contactMedium");
	json_array(j);
	for (int i = 0; i < c->contact_media.n; i++)
		tmf_medium(j, &m[i]);
	json_array_end(j);
}

/* the party behind the customer: the one that was posted, else the person itself */
static void
engaged_party(struct json *j, const struct customer_row *c, const struct extras *posted)
{
	if (extras_put(posted, j, "engagedParty"))
		return;
	json_key(j, "engagedParty");
	json_object(j);
	json_put(j, "id", c->customer_id);
	if (c->name)
		json_put(j, "name", c->name);
	json_put(j, "@referredType", "Individual");
	json_object_end(j);
}

static void
customer_tmf(struct json *j, const struct row *r)
{
	static const char *const ours[] = { "id", "href", "name", "status", "statusReason", "contactMedium", "engagedParty",
		"validFor", "@type", NULL };
	const struct customer_row *c = r->data;
	struct extras posted = extras_open(c->document);

	json_object(j);
	put_id(j, c->customer_id, HREF);
	json_put(j, "name", c->name ? c->name : "");
	json_put(j, "status", c->status);
	if (c->status_reason)
		json_put(j, "statusReason", c->status_reason);
	tmf_media(j, c, &posted);
	engaged_party(j, c, &posted);
	if (!extras_put(&posted, j, "validFor"))
		put_valid_for(j, c->customer_since, 0, true);
	if (!extras_put(&posted, j, "@type"))
		json_put(j, "@type", "Customer");
	extras_rest(&posted, j, ours);
	json_object_end(j);
	extras_close(&posted);
}

static void
interaction_result(struct json *j, const struct row *r)
{
	const struct interaction_row *i = r->data;

	json_object(j);
	json_put(j, "id", i->interaction_id);
	json_put(j, "customerId", i->customer_id);
	json_put(j, "channel", i->channel);
	json_put(j, "direction", i->direction);
	json_put(j, "summary", i->summary);
	json_put(j, "body", i->body);
	json_put(j, "agentId", i->agent_id);
	json_put(j, "relatedCaseId", i->related_case_id);
	json_put(j, "relatedTicketId", i->related_ticket_id);
	json_put_time(j, "occurredAt", i->occurred_at);
	json_put(j, "@type", "Interaction");
	json_object_end(j);
}

static void
agent_result(struct json *j, const struct row *r)
{
	const struct agent_row *a = r->data;

	json_object(j);
	json_put(j, "id", a->agent_id);
	json_put(j, "name", a->name);
	json_put(j, "email", a->email);
	json_put(j, "role", a->role);
	json_put(j, "status", a->status);
	json_object_end(j);
}

static const struct tmf_column customer_search[] = {
	{ "id", "customer_id" }, { "name", "name" }, { "status", "status" }, { 0 } };
const struct read_table customer_table = { "crm", "customer", &customer_row_shape, .result = customer_result, .tmf = customer_tmf,
	.resource = "customer", .href = HREF, .search = customer_search };
const struct read_table interaction_table = { "crm", "interaction", &interaction_row_shape, .append = true,
	.result = interaction_result };
const struct read_table agent_table = { "crm", "agent", &agent_row_shape, .result = agent_result };
static const struct read_table *const tables[] = { &customer_table, &interaction_table, &agent_table, NULL };

/* ---- handlers ---------------------------------------------------------------------------------------------------- */

static void
collect_emails(struct applying *a, struct customer_row *c)
{
	const struct medium_row *m = c->contact_media.items;

	c->emails = (struct texts){ 0 };
	for (int i = 0; i < c->contact_media.n; i++)
		if (m[i].medium_type && m[i].value && strcmp(m[i].medium_type, "email") == 0)
			texts_add(a->arena, &c->emails, lower_case(a->arena, m[i].value));
}

static struct medium_row *
medium_of(struct customer_row *c, const char *id)
{
	struct medium_row *m = c->contact_media.items;

	for (int i = 0; i < c->contact_media.n; i++)
		if (id && m[i].id && strcmp(m[i].id, id) == 0)
			return &m[i];
	return NULL;
}

static void
add_medium(struct applying *a, struct customer_row *c, const struct contact_medium *from)
{
	struct medium_row *m = list_add(a, &c->contact_media, &medium_row_shape);

	*m = (struct medium_row){ from->id, from->medium_type, from->value, from->is_primary, a->at };
}

static const char *
full_name(struct applying *a, const struct customer_row *c)
{
	if (!c->given_name || !c->family_name)
		return c->given_name ? c->given_name : c->family_name;
	return strcmp(c->given_name, "erased") == 0 ? "erased" : arena_printf(a->arena, "%s %s", c->given_name, c->family_name);
}

static void
on_created(struct applying *a, void *row, const void *event)
{
	const struct customer_created *e = event;
	const struct contact_medium *m = e->contact_media.items;
	struct customer_row *c = row;

	c->status = e->status;
	c->given_name = e->given_name;
	c->family_name = e->family_name;
	c->date_of_birth = e->date_of_birth;
	c->name = e->name ? e->name : full_name(a, c);
	c->customer_since = a->at;
	c->kyc_status = "not_verified";
	c->document = e->document;
	c->scenario = a->env->scenario;
	for (int i = 0; i < e->contact_media.n; i++)
		add_medium(a, c, &m[i]);
	collect_emails(a, c);
}

static void
on_updated(struct applying *a, void *row, const void *event)
{
	const struct customer_updated *e = event;
	struct customer_row *c = row;

	(void)a;
	if (e->status)
		c->status = e->status;
	for (int i = 0; i < e->fields_updated.n; i++)
		if (strcmp(e->fields_updated.v[i], "status_reason") == 0)
			c->status_reason = NULL;         /* unless it has a value */
	if (e->status_reason)
		c->status_reason = e->status_reason;
	if (e->name)
		c->name = e->name;
	if (e->document)
		c->document = e->document;
}

static void
on_medium_added(struct applying *a, void *row, const void *event)
{
	const struct customer_contact_medium_added *e = event;
	struct customer_row *c = row;

	add_medium(a, c, &(struct contact_medium){ e->contact_medium_id, e->medium_type, e->value, e->is_primary });
	collect_emails(a, c);
}

static void
on_medium_updated(struct applying *a, void *row, const void *event)
{
	const struct customer_contact_medium_updated *e = event;
	struct medium_row *m = medium_of(row, e->contact_medium_id);

	if (m)
		m->value = e->value;
	collect_emails(a, row);
}

static void
on_medium_removed(struct applying *a, void *row, const void *event)
{
	const struct customer_contact_medium_removed *e = event;
	struct customer_row *c = row;
	struct medium_row *m = medium_of(c, e->contact_medium_id);

	if (m)
		list_remove(&c->contact_media, &medium_row_shape, (int)(m - (struct medium_row *)c->contact_media.items));
	collect_emails(a, c);
}

static void
on_individual_updated(struct applying *a, void *row, const void *event)
{
	const struct customer_individual_updated *e = event;
	struct customer_row *c = row;

	if (e->given_name)
		c->given_name = e->given_name;
	if (e->family_name)
		c->family_name = e->family_name;
	c->name = full_name(a, c);
}

static void
on_kyc_attested(struct applying *a, void *row, const void *event)
{
	const struct customer_kyc_attested *e = event;
	struct customer_row *c = row;

	c->kyc_status = e->kyc_status ? e->kyc_status : "verified";
	c->kyc_verified_at = a->at;
	c->kyc_verification_method = e->provider;
	c->kyc_reference = e->provider_reference;
}

static void
on_interaction(struct applying *a, void *row, const void *event)
{
	const struct interaction_logged *e = event;
	struct interaction_row *i = row_new(a, &interaction_table, e->interaction_id);

	(void)row;
	i->customer_id = a->id;
	i->channel = e->channel;
	i->direction = e->direction;
	i->summary = e->summary;
	i->body = e->body;
	i->agent_id = e->agent_id;
	i->related_case_id = e->related_case_id;
	i->related_ticket_id = e->related_ticket_id;
	i->occurred_at = a->at;
}

static void
on_removed(struct applying *a, void *row, const void *event)
{
	(void)row, (void)event;
	rows_drop(a, &interaction_table, "customer_id", a->id);
}

static void
on_agent(struct applying *a, void *row, const void *event)
{
	const struct agent_added *e = event;
	struct agent_row *g = row;

	(void)a;
	g->name = e->name;
	g->email = e->email;
	g->role = e->role;
	g->status = e->status;
}

static const struct handler handlers[] = {
	{ &customer_created_shape,                &customer_table, ROW_NEW,  on_created },
	{ &customer_updated_shape,                &customer_table, ROW_HAVE, on_updated },
	{ &customer_contact_medium_added_shape,   &customer_table, ROW_HAVE, on_medium_added },
	{ &customer_contact_medium_updated_shape, &customer_table, ROW_HAVE, on_medium_updated },
	{ &customer_contact_medium_removed_shape, &customer_table, ROW_HAVE, on_medium_removed },
	{ &customer_individual_updated_shape,     &customer_table, ROW_HAVE, on_individual_updated },
	{ &customer_kyc_attested_shape,           &customer_table, ROW_HAVE, on_kyc_attested },
	{ &interaction_logged_shape,              NULL,            ROW_NONE, on_interaction },
	{ &customer_removed_shape,                &customer_table, ROW_DROP, on_removed },
	{ &agent_added_shape,                     &agent_table,    ROW_NEW,  on_agent },
	{ 0 }
};

/* ---- queries ------------------------------------------------------------------------------------------------------ */

static void
customer_get_in_memory(struct memory_query *q)
{
	const char *id = memory_text(q, "customer_id");
	const struct row *c = memory_find(q, &customer_table, id);

	if (!c)
		return;
	memory_result(q, &customer_table, c);
	q->out->len--;                                   /* the closing brace: there is more */
	buf_str(q->out, ",\"_extras\":{\"subscriptions\":");
	memory_results_of(q, &subscription_table, "customer_id", id, false, 1000000);
	buf_str(q->out, ",\"cases\":[],\"interactions\":");
	memory_results_of(q, &interaction_table, "customer_id", id, true, 10);
	buf_str(q->out, "},\"paymentMethods\":");
	memory_active_methods(q, id);
	buf_str(q->out, "}");
}

static void
customer_by_msisdn_in_memory(struct memory_query *q)
{
	const struct row *s = memory_line_of(q, memory_text(q, "msisdn"));
	const struct row *c = s ? memory_find(q, &customer_table, subscription_customer(s)) : NULL;

	if (c)
		memory_result(q, &customer_table, c);
}

static void
kyc_status_in_memory(struct memory_query *q)
{
	const struct row *r = memory_find(q, &customer_table, memory_text(q, "customer_id"));
	const struct customer_row *c = r ? r->data : NULL;
	struct json j = json_to(q->out);

	if (!c)
		return;
	json_object(&j);
	json_put(&j, "customer_id", c->customer_id);
	json_put(&j, "kyc_status", c->kyc_status);
	json_put_time(&j, "kyc_verified_at", c->kyc_verified_at);
	json_put(&j, "kyc_verification_method", c->kyc_verification_method);
	json_put(&j, "kyc_reference", c->kyc_reference);
	json_object_end(&j);
}

static const struct query queries[] = {
	{ &customer_get_shape, QUERY_ONE, "customer.not_found", "crm subscription payment", .args = "customer_id",
	  .memory = customer_get_in_memory, .sql =
	  "SELECT left(c.result::text, -1) || ',\"_extras\":{\"subscriptions\":' ||"
	  " coalesce((SELECT '[' || string_agg(s.result::text, ',' ORDER BY s.seq, s.subscription_id) || ']'"
	  "  FROM subscription.subscription s WHERE s.tenant_id = $1 AND s.customer_id = c.customer_id), '[]') ||"
	  " ',\"cases\":[],\"interactions\":' ||"
	  " coalesce((SELECT '[' || string_agg(i.result::text, ',' ORDER BY i.seq DESC, i.interaction_id DESC) || ']' FROM"
	  "  (SELECT n.result, n.seq, n.interaction_id FROM crm.interaction n WHERE n.tenant_id = $1"
	  "   AND n.customer_id = c.customer_id ORDER BY n.seq DESC, n.interaction_id DESC LIMIT 10) AS i), '[]') ||"
	  " '},\"paymentMethods\":' ||"
	  " coalesce((SELECT '[' || string_agg(m.result::text, ',' ORDER BY m.seq DESC, m.payment_method_id DESC) || ']'"
	  "  FROM payment.payment_method m WHERE m.tenant_id = $1 AND m.customer_id = c.customer_id AND m.status = 'active'),"
	  "  '[]') || '}' FROM crm.customer c WHERE c.tenant_id = $1 AND c.customer_id = $2" },
	{ &customer_list_shape, QUERY_LIST, NULL, "crm", &customer_table, { { "status", MATCH_EQUAL, "state" },
	  { "name", MATCH_CONTAINS, "name_contains" } }, ORDER_OLDEST },
	{ &customer_find_by_msisdn_shape, QUERY_ONE, "customer.not_found", "crm subscription", .args = "msisdn",
	  .memory = customer_by_msisdn_in_memory, .sql =
	  "SELECT c.result FROM subscription.subscription s JOIN crm.customer c ON c.customer_id = s.customer_id"
	  " AND c.tenant_id = s.tenant_id WHERE s.tenant_id = $1 AND s.msisdn = $2 AND s.state <> 'terminated'"
	  " ORDER BY s.seq DESC LIMIT 1" },
	{ &customer_find_by_email_shape, QUERY_ONE, "customer.not_found", "crm", &customer_table,
	  { { "emails", MATCH_HAS, "email" } }, ORDER_NEWEST },
	{ &customer_get_kyc_status_shape, QUERY_ONE, "customer.kyc.not_found", "crm", .args = "customer_id",
	  .memory = kyc_status_in_memory, .sql =
	  "SELECT json_build_object('customer_id', customer_id, 'kyc_status', kyc_status, 'kyc_verified_at', " SQL_TIME("kyc_verified_at")
	  ", 'kyc_verification_method', kyc_verification_method, 'kyc_reference', kyc_reference)"
	  " FROM crm.customer WHERE tenant_id = $1 AND customer_id = $2" },
	{ &interaction_list_shape, QUERY_LIST, NULL, "crm", &interaction_table, { { "customer_id", MATCH_EQUAL, "customer_id" } },
	  ORDER_NEWEST },
	{ &agents_list_shape, QUERY_LIST, NULL, "crm", &agent_table, { { "status", MATCH_EQUAL, "state" } }, ORDER_OLDEST },
	{ 0 }
};

const struct projection crm_projection = { "crm", 1, tables, handlers, queries };
