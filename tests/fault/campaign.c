/* campaign.c -- kill -9 of every process under load, at random moments, and then the books are checked.
 *
 *	campaign SECONDS          against the stack of BSS_STATE_DIR (tests/stack.sh)
 *
 * Workers send commands under idempotency keys and repeat each until it is answered, as a client does.  Meanwhile the
 * core, the projector, the effect, the gateway, the history and Postgres are killed, Postgres is restarted cleanly and at once, and
 * one read model after the other is rebuilt and swapped.  A reader writes and reads what it wrote: never is it not there.
 * Afterwards: every acknowledged command is still there with the same id and position, each took effect once, every purchase was
 * charged once, the chain holds, and the read models are what the log says. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "core/base/clock.h"
#include "core/base/codec.h"
#include "core/base/config.h"
#include "core/base/crypt.h"
#include "core/base/id.h"
#include "core/base/json.h"
#include "core/base/must.h"
#include "core/bus/bus.h"
#include "schemas/registry.h"

#define WORKERS 4
#define TOKEN_MAX 128

struct done { char op[48], key[48], id[ID_MAX], args[400]; int64_t position; };
static char token[TOKEN_MAX];
static int passed, failed;

static void
check(bool ok, const char *what)
{
	printf("%s  %s\n", ok ? "ok  " : "FAIL", what);
	fflush(stdout);
	ok ? passed++ : failed++;
}

/* ---- one call, and one that is repeated until it is answered --------------------------------------------- */

static bool
call_after(struct bus_client *bus, struct arena *a, const char *op, const char *args_json, const char *key, int64_t await,
	int64_t after, struct bus_answer *out, struct error *err)
{
	const struct shape *s = operation_named(op);
	void *args = arena_alloc(a, s->size);
	struct buf packed = { 0 };
	struct bus_header h = { .token = token, .actor = "campaign", .channel = "scenario", .tenant = "DEFAULT" };
	struct bus_item item = { .op = op, .key = key, .await = await, .after = after };
	struct bus_answer *answers;
	bool ok;

	must(shape_from_text(s, args_json, strlen(args_json), a, args, err));
	shape_pack(s, args, &packed, NULL);
	item.args = (const uint8_t *)buf_text(&packed);
	item.args_len = packed.len;
	ok = bus_call(bus, &h, &item, 1, 3 * SECOND, a, &answers, err);
	buf_free(&packed);
	if (ok)
		*out = answers[0];
	return ok;
}

static bool
call(struct bus_client *bus, struct arena *a, const char *op, const char *args_json, const char *key, int64_t await,
	struct bus_answer *out, struct error *err)
{
	return call_after(bus, a, op, args_json, key, await, 0, out, err);
}

static struct bus_client *
reconnect(enum bus_socket where, struct bus_client *old)
{
	struct error err = { 0 };
	struct bus_client *c = NULL;

	bus_client_close(old);
	while (!c && !(c = bus_connect(where, &err)))
		sleep_for(50000);
	return c;
}

/* what a client does: the same key until there is an answer that is not "unavailable" */
static bool
until_answered(struct bus_client **bus, struct arena *a, const char *op, const char *args, const char *key, int64_t await,
	int64_t until, struct bus_answer *out)
{
	while (wall_now() < until) {
		struct error err = { 0 };

		if (call(*bus, a, op, args, key, await, out, &err) &&
		    !(out->status == ANSWER_ERROR && error_retry(out->error.kind)))
			return true;
		sleep_for(20000);
		if (strcmp(err.rule, "bus.nobody_listens") == 0)
			*bus = reconnect(SOCKET_COMMANDS, *bus);
	}
	return false;
}

/* ---- the work ------------------------------------------------------------------------------------------------ */

