/* effect.h -- what an effect is: it hears of open requests, works on many at once, and answers with a command.
 *
 * An effect has no log and no database; it gets only the fields of its requests.  The event's id is the idempotency key at the
 * provider, so working on a request twice (after a kill -9, a lost answer) has one effect there. */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "core/base/arena.h"
#include "core/base/json.h"

struct work {                            /* one open request */
	struct work *next;
	struct arena *arena;             /* everything of it */
	const struct provider *provider;
	const char *event, *event_id, *id, *tenant;
	const cJSON *fields;             /* of the request */
	int64_t due;                     /* monotonic: when step() is called next */
	int attempts;
	bool begun, waiting;             /* waiting: an answer is on its way to the core */
	bool last;                       /* the answer being sent ends the work */
	uint8_t sent[16];                /* id of the message that carries the answer */
	const char *op, *key;            /* the answer: operation, its arguments and idempotency key */
	const char *args;                /* JSON */
};
struct provider {
	const char *effect;              /* "payment": whose requests */
	void (*step)(struct work *);     /* does one step: sets due, or answers */
};
/* sends a command; `last` ends the work once the core has recorded it */
void work_answer(struct work *, const char *op, bool last, const char *args_json);
void work_later(struct work *, int64_t micros);      /* scaled by BSS_SIM_DELAY_SCALE */

extern const struct provider mock_payment, simulated_network;
