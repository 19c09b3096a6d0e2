/* clone.c -- a deep copy of what a shape says: for what must outlive the memory it was said in. */
#include "core/base/codec.h"

static struct texts
copy_texts(const struct texts *from, struct arena *a)
{
	struct texts to = { arena_array(a, const char *, from->n + 1), from->n };

	for (int i = 0; i < from->n; i++)
		to.v[i] = arena_strdup(a, from->v[i]);
	return to;
}

static struct list
copy_list(const struct list *from, const struct shape *of, struct arena *a)
{
	struct list to = { arena_alloc(a, of->size * (size_t)(from->n + 1)), from->n };

	for (int i = 0; i < from->n; i++)
		shape_copy(of, (char *)from->items + of->size * (size_t)i, a, (char *)to.items + of->size * (size_t)i);
	return to;
}

void
shape_copy(const struct shape *s, const void *from, struct arena *a, void *to)
{
	memcpy(to, from, s->size);
	FOR_EACH_FIELD(f, s)
		switch (f->kind) {
		case FIELD_TEXT: case FIELD_ID: case FIELD_DATE: case FIELD_DECIMAL: case FIELD_JSON:
			*(char **)field_at(f, to) = arena_strdup(a, field_text(f, from));
			break;
		case FIELD_TEXTS:
			*(struct texts *)field_at(f, to) = copy_texts(field_at(f, from), a);
			break;
		case FIELD_LIST:
			*(struct list *)field_at(f, to) = copy_list(field_at(f, from), f->of, a);
			break;
		default:
			break;
		}
}
