/* schemas/order.h -- the words of a commercial order: one plan for one customer.
 * Meaning: core/commands/order.c; the saga: core/reactions/ordering.c.  Shipped event rows are frozen. */
#pragma once
#include "schemas/catalog.h"

#define ORDER_STATES(_) \
	_(ORDER_ACKNOWLEDGED, "acknowledged") \
	_(ORDER_IN_PROGRESS, "in_progress") \
	_(ORDER_COMPLETED, "completed") \
	_(ORDER_FAILED, "failed") \
	_(ORDER_CANCELLED, "cancelled")

#define order_acknowledged_fields(_, T) \
	_(T, ID, customer_id, OPT, "who orders") _(T, ID, offering_id, OPT, "which plan; none: registered only, never submitted") \
	_(T, TEXT, offering_name, OPT, "the plan's name then") _(T, ID, msisdn_preference, OPT, "this number or none") _(T, TEXT, notes, PERSONAL, "") \
	_(T, ID, item_id, OPT, "OI-...") _(T, MONEY, price, OPT, "price of a period, frozen now") _(T, ID, price_id, OPT, "its row") \
	_(T, LIST, allowances, OF(allowance), "what a period includes, frozen now") _(T, JSON, document, PERSONAL, "uninterpreted TMF622 attributes")
#define order_in_progress_fields(_, T) \
	_(T, ID, customer_id, OPT, "") _(T, ID, offering_id, OPT, "") _(T, ID, msisdn_preference, OPT, "") _(T, ID, payment_method_id, OPT, "the default card")
#define order_completed_fields(_, T) \
	_(T, ID, customer_id, OPT, "") _(T, ID, subscription_id, OPT, "the line") _(T, ID, cfs_service_id, OPT, "the service")
#define order_failed_fields(_, T) \
	_(T, ID, customer_id, OPT, "") _(T, TEXT, reason, OPT, "why, as a rule code or a sentence") _(T, TEXT, message, OPT, "for people")
#define order_cancelled_fields(_, T)  _(T, ID, customer_id, OPT, "") _(T, TEXT, reason, OPT, "why")
#define order_stuck_fields(_, T)      _(T, ID, customer_id, OPT, "") _(T, TEXT, state, OPT, "") _(T, TIME, stuck_since_order_date, OPT, "")
#define order_updated_fields(_, T)    _(T, JSON, document, PERSONAL, "uninterpreted attributes, whole") _(T, TEXT, notes, PERSONAL, "")
#define order_removed_fields(_, T)    _(T, TEXT, reason, OPT, "reset")

#define ORDER_EVENTS(_) \
	_("order.acknowledged", order_acknowledged, 501, order, OPT, "An order was placed") \
	_("order.in_progress",  order_in_progress,  502, order, OPT, "An order was submitted") \
	_("order.completed",    order_completed,    503, order, OPT, "The line is active") \
	_("order.failed",       order_failed,       504, order, OPT, "The order cannot be fulfilled") \
	_("order.cancelled",    order_cancelled,    505, order, OPT, "The order was cancelled") \
	_("order.stuck",        order_stuck,        506, order, OPT, "The order takes longer than it should") \
	_("order.updated",      order_updated,      507, order, OPT, "Uninterpreted attributes changed") \
	_("order.removed",      order_removed,      508, order, TOMBSTONE, "A reset removed the order")

#define order_create_fields(_, T) \
	_(T, ID, customer_id, REQ, "CUST-...") _(T, ID, offering_id, REQ, "PLAN_...") _(T, ID, msisdn_preference, OPT, "this number or none") \
	_(T, TEXT, notes, UPTO(1000), "free text") _(T, TEXT, discount_code, UPTO(60), "promotion code") \
	_(T, BOOL, hold, OPT, "place it without submitting") _(T, JSON, document, OPT, "TMF622 body")
#define order_register_fields(_, T) \
	_(T, ID, customer_id, OPT, "when a related party is one of our customers") _(T, JSON, document, REQ, "TMF622 body that names no offering of ours")
