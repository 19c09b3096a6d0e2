/* cards.c -- which operation's result is shown by which card, and the table that the lists share. */
#include "cockpit/cards/cards.h"
#include <string.h>
#include "core/base/json.h"

static const struct { const char *op; card_fn *card; } cards[] = {
	{ "customer.get", card_customer },
	{ "customer.find_by_msisdn", card_customer },
	{ "customer.find_by_email", card_customer },
	{ "customer.get_kyc_status", card_kyc },
	{ "customer.list", card_customer_list },
	{ "interaction.list", card_interactions },
	{ "subscription.get", card_subscription },
	{ "subscription.get_by_msisdn", card_subscription },
	{ "subscription.list_for_customer", card_subscription_list },
	{ "subscription.get_balance", card_balance },
	{ "subscription.get_esim_activation", card_esim },
	{ "inventory.esim.get_activation", card_esim },
	{ "inventory.esim.list_available", card_esim_list },
	{ "inventory.msisdn.get", card_number },
	{ "inventory.msisdn.list_available", card_msisdn_list },
	{ "inventory.msisdn.count", card_msisdn_count },
	{ "order.get", card_order },
	{ "order.list", card_order_list },
	{ "catalog.list_active_offerings", card_catalog },
	{ "catalog.list_offerings", card_catalog },
	{ "catalog.get_offering", card_plan },
	{ "catalog.list_vas", card_vas_list },
	{ "provisioning.list_tasks", card_tasks },
	{ "provisioning.list_fault_injection", card_faults },
	{ "service.list_for_subscription", card_services },
	{ "payment.get_method", card_method },
	{ "payment.list_methods", card_methods },
	{ "payment.list_attempts", card_attempts },
	{ "usage.get", card_usage_record },
	{ "usage.history", card_usage },
	{ "log.show", card_events },
	{ "why", card_why },
	{ 0 },
};

const char *
card_operation(int i)
{
	return cards[i].op;
}

bool
card_render(const char *op, const cJSON *json, const struct card_style *style, struct buf *out)
{
	if (!json || cJSON_IsNull(json))
		return false;
	for (size_t i = 0; cards[i].op; i++)
		if (strcmp(cards[i].op, op) == 0) {
			cards[i].card(json, style, out);
			return true;
		}
	return false;
}

void
card_list_table(struct card *c, const cJSON *list, const struct column *columns, const struct cell *shown,
		int n, int most, const char *empty)
{
	int rows = cJSON_GetArraySize(list), r = 0;
	const cJSON *row;

	if (rows == 0) {
		card_row(c, "%s", empty);
		return;
	}
	int kept = rows < most ? rows : most;
	const char **cells = arena_array(c->arena, const char *, kept * n);
	cJSON_ArrayForEach(row, list) {
		if (r >= kept)
			break;
		for (int i = 0; i < n; i++)
			cells[r * n + i] =
			    shown[i].show ? shown[i].show(c, row) : card_text(c, row, shown[i].member);
		r++;
	}
	card_table(c, columns, n, cells, kept);
	if (rows > kept)
		card_row(c, INK_DIM "(+ %d more)" INK_OFF, rows - kept);
}

/* ---- anything ------------------------------------------------------------------------------- */

static void
plain_member(struct card *c, const cJSON *m, int depth, int index)
{
	const char *name =
	    m->string ? terminal_clean(c->arena, m->string) : arena_printf(c->arena, "%d", index);
	const cJSON *inner;
	int i = 0;

	if (!cJSON_IsArray(m) && !cJSON_IsObject(m)) {
		const char *value = cJSON_IsNull(m)     ? "—"
				    : cJSON_IsString(m) ? terminal_clean(c->arena, m->valuestring)
							: json_print(c->arena, m);
		card_row(c, "%*s" INK_DIM "%s" INK_OFF "  %s", depth * 2, "", name, value);
		return;
	}
	card_row(c, "%*s" INK_DIM "%s" INK_OFF "%s", depth * 2, "", name, m->child ? "" : "  (none)");
	cJSON_ArrayForEach(inner, m)
		plain_member(c, inner, depth + 1, i++);
}

void
card_plain(const char *title, const cJSON *json, const struct card_style *style, struct buf *out)
{
	struct card c = card_new(style, TERMINAL_LEAST, "%s", title);
	const cJSON *m;
	int i = 0;

	cJSON_ArrayForEach(m, json)
		plain_member(&c, m, 0, i++);
	card_end(&c, out);
}
