/* must.h -- what cannot happen ends the process; the supervisor starts it again (style.md, habit 7).
 * A bug is not an error: errors are for callers, must() is for us. */
#pragma once

#define must(x)  ((x) ? (void)0 : must_failed(#x, __FILE__, __LINE__))
#define never(why) must_failed(why, __FILE__, __LINE__)

_Noreturn void must_failed(const char *what, const char *file, int line);
