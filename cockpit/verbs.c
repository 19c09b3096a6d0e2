/* verbs.c -- the verbs that operators know by another name than their operation's, and what they print.
 *
 * A row: words, operation, flags that differ from the field's name, arguments that are set unless given, and
 * functions where one call is not all.  Everything that is not listed here is a verb all the same, by its
 * operation's name. */
#include "cockpit/verb.h"
#include <ctype.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include "cockpit/card.h"
#include "core/base/clock.h"
#include "core/base/id.h"
#include "core/base/json.h"
#include "core/base/money.h"
#include "core/base/text.h"
#include "schemas/registry.h"

static const char *
result_text(struct verb_run *run, const char *camel)
{
	return member_text(run->arena, run->result.json, camel, "");
}

static void __attribute__((format(printf, 2, 3)))
say(struct verb_run *run, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_str(&run->out, arena_vprintf(run->arena, fmt, ap));
	va_end(ap);
}

static const char *
argument_text(struct verb_run *run, const char *field)
{
	return member_text(run->arena, run->args, field, "");
}

static const char *
extra(struct verb_run *run, const char *name)
{
	const cJSON *said = member(run->extras, name);

	return said ? member_text(run->arena, run->extras, name, "") : NULL;
}

static bool
call_itself(struct verb_run *run)
{
	return client_call(run->client, run->op->name, run->args, &run->options, run->arena, &run->result,
			   &run->error);
}

/* ---- customers ------------------------------------------------------------------------------ */

/* without e-mail and phone a placeholder address, so that a name is enough at a prompt */
static bool
prepare_customer(struct verb_run *run)
{
	const char *name = json_text(run->args, "name");

	if (!name)
		name = json_text(run->args, "given_name");
	if (text_blank(name) && !json_text(run->args, "family_name") && !json_text(run->args, "customer_id"))
		return error_set(&run->error, ERROR_INVALID, "arguments.invalid", "--name is required");
	if (!name || member(run->args, "email") || member(run->args, "phone") ||
	    member(run->args, "contact_media"))
		return true;
	char *local = arena_strndup(run->arena, name, strcspn(name, " "));
	for (char *p = local; *p; p++)
		*p = isalnum((unsigned char)*p) ? (char)tolower((unsigned char)*p) : '.';
	cJSON_AddStringToObject(run->args, "email", arena_printf(run->arena, "%s@local", local));
	cJSON_AddTrueToObject(run->extras, "placeholder");
	return true;
}

static bool
attach_card(struct verb_run *run, const char *number)
{
	struct call_result r;
	cJSON *args = object_of(run->arena, "customer_id", run->result.id);

	cJSON_AddStringToObject(args, "card_number", number);
	/* a repeat under the key must not put a second card on file */
	struct call_options o = { .key = run->options.key ? arena_printf(run->arena, "%s:card", run->options.key) : NULL };
	if (!client_call(run->client, "payment.add_card", args, &o, run->arena, &r, &run->error))
		return error_hint(&run->error, "%s is there all the same: bss payment add-card --customer %s --card NUMBER",
			run->result.id, run->result.id);
	if (run->json)
		return true;
	const cJSON *card = member(r.json, "cardSummary");
	say(run, "Attached card %s  %s•••%s\n", r.id,
	    member_text(run->arena, card ? card : r.json, "brand", "unknown"),
	    member_text(run->arena, card ? card : r.json, "last4", "????"));
	return true;
}

static const char *
full_name(struct verb_run *run, const cJSON *customer)
{
	const cJSON *person = member(customer, "individual");

	if (!person)
		return member_text(run->arena, customer, "name", "");
	const char *given = member_text(run->arena, person, "givenName", ""),
		   *family = member_text(run->arena, person, "familyName", "");
	return arena_printf(run->arena, "%s%s%s", given, *given && *family ? " " : "", family);
}

static bool
run_customer_create(struct verb_run *run)
{
	if (!call_itself(run)) {
		if (extra(run, "placeholder") && strcmp(run->error.rule, "customer.create.email_unique") == 0)
			error_hint(&run->error, "Without --email or --phone that address is made of the name: give one");
		return false;
	}
	if (!run->json)
		say(run, "Created %s  %s\n", run->result.id, full_name(run, run->result.json));
	return !extra(run, "card") || attach_card(run, extra(run, "card"));
}

