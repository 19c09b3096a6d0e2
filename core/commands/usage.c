/* usage.c -- a usage record is accepted, rated and debited in one step, before it is acknowledged.
 *
 * Rating picks the allowance: data abroad is data_roaming, everything else its own kind.  A record larger than what is left
 * consumes what is left and says how much was not served; home data at zero blocks the line.  A refused record is an answer and an
 * event (usage.rejected, or usage.unidentified when no line has the number).  A reference seen before gets the first result. */
#include <stdlib.h>
#include <string.h>
#include "core/base/config.h"
#include "core/base/json.h"
#include "core/commands/aggregate.h"
#include "core/commands/balance.h"
#include "core/commands/states.h"
#include "core/commands/usage_book.h"

/* the rules that refuse a record and are remembered with its reference, so that a repeat gets the first answer.  None is 0, a
 * rule that is not listed is 1. */
static const char *const rejections[] = { NULL, "usage.record.rejected_before", "usage.record.subscription_must_exist",
	"usage.record.msisdn_belongs_to_subscription", "usage.record.subscription_must_be_active", "rating.no_allowance",
	"rating.no_roaming_allowance", "subscription.usage_rated.balance_required",
	"subscription.usage_rated.roaming_balance_required" };

struct kind { const char *event_type, *allowance, *unit; };
static const struct kind kinds[] = {
	{ "data", "data", "mb" },
	{ "voice", "voice", "minutes" },
	{ "voice_minutes", "voice", "minutes" },
	{ "sms", "sms", "count" },
};
/* a record, wherever it came from */
struct record {
	const char *msisdn, *event_type, *unit, *source, *reference, *subscription_id;
	int64_t event_time, quantity;
	bool roaming;
	bool quiet;                      /* simulate: a rejection is a result, not a refusal */
};

static const struct kind *
kind_of(const char *event_type)
{
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (strcmp(kinds[i].event_type, event_type) == 0)
			return &kinds[i];
	return NULL;
}

static struct record
record_of(struct decision *d)
{
	const struct usage_record *r = d->args;
	const struct usage_simulate *s = d->args;
	const struct kind *k;

	if (d->command->args == &usage_record_shape)
		return (struct record){ r->msisdn, r->event_type, r->unit, r->source, r->reference, r->subscription_id,
			r->event_time,
			r->quantity, r->roaming_indicator, false };
	k = kind_of(s->event_type);
	return (struct record){ s->msisdn, s->event_type, s->unit ? s->unit : k ? k->unit : NULL, "cli", NULL, NULL,
		s->event_time ? s->event_time : d->now / SECOND * SECOND, s->quantity.v, s->roaming_indicator, true };
}

static uint8_t
rejection_no(const char *rule)
{
	for (size_t i = 2; rule && i < sizeof rejections / sizeof *rejections; i++)
		if (strcmp(rejections[i], rule) == 0)
			return (uint8_t)i;
	return 1;
}

/* ---- policies: what is no record at all leaves no trace ---------------------------------------------------- */

static bool
quantity_is_positive(struct decision *d)
{
	struct record r = record_of(d);

	if (r.quantity > 0)
		return true;
	fact_int(d, "quantity", r.quantity);
	return refuse(d, "A usage record has a positive quantity, not %lld", (long long)r.quantity);
}

static bool
event_type_is_known(struct decision *d)
{
	static const char *const valid[] = { "data", "sms", "voice", "voice_minutes" };
	struct record r = record_of(d);

	if (kind_of(r.event_type))
		return true;
	fact(d, "event_type", r.event_type);
	error_fact_list(d->refusal, "valid_types", valid, 4);
	return refuse(d, "There is no usage of type %.40s", r.event_type);
}

static bool
unit_is_the_types_own(struct decision *d)
{
	struct record r = record_of(d);
	const struct kind *k = kind_of(r.event_type);

	if (r.unit && strcmp(r.unit, k->unit) == 0)
		return true;
	fact(d, "unit", r.unit);
	fact(d, "expected_unit", k->unit);
	return refuse(d, "Usage of type %s is counted in %s", r.event_type, k->unit);
}

