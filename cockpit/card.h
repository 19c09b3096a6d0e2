/* card.h -- boxed cards: JSON in, lines of exactly equal width out.
 *
 * A card is built row by row and measured at the end, so the box fits what is in it: never wider than the
 * terminal, never ragged, whatever people are called.  Everything is composed in UTF-8; where the terminal takes
 * only ASCII each character is replaced by one of the same width when the box is written.  Text is cleaned on its
 * way in. */
#pragma once
#include <cjson/cJSON.h>
#include "cockpit/terminal.h"
#include "core/base/arena.h"
#include "core/base/buf.h"

struct card_style {
	int width;                     /* of the whole box, at most */
	bool ascii, colour;
	const char *clock;             /* in the bottom edge: the business clock, when it is not the wall's */
	int64_t now;                   /* business time, for "12 days"; 0: not known, dates only */
};
struct card_style card_style_of(const struct terminal *);

/* each character that ASCII lacks becomes one of the same width */
void text_to_ascii(const char *, struct buf *out);

/* text with INK_ marks, below, as the terminal takes it */
void ink_text(const char *, const struct card_style *, struct buf *out);

/* the result of an operation as a card; false: there is none for it */
bool card_render(const char *op, const cJSON *, const struct card_style *, struct buf *out);
const char *card_operation(int i);                     /* those there is a card for; NULL after the last */

/* ---- composing ------------------------------------------------------------------------------ */

/* inside a row: what follows is shown so, up to INK_OFF; no width */
#define INK_OFF    "\x01"
#define INK_BOLD   "\x02"
#define INK_DIM    "\x03"
#define INK_GOOD   "\x04"
#define INK_WARN   "\x05"
#define INK_BAD    "\x06"
#define INK_ACCENT "\x07"
#define INK_PAPER  "\x08"              /* black on white: a code to scan */

struct card {
	struct arena *arena;
	struct card_style style;
	const char *title;
	struct buf rows;               /* each ends in '\n' */
	int widest, least;             /* of the rows; of the box */
	bool doubled;                  /* frame of what needs attention */
};

struct card card_new(const struct card_style *, int least, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void card_end(struct card *, struct buf *out);          /* writes the box, frees what it took */
int card_inner(const struct card *);                    /* columns a row may use */
void card_row(struct card *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void card_wrapped(struct card *, const char *);        /* on as many rows as it takes: nothing of it may be lost */
void card_blank(struct card *);
void card_pair(struct card *, int label_width, const char *label, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
void card_section(struct card *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* columns of a table: the widest cell counts; when the card is too narrow the widest shrink while they can still be
 * read, then those marked optional go (the last first), then the rest shrink, those marked keep last */
struct column { const char *title; bool right, keep, optional, wraps; };   /* wraps: goes on in further lines, is not cut */
void card_table(struct card *, const struct column *, int columns, const char *const *cells, int rows);

const char *fit(struct arena *, const char *, int width);           /* exactly so wide: padded, or cut with … */
const char *fit_right(struct arena *, const char *, int width);
const char *cut(struct arena *, const char *, int width);           /* at most so wide */
const char *bar(struct arena *, int64_t used, int64_t total, int cells);  /* total < 0: unlimited */

/* ---- reading results ------------------------------------------------------------------------ */

const cJSON *card_member(const cJSON *, const char *camel);         /* camelCase or snake_case; NULL when null */
const char *card_text(struct card *, const cJSON *, const char *camel);       /* cleaned; "—" when there is none */
const char *card_text_or(struct card *, const cJSON *, const char *camel, const char *otherwise);
int64_t card_int(const cJSON *, const char *camel, int64_t otherwise);
const cJSON *card_list(const cJSON *, const char *camel);           /* the member, or the value itself when NULL */
const char *card_state(struct card *, const char *state);           /* "● ACTIVE", inked */
const char *card_words(struct card *, const char *code);            /* payment_approved -> payment approved */
const char *card_when(struct card *, const cJSON *, const char *camel, int chars);     /* 2026-05-09 08:01 */
const char *card_msisdn(struct card *, const char *);               /* 9000 0042 */
const char *card_quantity(struct card *, int64_t, const char *unit);          /* 30 GB, unlimited, 100 min */
const char *card_money(struct card *, const char *amount, const char *currency);       /* SGD 25.00 */
/* a subscription's balances, as a list or as an object by allowance */
void card_balances(struct card *, const cJSON *balances);