static void
print_nothing_more(struct verb_run *run)
{
	(void)run;
}

static void
join(struct verb_run *run, const char *name, const char *op, const cJSON *args)
{
	cJSON *more;

	if (!member(run->result.json, name) && verb_call(run, op, args, &more) && cJSON_IsArray(more))
		cJSON_AddItemToObject(run->result.json, name, cJSON_Duplicate(more, true));
}

static void
print_customers(struct verb_run *run)
{
	const cJSON *c;

	cJSON_ArrayForEach(c, run->result.json)
		say(run, "%s  %s  %s\n", fit(run->arena, member_text(run->arena, c, "id", ""), 15),
			fit(run->arena, full_name(run, c), 30), member_text(run->arena, c, "status", ""));
}

/* ---- orders --------------------------------------------------------------------------------- */

static const char *
order_plan(struct verb_run *run, const cJSON *order)
{
	const cJSON *items = member(order, "items");

	return member_text(run->arena, cJSON_IsArray(items) ? items->child : order, "offeringId",
		member_text(run->arena, order, "offeringId", argument_text(run, "offering_id")));
}

/* said as it happens: placed, submitted, then the end.  One key: the second call joins the first's outcome. */
static bool
run_order_create(struct verb_run *run)
{
	char key[UUID_TEXT];
	bool wait = !run->options.no_wait;

	if (run->json)
		return call_itself(run);
	if (!run->options.key)
		run->options.key = arena_strdup(run->arena, uuid_random(key));
	run->options.no_wait = true;
	if (!call_itself(run))
		return false;
	printf("Created %s  %s  [acknowledged]\n", run->result.id, order_plan(run, run->result.json));
	const char *state = result_text(run, "state");
	if (strcmp(state, "acknowledged") != 0)
		printf("Submitted %s  [%s]\n", run->result.id, wait ? "in_progress" : state);
	fflush(stdout);
	if (!wait || strcmp(state, "acknowledged") == 0)
		return true;
	run->options.no_wait = false;
	if (!call_itself(run))
		return false;
	state = result_text(run, "state");
	const char *why = member_text(run->arena, run->result.json, "stateMessage", result_text(run, "stateReason"));
	say(run, "Final %s  [%s]%s%s\n", run->result.id, state, *why ? "  " : "", why);
	run->status = strcmp(state, "failed") == 0 || strcmp(state, "cancelled") == 0 ? 2 : 0;
	return true;
}

/* lists come newest first; an order is read from its first task on */
static void
add_all(cJSON *to, const cJSON *from)
{
	const cJSON *item;
	int at = cJSON_GetArraySize(to);

	cJSON_ArrayForEach(item, from)
		cJSON_InsertItemInArray(to, at, cJSON_Duplicate(item, true));
}

/* a service, those it is made of, and their network tasks */
static void
join_service(struct verb_run *run, const char *id, cJSON *services, cJSON *tasks, int depth)
{
	cJSON *service, *found;
	const cJSON *child;

	if (!verb_call(run, "service.get", object_of(run->arena, "service_id", id), &service))
		return;
	cJSON_AddItemToArray(services, cJSON_Duplicate(service, true));
	if (verb_call(run, "provisioning.list_tasks", object_of(run->arena, "service_id", id), &found))
		add_all(tasks, found);
	cJSON_ArrayForEach(child, member(service, "children"))
		if (cJSON_IsString(child) && depth < 3)
			join_service(run, child->valuestring, services, tasks, depth + 1);
}

static void
join_services(struct verb_run *run)
{
	cJSON *services = cJSON_CreateArray(), *tasks = cJSON_CreateArray();
	const cJSON *so, *item;

	cJSON_ArrayForEach(so, member(run->result.json, "serviceOrders"))
	    cJSON_ArrayForEach(item, member(so, "items")) if (member(item, "targetServiceId"))
		join_service(run, member_text(run->arena, item, "targetServiceId", ""), services, tasks, 0);
	cJSON_AddItemToObject(run->result.json, "services", services);
	cJSON_AddItemToObject(run->result.json, "tasks", tasks);
}

