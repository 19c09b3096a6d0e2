/* metrics.c -- see metrics.h.  Label values are our own route templates and names of rules, so a client cannot make the
 * tables grow. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "core/base/config.h"
#include "core/base/json.h"
#include "core/base/must.h"
#include "gateways/http/gateway.h"
#include "projections/projection.h"

static const int64_t bounds[METRIC_BUCKETS] = { 500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 500000,
	1000000, 2500000 };

static struct metric_route *
route_of(struct metrics *m, const char *method, const char *route)
{
	for (int i = 0; i < m->n; i++)
		if (strcmp(m->routes[i].route, route) == 0 && strcmp(m->routes[i].method, method) == 0)
			return &m->routes[i];
	if (m->n == METRIC_ROUTES)
		return &m->routes[METRIC_ROUTES - 1];
	if (m->n == METRIC_ROUTES - 1)               /* the last place is everybody's who comes too late */
		method = "OTHER", route = "others";
	m->routes[m->n] = (struct metric_route){ .method = method, .route = route };
	return &m->routes[m->n++];
}

void
metrics_request(struct metrics *m, const char *method, const char *route, int status, int64_t micros)
{
	struct metric_route *r = route_of(m, method, route);
	size_t most = sizeof r->statuses / sizeof r->statuses[0], i = 0;

	while (i < most - 1 && r->statuses[i].status && r->statuses[i].status != status)
		i++;
	r->statuses[i].status = status;
	r->statuses[i].n++;
	r->n++;
	r->sum += micros;
	for (int b = 0; b < METRIC_BUCKETS; b++)
		r->buckets[b] += micros <= bounds[b];
}

void
metrics_refusal(struct metrics *m, const char *rule)
{
	int i = 0;

	while (i < m->n_refusals && strcmp(m->refusals[i].rule, rule) != 0)
		i++;
	if (i == METRIC_RULES)
		return;
	if (i == m->n_refusals)
		snprintf(m->refusals[m->n_refusals++].rule, sizeof m->refusals[i].rule, "%s", rule);
	m->refusals[i].n++;
}

static void
write_route(const struct metric_route *r, struct buf *out)
{
	for (int b = 0; b < METRIC_BUCKETS; b++)
		buf_printf(out, "bss_http_request_seconds_bucket{method=\"%s\",route=\"%s\",le=\"%g\"} %lld\n", r->method, r->route,
		    (double)bounds[b] / 1e6, (long long)r->buckets[b]);
	buf_printf(out, "bss_http_request_seconds_bucket{method=\"%s\",route=\"%s\",le=\"+Inf\"} %lld\n", r->method, r->route,
	    (long long)r->n);
	buf_printf(out, "bss_http_request_seconds_sum{method=\"%s\",route=\"%s\"} %lld.%06lld\n", r->method, r->route,
	    (long long)(r->sum / 1000000), (long long)(r->sum % 1000000));
	buf_printf(out, "bss_http_request_seconds_count{method=\"%s\",route=\"%s\"} %lld\n", r->method, r->route,
	    (long long)r->n);
}

static void
gauge(struct buf *out, const char *name, const char *kind, const char *help, int64_t value)
{
	buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n%s %lld\n", name, help, name, kind, name, (long long)value);
}

static void
write_requests(const struct metrics *m, struct buf *out)
{
	buf_str(out, "# HELP bss_http_requests_total Requests by route and status\n# TYPE bss_http_requests_total counter\n");
	for (int i = 0; i < m->n; i++)
		for (size_t s = 0; s < sizeof m->routes[i].statuses / sizeof m->routes[i].statuses[0]; s++)
			if (m->routes[i].statuses[s].status)
				buf_printf(out, "bss_http_requests_total{method=\"%s\",route=\"%s\",status=\"%d\"} %lld\n", m->routes[i].method,
				    m->routes[i].route, m->routes[i].statuses[s].status, (long long)m->routes[i].statuses[s].n);
	buf_str(out, "# HELP bss_http_request_seconds Time to answer\n# TYPE bss_http_request_seconds histogram\n");
	for (int i = 0; i < m->n; i++)
		write_route(&m->routes[i], out);
}

