/* aggregates.h -- the list of aggregates: what has a stream of its own in the log.
 *
 * A new aggregate is a row here, a schemas/<file>.h with its words and a core/commands/<file>.c with their meaning. */
#pragma once
#include "core/base/shape.h"

/*  name                   id              how ids are made: a printf form for a sequence, "hex:PREFIX" for eight
 *                                         random hex digits, "" when the operator chooses */
#define AGGREGATES(_) \
	_(customer,              "hex:CUST-") \
	_(product_specification, "hex:SPEC-") \
	_(service_specification, "") \
	_(offering,              "hex:POF-") \
	_(price,                 "hex:POP-") \
	_(vas_offering,          "") \
	_(category,              "hex:CAT-") \
	_(msisdn,                "") \
	_(msisdn_pool,           "") \
	_(esim,                  "") \
	_(esim_pool,             "") \
	_(payment_method,        "PM-%04lld") \
	_(payment_attempt,       "PAY-%06lld") \
	_(order,                 "ORD-%04lld") \
	_(service_order,         "SO-%04lld") \
	_(service,               "SVC-%04lld") \
	_(provisioning_task,     "PTK-%04lld") \
	_(fault_injection,       "") \
	_(subscription,          "SUB-%04lld") \
	_(usage,                 "UE-%06lld") \
	_(usage_specification,   "hex:USPEC-") \
	_(agent,                 "") \
	_(clock,                 "") \
	_(job,                   "JOB-%04lld") \
	_(admin,                 "")

#define AGGREGATE_ENUM_(sym, ids)  AGGREGATE_##sym,
enum aggregate_id { AGGREGATES(AGGREGATE_ENUM_) AGGREGATE_COUNT };

/* the reference's names, where they differ: shown by the audit API and the hubs, accepted everywhere in any spelling */
#define AGGREGATE_ALIASES(_) \
	_(order,         "ProductOrder") \
	_(service_order, "ServiceOrder")

const char *aggregate_alias(int aggregate);           /* "ProductOrder"; the name where there is no other */
int aggregate_called(const char *name);               /* by name or alias, camel or snake; -1: unknown */
const char *aggregate_name(int aggregate);            /* "order" */
int aggregate_of(const char *name, size_t n);         /* -1: unknown */
const char *aggregate_id_form(int aggregate);
