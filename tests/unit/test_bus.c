/* test_bus.c -- sockets that ask, answer and publish, in a folder of their own. */
#include "tests/unit/check.h"
#include "core/base/clock.h"
#include "core/base/config.h"
#include "core/bus/bus.h"
#include <czmq.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[64];
static struct arena *arena;

static int
setup(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/bss-bus-XXXXXX");
	arena = arena_new();
	if (!mkdtemp(folder))
		return -1;
	config_set("BSS_STATE_DIR", folder);
	config_set("BSS_BUS_DIR", NULL);
	config_set("BSS_COMMANDS_ENDPOINT", NULL);
	config_set("BSS_EVENTS_ENDPOINT", NULL);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	char command[128];
	arena_free(arena);
	snprintf(command, sizeof command, "rm -rf %s", folder);
	return system(command);
}

static bool
readable(void *socket, int64_t micros)
{
	struct bus_wait w = { .socket = socket };
	return bus_wait(&w, 1, micros) && w.ready;
}

static bool
next_request(struct bus_server *s, struct bus_request *r)
{
	for (int64_t until = mono_now() + 5 * SECOND; mono_now() < until;) {
		readable(bus_server_socket(s), 50000);
		if (bus_receive(s, arena, r))
			return true;
	}
	return false;
}

static bool
next_reply(struct bus_client *c, struct bus_reply *r)
{
	for (int64_t until = mono_now() + 5 * SECOND; mono_now() < until;) {
		if (bus_next_reply(c, arena, r))
			return true;
		readable(bus_client_socket(c), 50000);
	}
	return false;
}

static const struct bus_item two[] = { { .op = "case.close", .key = "k" }, { .op = "case.open" } };

static void
ask_and_answer(void)
{
	struct error err = { 0 };
	struct bus_request q;
	struct bus_reply reply;
	struct bus_header h = { .token = "t" };
	struct bus_server *s = bus_serve(SOCKET_COMMANDS, &err);
	assert_non_null(s);
	struct bus_client *c = bus_connect(SOCKET_COMMANDS, &err);
	assert_non_null(c);
	assert_true(bus_send(c, &h, two, 2, &err));
	assert_int_equal(h.version, BUS_VERSION);
	assert_true(next_request(s, &q));
	assert_int_equal(q.n, 2);
	assert_string_equal(q.items[0].op, "case.close");
	assert_string_equal(q.items[1].op, "case.open");
	assert_string_equal(q.header.token, "t");
	assert_memory_equal(q.header.id, h.id, 16);
	const struct bus_answer answers[] = { { .position = 7 }, { .position = 8, .id = "CASE-1" } };
	assert_true(bus_reply(s, &q.peer, q.header.id, answers, 2));
	assert_true(next_reply(c, &reply));
	assert_int_equal(reply.n, 2);
	assert_memory_equal(reply.id, h.id, 16);
	assert_int_equal(reply.answers[0].position, 7);
	assert_string_equal(reply.answers[1].id, "CASE-1");
	bus_client_close(c);
	bus_server_close(s);
}

static void
over_ipc(void **state)
{
	(void)state;
	struct stat st;
	char path[128];
	ask_and_answer();
	ask_and_answer();                       /* a successor finds the place free */
	snprintf(path, sizeof path, "%s/bus", folder);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
}

static void
over_inproc(void **state)
{
	(void)state;
	config_set("BSS_COMMANDS_ENDPOINT", "inproc://commands");
	ask_and_answer();
}

/* a server that echoes the number of what it was asked, until told to stop */
static void *
echo(void *server)
{
	struct arena *a = arena_new();
	struct bus_request q;
	for (bool stop = false; !stop; arena_reset(a)) {
		readable(bus_server_socket(server), 20000);
		while (!stop && bus_receive(server, a, &q)) {
			struct bus_answer *w = arena_array(a, struct bus_answer, q.n);
			stop = strcmp(q.items[0].op, "stop") == 0;
			for (int i = 0; i < q.n; i++)
				w[i] = (struct bus_answer){ .position = q.items[i].after };
			if (strcmp(q.items[0].op, "silence") != 0)
				bus_reply(server, &q.peer, q.header.id, w, q.n);
		}
	}
	arena_free(a);
	return NULL;
}

