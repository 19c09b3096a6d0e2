/* tmf.c -- see tmf.h: one core for all resources.
 *
 * A write goes to the core as a command and is answered with the finished document, read back once the read model has
 * reached the command's position; nothing here computes what a resource looks like. */
#include "gateways/tmf/tmf.h"
#include <stdio.h>
#include <string.h>
#include "core/base/clock.h"
#include "core/base/codec.h"
#include "core/base/json.h"
#include "core/base/mem.h"
#include "core/base/must.h"
#include "gateways/http/scan.h"
#include "gateways/tmf/fields.h"
#include "gateways/tmf/select.h"

#define WRITE_TIMEOUT (10 * SECOND)

struct tmf_call *
tmf_call_of(struct job *j)
{
	return j->state;
}

/* ---- routing ------------------------------------------------------------------------------------- */

static const struct tmf_resource *
resource_in(const struct tmf_api *api, const char *rest, const char **id, struct arena *a)
{
	size_t n = strcspn(rest, "/");

	for (const struct tmf_resource *res = api->resources; res->name; res++) {
		if (strlen(res->name) != n || memcmp(res->name, rest, n) != 0)
			continue;
		rest += n + (rest[n] == '/');
		n = strcspn(rest, "/");
		if (rest[n] && rest[n + 1])
			return NULL;
		*id = n ? arena_strndup(a, rest, n) : NULL;
		return res;
	}
	return NULL;
}

const struct tmf_resource *
tmf_resource_at(const char *path, const struct tmf_api **api, const char **id, struct arena *a)
{
	for (const struct tmf_api *const *p = tmf_apis; *p; p++)
		for (const char *const *base = (*p)->bases; *base; base++) {
			size_t n = strlen(*base);
			if (strncmp(path, *base, n) == 0 && path[n] == '/') {
				*api = *p;
				return resource_in(*p, path + n + 1, id, a);
			}
		}
	return NULL;
}

/* the route's template, for metrics: made once for each resource */
static const char *
label(const struct tmf_call *c)
{
	static struct { const struct tmf_resource *res; bool one; char *text; } labels[128];
	struct buf b = { 0 };
	size_t i = 0;

	for (; labels[i].res; i++)
		if (labels[i].res == c->res && labels[i].one == (c->id != NULL))
			return labels[i].text;
	must(i + 1 < sizeof labels / sizeof labels[0]);
	buf_printf(&b, "%s/%s%s", c->api->bases[0], c->res->name, c->id ? "/{id}" : "");
	labels[i].res = c->res;
	labels[i].one = c->id != NULL;
	labels[i].text = mem_text(b.data);
	buf_free(&b);
	return labels[i].text;
}

/* ---- answers --------------------------------------------------------------------------------------- */

static void
put_document(struct tmf_call *c, const char *document, size_t n)
{
	struct buf *out = &c->r->x->out;

	if (c->want.has_fields)
		fields_cut(document, n, c->want.fields, c->want.n_fields, out);
	else
		buf_add(out, document, n);
}

static void
no_such(struct tmf_call *c)
{
	char message[200];

	snprintf(message, sizeof message, "There is no %s %.100s", c->res->name, c->id ? c->id : "");
	request_problem(c->r, 404, PROBLEM_NOT_FOUND, "not_found", message);
}

void
tmf_bad_body(struct tmf_call *c, const char *code, const char *attribute, const char *why)
{
	char message[240];

	snprintf(message, sizeof message, "%.100s %s", attribute, why);
	request_problem(c->r, 400, code, "body.invalid", message);
}

static void
bad_query(struct tmf_call *c, const struct error *err)
{
	bool supported = strcmp(err->rule, "query.not_supported") != 0;

	request_problem(c->r, supported ? 400 : 501, PROBLEM_QUERY, err->rule, err->message);
}

/* a pattern or a value that Postgres cannot read is the client's mistake */
static void
list_failed(struct job *j, const struct error *err)
{
	if (err->kind == ERROR_INVALID && strcmp(err->rule, "pg.value") == 0)
		request_problem(request_of(j), 400, PROBLEM_QUERY, "query.invalid_value",
			"A value of the query cannot be compared");
	else
		request_fail(request_of(j), err);
}

/* ---- reading one ---------------------------------------------------------------------------------------- */

const char *
tmf_one_sql(const struct read_table *t, struct arena *a, const char **name)
{
	struct buf b = { 0 };

	select_one(&b, t);
	const char *sql = arena_strdup(a, b.data);
	buf_free(&b);
	*name = arena_printf(a, "one_%s_%s", t->schema, t->name);
	return sql;
}