static bool
run_order_show(struct verb_run *run)
{
	if (!call_itself(run))
		return false;
	join(run, "serviceOrders", "service_order.list_for_order",
		object_of(run->arena, "commercial_order_id", result_text(run, "id")));
	join_services(run);
	return true;
}

static void
print_orders(struct verb_run *run)
{
	const cJSON *o;

	cJSON_ArrayForEach(o, run->result.json)
		say(run, "%s  %s  [%s]  %s\n", fit(run->arena, member_text(run->arena, o, "id", ""), 9),
			fit(run->arena, order_plan(run, o), 8), member_text(run->arena, o, "state", ""),
			member_text(run->arena, o, "orderDate", ""));
}

static void
print_to_state(struct verb_run *run)
{
	say(run, "%s → %s\n", run->result.id, member_text(run->arena, run->result.json, "state",
		member_text(run->arena, run->result.json, "status", "done")));
}

/* ---- subscriptions -------------------------------------------------------------------------- */

static void
name_party(struct verb_run *run, const char *as, const char *op, const char *field, const char *id)
{
	cJSON *found;

	if (!verb_call(run, op, object_of(run->arena, field, id), &found))
		return;
	const char *name =
	    member(found, "individual") ? full_name(run, found) : member_text(run->arena, found, "name", "");
	if (*name)
		cJSON_AddStringToObject(run->result.json, as, name);
}

static bool
run_subscription_show(struct verb_run *run)
{
	if (!call_itself(run) || run->json)
		return run->error.kind == ERROR_NONE;
	name_party(run, "offeringName", "catalog.get_offering", "offering_id", result_text(run, "offeringId"));
	name_party(run, "customerName", "customer.get", "customer_id", result_text(run, "customerId"));
	return true;
}

static void
print_subscription(struct verb_run *run)
{
	struct card_style style = verb_style(run);
	cJSON *esim;

	card_render("subscription.get", run->result.json, &style, &run->out);
	if (extra(run, "show-esim") && verb_call(run, "subscription.get_esim_activation",
		object_of(run->arena, "subscription_id", result_text(run, "id")), &esim))
		card_render("subscription.get_esim_activation", esim, &style, &run->out);
}

static void
print_subscriptions(struct verb_run *run)
{
	const cJSON *s;

	cJSON_ArrayForEach(s, run->result.json)
	    say(run, "%s  %s  %s  MSISDN %s\n", fit(run->arena, member_text(run->arena, s, "id", ""), 8),
		fit(run->arena, member_text(run->arena, s, "offeringId", ""), 8),
		fit(run->arena, member_text(run->arena, s, "state", ""), 8),
		member_text(run->arena, s, "msisdn", ""));
}

static void
print_vas(struct verb_run *run)
{
	say(run, "%s → %s  (+%s)\n", run->result.id, result_text(run, "state"), argument_text(run, "vas_offering_id"));
}

/* done, and the answer of the payment provider was no */
static bool
run_renewal(struct verb_run *run)
{
	if (!call_itself(run))
		return false;
	run->status = run->result.event && strcmp(run->result.event, "subscription.renew_failed") == 0 ? 2 : 0;
	return true;
}

static void
print_renewal(struct verb_run *run)
{
	if (run->status != 0)
		say(run, "%s was not renewed: the charge was declined  [%s]\n", run->result.id,
		    result_text(run, "state"));
	else
		say(run, "%s renewed → next %s\n", run->result.id, result_text(run, "nextRenewalAt"));
}

/* ---- payment -------------------------------------------------------------------------------- */

static const cJSON *
plastic(const cJSON *method)
{
	const cJSON *summary = member(method, "cardSummary");

	return summary ? summary : method;
}

static void
print_card_added(struct verb_run *run)
{
	const cJSON *c = plastic(run->result.json);

	say(run, "Added %s  %s•••%s\n", run->result.id, member_text(run->arena, c, "brand", "unknown"),
		member_text(run->arena, c, "last4", "????"));
}

