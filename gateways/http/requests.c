/* requests.c -- from the door to a handler, and back: routing, the common headers, JSON in, errors out. */
#include "gateways/http/requests.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "core/base/clock.h"
#include "core/base/codec.h"
#include "core/base/json.h"
#include "core/base/log.h"
#include "gateways/http/url.h"
#include "gateways/tmf/tmf.h"

#define COMMAND_TIMEOUT (10 * SECOND)
#define LINES_A_MINUTE 60
#define STRANGERS_BODY 1024                  /* nothing that needs no token reads one */

/* ---- answers ------------------------------------------------------------------------------------ */

void
request_answer(struct request *r, int status)
{
	struct exchange *x = r->x;
	char number[24];

	exchange_header(x, "X-Request-ID", r->request_id ? r->request_id : "-");
	exchange_header(x, "Cache-Control", "no-store");
	exchange_header(x, "X-Content-Type-Options", "nosniff");
	if (r->wrote) {
		snprintf(number, sizeof number, "%lld", (long long)r->wrote);
		exchange_header(x, "X-BSS-Position", number);
	}
	if (status == 503)
		exchange_header(x, "Retry-After", "1");
	exchange_answer(x, status);
}

void
request_problem(struct request *r, int status, const char *code, const char *reason, const char *message)
{
	buf_clear(&r->x->out);
	r->x->content_type = NULL;
	problem_write(&r->x->out, status, code, reason, message);
	request_answer(r, status);
}

bool
room_for_line(struct lines *l)
{
	char number[12];

	if (mono_now() - l->since > MINUTE) {
		snprintf(number, sizeof number, "%d", l->left_out);
		if (l->left_out)
			log_warn("log.lines_left_out", "lines", number);
		*l = (struct lines){ .since = mono_now() };
	}
	if (l->n++ < LINES_A_MINUTE)
		return true;
	l->left_out++;
	return false;
}

void
request_fail(struct request *r, const struct error *err)
{
	static struct lines lines;

	buf_clear(&r->x->out);
	r->x->content_type = NULL;
	int status = problem_of(&r->x->out, err);
	if (status >= 500 && room_for_line(&lines))
		log_error_line("http.failed", err);
	request_answer(r, status);
}

static void
job_failed(struct job *j, const struct error *err)
{
	request_fail(request_of(j), err);
}

void
request_not_found(struct request *r)
{
	request_problem(r, 404, PROBLEM_NOT_FOUND, "not_found", "There is no such resource");
}

/* OPTIONS asks for just that list */
void
request_method_not_allowed(struct request *r, const char *allowed)
{
	const char *head = strncmp(allowed, "GET", 3) == 0 ? "HEAD, " : "";

	exchange_header(r->x, "Allow", arena_printf(r->job.arena, "%s%s, OPTIONS", head, allowed));
	if (r->x->method == METHOD_OPTIONS)
		request_answer(r, 204);
	else
		request_problem(r, 405, PROBLEM_METHOD, "method_not_allowed", "This resource does not have that method");
}

/* ---- routes --------------------------------------------------------------------------------------- */

/* a path with {} for a segment; what stood there is kept */
static bool
fits(const char *template, const char *path, struct request *r)
{
	while (*template) {
		if (strncmp(template, "{}", 2) != 0) {
			if (*template++ != *path++)
				return false;
			continue;
		}
		size_t n = strcspn(path, "/");
		if (n == 0)
			return false;
		r->id = arena_strndup(r->job.arena, path, n);
		template += 2;
		path += n;
	}
	return *path == 0 || strcmp(path, "/") == 0;
}

static const char *const method_names[] = { [METHOD_GET] = "GET", [METHOD_POST] = "POST", [METHOD_PATCH] = "PATCH",
	[METHOD_DELETE] = "DELETE", [METHOD_PUT] = "PUT", [METHOD_OTHER] = "" };

static bool
own_route(struct request *r)
{
	char allowed[64] = "";

	for (const struct route *t = own_routes; t->path; t++) {
		if (!fits(t->path, r->x->path, r))
			continue;
		r->job.route = t->path;
		if (t->method == r->x->method) {
			if (t->may == OPEN || request_claims(r, t->may))
				t->handle(r);
			return true;
		}
		snprintf(allowed + strlen(allowed), sizeof allowed - strlen(allowed), "%s%s", *allowed ? ", " : "",
		    method_names[t->method]);
	}
	if (!*allowed)
		return false;
	if (request_claims(r, 0))
		request_method_not_allowed(r, allowed);
	return true;
}

static const char *
request_id_of(struct request *r)
{
	const char *given = exchange_request_header(r->x, "X-Request-ID");
	char made[33];

	if (given && *given && strlen(given) <= 128 && strspn(given, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	    "0123456789-_.:/+=@") == strlen(given))
		return arena_strdup(r->job.arena, given);
	unique_hex(made, 32);
	made[12] = '4';                              /* the form of a random UUID */
	return arena_printf(r->job.arena, "%.8s-%.4s-%.4s-a%.3s-%.12s", made, made + 8, made + 12, made + 17, made + 20);
}

static bool
open_to_all(struct request *r)
{
	for (const struct route *t = own_routes; t->path; t++)
		if (t->may == OPEN && fits(t->path, r->x->path, r))
			return true;
	return false;
}