static void
calls_wait_for_their_own_answer(void **state)
{
	(void)state;
	struct error err = { 0 };
	struct bus_answer *w;
	struct bus_header h = { .token = "t" };
	pthread_t thread;
	struct bus_server *s = bus_serve(SOCKET_COMMANDS, &err);
	struct bus_client *c = bus_connect(SOCKET_COMMANDS, &err);
	assert_int_equal(pthread_create(&thread, NULL, echo, s), 0);
	for (int64_t i = 1; i <= 200; i++) {
		const struct bus_item asked[] = { { .op = "x", .after = i }, { .op = "x", .after = 2 * i } };
		if (i % 10 == 0)                    /* an answer that nobody waits for comes in between */
			assert_true(bus_send(c, &(struct bus_header){ .token = "t" }, two, 2, &err));
		assert_true(bus_call(c, &h, asked, 2, 5 * SECOND, arena, &w, &err));
		assert_int_equal(w[0].position, i);
		assert_int_equal(w[1].position, 2 * i);
	}
	int64_t before = mono_now();
	assert_false(bus_call(c, &h, &(struct bus_item){ .op = "silence" }, 1, SECOND / 10, arena, &w, &err));
	assert_in_range(mono_now() - before, SECOND / 10, 2 * SECOND);
	assert_int_equal(err.kind, ERROR_UNAVAILABLE);
	assert_non_null(strstr(err.hint, "same key"));
	assert_true(bus_call(c, &h, &(struct bus_item){ .op = "stop" }, 1, 5 * SECOND, arena, &w, &err));
	pthread_join(thread, NULL);
	bus_client_close(c);
	bus_server_close(s);
}

static void
what_is_late_is_dropped_unread(void **state)
{
	(void)state;
	struct error err = { 0 };
	struct bus_request q;
	struct bus_server *s = bus_serve(SOCKET_COMMANDS, &err);
	struct bus_client *c = bus_connect(SOCKET_COMMANDS, &err);
	struct bus_header late = { .deadline = wall_now() - 1 }, fine = { .deadline = wall_now() + MINUTE };
	assert_true(bus_send(c, &late, two, 1, &err));
	assert_true(bus_send(c, &fine, two, 1, &err));
	assert_true(next_request(s, &q));
	assert_memory_equal(q.header.id, fine.id, 16);
	assert_int_equal(bus_server_counts(s).expired, 1);
	assert_int_equal(bus_server_counts(s).received, 2);
	bus_client_close(c);
	bus_server_close(s);
}

static void
send_raw(struct bus_client *c, const struct buf *frames, int n)
{
	for (int i = 0; i < n; i++)
		assert_true(zmq_send(bus_client_socket(c), buf_text(&frames[i]), frames[i].len,
			i + 1 < n ? ZMQ_SNDMORE : 0) >= 0);
}

static void
answered_invalid(struct bus_server *s, struct bus_client *c, const char *rule)
{
	struct bus_request q;
	struct bus_reply r;
	assert_true(readable(bus_server_socket(s), 5 * SECOND));
	assert_false(bus_receive(s, arena, &q));
	assert_true(next_reply(c, &r));
	assert_int_equal(r.n, 1);
	assert_int_equal(r.answers[0].status, ANSWER_ERROR);
	assert_int_equal(r.answers[0].error.kind, ERROR_INVALID);
	assert_string_equal(r.answers[0].error.rule, rule);
	assert_true(*r.answers[0].error.message);
}

static void
hostile_frames_are_answered_and_skipped(void **state)
{
	(void)state;
	struct error err = { 0 };
	struct bus_request q;
	struct bus_reply r;
	struct bus_header h = { 0 };
	struct bus_server *s = bus_serve(SOCKET_COMMANDS, &err);
	struct bus_client *c = bus_connect(SOCKET_COMMANDS, &err);
	static struct buf many[BUS_MAX_ITEMS + 2];
	struct buf good = { 0 }, head = { 0 }, junk = { 0 };
	assert_true(bus_send(c, &h, two, 1, &err));
	assert_true(next_request(s, &q));
	bus_header_pack(&h, &head);
	bus_item_pack(&two[0], &good);
	buf_str(&junk, "GET / HTTP/1.1");
	send_raw(c, &junk, 1);
	answered_invalid(s, c, "bus.malformed");
	send_raw(c, &head, 1);
	answered_invalid(s, c, "bus.malformed");
	send_raw(c, (struct buf[]){ head, good, junk }, 3);
	answered_invalid(s, c, "bus.malformed");
	for (int i = 0; i < BUS_MAX_ITEMS + 2; i++)
		many[i] = i ? good : head;
	send_raw(c, many, BUS_MAX_ITEMS + 2);
	answered_invalid(s, c, "bus.too_many");
	struct buf large = { 0 };
	buf_room(&large, BUS_MAX_BYTES / 2 + 1);
	large.len = BUS_MAX_BYTES / 2 + 1;
	memset(large.data, 0, large.len);
	send_raw(c, (struct buf[]){ head, large, large }, 3);
	answered_invalid(s, c, "bus.too_large");
	assert_int_equal(bus_server_counts(s).hostile, 5);
	/* and the server goes on */
	assert_true(bus_send(c, &(struct bus_header){ 0 }, two, 1, &err));
	assert_true(next_request(s, &q));
	assert_true(bus_reply(s, &q.peer, q.header.id, &(struct bus_answer){ .position = 1 }, 1));
	assert_true(next_reply(c, &r));
	buf_free(&large);
	buf_free(&good);
	buf_free(&head);
	buf_free(&junk);
	bus_client_close(c);
	bus_server_close(s);
}

