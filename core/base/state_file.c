/* state_file.c -- reads one value of a KEY=VALUE file in the state folder. */
#include "core/base/state_file.h"
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/base/config.h"

#define LINE_MAX_  4096
#define ROOT_STATE "/var/lib/bss"

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
	return error_hint(err, "chmod 600 %s, and make new secrets: others may know these", path);
}

/* what cannot be looked into must not look empty */
bool
state_folder_open(struct error *err)
{
	const char *state = config_state_dir();
	struct stat st;

	if (stat(state, &st) || access(state, X_OK) == 0 || errno != EACCES)
		return true;
	const struct passwd *pw = getpwuid(st.st_uid);
	error_set(err, ERROR_UNAUTHENTICATED, "state.folder_closed",
		"The state folder %s belongs to the user %s, who lets nobody in",
		state, pw ? pw->pw_name : "of another system");
	return error_hint(err, "As root: sudo bss ...; or name a folder of your own with BSS_STATE_DIR");
}

const char *
state_folder_of_root(void)
{
	bool own = config_text("BSS_STATE_DIR") || access(config_state_dir(), F_OK) == 0;

	return geteuid() != 0 && !own && access(ROOT_STATE, F_OK) == 0 ? ROOT_STATE : NULL;
}

const char *
state_file_value(const char *file, const char *name, struct arena *a, struct error *err)
{
	const char *path = arena_printf(a, "%s/%s", config_state_dir(), file), *value = NULL;
	FILE *f = state_folder_open(err) ? fopen(path, "re") : NULL;

	if (f && only_ours(f, path, err))
		value = value_in(f, name, a);
	if (f)
		fclose(f);
	return value;
}
