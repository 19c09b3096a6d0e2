/* schemas/inventory.h -- the words of the number pool and the eSIM pool.
 * Meaning: core/commands/inventory.c.  Shipped event rows are frozen. */
#pragma once
#include "schemas/aggregates.h"

#define MSISDN_STATES(_) \
	_(MSISDN_AVAILABLE, "available") \
	_(MSISDN_RESERVED, "reserved") \
	_(MSISDN_ASSIGNED, "assigned") \
	_(MSISDN_QUARANTINE, "quarantine") \
	_(MSISDN_PORTED_OUT, "ported_out")
#define ESIM_STATES(_) \
	_(ESIM_AVAILABLE, "available") \
	_(ESIM_RESERVED, "reserved") \
	_(ESIM_DOWNLOADED, "downloaded") \
	_(ESIM_ACTIVATED, "activated") \
	_(ESIM_SUSPENDED, "suspended") \
	_(ESIM_RECYCLED, "recycled")

#define esim_profile_fields(_, T) \
	_(T, ID,   iccid, REQ, "ICCID") _(T, TEXT, imsi, REQ, "IMSI") _(T, TEXT, ki_ref, OPT, "reference to the HSM slot; the key is never stored") \
	_(T, TEXT, smdp_server, OPT, "SM-DP+ address") _(T, TEXT, matching_id, OPT, "unique") _(T, TEXT, activation_code, OPT, "LPA:1$server$matching id")

/* ---- events -------------------------------------------------------------------------------- */
#define inventory_msisdn_range_added_fields(_, T) \
	_(T, TEXT, prefix, OPT, "digits before the index") _(T, INT, count, OPT, "asked for") _(T, INT, inserted, OPT, "new") _(T, INT, skipped, OPT, "there before") \
	_(T, TEXT, first, OPT, "lowest number") _(T, TEXT, last, OPT, "highest number")
#define inventory_msisdn_pool_low_fields(_, T)  _(T, INT, available, OPT, "left") _(T, INT, threshold, OPT, "warn at")
#define inventory_msisdn_reserved_fields(_, T) \
	_(T, ID, reserved_for, OPT, "order") _(T, TIME, reserved_until, OPT, "soft hold until; none: hard") _(T, ID, customer_id, OPT, "customer")
#define inventory_msisdn_assigned_fields(_, T) \
	_(T, ID, subscription_id, OPT, "line") _(T, ID, customer_id, OPT, "customer") _(T, ID, iccid, OPT, "eSIM")
#define inventory_msisdn_released_fields(_, T) \
	_(T, ID, reserved_for, OPT, "who had it") _(T, TEXT, status, OPT, "available or quarantine") _(T, TIME, quarantine_until, OPT, "end of the quarantine")
#define inventory_msisdn_quarantine_ended_fields(_, T)  no_fields(_, T)
#define inventory_esim_batch_added_fields(_, T)  _(T, LIST, profiles, OF(esim_profile) UPTO(1000), "the profiles")
#define inventory_esim_reserved_fields(_, T)     _(T, ID, reserved_for, OPT, "order") _(T, ID, customer_id, OPT, "customer")
#define inventory_esim_msisdn_bound_fields(_, T) _(T, ID, msisdn, OPT, "number") _(T, ID, subscription_id, OPT, "line, once there is one") _(T, ID, customer_id, OPT, "customer")
#define inventory_esim_released_fields(_, T)     _(T, TEXT, reason, OPT, "why")
#define inventory_esim_downloaded_fields(_, T)   no_fields(_, T)
#define inventory_esim_activated_fields(_, T)    no_fields(_, T)
#define inventory_esim_suspended_fields(_, T)    no_fields(_, T)
#define inventory_esim_recycled_fields(_, T)     _(T, TEXT, reason, OPT, "why")

