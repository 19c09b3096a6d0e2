/* shapes.c -- the one place where every shape gets its table. */
#include "schemas/registry.h"

SHAPE_DEFINE_(contact_medium, "a way to reach a customer")
SHAPE_DEFINE_(allowance, "what a period of a plan includes")
SHAPE_DEFINE_(esim_profile, "an eSIM profile of the pool")
SHAPE_DEFINE_(task_fault, "a fault that may hit a task")
SHAPE_DEFINE_(usage_share, "a balance that paid for a part of a usage record")
ALL_EVENTS(EVENT_DEFINE_)
ALL_COMMANDS(COMMAND_DEFINE_)
ALL_CLIENT(COMMAND_DEFINE_)
ALL_QUERIES(QUERY_DEFINE_)
