/* terminal.h -- what is known about where the output goes: how wide, which characters, whether colours. */
#pragma once
#include <stdbool.h>
#include "core/base/arena.h"

struct terminal { int width; bool tty, colour, ascii; };

#define TERMINAL_LEAST 40
#define TERMINAL_MOST 200

struct terminal terminal_of(int fd);
/* without what a terminal would obey: control characters, escapes and direction marks become '?' or a blank */
const char *terminal_clean(struct arena *, const char *);
