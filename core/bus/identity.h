/* identity.h -- who a token proves, and what that identity may claim and do.
 *
 * Tokens are listed one by one, never found by a name pattern.  Only keyed hashes stay in memory; a presented token is
 * hashed and compared in constant time with every entry, no early exit. */
#pragma once
#include <stdbool.h>
#include "core/base/error.h"

enum may { MAY_COMMAND = 1, MAY_QUERY = 2, MAY_ADMIN = 4, MAY_EFFECT = 8 };
/*   identity            variable                          may                                  channels it may claim (NULL: any) */
#define IDENTITIES(_) \
	_("default",           "BSS_API_TOKEN",                  MAY_COMMAND | MAY_QUERY | MAY_ADMIN, NULL) \
	_("cli",               "BSS_CLI_API_TOKEN",              MAY_COMMAND | MAY_QUERY | MAY_ADMIN, "cli scenario llm") \
	_("operator_cockpit",  "BSS_OPERATOR_COCKPIT_API_TOKEN", MAY_COMMAND | MAY_QUERY | MAY_ADMIN, "portal-csr cli llm") \
	_("portal_self_serve", "BSS_PORTAL_SELF_SERVE_API_TOKEN",MAY_COMMAND | MAY_QUERY,             "portal-self-serve portal-chat scenario") \
	_("effect",            "BSS_EFFECT_API_TOKEN",           MAY_EFFECT,                          "system")

struct identity {
	const char *name, *variable; unsigned may; const char *channels;
	const char *usual;                   /* the channel it speaks for when it names none */
};

/* hashes the configured tokens; refuses: default missing, shorter than 32, `changeme` and other sentinels, two alike.
 * The sentence names the variable, never the value. */
bool identities_load(struct error *);
const struct identity *identity_of(const char *token);          /* NULL: unknown */
bool identity_may_claim(const struct identity *, const char *channel);
/* system:NAME is a part of the system itself: only who may administer speaks in such a name */
bool identity_may_act(const struct identity *, const char *actor);
