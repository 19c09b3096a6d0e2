/* test_tmf.c -- what TMF630 asks of a gateway and no conformance kit checks: the query grammar, pages, chosen attributes,
 * error bodies; and the lean JSON reader below the usage endpoint.  No database, no network. */
#include "check.h"
#include <stdlib.h>
#include "core/base/buf.h"
#include "core/base/json.h"
#include "gateways/http/problem.h"
#include "gateways/http/scan.h"
#include "gateways/http/url.h"
#include "gateways/http/usage.h"
#include "gateways/tmf/criteria.h"
#include "gateways/tmf/fields.h"
#include "gateways/tmf/select.h"
#include "gateways/tmf/tmf.h"
#include "schemas/registry.h"

static struct arena *arena;

static const struct attribute attributes[] = { { "id", ATTR_TEXT }, { "name", ATTR_TEXT }, { "status", ATTR_TEXT },
	{ "orderDate", ATTR_TEXT }, { "priority", ATTR_TEXT }, { "relatedParty", ATTR_LIST }, { "@type", ATTR_TEXT }, { 0 } };

static struct criteria
parsed(const char *query)
{
	struct criteria c;
	struct error err = { 0 };

	if (!criteria_parse(query, attributes, arena, &c, &err))
		fail_msg("%s: %s", query ? query : "no query", err.message);
	return c;
}

static void
refused(const char *query, const char *rule)
{
	struct criteria c;
	struct error err = { 0 };

	if (criteria_parse(query, attributes, arena, &c, &err))
		fail_msg("%s was taken", query);
	assert_string_equal(err.rule, rule);
	assert_int_equal(err.kind, ERROR_INVALID);
}

static void
one(const char *query, const char *attribute, enum criterion_op op, const char *value)
{
	struct criteria c = parsed(query);

	assert_int_equal(c.n, 1);
	assert_int_equal(c.all[0].n, 1);
	assert_string_equal(c.all[0].v[0].attribute, attribute);
	assert_int_equal(c.all[0].v[0].op, op);
	assert_int_equal(c.all[0].v[0].n, 1);
	assert_string_equal(c.all[0].v[0].values[0], value);
}

static void
operators_are_suffixes_or_literals(void **state)
{
	(void)state;
	one("status=a", "status", IS_EQ, "a");
	one("status.eq=a", "status", IS_EQ, "a");
	one("orderDate.gt=2013-04-20", "orderDate", IS_GT, "2013-04-20");
	one("orderDate.gte=2013", "orderDate", IS_GTE, "2013");
	one("orderDate.lt=2013", "orderDate", IS_LT, "2013");
	one("orderDate.lte=2013", "orderDate", IS_LTE, "2013");
	one("name.regex=a,b", "name", IS_REGEX, "a,b");
	one("orderDate%3E2013-04-20", "orderDate", IS_GT, "2013-04-20");
	one("orderDate>2013-04-20", "orderDate", IS_GT, "2013-04-20");
	one("orderDate%3E%3D2013", "orderDate", IS_GTE, "2013");
	one("orderDate%3E=2013", "orderDate", IS_GTE, "2013");
	one("orderDate>=2013", "orderDate", IS_GTE, "2013");
	one("orderDate%3C2013", "orderDate", IS_LT, "2013");
	one("orderDate<=2013", "orderDate", IS_LTE, "2013");
	one("name*=a.*", "name", IS_REGEX, "a.*");
	one("name%3D~a.*", "name", IS_REGEX, "a.*");
	one("name==x", "name", IS_EQ, "x");
	one("name%3D%3Dx", "name", IS_EQ, "x");
	one("relatedParty.id=5", "relatedParty.id", IS_EQ, "5");
	one("@type=Customer", "@type", IS_EQ, "Customer");
	one("priority=%221%22", "priority", IS_EQ, "1");
	one("name=a+b%20c", "name", IS_EQ, "a b c");
	one("status=", "status", IS_EQ, "");
}

static void
names_repeated_commas_and_semicolons_mean_or(void **state)
{
	struct criteria c = parsed("status=a,b%2Cc&name=x");
	(void)state;

	assert_int_equal(c.n, 2);
	assert_int_equal(c.all[0].v[0].n, 2);
	assert_string_equal(c.all[0].v[0].values[1], "b,c");
	c = parsed("status=a&name=x&status=b");
	assert_int_equal(c.n, 2);
	assert_int_equal(c.all[0].n, 2);
	assert_string_equal(c.all[0].v[1].values[0], "b");
	c = parsed("status=a;status=b;name=c");
	assert_int_equal(c.n, 1);
	assert_int_equal(c.all[0].n, 3);
	assert_string_equal(c.all[0].v[2].attribute, "name");
	c = parsed("orderDate.gt=1&orderDate.gt=2");
	assert_int_equal(c.n, 2);
}

