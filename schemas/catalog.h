/* schemas/catalog.h -- the words of the catalog: specifications, offerings, windowed prices, allowances, VAS.
 * Meaning: core/commands/catalog.c.  Shipped event rows are frozen. */
#pragma once
#include "schemas/aggregates.h"

#define OFFERING_STATES(_) \
	_(OFFERING_ACTIVE, "active") \
	_(OFFERING_RETIRED, "retired")

#define allowance_fields(_, T) \
	_(T, TEXT, allowance_type, REQ CHOICE("data|voice|sms|data_roaming"), "what is included") \
	_(T, INT,  quantity,       OPT, "how much; -1 is unlimited") \
	_(T, TEXT, unit,           REQ CHOICE("mb|minutes|count"), "mb, minutes or count")

/* ---- events ---------------------------------------------------------------------------- */
#define catalog_specification_added_fields(_, T) \
	_(T, TEXT, name, OPT, "name") _(T, TEXT, description, OPT, "description") _(T, TEXT, brand, OPT, "brand") \
	_(T, TEXT, lifecycle_status, OPT, "active") \
	_(T, JSON, document, OPT, "TMF620 attributes that the domain does not interpret")
#define catalog_specification_updated_fields(_, T) \
	_(T, TEXT, name, OPT, "name") _(T, TEXT, description, OPT, "description") _(T, TEXT, brand, OPT, "brand") \
	_(T, TEXT, lifecycle_status, OPT, "lifecycle status") _(T, JSON, document, OPT, "uninterpreted attributes, whole") \
	_(T, TEXTS, cleared, OPT, "attributes that are gone")
#define catalog_specification_removed_fields(_, T) no_fields(_, T)
#define catalog_service_specification_added_fields(_, T) \
	_(T, TEXT, name, OPT, "name") _(T, TEXT, type, OPT, "CFS or RFS") _(T, JSON, parameters, OPT, "parameters")
#define catalog_offering_added_fields(_, T) \
	_(T, TEXT, name, OPT, "display name") \
	_(T, ID,   spec_id, OPT, "product specification") \
	_(T, BOOL, is_bundle, OPT, "") _(T, BOOL, is_sellable, OPT, "may be ordered") \
	_(T, TEXT, lifecycle_status, OPT, "active") \
	_(T, TIME, valid_from, OPT, "inclusive") _(T, TIME, valid_to, OPT, "exclusive") \
	_(T, LIST, allowances, OF(allowance), "what a period includes") \
	_(T, ID,   cfs_spec_id, OPT, "customer-facing service it decomposes to") \
	_(T, TEXTS, rfs_spec_ids, OPT, "resource-facing services") \
	_(T, JSON, document, OPT, "uninterpreted TMF620 attributes")
#define catalog_offering_windowed_fields(_, T) \
	_(T, TIME, valid_from, OPT, "0: no bound") _(T, TIME, valid_to, OPT, "0: no bound") _(T, BOOL, retired, OPT, "the window closed")
#define catalog_offering_retired_fields(_, T)  _(T, TIME, valid_to, OPT, "end of sale")
#define catalog_offering_updated_fields(_, T) \
	_(T, TEXT, name, OPT, "name") _(T, TEXT, lifecycle_status, OPT, "lifecycle status") _(T, OPTBOOL, is_sellable, OPT, "may be ordered") \
	_(T, JSON, document, OPT, "uninterpreted attributes, whole")
#define catalog_offering_removed_fields(_, T)  no_fields(_, T)
#define catalog_price_added_fields(_, T) \
	_(T, ID,   offering_id, OPT, "whose price; none for one that TMF620 registers on its own") \
	_(T, TEXT, name, OPT, "name") _(T, TEXT, price_type, OPT, "recurring") \
	_(T, INT,  period_length, OPT, "1") _(T, TEXT, period_type, OPT, "month") \
	_(T, MONEY, amount, OPT, "tax included") \
	_(T, TIME, valid_from, OPT, "inclusive") _(T, TIME, valid_to, OPT, "exclusive") \
	_(T, TEXT, lifecycle_status, OPT, "active") _(T, JSON, document, OPT, "uninterpreted attributes")
