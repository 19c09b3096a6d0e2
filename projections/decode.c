/* decode.c -- an event of the log, taken apart once for all read models.
 *
 * Personal fields are opened with the subject's key; when the key is gone the person was erased, and the field reads
 * "erased".  An event type that this binary does not know stops the projections: guessing would make rows that a
 * newer binary's rebuild does not. */
#include "projections/store.h"
#include <string.h>

static bool
shape_of(const struct log_event *e, const struct happened *h, const struct shape **shape, struct error *err)
{
	*shape = event_shape(e->type);
	if (!*shape || h->env.schema_version > (*shape)->version + ((*shape)->version == 0)) {
		error_set(err, ERROR_UNAVAILABLE, "projection.unknown_event",
		    "Event type %d version %d at position %lld is newer than this program", e->type,
		    h->env.schema_version, (long long)e->position);
		return error_hint(err, "install the version that wrote it");
	}
	return true;
}

bool
happened_read(const struct log_event *e, const struct keys *keys, struct arena *a, struct happened *h, struct error *err)
{
	const uint8_t *payload;
	size_t n;
	void *data;
	struct sealing sealing = { NULL, e->stream };

	*h = (struct happened){ .log = *e, .arena = a };
	h->log.stream = arena_strdup(a, e->stream);
	h->log.subject = arena_strdup(a, e->subject);
	h->log.body = NULL;                  /* belongs to the reader */
	h->log.body_len = 0;
	if (!envelope_unpack(e->body, e->body_len, a, &h->env, &payload, &n, err) || !shape_of(e, h, &h->shape, err))
		return false;
	if (!stream_split(e->stream, a, &h->tenant, &h->aggregate, &h->id))
		return error_set(err, ERROR_INVALID, "projection.bad_stream", "Position %lld names no stream",
			(long long)e->position);
	if (keys && keys->ring && e->subject && shape_has_personal(h->shape) &&
	    !key_ring_find(keys->ring, keys->pg, h->tenant, e->subject, &sealing.key, err))
		return false;
	h->data = data = arena_alloc(a, h->shape->size);
	return shape_unpack(h->shape, payload, n, a, data, &sealing, err);
}
