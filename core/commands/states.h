/* states.h -- the state of every aggregate, and the questions a rule may ask outside its own.
 *
 * Only what policies and decisions need is kept.  Ids and short texts are arrays: copying a struct copies the state. */
#pragma once
#include "core/commands/world.h"

/* ---- customer.c -------------------------------------------------------------------------------------- */
#define CONTACT_MEDIA_MAX 16
struct medium_state { char id[24]; char type[42]; const char *value; bool primary, used; };
struct customer_state {
	struct entity e;
	bool verified;
	const char *name;                /* "Ada Lim" */
	const char *given_name, *family_name;    /* NULL: a party that TMF629 registered by its name only */
	const char *document;            /* uninterpreted TMF629 attributes, for merge patches; NULL none */
	struct medium_state media[CONTACT_MEDIA_MAX];
	char document_key[ID_MAX + 72];  /* its key in INDEX_DOCUMENT; "" none */
};
bool customer_is_active(const struct tenant *, const char *customer_id);
bool customer_is_verified(const struct tenant *, const char *customer_id);

/* ---- catalog.c ----------------------------------------------------------------------------------------- */
#define ALLOWANCES_MAX 8
struct allowance_state { char type[16], unit[12]; int64_t quantity; };
struct offering_state {
	struct entity e;
	char name[204], spec_id[ID_MAX], lifecycle[44], cfs_spec_id[ID_MAX], rfs_spec_ids[6][ID_MAX];
	bool sellable;
	int64_t valid_from, valid_to;
	struct allowance_state allowances[ALLOWANCES_MAX]; int n_allowances;
	const char *document;
};
struct price_state {
	struct entity e;
	char offering_id[ID_MAX], type[44];
	struct money amount;
	int64_t valid_from, valid_to;
	const char *document;
};
struct vas_offering_state {
	struct entity e;
	char name[128], allowance_type[16], unit[12];
	struct money price;
	int64_t quantity, expiry_hours;
	bool retired;
};
struct product_specification_state { struct entity e; const char *document; };
struct service_specification_state { struct entity e; char name[128], type[4]; };
struct category_state { struct entity e; const char *document; };
/* sellable, active and in its window; else *why is the rule's reason for people */
bool offering_sellable(const struct offering_state *, int64_t now, const char **why);
const struct price_state *offering_active_price(const struct tenant *, const char *offering_id, int64_t now);  /* NULL none */

/* ---- inventory.c ------------------------------------------------------------------------------------------ */
struct msisdn_state { struct entity e; char iccid[ID_MAX], reserved_for[ID_MAX], subscription_id[ID_MAX],
	customer_id[ID_MAX]; int64_t reserved_until, quarantine_until; };
struct msisdn_pool_state { struct entity e; bool warned_low; };
struct esim_state { struct entity e; char subscription_id[ID_MAX], imsi[24], activation_code[120], msisdn[ID_MAX],
	reserved_for[ID_MAX], customer_id[ID_MAX]; };
struct esim_pool_state { struct entity e; int64_t count; };
struct decision;
/* for commands that reserve on the way: each emits, or refuses with the pool's own rule and returns NULL */
const char *msisdn_take(struct decision *, const char *preference, const char *reserved_for, const char *customer_id);
const char *esim_take(struct decision *, const char *reserved_for, const char *customer_id);
void msisdn_give_back(struct decision *, const char *msisdn, bool quarantine);    /* reserved or assigned; else nothing */
/* never had by a line: available; else recycled */
void esim_give_back(struct decision *, const char *iccid, const char *reason);

/* ---- payment.c --------------------------------------------------------------------------------------------- */
struct payment_method_state { struct entity e; char customer_id[ID_MAX], last4[8], brand[24],
	provider[16]; const char *token; bool is_default; int64_t exp_month, exp_year; };
struct payment_attempt_state {
	struct entity e;
	char customer_id[ID_MAX], method_id[ID_MAX], purpose[24], order_id[ID_MAX], subscription_id[ID_MAX],
		vas_offering_id[ID_MAX], cfs_service_id[ID_MAX];
	char provider[16], provider_call_id[204], decline_reason[204];
	struct money amount;
	int64_t period_start;
};
/* the default active card, else the newest active one; NULL: none */
const struct payment_method_state *default_method(const struct tenant *, const char *customer_id);
/* emits payment.charge_requested with the customer's card; returns the attempt's id */
struct charge { const char *customer_id, *purpose, *order_id, *subscription_id, *vas_offering_id,
	*cfs_service_id; struct money amount; int64_t period_start; };
const char *charge_request(struct decision *, const struct payment_method_state *, const struct charge *);
const char *payment_sentence(struct decision *, const struct payment_attempt_state *);     /* why a charge was not made */

