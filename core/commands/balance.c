/* balance.c -- the arithmetic of allowances: what is left, and who pays for a unit of usage.
 *
 * A pass (a top-up with an end) is a balance of its own and pays first; the period's balance, with what top-ups without an end
 * added to it, pays next.  -1 is unlimited: it serves everything and counts what it served. */
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
				left += n;
		}
	for (int i = 0; i < s->n_balances; i++)
		if (strcmp(s->balances[i].type, type) == 0) {
			int64_t n = left_of(s->balances[i].total, s->balances[i].consumed);

			any = true;
			if (n < 0)
				left = -1;
			else if (left >= 0)
				left += n;
		}
	if (known)
		*known = any;
	return left;
}

/* one payer a record: the first that can serve all of it, else the one that is asked first and has anything left */
struct payer
payer_of(struct subscription_state *s, const char *type, int64_t quantity, int64_t now)
{
	struct payer best = { 0 };
	struct balance_state *b = balance_of(s, type);

	for (int i = 0; i < PASSES_MAX; i++) {
		struct pass_state *p = &s->passes[i];
		int64_t left = pass_serves(p, type, now) ? left_of(p->total, p->consumed) : 0;

		if (left < 0 || left >= quantity)
			return (struct payer){ .pass = p, .left = left };
		if (left > 0 && !best.pass)
			best = (struct payer){ .pass = p, .left = left };
	}
	if (b) {
		int64_t left = left_of(b->total, b->consumed);

		if (left < 0 || left >= quantity || (!best.pass && left > 0))
			return (struct payer){ .balance = b, .left = left };
	}
	return best;
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
