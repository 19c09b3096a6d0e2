/* catalog.c -- the read model of what can be sold: specifications, plans with windowed prices and allowances, top-ups.
 *
 * A plan's row carries its prices too, because both documents of a plan show them; the price table is what "which price
 * is active at an instant" is asked of. */
#include <string.h>
#include "projections/document.h"
#include "projections/query_memory.h"
#include "projections/tables.h"

#define HREF_OFFERING API_CATALOG "productOffering/"
#define HREF_PRICE    API_CATALOG "productOfferingPrice/"
#define HREF_SPEC     API_CATALOG "productSpecification/"
#define HREF_CATEGORY API_CATALOG "category/"
#define HREF_CATALOG  API_CATALOG "catalog/"

/* ---- rows -------------------------------------------------------------------------------------------------- */

#define specification_row_fields(_, T) \
	_(T, ID, specification_id, KEY, "SPEC_...") _(T, TEXT, name, OPT, "") _(T, TEXT, description, OPT, "") _(T, TEXT, brand, OPT, "") \
	_(T, TEXT, lifecycle_status, OPT, "") _(T, JSON, document, OPT, "uninterpreted TMF620 attributes") _(T, TIME, last_update, OPT, "")
#define service_specification_row_fields(_, T) \
	_(T, ID, service_specification_id, KEY, "SSPEC_...") _(T, TEXT, name, OPT, "") _(T, TEXT, type, OPT, "CFS or RFS") \
	_(T, JSON, parameters, OPT, "")
#define price_row_fields(_, T) \
	_(T, ID, price_id, KEY, "PRICE_...") _(T, ID, offering_id, INDEXED, "") _(T, TEXT, name, OPT, "") _(T, TEXT, price_type, OPT, "recurring") \
	_(T, INT, period_length, OPT, "") _(T, TEXT, period_type, OPT, "month") _(T, MONEY, amount, OPT, "tax included") \
	_(T, TIME, valid_from, OPT, "inclusive") _(T, TIME, valid_to, OPT, "exclusive") _(T, TEXT, lifecycle_status, OPT, "") \
	_(T, JSON, document, OPT, "uninterpreted TMF620 attributes") _(T, TIME, last_update, OPT, "")
#define price_item_fields(_, T) \
	_(T, TEXT, price_id, OPT, "") _(T, TEXT, name, OPT, "") _(T, TEXT, price_type, OPT, "") _(T, INT, period_length, OPT, "") \
	_(T, TEXT, period_type, OPT, "") _(T, MONEY, amount, OPT, "") _(T, TIME, valid_from, OPT, "") _(T, TIME, valid_to, OPT, "")
#define allowance_item_fields(_, T) \
	_(T, TEXT, allowance_type, OPT, "") _(T, INT, quantity, OPT, "-1 unlimited") _(T, TEXT, unit, OPT, "")
#define offering_row_fields(_, T) \
	_(T, ID, offering_id, KEY, "PLAN_...") _(T, TEXT, name, OPT, "") _(T, ID, spec_id, OPT, "") _(T, TEXT, spec_name, OPT, "") \
	_(T, BOOL, is_bundle, OPT, "") _(T, BOOL, is_sellable, OPT, "") _(T, TEXT, lifecycle_status, INDEXED, "active or retired") \
	_(T, TIME, valid_from, OPT, "inclusive") _(T, TIME, valid_to, OPT, "exclusive") _(T, LIST, prices, OF(price_item), "") \
	_(T, LIST, allowances, OF(allowance_item), "") _(T, ID, cfs_spec_id, OPT, "") _(T, TEXTS, rfs_spec_ids, OPT, "") \
	_(T, JSON, document, OPT, "uninterpreted TMF620 attributes") _(T, TIME, last_update, OPT, "")
#define vas_row_fields(_, T) \
	_(T, ID, vas_offering_id, KEY, "VAS_...") _(T, TEXT, name, OPT, "") _(T, MONEY, price, OPT, "") _(T, TEXT, allowance_type, OPT, "") \
	_(T, INT, allowance_quantity, OPT, "-1 unlimited") _(T, TEXT, allowance_unit, OPT, "") _(T, INT, expiry_hours, OPT, "") \
	_(T, TEXT, status, INDEXED, "active or retired")
