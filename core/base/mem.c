/* mem.c -- the only other place, beside arena.c and buf.c, that talks to malloc. */
#include "core/base/mem.h"
#include <stdlib.h>
#include <string.h>
#include "core/base/must.h"

void *
mem_new(size_t n)
{
	void *p = calloc(1, n ? n : 1);

	must(p);
	return p;
}

void *
mem_grow(void *p, size_t n)
{
	p = realloc(p, n ? n : 1);
	must(p);
	return p;
}

char *
mem_text(const char *s)
{
	char *copy = strdup(s);

	must(copy);
	return copy;
}

void
mem_drop(void *p)
{
	free(p);
}
