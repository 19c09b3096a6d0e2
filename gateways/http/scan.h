/* scan.h -- a lean, strict JSON reader for hot paths: walks the text itself, allocates nothing.
 *
 * cJSON makes a tree of small allocations, which is fine for one document and too much for fifty thousand usage records a
 * second.  This one hands out spans of the text and decodes strings in place.  It is also how a document is cut down to
 * the wanted fields and how an amount is read digit by digit, without a detour over floating point.
 * The text must have been checked for UTF-8 before; nesting over 64 and everything RFC 8259 forbids is refused. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct span { const char *at; size_t len; };
enum scan_kind { SCAN_NONE, SCAN_OBJECT, SCAN_ARRAY, SCAN_STRING, SCAN_NUMBER, SCAN_TRUE, SCAN_FALSE, SCAN_NULL };
struct scan {
	char *at, *start, *end;
	const char *bad;                     /* what is wrong at `at`; NULL: nothing so far */
	bool fresh;                          /* just behind an opening bracket */
	int depth;
};

struct scan scan_text(char *text, size_t n);
enum scan_kind scan_peek(struct scan *);             /* kind of the value that comes next; SCAN_NONE: no value */
bool scan_enter(struct scan *);                      /* behind the { or [ that comes next */
/* the next member's key, raw between its quotes; false behind the closing bracket, or when bad */
bool scan_member(struct scan *, struct span *key);
bool scan_item(struct scan *);                       /* is there another item? then a value comes next */
bool scan_skip(struct scan *, struct span *raw);     /* checks and steps over a value; raw may be NULL */
/* decodes the string in place: the text behind is overwritten and NUL-terminated; NULL when bad or when it holds U+0000 */
char *scan_string(struct scan *, size_t *len);
bool scan_int(struct scan *, int64_t *);             /* a number without fraction and exponent, at most 18 digits */
bool scan_end(struct scan *);                        /* nothing but blanks is left, and nothing was bad */

bool span_is(struct span, const char *text);
/* the raw value at a dotted path of an object ("price.value"); false: not there.  Text must be JSON already. */
bool scan_find(const char *text, size_t n, const char *dotted, struct span *raw);
