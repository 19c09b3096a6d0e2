/* timers.c -- what each kind of timer does when it is due: it issues the command that moves or removes it. */
#include "core/commands/aggregate.h"
#include "core/reactions/reactions.h"

static void
hold_is_over(struct decision *d, struct entity *e)
{
	issue(d, inventory_msisdn_expire_hold, .msisdn = e->id);
}

static void
quarantine_is_over(struct decision *d, struct entity *e)
{
	issue(d, inventory_msisdn_end_quarantine, .msisdn = e->id);
}

static void
period_is_over(struct decision *d, struct entity *e)
{
	issue(d, subscription_renew_due, .subscription_id = e->id);
}

static void
pass_is_over(struct decision *d, struct entity *e)
{
	issue(d, subscription_expire_vas, .subscription_id = e->id);
}

static void
order_takes_too_long(struct decision *d, struct entity *e)
{
	issue(d, order_mark_stuck, .order_id = e->id);
}

static void
job_goes_on(struct decision *d, struct entity *e)
{
	issue(d, job_step, .job_id = e->id);
}

const struct timer_row timer_rows[TIMER_COUNT] = {
	/*                     name          actor                        wall   fire                  origin */
	[TIMER_HOLD]        = { "hold",        "system:open_order_sweep",  false, hold_is_over },
	[TIMER_QUARANTINE]  = { "quarantine",  "system:inventory",         false, quarantine_is_over },
	[TIMER_RENEWAL]     = { "renewal",     "system:renewal_worker",    false, period_is_over },
	[TIMER_VAS]         = { "vas",         "system:renewal_worker",    false, pass_is_over },
	[TIMER_ORDER_STUCK] = { "order_stuck", "system:order_sweep",       false, order_takes_too_long },
	[TIMER_JOB]         = { "job",         "system",                   true,  job_goes_on,          job_origin },
};