static void
one_command(int worker, int n, const char *customer, const char *line, const char *msisdn, struct done *d)
{
	char when[TIME_TEXT];

	snprintf(d->key, sizeof d->key, "campaign-%d-%d-%d", getppid(), worker, n);
	switch (n % 4) {
	case 0:
		snprintf(d->op, sizeof d->op, "interaction.log");
		snprintf(d->args, sizeof d->args, "{\"customer_id\":\"%s\",\"summary\":\"call %d\"}", customer, n);
		break;
	case 1: case 2:
		snprintf(d->op, sizeof d->op, "usage.record");
		snprintf(d->args, sizeof d->args, "{\"msisdn\":\"%s\",\"event_type\":\"sms\",\"event_time\":\"%s\",\"quantity\":1,\"unit\":\"count\","
			"\"reference\":\"%s\"}", msisdn, time_format(wall_now() / SECOND * SECOND, when), d->key);
		break;
	default:
		snprintf(d->op, sizeof d->op, n % 20 == 3 ? "subscription.purchase_vas" : "customer.create");
		if (n % 20 == 3)
			snprintf(d->args, sizeof d->args,
				"{\"subscription_id\":\"%s\",\"vas_offering_id\":\"VAS_ROAMING_1GB\"}", line);
		else
			snprintf(d->args, sizeof d->args, "{\"name\":\"Call Paign\",\"email\":\"%s@example.test\"}", d->key);
	}
}

static void
work(int worker, int64_t until, const char *customer, const char *line, const char *msisdn, const char *journal)
{
	FILE *f = fopen(journal, "w");
	struct arena *a = arena_new();
	struct bus_client *bus = reconnect(SOCKET_COMMANDS, NULL);

	must(f);
	for (int n = 0; wall_now() < until; n++) {
		struct done d = { 0 };
		struct bus_answer answer;

		one_command(worker, n, customer, line, msisdn, &d);
		/* the last ones are still answered: a minute for what was begun */
		if (!until_answered(&bus, a, d.op, d.args, d.key, 0, until + MINUTE, &answer))
			_exit(3);
		if (answer.status == ANSWER_ERROR) {
			fprintf(stderr, "worker %d: %s: %s %s\n", worker, d.op, answer.error.rule, answer.error.message);
			_exit(4);
		}
		d.position = answer.position;
		snprintf(d.id, sizeof d.id, "%s", answer.id ? answer.id : "");
		fwrite(&d, sizeof d, 1, f);
		arena_reset(a);
	}
	fclose(f);
	_exit(0);
}

/* ---- reading what was written, while read models are swapped under the reader's hands -------------------------- */

/* what stands in the read model is there, or the reader is told to come again; never is it missing */
static bool
is_there(struct bus_client **queries, struct arena *a, const char *customer, int64_t position)
{
	char args[200];

	snprintf(args, sizeof args, "{\"customer_id\":\"%s\"}", customer);
	for (int64_t until = wall_now() + MINUTE; wall_now() < until; sleep_for(20000)) {
		struct bus_answer r;
		struct error err = { 0 };

		if (!call_after(*queries, a, "customer.get", args, NULL, 0, position, &r, &err)) {
			*queries = reconnect(SOCKET_QUERIES, *queries);
			continue;
		}
		if (r.status == ANSWER_OK)
			return strstr((const char *)r.result, customer) != NULL;
		if (!error_retry(r.error.kind)) {
			fprintf(stderr, "reader: %s: %s %s\n", customer, r.error.rule, r.error.message);
			return false;
		}
	}
	return false;
}

static void
read_own_writes(int64_t until)
{
	struct arena *a = arena_new();
	struct bus_client *bus = reconnect(SOCKET_COMMANDS, NULL), *queries = reconnect(SOCKET_QUERIES, NULL);
	char first[ID_MAX] = "";

	for (int n = 0; wall_now() < until; n++) {
		struct bus_answer r;
		char args[200], key[64];

		snprintf(key, sizeof key, "reader-%d-%d", getpid(), n);
		snprintf(args, sizeof args, "{\"name\":\"Rea Der\",\"email\":\"%s@example.test\"}", key);
		if (!until_answered(&bus, a, "customer.create", args, key, 0, until + MINUTE, &r) || r.status == ANSWER_ERROR)
			_exit(3);
		if (!first[0])
			snprintf(first, sizeof first, "%s", r.id);
		if (!is_there(&queries, a, r.id, r.position) || !is_there(&queries, a, first, 0))
			_exit(4);
		arena_reset(a);
		sleep_for(5000);
	}
	_exit(0);
}

/* one read model after the other; a rebuild that Postgres' death interrupts is begun again */
static void
swap_read_models(int64_t until)
{
	static const char *const names[] = { "crm", "subscription", "mediation", "audit", "payment" };
	char command[160];
	int swaps = 0;

	for (int i = 0; wall_now() < until; i++) {
		snprintf(command, sizeof command, "$STACK_BIN project rebuild %s >/dev/null 2>&1", names[i % 5]);
		swaps += system(command) == 0;
		sleep_for(100000);
	}
	_exit(swaps < 100 ? swaps : 100);
}

