/* outside.c -- what the processes stand on fails, or somebody else stands there: a database that hangs, a second core on the
 * log, more than the queue holds, a log of another program.  Each is a clear sentence to whoever asks, and costs nothing that
 * was acknowledged. */
#include "tests/unit/check.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "core/base/codec.h"
#include "core/eventstore/eventstore.h"
#include "projections/query.h"
#include "schemas/registry.h"
#include "tests/fault/house.h"
#include "tests/pg.h"

static struct error err;
static int named;

/* ---- helpers ------------------------------------------------------------------------------------------------------- */

static struct command
customer(void)
{
	struct command c = { .op = "customer.create" };

	named++;
	c.key = arena_printf(house.arena, "outside-%d", named);
	c.args = arena_printf(house.arena, "{\"name\":\"Out Side\",\"email\":\"o%d@example.test\"}", named);
	return c;
}

/* one question, with the answer as it comes; NULL: none came */
static struct bus_answer *
ask(const struct command *c, int64_t timeout)
{
	struct bus_header h = house_header();
	struct buf packed = { 0 };
	struct bus_item item;
	struct bus_answer *r = NULL;

	item_of(c, &item, &packed);
	if (!bus_call(house.bus, &h, &item, 1, timeout, house.arena, &r, &err))
		r = NULL;
	buf_free(&packed);
	return r;
}

static bool
is_unavailable(const struct bus_answer *r)
{
	return r && r->status == ANSWER_ERROR && r->error.kind == ERROR_UNAVAILABLE;
}

static int
times_in_log(const struct command *c)
{
	struct log_filter all = { 0 };
	struct log_reader *r = log_read(house.owner, &all, &err);
	struct log_event e;
	int n = 0;

	while (r && log_next(r, &e, &err)) {
		struct envelope v;
		const uint8_t *payload;
		size_t len;

		assert_true(envelope_unpack(e.body, e.body_len, house.arena, &v, &payload, &len, &err));
		n += v.key && strcmp(v.key, c->key) == 0;
	}
	log_read_end(r);
	return n;
}

/* the core alone, with settings of the test */
static void
core_with(const char *a, const char *b)
{
	struct process *core = process_named("core");
	struct command c = customer();

	end_process(core);
	house.settings[0] = a;
	house.settings[1] = b;
	start_process(core, NULL);
	until_answered(&c);
}

static void
signal_postgres(int signo)
{
	char command[300];

	snprintf(command, sizeof command, "p=$(head -1 %s/data/postmaster.pid); kill -%d $p $(cat /proc/$p/task/$p/children)", test_pg_folder(), signo);
	assert_int_equal(system(command), 0);
}

static void
said(const char *process, const char *text)
{
	char command[300];
	int64_t until = mono_now() + 10 * SECOND;

	snprintf(command, sizeof command, "grep -q -- '%s' %s/%s.log", text, house.dir, process);
	while (system(command) != 0) {
		if (mono_now() > until)
			fail_msg("%s did not say: %s", process, text);
		sleep_for(50000);
	}
}

