/* document.c -- pieces of the finished documents: references, periods, and what was posted beyond what we interpret. */
#include "projections/document.h"
#include <ctype.h>
#include <string.h>

struct extras
extras_open(const char *document)
{
	struct extras e = { 0 };

	if (!document)
		return e;
	e.arena = arena_new();
	e.tree = json_parse(e.arena, document, strlen(document), NULL);
	if (!cJSON_IsObject(e.tree))
		e.tree = NULL;
	return e;
}

void
extras_close(struct extras *e)
{
	arena_free(e->arena);
	*e = (struct extras){ 0 };
}

static const cJSON *
member(const struct extras *e, const char *name)
{
	return e->tree ? cJSON_GetObjectItemCaseSensitive(e->tree, name) : NULL;
}

bool
extras_has(const struct extras *e, const char *name)
{
	return member(e, name) != NULL;
}

const char *
extras_text(const struct extras *e, const char *name)
{
	return e->tree ? json_text(e->tree, name) : NULL;
}

bool
extras_put(const struct extras *e, struct json *j, const char *name)
{
	const cJSON *m = member(e, name);

	if (m)
		json_put_raw(j, name, json_print(e->arena, m));
	return m != NULL;
}

static bool
among(const char *name, const char *const *list)
{
	for (; *list; list++)
		if (strcmp(*list, name) == 0)
			return true;
	return false;
}

void
extras_rest(const struct extras *e, struct json *j, const char *const *but)
{
	const cJSON *m;

	if (e->tree)
		cJSON_ArrayForEach(m, e->tree)
			if (!among(m->string, but))
				json_put_raw(j, m->string, json_print(e->arena, m));
}

static void
put_href(struct json *j, const char *base, const char *id)
{
	struct buf href = { 0 };

	buf_printf(&href, "%s%s", base, id);
	json_put(j, "href", href.data);
	buf_free(&href);
}

void
put_id(struct json *j, const char *id, const char *href_base)
{
	json_put(j, "id", id);
	put_href(j, href_base, id);
}

void
put_valid_for(struct json *j, int64_t from, int64_t to, bool ms)
{
	json_key(j, "validFor");
	if (!from && !to) {
		json_null(j);
		return;
	}
	json_object(j);
	if (!ms) {
		json_put_time(j, "startDateTime", from);
		json_put_time(j, "endDateTime", to);
	} else {
		if (from)
			json_put_time_ms(j, "startDateTime", from);
		if (to)
			json_put_time_ms(j, "endDateTime", to);
	}
	json_object_end(j);
}

void
put_ref(struct json *j, const char *key, const char *id, const char *href_base, const char *name, const char *referred)
{
	if (key)
		json_key(j, key);
	json_object(j);
	put_id(j, id, href_base);
	if (name)
		json_put(j, "name", name);
	if (referred)
		json_put(j, "@referredType", referred);
	json_object_end(j);
}

void
put_party(struct json *j, const char *customer_id, const char *name, const char *role)
{
	json_object(j);
	put_id(j, customer_id, API_CUSTOMER "customer/");
	if (name)
		json_put(j, "name", name);
	json_put(j, "role", role);
	json_put(j, "@referredType", "Customer");
	json_object_end(j);
}

void
put_texts(struct json *j, const char *key, const struct texts *t)
{
	json_key(j, key);
	json_array(j);
	for (int i = 0; i < t->n; i++)
		json_string(j, t->v[i]);
	json_array_end(j);
}

void
texts_add(struct arena *a, struct texts *t, const char *text)
{
	const char **v = arena_array(a, const char *, t->n + 1);

	if (t->n)
		memcpy(v, t->v, sizeof *v * (size_t)t->n);
	v[t->n++] = text;
	t->v = v;
}

char *
lower_case(struct arena *a, const char *text)
{
	char *out = arena_strdup(a, text);

	for (char *c = out; c && *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return out;
}
