/* url.h -- decoding what stands in a URL: whatever comes out is UTF-8 without a NUL, or nothing does. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include "core/base/arena.h"

/* %XX, and + as a blank where asked for; NULL when it is not valid (half an escape, NUL, not UTF-8) */
char *url_decode(struct arena *, const char *, size_t n, bool plus);