#define category_row_fields(_, T) \
	_(T, ID, category_id, KEY, "CAT-...") _(T, TEXT, name, OPT, "") _(T, TEXT, lifecycle_status, OPT, "") \
	_(T, JSON, document, OPT, "uninterpreted TMF620 attributes") _(T, TIME, last_update, OPT, "")

#define ROWS(_) \
	_(specification_row, "product specifications") _(service_specification_row, "service specifications") _(price_item, "a price of a plan") \
	_(allowance_item, "what a period includes") _(price_row, "prices") _(offering_row, "plans") _(vas_row, "top-ups") \
	_(category_row, "categories and catalogs")
ROWS(SHAPE_DECLARE_)
ROWS(SHAPE_DEFINE_)

/* ---- documents: specifications -------------------------------------------------------------------------------- */

static void
specification_result(struct json *j, const struct row *r)
{
	const struct specification_row *s = r->data;

	json_object(j);
	put_id(j, s->specification_id, HREF_SPEC);
	json_put(j, "name", s->name);
	json_put(j, "description", s->description);
	json_put(j, "brand", s->brand);
	json_put(j, "lifecycleStatus", s->lifecycle_status);
	json_put(j, "@type", "ProductSpecification");
	json_object_end(j);
}

/* what all resources of the catalog begin with */
static void
tmf_head(struct json *j, const char *id, const char *href, const char *name, const char *status, int64_t last_update)
{
	put_id(j, id, href);
	json_put(j, "name", name ? name : "");
	json_put(j, "lifecycleStatus", status ? status : "active");
	json_put_time_ms(j, "lastUpdate", last_update);
}

static void
tmf_tail(struct json *j, struct extras *posted, const char *type, const char *const *ours)
{
	if (!extras_put(posted, j, "@type"))
		json_put(j, "@type", type);
	extras_rest(posted, j, ours);
	json_object_end(j);
	extras_close(posted);
}

static void
specification_tmf(struct json *j, const struct row *r)
{
	static const char *const ours[] = { "id", "href", "name", "lifecycleStatus", "lastUpdate", "description",
		"brand", "@type", NULL };
	const struct specification_row *s = r->data;
	struct extras posted = extras_open(s->document);

	json_object(j);
	tmf_head(j, s->specification_id, HREF_SPEC, s->name, s->lifecycle_status, s->last_update);
	if (s->description)
		json_put(j, "description", s->description);
	if (s->brand)
		json_put(j, "brand", s->brand);
	tmf_tail(j, &posted, "ProductSpecification", ours);
}

static void
service_specification_result(struct json *j, const struct row *r)
{
	const struct service_specification_row *s = r->data;

	json_object(j);
	json_put(j, "id", s->service_specification_id);
	json_put(j, "name", s->name);
	json_put(j, "type", s->type);
	json_put_raw(j, "parameters", s->parameters);
	json_object_end(j);
}

/* ---- documents: prices -------------------------------------------------------------------------------------------- */

static void
price_members(struct json *j, const struct price_item *p)
{
	json_object(j);
	json_put(j, "id", p->price_id);
	json_put(j, "priceType", p->price_type);
	json_put_int(j, "recurringChargePeriodLength", p->period_length);
	json_put(j, "recurringChargePeriodType", p->period_type);
	json_key(j, "price");
	json_object(j);
	json_key(j, "taxIncludedAmount");
	json_object(j);
	json_put_float(j, "value", p->amount);
	json_put(j, "unit", p->amount.currency);
	json_object_end(j);
	json_object_end(j);
	put_valid_for(j, p->valid_from, p->valid_to, false);
	json_put(j, "@type", "ProductOfferingPrice");
	json_object_end(j);
}

static struct price_item
as_item(const struct price_row *p)
{
	return (struct price_item){ p->price_id, p->name, p->price_type, p->period_length, p->period_type, p->amount, p->valid_from,
		p->valid_to };
}

static void
price_result(struct json *j, const struct row *r)
{
	struct price_item item = as_item(r->data);

	price_members(j, &item);
}

