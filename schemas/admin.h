/* schemas/admin.h -- the words of running the system: business clock, agents, jobs, reset, and questions to the log.
 * Meaning: core/commands/admin.c; questions to the log: gateways/history.c.  Shipped event rows are frozen. */
#pragma once
#include "schemas/aggregates.h"

#define JOB_STATES(_) \
	_(JOB_RUNNING, "running") \
	_(JOB_FINISHED, "finished")

#define clock_frozen_fields(_, T)    _(T, TIME, at, OPT, "the instant that stays")
#define clock_unfrozen_fields(_, T)  no_fields(_, T)
#define clock_advanced_fields(_, T)  _(T, INT, micros, OPT, "by how much")
#define agent_added_fields(_, T)     _(T, TEXT, name, OPT, "") _(T, TEXT, email, OPT, "") _(T, TEXT, role, OPT, "csr, supervisor, engineer, system") _(T, TEXT, status, OPT, "active or terminated")
#define job_started_fields(_, T)     _(T, TEXT, kind, OPT, "reset") _(T, BOOL, everything, OPT, "") \
	_(T, TEXT, actor, OPT, "who started it") _(T, TEXT, channel, OPT, "through what") _(T, TEXT, correlation, OPT, "of the command that did")
#define job_stepped_fields(_, T)     _(T, TEXTS, removing, OPT, "aggregates of this step: order/ORD-0001") _(T, INT, stage, OPT, "where it stands") _(T, INT, bucket, OPT, "") _(T, ID, after, OPT, "")
#define job_finished_fields(_, T)    _(T, TEXT, kind, OPT, "reset") _(T, INT, steps, OPT, "aggregates it dealt with")
#define admin_operational_data_reset_fields(_, T)  _(T, TEXT, service, OPT, "bss") _(T, BOOL, everything, OPT, "") _(T, INT, removed, OPT, "aggregates")
#define notification_requested_fields(_, T) \
	_(T, ID, customer_id, OPT, "") _(T, TEXT, channel, OPT, "email") _(T, TEXT, template, OPT, "") _(T, JSON, template_args, PERSONAL, "")

#define ADMIN_EVENTS(_) \
	_("clock.frozen",                 clock_frozen,                 1001, clock, OPT, "The business clock stands still") \
	_("clock.unfrozen",               clock_unfrozen,               1002, clock, OPT, "The business clock runs again") \
	_("clock.advanced",               clock_advanced,               1003, clock, OPT, "The business clock was moved forward") \
	_("agent.added",                  agent_added,                  1004, agent, OPT, "Someone works on cases") \
	_("job.started",                  job_started,                  1005, job, OPT, "A long piece of work began") \
	_("job.finished",                 job_finished,                 1006, job, OPT, "A long piece of work is done") \
	_("admin.operational_data_reset", admin_operational_data_reset, 1007, admin, OPT, "What scenarios made was removed") \
	_("notification.requested",       notification_requested,       1008, customer, OPT, "A customer is to be told something") \
	_("job.stepped",                  job_stepped,                  1009, job, OPT, "A long piece of work went on")

#define clock_freeze_fields(_, T)    _(T, TIME, at, OPT, "this instant; business now unless given")
#define clock_unfreeze_fields(_, T)  no_fields(_, T)
#define clock_advance_fields(_, T)   _(T, TEXT, duration, REQ POSITIONAL UPTO(20), "30s, 15m, 24h, 29d")
#define agent_add_fields(_, T) \
	_(T, ID, agent_id, REQ TARGET, "AGT-...") _(T, TEXT, name, REQ UPTO(100), "name") _(T, TEXT, email, UPTO(254), "address") _(T, TEXT, role, CHOICE("csr|supervisor|engineer|system") FALLBACK("csr"), "role")
#define admin_reset_operational_data_fields(_, T) \
	_(T, BOOL, everything, OPT, "also what people and integrators made") _(T, BOOL, reset_sequences, OPT, "accepted for old scenario files; ids are never reused")
#define job_step_fields(_, T)        _(T, ID, job_id, REQ TARGET, "JOB-...")