#define catalog_price_closed_fields(_, T)  _(T, ID, offering_id, OPT, "whose price") _(T, TIME, valid_to, OPT, "exclusive end")
#define catalog_price_updated_fields(_, T) \
	_(T, TEXT, name, OPT, "name") _(T, TEXT, lifecycle_status, OPT, "lifecycle status") _(T, JSON, document, OPT, "uninterpreted attributes, whole")
#define catalog_price_removed_fields(_, T)  no_fields(_, T)
#define catalog_vas_added_fields(_, T) \
	_(T, TEXT, name, OPT, "name") _(T, MONEY, price, OPT, "what a purchase costs") \
	_(T, TEXT, allowance_type, OPT, "data, voice, sms, data_roaming") _(T, INT, allowance_quantity, OPT, "-1 unlimited") \
	_(T, TEXT, allowance_unit, OPT, "mb, minutes, count") _(T, INT, expiry_hours, OPT, "0: to the end of the period")
#define catalog_vas_retired_fields(_, T)  no_fields(_, T)
#define catalog_category_added_fields(_, T)   _(T, TEXT, kind, OPT, "category or catalog") _(T, TEXT, name, OPT, "name") _(T, TEXT, lifecycle_status, OPT, "") _(T, JSON, document, OPT, "uninterpreted attributes")
#define catalog_category_updated_fields(_, T) _(T, TEXT, name, OPT, "name") _(T, TEXT, lifecycle_status, OPT, "") _(T, JSON, document, OPT, "uninterpreted attributes, whole")
#define catalog_category_removed_fields(_, T) no_fields(_, T)

#define CATALOG_EVENTS(_) \
	_("catalog.specification.added",         catalog_specification_added,         201, product_specification, OPT, "A product specification was added") \
	_("catalog.specification.updated",       catalog_specification_updated,       202, product_specification, OPT, "A product specification changed") \
	_("catalog.specification.removed",       catalog_specification_removed,       203, product_specification, TOMBSTONE, "A product specification was removed") \
	_("catalog.service_specification.added", catalog_service_specification_added, 204, service_specification, OPT, "A service specification was added") \
	_("catalog.offering.added",              catalog_offering_added,              205, offering, OPT, "A plan was added") \
	_("catalog.offering.windowed",           catalog_offering_windowed,           206, offering, OPT, "A plan's sale window was set") \
	_("catalog.offering.retired",            catalog_offering_retired,            207, offering, OPT, "A plan went off sale") \
	_("catalog.offering.updated",            catalog_offering_updated,            208, offering, OPT, "A plan's attributes changed") \
	_("catalog.offering.removed",            catalog_offering_removed,            209, offering, TOMBSTONE, "An unused plan was removed") \
	_("catalog.price.added",                 catalog_price_added,                 210, price, OPT, "A price was added") \
	_("catalog.price.closed",                catalog_price_closed,                211, price, OPT, "A price's window was closed") \
	_("catalog.price.updated",               catalog_price_updated,               212, price, OPT, "A price's attributes changed") \
	_("catalog.price.removed",               catalog_price_removed,               213, price, TOMBSTONE, "An unused price was removed") \
	_("catalog.vas.added",                   catalog_vas_added,                   214, vas_offering, OPT, "A value-added offering was added") \
	_("catalog.vas.retired",                 catalog_vas_retired,                 215, vas_offering, OPT, "A value-added offering went off sale") \
	_("catalog.category.added",              catalog_category_added,              216, category, OPT, "A category or catalog was added") \
	_("catalog.category.updated",            catalog_category_updated,            217, category, OPT, "A category or catalog changed") \
	_("catalog.category.removed",            catalog_category_removed,            218, category, TOMBSTONE, "A category or catalog was removed")