static void
tmf_money(struct json *j, const char *key, struct money m)
{
	json_key(j, key);
	json_object(j);
	json_put(j, "unit", m.currency);
	json_put_float(j, "value", m);
	json_object_end(j);
}

static void
price_tmf(struct json *j, const struct row *r)
{
	static const char *const ours[] = { "id", "href", "name", "lifecycleStatus", "lastUpdate", "priceType", "price", "validFor",
		"recurringChargePeriodLength", "recurringChargePeriodType", "@type", NULL };
	const struct price_row *p = r->data;
	struct extras posted = extras_open(p->document);

	json_object(j);
	tmf_head(j, p->price_id, HREF_PRICE, p->name ? p->name : p->price_id, p->lifecycle_status, p->last_update);
	json_put(j, "priceType", p->price_type ? p->price_type : "recurring");
	if (p->period_length)
		json_put_int(j, "recurringChargePeriodLength", p->period_length);
	if (p->period_type)
		json_put(j, "recurringChargePeriodType", p->period_type);
	if (!extras_put(&posted, j, "price") && p->amount.currency[0])
		tmf_money(j, "price", p->amount);
	if (!extras_put(&posted, j, "validFor") && (p->valid_from || p->valid_to))
		put_valid_for(j, p->valid_from, p->valid_to, true);
	tmf_tail(j, &posted, "ProductOfferingPrice", ours);
}

/* ---- documents: plans --------------------------------------------------------------------------------------------- */

static void
result_specification(struct json *j, const struct offering_row *o)
{
	json_key(j, "productSpecification");
	if (!o->spec_id) {
		json_null(j);
		return;
	}
	json_object(j);
	put_id(j, o->spec_id, HREF_SPEC);
	json_put(j, "name", o->spec_name);
	json_put(j, "@type", "ProductSpecificationRef");
	json_object_end(j);
}

static void
result_allowances(struct json *j, const struct offering_row *o)
{
	const struct allowance_item *a = o->allowances.items;

	json_key(j, "bundleAllowance");
	json_array(j);
	for (int i = 0; i < o->allowances.n; i++) {
		json_object(j);
		json_put(j, "allowanceType", a[i].allowance_type);
		json_put_int(j, "quantity", a[i].quantity);
		json_put(j, "unit", a[i].unit);
		json_object_end(j);
	}
	json_array_end(j);
}

static void
offering_result(struct json *j, const struct row *r)
{
	const struct offering_row *o = r->data;
	const struct price_item *p = o->prices.items;

	json_object(j);
	put_id(j, o->offering_id, HREF_OFFERING);
	json_put(j, "name", o->name);
	json_put_bool(j, "isBundle", o->is_bundle);
	json_put_bool(j, "isSellable", o->is_sellable);
	json_put(j, "lifecycleStatus", o->lifecycle_status);
	put_valid_for(j, o->valid_from, o->valid_to, false);
	result_specification(j, o);
	json_key(j, "productOfferingPrice");
	json_array(j);
	for (int i = 0; i < o->prices.n; i++)
		price_members(j, &p[i]);
	json_array_end(j);
	result_allowances(j, o);
	json_put(j, "@type", "ProductOffering");
	json_object_end(j);
}

static void
tmf_prices(struct json *j, const struct offering_row *o, const struct extras *posted)
{
	const struct price_item *p = o->prices.items;

	if (!o->prices.n && extras_put(posted, j, "productOfferingPrice"))
		return;
	json_key(j, "productOfferingPrice");
	json_array(j);
	for (int i = 0; i < o->prices.n; i++)
		put_ref(j, NULL, p[i].price_id, HREF_PRICE, p[i].name ? p[i].name : p[i].price_id, NULL);
	json_array_end(j);
}

static void
tmf_allowance(struct json *j, const struct allowance_item *a)
{
	json_object(j);
	json_put(j, "name", a->allowance_type);
	json_put(j, "valueType", "integer");
	json_key(j, "productSpecCharacteristicValue");
	json_array(j);
	json_object(j);
	json_put_int(j, "value", a->quantity);
	json_put(j, "unitOfMeasure", a->unit);
	json_put_bool(j, "isDefault", true);
	json_object_end(j);
	json_array_end(j);
	json_object_end(j);
}

