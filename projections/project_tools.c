/* project_tools.c -- `bss project rebuild [NAME...] [--verify]` and `bss project status [--json]`, for people and scripts. */
#include "projections/project.h"
#include <stdio.h>
#include <string.h>
#include "core/base/config.h"
#include "projections/follow.h"

static int
refused(const struct error *err)
{
	fprintf(stderr, "%s\n", err->message);
	if (err->hint[0])
		fprintf(stderr, "  %s\n", err->hint);
	return error_exit_code(err->kind);
}

/* ---- rebuild --------------------------------------------------------------------------------------------------------- */

static void
told(const char *name, int64_t at, int64_t of, double per_second)
{
	fprintf(stderr, "%-18s %12lld of %lld  %8.0f events/s\n", name, (long long)at, (long long)of, per_second);
}

static bool
chosen(int argc, char **argv, const struct projection **which, int *n, bool *verify, struct error *err)
{
	*n = 0;
	*verify = false;
	for (int i = 1; i < argc; i++) {
		const struct projection *p = projection_named(argv[i]);

		if (strcmp(argv[i], "--verify") == 0)
			*verify = true;
		else if (p && *n < 32)
			which[(*n)++] = p;
		else if (strcmp(argv[i], "--all") != 0)
			return error_set(err, ERROR_INVALID, "projection.unknown", "There is no read model %s", argv[i]);
	}
	if (*n == 0)
		for (const struct projection *const *p = projections; *p; p++)
			which[(*n)++] = *p;
	return true;
}

int
project_rebuild(int argc, char **argv)
{
	static const struct rebuild_progress progress = { told };
	const struct projection *which[32];
	uint8_t master[KEY_BYTES];
	struct error err = { 0 };
	struct buf report = { 0 };
	const char *url;
	bool verify, ok;
	int n;

	if (!chosen(argc, argv, which, &n, &verify, &err) || !project_settings(&url, master, &err))
		return refused(&err);
	ok = rebuild(url, master, which, n, verify, &progress, &report, &err);
	explicit_bzero(master, sizeof master);
	fputs(buf_text(&report), stdout);
	buf_free(&report);
	return ok ? 0 : refused(&err);
}

/* ---- status ------------------------------------------------------------------------------------------------------------- */

struct standing {
	struct checkpoint at;
	int64_t lag, error_position;
	double seconds;
	const char *error;
	bool there, shape_differs;
};

static bool
wait_of(struct pg *pg, int64_t position, double *seconds, struct error *err)
{
	char at[24];
	struct pg_result *r;

	snprintf(at, sizeof at, "%lld", (long long)position);
	r = pg_query(pg, NULL, "SELECT coalesce(extract(epoch FROM clock_timestamp() - min(recorded_at)), 0)::float8::text FROM"
	    " (SELECT recorded_at FROM log.event WHERE position > $1::bigint ORDER BY position LIMIT 1) AS e", 1,
	    (struct pg_param[]){ PG_TEXT(at) }, err);
	if (r)
		sscanf(pg_value(r, 0, 0), "%lf", seconds);
	pg_free(r);
	return r != NULL;
}

static bool
errors_of(struct pg *pg, const struct projection *p, struct arena *a, struct standing *s, struct error *err)
{
	char sql[160];
	struct pg_result *r;

	snprintf(sql, sizeof sql, "SELECT error, error_position FROM %s.checkpoint WHERE name = $1", p->name);
	r = pg_query(pg, NULL, sql, 1, (struct pg_param[]){ PG_TEXT(p->name) }, err);
	if (!r)
		return false;
	s->error = arena_strdup(a, pg_value(r, 0, 0));
	s->error_position = pg_value(r, 0, 1) ? pg_int(r, 0, 1) : 0;
	pg_free(r);
	return true;
}

static bool
standing_of(struct pg *pg, const struct projection *p, int64_t head, struct arena *a, struct standing *s, struct error *err)
{
	char shape[33], ours[33];

	*s = (struct standing){ .lag = head };
	if (!checkpoint_read(pg, p->name, p, false, &s->at, shape, err)) {
		bool missing = err->kind == ERROR_NOT_FOUND;

		*err = (struct error){ 0 };
		return missing;
	}
	s->there = true;
	s->lag = head - s->at.position;
	s->shape_differs = strcmp(shape, projection_fingerprint(p, ours)) != 0;
	return errors_of(pg, p, a, s, err) && (s->lag <= 0 || wait_of(pg, s->at.position, &s->seconds, err));
}

static void
as_json(struct json *j, const struct projection *p, const struct standing *s)
{
	json_object(j);
	json_put(j, "name", p->name);
	json_put_bool(j, "there", s->there);
	json_put_int(j, "position", s->at.position);
	json_put_int(j, "lag_events", s->lag);
	json_key(j, "lag_seconds");
	json_real(j, s->seconds);
	json_put_int(j, "generation", s->at.generation);
	json_put_bool(j, "waits_for_rebuild", s->shape_differs);
	json_put(j, "error", s->error);
	if (s->error)
		json_put_int(j, "error_position", s->error_position);
	json_object_end(j);
}

static void
as_line(const struct projection *p, const struct standing *s)
{
	if (!s->there)
		printf("%-18s not there yet\n", p->name);
	else
		printf("%-18s %12lld %10lld %9.1f s%s%s%s\n", p->name, (long long)s->at.position, (long long)s->lag, s->seconds,
		    s->shape_differs ? "  waits for a rebuild" : "", s->error ? "  " : "", s->error ? s->error : "");
}

static bool
print_status(struct pg *pg, bool json, struct error *err)
{
	struct arena *a = arena_new();
	struct buf out = { 0 };
	struct json j = json_to(&out);
	struct log_head head;
	bool ok = log_head_read(pg, &head, err);

	json_object(&j);
	json_put_int(&j, "head", ok ? head.position : 0);
	json_key(&j, "read_models");
	json_array(&j);
	if (ok && !json)
		printf("%-18s %12s %10s %11s\n%-18s %12lld\n", "read model", "position", "behind", "waiting", "(log)",
			(long long)head.position);
	for (const struct projection *const *p = projections; ok && *p; p++) {
		struct standing s;

		if (!(ok = standing_of(pg, *p, head.position, a, &s, err)))
			break;
		if (json)
			as_json(&j, *p, &s);
		else
			as_line(*p, &s);
	}
	json_array_end(&j);
	json_object_end(&j);
	if (ok && json)
		printf("%s\n", buf_text(&out));
	buf_free(&out);
	arena_free(a);
	return ok;
}

int
project_status(int argc, char **argv)
{
	bool json = argc > 1 && strcmp(argv[1], "--json") == 0, ok;
	struct error err = { 0 };
	const char *url = project_database(&err);
	struct pg *pg;

	if (!url)
		return refused(&err);
	pg = project_connect(url, "bss project status", &err);
	ok = pg && print_status(pg, json, &err);
	pg_close(pg);
	return ok ? 0 : refused(&err);
}
