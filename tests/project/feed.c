/* feed.c -- see feed.h. */
#include "tests/project/feed.h"
#include <string.h>
#include "core/base/clock.h"
#include "core/base/codec.h"
#include "core/base/must.h"

void
feed_start(struct feed *f, struct key_ring *ring, uint64_t seed)
{
	*f = (struct feed){ .ring = ring, .batch = log_batch_new(), .arena = arena_new(), .random = seed,
		.now = INT64_C(1771146000000000) };
}

void
feed_end(struct feed *f)
{
	log_batch_free(f->batch);
	arena_free(f->arena);
}

unsigned
feed_random(struct feed *f, unsigned below)
{
	f->random = f->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (unsigned)(f->random >> 33) % below;
}

static const uint8_t *
key_of(struct feed *f, const char *subject)
{
	const uint8_t *key = key_ring_get(f->ring, "DEFAULT", subject);
	uint8_t wrapped[WRAPPED_KEY_BYTES];

	if (!key) {
		key = key_ring_make(f->ring, "DEFAULT", subject, wrapped);
		log_batch_add_key(f->batch, "DEFAULT", subject, wrapped);
	}
	return key;
}

void
feed_event(struct feed *f, const struct shape *s, const char *id, const char *subject, const void *data)
{
	struct envelope env = { .schema_version = 1, .tenant = "DEFAULT", .actor = "tester", .channel = "cli",
		.identity = "default",
		.correlation = "00112233445566778899aabbccddeeff" };
	struct buf body = { 0 };
	char *stream = arena_printf(f->arena, "%s/%s", aggregate_name(s->aggregate), id);

	if (!subject && shape_has_personal(s))
		subject = id;                    /* as the core does: a key of its own */
	struct sealing sealing = { NULL, stream };
	struct log_event e = { .position = ++f->position, .stream = stream, .version = f->position, .type = s->code,
		.subject = subject,
		.occurred_at = f->now += 1234567, .recorded_at = f->now };

	if (shape_has_personal(s))
		sealing.key = key_of(f, subject);
	envelope_pack(&env, &body);
	shape_pack(s, data, &body, &sealing);
	e.body = (const uint8_t *)body.data;
	e.body_len = body.len;
	event_hash(f->hash, &e, e.hash);
	memcpy(f->hash, e.hash, HASH_BYTES);
	log_batch_add(f->batch, &e);
	buf_free(&body);
}

#define ID(form, n)  arena_printf(f->arena, form, n)

void
feed_catalog(struct feed *f)
{
	struct allowance allowances[] = { { "data", 30720, "mb" }, { "voice", -1, "minutes" }, { "data_roaming", 500, "mb" } };
	struct esim_profile profiles[40];

	feed_of(f, catalog_specification_added, "SPEC_MOBILE", NULL, .name = "Mobile", .brand = "BSS",
		.lifecycle_status = "active");
	for (int i = 0; i < 3; i++) {
		feed_of(f, catalog_offering_added, ID("PLAN_%d", i), NULL, .name = ID("Plan %d", i), .spec_id = "SPEC_MOBILE",
		    .is_bundle = true, .is_sellable = true, .lifecycle_status = "active", .allowances = { allowances, 3 },
		    .cfs_spec_id = "CFS", .rfs_spec_ids = { (const char *[]){ "RFS_A", "RFS_B" }, 2 });
		feed_of(f, catalog_price_added, ID("PRICE_%d", i), NULL, .offering_id = ID("PLAN_%d", i), .price_type = "recurring",
		    .period_length = 1, .period_type = "month", .amount = { 1000 + 1500 * i, "SGD" }, .lifecycle_status = "active");
	}
	feed_of(f, catalog_vas_added, "VAS_1GB", NULL, .name = "1 GB", .price = { 300, "SGD" }, .allowance_type = "data",
	    .allowance_quantity = 1024, .allowance_unit = "mb");
	feed_of(f, inventory_msisdn_range_added, "9000", NULL, .prefix = "9000", .count = 200, .inserted = 200);
	for (int i = 0; i < 40; i++)
		profiles[i] = (struct esim_profile){ ID("8910%d", i), ID("525%d", i), "hsm://x", "smdp", ID("M%d", i),
			ID("LPA:1$smdp$M%d", i) };
	feed_of(f, inventory_esim_batch_added, "DEFAULT", NULL, .profiles = { profiles, 40 });
}

