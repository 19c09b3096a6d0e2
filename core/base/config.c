/* config.c -- the environment, read once and checked whole.
 *
 * A misspelt variable that is silently ignored costs an evening, so every BSS_* that is set must be a row,
 * and every value must be in its range, before anything else starts.  Values given in the environment win
 * over those of the file `.env`. */
#include "core/base/config.h"
#include "core/base/fault.h"
#include "core/base/arena.h"
#include "core/base/log.h"
#include "core/base/must.h"
#include "core/base/text.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

extern char **environ;

#define TEXT(n, value, about)            { .name = n, .kind = CONFIG_TEXT, .fallback = value, .help = about },
#define SECRET_(n, about)                { .name = n, .kind = CONFIG_TEXT, .secret = true, .help = about },
#define INT(n, value, from, to, about) \
	{ .name = n, .kind = CONFIG_INT, .fallback = value, .low = from, .high = to, .help = about },
#define BOOL(n, value, about)            { .name = n, .kind = CONFIG_BOOL, .fallback = value, .help = about },
#define GONE(n, why)                     { .name = n, .kind = CONFIG_IGNORED, .help = why },

const struct config_row config_rows[] = {
#include "core/base/config_rows.h"
	{ 0 }
};

#define ROWS (sizeof config_rows / sizeof config_rows[0] - 1)

static char *values[ROWS];                 /* what was given; NULL: the fallback holds */
static char *state_dir;

static bool
row_is(const struct config_row *r, const char *name)
{
	size_t n = strlen(r->name);
	if (r->name[n - 1] == '*')
		return strncmp(r->name, name, n - 1) == 0;
	return strcmp(r->name, name) == 0;
}

static const struct config_row *
find(const char *name)
{
	for (const struct config_row *r = config_rows; r->name; r++)
		if (row_is(r, name))
			return r;
	return NULL;
}

static const struct config_row *
known(const char *name)
{
	const struct config_row *r = find(name);
	must(r != NULL && r->kind != CONFIG_IGNORED);
	return r;
}

static void
store(const struct config_row *r, const char *value)
{
	char **slot = &values[r - config_rows];
	char *copy = value ? strdup(value) : NULL;
	must(copy != NULL || !value);
	free(*slot);
	*slot = copy;
}

/* values --------------------------------------------------------------------------------------------- */

static bool
as_int(const char *text, int64_t *out)
{
	char *end;
	errno = 0;
	*out = strtoll(text, &end, 10);
	return end != text && *end == 0 && errno == 0;
}

static bool
as_bool(const char *text, bool *out)
{
	static const char *const words[][2] = { { "true", "false" }, { "1", "0" }, { "yes", "no" }, { "on", "off" } };
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		for (int no = 0; no < 2; no++)
			if (strcasecmp(text, words[i][no]) == 0)
				return *out = !no, true;
	return false;
}

/* the sentence never repeats the value: it may be a secret in the wrong variable */
static bool
value_ok(const struct config_row *r, const char *value, struct error *err)
{
	int64_t n;
	bool b;
	if (!utf8_valid(value, strlen(value)))
		return error_set(err, ERROR_INVALID, "config.invalid", "%s is not valid UTF-8", r->name);
	if (r->kind == CONFIG_BOOL && !as_bool(value, &b))
		return error_set(err, ERROR_INVALID, "config.invalid", "%s must be true or false", r->name);
	if (r->kind == CONFIG_INT && (!as_int(value, &n) || n < r->low || n > r->high))
		return error_set(err, ERROR_INVALID, "config.out_of_range", "%s must be a whole number from %lld to %lld",
			r->name, (long long)r->low, (long long)r->high);
	return true;
}

/* what stands before a forgotten '=' is told, what may be a secret behind it is not */
static void
name_told(const char *name, char out[96])
{
	size_t n = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
	snprintf(out, 96, "%.*s%s", (int)(n < 80 ? n : 80), name, name[n] ? "..." : "");
}

static bool
unknown_name(const char *name, struct error *err)
{
	const char *nearest = NULL;
	char told[96];
	int best = INT32_MAX;
	for (const struct config_row *r = config_rows; r->name; r++) {
		int d = text_distance(r->name, name);
		if (d < best && r->kind != CONFIG_IGNORED) {
			best = d;
			nearest = r->name;
		}
	}
	name_told(name, told);
	error_set(err, ERROR_INVALID, "config.unknown", "%s is not a setting; the nearest is %s", told, nearest);
	error_fact(err, "name", told);
	error_fact(err, "nearest", nearest);
	return error_hint(err, "bss --help-config");
}

static bool
take(const char *name, const char *value, struct error *err)
{
	const struct config_row *r = find(name);
	if (!r)
		return unknown_name(name, err);
	if (r->kind == CONFIG_IGNORED) {
		log_warn("config.ignored", "name", name, "why", r->help);
		return true;
	}
	if (!*value) {                            /* empty means unset */
		store(r, NULL);
		return true;
	}
	if (!value_ok(r, value, err))
		return false;
	store(r, value);
	return true;
}

/* the file .env -------------------------------------------------------------------------------------- */

