/* url.c -- see url.h */
#include "gateways/http/url.h"
#include "core/base/text.h"

static int
hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

char *
url_decode(struct arena *a, const char *s, size_t n, bool plus)
{
	char *out = arena_alloc(a, n + 1), *w = out;

	for (size_t i = 0; i < n; i++) {
		if (s[i] == '+' && plus) {
			*w++ = ' ';
		} else if (s[i] != '%') {
			*w++ = s[i];
		} else {
			int high = n - i > 2 ? hex_digit(s[i + 1]) : -1, low = n - i > 2 ? hex_digit(s[i + 2]) : -1;
			if (high < 0 || low < 0 || (high | low) == 0)
				return NULL;
			*w++ = (char)(high << 4 | low);
			i += 2;
		}
	}
	return utf8_valid(out, (size_t)(w - out)) ? out : NULL;
}
