/* ask.c -- a question finds its answer; connections come back when Postgres does.
 *
 * A connection that broke while nobody used it shows so only when it is used: a question that met one is
 * asked once more on a new one. */
#include "gateways/history/history.h"
#include <string.h>
#include "core/base/config.h"
#include "core/base/log.h"

static const struct teller {
	const struct shape *op;
	bool (*answer)(struct question *, struct buf *, struct error *);
} tellers[] = {
	{ &ask_log_show_shape, answer_show },
	{ &ask_log_head_shape, answer_head },
	{ &ask_log_size_shape, answer_size },
	{ &ask_why_shape, answer_why },
};

void
history_disconnect(struct history *h)
{
	pg_close(h->pg);
	pg_close(h->side);
	h->pg = h->side = NULL;
}

static struct pg *
connection(const char *application, struct error *err)
{
	struct pg *pg = pg_connect(config_text("BSS_DB_URL"), application, err);

	if (pg && log_schema_known(pg, err) && pg_exec(pg, "SET statement_timeout = '5s'", err))
		return pg;
	pg_close(pg);
	return NULL;
}

bool
history_connect(struct history *h, struct error *err)
{
	if (h->pg && pg_alive(h->pg) && pg_alive(h->side))
		return true;
	history_disconnect(h);
	h->pg = connection("bss history", err);
	h->side = h->pg ? connection("bss history keys", err) : NULL;
	if (h->side)
		return true;
	history_disconnect(h);
	return false;
}

static bool
tell(struct question *q, struct buf *out, struct error *err)
{
	if (!log_head_read(q->h->pg, &q->head, err))
		return false;
	for (size_t i = 0; i < sizeof tellers / sizeof tellers[0]; i++)
		if (tellers[i].op == q->op)
			return tellers[i].answer(q, out, err);
	return answer_as_of(q, out, err);
}

static bool
attempt(struct question *q, struct buf *out, struct error *err)
{
	bool ok;

	*err = (struct error){ 0 };
	buf_clear(out);
	if (!history_connect(q->h, err))
		return false;
	q->keys = key_ring_new(q->h->master);
	q->scratch = arena_new();
	ok = tell(q, out, err);
	key_ring_free(q->keys);
	arena_free(q->scratch);
	return ok;
}

void
history_answer(struct history *h, struct question *q, struct bus_answer *a)
{
	struct buf out = { 0 };
	struct error err;
	bool ok = attempt(q, &out, &err);

	if (!ok && error_retry(err.kind)) {
		history_disconnect(h);
		ok = !question_over(q) && attempt(q, &out, &err);
	}
	*a = (struct bus_answer){ .status = ok ? ANSWER_OK : ANSWER_ERROR, .position = q->head.position };
	if (ok) {
		a->result = arena_memdup(q->arena, buf_text(&out), out.len + 1);
		a->result_len = out.len;
	} else {
		a->error = err;
		if (error_retry(err.kind))
			log_error_line("history.question_failed", &err);
	}
	buf_free(&out);
}
