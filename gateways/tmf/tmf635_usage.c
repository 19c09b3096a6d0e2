/* tmf635_usage.c -- TMF635: usage and usage specifications.
 *
 * A body that names a number is a usage record: it is rated and debited like one that the network sends, and answered with
 * what it cost.  The number may stand in a characteristic or, as in the reference's own shape, beside the others.  A body
 * without a number is registered and never rated. */
#include "gateways/tmf/tmf.h"
#include <stdlib.h>
#include <string.h>
#include "core/base/clock.h"
#include "core/base/json.h"
#include "schemas/registry.h"

static const struct attribute usage_attributes[] = {
	{ "id", ATTR_TEXT }, { "href", ATTR_TEXT }, { "description", ATTR_TEXT },
	{ "usageDate", ATTR_TEXT }, { "usageType", ATTR_TEXT }, { "ratedProductUsage", ATTR_LIST },
	{ "relatedParty", ATTR_LIST }, { "status", ATTR_TEXT }, { "usageCharacteristic", ATTR_LIST },
	{ "usageSpecification", ATTR_OBJECT }, { "@baseType", ATTR_TEXT },
	{ "@schemaLocation", ATTR_TEXT }, { "@type", ATTR_TEXT }, { 0 }
};
static const struct attribute usage_specification_attributes[] = {
	{ "id", ATTR_TEXT }, { "href", ATTR_TEXT }, { "description", ATTR_TEXT },
	{ "isBundle", ATTR_BOOL }, { "lastUpdate", ATTR_TEXT }, { "lifecycleStatus", ATTR_TEXT },
	{ "name", ATTR_TEXT }, { "version", ATTR_TEXT }, { "attachment", ATTR_LIST },
	{ "constraint", ATTR_LIST }, { "entitySpecRelationship", ATTR_LIST },
	{ "relatedParty", ATTR_LIST }, { "specCharacteristic", ATTR_LIST },
	{ "targetEntitySchema", ATTR_OBJECT }, { "validFor", ATTR_OBJECT }, { "@baseType", ATTR_TEXT },
	{ "@schemaLocation", ATTR_TEXT }, { "@type", ATTR_TEXT }, { 0 }
};

static const cJSON *
characteristic(const cJSON *body, const char *name)
{
	const cJSON *ch;

	cJSON_ArrayForEach(ch, cJSON_GetObjectItemCaseSensitive(body, "usageCharacteristic")) {
		const char *given = json_text(ch, "name");
		if (given && strcmp(given, name) == 0)
			return cJSON_GetObjectItemCaseSensitive(ch, "value");
	}
	return NULL;
}

static const cJSON *
said(const cJSON *body, const char *name)
{
	const cJSON *v = cJSON_GetObjectItemCaseSensitive(body, name);

	return v ? v : characteristic(body, name);
}

static void
rate_or_register(struct tmf_call *c)
{
	if (cJSON_IsString(said(c->body, "msisdn")))
		c->op = &usage_record_shape;
	tmf_create(c);
}

/* a characteristic's value is often a text, whatever it means */
static void
add_said(cJSON *args, const char *argument, const cJSON *v)
{
	const struct field *f = shape_field(&usage_record_shape, argument);

	if (!v || cJSON_IsNull(v) || cJSON_HasObjectItem(args, argument))
		return;
	bool text = cJSON_IsString(v);
	size_t n = text ? strspn(v->valuestring, "0123456789") : 0;
	if (f->kind == FIELD_INT && text && n > 0 && n < 16 && !v->valuestring[n])
		cJSON_AddNumberToObject(args, argument, (double)strtoll(v->valuestring, NULL, 10));
	else if (f->kind == FIELD_BOOL && text && (strcmp(v->valuestring, "true") == 0 || strcmp(v->valuestring, "false") == 0))
		cJSON_AddBoolToObject(args, argument, *v->valuestring == 't');
	else
		cJSON_AddItemToObject(args, argument, cJSON_Duplicate(v, true));
}

static bool
fill_record(struct tmf_call *c, cJSON *args)
{
	static const struct { const char *name, *argument; } members[] = { { "msisdn", "msisdn" }, { "eventType", "event_type" },
		{ "usageType", "event_type" }, { "eventTime", "event_time" }, { "usageDate", "event_time" }, { "quantity", "quantity" },
		{ "unit", "unit" }, { "reference", "reference" }, { "rawCdrRef", "reference" }, { "source", "source" },
		{ "roamingIndicator", "roaming_indicator" }, { "subscriptionId", "subscription_id" } };
	char now[TIME_TEXT];

	if (c->op != &usage_record_shape)
		return true;
	for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
		add_said(args, members[i].argument, said(c->body, members[i].name));
	if (!cJSON_HasObjectItem(args, "event_time"))
		cJSON_AddStringToObject(args, "event_time", time_format(gateway_business_now(c->r->job.gateway), now));
	return true;
}

static const struct tmf_map specification_create[] = { { "id", "usage_specification_id" }, { "name", "name" }, { 0 } };
static const struct tmf_map specification_patch[] = { { "name", "name" }, { 0 } };
static const char *const named[] = { "name", NULL };
static const char *const fixed[] = { "lastUpdate", NULL };
static const char *const bases[] = { "/tmf-api/usageManagement/v4", NULL };
static const struct tmf_resource resources[] = {
	{ "usage", "Usage", usage_attributes, &usage_receive_shape, NULL, &usage_remove_shape, NULL, NULL, NULL, NULL,
	  fill_record, NULL, rate_or_register },
	{ "usageSpecification", "UsageSpecification", usage_specification_attributes, &usage_specification_add_shape,
	  &usage_specification_update_shape, &usage_specification_remove_shape, specification_create,
	specification_patch, named, fixed },
	{ 0 }
};
const struct tmf_api tmf635_usage = { bases, resources };
