/* up_secrets.c -- what `up` makes up once and keeps: tokens of the identities, passwords of the Postgres roles, the
 * key that wraps the customers' keys.  Random, one file each, readable by their owner only.
 *
 * A token that the environment gives is used and not written: who sets it keeps it. */
#include "cockpit/up.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/base/buf.h"
#include "core/base/config.h"
#include "core/base/crypt.h"
#include "core/base/id.h"
#include "core/bus/identity.h"

#define SECRET_DIGITS 48
#define LINE_ROOM     1024

#define TOKEN_ROW_(name, variable, may, channels)  { variable, NULL },
static struct secret tokens[] = { IDENTITIES(TOKEN_ROW_) { 0 } };
static struct secret passwords[] = {
	{ UP_OWNER, NULL }, { "bss_core", NULL }, { "bss_project", NULL }, { "bss_history", NULL }, { "bss_gateway", NULL },
	{ 0 } };

const char *
secret_value(const struct secret *s, const char *name)
{
	for (; s->name; s++)
		if (strcmp(s->name, name) == 0)
			return s->value;
	return NULL;
}

static void
take_line(struct secret *s, char *line, struct arena *a)
{
	char *eq = strchr(line, '=');

	line[strcspn(line, "\r\n")] = 0;
	if (!eq || !eq[1])
		return;
	*eq = 0;
	for (; s->name; s++)
		if (strcmp(s->name, line) == 0 && !s->value)
			s->value = arena_strdup(a, eq + 1);
}

static bool
private_file(FILE *f, const char *path, struct error *err)
{
	struct stat st;

	if (fstat(fileno(f), &st) == 0 && (st.st_mode & 077) == 0)
		return true;
	error_set(err, ERROR_INVALID, "up.secrets_not_private", "%s can be read by others", path);
	return error_hint(err, "Delete it, so that new secrets are made, or chmod 600 %s if nobody else has read it", path);
}

static bool
read_file(const char *path, struct secret *rows, struct arena *a, struct error *err)
{
	FILE *f = fopen(path, "re");
	char line[LINE_ROOM];
	bool ok = true;

	if (!f && errno == ENOENT)
		return true;
	if (!f) {
		error_set(err, ERROR_INVALID, "up.secrets_unreadable", "Cannot read %s: %s", path, strerror(errno));
		return error_hint(err, "Start `bss up` as the user whose folder it is");
	}
	ok = private_file(f, path, err);
	while (ok && fgets(line, sizeof line, f))
		take_line(rows, line, a);
	fclose(f);
	return ok;
}

/* the missing ones are made, and the file is written again if there were any */
static bool
load(struct up *u, const char *file, struct secret *rows, struct error *err)
{
	const char *path = up_path(u, file);
	struct buf text = { 0 };
	bool made = false, ok;

	if (!read_file(path, rows, u->arena, err))
		return false;
	for (struct secret *s = rows; s->name; s++) {
		if (!s->value) {
			s->value = random_hex(arena_alloc(u->arena, SECRET_DIGITS + 1), SECRET_DIGITS);
			made = true;
		}
		buf_printf(&text, "%s=%s\n", s->name, s->value);
	}
	ok = !made || up_write_file(path, text.data, text.len, err);
	buf_free(&text);
	return ok;
}

bool
up_secrets(struct up *u, struct error *err)
{
	const char *key_file = config_text("BSS_MASTER_KEY_FILE");
	uint8_t key[KEY_BYTES];

	if (!load(u, "tokens.env", tokens, err) || !load(u, "secrets.env", passwords, err))
		return false;
	for (struct secret *s = tokens; s->name; s++)
		if (config_text(s->name))
			s->value = config_text(s->name);
	u->tokens = tokens;
	u->passwords = passwords;
	if (!key_file)
		key_file = up_path(u, "master.key");
	bool fresh = access(up_path(u, "data"), F_OK) != 0;      /* a log whose key is lost must not get another one */
	bool ok = master_key_load(key_file, key, fresh);
	memset(key, 0, sizeof key);
	if (ok)
		return true;
	error_set(err, ERROR_INVALID, "up.master_key", "%s is not a key file", key_file);
	return error_hint(err, "It holds 64 hex digits and only its owner may read it; without the right one personal data "
		"stays sealed for ever, so restore it from the backup");
}
