/* registry.h -- all words by name and code: the one list that everything generic walks. */
#pragma once
#include "schemas/admin.h"
#include "schemas/catalog.h"
#include "schemas/customer.h"
#include "schemas/inventory.h"
#include "schemas/order.h"
#include "schemas/payment.h"
#include "schemas/provisioning.h"
#include "schemas/service.h"
#include "schemas/subscription.h"

#define ALL_EVENTS(_) CUSTOMER_EVENTS(_) CATALOG_EVENTS(_) INVENTORY_EVENTS(_) PAYMENT_EVENTS(_) ORDER_EVENTS(_) \
	SERVICE_EVENTS(_) PROVISIONING_EVENTS(_) SUBSCRIPTION_EVENTS(_) USAGE_EVENTS(_) ADMIN_EVENTS(_)
#define ALL_COMMANDS(_) CUSTOMER_COMMANDS(_) CATALOG_COMMANDS(_) INVENTORY_COMMANDS(_) PAYMENT_COMMANDS(_) ORDER_COMMANDS(_) \
	SERVICE_COMMANDS(_) PROVISIONING_COMMANDS(_) SUBSCRIPTION_COMMANDS(_) USAGE_COMMANDS(_) ADMIN_COMMANDS(_)
#define ALL_CLIENT(_) PAYMENT_CLIENT(_) ORDER_CLIENT(_)
#define ALL_QUERIES(_) CUSTOMER_QUERIES(_) CATALOG_QUERIES(_) INVENTORY_QUERIES(_) PAYMENT_QUERIES(_) ORDER_QUERIES(_) \
	SERVICE_QUERIES(_) PROVISIONING_QUERIES(_) SUBSCRIPTION_QUERIES(_) ADMIN_QUERIES(_)

extern const struct shape *const event_shapes[];        /* each list ends with NULL */
extern const struct shape *const operation_shapes[];    /* commands, client operations, queries */

const struct shape *event_shape(int code);              /* NULL: unknown */
const struct shape *event_named(const char *name);      /* by name or alias */
const struct shape *operation_named(const char *name);  /* "order.create"; NULL: unknown */
const char *operation_nearest(const char *name);        /* for "did you mean" */
const char *const *states_of(int aggregate, int *n);    /* texts by state number; NULL if it has none */
void registry_start(void);                              /* builds the look-up tables; must() on doubled names or codes */
