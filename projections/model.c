/* model.c -- rows in memory, and events applied to them.
 *
 * A row that is edited points into the batch's arena; when the batch is over each touched row is settled: copied with
 * everything it points to into one block of its own, so that memory is exact however often a row changes. */
#include "projections/model.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "core/base/fault.h"
#include "core/base/mem.h"
#include "core/base/must.h"

#define CACHE_BYTES ((size_t)96 << 20)       /* live: past this much the cache starts afresh */

/* ---- settled rows ------------------------------------------------------------------------------------------ */

static size_t
round8(size_t n)
{
	return (n + 7) & ~(size_t)7;
}

static size_t
outside_size(const struct shape *s, const void *obj)
{
	size_t size = 0;

	FOR_EACH_FIELD(f, s) {
		const void *at = field_at(f, obj);

		if (f->kind <= FIELD_JSON) {
			const char *text = *(const char *const *)at;
			size += text ? round8(strlen(text) + 1) : 0;
		} else if (f->kind == FIELD_TEXTS) {
			const struct texts *t = at;
			size += sizeof(char *) * (size_t)t->n;
			for (int i = 0; i < t->n; i++)
				size += round8(strlen(t->v[i]) + 1);
		} else if (f->kind == FIELD_LIST) {
			const struct list *l = at;
			size += round8(f->of->size * (size_t)l->n);
			for (int i = 0; i < l->n; i++)
				size += outside_size(f->of, (const char *)l->items + f->of->size * (size_t)i);
		}
	}
	return size;
}

static const char *
move_text(const char *text, char **room)
{
	size_t n;
	char *at = *room;

	if (!text)
		return NULL;
	n = strlen(text) + 1;
	memcpy(at, text, n);
	*room += round8(n);
	return at;
}

/* obj is a flat copy already: what it points to moves to *room */
static void
move_outside(const struct shape *s, void *obj, char **room)
{
	FOR_EACH_FIELD(f, s) {
		void *at = field_at(f, obj);

		if (f->kind <= FIELD_JSON) {
			*(const char **)at = move_text(*(const char **)at, room);
		} else if (f->kind == FIELD_TEXTS) {
			struct texts *t = at;
			const char **v = (const char **)*room;

			if (t->n)
				memcpy(v, t->v, sizeof(char *) * (size_t)t->n);
			*room += sizeof(char *) * (size_t)t->n;
			for (int i = 0; i < t->n; i++)
				v[i] = move_text(v[i], room);
			t->v = v;
		} else if (f->kind == FIELD_LIST) {
			struct list *l = at;
			char *items = *room;
			if (l->n)
				memcpy(items, l->items, f->of->size * (size_t)l->n);
			*room += round8(f->of->size * (size_t)l->n);
			for (int i = 0; i < l->n; i++)
				move_outside(f->of, items + f->of->size * (size_t)i, room);
			l->items = items;
		}
	}
}

static void
entry_release(struct model *m, struct entry *e)
{
	if (e->block)
		m->bytes -= e->block_size;
	mem_drop(e->block);
	e->block = NULL;
	e->block_size = 0;
}

void
entry_settle(struct model *m, struct table *t, struct entry *e)
{
	const struct shape *s = t->columns.table->row;
	size_t size = round8(s->size) + outside_size(s, e->row.data);
	char *block = mem_new(size), *room = block + round8(s->size);

	memcpy(block, e->row.data, s->size);
	move_outside(s, block, &room);
	must(room == block + size);
	entry_release(m, e);
	e->row.data = e->block = block;
	e->block_size = size;
	m->bytes += size;
}

/* a row that is gone keeps its key only */
static void
settle_absent(struct model *m, struct table *t, struct entry *e)
{
	void *empty = mem_new(t->columns.table->row->size);

	*(const char **)field_at(t->key, empty) = entry_key(t, &e->row);
	e->row.data = empty;
	entry_settle(m, t, e);
	mem_drop(empty);
	e->state = ENTRY_ABSENT;
}

