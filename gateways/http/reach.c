/* reach.c -- read your writes: how far each read model is, what each token wrote last, and who waits for what.
 *
 * Projectors say what they have applied; what they said while nobody listened, or before this process lived, is asked
 * of the checkpoints themselves.  So is everything after a connection to the database was lost: read models are not
 * flushed at each commit, so a server that crashed may have come back a moment before what was said of it. */
#include <stdio.h>
#include <string.h>
#include "core/base/clock.h"
#include "gateways/http/gateway.h"
#include "projections/projection.h"

#define PATIENCE (2 * SECOND)
#define PROBE_AFTER (SECOND / 10)            /* waiting longer than this, the checkpoints are asked */
#define PROBE_IDLE (SECOND / 2)              /* and so often for models that nobody spoke of, or that seem to stand */

static int
model_index(const char *name, size_t n)
{
	for (int i = 0; projections[i] && i < MODELS_MAX; i++)
		if (strlen(projections[i]->name) == n && memcmp(projections[i]->name, name, n) == 0)
			return i;
	return -1;
}

unsigned
reach_models(const char *names)
{
	unsigned set = 0;

	for (const char *p = names; p && *p;) {
		size_t n = strcspn(p, " ");
		int i = n ? model_index(p, n) : -1;
		if (i >= 0)
			set |= 1u << i;
		p += n + (p[n] == ' ');
	}
	return set;
}

/* ---- what a token wrote ------------------------------------------------------------------------ */

/* which read models an operation of a domain may change; anything else may change all of them */
static const struct { const char *domain, *models; } concerns[] = {
	{ "mediation", "mediation subscription audit" }, { "crm", "crm audit" }, { "catalog", "catalog audit" },
	{ "inventory", "inventory audit" },
};

static int64_t *
written_by(struct reach *r, const struct identity *who)
{
	int i = 0;

	while (i < r->n_tokens && r->tokens[i].who != who)
		i++;
	if (i == (int)(sizeof r->tokens / sizeof r->tokens[0]))
		i = 0;
	if (i == r->n_tokens)
		r->n_tokens++;
	r->tokens[i].who = who;
	return r->tokens[i].wrote;
}

void
job_wrote(struct job *j, const char *domain, int64_t position)
{
	int64_t *wrote = written_by(&j->gateway->reach, j->claims.who);
	unsigned set = ~0u;

	for (size_t i = 0; domain && i < sizeof concerns / sizeof concerns[0]; i++)
		if (strcmp(concerns[i].domain, domain) == 0)
			set = reach_models(concerns[i].models);
	for (int i = 0; i < MODELS_MAX; i++)
		if (set >> i & 1 && wrote[i] < position)
			wrote[i] = position;
}

/* ---- waiting --------------------------------------------------------------------------------------- */

static int64_t
wanted(struct reach *r, const struct job *j, int model)
{
	return j->position >= 0 ? j->position : written_by(r, j->claims.who)[model];
}

/* a model that is not there yet; -1: all are */
static int
missing(struct reach *r, const struct job *j)
{
	for (int i = 0; i < MODELS_MAX; i++)
		if (j->models >> i & 1 && r->position[i] < wanted(r, j, i))
			return i;
	return -1;
}

static void
behind(struct reach *r, struct job *j, int model)
{
	struct error err = { 0 };
	int64_t lag = wanted(r, j, model) - r->position[model];

	error_set(&err, ERROR_UNAVAILABLE, "PROJECTION_BEHIND", "The read model %s is %lld events behind what you wrote",
	    projections[model]->name, (long long)lag);
	error_hint(&err, "Repeat in a moment; `bss project status` shows the read models");
	error_fact(&err, "projection", projections[model]->name);
	error_fact_int(&err, "lag", lag);
	error_fact_int(&err, "position", r->position[model]);
	j->failed(j, &err);
}

/* position < 0: whatever the token wrote */
static void
wait_for(struct job *j, const char *models, int64_t position, void (*then)(struct job *))
{
	struct reach *r = &j->gateway->reach;

	j->models = reach_models(models);
	j->position = position;
	j->then.reached = then;
	if (missing(r, j) < 0) {
		then(j);
		return;
	}
	j->until = mono_now() + PATIENCE;
	j->next = r->waiting;
	r->waiting = j;
}

void
job_reach(struct job *j, const char *models, void (*then)(struct job *))
{
	wait_for(j, models, j->after > 0 ? j->after : -1, then);
}

