/* modules.h -- one row per file of core/commands that holds aggregates. */
#pragma once
#include "core/commands/aggregate.h"

#define MODULES(_) \
	_(customer) \
	_(catalog) \
	_(inventory) \
	_(payment) \
	_(order) \
	_(service) \
	_(provisioning) \
	_(subscription) \
	_(usage) \
	_(admin)

#define MODULE_DECLARE_(name)  extern const struct module name##_module;
MODULES(MODULE_DECLARE_)
