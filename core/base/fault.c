/* fault.c -- counts passings, and says so on stderr when it is time: a test must know that its fault did happen. */
#include "core/base/fault.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "core/base/log.h"

#ifdef BSS_FAULTS
#define FAULT_NAME_(name, process, what)  #name,
static const char *const names[] = { FAULTS(FAULT_NAME_) };
static struct { enum fault which; long at, passed; } set = { FAULT_COUNT, 0, 0 };

bool
fault_set(const char *text, struct error *err)
{
	const char *at = strchr(text, '@');
	char *end = NULL;

	for (int i = 0; at && i < FAULT_COUNT; i++)
		if (strlen(names[i]) == (size_t)(at - text) && strncmp(names[i], text, (size_t)(at - text)) == 0) {
			set.which = (enum fault)i;
			set.at = strtol(at + 1, &end, 10);
			set.passed = 0;
		}
	if (end && *end == 0 && set.at > 0)
		return true;
	return error_set(err, ERROR_INVALID, "config.fault",
		"BSS_FAULT is NAME@N, not %.80s; core/base/fault.h has the names", text);
}

bool
fault(enum fault f)
{
	if (f != set.which || ++set.passed != set.at)
		return false;
	log_err("fault.happens", "fault", names[f]);
	return true;
}

void
fault_kill(enum fault f)
{
	if (fault(f))
		raise(SIGKILL);
}

#else

bool
fault_set(const char *text, struct error *err)
{
	error_set(err, ERROR_INVALID, "config.fault", "BSS_FAULT is set to %.80s, and this build has no faults to inject", text);
	return error_hint(err, "Unset it: it means something in test builds only.");
}
#endif