static void
tmf_allowances(struct json *j, const struct offering_row *o, const struct extras *posted)
{
	const struct allowance_item *a = o->allowances.items;

	if (extras_put(posted, j, "prodSpecCharValueUse") || !o->allowances.n)
		return;
	json_key(j, "prodSpecCharValueUse");
	json_array(j);
	for (int i = 0; i < o->allowances.n; i++)
		tmf_allowance(j, &a[i]);
	json_array_end(j);
}

static void
offering_tmf(struct json *j, const struct row *r)
{
	static const char *const ours[] = { "id", "href", "name", "lifecycleStatus", "lastUpdate", "isBundle",
		"isSellable", "validFor",
		"productSpecification", "productOfferingPrice", "prodSpecCharValueUse", "@type", NULL };
	const struct offering_row *o = r->data;
	struct extras posted = extras_open(o->document);

	json_object(j);
	tmf_head(j, o->offering_id, HREF_OFFERING, o->name, o->lifecycle_status, o->last_update);
	/* for TM Forum a bundle is made of offerings; a plan that includes allowances is not one */
	json_put_bool(j, "isBundle", o->is_bundle && extras_has(&posted, "bundledProductOffering"));
	json_put_bool(j, "isSellable", o->is_sellable);
	if (o->valid_from || o->valid_to || !extras_put(&posted, j, "validFor"))
		put_valid_for(j, o->valid_from ? o->valid_from : o->valid_to ? 0 : o->last_update, o->valid_to, true);
	if (!extras_put(&posted, j, "productSpecification") && o->spec_id)
		put_ref(j, "productSpecification", o->spec_id, HREF_SPEC, o->spec_name, NULL);
	tmf_prices(j, o, &posted);
	tmf_allowances(j, o, &posted);
	tmf_tail(j, &posted, "ProductOffering", ours);
}

/* ---- documents: top-ups, categories ----------------------------------------------------------------------------------- */

static void
vas_result(struct json *j, const struct row *r)
{
	const struct vas_row *v = r->data;

	json_object(j);
	json_put(j, "id", v->vas_offering_id);
	json_put(j, "name", v->name);
	json_put_float(j, "priceAmount", v->price);
	json_put(j, "currency", v->price.currency);
	json_put(j, "allowanceType", v->allowance_type);
	json_put_int(j, "allowanceQuantity", v->allowance_quantity);
	json_put(j, "allowanceUnit", v->allowance_unit);
	if (v->expiry_hours)
		json_put_int(j, "expiryHours", v->expiry_hours);
	else
		json_put(j, "expiryHours", NULL);
	json_object_end(j);
}

static void
put_category(struct json *j, const struct category_row *c, const char *href, const char *type)
{
	static const char *const ours[] = { "id", "href", "name", "lifecycleStatus", "lastUpdate", "@type", NULL };
	struct extras posted = extras_open(c->document);

	json_object(j);
	tmf_head(j, c->category_id, href, c->name, c->lifecycle_status, c->last_update);
	tmf_tail(j, &posted, type, ours);
}

static void
category_tmf(struct json *j, const struct row *r)
{
	put_category(j, r->data, HREF_CATEGORY, "Category");
}

static void
catalog_tmf(struct json *j, const struct row *r)
{
	put_category(j, r->data, HREF_CATALOG, "Catalog");
}

static const struct tmf_column specification_search[] = {
	{ "id", "specification_id" }, { "name", "name" }, { 0 } };
static const struct tmf_column offering_search[] = {
	{ "id", "offering_id" }, { "name", "name" }, { "lifecycleStatus", "lifecycle_status" }, { 0 } };
static const struct tmf_column price_search[] = { { "id", "price_id" }, { 0 } };
static const struct tmf_column category_search[] = { { "id", "category_id" }, { "name", "name" }, { 0 } };

const struct read_table specification_table = { "catalog", "specification", &specification_row_shape,
	.result = specification_result,
	.tmf = specification_tmf, .resource = "productSpecification", .href = HREF_SPEC, .search = specification_search };
const struct read_table service_specification_table = { "catalog", "service_specification", &service_specification_row_shape,
	.result = service_specification_result };