/* ---- the killing ------------------------------------------------------------------------------------------------ */

static int
pid_named(const char *name)
{
	char line[4096], want[64], *at;
	FILE *f = popen("$STACK_BIN up --status --json 2>/dev/null", "r");
	int pid = 0;

	snprintf(want, sizeof want, "\"name\":\"%s\",\"pid\":", name);
	while (f && fgets(line, sizeof line, f))
		if ((at = strstr(line, want)))
			pid = atoi(at + strlen(want));
	if (f)
		pclose(f);
	return pid;
}

/* SIGINT: Postgres ends its sessions and writes a checkpoint; SIGQUIT: it drops everything at once */
static const struct blow { const char *name, *what; int signal; } blows[] = {
	{ "core", "kill -9", SIGKILL },    { "core", "kill -9", SIGKILL },     { "core", "kill -9", SIGKILL },
	{ "project", "kill -9", SIGKILL }, { "effect", "kill -9", SIGKILL },   { "gateway", "kill -9", SIGKILL },
	{ "history", "kill -9", SIGKILL }, { "postgres", "kill -9", SIGKILL }, { "postgres", "restart", SIGINT },
	{ "postgres", "restart, immediate", SIGQUIT },
};
#define BLOWS (sizeof blows / sizeof *blows)

/* each blow once, then at random */
static void
kill_at_random(int64_t until)
{
	int kills = 0;

	for (size_t n = 0; wall_now() < until; n++) {
		const struct blow *b = &blows[n < BLOWS - 2 ? n + 2 : random_u64() % BLOWS];
		int pid = pid_named(b->name);

		if (pid > 1 && kill(pid, b->signal) == 0)
			kills++;
		printf("      %s: %s (%d)\n", b->name, b->what, pid);
		fflush(stdout);
		sleep_for(500000 + (int64_t)(random_u64() % 2500000));
	}
	check(kills > 0, "processes were killed");
}

/* ---- before and after ---------------------------------------------------------------------------------------------- */

static void
must_ok(struct bus_client **bus, struct arena *a, const char *op, const char *args, struct bus_answer *out)
{
	if (!until_answered(bus, a, op, args, NULL, op[0] == 'o' ? 20 * SECOND : 0, wall_now() + 30 * SECOND, out) ||
	    out->status == ANSWER_ERROR) {
		fprintf(stderr, "campaign: %s: %s %s\n", op, out->error.rule, out->error.message);
		exit(1);
	}
}

static void
make_line(struct arena *a, char *customer, char *line, char *msisdn)
{
	struct bus_client *bus = reconnect(SOCKET_COMMANDS, NULL);
	struct bus_answer r;
	char args[600], hex[16];

	snprintf(args, sizeof args, "{\"name\":\"Cam Paign\",\"email\":\"line-%s@example.test\"}", random_hex(hex, 12));
	must_ok(&bus, a, "customer.create", args, &r);
	snprintf(customer, ID_MAX, "%s", r.id);
	snprintf(args, sizeof args, "{\"customer_id\":\"%s\",\"provider\":\"prebaked\",\"attestation_token\":\"campaign-%s\"}", customer, hex);
	must_ok(&bus, a, "customer.attest_kyc", args, &r);
	snprintf(args, sizeof args, "{\"customer_id\":\"%s\",\"token\":\"tok_%s\",\"last4\":\"4242\",\"exp_month\":12,\"exp_year\":2039}", customer, hex);
	must_ok(&bus, a, "payment_method.add", args, &r);
	snprintf(args, sizeof args, "{\"customer_id\":\"%s\",\"offering_id\":\"PLAN_L\"}", customer);
	must_ok(&bus, a, "order.create", args, &r);
	for (int i = 0; i < r.n_events; i++)
		if (strcmp(event_shape(r.events[i].type)->name, "order.completed") == 0) {
			struct order_completed *e = arena_new_of(a, struct order_completed);
			struct error err = { 0 };

			must(shape_unpack(&order_completed_shape, r.events[i].payload, r.events[i].len, a, e, NULL, &err));
			snprintf(line, ID_MAX, "%s", e->subscription_id);
		}
	must(line[0]);
	bus_client_close(bus);
	bus = reconnect(SOCKET_HISTORY, NULL);
	snprintf(args, sizeof args, "{\"aggregate_id\":\"%s\",\"event_type\":\"subscription.activated\"}", line);
	must_ok(&bus, a, "log.show", args, &r);
	snprintf(msisdn, ID_MAX, "%.8s", strstr((const char *)r.result, "\"msisdn\":\"") + 10);
	bus_client_close(bus);
}

