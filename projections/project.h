/* project.h -- the short-lived processes beside the role: `bss project rebuild` and `bss project status`. */
#pragma once
#include "core/base/crypt.h"
#include "core/base/error.h"

const char *project_database(struct error *);         /* NULL: nobody says where it is */
bool project_settings(const char **url, uint8_t master[KEY_BYTES], struct error *);
int project_rebuild(int argc, char **argv);
int project_status(int argc, char **argv);
