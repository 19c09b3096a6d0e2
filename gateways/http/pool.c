/* pool.c -- a few connections to the read models, none of which is ever waited for.
 *
 * A connection that is lost is opened again in the background, statements meanwhile go to the others or wait.  A statement
 * whose plan went stale under it (a rebuilt read model was swapped in) is sent once more. */
#include <stdio.h>
#include <string.h>
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/mem.h"
#include "gateways/http/gateway.h"

#define RETRY (SECOND / 2)
#define CONNECT_MOST (5 * SECOND)
#define STATEMENT_MOST (8 * SECOND)          /* the server stops it after five */
#define QUEUE_MOST 5000

enum slot_state { SLOT_DOWN, SLOT_CONNECTING, SLOT_SETTING, SLOT_IDLE, SLOT_BUSY };
struct slot {
	enum slot_state state;
	struct pg *pg;
	struct job *job;
	int64_t at;                          /* when it is to be tried, or when it began what it does */
	bool ready;
};
struct pool {
	char *url;
	struct slot slots[32]; int n;
	struct job *first, **last; int queued;
	struct pool_counts counts;
	bool told;
};

struct pool *
pool_new(const char *url, int connections)
{
	struct pool *p = mem_new(sizeof *p);

	p->url = mem_text(url ? url : "");
	p->n = connections;
	p->last = &p->first;
	return p;
}

void
pool_free(struct pool *p)
{
	if (!p)
		return;
	for (int i = 0; i < p->n; i++)
		pg_close(p->slots[i].pg);
	mem_drop(p->url);
	mem_drop(p);
}

/* ---- connections ----------------------------------------------------------------------------- */

static void
slot_down(struct pool *p, struct slot *s, const struct error *err)
{
	p->counts.losses += s->state >= SLOT_SETTING;
	pg_close(s->pg);
	*s = (struct slot){ .at = mono_now() + RETRY };
	if (!p->told)
		log_error_line("db.connection_lost", err);
	p->told = true;
}

static void
slot_connect(struct pool *p, struct slot *s)
{
	struct error err = { 0 };

	s->pg = pg_connect_start(p->url, "bss gateway", &err);
	s->at = mono_now();
	s->state = SLOT_CONNECTING;
	p->counts.reconnects++;
	if (!s->pg)
		slot_down(p, s, &err);
}

/* readers only, and nothing that runs for ever */
static void
slot_set(struct pool *p, struct slot *s)
{
	struct error err = { 0 };

	s->state = SLOT_SETTING;
	if (!pg_send(s->pg, NULL, "SELECT set_config('statement_timeout', '5s', false),"
	    " set_config('default_transaction_read_only', 'on', false), set_config('jit', 'off', false)", 0, NULL, &err))
		slot_down(p, s, &err);
}

/* ---- statements --------------------------------------------------------------------------------- */

static void
slot_failed(struct pool *p, struct slot *s, const struct error *err)
{
	struct job *j = s->job;

	s->job = NULL;
	p->counts.failures++;
	if (pg_alive(s->pg))
		s->state = SLOT_IDLE;
	else
		slot_down(p, s, err);
	if (j->again || strcmp(err->rule, "pg.plan_stale") != 0) {
		j->failed(j, err);
		return;
	}
	j->again = true;
	j->next = p->first;
	p->first = j;
	if (!j->next)
		p->last = &j->next;
	p->queued++;
}

static void
slot_send(struct pool *p, struct slot *s, struct job *j)
{
	struct error err = { 0 };

	s->job = j;
	s->state = SLOT_BUSY;
	s->at = mono_now();
	p->counts.statements++;
	if (!pg_send(s->pg, j->name, j->sql, j->n_params, j->params, &err))
		slot_failed(p, s, &err);
}

static void
slot_collect(struct pool *p, struct slot *s)
{
	struct pg_result *r = NULL;
	struct error err = { 0 };
	struct job *j = s->job;
	enum pg_state state = pg_poll(s->pg, &r, &err);

	if (state == PG_BUSY)
		return;
	if (state == PG_FAILED) {
		slot_failed(p, s, &err);
		return;
	}
	s->job = NULL;
	s->state = SLOT_IDLE;
	j->then.rows(j, r);
	pg_free(r);
}

static void
slot_step(struct pool *p, struct slot *s)
{
	struct error err = { 0 };
	struct pg_result *r = NULL;
	enum pg_state state;

	if (s->state == SLOT_CONNECTING) {
		state = pg_connect_poll(s->pg, &err);
		if (state == PG_DONE)
			slot_set(p, s);
	} else {
		state = pg_poll(s->pg, &r, &err);
		pg_free(r);
		if (state == PG_DONE) {
			s->state = SLOT_IDLE;
			p->told = false;
		}
	}
	if (state == PG_FAILED)
		slot_down(p, s, &err);
}

