/* scan.c -- see scan.h.  The cursor never passes `end`; every step either moves it or says what is bad. */
#include "gateways/http/scan.h"
#include <string.h>
#include "core/base/must.h"

#define MAX_DEPTH 64

struct scan
scan_text(char *text, size_t n)
{
	return (struct scan){ .at = text, .start = text, .end = text + n };
}

static bool
bad(struct scan *s, const char *why)
{
	if (!s->bad)
		s->bad = why;
	return false;
}

static void
blanks(struct scan *s)
{
	while (s->at < s->end && (*s->at == ' ' || *s->at == '\n' || *s->at == '\t' || *s->at == '\r'))
		s->at++;
}

enum scan_kind
scan_peek(struct scan *s)
{
	blanks(s);
	if (s->bad || s->at == s->end)
		return SCAN_NONE;
	switch (*s->at) {
	case '{': return SCAN_OBJECT;
	case '[': return SCAN_ARRAY;
	case '"': return SCAN_STRING;
	case 't': return SCAN_TRUE;
	case 'f': return SCAN_FALSE;
	case 'n': return SCAN_NULL;
	case '-': return SCAN_NUMBER;
	default: return *s->at >= '0' && *s->at <= '9' ? SCAN_NUMBER : SCAN_NONE;
	}
}

bool
scan_enter(struct scan *s)
{
	enum scan_kind k = scan_peek(s);

	if (k != SCAN_OBJECT && k != SCAN_ARRAY)
		return bad(s, "an object or array is expected");
	if (++s->depth > MAX_DEPTH)
		return bad(s, "it is nested too deeply");
	s->at++;
	s->fresh = true;
	return true;
}

/* at the next element; false behind the closing bracket */
static bool
another(struct scan *s, char closing)
{
	blanks(s);
	if (s->bad)
		return false;
	if (s->at < s->end && *s->at == closing) {
		s->at++;
		s->depth--;
		s->fresh = false;
		return false;
	}
	if (!s->fresh) {
		if (s->at == s->end || *s->at != ',')
			return bad(s, "a comma or a closing bracket is expected");
		s->at++;
		blanks(s);
	}
	s->fresh = false;
	return true;
}

static int
hex4(const char *p, const char *end)
{
	int v = 0;

	if (end - p < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		int c = p[i], d = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 :
		    c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
		if (d < 0)
			return -1;
		v = v * 16 + d;
	}
	return v;
}

/* behind the closing quote, what lies between checked for escapes and control characters */
static bool
skip_string(struct scan *s, struct span *inside)
{
	if (s->at == s->end || *s->at != '"')
		return bad(s, "a string is expected");
	char *from = ++s->at;
	for (; s->at < s->end && *s->at != '"'; s->at++) {
		if ((unsigned char)*s->at < 0x20)
			return bad(s, "a control character stands in a string");
		if (*s->at != '\\')
			continue;
		if (++s->at == s->end || !strchr("\"\\/bfnrtu", *s->at) || !*s->at)
			return bad(s, "an unknown escape stands in a string");
		if (*s->at == 'u' && hex4(s->at + 1, s->end) < 0)
			return bad(s, "\\u needs four hexadecimal digits");
	}
	if (s->at >= s->end)
		return bad(s, "a string has no end");
	*inside = (struct span){ from, (size_t)(s->at - from) };
	s->at++;
	return true;
}

bool
scan_member(struct scan *s, struct span *key)
{
	if (!another(s, '}') || !skip_string(s, key))
		return false;
	blanks(s);
	if (s->at == s->end || *s->at != ':')
		return bad(s, "a colon is expected behind a name");
	s->at++;
	return true;
}

bool
scan_item(struct scan *s)
{
	return another(s, ']');
}

static void
digits(struct scan *s, int *n)
{
	for (*n = 0; s->at < s->end && *s->at >= '0' && *s->at <= '9'; s->at++)
		++*n;
}

static bool
skip_number(struct scan *s)
{
	int n;

	if (*s->at == '-')
		s->at++;
	const char *first = s->at;
	digits(s, &n);
	if (n == 0 || (n > 1 && *first == '0'))
		return bad(s, "that is not a number");
	if (s->at < s->end && *s->at == '.') {
		s->at++;
		digits(s, &n);
		if (n == 0)
			return bad(s, "digits are expected behind the point");
	}
	if (s->at < s->end && (*s->at == 'e' || *s->at == 'E')) {
		s->at++;
		if (s->at < s->end && (*s->at == '+' || *s->at == '-'))
			s->at++;
		digits(s, &n);
		if (n == 0)
			return bad(s, "digits are expected in the exponent");
	}
	return true;
}

static bool
skip_word(struct scan *s, const char *word)
{
	size_t n = strlen(word);

	if ((size_t)(s->end - s->at) < n || memcmp(s->at, word, n) != 0)
		return bad(s, "that is not a value");
	s->at += n;
	return true;
}

static bool
skip_container(struct scan *s, bool object)
{
	struct span key;

	if (!scan_enter(s))
		return false;
	while (object ? scan_member(s, &key) : scan_item(s))
		if (!scan_skip(s, NULL))
			return false;
	return !s->bad;
}

