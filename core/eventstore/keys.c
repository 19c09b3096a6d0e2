/* keys.c -- one key per person, so that deleting it deletes the person.
 *
 * A key lies in the database wrapped by the master key, which does not, and bound to its owner's name, so
 * that a key moved to another row does not open.  In memory they are a hash table; a dropped entry is wiped and
 * freed, its place stays marked until the table is made anew.
 *
 * To "erase" by mistake is worse than to stop: when the database cannot be asked or a key does not open, the
 * process ends, and its supervisor starts it again. */
#include "core/base/mem.h"
#include "core/base/must.h"
#include "core/eventstore/eventstore.h"
#include <stdio.h>
#include <string.h>

struct entry { uint64_t hash; uint8_t key[KEY_BYTES]; size_t len; char name[]; };

struct key_ring {
	struct pg *pg;                               /* looked up on a miss; NULL: not */
	uint8_t master[KEY_BYTES];
	struct entry **slots;
	size_t size, used, live;                     /* used counts dropped places too */
};

#define NAME_MAX_ 192
static struct entry dropped;                         /* marks a place that was in use */

/* "tenant NUL subject": also what the wrapped key is bound to */
static size_t
name_of(const char *tenant, const char *subject, char out[NAME_MAX_])
{
	int n = snprintf(out, NAME_MAX_, "%s%c%s", tenant, 0, subject);
	must(n > 0 && n < NAME_MAX_);
	return (size_t)n;
}

static uint64_t
hash_of(const char *name, size_t n)
{
	uint64_t h = UINT64_C(14695981039346656037);
	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)name[i]) * UINT64_C(1099511628211);
	return h ^ h >> 29;
}

struct key_ring *
key_ring_new(const uint8_t master[KEY_BYTES])
{
	struct key_ring *ring = mem_new(sizeof *ring);
	crypt_start();
	ring->size = 1024;
	ring->slots = mem_new(ring->size * sizeof *ring->slots);
	memcpy(ring->master, master, KEY_BYTES);
	return ring;
}

static void
wipe(struct entry *e)
{
	if (!e || e == &dropped)
		return;
	explicit_bzero(e->key, KEY_BYTES);
	mem_drop(e);
}

void
key_ring_free(struct key_ring *ring)
{
	if (!ring)
		return;
	for (size_t i = 0; i < ring->size; i++)
		wipe(ring->slots[i]);
	explicit_bzero(ring->master, KEY_BYTES);
	mem_drop(ring->slots);
	mem_drop(ring);
}

static struct entry **
place_of(const struct key_ring *ring, const char *name, size_t n, uint64_t hash)
{
	size_t i = hash & (ring->size - 1);
	while (ring->slots[i]) {
		const struct entry *e = ring->slots[i];
		if (e != &dropped && e->hash == hash && e->len == n && memcmp(e->name, name, n) == 0)
			break;
		i = (i + 1) & (ring->size - 1);
	}
	return &ring->slots[i];
}

static void
widen(struct key_ring *ring)
{
	struct entry **old = ring->slots;
	size_t size = ring->size;
	if (4 * ring->live >= size)                  /* else it is full of dropped places */
		ring->size *= 2;
	ring->used = 0;
	ring->slots = mem_new(ring->size * sizeof *ring->slots);
	for (size_t i = 0; i < size; i++)
		if (old[i] && old[i] != &dropped) {
			*place_of(ring, old[i]->name, old[i]->len, old[i]->hash) = old[i];
			ring->used++;
		}
	mem_drop(old);
}

static const uint8_t *
put(struct key_ring *ring, const char *name, size_t n, const uint8_t key[KEY_BYTES])
{
	if (2 * ring->used >= ring->size)
		widen(ring);
	uint64_t hash = hash_of(name, n);
	struct entry **place = place_of(ring, name, n, hash);
	if (!*place) {
		*place = mem_new(sizeof **place + n);
		(*place)->hash = hash;
		(*place)->len = n;
		memcpy((*place)->name, name, n);
		ring->used++;
		ring->live++;
	}
	memcpy((*place)->key, key, KEY_BYTES);
	return (*place)->key;
}

/* ---- from the database ----------------------------------------------------------------------- */

/* Postgres writes bytea as \x and hex digits */
static bool
wrapped_from(const char *text, uint8_t out[WRAPPED_KEY_BYTES])
{
	if (strncmp(text, "\\x", 2) != 0 || strlen(text) != 2 + 2 * WRAPPED_KEY_BYTES)
		return false;
	for (size_t i = 0; i < WRAPPED_KEY_BYTES; i++) {
		unsigned byte;
		if (sscanf(text + 2 + 2 * i, "%2x", &byte) != 1)
			return false;
		out[i] = (uint8_t)byte;
	}
	return true;
}

static const uint8_t *
open_key(struct key_ring *ring, const char *tenant, const char *subject, const uint8_t wrapped[WRAPPED_KEY_BYTES])
{
	char name[NAME_MAX_];
	uint8_t key[KEY_BYTES];
	size_t n = name_of(tenant, subject, name);
	if (!unseal(ring->master, wrapped, WRAPPED_KEY_BYTES, name, n, key))
		return NULL;
	const uint8_t *mine = put(ring, name, n, key);
	explicit_bzero(key, sizeof key);
	return mine;
}

static const uint8_t *
adopt(struct key_ring *ring, const char *tenant, const char *subject, const char *text)
{
	uint8_t wrapped[WRAPPED_KEY_BYTES];
	return wrapped_from(text, wrapped) ? open_key(ring, tenant, subject, wrapped) : NULL;
}

size_t
key_ring_count(const struct key_ring *ring)
{
	return ring->live;
}