static int
count_events(struct arena *a, const char *type, const char *subject)
{
	struct bus_client *bus = reconnect(SOCKET_HISTORY, NULL);
	long long after = 0;
	int all = 0, here = 1000;

	while (here == 1000) {                   /* a page at a time */
		struct bus_answer r;
		char args[300];
		const char *count, *next;

		snprintf(args, sizeof args, "{\"subject\":\"%s\",\"event_type\":\"%s\",\"limit\":1000,\"after\":%lld}",
			subject, type, after);
		must_ok(&bus, a, "log.show", args, &r);
		count = strstr((const char *)r.result, "\"count\":");
		next = strstr((const char *)r.result, "\"nextAfter\":");
		must(count && next);
		here = atoi(count + 8);
		after = atoll(next + 12);
		all += here;
	}
	bus_client_close(bus);
	return all;
}

struct tally { int commands, lost, moved, usage, vas; };

static void
read_back(const char *journal, struct tally *t, struct bus_client **bus, struct arena *a)
{
	FILE *f = fopen(journal, "r");
	struct done d;

	while (f && fread(&d, sizeof d, 1, f) == 1) {
		struct bus_answer r;

		t->commands++;
		t->usage += strcmp(d.op, "usage.record") == 0;
		t->vas += strcmp(d.op, "subscription.purchase_vas") == 0;
		if (!until_answered(bus, a, d.op, d.args, d.key, 0, wall_now() + 20 * SECOND, &r) || r.status == ANSWER_ERROR)
			t->lost++;
		else if (strcmp(r.id ? r.id : "", d.id) != 0 || (strcmp(d.op, "usage.record") != 0 && r.position != d.position))
			t->moved++;
		arena_reset(a);
	}
	if (f)
		fclose(f);
	unlink(journal);
}

/* one more record says how many were debited before it */
static int64_t
debited(struct bus_client **bus, struct arena *a, const char *msisdn)
{
	struct bus_answer r;
	char args[300], when[TIME_TEXT];
	struct usage_rated *e = arena_new_of(a, struct usage_rated);
	struct error err = { 0 };

	snprintf(args, sizeof args, "{\"msisdn\":\"%s\",\"event_type\":\"sms\",\"event_time\":\"%s\",\"quantity\":1,\"unit\":\"count\"}", msisdn,
		time_format(wall_now() / SECOND * SECOND, when));
	must_ok(bus, a, "usage.record", args, &r);
	must(shape_unpack(&usage_rated_shape, r.events[0].payload, r.events[0].len, a, e, NULL, &err));
	return e->consumed - 1;
}

/* the effects' last answers come in */
static bool
settles(struct arena *a, const char *type, const char *customer, int want)
{
	for (int i = 0; i < 100; i++) {
		if (count_events(a, type, customer) == want)
			return true;
		sleep_for(200000);
		arena_reset(a);
	}
	return false;
}

static void
check_books(struct arena *a, const char *customer, const char *msisdn, char journals[WORKERS][64])
{
	struct bus_client *bus = reconnect(SOCKET_COMMANDS, NULL);
	struct tally t = { 0 };
	char what[160];

	for (int i = 0; i < WORKERS; i++)
		read_back(journals[i], &t, &bus, a);
	snprintf(what, sizeof what, "%d acknowledged commands are there (%d lost)", t.commands, t.lost);
	check(t.commands > 0 && t.lost == 0, what);
	snprintf(what, sizeof what, "every repeat has the same id and position (%d differ)", t.moved);
	check(t.moved == 0, what);
	snprintf(what, sizeof what, "%d usage records debited once each", t.usage);
	check(debited(&bus, a, msisdn) == t.usage, what);
	snprintf(what, sizeof what, "%d purchases charged once each", t.vas);
	check(settles(a, "payment.charged", customer, t.vas + 1), what);
	check(settles(a, "subscription.vas_purchased", customer, t.vas), "and delivered once each");
	bus_client_close(bus);
}

