/* schemas/customer.h -- the words of a customer: party, contact media, identity, interactions.
 *
 * What they MEAN is in core/commands/customer.c.  An event row that has shipped is frozen: never edit, reorder or
 * delete it or its fields; new fields and rows go at the end. */
#pragma once
#include "schemas/aggregates.h"

#define CUSTOMER_STATES(_) \
	_(CUSTOMER_PENDING, "pending") \
	_(CUSTOMER_ACTIVE, "active") \
	_(CUSTOMER_SUSPENDED, "suspended") \
	_(CUSTOMER_CLOSED, "closed")

#define contact_medium_fields(_, T) \
	_(T, ID,   id,          OPT,                      "CM-..., made by the core when a customer is created") \
	_(T, TEXT, medium_type, REQ UPTO(40),             "email, mobile, phone, postal ...") \
	_(T, TEXT, value,       REQ PERSONAL UPTO(320),   "address or number") \
	_(T, BOOL, is_primary,  OPT,                      "the one to use first")

/* ---- events: past tense ---------------------------------------------------------- */
#define customer_created_fields(_, T) \
	_(T, TEXT, given_name,    PERSONAL, "given name") \
	_(T, TEXT, family_name,   PERSONAL, "family name") \
	_(T, DATE, date_of_birth, PERSONAL, "date of birth") \
	_(T, TEXT, status,        OPT, "pending (no contact yet) or active") \
	_(T, LIST, contact_media, OF(contact_medium), "how to reach the customer") \
	_(T, TEXT, name,          PERSONAL, "display name") \
	_(T, JSON, document,      PERSONAL, "attributes of the TMF629 body that the domain does not interpret")
#define customer_updated_fields(_, T) \
	_(T, TEXT,  status,         OPT, "new status") \
	_(T, TEXT,  status_reason,  OPT, "why") \
	_(T, TEXTS, fields_updated, OPT, "names of what changed; one that has no value is gone") \
	_(T, TEXT,  name,           PERSONAL, "display name, when it changed") \
	_(T, JSON,  document,       PERSONAL, "the uninterpreted attributes after the change, when they changed")
#define customer_contact_medium_added_fields(_, T) \
	_(T, ID,   contact_medium_id, OPT, "CM-...") \
	_(T, TEXT, medium_type, OPT, "email, mobile ...") \
	_(T, TEXT, value,       PERSONAL, "address or number") \
	_(T, BOOL, is_primary,  OPT, "use first")
#define customer_contact_medium_updated_fields(_, T) \
	_(T, ID,   contact_medium_id, OPT, "CM-...") \
	_(T, TEXT, medium_type, OPT, "email, mobile ...") \
	_(T, TEXT, value,       PERSONAL, "address or number")
#define customer_contact_medium_removed_fields(_, T) \
	_(T, ID,   contact_medium_id, OPT, "CM-...") \
	_(T, TEXT, medium_type, OPT, "email, mobile ...")
#define customer_individual_updated_fields(_, T) \
	_(T, TEXT,  given_name,  PERSONAL, "given name after the change") \
	_(T, TEXT,  family_name, PERSONAL, "family name after the change") \
	_(T, TEXTS, fields,      OPT, "names of what changed")
#define customer_kyc_attested_fields(_, T) \
	_(T, TEXT, provider,           OPT, "who checked the identity") \
	_(T, TEXT, provider_reference, OPT, "the provider's id of the check") \
	_(T, TEXT, document_type,      OPT, "nric, passport, fin, driving_license") \
	_(T, TEXT, document_country,   OPT, "issuing country") \
	_(T, TEXT, document_last4,     PERSONAL, "last four characters; the number itself is never stored") \
	_(T, TEXT, document_hash,      PERSONAL, "keyed by country and provider; unique among customers") \
	_(T, DATE, date_of_birth,      PERSONAL, "as on the document") \
	_(T, TEXT, nationality,        PERSONAL, "as on the document") \
	_(T, TIME, verified_at,        OPT, "when the provider checked") \
	_(T, TEXT, corroboration_id,   OPT, "the provider's signed answer") \
	_(T, TEXT, kyc_status,         OPT, "verified")
#define interaction_logged_fields(_, T) \
	_(T, ID,   interaction_id,    OPT, "INT-...") \
	_(T, TEXT, channel,           OPT, "where it happened") \
	_(T, TEXT, direction,         OPT, "inbound or outbound") \
	_(T, TEXT, summary,           PERSONAL, "one line") \
	_(T, TEXT, body,              PERSONAL, "the whole") \
	_(T, ID,   agent_id,          OPT, "who dealt with it") \
	_(T, ID,   related_case_id,   OPT, "case") \
	_(T, ID,   related_ticket_id, OPT, "ticket")
#define customer_removed_fields(_, T) \
	_(T, TEXT, reason, OPT, "reset")

