/* fault.h -- where things go wrong on purpose: a row here, a line where it happens, a test that asks for it.
 *
 * In test builds BSS_FAULT=NAME@N makes fault(FAULT_NAME) true at its Nth passing in a process, once; what goes wrong then is
 * written beside the question.  tests/fault/faults.c takes each row (those of process `outside` are in outside.c),
 * fails the first passing, then a later one, until it is never
 * reached, and looks at the books each time.  In a release build fault() is the constant false and costs nothing. */
#pragma once
#include <stdbool.h>
#include "core/base/error.h"

/*  name                       process    what happens */
#define FAULTS(_) \
	_(append_unsent,           core,      "the connection is found lost before a batch is sent") \
	_(append_unanswered,       core,      "a batch is sent, and its answer never comes") \
	_(append_refused,          core,      "Postgres refuses a batch, as it does when the disk is full") \
	_(core_dies_unsent,        core,      "killed with a batch decided and not sent") \
	_(core_dies_sent,          core,      "killed with a batch on its way") \
	_(core_dies_committed,     core,      "killed with a batch committed, nothing published, nobody answered") \
	_(core_dies_published,     core,      "killed with a batch published and nobody answered") \
	_(publish_lost,            core,      "a batch is not published") \
	_(publish_twice,           core,      "a batch is published twice") \
	_(answer_lost,             core,      "an answer does not arrive") \
	_(project_dies_unflushed,  project,   "killed with events applied in memory and nothing written") \
	_(project_dies_flushed,    project,   "killed with rows and checkpoint written and not committed") \
	_(project_dies_committed,  project,   "killed with rows committed and nobody told") \
	_(project_loses_session,   project,   "its session ends with rows written and not committed") \
	_(handler_fails,           outside,   "a read model's handler fails at an event: it stops there, alone") \
	_(effect_dies_called,      effect,    "killed with the provider asked and the core not told") \
	_(effect_dies_told,        effect,    "killed with the core told and its answer not read") \
	_(effect_answer_lost,      effect,    "the core's answer to an effect does not arrive") \
	_(rebuild_dies_loaded,     rebuild,   "killed with the new read model finished and not in place") \
	_(rebuild_dies_renamed,    rebuild,   "killed with the names exchanged and not committed") \
	_(rebuild_dies_swapped,    rebuild,   "killed with the new one in place and the old one still there")

#define FAULT_ENUM_(name, process, what)  FAULT_##name,
enum fault { FAULTS(FAULT_ENUM_) FAULT_COUNT };

#ifdef BSS_FAULTS
bool fault(enum fault);
void fault_kill(enum fault);             /* the process ends at once, as by kill -9 */
#else
#define fault(f)       false
#define fault_kill(f)  ((void)0)
#endif
bool fault_set(const char *text, struct error *);        /* "publish_lost@3"; INVALID where this build has none */
