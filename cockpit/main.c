/* main.c -- one binary: the first word is a role, or it is a verb of the command line. */
#include <stdio.h>
#include <string.h>
#include "cockpit/roles.h"
#include "core/base/config.h"
#include "core/base/crypt.h"
#include "core/base/log.h"
#include "core/bus/bus.h"

#define ROLE_WEAK_(name, main_, help)  __attribute__((weak)) int main_(int argc, char **argv);
ROLES(ROLE_WEAK_)

#define ROLE_ROW_(name, main_, help)  { name, main_ },
static const struct { const char *name; int (*run)(int, char **); } roles[] = { ROLES(ROLE_ROW_) };

static int
role_run(const char *name, int (*run)(int, char **), int argc, char **argv)
{
	if (run)
		return run(argc, argv);
	fprintf(stderr, "bss %s is not in this build\n", name);
	return 1;
}

int
main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof roles / sizeof roles[0]; i++)
		if (strcmp(argv[1], roles[i].name) == 0)
			return role_run(roles[i].name, roles[i].run, argc - 1, argv + 1);
	return client_main(argc, argv);
}