/* ---- the hash table of a read table ------------------------------------------------------------------------------ */

static uint32_t
key_hash(const char *tenant, const char *key)
{
	uint32_t h = 2166136261u;

	for (; *key; key++)
		h = (h ^ (unsigned char)*key) * 16777619u;
	return (h ^ (uint32_t)((uintptr_t)tenant >> 4)) * 2654435761u;
}

const char *
entry_key(const struct table *t, const struct row *r)
{
	return t->key->kind == FIELD_INT ? "" : field_text(t->key, r->data);
}

struct entry *
entry_find(struct table *t, const char *tenant, const char *key)
{
	uint32_t h = key_hash(tenant, key);

	if (!t->cap)
		return NULL;
	for (uint32_t i = h & (uint32_t)(t->cap - 1);; i = (i + 1) & (uint32_t)(t->cap - 1)) {
		struct entry *e = t->slots[i];

		if (!e || (e->hash == h && e->row.tenant == tenant && strcmp(entry_key(t, &e->row), key) == 0))
			return e;
	}
}

static void
slot_put(struct table *t, struct entry *e)
{
	uint32_t i = e->hash & (uint32_t)(t->cap - 1);

	while (t->slots[i])
		i = (i + 1) & (uint32_t)(t->cap - 1);
	t->slots[i] = e;
}

static void
table_grow(struct table *t)
{
	struct entry **old = t->slots;
	int cap = t->cap;

	t->cap = cap ? cap * 2 : 256;
	t->slots = mem_new(sizeof *t->slots * (size_t)t->cap);
	for (int i = 0; i < cap; i++)
		if (old[i])
			slot_put(t, old[i]);
	mem_drop(old);
}

/* the row of a key that is not in the table: absent, all-zero but for its key, which must outlive the batch's arena's use */
struct entry *
entry_add(struct model *m, struct table *t, const char *tenant, const char *key)
{
	struct entry *e = mem_new(sizeof *e);
	void *data = mem_new(t->columns.table->row->size);

	if ((t->n + 1) * 2 > t->cap)
		table_grow(t);
	e->hash = key_hash(tenant, key);
	*(const char **)field_at(t->key, data) = key;
	e->row = (struct row){ .tenant = tenant, .data = data };
	entry_settle(m, t, e);
	mem_drop(data);
	e->state = ENTRY_ABSENT;
	slot_put(t, e);
	t->n++;
	return e;
}

static void
table_clear(struct model *m, struct table *t)
{
	for (int i = 0; i < t->cap; i++)
		if (t->slots[i]) {
			entry_release(m, t->slots[i]);
			mem_drop(t->slots[i]);
		}
	mem_drop(t->slots);
	t->slots = NULL;
	t->cap = t->n = t->touched_n = t->appended_n = 0;
}

void
model_forget(struct model *m)
{
	for (int i = 0; i < m->tables_n; i++)
		table_clear(m, &m->tables[i]);
	m->drops_n = 0;
	m->based_on = m->idle = (struct checkpoint){ .position = -1 };
}

/* ---- making a model ------------------------------------------------------------------------------------------------ */

static void
index_handlers(struct model *m)
{
	for (const struct shape *const *s = event_shapes; *s; s++) {
		const struct handler *found[32];
		int n = 0;

		for (const struct handler *h = m->projection->handlers; h->apply || h->table; h++)
			if (!h->event || h->event == *s) {
				must(n < 31);
				found[n++] = h;
			}
		if (!n)
			continue;
		found[n++] = NULL;
		m->by_code[(*s)->code] = mem_new(sizeof *found * (size_t)n);
		memcpy(m->by_code[(*s)->code], found, sizeof *found * (size_t)n);
	}
}