static void
reserved_names(void **state)
{
	struct criteria c = parsed("fields=name,relatedParty.id&sort=-name,+status,orderDate&offset=20&limit=10&depth=2");
	(void)state;

	assert_int_equal(c.n, 0);
	assert_int_equal(c.n_fields, 2);
	assert_string_equal(c.fields[1], "relatedParty.id");
	assert_int_equal(c.n_sort, 3);
	assert_true(c.sort[0].down);
	assert_false(c.sort[1].down);
	assert_string_equal(c.sort[1].attribute, "status");
	assert_int_equal(c.offset, 20);
	assert_int_equal(c.limit, 10);
	c = parsed("fields=none");
	assert_true(c.has_fields);
	assert_int_equal(c.n_fields, 0);
	c = parsed(NULL);
	assert_int_equal(c.limit, PAGE_DEFAULT);
	assert_int_equal(parsed("limit=100000").limit, PAGE_MAX);
	assert_int_equal(parsed("limit=0").limit, 0);
}

static void
what_is_wrong_is_said(void **state)
{
	char *many = arena_strdup(arena, "status=1"), *value = arena_alloc(arena, 3000);
	(void)state;

	refused("nosuch=1", "query.unknown_attribute");
	refused("sort=nosuch", "query.unknown_attribute");
	refused("status", "query.malformed");
	refused("=x", "query.malformed");
	refused("status=%zz", "query.malformed");
	refused("status=%4", "query.malformed");
	refused("status=%", "query.malformed");
	refused("status=%00", "query.malformed");
	refused("status=%ff", "query.malformed");
	refused("relatedParty..id=1", "query.malformed");
	refused("relatedParty.=1", "query.malformed");
	refused("na'me=1", "query.malformed");
	refused("offset=-1", "query.invalid_page");
	refused("limit=x", "query.invalid_page");
	refused("limit=", "query.invalid_page");
	refused("filter=$[?(@.a)]", "query.not_supported");
	refused("fields=a&fields=b", "query.malformed");
	for (int i = 0; i < CRITERIA_MAX; i++)
		many = arena_printf(arena, "%s&status.gt=%d", many, i);
	refused(many, "query.too_many_conditions");
	memset(value, 'x', 2999);
	refused(arena_printf(arena, "name=%s", value), "query.value_too_long");
	refused(arena_printf(arena, "name=%s&status=%s", value, value), "query.too_long");
}

static void
links_are_kept_short(void **state)
{
	struct criteria c = parsed("offset=20&limit=10");
	char long_query[800];
	(void)state;

	assert_string_equal(page_links(arena, "/c", "status=a&offset=20&limit=10", &c, 45),
	    "</c?status=a&offset=0&limit=10>; rel=\"first\", </c?status=a&offset=10&limit=10>; rel=\"prev\", "
	    "</c?status=a&offset=30&limit=10>; rel=\"next\", </c?status=a&offset=40&limit=10>; rel=\"last\"");
	c = parsed("limit=50");
	assert_null(page_links(arena, "/c", "limit=50", &c, 45));
	assert_non_null(page_links(arena, "/c", "limit=50", &c, 51));
	memset(long_query, 'a', sizeof long_query - 1);
	long_query[sizeof long_query - 1] = 0;
	assert_null(page_links(arena, "/c", long_query, &c, 1000));
	assert_null(page_links(arena, "/c", "name=<x>", &c, 1000));
}

static void
cut(const char *document, const char *query, const char *expected)
{
	struct criteria c = parsed(query);
	struct buf out = { 0 };

	fields_cut(document, strlen(document), c.fields, c.n_fields, &out);
	assert_string_equal(buf_text(&out), expected);
	buf_free(&out);
}

