/* http_client.c -- one blocking exchange over libcurl.
 *
 * Each thread keeps one handle, because the handle owns the connections: a scenario of a thousand
 * requests to one gateway opens one.  Nothing about a request survives in the handle (curl_easy_reset). */
#include "core/base/http_client.h"
#include "core/base/buf.h"
#include "core/base/must.h"
#include <curl/curl.h>
#include <string.h>
#include <strings.h>

#define DEFAULT_TIMEOUT_MS 30000L
#define DEFAULT_MAX_BODY ((size_t)16 << 20)
#define MAX_HEADERS 256

struct exchange {
	struct arena *arena;
	struct http_header headers[MAX_HEADERS];
	int header_count;
	struct buf body;
	size_t max_body;
	bool too_large;
};

static __thread CURL *handle;

static CURL *
handle_get(void)
{
	static bool started;
	if (!started)
		must(curl_global_init(CURL_GLOBAL_DEFAULT) == 0);
	started = true;
	if (!handle)
		handle = curl_easy_init();
	must(handle != NULL);
	curl_easy_reset(handle);
	return handle;
}

static size_t
take_body(char *p, size_t size, size_t n, void *user)
{
	struct exchange *x = user;
	if (x->body.len + size * n > x->max_body) {
		x->too_large = true;
		return 0;
	}
	buf_add(&x->body, p, size * n);
	return size * n;
}

/* a status line begins a new answer: what an earlier one said (redirect, 100 Continue) is dropped */
static size_t
take_header(char *p, size_t size, size_t n, void *user)
{
	struct exchange *x = user;
	size_t len = size * n, total = len;
	while (len && (p[len - 1] == '\r' || p[len - 1] == '\n'))
		len--;
	if (len >= 5 && memcmp(p, "HTTP/", 5) == 0) {
		x->header_count = 0;
		buf_clear(&x->body);
		return total;
	}
	const char *colon = len ? memchr(p, ':', len) : NULL;
	if (!colon || x->header_count == MAX_HEADERS)
		return total;
	const char *value = colon + 1, *end = p + len;
	while (value < end && (*value == ' ' || *value == '\t'))
		value++;
	x->headers[x->header_count++] = (struct http_header){
		arena_strndup(x->arena, p, (size_t)(colon - p)),
		arena_strndup(x->arena, value, (size_t)(end - value)) };
	return total;
}

static struct curl_slist *
header_list(const struct http_request *r, struct arena *a)
{
	struct curl_slist *list = NULL;
	for (int i = 0; i < r->header_count; i++) {
		const struct http_header *h = &r->headers[i];
		const char *value = h->value ? h->value : "";
		/* libcurl's way to send an empty header is a semicolon */
		struct curl_slist *more = curl_slist_append(list, *value ?
			arena_printf(a, "%s: %s", h->name, value) : arena_printf(a, "%s;", h->name));
		must(more != NULL);
		list = more;
	}
	/* no pause for "100 Continue" */
	struct curl_slist *more = curl_slist_append(list, "Expect:");
	must(more != NULL);
	return more;
}

static void
set_method_and_body(CURL *c, const struct http_request *r)
{
	if (r->body) {
		size_t n = r->body_len ? r->body_len : strlen(r->body);
		curl_easy_setopt(c, CURLOPT_POST, 1L);
		curl_easy_setopt(c, CURLOPT_POSTFIELDS, r->body);
		curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)n);
	} else if (r->method && strcmp(r->method, "HEAD") == 0) {
		curl_easy_setopt(c, CURLOPT_NOBODY, 1L);
	} else if (r->method && strcmp(r->method, "POST") == 0) {
		curl_easy_setopt(c, CURLOPT_POST, 1L);
		curl_easy_setopt(c, CURLOPT_POSTFIELDS, "");
		curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)0);
	}
	/* naming a method makes curl repeat it after a redirect; where the option already says it, it is not named */
	const char *implied = r->body ? "POST" : "GET";
	if (r->method && strcmp(r->method, implied) != 0 && strcmp(r->method, "HEAD") != 0 &&
	    strcmp(r->method, "POST") != 0)
		curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, r->method);
}

static void
set_options(CURL *c, const struct http_request *r, struct exchange *x, struct curl_slist *headers, char *why)
{
	curl_easy_setopt(c, CURLOPT_URL, r->url);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(c, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, r->follow_redirects ? 1L : 0L);
	curl_easy_setopt(c, CURLOPT_MAXREDIRS, 10L);
	curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, r->timeout > 0 ? (long)((r->timeout + 999) / 1000) : DEFAULT_TIMEOUT_MS);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, x);
	curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(c, CURLOPT_HEADERDATA, x);
	curl_easy_setopt(c, CURLOPT_ERRORBUFFER, why);
	set_method_and_body(c, r);
}

/* the sentence names host and reason, not the path: paths and queries may hold codes */
static bool
failed(CURLcode code, const struct exchange *x, const char *why, struct error *err)
{
	const char *reason = why[0] ? why : curl_easy_strerror(code);
	if (x->too_large)
		return error_set(err, ERROR_INVALID, "http.too_large", "The answer is longer than %zu bytes", x->max_body);
	if (code == CURLE_OPERATION_TIMEDOUT)
		return error_set(err, ERROR_UNAVAILABLE, "http.timeout", "No answer in time: %s", reason);
	if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL)
		return error_set(err, ERROR_INVALID, "http.request", "Not a URL that can be asked: %s", reason);
	return error_set(err, ERROR_UNAVAILABLE, "http.unreachable", "No answer: %s", reason);
}

bool
http_fetch(const struct http_request *r, struct arena *a, struct http_response *out, struct error *err)
{
	struct exchange *x = arena_new_of(a, struct exchange);
	x->arena = a;
	x->max_body = r->max_body ? r->max_body : DEFAULT_MAX_BODY;
	char why[CURL_ERROR_SIZE] = "";
	CURL *c = handle_get();
	struct curl_slist *headers = header_list(r, a);
	set_options(c, r, x, headers, why);
	CURLcode code = curl_easy_perform(c);
	long status = 0;
	char *url = NULL;
	curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(c, CURLINFO_EFFECTIVE_URL, &url);
	*out = (struct http_response){ .status = (int)status, .headers = x->headers,
		.header_count = x->header_count, .body_len = x->body.len, .url = arena_strdup(a, url ? url : r->url) };
	char *body = arena_alloc(a, x->body.len + 1);
	memcpy(body, buf_text(&x->body), x->body.len);
	out->body = body;
	buf_free(&x->body);
	curl_slist_free_all(headers);
	return code == CURLE_OK || failed(code, x, why, err);
}

const char *
http_header_of(const struct http_response *r, const char *name)
{
	for (int i = 0; i < r->header_count; i++)
		if (strcasecmp(r->headers[i].name, name) == 0)
			return r->headers[i].value;
	return NULL;
}
