/* framing.c -- see framing.h */
#include "gateways/http/framing.h"
#include <microhttpd.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

/* headers that may come once: of two, each reader would choose his own */
static const char *const single[] = { "Host", "Content-Length", "Transfer-Encoding", "Content-Type", "Authorization",
	"Idempotency-Key", "Expect", NULL };
#define OUR_OWN "X-BSS-"
#define SEEN_MAX 32

struct look { const char *fault, *seen[SEEN_MAX]; int n; };

static bool
only_once(const char *name)
{
	for (int i = 0; single[i]; i++)
		if (strcasecmp(single[i], name) == 0)
			return true;
	return strncasecmp(name, OUR_OWN, strlen(OUR_OWN)) == 0;
}

/* letters, digits and what RFC 9110 calls a token: no blank before the colon */
static bool
name_ok(const char *name, size_t n)
{
	return n > 0 && strspn(name, "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") == n;
}

static bool
seen_before(struct look *l, const char *name)
{
	for (int i = 0; i < l->n; i++)
		if (strcasecmp(l->seen[i], name) == 0)
			return true;
	if (l->n == SEEN_MAX)
		return true;
	l->seen[l->n++] = name;
	return false;
}

static enum MHD_Result
look_at(void *cls, enum MHD_ValueKind kind, const char *name, size_t name_len, const char *value, size_t value_len)
{
	struct look *l = cls;
	(void)kind, (void)value, (void)value_len;

	if (!name_ok(name, name_len))
		l->fault = "The name of a header holds a character that has no place there";
	else if (only_once(name) && seen_before(l, name))
		l->fault = "A header that may come once came twice";
	return l->fault ? MHD_NO : MHD_YES;
}

static const char *
value_of(struct MHD_Connection *c, const char *name)
{
	return MHD_lookup_connection_value(c, MHD_HEADER_KIND, name);
}

const char *
framing_fault(struct MHD_Connection *c, const char *version, int *status)
{
	struct look l = { 0 };
	const char *coding = value_of(c, "Transfer-Encoding"), *expect = value_of(c, "Expect");

	*status = 400;
	MHD_get_connection_values_n(c, MHD_HEADER_KIND, look_at, &l);
	if (l.fault)
		return l.fault;
	if (coding && value_of(c, "Content-Length"))
		return "A request has a length or comes in chunks, not both";
	if (strcmp(version, "HTTP/1.1") == 0 && !value_of(c, "Host"))
		return "The header Host is missing";
	if (coding && strcasecmp(coding, "chunked") != 0)
		return *status = 501, "The only transfer coding that this server reads is chunked";
	if (expect && strcasecmp(expect, "100-continue") != 0)
		return *status = 417, "The only expectation that this server meets is 100-continue";
	return NULL;
}