const struct read_table offering_table = { "catalog", "offering", &offering_row_shape, .result = offering_result,
	.tmf = offering_tmf,
	.resource = "productOffering", .href = HREF_OFFERING, .search = offering_search };
const struct read_table price_table = { "catalog", "price", &price_row_shape, .result = price_result, .tmf = price_tmf,
	.resource = "productOfferingPrice", .href = HREF_PRICE, .search = price_search };
const struct read_table vas_table = { "catalog", "vas_offering", &vas_row_shape, .result = vas_result };
const struct read_table category_table = { "catalog", "category", &category_row_shape, .tmf = category_tmf,
	.resource = "category", .href = HREF_CATEGORY, .search = category_search };
const struct read_table catalog_table = { "catalog", "catalog", &category_row_shape, .tmf = catalog_tmf,
	.resource = "catalog", .href = HREF_CATALOG, .search = category_search };
static const struct read_table *const tables[] = { &specification_table, &service_specification_table, &offering_table,
	&price_table,
	&vas_table, &category_table, &catalog_table, NULL };

/* ---- handlers: specifications -------------------------------------------------------------------------------------------- */

static void
on_specification_added(struct applying *a, void *row, const void *event)
{
	const struct catalog_specification_added *e = event;
	struct specification_row *s = row;

	s->name = e->name;
	s->description = e->description;
	s->brand = e->brand;
	s->lifecycle_status = e->lifecycle_status;
	s->document = e->document;
	s->last_update = a->at;
}

static void
on_specification_updated(struct applying *a, void *row, const void *event)
{
	const struct catalog_specification_updated *e = event;
	struct specification_row *s = row;

	for (int i = 0; i < e->cleared.n; i++)
		*(strcmp(e->cleared.v[i], "brand") == 0 ? &s->brand : &s->description) = NULL;
	s->name = e->name ? e->name : s->name;
	s->description = e->description ? e->description : s->description;
	s->brand = e->brand ? e->brand : s->brand;
	s->lifecycle_status = e->lifecycle_status ? e->lifecycle_status : s->lifecycle_status;
	s->document = e->document ? e->document : s->document;
	s->last_update = a->at;
}

static void
on_service_specification(struct applying *a, void *row, const void *event)
{
	const struct catalog_service_specification_added *e = event;
	struct service_specification_row *s = row;

	(void)a;
	s->name = e->name;
	s->type = e->type;
	s->parameters = e->parameters;
}

/* ---- handlers: plans -------------------------------------------------------------------------------------------------------- */

static void
on_offering_added(struct applying *a, void *row, const void *event)
{
	const struct catalog_offering_added *e = event;
	const struct specification_row *spec = e->spec_id ? row_see(a, &specification_table, e->spec_id) : NULL;
	const struct allowance *from = e->allowances.items;
	struct offering_row *o = row;

	o->name = e->name;
	o->spec_id = e->spec_id;
	o->spec_name = spec ? spec->name : NULL;
	o->is_bundle = e->is_bundle;
	o->is_sellable = e->is_sellable;
	o->lifecycle_status = e->lifecycle_status;
	o->valid_from = e->valid_from;
	o->valid_to = e->valid_to;
	o->cfs_spec_id = e->cfs_spec_id;
	o->rfs_spec_ids = e->rfs_spec_ids;
	o->document = e->document;
	o->last_update = a->at;
	for (int i = 0; i < e->allowances.n; i++)
		*(struct allowance_item *)list_add(a, &o->allowances, &allowance_item_shape) =
		    (struct allowance_item){ from[i].allowance_type, from[i].quantity, from[i].unit };
}

static void
take_off_sale(struct offering_row *o)
{
	o->lifecycle_status = "retired";
	o->is_sellable = false;
}

static void
on_offering_windowed(struct applying *a, void *row, const void *event)
{
	const struct catalog_offering_windowed *e = event;
	struct offering_row *o = row;

	o->valid_from = e->valid_from;
	o->valid_to = e->valid_to;
	if (e->retired)
		take_off_sale(o);
	o->last_update = a->at;
}

static void
on_offering_retired(struct applying *a, void *row, const void *event)
{
	struct offering_row *o = row;

	o->valid_to = ((const struct catalog_offering_retired *)event)->valid_to;
	take_off_sale(o);
	o->last_update = a->at;
}

