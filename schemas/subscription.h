/* schemas/subscription.h -- the words of a line: activation, balances, VAS, block, renewal, end; and its usage.
 * Meaning: core/commands/subscription.c and usage.c.  Shipped event rows are frozen. */
#pragma once
#include "schemas/catalog.h"

#define SUBSCRIPTION_STATES(_) \
	_(SUBSCRIPTION_PENDING, "pending") \
	_(SUBSCRIPTION_ACTIVE, "active") \
	_(SUBSCRIPTION_BLOCKED, "blocked") \
	_(SUBSCRIPTION_TERMINATED, "terminated")

#define usage_share_fields(_, T) \
	_(T, ID, purchase_id, OPT, "the pass that paid; none: the period's balance") _(T, INT, consumed_quantity, OPT, "served by it") \
	_(T, INT, consumed, OPT, "of it, after") _(T, INT, total, OPT, "of it; -1 unlimited")
#define subscription_activated_fields(_, T) \
	_(T, ID, customer_id, OPT, "") _(T, ID, offering_id, OPT, "") _(T, ID, order_id, OPT, "") _(T, ID, msisdn, OPT, "") _(T, ID, iccid, OPT, "") _(T, ID, cfs_service_id, OPT, "") \
	_(T, ID, payment_attempt_id, OPT, "") _(T, TIME, period_start, OPT, "") _(T, TIME, period_end, OPT, "") _(T, MONEY, price, OPT, "of a period, frozen at order") _(T, ID, price_id, OPT, "") \
	_(T, MONEY, amount_charged, OPT, "") _(T, LIST, allowances, OF(allowance), "of a period, frozen at order") _(T, TEXT, promo_code, OPT, "")
#define subscription_exhausted_fields(_, T) \
	_(T, ID, customer_id, OPT, "") _(T, TEXT, allowance_type, OPT, "") _(T, INT, consumed, OPT, "") _(T, INT, total, OPT, "") _(T, ID, triggering_usage_event_id, OPT, "")
#define subscription_blocked_fields(_, T)    _(T, ID, customer_id, OPT, "") _(T, TEXT, reason, OPT, "exhausted, renew_failed")
#define subscription_unblocked_fields(_, T)  _(T, ID, customer_id, OPT, "") _(T, TEXT, reason, OPT, "vas_top_up, renewed")
#define subscription_vas_requested_fields(_, T) \
	_(T, ID, customer_id, OPT, "") _(T, ID, vas_offering_id, OPT, "") _(T, ID, payment_attempt_id, OPT, "")
#define subscription_vas_purchased_fields(_, T) \
	_(T, ID, customer_id, OPT, "") _(T, ID, vas_offering_id, OPT, "") _(T, ID, payment_attempt_id, OPT, "") _(T, ID, purchase_id, OPT, "") _(T, TEXT, allowance_type, OPT, "") \
	_(T, INT, allowance_added, OPT, "-1 unlimited") _(T, TEXT, unit, OPT, "") _(T, TIME, expires_at, OPT, "a pass: a balance of its own until then") _(T, TEXT, previous_state, OPT, "") _(T, MONEY, amount, OPT, "")
#define subscription_vas_failed_fields(_, T) \
	_(T, ID, customer_id, OPT, "") _(T, ID, vas_offering_id, OPT, "") _(T, ID, payment_attempt_id, OPT, "") _(T, TEXT, reason, OPT, "") _(T, TEXT, decline_reason, OPT, "") \
	_(T, TEXT, payment_status, OPT, "declined or errored") _(T, TEXT, message, OPT, "for people")
#define subscription_vas_expired_fields(_, T) \
	_(T, ID, customer_id, OPT, "") _(T, ID, purchase_id, OPT, "") _(T, TEXT, allowance_type, OPT, "")
#define subscription_renewal_requested_fields(_, T) \
	_(T, ID, customer_id, OPT, "") _(T, ID, payment_attempt_id, OPT, "") _(T, TIME, period_start, OPT, "of the next period") _(T, TIME, period_end, OPT, "") _(T, MONEY, amount, OPT, "")
