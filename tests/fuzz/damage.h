/* damage.h -- the same made-up accidents in every run: a die from a fixed seed, and bytes changed by it.
 *
 * Included by the fuzzers' own mains and by tests of readers; under libFuzzer nothing of it is used. */
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static uint64_t dice_state = 88172645463325252u;

/* Marsaglia, Xorshift RNGs, 2003: 64 bits, shifts 13, 7, 17 */
static inline uint64_t
dice(void)
{
	dice_state ^= dice_state << 13;
	dice_state ^= dice_state >> 7;
	dice_state ^= dice_state << 17;
	return dice_state;
}

/* Up to four bytes from `keep` on become others, half of them one of `spice` (NULL: any); one time in eight the end is cut off. */
static inline void
damage(uint8_t *bytes, size_t *n, size_t keep, const char *spice)
{
	for (uint64_t k = dice() % 5; k > 0 && *n > keep; k--)
		bytes[keep + dice() % (*n - keep)] = spice && dice() % 2 ? (uint8_t)spice[dice() % strlen(spice)] : (uint8_t)dice();
	if (*n >= keep && dice() % 8 == 0)
		*n = keep + dice() % (*n - keep + 1);
}