static void
on_offering_updated(struct applying *a, void *row, const void *event)
{
	const struct catalog_offering_updated *e = event;
	struct offering_row *o = row;

	o->name = e->name ? e->name : o->name;
	o->lifecycle_status = e->lifecycle_status ? e->lifecycle_status : o->lifecycle_status;
	o->is_sellable = e->is_sellable.set ? e->is_sellable.v : o->is_sellable;
	o->document = e->document ? e->document : o->document;
	o->last_update = a->at;
}

/* ---- handlers: prices -------------------------------------------------------------------------------------------- */

/* the price as its plan shows it follows the price's row */
static void
show_in_offering(struct applying *a, const struct price_row *p)
{
	struct offering_row *o = p->offering_id ? row_get(a, &offering_table, p->offering_id) : NULL;
	struct price_item *items = o ? o->prices.items : NULL;

	if (!o)
		return;
	for (int i = 0; i < o->prices.n; i++)
		if (strcmp(items[i].price_id, p->price_id) == 0) {
			items[i] = as_item(p);
			return;
		}
	*(struct price_item *)list_add(a, &o->prices, &price_item_shape) = as_item(p);
}

static void
on_price_added(struct applying *a, void *row, const void *event)
{
	const struct catalog_price_added *e = event;
	struct price_row *p = row;

	p->offering_id = e->offering_id;
	p->name = e->name;
	p->price_type = e->price_type;
	p->period_length = e->period_length;
	p->period_type = e->period_type;
	p->amount = e->amount;
	p->valid_from = e->valid_from;
	p->valid_to = e->valid_to;
	p->lifecycle_status = e->lifecycle_status;
	p->document = e->document;
	p->last_update = a->at;
	show_in_offering(a, p);
}

static void
on_price_closed(struct applying *a, void *row, const void *event)
{
	struct price_row *p = row;

	p->valid_to = ((const struct catalog_price_closed *)event)->valid_to;
	p->last_update = a->at;
	show_in_offering(a, p);
}

static void
on_price_updated(struct applying *a, void *row, const void *event)
{
	const struct catalog_price_updated *e = event;
	struct price_row *p = row;

	p->name = e->name ? e->name : p->name;
	p->lifecycle_status = e->lifecycle_status ? e->lifecycle_status : p->lifecycle_status;
	p->document = e->document ? e->document : p->document;
	p->last_update = a->at;
	show_in_offering(a, p);
}

static void
on_price_removed(struct applying *a, void *row, const void *event)
{
	const struct price_row *p = row_see(a, &price_table, a->id);
	struct offering_row *o = p && p->offering_id ? row_get(a, &offering_table, p->offering_id) : NULL;
	struct price_item *items = o ? o->prices.items : NULL;

	(void)row, (void)event;
	for (int i = 0; o && i < o->prices.n; i++)
		if (strcmp(items[i].price_id, a->id) == 0) {
			list_remove(&o->prices, &price_item_shape, i);
			break;
		}
	row_drop(a, &price_table, a->id);
}

/* ---- handlers: top-ups, categories ------------------------------------------------------------------------------- */

static void
on_vas_added(struct applying *a, void *row, const void *event)
{
	const struct catalog_vas_added *e = event;
	struct vas_row *v = row;

	(void)a;
	v->name = e->name;
	v->price = e->price;
	v->allowance_type = e->allowance_type;
	v->allowance_quantity = e->allowance_quantity;
	v->allowance_unit = e->allowance_unit;
	v->expiry_hours = e->expiry_hours;
	v->status = "active";
}

static void
on_vas_retired(struct applying *a, void *row, const void *event)
{
	(void)a, (void)event;
	((struct vas_row *)row)->status = "retired";
}

static void
on_category_added(struct applying *a, void *row, const void *event)
{
	const struct catalog_category_added *e = event;
	bool catalog = e->kind && strcmp(e->kind, "catalog") == 0;
	struct category_row *c = row_new(a, catalog ? &catalog_table : &category_table, a->id);

	(void)row;
	c->name = e->name;
	c->lifecycle_status = e->lifecycle_status;
	c->document = e->document;
	c->last_update = a->at;
}