static bool
time_is_within_the_window(struct decision *d)
{
	struct record r = record_of(d);
	int64_t oldest = d->now - config_int("BSS_USAGE_DEDUP_WINDOW") * SECOND, floor = usage_book_floor(d->world);
	char text[TIME_TEXT];

	if (r.reference && floor > oldest)
		oldest = floor;
	if (r.event_time >= oldest && r.event_time <= d->now + HOUR)
		return true;
	fact(d, "event_time", time_format(r.event_time, text));
	fact(d, "oldest", time_format(oldest, text));
	return refuse(d, "The record's time is outside of the window in which a repeat is recognised");
}

static bool
memory_for_references(struct decision *d)
{
	struct record r = record_of(d);

	usage_book_expire(d->world, d->now);
	if (!r.reference || !usage_book_full(d->world) || usage_book_find(d->tenant, r.reference))
		return true;
	refuse(d, "Too many usage records within the de-duplication window");
	d->refusal->kind = ERROR_UNAVAILABLE;
	hint(d, "Raise BSS_USAGE_DEDUP_MAX or shorten BSS_USAGE_DEDUP_WINDOW.");
	return false;
}

/* ---- recording ---------------------------------------------------------------------------------------------- */

static const char *
usage_id(struct decision *d)
{
	const char *id = new_id(d, AGGREGATE_usage);

	d->made_id = id;
	return id;
}

static struct usage_rejected
rejection(struct decision *d, const struct record *r, const char *id, const char *rule, const char *message)
{
	const struct subscription_state *s = subscription_of_msisdn(d->tenant, r->msisdn);

	return (struct usage_rejected){ .usage_event_id = id, .subscription_id = s ? s->e.id : NULL, .msisdn = r->msisdn,
		.state = s ? state_text(&s->e) : NULL, .event_type = r->event_type, .event_time = r->event_time,
		.quantity = r->quantity,
		.unit = r->unit, .source = r->source, .reference = r->reference, .roaming_indicator = r->roaming, .reason = rule,
		.message = message, .rejected_at = d->now };
}

/* the event stays; the answer is a refusal, but for a simulation whose result is the rejected record */
static bool
reject(struct decision *d, const struct record *r, const char *rule, const char *message)
{
	struct usage_rejected e = rejection(d, r, usage_id(d), rule, message);

	if (e.subscription_id)
		emit_(d, &usage_rejected_shape, e.subscription_id, &e);
	else
		emit_(d, &usage_unidentified_shape, r->msisdn, &e);     /* one stream a number, not a record */
	if (r->quiet)
		return true;
	fact(d, "msisdn", r->msisdn);
	fact(d, "subscription_id", e.subscription_id);
	fact(d, "usage_event_id", e.usage_event_id);
	if (e.state)
		fact(d, "state", e.state);
	return refuse_recorded(d, rule, "%s", message);
}

static const char *
allowance_of(const struct record *r, const struct kind *k)
{
	return r->roaming && strcmp(k->allowance, "data") == 0 ? "data_roaming" : k->allowance;
}

static bool
reject_unserved(struct decision *d, const struct record *r, const char *allowance, bool known)
{
	bool roaming = strcmp(allowance, "data_roaming") == 0;

	if (!known)
		return reject(d, r, roaming ? "rating.no_roaming_allowance" : "rating.no_allowance",
			arena_printf(d->arena, "The line has no %s allowance", allowance));
	return reject(d, r, roaming ? "subscription.usage_rated.roaming_balance_required" :
		"subscription.usage_rated.balance_required",
		arena_printf(d->arena, "Nothing is left of the line's %s allowance", allowance));
}

