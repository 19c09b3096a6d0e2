/* seed.c -- the rows that a new system sells from: plans, top-ups, numbers, eSIMs, agents, fault rules.
 *
 * Ordinary commands under fixed keys (`seed:ID`), all in one frame, so that there is one way to make things and a
 * repeat makes nothing twice.  Keys are known for a day; after that "exists already" says the same.  Profiles of
 * eSIMs have no id of ours to collide, so the pool is asked first. */
#include "cockpit/seed.h"
#include <stdio.h>
#include <string.h>
#include "cockpit/client.h"
#include "core/base/clock.h"
#include "core/base/codec.h"
#include "core/base/config.h"
#include "core/base/json.h"
#include "core/base/must.h"
#include "core/bus/bus.h"
#include "schemas/registry.h"

#define SEED_TIMEOUT (30 * SECOND)
#define EXISTS       ".already_exists"

struct seed_row { const char *id, *op, *args; };

#define PLAN(id, title, price, data, voice, sms, roaming) \
	{ id, "catalog.add_offering", "{\"offering_id\":\"" id "\",\"name\":\"" title "\",\"amount\":\"" price "\"," \
	  "\"data_mb\":" #data ",\"voice_minutes\":" #voice ",\"sms_count\":" #sms ",\"data_roaming_mb\":" #roaming "}" }
#define VAS(id, title, price, type, quantity, hours) \
	{ id, "catalog.add_vas", "{\"vas_offering_id\":\"" id "\",\"name\":\"" title "\",\"amount\":\"" price "\"," \
	  "\"allowance_type\":\"" type "\",\"allowance_quantity\":" #quantity ",\"expiry_hours\":" #hours "}" }
#define SERVICE(id, title, type) \
	{ id, "catalog.add_service_specification", \
	  "{\"service_specification_id\":\"" id "\",\"name\":\"" title "\",\"type\":\"" type "\"}" }
#define AGENT(id, person, address, role) \
	{ id, "agent.add", "{\"agent_id\":\"" id "\",\"name\":\"" person "\",\"email\":\"" address "@bss-cli.local\"," \
	  "\"role\":\"" role "\"}" }
#define FAULT(id, task, fault, probability) \
	{ id, "provisioning.add_fault_injection", "{\"fault_id\":\"" id "\",\"task_type\":\"" task "\"," \
	  "\"fault_type\":\"" fault "\",\"probability\":" #probability ",\"enabled\":false}" }

static const struct seed_row rows[] = {
	{ "SPEC_MOBILE_PREPAID", "catalog.register_specification", "{\"specification_id\":\"SPEC_MOBILE_PREPAID\","
	  "\"name\":\"Mobile Prepaid Bundle\",\"description\":\"Bundled prepaid mobile plan\",\"brand\":\"BSS-CLI\"}" },
	SERVICE("SSPEC_CFS_MOBILE_BROADBAND", "Mobile broadband", "CFS"),
	SERVICE("SSPEC_RFS_DATA_BEARER", "Data bearer", "RFS"),
	SERVICE("SSPEC_RFS_VOICE_BEARER", "Voice bearer", "RFS"),
	/*   id        name        SGD      data mb  minutes  sms  roaming mb; -1: unlimited */
	PLAN("PLAN_S", "Lite",     "10.00", 5120,    100,     100, 0),
	PLAN("PLAN_M", "Standard", "25.00", 30720,   -1,      -1,  500),
	PLAN("PLAN_L", "Max",      "45.00", 153600,  -1,      -1,  2048),
	/*  id                   name                       SGD      what            mb    hours; 0: to the period's end */
	VAS("VAS_DATA_1GB",      "Data Top-Up 1GB",         "3.00",  "data",         1024, 0),
	VAS("VAS_DATA_5GB",      "Data Top-Up 5GB",         "12.00", "data",         5120, 0),
	VAS("VAS_UNLIMITED_DAY", "Unlimited Data Day Pass", "5.00",  "data",         -1,   24),
	VAS("VAS_ROAMING_1GB",   "Roaming Data 1GB",        "8.00",  "data_roaming", 1024, 0),
	AGENT("AGT-001", "Alice Tan", "alice.tan", "csr"),
	AGENT("AGT-002", "Bob Lim",   "bob.lim",   "csr"),
	AGENT("AGT-003", "Carol Ng",  "carol.ng",  "supervisor"),
	AGENT("AGT-004", "Dave Koh",  "dave.koh",  "engineer"),
	AGENT("AGT-SYS", "System",    "system",    "system"),
	{ "msisdn-9000", "inventory.msisdn.add_range", "{\"prefix\":\"9000\",\"count\":1000}" },
	{ "esim-1", "inventory.esim.add_batch", "{\"count\":1000}" },
	/* all switched off: tests and demonstrations switch one on */
	FAULT("FI_HLR_PROV_FAIL",    "HLR_PROVISION",        "fail_first_attempt", 0.30),
	FAULT("FI_HLR_PROV_STUCK",   "HLR_PROVISION",        "stuck",              0.05),
	FAULT("FI_PCRF_SLOW",        "PCRF_POLICY_PUSH",     "slow",               0.20),
	FAULT("FI_OCS_FAIL",         "OCS_BALANCE_INIT",     "fail_first_attempt", 0.10),
	FAULT("FI_ESIM_FAIL",        "ESIM_PROFILE_PREPARE", "fail_first_attempt", 0.15),
	FAULT("FI_HLR_DEPROV_STUCK", "HLR_DEPROVISION",      "stuck",              0.05),
};
#define ROWS (int)(sizeof rows / sizeof rows[0])

static bool
row_item(const struct seed_row *row, struct arena *a, struct bus_item *item, struct error *err)
{
	const struct shape *op = operation_named(row->op);
	cJSON *json = json_parse(a, row->args, strlen(row->args), err);
	struct buf packed = { 0 };

	must(op && json);                        /* rows are ours: a test sends each of them */
	void *args = arena_alloc(a, op->size);
	if (!shape_from_json(op, json, a, args, err))
		return false;
	shape_pack(op, args, &packed, NULL);
	*item = (struct bus_item){ .op = op->name, .key = arena_printf(a, "seed:%s", row->id),
		.args = arena_memdup(a, buf_text(&packed), packed.len), .args_len = packed.len };
	buf_free(&packed);
	return true;
}

/* ---- what is there already ------------------------------------------------------------------------------- */

static bool
ask(struct client *c, const char *op, const char *args, struct arena *a, cJSON **out, struct error *err)
{
	struct call_result r;
	bool ok = client_call_text(c, op, args, NULL, a, &r, err);

	*out = r.json;
	return ok;
}

static bool
log_is_empty(struct client *c, struct arena *a, bool *empty, struct error *err)
{
	cJSON *head;
	bool ok = ask(c, "log.head", "{}", a, &head, err);

	*empty = ok && cJSON_GetNumberValue(cJSON_GetObjectItem(head, "position")) == 0;
	return ok;
}

/* a list comes as an array, or as an object with the array in it */
static bool
pool_has_profiles(struct client *c, struct arena *a, bool *has, struct error *err)
{
	cJSON *list;
	bool ok = ask(c, "inventory.esim.list_available", "{\"status\":\"any\",\"limit\":1}", a, &list, err);

	if (ok && cJSON_IsObject(list))
		list = cJSON_GetObjectItem(list, "items") ? cJSON_GetObjectItem(list, "items") : list->child;
	*has = ok && cJSON_GetArraySize(list) > 0;
	return ok;
}

/* ---- sending ------------------------------------------------------------------------------------------------ */

static bool
send_rows(const struct bus_item *items, int n, struct arena *a, struct bus_answer **answers, struct error *err)
{
	struct bus_header h = { .token = client_token("BSS_API_TOKEN", a, err), .deadline = wall_now() + SEED_TIMEOUT,
		.tenant = config_text("BSS_TENANT_DEFAULT"), .actor = "system:seed", .channel = "system" };
	struct bus_client *core = h.token ? bus_connect(SOCKET_COMMANDS, err) : NULL;
	bool ok = core && bus_call(core, &h, items, n, SEED_TIMEOUT, a, answers, err);

	if (core)
		bus_client_close(core);
	return ok;
}

static bool
already_there(const struct bus_answer *answer)
{
	size_t n = strlen(answer->error.rule), tail = strlen(EXISTS);

	return answer->repeat || (n > tail && strcmp(answer->error.rule + n - tail, EXISTS) == 0);
}

static bool
count_answers(const struct bus_answer *answers, const struct bus_item *items, int n, int *made, int *there,
	struct error *err)
{
	*made = *there = 0;
	for (int i = 0; i < n; i++) {
		if (already_there(&answers[i])) {
			++*there;
		} else if (answers[i].status == ANSWER_ERROR) {
			*err = answers[i].error;
			error_fact(err, "seed_row", items[i].key);
			return false;
		} else {
			++*made;
		}
	}
	return true;
}

static bool
seed(struct client *c, struct arena *a, int *made, int *there, struct error *err)
{
	struct bus_item items[ROWS];
	struct bus_answer *answers;
	bool has_profiles;
	int n = 0;

	if (!pool_has_profiles(c, a, &has_profiles, err))
		return false;
	for (int i = 0; i < ROWS; i++) {
		bool profiles = strcmp(rows[i].op, "inventory.esim.add_batch") == 0;
		if (profiles && has_profiles)
			continue;
		if (!row_item(&rows[i], a, &items[n++], err))
			return false;
	}
	return send_rows(items, n, a, &answers, err) && count_answers(answers, items, n, made, there, err);
}

static int
run(struct client *c, bool if_empty, struct arena *a)
{
	struct error err = { 0 };
	bool empty = true;
	int made = 0, there = 0;

	if ((!if_empty || log_is_empty(c, a, &empty, &err)) && empty && seed(c, a, &made, &there, &err)) {
		printf("Seed complete. %d made, %d there already.\n", made, there);
		return 0;
	}
	if (!err.kind) {
		printf("The log is not empty: nothing to seed.\n");
		return 0;
	}
	fprintf(stderr, "%s  %s\n", err.rule, err.message);
	if (err.hint[0])
		fprintf(stderr, "%s\n", err.hint);
	return error_exit_code(err.kind);
}

int
seed_main(int argc, char **argv)
{
	bool if_empty = argc == 2 && strcmp(argv[1], "--if-empty") == 0;

	if (argc > 1 && !if_empty) {
		fprintf(stderr, "usage: bss admin seed [--if-empty]\n");
		return 2;
	}
	struct arena *a = arena_new();
	struct client *c = client_new(&(struct client_as){ .actor = "system:seed", .channel = "cli" });
	int status = run(c, if_empty, a);
	client_free(c);
	arena_free(a);
	return status;
}