static void
on_category_updated(struct applying *a, void *row, const void *event)
{
	const struct catalog_category_updated *e = event;
	struct category_row *c = row;

	c->name = e->name ? e->name : c->name;
	c->lifecycle_status = e->lifecycle_status ? e->lifecycle_status : c->lifecycle_status;
	c->document = e->document ? e->document : c->document;
	c->last_update = a->at;
}

static const struct handler handlers[] = {
	{ &catalog_specification_added_shape,         &specification_table, ROW_NEW,  on_specification_added },
	{ &catalog_specification_updated_shape,       &specification_table, ROW_HAVE, on_specification_updated },
	{ &catalog_specification_removed_shape,       &specification_table, ROW_DROP, NULL },
	{ &catalog_service_specification_added_shape, &service_specification_table, ROW_NEW, on_service_specification },
	{ &catalog_offering_added_shape,              &offering_table,      ROW_NEW,  on_offering_added },
	{ &catalog_offering_windowed_shape,           &offering_table,      ROW_HAVE, on_offering_windowed },
	{ &catalog_offering_retired_shape,            &offering_table,      ROW_HAVE, on_offering_retired },
	{ &catalog_offering_updated_shape,            &offering_table,      ROW_HAVE, on_offering_updated },
	{ &catalog_offering_removed_shape,            &offering_table,      ROW_DROP, NULL },
	{ &catalog_price_added_shape,                 &price_table,         ROW_NEW,  on_price_added },
	{ &catalog_price_closed_shape,                &price_table,         ROW_HAVE, on_price_closed },
	{ &catalog_price_updated_shape,               &price_table,         ROW_HAVE, on_price_updated },
	{ &catalog_price_removed_shape,               NULL,                 ROW_NONE, on_price_removed },
	{ &catalog_vas_added_shape,                   &vas_table,           ROW_NEW,  on_vas_added },
	{ &catalog_vas_retired_shape,                 &vas_table,           ROW_HAVE, on_vas_retired },
	{ &catalog_category_added_shape,              NULL,                 ROW_NONE, on_category_added },
	{ &catalog_category_updated_shape,            &category_table,      ROW_HAVE, on_category_updated },
	{ &catalog_category_updated_shape,            &catalog_table,       ROW_HAVE, on_category_updated },
	{ &catalog_category_removed_shape,            &category_table,      ROW_DROP, NULL },
	{ &catalog_category_removed_shape,            &catalog_table,       ROW_DROP, NULL },
	{ 0 }
};

/* ---- queries ----------------------------------------------------------------------------------------------------- */

static bool
in_window(int64_t from, int64_t to, int64_t t)
{
	return (!from || from <= t) && (!to || to > t);
}

/* the cheapest recurring price that is open then, the lower id when two cost the same */
static const struct row *
active_price(const struct memory_query *q, const char *offering_id, int64_t t)
{
	int n;
	const struct row **rows = memory_rows(q, &price_table, &n), *best = NULL;

	for (int i = 0; i < n; i++) {
		const struct price_row *p = rows[i]->data, *b = best ? best->data : NULL;

		if (!p->offering_id || strcmp(p->offering_id, offering_id) != 0 || !p->price_type ||
		    strcmp(p->price_type, "recurring") != 0 || !in_window(p->valid_from, p->valid_to, t))
			continue;
		if (!b || p->amount.minor < b->amount.minor ||
		    (p->amount.minor == b->amount.minor && strcmp(p->price_id, b->price_id) < 0))
			best = rows[i];
	}
	return best;
}

static void
active_price_in_memory(struct memory_query *q)
{
	const struct row *r = active_price(q, memory_text(q, "offering_id"), memory_time(q, "at"));

	if (r)
		memory_result(q, &price_table, r);
}

struct priced { const struct row *row; int64_t minor; };

static void
insert_by_price(struct priced *list, int n, struct priced p)
{
	while (n > 0 && (list[n - 1].minor > p.minor || (list[n - 1].minor == p.minor &&
	    strcmp(((const struct offering_row *)list[n - 1].row->data)->offering_id,
	    ((const struct offering_row *)p.row->data)->offering_id) > 0))) {
		list[n] = list[n - 1];
		n--;
	}
	list[n] = p;
}