#define order_submit_fields(_, T)   _(T, ID, order_id, REQ TARGET, "ORD-...")
#define order_cancel_fields(_, T)   _(T, ID, order_id, REQ TARGET, "ORD-...") _(T, TEXT, reason, UPTO(200), "why")
#define order_update_fields(_, T)   _(T, ID, order_id, REQ TARGET, "ORD-...") _(T, JSON, document, REQ, "merge patch of the TMF622 body")
#define order_charge_fields(_, T)   _(T, ID, order_id, REQ TARGET, "ORD-...") _(T, ID, cfs_service_id, REQ, "SVC-...")
#define order_complete_fields(_, T) _(T, ID, order_id, REQ TARGET, "ORD-...") _(T, ID, subscription_id, REQ, "SUB-...") _(T, ID, cfs_service_id, OPT, "SVC-...")
#define order_fail_fields(_, T)     _(T, ID, order_id, REQ TARGET, "ORD-...") _(T, TEXT, reason, OPT, "rule or reason") _(T, TEXT, message, OPT, "for people")
#define order_mark_stuck_fields(_, T) _(T, ID, order_id, REQ TARGET, "ORD-...")
#define order_remove_fields(_, T)   _(T, ID, order_id, REQ TARGET, "ORD-...")
#define order_wait_until_fields(_, T) \
	_(T, ID, order_id, REQ TARGET, "ORD-...") _(T, TEXT, target_state, CHOICE("acknowledged|in_progress|completed|failed|cancelled") FALLBACK("completed"), "wait for this") \
	_(T, INT, timeout_s, FALLBACK("30"), "give up after so many seconds")

#define ORDER_COMMANDS(_) \
	_("order.create",     order_create,     SHOWS("order.get") AWAITS("order.completed order.failed order.cancelled") DOMAIN_("order_mgmt"), "Order a plan for a customer, and submit it") \
	_("order.register",   order_register,   SHOWS("order.get") DOMAIN_("order_mgmt"), "Register a TMF622 order that stays acknowledged") \
	_("order.submit",     order_submit,     SHOWS("order.get") AWAITS("order.completed order.failed order.cancelled") DOMAIN_("order_mgmt"), "Submit an order that was held") \
	_("order.cancel",     order_cancel,     SHOWS("order.get") DOMAIN_("order_mgmt") DESTRUCTIVE, "Cancel an order before activation; what was reserved goes back") \
	_("order.update",     order_update,     SHOWS("order.get") DOMAIN_("order_mgmt"), "Change an order's uninterpreted attributes") \
	_("order.charge",     order_charge,     INTERNAL DOMAIN_("order_mgmt"), "The network side is ready: charge the first period") \
	_("order.complete",   order_complete,   INTERNAL DOMAIN_("order_mgmt"), "The line is active") \
	_("order.fail",       order_fail,       INTERNAL DOMAIN_("order_mgmt"), "The order cannot be fulfilled") \
	_("order.mark_stuck", order_mark_stuck, INTERNAL DOMAIN_("order_mgmt"), "Flag an order that takes too long") \
	_("order.remove",     order_remove,     INTERNAL DOMAIN_("order_mgmt"), "Remove an order (reset)")
#define ORDER_CLIENT(_) \
	_("order.wait_until", order_wait_until, CLIENT DOMAIN_("order_mgmt"), "Wait until an order has reached a state")

#define order_get_fields(_, T)  _(T, ID, order_id, REQ TARGET, "ORD-...")
#define order_list_fields(_, T) \
	_(T, ID, customer_id, OPT, "CUST-...") _(T, TEXT, state, UPTO(20), "state") _(T, INT, limit, FALLBACK("50"), "at most so many, newest first") _(T, INT, offset, OPT, "skip so many")
#define ORDER_QUERIES(_) \
	_("order.get",  order_get,  DOMAIN_("order_mgmt"), "One order") \
	_("order.list", order_list, DOMAIN_("order_mgmt"), "Orders, newest first")

ORDER_EVENTS(EVENT_DECLARE_)
ORDER_COMMANDS(OP_DECLARE_)
ORDER_CLIENT(OP_DECLARE_)
ORDER_QUERIES(OP_DECLARE_)
enum order_state_id { ORDER_STATES(STATE_ENUM_) };