static void
table_start(struct model *m, struct table *t, const struct read_table *of)
{
	columns_of(of, &t->columns);
	t->key = read_table_key(of);
	must(of->append || t->key->kind <= FIELD_JSON);
	sql_select(&t->columns, m->schema, &t->select);
	sql_upsert(&t->columns, m->schema, &t->upsert);
	sql_delete(&t->columns, m->schema, &t->delete_);
	sql_copy(&t->columns, m->schema, false, &t->copy);
	sql_copy(&t->columns, m->schema, true, &t->copy_frozen);
	snprintf(t->select_name, sizeof t->select_name, "get_%s_%s", m->schema, of->name);
	snprintf(t->upsert_name, sizeof t->upsert_name, "put_%s_%s", m->schema, of->name);
	snprintf(t->delete_name, sizeof t->delete_name, "del_%s_%s", m->schema, of->name);
}

struct model *
model_on(const struct projection *p, const char *schema, bool bulk)
{
	struct model *m = mem_new(sizeof *m);

	registry_start();
	m->projection = p;
	m->bulk = bulk;
	snprintf(m->schema, sizeof m->schema, "%s", schema);
	for (const struct read_table *const *t = p->tables; *t; t++) {
		must(m->tables_n < TABLES_MAX);
		table_start(m, &m->tables[m->tables_n++], *t);
	}
	index_handlers(m);
	m->based_on.position = m->idle.position = -1;
	return m;
}

struct model *
model_in_memory(const struct projection *p)
{
	struct model *m = model_on(p, p->name, false);

	m->memory = true;
	return m;
}

static void
table_free(struct model *m, struct table *t)
{
	table_clear(m, t);
	mem_drop(t->touched);
	mem_drop(t->appended);
	buf_free(&t->select);
	buf_free(&t->upsert);
	buf_free(&t->delete_);
	buf_free(&t->copy);
	buf_free(&t->copy_frozen);
}

void
model_free(struct model *m)
{
	if (!m)
		return;
	for (int i = 0; i < m->tables_n; i++)
		table_free(m, &m->tables[i]);
	for (int i = 0; i < (int)(sizeof m->by_code / sizeof m->by_code[0]); i++)
		mem_drop(m->by_code[i]);
	for (int i = 0; i < m->tenants_n; i++)
		mem_drop(m->tenants[i]);
	mem_drop(m->tenants);
	if (m->bulk)
		for (int i = 0; i < m->drops_n; i++)
			mem_drop((void *)(uintptr_t)m->drops[i].value);
	mem_drop(m->drops);
	buf_free(&m->copied);
	mem_drop(m);
}

const struct projection *
model_projection(const struct model *m)
{
	return m->projection;
}

bool
model_wants(const struct model *m, const struct shape *event)
{
	return m->by_code[event->code] != NULL;
}

struct table *
model_table(struct model *m, const struct read_table *of)
{
	for (int i = 0; i < m->tables_n; i++)
		if (m->tables[i].columns.table == of)
			return &m->tables[i];
	never("a table of this read model");
}

/* tenants are few and compared by address */
const char *
model_tenant(struct model *m, const char *name)
{
	for (int i = 0; i < m->tenants_n; i++)
		if (strcmp(m->tenants[i], name) == 0)
			return m->tenants[i];
	m->tenants = mem_grow(m->tenants, sizeof *m->tenants * (size_t)(m->tenants_n + 1));
	return m->tenants[m->tenants_n++] = mem_text(name);
}

/* ---- what handlers call --------------------------------------------------------------------------------------------- */

static void
touch(struct table *t, struct entry *e, enum entry_state state)
{
	e->state = state;
	if (e->listed)
		return;
	if (t->touched_n == t->touched_cap) {
		t->touched_cap = t->touched_cap ? t->touched_cap * 2 : 64;
		t->touched = mem_grow(t->touched, sizeof(struct entry *) * (size_t)t->touched_cap);
	}
	e->listed = true;
	t->touched[t->touched_n++] = e;
}

/* the entry of a key, read from the database when it is not known; NULL: not known to memory, which knows all */
static struct entry *
entry_known(struct applying *a, struct table *t, const char *key)
{
	struct model *m = a->model;
	struct entry *e = entry_find(t, a->tenant, key);

	if (e || m->memory || m->bulk || a->err->kind)
		return e;
	table_fetch(m, t, &a->tenant, &key, 1, a->arena, a->err);
	return entry_find(t, a->tenant, key);
}

