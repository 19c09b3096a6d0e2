/* tmf638_service_inventory.c -- TMF638: services, ours and registered ones. */
#include "gateways/tmf/tmf.h"
#include "schemas/registry.h"

static const struct attribute service_attributes[] = {
	{ "id", ATTR_TEXT }, { "href", ATTR_TEXT }, { "category", ATTR_TEXT },
	{ "description", ATTR_TEXT }, { "endDate", ATTR_TEXT }, { "hasStarted", ATTR_BOOL },
	{ "isBundle", ATTR_BOOL }, { "isServiceEnabled", ATTR_BOOL }, { "isStateful", ATTR_BOOL },
	{ "name", ATTR_TEXT }, { "serviceDate", ATTR_TEXT }, { "serviceType", ATTR_TEXT },
	{ "startDate", ATTR_TEXT }, { "startMode", ATTR_TEXT }, { "feature", ATTR_LIST },
	{ "note", ATTR_LIST }, { "place", ATTR_LIST }, { "relatedEntity", ATTR_LIST },
	{ "relatedParty", ATTR_LIST }, { "serviceCharacteristic", ATTR_LIST },
	{ "serviceOrderItem", ATTR_LIST }, { "serviceRelationship", ATTR_LIST },
	{ "serviceSpecification", ATTR_OBJECT }, { "state", ATTR_TEXT },
	{ "supportingResource", ATTR_LIST }, { "supportingService", ATTR_LIST }, { "@type", ATTR_TEXT },
	{ "@baseType", ATTR_TEXT }, { "@schemaLocation", ATTR_TEXT }, { 0 }
};

static const struct tmf_map create[] = { { "name", "name" }, { "state", "state" }, { "category", "category" }, { 0 } };
static const struct tmf_map patch[] = { { "name", "name" }, { "state", "state" }, { 0 } };
static const char *const required[] = { "serviceSpecification", "state", NULL };
static const char *const fixed[] = { "serviceDate", NULL };
/* the document's path, and the one that the reference serves */
static const char *const bases[] = { "/tmf-api/serviceInventory/v4", "/tmf-api/serviceInventoryManagement/v4", NULL };
static const struct tmf_resource resources[] = {
	{ "service", "Service", service_attributes, &service_register_shape, &service_update_shape, &service_unregister_shape,
	  create, patch, required, fixed },
	{ 0 }
};
const struct tmf_api tmf638_service_inventory = { bases, resources };