/* ---- order.c -------------------------------------------------------------------------------------------------- */
struct order_state {
	struct entity e;
	char customer_id[ID_MAX], offering_id[ID_MAX], offering_name[204], msisdn_preference[ID_MAX], price_id[ID_MAX],
		payment_method_id[ID_MAX];
	struct money price;
	struct allowance_state allowances[ALLOWANCES_MAX]; int n_allowances;
	int64_t order_date;
	bool stuck;
	const char *document;
};

/* ---- service.c ---------------------------------------------------------------------------------------------------- */
struct service_order_state { struct entity e; char order_id[ID_MAX], customer_id[ID_MAX], offering_id[ID_MAX],
	cfs_service_id[ID_MAX], subscription_id[ID_MAX]; bool teardown; };
struct service_state {
	struct entity e;
	char customer_id[ID_MAX], order_id[ID_MAX], service_order_id[ID_MAX], offering_id[ID_MAX], spec_id[ID_MAX],
		parent_id[ID_MAX], subscription_id[ID_MAX];
	char msisdn[ID_MAX], iccid[ID_MAX], imsi[24], activation_code[120];
	bool cfs, registered;            /* registered: over TMF638, no order stands behind it */
	const char *document;
};

/* ---- provisioning.c ------------------------------------------------------------------------------------------------- */
struct provisioning_task_state {
	struct entity e;
	char customer_id[ID_MAX], service_id[ID_MAX], service_order_id[ID_MAX], order_id[ID_MAX], type[24],
		msisdn[ID_MAX], iccid[ID_MAX], imsi[24], offering_id[ID_MAX], subscription_id[ID_MAX];
	char activation_code[120];
	int64_t attempts, max_attempts;
};
struct fault_injection_state { struct entity e; char task_type[24], fault_type[24]; double probability; bool enabled; };
struct task { const char *type, *service_id, *service_order_id, *order_id, *customer_id, *msisdn, *iccid, *imsi,
	*activation_code, *offering_id, *subscription_id; };
/* emits provisioning.task.created with the faults of its type */
const char *task_open(struct decision *, const struct task *);
/* are all tasks of a service order done, those aside that nobody needs?  false when it has none */
bool tasks_all_done(const struct tenant *, const struct service_order_state *);
bool task_done_for(const struct tenant *, const struct service_order_state *);     /* is one, so that the network knows of it? */
bool task_open_of_type(const struct tenant *, const char *service_id, const char *type);    /* is one still to be done? */

/* ---- subscription.c ---------------------------------------------------------------------------------------------------- */
#define PASSES_MAX 8
struct balance_state { char type[16], unit[12]; int64_t total, consumed; };       /* total -1: unlimited */
struct pass_state { char purchase_id[ID_MAX], type[16], unit[12]; int64_t total, consumed, expires_at; };
struct subscription_state {
	struct entity e;
	char customer_id[ID_MAX], offering_id[ID_MAX], order_id[ID_MAX], msisdn[ID_MAX], iccid[ID_MAX],
		cfs_service_id[ID_MAX], price_id[ID_MAX];
	struct money price;
	struct allowance_state allowances[ALLOWANCES_MAX]; int n_allowances;      /* of a period: the snapshot */
	struct balance_state balances[ALLOWANCES_MAX]; int n_balances;            /* now: with what VAS added */
	struct pass_state passes[PASSES_MAX];
	int64_t period_start, period_end;
	bool number_stays;               /* terminated without giving the number back */
	char block_reason[24];
	char renewal_attempt[ID_MAX];                                             /* payment under way; "" none */
	int64_t failed_period;                                                   /* start of a period that was declined; 0 none */
};
struct subscription_state *subscription_of_msisdn(const struct tenant *, const char *msisdn);    /* the live line */
/* what is left of an allowance now, passes included; -1 unlimited; *known says whether the line has it at all */
int64_t allowance_left(const struct subscription_state *, const char *type, int64_t now, bool *known);
bool customer_has_live_subscription(const struct tenant *, const char *customer_id);

/* ---- usage.c ------------------------------------------------------------------------------------------------------------- */
struct usage_state { struct entity e; const char *document; };
struct usage_specification_state { struct entity e; const char *document; };

/* ---- admin.c ------------------------------------------------------------------------------------------------------------- */
struct agent_state { struct entity e; char role[16]; bool terminated; };
struct clock_state { struct entity e; };
struct job_state {
	struct entity e;
	char kind[24], actor[128], channel[64], correlation[33];     /* of who started it: its steps go on in their name */
	bool everything;
	int64_t steps, removed;
	int64_t stage, bucket;           /* where it stands: list of aggregates, then bucket (everything) or id (scenarios') */
	char after[ID_MAX];
};
struct admin_state { struct entity e; };