/* who shows no token is told so before the body: strangers' bodies are not taken in */
void
request_seen(void *gateway, struct exchange *x)
{
	struct request *r = arena_new_of(x->arena, struct request);

	r->x = x;
	r->job = (struct job){ .gateway = gateway, .arena = x->arena, .failed = job_failed, .owner = r, .route = "other" };
	x->context = r;
	r->request_id = request_id_of(r);
	if (open_to_all(r))
		x->body_most = STRANGERS_BODY;
	else
		request_identify(r);
}

void
request_arrived(void *gateway, struct exchange *x)
{
	struct request *r = x->context;
	(void)gateway;

	if (own_route(r) || tmf_route(r))
		return;
	if (request_claims(r, 0))
		request_not_found(r);
}

void
request_finished(void *gateway, struct exchange *x)
{
	struct gateway *g = gateway;
	struct request *r = x->context;

	metrics_request(&g->metrics, x->method_name, r ? r->job.route : "refused", x->status ? x->status : 499,
	    mono_now() - x->began);
}

/* ---- bodies ------------------------------------------------------------------------------------------ */

static bool
media_is(const char *header, const char *type)
{
	size_t n = strlen(type);

	return strncasecmp(header, type, n) == 0 && strchr("; \t", header[n]);
}

bool
request_media_ok(struct request *r)
{
	const char *type = exchange_request_header(r->x, "Content-Type");

	if (!type || media_is(type, "application/json") ||
	    (r->x->method == METHOD_PATCH && media_is(type, "application/merge-patch+json")))
		return true;
	exchange_header(r->x, r->x->method == METHOD_PATCH ? "Accept-Patch" : "Accept-Post", r->x->method == METHOD_PATCH ?
	    "application/merge-patch+json, application/json" : "application/json");
	request_problem(r, 415, PROBLEM_HEADER, "media_type.not_supported", "The body must be application/json");
	return false;
}

cJSON *
request_json(struct request *r)
{
	struct error err = { 0 };

	if (!request_media_ok(r))
		return NULL;
	if (r->x->body.len == 0) {
		request_problem(r, 400, PROBLEM_NO_BODY, "body.missing", "A JSON body is needed");
		return NULL;
	}
	cJSON *body = json_parse_strictly(r->job.arena, r->x->body.data, r->x->body.len, &err);
	if (!body)
		request_problem(r, 400, PROBLEM_BODY, err.rule, err.message);
	return body;
}

static bool
parameter_ok(struct request *r, const char *p, size_t n, const char *const *names)
{
	size_t len = strcspn(p, "=&");

	if (len >= n || !url_decode(r->job.arena, p + len + 1, n - len - 1, true)) {
		request_problem(r, 400, PROBLEM_QUERY, "query.malformed", "A parameter is not properly encoded or has no value");
		return false;
	}
	for (; *names; names++)
		if (strlen(*names) == len && memcmp(*names, p, len) == 0)
			return true;
	request_problem(r, 400, PROBLEM_QUERY, "query.unknown_parameter", "There is no such parameter here");
	return false;
}

bool
request_parameters_ok(struct request *r, const char *const *names)
{
	for (const char *p = r->x->query; p && *p;) {
		size_t n = strcspn(p, "&");
		if (n && !parameter_ok(r, p, n, names))
			return false;
		p += n + (p[n] == '&');
	}
	return true;
}

const char *
request_parameter(struct request *r, const char *name)
{
	size_t len = strlen(name);

	for (const char *p = r->x->query; p && *p;) {
		size_t n = strcspn(p, "&");
		if (n > len && p[len] == '=' && memcmp(p, name, len) == 0) {
			char *value = url_decode(r->job.arena, p + len + 1, n - len - 1, true);
			return value ? value : "";
		}
		p += n + (p[n] == '&');
	}
	return NULL;
}

/* ---- commands ------------------------------------------------------------------------------------------- */

struct bus_item
item_of(struct arena *a, const struct shape *op, const void *args)
{
	struct buf packed = { 0 };

	shape_pack(op, args, &packed, NULL);
	struct bus_item item = { .op = op->name, .args = arena_memdup(a, buf_text(&packed), packed.len),
		.args_len = packed.len };
	buf_free(&packed);
	return item;
}

struct commanding { const struct shape *op; void (*then)(struct request *, const struct bus_answer *); };

static void
command_answered(struct job *j, int tag, const struct error *err, struct bus_answer *answer, int n)
{
	struct request *r = request_of(j);
	struct commanding *c = j->state;
	(void)tag, (void)n;

	if (err) {
		request_fail(r, err);
	} else if (answer->status == ANSWER_ERROR) {
		request_fail(r, &answer->error);
	} else {
		r->wrote = answer->position;
		job_wrote(j, c->op->domain, answer->position);
		c->then(r, answer);
	}
}

void
request_command(struct request *r, const struct shape *op, const void *args,
    void (*then)(struct request *, const struct bus_answer *))
{
	struct bus_item item = item_of(r->job.arena, op, args);
	struct commanding *c = arena_new_of(r->job.arena, struct commanding);

	*c = (struct commanding){ op, then };
	item.key = r->key;
	r->job.state = c;
	job_ask(&r->job, SOCKET_COMMANDS, &item, 1, COMMAND_TIMEOUT, 0, command_answered);
}

void
request_command_json(struct request *r, const struct shape *op, const cJSON *json,
    void (*then)(struct request *, const struct bus_answer *))
{
	struct error err = { 0 };
	void *args = arena_alloc(r->job.arena, op->size);

	if (shape_from_json(op, json, r->job.arena, args, &err))
		request_command(r, op, args, then);
	else
		request_fail(r, &err);
}