static void
select_document(struct tmf_call *c, void (*then)(struct job *, const struct pg_result *))
{
	struct job *j = &c->r->job;
	struct pg_param *p = arena_array(j->arena, struct pg_param, 2);
	const char *name, *sql = tmf_one_sql(c->table, j->arena, &name);

	p[0] = PG_TEXT(j->claims.tenant);
	p[1] = PG_TEXT(c->id);
	job_select(j, name, sql, 2, p, then);
}

static void
one_rows(struct job *j, const struct pg_result *rows)
{
	struct tmf_call *c = tmf_call_of(j);

	if (pg_rows(rows) == 0) {
		no_such(c);
		return;
	}
	put_document(c, pg_value(rows, 0, 0), (size_t)pg_length(rows, 0, 0));
	request_answer(c->r, 200);
}

static void
one_reached(struct job *j)
{
	select_document(tmf_call_of(j), one_rows);
}

/* ---- reading many ------------------------------------------------------------------------------------------ */

static void
list_answer(struct tmf_call *c, int rows)
{
	struct exchange *x = c->r->x;
	char number[24];
	char *links = page_links(x->arena, x->path, x->query, &c->want, c->total);

	snprintf(number, sizeof number, "%lld", (long long)c->total);
	exchange_header(x, "X-Total-Count", number);
	snprintf(number, sizeof number, "%d", rows);
	exchange_header(x, "X-Result-Count", number);
	if (links)
		exchange_header(x, "Link", links);
	request_answer(c->r, 200);
}

/* without conditions and order a list's SQL is the same for all: it is prepared, once a connection */
static const char *
list_name(const struct tmf_call *c, bool count)
{
	if (c->want.n || c->want.n_sort)
		return NULL;
	return arena_printf(c->r->job.arena, "%s_%s_%s", count ? "count" : "list", c->table->schema, c->table->name);
}

static void
run_list(struct tmf_call *c, bool count, void (*then)(struct job *, const struct pg_result *))
{
	struct job *j = &c->r->job;
	struct select *s = arena_new_of(j->arena, struct select);
	struct error err = { 0 };

	s->arena = j->arena;
	j->failed = list_failed;
	if (select_list(s, c->table, &c->want, j->claims.tenant, count, &err)) {
		const char *sql = arena_strdup(j->arena, s->sql.data);
		select_done(s);
		job_select(j, list_name(c, count), sql, s->n, s->params, then);
		return;
	}
	select_done(s);
	bad_query(c, &err);
}

static void
list_counted(struct job *j, const struct pg_result *rows)
{
	struct tmf_call *c = tmf_call_of(j);
	int64_t left;

	c->total = pg_int(rows, 0, 0);
	left = c->total > c->want.offset ? c->total - c->want.offset : 0;
	list_answer(c, (int)(left < c->want.limit ? left : c->want.limit));
}

static void
list_rows(struct job *j, const struct pg_result *rows)
{
	struct tmf_call *c = tmf_call_of(j);
	int n = pg_rows(rows);

	buf_byte(&c->r->x->out, '[');
	for (int i = 0; i < n; i++) {
		if (i)
			buf_byte(&c->r->x->out, ',');
		put_document(c, pg_value(rows, i, 0), (size_t)pg_length(rows, i, 0));
	}
	buf_byte(&c->r->x->out, ']');
	if (n > 0 && select_counts(&c->want)) {
		c->total = pg_int(rows, 0, 1);
		list_answer(c, n);
		return;
	}
	if (n < c->want.limit && (n > 0 || c->want.offset == 0)) {
		c->total = c->want.offset + n;       /* this page is the last: no need to count */
		list_answer(c, n);
		return;
	}
	run_list(c, true, list_counted);
}

static void
list_reached(struct job *j)
{
	run_list(tmf_call_of(j), false, list_rows);
}

/* ---- what was written, read back ------------------------------------------------------------------------------ */

static void
answer_written(struct tmf_call *c, int status, const char *document, size_t n)
{
	struct span href;

	put_document(c, document, n);
	if (status == 201 && scan_find(document, n, "href", &href) && href.len > 2)
		exchange_header(c->r->x, "Location", arena_strndup(c->r->job.arena, href.at + 1, href.len - 2));
	request_answer(c->r, status);
}

