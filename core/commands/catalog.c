/* catalog.c -- what can be sold: specifications, plans with windowed prices and allowances, top-ups, services.
 *
 *   plan:  active --> retired        by name, or when its window closes; nothing but an explicit update revives it
 *
 * A window is half open: from inclusive, to exclusive, no bound when absent.  A cheaper windowed price is a promotion by
 * itself; a dearer one only counts once the open-ended rows are closed.  Lines and orders hold a snapshot, so nothing
 * here changes what was sold.  What TMF620 registers is kept as it came, and sells nothing until it has an allowance
 * of data and a price.  Words: schemas/catalog.h. */
#include <string.h>
#include "core/base/json.h"
#include "core/base/text.h"
#include "core/commands/aggregate.h"
#include "core/commands/states.h"

#define OFFERING(d) ((struct offering_state *)(d)->target)
#define PRICE(d)    ((struct price_state *)(d)->target)
#define CFS_BROADBAND "SSPEC_CFS_MOBILE_BROADBAND"
#define RFS_DATA      "SSPEC_RFS_DATA_BEARER"
#define RFS_VOICE     "SSPEC_RFS_VOICE_BEARER"

/* ---- questions --------------------------------------------------------------------------------------- */

static bool
in_window(int64_t from, int64_t to, int64_t now)
{
	return (!from || from <= now) && (!to || to > now);
}

static bool
has_data(const struct offering_state *o)
{
	for (int i = 0; i < o->n_allowances; i++)
		if (strcmp(o->allowances[i].type, "data") == 0 && o->allowances[i].quantity != 0)
			return true;
	return false;
}

bool
offering_sellable(const struct offering_state *o, int64_t now, const char **why)
{
	if (o->e.status == OFFERING_RETIRED)
		*why = "it is retired";
	else if (!o->sellable || strcasecmp(o->lifecycle, "active") != 0)
		*why = "it is not for sale";
	else if (!in_window(o->valid_from, o->valid_to, now))
		*why = "it is not on sale at this time";
	else if (!has_data(o))
		*why = "it includes no data";
	else
		return true;
	return false;
}

const struct price_state *
offering_active_price(const struct tenant *t, const char *offering_id, int64_t now)
{
	const struct index_node *at = NULL;
	const struct price_state *best = NULL;
	char prefix[PATH_MAX_];
	struct entity *e;

	path2(prefix, offering_id, "");
	while ((e = index_next(t, INDEX_OFFERING_PRICES, prefix, &at))) {
		const struct price_state *p = (struct price_state *)e;

		if (strcmp(p->type, "recurring") == 0 && in_window(p->valid_from, p->valid_to, now) &&
		    (!best || p->amount.minor < best->amount.minor))
			best = p;                /* of equal amounts the first id stays */
	}
	return best;
}

static bool
any_below(const struct tenant *t, enum world_index ix, const char *id)
{
	const struct index_node *at = NULL;
	char prefix[PATH_MAX_];

	return index_next(t, ix, path2(prefix, id, ""), &at) != NULL;
}

/* ---- policies: who, which ---------------------------------------------------------------------------- */

static bool
by_an_administrator(struct decision *d)
{
	const char *actor = d->caller->actor;

	if (!text_blank(actor) && strcmp(actor, "anonymous") != 0)
		return true;
	fact(d, "actor", actor);
	hint(d, "Say who you are: the catalog's changes are signed.");
	return refuse(d, "Nobody in particular may not change the catalog");
}

/* what TMF620 registered and nobody sells may be changed by whoever may register it */
static bool
sold_plan_by_an_administrator(struct decision *d)
{
	return !d->target || !OFFERING(d)->n_allowances || by_an_administrator(d);
}

static bool
sold_price_by_an_administrator(struct decision *d)
{
	return !d->target || !PRICE(d)->offering_id[0] || by_an_administrator(d);
}

static bool
used_specification_by_an_administrator(struct decision *d)
{
	return !d->target || !any_below(d->tenant, INDEX_SPECIFICATION_OFFERINGS, d->target_id) || by_an_administrator(d);
}

static bool
id_is_free(struct decision *d)
{
	if (!d->target)
		return true;
	fact(d, shape_target(d->command->args)->name, d->target_id);
	return refuse(d, "There is a %s %s already", aggregate_name(d->command->about), d->target_id);
}

static bool
price_is_free(struct decision *d, const char *price_id)
{
	if (!find(d->tenant, price, price_id))
		return true;
	fact(d, "price_id", price_id);
	return refuse(d, "There is a price %s already", price_id);
}

static const char *
price_id_of(struct decision *d, const struct catalog_add_offering *cmd)
{
	return cmd->price_id ? cmd->price_id : arena_printf(d->arena, "PRICE_%s", cmd->offering_id);
}

static bool
first_price_is_free(struct decision *d)
{
	return price_is_free(d, price_id_of(d, d->args));
}

static bool
first_price_id_fits(struct decision *d)
{
	const char *id = price_id_of(d, d->args);

	if (text_id_ok(id))
		return true;
	fact(d, "price_id", id);
	hint(d, "Give a shorter price_id.");
	return refuse(d, "%s is too long for an id", id);
}

static bool
added_price_is_free(struct decision *d)
{
	return price_is_free(d, ((const struct catalog_add_price *)d->args)->price_id);
}

