/* roles.h -- one binary, many roles: what `bss ROLE` runs.  Each returns the process' exit status.
 * A role's main does what only a main may: reads configuration, logs, loops until SIGTERM, stops cleanly. */
#pragma once

/*  name        function        arguments                                     help */
#define ROLES(_) \
	_("core",    core_main,    "", "decide commands and append events; the only writer of the log") \
	_("project", project_main, "[rebuild [NAME...] [--verify] | status [--json]]", \
		"build the read models; rebuild some anew beside the live ones, or say where they are") \
	_("history", history_main, "", "answer questions to the log: show, verify, as-of, why, audit") \
	_("effect",  effect_main,  "sim", "talk to one outside party: sim is the simulated payment provider and network") \
	_("gateway", gateway_main, "", "serve TMF REST and queries") \
	_("up",      up_main,      "[--background] [--no-effects] | up --status [--json]", \
		"start, watch and restart everything, with a private Postgres unless BSS_DB_URL is set") \
	_("down",    down_main,    "", "stop what `up` started")

#define ROLE_DECLARE_(name, main_, usage, help)  int main_(int argc, char **argv);
ROLES(ROLE_DECLARE_)
/* everything else: verbs, scenarios, explain, graph, schema, help */
int client_main(int argc, char **argv);
