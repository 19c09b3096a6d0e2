/* schemas/provisioning.h -- the words of network tasks and fault injection.
 * Meaning: core/commands/provisioning.c; the work itself: gateways/effects/provisioning.c.  Shipped event rows are frozen. */
#pragma once
#include "schemas/aggregates.h"

#define PROVISIONING_TASK_STATES(_) \
	_(TASK_PENDING, "pending") \
	_(TASK_RUNNING, "running") \
	_(TASK_COMPLETED, "completed") \
	_(TASK_FAILED, "failed") \
	_(TASK_STUCK, "stuck") \
	_(TASK_CANCELLED, "cancelled")
#define TASK_TYPES "HLR_PROVISION|PCRF_POLICY_PUSH|OCS_BALANCE_INIT|ESIM_PROFILE_PREPARE|HLR_DEPROVISION"
#define FAULT_TYPES "fail_first_attempt|fail_always|stuck|slow"

#define task_fault_fields(_, T)  _(T, TEXT, fault_type, REQ, "what goes wrong") _(T, REAL, probability, OPT, "how often, 0 to 1")

#define provisioning_task_created_fields(_, T) \
	_(T, ID, customer_id, OPT, "") _(T, ID, service_id, OPT, "the CFS") _(T, ID, service_order_id, OPT, "") _(T, ID, order_id, OPT, "commercial order") _(T, TEXT, task_type, OPT, TASK_TYPES) \
	_(T, ID, msisdn, OPT, "") _(T, ID, iccid, OPT, "") _(T, TEXT, imsi, OPT, "") _(T, TEXT, activation_code, OPT, "") _(T, ID, offering_id, OPT, "") _(T, ID, subscription_id, OPT, "") \
	_(T, INT, max_attempts, OPT, "") _(T, LIST, faults, OF(task_fault), "faults enabled for this type now")
#define provisioning_task_attempt_failed_fields(_, T)  _(T, INT, attempts, OPT, "so far") _(T, TEXT, last_error, OPT, "")
#define provisioning_task_completed_fields(_, T) \
	_(T, ID, customer_id, OPT, "") _(T, ID, service_id, OPT, "") _(T, ID, service_order_id, OPT, "") _(T, ID, order_id, OPT, "") _(T, TEXT, task_type, OPT, "") \
	_(T, INT, attempts, OPT, "") _(T, INT, max_attempts, OPT, "") _(T, TEXT, last_error, OPT, "") _(T, BOOL, permanent, OPT, "no attempt is left") _(T, TEXT, answered_by, OPT, "the effect's identity")
#define provisioning_task_failed_fields(_, T)   provisioning_task_completed_fields(_, T)
#define provisioning_task_stuck_fields(_, T)    provisioning_task_completed_fields(_, T)
#define provisioning_task_restarted_fields(_, T) \
	provisioning_task_created_fields(_, T) _(T, TEXT, note, OPT, "what the operator said") _(T, TEXT, why, OPT, "resolve or retry")
#define provisioning_task_cancelled_fields(_, T)  _(T, ID, customer_id, OPT, "") _(T, TEXT, reason, OPT, "why")
#define provisioning_task_removed_fields(_, T)    _(T, TEXT, reason, OPT, "reset")
#define provisioning_fault_injection_added_fields(_, T) \
	_(T, TEXT, task_type, OPT, "") _(T, TEXT, fault_type, OPT, "") _(T, REAL, probability, OPT, "") _(T, BOOL, enabled, OPT, "")
#define provisioning_fault_injection_changed_fields(_, T)  provisioning_fault_injection_added_fields(_, T)

#define PROVISIONING_EVENTS(_) \
	_("provisioning.task.created",            provisioning_task_created,            701, provisioning_task, REQUEST("provisioning"), "A network task is to be done") \
	_("provisioning.task.attempt_failed",     provisioning_task_attempt_failed,     702, provisioning_task, OPT, "An attempt failed; another follows") \
	_("provisioning.task.completed",          provisioning_task_completed,          703, provisioning_task, ANSWERS, "A network task is done") \
	_("provisioning.task.failed",             provisioning_task_failed,             704, provisioning_task, ANSWERS, "A network task failed for good") \
	_("provisioning.task.stuck",              provisioning_task_stuck,              705, provisioning_task, ANSWERS, "A network task waits for an operator") \
	_("provisioning.task.restarted",          provisioning_task_restarted,          706, provisioning_task, REQUEST("provisioning"), "An operator let a task run again") \
	_("provisioning.task.cancelled",          provisioning_task_cancelled,          707, provisioning_task, ANSWERS, "Nobody needs the task any more") \
	_("provisioning.task.removed",            provisioning_task_removed,            708, provisioning_task, TOMBSTONE, "A reset removed the task") \
	_("provisioning.fault_injection.added",   provisioning_fault_injection_added,   709, fault_injection, OPT, "A fault rule was added") \
	_("provisioning.fault_injection.changed", provisioning_fault_injection_changed, 710, fault_injection, OPT, "A fault rule changed")