/* ---- commands ---------------------------------------------------------------------------- */
#define catalog_add_offering_fields(_, T) \
	_(T, ID,      offering_id, REQ TARGET, "PLAN_XL") _(T, TEXT, name, REQ UPTO(120), "display name") \
	_(T, DECIMAL, amount,   REQ, "price of a month, tax included: \"25.00\"") _(T, TEXT, currency, FALLBACK("SGD"), "ISO 4217") \
	_(T, ID,      spec_id,  FALLBACK("SPEC_MOBILE_PREPAID"), "product specification") _(T, ID, price_id, OPT, "PRICE_<offering> unless given") \
	_(T, TIME,    valid_from, OPT, "on sale from, inclusive") _(T, TIME, valid_to, OPT, "on sale until, exclusive") \
	_(T, OPTINT,  data_mb, OPT, "home data; -1 unlimited") _(T, OPTINT, voice_minutes, OPT, "minutes; -1 unlimited") \
	_(T, OPTINT,  sms_count, OPT, "messages; -1 unlimited") _(T, OPTINT, data_roaming_mb, OPT, "roaming data; 0: may be topped up")
#define catalog_window_offering_fields(_, T) \
	_(T, ID, offering_id, REQ TARGET, "PLAN_...") _(T, TIME, valid_from, CLEARABLE, "null clears the bound, absent leaves it") \
	_(T, TIME, valid_to, CLEARABLE, "null clears the bound, absent leaves it; a past end retires the plan")
#define catalog_retire_offering_fields(_, T)  _(T, ID, offering_id, REQ TARGET, "PLAN_...")
#define catalog_add_price_fields(_, T) \
	_(T, ID, offering_id, REQ TARGET, "PLAN_...") _(T, ID, price_id, REQ, "PRICE_...") _(T, DECIMAL, amount, REQ, "\"20.00\"") \
	_(T, TEXT, currency, FALLBACK("SGD"), "ISO 4217") _(T, TIME, valid_from, OPT, "inclusive") _(T, TIME, valid_to, OPT, "exclusive") \
	_(T, BOOL, retire_current, OPT, "close all open-ended prices of the plan when this one begins")
#define catalog_add_vas_fields(_, T) \
	_(T, ID, vas_offering_id, REQ TARGET, "VAS_...") _(T, TEXT, name, REQ UPTO(120), "display name") _(T, DECIMAL, amount, REQ, "\"3.00\"") \
	_(T, TEXT, currency, FALLBACK("SGD"), "ISO 4217") _(T, TEXT, allowance_type, REQ CHOICE("data|voice|sms|data_roaming"), "what it adds") \
	_(T, INT, allowance_quantity, REQ, "how much; -1 unlimited") _(T, INT, expiry_hours, OPT, "0: to the end of the period")
#define catalog_retire_vas_fields(_, T)  _(T, ID, vas_offering_id, REQ TARGET, "VAS_...")
#define catalog_add_service_specification_fields(_, T) \
	_(T, ID, service_specification_id, REQ TARGET, "SSPEC_...") _(T, TEXT, name, REQ UPTO(120), "name") _(T, TEXT, type, REQ CHOICE("CFS|RFS"), "customer- or resource-facing") \
	_(T, JSON, parameters, OPT, "parameters")
#define catalog_register_specification_fields(_, T) \
	_(T, ID, specification_id, TARGET, "made when not given") _(T, TEXT, name, REQ UPTO(200), "name") _(T, TEXT, description, UPTO(2000), "description") \
	_(T, TEXT, brand, UPTO(100), "brand") _(T, TEXT, lifecycle_status, UPTO(40) FALLBACK("active"), "lifecycle status") _(T, JSON, document, OPT, "TMF620 body")
#define catalog_update_specification_fields(_, T) \
	_(T, ID, specification_id, REQ TARGET, "id") _(T, TEXT, name, UPTO(200), "name") _(T, TEXT, description, UPTO(2000), "description") \
	_(T, TEXT, brand, UPTO(100), "brand") _(T, TEXT, lifecycle_status, UPTO(40), "lifecycle status") _(T, JSON, document, OPT, "merge patch of the TMF620 body") \
	_(T, TEXTS, cleared, CHOICE("description|brand"), "attributes that shall be gone")
#define catalog_remove_specification_fields(_, T)  _(T, ID, specification_id, REQ TARGET, "id")
#define catalog_register_offering_fields(_, T) \
	_(T, ID, offering_id, TARGET, "made when not given") _(T, TEXT, name, REQ UPTO(200), "name") _(T, TEXT, lifecycle_status, UPTO(40) FALLBACK("active"), "lifecycle status") \
	_(T, OPTBOOL, is_sellable, OPT, "may be ordered; needs a price and a data allowance too") _(T, OPTBOOL, is_bundle, OPT, "") \
	_(T, ID, spec_id, OPT, "product specification, when it is one of ours") \
	_(T, TIME, valid_from, OPT, "inclusive") _(T, TIME, valid_to, OPT, "exclusive") _(T, JSON, document, OPT, "TMF620 body")