static void
print_methods(struct verb_run *run)
{
	const cJSON *m;

	cJSON_ArrayForEach(m, run->result.json) {
		const cJSON *c = plastic(m);
		const char *month = member_text(run->arena, c, "expMonth", NULL),
			   *year = member_text(run->arena, c, "expYear", NULL);
		say(run, "%s  %s•••%s  %s%s\n", fit(run->arena, member_text(run->arena, m, "id", ""), 9),
		    fit(run->arena, member_text(run->arena, c, "brand", "unknown"), 6),
		    member_text(run->arena, c, "last4", "????"),
		    month && year ? arena_printf(run->arena, "%02d/%s", atoi(month), year) : "",
		    cJSON_IsTrue(member(m, "isDefault")) ? "  default" : "");
	}
}

static void
print_removed(struct verb_run *run)
{
	say(run, "Removed %s\n", run->result.id);
}

static bool
confirmed(struct verb_run *run, const char *question, const char *word)
{
	char answer[64] = "";

	if (run->yes)
		return true;
	fputs(question, stderr);
	if (!fgets(answer, sizeof answer, stdin))
		answer[0] = 0;
	answer[strcspn(answer, "\r\n")] = 0;
	return strcasecmp(answer, word) == 0;
}

static bool
aborted(struct verb_run *run, int status)
{
	fputs("Aborted.\n", stderr);
	if (run->json)
		say(run, "{\"aborted\": true}\n");
	run->told = true;
	run->status = status;
	return true;
}

static bool
said_unless_json(struct verb_run *run, const char *line)
{
	if (!run->json)
		say(run, "%s", line);
	return true;
}

static bool
run_cutover(struct verb_run *run)
{
	struct call_options preview = { .dry_run = true };

	if (!cJSON_IsTrue(member(run->args, "invalidate_mock_tokens"))) {
		run->result.json = object_new(run->arena);
		return said_unless_json(run, "Nothing to do: --invalidate-mock-tokens says what\n");
	}
	if (!client_call(run->client, run->op->name, run->args, &preview, run->arena, &run->result,
			 &run->error))
		return false;
	int n = cJSON_GetArraySize(member(run->result.json, "events"));
	if (n == 0)
		return said_unless_json(run, "No card was tokenised by the mock provider.\n");
	if (!confirmed(run, arena_printf(run->arena, "Expire %d cards of the mock provider? [y/N]: ", n), "y"))
		return aborted(run, 2);
	if (!call_itself(run))
		return false;
	return said_unless_json(run, arena_printf(run->arena, "Invalidated %s payment methods.\n",
		result_text(run, "invalidated_count")));
}

/* ---- usage ---------------------------------------------------------------------------------- */

struct unit { const char *said, *unit; int64_t times; };
static const struct unit units[] = {
	{ "gb", "mb", 1024 },     { "mb", "mb", 1 },           { "min", "minutes", 1 },
	{ "mins", "minutes", 1 }, { "minutes", "minutes", 1 }, { "sms", "count", 1 },
	{ "count", "count", 1 },  { "ct", "count", 1 },        { 0 },
};

static const struct unit *
unit_said(const char *suffix)
{
	const struct unit *u = units;

	while (u->said && strcasecmp(u->said, suffix) != 0)
		u++;
	return u;
}

#define QUANTITY_MOST INT64_C(1000000000000)

/* 2, 0.5 or 1.25 times so many; false: not a whole number then, or beyond all sense */
static bool
times(const char *number, size_t n, int64_t factor, int64_t *out)
{
	int64_t whole = 0, below = 1;
	bool fraction = false;

	for (size_t i = 0; i < n; i++) {
		if (number[i] == '.') {
			fraction = true;
			continue;
		}
		whole = whole * 10 + (number[i] - '0');
		below *= fraction ? 10 : 1;
		if (whole > QUANTITY_MOST || below > QUANTITY_MOST)
			return false;
	}
	*out = whole * factor / below;
	return whole * factor % below == 0 && *out <= QUANTITY_MOST;
}