/* nothing was asked: it can only be the end, and a connection that has ended would wake the loop for ever */
static void
slot_stirred(struct pool *p, struct slot *s)
{
	struct error err = { 0 };

	if (pg_listen(s->pg))
		return;
	error_set(&err, ERROR_UNAVAILABLE, "db.connection_ended", "The database ended the connection");
	slot_down(p, s, &err);
}

static void
slot_late(struct pool *p, struct slot *s, int64_t now)
{
	struct error err = { 0 };
	int64_t most = s->state == SLOT_BUSY ? STATEMENT_MOST : CONNECT_MOST;

	if (s->state == SLOT_IDLE || now - s->at < most)
		return;
	error_set(&err, ERROR_UNAVAILABLE, "db.timeout", "The database did not answer in time");
	struct job *j = s->job;
	slot_down(p, s, &err);
	if (j)
		j->failed(j, &err);
}

static struct job *
next_job(struct pool *p)
{
	struct job *j = p->first;

	if (!j)
		return NULL;
	p->first = j->next;
	if (!p->first)
		p->last = &p->first;
	p->queued--;
	return j;
}

static void
fail_queue(struct pool *p, const char *why)
{
	struct error err = { 0 };
	struct job *j;

	error_set(&err, ERROR_UNAVAILABLE, "db.unavailable", "%s", why);
	error_hint(&err, "Repeat in a few seconds");
	while ((j = next_job(p)))
		j->failed(j, &err);
}

bool
pool_up(const struct pool *p)
{
	for (int i = 0; i < p->n; i++)
		if (p->slots[i].state >= SLOT_IDLE)
			return true;
	return false;
}

void
pool_run(struct pool *p)
{
	int64_t now = mono_now();
	bool hope = false;

	for (int i = 0; i < p->n; i++) {
		struct slot *s = &p->slots[i];
		if (s->state == SLOT_DOWN && now >= s->at)
			slot_connect(p, s);
		else if (s->state == SLOT_BUSY && s->ready)
			slot_collect(p, s);
		else if (s->state == SLOT_IDLE && s->ready)
			slot_stirred(p, s);
		else if (s->state != SLOT_DOWN && s->ready)
			slot_step(p, s);
		s->ready = false;
		if (s->state != SLOT_DOWN)
			slot_late(p, s, now);
		while (s->state == SLOT_IDLE && p->first)
			slot_send(p, s, next_job(p));
		hope = hope || s->state != SLOT_DOWN;
	}
	if (p->first && !hope)
		fail_queue(p, "The database cannot be reached");
}

void
pool_add(struct pool *p, struct job *j)
{
	struct error err = { 0 };

	if (p->queued >= QUEUE_MOST) {
		error_set(&err, ERROR_UNAVAILABLE, "db.too_busy", "Too many queries wait: repeat in a moment");
		j->failed(j, &err);
		return;
	}
	j->next = NULL;
	*p->last = j;
	p->last = &j->next;
	p->queued++;
	for (int i = 0; i < p->n; i++)
		if (p->slots[i].state == SLOT_IDLE) {
			slot_send(p, &p->slots[i], next_job(p));
			return;
		}
}

void
job_select(struct job *j, const char *name, const char *sql, int n, const struct pg_param *params,
    void (*then)(struct job *, const struct pg_result *))
{
	j->name = name;
	j->sql = sql;
	j->n_params = n;
	j->params = params;
	j->again = false;
	j->then.rows = then;
	pool_add(j->gateway->pool, j);
}

/* ---- waiting ------------------------------------------------------------------------------------- */

int
pool_waits(struct pool *p, struct bus_wait *w, int room)
{
	int n = 0;

	for (int i = 0; i < p->n && n < room; i++) {
		struct slot *s = &p->slots[i];
		if (s->state == SLOT_DOWN)
			continue;
		w[n++] = (struct bus_wait){ .fd = pg_fd(s->pg), .write = pg_wants_write(s->pg) };
	}
	return n;
}

void
pool_ready(struct pool *p, const struct bus_wait *w, int n)
{
	int at = 0;

	for (int i = 0; i < p->n && at < n; i++)
		if (p->slots[i].state != SLOT_DOWN)
			p->slots[i].ready = w[at++].ready;
}

struct pool_counts
pool_counts(const struct pool *p)
{
	struct pool_counts c = p->counts;

	c.queued = p->queued;
	for (int i = 0; i < p->n; i++) {
		c.connections += p->slots[i].state >= SLOT_IDLE;
		c.busy += p->slots[i].state == SLOT_BUSY;
	}
	return c;
}
