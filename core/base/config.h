/* config.h -- every setting is one row: name, kind, default, range, secret or not, help.
 *
 * `--help-config` and the docs' table are printed from the rows; an unknown BSS_* variable or a value out
 * of range stops the start with a sentence.  Nothing else calls getenv (a script proves it). */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "core/base/error.h"
#include "core/base/buf.h"

enum config_kind { CONFIG_TEXT, CONFIG_INT, CONFIG_BOOL, CONFIG_IGNORED };
struct config_row {
	const char *name;
	enum config_kind kind;
	const char *fallback;          /* NULL: unset */
	int64_t low, high;             /* INT: the range */
	bool secret;
	const char *help;              /* IGNORED: why it means nothing any more */
};
extern const struct config_row config_rows[];              /* ends with a nameless one; in config.c */

/* for who stands at a terminal: the .env of the sources that this program was built in, else of those around the current
 * folder; without it, or when there is none, that of the current folder.  Processes that `up` starts do not look. */
void config_find_file(void);
bool config_load(struct error *);                           /* reads the environment once, after an optional .env */
const char *config_text(const char *name);                  /* "" never: NULL when unset; must() know the name */
int64_t config_int(const char *name);
bool config_bool(const char *name);
void config_set(const char *name, const char *value);       /* tests, and `up` for its children */
void config_help(struct buf *, bool markdown);
const char *config_foreign(const char *name);               /* variables that are not ours: NO_COLOR, COLUMNS, TERM */
const char *config_state_dir(void);                         /* BSS_STATE_DIR, or the default for this user */