static bool
specification_exists(struct decision *d, const char *spec_id)
{
	if (!spec_id || find(d->tenant, product_specification, spec_id))
		return true;
	fact(d, "specification_id", spec_id);
	hint(d, "Register it with catalog.register_specification.");
	return refuse(d, "There is no product specification %s", spec_id);
}

static bool
added_specification_exists(struct decision *d)
{
	return specification_exists(d, ((const struct catalog_add_offering *)d->args)->spec_id);
}

static bool
registered_specification_exists(struct decision *d)
{
	return specification_exists(d, ((const struct catalog_register_offering *)d->args)->spec_id);
}

/* ---- policies: amounts ------------------------------------------------------------------------------- */

static struct money
parsed(const char *amount, const char *currency)
{
	struct money m = { 0 };

	if (amount && currency)
		money_parse(amount, currency, &m, NULL);
	return m;
}

static bool
amount_is_valid(struct decision *d, const char *amount, const char *currency)
{
	if (parsed(amount, currency).currency[0])
		return true;
	fact(d, "amount", amount);
	fact(d, "currency", currency);
	return refuse(d, "%s %s is no amount of a known currency", amount, currency ? currency : "without a currency");
}

static bool
amount_is_positive(struct decision *d, const char *amount, const char *currency)
{
	if (money_is_positive(parsed(amount, currency)))
		return true;
	fact(d, "amount", amount);
	return refuse(d, "A price is more than zero, not %s", amount);
}

static bool
offering_amount_is_valid(struct decision *d)
{
	const struct catalog_add_offering *cmd = d->args;

	return amount_is_valid(d, cmd->amount, cmd->currency);
}

static bool
offering_amount_is_positive(struct decision *d)
{
	const struct catalog_add_offering *cmd = d->args;

	return amount_is_positive(d, cmd->amount, cmd->currency);
}

static bool
price_amount_is_valid(struct decision *d)
{
	const struct catalog_add_price *cmd = d->args;

	return amount_is_valid(d, cmd->amount, cmd->currency);
}

static bool
price_amount_is_positive(struct decision *d)
{
	const struct catalog_add_price *cmd = d->args;

	return amount_is_positive(d, cmd->amount, cmd->currency);
}

/* the lowest price is sought among those of one currency */
static bool
currency_is_the_plans(struct decision *d)
{
	const struct catalog_add_price *cmd = d->args;
	const struct index_node *at = NULL;
	char prefix[PATH_MAX_];
	struct entity *e;

	path2(prefix, cmd->offering_id, "");
	e = index_next(d->tenant, INDEX_OFFERING_PRICES, prefix, &at);
	if (!e || strcmp(((struct price_state *)e)->amount.currency, cmd->currency) == 0)
		return true;
	fact(d, "currency", ((struct price_state *)e)->amount.currency);
	return refuse(d, "Plan %s is sold in %s", cmd->offering_id, ((struct price_state *)e)->amount.currency);
}

static bool
vas_amount_is_valid(struct decision *d)
{
	const struct catalog_add_vas *cmd = d->args;

	return amount_is_valid(d, cmd->amount, cmd->currency);
}

static bool
vas_amount_is_positive(struct decision *d)
{
	const struct catalog_add_vas *cmd = d->args;

	return amount_is_positive(d, cmd->amount, cmd->currency);
}

/* a price that TMF620 registers may have no amount: a percentage, a condition */
static bool
registered_amount_is_valid(struct decision *d)
{
	const struct catalog_register_price *cmd = d->args;

	return !cmd->amount || amount_is_valid(d, cmd->amount, cmd->currency);
}

/* ---- policies: windows ------------------------------------------------------------------------------- */

static bool
window_is_valid(struct decision *d, int64_t from, int64_t to)
{
	char a[TIME_TEXT], b[TIME_TEXT];

	if (!from || !to || from < to)
		return true;
	fact(d, "valid_from", time_format(from, a));
	fact(d, "valid_to", time_format(to, b));
	return refuse(d, "The window would end (%s) before it begins (%s)", b, a);
}

static bool
offering_window_is_valid(struct decision *d)
{
	const struct catalog_add_offering *cmd = d->args;

	return window_is_valid(d, cmd->valid_from, cmd->valid_to);
}

static bool
price_window_is_valid(struct decision *d)
{
	const struct catalog_add_price *cmd = d->args;

	return window_is_valid(d, cmd->valid_from, cmd->valid_to);
}

static bool
registered_offering_window_is_valid(struct decision *d)
{
	const struct catalog_register_offering *cmd = d->args;

	return window_is_valid(d, cmd->valid_from, cmd->valid_to);
}

static bool
registered_price_window_is_valid(struct decision *d)
{
	const struct catalog_register_price *cmd = d->args;

	return window_is_valid(d, cmd->valid_from, cmd->valid_to);
}

/* absent leaves the bound, an explicit null takes it away */
static int64_t
bound(int64_t given, int64_t before)
{
	if (given == TIME_CLEARED)
		return 0;
	return given ? given : before;
}

static bool
a_bound_is_given(struct decision *d)
{
	const struct catalog_window_offering *cmd = d->args;

	return cmd->valid_from || cmd->valid_to || refuse(d, "Say which bound of the window is to change");
}

static bool
new_window_is_valid(struct decision *d)
{
	const struct catalog_window_offering *cmd = d->args;

	return window_is_valid(d, bound(cmd->valid_from, OFFERING(d)->valid_from), bound(cmd->valid_to, OFFERING(d)->valid_to));
}

/* ---- policies: allowances, states, use --------------------------------------------------------------- */

