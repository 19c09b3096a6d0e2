/* text.h -- UTF-8, and how wide it is on a terminal. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool utf8_valid(const char *, size_t n);            /* also refuses NUL, surrogates and overlong forms */
size_t utf8_prefix(const char *, size_t);             /* how many bytes from the start are valid */
int utf8_next(const char **p, uint32_t *codepoint);  /* bytes taken, 0 at the end */
int text_width(const char *);                        /* columns on a terminal: wide 2, combining 0 */
bool text_id_ok(const char *);                       /* 1..63 of A-Z a-z 0-9 _ . : + @ - */
bool text_blank(const char *);                       /* NULL, empty or only white space */
bool text_has_word(const char *list, const char *word);   /* words of the list stand apart by single blanks */
char *camel_case(const char *snake, char *out, size_t n);    /* given_name -> givenName */
char *snake_case(const char *camel, char *out, size_t n);
int text_distance(const char *a, const char *b);     /* edits between two names, for "did you mean" */
