/* balance.c -- the arithmetic of allowances: what is left, and who pays for a unit of usage.
 *
 * A pass (a top-up with an end) is a balance of its own and pays first; the period's balance, with what top-ups without an end
 * added to it, pays next; a record that none can pay alone is shared.  -1 is unlimited: it serves everything and counts it. */
#include "core/commands/balance.h"
#include <string.h>

static bool
pass_serves(const struct pass_state *p, const char *type, int64_t now)
{
	return p->purchase_id[0] && strcmp(p->type, type) == 0 && p->expires_at > now;
}

struct balance_state *
balance_of(struct subscription_state *s, const char *type)
{
	for (int i = 0; i < s->n_balances; i++)
		if (strcmp(s->balances[i].type, type) == 0)
			return &s->balances[i];
	return NULL;
}

static int64_t
left_of(int64_t total, int64_t consumed)
{
	if (total < 0)
		return -1;
	return total > consumed ? total - consumed : 0;
}

int64_t
allowance_left(const struct subscription_state *s, const char *type, int64_t now, bool *known)
{
	int64_t left = 0;
	bool any = false;

	for (int i = 0; i < PASSES_MAX; i++)
		if (pass_serves(&s->passes[i], type, now)) {
			int64_t n = left_of(s->passes[i].total, s->passes[i].consumed);

			any = true;
			if (n < 0)
				left = -1;
			else if (left >= 0)
				left = units_add(left, n);
		}
	for (int i = 0; i < s->n_balances; i++)
		if (strcmp(s->balances[i].type, type) == 0) {
			int64_t n = left_of(s->balances[i].total, s->balances[i].consumed);

			any = true;
			if (n < 0)
				left = -1;
			else if (left >= 0)
				left = units_add(left, n);
		}
	if (known)
		*known = any;
	return left;
}

static int64_t
least(int64_t left, int64_t wanted)
{
	return left < 0 || left >= wanted ? wanted : left;
}

/* everyone who has something left, in the order they are asked */
static int
able_to_pay(struct subscription_state *s, const char *type, int64_t now, struct payer out[PAYERS_MAX])
{
	const struct balance_state *b = balance_of(s, type);
	int n = 0;

	for (int i = 0; i < PASSES_MAX; i++)
		if (pass_serves(&s->passes[i], type, now) && left_of(s->passes[i].total, s->passes[i].consumed))
			out[n++] = (struct payer){ .pass = &s->passes[i],
				.share = left_of(s->passes[i].total, s->passes[i].consumed) };
	if (b && left_of(b->total, b->consumed))
		out[n++] = (struct payer){ .balance = b, .share = left_of(b->total, b->consumed) };
	return n;
}

int
payers_of(struct subscription_state *s, const char *type, int64_t quantity, int64_t now, struct payer out[PAYERS_MAX])
{
	int n = able_to_pay(s, type, now, out), paying = 0;

	for (int i = 0; i < n; i++)
		if (least(out[i].share, quantity) == quantity) {
			out[0] = out[i];                 /* one that can pay it all pays alone */
			n = 1;
		}
	for (; paying < n && quantity > 0; paying++) {
		out[paying].share = least(out[paying].share, quantity);
		quantity -= out[paying].share;
	}
	return paying;
}

int64_t
units_add(int64_t a, int64_t b)
{
	int64_t sum;

	return __builtin_add_overflow(a, b, &sum) ? INT64_MAX : sum;
}

int
allowances_keep(struct allowance_state out[ALLOWANCES_MAX], const struct list *allowances)
{
	const struct allowance *items = allowances->items;
	int n = allowances->n < ALLOWANCES_MAX ? allowances->n : ALLOWANCES_MAX;

	for (int i = 0; i < n; i++) {
		keep(out[i].type, items[i].allowance_type);
		keep(out[i].unit, items[i].unit);
		out[i].quantity = items[i].quantity;
	}
	return n;
}

struct list
allowances_list(struct arena *a, const struct allowance_state *from, int n)
{
	struct allowance *items = arena_array(a, struct allowance, n + 1);

	for (int i = 0; i < n; i++)
		items[i] = (struct allowance){ from[i].type, from[i].quantity, from[i].unit };
	return (struct list){ items, n };
}
