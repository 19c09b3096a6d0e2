/* document.h -- pieces of the finished documents. */
#pragma once
#include "projections/projection.h"

#define API_CATALOG   "/tmf-api/productCatalogManagement/v4/"
#define API_CUSTOMER  "/tmf-api/customerManagement/v4/"
#define API_ORDER     "/tmf-api/productOrderingManagement/v4/"
#define API_SERVICE   "/tmf-api/serviceInventory/v4/"
#define API_SERVICE_ORDER "/tmf-api/serviceOrderingManagement/v4/"
#define API_USAGE     "/tmf-api/usageManagement/v4/"

/* the attributes of a TMF body that the domain does not interpret: kept and echoed */
struct extras { struct arena *arena; const cJSON *tree; };
struct extras extras_open(const char *document);             /* NULL, or the text of an erased person: nothing */
void extras_close(struct extras *);
bool extras_has(const struct extras *, const char *name);
const char *extras_text(const struct extras *, const char *name);
/* writes member `name` as it was posted; false: it was not */
bool extras_put(const struct extras *, struct json *, const char *name);
/* writes all but those in the list (ends with NULL) */
void extras_rest(const struct extras *, struct json *, const char *const *but);

void put_id(struct json *, const char *id, const char *href_base);       /* "id" and "href" */
/* {"startDateTime", "endDateTime"} or null; ms: with milliseconds, as TMF bodies have it, members only where set */
void put_valid_for(struct json *, int64_t from, int64_t to, bool ms);
/* a reference as {id, href, name?, @referredType?}; key NULL: an item of an array */
void put_ref(struct json *, const char *key, const char *id, const char *href_base, const char *name, const char *referred);
void put_party(struct json *, const char *customer_id, const char *name, const char *role);    /* an item of relatedParty */
void put_texts(struct json *, const char *key, const struct texts *);
/* appends to a TEXTS column, copied to the arena */
void texts_add(struct arena *, struct texts *, const char *text);
char *lower_case(struct arena *, const char *);
