/* tmf620_product_catalog.c -- TMF620: specifications, offerings, prices, categories, catalogs, as rows.
 *
 * An offering's sale window is a matter of the domain with rules of its own, so a patch of validFor becomes the command that
 * sets the window, in front of the one that changes the rest. */
#include "gateways/tmf/tmf.h"
#include <string.h>
#include "core/base/codec.h"
#include "schemas/registry.h"

static const struct attribute product_specification_attributes[] = {
	{ "id", ATTR_TEXT }, { "href", ATTR_TEXT }, { "brand", ATTR_TEXT }, { "description", ATTR_TEXT },
	{ "isBundle", ATTR_BOOL }, { "lastUpdate", ATTR_TEXT }, { "lifecycleStatus", ATTR_TEXT },
	{ "name", ATTR_TEXT }, { "productNumber", ATTR_TEXT }, { "version", ATTR_TEXT },
	{ "attachment", ATTR_LIST }, { "bundledProductSpecification", ATTR_LIST },
	{ "productSpecCharacteristic", ATTR_LIST }, { "productSpecificationRelationship", ATTR_LIST },
	{ "relatedParty", ATTR_LIST }, { "resourceSpecification", ATTR_LIST },
	{ "serviceSpecification", ATTR_LIST }, { "targetProductSchema", ATTR_OBJECT },
	{ "validFor", ATTR_OBJECT }, { "@baseType", ATTR_TEXT }, { "@schemaLocation", ATTR_TEXT },
	{ "@type", ATTR_TEXT }, { 0 }
};
static const struct attribute product_offering_attributes[] = {
	{ "id", ATTR_TEXT }, { "href", ATTR_TEXT }, { "description", ATTR_TEXT },
	{ "isBundle", ATTR_BOOL }, { "isSellable", ATTR_BOOL }, { "lastUpdate", ATTR_TEXT },
	{ "lifecycleStatus", ATTR_TEXT }, { "name", ATTR_TEXT }, { "statusReason", ATTR_TEXT },
	{ "version", ATTR_TEXT }, { "agreement", ATTR_LIST }, { "attachment", ATTR_LIST },
	{ "bundledProductOffering", ATTR_LIST }, { "category", ATTR_LIST }, { "channel", ATTR_LIST },
	{ "marketSegment", ATTR_LIST }, { "place", ATTR_LIST }, { "prodSpecCharValueUse", ATTR_LIST },
	{ "productOfferingPrice", ATTR_LIST }, { "productOfferingRelationship", ATTR_LIST },
	{ "productOfferingTerm", ATTR_LIST }, { "productSpecification", ATTR_OBJECT },
	{ "resourceCandidate", ATTR_OBJECT }, { "serviceCandidate", ATTR_OBJECT },
	{ "serviceLevelAgreement", ATTR_OBJECT }, { "validFor", ATTR_OBJECT }, { "@baseType", ATTR_TEXT },
	{ "@schemaLocation", ATTR_TEXT }, { "@type", ATTR_TEXT }, { 0 }
};
static const struct attribute product_offering_price_attributes[] = {
	{ "id", ATTR_TEXT }, { "href", ATTR_TEXT }, { "description", ATTR_TEXT },
	{ "isBundle", ATTR_BOOL }, { "lastUpdate", ATTR_TEXT }, { "lifecycleStatus", ATTR_TEXT },
	{ "name", ATTR_TEXT }, { "percentage", ATTR_NUMBER }, { "priceType", ATTR_TEXT },
	{ "recurringChargePeriodLength", ATTR_NUMBER }, { "recurringChargePeriodType", ATTR_TEXT },
	{ "version", ATTR_TEXT }, { "bundledPopRelationship", ATTR_LIST }, { "constraint", ATTR_LIST },
	{ "place", ATTR_LIST }, { "popRelationship", ATTR_LIST }, { "price", ATTR_OBJECT },
	{ "pricingLogicAlgorithm", ATTR_LIST }, { "prodSpecCharValueUse", ATTR_LIST },
	{ "productOfferingTerm", ATTR_LIST }, { "tax", ATTR_LIST }, { "unitOfMeasure", ATTR_OBJECT },
	{ "validFor", ATTR_OBJECT }, { "@baseType", ATTR_TEXT }, { "@schemaLocation", ATTR_TEXT },
	{ "@type", ATTR_TEXT }, { 0 }
};
static const struct attribute category_attributes[] = {
	{ "id", ATTR_TEXT }, { "href", ATTR_TEXT }, { "description", ATTR_TEXT }, { "isRoot", ATTR_BOOL },
	{ "lastUpdate", ATTR_TEXT }, { "lifecycleStatus", ATTR_TEXT }, { "name", ATTR_TEXT },
	{ "parentId", ATTR_TEXT }, { "version", ATTR_TEXT }, { "productOffering", ATTR_LIST },
	{ "subCategory", ATTR_LIST }, { "validFor", ATTR_OBJECT }, { "@baseType", ATTR_TEXT },
	{ "@schemaLocation", ATTR_TEXT }, { "@type", ATTR_TEXT }, { 0 }
};
static const struct attribute catalog_attributes[] = {
	{ "id", ATTR_TEXT }, { "href", ATTR_TEXT }, { "catalogType", ATTR_TEXT },
	{ "description", ATTR_TEXT }, { "lastUpdate", ATTR_TEXT }, { "lifecycleStatus", ATTR_TEXT },
	{ "name", ATTR_TEXT }, { "version", ATTR_TEXT }, { "category", ATTR_LIST },
	{ "relatedParty", ATTR_LIST }, { "validFor", ATTR_OBJECT }, { "@baseType", ATTR_TEXT },
	{ "@schemaLocation", ATTR_TEXT }, { "@type", ATTR_TEXT }, { 0 }
};