static void
block_if_used_up(struct decision *d, struct subscription_state *s, const char *usage)
{
	const struct balance_state *b = balance_of(s, "data");

	if (allowance_left(s, "data", d->now, NULL) != 0)
		return;
	emit(d, subscription_exhausted, s->e.id, .customer_id = s->customer_id, .allowance_type = "data",
		.consumed = b ? b->consumed : 0,
		.total = b ? b->total : 0, .triggering_usage_event_id = usage);
	emit(d, subscription_blocked, s->e.id, .customer_id = s->customer_id, .reason = "exhausted");
}

static struct usage_share
share_of(const struct payer *p)
{
	return (struct usage_share){ .purchase_id = p->pass ? p->pass->purchase_id : NULL, .consumed_quantity = p->share,
		.consumed = units_add(p->pass ? p->pass->consumed : p->balance->consumed, p->share),
		.total = p->pass ? p->pass->total : p->balance->total };
}

static bool
debit(struct decision *d, const struct record *r, struct subscription_state *s, const char *allowance,
	const struct payer *payers, int n)
{
	struct usage_share *shares = arena_array(d->arena, struct usage_share, n);
	const char *id = usage_id(d);
	int64_t served = 0;

	for (int i = 0; i < n; i++) {
		shares[i] = share_of(&payers[i]);
		served += payers[i].share;
	}
	emit(d, usage_rated, s->e.id, .usage_event_id = id, .msisdn = r->msisdn, .event_type = r->event_type,
		.event_time = r->event_time,
		.quantity = r->quantity, .unit = r->unit, .source = r->source, .reference = r->reference,
		.roaming_indicator = r->roaming,
		.allowance_type = allowance, .consumed_quantity = served, .unserved = r->quantity - served,
		.consumed = shares[0].consumed,
		.total = shares[0].total, .purchase_id = shares[0].purchase_id, .offering_id = s->offering_id,
		.charge = { 0, "" }, .also = { shares + 1, n - 1 });
	if (strcmp(allowance, "data") == 0)
		block_if_used_up(d, s, id);
	return true;
}

static bool
rate(struct decision *d, const struct record *r)
{
	struct subscription_state *s = subscription_of_msisdn(d->tenant, r->msisdn);
	const char *allowance = allowance_of(r, kind_of(r->event_type));
	struct payer payers[PAYERS_MAX];
	bool known;
	int n;

	if (!s)
		return reject(d, r, "usage.record.subscription_must_exist",
			arena_printf(d->arena, "No line has the number %s", r->msisdn));
	if (r->subscription_id && strcmp(r->subscription_id, s->e.id) != 0)
		return reject(d, r, "usage.record.msisdn_belongs_to_subscription",
			arena_printf(d->arena, "The number %s does not belong to %s", r->msisdn, r->subscription_id));
	if (s->e.status != SUBSCRIPTION_ACTIVE)
		return reject(d, r, "usage.record.subscription_must_be_active",
			arena_printf(d->arena, "Line %s is %s", s->e.id, state_text(&s->e)));
	n = payers_of(s, allowance, r->quantity, d->now, payers);
	if (n)
		return debit(d, r, s, allowance, payers, n);
	allowance_left(s, allowance, d->now, &known);
	return reject_unserved(d, r, allowance, known);
}

/* the first result again, without an event */
static bool
seen_before(struct decision *d, const struct record *r, bool *answer)
{
	const struct usage_seen *seen = r->reference ? usage_book_find(d->tenant, r->reference) : NULL;

	if (!seen)
		return false;
	d->made_id = arena_printf(d->arena, "UE-%06lld", (long long)seen->number);
	*answer = !seen->rejected;
	if (seen->rejected) {
		fact(d, "usage_event_id", d->made_id);
		fact(d, "reference", r->reference);
		refuse_as(d, rejections[seen->rejected], "The record %s was refused when it came first", r->reference);
	}
	return true;
}

static bool
usage_record(struct decision *d)
{
	struct record r = record_of(d);
	bool answer;

	if (seen_before(d, &r, &answer))
		return answer;
	return rate(d, &r);
}

