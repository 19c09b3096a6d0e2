/* tmf_apis.c -- the APIs that are served: one word each. */
#include "gateways/tmf/tmf.h"

#define TMF_APIS(_) \
	_(tmf620_product_catalog) _(tmf622_product_order) _(tmf629_customer) _(tmf635_usage) _(tmf638_service_inventory)

#define TMF_DECLARE_(sym)  extern const struct tmf_api sym;
#define TMF_REF_(sym)      &sym,
TMF_APIS(TMF_DECLARE_)
const struct tmf_api *const tmf_apis[] = { TMF_APIS(TMF_REF_) NULL };