#define subscription_renewed_fields(_, T) \
	_(T, ID, customer_id, OPT, "") _(T, ID, offering_id, OPT, "") _(T, ID, payment_attempt_id, OPT, "") _(T, TIME, period_start, OPT, "") _(T, TIME, period_end, OPT, "") \
	_(T, MONEY, price, OPT, "") _(T, ID, price_id, OPT, "") _(T, MONEY, amount_charged, OPT, "") _(T, MONEY, discount_applied, OPT, "") _(T, LIST, allowances, OF(allowance), "of the new period")
#define subscription_renew_failed_fields(_, T) \
	_(T, ID, customer_id, OPT, "") _(T, TEXT, reason, OPT, "payment_declined, no_payment_method") _(T, ID, payment_attempt_id, OPT, "") _(T, TIME, period_start, OPT, "period that was not paid")
#define subscription_renewal_postponed_fields(_, T) \
	_(T, ID, customer_id, OPT, "") _(T, ID, payment_attempt_id, OPT, "no money moved") _(T, TIME, period_start, OPT, "of the period not paid yet") \
	_(T, TIME, retry_at, OPT, "charged again then; none: the customer comes back")
#define subscription_terminated_fields(_, T) \
	_(T, ID, customer_id, OPT, "") _(T, ID, msisdn, OPT, "") _(T, ID, iccid, OPT, "") _(T, TIME, terminated_at, OPT, "") _(T, TEXT, reason, OPT, "") _(T, BOOL, number_stays, OPT, "the number goes elsewhere")
#define subscription_removed_fields(_, T)  _(T, ID, customer_id, OPT, "") _(T, TEXT, reason, OPT, "reset")
#define usage_rated_fields(_, T) \
	_(T, ID, usage_event_id, OPT, "UE-...") _(T, ID, msisdn, OPT, "") _(T, TEXT, event_type, OPT, "data, voice, voice_minutes, sms") _(T, TIME, event_time, OPT, "") _(T, INT, quantity, OPT, "what the record says") \
	_(T, TEXT, unit, OPT, "") _(T, TEXT, source, OPT, "") _(T, TEXT, reference, OPT, "the network's reference of the record") _(T, BOOL, roaming_indicator, OPT, "") \
	_(T, TEXT, allowance_type, OPT, "what paid") _(T, INT, consumed_quantity, OPT, "served") _(T, INT, unserved, OPT, "not served: nothing was left") \
	_(T, INT, consumed, OPT, "of the allowance, after") _(T, INT, total, OPT, "of the allowance; -1 unlimited") _(T, ID, purchase_id, OPT, "the pass that paid") \
	_(T, ID, offering_id, OPT, "plan then") _(T, MONEY, charge, OPT, "always zero in a bundle") \
	_(T, LIST, also, OF(usage_share), "further balances that paid, when the first was not enough")
#define usage_rejected_fields(_, T) \
	_(T, ID, usage_event_id, OPT, "UE-...") _(T, ID, subscription_id, OPT, "") _(T, TEXT, msisdn, OPT, "") _(T, TEXT, state, OPT, "of the line") _(T, TEXT, event_type, OPT, "") _(T, TIME, event_time, OPT, "") _(T, INT, quantity, OPT, "") \
	_(T, TEXT, unit, OPT, "") _(T, TEXT, source, OPT, "") _(T, TEXT, reference, OPT, "") _(T, BOOL, roaming_indicator, OPT, "") _(T, TEXT, allowance_type, OPT, "") \
	_(T, TEXT, reason, OPT, "rule that refused it") _(T, TEXT, message, OPT, "for people") _(T, TIME, rejected_at, OPT, "")
