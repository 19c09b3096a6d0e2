/* http_client.h -- libcurl's one door: a request, and everything that came back.
 *
 * Blocking: for clients, tests and effects that have a thread of their own, never for a serving loop.
 * An answer with any status is a success here; only "no answer" is an error. */
#pragma once
#include <stddef.h>
#include <stdint.h>
#include "core/base/arena.h"
#include "core/base/error.h"

struct http_header { const char *name, *value; };

struct http_request {
	const char *method;                   /* NULL: GET, or POST with a body */
	const char *url;                      /* http or https */
	const struct http_header *headers;    /* header_count of them */
	int header_count;
	const void *body;                     /* NULL: none */
	size_t body_len;                      /* 0 with a body: it is a C string */
	int64_t timeout;                      /* microseconds for the whole exchange; 0: 30 seconds */
	bool follow_redirects;                /* at most 10 */
	size_t max_body;                      /* 0: 16 MiB; more is an error, not a cut */
};

struct http_response {
	int status;
	const struct http_header *headers;    /* of the last answer, in order; repeated ones are all there */
	int header_count;
	const char *body;                     /* never NULL, a NUL behind its length */
	size_t body_len;
	const char *url;                      /* where redirects ended */
};

/* UNAVAILABLE: `http.timeout`, `http.unreachable`; INVALID: `http.request`.  All memory is the arena's. */
bool http_fetch(const struct http_request *, struct arena *, struct http_response *, struct error *);
const char *http_header_of(const struct http_response *, const char *name);   /* the first so named, or NULL */