static void
requests_have_limits(void **state)
{
	(void)state;
	struct error err = { 0 };
	struct bus_server *s = bus_serve(SOCKET_COMMANDS, &err);
	struct bus_client *c = bus_connect(SOCKET_COMMANDS, &err);
	uint8_t *bytes = calloc(1, BUS_MAX_BYTES);
	struct bus_item wide = { .op = "x", .args = bytes, .args_len = BUS_MAX_BYTES };
	assert_false(bus_send(c, &(struct bus_header){ 0 }, &wide, 1, &err));
	assert_string_equal(err.rule, "bus.too_large");
	assert_false(bus_send(c, &(struct bus_header){ 0 }, two, 0, &err));
	assert_false(bus_send(c, &(struct bus_header){ 0 }, two, BUS_MAX_ITEMS + 1, &err));
	assert_string_equal(err.rule, "bus.too_many");
	free(bytes);
	bus_client_close(c);
	bus_server_close(s);
}

static void
answers_that_do_not_fit_say_so(void **state)
{
	(void)state;
	struct error err = { 0 };
	struct bus_request q;
	struct bus_reply r;
	struct bus_server *s = bus_serve(SOCKET_COMMANDS, &err);
	struct bus_client *c = bus_connect(SOCKET_COMMANDS, &err);
	uint8_t *bytes = calloc(1, BUS_MAX_BYTES);
	const struct bus_event huge = { .type = 1, .payload = bytes, .len = BUS_MAX_BYTES };
	const struct bus_answer answers[] = { { .result = bytes, .result_len = BUS_MAX_BYTES },
		{ .position = 5, .events = &huge, .n_events = 1 } };
	assert_true(bus_send(c, &(struct bus_header){ 0 }, two, 2, &err));
	assert_true(next_request(s, &q));
	assert_true(bus_reply(s, &q.peer, q.header.id, answers, 2));
	assert_true(next_reply(c, &r));
	assert_string_equal(r.answers[0].error.rule, "bus.answer_too_large");
	assert_int_equal(r.answers[1].status, ANSWER_OK);
	assert_int_equal(r.answers[1].position, 5);
	assert_int_equal(r.answers[1].n_events, 0);
	free(bytes);
	bus_client_close(c);
	bus_server_close(s);
}

static void
answers_to_who_has_gone_are_counted(void **state)
{
	(void)state;
	struct error err = { 0 };
	struct bus_request q;
	struct bus_server *s = bus_serve(SOCKET_COMMANDS, &err);
	struct bus_client *c = bus_connect(SOCKET_COMMANDS, &err);
	const struct bus_answer yes = { .position = 1 };
	assert_true(bus_send(c, &(struct bus_header){ 0 }, two, 1, &err));
	assert_true(next_request(s, &q));
	bus_client_close(c);
	bool sent = true;
	for (int i = 0; i < 500 && sent; i++) {  /* until the news of his going has come */
		sent = bus_reply(s, &q.peer, q.header.id, &yes, 1);
		readable(bus_server_socket(s), 10000);
	}
	assert_false(sent);
	assert_int_equal(bus_server_counts(s).gone, 1);
	bus_server_close(s);
}

