/* tokens.c -- where a client finds its token: the environment, else what `bss up` wrote for this user.
 *
 * The file lies in the state folder, readable by its owner only; one that others can read is refused, because
 * a token that leaked is worse than one that is missing. */
#include "cockpit/client.h"
#include "core/base/config.h"
#include "core/base/state_file.h"

#define TOKENS_FILE "tokens.env"
const char *
client_token(const char *variable, struct arena *a, struct error *err)
{
	const char *value = config_text(variable);

	*err = (struct error){ 0 };
	if (!value)
		value = state_file_value(TOKENS_FILE, variable, a, err);
	if (!value && err->kind == ERROR_NONE) {
		error_set(err, ERROR_UNAUTHENTICATED, "token.missing", "There is no %s", variable);
		if (state_folder_of_root())
			error_hint(err, "The system of this machine is root's, in %s: sudo bss ...; or set %s",
				   state_folder_of_root(), variable);
		else
			error_hint(err, "`bss up` writes tokens to %s/" TOKENS_FILE "; or set %s", config_state_dir(),
				   variable);
	}
	return value;
}