static bool
is_there(const struct entry *e)
{
	return e && e->state != ENTRY_ABSENT && e->state != ENTRY_GONE;
}

static void *
append(struct applying *a, struct table *t, const char *key)
{
	struct row *r;

	if (t->appended_n == t->appended_cap) {
		t->appended_cap = t->appended_cap ? t->appended_cap * 2 : 64;
		t->appended = mem_grow(t->appended, sizeof *t->appended * (size_t)t->appended_cap);
	}
	r = &t->appended[t->appended_n++];
	*r = (struct row){ a->tenant, a->position, arena_alloc(a->arena, t->columns.table->row->size) };
	if (key)
		*(const char **)field_at(t->key, r->data) = key;
	return r->data;
}

void *
row_new(struct applying *a, const struct read_table *of, const char *key)
{
	struct table *t = model_table(a->model, of);
	struct entry *e;

	if (of->append && !(a->model->memory && key))
		return append(a, t, key);
	if (!(e = entry_find(t, a->tenant, key)))
		e = entry_add(a->model, t, a->tenant, key);
	e->row.data = arena_alloc(a->arena, of->row->size);
	e->row.seq = a->position;
	*(const char **)field_at(t->key, e->row.data) = arena_strdup(a->arena, key);
	touch(t, e, ENTRY_DIRTY);
	return e->row.data;
}

void *
row_get(struct applying *a, const struct read_table *of, const char *key)
{
	struct table *t = model_table(a->model, of);
	struct entry *e = key ? entry_known(a, t, key) : NULL;

	if (!is_there(e))
		return NULL;
	touch(t, e, ENTRY_DIRTY);
	return e->row.data;
}

void *
row_make(struct applying *a, const struct read_table *of, const char *key)
{
	void *data = row_get(a, of, key);

	return data ? data : row_new(a, of, key);
}

const void *
row_see(struct applying *a, const struct read_table *of, const char *key)
{
	struct entry *e = key ? entry_known(a, model_table(a->model, of), key) : NULL;

	return is_there(e) ? e->row.data : NULL;
}

void
row_drop(struct applying *a, const struct read_table *of, const char *key)
{
	struct table *t = model_table(a->model, of);
	struct entry *e;

	if (of->append && !a->model->memory) {
		rows_drop(a, of, t->key->name, key);
		return;
	}
	if (!(e = entry_find(t, a->tenant, key)))
		e = entry_add(a->model, t, a->tenant, key);
	touch(t, e, ENTRY_GONE);
}

static void
drop_in_memory(struct applying *a, struct table *t, const char *column, const char *value)
{
	const struct field *f = shape_field(t->columns.table->row, column);

	for (int i = 0; i < t->cap; i++) {
		struct entry *e = t->slots[i];
		const char *text = is_there(e) && e->row.tenant == a->tenant ? field_text(f, e->row.data) : NULL;

		if (text && strcmp(text, value) == 0)
			touch(t, e, ENTRY_GONE);
	}
}

void
rows_drop(struct applying *a, const struct read_table *of, const char *column, const char *value)
{
	struct model *m = a->model;

	must(of->append);
	if (m->memory) {
		drop_in_memory(a, model_table(m, of), column, value);
		return;
	}
	if (m->drops_n == m->drops_cap) {
		m->drops_cap = m->drops_cap ? m->drops_cap * 2 : 16;
		m->drops = mem_grow(m->drops, sizeof *m->drops * (size_t)m->drops_cap);
	}
	m->drops[m->drops_n++] = (struct drop){ of, a->tenant, column, m->bulk ? mem_text(value) :
	    arena_strdup(a->arena, value), a->position };
}

