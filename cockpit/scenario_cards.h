/* scenario_cards.h -- a story as it happens: each step's result as the card that the verbs would show. */
#pragma once
#include "cockpit/scenario.h"
#include "cockpit/terminal.h"
#include "core/base/buf.h"

struct scenario_cards {
	const struct scenario_host *host;
	struct terminal terminal;
	struct buf before;                     /* the card shown last: what did not change is not shown again */
};
/* a listener of scenario_options */
void scenario_cards_told(void *cards, int step, int of, const struct step_report *);