#define provisioning_report_fields(_, T) \
	_(T, ID, task_id, REQ TARGET, "PTK-...") _(T, TEXT, outcome, REQ CHOICE("attempt_failed|completed|failed|stuck"), "what happened") _(T, INT, attempts, OPT, "so far") \
	_(T, TEXT, last_error, UPTO(400), "") _(T, TEXT, request_id, UPTO(40), "event id of the request that was worked on")
#define provisioning_resolve_stuck_fields(_, T)  _(T, ID, task_id, REQ TARGET, "PTK-...") _(T, TEXT, note, UPTO(1000), "what was done about it")
#define provisioning_retry_failed_fields(_, T)   _(T, ID, task_id, REQ TARGET, "PTK-...")
#define provisioning_cancel_task_fields(_, T)    _(T, ID, task_id, REQ TARGET, "PTK-...") _(T, TEXT, reason, OPT, "why")
#define provisioning_remove_task_fields(_, T)    _(T, ID, task_id, REQ TARGET, "PTK-...")
#define provisioning_add_fault_injection_fields(_, T) \
	_(T, ID, fault_id, REQ TARGET, "FI_...") _(T, TEXT, task_type, REQ CHOICE(TASK_TYPES), "which tasks") _(T, TEXT, fault_type, REQ CHOICE(FAULT_TYPES), "what goes wrong") \
	_(T, REAL, probability, OPT, "0 to 1") _(T, BOOL, enabled, OPT, "")
#define provisioning_set_fault_injection_fields(_, T) \
	_(T, TEXT, task_type, REQ POSITIONAL CHOICE(TASK_TYPES), "which tasks") _(T, TEXT, fault_type, REQ POSITIONAL CHOICE(FAULT_TYPES), "what goes wrong") \
	_(T, BOOL, enabled, OPT, "switch it on") _(T, OPTREAL, probability, OPT, "0 to 1; unchanged unless given")

#define PROVISIONING_COMMANDS(_) \
	_("provisioning.report",              provisioning_report,              EFFECT_ONLY DOMAIN_("provisioning"), "What the network said about a task") \
	_("provisioning.resolve_stuck",       provisioning_resolve_stuck,       SHOWS("provisioning.get_task") AWAITS("provisioning.task.completed provisioning.task.failed provisioning.task.stuck") DOMAIN_("provisioning"), "Let a stuck task run again") \
	_("provisioning.retry_failed",        provisioning_retry_failed,        SHOWS("provisioning.get_task") AWAITS("provisioning.task.completed provisioning.task.failed provisioning.task.stuck") DOMAIN_("provisioning"), "Let a failed task run again with fresh attempts") \
	_("provisioning.cancel_task",         provisioning_cancel_task,         INTERNAL DOMAIN_("provisioning"), "Nobody needs the task any more") \
	_("provisioning.remove_task",         provisioning_remove_task,         INTERNAL DOMAIN_("provisioning"), "Remove a task (reset)") \
	_("provisioning.add_fault_injection", provisioning_add_fault_injection, DOMAIN_("provisioning") DESTRUCTIVE, "Add a fault rule, for tests and demonstrations") \
	_("provisioning.set_fault_injection", provisioning_set_fault_injection, DOMAIN_("provisioning") DESTRUCTIVE, "Switch a fault rule on or off")

#define provisioning_list_tasks_fields(_, T) \
	_(T, ID, service_id, OPT, "SVC-...") _(T, TEXT, state, CHOICE("pending|running|completed|failed|stuck|cancelled"), "state") _(T, INT, limit, FALLBACK("100"), "at most so many, newest first")
#define provisioning_get_task_fields(_, T)  _(T, ID, task_id, REQ TARGET, "PTK-...")
#define provisioning_list_fault_injection_fields(_, T)  _(T, TEXT, task_type, CHOICE(TASK_TYPES), "which tasks")
#define PROVISIONING_QUERIES(_) \
	_("provisioning.list_tasks",           provisioning_list_tasks,           DOMAIN_("provisioning"), "Network tasks, newest first") \
	_("provisioning.get_task",             provisioning_get_task,             DOMAIN_("provisioning"), "One network task") \
	_("provisioning.list_fault_injection", provisioning_list_fault_injection, DOMAIN_("provisioning"), "Fault rules")

SHAPE_DECLARE_(task_fault, "a fault that may hit a task")
PROVISIONING_EVENTS(EVENT_DECLARE_)
PROVISIONING_COMMANDS(OP_DECLARE_)
PROVISIONING_QUERIES(OP_DECLARE_)
enum task_state_id { PROVISIONING_TASK_STATES(STATE_ENUM_) };