static void
new_customer(struct feed *f)
{
	const char *id = ID("CUST-%d", ++f->customers);
	struct contact_medium media[] = { { ID("CM-%d", f->customers), "email", ID("Someone%d@example.org", f->customers), true },
		{ ID("CM-m%d", f->customers), "mobile", "+65 9000", false } };

	feed_of(f, customer_created, id, id, .given_name = "Søren \"S\"", .family_name = "O'Neil", .status = "active",
	    .date_of_birth = "1990-01-31", .contact_media = { media, 1 + (int)feed_random(f, 2) },
	    .document = feed_random(f, 3) ? NULL :
	"{\"characteristic\":[{\"name\":\"x\",\"value\":1.50}],\"engagedParty\":{\"id\":\"P1\"}}");
}

static const char *
a_customer(struct feed *f)
{
	return ID("CUST-%d", 1 + (int)feed_random(f, (unsigned)f->customers));
}

static void
change_customer(struct feed *f)
{
	const char *id = a_customer(f);

	switch (feed_random(f, 8)) {
	case 0: feed_of(f, customer_updated, id, id, .status = "suspended",
		.fields_updated = { (const char *[]){ "status" }, 1 }); break;
	case 1: feed_of(f, customer_contact_medium_added, id, id, ID("CM-x%lld", (long long)f->position), "email",
		"Another@example.org"); break;
	case 2: feed_of(f, customer_contact_medium_removed, id, id, ID("CM-%s", id + 5), "email"); break;
	case 3: feed_of(f, customer_individual_updated, id, id, .given_name = "Ann", .family_name = "Lee"); break;
	case 4: feed_of(f, customer_kyc_attested, id, id, .provider = "prebaked", .provider_reference = "r",
		.kyc_status = "verified"); break;
	case 5: feed_of(f, interaction_logged, id, id, ID("INT-n%d", ++f->interactions), "phone", "inbound", "asked",
		"a \\ \n b"); break;
	case 6: feed_of(f, payment_method_added, ID("PM-%lld", (long long)f->position), id, .customer_id = id,
		.type = "card", .token = "tok",
	    .token_provider = "mock", .brand = "visa", .last4 = "4242", .exp_month = 12, .exp_year = 2030,
	.is_default = true); break;
	default:
		if (feed_random(f, 6) == 0)
			feed_of(f, customer_removed, id, id, .reason = "reset");
	}
}

static void
order(struct feed *f)
{
	const char *id = ID("ORD-%04d", ++f->orders), *customer = a_customer(f);

	feed_of(f, order_acknowledged, id, customer, .customer_id = customer, .offering_id = "PLAN_1", .offering_name = "Plan 1",
	    .item_id = ID("OI-%d", f->orders), .price = { 2500, "SGD" }, .price_id = "PRICE_1",
	    .document = feed_random(f, 2) ? NULL :
	"{\"productOrderItem\":[{\"id\":\"7\",\"action\":\"add\"}],\"category\":\"B2C\"}");
	feed_of(f, order_in_progress, id, customer, .customer_id = customer);
	if (feed_random(f, 4) == 0)
		feed_of(f, order_failed, id, customer, .customer_id = customer, .reason = "x", .message = "Why");
}

static void
network(struct feed *f)
{
	const char *customer = a_customer(f), *cfs = ID("SVC-%04d", ++f->services), *rfs = ID("SVC-%04d", ++f->services);
	const char *task = ID("PTK-%04d", ++f->tasks);

	feed_of(f, service_designed, cfs, customer, .customer_id = customer, .spec_id = "CFS", .name = "Broadband", .type = "CFS");
	feed_of(f, service_designed, rfs, customer, .customer_id = customer, .spec_id = "RFS", .type = "RFS",
		.parent_service_id = cfs);
	feed_of(f, provisioning_task_created, task, customer, .service_id = cfs, .task_type = "HLR_PROVISION", .max_attempts = 3);
	feed_of(f, provisioning_task_completed, task, customer, .service_id = cfs, .task_type = "HLR_PROVISION", .attempts = 1);
	feed_of(f, service_activated, cfs, customer, .customer_id = customer);
}

static void
new_line(struct feed *f)
{
	struct allowance allowances[] = { { "data", 30720, "mb" }, { "sms", -1, "count" } };
	const char *id = ID("SUB-%04d", ++f->lines), *customer = a_customer(f), *msisdn = ID("9000%04d", f->lines % 200);

	feed_of(f, inventory_msisdn_assigned, msisdn, customer, id, customer, ID("8910%d", f->lines % 40));
	feed_of(f, subscription_activated, id, customer, .customer_id = customer, .offering_id = "PLAN_1", .order_id = "ORD-0001",
	    .msisdn = msisdn, .iccid = ID("8910%d", f->lines % 40), .period_start = f->now, .period_end = f->now + 30 * DAY,
	    .price = { 2500, "SGD" }, .price_id = "PRICE_1", .allowances = { allowances, 2 });
}

static const char *
a_line(struct feed *f)
{
	return ID("SUB-%04d", 1 + (int)feed_random(f, (unsigned)f->lines));
}

