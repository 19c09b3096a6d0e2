/* scenario_http.c -- a step that talks HTTP as a browser would: form or JSON, cookies, redirects told, not
 * followed. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include "cockpit/scenario_inner.h"
#include "core/base/clock.h"

#define BASE_URL "http://portal-self-serve:8000"
#define HEADERS_MOST 64
#define BODY_SHOWN 300

struct web {
	struct run *run;
	const struct value *body;              /* the step, filled in */
	struct http_header headers[HEADERS_MOST];
	struct http_request request;
};

/* ---- the request -------------------------------------------------------------------------------- */

static const char *
plain(struct run *r, const struct value *v)
{
	struct buf text = { 0 };

	value_to_text(v, &text);
	const char *copy = arena_strdup(r->arena, buf_text(&text));
	buf_free(&text);
	return copy;
}

static bool
add_header(struct web *w, const char *name, const char *value)
{
	if (w->request.header_count == HEADERS_MOST || strpbrk(value, "\r\n"))
		return false;
	w->headers[w->request.header_count++] = (struct http_header){ name, value };
	return true;
}

static bool
add_headers(struct web *w)
{
	const struct value *headers = value_member(w->body, "headers");

	if (headers)
		FOR_EACH_ITEM(i, headers)
			if (!add_header(w, i->key, plain(w->run, i)))
				return false;
	return true;
}

static bool
add_cookies(struct web *w)
{
	const struct value *cookies = value_member(w->body, "cookies");
	struct buf line = { 0 };

	if (!cookies || !cookies->n)
		return true;
	FOR_EACH_ITEM(i, cookies)
		buf_printf(&line, "%s%s=%s", i == cookies->first ? "" : "; ", i->key, plain(w->run, i));
	bool ok = add_header(w, "Cookie", arena_strdup(w->run->arena, buf_text(&line)));
	buf_free(&line);
	return ok;
}

static void
url_encode(struct buf *out, const char *text)
{
	for (const unsigned char *p = (const unsigned char *)text; *p; p++)
		if (isalnum(*p) || strchr("-._~", *p))
			buf_byte(out, (char)*p);
		else
			buf_printf(out, "%%%02X", *p);
}

static bool
add_body(struct web *w)
{
	const struct value *form = value_member(w->body, "form"), *json = value_member(w->body, "json");
	struct buf text = { 0 };

	if (!form && !json)
		return true;
	if (json)
		value_to_json(json, &text);
	else
		FOR_EACH_ITEM(i, form) {
			buf_str(&text, i == form->first ? "" : "&");
			url_encode(&text, i->key);
			buf_byte(&text, '=');
			url_encode(&text, plain(w->run, i));
		}
	w->request.body = arena_strdup(w->run->arena, buf_text(&text));
	w->request.body_len = text.len;
	buf_free(&text);
	return add_header(w, "Content-Type", json ? "application/json" : "application/x-www-form-urlencoded");
}

static const char *
absolute(struct web *w, const char *url)
{
	const struct value *base = value_member(w->body, "base_url");
	const char *to = base ? base->text : BASE_URL;
	size_t n = strlen(to);

	if (strncmp(url, "http://", 7) == 0 || strncmp(url, "https://", 8) == 0)
		return url;
	while (n && to[n - 1] == '/')
		n--;
	return arena_printf(w->run->arena, "%.*s%s%s", (int)n, to, *url == '/' ? "" : "/", url);
}

static int64_t
timeout_of(const struct value *body)
{
	const struct value *v = value_member(body, "timeout_seconds");
	double seconds = 30;

	if (v)
		sscanf(v->text, "%lf", &seconds);
	return seconds > 0 && seconds < 3600 ? (int64_t)(seconds * SECOND) : 30 * SECOND;
}

static bool
make_request(struct web *w)
{
	const char *line = value_member(w->body, "http")->text;
	const struct value *follow = value_member(w->body, "follow_redirects");
	bool post = strncmp(line, "POST ", 5) == 0;
	const char *url = line + (post ? 5 : 4);

	w->request.method = post ? "POST" : "GET";
	w->request.url = absolute(w, url + strspn(url, " "));
	w->request.headers = w->headers;
	w->request.timeout = timeout_of(w->body);
	w->request.follow_redirects = follow && follow->truth;
	return add_headers(w) && add_cookies(w) && add_body(w);
}

/* ---- the response ------------------------------------------------------------------------------- */