static struct list
allowances_given(struct decision *d)
{
	const struct catalog_add_offering *cmd = d->args;
	const struct { const char *type, *unit; struct opt_int q; } all[] = { { "data", "mb", cmd->data_mb },
		{ "voice", "minutes", cmd->voice_minutes }, { "sms", "count", cmd->sms_count },
		{ "data_roaming", "mb", cmd->data_roaming_mb } };
	struct allowance *items = arena_array(d->arena, struct allowance, 4);
	int n = 0;

	for (int i = 0; i < 4; i++)
		if (all[i].q.set)
			items[n++] = (struct allowance){ all[i].type, all[i].q.v, all[i].unit };
	return (struct list){ items, n };
}

static bool
something_is_included(struct decision *d)
{
	if (allowances_given(d).n)
		return true;
	hint(d, "Give at least one of data_mb, voice_minutes, sms_count, data_roaming_mb.");
	return refuse(d, "A plan includes at least one allowance");
}

static bool
allowances_are_valid(struct decision *d)
{
	struct list l = allowances_given(d);
	const struct allowance *items = l.items;

	for (int i = 0; i < l.n; i++)
		if (items[i].quantity < -1) {
			fact(d, "allowance_type", items[i].allowance_type);
			return refuse(d, "An allowance is -1 (unlimited) or more");
		}
	return true;
}

static bool
not_retired_yet(struct decision *d)
{
	if (d->target->status != OFFERING_RETIRED)
		return true;
	fact(d, "offering_id", d->target_id);
	return refuse(d, "Plan %s is retired already", d->target_id);
}

static bool
vas_quantity_is_valid(struct decision *d)
{
	const struct catalog_add_vas *cmd = d->args;

	if (cmd->allowance_quantity > 0 || cmd->allowance_quantity == -1)
		return true;
	fact_int(d, "allowance_quantity", cmd->allowance_quantity);
	return refuse(d, "A top-up adds something: -1 (unlimited) or more than zero");
}

static bool
vas_expiry_is_valid(struct decision *d)
{
	const struct catalog_add_vas *cmd = d->args;

	if (cmd->expiry_hours >= 0 && cmd->expiry_hours <= 24 * 366)
		return true;
	fact_int(d, "expiry_hours", cmd->expiry_hours);
	return refuse(d, "A pass runs from 1 hour to a year; 0 is the end of the period");
}

static bool
vas_not_retired_yet(struct decision *d)
{
	if (!((struct vas_offering_state *)d->target)->retired)
		return true;
	fact(d, "vas_offering_id", d->target_id);
	return refuse(d, "Top-up %s is retired already", d->target_id);
}

static bool
no_plan_uses_specification(struct decision *d)
{
	if (!any_below(d->tenant, INDEX_SPECIFICATION_OFFERINGS, d->target_id))
		return true;
	fact(d, "specification_id", d->target_id);
	return refuse(d, "Plans are made from specification %s", d->target_id);
}

static bool
nothing_refers_to_plan(struct decision *d)
{
	if (!any_below(d->tenant, INDEX_OFFERING_PRICES, d->target_id) &&
	    !any_below(d->tenant, INDEX_OFFERING_SUBSCRIPTIONS, d->target_id))
		return true;
	fact(d, "offering_id", d->target_id);
	hint(d, "catalog.retire_offering takes it off sale.");
	return refuse(d, "Prices or lines refer to plan %s", d->target_id);
}

static bool
no_plan_has_price(struct decision *d)
{
	if (!find(d->tenant, offering, PRICE(d)->offering_id))
		return true;
	fact(d, "offering_id", PRICE(d)->offering_id);
	return refuse(d, "Price %s belongs to plan %s", d->target_id, PRICE(d)->offering_id);
}

/* ---- commands: plans --------------------------------------------------------------------------------- */

static struct texts
bearers(struct decision *d)
{
	struct texts t = { arena_array(d->arena, const char *, 2), 0 };

	if (find(d->tenant, service_specification, RFS_DATA))
		t.v[t.n++] = RFS_DATA;
	if (find(d->tenant, service_specification, RFS_VOICE))
		t.v[t.n++] = RFS_VOICE;
	return t;
}

static bool
includes_data(const struct list *l)
{
	const struct allowance *items = l->items;

	for (int i = 0; i < l->n; i++)
		if (strcmp(items[i].allowance_type, "data") == 0 && items[i].quantity != 0)
			return true;
	return false;
}

/* without data a line would be blocked at its first byte: such a plan is kept, not sold */
static bool
catalog_add_offering(struct decision *d)
{
	const struct catalog_add_offering *cmd = d->args;
	struct list allowances = allowances_given(d);
	const char *price_id = price_id_of(d, cmd);

	d->made_id = d->target_id;
	emit(d, catalog_offering_added, cmd->offering_id, .name = cmd->name, .spec_id = cmd->spec_id, .is_bundle = true,
		.is_sellable = includes_data(&allowances), .lifecycle_status = "active", .valid_from = cmd->valid_from,
		.valid_to = cmd->valid_to, .allowances = allowances, .rfs_spec_ids = bearers(d),
		.cfs_spec_id = find(d->tenant, service_specification, CFS_BROADBAND) ? CFS_BROADBAND : NULL);
	emit(d, catalog_price_added, price_id, .offering_id = cmd->offering_id, .price_type = "recurring", .period_length = 1,
		.period_type = "month", .amount = parsed(cmd->amount, cmd->currency), .valid_from = cmd->valid_from,
		.valid_to = cmd->valid_to, .lifecycle_status = "active");
	return true;
}

