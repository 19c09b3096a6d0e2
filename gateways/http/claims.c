/* claims.c -- who asks: the token proves an identity, headers claim the rest, within what the identity may claim.
 *
 * No header may assert an identity; a presented token is never echoed or logged. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "core/base/clock.h"
#include "core/base/config.h"
#include "core/base/id.h"
#include "core/base/log.h"
#include "core/base/text.h"
#include "gateways/http/requests.h"

/* one line per address and path in a minute, and few in all: who guesses tokens does not fill the log */
static bool
worth_a_line(const char *peer, const char *path)
{
	static struct { unsigned hash; int64_t at; } told[64];
	static struct lines lines;
	unsigned h = 2166136261u;

	for (const char *p = peer; *p; p++)
		h = (h ^ (unsigned char)*p) * 16777619u;
	for (const char *p = path; *p; p++)
		h = (h ^ (unsigned char)*p) * 16777619u;
	if ((told[h % 64].hash == h && mono_now() - told[h % 64].at < MINUTE) || !room_for_line(&lines))
		return false;
	told[h % 64].hash = h;
	told[h % 64].at = mono_now();
	return true;
}

/* a path without what may name somebody: only words and versions are told, as "*" what else stands between slashes */
static const char *
path_told(struct arena *a, const char *path)
{
	char *out = arena_strdup(a, ""), told[41];

	for (int i = 0; *path == '/' && i < 6; i++) {
		size_t n = strcspn(++path, "/"), digits = 0;
		snprintf(told, sizeof told, "%.*s", n < 41 ? (int)n : 0, path);
		for (size_t k = 0; told[k]; k++)
			digits += told[k] >= '0' && told[k] <= '9';
		bool word = n < 41 && digits <= 2 && strspn(told,
			"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") == n;
		out = arena_printf(a, "%s/%s", out, word ? told : "*");
		path += n;
	}
	return out;
}

static bool
unauthorised(struct request *r, const char *code, const char *message)
{
	char peer[64];

	exchange_peer(r->x, peer);
	r->job.gateway->metrics.unauthorised++;
	if (worth_a_line(peer, r->x->path))
		log_warn("auth.401", "peer", peer, "path", path_told(r->job.arena, r->x->path), "rule", code);
	exchange_header(r->x, "WWW-Authenticate", "Bearer");
	request_problem(r, 401, code, code, message);
	return false;
}

static const char *
token_of(const struct request *r)
{
	const char *token = exchange_request_header(r->x, "X-BSS-API-Token");
	const char *bearer = exchange_request_header(r->x, "Authorization");

	if (token && *token)
		return token;
	if (!bearer || strncasecmp(bearer, "Bearer ", 7) != 0)
		return NULL;
	bearer += 7;
	return bearer + strspn(bearer, " ");
}

static bool
bad_header(struct request *r, const char *name)
{
	char message[96];

	snprintf(message, sizeof message, "The header %s is not valid", name);
	request_problem(r, 400, PROBLEM_HEADER, "header.invalid", message);
	return false;
}

/* ---- claims ------------------------------------------------------------------------------------- */

static bool
claim_ok(const char *text, size_t most)
{
	size_t n = strlen(text);

	if (n > most || !utf8_valid(text, n))
		return false;
	for (; *text; text++)
		if ((unsigned char)*text < 0x20)
			return false;
	return true;
}

static bool
take_claim(struct request *r, const char *header, const char *fallback, size_t most, const char **out)
{
	const char *given = exchange_request_header(r->x, header);

	*out = given && *given ? arena_strdup(r->job.arena, given) : fallback;
	return claim_ok(*out, most) || bad_header(r, header);
}

static bool
forbidden(struct request *r, const char *reason, const char *message)
{
	request_problem(r, 403, PROBLEM_DENIED, reason, message);
	return false;
}

/* unique, not secret: random bytes are drawn by the kilobyte, because a system call for each id would cost more than the
 * rest of the header */
void
unique_hex(char *out, int digits)
{
	static uint8_t drawn[4096];
	static size_t at = sizeof drawn;

	if (at + 16 > sizeof drawn) {
		random_bytes(drawn, sizeof drawn);
		at = 0;
	}
	for (int i = 0; i < digits; i++)
		out[i] = "0123456789abcdef"[drawn[at + (size_t)i / 2] >> (i % 2 ? 4 : 0) & 15];
	out[digits] = 0;
	at += 16;
}

