/* admin.c -- running the system: the business clock, the people who work on cases, jobs, the reset.
 *
 * The clock is in the log, so a replay sees the same time.  A reset is ordinary events, one per aggregate, run as a job: a
 * cursor over the kinds of aggregates, one bounded step per turn, so that nobody waits for it.  Each step says where it
 * stands; what it removes is issued in core/reactions/jobs.c.  By default only what scenarios made goes; the catalog, the
 * pools and the agents always stay.  Words: schemas/admin.h. */
#include <string.h>
#include "core/commands/aggregate.h"
#include "core/commands/states.h"

#define CLOCK "business"
#define JOB(d) ((struct job_state *)(d)->target)
#define A_STEP 15                        /* aggregates; each is up to three commands of one unit */
#define A_LOOK 4096                      /* buckets, most of them empty */

/* ---- policies ---------------------------------------------------------------------------------------- */

static bool
duration_is_valid(struct decision *d)
{
	const struct clock_advance *cmd = d->args;
	int64_t micros;

	if (duration_parse(cmd->duration, &micros) && micros <= TIME_FOREVER - d->now)
		return true;
	fact(d, "duration", cmd->duration);
	hint(d, "Like 30s, 15m, 24h or 29d.");
	return refuse(d, "%s is no time the clock can be moved by", cmd->duration);
}

static bool
agent_is_new(struct decision *d)
{
	if (!d->target)
		return true;
	fact(d, "agent_id", d->target_id);
	return refuse(d, "There is an agent %s already", d->target_id);
}

/* ---- commands: clock, agents ------------------------------------------------------------------------- */

static bool
clock_freeze(struct decision *d)
{
	const struct clock_freeze *cmd = d->args;

	emit(d, clock_frozen, CLOCK, .at = cmd->at ? cmd->at : d->now);
	return true;
}

static bool
clock_unfreeze(struct decision *d)
{
	if (world_clock(d->world)->frozen)
		emit(d, clock_unfrozen, CLOCK, .nothing_ = false);
	return true;
}

static bool
clock_advance(struct decision *d)
{
	const struct clock_advance *cmd = d->args;
	int64_t micros = 0;

	duration_parse(cmd->duration, &micros);
	if (micros)
		emit(d, clock_advanced, CLOCK, .micros = micros);
	return true;
}

static bool
agent_add(struct decision *d)
{
	const struct agent_add *cmd = d->args;

	d->made_id = d->target_id;
	emit(d, agent_added, cmd->agent_id, .name = cmd->name, .email = cmd->email, .role = cmd->role, .status = "active");
	return true;
}

/* ---- the reset: what the next step removes ----------------------------------------------------------- */

struct reset_step { struct entity *victims[A_STEP + 5]; int n; int64_t stage, bucket; char after[ID_MAX]; bool done; };

/* lines before what they stand on, customers last */
static const int stages[] = { AGGREGATE_subscription, AGGREGATE_service, AGGREGATE_service_order, AGGREGATE_provisioning_task,
	AGGREGATE_order, AGGREGATE_payment_attempt, AGGREGATE_payment_method, AGGREGATE_usage, AGGREGATE_customer };
#define STAGES ((int64_t)(sizeof stages / sizeof stages[0]))

/* a card leaves no tombstone: it is off file, and that is all */
static bool
removable(const struct entity *e)
{
	return e->aggregate != AGGREGATE_payment_method || e->status != PAYMENT_METHOD_REMOVED;
}

/* true: the stage is done */
static bool
collect_scenario(const struct tenant *t, struct reset_step *s)
{
	const char *kind = aggregate_name(stages[s->stage]);
	const struct index_node *at = NULL;
	char prefix[PATH_MAX_], from[PATH_MAX_];
	struct entity *e;

	path2(prefix, kind, "");
	path2(from, kind, s->after);
	while (s->n < A_STEP) {
		e = index_from(t, INDEX_SCENARIO, prefix, from, &at);
		if (!e)
			return true;
		keep(s->after, e->id);
		if (removable(e))
			s->victims[s->n++] = e;
	}
	return false;
}