static void
write_answers(const struct metrics *m, struct buf *out)
{
	static const char *const kinds[] = { "ok", "accepted", "refused", "failed" };

	buf_str(out, "# HELP bss_command_answers_total Answers of the core\n# TYPE bss_command_answers_total counter\n");
	for (int i = 0; i < 4; i++)
		buf_printf(out, "bss_command_answers_total{answer=\"%s\"} %lld\n", kinds[i], (long long)m->answers[i]);
	buf_str(out, "# HELP bss_refusals_total Commands that a rule refused\n# TYPE bss_refusals_total counter\n");
	for (int i = 0; i < m->n_refusals; i++)
		buf_printf(out, "bss_refusals_total{rule=\"%s\"} %lld\n", m->refusals[i].rule, (long long)m->refusals[i].n);
	gauge(out, "bss_http_unauthorised_total", "counter", "Requests without a valid token", m->unauthorised);
}

static void
write_models(const struct gateway *g, struct buf *out)
{
	buf_str(out, "# HELP bss_projection_lag_events Events a read model is behind the log\n"
	    "# TYPE bss_projection_lag_events gauge\n");
	for (int i = 0; projections[i] && i < MODELS_MAX; i++)
		if (g->reach.heard[i])
			buf_printf(out, "bss_projection_lag_events{projection=\"%s\"} %lld\n", projections[i]->name,
			    (long long)(g->head > g->reach.position[i] ? g->head - g->reach.position[i] : 0));
}

/* ---- the processes, as `bss up` knows them ---------------------------------------------------------- */

static const cJSON *
supervised(struct arena *a)
{
	char text[8192];
	struct error ignored;
	int fd = open(arena_printf(a, "%s/up.status", config_state_dir()), O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, text, sizeof text) : -1;

	if (fd >= 0)
		close(fd);
	return n > 0 ? cJSON_GetObjectItem(json_parse(a, text, (size_t)n, &ignored), "processes") : NULL;
}

/* without a supervisor of ours there is nothing to tell */
static void
write_processes(struct arena *a, struct buf *out)
{
	const cJSON *all = supervised(a), *p;

	if (!all)
		return;
	buf_str(out, "# HELP bss_process_ready Whether a process is ready\n# TYPE bss_process_ready gauge\n");
	cJSON_ArrayForEach(p, all)
		buf_printf(out, "bss_process_ready{process=\"%s\"} %d\n", json_text(p, "name"),
		strcmp(json_text(p, "state"), "ready") == 0);
	buf_str(out, "# HELP bss_process_restarts_total Times a process was started again\n"
	    "# TYPE bss_process_restarts_total counter\n");
	cJSON_ArrayForEach(p, all)
		buf_printf(out, "bss_process_restarts_total{process=\"%s\"} %d\n", json_text(p, "name"),
		    (int)cJSON_GetNumberValue(cJSON_GetObjectItem(p, "restarts")));
}

void
metrics_write(struct gateway *g, struct buf *out)
{
	struct pool_counts p = pool_counts(g->pool);

	write_requests(&g->metrics, out);
	write_answers(&g->metrics, out);
	write_models(g, out);
	write_processes(g->turn, out);
	gauge(out, "bss_log_head", "gauge", "Position of the log's head", g->head);
	gauge(out, "bss_events_total", "counter", "Events committed since the log began", g->head);
	gauge(out, "bss_bus_requests_under_way", "gauge", "Requests to the core that wait", g->core.under_way);
	gauge(out, "bss_http_connections", "gauge", "Open connections", door_connections(g->door));
	gauge(out, "bss_http_connections_max", "gauge", "Connections there is room for", door_places(g->door));
	gauge(out, "bss_http_held_bytes", "gauge", "Request bodies and answers in memory", (int64_t)door_held(g->door));
	gauge(out, "bss_db_connections", "gauge", "Connections to the read models", p.connections);
	gauge(out, "bss_db_busy", "gauge", "Connections at work", p.busy);
	gauge(out, "bss_db_queued", "gauge", "Statements that wait for a connection", p.queued);
	gauge(out, "bss_db_statements_total", "counter", "Statements sent", p.statements);
	gauge(out, "bss_db_failures_total", "counter", "Statements that failed", p.failures);
	gauge(out, "bss_db_connects_total", "counter", "Connections opened", p.reconnects);
}