static int
ends_with(pid_t pid)
{
	int64_t until = mono_now() + 15 * SECOND;
	int status;

	while (waitpid(pid, &status, WNOHANG) != pid) {
		assert_true(mono_now() < until);
		sleep_for(20000);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* ---- a database that hangs ----------------------------------------------------------------------------------------------- */

/* Within the lease requests wait, at most as many as the queue holds; what came and was not answered is still exactly once in
 * the log, and what nobody waits for any more is not decided. */
static void
a_database_that_hangs(void **state)
{
	struct command waiting[60], late = customer(), more = customer(), past = customer();
	struct bus_header h = house_header();
	struct buf packed = { 0 };
	struct bus_item item;
	pid_t core;
	(void)state;

	core_with("BSS_QUEUE_MAX=20", "BSS_LEASE_SECONDS=3");
	core = process_named("core")->pid;
	for (int i = 0; i < 60; i++)
		waiting[i] = customer();
	signal_postgres(SIGSTOP);
	send_all(waiting, 60);
	sleep_for(SECOND / 5);
	item_of(&late, &item, &packed);
	h.deadline = wall_now() + SECOND / 2;            /* queued or turned away, but never decided after it */
	bus_send(house.bus, &h, &item, 1, &err);
	assert_true(is_unavailable(ask(&more, SECOND / 2)));
	sleep_for(3 * SECOND);                           /* past the lease */
	assert_true(is_unavailable(ask(&past, SECOND / 2)));
	signal_postgres(SIGCONT);
	collect(waiting, 60);
	until_answered(&past);
	for (int i = 0; i < 60; i++)
		assert_int_equal(times_in_log(&waiting[i]), 1);
	assert_int_equal(times_in_log(&late), 0);
	assert_int_equal(times_in_log(&more), 0);
	assert_int_equal(process_named("core")->pid, core);    /* it survived */
	buf_free(&packed);
}

/* a core that waits for its database lets others work: clock ticks of its process, user and system */
static long
ticks_of(pid_t pid)
{
	char path[64];
	long user = 0, sys = 0;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	f = fopen(path, "re");
	assert_non_null(f);
	assert_int_equal(fscanf(f, "%*d (%*[^)]) %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %ld %ld", &user, &sys), 2);
	fclose(f);
	return user + sys;
}

/* stopped in the middle of work: a batch is on its way, the next one is filled */
static void
a_database_that_is_down(void **state)
{
	struct command many[40];
	pid_t core;
	long before;
	(void)state;

	core_with(NULL, NULL);
	core = process_named("core")->pid;
	for (int i = 0; i < 40; i++)
		many[i] = customer();
	signal_postgres(SIGSTOP);
	send_all(many, 40);
	sleep_for(SECOND / 5);
	signal_postgres(SIGKILL);
	sleep_for(SECOND / 2);
	before = ticks_of(core);
	sleep_for(2 * SECOND);
	assert_in_range(ticks_of(core) - before, 0, sysconf(_SC_CLK_TCK));       /* half of one processor at most */
	pg_close(house.owner);
	test_pg_restart();
	house.owner = test_pg(NULL);
	collect(many, 40);
	for (int i = 0; i < 40; i++)
		assert_int_equal(times_in_log(&many[i]), 1);
	assert_int_equal(process_named("core")->pid, core);
}

/* ---- a second core ----------------------------------------------------------------------------------------------- */

static pid_t
second_core(char dir[80])
{
	static const char *const args[3] = { "core" };
	char path[120], own[sizeof house.dir];
	pid_t pid;

	snprintf(dir, 80, "%s/second", house.dir);
	mkdir(dir, 0700);
	snprintf(path, sizeof path, "cp %s/master.key %s/", house.dir, dir);
	assert_int_equal(system(path), 0);
	memcpy(own, house.dir, sizeof own);
	snprintf(house.dir, sizeof house.dir, "%s", dir);
	pid = house_spawn("core", args, "bss_core", NULL);
	memcpy(house.dir, own, sizeof own);
	return pid;
}

static void
two_cores_one_log(void **state)
{
	struct process *core = process_named("core");
	struct command c = customer(), stale = customer();
	struct bus_answer *r;
	char dir[80];
	pid_t second;
	(void)state;

	core_with("BSS_LEASE_SECONDS=2", NULL);
	assert_int_equal(ends_with(second_core(dir)), 1);              /* the first one holds the lease */
	said("second/core", "Another core leads this log");
	kill(core->pid, SIGSTOP);
	sleep_for(5 * SECOND / 2);
	second = second_core(dir);                                     /* and now it has ended */
	said("second/core", "core.ready");
	kill(core->pid, SIGCONT);
	r = ask(&stale, SECOND);                                       /* a leader past its lease answers nothing */
	assert_true(!r || is_unavailable(r));
	assert_int_equal(ends_with(core->pid), 1);
	core->pid = 0;
	said("core", "log.fenced");
	kill(second, SIGKILL);
	waitpid(second, NULL, 0);
	sleep_for(5 * SECOND / 2);
	core_with(NULL, NULL);
	until_answered(&c);
	assert_int_equal(times_in_log(&stale), 0);
}

/* ---- waiting for an outcome -------------------------------------------------------------------------------------- */

static struct command
an_order(void)
{
	struct command c = customer(), o = { .op = "order.create" };
	const char *id;

	until_answered(&c);
	id = arena_strdup(house.arena, c.id);
	c = (struct command){ .op = "customer.attest_kyc", .key = arena_printf(house.arena, "kyc-%d", named),
		.args = arena_printf(house.arena,
	    "{\"customer_id\":\"%s\",\"provider\":\"prebaked\",\"attestation_token\":\"outside-%d\"}", id, named) };
	until_answered(&c);
	c = (struct command){ .op = "payment_method.add", .key = arena_printf(house.arena, "card-%d", named),
		.args = arena_printf(house.arena,
	    "{\"customer_id\":\"%s\",\"token\":\"tok_o%d\",\"last4\":\"4242\",\"exp_month\":12,\"exp_year\":2039}", id, named) };
	until_answered(&c);
	o.key = arena_printf(house.arena, "order-%d", named);
	o.args = arena_printf(house.arena, "{\"customer_id\":\"%s\",\"offering_id\":\"PLAN_M\"}", id);
	return o;
}

/* A time-out is not a failure; a repeat joins the wait of the first, over a restart, too; nothing is ordered twice. */
static void
a_repeat_joins_the_wait(void **state)
{
	struct command order = an_order(), again;
	struct bus_answer *r;
	(void)state;

	end_process(process_named("effect"));
	order.await = SECOND / 5;
	r = ask(&order, 2 * SECOND);
	assert_true(r && r->status == ANSWER_ACCEPTED && r->id && strncmp(r->id, "ORD-", 4) == 0);
	core_with(NULL, NULL);
	order.await = 10 * SECOND;
	again = order;
	send_all(&order, 1);
	send_all(&again, 1);
	start_process(process_named("effect"), NULL);
	for (int answers = 0; answers < 2;) {
		struct bus_wait w = { .socket = bus_client_socket(house.bus) };
		struct bus_reply got;

		assert_true(bus_wait(&w, 1, 12 * SECOND));
		while (bus_next_reply(house.bus, house.arena, &got)) {
			assert_int_equal(got.answers[0].status, ANSWER_OK);
			assert_string_equal(got.answers[0].id, r->id);
			assert_int_equal(got.answers[0].n_events, 1);
			assert_string_equal(event_shape(got.answers[0].events[0].type)->name, "order.completed");
			answers++;
		}
	}
	assert_int_equal(times_in_log(&order), 1);
}

/* ---- timers under load ------------------------------------------------------------------------------------------------ */

/* clients that fill every batch put no timer off: an order that takes too long is found while they go on */
static void
timers_have_their_turn(void **state)
{
	struct command order = an_order(), filler[200];
	int64_t until = mono_now() + 15 * SECOND;
	char sql[200];
	(void)state;

	end_process(process_named("effect"));
	house.settings[2] = "BSS_ORDER_STUCK_THRESHOLD_SECONDS=1";
	core_with("BSS_BATCH_MAX_EVENTS=1", "BSS_QUEUE_MAX=100000");
	until_answered(&order);
	snprintf(sql, sizeof sql, "SELECT count(*) FROM log.event WHERE stream = 'order/%s' AND type = %d", order.id,
		order_stuck_shape.code);
	while (test_pg_int(house.owner, sql) == 0) {
		assert_true(mono_now() < until);
		for (int i = 0; i < 200; i++)
			filler[i] = customer();
		send_all(filler, 200);
		sleep_for(20000);
	}
	house.settings[2] = NULL;
	core_with(NULL, NULL);
	start_process(process_named("effect"), NULL);
}

/* ---- read models ---------------------------------------------------------------------------------------------------------- */

static int
behind(void)
{
	return (int)test_pg_int(house.owner, "SELECT count(*) FROM (SELECT position FROM crm.checkpoint UNION ALL SELECT position FROM"
	    " audit.checkpoint UNION ALL SELECT position FROM catalog.checkpoint) AS c WHERE position < (SELECT position FROM log.head)");
}

static int64_t
errors(void)
{
	return test_pg_int(house.owner, "SELECT count(error) FROM (SELECT error FROM crm.checkpoint UNION ALL SELECT error FROM"
	    " audit.checkpoint UNION ALL SELECT error FROM catalog.checkpoint) AS c");
}

static void
until_behind(int n)
{
	int64_t until = mono_now() + PATIENCE;

	while (behind() != n) {
		assert_true(mono_now() < until);
		sleep_for(50000);
	}
}

/* a failing handler stops its read model at that position, and says so; no other */
static void
a_handler_that_fails(void **state)
{
	struct process *project = process_named("project");
	struct command c = customer(), later = customer();
	(void)state;

	until_behind(0);
	end_process(project);
	start_process(project, "handler_fails@1");
	until_answered(&c);
	until_answered(&later);
	said("project", "projection.stopped.*A fault was asked for");
	until_behind(1);
	assert_int_equal(errors(), 1);
	end_process(project);
	start_process(project, NULL);                    /* a better program */
	until_behind(0);
	assert_int_equal(errors(), 0);
}

/* what was written is read, or the reader is told by how much the read model is behind: after two seconds, not sooner or later */
static void
a_reader_waits_for_its_writes(void **state)
{
	struct command c = customer();
	struct bus_client *queries = bus_connect(SOCKET_QUERIES, &err);
	struct bus_header h = house_header();
	struct customer_get args = { 0 };
	struct buf packed = { 0 };
	struct bus_item item = { .op = "customer.get" };
	struct bus_answer *r;
	int64_t began;
	(void)state;

	until_behind(0);
	kill(process_named("project")->pid, SIGSTOP);
	until_answered(&c);
	args.customer_id = c.id;
	shape_pack(&customer_get_shape, &args, &packed, NULL);
	item.args = (const uint8_t *)packed.data;
	item.args_len = packed.len;
	item.after = c.position;
	began = mono_now();
	assert_true(bus_call(queries, &h, &item, 1, 5 * SECOND, house.arena, &r, &err));
	assert_true(is_unavailable(r));
	assert_string_equal(r->error.rule, "PROJECTION_BEHIND");
	assert_non_null(strstr(r->error.message, "crm"));
	assert_in_range(mono_now() - began, 3 * SECOND / 2, 4 * SECOND);
	kill(process_named("project")->pid, SIGCONT);
	assert_true(bus_call(queries, &h, &item, 1, 5 * SECOND, house.arena, &r, &err) && r->status == ANSWER_OK);
	assert_non_null(strstr((const char *)r->result, c.id));
	buf_free(&packed);
	bus_client_close(queries);
}

/* ---- time travel ------------------------------------------------------------------------------------------------------------ */

struct asked { const struct shape *op; const char *args, *shown; };
struct names { const char *customer, *order, *line, *msisdn, *iccid; };

/* what JSON looks like without the blanks between its parts, which are not the same in Postgres and here */
static const char *
tight(const char *text, size_t n)
{
	char *out = arena_alloc(house.arena, n + 1);
	size_t len = 0;
	bool quoted = false;

	for (size_t i = 0; i < n; i++) {
		quoted ^= text[i] == '"' && (i == 0 || text[i - 1] != '\\');
		if (quoted || text[i] != ' ')
			out[len++] = text[i];
	}
	return out;
}

static const char *
query(struct bus_client *where, const struct shape *op, const char *args_json, int64_t after, const char *as_of)
{
	struct bus_header h = house_header();
	struct command c = { .op = op->name, .args = args_json };
	struct buf packed = { 0 };
	struct bus_item item;
	struct bus_answer *r;

	item_of(&c, &item, &packed);
	item.after = after;
	item.as_of = as_of;
	if (!bus_call(where, &h, &item, 1, 10 * SECOND, house.arena, &r, &err))
		fail_msg("%s: %s", op->name, err.message);
	buf_free(&packed);
	return r->status == ANSWER_OK ? tight((const char *)r->result, r->result_len) : arena_strdup(house.arena, r->error.rule);
}

static const char *
value_for(const struct field *f, const struct names *n)
{
	static const struct { const char *field; size_t at; } rows[] = {
		{ "customer_id", offsetof(struct names, customer) }, { "order_id", offsetof(struct names, order) },
		{ "commercial_order_id", offsetof(struct names, order) }, { "subscription_id", offsetof(struct names, line) },
		{ "msisdn", offsetof(struct names, msisdn) }, { "iccid", offsetof(struct names, iccid) },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (strcmp(f->name, rows[i].field) == 0)
			return *(const char *const *)((const char *)n + rows[i].at);
	return strcmp(f->name, "offering_id") == 0 ? "PLAN_M" : NULL;
}

/* the arguments that must be given; NULL: this test knows none of that kind */
static const char *
arguments_for(const struct shape *op, const struct names *n)
{
	const char *args = "";

	FOR_EACH_FIELD(f, op) {
		const char *value = value_for(f, n);

		if (!f->target && !f->required)
			continue;
		if (!value)
			return NULL;
		args = arena_printf(house.arena, "%s%s\"%s\":\"%s\"", args, *args ? "," : "", f->name, value);
	}
	return arena_printf(house.arena, "{%s}", args);
}

static const char *
between(const char *text, const char *name)
{
	const char *at = strstr(text, arena_printf(house.arena, "\"%s\":\"", name));

	assert_non_null(at);
	at += strlen(name) + 4;
	return arena_strndup(house.arena, at, strcspn(at, "\""));
}

/* every query of the read models: what it showed then is what it shows as of then, whatever has happened since */
static void
time_travel_shows_what_was_shown(void **state)
{
	struct bus_client *queries = bus_connect(SOCKET_QUERIES, &err), *history = bus_connect(SOCKET_HISTORY, &err);
	struct command order = an_order(), more[3] = { customer() };
	struct names n = { 0 };
	struct asked asked[200];
	const char *lines, *then;
	char when[TIME_TEXT];
	int64_t position;
	int known = 0, shown = 0;
	(void)state;

	order.await = 5 * SECOND;
	until_answered(&order);
	n.order = order.id;
	n.customer = between(order.args, "customer_id");
	position = test_pg_int(house.owner, "SELECT position FROM log.head");
	lines = query(queries, &subscription_list_for_customer_shape,
		arguments_for(&subscription_list_for_customer_shape, &n), position, NULL);
	n.line = between(lines, "id");
	n.msisdn = between(lines, "msisdn");
	n.iccid = between(lines, "iccid");
	position = test_pg_int(house.owner, "SELECT position FROM log.head");
	for (const struct shape *const *s = operation_shapes; *s; s++) {
		const char *args = (*s)->is_query && query_of(*s) ? arguments_for(*s, &n) : NULL;

		if (args)
			asked[known++] = (struct asked){ *s, args, query(queries, *s, args, position, NULL) };
		shown += args && strchr("{[", asked[known - 1].shown[0]);
	}
	assert_true(shown > 25);
	until_answered(&more[0]);
	more[1] = (struct command){ .op = "usage.record", .key = "travel-1", .args = arena_printf(house.arena, "{\"msisdn\":\"%s\","
	    "\"event_type\":\"data\",\"event_time\":\"%s\",\"quantity\":100,\"unit\":\"mb\"}", n.msisdn,
	    time_format(wall_now() / SECOND * SECOND, when)) };
	more[2] = (struct command){ .op = "subscription.terminate", .key = "travel-2", .args = arena_printf(house.arena,
	    "{\"subscription_id\":\"%s\"}", n.line) };
	until_answered(&more[1]);
	until_answered(&more[2]);
	then = arena_printf(house.arena, "%lld", (long long)position);
	for (int i = 0; i < known; i++) {
		const char *now = query(history, asked[i].op, asked[i].args, 0, then);

		if (strcmp(now, asked[i].shown) != 0)
			fail_msg("%s %s\nthen  %s\nas of %s", asked[i].op->name, asked[i].args, asked[i].shown, now);
	}
	bus_client_close(queries);
	bus_client_close(history);
}

/* ---- what the log may not hold ----------------------------------------------------------------------------------- */

/* names and addresses of everybody who signed up above, their cards' tokens, what identities prove themselves with */
static void
the_log_names_nobody(void **state)
{
	const char *const secrets[] = { "Out", "Side", "example.test", "tok_o", house.token, house.effect_token };
	(void)state;

	assert_true(test_pg_int(house.owner, "SELECT count(*) FROM log.subject_key") > 50);
	for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++)
		assert_int_equal(test_pg_int(house.owner, arena_printf(house.arena,
		    "SELECT count(*) FROM log.event WHERE position(convert_to('%s', 'UTF8') IN body) > 0", secrets[i])), 0);
}

/* ---- what may not start ------------------------------------------------------------------------------------------ */

static void
a_role_without_its_database(void **state)
{
	static const char *const args[3] = { "core" };
	(void)state;

	end_process(process_named("core"));
	assert_int_equal(ends_with(house_spawn("core", args, "nobody_of_this_name", NULL)), 1);
	said("core", "Postgres knows no such database or user");
	core_with(NULL, NULL);
}

static void
a_newer_schema(void **state)
{
	static const char *const names[] = { "core", "project", "history" };
	(void)state;

	test_pg_do(house.owner, "INSERT INTO log.migration (version) VALUES (99)");
	for (int i = 0; i < 3; i++) {
		const char *const args[3] = { names[i] };
		const char *role = arena_printf(house.arena, "bss_%s", names[i]);
		struct process *p = process_named(names[i]);
		pid_t pid;

		if (p)
			end_process(p);
		pid = house_spawn(names[i], args, role, NULL);
		said(names[i], "schema version 99");
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	test_pg_do(house.owner, "DELETE FROM log.migration WHERE version = 99");
	start_process(process_named("project"), NULL);
	core_with(NULL, NULL);
}

/* core and projector stop at a type they do not know: the last test, for such a log stays as it is */
static void
an_event_of_the_future(void **state)
{
	struct envelope v = { .schema_version = 1, .actor = "tomorrow", .correlation = "00000000000000000000000000000001" };
	struct log_event e = { .stream = "wonder/W-1", .version = 1, .type = 2047, .occurred_at = wall_now(),
		.recorded_at = wall_now() };
	struct log_batch *b = log_batch_new();
	struct process *core = process_named("core");
	struct log_writer *w;
	struct buf body = { 0 };
	(void)state;

	core_with("BSS_LEASE_SECONDS=1", NULL);
	end_process(core);
	sleep_for(5 * SECOND / 4);
	w = log_writer_open(test_pg_url_as("bss_core"), "tomorrow", SECOND, &err);
	assert_non_null(w);
	envelope_pack(&v, &body);
	buf_add(&body, "\x80", 1);
	e.body = (const uint8_t *)body.data;
	e.body_len = body.len;
	e.position = log_writer_head(w)->position + 1;
	event_hash(log_writer_head(w)->hash, &e, e.hash);
	log_batch_add(b, &e);
	assert_true(log_writer_send(w, b, &err));
	while (log_writer_poll(w, &err) == APPEND_BUSY)
		sleep_for(1000);
	assert_int_equal(log_writer_head(w)->position, e.position);
	log_writer_close(w, true);
	start_process(core, NULL);
	assert_int_equal(ends_with(core->pid), 2);
	core->pid = 0;
	said("core", "which this program does not know");
	end_process(process_named("project"));
	start_process(process_named("project"), NULL);
	said("project", "newer than this program");
	log_batch_free(b);
	buf_free(&body);
}

#define T(f)  cmocka_unit_test(f)
int
main(void)
{
	const struct CMUnitTest tests[] = { T(a_database_that_hangs), T(a_database_that_is_down), T(two_cores_one_log),
		T(a_repeat_joins_the_wait),
		T(timers_have_their_turn), T(a_handler_that_fails), T(a_reader_waits_for_its_writes),
		T(time_travel_shows_what_was_shown), T(the_log_names_nobody),
		T(a_role_without_its_database), T(a_newer_schema), T(an_event_of_the_future) };

	if (getenv("FAULTS_ONLY"))
		cmocka_set_test_filter(getenv("FAULTS_ONLY"));
	return cmocka_run_group_tests(tests, house_start, house_stop);
}