static void
fields_keep_id_href_and_what_was_asked_for(void **state)
{
	static const char doc[] = "{\"id\": \"1\", \"href\": \"/x/1\", \"name\": \"a, \\\"b\\\" {\", \"n\": 12.50, \"party\":"
	    " [{\"id\": \"p\", \"role\": \"r\"}, {\"id\": \"q\"}], \"deep\": {\"a\": {\"b\": 1, \"c\": 2}}}";
	(void)state;

	cut(doc, "fields=none", "{\"id\":\"1\",\"href\":\"/x/1\"}");
	cut(doc, "fields=name", "{\"id\":\"1\",\"href\":\"/x/1\",\"name\":\"a, \\\"b\\\" {\"}");
	cut(doc, "fields=n,nosuch", "{\"id\":\"1\",\"href\":\"/x/1\",\"n\":12.50}");
	cut(doc, "fields=party.id", "{\"id\":\"1\",\"href\":\"/x/1\",\"party\":[{\"id\":\"p\"},{\"id\":\"q\"}]}");
	cut(doc, "fields=party.role", "{\"id\":\"1\",\"href\":\"/x/1\",\"party\":[{\"role\":\"r\"},{}]}");
	cut(doc, "fields=deep.a.b", "{\"id\":\"1\",\"href\":\"/x/1\",\"deep\":{\"a\":{\"b\":1}}}");
	cut(doc, "fields=deep,deep.a.b", "{\"id\":\"1\",\"href\":\"/x/1\",\"deep\":{\"a\": {\"b\": 1, \"c\": 2}}}");
	cut(doc, "fields=na", "{\"id\":\"1\",\"href\":\"/x/1\"}");
}

static void
refusals_have_five_keys_and_tm_forums(void **state)
{
	struct error e = { 0 };
	struct buf out = { 0 };
	(void)state;

	error_set(&e, ERROR_REFUSED, "customer.create.email_unique", "Taken");
	error_fact(&e, "email", "x");
	assert_int_equal(problem_of(&out, &e), 422);
	assert_string_equal(buf_text(&out), "{\"code\":\"POLICY_VIOLATION\",\"reason\":\"customer.create.email_unique\",\"message\":\"Taken\","
	    "\"status\":\"422\",\"@type\":\"Error\",\"referenceError\":\"https://docs.bss-cli.dev/policies/customer.create.email_unique\","
	    "\"context\":{\"email\":\"x\"}}");
	buf_clear(&out);
	error_set(&e, ERROR_UNAVAILABLE, "PROJECTION_BEHIND", "Late");
	e.context[0] = 0;
	assert_int_equal(problem_of(&out, &e), 503);
	assert_non_null(strstr(buf_text(&out), "\"code\":\"PROJECTION_BEHIND\""));
	buf_clear(&out);
	error_set(&e, ERROR_REFUSED, "a.b", "No");
	problem_of(&out, &e);
	assert_non_null(strstr(buf_text(&out), "\"context\":{}"));
	buf_clear(&out);
	problem_write(&out, 404, PROBLEM_NOT_FOUND, "not_found", "A \"b\"");
	assert_string_equal(buf_text(&out), "{\"code\":\"60\",\"reason\":\"not_found\",\"message\":\"A \\\"b\\\"\",\"status\":\"404\",\"@type\":\"Error\"}");
	buf_free(&out);
}

/* ---- SQL ---------------------------------------------------------------------------------------------- */

static void
values_never_enter_the_sql(void **state)
{
	static const char bad[] = "'; DROP TABLE x; --";
	struct criteria c = parsed("name=%27%3B%20DROP%20TABLE%20x%3B%20--&status.gt=%27%3B%20DROP%20TABLE%20x%3B%20--"
	    "&relatedParty.id*=%27%3B%20DROP%20TABLE%20x%3B%20--&sort=-priority");
	struct select s = { .arena = arena };
	struct error err = { 0 };
	int found = 0;
	(void)state;

	assert_true(select_list(&s, read_table_of_resource("customer"), &c, "T", false, &err));
	assert_null(strstr(buf_text(&s.sql), "DROP"));
	for (int i = 0; i < s.n; i++)
		found += strstr(s.params[i].bytes, bad) != NULL;
	assert_int_equal(found, 3);
	assert_non_null(strstr(buf_text(&s.sql), "tenant_id = $1"));
	assert_non_null(strstr(buf_text(&s.sql), "name = ANY("));
	assert_non_null(strstr(buf_text(&s.sql), "DESC NULLS LAST"));
	select_done(&s);
}

