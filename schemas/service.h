/* schemas/service.h -- the words of service orders and services (CFS and RFS).
 * Meaning: core/commands/service.c; decomposition: core/reactions/ordering.c.  Shipped event rows are frozen. */
#pragma once
#include "schemas/aggregates.h"

#define SERVICE_ORDER_STATES(_) \
	_(SERVICE_ORDER_ACKNOWLEDGED, "acknowledged") \
	_(SERVICE_ORDER_IN_PROGRESS, "in_progress") \
	_(SERVICE_ORDER_COMPLETED, "completed") \
	_(SERVICE_ORDER_FAILED, "failed") \
	_(SERVICE_ORDER_CANCELLED, "cancelled")
#define SERVICE_STATES(_) \
	_(SERVICE_FEASIBILITY_CHECKED, "feasibility_checked") \
	_(SERVICE_DESIGNED, "designed") \
	_(SERVICE_RESERVED, "reserved") \
	_(SERVICE_ACTIVATED, "activated") \
	_(SERVICE_FAILED, "failed") \
	_(SERVICE_TERMINATED, "terminated")

#define service_order_in_progress_fields(_, T) \
	_(T, ID, order_id, OPT, "commercial order; none for a teardown") _(T, ID, customer_id, OPT, "") _(T, ID, offering_id, OPT, "") _(T, TEXT, action, OPT, "add or delete") \
	_(T, ID, item_id, OPT, "SOI-...") _(T, ID, cfs_service_id, OPT, "target service") _(T, ID, cfs_spec_id, OPT, "its specification") _(T, ID, subscription_id, OPT, "teardown: the line")
#define service_order_completed_fields(_, T) \
	_(T, ID, order_id, OPT, "") _(T, ID, customer_id, OPT, "") _(T, ID, offering_id, OPT, "") _(T, ID, msisdn, OPT, "") _(T, ID, iccid, OPT, "") _(T, ID, cfs_service_id, OPT, "") _(T, TEXT, action, OPT, "")
#define service_order_failed_fields(_, T)    _(T, ID, order_id, OPT, "") _(T, ID, customer_id, OPT, "") _(T, TEXT, reason, OPT, "why, as a rule code or a sentence") _(T, TEXT, message, OPT, "for people")
#define service_order_acknowledged_fields(_, T) \
	_(T, ID, order_id, OPT, "commercial order") _(T, ID, customer_id, OPT, "") _(T, ID, offering_id, OPT, "") _(T, TEXT, action, OPT, "add") _(T, ID, item_id, OPT, "SOI-...") \
	_(T, ID, cfs_spec_id, OPT, "the service it was to build")
#define service_order_cancelled_fields(_, T) _(T, ID, order_id, OPT, "") _(T, ID, customer_id, OPT, "") _(T, TEXT, reason, OPT, "why")
#define service_order_removed_fields(_, T)   _(T, TEXT, reason, OPT, "reset")
#define service_designed_fields(_, T) \
	_(T, ID, customer_id, OPT, "") _(T, ID, order_id, OPT, "") _(T, ID, service_order_id, OPT, "") _(T, ID, offering_id, OPT, "") _(T, ID, spec_id, OPT, "service specification") \
	_(T, TEXT, name, OPT, "its name") _(T, TEXT, type, OPT, "CFS or RFS") _(T, ID, parent_service_id, OPT, "RFS: the CFS")
#define service_reserved_fields(_, T) \
	_(T, ID, customer_id, OPT, "") _(T, ID, msisdn, OPT, "") _(T, ID, iccid, OPT, "") _(T, TEXT, imsi, OPT, "") _(T, TEXT, activation_code, OPT, "")
#define service_activated_fields(_, T)  _(T, ID, customer_id, OPT, "")
#define service_linked_fields(_, T)     _(T, ID, customer_id, OPT, "") _(T, ID, subscription_id, OPT, "the line it serves")
#define service_failed_fields(_, T)     _(T, ID, customer_id, OPT, "") _(T, TEXT, reason, OPT, "why")
#define service_terminated_fields(_, T) _(T, ID, customer_id, OPT, "") _(T, TEXT, reason, OPT, "why")
#define service_registered_fields(_, T) _(T, TEXT, name, OPT, "") _(T, TEXT, state, OPT, "TMF638 state") _(T, TEXT, category, OPT, "") _(T, JSON, document, PERSONAL, "TMF638 attributes")
#define service_updated_fields(_, T)    _(T, TEXT, name, OPT, "") _(T, TEXT, state, OPT, "TMF638 state") _(T, JSON, document, PERSONAL, "TMF638 attributes, whole")
#define service_removed_fields(_, T)    _(T, TEXT, reason, OPT, "reset, or TMF638 DELETE")

#define SERVICE_EVENTS(_) \
	_("service_order.in_progress", service_order_in_progress, 601, service_order, OPT, "A service order was decomposed") \
	_("service_order.completed",   service_order_completed,   602, service_order, OPT, "All network tasks are done") \
	_("service_order.failed",      service_order_failed,      603, service_order, OPT, "The network side cannot be built") \
	_("service_order.cancelled",   service_order_cancelled,   604, service_order, OPT, "The service order was cancelled") \
	_("service_order.removed",     service_order_removed,     605, service_order, TOMBSTONE, "A reset removed the service order") \
	_("service.designed",          service_designed,          606, service, OPT, "A service was designed") \
	_("service.reserved",          service_reserved,          607, service, OPT, "A service has its resources") \
	_("service.activated",         service_activated,         608, service, OPT, "A service works") \
	_("service.linked",            service_linked,            609, service, OPT, "A service serves a line") \
	_("service.failed",            service_failed,            610, service, OPT, "A service cannot be built") \
	_("service.terminated",        service_terminated,        611, service, OPT, "A service was torn down") \
	_("service.registered",        service_registered,        612, service, OPT, "A service was registered over TMF638") \
	_("service.updated",           service_updated,           613, service, OPT, "A registered service changed") \
	_("service.removed",           service_removed,           614, service, TOMBSTONE, "A service was removed") \
	_("service_order.acknowledged", service_order_acknowledged, 615, service_order, OPT, "A service order that cannot be decomposed was taken")

