/* state_file.h -- what `bss up` left in the state folder for its owner: KEY=VALUE lines, readable by nobody else. */
#pragma once
#include "core/base/arena.h"
#include "core/base/error.h"

/* NULL: not there.  A file that others can read is refused (err says so): a secret that leaked is worse than none. */
const char *state_file_value(const char *file, const char *name, struct arena *, struct error *err);
bool state_folder_open(struct error *);                /* false: it is another user's, and err names them */
const char *state_folder_of_root(void);                /* root's system on this machine, for who has none; else NULL */