static void
every_resource_has_a_read_table_and_its_words(void **state)
{
	(void)state;
	for (const struct tmf_api *const *api = tmf_apis; *api; api++)
		for (const struct tmf_resource *r = (*api)->resources; r->name; r++) {
			const struct read_table *t = read_table_of_resource(r->name);
			if (!t)
				fail_msg("%s has no read table", r->name);
			assert_non_null(t->href);
			assert_int_equal(strncmp(t->href, (*api)->bases[0], strlen((*api)->bases[0])), 0);
			for (const struct tmf_map *m = r->create_map; m && m->attribute; m++)
				assert_non_null(shape_field(r->create, m->argument));
			for (const struct tmf_map *m = r->patch_map; m && m->attribute; m++)
				assert_non_null(shape_field(r->patch, m->argument));
			for (const char *const *f = r->fixed; f && *f; f++)
				if (!attribute_named(*f, r->attributes))
					fail_msg("%s has no %s", r->name, *f);
			assert_true(!r->patch || shape_target(r->patch));
			assert_true(!r->remove || shape_target(r->remove));
		}
}

static void
at(const char *path, const char *resource, const char *id)
{
	const struct tmf_api *api;
	const char *got = NULL;
	const struct tmf_resource *r = tmf_resource_at(path, &api, &got, arena);

	if (!resource) {
		assert_null(r);
		return;
	}
	assert_non_null(r);
	assert_string_equal(r->name, resource);
	if (id)
		assert_string_equal(got, id);
	else
		assert_null(got);
}

static void
paths(void **state)
{
	(void)state;
	at("/tmf-api/serviceInventory/v4/service", "service", NULL);
	at("/tmf-api/serviceInventory/v4/service/", "service", NULL);
	at("/tmf-api/serviceInventory/v4/service/SVC-1", "service", "SVC-1");
	at("/tmf-api/serviceInventory/v4/service/SVC-1/", "service", "SVC-1");
	at("/tmf-api/serviceInventoryManagement/v4/service/1", "service", "1");
	at("/tmf-api/serviceInventory/v4/service/1/2", NULL, NULL);
	at("/tmf-api/serviceInventory/v4/services", NULL, NULL);
	at("/tmf-api/serviceInventory/v4/", NULL, NULL);
	at("/tmf-api/serviceInventory/v5/service", NULL, NULL);
	at("/tmf-api/usageManagement/v4/usageSpecification/x", "usageSpecification", "x");
}

/* ---- the lean reader ------------------------------------------------------------------------------------- */

static bool
well_formed(const char *text)
{
	char *copy = arena_strdup(arena, text);
	struct scan s = scan_text(copy, strlen(copy));

	return scan_skip(&s, NULL) && scan_end(&s);
}

static void
json_is_read_strictly(void **state)
{
	static const char *const good[] = { "0", "-1.5e+10", "[]", " [ 1 , {} ] ", "\"\\u00e9\\n\"",
		"{\"a\":[true,false,null]}", NULL };
	static const char *const wrong[] = { "", "01", "1.", "-", "1e", "+1", ".5", "[1,]", "[,1]", "{\"a\"}",
		"{\"a\":}", "{\"a\":1,}",
		"{a:1}", "\"", "\"\\x\"", "\"\\u12\"", "\"\t\"", "tru", "nul", "[1 2]", "1 2", "]", "{]", "[}", NULL };
	char deep[201];
	(void)state;

	for (int i = 0; good[i]; i++)
		if (!well_formed(good[i]))
			fail_msg("%s is JSON", good[i]);
	for (int i = 0; wrong[i]; i++)
		if (well_formed(wrong[i]))
			fail_msg("%s is not JSON", wrong[i]);
	memset(deep, '[', 100);
	memset(deep + 100, ']', 100);
	deep[200] = 0;
	assert_false(well_formed(deep));
	assert_true(well_formed(deep + 50) == false);
	memmove(deep, deep + 40, 121);
	deep[120] = 0;
	assert_true(well_formed(deep));
}

static void
strings_are_decoded_in_place(void **state)
{
	char text[] = "\"a\\\"b\\u00e9\\ud83d\\ude00\\n\" 7", lonely[] = "\"\\ud83d\"", nul[] = "\"\\u0000\"", plain[] = "\"abc\"";
	struct scan s = scan_text(text, strlen(text));
	size_t n;
	int64_t v;
	(void)state;

	assert_string_equal(scan_string(&s, &n), "a\"b\xc3\xa9\xf0\x9f\x98\x80\n");
	assert_int_equal(n, 10);
	assert_true(scan_int(&s, &v) && v == 7);
	s = scan_text(lonely, strlen(lonely));
	assert_null(scan_string(&s, &n));
	s = scan_text(nul, strlen(nul));
	assert_null(scan_string(&s, &n));
	s = scan_text(plain, strlen(plain));
	assert_string_equal(scan_string(&s, &n), "abc");
}

