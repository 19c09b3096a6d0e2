/* reactions.c -- the list of the sagas, in the order they are asked. */
#include "core/reactions/reactions.h"

#define REACTION_REF_(name)  name##_reactions,
const struct reaction *const reactions[] = { REACTIONS(REACTION_REF_) NULL };