static bool
catalog_window_offering(struct decision *d)
{
	const struct catalog_window_offering *cmd = d->args;
	int64_t to = bound(cmd->valid_to, OFFERING(d)->valid_to);

	emit(d, catalog_offering_windowed, d->target_id, .valid_from = bound(cmd->valid_from, OFFERING(d)->valid_from),
		.valid_to = to, .retired = to && to <= d->now);
	return true;
}

static bool
catalog_retire_offering(struct decision *d)
{
	int64_t to = OFFERING(d)->valid_to;

	emit(d, catalog_offering_retired, d->target_id, .valid_to = !to || to > d->now ? d->now : to);
	return true;
}

/* registered attributes, patched; NULL with the refusal filled in when the patch is no JSON object */
static const char *
patched(struct decision *d, const char *old, const char *patch)
{
	return json_merge_patch(d->arena, old ? old : "{}", patch, d->refusal);
}

static const char *
id_given_or_new(struct decision *d)
{
	if (!d->target_id)
		return new_id(d, d->command->about);
	d->made_id = d->target_id;
	return d->target_id;
}

static bool
catalog_register_offering(struct decision *d)
{
	const struct catalog_register_offering *cmd = d->args;

	emit(d, catalog_offering_added, id_given_or_new(d), .name = cmd->name, .spec_id = cmd->spec_id,
		.is_bundle = cmd->is_bundle.v, .is_sellable = cmd->is_sellable.v, .lifecycle_status = cmd->lifecycle_status,
		.valid_from = cmd->valid_from, .valid_to = cmd->valid_to, .document = cmd->document);
	return true;
}

static bool
catalog_update_offering(struct decision *d)
{
	const struct catalog_update_offering *cmd = d->args;
	const char *document = cmd->document ? patched(d, OFFERING(d)->document, cmd->document) : NULL;

	if (cmd->document && !document)
		return false;
	if (cmd->name || cmd->lifecycle_status || cmd->is_sellable.set || document)
		emit(d, catalog_offering_updated, d->target_id, .name = cmd->name, .lifecycle_status = cmd->lifecycle_status,
			.is_sellable = cmd->is_sellable, .document = document);
	return true;
}

static bool
catalog_remove_offering(struct decision *d)
{
	emit(d, catalog_offering_removed, d->target_id, .nothing_ = false);
	return true;
}

/* ---- commands: prices -------------------------------------------------------------------------------- */

static void
close_open_prices(struct decision *d, const char *offering_id, int64_t at)
{
	const struct index_node *node = NULL;
	char prefix[PATH_MAX_];
	struct entity *e;

	path2(prefix, offering_id, "");
	while ((e = index_next(d->tenant, INDEX_OFFERING_PRICES, prefix, &node)))
		if (!((struct price_state *)e)->valid_to)
			emit(d, catalog_price_closed, e->id, .offering_id = offering_id, .valid_to = at);
}

static bool
catalog_add_price(struct decision *d)
{
	const struct catalog_add_price *cmd = d->args;

	d->made_id = cmd->price_id;
	if (cmd->retire_current)
		close_open_prices(d, cmd->offering_id, cmd->valid_from ? cmd->valid_from : d->now);
	emit(d, catalog_price_added, cmd->price_id, .offering_id = cmd->offering_id, .price_type = "recurring",
		.period_length = 1, .period_type = "month", .amount = parsed(cmd->amount, cmd->currency),
		.valid_from = cmd->valid_from, .valid_to = cmd->valid_to, .lifecycle_status = "active");
	return true;
}

static bool
catalog_register_price(struct decision *d)
{
	const struct catalog_register_price *cmd = d->args;

	emit(d, catalog_price_added, id_given_or_new(d), .name = cmd->name, .price_type = cmd->price_type,
		.amount = parsed(cmd->amount, cmd->currency), .valid_from = cmd->valid_from, .valid_to = cmd->valid_to,
		.lifecycle_status = cmd->lifecycle_status, .document = cmd->document);
	return true;
}

static bool
catalog_update_price(struct decision *d)
{
	const struct catalog_update_price *cmd = d->args;
	const char *document = cmd->document ? patched(d, PRICE(d)->document, cmd->document) : NULL;

	if (cmd->document && !document)
		return false;
	if (cmd->name || cmd->lifecycle_status || document)
		emit(d, catalog_price_updated, d->target_id, .name = cmd->name, .lifecycle_status = cmd->lifecycle_status,
			.document = document);
	return true;
}

static bool
catalog_remove_price(struct decision *d)
{
	emit(d, catalog_price_removed, d->target_id, .nothing_ = false);
	return true;
}

/* ---- commands: top-ups, services --------------------------------------------------------------------- */

static const char *
unit_of(const char *allowance_type)
{
	if (strcmp(allowance_type, "voice") == 0)
		return "minutes";
	return strcmp(allowance_type, "sms") == 0 ? "count" : "mb";
}

static bool
catalog_add_vas(struct decision *d)
{
	const struct catalog_add_vas *cmd = d->args;

	d->made_id = d->target_id;
	emit(d, catalog_vas_added, cmd->vas_offering_id, .name = cmd->name, .price = parsed(cmd->amount, cmd->currency),
		.allowance_type = cmd->allowance_type, .allowance_quantity = cmd->allowance_quantity,
		.allowance_unit = unit_of(cmd->allowance_type), .expiry_hours = cmd->expiry_hours);
	return true;
}

