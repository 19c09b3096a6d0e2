/* told.c -- an event as people may see it.
 *
 * Personal fields are opened for those who may administer, and read "erased" when the person's key is gone;
 * for everybody else they are stars.  What opens an account or compares identity documents is stars for
 * everybody. */
#include "gateways/history/history.h"
#include <string.h>
#include "core/base/codec.h"
#include "core/base/must.h"

#define STARS "***"

static bool
never_shown(const struct field *f)
{
	return f->secret || strcmp(f->name, "token") == 0 || strcmp(f->name, "document_hash") == 0;
}

static void
mask(const struct shape *s, void *obj, bool all)
{
	FOR_EACH_FIELD(f, s)
	{
		if (f->kind == FIELD_LIST) {
			struct list *l = field_at(f, obj);

			for (int i = 0; i < l->n; i++)
				mask(f->of, (char *)l->items + (size_t)i * f->of->size, all);
		} else if (f->personal && field_text(f, obj) && (all || never_shown(f))) {
			*(const char **)field_at(f, obj) = f->kind == FIELD_JSON ? "\"" STARS "\"" : STARS;
		}
	}
}

bool
told_envelope(const struct log_event *e, struct arena *a, struct told *t, struct error *err)
{
	const uint8_t *payload;
	size_t n;

	*t = (struct told){ .log = *e, .shape = event_shape(e->type) };
	if (!envelope_unpack(e->body, e->body_len, a, &t->env, &payload, &n, err))
		return false;
	if (!stream_split(e->stream, a, &t->tenant, &t->aggregate, &t->id))
		return error_set(err, ERROR_INVALID, "log.bad_stream", "Position %lld names no stream",
				 (long long)e->position);
	t->aggregate_no = aggregate_of(t->aggregate, strlen(t->aggregate));
	t->log.stream = arena_strdup(a, e->stream);
	t->log.subject = arena_strdup(a, e->subject);
	t->log.body = NULL; /* belongs to the reader */
	t->log.body_len = 0;
	return true;
}

/* a payload that this binary cannot read hides neither the event nor its neighbours */
bool
told_payload(struct question *q, const struct log_event *e, struct told *t, struct error *err)
{
	struct sealing sealing = { NULL, e->stream };
	struct envelope again;
	const uint8_t *payload;
	size_t n;
	bool personal = t->shape && shape_has_personal(t->shape);
	struct error unreadable = { 0 };

	if (!t->shape)
		return true;
	if (personal && q->admin && e->subject &&
	    !key_ring_find(q->keys, q->h->side, t->tenant, e->subject, &sealing.key, err))
		return false;
	must(envelope_unpack(e->body, e->body_len, q->arena, &again, &payload, &n, &unreadable));
	t->data = arena_alloc(q->arena, t->shape->size);
	if (!shape_unpack(t->shape, payload, n, q->arena, t->data, &sealing, &unreadable))
		t->data = NULL;
	else if (personal)
		mask(t->shape, t->data, !q->admin);
	return true;
}

const char *
told_name(const struct told *t, struct arena *a, bool alias)
{
	if (!t->shape)
		return arena_printf(a, "unknown.%d", t->log.type);
	return alias && t->shape->alias ? t->shape->alias : t->shape->name;
}

static void
put_payload(const struct told *t, struct json *j)
{
	struct buf text = { 0 };

	if (t->data)
		shape_to_json(t->shape, t->data, &text, false);
	json_put_raw(j, "payload", t->data ? buf_text(&text) : NULL);
	buf_free(&text);
}

static const char *
or_null(const char *text)
{
	return text && *text ? text : NULL;
}

void
told_json(const struct told *t, struct arena *a, struct json *j)
{
	char id[UUID_TEXT];

	json_put_int(j, "position", t->log.position);
	json_put(j, "eventId", event_id(t->log.hash, id));
	json_put(j, "eventType", told_name(t, a, true));
	json_put(j, "eventName", told_name(t, a, false));
	json_put(j, "aggregateType", t->aggregate_no < 0 ? t->aggregate : aggregate_alias(t->aggregate_no));
	json_put(j, "aggregateId", t->id);
	json_put(j, "stream", t->log.stream);
	json_put_int(j, "version", t->log.version);
	json_put(j, "subject", t->log.subject);
	json_put_time(j, "occurredAt", t->log.occurred_at);
	json_put_time(j, "recordedAt", t->log.recorded_at);
	json_put(j, "traceId", or_null(t->env.trace));
	json_put(j, "actor", t->env.actor);
	json_put(j, "channel", t->env.channel);
	json_put(j, "tenantId", t->tenant);
	json_put(j, "serviceIdentity", t->env.identity);
	json_put(j, "correlation", or_null(t->env.correlation));
	json_put(j, "cause", or_null(t->env.cause));
	put_payload(t, j);
	json_put_int(j, "schemaVersion", t->env.schema_version);
	json_put_bool(j, "publishedToMq", true);
}
