/* schemas/payment.h -- the words of cards on file, charges and refunds.
 *
 * A charge is an intent event first; an effect calls the provider with the intent's event id as idempotency key and
 * answers with a command.  Meaning: core/commands/payment.c.  Shipped event rows are frozen. */
#pragma once
#include "schemas/aggregates.h"

#define PAYMENT_METHOD_STATES(_) \
	_(PAYMENT_METHOD_ACTIVE, "active") \
	_(PAYMENT_METHOD_EXPIRED, "expired") \
	_(PAYMENT_METHOD_REMOVED, "removed")
#define PAYMENT_ATTEMPT_STATES(_) \
	_(PAYMENT_PENDING, "pending") \
	_(PAYMENT_APPROVED, "approved") \
	_(PAYMENT_DECLINED, "declined") \
	_(PAYMENT_ERRORED, "errored") \
	_(PAYMENT_REFUNDING, "refunding") \
	_(PAYMENT_REFUNDED, "refunded")

#define payment_method_added_fields(_, T) \
	_(T, ID, customer_id, OPT, "owner") _(T, TEXT, type, OPT, "card") _(T, TEXT, token, PERSONAL, "the provider's token, never a card number") \
	_(T, TEXT, token_provider, OPT, "mock or stripe") _(T, TEXT, brand, OPT, "visa ...") _(T, TEXT, last4, OPT, "last four digits") \
	_(T, INT, exp_month, OPT, "") _(T, INT, exp_year, OPT, "") _(T, BOOL, is_default, OPT, "used unless another is named")
#define payment_method_default_changed_fields(_, T)  _(T, ID, customer_id, OPT, "owner") _(T, TEXT, last4, OPT, "") _(T, ID, previous_id, OPT, "default before")
#define payment_method_removed_fields(_, T)          _(T, ID, customer_id, OPT, "owner") _(T, TEXT, last4, OPT, "") _(T, TEXT, reason, OPT, "reset, or by the owner")
#define payment_method_cutover_invalidated_fields(_, T) \
	_(T, ID, customer_id, OPT, "owner") _(T, TEXT, last4, OPT, "") _(T, TEXT, brand, OPT, "") _(T, TEXT, token_provider, OPT, "") _(T, TEXT, reason, OPT, "operator_cutover")
#define payment_charge_requested_fields(_, T) \
	_(T, ID, customer_id, OPT, "who pays") _(T, ID, payment_method_id, OPT, "with which card") _(T, MONEY, amount, OPT, "how much") \
	_(T, TEXT, purpose, OPT, "activation, renewal, vas or manual") _(T, TEXT, token, PERSONAL, "the card's token") _(T, TEXT, token_provider, OPT, "mock or stripe") \
	_(T, ID, order_id, OPT, "activation: the order") _(T, ID, subscription_id, OPT, "renewal and vas: the line") _(T, ID, vas_offering_id, OPT, "vas: what is bought") \
	_(T, TIME, period_start, OPT, "renewal: the period paid for") \
	_(T, ID, cfs_service_id, OPT, "activation: the service that is ready")
#define payment_charged_fields(_, T) \
	_(T, ID, customer_id, OPT, "who paid") _(T, ID, payment_method_id, OPT, "") _(T, MONEY, amount, OPT, "") _(T, TEXT, purpose, OPT, "") _(T, TEXT, status, OPT, "approved") \
	_(T, TEXT, gateway_ref, OPT, "") _(T, TEXT, provider_call_id, OPT, "") _(T, TEXT, decline_code, OPT, "") _(T, TEXT, decline_reason, OPT, "") _(T, TEXT, answered_by, OPT, "the effect's identity")
#define payment_declined_fields(_, T)  payment_charged_fields(_, T)
#define payment_errored_fields(_, T)   payment_charged_fields(_, T)
#define payment_refund_requested_fields(_, T) \
	_(T, ID, customer_id, OPT, "who gets it back") _(T, MONEY, amount, OPT, "") _(T, TEXT, reason, OPT, "why") _(T, TEXT, provider_call_id, OPT, "the charge at the provider") \
	_(T, TEXT, token_provider, OPT, "")