static void
active_offerings_in_memory(struct memory_query *q)
{
	int64_t t = memory_time(q, "at");
	int n, found = 0;
	const struct row **rows = memory_rows(q, &offering_table, &n);
	struct priced *list = arena_array(q->arena, struct priced, n + 1);

	for (int i = 0; i < n; i++) {
		const struct offering_row *o = rows[i]->data;
		const struct row *p;

		if (!o->is_sellable || !o->lifecycle_status || strcmp(o->lifecycle_status, "active") != 0 ||
		    !in_window(o->valid_from, o->valid_to, t))
			continue;
		p = active_price(q, o->offering_id, t);
		insert_by_price(list, found++, (struct priced){ rows[i],
			p ? ((const struct price_row *)p->data)->amount.minor : INT64_MAX });
	}
	buf_str(q->out, "[");
	for (int i = 0; i < found; i++) {
		if (i)
			buf_str(q->out, ",");
		memory_result(q, &offering_table, list[i].row);
	}
	buf_str(q->out, "]");
}

#define IN_WINDOW(x, t) \
	"(" x ".valid_from IS NULL OR " x ".valid_from <= " t ") AND (" x ".valid_to IS NULL OR " x ".valid_to > " t ")"
static const struct query queries[] = {
	{ &catalog_list_offerings_shape, QUERY_LIST, NULL, "catalog", &offering_table,
	  { { "lifecycle_status", MATCH_EQUAL, "lifecycle_status" } }, ORDER_COLUMN, "offering_id" },
	{ &catalog_list_active_offerings_shape, QUERY_LIST, NULL, "catalog", .args = "at @now", .memory = active_offerings_in_memory, .sql =
	  "SELECT o.result FROM catalog.offering o LEFT JOIN LATERAL (SELECT p.amount_minor FROM catalog.price p"
	  " WHERE p.tenant_id = o.tenant_id AND p.offering_id = o.offering_id AND p.price_type = 'recurring'"
	  " AND " IN_WINDOW("p", "coalesce($2::timestamptz, $3::timestamptz)")
	  " ORDER BY p.amount_minor, p.price_id LIMIT 1) AS a ON true"
	  " WHERE o.tenant_id = $1 AND o.is_sellable AND o.lifecycle_status = 'active'"
	  " AND " IN_WINDOW("o", "coalesce($2::timestamptz, $3::timestamptz)")
	  " ORDER BY a.amount_minor NULLS LAST, o.offering_id" },
	{ &catalog_get_offering_shape, QUERY_ONE, "catalog.offering.not_found", "catalog", &offering_table,
	  { { "offering_id", MATCH_EQUAL, "offering_id" } } },
	{ &catalog_get_price_shape, QUERY_ONE, "catalog.price.not_found", "catalog", &price_table,
	  { { "price_id", MATCH_EQUAL, "price_id" } } },
	{ &catalog_get_active_price_shape, QUERY_ONE, "catalog.price.no_active_row", "catalog", .args = "offering_id at @now",
	  .memory = active_price_in_memory, .sql =
	  "SELECT p.result FROM catalog.price p WHERE p.tenant_id = $1 AND p.offering_id = $2 AND p.price_type = 'recurring'"
	  " AND " IN_WINDOW("p", "coalesce($3::timestamptz, $4::timestamptz)") " ORDER BY p.amount_minor, p.price_id LIMIT 1" },
	{ &catalog_get_specification_shape, QUERY_ONE, "catalog.specification.not_found", "catalog", &specification_table,
	  { { "specification_id", MATCH_EQUAL, "specification_id" } } },
	{ &catalog_list_vas_shape, QUERY_LIST, NULL, "catalog", &vas_table, { { "status", MATCH_IS, "active" } }, ORDER_OLDEST },
	{ &catalog_get_vas_shape, QUERY_ONE, "catalog.vas.not_found", "catalog", &vas_table,
	  { { "vas_offering_id", MATCH_EQUAL, "vas_offering_id" } } },
	{ 0 }
};

const struct projection catalog_projection = { "catalog", 2, tables, handlers, queries };
