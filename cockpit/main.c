/* main.c -- one binary: the first word is a role, or it is a verb of the command line. */
#include <stdio.h>
#include <string.h>
#include "core/base/roles.h"
#include "cockpit/verb.h"

#define ROLE_WEAK_(name, main_, usage, help)  __attribute__((weak)) int main_(int argc, char **argv);
ROLES(ROLE_WEAK_)

#define ROLE_ROW_(name, main_, usage, help)  { name, main_, usage, help },
static const struct role { const char *name; int (*run)(int, char **); const char *usage, *help; } roles[] = {
	ROLES(ROLE_ROW_) };

/* asked for help, nothing is started, whatever else was said */
static int
role_help(const struct role *r)
{
	printf("usage: bss %s%s%s\n\n%s.\n", r->name, *r->usage ? " " : "", r->usage, r->help);
	printf("`bss up` starts every process with its settings; `bss --help-config` lists them.\n");
	return 0;
}

static int
role_run(const struct role *r, int argc, char **argv)
{
	if (!r->run) {
		fprintf(stderr, "bss %s is not in this build\n", r->name);
		return 1;
	}
	/* up says more about itself than its row */
	return asks_help(argc - 1, argv + 1) && strcmp(r->name, "up") != 0 ? role_help(r) : r->run(argc, argv);
}

int
main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof roles / sizeof roles[0]; i++)
		if (strcmp(argv[1], roles[i].name) == 0)
			return role_run(&roles[i], argc - 1, argv + 1);
	return client_main(argc, argv);
}