static bool
catalog_retire_vas(struct decision *d)
{
	emit(d, catalog_vas_retired, d->target_id, .nothing_ = false);
	return true;
}

static bool
catalog_add_service_specification(struct decision *d)
{
	const struct catalog_add_service_specification *cmd = d->args;

	d->made_id = d->target_id;
	emit(d, catalog_service_specification_added, d->target_id, .name = cmd->name, .type = cmd->type,
		.parameters = cmd->parameters);
	return true;
}

/* ---- commands: specifications, categories ------------------------------------------------------------ */

static bool
catalog_register_specification(struct decision *d)
{
	const struct catalog_register_specification *cmd = d->args;

	emit(d, catalog_specification_added, id_given_or_new(d), .name = cmd->name, .description = cmd->description,
		.brand = cmd->brand, .lifecycle_status = cmd->lifecycle_status, .document = cmd->document);
	return true;
}

static bool
catalog_update_specification(struct decision *d)
{
	const struct catalog_update_specification *cmd = d->args;
	const char *old = ((struct product_specification_state *)d->target)->document;
	const char *document = cmd->document ? patched(d, old, cmd->document) : NULL;

	if (cmd->document && !document)
		return false;
	if (cmd->name || cmd->description || cmd->brand || cmd->lifecycle_status || document || cmd->cleared.n)
		emit(d, catalog_specification_updated, d->target_id, .name = cmd->name, .description = cmd->description,
			.brand = cmd->brand, .lifecycle_status = cmd->lifecycle_status, .document = document,
			.cleared = cmd->cleared);
	return true;
}

static bool
catalog_remove_specification(struct decision *d)
{
	emit(d, catalog_specification_removed, d->target_id, .nothing_ = false);
	return true;
}

static bool
catalog_register_category(struct decision *d)
{
	const struct catalog_register_category *cmd = d->args;

	emit(d, catalog_category_added, id_given_or_new(d), .kind = cmd->kind, .name = cmd->name,
		.lifecycle_status = cmd->lifecycle_status, .document = cmd->document);
	return true;
}

static bool
catalog_update_category(struct decision *d)
{
	const struct catalog_update_category *cmd = d->args;
	const char *document = cmd->document ? patched(d, ((struct category_state *)d->target)->document, cmd->document) : NULL;

	if (cmd->document && !document)
		return false;
	if (cmd->name || cmd->lifecycle_status || document)
		emit(d, catalog_category_updated, d->target_id, .name = cmd->name, .lifecycle_status = cmd->lifecycle_status,
			.document = document);
	return true;
}

static bool
catalog_remove_category(struct decision *d)
{
	emit(d, catalog_category_removed, d->target_id, .nothing_ = false);
	return true;
}

/* ---- events: plans ----------------------------------------------------------------------------------- */

static void
keep_services(struct offering_state *o, const struct catalog_offering_added *e)
{
	int room = (int)(sizeof o->rfs_spec_ids / sizeof o->rfs_spec_ids[0]);

	keep(o->cfs_spec_id, e->cfs_spec_id);
	for (int i = 0; i < e->rfs_spec_ids.n && i < room; i++)
		keep(o->rfs_spec_ids[i], e->rfs_spec_ids.v[i]);
}

static void
keep_lifecycle(struct offering_state *o, const char *lifecycle)
{
	keep(o->lifecycle, lifecycle);
	o->e.status = strcasecmp(o->lifecycle, "retired") == 0 ? OFFERING_RETIRED : OFFERING_ACTIVE;
}

static void
on_offering_added(struct world *w, void *self, const void *event, int64_t at)
{
	struct offering_state *o = self;
	const struct catalog_offering_added *e = event;
	const struct allowance *items = e->allowances.items;
	char path[PATH_MAX_];

	(void)at;
	keep(o->name, e->name);
	keep(o->spec_id, e->spec_id);
	keep_lifecycle(o, e->lifecycle_status);
	keep_services(o, e);
	o->sellable = e->is_sellable;
	o->valid_from = e->valid_from;
	o->valid_to = e->valid_to;
	o->n_allowances = e->allowances.n < ALLOWANCES_MAX ? e->allowances.n : ALLOWANCES_MAX;
	for (int i = 0; i < o->n_allowances; i++) {
		keep(o->allowances[i].type, items[i].allowance_type);
		keep(o->allowances[i].unit, items[i].unit);
		o->allowances[i].quantity = items[i].quantity;
	}
	world_text_replace(w, &o->document, e->document);
	if (o->spec_id[0])
		index_put(o->e.tenant, INDEX_SPECIFICATION_OFFERINGS, path2(path, o->spec_id, o->e.id), &o->e);
}

static void
retire(struct offering_state *o)
{
	o->sellable = false;
	keep_lifecycle(o, "retired");
}

static void
on_offering_windowed(struct world *w, void *self, const void *event, int64_t at)
{
	struct offering_state *o = self;
	const struct catalog_offering_windowed *e = event;

	(void)w, (void)at;
	o->valid_from = e->valid_from;
	o->valid_to = e->valid_to;
	if (e->retired)
		retire(o);
}

static void
on_offering_retired(struct world *w, void *self, const void *event, int64_t at)
{
	struct offering_state *o = self;

	(void)w, (void)at;
	o->valid_to = ((const struct catalog_offering_retired *)event)->valid_to;
	retire(o);
}