static void
nobody_listens_is_said_at_once(void **state)
{
	(void)state;
	struct error err = { 0 };
	struct bus_client *c = bus_connect(SOCKET_COMMANDS, &err);
	assert_non_null(c);
	int64_t start = mono_now();
	assert_false(bus_send(c, &(struct bus_header){ 0 }, two, 1, &err));
	assert_int_equal(err.kind, ERROR_UNAVAILABLE);
	assert_in_range(mono_now() - start, 200000, 2 * SECOND);    /* the grace of the first */
	start = mono_now();
	assert_false(bus_send(c, &(struct bus_header){ 0 }, two, 1, &err));
	assert_in_range(mono_now() - start, 0, 100000);
	/* what was refused is not sent later, when somebody comes */
	struct bus_server *s = bus_serve(SOCKET_COMMANDS, &err);
	struct bus_request q;
	struct bus_header h = { 0 };
	for (int i = 0; i < 100 && !bus_send(c, &h, two, 1, &err); i++)
		sleep_for(50000);
	assert_true(next_request(s, &q));
	assert_memory_equal(q.header.id, h.id, 16);
	assert_int_equal(bus_server_counts(s).received, 1);
	bus_client_close(c);
	bus_server_close(s);
}

static void
one_place_has_one_server(void **state)
{
	(void)state;
	struct error err = { 0 };
	char pid[32];
	struct bus_server *s = bus_serve(SOCKET_COMMANDS, &err);
	assert_non_null(s);
	assert_null(bus_serve(SOCKET_COMMANDS, &err));
	assert_int_equal(err.kind, ERROR_UNAVAILABLE);
	assert_string_equal(err.rule, "bus.in_use");
	snprintf(pid, sizeof pid, "process %ld ", (long)getpid());
	assert_non_null(strstr(err.message, pid));
	/* the first one was not hurt */
	struct bus_request q;
	struct bus_client *c = bus_connect(SOCKET_COMMANDS, &err);
	assert_true(bus_send(c, &(struct bus_header){ 0 }, two, 1, &err));
	assert_true(next_request(s, &q));
	bus_client_close(c);
	bus_server_close(s);
	s = bus_serve(SOCKET_COMMANDS, &err);
	assert_non_null(s);
	bus_server_close(s);
}

/* what a killed process leaves: a socket file and a pid file that nobody holds */
static void
the_dead_leave_no_trouble(void **state)
{
	(void)state;
	char path[128];
	snprintf(path, sizeof path, "%s/bus", folder);
	assert_int_equal(mkdir(path, 0700), 0);
	static const char *const left[] = { "commands.sock", "commands.pid" };
	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof path, "%s/bus/%s", folder, left[i]);
		FILE *f = fopen(path, "w");
		assert_non_null(f);
		fputs("99999\n", f);
		fclose(f);
	}
	ask_and_answer();
}

static void
refused(const char *rule, const char *says)
{
	struct error err = { 0 };
	assert_null(bus_serve(SOCKET_COMMANDS, &err));
	assert_string_equal(err.rule, rule);
	assert_non_null(strstr(err.message, says));
}

static void
bad_places_are_refused(void **state)
{
	(void)state;
	char path[256], deep[200];
	snprintf(path, sizeof path, "%s/bus", folder);
	assert_int_equal(mkdir(path, 0755), 0);
	chmod(path, 0755);
	refused("bus.folder", "open to other users");
	rmdir(path);
	assert_int_equal(symlink("/tmp", path), 0);
	refused("bus.folder", "is not a folder");
	unlink(path);
	memset(deep, 'x', 90);
	deep[90] = 0;
	snprintf(path, sizeof path, "%s/%s", folder, deep);
	config_set("BSS_BUS_DIR", path);
	refused("bus.path_too_long", "107");
	struct error err = { 0 };
	assert_null(bus_connect(SOCKET_COMMANDS, &err));
	assert_string_equal(err.rule, "bus.path_too_long");
	config_set("BSS_COMMANDS_ENDPOINT", "ipc://@abstract");
	refused("bus.endpoint", "absolute path");
	config_set("BSS_COMMANDS_ENDPOINT", "udp://127.0.0.1:1");
	refused("bus.endpoint", "BSS_COMMANDS_ENDPOINT");
}

/* CURVE -------------------------------------------------------------------------------------------- */

static void
make_key(const char *name, const char *listed_as)
{
	char path[192];
	zcert_t *k = zcert_new();
	snprintf(path, sizeof path, "%s/curve/%s", folder, name);
	assert_int_equal(zcert_save(k, path), 0);
	if (listed_as) {
		snprintf(path, sizeof path, "%s/curve/clients/%s", folder, listed_as);
		mkdir(path, 0700);
		snprintf(path, sizeof path, "%s/curve/clients/%s/own.key", folder, listed_as);
		assert_int_equal(zcert_save_public(k, path), 0);
	}
	zcert_destroy(&k);
}

