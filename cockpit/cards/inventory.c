/* inventory.c -- numbers, eSIMs, and the code that a handset scans. */
#include <qrencode.h>
#include <string.h>
#include "cockpit/cards/cards.h"
#include "core/base/text.h"

/* all but the last four characters */
static const char *
masked(struct card *c, const char *secret)
{
	struct buf b = { 0 };
	size_t n = strlen(secret);

	if (n <= 4 || strcmp(secret, "—") == 0)
		return secret;
	for (size_t i = 0; i + 4 < n; i++)
		buf_str(&b, "•");
	buf_str(&b, secret + n - 4);
	const char *text = arena_strdup(c->arena, buf_text(&b));
	buf_free(&b);
	return text;
}

static const char *
lpa_of(struct card *c, const cJSON *esim)
{
	const char *code = card_text_or(c, esim, "activationCode", NULL);
	const char *server = card_text_or(c, esim, "smdpServer", NULL),
		   *match = card_text_or(c, esim, "matchingId", NULL);

	if (code && strncmp(code, "LPA:", 4) == 0)
		return code;
	if (code)
		return arena_printf(c->arena, "LPA:1$%s", code);
	return server && match ? arena_printf(c->arena, "LPA:1$%s$%s", server, match) : NULL;
}

#define QUIET 2                        /* light modules around the code: cameras need some, also on a dark terminal */

static bool
dark(const QRcode *q, int x, int y)
{
	x -= QUIET;
	y -= QUIET;
	return x >= 0 && y >= 0 && x < q->width && y < q->width && (q->data[y * q->width + x] & 1);
}

static void
centred(struct card *c, const char *text)
{
	int left = (card_inner(c) < 60 ? card_inner(c) : 60) - text_width(text);

	card_row(c, "%*s" INK_PAPER "%s" INK_OFF, left > 0 ? left / 2 : 0, "", text);
}

/* two modules to a character: a cell of a terminal is twice as high as wide */
static void
qr_blocks(struct card *c, const QRcode *q)
{
	static const char *const cells[] = { " ", "▀", "▄", "█" };
	int side = q->width + 2 * QUIET;

	for (int y = 0; y < side; y += 2) {
		struct buf row = { 0 };
		for (int x = 0; x < side; x++)
			buf_str(&row, cells[dark(q, x, y) | dark(q, x, y + 1) << 1]);
		centred(c, buf_text(&row));
		buf_free(&row);
	}
}

static void
qr_ascii(struct card *c, const QRcode *q)
{
	int side = q->width + 2 * QUIET;

	for (int y = 0; y < side; y++) {
		struct buf row = { 0 };
		for (int x = 0; x < side; x++)
			buf_str(&row, dark(q, x, y) ? "##" : "  ");
		centred(c, buf_text(&row));
		buf_free(&row);
	}
}

static void
qr(struct card *c, const char *text)
{
	QRcode *q = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
	int columns = q ? (q->width + 2 * QUIET) * (c->style.ascii ? 2 : 1) : 0;

	if (!q) {
		card_row(c, "(the code is too long to draw)");
		return;
	}
	if (columns > card_inner(c))
		card_row(c, "(the code needs %d columns)", columns + 4);
	else if (c->style.ascii)
		qr_ascii(c, q);
	else
		qr_blocks(c, q);
	QRcode_free(q);
}

void
card_esim(const cJSON *json, const struct card_style *style, struct buf *out)
{
	struct card c = card_new(style, 64, "%s", "");
	const char *state = card_text_or(&c, json, "profileState", card_text_or(&c, json, "state", NULL)),
		   *number = card_text_or(&c, json, "msisdn", card_text_or(&c, json, "assignedMsisdn", NULL)),
		   *lpa = lpa_of(&c, json);

	c.title = arena_printf(c.arena, "eSIM activation%s%s", state ? "  " : "",
			       state ? card_state(&c, state) : "");
	card_pair(&c, 7, "ICCID", "%s", masked(&c, card_text(&c, json, "iccid")));
	if (card_text_or(&c, json, "imsi", NULL))
		card_pair(&c, 7, "IMSI", "%s", masked(&c, card_text(&c, json, "imsi")));
	if (number)
		card_pair(&c, 7, "Number", "%s", card_msisdn(&c, number));
	card_blank(&c);
	if (lpa) {
		card_row(&c, "Scan with the handset's camera:");
		qr(&c, lpa);
		card_row(&c, "Or type the code:");
		card_wrapped(&c, lpa);
	} else {
		card_row(&c, "(no activation code yet)");
	}
	card_end(&c, out);
}

static const char *
number(struct card *c, const cJSON *row)
{
	return card_msisdn(c, card_text(c, row, "msisdn"));
}

static const char *
reserved(struct card *c, const cJSON *row)
{
	return card_when(c, row, "reservedAt", 16);
}

void
card_msisdn_list(const cJSON *json, const struct card_style *style, struct buf *out)
{
	static const struct column columns[] = { { .title = "Number", .keep = true },
						 { .title = "State" },
						 { .title = "Assigned to", .optional = true },
						 { .title = "Reserved", .optional = true } };
	static const struct cell cells[] = {
		{ .show = number }, { "status" }, { "assignedToSubscriptionId" }, { .show = reserved }
	};
	struct card c = card_new(style, 40, "MSISDN pool (%d shown)", cJSON_GetArraySize(json));

	card_list_table(&c, card_list(json, NULL), columns, cells, 4, 1000, "no MSISDNs match");
	card_end(&c, out);
}

void
card_msisdn_count(const cJSON *json, const struct card_style *style, struct buf *out)
{
	static const char *const states[] = { "available",  "reserved",   "assigned",
					      "quarantine", "ported_out", "total" };
	struct card c = card_new(style, 40, "%s", "");
	const char *with = card_text_or(&c, json, "prefix", NULL);

	c.title = arena_printf(c.arena, "MSISDN pool%s%s", with ? " " : "", with ? with : "");
	for (size_t i = 0; i < sizeof states / sizeof states[0]; i++)
		card_row(&c, "%-12s %8lld", states[i], (long long)card_int(json, states[i], 0));
	card_end(&c, out);
}

static const char *
esim_number(struct card *c, const cJSON *row)
{
	return card_msisdn(c, card_text(c, row, "assignedMsisdn"));
}

static const char *
esim_state(struct card *c, const cJSON *row)
{
	return card_text_or(c, row, "profileState", card_text(c, row, "state"));
}

void
card_esim_list(const cJSON *json, const struct card_style *style, struct buf *out)
{
	static const struct column columns[] = { { .title = "ICCID", .keep = true },
						 { .title = "State" },
						 { .title = "Number", .optional = true } };
	static const struct cell cells[] = { { "iccid" }, { .show = esim_state }, { .show = esim_number } };
	struct card c = card_new(style, 40, "eSIM pool (%d shown)", cJSON_GetArraySize(json));

	card_list_table(&c, card_list(json, NULL), columns, cells, 3, 1000, "no eSIM profiles match");
	card_end(&c, out);
}

void
card_number(const cJSON *json, const struct card_style *style, struct buf *out)
{
	struct card c = card_new(style, 50, "%s", "");
	const char *line = card_text_or(&c, json, "assignedToSubscriptionId", NULL);

	c.title = arena_printf(c.arena, "Number %s", card_msisdn(&c, card_text(&c, json, "msisdn")));
	card_pair(&c, 8, "State", "%s", card_state(&c, card_text(&c, json, "status")));
	card_pair(&c, 8, "Line", "%s", line ? line : "—");
	card_end(&c, out);
}