/* 2gb, 500mb, 1.5gb, 10min, 3: number and unit in one word */
static bool
prepare_usage(struct verb_run *run)
{
	const char *said = extra(run, "quantity");
	size_t n = said ? strspn(said, "0123456789.") : 0, dot = said ? strcspn(said, ".") : 0;
	int64_t quantity;

	if (!said)
		return true;
	const struct unit *u = unit_said(said + n);
	if (n == 0 || dot == 0 || (dot < n && (dot + 1 == n || memchr(said + dot + 1, '.', n - dot - 1))) ||
	    !times(said, n, u->said ? u->times : 1, &quantity) || quantity == 0)
		return error_set(&run->error, ERROR_INVALID, "arguments.invalid",
			"--quantity takes a positive amount and a unit: 500mb, 2gb, 10min, 3sms");
	cJSON_AddNumberToObject(run->args, "quantity", (double)quantity);
	char *suffix = arena_strdup(run->arena, said + n);
	for (char *p = suffix; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	if (*suffix && !cJSON_HasObjectItem(run->args, "unit"))
		cJSON_AddStringToObject(run->args, "unit", u->said ? u->unit : suffix);
	return true;
}

static void
print_usage(struct verb_run *run)
{
	const char *why = member_text(run->arena, run->result.json, "processingError", NULL);

	say(run, "%s  %s  msisdn=%s %s%s%s%s\n", result_text(run, "id"), result_text(run, "state"),
	    result_text(run, "msisdn"), result_text(run, "quantity"), result_text(run, "unit"),
	    why ? "  " : "", why ? why : "");
}

/* ---- network -------------------------------------------------------------------------------- */

static bool
prepare_fault(struct verb_run *run)
{
	cJSON_AddBoolToObject(run->args, "enabled", !extra(run, "disable"));
	return true;
}

static void
print_retry(struct verb_run *run)
{
	say(run, "%s → %s  attempts=%s\n", run->result.id, result_text(run, "state"),
	    result_text(run, "attempts"));
}

static void
print_fault(struct verb_run *run)
{
	say(run, "%s enabled=%s p=%s\n", run->result.id,
	    cJSON_IsTrue(member(run->result.json, "enabled")) ? "True" : "False",
	    result_text(run, "probability"));
}

static void
print_services(struct verb_run *run)
{
	const cJSON *s;

	cJSON_ArrayForEach(s, run->result.json)
	    say(run, "%s  %s  %s  %s\n", fit(run->arena, member_text(run->arena, s, "id", ""), 9),
		fit(run->arena,
		    member_text(run->arena, s, "type", member_text(run->arena, s, "serviceType", "")), 4),
		fit(run->arena, member_text(run->arena, s, "name", member_text(run->arena, s, "specId", "")), 22),
		member_text(run->arena, s, "state", ""));
}

static void
print_range(struct verb_run *run)
{
	say(run, "inserted %s / skipped %s  (%s … %s)\n",
	    member_text(run->arena, run->result.json, "inserted", "0"),
	    member_text(run->arena, run->result.json, "skipped", "0"), result_text(run, "first"),
	    result_text(run, "last"));
}

/* ---- catalog -------------------------------------------------------------------------------- */

static bool
prepare_price(struct verb_run *run)
{
	if (!member(run->args, "price_id"))
		cJSON_AddStringToObject(run->args, "price_id", arena_printf(run->arena, "PRICE_%s_%lld",
			argument_text(run, "offering_id"), (long long)(wall_now() / SECOND)));
	return true;
}

/* a bound that is not said is cleared, as this verb always did */
static bool
prepare_window(struct verb_run *run)
{
	static const char *const bounds[] = { "valid_from", "valid_to" };

	for (int i = 0; i < 2; i++)
		if (!cJSON_HasObjectItem(run->args, bounds[i]))
			cJSON_AddNullToObject(run->args, bounds[i]);
	return true;
}

static void
print_plan_added(struct verb_run *run)
{
	say(run, "✓ Added offering %s — %s\n", run->result.id, result_text(run, "name"));
}

static void
print_price_added(struct verb_run *run)
{
	say(run, "✓ Added price %s\n", argument_text(run, "price_id"));
}

static void
print_window(struct verb_run *run)
{
	say(run, "✓ Windowed %s — valid_from=%s valid_to=%s\n", run->result.id,
	    member_text(run->arena, run->args, "validFrom", "NULL"),
	    member_text(run->arena, run->args, "validTo", "NULL"));
}

static void
print_retired(struct verb_run *run)
{
	say(run, "✓ Retired %s — %s\n", run->result.id, result_text(run, "name"));
}

static const cJSON *
first_price(const cJSON *plan)
{
	const cJSON *p = member(plan, "productOfferingPrice");
	const cJSON *price = p && p->child ? member(p->child, "price") : NULL;

	return price ? member(price, "taxIncludedAmount") : NULL;
}

static const char *
money_text(struct verb_run *run, const char *amount, const char *currency)
{
	char text[MONEY_TEXT];
	struct money m;
	struct error ignored;

	return money_parse(amount, currency, &m, &ignored) ? arena_strdup(run->arena, money_show(m, text)) :
		arena_printf(run->arena, "%s %s", currency, amount);
}

static void
print_active(struct verb_run *run)
{
	const cJSON *p;

	say(run, "Active catalog @ %s\n", member_text(run->arena, run->args, "at", "now"));
	cJSON_ArrayForEach(p, run->result.json) {
		const cJSON *money = first_price(p), *window = member(p, "validFor");
		say(run, "%s  %s  %s  %s  %s\n", fit(run->arena, member_text(run->arena, p, "id", ""), 14),
		    fit(run->arena, member_text(run->arena, p, "name", ""), 20),
		    fit_right(run->arena,
			      money ? money_text(run, member_text(run->arena, money, "value", "?"),
						 member_text(run->arena, money, "unit", "SGD"))
				    : "—",
			      12),
		    member_text(run->arena, window, "startDateTime", "NULL"),
		    member_text(run->arena, window, "endDateTime", "NULL"));
	}
}

static void
print_vas_list(struct verb_run *run)
{
	const cJSON *v;

	cJSON_ArrayForEach(v, run->result.json)
		say(run, "%s  %s  %s\n", fit(run->arena, member_text(run->arena, v, "id", ""), 20),
			fit(run->arena, member_text(run->arena, v, "name", ""), 28), money_text(run,
			member_text(run->arena, v, "priceAmount", member_text(run->arena, v, "price", "?")),
			member_text(run->arena, v, "currency", "SGD")));
}

/* leaves that scripts read: JSON whether asked for or not */
static void
print_as_json(struct verb_run *run)
{
	json_pretty(run->result.text ? run->result.text : json_print(run->arena, run->result.json), &run->out);
}

/* ---- system --------------------------------------------------------------------------------- */

/* 2026-02-15T09:00:00+00:00, and how it stands when it is not the wall's */
static void
print_clock(struct verb_run *run)
{
	const char *now = result_text(run, "now"), *mode = result_text(run, "mode");
	int64_t at;
	char text[TIME_TEXT];

	if (time_parse(now, &at))
		now = time_format(at / SECOND * SECOND, text);
	size_t n = strlen(now);
	say(run, "%.*s%s", (int)(n && now[n - 1] == 'Z' ? n - 1 : n), now,
	    n && now[n - 1] == 'Z' ? "+00:00" : "");
	say(run, "%s\n",
	    strcmp(mode, "frozen") == 0 ? "  (frozen)"
	    : strcmp(result_text(run, "offsetSeconds"), "0") != 0 && *result_text(run, "offsetSeconds")
		? "  (moved)"
		: "");
}

static bool
run_reset(struct verb_run *run)
{
	bool all = cJSON_IsTrue(member(run->args, "everything"));

	fprintf(stderr, "This removes %s.\n", all ? "every customer, order, line and task, whoever made them" :
		"the customers that scenarios made, with their orders, lines and tasks");
	fputs("Numbers and eSIMs go back to their pools.\nThe log keeps what happened; catalog and agents "
	      "stay.\n",
	      stderr);
	if (!confirmed(run, "Type 'reset' to confirm: ", "reset"))
		return aborted(run, 1);
	return call_itself(run);
}

static void
print_verify(struct verb_run *run)
{
	const char *bad = member_text(run->arena, run->result.json, "firstBad", NULL);

	if (bad)
		say(run, "BROKEN at position %s (%s events were checked)\n", bad, result_text(run, "checked"));
	else
		say(run, "The chain holds: %s events, head %s %s\n", result_text(run, "checked"),
		    result_text(run, "position"), result_text(run, "hash"));
}

/* a long question is one answer: meanwhile a process of its own says that something goes on */
static pid_t
watch_start(const struct verb_run *run, const char *what)
{
	pid_t pid = run->terminal.tty && isatty(STDERR_FILENO) ? fork() : -1;

	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (int seconds = 1;; seconds++) {
		sleep_for(SECOND);
		fprintf(stderr, "\r%s, %d s ", what, seconds);
	}
}

static void
watch_end(pid_t pid)
{
	if (pid <= 0)
		return;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	fputs("\r\033[K", stderr);
}

static bool
run_verify(struct verb_run *run)
{
	pid_t watch = watch_start(run, "checking the hash of every event (Ctrl-C ends it, nothing is changed)");

	if (!run->options.timeout)
		run->options.timeout = HOUR;
	bool ok = call_itself(run);
	watch_end(watch);
	run->status = ok && member(run->result.json, "firstBad") ? 1 : 0;
	return ok;
}

static void
print_head(struct verb_run *run)
{
	say(run, "log %s\nposition %s\nhash %s\n", result_text(run, "logId"), result_text(run, "position"),
	    result_text(run, "hash"));
}

static void
print_size(struct verb_run *run)
{
	const cJSON *m;

	cJSON_ArrayForEach(m, run->result.json) say(run, "%s  %s\n", fit(run->arena, m->string, 12),
						    member_text(run->arena, run->result.json, m->string, ""));
}

static void
print_reset(struct verb_run *run)
{
	say(run, "%s  %s removed\n", run->result.event ? run->result.event : "reset",
	    member_text(run->arena, run->result.json, "removed", "?"));
}

static const struct own_flag card_flag[] = { { "card", "NUMBER", "a card to put on file, for the mock provider" }, { 0 } };
static const struct own_flag esim_flag[] = { { "show-esim", NULL, "with the eSIM's code to scan" }, { 0 } };
static const struct own_flag quantity_flag[] = {
	{ "quantity", "AMOUNT", "how much, with its unit: 500mb, 2gb, 10min, 3sms [1 unless given]" }, { 0 } };
static const struct own_flag disable_flag[] = { { "disable", NULL, "switch the fault off again" }, { 0 } };
static const struct own_flag once_flag[] = { { "once", NULL, "end when everything was shown" }, { 0 } };

const struct verb verbs[] = {
	{ "customer create", "customer.create", .extras = card_flag, .prepare = prepare_customer, .run = run_customer_create,
		.print = print_nothing_more, .example = "--name 'Nadia Rahim' --email nadia@example.sg --card 4242424242424242" },
	{ "customer list", "customer.list", .renames = "name=name_contains", .print = print_customers },
	{ "customer show", "customer.get" },
	{ "order create", "order.create", .renames = "msisdn=msisdn_preference", .run = run_order_create,
		.print = print_nothing_more, .example = "--customer CUST-1f2e3d4c --offering PLAN_M" },
	{ "order show", "order.get", .run = run_order_show },
	{ "order list", "order.list", .print = print_orders },
	{ "order cancel", "order.cancel", .print = print_to_state },
	{ "subscription show", "subscription.get", .extras = esim_flag, .run = run_subscription_show,
		.print = print_subscription, .example = "SUB-0001 --show-esim" },
	{ "subscription list", "subscription.list_for_customer", .print = print_subscriptions,
		.example = "--customer CUST-1f2e3d4c" },
	{ "subscription vas", "subscription.purchase_vas", .print = print_vas, .example = "SUB-0001 VAS_DATA_1GB" },
	{ "subscription renew", "subscription.renew_now", .run = run_renewal, .print = print_renewal },
	{ "subscription terminate", "subscription.terminate", .print = print_to_state },
	{ "subscription balance", "subscription.get_balance" },
	{ "catalog list", "catalog.list_active_offerings" },
	{ "catalog vas", "catalog.list_vas", .print = print_vas_list },
	{ "catalog show", "catalog.get_offering" },
	{ "payment add-card", "payment.add_card", .renames = "card=card_number", .print = print_card_added,
		.example = "--customer CUST-1f2e3d4c --card 4242424242424242" },
	{ "payment list-methods", "payment.list_methods", .print = print_methods, .example = "--customer CUST-1f2e3d4c" },
	{ "payment remove-method", "payment.remove_method", .print = print_removed },
	{ "payment cutover", "payment.cutover", .run = run_cutover, .print = print_nothing_more, .ungated = true,
		.example = "--invalidate-mock-tokens --dry-run" },
	{ "usage simulate", "usage.simulate", .renames = "type=event_type roaming=roaming_indicator", .extras = quantity_flag,
		.prepare = prepare_usage, .print = print_usage,
		.example = "--msisdn 90000042 --type data --quantity 2gb --roaming" },
	{ "usage record", "usage.record", .renames = "type=event_type roaming=roaming_indicator", .print = print_usage },
	{ "usage list", "usage.history" },
	{ "prov tasks", "provisioning.list_tasks" },
	{ "prov show", "provisioning.get_task", .print = print_as_json },
	{ "prov faults", "provisioning.list_fault_injection" },
	{ "prov resolve", "provisioning.resolve_stuck", .print = print_to_state },
	{ "prov retry", "provisioning.retry_failed", .print = print_retry },
	{ "prov fault", "provisioning.set_fault_injection", .extras = disable_flag, .prepare = prepare_fault, .print = print_fault,
		.example = "HLR_PROVISION fail_first_attempt --probability 0.3 --allow-destructive" },
	{ "som service list", "service.list_for_subscription", .print = print_services },
	{ "som service-show", "service.get", .print = print_as_json },
	{ "som so-show", "service_order.get", .print = print_as_json },
	{ "inventory msisdn list", "inventory.msisdn.list_available", .renames = "state=status", .preset = "status=any" },
	{ "inventory msisdn show", "inventory.msisdn.get", .print = print_as_json },
	{ "inventory msisdn add-range", "inventory.msisdn.add_range", .print = print_range, .example = "9100 100" },
	{ "inventory esim list", "inventory.esim.list_available", .renames = "state=status", .preset = "status=any" },
	{ "inventory esim show", "inventory.esim.get", .print = print_as_json },
	{ "inventory esim activation", "inventory.esim.get_activation" },
	{ "clock now", "clock.now", .print = print_clock },
	{ "clock advance", "clock.advance", .print = print_clock },
	{ "clock freeze", "clock.freeze", .print = print_clock, .example = "--at 2026-02-15T09:00:00Z" },
	{ "clock unfreeze", "clock.unfreeze", .print = print_clock },
	{ "admin catalog add-offering", "catalog.add_offering", .renames = "id=offering_id price=amount voice-min=voice_minutes",
		.print = print_plan_added, .ungated = true, .example = "--id PLAN_XL --name Extra --price 60.00 --data-mb 204800" },
	{ "admin catalog set-price", "catalog.add_price", .prepare = prepare_price, .print = print_price_added, .ungated = true,
		.example = "--offering PLAN_M --amount 20.00 --valid-from 2026-02-10 --valid-to 2026-02-24" },
	{ "admin catalog window-offering", "catalog.window_offering", .renames = "id=offering_id", .prepare = prepare_window,
		.print = print_window, .ungated = true, .example = "--id PLAN_XL --valid-to 2026-12-31" },
	{ "admin catalog retire-offering", "catalog.retire_offering", .renames = "id=offering_id", .print = print_retired,
		.ungated = true, .example = "--id PLAN_XL" },
	{ "admin catalog show", "catalog.list_active_offerings", .print = print_active, .example = "--at 2026-02-15" },
	{ "log show", "log.show", .renames = "id=aggregate_id type=event_type", .example = "--id SUB-0001 --limit 20" },
	{ "log tail", "log.show", .renames = "id=aggregate_id type=event_type", .extras = once_flag, .run = verb_tail,
		.print = print_nothing_more, .help = "Events as they happen, from the last twenty on",
		.example = "--type usage.rated" },
	{ "log head", "log.head", .print = print_head },
	{ "log size", "log.size", .print = print_size },
	{ "log verify", "log.verify", .run = run_verify, .print = print_verify },
	{ "admin status", "core.status" },
	{ "admin reset", "admin.reset_operational_data", .run = run_reset, .print = print_reset, .ungated = true,
		.example = "--yes" },
	{ 0 },
};
