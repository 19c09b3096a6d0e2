/* criteria.h -- what a query string of TMF630 asks for: filters, order, page, attributes.
 *
 * `&` means and; a repeated name, `,` and `;` mean or.  An operator is a suffix (`orderDate.gt=`) or a literal, encoded in
 * the name or raw (`orderDate%3E2026-01-01`, `orderDate>=2026-01-01`).  Attributes may be dotted into objects and arrays;
 * an array matches when one of its elements does.  Everything here is about text: nothing knows SQL or a document. */
#pragma once
#include "core/base/arena.h"
#include "core/base/error.h"

#define CRITERIA_MAX 24                  /* conditions of one request */
#define CRITERIA_QUERY_MAX 4096          /* bytes of a query string */
#define CRITERIA_VALUE_MAX 2048          /* bytes of a value */
#define PAGE_DEFAULT 100
#define PAGE_MAX 1000

/* a first-level attribute of a resource */
enum attribute_kind { ATTR_TEXT, ATTR_BOOL, ATTR_NUMBER, ATTR_OBJECT, ATTR_LIST };
struct attribute { const char *name; enum attribute_kind kind; };

enum criterion_op { IS_EQ, IS_GT, IS_GTE, IS_LT, IS_LTE, IS_REGEX };
struct criterion {
	const char *attribute;           /* "relatedParty.id" */
	enum criterion_op op;
	const char **values; int n;      /* one of them fits */
};
struct any_of { struct criterion *v; int n; };
struct sort_key { const char *attribute; bool down; };
struct criteria {
	struct any_of *all; int n;       /* all of these fit */
	struct sort_key *sort; int n_sort;
	const char **fields; int n_fields; bool has_fields;      /* fields=none: has_fields without any */
	int64_t offset, limit; bool has_page;
};

/* query: as it came, not decoded; NULL none.  INVALID with rule query.* says what is wrong.
 * attributes: those that the resource knows, ending with a nameless one; NULL: any will do */
bool criteria_parse(const char *query, const struct attribute *attributes, struct arena *, struct criteria *, struct error *);
/* by the first name of a dotted path; NULL: unknown */
const struct attribute *attribute_named(const char *attribute, const struct attribute *attributes);

/* the Link header for this page, all other parameters kept; NULL when there is only one page or it would be too long */
char *page_links(struct arena *, const char *path, const char *query, const struct criteria *, int64_t total);
