/* cards.h -- one function per card; cards.c lists which result each is for. */
#pragma once
#include "cockpit/card.h"

typedef void card_fn(const cJSON *, const struct card_style *, struct buf *out);
card_fn card_customer, card_customer_list, card_interactions, card_kyc;
card_fn card_subscription, card_subscription_list, card_balance;
card_fn card_order, card_order_list;
card_fn card_catalog, card_plan, card_vas_list;
card_fn card_esim, card_esim_list, card_number, card_msisdn_list, card_msisdn_count;
card_fn card_tasks, card_faults, card_services;
card_fn card_method, card_methods, card_attempts;
card_fn card_usage, card_usage_record;
card_fn card_events, card_why;
/* whatever has no card of its own: name and value, nested ones indented */
void card_plain(const char *title, const cJSON *, const struct card_style *, struct buf *out);

/* a table of a list's members: {"Title", "camelName"} rows; what is shown when the list is empty */
struct cell { const char *member; const char *(*show)(struct card *, const cJSON *row); };
void card_list_table(struct card *, const cJSON *list, const struct column *, const struct cell *, int columns, int most,
	const char *empty);
