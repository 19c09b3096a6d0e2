/* must.c -- the end of a process that found itself in a state it says cannot happen.
 *
 * Nothing is saved and nobody is told politely: what was not in the log was never true, and the
 * supervisor starts a clean process.  Only stdio is used, because the rest may be what is broken. */
#include "core/base/must.h"
#include <stdio.h>
#include <stdlib.h>

void
must_failed(const char *what, const char *file, int line)
{
	fprintf(stderr, "{\"level\":\"fatal\",\"event\":\"process.must_failed\",\"where\":\"%s:%d\"}\n%s:%d: must: %s\n",
		file, line, file, line, what);
	fflush(stderr);
	abort();
}