static void
on_offering_updated(struct world *w, void *self, const void *event, int64_t at)
{
	struct offering_state *o = self;
	const struct catalog_offering_updated *e = event;

	(void)at;
	if (e->name)
		keep(o->name, e->name);
	if (e->lifecycle_status)
		keep_lifecycle(o, e->lifecycle_status);
	if (e->is_sellable.set)
		o->sellable = e->is_sellable.v;
	if (e->document)
		world_text_replace(w, &o->document, e->document);
}

static void
on_offering_removed(struct world *w, void *self, const void *event, int64_t at)
{
	struct offering_state *o = self;
	char path[PATH_MAX_];

	(void)event, (void)at;
	if (o->spec_id[0])
		index_drop(o->e.tenant, INDEX_SPECIFICATION_OFFERINGS, path2(path, o->spec_id, o->e.id));
	world_text_replace(w, &o->document, NULL);
}

/* ---- events: prices ---------------------------------------------------------------------------------- */

static void
on_price_added(struct world *w, void *self, const void *event, int64_t at)
{
	struct price_state *p = self;
	const struct catalog_price_added *e = event;
	char path[PATH_MAX_];

	(void)at;
	keep(p->offering_id, e->offering_id);
	keep(p->type, e->price_type);
	p->amount = e->amount;
	p->valid_from = e->valid_from;
	p->valid_to = e->valid_to;
	world_text_replace(w, &p->document, e->document);
	if (p->offering_id[0])
		index_put(p->e.tenant, INDEX_OFFERING_PRICES, path2(path, p->offering_id, p->e.id), &p->e);
}

static void
on_price_closed(struct world *w, void *self, const void *event, int64_t at)
{
	(void)w, (void)at;
	((struct price_state *)self)->valid_to = ((const struct catalog_price_closed *)event)->valid_to;
}

static void
on_price_updated(struct world *w, void *self, const void *event, int64_t at)
{
	const struct catalog_price_updated *e = event;

	(void)at;
	if (e->document)
		world_text_replace(w, &((struct price_state *)self)->document, e->document);
}

static void
on_price_removed(struct world *w, void *self, const void *event, int64_t at)
{
	struct price_state *p = self;
	char path[PATH_MAX_];

	(void)event, (void)at;
	if (p->offering_id[0])
		index_drop(p->e.tenant, INDEX_OFFERING_PRICES, path2(path, p->offering_id, p->e.id));
	world_text_replace(w, &p->document, NULL);
}

/* ---- events: top-ups, services, specifications, categories ------------------------------------------- */

static void
on_vas_added(struct world *w, void *self, const void *event, int64_t at)
{
	struct vas_offering_state *v = self;
	const struct catalog_vas_added *e = event;

	(void)w, (void)at;
	keep(v->name, e->name);
	keep(v->allowance_type, e->allowance_type);
	keep(v->unit, e->allowance_unit);
	v->price = e->price;
	v->quantity = e->allowance_quantity;
	v->expiry_hours = e->expiry_hours;
	v->retired = false;
}

static void
on_vas_retired(struct world *w, void *self, const void *event, int64_t at)
{
	(void)w, (void)event, (void)at;
	((struct vas_offering_state *)self)->retired = true;
}

static void
on_service_specification_added(struct world *w, void *self, const void *event, int64_t at)
{
	struct service_specification_state *s = self;
	const struct catalog_service_specification_added *e = event;

	(void)w, (void)at;
	keep(s->name, e->name);
	keep(s->type, e->type);
}

static void
on_specification_added(struct world *w, void *self, const void *event, int64_t at)
{
	struct product_specification_state *s = self;

	(void)at;
	world_text_replace(w, &s->document, ((const struct catalog_specification_added *)event)->document);
}

static void
on_specification_updated(struct world *w, void *self, const void *event, int64_t at)
{
	struct product_specification_state *s = self;
	const char *document = ((const struct catalog_specification_updated *)event)->document;

	(void)at;
	if (document)
		world_text_replace(w, &s->document, document);
}

static void
on_specification_removed(struct world *w, void *self, const void *event, int64_t at)
{
	(void)event, (void)at;
	world_text_replace(w, &((struct product_specification_state *)self)->document, NULL);
}

static void
on_category_added(struct world *w, void *self, const void *event, int64_t at)
{
	(void)at;
	world_text_replace(w, &((struct category_state *)self)->document,
		((const struct catalog_category_added *)event)->document);
}

static void
on_category_updated(struct world *w, void *self, const void *event, int64_t at)
{
	const char *document = ((const struct catalog_category_updated *)event)->document;

	(void)at;
	if (document)
		world_text_replace(w, &((struct category_state *)self)->document, document);
}

static void
on_category_removed(struct world *w, void *self, const void *event, int64_t at)
{
	(void)event, (void)at;
	world_text_replace(w, &((struct category_state *)self)->document, NULL);
}

/* ---- the tables: policies ---------------------------------------------------------------------------- */

#define ADMIN_ONLY  { "catalog.admin_only", by_an_administrator, "Someone in particular changes the catalog" }

