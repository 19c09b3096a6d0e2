/* mock_payment.c -- a card provider that approves, unless the token says otherwise.
 *
 * 50 ms a call; a token containing FAIL or DECLINE is declined.  References come from the request's event id: asked twice with the
 * same key, it answers the same, as a real provider does. */
#include <string.h>
#include "core/base/clock.h"
#include "gateways/effects/effect.h"

static bool
declines(const char *token)
{
	return token && (strstr(token, "FAIL") || strstr(token, "DECLINE"));
}

static void
answer_charge(struct work *w)
{
	struct buf out = { 0 };
	struct json j = json_to(&out);
	bool no = declines(json_text(w->fields, "token"));
	const char *ref = arena_printf(w->arena, "mock_%s", w->event_id);

	json_object(&j);
	json_put(&j, "attempt_id", w->id);
	json_put(&j, "status", no ? "declined" : "approved");
	json_put(&j, "gateway_ref", ref);
	json_put(&j, "provider_call_id", ref);
	if (no) {
		json_put(&j, "decline_code", "card_declined");
		json_put(&j, "decline_reason", "card_declined_by_issuer");
	}
	json_object_end(&j);
	work_answer(w, "payment.record_result", true, buf_text(&out));
	buf_free(&out);
}

static void
answer_refund(struct work *w)
{
	struct buf out = { 0 };
	struct json j = json_to(&out);

	json_object(&j);
	json_put(&j, "attempt_id", w->id);
	json_put(&j, "provider_call_id", arena_printf(w->arena, "mock_refund_%s", w->event_id));
	json_put(&j, "reason", json_text(w->fields, "reason"));
	json_object_end(&j);
	work_answer(w, "payment.record_refund", true, buf_text(&out));
	buf_free(&out);
}

static void
step(struct work *w)
{
	if (!w->begun) {
		w->begun = true;
		work_later(w, 50 * 1000);
		return;
	}
	if (strcmp(w->event, "payment.refund_requested") == 0)
		answer_refund(w);
	else
		answer_charge(w);
}

const struct provider mock_payment = { "payment", step };
