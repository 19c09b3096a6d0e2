/* up_probe.c -- does it answer?  The same questions that anybody may ask, so "ready" means ready for people. */
#include "cockpit/up.h"
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "cockpit/client.h"
#include "core/base/config.h"
#include "core/base/http_client.h"
#include "core/base/json.h"
#include "core/base/log.h"

#define PROBE_TIMEOUT (SECOND / 2)

static bool
ask(struct up *u, const char *op, struct arena *a, struct call_result *r)
{
	struct call_options o = { .timeout = PROBE_TIMEOUT, .patience = 1 };
	struct error ignored;

	if (!u->client)
		u->client = client_new(&(struct client_as){ .actor = "system:up", .channel = "system",
			.token = secret_value(u->tokens, "BSS_API_TOKEN") });
	return client_call(u->client, op, NULL, &o, a, r, &ignored);
}

static bool
answers(struct up *u, const char *op)
{
	struct arena *a = arena_new();
	struct call_result r;
	bool ok = ask(u, op, a, &r);

	arena_free(a);
	return ok;
}

bool
probe_core(struct up *u)
{
	return answers(u, "core.status");
}

bool
probe_history(struct up *u)
{
	return answers(u, "log.head");
}

bool
probe_gateway(struct up *u)
{
	struct arena *a = arena_new();
	const char *address = config_text("BSS_HTTP_ADDRESS");
	bool any = strcmp(address, "0.0.0.0") == 0 || strcmp(address, "::") == 0;
	struct http_request q = { .timeout = PROBE_TIMEOUT, .url = arena_printf(a, strchr(address, ':') && !any ?
		"http://[%s]:%lld/health/ready" : "http://%s:%lld/health/ready", any ? "127.0.0.1" : address,
		(long long)config_int("BSS_HTTP_PORT")) };
	struct http_response r = { 0 };
	struct error ignored;

	(void)u;
	bool ok = http_fetch(&q, a, &r, &ignored) && r.status == 200;
	arena_free(a);
	return ok;
}

/* ---- the head, written outside the database once a day ------------------------------------------------------ */

/* the day of the file's last line, "" when there is none */
static void
last_day(const char *path, char day[11])
{
	FILE *f = fopen(path, "re");
	char line[512];

	day[0] = 0;
	while (f && fgets(line, sizeof line, f))
		snprintf(day, 11, "%.10s", line);
	if (f)
		fclose(f);
}

static bool
append_line(const char *path, const char *line)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	size_t n = strlen(line);
	bool ok = fd >= 0 && write(fd, line, n) == (ssize_t)n && fdatasync(fd) == 0;

	if (fd >= 0)
		close(fd);
	return ok;
}

/* whoever rewrites the log and its hashes would have to find this file too */
bool
up_note_head(struct up *u)
{
	const char *path = up_path(u, "heads.log");
	char now[TIME_TEXT], day[11];
	struct arena *a = arena_new();
	struct call_result r;
	bool ok = true;

	time_format(wall_now() / SECOND * SECOND, now);
	last_day(path, day);
	if (strncmp(day, now, 10) != 0)
		ok = ask(u, "log.head", a, &r) &&
		    append_line(path, arena_printf(a, "%s %s\n", now, json_print(a, r.json)));
	arena_free(a);
	return ok;
}