static bool
heard_over_tcp(struct bus_server *s)
{
	struct error err = { 0 };
	struct bus_request q;
	struct bus_client *c = bus_connect(SOCKET_COMMANDS, &err);
	assert_non_null(c);
	bool sent = false;
	for (int i = 0; i < 5 && !sent; i++) {
		sent = bus_send(c, &(struct bus_header){ 0 }, two, 1, &err);
		if (!sent)
			sleep_for(100000);
	}
	bool heard = sent && next_request(s, &q);
	bus_client_close(c);
	return heard;
}

static void
tcp_is_curve_with_a_list(void **state)
{
	(void)state;
	struct error err = { 0 };
	char endpoint[64], path[128];
	snprintf(endpoint, sizeof endpoint, "tcp://127.0.0.1:%d", 20000 + (int)getpid() % 10000);
	config_set("BSS_COMMANDS_ENDPOINT", endpoint);
	refused("bus.curve_missing", "server.key_secret");
	assert_null(bus_connect(SOCKET_COMMANDS, &err));
	assert_string_equal(err.rule, "bus.curve_missing");
	snprintf(path, sizeof path, "%s/curve", folder);
	assert_int_equal(mkdir(path, 0700), 0);
	make_key("server.key", NULL);
	refused("bus.curve_missing", "list of clients");
	snprintf(path, sizeof path, "%s/curve/clients", folder);
	assert_int_equal(mkdir(path, 0700), 0);
	make_key("client.key", "gateways");
	snprintf(path, sizeof path, "%s/curve/server.key_secret", folder);
	chmod(path, 0644);
	refused("bus.curve_open", "other users");
	chmod(path, 0600);
	struct bus_server *s = bus_serve(SOCKET_COMMANDS, &err);
	assert_non_null(s);
	refused("bus.in_use", "in use");
	assert_true(heard_over_tcp(s));
	make_key("client.key", NULL);           /* a key that is not on the list */
	assert_false(heard_over_tcp(s));
	make_key("client.key", "projectors");   /* now it is, but not for this socket */
	assert_false(heard_over_tcp(s));
	make_key("client.key", "clients");
	assert_true(heard_over_tcp(s));
	snprintf(path, sizeof path, "%s/curve/clients/clients/own.key", folder);
	unlink(path);                            /* taken away, it opens nothing any more */
	assert_false(heard_over_tcp(s));
	void *plain = zsys_socket(ZMQ_DEALER, __FILE__, __LINE__);       /* without any key */
	assert_int_equal(zmq_connect(plain, endpoint), 0);
	zmq_send(plain, "x", 1, ZMQ_DONTWAIT);
	assert_false(readable(bus_server_socket(s), 300000));
	zsys_close(plain, __FILE__, __LINE__);
	bus_server_close(s);
}

/* publication -------------------------------------------------------------------------------------- */

static const struct bus_note batch = { .topic = TOPIC_EVENTS, .first = 1, .last = 2,
	.body = (const uint8_t *)"ab\0c", .body_len = 4, .log_id = { 9 } };

static bool
next_note(struct bus_subscriber *s, struct bus_note *n, int64_t micros)
{
	return bus_next_note(s, arena, n) ||
		(readable(bus_subscriber_socket(s), micros) && bus_next_note(s, arena, n));
}

/* subscriptions take a moment: publish until one arrives */
static void
settle(struct bus_publisher *p, struct bus_subscriber *s, const char *topic)
{
	struct bus_note n, hello = { 0 };
	snprintf(hello.topic, sizeof hello.topic, "%s", topic);
	bool heard = false;
	for (int i = 0; i < 200 && !heard; i++) {
		bus_publish(p, &hello);
		heard = next_note(s, &n, 50000);
	}
	assert_true(heard);
	while (next_note(s, &n, 100000))
		;
}

