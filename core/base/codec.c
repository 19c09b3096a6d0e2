/* codec.c -- structs to msgpack and back, by walking field tables.
 *
 * The log keeps these bytes for years, hence the rules: maps by name, absent fields left out, unknown
 * keys skipped.  Decoding is the hot path of every start and every projection, so fields are expected in
 * the order of the table, which is the order in which they were packed, and searched only when not. */
#include "core/base/codec.h"
#include "core/base/crypt.h"
#include "core/base/msgpack_read.h"
#include "core/base/must.h"
#include <msgpack.h>
#include <string.h>

#define MAX_NESTING 8              /* lists in lists */
#define MAX_ITEMS 65536
#define ERASED "erased"

/* packing ------------------------------------------------------------------------------------------- */

struct packing { msgpack_packer pk; struct buf *out; const struct sealing *sealing; };

static int
append(void *data, const char *bytes, size_t n)
{
	buf_add(data, bytes, n);
	return 0;
}

static void
pack_str(struct packing *p, const char *s)
{
	size_t n = strlen(s);
	msgpack_pack_str(&p->pk, n);
	msgpack_pack_str_body(&p->pk, s, n);
}

/* what a box is bound to: the stream and the field's name */
static size_t
bound_to(const struct sealing *s, const struct field *f, char *out, size_t room)
{
	size_t stream = s->stream ? strlen(s->stream) : 0, name = strlen(f->name);
	must(stream + 1 + name < room);
	if (stream)
		memcpy(out, s->stream, stream);
	out[stream] = '.';
	memcpy(out + stream + 1, f->name, name);
	return stream + 1 + name;
}

static void
pack_sealed(struct packing *p, const struct field *f, const char *s)
{
	char ad[256];
	size_t n = strlen(s), adn = bound_to(p->sealing, f, ad, sizeof ad);
	must(p->sealing->key != NULL);
	msgpack_pack_bin(&p->pk, n + SEAL_OVERHEAD);
	uint8_t *box = (uint8_t *)buf_room(p->out, n + SEAL_OVERHEAD);
	seal(p->sealing->key, s, n, ad, adn, box);
	p->out->len += n + SEAL_OVERHEAD;
	p->out->data[p->out->len] = 0;
}

static void
pack_text(struct packing *p, const struct field *f, const char *s)
{
	if (f->personal && p->sealing)
		pack_sealed(p, f, s);
	else
		pack_str(p, s);
}

static void
pack_money(struct packing *p, struct money m)
{
	msgpack_pack_array(&p->pk, 2);
	msgpack_pack_int64(&p->pk, m.minor);
	pack_str(p, m.currency);
}

static void pack_object(struct packing *, const struct shape *, const void *obj, int nesting);

static void
pack_texts(struct packing *p, const struct texts *t)
{
	msgpack_pack_array(&p->pk, (size_t)t->n);
	for (int i = 0; i < t->n; i++)
		pack_str(p, t->v[i] ? t->v[i] : "");
}

static void
pack_list(struct packing *p, const struct shape *of, const struct list *l, int nesting)
{
	must(nesting < MAX_NESTING && of != NULL);
	msgpack_pack_array(&p->pk, (size_t)l->n);
	for (int i = 0; i < l->n; i++)
		pack_object(p, of, (const char *)l->items + (size_t)i * of->size, nesting + 1);
}

static void
pack_value(struct packing *p, const struct field *f, const void *obj, int nesting)
{
	const void *at = field_at(f, obj);
	switch (f->kind) {
	case FIELD_TEXT: case FIELD_ID: case FIELD_DATE: case FIELD_DECIMAL: case FIELD_JSON:
		pack_text(p, f, *(const char *const *)at);
		break;
	case FIELD_INT: case FIELD_TIME: msgpack_pack_int64(&p->pk, *(const int64_t *)at); break;
	case FIELD_BOOL: msgpack_pack_true(&p->pk); break;
	case FIELD_REAL: msgpack_pack_double(&p->pk, *(const double *)at); break;
	case FIELD_MONEY: pack_money(p, *(const struct money *)at); break;
	case FIELD_OPTINT: msgpack_pack_int64(&p->pk, ((const struct opt_int *)at)->v); break;
	case FIELD_OPTREAL: msgpack_pack_double(&p->pk, ((const struct opt_real *)at)->v); break;
	case FIELD_OPTBOOL:
		if (((const struct opt_bool *)at)->v)
			msgpack_pack_true(&p->pk);
		else
			msgpack_pack_false(&p->pk);
		break;
	case FIELD_TEXTS: pack_texts(p, at); break;
	case FIELD_LIST: pack_list(p, f->of, at, nesting); break;
	}
}

static void
pack_object(struct packing *p, const struct shape *s, const void *obj, int nesting)
{
	size_t n = 0;
	FOR_EACH_FIELD(f, s)
		n += field_is_set(f, obj);
	msgpack_pack_map(&p->pk, n);
	FOR_EACH_FIELD(f, s)
		if (field_is_set(f, obj)) {
			pack_str(p, f->name);
			pack_value(p, f, obj, nesting);
		}
}

/* without a sealing personal fields travel in clear: that is for arguments on the bus, never for the log */
void
shape_pack(const struct shape *s, const void *obj, struct buf *out, const struct sealing *sealing)
{
	struct packing p = { .out = out, .sealing = sealing };
	msgpack_packer_init(&p.pk, out, append);
	pack_object(&p, s, obj, 0);
}

/* unpacking ----------------------------------------------------------------------------------------- */

struct unpacking { struct mp m; struct arena *arena; const struct sealing *sealing; };

