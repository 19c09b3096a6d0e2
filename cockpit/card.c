/* card.c -- the box, its rows and tables, and how they fit.
 *
 * One rule keeps every line as wide as the next: a row is text of known width, cut or padded to the inside of
 * the box when it is written.  Widths are columns of a terminal, not bytes and not characters. */
#include "cockpit/card.h"
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "core/base/text.h"

#define FRAME 4                        /* two edges, two blanks */

/* ---- fitting -------------------------------------------------------------------------------- */

static int
width_of(const char *from, const char *to)
{
	char one[8] = { 0 };

	memcpy(one, from, (size_t)(to - from) < sizeof one ? (size_t)(to - from) : sizeof one - 1);
	return text_width(one);
}

/* as much of the text as fits in `width` columns with `room` of them kept free; its width in *got */
static const char *
prefix(struct arena *a, const char *text, int width, int *got)
{
	const char *p = text, *end = text;
	uint32_t cp;

	*got = 0;
	while (utf8_next(&p, &cp)) {
		int w = width_of(end, p);
		if (*got + w > width)
			break;
		*got += w;
		end = p;
	}
	return arena_strndup(a, text, (size_t)(end - text));
}

static bool
inked(const char *text)
{
	return strpbrk(text, INK_BOLD INK_DIM INK_GOOD INK_WARN INK_BAD INK_ACCENT INK_PAPER) != NULL;
}

static const char *
cut_measured(struct arena *a, const char *text, int width, int *got)
{
	*got = text_width(text);
	if (*got <= width)
		return text;
	if (width < 1) {
		*got = 0;
		return "";
	}
	const char *head = prefix(a, text, width - 1, got);
	*got += 1;
	return arena_printf(a, "%s…%s", head, inked(head) ? INK_OFF : "");
}

const char *
cut(struct arena *a, const char *text, int width)
{
	int got;

	return cut_measured(a, text, width, &got);
}

const char *
fit(struct arena *a, const char *text, int width)
{
	int got;
	const char *s = cut_measured(a, text, width, &got);

	return got < width ? arena_printf(a, "%s%*s", s, width - got, "") : s;
}

const char *
fit_right(struct arena *a, const char *text, int width)
{
	int got;
	const char *s = cut_measured(a, text, width, &got);

	return got < width ? arena_printf(a, "%*s%s", width - got, "", s) : s;
}

/* ---- rows ----------------------------------------------------------------------------------- */

struct card
card_new(const struct card_style *style, int least, const char *fmt, ...)
{
	struct card c = { .arena = arena_new(), .style = *style, .least = least };
	va_list ap;

	va_start(ap, fmt);
	c.title = arena_vprintf(c.arena, fmt, ap);
	va_end(ap);
	if (c.style.width < TERMINAL_LEAST)
		c.style.width = TERMINAL_LEAST;
	return c;
}

int
card_inner(const struct card *c)
{
	return c->style.width - FRAME;
}

static void
add_row(struct card *c, const char *text)
{
	int w = text_width(text);

	if (w > c->widest)
		c->widest = w;
	buf_str(&c->rows, text);
	buf_byte(&c->rows, '\n');
}

void
card_row(struct card *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_row(c, cut(c->arena, arena_vprintf(c->arena, fmt, ap), card_inner(c)));
	va_end(ap);
}

void
card_wrapped(struct card *c, const char *text)
{
	int got;

	do {
		const char *line = prefix(c->arena, text, card_inner(c), &got);
		add_row(c, line);
		text += strlen(line);
	} while (*text && got > 0);
}

void
card_blank(struct card *c)
{
	add_row(c, "");
}

void
card_pair(struct card *c, int label_width, const char *label, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	const char *value = arena_vprintf(c->arena, fmt, ap);
	va_end(ap);
	add_row(c, cut(c->arena,
		       arena_printf(c->arena, INK_DIM "%s" INK_OFF " %s", fit(c->arena, label, label_width),
				    value),
		       card_inner(c)));
}