/* a bucket is taken whole, so that the next step may begin behind it */
static bool
collect_all(const struct tenant *t, struct reset_step *s)
{
	int kind = stages[s->stage];
	int64_t end = world_buckets(t, kind), look = s->bucket + A_LOOK;

	for (; s->bucket < end; s->bucket++) {
		if (s->n >= A_STEP || s->bucket >= look)
			return false;
		for (struct entity *e = NULL; (e = world_in_bucket(t, kind, s->bucket, e));) {
			if (s->n == A_STEP + 5)
				return false;            /* a crowded one goes in two steps */
			if (removable(e))
				s->victims[s->n++] = e;
		}
	}
	return true;
}

static void
reset_next(const struct job_state *j, struct reset_step *s)
{
	*s = (struct reset_step){ .stage = j->stage, .bucket = j->bucket };
	keep(s->after, j->after);
	while (s->stage < STAGES) {
		if (!(j->everything ? collect_all : collect_scenario)(j->e.tenant, s))
			return;
		s->stage++;
		s->bucket = 0;
		s->after[0] = 0;
		if (s->n)
			return;
	}
	s->done = true;
}

/* ---- commands: the reset ----------------------------------------------------------------------------- */

static bool
admin_reset_operational_data(struct decision *d)
{
	const struct admin_reset_operational_data *cmd = d->args;

	emit(d, job_started, new_id(d, AGGREGATE_job), .kind = "reset", .everything = cmd->everything, .actor = d->caller->actor,
		.channel = d->caller->channel, .correlation = decision_correlation(d));
	return true;
}

static struct texts
paths_of(struct decision *d, const struct reset_step *s)
{
	struct texts t = { arena_array(d->arena, const char *, s->n + 1), s->n };

	for (int i = 0; i < s->n; i++)
		t.v[i] = arena_printf(d->arena, "%s/%s", aggregate_name(s->victims[i]->aggregate), s->victims[i]->id);
	return t;
}

static bool
job_step(struct decision *d)
{
	const struct job_state *j = JOB(d);
	struct reset_step s;

	reset_next(j, &s);
	if (!s.done) {
		emit(d, job_stepped, j->e.id, .removing = paths_of(d, &s), .stage = s.stage, .bucket = s.bucket,
			.after = s.after[0] ? s.after : NULL);
		return true;
	}
	emit(d, job_finished, j->e.id, .kind = j->kind, .steps = j->removed);
	emit(d, admin_operational_data_reset, "bss", .service = "bss", .everything = j->everything, .removed = j->removed);
	return true;
}

/* ---- events ------------------------------------------------------------------------------------------ */

static void
on_frozen(struct world *w, void *self, const void *event, int64_t at)
{
	struct business_clock c = *world_clock(w);

	(void)self, (void)at;
	c.frozen = true;
	c.frozen_at = ((const struct clock_frozen *)event)->at;
	world_clock_set(w, c);
}

static void
on_unfrozen(struct world *w, void *self, const void *event, int64_t at)
{
	struct business_clock c = *world_clock(w);

	(void)self, (void)event, (void)at;
	c.frozen = false;
	world_clock_set(w, c);
}

static void
on_advanced(struct world *w, void *self, const void *event, int64_t at)
{
	struct business_clock c = *world_clock(w);

	(void)self, (void)at;
	*(c.frozen ? &c.frozen_at : &c.offset) += ((const struct clock_advanced *)event)->micros;
	world_clock_set(w, c);
}

static void
on_agent_added(struct world *w, void *self, const void *event, int64_t at)
{
	(void)w, (void)at;
	keep(((struct agent_state *)self)->role, ((const struct agent_added *)event)->role);
}