static const struct policy add_offering_policies[] = {
	ADMIN_ONLY,
	{ "catalog.offering.already_exists", id_is_free, "The plan's id is unused" },
	{ "catalog.price.valid_id", first_price_id_fits, "The price's id is at most 63 characters" },
	{ "catalog.price.already_exists", first_price_is_free, "The price's id is unused" },
	{ "catalog.specification.not_found", added_specification_exists, "The product specification exists" },
	{ "catalog.price.valid_amount", offering_amount_is_valid, "The amount is one of a known currency" },
	{ "catalog.price.positive_amount", offering_amount_is_positive, "The amount is more than zero" },
	{ "catalog.window.valid", offering_window_is_valid, "The window begins before it ends" },
	{ "catalog.offering.requires_allowance", something_is_included, "A plan includes at least one allowance" },
	{ "catalog.offering.valid_allowance", allowances_are_valid, "An allowance is -1 (unlimited) or more" },
	{ 0 }
};
static const struct policy window_policies[] = {
	ADMIN_ONLY,
	{ "catalog.offering.not_found", target_exists, "The plan exists" },
	{ "catalog.window.requires_bound", a_bound_is_given, "A bound is given, or null to clear one" },
	{ "catalog.window.valid", new_window_is_valid, "The window begins before it ends" },
	{ 0 }
};
static const struct policy retire_policies[] = {
	ADMIN_ONLY,
	{ "catalog.offering.not_found", target_exists, "The plan exists" },
	{ "catalog.offering.already_retired", not_retired_yet, "The plan is not retired yet" },
	{ 0 }
};
static const struct policy add_price_policies[] = {
	ADMIN_ONLY,
	{ "catalog.offering.not_found", target_exists, "The plan exists" },
	{ "catalog.price.already_exists", added_price_is_free, "The price's id is unused" },
	{ "catalog.price.valid_amount", price_amount_is_valid, "The amount is one of a known currency" },
	{ "catalog.price.positive_amount", price_amount_is_positive, "The amount is more than zero" },
	{ "catalog.price.same_currency", currency_is_the_plans, "A plan is sold in one currency" },
	{ "catalog.window.valid", price_window_is_valid, "The window begins before it ends" },
	{ 0 }
};
static const struct policy add_vas_policies[] = {
	ADMIN_ONLY,
	{ "catalog.vas.already_exists", id_is_free, "The top-up's id is unused" },
	{ "catalog.price.valid_amount", vas_amount_is_valid, "The amount is one of a known currency" },
	{ "catalog.price.positive_amount", vas_amount_is_positive, "The amount is more than zero" },
	{ "catalog.vas.valid_quantity", vas_quantity_is_valid, "A top-up adds something" },
	{ "catalog.vas.valid_expiry", vas_expiry_is_valid, "A pass runs at most a year" },
	{ 0 }
};
static const struct policy retire_vas_policies[] = {
	ADMIN_ONLY,
	{ "catalog.vas.not_found", target_exists, "The top-up exists" },
	{ "catalog.vas.already_retired", vas_not_retired_yet, "The top-up is not retired yet" },
	{ 0 }
};
static const struct policy add_service_specification_policies[] = {
	ADMIN_ONLY,
	{ "catalog.service_specification.already_exists", id_is_free, "The service specification's id is unused" },
	{ 0 }
};
static const struct policy register_specification_policies[] = {
	{ "catalog.specification.already_exists", id_is_free, "The specification's id is unused" },
	{ 0 }
};
static const struct policy update_specification_policies[] = {
	{ "catalog.admin_only", used_specification_by_an_administrator, "Someone in particular changes what plans use" },
	{ "catalog.specification.not_found", target_exists, "The specification exists" },
	{ 0 }
};
static const struct policy remove_specification_policies[] = {
	{ "catalog.specification.not_found", target_exists, "The specification exists" },
	{ "catalog.specification.in_use", no_plan_uses_specification, "No plan is made from it" },
	{ 0 }
};
static const struct policy register_offering_policies[] = {
	{ "catalog.offering.already_exists", id_is_free, "The offering's id is unused" },
	{ "catalog.specification.not_found", registered_specification_exists, "The product specification exists" },
	{ "catalog.window.valid", registered_offering_window_is_valid, "The window begins before it ends" },
	{ 0 }
};
static const struct policy update_offering_policies[] = {
	{ "catalog.admin_only", sold_plan_by_an_administrator, "Someone in particular changes what is sold" },
	{ "catalog.offering.not_found", target_exists, "The offering exists" },
	{ 0 }
};
static const struct policy remove_offering_policies[] = {
	{ "catalog.offering.not_found", target_exists, "The offering exists" },
	{ "catalog.offering.in_use", nothing_refers_to_plan, "No price and no line refers to it" },
	{ 0 }
};
static const struct policy register_price_policies[] = {
	{ "catalog.price.already_exists", id_is_free, "The price's id is unused" },
	{ "catalog.price.valid_amount", registered_amount_is_valid, "An amount is one of a known currency" },
	{ "catalog.window.valid", registered_price_window_is_valid, "The window begins before it ends" },
	{ 0 }
};
static const struct policy update_price_policies[] = {
	{ "catalog.admin_only", sold_price_by_an_administrator, "Someone in particular changes what is sold" },
	{ "catalog.price.not_found", target_exists, "The price exists" },
	{ 0 }
};
static const struct policy remove_price_policies[] = {
	{ "catalog.price.not_found", target_exists, "The price exists" },
	{ "catalog.price.in_use", no_plan_has_price, "It belongs to no plan" },
	{ 0 }
};
static const struct policy register_category_policies[] = {
	{ "catalog.category.already_exists", id_is_free, "The category's id is unused" },
	{ 0 }
};
static const struct policy category_policies[] = {
	{ "catalog.category.not_found", target_exists, "The category exists" },
	{ 0 }
};

/* ---- the tables: commands, events -------------------------------------------------------------------- */

