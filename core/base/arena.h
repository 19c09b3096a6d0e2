/* arena.h -- memory by lifetime: everything a message needs is freed at once.
 *
 * Three lifetimes exist: the process, a message (reset at the top of a loop's turn) and scratch.
 * An arena never returns NULL: out of memory ends the process (style.md, habit 9), and whatever
 * was not in the log yet was never true. */
#pragma once
#include <stdarg.h>
#include <stddef.h>
#include <stdbool.h>
#include <string.h>

struct arena;

struct arena *arena_new(void);
void arena_free(struct arena *);          /* runs what arena_own() adopted; NULL is fine */
void arena_reset(struct arena *);         /* the same, and keeps one block for the next turn */
size_t arena_used(const struct arena *);  /* bytes handed out since the last reset */

void *arena_alloc(struct arena *, size_t) __attribute__((malloc));   /* zeroed, 16-byte aligned */
char *arena_strdup(struct arena *, const char *);                    /* NULL stays NULL */
char *arena_strndup(struct arena *, const char *, size_t);
char *arena_printf(struct arena *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
char *arena_join(struct arena *, const char *const *parts, int n);   /* one behind the other */
char *arena_vprintf(struct arena *, const char *fmt, va_list);
void *arena_memdup(struct arena *, const void *, size_t);

/* adopt a foreign resource (PGresult, zmsg, cJSON): freed with the arena, newest first */
void arena_own(struct arena *, void (*release)(void *), void *resource);

#define arena_new_of(a, type)      ((type *)arena_alloc((a), sizeof(type)))
#define arena_array(a, type, n)    ((type *)arena_alloc((a), sizeof(type) * (size_t)(n)))
