/* event.c -- one event's bytes: canonical form, hash, id, and how it travels on the bus.
 *
 * The canonical bytes are what the chain proves, so nothing here may depend on a version of a library or on
 * the machine.  What comes from the bus is checked byte by byte: a reader never trusts a length. */
#include "core/eventstore/eventstore.h"
#include "core/base/must.h"
#include <string.h>

#define NO_TEXT UINT32_MAX                     /* the length of a subject that is nobody */
#define MAX_STREAM 200                         /* "@tenant/aggregate/ID" */

static void
add_bytes(struct buf *b, const void *bytes, size_t n)
{
	must(n < NO_TEXT);
	buf_be32(b, (uint32_t)n);
	buf_add(b, bytes, n);
}

static void
canonical(struct buf *b, const struct log_event *e)
{
	must(e->position > 0 && e->version > 0 && e->type >= 0 && e->type <= INT16_MAX);
	buf_be64(b, (uint64_t)e->position);
	add_bytes(b, e->stream, strlen(e->stream));
	buf_be64(b, (uint64_t)e->version);
	buf_be16(b, (uint16_t)e->type);
	if (e->subject)
		add_bytes(b, e->subject, strlen(e->subject));
	else
		buf_be32(b, NO_TEXT);
	buf_be64(b, (uint64_t)e->occurred_at);
	buf_be64(b, (uint64_t)e->recorded_at);
	add_bytes(b, e->body, e->body_len);
}

void
event_hash(const uint8_t before[HASH_BYTES], const struct log_event *e, uint8_t out[HASH_BYTES])
{
	struct buf b = { 0 };
	buf_room(&b, 128 + strlen(e->stream) + (e->subject ? strlen(e->subject) : 0) + e->body_len);
	canonical(&b, e);
	hash_2(out, before, HASH_BYTES, b.data, b.len);
	buf_free(&b);
}

char *
event_id(const uint8_t hash[HASH_BYTES], char out[UUID_TEXT])
{
	uint8_t id[16];
	memcpy(id, hash, sizeof id);
	id[6] = (uint8_t)((id[6] & 0x0F) | 0x80);      /* version 8: made in our own way */
	id[8] = (uint8_t)((id[8] & 0x3F) | 0x80);      /* variant of RFC 9562 */
	return uuid_format(id, out);
}

void
event_write(struct buf *b, const struct log_event *e)
{
	canonical(b, e);
	buf_add(b, e->hash, HASH_BYTES);
}

/* ---- reading -------------------------------------------------------------------------- */

struct cursor { const uint8_t *at, *end; };

static bool
take(struct cursor *c, size_t n, const uint8_t **bytes)
{
	if ((size_t)(c->end - c->at) < n)
		return false;
	*bytes = c->at;
	c->at += n;
	return true;
}

static bool
take_number(struct cursor *c, size_t n, uint64_t *v)
{
	const uint8_t *b;
	if (!take(c, n, &b))
		return false;
	*v = 0;
	for (size_t i = 0; i < n; i++)
		*v = *v << 8 | b[i];
	return true;
}

static bool
take_int64(struct cursor *c, int64_t *v)
{
	uint64_t u;
	return take_number(c, 8, &u) && (*v = (int64_t)u, true);
}

static bool
take_text(struct cursor *c, struct arena *a, const char **text, bool may_be_absent)
{
	uint64_t n;
	const uint8_t *b;
	if (!take_number(c, 4, &n))
		return false;
	*text = NULL;
	if (n == NO_TEXT)
		return may_be_absent;
	if (!take(c, (size_t)n, &b) || memchr(b, 0, (size_t)n))
		return false;
	*text = arena_strndup(a, (const char *)b, (size_t)n);
	return true;
}

static bool
take_body(struct cursor *c, struct log_event *e)
{
	uint64_t n;
	if (!take_number(c, 4, &n) || !take(c, (size_t)n, &e->body))
		return false;
	e->body_len = (size_t)n;
	return true;
}

bool
event_read(const uint8_t **at, const uint8_t *end, struct arena *a, struct log_event *e)
{
	struct cursor c = { *at, end };
	uint64_t type;
	const uint8_t *hash;
	if (!take_int64(&c, &e->position) || !take_text(&c, a, &e->stream, false) ||
	    !take_int64(&c, &e->version) || !take_number(&c, 2, &type) ||
	    !take_text(&c, a, &e->subject, true) || !take_int64(&c, &e->occurred_at) ||
	    !take_int64(&c, &e->recorded_at) || !take_body(&c, e) || !take(&c, HASH_BYTES, &hash))
		return false;
	if (e->position < 1 || e->version < 1 || type > INT16_MAX)
		return false;
	e->type = (int)type;
	memcpy(e->hash, hash, HASH_BYTES);
	*at = c.at;
	return true;
}

/* ---- streams ------------------------------------------------------------------------------ */

bool
stream_split(
    const char *stream, struct arena *a, const char **tenant, const char **aggregate, const char **id)
{
	if (!stream || strlen(stream) > MAX_STREAM)
		return false;
	const char *name = stream;
	*tenant = "DEFAULT";
	if (*stream == '@') {
		const char *slash = strchr(stream, '/');
		if (!slash || slash == stream + 1)
			return false;
		*tenant = arena_strndup(a, stream + 1, (size_t)(slash - stream - 1));
		name = slash + 1;
	}
	const char *slash = strchr(name, '/');
	if (!slash || slash == name || !slash[1] || strchr(slash + 1, '/'))
		return false;
	*aggregate = arena_strndup(a, name, (size_t)(slash - name));
	*id = arena_strdup(a, slash + 1);
	return true;
}
