/* modules.c -- the list of the files that give the words their meaning. */
#include "core/commands/modules.h"

#define MODULE_REF_(name)  &name##_module,
const struct module *const modules[] = { MODULES(MODULE_REF_) NULL };