void
rows_fetch(struct applying *a, const struct read_table *of, const char *const *keys, int n)
{
	struct table *t = model_table(a->model, of);
	const char **tenants = arena_array(a->arena, const char *, n + 1), **missing = arena_array(a->arena, const char *, n + 1);
	int wanted = 0;

	if (a->model->memory || a->model->bulk || a->err->kind)
		return;
	for (int i = 0; i < n; i++)
		if (!entry_find(t, a->tenant, keys[i])) {
			tenants[wanted] = a->tenant;
			missing[wanted++] = keys[i];
		}
	table_fetch(a->model, t, tenants, missing, wanted, a->arena, a->err);
}

bool
apply_failed(struct applying *a, const char *fmt, ...)
{
	char text[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	return error_set(a->err, ERROR_CONFLICT, "projection.handler_failed", "%s", text);
}

void *
list_add(struct applying *a, struct list *l, const struct shape *of)
{
	char *items = arena_alloc(a->arena, of->size * (size_t)(l->n + 1));

	if (l->n)
		memcpy(items, l->items, of->size * (size_t)l->n);
	l->items = items;
	return items + of->size * (size_t)l->n++;
}

void
list_remove(struct list *l, const struct shape *of, int i)
{
	char *items = l->items;

	must(i >= 0 && i < l->n);
	memmove(items + of->size * (size_t)i, items + of->size * (size_t)(i + 1), of->size * (size_t)(l->n - i - 1));
	l->n--;
}

/* ---- applying ---------------------------------------------------------------------------------------------------------- */

static void
run_handler(struct applying *a, const struct handler *h, const void *data)
{
	void *row = NULL;

	switch (h->need) {
	case ROW_NONE: break;
	case ROW_NEW: row = row_new(a, h->table, a->id); break;
	case ROW_MAKE: row = row_make(a, h->table, a->id); break;
	case ROW_HAVE:
		if (!(row = row_get(a, h->table, a->id)))
			return;
		break;
	case ROW_DROP: row_drop(a, h->table, a->id); break;
	}
	if (h->apply && !a->err->kind)
		h->apply(a, row, data);
}

static bool
run_event(struct model *m, const struct happened *ev, struct error *err)
{
	const struct handler **h = m->by_code[ev->shape->code];
	struct applying a = { .model = m, .position = ev->log.position, .at = ev->log.occurred_at,
		.recorded_at = ev->log.recorded_at, .tenant = model_tenant(m, ev->tenant), .aggregate = ev->aggregate,
		.id = ev->id, .subject = ev->log.subject, .env = &ev->env, .event = ev->shape, .log = &ev->log,
		.arena = ev->arena, .err = err };

	if (h && fault(FAULT_handler_fails))
		apply_failed(&a, "A fault was asked for at position %lld", (long long)ev->log.position);
	for (; h && *h && !err->kind; h++)
		run_handler(&a, *h, ev->data);
	return !err->kind;
}

bool
model_run(struct model *m, const struct happened *ev, int n, int64_t *stopped_at, struct error *err)
{
	struct error none = { 0 };
	struct error *e = err ? err : &none;

	*e = (struct error){ 0 };
	for (int i = 0; i < n; i++)
		if (!run_event(m, &ev[i], e)) {
			*stopped_at = ev[i].log.position;
			return false;
		}
	return true;
}

void
model_settle(struct model *m)
{
	for (int i = 0; i < m->tables_n; i++) {
		struct table *t = &m->tables[i];

		for (int k = 0; k < t->touched_n; k++) {
			struct entry *e = t->touched[k];

			e->listed = false;
			if (e->state == ENTRY_GONE) {
				settle_absent(m, t, e);
			} else {
				entry_settle(m, t, e);
				e->state = ENTRY_CLEAN;
			}
		}
		t->touched_n = t->appended_n = 0;
	}
	if (!m->bulk)
		m->drops_n = 0;
	if (!m->memory && !m->bulk && m->bytes > CACHE_BYTES)
		model_forget(m);
}

bool
model_apply(struct model *m, const struct happened *ev, int n, struct error *err)
{
	int64_t stopped_at = 0;
	bool ok;

	must(m->memory);
	ok = model_run(m, ev, n, &stopped_at, err);
	model_settle(m);
	return ok;
}
