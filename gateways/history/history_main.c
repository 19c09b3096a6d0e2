/* history_main.c -- `bss history`: answers questions to the log.
 *
 * Its Postgres role may read the log and the subjects' keys and nothing else.  One loop: a question is
 * answered whole, a slice of a running proof is made, then the next one.  It starts without a database and
 * waits for one: a question in the meantime is told to come back. */
#include <signal.h>
#include <stdio.h>
#include "core/base/roles.h"
#include "core/base/clock.h"
#include "core/base/config.h"
#include "core/base/crypt.h"
#include "core/base/log.h"
#include "core/bus/identity.h"
#include "gateways/history/history.h"

#define QUESTIONS_A_TURN 16
#define ITEMS_MAX 16 /* in one request: each may take its whole budget */

static volatile sig_atomic_t stopping;

static void
on_signal(int signo)
{
	(void)signo;
	stopping = 1;
}

static bool
master_key(struct history *h, struct error *err)
{
	const char *file = config_text("BSS_MASTER_KEY_FILE");
	char path[4096];

	if (!file) {
		snprintf(path, sizeof path, "%s/master.key", config_state_dir());
		file = path;
	}
	if (master_key_load(file, h->master, false))
		return true;
	error_set(err, ERROR_INVALID, "master_key.missing", "The master key %s cannot be read", file);
	return error_hint(
	    err, "It is made by `bss up` on its first start; personal data cannot be read without it.");
}

static bool
asks_for_proof(struct history *h, const struct bus_request *r)
{
	struct question q;
	struct error err = { 0 };

	return r->n == 1 && question_read(h, r, 0, h->turn, &q, &err) && q.op == &ask_log_verify_shape;
}

static void
answer_item(struct history *h, const struct bus_request *r, int i, struct bus_answer *a)
{
	struct question q;
	struct error err = { 0 };
	bool ok = question_read(h, r, i, h->turn, &q, &err);

	if (ok && i >= ITEMS_MAX)
		ok = error_set(&err, ERROR_INVALID, "history.too_many", "At most %d questions in one request",
			       ITEMS_MAX);
	if (ok && q.op == &ask_log_verify_shape)
		ok = error_set(&err, ERROR_INVALID, "log.verify.alone",
			       "Ask for log.verify in a request of its own");
	if (ok)
		history_answer(h, &q, a);
	else
		*a = (struct bus_answer){ .status = ANSWER_ERROR, .error = err };
}

static void
handle(struct history *h, const struct bus_request *r)
{
	struct bus_answer *answers = arena_array(h->turn, struct bus_answer, r->n + 1);

	if (asks_for_proof(h, r)) {
		proof_ask(h, r);
		return;
	}
	for (int i = 0; i < r->n; i++)
		answer_item(h, r, i, &answers[i]);
	if (r->n)
		bus_reply(h->server, &r->peer, r->header.id, answers, r->n);
}

static void
turn(struct history *h)
{
	struct bus_request r;

	for (int i = 0; i < QUESTIONS_A_TURN && bus_receive(h->server, h->turn, &r); i++) {
		handle(h, &r);
		arena_reset(h->turn);
	}
	proof_step(h);
	bus_wait(&(struct bus_wait){ .socket = bus_server_socket(h->server) }, 1, h->proving ? 0 : SECOND);
}

static bool
start(struct history *h, struct error *err)
{
	struct error away = { 0 };

	h->turn = arena_new();
	if (!master_key(h, err) || !(h->server = bus_serve(SOCKET_HISTORY, err)))
		return false;
	if (!history_connect(h, &away))
		log_error_line("history.database_away", &away);
	return true;
}

static void
finish(struct history *h)
{
	proof_drop(h);
	history_disconnect(h);
	bus_server_close(h->server);
	bus_stop();
	arena_free(h->turn);
	explicit_bzero(h->master, sizeof h->master);
}

int
history_main(int argc, char **argv)
{
	struct sigaction sa = { .sa_handler = on_signal };
	struct history h = { 0 };
	struct error err = { 0 };

	(void)argc, (void)argv;
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
	crypt_start();
	registry_start();
	log_start("history", LOG_INFO);
	if (!config_load(&err) || !identities_load(&err) || !start(&h, &err)) {
		log_error_line("history.cannot_start", &err);
		fprintf(stderr, "bss history: %s%s%s\n", err.message, err.hint[0] ? ". " : "", err.hint);
		return error_exit_code(err.kind);
	}
	log_info("history.ready");
	while (!stopping)
		turn(&h);
	finish(&h);
	return 0;
}
