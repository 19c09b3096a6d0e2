/* effect_main.c -- `bss effect sim`: one process for all simulators and mocks.
 *
 * The bus only hints that something is open; what is open the core says, asked when this process connects, when a hint comes,
 * and when a heartbeat shows a request that no hint announced.  An answer is repeated until the core has recorded it. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include "core/base/roles.h"
#include "core/base/clock.h"
#include "core/base/codec.h"
#include "core/base/config.h"
#include "core/base/fault.h"
#include "core/base/id.h"
#include "core/base/crypt.h"
#include "core/base/log.h"
#include "core/base/must.h"
#include "core/bus/bus.h"
#include "gateways/effects/effect.h"
#include "schemas/registry.h"

#define RETRY (200 * 1000)
#define ASK_AGAIN (10 * SECOND)
#define NO_ANSWER (2 * SECOND)           /* the core went away with it: again, under the same key */

static const struct provider *const sim_providers[] = { &mock_payment, &simulated_network, NULL };

struct asking {
	const struct provider *provider;
	uint8_t id[16];
	bool waiting, again;             /* again: news came after the question that waits */
	int64_t since, after;
};
struct office {
	struct bus_client *core;
	struct bus_subscriber *events;
	struct work *work;
	struct asking asking[8]; int n;
	int64_t newest_hint;             /* position of the newest request anybody told of */
	int64_t ask_at;
	struct arena *turn;
	const char *token;
};

static volatile sig_atomic_t stopping;

static void
on_signal(int signo)
{
	(void)signo;
	stopping = 1;
}

/* ---- answering ------------------------------------------------------------------------------------------- */

void
work_later(struct work *w, int64_t micros)
{
	w->due = mono_now() + micros * config_int("BSS_SIM_DELAY_SCALE") / 100;
}

void
work_answer(struct work *w, const char *op, bool last, const char *args_json)
{
	w->op = op;
	w->args = arena_strdup(w->arena, args_json);
	w->key = arena_printf(w->arena, "effect:%s:%d:%s", w->event_id, w->attempts, last ? "end" : "step");
	w->last = last;
	w->due = 0;
}

static void
header_fill(const struct office *o, struct bus_header *h, const char *tenant)
{
	*h = (struct bus_header){ .token = o->token, .deadline = wall_now() + NO_ANSWER, .actor = "system", .channel = "system",
		.tenant = tenant };
	random_bytes(h->id, sizeof h->id);
}

static bool
send_op(struct office *o, const char *op, const char *key, const char *args_json, const char *tenant, uint8_t id[16])
{
	const struct shape *shape = operation_named(op);
	void *args = arena_alloc(o->turn, shape->size);
	struct buf packed = { 0 };
	struct error err = { 0 };
	struct bus_header h;
	struct bus_item item = { .op = op, .key = key };
	bool sent;

	must(shape_from_text(shape, args_json, strlen(args_json), o->turn, args, &err));
	shape_pack(shape, args, &packed, NULL);
	item.args = (const uint8_t *)buf_text(&packed);
	item.args_len = packed.len;
	header_fill(o, &h, tenant);
	sent = bus_send(o->core, &h, &item, 1, &err);
	memcpy(id, h.id, 16);
	buf_free(&packed);
	return sent;
}

static void
send_answer(struct office *o, struct work *w)
{
	fault_kill(FAULT_effect_dies_called);
	w->waiting = send_op(o, w->op, w->key, w->args, w->tenant, w->sent);
	fault_kill(FAULT_effect_dies_told);
	w->due = mono_now() + (w->waiting ? NO_ANSWER : RETRY);
}

static void
work_free(struct office *o, struct work *w)
{
	struct work **at = &o->work;

	while (*at != w)
		at = &(*at)->next;
	*at = w->next;
	arena_free(w->arena);
}

/* recorded, or refused for good (its aggregate is gone): over.  Unavailable: again. */
static void
answered(struct office *o, struct work *w, const struct bus_answer *a)
{
	w->waiting = false;
	if (a->status == ANSWER_ERROR && error_retry(a->error.kind)) {
		w->due = mono_now() + RETRY;
		return;
	}
	if (a->status == ANSWER_ERROR)
		log_warn("effect.refused", "rule", a->error.rule, "aggregate", w->id);
	if (w->last || a->status == ANSWER_ERROR) {
		work_free(o, w);
		return;
	}
	w->op = NULL;
	w->due = mono_now();
}

/* ---- learning what is open ---------------------------------------------------------------------------------- */

static bool
known(const struct office *o, const char *event_id)
{
	for (const struct work *w = o->work; w; w = w->next)
		if (strcmp(w->event_id, event_id) == 0)
			return true;
	return false;
}

static void
take_on(struct office *o, const struct provider *p, const cJSON *r)
{
	const char *event_id = json_text(r, "event_id");
	struct arena *a;
	struct work *w;
	struct error err = { 0 };
	char *text;

	if (!event_id || known(o, event_id))
		return;
	a = arena_new();
	w = arena_new_of(a, struct work);
	text = json_print(a, cJSON_GetObjectItem(r, "payload"));
	w->arena = a;
	w->provider = p;
	w->event = arena_strdup(a, json_text(r, "event"));
	w->event_id = arena_strdup(a, event_id);
	w->id = arena_strdup(a, json_text(r, "aggregate_id"));
	w->tenant = arena_strdup(a, json_text(r, "tenant"));
	w->fields = text ? json_parse(a, text, strlen(text), &err) : NULL;
	w->due = mono_now();
	w->next = o->work;
	o->work = w;
}