#define INVENTORY_EVENTS(_) \
	_("inventory.msisdn.range_added",      inventory_msisdn_range_added,      301, msisdn_pool, OPT, "A range of numbers was added") \
	_("inventory.msisdn.pool_low",         inventory_msisdn_pool_low,         302, msisdn_pool, OPT, "Few numbers are left") \
	_("inventory.msisdn.reserved",         inventory_msisdn_reserved,         303, msisdn, OPT, "A number was reserved") \
	_("inventory.msisdn.assigned",         inventory_msisdn_assigned,         304, msisdn, OPT, "A number was given to a line") \
	_("inventory.msisdn.released",         inventory_msisdn_released,         305, msisdn, OPT, "A number came back") \
	_("inventory.msisdn.quarantine_ended", inventory_msisdn_quarantine_ended, 306, msisdn, OPT, "A number may be used again") \
	_("inventory.esim.batch_added",        inventory_esim_batch_added,        307, esim_pool, OPT, "eSIM profiles were added") \
	_("inventory.esim.reserved",           inventory_esim_reserved,           308, esim, OPT, "An eSIM was reserved") \
	_("inventory.esim.msisdn_bound",       inventory_esim_msisdn_bound,       309, esim, OPT, "An eSIM was tied to a number") \
	_("inventory.esim.released",           inventory_esim_released,           310, esim, OPT, "An unused eSIM came back") \
	_("inventory.esim.downloaded",         inventory_esim_downloaded,         311, esim, OPT, "The profile was downloaded") \
	_("inventory.esim.activated",          inventory_esim_activated,          312, esim, OPT, "The profile is in use") \
	_("inventory.esim.suspended",          inventory_esim_suspended,          313, esim, OPT, "The profile is suspended") \
	_("inventory.esim.recycled",           inventory_esim_recycled,           314, esim, OPT, "A used eSIM was retired")

/* ---- commands ---------------------------------------------------------------------------------- */
#define inventory_msisdn_add_range_fields(_, T) \
	_(T, TEXT, prefix, REQ POSITIONAL UPTO(20), "4 to 7 digits") _(T, INT, count, REQ POSITIONAL, "1 to 10,000 numbers: prefix and a four-digit index")
#define inventory_msisdn_reserve_fields(_, T)      _(T, ID, msisdn, REQ TARGET, "the number") _(T, ID, reserved_for, OPT, "for what")
#define inventory_msisdn_reserve_next_fields(_, T) _(T, ID, preference, OPT, "this one or none") _(T, ID, reserved_for, OPT, "for what")
#define inventory_msisdn_hold_fields(_, T) \
	_(T, ID, msisdn, REQ TARGET, "the number") _(T, ID, reserved_for, REQ, "who holds it") _(T, INT, ttl_seconds, FALLBACK("86400"), "how long")
#define inventory_msisdn_assign_fields(_, T)       _(T, ID, msisdn, REQ TARGET, "the number") _(T, ID, subscription_id, OPT, "the line")
#define inventory_msisdn_release_fields(_, T)      _(T, ID, msisdn, REQ TARGET, "the number") _(T, BOOL, quarantine, OPT, "rest 90 days before the next customer")
#define inventory_msisdn_end_quarantine_fields(_, T) _(T, ID, msisdn, REQ TARGET, "the number")
#define inventory_msisdn_expire_hold_fields(_, T)  _(T, ID, msisdn, REQ TARGET, "the number")
#define inventory_esim_add_batch_fields(_, T)      _(T, INT, count, REQ POSITIONAL, "1 to 1,000 profiles") _(T, TEXT, iccid_prefix, UPTO(12) FALLBACK("8910101"), "digits before the 12-digit index")
#define inventory_esim_reserve_fields(_, T)        _(T, ID, reserved_for, OPT, "for what")
#define inventory_esim_assign_msisdn_fields(_, T)  _(T, ID, iccid, REQ TARGET, "the eSIM") _(T, ID, msisdn, REQ POSITIONAL, "the number")
#define inventory_esim_release_fields(_, T)        _(T, ID, iccid, REQ TARGET, "the eSIM")
#define inventory_esim_restore_fields(_, T)        _(T, ID, iccid, REQ TARGET, "the eSIM")
#define inventory_esim_mark_downloaded_fields(_, T) _(T, ID, iccid, REQ TARGET, "the eSIM")
#define inventory_esim_mark_activated_fields(_, T) _(T, ID, iccid, REQ TARGET, "the eSIM")
#define inventory_esim_suspend_fields(_, T)        _(T, ID, iccid, REQ TARGET, "the eSIM")
#define inventory_esim_recycle_fields(_, T)        _(T, ID, iccid, REQ TARGET, "the eSIM") _(T, TEXT, reason, UPTO(200), "why")