void
card_section(struct card *c, const char *fmt, ...)
{
	va_list ap;
	struct buf line = { 0 };

	va_start(ap, fmt);
	const char *title = arena_vprintf(c->arena, fmt, ap);
	va_end(ap);
	int full = card_inner(c) < 60 ? card_inner(c) : 60;
	buf_printf(&line, "── " INK_BOLD "%s" INK_OFF " ", title);
	for (int w = text_width(buf_text(&line)); w < full; w++)
		buf_str(&line, "─");
	add_row(c, cut(c->arena, buf_text(&line), card_inner(c)));
	buf_free(&line);
}

/* ---- tables --------------------------------------------------------------------------------- */

#define COLUMNS_MAX 16
#define GAP 2

struct layout { int width[COLUMNS_MAX]; bool gone[COLUMNS_MAX]; int n; };

static int
layout_total(const struct layout *l)
{
	int total = -GAP;

	for (int i = 0; i < l->n; i++)
		total += l->gone[i] ? 0 : l->width[i] + GAP;
	return total;
}

#define COLUMN_LEAST 4

/* the widest column that may still shrink; those to keep only when `all` */
static int
shrinkable(const struct layout *l, const struct column *columns, bool all)
{
	int best = -1;

	for (int i = 0; i < l->n; i++)
		if (!l->gone[i] && l->width[i] > COLUMN_LEAST && (all || !columns[i].keep) &&
			(best < 0 || l->width[i] > l->width[best]))
			best = i;
	return best;
}

/* what is left to read when a column is narrow: below this an optional column goes instead */
#define COLUMN_READABLE 24

static bool
drop_one(struct layout *l, const struct column *columns)
{
	for (int i = l->n - 1; i >= 0; i--)
		if (columns[i].optional && !l->gone[i])
			return l->gone[i] = true;
	return false;
}

static void
squeeze(struct layout *l, const struct column *columns, int inner)
{
	while (layout_total(l) > inner) {
		int i = shrinkable(l, columns, false);
		if (i >= 0 && l->width[i] > COLUMN_READABLE)
			l->width[i]--;
		else if (drop_one(l, columns))
			continue;
		else if (i >= 0)
			l->width[i]--;
		else if ((i = shrinkable(l, columns, true)) >= 0)
			l->width[i]--;
		else
			return;
	}
}

/* what a dropped column left over goes to those that were cut, the first ones first */
static void
regrow(struct layout *l, const int *wanted, int inner)
{
	for (int i = 0; i < l->n; i++)
		while (!l->gone[i] && l->width[i] < wanted[i] && layout_total(l) < inner)
			l->width[i]++;
}

/* the words that still fit, and text after them; a word wider than the column is broken */
static const char *
words_that_fit(struct arena *a, const char **text, int width)
{
	int got;
	const char *line = prefix(a, *text, width, &got), *space = strrchr(line, ' ');
	size_t n = strlen(line);

	if ((*text)[n] && (*text)[n] != ' ' && space && strspn(line, " ") < (size_t)(space - line))
		n = (size_t)(space - line);
	line = arena_strndup(a, *text, n);
	*text = n ? *text + n + strspn(*text + n, " ") : "";
	return line;
}

static void
table_line(struct card *c, const struct layout *l, const struct column *columns, const char *const *cells,
	const char *ink)
{
	struct buf line = { 0 };
	bool first = true;

	for (int i = 0; i < l->n; i++) {
		if (l->gone[i])
			continue;
		const char *cell = columns[i].right ? fit_right(c->arena, cells[i], l->width[i]) :
			fit(c->arena, cells[i], l->width[i]);
		buf_printf(&line, "%s%s%s%s", first ? "" : "  ", ink, cell, *ink ? INK_OFF : "");
		first = false;
	}
	add_row(c, cut(c->arena, buf_text(&line), card_inner(c)));
	buf_free(&line);
}