#define catalog_update_offering_fields(_, T) \
	_(T, ID, offering_id, REQ TARGET, "id") _(T, TEXT, name, UPTO(200), "name") _(T, TEXT, lifecycle_status, UPTO(40), "lifecycle status") \
	_(T, OPTBOOL, is_sellable, OPT, "may be ordered") _(T, JSON, document, OPT, "merge patch of the TMF620 body")
#define catalog_remove_offering_fields(_, T)  _(T, ID, offering_id, REQ TARGET, "id")
#define catalog_register_price_fields(_, T) \
	_(T, ID, price_id, TARGET, "made when not given") _(T, TEXT, name, REQ UPTO(200), "name") _(T, TEXT, price_type, UPTO(40), "recurring, oneTime, usage") \
	_(T, DECIMAL, amount, OPT, "tax included") _(T, TEXT, currency, UPTO(3), "ISO 4217") _(T, TEXT, lifecycle_status, UPTO(40) FALLBACK("active"), "lifecycle status") \
	_(T, TIME, valid_from, OPT, "inclusive") _(T, TIME, valid_to, OPT, "exclusive") _(T, JSON, document, OPT, "TMF620 body")
#define catalog_update_price_fields(_, T) \
	_(T, ID, price_id, REQ TARGET, "id") _(T, TEXT, name, UPTO(200), "name") _(T, TEXT, lifecycle_status, UPTO(40), "lifecycle status") _(T, JSON, document, OPT, "merge patch of the TMF620 body")
#define catalog_remove_price_fields(_, T)  _(T, ID, price_id, REQ TARGET, "id")
#define catalog_register_category_fields(_, T) \
	_(T, ID, category_id, TARGET, "made when not given") _(T, TEXT, kind, CHOICE("category|catalog") FALLBACK("category"), "what it is") _(T, TEXT, name, REQ UPTO(200), "name") \
	_(T, TEXT, lifecycle_status, UPTO(40) FALLBACK("active"), "lifecycle status") _(T, JSON, document, OPT, "TMF620 body")
#define catalog_update_category_fields(_, T) \
	_(T, ID, category_id, REQ TARGET, "id") _(T, TEXT, name, UPTO(200), "name") _(T, TEXT, lifecycle_status, UPTO(40), "lifecycle status") _(T, JSON, document, OPT, "merge patch of the TMF620 body")
#define catalog_remove_category_fields(_, T)  _(T, ID, category_id, REQ TARGET, "id")

