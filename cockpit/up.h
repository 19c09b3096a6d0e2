/* up.h -- between the files of the supervisor (`bss up`, `bss down`) only.
 *
 * One process, one loop: a private Postgres, then a process per privilege.  Each child gets the environment it needs
 * and nothing else; what dies is started again; what `up` itself leaves behind dies with it (PDEATHSIG). */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/error.h"

#define UP_USER       "bss"              /* who everything runs as when root starts it */
#define UP_DATABASE   "bss"
#define UP_OWNER      "bss_owner"
#define UP_LOCK       "up.pid"
#define UP_STATUS     "up.status"
#define UP_DATABASE_FILE "database.env"  /* where somebody's own server is; not there: the private one */
#define BACKOFF_MIN   (SECOND / 10)
#define BACKOFF_MAX   (10 * SECOND)
#define HEALTHY_AFTER (30 * SECOND)      /* from then on a failure starts with the shortest pause again */
#define GIVE_UP_AFTER 5                  /* failures in a row before the first time ready */
#define STOP_PATIENCE (10 * SECOND)

struct secret { const char *name, *value; };       /* rows end with a nameless one */

enum need {
	NEEDS_DB = 1,                    /* BSS_DB_URL with a Postgres role of its own */
	NEEDS_TOKENS = 2,                /* who may speak to it */
	NEEDS_EFFECT_TOKEN = 4,          /* what it says to the core who it is */
};
struct up;
struct child_row {
	const char *name;                /* in messages, logs/NAME.log and the status */
	const char *args[3];             /* bss ARGS; none: Postgres */
	const char *db_role;
	unsigned needs;
	bool (*probe)(struct up *);      /* does it answer?  NULL: running is enough */
	int stop_signal;
	bool effect;                     /* left out by --no-effects */
};
struct child {
	const struct child_row *row;
	bool wanted;
	pid_t pid;                       /* 0: not running */
	int64_t started, probe_at;       /* monotonic */
	int64_t started_wall;
	int64_t start_at, backoff;       /* not before then */
	int restarts, failures;          /* failures in a row without having been ready */
	bool ready, once_ready, said;
	int missed;                      /* probes in a row without an answer */
};
#define UP_CHILDREN 6

struct up {
	struct arena *arena;             /* of the process */
	const char *state;               /* absolute */
	const char *external;            /* BSS_DB_URL as given; NULL: the private Postgres */
	struct secret *tokens, *passwords;
	struct child children[UP_CHILDREN];
	int exe, lock, signals;          /* descriptors: this program, up.pid, signalfd */
	int progress;                    /* where people read; -1: nobody does */
	struct client *client;           /* for probes */
	bool no_effects, background;
	bool migrated, ready, stopping;
	int exit_code;
	int64_t began, disk_at, head_at, patience_at;
	int disk_percent;
};

/* up.c */
void up_say(struct up *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
const char *up_path(struct up *, const char *name);                    /* in the state folder */

/* up_state.c: the folder, the user, the lock, the disk */
bool up_become_user(char **argv, struct error *);                       /* root: comes back as UP_USER in a fresh process */
bool up_state_prepare(struct up *, struct error *);
bool up_lock(struct up *, pid_t *holder, struct error *);               /* false without error: *holder has it */
pid_t up_lock_holder(const char *state);                                /* 0: nobody */
bool up_write_file(const char *path, const void *, size_t, struct error *);    /* 0600, whole or not at all */
bool up_port_free(struct error *);
bool up_disk_ok(struct up *, struct error *);
void up_disk_watch(struct up *);
int up_log_open(struct up *, const char *name);

/* up_secrets.c */
bool up_secrets(struct up *, struct error *);
const char *secret_value(const struct secret *, const char *name);

/* up_postgres.c */
bool postgres_is_here(struct up *, struct error *);                     /* false: it was elsewhere, and nobody says where */
bool postgres_prepare(struct up *, struct error *);                     /* initdb, the first time; what survived, stopped */
char *const *postgres_argv(struct up *, struct error *);
bool postgres_answers(struct up *);
bool postgres_migrate(struct up *, struct error *);
const char *postgres_url(struct up *, const char *role, struct arena *);

/* up_child.c */
bool child_start(struct up *, struct child *, struct error *);
void child_exited(struct up *, struct child *, int status);
void children_stop(struct up *);
const char *child_trouble(struct up *, const struct child *, struct arena *);
const char *child_last_words(struct up *, const struct child *, struct arena *);

/* up_probe.c */
bool probe_core(struct up *);
bool probe_history(struct up *);
bool probe_gateway(struct up *);
bool up_note_head(struct up *);                                         /* today's head into heads.log */

/* up_status.c */
void status_write(struct up *);
bool status_ready(const char *state);
int status_main(bool json);
