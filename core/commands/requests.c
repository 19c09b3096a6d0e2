/* requests.c -- open requests to effects, as world state.
 *
 * An aggregate has at most one open request.  An effect that connects asks for all of its open ones, so nothing that the bus
 * loses is lost; the payload is kept in clear because an effect gets only the fields of its request. */
#include "core/commands/unit.h"
#include <stdio.h>
#include <string.h>
#include "core/base/mem.h"
#include "core/base/must.h"

struct request {
	int64_t position;
	const struct shape *event;
	struct entity *entity;
	struct origin origin;
	char event_id[UUID_TEXT];
	size_t len;
	uint8_t payload[];
};
struct requests { struct world *world; struct ordered *by_position; };

struct requests *
requests_new(struct world *w)
{
	struct requests *r = mem_new(sizeof *r);

	r->world = w;
	r->by_position = ordered_new();
	return r;
}

void
requests_free(struct requests *r)
{
	const struct index_node *at = NULL;

	for (void *q; (q = ordered_next(r->by_position, "", &at));)
		mem_drop(q);
	ordered_destroy(r->by_position);
	mem_drop(r);
}

static const char *
key_of(char out[24], int64_t position)
{
	snprintf(out, 24, "%016llx", (unsigned long long)position);
	return out;
}

void
request_open(struct requests *r, struct entity *e, int64_t position, const struct shape *event, const uint8_t *clear, size_t n,
	const struct origin *origin)
{
	struct request *q = world_keep(r->world, mem_new(sizeof *q + n));
	char key[24];

	request_close(r, e);
	q->position = position;
	q->event = event;
	q->entity = e;
	q->origin = *origin;
	q->len = n;
	memcpy(q->payload, clear, n);
	ordered_put(r->world, r->by_position, key_of(key, position), q);
	e->request = position;           /* the state's bytes are in the journal already */
}

void
request_close(struct requests *r, struct entity *e)
{
	char key[24];
	struct request *q;

	if (!e->request)
		return;
	q = ordered_get(r->by_position, key_of(key, e->request));
	must(q);
	ordered_drop(r->world, r->by_position, key);
	world_give_up(r->world, q);
	e->request = 0;
}

void
request_named(struct requests *r, int64_t position, const char *event_id)
{
	char key[24];
	struct request *q = ordered_get(r->by_position, key_of(key, position));

	if (q)
		snprintf(q->event_id, sizeof q->event_id, "%s", event_id);
}

const struct origin *
request_origin(struct requests *r, const struct entity *e)
{
	char key[24];
	struct request *q = e && e->request ? ordered_get(r->by_position, key_of(key, e->request)) : NULL;

	return q ? &q->origin : NULL;
}

int
requests_list(const struct requests *r, const char *effect, int64_t after, struct open_request *out, int max)
{
	const struct index_node *at = NULL;
	char key[24];
	int n = 0;

	key_of(key, after);
	for (struct request *q; n < max && (q = ordered_next(r->by_position, key, &at));)
		if (strcmp(q->event->effect, effect) == 0) {
			out[n] = (struct open_request){ .position = q->position, .effect = q->event->effect,
				.event = q->event->name,
				.aggregate_id = q->entity->id, .tenant = tenant_name(q->entity->tenant),
				.payload = q->payload, .len = q->len };
			memcpy(out[n++].event_id, q->event_id, UUID_TEXT);
		}
	return n;
}

int64_t
requests_newest(const struct requests *r)
{
	const struct index_node *at = NULL;
	int64_t newest = 0;

	for (struct request *q; (q = ordered_next(r->by_position, "", &at));)
		newest = q->position;
	return newest;
}