/* KEY=VALUE; one layer of quotes goes; returns false for blanks and comments */
static bool
split_line(char *line, char **name, char **value)
{
	line[strcspn(line, "\r\n")] = 0;
	line += strspn(line, " \t");
	if (strncmp(line, "export ", 7) == 0)
		line += 7;
	char *eq = strchr(line, '=');
	if (*line == '#' || !eq)
		return false;
	*name = line;
	*value = eq + 1 + strspn(eq + 1, " \t");
	while (eq > line && (eq[-1] == ' ' || eq[-1] == '\t'))
		eq--;
	*eq = 0;
	size_t n = strlen(*value);
	while (n && ((*value)[n - 1] == ' ' || (*value)[n - 1] == '\t'))
		(*value)[--n] = 0;
	if (n >= 2 && ((*value)[0] == '"' || (*value)[0] == '\'') && (*value)[n - 1] == (*value)[0]) {
		(*value)[n - 1] = 0;
		(*value)++;
	}
	return **name != 0;
}

static bool
load_file(const char *path, struct error *err)
{
	FILE *f = fopen(path, "re");
	char *line = NULL, *name, *value;
	size_t room = 0;
	bool ok = true;
	if (!f)
		return true;
	while (ok && getline(&line, &room, f) > 0)
		if (split_line(line, &name, &value) && strncmp(name, "BSS_", 4) == 0 && !getenv(name))
			ok = take(name, value, err);
	free(line);
	fclose(f);
	return ok;
}

static char env_file[4096] = ".env";

/* a folder of the sources that has a file .env */
static bool
marked(const char *dir)
{
	static const char *const names[] = { ".env", "meson.build" };
	char path[4200];
	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof path, "%s/%s", dir, names[i]);
		if (access(path, R_OK))
			return false;
	}
	snprintf(env_file, sizeof env_file, "%.*s/.env", (int)sizeof env_file - 6, dir);
	return true;
}

static bool
one_up(char *dir)
{
	char *slash = strrchr(dir, '/');
	if (!slash || !dir[1])
		return false;
	slash[slash == dir] = 0;
	return true;
}

void
config_find_file(void)
{
	char dir[4096];
	ssize_t n = readlink("/proc/self/exe", dir, sizeof dir - 1);
	dir[n > 0 ? n : 0] = 0;
	if (one_up(dir) && one_up(dir) && marked(dir))
		return;
	bool more = getcwd(dir, sizeof dir) != NULL;
	while (more && !marked(dir))
		more = one_up(dir);
}

bool
config_load(struct error *err)
{
	for (size_t i = 0; i < ROWS; i++)
		store(&config_rows[i], NULL);
	if (!load_file(env_file, err))
		return false;
	for (char **e = environ; e && *e; e++) {
		const char *eq = strchr(*e, '=');
		if (strncmp(*e, "BSS_", 4) != 0 || !eq)
			continue;
		char name[128];
		snprintf(name, sizeof name, "%.*s", (int)(eq - *e < 127 ? eq - *e : 127), *e);
		if (!take(name, eq + 1, err))
			return false;
	}
	return !config_text("BSS_FAULT") || fault_set(config_text("BSS_FAULT"), err);
}

/* asking --------------------------------------------------------------------------------------------- */

const char *
config_text(const char *name)
{
	const struct config_row *r = known(name);
	const char *given = values[r - config_rows];
	return given ? given : r->fallback;
}

int64_t
config_int(const char *name)
{
	int64_t n = 0;
	const char *text = config_text(name);
	must(text != NULL && as_int(text, &n));
	return n;
}

bool
config_bool(const char *name)
{
	bool b = false;
	const char *text = config_text(name);
	must(text != NULL && as_bool(text, &b));
	return b;
}

void
config_set(const char *name, const char *value)
{
	store(known(name), value && *value ? value : NULL);
}

static void
default_state_dir(struct buf *out)
{
	const char *xdg = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	if (geteuid() == 0)
		buf_str(out, "/var/lib/bss");
	else if (xdg && *xdg)
		buf_printf(out, "%s/bss", xdg);
	else
		buf_printf(out, "%s/.local/state/bss", home && *home ? home : "/tmp");
}

const char *
config_state_dir(void)
{
	const char *given = config_text("BSS_STATE_DIR");
	if (given)
		return given;
	if (!state_dir) {
		struct buf b = { 0 };
		default_state_dir(&b);
		state_dir = strdup(buf_text(&b));
		must(state_dir != NULL);
		buf_free(&b);
	}
	return state_dir;
}

const char *
config_foreign(const char *name)
{
	return getenv(name);
}

/* the help ------------------------------------------------------------------------------------------- */

static void
show_default(const struct config_row *r, struct buf *out)
{
	if (r->kind == CONFIG_IGNORED)
		buf_str(out, "ignored");
	else if (r->secret)
		buf_str(out, "secret");
	else
		buf_str(out, r->fallback ? r->fallback : "unset");
	if (r->kind == CONFIG_INT)
		buf_printf(out, " (%lld to %lld)", (long long)r->low, (long long)r->high);
}

void
config_help(struct buf *out, bool markdown)
{
	struct buf value = { 0 };
	if (markdown)
		buf_str(out, "| Variable | Default | Meaning |\n|---|---|---|\n");
	for (const struct config_row *r = config_rows; r->name; r++) {
		buf_clear(&value);
		show_default(r, &value);
		buf_printf(out, markdown ? "| `%s` | %s | %s |\n" : "%-52s %-32s %s\n", r->name, buf_text(&value), r->help);
	}
	buf_free(&value);
}
