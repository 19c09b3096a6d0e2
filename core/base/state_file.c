/* state_file.c -- reads one value of a KEY=VALUE file in the state folder. */
#include "core/base/state_file.h"
#include <stdio.h>
#include <sys/stat.h>
#include "core/base/config.h"

#define LINE_MAX_ 512

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

const char *
state_file_value(const char *file, const char *name, struct arena *a, struct error *err)
{
	const char *path = arena_printf(a, "%s/%s", config_state_dir(), file), *value = NULL;
	FILE *f = fopen(path, "re");

	if (f && only_ours(f, path, err))
		value = value_in(f, name, a);
	if (f)
		fclose(f);
	return value;
}