static void
notes_arrive_by_topic(void **state)
{
	(void)state;
	struct error err = { 0 };
	struct bus_note n;
	struct bus_publisher *p = bus_publish_on(SOCKET_EVENTS, &err);
	assert_non_null(p);
	assert_null(bus_publish_on(SOCKET_EVENTS, &err));
	assert_string_equal(err.rule, "bus.in_use");
	struct bus_subscriber *s = bus_subscribe(SOCKET_EVENTS,
		(const char *const[]){ TOPIC_EVENTS, TOPIC_REQUEST "payment" }, 2, &err);
	assert_non_null(s);
	settle(p, s, TOPIC_EVENTS);
	bus_publish(p, &(struct bus_note){ .topic = TOPIC_HEARTBEAT, .last = 2 });
	bus_publish(p, &(struct bus_note){ .topic = TOPIC_REQUEST "kyc", .last = 2 });
	bus_publish(p, &batch);
	bus_publish(p, &(struct bus_note){ .topic = TOPIC_REQUEST "payment", .last = 2, .id = "e-1",
		.name = "payment.charge_requested", .clock_now = 5, .clock_real = true, .open_requests = 2 });
	assert_true(next_note(s, &n, 5 * SECOND));
	assert_string_equal(n.topic, "E");
	assert_int_equal(n.first, 1);
	assert_int_equal(n.last, 2);
	assert_int_equal(n.body_len, 4);
	assert_memory_equal(n.body, "ab\0c", 4);
	assert_memory_equal(n.log_id, batch.log_id, 32);
	assert_true(next_note(s, &n, 5 * SECOND));
	assert_string_equal(n.topic, "R.payment");
	assert_string_equal(n.name, "payment.charge_requested");
	assert_string_equal(n.id, "e-1");
	assert_int_equal(n.clock_now, 5);
	assert_true(n.clock_real);
	assert_int_equal(n.open_requests, 2);
	assert_false(next_note(s, &n, 100000));
	bus_subscriber_close(s);
	bus_publisher_close(p);
}

/* who does not read is not waited for, and sees afterwards by the numbers that he missed something */
static void
gaps_are_visible(void **state)
{
	(void)state;
	enum { NOTES = 100000 };
	struct error err = { 0 };
	struct bus_note n = { .topic = TOPIC_EVENTS, .body = (const uint8_t *)folder, .body_len = sizeof folder };
	struct bus_publisher *p = bus_publish_on(SOCKET_EVENTS, &err);
	struct bus_subscriber *s = bus_subscribe(SOCKET_EVENTS, (const char *const[]){ TOPIC_EVENTS }, 1, &err);
	settle(p, s, TOPIC_EVENTS);
	for (int64_t i = 1; i <= NOTES; i++) {
		n.first = n.last = i;
		bus_publish(p, &n);
	}
	int64_t last = 0, received = 0;
	bool gap = false;
	struct bus_note got;
	while (next_note(s, &got, 500000)) {
		gap = gap || got.first != last + 1;
		last = got.last;
		received++;
		arena_reset(arena);
	}
	n.first = n.last = NOTES + 1;
	bus_publish(p, &n);
	assert_true(next_note(s, &got, 5 * SECOND));
	gap = gap || got.first != last + 1;
	assert_true(received > 0 && received < NOTES);
	assert_true(gap);
	bus_subscriber_close(s);
	bus_publisher_close(p);
}

/* signals belong to mains, and a process that leaves by exit() leaves */
static void
signals_and_exits_are_not_taken_over(void **state)
{
	(void)state;
	int status;
	fflush(NULL);
	char *const args[] = { (char[]){ "test_bus" }, (char[]){ "leave" }, folder, NULL };
	pid_t child = fork();
	if (child == 0) {
		alarm(10);
		execv("/proc/self/exe", args);
		_exit(127);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 3);
}

static int
leave(const char *dir)
{
	struct error err = { 0 };
	struct sigaction now;
	config_set("BSS_STATE_DIR", dir);
	if (!bus_serve(SOCKET_COMMANDS, &err))
		return 4;
	sigaction(SIGTERM, NULL, &now);
	exit(now.sa_handler == SIG_DFL ? 3 : 5);
}

int
main(int argc, char **argv)
{
	if (argc == 3)
		return leave(argv[2]);
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(signals_and_exits_are_not_taken_over),     /* first: it forks */
		TEST(over_ipc),
		TEST(over_inproc),
		TEST(calls_wait_for_their_own_answer),
		TEST(what_is_late_is_dropped_unread),
		TEST(hostile_frames_are_answered_and_skipped),
		TEST(requests_have_limits),
		TEST(answers_that_do_not_fit_say_so),
		TEST(answers_to_who_has_gone_are_counted),
		TEST(nobody_listens_is_said_at_once),
		TEST(one_place_has_one_server),
		TEST(the_dead_leave_no_trouble),
		TEST(bad_places_are_refused),
		TEST(tcp_is_curve_with_a_list),
		TEST(notes_arrive_by_topic),
		TEST(gaps_are_visible),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	bus_stop();
	return failed;
}
