/* house.h -- core, projector, effect and gateway as processes against a throwaway Postgres, without a supervisor: for tests of
 * what happens when one of them, or what they stand on, fails.  STACK_BIN names the program. */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/crypt.h"
#include "core/base/id.h"
#include "core/base/pg.h"
#include "core/bus/bus.h"

#define PATIENCE (40 * SECOND)

struct house {
	char dir[64], token[49], effect_token[49], project_url[400];
	uint8_t master[KEY_BYTES];
	struct pg *owner;
	struct bus_client *bus;
	struct arena *arena;
	const char *settings[4];         /* "BSS_LEASE_SECONDS=1": of what is started next */
};
extern struct house house;
int house_start(void **state), house_stop(void **state);     /* seeded, everything runs */
int read_models(void);                                       /* how many there are */

struct process { const char *name, *args[3], *role; pid_t pid; };
struct process *process_named(const char *name);             /* core, project, effect, gateway, history; NULL */
void start_process(struct process *, const char *fault);     /* fault: "publish_lost@3", or NULL */
void end_process(struct process *);
pid_t house_spawn(const char *name, const char *const args[3], const char *role, const char *fault);
void tend(void);                                             /* what ended is started again, healthy */

struct command {
	const char *op, *args, *key;
	int64_t await;
	bool answered;
	char id[ID_MAX];
	int64_t position;
	uint8_t request[16];
};
struct bus_header house_header(void);
void item_of(const struct command *, struct bus_item *, struct buf *packed);
bool note_answer(struct command *, const struct bus_answer *);       /* true: this answer stands */
void until_answered(struct command *);                       /* repeated under its key until there is an answer */
void send_all(struct command *, int n);                      /* at once: some are decided while others commit */
void collect(struct command *, int n);