#define CATALOG_COMMANDS(_) \
	_("catalog.add_offering",    catalog_add_offering,    SHOWS("catalog.get_offering") DOMAIN_("catalog") DESTRUCTIVE, "Put a plan on sale") \
	_("catalog.window_offering", catalog_window_offering, SHOWS("catalog.get_offering") DOMAIN_("catalog") DESTRUCTIVE, "Set when a plan is on sale") \
	_("catalog.retire_offering", catalog_retire_offering, SHOWS("catalog.get_offering") DOMAIN_("catalog") DESTRUCTIVE, "Take a plan off sale; lines on it keep it") \
	_("catalog.add_price",       catalog_add_price,       SHOWS("catalog.get_price") DOMAIN_("catalog") DESTRUCTIVE, "Add a windowed price to a plan") \
	_("catalog.add_vas",         catalog_add_vas,         SHOWS("catalog.get_vas") DOMAIN_("catalog") DESTRUCTIVE, "Put a top-up on sale") \
	_("catalog.retire_vas",      catalog_retire_vas,      SHOWS("catalog.get_vas") DOMAIN_("catalog") DESTRUCTIVE, "Take a top-up off sale") \
	_("catalog.add_service_specification", catalog_add_service_specification, DOMAIN_("catalog") DESTRUCTIVE, "Add a service that plans decompose to") \
	_("catalog.register_specification", catalog_register_specification, SHOWS("catalog.get_specification") DOMAIN_("catalog"), "Register a TMF620 product specification") \
	_("catalog.update_specification",   catalog_update_specification,   SHOWS("catalog.get_specification") DOMAIN_("catalog"), "Change a product specification") \
	_("catalog.remove_specification",   catalog_remove_specification,   DOMAIN_("catalog") DESTRUCTIVE, "Remove a specification that no plan uses") \
	_("catalog.register_offering", catalog_register_offering, SHOWS("catalog.get_offering") DOMAIN_("catalog"), "Register a TMF620 product offering") \
	_("catalog.update_offering",   catalog_update_offering,   SHOWS("catalog.get_offering") DOMAIN_("catalog"), "Change an offering's attributes") \
	_("catalog.remove_offering",   catalog_remove_offering,   DOMAIN_("catalog") DESTRUCTIVE, "Remove an offering that nothing refers to") \
	_("catalog.register_price",    catalog_register_price,    SHOWS("catalog.get_price") DOMAIN_("catalog"), "Register a TMF620 price") \
	_("catalog.update_price",      catalog_update_price,      SHOWS("catalog.get_price") DOMAIN_("catalog"), "Change a price's attributes") \
	_("catalog.remove_price",      catalog_remove_price,      DOMAIN_("catalog") DESTRUCTIVE, "Remove a price that nothing refers to") \
	_("catalog.register_category", catalog_register_category, DOMAIN_("catalog"), "Register a TMF620 category or catalog") \
	_("catalog.update_category",   catalog_update_category,   DOMAIN_("catalog"), "Change a category or catalog") \
	_("catalog.remove_category",   catalog_remove_category,   DOMAIN_("catalog") DESTRUCTIVE, "Remove a category or catalog")

/* ---- queries --------------------------------------------------------------------------------- */
#define catalog_list_offerings_fields(_, T) \
	_(T, TEXT, lifecycle_status, UPTO(40), "active or retired") _(T, INT, limit, FALLBACK("100"), "at most so many") _(T, INT, offset, OPT, "skip so many")
#define catalog_list_active_offerings_fields(_, T) _(T, TIME, at, OPT, "on sale at this instant; business now unless given")
#define catalog_get_offering_fields(_, T)      _(T, ID, offering_id, REQ TARGET, "PLAN_...")
#define catalog_get_price_fields(_, T)         _(T, ID, price_id, REQ TARGET, "PRICE_...")
#define catalog_get_active_price_fields(_, T)  _(T, ID, offering_id, REQ TARGET, "PLAN_...") _(T, TIME, at, OPT, "business now unless given")
#define catalog_get_specification_fields(_, T) _(T, ID, specification_id, REQ TARGET, "SPEC_...")
#define catalog_list_vas_fields(_, T)          _(T, INT, limit, FALLBACK("100"), "at most so many")
#define catalog_get_vas_fields(_, T)           _(T, ID, vas_offering_id, REQ TARGET, "VAS_...")

#define CATALOG_QUERIES(_) \
	_("catalog.list_offerings",        catalog_list_offerings,        DOMAIN_("catalog"), "All plans") \
	_("catalog.list_active_offerings", catalog_list_active_offerings, DOMAIN_("catalog"), "Plans on sale, cheapest first") \
	_("catalog.get_offering",          catalog_get_offering,          DOMAIN_("catalog"), "One plan with prices and allowances") \
	_("catalog.get_price",             catalog_get_price,             DOMAIN_("catalog"), "One price") \
	_("catalog.get_active_price",      catalog_get_active_price,      DOMAIN_("catalog"), "The price a plan sells at") \
	_("catalog.get_specification",     catalog_get_specification,     DOMAIN_("catalog"), "One product specification") \
	_("catalog.list_vas",              catalog_list_vas,              DOMAIN_("catalog"), "Top-ups on sale") \
	_("catalog.get_vas",               catalog_get_vas,               DOMAIN_("catalog"), "One top-up")

SHAPE_DECLARE_(allowance, "what a period of a plan includes")
CATALOG_EVENTS(EVENT_DECLARE_)
CATALOG_COMMANDS(OP_DECLARE_)
CATALOG_QUERIES(OP_DECLARE_)
enum offering_state_id { OFFERING_STATES(STATE_ENUM_) };