/*  name                              C name                           code  aggregate  options */
#define CUSTOMER_EVENTS(_) \
	_("customer.created",                customer_created,                101, customer, OPT, "A customer signed up") \
	_("customer.updated",                customer_updated,                102, customer, OPT, "Status or TMF attributes changed") \
	_("customer.contact_medium_added",   customer_contact_medium_added,   103, customer, OPT, "A way to reach the customer was added") \
	_("customer.contact_medium_updated", customer_contact_medium_updated, 104, customer, OPT, "A contact medium changed") \
	_("customer.contact_medium_removed", customer_contact_medium_removed, 105, customer, OPT, "A contact medium was removed") \
	_("customer.individual_updated",     customer_individual_updated,     106, customer, OPT, "The name changed") \
	_("customer.kyc_attested",           customer_kyc_attested,           107, customer, OPT, "The identity was attested") \
	_("interaction.logged",              interaction_logged,              108, customer, OPT, "A contact with the customer was noted") \
	_("customer.removed",                customer_removed,                109, customer, TOMBSTONE, "A reset removed the customer")

/* ---- commands: imperative ----------------------------------------------------------- */
#define customer_create_fields(_, T) \
	_(T, TEXT, name,          UPTO(200), "full name; split at the first blank when the two parts are not given") \
	_(T, TEXT, given_name,    UPTO(100), "given name") \
	_(T, TEXT, family_name,   UPTO(100), "family name") \
	_(T, TEXT, email,         UPTO(254), "primary e-mail address") \
	_(T, TEXT, phone,         UPTO(40),  "mobile number to reach the customer") \
	_(T, DATE, date_of_birth, OPT,       "YYYY-MM-DD") \
	_(T, LIST, contact_media, OF(contact_medium) UPTO(16), "further ways to reach the customer") \
	_(T, JSON, document,      OPT,       "a TMF629 body: a customer without contact is registered as pending") 
#define customer_update_fields(_, T) \
	_(T, ID,   customer_id,   REQ TARGET, "CUST-...") \
	_(T, TEXT, status,        CHOICE("pending|active|suspended|closed"), "new status") \
	_(T, TEXT, status_reason, UPTO(200), "why") \
	_(T, TEXT, name,          UPTO(200), "display name") \
	_(T, JSON, document,      OPT, "merge patch (RFC 7396) of the uninterpreted TMF629 attributes") \
	_(T, TEXTS, cleared,      CHOICE("status_reason"), "attributes that shall be gone")
#define customer_close_fields(_, T) \
	_(T, ID,   customer_id,   REQ TARGET, "CUST-...") \
	_(T, TEXT, reason,        UPTO(200), "why")
#define customer_update_contact_fields(_, T) \
	_(T, ID,   customer_id,   REQ TARGET, "CUST-...") \
	_(T, TEXT, email,         UPTO(254), "becomes the primary e-mail address") \
	_(T, TEXT, phone,         UPTO(40),  "becomes the mobile number")
#define customer_add_contact_medium_fields(_, T) \
	_(T, ID,   customer_id,   REQ TARGET, "CUST-...") \
	_(T, TEXT, medium_type,   REQ UPTO(40), "email, mobile, phone, postal ...") \
	_(T, TEXT, value,         REQ UPTO(320), "address or number") \
	_(T, BOOL, is_primary,    OPT, "use first")
#define customer_change_contact_medium_fields(_, T) \
	_(T, ID,   customer_id,   REQ TARGET, "CUST-...") \
	_(T, ID,   medium_id,     REQ POSITIONAL, "CM-...") \
	_(T, TEXT, value,         REQ UPTO(320), "the new value; e-mail has a flow of its own")
#define customer_remove_contact_medium_fields(_, T) \
	_(T, ID,   customer_id,   REQ TARGET, "CUST-...") \
	_(T, ID,   medium_id,     REQ POSITIONAL, "CM-...")
#define customer_rename_fields(_, T) \
	_(T, ID,   customer_id,   REQ TARGET, "CUST-...") \
	_(T, TEXT, given_name,    UPTO(100), "given name") \
	_(T, TEXT, family_name,   UPTO(100), "family name")
#define customer_attest_kyc_fields(_, T) \
	_(T, ID,   customer_id,   REQ TARGET, "CUST-...") \
	_(T, TEXT, provider,      REQ UPTO(40), "prebaked or didit") \
	_(T, TEXT, attestation_token,     UPTO(2000), "what a pre-baked provider signed; the document follows from it when not given") \
	_(T, TEXT, provider_reference,    UPTO(200), "the provider's id of the check") \
	_(T, TEXT, document_type,         UPTO(40) FALLBACK("nric"), "nric, passport, fin, driving_license") \
	_(T, TEXT, document_number,       SECRET UPTO(64), "never stored: only its hash and last four characters") \
	_(T, TEXT, document_number_last4, UPTO(4), "with the hash, instead of the number") \
	_(T, TEXT, document_number_hash,  UPTO(64), "SHA-256 in hex, with last4") \
	_(T, TEXT, document_country,      UPTO(3) FALLBACK("SGP"), "issuing country") \
	_(T, DATE, date_of_birth,         OPT, "as on the document") \
	_(T, TEXT, nationality,           UPTO(40), "as on the document") \
	_(T, TIME, verified_at,           OPT, "when the provider checked; now unless given") \
	_(T, JSON, attestation_payload,   OPT, "the provider's answer; pre-baked ones carry a signature") \
	_(T, TEXT, corroboration_id,      UPTO(64), "id of the provider's signed webhook")
