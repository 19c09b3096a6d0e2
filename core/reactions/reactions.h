/* reactions.h -- one row per file of core/reactions: sagas, event -> commands. */
#pragma once
#include "core/commands/aggregate.h"

#define REACTIONS(_) \
	_(ordering) \
	_(billing) \
	_(lifecycle) \
	_(jobs)

#define REACTION_DECLARE_(name)  extern const struct reaction name##_reactions[];
REACTIONS(REACTION_DECLARE_)

/* jobs.c: a job is the work of whoever started it */
void job_origin(const struct entity *, struct caller *, char correlation[33]);
