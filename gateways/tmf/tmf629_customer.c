/* tmf629_customer.c -- TMF629: customers.
 *
 * The ways to reach a customer are the domain's business (an e-mail address belongs to one customer), so contact media leave
 * the document and become arguments; a body without any is registered as pending.  Changing a medium has commands of its
 * own, with rules that a merge patch of a list could not name. */
#include "gateways/tmf/tmf.h"
#include <string.h>
#include "core/base/json.h"
#include "schemas/registry.h"

static const struct attribute customer_attributes[] = {
	{ "id", ATTR_TEXT }, { "href", ATTR_TEXT }, { "name", ATTR_TEXT }, { "status", ATTR_TEXT },
	{ "statusReason", ATTR_TEXT }, { "account", ATTR_LIST }, { "agreement", ATTR_LIST },
	{ "characteristic", ATTR_LIST }, { "contactMedium", ATTR_LIST }, { "creditProfile", ATTR_LIST },
	{ "engagedParty", ATTR_OBJECT }, { "paymentMethod", ATTR_LIST }, { "relatedParty", ATTR_LIST },
	{ "validFor", ATTR_OBJECT }, { "@baseType", ATTR_TEXT }, { "@schemaLocation", ATTR_TEXT },
	{ "@type", ATTR_TEXT }, { 0 }
};

/* the value of a medium, wherever the many shapes in use have it */
static const char *
value_of(const cJSON *medium, const char **usual_type)
{
	static const struct { const char *path, *type; } places[] = { { "characteristic.emailAddress", "email" },
		{ "characteristic.phoneNumber", "mobile" }, { "characteristic.faxNumber", "fax" }, { "characteristic.street1", "postal" },
		{ "characteristic.socialNetworkId", "social" }, { "value", "other" } };

	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
		const cJSON *v = json_path(medium, places[i].path);
		if (!cJSON_IsString(v) || !*v->valuestring)
			continue;
		*usual_type = places[i].type;
		return v->valuestring;
	}
	return NULL;
}

static bool
is_true(const cJSON *medium, const char *name)
{
	return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(medium, name));
}

/* one more of args.contact_media; a medium that says nothing stays where it is */
static bool
add_medium(cJSON *media, const cJSON *medium)
{
	const char *type = json_text(medium, "mediumType"), *usual = NULL, *value = value_of(medium, &usual);

	if (!value)
		return false;
	cJSON *m = cJSON_CreateObject();
	bool email = strcmp(usual, "email") == 0;
	cJSON_AddStringToObject(m, "medium_type", email || !type ? usual : type);
	cJSON_AddStringToObject(m, "value", value);
	if (is_true(medium, "preferred") || is_true(medium, "isPrimary"))
		cJSON_AddTrueToObject(m, "is_primary");
	cJSON_AddItemToArray(media, m);
	return true;
}

static void
take_media(struct tmf_call *c, cJSON *args)
{
	cJSON *media = cJSON_CreateArray(), *document = cJSON_GetObjectItemCaseSensitive(args, "document");
	const cJSON *medium;

	cJSON_ArrayForEach(medium, cJSON_GetObjectItemCaseSensitive(c->body, "contactMedium"))
		add_medium(media, medium);
	if (!cJSON_GetArraySize(media)) {
		cJSON_Delete(media);
		return;
	}
	cJSON_AddItemToObject(args, "contact_media", media);
	cJSON_DeleteItemFromObjectCaseSensitive(document, "contactMedium");
}

/* the person behind it, when the body says the two names; it is split nowhere, because an organisation has one */
static void
take_names(struct tmf_call *c, cJSON *args)
{
	static const char *const given[] = { "givenName", "engagedParty.givenName", "individual.givenName" };
	static const char *const family[] = { "familyName", "engagedParty.familyName", "individual.familyName" };

	for (int i = 0; i < 3; i++) {
		const cJSON *g = json_path(c->body, given[i]), *f = json_path(c->body, family[i]);
		if (!cJSON_IsString(g) && !cJSON_IsString(f))
			continue;
		if (cJSON_IsString(g))
			cJSON_AddStringToObject(args, "given_name", g->valuestring);
		if (cJSON_IsString(f))
			cJSON_AddStringToObject(args, "family_name", f->valuestring);
		return;
	}
}

static bool
create_more(struct tmf_call *c, cJSON *args)
{
	take_media(c, args);
	take_names(c, args);
	return true;
}

static const struct tmf_map create[] = { { "name", "name" }, { 0 } };
static const struct tmf_map patch[] = { { "name", "name" }, { "status", "status" }, { "statusReason", "status_reason" }, { 0 } };
static const char *const required[] = { "name", "engagedParty", NULL };
static const char *const fixed[] = { "contactMedium", NULL };
static const char *const bases[] = { "/tmf-api/customerManagement/v4", NULL };
static const struct tmf_resource resources[] = {
	{ "customer", "Customer", customer_attributes, &customer_create_shape, &customer_update_shape, NULL,
	  create, patch, required, fixed, create_more },
	{ 0 }
};
const struct tmf_api tmf629_customer = { bases, resources };