static char *
lower(struct arena *a, const char *text)
{
	char *copy = arena_strdup(a, text);

	for (char *p = copy; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	return copy;
}

static struct value *
header_values(struct run *r, const struct http_response *response)
{
	struct value *map = value_new(r->arena, VALUE_MAP);

	for (int i = 0; i < response->header_count; i++)
		value_set(map, lower(r->arena, response->headers[i].name), value_text(r->arena,
			response->headers[i].value));
	return map;
}

static struct value *
cookie_values(struct run *r, const struct http_response *response)
{
	struct value *map = value_new(r->arena, VALUE_MAP);

	for (int i = 0; i < response->header_count; i++) {
		const char *line = response->headers[i].value, *equals = strchr(line, '=');
		if (strcasecmp(response->headers[i].name, "set-cookie") != 0 || !equals)
			continue;
		const char *name = arena_strndup(r->arena, line, (size_t)(equals - line));
		size_t n = strcspn(equals + 1, ";");
		value_set(map, name, value_text(r->arena, arena_strndup(r->arena, equals + 1, n)));
	}
	return map;
}

static struct value *
body_value(struct run *r, const struct http_response *response)
{
	const char *type = http_header_of(response, "content-type");
	struct value *body = NULL;
	struct error ignored;

	if (type && strstr(lower(r->arena, type), "json"))
		body = value_from_json(r->arena, response->body, response->body_len, &ignored);
	return body ? body : value_new(r->arena, VALUE_NULL);
}

static struct value *
response_value(struct run *r, const struct http_response *response)
{
	struct value *v = value_new(r->arena, VALUE_MAP);

	value_put(v, "status", value_int(r->arena, response->status));
	value_put(v, "headers", header_values(r, response));
	value_put(v, "cookies", cookie_values(r, response));
	value_put(v, "body", body_value(r, response));
	value_put(v, "body_text", value_text(r->arena, response->body));
	return v;
}

/* ---- what is expected of it --------------------------------------------------------------------- */

static bool
status_is(const struct value *want, const struct value *is)
{
	if (want->kind != VALUE_LIST)
		return value_equal(want, is);
	FOR_EACH_ITEM(i, want)
		if (value_equal(i, is))
			return true;
	return false;
}

static bool
body_has(const struct value *texts, const char *body, bool should, struct buf *why)
{
	if (texts)
		FOR_EACH_ITEM(i, texts)
			if ((strstr(body, i->text) != NULL) != should) {
				buf_printf(why, "the body %s \"%s\"", should ? "does not contain" : "contains", i->text);
				return false;
			}
	return true;
}

static bool
members_are(const struct value *want, const struct value *is, bool any_case, const char *where,
	struct arena *a,
	struct buf *why)
{
	if (want)
		FOR_EACH_ITEM(i, want) {
			const struct value *found = value_member(is, any_case ? lower(a, i->key) : i->key);
			if (found && value_equal(i, found))
				continue;
			buf_printf(why, "%s: %s should be ", where, i->key);
			value_to_json(i, why);
			buf_str(why, found ? ", is " : ", is not there");
			if (found)
				value_to_json(found, why);
			return false;
		}
	return true;
}

static bool
response_holds(struct run *r, const struct value *expect, const struct value *is, struct buf *why)
{
	const struct value *status = value_member(expect, "status");
	const char *body = value_member(is, "body_text")->text;

	if (status && !status_is(status, value_member(is, "status"))) {
		buf_printf(why, "the status is %s, expected ", value_member(is, "status")->text);
		value_to_json(status, why);
		return false;
	}
	return body_has(value_member(expect, "body_contains"), body, true, why) &&
		body_has(value_member(expect, "body_not_contains"), body, false, why) &&
		members_are(value_member(expect, "headers_match"), value_member(is, "headers"), true, "headers", r->arena,
			why) &&
		members_are(value_member(expect, "body_json_equals"), value_member(is, "body"), false, "body", r->arena,
			why);
}

static struct outcome
judge(struct web *w, const struct step *s, struct value *result, struct value *captured)
{
	const struct value *expect = value_member(w->body, "expect");
	const char *body = value_member(result, "body_text")->text, *uncaptured = NULL;
	struct outcome o = { .ok = true, .result = result };
	struct buf why = { 0 };

	if (expect && expect->kind == VALUE_MAP && !response_holds(w->run, expect, result, &why))
		o = outcome_failed(w->run, false, "%s %s: %s\n  %.*s", w->request.method, w->request.url, buf_text(&why),
			BODY_SHOWN, body);
	else if (!capture_patterns(w->run, s->capture_regex, result, false, captured, &uncaptured))
		o = outcome_failed(w->run, false, "%s", uncaptured);
	buf_free(&why);
	return o;
}

/* the step as written with its placeholders filled in, patterns and paths left alone */
static bool
fill_step(struct run *r, const struct step *s, struct value **out, struct error *err)
{
	*out = value_new(r->arena, VALUE_MAP);
	FOR_EACH_ITEM(i, s->body) {
		struct value *v;
		if (strncmp(i->key, "capture", 7) == 0)
			continue;
		if (!value_fill(r->arena, r->variables, i, &v, err))
			return false;
		value_put(*out, i->key, v);
	}
	return true;
}

struct outcome
http_step(struct run *r, const struct step *s, struct value *captured)
{
	struct web w = { .run = r };
	struct http_response response;
	struct value *filled;
	struct error err = { 0 };

	if (!fill_step(r, s, &filled, &err))
		return outcome_error(r, true, &err);
	w.body = filled;
	if (!make_request(&w))
		return outcome_failed(r, true, "more than %d headers, or one with a line break in it", HEADERS_MOST);
	if (!r->host->fetch(r->host->self, &w.request, r->arena, &response, &err))
		return outcome_error(r, false, &err);
	return judge(&w, s, response_value(r, &response), captured);
}
