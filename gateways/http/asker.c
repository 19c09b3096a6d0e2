/* asker.c -- many requests at once over one DEALER, told apart by their ids.
 *
 * An id holds the slot and its generation, so an answer finds its asker without a search, and one that comes after its time
 * finds nobody. */
#include <string.h>
#include "core/base/clock.h"
#include "core/base/id.h"
#include "core/base/mem.h"
#include "core/base/must.h"
#include "gateways/http/gateway.h"

#define SLOTS_MAX (1 << 16)
#define BUNDLE_MAX 256
#define LOOK_EVERY (SECOND / 10)

struct member { struct job *job; int tag; void (*then)(struct job *, int, const struct error *, struct bus_answer *, int); };
struct bundle {
	struct job job;                      /* first */
	struct asker *asker;
	struct member members[BUNDLE_MAX];
	struct bus_item items[BUNDLE_MAX];
	int n;
	int64_t timeout;
	struct bundle *next;
};

bool
asker_open(struct asker *a, struct gateway *g, enum bus_socket which, struct error *err)
{
	*a = (struct asker){ .gateway = g, .which = which, .free = -1, .secret = random_u64() };
	a->client = bus_connect(which, err);
	return a->client != NULL;
}

void
asker_close(struct asker *a)
{
	bus_client_close(a->client);
	for (struct bundle *b = a->spare, *next; b; b = next) {
		next = b->next;
		mem_drop(b);
	}
	mem_drop(a->slots);
	a->client = NULL;
	a->slots = NULL;
}

static int
slot_take(struct asker *a)
{
	if (a->free < 0) {
		int old = a->n_slots, n = old ? 2 * old : 256;
		if (n > SLOTS_MAX)
			return -1;
		a->slots = mem_grow(a->slots, sizeof *a->slots * (size_t)n);
		memset(a->slots + old, 0, sizeof *a->slots * (size_t)(n - old));
		for (int i = n - 1; i >= old; i--) {
			a->slots[i].next = a->free;
			a->free = i;
		}
		a->n_slots = n;
	}
	int i = a->free;
	a->free = a->slots[i].next;
	return i;
}

static struct asking
slot_give(struct asker *a, int i)
{
	struct asking was = a->slots[i];

	a->slots[i] = (struct asking){ .generation = was.generation + 1, .next = a->free };
	a->free = i;
	a->under_way--;
	return was;
}

static void
id_write(const struct asker *a, int i, uint8_t id[16])
{
	uint32_t slot = (uint32_t)i;

	memcpy(id, &a->secret, 8);
	memcpy(id + 8, &slot, 4);
	memcpy(id + 12, &a->slots[i].generation, 4);
}

/* the slot that this id was made for; -1: nobody waits for it any more */
static int
id_slot(const struct asker *a, const uint8_t id[16])
{
	uint32_t slot, generation;

	memcpy(&slot, id + 8, 4);
	memcpy(&generation, id + 12, 4);
	if (memcmp(id, &a->secret, 8) != 0 || slot >= (uint32_t)a->n_slots)
		return -1;
	return a->slots[slot].job && a->slots[slot].generation == generation ? (int)slot : -1;
}

static struct bus_header
header_of(const struct job *j, int64_t timeout)
{
	const struct claims *c = &j->claims;

	return (struct bus_header){ .version = BUS_VERSION, .token = c->token, .deadline = wall_now() + timeout,
		.tenant = c->tenant, .actor = c->actor, .channel = c->channel, .trace = c->trace, .span = c->span,
		.scenario = c->scenario };
}

static struct asker *
asker_of(struct gateway *g, enum bus_socket which)
{
	must(which == SOCKET_COMMANDS || which == SOCKET_HISTORY);
	return which == SOCKET_COMMANDS ? &g->core : &g->history;
}

static void
send_now(struct asker *a, struct job *j, const struct bus_item *items, int n, int64_t timeout, int tag,
    void (*then)(struct job *, int, const struct error *, struct bus_answer *, int))
{
	struct bus_header h = header_of(j, timeout);
	struct error err = { 0 };
	int i = slot_take(a);

	if (i < 0) {
		error_set(&err, ERROR_UNAVAILABLE, "http.too_busy", "Too many requests are under way: repeat in a moment");
		then(j, tag, &err, NULL, 0);
		return;
	}
	a->under_way++;
	id_write(a, i, h.id);
	if (!bus_send(a->client, &h, items, n, &err)) {
		slot_give(a, i);
		if (!a->away)
			a->away = mono_now();
		then(j, tag, &err, NULL, 0);
		return;
	}
	struct asking *s = &a->slots[i];
	s->job = j;
	s->then = then;
	s->tag = tag;
	s->n = n;
	s->until = mono_now() + timeout;
}