static const struct tmf_map specification_create[] = { { "id", "specification_id" }, { "name", "name" },
	{ "description", "description" },
	{ "brand", "brand" }, { "lifecycleStatus", "lifecycle_status" }, { 0 } };
static const struct tmf_map specification_patch[] = { { "name", "name" }, { "description", "description" }, { "brand", "brand" },
	{ "lifecycleStatus", "lifecycle_status" }, { 0 } };
static const struct tmf_map offering_create[] = { { "id", "offering_id" }, { "name", "name" },
	{ "lifecycleStatus", "lifecycle_status" },
	{ "isSellable", "is_sellable" }, { "isBundle", "is_bundle" }, { "validFor.startDateTime", "valid_from" },
	{ "validFor.endDateTime", "valid_to" }, { 0 } };
static const struct tmf_map offering_patch[] = { { "name", "name" }, { "lifecycleStatus", "lifecycle_status" },
	{ "isSellable", "is_sellable" }, { 0 } };
static const struct tmf_map price_create[] = { { "id", "price_id" }, { "name", "name" }, { "priceType", "price_type" },
	{ "lifecycleStatus", "lifecycle_status" }, { "price.value", "amount" }, { "price.unit", "currency" },
	{ "validFor.startDateTime", "valid_from" }, { "validFor.endDateTime", "valid_to" }, { 0 } };
static const struct tmf_map price_patch[] = { { "name", "name" }, { "lifecycleStatus", "lifecycle_status" }, { 0 } };
static const struct tmf_map category_create[] = { { "id", "category_id" }, { "name", "name" },
	{ "lifecycleStatus", "lifecycle_status" },
	{ 0 } };
static const struct tmf_map category_patch[] = { { "name", "name" }, { "lifecycleStatus", "lifecycle_status" }, { 0 } };

static const char *const named[] = { "name", NULL };
static const char *const fixed[] = { "lastUpdate", "@type", "@baseType", NULL };

static bool
register_catalog(struct tmf_call *c, cJSON *args)
{
	(void)c;
	cJSON_AddStringToObject(args, "kind", "catalog");
	return true;
}

static void
bound(const cJSON *window, const char *attribute, cJSON *args, const char *argument)
{
	const cJSON *v = cJSON_GetObjectItemCaseSensitive(window, attribute);

	if (cJSON_IsNull(window))
		cJSON_AddNullToObject(args, argument);
	else if (v)
		cJSON_AddItemToObject(args, argument, cJSON_Duplicate(v, true));
}

/* what is left of the patch when the window is taken out of it */
static bool
nothing_else(cJSON *args)
{
	cJSON *document = cJSON_GetObjectItemCaseSensitive(args, "document");

	cJSON_DeleteItemFromObjectCaseSensitive(document, "validFor");
	if (document && !document->child)
		cJSON_DeleteItemFromObjectCaseSensitive(args, "document");
	return !args->child;
}

static bool
window_offering(struct tmf_call *c, cJSON *args)
{
	const cJSON *window = cJSON_GetObjectItemCaseSensitive(c->body, "validFor");
	struct catalog_window_offering typed = { 0 };
	struct error err = { 0 };

	if (!window)
		return true;
	cJSON *own = cJSON_CreateObject();
	arena_own(c->r->job.arena, (void (*)(void *))cJSON_Delete, own);
	cJSON_AddStringToObject(own, "offering_id", c->id);
	bound(window, "startDateTime", own, "valid_from");
	bound(window, "endDateTime", own, "valid_to");
	if (!shape_from_json(&catalog_window_offering_shape, own, c->r->job.arena, &typed, &err)) {
		request_fail(c->r, &err);
		return false;
	}
	if (nothing_else(args)) {
		c->op = &catalog_window_offering_shape;
		for (const cJSON *v = own->child; v; v = v->next)
			cJSON_AddItemToObject(args, v->string, cJSON_Duplicate(v, true));
		return true;
	}
	c->first = item_of(c->r->job.arena, &catalog_window_offering_shape, &typed);
	c->has_first = true;
	return true;
}

static const char *const bases[] = { "/tmf-api/productCatalogManagement/v4", NULL };
static const struct tmf_resource resources[] = {
	{ "productSpecification", "ProductSpecification", product_specification_attributes,
	  &catalog_register_specification_shape, &catalog_update_specification_shape, &catalog_remove_specification_shape,
	  specification_create, specification_patch, named, fixed },
	{ "productOffering", "ProductOffering", product_offering_attributes,
	  &catalog_register_offering_shape, &catalog_update_offering_shape, &catalog_remove_offering_shape,
	  offering_create, offering_patch, named, fixed, .patch_more = window_offering },
	{ "productOfferingPrice", "ProductOfferingPrice", product_offering_price_attributes,
	  &catalog_register_price_shape, &catalog_update_price_shape, &catalog_remove_price_shape,
	  price_create, price_patch, named, fixed },
	{ "category", "Category", category_attributes,
	  &catalog_register_category_shape, &catalog_update_category_shape, &catalog_remove_category_shape,
	  category_create, category_patch, named, fixed },
	{ "catalog", "Catalog", catalog_attributes,
	  &catalog_register_category_shape, &catalog_update_category_shape, &catalog_remove_category_shape,
	  category_create, category_patch, named, fixed, .create_more = register_catalog },
	{ 0 }
};
const struct tmf_api tmf620_product_catalog = { bases, resources };