#define INVENTORY_COMMANDS(_) \
	_("inventory.msisdn.add_range",      inventory_msisdn_add_range,      DOMAIN_("inventory"), "Add a range of numbers; those that exist are skipped") \
	_("inventory.msisdn.reserve",        inventory_msisdn_reserve,        SHOWS("inventory.msisdn.get") DOMAIN_("inventory"), "Reserve this number") \
	_("inventory.msisdn.reserve_next",   inventory_msisdn_reserve_next,   SHOWS("inventory.msisdn.get") DOMAIN_("inventory"), "Reserve the preferred or the lowest free number") \
	_("inventory.msisdn.hold",           inventory_msisdn_hold,           SHOWS("inventory.msisdn.get") DOMAIN_("inventory"), "Hold a number for a while") \
	_("inventory.msisdn.assign",         inventory_msisdn_assign,         SHOWS("inventory.msisdn.get") DOMAIN_("inventory"), "Give a reserved number to a line") \
	_("inventory.msisdn.release",        inventory_msisdn_release,        SHOWS("inventory.msisdn.get") DOMAIN_("inventory"), "Take a number back") \
	_("inventory.msisdn.end_quarantine", inventory_msisdn_end_quarantine, INTERNAL DOMAIN_("inventory"), "Make a rested number available") \
	_("inventory.msisdn.expire_hold",    inventory_msisdn_expire_hold,    INTERNAL DOMAIN_("inventory"), "End a hold whose time is over") \
	_("inventory.esim.add_batch",        inventory_esim_add_batch,        DOMAIN_("inventory"), "Add eSIM profiles") \
	_("inventory.esim.reserve",          inventory_esim_reserve,          SHOWS("inventory.esim.get") DOMAIN_("inventory"), "Reserve the next free eSIM") \
	_("inventory.esim.assign_msisdn",    inventory_esim_assign_msisdn,    SHOWS("inventory.esim.get") DOMAIN_("inventory"), "Tie a reserved eSIM to a number") \
	_("inventory.esim.release",          inventory_esim_release,          SHOWS("inventory.esim.get") DOMAIN_("inventory"), "Give a reserved eSIM back") \
	_("inventory.esim.restore",          inventory_esim_restore,          INTERNAL DOMAIN_("inventory"), "Make a profile that only a story's line had available (reset)") \
	_("inventory.esim.mark_downloaded",  inventory_esim_mark_downloaded,  SHOWS("inventory.esim.get") DOMAIN_("inventory"), "The handset downloaded the profile") \
	_("inventory.esim.mark_activated",   inventory_esim_mark_activated,   SHOWS("inventory.esim.get") DOMAIN_("inventory"), "The profile is in use") \
	_("inventory.esim.suspend",          inventory_esim_suspend,          SHOWS("inventory.esim.get") DOMAIN_("inventory"), "Suspend a profile in use") \
	_("inventory.esim.recycle",          inventory_esim_recycle,          SHOWS("inventory.esim.get") DOMAIN_("inventory"), "Retire a profile that was in use")

#define inventory_msisdn_list_available_fields(_, T) \
	_(T, TEXT, status, CHOICE("available|reserved|assigned|quarantine|ported_out|any") FALLBACK("available"), "state of the numbers") \
	_(T, TEXT, prefix, UPTO(20), "numbers that begin so") _(T, INT, limit, FALLBACK("20"), "at most so many")
#define inventory_msisdn_get_fields(_, T)   _(T, ID, msisdn, REQ TARGET, "the number")
#define inventory_msisdn_count_fields(_, T) _(T, TEXT, prefix, UPTO(20), "numbers that begin so")
#define inventory_esim_list_available_fields(_, T) \
	_(T, TEXT, status, CHOICE("available|reserved|downloaded|activated|suspended|recycled|any") FALLBACK("available"), "state") _(T, INT, limit, FALLBACK("20"), "at most so many")
#define inventory_esim_get_fields(_, T)            _(T, ID, iccid, REQ TARGET, "the eSIM")
#define inventory_esim_get_activation_fields(_, T) _(T, ID, iccid, REQ TARGET, "the eSIM")

#define INVENTORY_QUERIES(_) \
	_("inventory.msisdn.list_available", inventory_msisdn_list_available, DOMAIN_("inventory"), "Numbers of the pool") \
	_("inventory.msisdn.get",            inventory_msisdn_get,            DOMAIN_("inventory"), "One number") \
	_("inventory.msisdn.count",          inventory_msisdn_count,          DOMAIN_("inventory"), "How many numbers are in which state") \
	_("inventory.esim.list_available",   inventory_esim_list_available,   DOMAIN_("inventory"), "eSIM profiles of the pool") \
	_("inventory.esim.get",              inventory_esim_get,              DOMAIN_("inventory"), "One eSIM profile") \
	_("inventory.esim.get_activation",   inventory_esim_get_activation,   DOMAIN_("inventory"), "Activation code to scan")

SHAPE_DECLARE_(esim_profile, "an eSIM profile of the pool")
INVENTORY_EVENTS(EVENT_DECLARE_)
INVENTORY_COMMANDS(OP_DECLARE_)
INVENTORY_QUERIES(OP_DECLARE_)
enum msisdn_state_id { MSISDN_STATES(STATE_ENUM_) };
enum esim_state_id { ESIM_STATES(STATE_ENUM_) };