static void
amounts_are_found_digit_by_digit(void **state)
{
	static const char doc[] = "{\"a\":{\"value\":1},\"price\":{\"unit\":\"SGD\",\"value\":12345678901234567.10}}";
	struct span raw;
	(void)state;

	assert_true(scan_find(doc, strlen(doc), "price.value", &raw));
	assert_true(span_is(raw, "12345678901234567.10"));
	assert_false(scan_find(doc, strlen(doc), "price.nosuch", &raw));
	assert_false(scan_find(doc, strlen(doc), "price.unit.x", &raw));
}

/* ---- usage records ------------------------------------------------------------------------------------------ */

static const char *
read_one(const char *json, struct usage_record *u)
{
	char *copy = arena_strdup(arena, json);
	struct scan s = scan_text(copy, strlen(copy));
	struct usage_faults f;
	const char *all = "";

	*u = (struct usage_record){ 0 };
	if (usage_read(&s, u, &f))
		return scan_end(&s) ? "" : "more";
	for (int i = 0; i < f.n; i++)
		all = arena_printf(arena, "%s%s%.*s %s", all, i ? "; " : "", f.v[i].len, f.v[i].name, f.v[i].why);
	return s.bad ? "bad" : all;
}

#define RECORD "\"msisdn\":\"6591234567\",\"eventType\":\"data\",\"eventTime\":\"2026-02-15T09:00:00Z\",\"quantity\":5,\"unit\":\"mb\""

static void
usage_records_are_read(void **state)
{
	struct usage_record u;
	(void)state;

	assert_string_equal(read_one("{" RECORD ",\"reference\":\"r-1\",\"roamingIndicator\":true,\"source\":null}", &u), "");
	assert_string_equal(u.msisdn, "6591234567");
	assert_string_equal(u.reference, "r-1");
	assert_int_equal(u.quantity, 5);
	assert_true(u.roaming_indicator);
	assert_null(u.source);
	assert_int_equal(u.event_time, INT64_C(1771146000000000));
	assert_string_equal(read_one("{" RECORD ",\"rawCdrRef\":\"r-2\"}", &u), "");
	assert_string_equal(u.reference, "r-2");
	assert_string_equal(read_one("{}", &u), "msisdn is missing; eventType is missing; eventTime is missing; quantity is missing; "
	    "unit is missing");
	assert_string_equal(read_one("{" RECORD ",\"nosuch\":1}", &u), "nosuch is not a field of a usage record");
	assert_string_equal(read_one("{" RECORD ",\"quantity\":1}", &u), "quantity is there twice");
	assert_string_equal(read_one("{" RECORD ",\"reference\":\"a\",\"rawCdrRef\":\"b\"}", &u), "rawCdrRef is there twice");
	assert_string_equal(read_one("{\"quantity\":\"5\",\"eventTime\":\"soon\",\"msisdn\":\"a b\",\"unit\":7,\"roamingIndicator\":1,"
	    "\"eventType\":\"data\"}", &u), "quantity must be a whole number; eventTime must be a time like "
	    "\"2026-02-15T09:00:00Z\"; msisdn must be an id: 1 to 63 letters, digits or _ . : + @ -; unit must be a text; "
	    "roamingIndicator must be true or false");
	assert_string_equal(read_one("{" RECORD ",\"source\":5.5}", &u), "source must be a text");
	assert_string_equal(read_one("7", &u), " A usage record is an object");
	assert_string_equal(read_one("{\"msisdn\":", &u), "bad");
	assert_string_equal(read_one("{" RECORD, &u), "bad");
}

static int
start(void **state)
{
	(void)state;
	registry_start();
	arena = arena_new();
	return 0;
}

static int
stop(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(operators_are_suffixes_or_literals),
		cmocka_unit_test(names_repeated_commas_and_semicolons_mean_or),
		cmocka_unit_test(reserved_names),
		cmocka_unit_test(what_is_wrong_is_said),
		cmocka_unit_test(links_are_kept_short),
		cmocka_unit_test(fields_keep_id_href_and_what_was_asked_for),
		cmocka_unit_test(refusals_have_five_keys_and_tm_forums),
		cmocka_unit_test(values_never_enter_the_sql),
		cmocka_unit_test(every_resource_has_a_read_table_and_its_words),
		cmocka_unit_test(paths),
		cmocka_unit_test(json_is_read_strictly),
		cmocka_unit_test(strings_are_decoded_in_place),
		cmocka_unit_test(amounts_are_found_digit_by_digit),
		cmocka_unit_test(usage_records_are_read),
	};
	return cmocka_run_group_tests(tests, start, stop);
}