bool
key_ring_add(struct key_ring *ring, const char *tenant, const char *subject, const uint8_t wrapped[WRAPPED_KEY_BYTES])
{
	return open_key(ring, tenant, subject, wrapped) != NULL;
}

static bool
refuse_master(struct error *err)
{
	error_set(err, ERROR_INVALID, "log.master_key", "The master key does not open the keys in this log");
	return error_hint(
	    err, "Put back the master key file that belongs to this database: docs/runbooks/master-key.md");
}

static bool
adopt_rows(struct key_ring *ring, const struct pg_result *r, struct error *err)
{
	for (int i = 0; i < pg_rows(r); i++)
		if (!adopt(ring, pg_value(r, i, 0), pg_value(r, i, 1), pg_value(r, i, 2)))
			return refuse_master(err);
	return true;
}

#define LOAD_PIECE 10000

/* in pieces by primary key: all rows of a large log at once would not fit twice */
bool
key_ring_load(struct key_ring *ring, struct pg *pg, struct error *err)
{
	char tenant[NAME_MAX_] = "", subject[NAME_MAX_] = "";
	for (int n = LOAD_PIECE; n == LOAD_PIECE;) {
		struct pg_param after[] = { PG_TEXT(tenant), PG_TEXT(subject) };
		struct pg_result *r = pg_query(pg, "log_keys",
		    "SELECT tenant, subject, wrapped FROM log.subject_key"
		    " WHERE (tenant, subject) > ($1, $2) ORDER BY tenant, subject LIMIT 10000",
		    2, after, err);
		if (!r)
			return false;
		bool ok = adopt_rows(ring, r, err);
		n = pg_rows(r);
		if (n) {
			snprintf(tenant, sizeof tenant, "%s", pg_value(r, n - 1, 0));
			snprintf(subject, sizeof subject, "%s", pg_value(r, n - 1, 1));
		}
		pg_free(r);
		if (!ok)
			return false;
	}
	return true;
}

bool
key_ring_check(struct key_ring *ring, struct pg *pg, struct error *err)
{
	struct pg_result *r = pg_query(
	    pg, NULL, "SELECT tenant, subject, wrapped FROM log.subject_key LIMIT 1", 0, NULL, err);
	bool ok = r && adopt_rows(ring, r, err);
	pg_free(r);
	return ok;
}

void
key_ring_attach(struct key_ring *ring, struct pg *pg)
{
	ring->pg = pg;
}

static const uint8_t *
look_up(struct key_ring *ring, const char *tenant, const char *subject)
{
	struct error err;
	struct pg_param p[] = { PG_TEXT(tenant), PG_TEXT(subject) };
	struct pg_result *r = pg_query(ring->pg, "log_key",
	    "SELECT wrapped FROM log.subject_key WHERE tenant = $1 AND subject = $2",
	    2, p, &err);
	if (!r)
		never("a subject's key could not be looked up");
	const uint8_t *key = NULL;
	if (pg_rows(r) == 1 && !(key = adopt(ring, tenant, subject, pg_value(r, 0, 0))))
		never("the master key does not open a subject's key");
	pg_free(r);
	return key;
}

/* ---- use ------------------------------------------------------------------------------------ */

const uint8_t *
key_ring_get(struct key_ring *ring, const char *tenant, const char *subject)
{
	char name[NAME_MAX_];
	size_t n = name_of(tenant, subject, name);
	struct entry *e = *place_of(ring, name, n, hash_of(name, n));
	if (e)
		return e->key;
	return ring->pg ? look_up(ring, tenant, subject) : NULL;
}

bool
key_ring_find(struct key_ring *ring, struct pg *pg, const char *tenant, const char *subject, const uint8_t **key,
    struct error *err)
{
	char name[NAME_MAX_];
	size_t n = name_of(tenant, subject, name);
	struct entry *e = *place_of(ring, name, n, hash_of(name, n));
	struct pg_param p[] = { PG_TEXT(tenant), PG_TEXT(subject) };
	*key = e ? e->key : NULL;
	if (e)
		return true;
	struct pg_result *r = pg_query(
	    pg, "log_key", "SELECT wrapped FROM log.subject_key WHERE tenant = $1 AND subject = $2", 2, p, err);
	if (!r)
		return false;
	bool known = pg_rows(r) == 1;
	if (known)
		*key = adopt(ring, tenant, subject, pg_value(r, 0, 0));
	pg_free(r);
	return !known || *key || refuse_master(err);
}

const uint8_t *
key_ring_make(
    struct key_ring *ring, const char *tenant, const char *subject, uint8_t wrapped[WRAPPED_KEY_BYTES])
{
	char name[NAME_MAX_];
	uint8_t key[KEY_BYTES];
	size_t n = name_of(tenant, subject, name);
	random_bytes(key, sizeof key);
	seal(ring->master, key, sizeof key, name, n, wrapped);
	const uint8_t *mine = put(ring, name, n, key);
	explicit_bzero(key, sizeof key);
	return mine;
}

void
key_ring_drop(struct key_ring *ring, const char *tenant, const char *subject)
{
	char name[NAME_MAX_];
	size_t n = name_of(tenant, subject, name);
	struct entry **place = place_of(ring, name, n, hash_of(name, n));
	if (!*place)
		return;
	wipe(*place);
	*place = &dropped;
	ring->live--;
}

bool
log_forget_subject(struct pg *pg, const char *tenant, const char *subject, struct error *err)
{
	struct pg_param p[] = { PG_TEXT(tenant), PG_TEXT(subject) };
	struct pg_result *r = pg_query(pg, "log_forget", "SELECT log.forget_subject($1, $2)", 2, p, err);
	pg_free(r);
	return r != NULL;
}