void
job_reach_position(struct job *j, const char *models, int64_t position, void (*then)(struct job *))
{
	wait_for(j, models, position, then);
}

/* ---- asking the checkpoints ---------------------------------------------------------------------------- */

static void
note(struct reach *r, const char *model, int64_t position)
{
	int i = model ? model_index(model, strlen(model)) : -1;

	if (i < 0)
		return;
	if (r->position[i] != position)
		r->behind[i] = 0;
	r->position[i] = position;                   /* a restored log may be shorter: no maximum here */
	r->heard[i] = mono_now();
}

static void
probe_failed(struct job *j, const struct error *err)
{
	(void)err;
	j->gateway->reach.probing = false;
}

static void
probe_rows(struct job *j, const struct pg_result *rows)
{
	struct reach *r = &j->gateway->reach;

	r->probing = false;
	if (r->probe_old)
		return;
	r->unanswered = 0;
	r->doubt = false;
	for (int i = 0; i < pg_rows(rows); i++)
		note(r, pg_value(rows, i, 0), pg_int(rows, i, 1));
}

static void
probe(struct reach *r, unsigned models, int64_t now)
{
	struct buf sql = { 0 };

	if (!models || r->probing || now - r->probed < PROBE_AFTER)
		return;
	for (int i = 0; projections[i] && i < MODELS_MAX; i++)
		if (models >> i & 1)
			buf_printf(&sql, "%sSELECT name, position FROM %s.checkpoint", sql.len ? " UNION ALL " : "",
				projections[i]->name);
	arena_reset(r->probe.arena);
	const char *text = arena_strdup(r->probe.arena, sql.data);
	buf_free(&sql);
	r->probing = true;
	r->probe_old = false;
	r->probed = now;
	if (!r->unanswered)
		r->unanswered = now;
	job_select(&r->probe, NULL, text, 0, NULL, probe_rows);
}

void
reach_start(struct reach *r, struct gateway *g)
{
	r->gateway = g;
	r->probe = (struct job){ .gateway = g, .arena = arena_new(), .failed = probe_failed };
}

void
reach_hear(struct reach *r, const char *model, int64_t position)
{
	if (!r->doubt)
		note(r, model, position);
}

/* said before the crash, a position may be above where the model stands now: all are asked for anew */
static void
doubt_after_loss(struct reach *r)
{
	int64_t losses = pool_counts(r->gateway->pool).losses;

	if (losses == r->losses)
		return;
	r->losses = losses;
	r->doubt = true;
	r->probe_old = r->probing;
	r->probed = 0;
	memset(r->position, 0, sizeof r->position);
	memset(r->heard, 0, sizeof r->heard);
	memset(r->behind, 0, sizeof r->behind);
}

static void
note_who_stands(struct reach *r, int64_t now)
{
	for (int i = 0; projections[i] && i < MODELS_MAX; i++)
		r->behind[i] = r->position[i] >= r->gateway->head ? 0 : r->behind[i] ? r->behind[i] : now;
}

/* a note that was lost, or was published before this process lived, is not repeated while nothing happens */
static unsigned
unheard(const struct reach *r, int64_t now)
{
	unsigned set = 0;

	if (now - r->probed < PROBE_IDLE)
		return 0;
	for (int i = 0; projections[i] && i < MODELS_MAX; i++)
		if (r->curious || !r->heard[i] || (r->behind[i] && now - r->behind[i] > PROBE_IDLE))
			set |= 1u << i;
	return set;
}

void
reach_run(struct reach *r, int64_t now)
{
	struct job *all = r->waiting, *ready = NULL;

	doubt_after_loss(r);
	note_who_stands(r, now);
	unsigned late = unheard(r, now);
	r->curious = r->curious && !late;
	r->waiting = NULL;
	for (struct job *j = all, *next; j; j = next) {
		next = j->next;
		int model = missing(r, j);
		struct job **list = model < 0 || now >= j->until ? &ready : &r->waiting;
		if (model >= 0 && now > j->until - PATIENCE + PROBE_AFTER)
			late |= 1u << model;
		j->next = *list;
		*list = j;
	}
	for (struct job *j = ready, *next; j; j = next) {
		next = j->next;
		int model = missing(r, j);
		if (model < 0)
			j->then.reached(j);
		else
			behind(r, j, model);
	}
	probe(r, late, now);
}

/* a server that hangs keeps its connections open: only an answer proves that there is somebody */
bool
reach_answered(struct reach *r)
{
	r->curious = true;
	return !r->unanswered || mono_now() - r->unanswered < PATIENCE;
}