#define service_order_decompose_fields(_, T) _(T, ID, order_id, REQ, "ORD-...")
#define service_order_refuse_fields(_, T)    _(T, ID, order_id, REQ, "ORD-...") _(T, TEXT, reason, OPT, "rule") _(T, TEXT, message, OPT, "for people")
#define service_order_teardown_fields(_, T)  _(T, ID, cfs_service_id, REQ, "SVC-...") _(T, ID, subscription_id, OPT, "the line that ended; none: it never began") _(T, BOOL, keep_number, OPT, "the number goes elsewhere")
#define service_order_complete_fields(_, T)  _(T, ID, service_order_id, REQ TARGET, "SO-...")
#define service_order_fail_fields(_, T)      _(T, ID, service_order_id, REQ TARGET, "SO-...") _(T, TEXT, reason, OPT, "why")
#define service_order_cancel_fields(_, T)    _(T, ID, service_order_id, REQ TARGET, "SO-...") _(T, TEXT, reason, OPT, "why")
#define service_order_remove_fields(_, T)    _(T, ID, service_order_id, REQ TARGET, "SO-...")
#define service_link_fields(_, T)            _(T, ID, service_id, REQ TARGET, "SVC-...") _(T, ID, subscription_id, REQ, "SUB-...")
#define service_register_fields(_, T)        _(T, TEXT, name, UPTO(200), "name") _(T, TEXT, state, UPTO(40) FALLBACK("active"), "TMF638 state") _(T, TEXT, category, UPTO(100), "category") _(T, JSON, document, REQ, "TMF638 body")
#define service_update_fields(_, T)          _(T, ID, service_id, REQ TARGET, "SVC-...") _(T, TEXT, name, UPTO(200), "name") _(T, TEXT, state, UPTO(40), "TMF638 state") _(T, JSON, document, OPT, "merge patch of the TMF638 body")
#define service_unregister_fields(_, T)      _(T, ID, service_id, REQ TARGET, "SVC-...")
#define service_remove_fields(_, T)          _(T, ID, service_id, REQ TARGET, "SVC-...")

#define SERVICE_COMMANDS(_) \
	_("service_order.decompose", service_order_decompose, INTERNAL DOMAIN_("service_inventory"), "Reserve resources and open the network tasks of an order") \
	_("service_order.refuse",    service_order_refuse,    INTERNAL DOMAIN_("service_inventory"), "The order cannot be decomposed: a service order that says why") \
	_("service_order.teardown",  service_order_teardown,  INTERNAL DOMAIN_("service_inventory"), "Open the network tasks that end a line") \
	_("service_order.complete",  service_order_complete,  INTERNAL DOMAIN_("service_inventory"), "All network tasks are done") \
	_("service_order.fail",      service_order_fail,      INTERNAL DOMAIN_("service_inventory"), "A network task failed for good") \
	_("service_order.cancel",    service_order_cancel,    INTERNAL DOMAIN_("service_inventory"), "The order was cancelled") \
	_("service_order.remove",    service_order_remove,    INTERNAL DOMAIN_("service_inventory"), "Remove a service order (reset)") \
	_("service.link",            service_link,            INTERNAL DOMAIN_("service_inventory"), "Tie a service to its line") \
	_("service.register",        service_register,        SHOWS("service.get") DOMAIN_("service_inventory"), "Register a service over TMF638") \
	_("service.update",          service_update,          SHOWS("service.get") DOMAIN_("service_inventory"), "Change a registered service") \
	_("service.unregister",      service_unregister,      DOMAIN_("service_inventory") DESTRUCTIVE, "Remove a registered service") \
	_("service.remove",          service_remove,          INTERNAL DOMAIN_("service_inventory"), "Remove a service (reset)")

#define service_order_get_fields(_, T)            _(T, ID, service_order_id, REQ TARGET, "SO-...")
#define service_order_list_for_order_fields(_, T) _(T, ID, commercial_order_id, REQ TARGET, "ORD-...")
#define service_get_fields(_, T)                  _(T, ID, service_id, REQ TARGET, "SVC-...")
#define service_list_for_subscription_fields(_, T) _(T, ID, subscription_id, REQ TARGET, "SUB-...")
#define SERVICE_QUERIES(_) \
	_("service_order.get",             service_order_get,             DOMAIN_("service_inventory"), "One service order") \
	_("service_order.list_for_order",  service_order_list_for_order,  DOMAIN_("service_inventory"), "Service orders of a commercial order") \
	_("service.get",                   service_get,                   DOMAIN_("service_inventory"), "One service") \
	_("service.list_for_subscription", service_list_for_subscription, DOMAIN_("service_inventory"), "Services of a line")

SERVICE_EVENTS(EVENT_DECLARE_)
SERVICE_COMMANDS(OP_DECLARE_)
SERVICE_QUERIES(OP_DECLARE_)
enum service_order_state_id { SERVICE_ORDER_STATES(STATE_ENUM_) };
enum service_state_id { SERVICE_STATES(STATE_ENUM_) };