/* 00-<32 hex>-<16 hex>-<2 hex> */
static void
adopt_trace(struct request *r)
{
	const char *parent = exchange_request_header(r->x, "traceparent");
	struct claims *c = &r->job.claims;

	unique_hex(c->span, 16);
	if (parent && strlen(parent) == 55 && strncmp(parent, "00-", 3) == 0 &&
	    strspn(parent + 3, "0123456789abcdef") == 32 && parent[35] == '-' &&
	    strspn(parent + 36, "0123456789abcdef") == 16 && parent[52] == '-' && strspn(parent + 3, "0") < 32) {
		snprintf(c->trace, sizeof c->trace, "%.32s", parent + 3);
		snprintf(c->span, sizeof c->span, "%.16s", parent + 36);
		c->traced = true;
		return;
	}
	unique_hex(c->trace, 32);
}

static bool
take_key(struct request *r)
{
	const char *key = exchange_request_header(r->x, "Idempotency-Key");

	if (!key)
		return true;
	if (!*key || strlen(key) > 128)
		return bad_header(r, "Idempotency-Key");
	for (const char *p = key; *p; p++)
		if (*p < 0x21 || *p > 0x7E)
			return bad_header(r, "Idempotency-Key");
	r->key = arena_strdup(r->job.arena, key);
	return true;
}

static bool
take_after(struct request *r)
{
	const char *after = exchange_request_header(r->x, "X-BSS-After");

	if (!after)
		return true;
	size_t n = strspn(after, "0123456789");
	if (n == 0 || after[n] || n > 18)
		return bad_header(r, "X-BSS-After");
	r->job.after = strtoll(after, NULL, 10);
	return true;
}

static bool
acceptable(struct request *r)
{
	const char *accept = exchange_request_header(r->x, "Accept");

	if (!accept || !*accept || strstr(accept, "*/*") || strstr(accept, "application/*") || strstr(accept, "json"))
		return true;
	if (r->x->content_type || strstr(accept, "text/plain"))
		return true;
	request_problem(r, 406, PROBLEM_HEADER, "media_type.not_acceptable", "This server answers application/json");
	return false;
}

bool
request_identify(struct request *r)
{
	struct claims *c = &r->job.claims;
	const char *token = token_of(r);

	if (!token || !*token)
		return unauthorised(r, "AUTH_MISSING_TOKEN", "X-BSS-API-Token header required");
	c->who = identity_of(token);
	if (!c->who)
		return unauthorised(r, "AUTH_INVALID_TOKEN", "invalid API token");
	c->token = arena_strdup(r->job.arena, token);
	if (!(c->who->may & (MAY_COMMAND | MAY_QUERY)))
		return forbidden(r, "auth.not_for_this_identity", "This identity talks to the core only");
	return true;
}

bool
request_claims(struct request *r, unsigned may)
{
	struct claims *c = &r->job.claims;

	if (r->claimed)
		return true;
	if (!c->who && !request_identify(r))
		return false;
	if ((c->who->may & may) != may)
		return forbidden(r, "auth.admin_needed", "This identity may not do that");
	if (!acceptable(r) || !take_key(r) || !take_after(r))
		return false;
	if (!take_claim(r, "X-BSS-Tenant", config_text("BSS_TENANT_DEFAULT"), 63, &c->tenant) ||
	    !take_claim(r, "X-BSS-Actor", "system", 100, &c->actor) ||
	    !take_claim(r, "X-BSS-Channel", c->who->usual, 40, &c->channel))
		return false;
	if (!text_id_ok(c->tenant))
		return bad_header(r, "X-BSS-Tenant");
	if (!identity_may_claim(c->who, c->channel))
		return forbidden(r, "auth.channel_not_allowed", "This identity may not act in that channel");
	if (!identity_may_act(c->who, c->actor))
		return forbidden(r, "auth.actor_not_allowed", "This identity may not act as a part of the system");
	c->scenario = strcmp(c->channel, "scenario") == 0;
	adopt_trace(r);
	return r->claimed = true;
}