#define usage_unidentified_fields(_, T)  usage_rejected_fields(_, T)
#define usage_received_fields(_, T)      _(T, TEXT, status, OPT, "received") _(T, JSON, document, PERSONAL, "TMF635 body without a number: never rated")
#define usage_removed_fields(_, T)       _(T, TEXT, reason, OPT, "TMF635 DELETE")
#define usage_specification_added_fields(_, T)    _(T, TEXT, name, OPT, "") _(T, JSON, document, OPT, "TMF635 attributes")
#define usage_specification_updated_fields(_, T)  _(T, TEXT, name, OPT, "") _(T, JSON, document, OPT, "TMF635 attributes, whole")
#define usage_specification_removed_fields(_, T)  no_fields(_, T)

#define SUBSCRIPTION_EVENTS(_) \
	_("subscription.activated",         subscription_activated,         801, subscription, OPT, "A line was activated") \
	_("subscription.exhausted",         subscription_exhausted,         802, subscription, OPT, "An allowance is used up") \
	_("subscription.blocked",           subscription_blocked,           803, subscription, OPT, "The line may not use the network") \
	_("subscription.unblocked",         subscription_unblocked,         804, subscription, OPT, "The line may use the network again") \
	_("subscription.vas_requested",     subscription_vas_requested,     805, subscription, OPT, "A top-up waits for its payment") \
	_("subscription.vas_purchased",     subscription_vas_purchased,     806, subscription, OPT, "A top-up was bought") \
	_("subscription.vas_failed",        subscription_vas_failed,        807, subscription, REFUSES("subscription.vas_purchase.requires_active_cof"), "A top-up was not paid") \
	_("subscription.vas_expired",       subscription_vas_expired,       808, subscription, OPT, "A pass ended") \
	_("subscription.renewal_requested", subscription_renewal_requested, 809, subscription, OPT, "A renewal waits for its payment") \
	_("subscription.renewed",           subscription_renewed,           810, subscription, OPT, "A new period began") \
	_("subscription.renew_failed",      subscription_renew_failed,      811, subscription, OPT, "A period was not paid") \
	_("subscription.terminated",        subscription_terminated,        813, subscription, OPT, "The line has ended") \
	_("subscription.removed",           subscription_removed,           814, subscription, TOMBSTONE, "A reset removed the line") \
	_("subscription.renewal_postponed", subscription_renewal_postponed, 815, subscription, OPT, "The provider could not say yes or no to a renewal")
#define USAGE_EVENTS(_) \
	_("usage.rated",                    usage_rated,                    901, subscription, OPT, "A usage record was rated and debited") \
	_("usage.rejected",                 usage_rejected,                 902, subscription, OPT, "A usage record was refused") \
	_("usage.unidentified",             usage_unidentified,             903, usage, ALIAS("usage.rejected"), "A usage record belongs to no line") \
	_("usage.received",                 usage_received,                 904, usage, OPT, "A usage document was registered, not rated") \
	_("usage.removed",                  usage_removed,                  905, usage, TOMBSTONE, "A registered usage document was removed") \
	_("usage_specification.added",      usage_specification_added,      906, usage_specification, OPT, "A usage specification was registered") \
	_("usage_specification.updated",    usage_specification_updated,    907, usage_specification, OPT, "A usage specification changed") \
	_("usage_specification.removed",    usage_specification_removed,    908, usage_specification, TOMBSTONE, "A usage specification was removed")

#define subscription_activate_fields(_, T) \
	_(T, ID, order_id, REQ, "ORD-...") _(T, ID, cfs_service_id, REQ, "SVC-...") _(T, ID, payment_attempt_id, OPT, "PAY-...; none: nothing was to be paid")
#define subscription_purchase_vas_fields(_, T)  _(T, ID, subscription_id, REQ TARGET, "SUB-...") _(T, ID, vas_offering_id, REQ POSITIONAL, "VAS_...")
#define subscription_finish_vas_fields(_, T)    _(T, ID, subscription_id, REQ TARGET, "SUB-...") _(T, ID, payment_attempt_id, REQ, "PAY-...")
#define subscription_expire_vas_fields(_, T)    _(T, ID, subscription_id, REQ TARGET, "SUB-...")
#define subscription_renew_now_fields(_, T)     _(T, ID, subscription_id, REQ TARGET, "SUB-...")
#define subscription_renew_due_fields(_, T)     _(T, ID, subscription_id, REQ TARGET, "SUB-...")
#define subscription_finish_renewal_fields(_, T) _(T, ID, subscription_id, REQ TARGET, "SUB-...") _(T, ID, payment_attempt_id, REQ, "PAY-...")
#define subscription_terminate_fields(_, T) \
	_(T, ID, subscription_id, REQ TARGET, "SUB-...") _(T, TEXT, reason, UPTO(200) FALLBACK("customer_requested"), "why") _(T, OPTBOOL, release_inventory, OPT, "false: the number goes elsewhere")
