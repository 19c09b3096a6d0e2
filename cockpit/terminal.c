/* terminal.c -- asks the terminal its size and the locale its characters.
 *
 * Text that people typed somewhere else (names, notes, messages) is shown here, so nothing in it may steer
 * the terminal: terminal_clean() is on the way of every value. */
#include "cockpit/terminal.h"
#include <langinfo.h>
#include <locale.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "core/base/config.h"
#include "core/base/text.h"

static int
columns_of(int fd)
{
	struct winsize size;
	const char *said = config_foreign("COLUMNS");
	int n = 80;

	if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		n = size.ws_col;
	else if (said && atoi(said) > 0)
		n = atoi(said);
	return n < TERMINAL_LEAST ? TERMINAL_LEAST : n > TERMINAL_MOST ? TERMINAL_MOST : n;
}

struct terminal
terminal_of(int fd)
{
	const char *no_colour = config_foreign("NO_COLOR"), *kind = config_foreign("TERM");
	struct terminal t = { .width = columns_of(fd), .tty = isatty(fd) };

	setlocale(LC_CTYPE, "");
	t.ascii = config_bool("BSS_ASCII") || strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
	t.colour = t.tty && !(no_colour && *no_colour) && !(kind && strcmp(kind, "dumb") == 0);
	return t;
}

static bool
steers(uint32_t cp)
{
	return cp < 0x20 || (cp >= 0x7F && cp < 0xA0) || cp == 0x061C || (cp >= 0x200E && cp <= 0x200F) ||
		(cp >= 0x2028 && cp <= 0x202E) || (cp >= 0x2066 && cp <= 0x2069) || cp == 0xFFFD;
}

/* a joiner, a variant or a skin tone: terminals do not agree whether the picture before it grows by it, so it goes
 * and the pictures stand side by side; joiners that letters need stay */
static bool
joins_pictures(uint32_t cp, const char *after)
{
	uint32_t next = 0;

	if (cp == 0xFE0E || cp == 0xFE0F || (cp >= 0x1F3FB && cp <= 0x1F3FF))
		return true;
	return cp == 0x200D && utf8_next(&after, &next) && (next >= 0x1F000 || (next >= 0x2190 && next <= 0x2BFF));
}

const char *
terminal_clean(struct arena *a, const char *text)
{
	const char *p = text ? text : "", *from = p;
	char *out = arena_alloc(a, strlen(p) + 1);
	size_t n = 0;
	uint32_t cp;

	while (utf8_next(&p, &cp)) {
		if (cp == '\n' || cp == '\t' || cp == '\r')
			out[n++] = ' ';
		else if (steers(cp))
			out[n++] = '?';
		else if (!joins_pictures(cp, p))
			memcpy(out + n, from, (size_t)(p - from)), n += (size_t)(p - from);
		from = p;
	}
	return out;
}
