/* mem.h -- memory of the longest lifetime: what the world and the tables of a process are made of.
 * Never NULL: out of memory ends the process.  Messages and requests use an arena instead. */
#pragma once
#include <stddef.h>

void *mem_new(size_t) __attribute__((malloc));       /* zeroed */
void *mem_grow(void *, size_t);
char *mem_text(const char *);
void mem_drop(void *);                               /* NULL is fine */