#define PLAN   AGGREGATE_offering
#define VAS    AGGREGATE_vas_offering
#define SSPEC  AGGREGATE_service_specification
#define SPEC   AGGREGATE_product_specification
#define PRICE_ AGGREGATE_price
#define CAT    AGGREGATE_category
static const struct command commands[] = {
	/* args                                     about   from       policies                            decide */
	{ &catalog_add_offering_shape,              PLAN,   NEW,       add_offering_policies,              catalog_add_offering },
	{ &catalog_window_offering_shape,           PLAN,   ANY_STATE, window_policies,                    catalog_window_offering },
	{ &catalog_retire_offering_shape,           PLAN,   ANY_STATE, retire_policies,                    catalog_retire_offering },
	{ &catalog_add_price_shape,                 PLAN,   ANY_STATE, add_price_policies,                 catalog_add_price },
	{ &catalog_add_vas_shape,                   VAS,    NEW,       add_vas_policies,                   catalog_add_vas },
	{ &catalog_retire_vas_shape,                VAS,    ANY_STATE, retire_vas_policies,                catalog_retire_vas },
	{ &catalog_add_service_specification_shape, SSPEC,  NEW,       add_service_specification_policies, catalog_add_service_specification },
	{ &catalog_register_specification_shape,    SPEC,   NEW,       register_specification_policies,    catalog_register_specification },
	{ &catalog_update_specification_shape,      SPEC,   ANY_STATE, update_specification_policies,      catalog_update_specification },
	{ &catalog_remove_specification_shape,      SPEC,   ANY_STATE, remove_specification_policies,      catalog_remove_specification },
	{ &catalog_register_offering_shape,         PLAN,   NEW,       register_offering_policies,         catalog_register_offering },
	{ &catalog_update_offering_shape,           PLAN,   ANY_STATE, update_offering_policies,           catalog_update_offering },
	{ &catalog_remove_offering_shape,           PLAN,   ANY_STATE, remove_offering_policies,           catalog_remove_offering },
	{ &catalog_register_price_shape,            PRICE_, NEW,       register_price_policies,            catalog_register_price },
	{ &catalog_update_price_shape,              PRICE_, ANY_STATE, update_price_policies,              catalog_update_price },
	{ &catalog_remove_price_shape,              PRICE_, ANY_STATE, remove_price_policies,              catalog_remove_price },
	{ &catalog_register_category_shape,         CAT,    NEW,       register_category_policies,         catalog_register_category },
	{ &catalog_update_category_shape,           CAT,    ANY_STATE, category_policies,                  catalog_update_category },
	{ &catalog_remove_category_shape,           CAT,    ANY_STATE, category_policies,                  catalog_remove_category },
	{ 0 }
};
static const struct transition transitions[] = {
	/* event                                    to                apply */
	{ &catalog_specification_added_shape,         STAY,             on_specification_added },
	{ &catalog_specification_updated_shape,       STAY,             on_specification_updated },
	{ &catalog_specification_removed_shape,       STAY,             on_specification_removed },
	{ &catalog_service_specification_added_shape, STAY,             on_service_specification_added },
	{ &catalog_offering_added_shape,              STAY,             on_offering_added, 0, IN(OFFERING_ACTIVE) | IN(OFFERING_RETIRED) },
	{ &catalog_offering_windowed_shape,           STAY,             on_offering_windowed, IN(OFFERING_ACTIVE), IN(OFFERING_RETIRED) },
	{ &catalog_offering_retired_shape,            OFFERING_RETIRED, on_offering_retired, IN(OFFERING_ACTIVE) },
	{ &catalog_offering_updated_shape,            STAY,             on_offering_updated, IN(OFFERING_ACTIVE) | IN(OFFERING_RETIRED),
	  IN(OFFERING_ACTIVE) | IN(OFFERING_RETIRED) },
	{ &catalog_offering_removed_shape,            STAY,             on_offering_removed },
	{ &catalog_price_added_shape,                 STAY,             on_price_added },
	{ &catalog_price_closed_shape,                STAY,             on_price_closed },
	{ &catalog_price_updated_shape,               STAY,             on_price_updated },
	{ &catalog_price_removed_shape,               STAY,             on_price_removed },
	{ &catalog_vas_added_shape,                   STAY,             on_vas_added },
	{ &catalog_vas_retired_shape,                 STAY,             on_vas_retired },
	{ &catalog_category_added_shape,              STAY,             on_category_added },
	{ &catalog_category_updated_shape,            STAY,             on_category_updated },
	{ &catalog_category_removed_shape,            STAY,             on_category_removed },
	{ 0 }
};
EVERY_COMMAND(commands, CATALOG_COMMANDS);
EVERY_EVENT(transitions, CATALOG_EVENTS);

static const struct aggregate aggregates[] = {
	{ AGGREGATE_product_specification, __FILE__, sizeof(struct product_specification_state), NULL },
	{ AGGREGATE_service_specification, __FILE__, sizeof(struct service_specification_state), NULL },
	{ AGGREGATE_offering,              __FILE__, sizeof(struct offering_state),              NULL },
	{ AGGREGATE_price,                 __FILE__, sizeof(struct price_state),                 NULL },
	{ AGGREGATE_vas_offering,          __FILE__, sizeof(struct vas_offering_state),          NULL },
	{ AGGREGATE_category,              __FILE__, sizeof(struct category_state),              NULL },
	{ 0 }
};
const struct module catalog_module = { aggregates, commands, transitions };
