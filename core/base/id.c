/* id.c -- random identifiers.
 *
 * libsodium's generator is the only source of randomness in the tree: an identifier that can be guessed
 * is a key that was given away (sessions, proposals, codes). */
#include "core/base/id.h"
#include "core/base/crypt.h"
#include "core/base/must.h"
#include <pthread.h>
#include <sodium.h>
#include <string.h>

static const char hex_digits[] = "0123456789abcdef";

/* A question to the system costs more than deciding a command, so what identifiers and nonces need is drawn by the page:
 * given out once, wiped behind it, and not inherited by a child.  Keys and longer wishes go to the system themselves. */
static _Thread_local struct { uint8_t bytes[4096]; size_t left; } drawn;

static void
forget_drawn(void)
{
	drawn.left = 0;
}

static void
draw(void)
{
	static _Thread_local bool watched;
	if (!watched)
		must(pthread_atfork(NULL, NULL, forget_drawn) == 0);
	watched = true;
	randombytes_buf(drawn.bytes, sizeof drawn.bytes);
	drawn.left = sizeof drawn.bytes;
}

void
random_bytes(void *p, size_t n)
{
	crypt_start();
	if (n >= KEY_BYTES) {
		randombytes_buf(p, n);
		return;
	}
	if (drawn.left < n)
		draw();
	drawn.left -= n;
	memcpy(p, drawn.bytes + drawn.left, n);
	sodium_memzero(drawn.bytes + drawn.left, n);
}

uint64_t
random_u64(void)
{
	uint64_t v;
	random_bytes(&v, sizeof v);
	return v;
}

char *
hex_format(const uint8_t *bytes, size_t n, char *out)
{
	for (size_t i = 0; i < n; i++) {
		out[2 * i] = hex_digits[bytes[i] >> 4];
		out[2 * i + 1] = hex_digits[bytes[i] & 15];
	}
	out[2 * n] = 0;
	return out;
}

char *
random_hex(char *out, size_t digits)
{
	uint8_t bytes[16];
	for (size_t i = 0; i < digits; i++) {
		if (i % (2 * sizeof bytes) == 0)
			random_bytes(bytes, digits - i < 2 * sizeof bytes ? (digits - i + 1) / 2 : sizeof bytes);
		uint8_t b = bytes[i / 2 % sizeof bytes];
		out[i] = hex_digits[i % 2 ? b & 15 : b >> 4];
	}
	out[digits] = 0;
	return out;
}

char *
uuid_format(const uint8_t b[16], char out[UUID_TEXT])
{
	char *p = out;
	for (int i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*p++ = '-';
		*p++ = hex_digits[b[i] >> 4];
		*p++ = hex_digits[b[i] & 15];
	}
	*p = 0;
	return out;
}

char *
uuid_random(char out[UUID_TEXT])
{
	uint8_t b[16];
	random_bytes(b, sizeof b);
	b[6] = (uint8_t)((b[6] & 0x0F) | 0x40);
	b[8] = (uint8_t)((b[8] & 0x3F) | 0x80);
	return uuid_format(b, out);
}
