/* proof.c -- log.verify: seconds of work on a large log, so it goes on in slices on a connection of its own
 * while other questions are answered.  There is one proof at a time; who asks while it runs waits for the
 * same answer. */
#include "gateways/history/history.h"
#include <string.h>
#include "core/base/clock.h"
#include "core/base/config.h"
#include "core/base/mem.h"

#define SLICE 5000
#define WAITERS 32

struct waiter {
	struct bus_peer peer;
	uint8_t id[16];
	int64_t deadline;
};
struct proving {
	struct pg *pg;
	struct log_proof *proof;
	struct waiter waiters[WAITERS];
	int n;
};

static void
reply(struct history *h, const struct waiter *w, const struct bus_answer *a)
{
	bus_reply(h->server, &w->peer, w->id, a, 1);
}

static void
refuse(struct history *h, const struct waiter *w, const struct error *err)
{
	reply(h, w, &(struct bus_answer){ .status = ANSWER_ERROR, .error = *err });
}

void
proof_drop(struct history *h)
{
	if (!h->proving)
		return;
	log_proof_close(h->proving->proof);
	pg_close(h->proving->pg);
	mem_drop(h->proving);
	h->proving = NULL;
}

static bool
begin(struct history *h, struct error *err)
{
	struct proving *p = mem_new(sizeof *p);

	h->proving = p;
	p->pg = pg_connect(config_text("BSS_DB_URL"), "bss history proof", err);
	if (p->pg && log_schema_known(p->pg, err) && pg_exec(p->pg, "SET statement_timeout = '60s'", err) &&
	    (p->proof = log_proof_open(p->pg, err)))
		return true;
	proof_drop(h);
	return false;
}

void
proof_ask(struct history *h, const struct bus_request *r)
{
	struct waiter w = { .peer = r->peer, .deadline = r->header.deadline };
	struct error err = { 0 };

	memcpy(w.id, r->header.id, sizeof w.id);
	if (h->proving && h->proving->n == WAITERS)
		error_set(&err, ERROR_UNAVAILABLE, "log.verify.busy", "%d callers wait for a proof already",
			  WAITERS);
	else if (h->proving || begin(h, &err))
		h->proving->waiters[h->proving->n++] = w;
	if (err.kind)
		refuse(h, &w, &err);
}

static void
put_result(const struct log_proof *p, struct buf *out)
{
	const struct log_head *head = log_proof_head(p);
	struct json j = json_to(out);
	char hex[2 * HASH_BYTES + 1];

	json_object(&j);
	json_put_bool(&j, "ok", log_proof_bad(p) == 0);
	json_put_int(&j, "checked", log_proof_at(p));
	json_key(&j, "firstBad");
	if (log_proof_bad(p))
		json_int(&j, log_proof_bad(p));
	else
		json_null(&j);
	json_put(&j, "logId", hash_hex(head->log_id, hex));
	json_put_int(&j, "position", head->position);
	json_put(&j, "hash", hash_hex(head->hash, hex));
	json_object_end(&j);
}

static void
proved(struct history *h)
{
	struct proving *p = h->proving;
	struct buf out = { 0 };
	struct bus_answer a = { .status = ANSWER_OK, .position = log_proof_head(p->proof)->position };

	put_result(p->proof, &out);
	a.result = (const uint8_t *)buf_text(&out);
	a.result_len = out.len;
	for (int i = 0; i < p->n; i++)
		reply(h, &p->waiters[i], &a);
	buf_free(&out);
	proof_drop(h);
}

/* nobody listens after his deadline; without a listener there is no proof */
static bool
anybody_waits(struct proving *p)
{
	int n = 0;

	for (int i = 0; i < p->n; i++)
		if (!p->waiters[i].deadline || p->waiters[i].deadline > wall_now())
			p->waiters[n++] = p->waiters[i];
	p->n = n;
	return n > 0;
}

void
proof_step(struct history *h)
{
	struct proving *p = h->proving;
	struct error err = { 0 };
	bool done = false;

	if (!p)
		return;
	if (!anybody_waits(p)) {
		proof_drop(h);
	} else if (!log_proof_step(p->proof, SLICE, &done, &err)) {
		for (int i = 0; i < p->n; i++)
			refuse(h, &p->waiters[i], &err);
		proof_drop(h);
	} else if (done) {
		proved(h);
	}
}