bool
scan_skip(struct scan *s, struct span *raw)
{
	struct span inside;
	enum scan_kind k = scan_peek(s);
	const char *from = s->at;
	bool ok;

	switch (k) {
	case SCAN_OBJECT: ok = skip_container(s, true); break;
	case SCAN_ARRAY: ok = skip_container(s, false); break;
	case SCAN_STRING: ok = skip_string(s, &inside); break;
	case SCAN_NUMBER: ok = skip_number(s); break;
	case SCAN_TRUE: ok = skip_word(s, "true"); break;
	case SCAN_FALSE: ok = skip_word(s, "false"); break;
	case SCAN_NULL: ok = skip_word(s, "null"); break;
	default: ok = bad(s, "a value is expected");
	}
	if (ok && raw)
		*raw = (struct span){ from, (size_t)(s->at - from) };
	return ok;
}

/* ---- decoding ---------------------------------------------------------------------------- */

static char *
put_utf8(char *w, uint32_t c)
{
	if (c < 0x80) {
		*w++ = (char)c;
	} else if (c < 0x800) {
		*w++ = (char)(0xC0 | c >> 6);
		*w++ = (char)(0x80 | (c & 0x3F));
	} else if (c < 0x10000) {
		*w++ = (char)(0xE0 | c >> 12);
		*w++ = (char)(0x80 | (c >> 6 & 0x3F));
		*w++ = (char)(0x80 | (c & 0x3F));
	} else {
		*w++ = (char)(0xF0 | c >> 18);
		*w++ = (char)(0x80 | (c >> 12 & 0x3F));
		*w++ = (char)(0x80 | (c >> 6 & 0x3F));
		*w++ = (char)(0x80 | (c & 0x3F));
	}
	return w;
}

/* the code point of \uXXXX at p (behind the u), with its second half; how much was read in *taken; 0 when bad */
static uint32_t
unicode_escape(const char *p, const char *end, int *taken)
{
	int high = hex4(p, end), low;

	*taken = 4;
	if (high <= 0 || (high >= 0xDC00 && high <= 0xDFFF))
		return 0;
	if (high < 0xD800 || high > 0xDBFF)
		return (uint32_t)high;
	if (end - p < 10 || p[4] != '\\' || p[5] != 'u' || (low = hex4(p + 6, end)) < 0xDC00 || low > 0xDFFF)
		return 0;
	*taken = 10;
	return 0x10000 + ((uint32_t)(high - 0xD800) << 10) + (uint32_t)(low - 0xDC00);
}

static char
plain_escape(char c)
{
	switch (c) {
	case 'b': return '\b';
	case 'f': return '\f';
	case 'n': return '\n';
	case 'r': return '\r';
	case 't': return '\t';
	default: return c;
	}
}

static char *
unescape(struct scan *s, char *from, char *end)
{
	char *w = from;

	for (char *r = from; r < end; r++) {
		int taken;
		if (*r != '\\') {
			*w++ = *r;
		} else if (*++r != 'u') {
			*w++ = plain_escape(*r);
		} else {
			uint32_t c = unicode_escape(r + 1, end, &taken);
			if (!c)
				return bad(s, "\\u does not name a character"), NULL;
			w = put_utf8(w, c);
			r += taken;
		}
	}
	return w;
}

char *
scan_string(struct scan *s, size_t *len)
{
	struct span inside;
	blanks(s);
	if (s->bad || !skip_string(s, &inside))
		return NULL;
	char *from = s->start + (inside.at - s->start), *end = from + inside.len;
	if (memchr(from, '\\', inside.len) && !(end = unescape(s, from, end)))
		return NULL;
	*end = 0;                                    /* the closing quote, or bytes that decoding has freed */
	*len = (size_t)(end - from);
	return from;
}

bool
scan_int(struct scan *s, int64_t *out)
{
	struct span raw;
	int64_t v = 0;

	if (scan_peek(s) != SCAN_NUMBER || !scan_skip(s, &raw))
		return false;
	bool minus = raw.at[0] == '-';
	if (raw.len - minus > 18)
		return false;
	for (size_t i = minus; i < raw.len; i++) {
		if (raw.at[i] < '0' || raw.at[i] > '9')
			return false;
		v = v * 10 + (raw.at[i] - '0');
	}
	*out = minus ? -v : v;
	return true;
}

bool
scan_end(struct scan *s)
{
	blanks(s);
	return !s->bad && (s->at == s->end || bad(s, "something follows the end of the document"));
}

bool
span_is(struct span s, const char *text)
{
	return strlen(text) == s.len && memcmp(s.at, text, s.len) == 0;
}

bool
scan_find(const char *text, size_t n, const char *dotted, struct span *raw)
{
	/* only skipping is done here, which writes nothing */
	struct scan s = scan_text((char *)(uintptr_t)text, n);
	struct span key;

	for (const char *name = dotted;;) {
		size_t len = strcspn(name, ".");
		bool found = false;
		if (scan_peek(&s) != SCAN_OBJECT || !scan_enter(&s))
			return false;
		while (!found && scan_member(&s, &key)) {
			found = key.len == len && memcmp(key.at, name, len) == 0;
			if (!found && !scan_skip(&s, NULL))
				return false;
		}
		if (!found)
			return false;
		if (!name[len])
			return scan_skip(&s, raw);
		name += len + 1;
	}
}