static void
table_rule(struct card *c, const struct layout *l, const struct column *columns)
{
	const char *cells[COLUMNS_MAX];

	for (int i = 0; i < l->n; i++) {
		struct buf dashes = { 0 };
		for (int w = 0; w < l->width[i]; w++)
			buf_str(&dashes, "─");
		cells[i] = arena_strdup(c->arena, buf_text(&dashes));
		buf_free(&dashes);
	}
	table_line(c, l, columns, cells, INK_DIM);
}

/* a row, and further lines of it for what does not fit a column that wraps */
static void
table_row(struct card *c, const struct layout *l, const struct column *columns, const char *const *cells)
{
	const char *rest[COLUMNS_MAX], *now[COLUMNS_MAX] = { 0 };
	bool more = true;

	for (int i = 0; i < l->n; i++)
		rest[i] = cells[i];
	while (more) {
		more = false;
		for (int i = 0; i < l->n; i++) {
			now[i] = columns[i].wraps && !l->gone[i] ? words_that_fit(c->arena, &rest[i], l->width[i]) : rest[i];
			if (!columns[i].wraps || l->gone[i])
				rest[i] = "";
			more = more || *rest[i];
		}
		table_line(c, l, columns, now, "");
	}
}

void
card_table(struct card *c, const struct column *columns, int n, const char *const *cells, int rows)
{
	struct layout l = { .n = n < COLUMNS_MAX ? n : COLUMNS_MAX };
	const char *titles[COLUMNS_MAX];
	int wanted[COLUMNS_MAX];

	for (int i = 0; i < l.n; i++) {
		titles[i] = columns[i].title;
		l.width[i] = text_width(titles[i]);
		for (int r = 0; r < rows; r++) {
			int w = text_width(cells[r * n + i]);
			l.width[i] = w > l.width[i] ? w : l.width[i];
		}
		wanted[i] = l.width[i];
	}
	squeeze(&l, columns, card_inner(c));
	regrow(&l, wanted, card_inner(c));
	table_line(c, &l, columns, titles, INK_BOLD);
	table_rule(c, &l, columns);
	for (int r = 0; r < rows; r++)
		table_row(c, &l, columns, cells + r * n);
}

/* ---- bars ----------------------------------------------------------------------------------- */

const char *
bar(struct arena *a, int64_t used, int64_t total, int cells)
{
	static const char *const parts[] = { "", "▏", "▎", "▍", "▌", "▋", "▊", "▉" };
	struct buf b = { 0 };
	int eighths = 0;

	if (total > 0)
		eighths = (int)(used <= 0 ? 0 : used >= total ? cells * 8 :
			lrint((double)used / (double)total * cells * 8));
	buf_byte(&b, '[');
	for (int i = 0; i < cells; i++) {
		int here = eighths - i * 8;
		buf_str(&b, total <= 0 ? "─" : here >= 8 ? "█" : here > 0 ? parts[here] : "░");
	}
	buf_byte(&b, ']');
	const char *text = arena_strdup(a, buf_text(&b));
	buf_free(&b);
	return text;
}

/* ---- writing the box ------------------------------------------------------------------------ */

struct stand_in { uint32_t from; char to; };
static const struct stand_in ascii[] = {
	{ 0x2500, '-' },  { 0x2502, '|' }, { 0x250C, '+' }, { 0x2510, '+' }, { 0x2514, '+' },
	{ 0x2518, '+' },  { 0x251C, '+' }, { 0x2550, '=' }, { 0x2551, '|' }, { 0x2554, '+' },
	{ 0x2557, '+' },  { 0x255A, '+' }, { 0x255D, '+' }, { 0x2588, '#' }, { 0x2589, '#' },
	{ 0x258A, '#' },  { 0x258B, '#' }, { 0x258C, '=' }, { 0x258D, '=' }, { 0x258E, '-' },
	{ 0x258F, '-' },  { 0x2591, '.' }, { 0x25CF, '*' }, { 0x25CB, 'o' }, { 0x2605, '*' },
	{ 0x26A0, '!' },  { 0x2713, '+' }, { 0x2022, '*' }, { 0x2014, '-' }, { 0x2013, '-' },
	{ 0x2026, '~' },  { 0x2192, '>' }, { 0x00B7, '-' }, { 0x00D7, 'x' }, { 0x2019, '\'' },
	{ 0x2018, '\'' }, { 0x25B6, '>' }, { 0x2717, 'x' },
};