#define interaction_log_fields(_, T) \
	_(T, ID,   customer_id,   REQ TARGET, "CUST-...") \
	_(T, TEXT, summary,       REQ UPTO(400), "one line") \
	_(T, TEXT, body,          UPTO(4000), "the whole") \
	_(T, TEXT, direction,     CHOICE("inbound|outbound") FALLBACK("inbound"), "who called whom") \
	_(T, ID,   agent_id,          OPT, "who dealt with it") \
	_(T, ID,   related_case_id,   OPT, "case") \
	_(T, ID,   related_ticket_id, OPT, "ticket")
#define customer_remove_fields(_, T) \
	_(T, ID,   customer_id,   REQ TARGET, "CUST-...")

#define CUSTOMER_COMMANDS(_) \
	_("customer.create",                customer_create,                SHOWS("customer.get") DOMAIN_("crm"), "Sign a customer up") \
	_("customer.update",                customer_update,                SHOWS("customer.get") DOMAIN_("crm"), "Change a customer's status or TMF attributes") \
	_("customer.close",                 customer_close,                 SHOWS("customer.get") DOMAIN_("crm") DESTRUCTIVE, "Close a customer who has no active line") \
	_("customer.update_contact",        customer_update_contact,        SHOWS("customer.get") DOMAIN_("crm"), "Set the primary e-mail address or mobile number") \
	_("customer.add_contact_medium",    customer_add_contact_medium,    SHOWS("customer.get") DOMAIN_("crm"), "Add a way to reach the customer") \
	_("customer.change_contact_medium", customer_change_contact_medium, SHOWS("customer.get") DOMAIN_("crm"), "Change a contact medium other than an e-mail address") \
	_("customer.remove_contact_medium", customer_remove_contact_medium, SHOWS("customer.get") DOMAIN_("crm") DESTRUCTIVE, "Remove a contact medium") \
	_("customer.rename",                customer_rename,                SHOWS("customer.get") DOMAIN_("crm"), "Change the customer's name") \
	_("customer.attest_kyc",            customer_attest_kyc,            SHOWS("customer.get_kyc_status") DOMAIN_("crm"), "Record that the identity was checked") \
	_("interaction.log",                interaction_log,                DOMAIN_("crm"), "Note a contact with the customer") \
	_("customer.remove",                customer_remove,                INTERNAL DOMAIN_("crm"), "Remove a customer (reset)")

/* ---- queries -------------------------------------------------------------------------- */
#define customer_get_fields(_, T)            _(T, ID, customer_id, REQ TARGET, "CUST-...")
#define customer_get_kyc_status_fields(_, T) _(T, ID, customer_id, REQ TARGET, "CUST-...")
#define customer_list_fields(_, T) \
	_(T, TEXT, state,         CHOICE("pending|active|suspended|closed"), "status") \
	_(T, TEXT, name_contains, UPTO(100), "part of the name, any case") \
	_(T, INT,  limit,  FALLBACK("20"), "at most so many") \
	_(T, INT,  offset, OPT, "skip so many")
#define customer_find_by_msisdn_fields(_, T) _(T, ID, msisdn, REQ TARGET, "the customer's number")
#define customer_find_by_email_fields(_, T)  _(T, TEXT, email, REQ TARGET UPTO(254), "exact address, any case")
#define interaction_list_fields(_, T) \
	_(T, ID,   customer_id, REQ TARGET, "CUST-...") \
	_(T, INT,  limit,  FALLBACK("50"), "at most so many, newest first")
#define agents_list_fields(_, T) \
	_(T, TEXT, state, CHOICE("active|terminated"), "status")

#define CUSTOMER_QUERIES(_) \
	_("customer.get",            customer_get,            DOMAIN_("crm"), "Customer 360: customer, lines, interactions") \
	_("customer.list",           customer_list,           DOMAIN_("crm"), "Customers by status and name") \
	_("customer.find_by_msisdn", customer_find_by_msisdn, DOMAIN_("crm"), "Who has this number") \
	_("customer.find_by_email",  customer_find_by_email,  DOMAIN_("crm"), "Who has this e-mail address") \
	_("customer.get_kyc_status", customer_get_kyc_status, DOMAIN_("crm"), "Was the identity checked, when, by whom") \
	_("interaction.list",        interaction_list,        DOMAIN_("crm"), "Contacts with a customer, newest first") \
	_("agents.list",             agents_list,             DOMAIN_("crm"), "People who work on cases")

SHAPE_DECLARE_(contact_medium, "a way to reach a customer")
CUSTOMER_EVENTS(EVENT_DECLARE_)
CUSTOMER_COMMANDS(OP_DECLARE_)
CUSTOMER_QUERIES(OP_DECLARE_)
enum customer_state_id { CUSTOMER_STATES(STATE_ENUM_) };