void
feed_usage(struct feed *f)
{
	int n = ++f->usages;

	feed_of(f, usage_rated, a_line(f), "CUST-1", .usage_event_id = ID("UE-%06d", n), .msisdn = "90000001", .event_type = "data",
	    .event_time = f->now - (n % 3) * SECOND, .quantity = 10, .unit = "mb", .source = n % 2 ? NULL : "ggsn",
	.reference = ID("ref-%d", n),
	    .roaming_indicator = n % 7 == 0, .allowance_type = "data", .consumed_quantity = 10,
	.consumed = 10 * (n % 1000), .total = 30720,
	    .offering_id = "PLAN_1", .charge = { 0, "" });
}

static void
change_line(struct feed *f)
{
	struct allowance again[] = { { "data", 30720, "mb" } };
	const char *id = a_line(f), *purchase = ID("VASP-%d", ++f->purchases);

	switch (feed_random(f, 7)) {
	case 0: feed_of(f, subscription_blocked, id, NULL, .reason = "exhausted"); break;
	case 1: feed_of(f, subscription_unblocked, id, NULL, .reason = "renewed"); break;
	case 2: feed_of(f, subscription_vas_purchased, id, NULL, .purchase_id = purchase, .vas_offering_id = "VAS_1GB",
	    .allowance_type = "data", .allowance_added = 1024, .unit = "mb", .amount = { 300, "SGD" }); break;
	case 3: feed_of(f, subscription_vas_purchased, id, NULL, .purchase_id = purchase, .vas_offering_id = "VAS_DAY",
	    .allowance_type = "data", .allowance_added = -1, .unit = "mb", .expires_at = f->now + DAY,
	.amount = { 500, "SGD" }); break;
	case 4: feed_of(f, subscription_vas_expired, id, NULL,
		.purchase_id = ID("VASP-%d", 1 + (int)feed_random(f, (unsigned)f->purchases))); break;
	case 5: feed_of(f, subscription_renewed, id, NULL, .offering_id = "PLAN_1", .period_start = f->now,
		.period_end = f->now + 30 * DAY,
	    .price = { 2500, "SGD" }, .price_id = "PRICE_1", .allowances = { again, 1 }); break;
	default:
		if (feed_random(f, 5) == 0)
			feed_of(f, subscription_removed, id, NULL, .reason = "reset");
		else
			feed_of(f, subscription_terminated, id, NULL, .terminated_at = f->now, .reason = "asked");
	}
}

static void
pay(struct feed *f)
{
	const char *id = ID("PAY-%06d", ++f->attempts), *customer = a_customer(f);

	feed_of(f, payment_charge_requested, id, customer, .customer_id = customer, .payment_method_id = "PM-1",
		.amount = { 2500, "SGD" },
	    .purpose = "manual", .token = "tok");
	if (feed_random(f, 2))
		feed_of(f, payment_charged, id, customer, .customer_id = customer, .status = "approved", .gateway_ref = "mock_1");
	else
		feed_of(f, payment_declined, id, customer, .customer_id = customer, .decline_reason = "card_declined_by_issuer");
}

static void
catalog_moves(struct feed *f)
{
	const char *id = ID("UR-%lld", (long long)f->position);

	switch (feed_random(f, 5)) {
	case 0: feed_of(f, catalog_offering_retired, "PLAN_2", NULL, .valid_to = f->now); break;
	case 1: feed_of(f, catalog_price_added, ID("PR-%s", id), NULL, .offering_id = "PLAN_0",
		.price_type = "recurring", .amount = { 900, "SGD" },
	    .valid_from = f->now); break;
	case 2: feed_of(f, catalog_price_closed, "PRICE_0", NULL, .offering_id = "PLAN_0", .valid_to = f->now); break;
	case 3: feed_of(f, usage_received, id, NULL, .status = "received",
		.document = "{\"usageSpecification\":{\"id\":\"s\"},\"description\":\"d\"}"); break;
	default: feed_of(f, service_registered, id, NULL, .name = "n", .state = "active", .category = "c",
	    .document = "{\"place\":[{\"id\":\"p\",\"role\":\"r\"}]}"); break;
	}
}

void
feed_something(struct feed *f)
{
	unsigned dice = feed_random(f, 20);

	if (f->customers == 0 || dice < 3)
		new_customer(f);
	else if (f->lines == 0 || dice == 3)
		new_line(f);
	else if (dice < 7)
		change_customer(f);
	else if (dice == 7)
		order(f);
	else if (dice == 8)
		network(f);
	else if (dice == 9)
		pay(f);
	else if (dice == 10)
		catalog_moves(f);
	else if (dice < 13)
		change_line(f);
	else
		feed_usage(f);
}
