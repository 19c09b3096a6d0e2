/* client_ops.c -- operations that run in the client, made of others: a card number must not leave this
 * process, and waiting for an order's state belongs to who waits. */
#include "cockpit/client_inner.h"
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include "core/base/clock.h"
#include "core/base/config.h"
#include "core/base/crypt.h"
#include "core/base/id.h"
#include "core/base/json.h"
#include "core/base/must.h"
#include "schemas/registry.h"

/* ---- payment.add_card ----------------------------------------------------------------------- */

#define PAN_LEAST 12

static bool
card_digits(const char *raw, char *digits, size_t room)
{
	size_t n = 0;

	for (const char *p = raw; *p; p++) {
		if (*p == ' ' || *p == '-')
			continue;
		if (!isdigit((unsigned char)*p) || n + 1 >= room)
			return false;
		digits[n++] = *p;
	}
	digits[n] = 0;
	return n >= PAN_LEAST;
}

/* FAIL or DECLINE behind the digits asks for a card that the mock provider declines */
static const char *
card_wish(const char *raw, char *bare, size_t room)
{
	static const char *const wishes[] = { "DECLINE", "FAIL" };

	snprintf(bare, room, "%s", raw);
	for (size_t i = 0; i < 2; i++) {
		char *at = strstr(bare, wishes[i]);
		if (at) {
			memset(at, ' ', strlen(wishes[i]));
			for (char *p = bare; *p; p++)
				*p = *p == '_' ? ' ' : *p;
			return wishes[i];
		}
	}
	return NULL;
}

static const char *
card_brand(const char *digits)
{
	int two = (digits[0] - '0') * 10 + digits[1] - '0';

	if (digits[0] == '4')
		return "visa";
	if (two >= 51 && two <= 55)
		return "mastercard";
	return two == 34 || two == 37 ? "amex" : "unknown";
}

/* the mock provider's token.  Under a key the caller chose it must come out the same again, or a repeat would
 * carry other arguments than the first try; the number itself has no part in it. */
static const char *
card_token(const char *wish, const char *key, struct arena *a)
{
	char uuid[UUID_TEXT];
	uint8_t hash[HASH_BYTES];

	uuid_random(uuid);
	if (key) {
		hash_2(hash, "card token", 10, key, strlen(key));
		uuid_format(hash, uuid);
	}
	return wish ? arena_printf(a, "tok_%s_%s", wish, uuid) : arena_printf(a, "tok_%s", uuid);
}

static bool
sandbox_only(struct error *err)
{
	const char *provider = config_text("BSS_PAYMENT_PROVIDER");

	if (!provider || strcmp(provider, "mock") == 0)
		return true;
	error_set(err, ERROR_REFUSED, "payment.add_card.sandbox_only",
		  "Card numbers are only taken for the mock provider, and BSS_PAYMENT_PROVIDER is %s",
		  provider);
	return error_hint(
	    err, "The customer adds the card in the portal, where the provider's own page takes the number");
}

static bool
add_card(struct client *c, const struct payment_add_card *q, const struct call_options *o, struct arena *a,
	struct call_result *r, struct error *err)
{
	char bare[128], digits[40];
	const char *wish = card_wish(q->card_number, bare, sizeof bare);

	if (!sandbox_only(err))
		return false;
	if (!card_digits(bare, digits, sizeof digits)) {
		error_set(err, ERROR_INVALID, "payment.add_card.invalid_number",
			  "The card number is not one: at least %d "
			  "digits, blanks and dashes between them",
			  PAN_LEAST);
		return error_hint(err, "4242 4242 4242 4242 is a test card");
	}
	cJSON *args = cJSON_CreateObject();
	arena_own(a, (void (*)(void *))cJSON_Delete, args);
	cJSON_AddStringToObject(args, "customer_id", q->customer_id);
	cJSON_AddStringToObject(args, "token", card_token(wish, o->key, a));
	cJSON_AddStringToObject(args, "token_provider", "sandbox");
	cJSON_AddStringToObject(args, "brand", card_brand(digits));
	cJSON_AddStringToObject(args, "last4", digits + strlen(digits) - 4);
	cJSON_AddNumberToObject(args, "exp_month", 12);
	cJSON_AddNumberToObject(args, "exp_year", 2030);
	memset(digits, 0, sizeof digits);
	memset(bare, 0, sizeof bare);
	return client_call(c, "payment_method.add", args, o, a, r, err);
}

/* ---- order.wait_until ----------------------------------------------------------------------- */

static bool
order_ended(const char *state)
{
	return strcmp(state, "completed") == 0 || strcmp(state, "failed") == 0 ||
	       strcmp(state, "cancelled") == 0;
}

/* sleeps until the orders' read model moved, or a short while if nobody says so */
static void
wait_for_news(struct bus_subscriber *s, int64_t left, struct arena *a)
{
	struct bus_note note;
	int64_t end = mono_now() + (left < SECOND ? left : SECOND);

	if (!s) {
		sleep_for(left < SECOND / 10 ? left : SECOND / 10);
		return;
	}
	for (int64_t now = mono_now(); now < end; now = mono_now()) {
		struct bus_wait w = { .socket = bus_subscriber_socket(s) };
		bus_wait(&w, 1, end - now);
		bool moved = false;
		while (bus_next_note(s, a, &note))
			moved |= note.name && strcmp(note.name, order_get_shape.domain) == 0;
		if (moved)
			return;
	}
}

static bool
give_up(struct error *err, const char *rule, const struct order_wait_until *q, const char *state)
{
	error_set(err, ERROR_REFUSED, rule, "%s is %s, not %s", q->order_id, state, q->target_state);
	error_fact(err, "order_id", q->order_id);
	error_fact(err, "state", state);
	return error_hint(err, "bss order show %s", q->order_id);
}

static bool
order_until(struct client *c, const struct order_wait_until *q, const struct call_options *o,
	    struct bus_subscriber *news, struct arena *a, struct call_result *r, struct error *err)
{
	const struct order_get get = { .order_id = q->order_id };
	int64_t end = mono_now() + (o->timeout > 0 ? o->timeout : q->timeout_s * SECOND);

	for (;;) {
		if (!client_ask(c, &order_get_shape, &get, &(struct call_options){ 0 }, c->position, a,
				&r->json, err))
			return false;
		const char *state = json_text(r->json, "state");
		state = state ? state : "unknown";
		if (strcmp(state, q->target_state) == 0)
			return true;
		if (order_ended(state))
			return give_up(err, "order.wait_until.other_state", q, state);
		if (mono_now() >= end)
			return give_up(err, "order.wait_until.timeout", q, state);
		wait_for_news(news, end - mono_now(), a);
	}
}

static bool
wait_until(struct client *c, const struct order_wait_until *q, const struct call_options *o, struct arena *a,
	struct call_result *r, struct error *err)
{
	struct error ignored;
	struct bus_subscriber *news =
	    bus_subscribe(SOCKET_APPLIED, (const char *const[]){ TOPIC_APPLIED }, 1, &ignored);

	*r = (struct call_result){ .id = q->order_id, .position = c->position };
	bool ok = order_until(c, q, o, news, a, r, err);
	if (news)
		bus_subscriber_close(news);
	return ok;
}

bool
client_run_here(struct client *c, const struct shape *op, const void *args, const struct call_options *o,
	struct arena *a, struct call_result *r, struct error *err)
{
	if (op == &payment_add_card_shape)
		return add_card(c, args, o, a, r, err);
	must(op == &order_wait_until_shape);
	return wait_until(c, args, o, a, r, err);
}