/* due at once, and at another instant each time: a timer that stays where it was is taken for one that is stuck */
static void
next_step(struct world *w, struct job_state *j)
{
	timer_set(w, TIMER_JOB, &j->e, 1 + j->steps);
}

static void
on_started(struct world *w, void *self, const void *event, int64_t at)
{
	struct job_state *j = self;
	const struct job_started *e = event;

	(void)at;
	keep(j->kind, e->kind);
	keep(j->actor, e->actor);
	keep(j->channel, e->channel);
	keep(j->correlation, e->correlation);
	j->everything = e->everything;
	next_step(w, j);
}

static void
on_stepped(struct world *w, void *self, const void *event, int64_t at)
{
	struct job_state *j = self;
	const struct job_stepped *e = event;

	(void)at;
	j->steps++;
	j->removed += e->removing.n;
	j->stage = e->stage;
	j->bucket = e->bucket;
	keep(j->after, e->after);
	next_step(w, j);
}

static void
on_finished(struct world *w, void *self, const void *event, int64_t at)
{
	(void)event, (void)at;
	timer_set(w, TIMER_JOB, self, 0);
}

/* ---- the tables -------------------------------------------------------------------------------------- */

static const struct policy advance_policies[] = {
	{ "INVALID_DURATION", duration_is_valid, "A number and s, m, h or d" },
	{ 0 }
};
static const struct policy agent_policies[] = {
	{ "agent.add.already_exists", agent_is_new, "The agent's id is unused" },
	{ 0 }
};
static const struct policy step_policies[] = {
	{ "job.not_found", target_exists, "The job exists" },
	{ "job.step.only_if_running", valid_from_state, "The job is running" },
	{ 0 }
};
static const struct command commands[] = {
	/* args                                about             from             policies          decide */
	{ &clock_freeze_shape,                 AGGREGATE_clock, ANY_STATE,       NULL,             clock_freeze },
	{ &clock_unfreeze_shape,               AGGREGATE_clock, ANY_STATE,       NULL,             clock_unfreeze },
	{ &clock_advance_shape,                AGGREGATE_clock, ANY_STATE,       advance_policies, clock_advance },
	{ &agent_add_shape,                    AGGREGATE_agent, NEW,             agent_policies,   agent_add },
	{ &admin_reset_operational_data_shape, AGGREGATE_job,   NEW,             NULL,             admin_reset_operational_data },
	{ &job_step_shape,                     AGGREGATE_job,   IN(JOB_RUNNING), step_policies,    job_step },
	{ 0 }
};
static const struct transition transitions[] = {
	/* event                               to            apply */
	{ &clock_frozen_shape,                 STAY,         on_frozen },
	{ &clock_unfrozen_shape,               STAY,         on_unfrozen },
	{ &clock_advanced_shape,               STAY,         on_advanced },
	{ &agent_added_shape,                  STAY,         on_agent_added },
	{ &job_started_shape,                  JOB_RUNNING,  on_started },
	{ &job_finished_shape,                 JOB_FINISHED, on_finished },
	{ &admin_operational_data_reset_shape, STAY,         NULL },
	{ &notification_requested_shape,       STAY,         NULL },
	{ &job_stepped_shape,                  STAY,         on_stepped },
	{ 0 }
};
EVERY_COMMAND(commands, ADMIN_COMMANDS);
EVERY_EVENT(transitions, ADMIN_EVENTS);

static const struct aggregate aggregates[] = {
	{ AGGREGATE_agent, __FILE__, sizeof(struct agent_state), NULL },
	{ AGGREGATE_clock, __FILE__, sizeof(struct clock_state), NULL },
	{ AGGREGATE_job,   __FILE__, sizeof(struct job_state),   NULL },
	{ AGGREGATE_admin, __FILE__, sizeof(struct admin_state), NULL },
	{ 0 }
};
const struct module admin_module = { aggregates, commands, transitions };