/* ---- what is registered and never rated -------------------------------------------------------------------------- */

static bool
usage_receive(struct decision *d)
{
	const struct usage_receive *cmd = d->args;

	emit(d, usage_received, new_id(d, AGGREGATE_usage), .status = "received", .document = cmd->document);
	return true;
}

static bool
usage_remove(struct decision *d)
{
	emit(d, usage_removed, d->target->id, .reason = "removed over TMF635");
	return true;
}

static bool
usage_specification_add(struct decision *d)
{
	const struct usage_specification_add *cmd = d->args;
	const char *id = cmd->usage_specification_id ? cmd->usage_specification_id : new_id(d, AGGREGATE_usage_specification);

	d->made_id = id;
	emit(d, usage_specification_added, id, .name = cmd->name, .document = cmd->document);
	return true;
}

static bool
specification_is_new(struct decision *d)
{
	if (!d->target)
		return true;
	fact(d, "usage_specification_id", d->target_id);
	return refuse(d, "Usage specification %s exists already", d->target_id);
}

static bool
usage_specification_update(struct decision *d)
{
	const struct usage_specification_update *cmd = d->args;
	const char *old = ((struct usage_specification_state *)d->target)->document;
	char *merged = cmd->document ? json_merge_patch(d->arena, old ? old : "{}", cmd->document, d->refusal) : NULL;

	if (cmd->document && !merged)
		return false;
	emit(d, usage_specification_updated, d->target->id, .name = cmd->name, .document = merged);
	return true;
}

static bool
usage_specification_remove(struct decision *d)
{
	emit_(d, &usage_specification_removed_shape, d->target->id, &(struct usage_specification_removed){ 0 });
	return true;
}

/* ---- events ----------------------------------------------------------------------------------------------------------- */

static int64_t
number_of(const char *usage_event_id)
{
	return usage_event_id && strncmp(usage_event_id, "UE-", 3) == 0 ? strtoll(usage_event_id + 3, NULL, 10) : 0;
}

/* forgetting here and not only when deciding: a replay of years keeps no more than the window either */
static void
note(struct tenant *t, const char *reference, struct usage_seen *seen, const char *id, int64_t at)
{
	world_learn_sequence(t, AGGREGATE_usage, id);
	usage_book_expire(tenant_world(t), at);
	seen->number = number_of(id);
	if (reference && *reference && seen->event_time >= usage_book_floor(tenant_world(t)))
		usage_book_add(t, reference, seen);
}

static void
paid_by(struct subscription_state *s, const char *type, const char *purchase_id, int64_t consumed)
{
	struct balance_state *b = purchase_id ? NULL : balance_of(s, type);

	if (b)
		b->consumed = consumed;
	for (int i = 0; purchase_id && i < PASSES_MAX; i++)
		if (strcmp(s->passes[i].purchase_id, purchase_id) == 0)
			s->passes[i].consumed = consumed;
}

static void
on_rated(struct world *w, void *self, const void *event, int64_t at)
{
	struct subscription_state *s = self;
	const struct usage_rated *e = event;
	const struct usage_share *also = e->also.items;

	(void)w;
	note(s->e.tenant, e->reference, &(struct usage_seen){ .event_time = e->event_time }, e->usage_event_id, at);
	paid_by(s, e->allowance_type, e->purchase_id, e->consumed);
	for (int i = 0; i < e->also.n; i++)
		paid_by(s, e->allowance_type, also[i].purchase_id, also[i].consumed);
}

static void
on_rejected(struct world *w, void *self, const void *event, int64_t at)
{
	struct entity *s = self;
	const struct usage_rejected *e = event;

	(void)w;
	note(s->tenant, e->reference, &(struct usage_seen){ .event_time = e->event_time, .rejected = rejection_no(e->reason) },
		e->usage_event_id, at);
}