static void
written_rows(struct job *j, const struct pg_result *rows)
{
	struct tmf_call *c = tmf_call_of(j);

	if (pg_rows(rows) == 0)
		no_such(c);                          /* someone removed it in between */
	else
		answer_written(c, c->r->x->method == METHOD_POST ? 201 : 200, pg_value(rows, 0, 0), (size_t)pg_length(rows, 0, 0));
}

static void
written_reached(struct job *j)
{
	select_document(tmf_call_of(j), written_rows);
}

/* it is committed, only the read model is late: that is no failure */
static void
written_late(struct job *j, const struct error *err)
{
	struct tmf_call *c = tmf_call_of(j);
	struct json out = json_to(&c->r->x->out);
	const char *href = arena_printf(j->arena, "%s%s", c->table->href, c->id);
	(void)err;

	buf_clear(&c->r->x->out);
	json_object(&out);
	json_put(&out, "id", c->id);
	json_put(&out, "href", href);
	json_put(&out, "@type", c->res->type);
	json_object_end(&out);
	exchange_header(c->r->x, "Location", href);
	request_answer(c->r, 202);
}

static void
written(struct job *j, int tag, const struct error *err, struct bus_answer *answers, int n)
{
	struct tmf_call *c = tmf_call_of(j);
	(void)tag;

	for (int i = 0; i < n && !err; i++)
		if (answers[i].status == ANSWER_ERROR)
			err = &answers[i].error;
	if (err) {
		request_fail(c->r, err);
		return;
	}
	c->r->wrote = answers[n - 1].position;
	job_wrote(j, c->op->domain, c->r->wrote);
	if (c->r->x->method == METHOD_DELETE) {
		request_answer(c->r, 204);
		return;
	}
	if (!c->id && answers[n - 1].id)
		c->id = arena_strdup(j->arena, answers[n - 1].id);
	j->failed = written_late;
	job_reach_position(j, c->table->schema, c->r->wrote, written_reached);
}

static void
send_write(struct tmf_call *c, const cJSON *args)
{
	struct job *j = &c->r->job;
	struct error err = { 0 };
	void *typed = arena_alloc(j->arena, c->op->size);
	struct bus_item items[2];
	int n = 0;

	if (!shape_from_json(c->op, args, j->arena, typed, &err)) {
		request_fail(c->r, &err);
		return;
	}
	if (c->has_first)
		items[n++] = c->first;
	items[n] = item_of(j->arena, c->op, typed);
	items[n++].key = c->r->key;
	job_ask(j, SOCKET_COMMANDS, items, n, WRITE_TIMEOUT, 0, written);
}

/* ---- from a body to arguments ------------------------------------------------------------------------------------ */

static const char *const kind_words[] = { "must be a text", "must be true or false", "must be a number", "must be an object",
	"must be a list" };

static bool
kind_fits(const cJSON *v, enum attribute_kind kind)
{
	switch (kind) {
	case ATTR_TEXT: return cJSON_IsString(v);
	case ATTR_BOOL: return cJSON_IsBool(v);
	case ATTR_NUMBER: return cJSON_IsNumber(v);
	case ATTR_OBJECT: return cJSON_IsObject(v);
	default: return cJSON_IsArray(v);
	}
}

/* all that is wrong is said at once; only_missing: whether nothing else is */
struct body_faults { struct buf said; bool only_missing; };

static void
body_fault(struct body_faults *f, const char *attribute, const char *why, bool missing)
{
	f->only_missing = missing && (f->only_missing || !f->said.len);
	buf_printf(&f->said, "%s%.100s %s", f->said.len ? "; " : "", attribute, why);
}

static void
find_mistyped(const struct tmf_call *c, struct body_faults *f)
{
	const cJSON *v;

	cJSON_ArrayForEach(v, c->body) {
		const struct attribute *a = attribute_named(v->string, c->res->attributes);
		if (a && strcmp(a->name, v->string) == 0 && !cJSON_IsNull(v) && !kind_fits(v, a->kind))
			body_fault(f, v->string, kind_words[a->kind], false);
	}
}

static void
find_missing(const struct tmf_call *c, struct body_faults *f)
{
	for (const char *const *name = c->res->required; name && *name; name++) {
		const cJSON *v = cJSON_GetObjectItemCaseSensitive(c->body, *name);
		if (!v || cJSON_IsNull(v) || (cJSON_IsArray(v) && !v->child))
			body_fault(f, *name, "is mandatory", true);
	}
}