/* ---- single commands leave together ------------------------------------------------------------- */

static void
bundle_answered(struct job *j, int tag, const struct error *err, struct bus_answer *answers, int n)
{
	struct bundle *b = (struct bundle *)(void *)j;
	(void)tag, (void)n;

	for (int i = 0; i < b->n; i++) {
		const struct member *m = &b->members[i];
		m->then(m->job, m->tag, err, err ? NULL : &answers[i], err ? 0 : 1);
	}
	b->n = 0;
	b->next = b->asker->spare;
	b->asker->spare = b;
}

static bool
same_caller(const struct claims *a, const struct claims *b)
{
	return a->who == b->who && a->scenario == b->scenario && strcmp(a->tenant, b->tenant) == 0 &&
	       strcmp(a->actor, b->actor) == 0 && strcmp(a->channel, b->channel) == 0;
}

static void
bundle_begin(struct asker *a, const struct job *j, int64_t timeout)
{
	struct bundle *b = a->spare;

	if (b)
		a->spare = b->next;
	else
		b = mem_new(sizeof *b);
	b->asker = a;
	b->job = (struct job){ .gateway = a->gateway, .claims = j->claims };
	b->timeout = timeout;
	b->n = 0;
	a->open = b;
}

void
asker_flush(struct asker *a)
{
	struct bundle *b = a->open;

	if (!b)
		return;
	a->open = NULL;
	send_now(a, &b->job, b->items, b->n, b->timeout, 0, bundle_answered);
}

void
job_ask(struct job *j, enum bus_socket which, const struct bus_item *items, int n, int64_t timeout, int tag,
    void (*then)(struct job *, int, const struct error *, struct bus_answer *, int))
{
	struct asker *a = asker_of(j->gateway, which);
	struct bundle *b = a->open;

	if (which != SOCKET_COMMANDS || n != 1 || j->claims.traced) {
		send_now(a, j, items, n, timeout, tag, then);
		return;
	}
	if (b && (b->n == BUNDLE_MAX || b->timeout != timeout || !same_caller(&b->job.claims, &j->claims)))
		asker_flush(a);
	if (!a->open)
		bundle_begin(a, j, timeout);
	b = a->open;
	b->members[b->n] = (struct member){ j, tag, then };
	b->items[b->n++] = items[0];
}

static void
count_answers(struct metrics *m, const struct bus_answer *answers, int n)
{
	for (int i = 0; i < n; i++) {
		bool refused = answers[i].status == ANSWER_ERROR && answers[i].error.kind == ERROR_REFUSED;
		m->answers[answers[i].status == ANSWER_OK ? 0 : answers[i].status == ANSWER_ACCEPTED ? 1 : refused ? 2 : 3]++;
		if (refused)
			metrics_refusal(m, answers[i].error.rule);
	}
}

/* a frame refused as a whole has one answer, whatever was asked */
static void
hand_over(struct asker *a, const struct asking *s, struct bus_reply *r)
{
	struct error err = { 0 };

	if (a->which == SOCKET_COMMANDS)
		count_answers(&a->gateway->metrics, r->answers, r->n);
	if (r->n == s->n) {
		s->then(s->job, s->tag, NULL, r->answers, r->n);
		return;
	}
	if (r->n > 0 && r->answers[0].status == ANSWER_ERROR)
		err = r->answers[0].error;
	else
		error_set(&err, ERROR_UNAVAILABLE, "bus.malformed", "The answer does not fit the request");
	s->then(s->job, s->tag, &err, NULL, 0);
}

void
asker_hear(struct asker *a, struct arena *turn)
{
	struct bus_reply r;

	while (bus_next_reply(a->client, turn, &r)) {
		int i = id_slot(a, r.id);
		a->heard = mono_now();
		a->away = 0;
		if (i < 0)
			continue;
		struct asking s = slot_give(a, i);
		hand_over(a, &s, &r);
	}
}

void
asker_expire(struct asker *a, int64_t now)
{
	struct error err = { 0 };

	if (!a->under_way || now - a->expired < LOOK_EVERY)
		return;
	a->expired = now;
	error_set(&err, ERROR_UNAVAILABLE, "bus.timeout", "No answer came in time");
	error_hint(&err, "What was asked may have happened; repeating it with the same Idempotency-Key is safe");
	for (int i = 0; a->under_way && i < a->n_slots; i++)
		if (a->slots[i].job && a->slots[i].until <= now) {
			struct asking s = slot_give(a, i);
			if (!a->away)
				a->away = now;
			s.then(s.job, s.tag, &err, NULL, 0);
		}
}
