/* text.c -- UTF-8 and the width of characters.
 *
 * The C library's wcwidth() answers by the process' locale, which a daemon, a test and a terminal do not
 * share; cards must line up in all of them, so the ranges that matter are listed here. */
#include "core/base/text.h"
#include <string.h>

/* the code point at p (at most n bytes), its length in *taken; 0 for anything that is not valid UTF-8 */
static int
decode(const unsigned char *p, size_t n, uint32_t *cp)
{
	if (n == 0)
		return 0;
	if (p[0] < 0x80) {
		*cp = p[0];
		return 1;
	}
	int len = p[0] >= 0xF0 ? 4 : p[0] >= 0xE0 ? 3 : p[0] >= 0xC2 ? 2 : 0;
	if (len == 0 || p[0] > 0xF4 || n < (size_t)len)
		return 0;
	uint32_t c = p[0] & (0x7Fu >> len);
	for (int i = 1; i < len; i++) {
		if ((p[i] & 0xC0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3Fu);
	}
	if ((len == 3 && c < 0x800) || (len == 4 && (c < 0x10000 || c > 0x10FFFF)) || (c >= 0xD800 && c <= 0xDFFF))
		return 0;
	*cp = c;
	return len;
}

/* eight bytes that are all 1..127: the common case is checked a word at a time */
static bool
plain_word(const unsigned char *p)
{
	uint64_t w;
	memcpy(&w, p, sizeof w);
	uint64_t high = UINT64_C(0x8080808080808080), low = UINT64_C(0x0101010101010101);
	return ((w | (w - low)) & high) == 0;
}

size_t
utf8_prefix(const char *text, size_t n)
{
	const unsigned char *start = (const unsigned char *)text, *p = start, *end = p + n;
	while (p < end) {
		uint32_t cp;
		if (end - p >= 8 && plain_word(p)) {
			p += 8;
			continue;
		}
		int len = decode(p, (size_t)(end - p), &cp);
		if (len == 0 || cp == 0)
			break;
		p += len;
	}
	return (size_t)(p - start);
}

bool
utf8_valid(const char *text, size_t n)
{
	return utf8_prefix(text, n) == n;
}

int
utf8_next(const char **p, uint32_t *cp)
{
	if (**p == 0)
		return 0;
	int len = decode((const unsigned char *)*p, strnlen(*p, 4), cp);
	if (len == 0) {                        /* a broken byte counts as one replacement character */
		*cp = 0xFFFD;
		len = 1;
	}
	*p += len;
	return len;
}

struct range { uint32_t first, last; };

static const struct range no_width[] = {
	{ 0x0300, 0x036F }, { 0x0483, 0x0489 }, { 0x0591, 0x05BD }, { 0x05BF, 0x05BF }, { 0x05C1, 0x05C2 },
	{ 0x05C4, 0x05C5 }, { 0x05C7, 0x05C7 }, { 0x0610, 0x061A }, { 0x064B, 0x065F }, { 0x0670, 0x0670 },
	{ 0x06D6, 0x06DC }, { 0x06DF, 0x06E4 }, { 0x06E7, 0x06E8 }, { 0x06EA, 0x06ED }, { 0x0900, 0x0902 },
	{ 0x093A, 0x093A }, { 0x093C, 0x093C }, { 0x0941, 0x0948 }, { 0x094D, 0x094D }, { 0x0951, 0x0957 },
	{ 0x0BC0, 0x0BC0 }, { 0x0BCD, 0x0BCD }, { 0x0E31, 0x0E31 }, { 0x0E34, 0x0E3A }, { 0x0E47, 0x0E4E },
	{ 0x0EB1, 0x0EB1 }, { 0x0EB4, 0x0EBC }, { 0x1160, 0x11FF }, { 0x1AB0, 0x1ACE }, { 0x1DC0, 0x1DFF },
	{ 0x200B, 0x200F }, { 0x202A, 0x202E }, { 0x2060, 0x2064 }, { 0x20D0, 0x20F0 }, { 0x302A, 0x302D },
	{ 0x3099, 0x309A }, { 0xFE00, 0xFE0F }, { 0xFE20, 0xFE2F }, { 0xFEFF, 0xFEFF }, { 0x1F3FB, 0x1F3FF },
	{ 0xE0001, 0xE007F }, { 0xE0100, 0xE01EF },
};

static const struct range wide[] = {
	{ 0x1100, 0x115F }, { 0x231A, 0x231B }, { 0x2329, 0x232A }, { 0x23E9, 0x23EC }, { 0x23F0, 0x23F0 },
	{ 0x23F3, 0x23F3 }, { 0x25FD, 0x25FE }, { 0x2614, 0x2615 }, { 0x2648, 0x2653 }, { 0x267F, 0x267F },
	{ 0x2693, 0x2693 }, { 0x26A1, 0x26A1 }, { 0x26AA, 0x26AB }, { 0x26BD, 0x26BE }, { 0x26C4, 0x26C5 },
	{ 0x26CE, 0x26CE }, { 0x26D4, 0x26D4 }, { 0x26EA, 0x26EA }, { 0x26F2, 0x26F3 }, { 0x26F5, 0x26F5 },
	{ 0x26FA, 0x26FA }, { 0x26FD, 0x26FD }, { 0x2705, 0x2705 }, { 0x270A, 0x270B }, { 0x2728, 0x2728 },
	{ 0x274C, 0x274C }, { 0x274E, 0x274E }, { 0x2753, 0x2755 }, { 0x2757, 0x2757 }, { 0x2795, 0x2797 },
	{ 0x27B0, 0x27B0 }, { 0x27BF, 0x27BF }, { 0x2B1B, 0x2B1C }, { 0x2B50, 0x2B50 }, { 0x2B55, 0x2B55 },
	{ 0x2E80, 0x303E }, { 0x3041, 0x33FF }, { 0x3400, 0x4DBF }, { 0x4E00, 0xA4CF }, { 0xA960, 0xA97F },
	{ 0xAC00, 0xD7A3 }, { 0xF900, 0xFAFF }, { 0xFE30, 0xFE6F }, { 0xFF00, 0xFF60 }, { 0xFFE0, 0xFFE6 },
	{ 0x16FE0, 0x18DFF }, { 0x1B000, 0x1B2FF }, { 0x1F004, 0x1F004 }, { 0x1F0CF, 0x1F0CF },
	{ 0x1F18E, 0x1F18E }, { 0x1F191, 0x1F19A }, { 0x1F200, 0x1F320 }, { 0x1F32D, 0x1F335 },
	{ 0x1F337, 0x1F37C }, { 0x1F37E, 0x1F393 }, { 0x1F3A0, 0x1F3CA }, { 0x1F3CF, 0x1F3D3 },
	{ 0x1F3E0, 0x1F3F0 }, { 0x1F3F4, 0x1F3F4 }, { 0x1F3F8, 0x1F43E }, { 0x1F440, 0x1F440 },
	{ 0x1F442, 0x1F4FC }, { 0x1F4FF, 0x1F53D }, { 0x1F54B, 0x1F54E }, { 0x1F550, 0x1F567 },
	{ 0x1F57A, 0x1F57A }, { 0x1F595, 0x1F596 }, { 0x1F5A4, 0x1F5A4 }, { 0x1F5FB, 0x1F64F },
	{ 0x1F680, 0x1F6C5 }, { 0x1F6CC, 0x1F6CC }, { 0x1F6D0, 0x1F6D2 }, { 0x1F6D5, 0x1F6D7 },
	{ 0x1F6DC, 0x1F6DF }, { 0x1F6EB, 0x1F6EC }, { 0x1F6F4, 0x1F6FC }, { 0x1F7E0, 0x1F7EB },
	{ 0x1F7F0, 0x1F7F0 }, { 0x1F90C, 0x1F93A }, { 0x1F93C, 0x1F945 }, { 0x1F947, 0x1F9FF },
	{ 0x1FA70, 0x1FAFF }, { 0x20000, 0x2FFFD }, { 0x30000, 0x3FFFD },
};

static bool
in_ranges(const struct range *r, size_t n, uint32_t cp)
{
	size_t low = 0, high = n;
	while (low < high) {
		size_t mid = (low + high) / 2;
		if (cp > r[mid].last)
			low = mid + 1;
		else if (cp < r[mid].first)
			high = mid;
		else
			return true;
	}
	return false;
}

int
text_width(const char *s)
{
	int width = 0;
	uint32_t cp;
	while (s && utf8_next(&s, &cp)) {
		if (cp < 0x20 || (cp >= 0x7F && cp < 0xA0))
			continue;
		if (cp < 0x300)
			width++;
		else if (in_ranges(no_width, sizeof no_width / sizeof no_width[0], cp))
			continue;
		else
			width += in_ranges(wide, sizeof wide / sizeof wide[0], cp) ? 2 : 1;
	}
	return width;
}

static bool
alphanumeric(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool
text_id_ok(const char *s)
{
	size_t n = 0;
	for (; s && s[n]; n++)
		if (n >= 63 || !(alphanumeric(s[n]) || strchr("_.:+@-", s[n])))
			return false;
	return n > 0;
}

bool
text_blank(const char *s)
{
	return !s || s[strspn(s, " \t\r\n\v\f")] == 0;
}

char *
camel_case(const char *snake, char *out, size_t n)
{
	size_t o = 0;
	bool upper = false;
	for (const char *p = snake; *p && o + 1 < n; p++) {
		if (*p == '_' && o > 0 && p[1]) {
			upper = true;
			continue;
		}
		out[o++] = upper && *p >= 'a' && *p <= 'z' ? (char)(*p - 'a' + 'A') : *p;
		upper = false;
	}
	if (n)
		out[o] = 0;
	return out;
}

char *
snake_case(const char *camel, char *out, size_t n)
{
	size_t o = 0;
	for (const char *p = camel; *p && o + 2 < n; p++) {
		bool upper = *p >= 'A' && *p <= 'Z';
		if (upper && o > 0 && out[o - 1] != '_')
			out[o++] = '_';
		out[o++] = upper ? (char)(*p - 'A' + 'a') : *p;
	}
	if (n)
		out[o] = 0;
	return out;
}

static int
least(int a, int b, int c)
{
	int m = a < b ? a : b;
	return m < c ? m : c;
}

int
text_distance(const char *a, const char *b)
{
	enum { LONGEST = 64 };
	int row[LONGEST + 1];
	size_t an = strlen(a), bn = strlen(b);
	if (an > LONGEST || bn > LONGEST)
		return LONGEST;
	for (size_t j = 0; j <= bn; j++)
		row[j] = (int)j;
	for (size_t i = 1; i <= an; i++) {
		int diagonal = row[0];
		row[0] = (int)i;
		for (size_t j = 1; j <= bn; j++) {
			int above = row[j];
			row[j] = least(above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1]));
			diagonal = above;
		}
	}
	return row[bn];
}

bool
text_has_word(const char *list, const char *word)
{
	size_t n = strlen(word);

	for (const char *p = list; (p = strstr(p, word)); p += n)
		if ((p == list || p[-1] == ' ') && (p[n] == 0 || p[n] == ' '))
			return true;
	return false;
}