#define subscription_remove_fields(_, T)        _(T, ID, subscription_id, REQ TARGET, "SUB-...")
#define subscription_tick_renewals_now_fields(_, T)  no_fields(_, T)
#define usage_record_fields(_, T) \
	_(T, ID, msisdn, REQ, "the line's number") _(T, TEXT, event_type, REQ UPTO(40), "data, voice, voice_minutes or sms") _(T, TIME, event_time, REQ, "when it happened") \
	_(T, INT, quantity, REQ, "how much") _(T, TEXT, unit, REQ UPTO(20), "mb, minutes or count") _(T, TEXT, source, UPTO(60), "network element") \
	_(T, TEXT, reference, UPTO(120), "the network's reference: the same one is debited once") _(T, BOOL, roaming_indicator, OPT, "abroad") \
	_(T, ID, subscription_id, OPT, "checked against the number when given")
#define usage_simulate_fields(_, T) \
	_(T, ID, msisdn, REQ POSITIONAL, "the line's number") _(T, TEXT, event_type, FALLBACK("data") UPTO(40), "data, voice, voice_minutes or sms") _(T, OPTINT, quantity, FALLBACK("1"), "how much") \
	_(T, TEXT, unit, UPTO(20), "mb, minutes or count; the type's own unless given") _(T, TIME, event_time, OPT, "business now unless given") _(T, BOOL, roaming_indicator, OPT, "abroad")
#define usage_receive_fields(_, T)               _(T, JSON, document, REQ, "TMF635 body without a number")
#define usage_remove_fields(_, T)                _(T, ID, usage_id, REQ TARGET, "UE-...")
#define usage_specification_add_fields(_, T)     _(T, ID, usage_specification_id, TARGET, "made when not given") _(T, TEXT, name, REQ UPTO(200), "name") _(T, JSON, document, OPT, "TMF635 body")
#define usage_specification_update_fields(_, T)  _(T, ID, usage_specification_id, REQ TARGET, "id") _(T, TEXT, name, UPTO(200), "name") _(T, JSON, document, OPT, "merge patch")
#define usage_specification_remove_fields(_, T)  _(T, ID, usage_specification_id, REQ TARGET, "id")

#define SUBSCRIPTION_COMMANDS(_) \
	_("subscription.activate",           subscription_activate,           INTERNAL DOMAIN_("subscription"), "Activate the line of an order that is paid") \
	_("subscription.purchase_vas",       subscription_purchase_vas,       SHOWS("subscription.get") AWAITS("subscription.vas_purchased subscription.vas_failed") DOMAIN_("subscription"), "Buy a top-up for a line") \
	_("subscription.finish_vas",         subscription_finish_vas,         INTERNAL DOMAIN_("subscription"), "A top-up's payment has its answer") \
	_("subscription.expire_vas",         subscription_expire_vas,         INTERNAL DOMAIN_("subscription"), "A pass is over") \
	_("subscription.renew_now",          subscription_renew_now,          SHOWS("subscription.get") AWAITS("subscription.renewed subscription.renew_failed subscription.renewal_postponed") DOMAIN_("subscription"), "Renew a line now: charges and begins a new period") \
	_("subscription.renew_due",          subscription_renew_due,          INTERNAL DOMAIN_("subscription"), "A period has ended") \
	_("subscription.finish_renewal",     subscription_finish_renewal,     INTERNAL DOMAIN_("subscription"), "A renewal's payment has its answer") \
	_("subscription.terminate",          subscription_terminate,          SHOWS("subscription.get") DOMAIN_("subscription") DESTRUCTIVE, "End a line: tear down, number into quarantine, eSIM retired") \
	_("subscription.remove",             subscription_remove,             INTERNAL DOMAIN_("subscription"), "Remove a line (reset)") \
	_("subscription.tick_renewals_now",  subscription_tick_renewals_now,  GATED DOMAIN_("subscription"), "Renew what is due, now")
