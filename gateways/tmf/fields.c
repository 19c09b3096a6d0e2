/* fields.c -- see fields.h.  Wanted paths are compared level by level against the keys on the way down. */
#include "gateways/tmf/fields.h"
#include <string.h>
#include "gateways/http/scan.h"

#define LEVELS 12

struct wanted {
	const char *const *paths; int n;
	struct span at[LEVELS]; int depth;   /* the keys we are below */
};
enum wish { UNWANTED, PARTLY, WHOLLY };

static const char *
behind(const char *path, struct span key)
{
	return strncmp(path, key.at, key.len) == 0 && (path[key.len] == '.' || !path[key.len]) ? path + key.len : NULL;
}

static enum wish
wish_of(const struct wanted *w, struct span key)
{
	enum wish most = UNWANTED;

	if (w->depth == 0 && (span_is(key, "id") || span_is(key, "href")))
		return WHOLLY;
	for (int i = 0; i < w->n; i++) {
		const char *rest = w->paths[i];
		for (int d = 0; d < w->depth && rest; d++) {
			rest = behind(rest, w->at[d]);
			rest = rest && *rest == '.' ? rest + 1 : NULL;
		}
		if (rest && (rest = behind(rest, key)))
			most = !*rest ? WHOLLY : most == UNWANTED ? PARTLY : most;
	}
	return most;
}

static void cut_value(struct scan *, struct wanted *, struct buf *);

static void
cut_object(struct scan *s, struct wanted *w, struct buf *out)
{
	struct span key, raw;
	const char *comma = "";

	scan_enter(s);
	buf_byte(out, '{');
	while (scan_member(s, &key)) {
		enum wish wish = wish_of(w, key);
		if (wish == UNWANTED || w->depth == LEVELS - 1) {
			scan_skip(s, NULL);
			continue;
		}
		buf_printf(out, "%s\"%.*s\":", comma, (int)key.len, key.at);
		comma = ",";
		if (wish == WHOLLY) {
			if (scan_skip(s, &raw))
				buf_add(out, raw.at, raw.len);
			continue;
		}
		w->at[w->depth++] = key;
		cut_value(s, w, out);
		w->depth--;
	}
	buf_byte(out, '}');
}

static void
cut_value(struct scan *s, struct wanted *w, struct buf *out)
{
	struct span raw;
	enum scan_kind k = scan_peek(s);

	if (k == SCAN_OBJECT) {
		cut_object(s, w, out);
	} else if (k == SCAN_ARRAY) {
		const char *comma = "";
		scan_enter(s);
		buf_byte(out, '[');
		while (scan_item(s)) {
			buf_str(out, comma);
			comma = ",";
			cut_value(s, w, out);
		}
		buf_byte(out, ']');
	} else if (scan_skip(s, &raw)) {
		buf_add(out, raw.at, raw.len);
	}
}

void
fields_cut(const char *document, size_t n, const char *const *fields, int n_fields, struct buf *out)
{
	/* only skipping is done, which writes nothing */
	struct scan s = scan_text((char *)(uintptr_t)document, n);
	struct wanted w = { .paths = fields, .n = n_fields };

	cut_value(&s, &w, out);
}
