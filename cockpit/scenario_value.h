/* scenario_value.h -- values of scenarios: what YAML says, what operations answer, what is expected.
 *
 * A tree of its own because cJSON keeps a number as a double: 20.0 and 20 would be the same, and the language
 * says they are not (a price that should be 20.0 is not the integer 20).  A number keeps the digits it was
 * written with, and is compared by them, exactly. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/error.h"

enum value_kind { VALUE_NULL, VALUE_BOOL, VALUE_INT, VALUE_REAL, VALUE_TEXT, VALUE_LIST, VALUE_MAP };
struct value {
	enum value_kind kind;
	bool truth;                            /* BOOL */
	const char *text;                      /* TEXT; the digits of INT and REAL */
	const char *key;                       /* in a map: its name there */
	int line;                              /* where YAML has it; 0: not from YAML */
	struct value *first, *last, *next;     /* items of LIST and MAP, in order; next: the sibling */
	int n;                                 /* how many items */
};

const char *value_kind_name(enum value_kind);
struct value *value_new(struct arena *, enum value_kind);
struct value *value_text(struct arena *, const char *);        /* NULL makes a null */
struct value *value_int(struct arena *, long long);
struct value *value_bool(struct arena *, bool);
void value_add(struct value *list, struct value *item);        /* the item must be in no other list */
void value_put(struct value *map, const char *key, struct value *item);   /* at the end, whatever was there */
void value_set(struct value *map, const char *key, struct value *item);   /* in the place of what was there */
struct value *value_copy(struct arena *, const struct value *);

#define FOR_EACH_ITEM(i, v)  for (struct value *i = (v)->first; i; i = i->next)
const struct value *value_member(const struct value *map, const char *key);   /* NULL: none */
const struct value *value_item(const struct value *list, int index);

/* JSON, with the digits of numbers as they were written */
struct value *value_from_json(struct arena *, const char *text, size_t n, struct error *);
void value_to_json(const struct value *, struct buf *);
/* what stands in the middle of a text: plain for text, JSON for the rest */
void value_to_text(const struct value *, struct buf *);

/* equal with type: 20.0 is not 20, "20" is neither; maps by name, lists by place */
bool value_equal(const struct value *, const struct value *);
/* -1, 0, 1 for two numbers of either kind, exactly; false: not both numbers */
bool value_compare(const struct value *, const struct value *, int *order);

/* `$.a[0].b`, `$` itself; NULL: nothing there.  A path that is no path is told by value_path_ok(). */
const struct value *value_at_path(const struct value *, const char *path);
bool value_path_ok(const char *path);
/* `balances.data.remaining`: in a list a number is a place, other text the first item so called */
const struct value *value_at_key(const struct value *, const char *dotted);