static void
ask(struct office *o, struct asking *q)
{
	char args[128];

	snprintf(args, sizeof args, "{\"effect\":\"%s\",\"after\":%lld,\"limit\":500}", q->provider->effect, (long long)q->after);
	q->again = false;
	q->waiting = send_op(o, "effect.open", NULL, args, NULL, q->id);
	q->since = mono_now();
}

static void
told(struct office *o, struct asking *q, const struct bus_answer *a)
{
	struct error err = { 0 };
	cJSON *list = a->status == ANSWER_OK ? json_parse(o->turn, (const char *)a->result, a->result_len, &err) : NULL;
	const cJSON *r;
	int n = 0;

	q->waiting = false;
	if (!list) {
		o->ask_at = mono_now() + RETRY;
		return;
	}
	cJSON_ArrayForEach(r, list) {
		int64_t at = (int64_t)cJSON_GetObjectItem(r, "position")->valuedouble;

		take_on(o, q->provider, r);
		q->after = at > q->after ? at : q->after;
		n++;
	}
	if (n == 500 || q->again)
		ask(o, q);               /* there is more */
}

static void
ask_all(struct office *o, bool from_start)
{
	for (int i = 0; i < o->n; i++) {
		if (from_start)
			o->asking[i].after = 0;
		if (o->asking[i].waiting)
			o->asking[i].again = true;
		else
			ask(o, &o->asking[i]);
	}
	o->ask_at = mono_now() + ASK_AGAIN;
}

static void
hear(struct office *o)
{
	struct bus_note n;
	bool news = false;

	while (bus_next_note(o->events, o->turn, &n)) {
		bool heartbeat = strcmp(n.topic, TOPIC_HEARTBEAT) == 0;
		int64_t at = heartbeat ? n.open_requests : n.last;

		news |= !heartbeat || at > o->newest_hint;
		if (at > o->newest_hint)
			o->newest_hint = at;
	}
	if (news)
		ask_all(o, false);
}

static void
read_answers(struct office *o)
{
	struct bus_reply r;

	while (bus_next_reply(o->core, o->turn, &r)) {
		for (int i = 0; i < o->n; i++)
			if (o->asking[i].waiting && memcmp(o->asking[i].id, r.id, 16) == 0 && r.n == 1)
				told(o, &o->asking[i], &r.answers[0]);
		for (struct work *w = o->work, *next; w; w = next) {
			next = w->next;
			if (w->waiting && memcmp(w->sent, r.id, 16) == 0 && r.n == 1 && !fault(FAULT_effect_answer_lost))
				answered(o, w, &r.answers[0]);
		}
	}
}

/* ---- working ---------------------------------------------------------------------------------------------------- */

static int64_t
do_what_is_due(struct office *o)
{
	int64_t soonest = o->ask_at;

	for (struct work *w = o->work; w; w = w->next) {
		if (w->due <= mono_now() && !w->op)
			w->provider->step(w);
		if (w->op && w->due <= mono_now())
			send_answer(o, w);
		if (w->due < soonest)
			soonest = w->due;
	}
	for (int i = 0; i < o->n; i++)
		if (o->asking[i].waiting && mono_now() - o->asking[i].since > NO_ANSWER) {
			o->asking[i].waiting = false;
			o->ask_at = mono_now();
		}
	if (mono_now() >= o->ask_at)
		ask_all(o, true);
	soonest -= mono_now();
	return soonest > 0 ? soonest : 0;
}

static bool
start(struct office *o, struct error *err)
{
	static const char *topics[] = { TOPIC_HEARTBEAT, TOPIC_REQUEST "payment", TOPIC_REQUEST "provisioning" };

	o->token = config_text("BSS_EFFECT_API_TOKEN");
	if (!o->token)
		return error_set(err, ERROR_INVALID, "effect.token", "BSS_EFFECT_API_TOKEN is not set");
	o->events = bus_subscribe(SOCKET_EVENTS, topics, 3, err);       /* first: nothing falls between asking and hearing */
	o->core = o->events ? bus_connect(SOCKET_COMMANDS, err) : NULL;
	o->turn = arena_new();
	for (int i = 0; sim_providers[i]; i++)
		o->asking[o->n++].provider = sim_providers[i];
	return o->core != NULL;
}

static void
loop(struct office *o)
{
	while (!stopping) {
		struct bus_wait w[2] = { { .socket = bus_client_socket(o->core) }, { .socket = bus_subscriber_socket(o->events) } };

		arena_reset(o->turn);
		hear(o);
		read_answers(o);
		bus_wait(w, 2, do_what_is_due(o));
	}
}

int
effect_main(int argc, char **argv)
{
	struct sigaction sa = { .sa_handler = on_signal };
	static struct office office;
	struct error err = { 0 };

	if (argc < 1 || strcmp(argv[argc - 1], "sim") != 0) {
		fputs("usage: bss effect sim\n", stderr);
		return 2;
	}
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	crypt_start();
	log_start("effect", LOG_INFO);
	registry_start();
	if (!config_load(&err) || !start(&office, &err)) {
		log_error_line("effect.cannot_start", &err);
		return error_exit_code(err.kind);
	}
	log_info("effect.ready");
	loop(&office);
	bus_client_close(office.core);
	bus_subscriber_close(office.events);
	bus_stop();
	return 0;
}
