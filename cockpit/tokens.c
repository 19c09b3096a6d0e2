/* tokens.c -- where a client finds its token: the environment, else what `bss up` wrote for this user.
 *
 * The file lies in the state folder, readable by its owner only; one that others can read is refused, because
 * a token that leaked is worse than one that is missing. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include "cockpit/client.h"
#include "core/base/config.h"

#define TOKENS_FILE "tokens.env"
#define LINE_MAX_ 512

/* the value of KEY=VALUE lines; NULL: not there */
static const char *
value_in(FILE *f, const char *name, struct arena *a)
{
	char line[LINE_MAX_];
	size_t n = strlen(name);

	while (fgets(line, sizeof line, f)) {
		line[strcspn(line, "\r\n")] = 0;
		if (strncmp(line, name, n) == 0 && line[n] == '=' && line[n + 1])
			return arena_strdup(a, line + n + 1);
	}
	return NULL;
}

static bool
only_ours(FILE *f, const char *path, struct error *err)
{
	struct stat st;

	if (fstat(fileno(f), &st) == 0 && (st.st_mode & 077) == 0)
		return true;
	error_set(err, ERROR_UNAUTHENTICATED, "token.file_not_private", "%s can be read by others", path);
	return error_hint(err, "chmod 600 %s, and make new tokens: others may know these", path);
}

static const char *
from_file(const char *name, struct arena *a, struct error *err)
{
	const char *path = arena_printf(a, "%s/%s", config_state_dir(), TOKENS_FILE), *value = NULL;
	FILE *f = fopen(path, "re");

	if (f && only_ours(f, path, err))
		value = value_in(f, name, a);
	if (f)
		fclose(f);
	return value;
}

const char *
client_token(const char *variable, struct arena *a, struct error *err)
{
	const char *value = config_text(variable);

	*err = (struct error){ 0 };
	if (!value)
		value = from_file(variable, a, err);
	if (!value && err->kind == ERROR_NONE) {
		error_set(err, ERROR_UNAUTHENTICATED, "token.missing", "There is no %s", variable);
		error_hint(err, "`bss up` writes tokens to %s/" TOKENS_FILE "; or set %s", config_state_dir(),
			   variable);
	}
	return value;
}
