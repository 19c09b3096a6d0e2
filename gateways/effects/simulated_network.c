/* simulated_network.c -- stand-in for HLR, PCRF, OCS and SM-DP+: real delays, injected faults, bounded attempts.
 *
 * Many tasks run at once.  A fault `stuck` is rolled once before the first attempt; fail_always on every attempt,
 * fail_first_attempt on the first; slow makes the work two to five times as long.  Every failed attempt is reported, so an
 * operator sees a task at work. */
#include <stdio.h>
#include <string.h>
#include "core/base/clock.h"
#include "core/base/config.h"
#include "core/base/id.h"
#include "gateways/effects/effect.h"

static const struct { const char *type; int64_t micros; } durations[] = {
	{ "HLR_PROVISION", 500000 },
	{ "PCRF_POLICY_PUSH", 300000 },
	{ "OCS_BALANCE_INIT", 200000 },
	{ "ESIM_PROFILE_PREPARE", 400000 },
	{ "HLR_DEPROVISION", 400000 },
};

static int64_t
duration_of(const char *type)
{
	for (size_t i = 0; i < sizeof durations / sizeof *durations; i++)
		if (strcmp(durations[i].type, type) == 0)
			return durations[i].micros;
	return 500000;
}

static double
roll(void)
{
	return (double)(random_u64() >> 11) / (double)(1ULL << 53);
}

/* every enabled rule of the type is rolled on its own */
static bool
fault_hits(const struct work *w, const char *fault)
{
	const cJSON *f;

	cJSON_ArrayForEach(f, cJSON_GetObjectItem(w->fields, "faults")) {
		const char *type = json_text(f, "fault_type");
		const cJSON *p = cJSON_GetObjectItem(f, "probability");

		if (type && strcmp(type, fault) == 0 && cJSON_IsNumber(p) && roll() < p->valuedouble)
			return true;
	}
	return false;
}

static void
report(struct work *w, const char *outcome, bool last, const char *error)
{
	struct buf out = { 0 };
	struct json j = json_to(&out);

	json_object(&j);
	json_put(&j, "task_id", w->id);
	json_put(&j, "outcome", outcome);
	json_put_int(&j, "attempts", w->attempts);
	if (error)
		json_put(&j, "last_error", error);
	json_put(&j, "request_id", w->event_id);
	json_object_end(&j);
	work_answer(w, "provisioning.report", last, buf_text(&out));
	buf_free(&out);
}

static bool
attempt_fails(struct work *w)
{
	return fault_hits(w, "fail_always") || (w->attempts == 1 && fault_hits(w, "fail_first_attempt"));
}

static void
begin_attempt(struct work *w, const char *type)
{
	int64_t micros = duration_of(type);
	const cJSON *most = cJSON_GetObjectItem(w->fields, "max_attempts");

	w->attempts++;
	if (attempt_fails(w)) {
		bool over = w->attempts >= (cJSON_IsNumber(most) ? most->valueint : 3);

		report(w, over ? "failed" : "attempt_failed", over, "injected fault: the network element did not answer");
		return;
	}
	if (fault_hits(w, "slow"))
		micros = (int64_t)((double)micros * (2.0 + 3.0 * roll()));
	w->begun = true;
	work_later(w, micros);
}

static void
step(struct work *w)
{
	const char *type = json_text(w->fields, "task_type"), *esim = config_text("BSS_ESIM_PROVIDER");

	if (!w->begun && w->attempts == 0 && fault_hits(w, "stuck"))
		report(w, "stuck", true, "injected fault: waits for an operator");
	else if (!w->begun)
		begin_attempt(w, type ? type : "");
	else if (type && strcmp(type, "ESIM_PROFILE_PREPARE") == 0 && strcmp(esim, "sim") != 0)
		report(w, "failed", true, "the configured eSIM provider needs an agreement and credentials");
	else
		report(w, "completed", true, NULL);
}

const struct provider simulated_network = { "provisioning", step };
