/* tmf.h -- TM Forum's APIs as tables: which resource, which operations, which attribute is which argument.
 *
 * tmf.c does for all resources what TMF630 asks for; a file tmfNNN_*.c holds one API's rows and, where the domain reads
 * more into a body than a row can say, a function of its own.  To add an API: such a file and one word in tmf_apis.c. */
#pragma once
#include "gateways/http/requests.h"
#include "gateways/tmf/criteria.h"
#include "projections/projection.h"

/* an attribute, maybe dotted, that is an argument of the operation; keep: it stays in the document as well */
struct tmf_map { const char *attribute, *argument; bool keep; };

struct tmf_call;
struct tmf_resource {
	const char *name, *type;             /* "productOffering", "ProductOffering" */
	const struct attribute *attributes;
	const struct shape *create, *patch, *remove;         /* NULL: 405 */
	const struct tmf_map *create_map, *patch_map;        /* end with a nameless one */
	const char *const *required;         /* on create; ends with NULL */
	const char *const *fixed;            /* never changed by a patch, beside id and href; ends with NULL */
	/* more than the rows say: fills the arguments from the body; false: answered */
	bool (*create_more)(struct tmf_call *, cJSON *args);
	bool (*patch_more)(struct tmf_call *, cJSON *args);
	/* looks before it creates, then calls tmf_create() itself */
	void (*create_first)(struct tmf_call *);
};
struct tmf_api {
	const char *const *bases;            /* "/tmf-api/usageManagement/v4"; the first is canonical; ends with NULL */
	const struct tmf_resource *resources;/* ends with a nameless one */
};
extern const struct tmf_api *const tmf_apis[];               /* ends with NULL */

struct tmf_call {
	struct request *r;
	const struct tmf_api *api;
	const struct tmf_resource *res;
	const struct read_table *table;
	const char *id;
	struct criteria want;
	cJSON *body, *current;               /* as sent; as it is (PATCH) */
	const struct shape *op;              /* the command; create_more and the like may choose another */
	struct bus_item first; bool has_first;               /* a command that goes before it */
	int64_t total;
	void *state;                         /* of create_first */
};
struct tmf_call *tmf_call_of(struct job *);

bool tmf_route(struct request *);                            /* false: not one of these paths */
/* the body becomes the operation's arguments, is sent, and the new resource is answered */
void tmf_create(struct tmf_call *);
void tmf_bad_body(struct tmf_call *, const char *code, const char *attribute, const char *why);
/* SQL of one document by tenant and id, prepared under *name */
const char *tmf_one_sql(const struct read_table *, struct arena *, const char **name);
const struct tmf_resource *tmf_resource_at(const char *path, const struct tmf_api **, const char **id, struct arena *);