#define ADMIN_COMMANDS(_) \
	_("clock.freeze",                 clock_freeze,                 GATED DOMAIN_("admin"), "Stop the business clock") \
	_("clock.unfreeze",               clock_unfreeze,               GATED DOMAIN_("admin"), "Let the business clock run") \
	_("clock.advance",                clock_advance,                GATED DOMAIN_("admin"), "Move the business clock forward") \
	_("agent.add",                    agent_add,                    DOMAIN_("crm"), "Add someone who works on cases") \
	_("admin.reset_operational_data", admin_reset_operational_data, GATED DESTRUCTIVE AWAITS("admin.operational_data_reset") DOMAIN_("admin"), "Remove what scenarios made") \
	_("job.step",                     job_step,                     INTERNAL DOMAIN_("admin"), "One bounded step of a job")

/* questions that the core answers from the world, and the history role from the log */
#define clock_now_fields(_, T)       no_fields(_, T)
#define core_status_fields(_, T)     no_fields(_, T)
#define core_digest_fields(_, T)     no_fields(_, T)
#define effect_open_fields(_, T)     _(T, TEXT, effect, REQ UPTO(40), "payment, provisioning") _(T, INT, after, OPT, "position") _(T, INT, limit, FALLBACK("500"), "at most so many")
#define ask_log_show_fields(_, T) \
	_(T, ID, aggregate_id, OPT, "CUST-..., SUB-...") _(T, TEXT, aggregate_type, UPTO(60), "customer, subscription; ProductOrder works too") _(T, ID, subject, OPT, "customer the events are about") \
	_(T, TEXT, event_type, UPTO(80), "exact name") _(T, TEXT, event_type_prefix, UPTO(80), "names that begin so") _(T, TEXT, actor, UPTO(100), "who") _(T, TEXT, channel, UPTO(40), "through what") \
	_(T, TEXT, service_identity, UPTO(60), "whose token") _(T, TEXT, correlation, UPTO(40), "of one command") _(T, TIME, since, OPT, "business time, inclusive") _(T, TIME, until, OPT, "business time, inclusive") \
	_(T, INT, after, OPT, "position; events behind it") _(T, INT, before, OPT, "position; events before it") \
	_(T, INT, limit, FALLBACK("100"), "at most so many, 1 to 1000") _(T, BOOL, newest_first, OPT, "from the end")
#define ask_log_head_fields(_, T)        no_fields(_, T)
#define ask_log_size_fields(_, T)        no_fields(_, T)
#define ask_log_verify_fields(_, T)      no_fields(_, T)
#define ask_why_fields(_, T)             _(T, ID, aggregate_id, REQ TARGET, "SUB-..., ORD-...") _(T, INT, limit, FALLBACK("50"), "at most so many events")

#define ADMIN_QUERIES(_) \
	_("clock.now",     clock_now,     DOMAIN_("core"), "Business time") \
	_("core.status",   core_status,   HIDDEN DOMAIN_("core"), "Position, lease, queue and open work of the core") \
	_("core.digest",   core_digest,   HIDDEN DOMAIN_("core"), "Digest of the world: equal before and after a restart") \
	_("effect.open",   effect_open,   HIDDEN EFFECT_ONLY DOMAIN_("core"), "Open requests to an effect") \
	_("log.show",      ask_log_show,      DOMAIN_("history"), "Events of the log by aggregate, subject, type, actor, identity or time") \
	_("log.head",      ask_log_head,      DOMAIN_("history"), "Log id, position and hash of the head") \
	_("log.size",      ask_log_size,      DOMAIN_("history"), "How large the log is") \
	_("log.verify",    ask_log_verify,    DOMAIN_("history"), "Prove the chain; names the first bad position") \
	_("why",           ask_why,           DOMAIN_("history"), "The events behind what an aggregate shows")

ADMIN_EVENTS(EVENT_DECLARE_)
ADMIN_COMMANDS(OP_DECLARE_)
ADMIN_QUERIES(OP_DECLARE_)
enum job_state_id { JOB_STATES(STATE_ENUM_) };