static void
on_received(struct world *w, void *self, const void *event, int64_t at)
{
	struct usage_state *s = self;

	(void)at;
	world_text_replace(w, &s->document, ((const struct usage_received *)event)->document);
}

static void
on_usage_removed(struct world *w, void *self, const void *event, int64_t at)
{
	struct usage_state *s = self;

	(void)event, (void)at;
	world_text_replace(w, &s->document, NULL);
}

static void
on_specification(struct world *w, void *self, const void *event, int64_t at)
{
	struct usage_specification_state *s = self;
	const struct usage_specification_added *e = event;       /* `updated` has the same fields */

	(void)at;
	if (e->document)
		world_text_replace(w, &s->document, e->document);
}

static void
on_specification_removed(struct world *w, void *self, const void *event, int64_t at)
{
	struct usage_specification_state *s = self;

	(void)event, (void)at;
	world_text_replace(w, &s->document, NULL);
}

/* ---- the tables --------------------------------------------------------------------------------------------------------- */

static const struct policy record_policies[] = {
	{ "usage.record.positive_quantity", quantity_is_positive, "The quantity is positive" },
	{ "usage.record.valid_event_type", event_type_is_known, "The type is data, voice, voice_minutes or sms" },
	{ "usage.record.valid_unit", unit_is_the_types_own, "The unit is the type's own" },
	{ "usage.record.within_window", time_is_within_the_window, "The record is inside of the de-duplication window and not ahead of time" },
	{ "usage.record.memory", memory_for_references, "There is room to remember its reference" },
	{ 0 }
};
static const struct policy exists_policies[] = {
	{ "usage.not_found", target_exists, "The registered usage exists" },
	{ 0 }
};
static const struct policy specification_new_policies[] = {
	{ "usage_specification.already_exists", specification_is_new, "The id is new" },
	{ 0 }
};
static const struct policy specification_policies[] = {
	{ "usage_specification.not_found", target_exists, "The usage specification exists" },
	{ 0 }
};
static const struct command commands[] = {
	/* args                            about                          from       policies                    decide */
	{ &usage_record_shape,               AGGREGATE_usage,               NEW,       record_policies,            usage_record },
	{ &usage_simulate_shape,             AGGREGATE_usage,               NEW,       record_policies,            usage_record },
	{ &usage_receive_shape,              AGGREGATE_usage,               NEW,       NULL,                       usage_receive },
	{ &usage_remove_shape,               AGGREGATE_usage,               ANY_STATE, exists_policies,            usage_remove },
	{ &usage_specification_add_shape,    AGGREGATE_usage_specification, NEW,       specification_new_policies, usage_specification_add },
	{ &usage_specification_update_shape, AGGREGATE_usage_specification, ANY_STATE, specification_policies,     usage_specification_update },
	{ &usage_specification_remove_shape, AGGREGATE_usage_specification, ANY_STATE, specification_policies,     usage_specification_remove },
	{ 0 }
};
static const struct transition transitions[] = {
	/* event                              to    apply */
	{ &usage_rated_shape,                 STAY, on_rated },
	{ &usage_rejected_shape,              STAY, on_rejected },
	{ &usage_unidentified_shape,          STAY, on_rejected },
	{ &usage_received_shape,              STAY, on_received },
	{ &usage_removed_shape,               STAY, on_usage_removed },
	{ &usage_specification_added_shape,   STAY, on_specification },
	{ &usage_specification_updated_shape, STAY, on_specification },
	{ &usage_specification_removed_shape, STAY, on_specification_removed },
	{ 0 }
};
EVERY_COMMAND(commands, USAGE_COMMANDS);
EVERY_EVENT(transitions, USAGE_EVENTS);

static const struct aggregate aggregates[] = {
	{ AGGREGATE_usage, __FILE__, sizeof(struct usage_state), NULL },
	{ AGGREGATE_usage_specification, __FILE__, sizeof(struct usage_specification_state), NULL },
	{ 0 }
};
const struct module usage_module = { aggregates, commands, transitions };
