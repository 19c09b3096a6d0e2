/* keep.c -- copies a text into an array member of a state.
 *
 * The door has checked the lengths, so nothing is cut off in practice; a member stays a C string whatever comes, because
 * replay must be total. */
#include <string.h>
#include "core/commands/world.h"

void
keep_text(char *member, size_t size, const char *text)
{
	size_t n = text ? strlen(text) : 0;

	if (n >= size)
		n = size - 1;
	if (n)
		memcpy(member, text, n);
	memset(member + n, 0, size - n);         /* nothing of the old text stays behind */
}
