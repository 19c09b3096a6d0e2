/* tables.h -- the read tables by name, for queries that look into several read models. */
#pragma once
#include "projections/projection.h"

extern const struct read_table customer_table, interaction_table, agent_table;
extern const struct read_table specification_table, service_specification_table, offering_table, price_table, vas_table,
	category_table, catalog_table;
extern const struct read_table msisdn_table, esim_table;
extern const struct read_table payment_method_table, payment_attempt_table;
extern const struct read_table order_table;
extern const struct read_table service_order_table, service_table;
extern const struct read_table task_table, fault_table;
extern const struct read_table subscription_table, vas_purchase_table;
extern const struct read_table usage_table, usage_specification_table;
extern const struct read_table audit_table;

/* what other read models' queries in memory ask */
struct memory_query;
const struct row *memory_line_of(const struct memory_query *, const char *msisdn);      /* the line that has the number now */
const char *subscription_customer(const struct row *);
void memory_active_methods(const struct memory_query *, const char *customer_id);       /* an array, newest first */
const char *esim_imsi(const struct row *), *esim_activation_code(const struct row *);