static bool
check_body(struct tmf_call *c)
{
	struct body_faults f = { 0 };

	if (!cJSON_IsObject(c->body)) {
		request_problem(c->r, 400, PROBLEM_BODY, "body.invalid", "The body must be one JSON object");
		return false;
	}
	find_mistyped(c, &f);
	if (c->r->x->method == METHOD_POST)
		find_missing(c, &f);
	bool fine = !f.said.len;
	if (!fine)
		request_problem(c->r, 400, f.only_missing ? PROBLEM_NO_FIELD : PROBLEM_FIELD, "body.invalid", buf_text(&f.said));
	buf_free(&f.said);
	return fine;
}

/* the digits of an amount as they were sent: no floating point touches money */
static cJSON *
digits(struct tmf_call *c, const char *attribute)
{
	const struct buf *body = &c->r->x->body;
	struct span raw;

	if (!scan_find(body->data, body->len, attribute, &raw) || raw.len > 60)
		return NULL;
	if (*raw.at == '"')
		raw = (struct span){ raw.at + 1, raw.len - 2 };
	return cJSON_CreateString(arena_strndup(c->r->job.arena, raw.at, raw.len));
}

/* null removes (RFC 7396), and an empty text says as little: the operation is told by name when its row lets it */
static bool
clear_one(struct tmf_call *c, const char *argument, cJSON *args)
{
	const struct field *f = shape_field(c->op, "cleared");
	cJSON *list = cJSON_GetObjectItemCaseSensitive(args, "cleared");

	if (!f || !choice_is(f->choices, argument))
		return false;
	if (!list)
		list = cJSON_AddArrayToObject(args, "cleared");
	cJSON_AddItemToArray(list, cJSON_CreateString(argument));
	return true;
}

static bool
map_one(struct tmf_call *c, const struct tmf_map *m, cJSON *args, bool patching)
{
	const struct field *f = shape_field(c->op, m->argument);
	const cJSON *v = json_path(c->body, m->attribute);

	must(f);
	if (!v || (cJSON_IsNull(v) && !patching))
		return true;
	if (cJSON_IsNull(v) && m->keep)
		return true;
	if (patching && (cJSON_IsNull(v) || (cJSON_IsString(v) && !*v->valuestring)) && clear_one(c, m->argument, args))
		return true;
	if (cJSON_IsNull(v)) {
		tmf_bad_body(c, PROBLEM_FIELD, m->attribute, "cannot be removed");
		return false;
	}
	cJSON *value = f->kind == FIELD_DECIMAL ? digits(c, m->attribute) : cJSON_Duplicate(v, true);
	if (value)
		cJSON_AddItemToObject(args, m->argument, value);
	return true;
}

/* what no argument has taken travels as the document */
static void
add_document(struct tmf_call *c, const struct tmf_map *map, cJSON *args, bool patching)
{
	if (!shape_field(c->op, "document"))
		return;
	cJSON *rest = cJSON_Duplicate(c->body, true);
	cJSON_DeleteItemFromObjectCaseSensitive(rest, "id");
	cJSON_DeleteItemFromObjectCaseSensitive(rest, "href");
	for (const struct tmf_map *m = map; m && m->attribute; m++)
		if (!m->keep && !strchr(m->attribute, '.'))
			cJSON_DeleteItemFromObjectCaseSensitive(rest, m->attribute);
	if (patching && !rest->child && !shape_field(c->op, "document")->required)
		cJSON_Delete(rest);
	else
		cJSON_AddItemToObject(args, "document", rest);
}

static cJSON *
object_in(struct arena *a)
{
	cJSON *o = cJSON_CreateObject();

	arena_own(a, (void (*)(void *))cJSON_Delete, o);
	return o;
}

static cJSON *
map_body(struct tmf_call *c, const struct tmf_map *map, bool patching)
{
	cJSON *args = object_in(c->r->job.arena);

	for (const struct tmf_map *m = map; m && m->attribute; m++)
		if (!map_one(c, m, args, patching))
			return NULL;
	add_document(c, map, args, patching);
	return args;
}

void
tmf_create(struct tmf_call *c)
{
	cJSON *args = map_body(c, c->op == c->res->create ? c->res->create_map : NULL, false);

	if (args && (!c->res->create_more || c->res->create_more(c, args)))
		send_write(c, args);
}

/* ---- POST, PATCH, DELETE ---------------------------------------------------------------------------------------------- */

