/* shape_problems.h -- all that is wrong with some arguments, collected to be said at once.
 *
 * Private to the files that check and read shapes (shape_check.c, codec_json.c, field_text.c): a caller who
 * learns of one mistake per attempt, be it a person or a language model, needs as many attempts as mistakes. */
#pragma once
#include "core/base/buf.h"
#include "core/base/codec.h"

#define MAX_LIST_NESTING 8
#define TEXT_UPTO 4096
#define JSON_UPTO 65536
#define ITEMS_UPTO 1000

struct problems { struct buf fields, sentence, seen; int count, unsaid; };

/* a field (its path within lists) is named once, for the first thing that is wrong with it */
void problem_add(struct problems *, const char *path, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* true when there are none; otherwise fills *err; frees in both cases */
bool problems_report(struct problems *, const struct shape *, struct error *);

/* path of a field inside an outer path: "" and "name" -> "name"; "lines[0]" and "name" -> "lines[0].name";
 * out is used only when there is something to join */
#define PATH_MAX_ 160
const char *path_join(char out[PATH_MAX_], const char *outer, const char *name);
const char *path_item(char out[PATH_MAX_], const char *outer, int i);

/* one field's value against its row, all fields of an object, filling in fallbacks */
void check_field(struct problems *, const struct field *, void *obj, const char *outer, int nesting);
void check_object(struct problems *, const struct shape *, void *obj, const char *outer, int nesting);
void unknown_field(struct problems *, const struct shape *, const char *name, const char *outer);
/* text of the one form that each kind of scalar has; false with a reason */
bool scalar_from_text(const struct field *, const char *text, void *obj, const char **why);
bool json_is_wellformed(const char *text);