static bool
unpack_sealed(struct unpacking *u, const struct field *f, const char **out)
{
	const uint8_t *box;
	size_t n;
	char ad[256];
	if (!mp_bin(&u->m, &box, &n))
		return false;
	if (!u->sealing || !u->sealing->key) {
		*out = ERASED;
		return true;
	}
	if (n < SEAL_OVERHEAD)
		return false;
	size_t plain = n - SEAL_OVERHEAD, adn = bound_to(u->sealing, f, ad, sizeof ad);
	char *text = arena_alloc(u->arena, plain + 1);
	*out = text;
	return unseal(u->sealing->key, box, n, ad, adn, (uint8_t *)text) && !memchr(text, 0, plain);
}

static bool
unpack_str(struct unpacking *u, const char **out)
{
	const char *s;
	size_t n;
	if (!mp_str(&u->m, &s, &n) || memchr(s, 0, n))
		return false;
	*out = arena_strndup(u->arena, s, n);
	return true;
}

static bool
unpack_money(struct mp *m, struct money *out)
{
	size_t items, n;
	const char *code;
	if (!mp_array(m, &items) || items != 2 || !mp_int(m, &out->minor) || !mp_str(m, &code, &n) || n != 3)
		return false;
	memcpy(out->currency, code, 3);
	out->currency[3] = 0;
	return !memchr(code, 0, 3);
}

static bool
unpack_texts(struct unpacking *u, struct texts *out)
{
	size_t n;
	if (!mp_array(&u->m, &n) || n > MAX_ITEMS)
		return false;
	out->v = arena_array(u->arena, const char *, n);
	out->n = (int)n;
	for (size_t i = 0; i < n; i++)
		if (!unpack_str(u, &out->v[i]))
			return false;
	return true;
}

static bool unpack_object(struct unpacking *, const struct shape *, void *obj, int nesting);

static bool
unpack_list(struct unpacking *u, const struct shape *of, struct list *out, int nesting)
{
	size_t n;
	if (nesting >= MAX_NESTING || !of || !mp_array(&u->m, &n) || n > MAX_ITEMS)
		return false;
	char *items = arena_alloc(u->arena, n * of->size);
	*out = (struct list){ .items = items, .n = (int)n };
	for (size_t i = 0; i < n; i++)
		if (!unpack_object(u, of, items + i * of->size, nesting + 1))
			return false;
	return true;
}

static bool
unpack_value(struct unpacking *u, const struct field *f, void *obj, int nesting)
{
	void *at = field_at(f, obj);
	switch (f->kind) {
	case FIELD_TEXT: case FIELD_ID: case FIELD_DATE: case FIELD_DECIMAL: case FIELD_JSON:
		return f->personal && mp_is_bin(&u->m) ? unpack_sealed(u, f, at) : unpack_str(u, at);
	case FIELD_INT: case FIELD_TIME: return mp_int(&u->m, at);
	case FIELD_BOOL: return mp_bool(&u->m, at);
	case FIELD_REAL: return mp_real(&u->m, at);
	case FIELD_MONEY: return unpack_money(&u->m, at);
	case FIELD_OPTINT: return ((struct opt_int *)at)->set = true, mp_int(&u->m, &((struct opt_int *)at)->v);
	case FIELD_OPTBOOL: return ((struct opt_bool *)at)->set = true, mp_bool(&u->m, &((struct opt_bool *)at)->v);
	case FIELD_OPTREAL: return ((struct opt_real *)at)->set = true, mp_real(&u->m, &((struct opt_real *)at)->v);
	case FIELD_TEXTS: return unpack_texts(u, at);
	case FIELD_LIST: return unpack_list(u, f->of, at, nesting);
	}
	return false;
}

static bool
named(const struct field *f, const char *key, size_t n)
{
	/* the key may hold a NUL: compare lengths first */
	return strlen(f->name) == n && memcmp(f->name, key, n) == 0;
}

/* the field that is called so: most often the one behind the last */
static const struct field *
find_field(const struct shape *s, const struct field *expected, const char *key, size_t n)
{
	for (const struct field *f = expected; f->name; f++)
		if (named(f, key, n))
			return f;
	for (const struct field *f = s->fields; f < expected; f++)
		if (named(f, key, n))
			return f;
	return NULL;
}

static bool
unpack_object(struct unpacking *u, const struct shape *s, void *obj, int nesting)
{
	const struct field *expected = s->fields;
	size_t members, n;
	if (!mp_map(&u->m, &members))
		return false;
	for (size_t i = 0; i < members; i++) {
		const char *key;
		if (!mp_str(&u->m, &key, &n))
			return false;
		const struct field *f = find_field(s, expected, key, n);
		bool ok = !f || mp_is_nil(&u->m) ? mp_skip(&u->m) : unpack_value(u, f, obj, nesting);
		if (!ok)
			return false;
		if (f)
			expected = f + 1;
	}
	return true;
}

bool
shape_unpack(const struct shape *s, const void *bytes, size_t n, struct arena *a, void *obj,
	const struct sealing *sealing, struct error *err)
{
	struct unpacking u = { .m = mp_over(bytes, n), .arena = a, .sealing = sealing };
	memset(obj, 0, s->size);
	if (unpack_object(&u, s, obj, 0) && mp_left(&u.m) == 0)
		return true;
	memset(obj, 0, s->size);
	error_set(err, ERROR_INVALID, "codec.malformed", "The bytes of %s are damaged or of another shape", s->name);
	error_fact(err, "shape", s->name);
	error_fact_int(err, "offset", (int64_t)(n - mp_left(&u.m)));
	return false;
}