#define payment_refunded_fields(_, T) \
	_(T, ID, customer_id, OPT, "") _(T, MONEY, amount, OPT, "") _(T, TEXT, reason, OPT, "") _(T, TEXT, provider_call_id, OPT, "the refund at the provider") _(T, TEXT, answered_by, OPT, "the effect's identity")
#define payment_refund_failed_fields(_, T) \
	_(T, ID, customer_id, OPT, "") _(T, TEXT, reason, OPT, "what the provider said") _(T, TEXT, answered_by, OPT, "the effect's identity")
#define payment_attempt_removed_fields(_, T)  _(T, TEXT, reason, OPT, "reset")

#define PAYMENT_EVENTS(_) \
	_("payment_method.added",               payment_method_added,               401, payment_method, OPT, "A card was put on file") \
	_("payment_method.default_changed",     payment_method_default_changed,     402, payment_method, OPT, "Another card is the default") \
	_("payment_method.removed",             payment_method_removed,             403, payment_method, OPT, "A card was taken off file") \
	_("payment_method.cutover_invalidated", payment_method_cutover_invalidated, 404, payment_method, OPT, "A token of the old provider expired") \
	_("payment.charge_requested",           payment_charge_requested,           405, payment_attempt, REQUEST("payment"), "A charge is to be made") \
	_("payment.charged",                    payment_charged,                    406, payment_attempt, ANSWERS, "The provider approved") \
	_("payment.declined",                   payment_declined,                   407, payment_attempt, ANSWERS, "The provider declined") \
	_("payment.errored",                    payment_errored,                    408, payment_attempt, ANSWERS, "The provider could not say yes or no") \
	_("payment.refund_requested",           payment_refund_requested,           409, payment_attempt, REQUEST("payment"), "Money is to go back") \
	_("payment.refunded",                   payment_refunded,                   410, payment_attempt, ANSWERS, "Money went back") \
	_("payment.refund_failed",              payment_refund_failed,              411, payment_attempt, ANSWERS, "The provider refused the refund") \
	_("payment.attempt_removed",            payment_attempt_removed,            412, payment_attempt, TOMBSTONE, "A reset removed the attempt")

#define payment_method_add_fields(_, T) \
	_(T, ID, customer_id, REQ, "owner") _(T, TEXT, type, FALLBACK("card") UPTO(20), "card") _(T, TEXT, token, REQ SECRET UPTO(200), "the provider's token, never a card number") \
	_(T, TEXT, token_provider, FALLBACK("mock") CHOICE("mock|sandbox|stripe"), "who made the token") _(T, TEXT, brand, UPTO(20), "visa ...") _(T, TEXT, last4, REQ UPTO(4), "last four digits") \
	_(T, INT, exp_month, REQ, "1 to 12") _(T, INT, exp_year, REQ, "2030")
#define payment_add_card_fields(_, T) \
	_(T, ID, customer_id, REQ, "owner") _(T, TEXT, card_number, REQ SECRET UPTO(60), "turned into a token here; never leaves this process")
#define payment_set_default_fields(_, T)    _(T, ID, method_id, REQ TARGET, "PM-...")
#define payment_remove_method_fields(_, T)  _(T, ID, method_id, REQ TARGET, "PM-...")
#define payment_cutover_fields(_, T)        _(T, BOOL, invalidate_mock_tokens, OPT, "expire every card that the mock provider tokenised")
#define payment_charge_fields(_, T) \
	_(T, ID, customer_id, REQ, "who pays") _(T, ID, payment_method_id, REQ, "PM-...") _(T, DECIMAL, amount, REQ, "\"25.00\"") \
	_(T, TEXT, currency, FALLBACK("SGD") UPTO(3), "ISO 4217") _(T, TEXT, purpose, FALLBACK("manual") UPTO(20), "why")
#define payment_refund_fields(_, T)         _(T, ID, attempt_id, REQ TARGET, "PAY-...") _(T, TEXT, reason, REQ UPTO(200), "why")
#define payment_record_result_fields(_, T) \
	_(T, ID, attempt_id, REQ TARGET, "PAY-...") _(T, TEXT, status, REQ CHOICE("approved|declined|errored"), "what the provider said") \
	_(T, TEXT, gateway_ref, UPTO(200), "") _(T, TEXT, provider_call_id, UPTO(200), "") _(T, TEXT, decline_code, UPTO(100), "") _(T, TEXT, decline_reason, UPTO(200), "")