static void
check_chain(struct arena *a)
{
	struct bus_client *bus = reconnect(SOCKET_HISTORY, NULL);
	struct bus_answer r;

	must_ok(&bus, a, "log.verify", "{}", &r);
	check(strstr((const char *)r.result, "\"bad\":0") || strstr((const char *)r.result, "\"bad\":null") ||
		strstr((const char *)r.result, "\"ok\":true"), "the chain holds from the first event to the head");
	bus_client_close(bus);
}

/* position and digest of the world, as JSON text */
static void
world_says(struct arena *a, char *out, size_t n)
{
	struct bus_client *bus = reconnect(SOCKET_COMMANDS, NULL);
	struct bus_answer r;

	must_ok(&bus, a, "core.digest", "{}", &r);
	snprintf(out, n, "%.*s", (int)r.result_len, (const char *)r.result);
	bus_client_close(bus);
}

static void
check_replay(struct arena *a)
{
	char before[300], after[300];

	world_says(a, before, sizeof before);
	kill(pid_named("core"), SIGKILL);
	sleep_for(SECOND);
	world_says(a, after, sizeof after);
	check(strcmp(before, after) == 0, "the world rebuilt from the log is the one that wrote it");
}

static void
check_read_models(void)
{
	char line[400];
	int same = 0, status;
	FILE *f = popen("$STACK_BIN project rebuild --verify 2>/dev/null", "r");

	while (f && fgets(line, sizeof line, f)) {
		same += strstr(line, "are the same") != NULL;
		if (!strstr(line, "are the same"))
			fputs(line, stdout);
	}
	status = f ? pclose(f) : -1;
	check(status == 0 && same == 10, "digest(rebuilt) = digest(live) for every read model");
}

static int
status_of(pid_t pid)
{
	int status;

	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int
main(int argc, char **argv)
{
	int64_t seconds = argc > 1 ? atoi(argv[1]) : 60, until;
	char customer[ID_MAX], line[ID_MAX] = "", msisdn[ID_MAX], journals[WORKERS][64];
	pid_t pids[WORKERS], setup, reader, swapper;
	int where[2], status;
	struct error err = { 0 };
	struct arena *arena;

	crypt_start();
	registry_start();
	must(config_load(&err) && config_text("BSS_API_TOKEN"));
	snprintf(token, sizeof token, "%s", config_text("BSS_API_TOKEN"));
	must(pipe(where) == 0);
	if ((setup = fork()) == 0) {             /* sockets only in children: a process with sockets must not fork */
		make_line(arena_new(), customer, line, msisdn);
		must(write(where[1], customer, ID_MAX) == ID_MAX && write(where[1], line, ID_MAX) == ID_MAX &&
			write(where[1], msisdn, ID_MAX) == ID_MAX);
		_exit(0);
	}
	waitpid(setup, &status, 0);
	if (status || read(where[0], customer, ID_MAX) != ID_MAX || read(where[0], line, ID_MAX) != ID_MAX ||
	    read(where[0], msisdn, ID_MAX) != ID_MAX) {
		fputs("campaign: no line could be made\n", stderr);
		return 1;
	}
	until = wall_now() + seconds * SECOND;
	for (int i = 0; i < WORKERS; i++) {
		snprintf(journals[i], sizeof journals[i], "/tmp/bss-campaign-%d-%d", getpid(), i);
		if ((pids[i] = fork()) == 0)
			work(i, until, customer, line, msisdn, journals[i]);
	}
	if ((reader = fork()) == 0)
		read_own_writes(until);
	if ((swapper = fork()) == 0)
		swap_read_models(until);
	kill_at_random(until);
	for (int i = 0; i < WORKERS; i++) {
		char what[64];

		waitpid(pids[i], &status, 0);
		snprintf(what, sizeof what, "worker %d got an answer to everything (status %d)", i, status);
		check(status == 0, what);
	}
	check(status_of(reader) == 0, "what was written was read, while read models were swapped");
	check(status_of(swapper) > 0, "read models were swapped during writes");
	arena = arena_new();
	check_books(arena, customer, msisdn, journals);
	check_chain(arena);
	check_replay(arena);
	check_read_models();
	arena_free(arena);
	bus_stop();
	printf("%d passed, %d failed\n", passed, failed);
	return failed != 0;
}