static void
post(struct tmf_call *c)
{
	c->body = request_json(c->r);
	if (!c->body || !check_body(c))
		return;
	c->op = c->res->create;
	if (c->res->create_first)
		c->res->create_first(c);
	else
		tmf_create(c);
}

/* an attribute that stands fast may be repeated, not changed */
static bool
keep_fixed(struct tmf_call *c, const char *name)
{
	const cJSON *v = cJSON_GetObjectItemCaseSensitive(c->body, name);

	if (!v)
		return true;
	if (!cJSON_Compare(v, cJSON_GetObjectItemCaseSensitive(c->current, name), true)) {
		tmf_bad_body(c, PROBLEM_FIELD, name, "cannot be changed");
		return false;
	}
	cJSON_DeleteItemFromObjectCaseSensitive(c->body, name);
	return true;
}

static bool
keep_all_fixed(struct tmf_call *c)
{
	if (!keep_fixed(c, "id") || !keep_fixed(c, "href"))
		return false;
	for (const char *const *name = c->res->fixed; name && *name; name++)
		if (!keep_fixed(c, *name))
			return false;
	return true;
}

static void
patch(struct tmf_call *c)
{
	const struct field *target = shape_target(c->res->patch);
	cJSON *args;

	c->op = c->res->patch;
	if (!keep_all_fixed(c))
		return;
	args = map_body(c, c->res->patch_map, true);
	if (!args || (c->res->patch_more && !c->res->patch_more(c, args)))
		return;
	must(target);
	if (!cJSON_HasObjectItem(args, target->name))
		cJSON_AddStringToObject(args, target->name, c->id);
	send_write(c, args);
}

static void
found_to_change(struct job *j, const struct pg_result *rows)
{
	struct tmf_call *c = tmf_call_of(j);
	struct error err = { 0 };

	if (pg_rows(rows) == 0) {
		no_such(c);
		return;
	}
	if (c->r->x->method == METHOD_PATCH) {
		c->current = json_parse(j->arena, pg_value(rows, 0, 0), (size_t)pg_length(rows, 0, 0), &err);
		if (c->current)
			patch(c);
		else
			request_fail(c->r, &err);
		return;
	}
	cJSON *args = object_in(j->arena);
	c->op = c->res->remove;
	cJSON_AddStringToObject(args, shape_target(c->op)->name, c->id);
	send_write(c, args);
}

static void
reached_to_change(struct job *j)
{
	select_document(tmf_call_of(j), found_to_change);
}

static void
change(struct tmf_call *c)
{
	if (c->r->x->method == METHOD_PATCH) {
		c->body = request_json(c->r);
		if (!c->body || !check_body(c))
			return;
	}
	job_reach(&c->r->job, c->table->schema, reached_to_change);
}

/* ---- dispatch -------------------------------------------------------------------------------------------------------------- */

static const char *
allowed(const struct tmf_call *c)
{
	return arena_printf(c->r->job.arena, c->id ? "GET%s%s" : "GET%s", c->id ? c->res->patch ? ", PATCH" : "" :
	    c->res->create ? ", POST" : "", c->res->remove ? ", DELETE" : "");
}

static void
run(struct tmf_call *c)
{
	struct job *j = &c->r->job;
	enum exchange_method m = c->r->x->method;
	struct error err = { 0 };

	if (m == METHOD_GET ? !criteria_parse(c->r->x->query, c->res->attributes, j->arena, &c->want, &err) :
	    !criteria_parse(c->r->x->query, NULL, j->arena, &c->want, &err))
		bad_query(c, &err);
	else if (m == METHOD_GET)
		job_reach(j, c->table->schema, c->id ? one_reached : list_reached);
	else if (m == METHOD_POST && !c->id && c->res->create)
		post(c);
	else if (c->id && ((m == METHOD_PATCH && c->res->patch) || (m == METHOD_DELETE && c->res->remove)))
		change(c);
	else
		request_method_not_allowed(c->r, allowed(c));
}

bool
tmf_route(struct request *r)
{
	struct tmf_call *c = arena_new_of(r->job.arena, struct tmf_call);

	c->r = r;
	c->res = tmf_resource_at(r->x->path, &c->api, &c->id, r->job.arena);
	if (!c->res)
		return false;
	r->job.route = label(c);
	if (!request_claims(r, r->x->method == METHOD_GET ? MAY_QUERY : MAY_COMMAND))
		return true;
	c->table = read_table_of_resource(c->res->name);
	must(c->table);
	r->job.state = c;
	run(c);
	return true;
}