static void
write_ascii(struct buf *out, uint32_t cp, int width)
{
	for (size_t i = 0; i < sizeof ascii / sizeof ascii[0]; i++)
		if (ascii[i].from == cp) {
			buf_byte(out, ascii[i].to);
			return;
		}
	for (int i = 0; i < width; i++)
		buf_byte(out, '?');
}

void
text_to_ascii(const char *text, struct buf *out)
{
	const char *p = text, *from = text;
	uint32_t cp;

	for (; utf8_next(&p, &cp); from = p)
		if (cp >= 0x80)
			write_ascii(out, cp, width_of(from, p));
		else
			buf_add(out, from, (size_t)(p - from));
}

static void
write_ink(struct buf *out, char ink, bool colour)
{
	static const char *const codes[] = { [1] = "0",  [2] = "1",    [3] = "2",  [4] = "32",
					     [5] = "33", [6] = "31;1", [7] = "36", [8] = "30;47" };

	if (colour)
		buf_printf(out, "\x1b[%sm", codes[(int)ink]);
}

void
ink_text(const char *text, const struct card_style *s, struct buf *out)
{
	const char *p = text, *from = text;
	uint32_t cp;

	for (; utf8_next(&p, &cp); from = p) {
		if (cp >= 1 && cp <= 8)
			write_ink(out, (char)cp, s->colour);
		else if (s->ascii && cp >= 0x80)
			write_ascii(out, cp, width_of(from, p));
		else
			buf_add(out, from, (size_t)(p - from));
	}
}

struct frame { const char *tl, *tr, *bl, *br, *h, *v; };
static const struct frame frames[] = { { "┌", "┐", "└", "┘", "─", "│" }, { "╔", "╗", "╚", "╝", "═", "║" } };

/* an edge with a word in it, at the left (title) or at the right (clock) */
static void
write_edge(struct card *c, struct buf *out, const char *left, const char *right, const char *h,
	   const char *word, bool at_left, int inside)
{
	struct buf line = { 0 };
	const char *shown = word ? cut(c->arena, word, inside - 4) : NULL;
	int dashes = inside - (shown ? text_width(shown) + 3 : 0);

	buf_str(&line, left);
	for (int i = 0; i < dashes && !at_left; i++)
		buf_str(&line, h);
	if (shown)
		buf_printf(&line, at_left ? "%s " INK_BOLD "%s" INK_OFF " " : " " INK_WARN "%s" INK_OFF " %s",
			   at_left ? h : shown, at_left ? shown : h);
	for (int i = 0; i < dashes && at_left; i++)
		buf_str(&line, h);
	buf_printf(&line, "%s\n", right);
	ink_text(buf_text(&line), &c->style, out);
	buf_free(&line);
}

static int
box_width(const struct card *c)
{
	int w = c->widest + FRAME, title = text_width(c->title) + FRAME + 2;

	w = w < c->least ? c->least : w;
	w = w < title ? title : w;
	return w < c->style.width ? w : c->style.width;
}

void
card_end(struct card *c, struct buf *out)
{
	const struct frame *f = &frames[c->doubled];
	int width = box_width(c);

	write_edge(c, out, f->tl, f->tr, f->h, *c->title ? c->title : NULL, true, width - 2);
	for (const char *p = buf_text(&c->rows); *p;) {
		size_t n = strcspn(p, "\n");
		const char *text = fit(c->arena, arena_strndup(c->arena, p, n), width - FRAME);
		ink_text(f->v, &c->style, out);
		buf_byte(out, ' ');
		ink_text(text, &c->style, out);
		buf_byte(out, ' ');
		ink_text(f->v, &c->style, out);
		buf_byte(out, '\n');
		p += n + 1;
	}
	write_edge(c, out, f->bl, f->br, f->h, c->style.clock, false, width - 2);
	buf_free(&c->rows);
	arena_free(c->arena);
}