#define USAGE_COMMANDS(_) \
	_("usage.record",                    usage_record,                    HIDDEN DOMAIN_("mediation"), "Accept, rate and debit one usage record") \
	_("usage.simulate",                  usage_simulate,                  HIDDEN DOMAIN_("mediation"), "Make up a usage record, for tests and demonstrations") \
	_("usage.receive",                   usage_receive,                   HIDDEN SHOWS("usage.get") DOMAIN_("mediation"), "Register a TMF635 usage that names no number") \
	_("usage.remove",                    usage_remove,                    HIDDEN DOMAIN_("mediation") DESTRUCTIVE, "Remove a registered usage") \
	_("usage_specification.add",         usage_specification_add,         DOMAIN_("mediation"), "Register a TMF635 usage specification") \
	_("usage_specification.update",      usage_specification_update,      DOMAIN_("mediation"), "Change a usage specification") \
	_("usage_specification.remove",      usage_specification_remove,      DOMAIN_("mediation") DESTRUCTIVE, "Remove a usage specification")

#define subscription_get_fields(_, T)                  _(T, ID, subscription_id, REQ TARGET, "SUB-...")
#define subscription_list_for_customer_fields(_, T)    _(T, ID, customer_id, REQ TARGET, "CUST-...")
#define subscription_get_balance_fields(_, T)          _(T, ID, subscription_id, REQ TARGET, "SUB-...")
#define subscription_get_by_msisdn_fields(_, T)        _(T, ID, msisdn, REQ TARGET, "number; the line that has it now")
#define subscription_get_esim_activation_fields(_, T)  _(T, ID, subscription_id, REQ TARGET, "SUB-...")
#define usage_history_fields(_, T) \
	_(T, ID, subscription_id, OPT, "SUB-...") _(T, ID, msisdn, OPT, "number") _(T, TEXT, event_type, UPTO(40), "type") _(T, TIME, since, OPT, "from then on") _(T, INT, limit, FALLBACK("100"), "at most so many, newest first")
#define usage_get_fields(_, T)  _(T, ID, usage_id, REQ TARGET, "UE-...")
#define SUBSCRIPTION_QUERIES(_) \
	_("subscription.get",                 subscription_get,                 DOMAIN_("subscription"), "One line with its balances") \
	_("subscription.list_for_customer",   subscription_list_for_customer,   DOMAIN_("subscription"), "Lines of a customer, oldest first") \
	_("subscription.get_balance",         subscription_get_balance,         DOMAIN_("subscription"), "Balances of a line") \
	_("subscription.get_by_msisdn",       subscription_get_by_msisdn,       DOMAIN_("subscription"), "The line that has a number") \
	_("subscription.get_esim_activation", subscription_get_esim_activation, DOMAIN_("subscription"), "What to scan to install the line's eSIM") \
	_("usage.history",                    usage_history,                    DOMAIN_("mediation"), "Usage records, newest first") \
	_("usage.get",                        usage_get,                        DOMAIN_("mediation"), "One usage record")

SHAPE_DECLARE_(usage_share, "a balance that paid for a part of a usage record")
SUBSCRIPTION_EVENTS(EVENT_DECLARE_)
USAGE_EVENTS(EVENT_DECLARE_)
SUBSCRIPTION_COMMANDS(OP_DECLARE_)
USAGE_COMMANDS(OP_DECLARE_)
SUBSCRIPTION_QUERIES(OP_DECLARE_)
enum subscription_state_id { SUBSCRIPTION_STATES(STATE_ENUM_) };