#define payment_record_refund_fields(_, T) \
	_(T, ID, attempt_id, REQ TARGET, "PAY-...") _(T, BOOL, refused, OPT, "the provider said no") _(T, TEXT, provider_call_id, UPTO(200), "") _(T, TEXT, reason, UPTO(200), "")
#define payment_attempt_remove_fields(_, T) _(T, ID, attempt_id, REQ TARGET, "PAY-...")
#define payment_forget_method_fields(_, T)  _(T, ID, method_id, REQ TARGET, "PM-...")

#define PAYMENT_COMMANDS(_) \
	_("payment_method.add",     payment_method_add,     SHOWS("payment.get_method") DOMAIN_("payment"), "Put a tokenised card on file") \
	_("payment.set_default",    payment_set_default,    SHOWS("payment.get_method") DOMAIN_("payment"), "Make a card the default") \
	_("payment.remove_method",  payment_remove_method,  SHOWS("payment.get_method") DOMAIN_("payment") DESTRUCTIVE, "Take a card off file") \
	_("payment.cutover",        payment_cutover,        DOMAIN_("payment") DESTRUCTIVE, "Expire the mock provider's tokens") \
	_("payment.charge",         payment_charge,         SHOWS("payment.get_attempt") AWAITS("payment.charged payment.declined payment.errored") DOMAIN_("payment"), "Charge a card") \
	_("payment.refund",         payment_refund,         SHOWS("payment.get_attempt") AWAITS("payment.refunded payment.refund_failed") DOMAIN_("payment") DESTRUCTIVE, "Give the money of an approved charge back") \
	_("payment.record_result",  payment_record_result,  EFFECT_ONLY DOMAIN_("payment"), "The provider's answer to a charge") \
	_("payment.record_refund",  payment_record_refund,  EFFECT_ONLY DOMAIN_("payment"), "The provider's answer to a refund") \
	_("payment.attempt_remove", payment_attempt_remove, INTERNAL DOMAIN_("payment"), "Remove an attempt (reset)") \
	_("payment.forget_method",  payment_forget_method,  INTERNAL DOMAIN_("payment"), "Remove a card (reset)")
/* run in the client: made of the operations above */
#define PAYMENT_CLIENT(_) \
	_("payment.add_card",       payment_add_card,       CLIENT SHOWS("payment.get_method") DOMAIN_("payment"), "Tokenise a test card here and put it on file")

#define payment_list_methods_fields(_, T)  _(T, ID, customer_id, REQ TARGET, "owner")
#define payment_get_method_fields(_, T)    _(T, ID, method_id, REQ TARGET, "PM-...")
#define payment_get_attempt_fields(_, T)   _(T, ID, attempt_id, REQ TARGET, "PAY-...")
#define payment_list_attempts_fields(_, T) \
	_(T, ID, customer_id, OPT, "who paid") _(T, ID, payment_method_id, OPT, "with which card") _(T, INT, limit, FALLBACK("20"), "at most so many, newest first")

#define PAYMENT_QUERIES(_) \
	_("payment.list_methods",  payment_list_methods,  DOMAIN_("payment"), "Cards on file") \
	_("payment.get_method",    payment_get_method,    DOMAIN_("payment"), "One card on file") \
	_("payment.get_attempt",   payment_get_attempt,   DOMAIN_("payment"), "One charge") \
	_("payment.list_attempts", payment_list_attempts, DOMAIN_("payment"), "Charges, newest first")

PAYMENT_EVENTS(EVENT_DECLARE_)
PAYMENT_COMMANDS(OP_DECLARE_)
PAYMENT_CLIENT(OP_DECLARE_)
PAYMENT_QUERIES(OP_DECLARE_)
enum payment_method_state_id { PAYMENT_METHOD_STATES(STATE_ENUM_) };
enum payment_attempt_state_id { PAYMENT_ATTEMPT_STATES(STATE_ENUM_) };
