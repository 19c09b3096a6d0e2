/* id.h -- identifiers and random bytes (libsodium's generator). */
#pragma once
#include <stddef.h>
#include <stdint.h>

#define ID_MAX 64                          /* with its NUL; an aggregate's id never exceeds 63 bytes */
#define UUID_TEXT 37

void random_bytes(void *, size_t);
uint64_t random_u64(void);
char *hex_format(const uint8_t *bytes, size_t n, char *out);   /* lower case; out holds 2 n + 1 */
char *random_hex(char *out, size_t digits);              /* lower case; out holds digits + 1 */
char *uuid_format(const uint8_t bytes[16], char out[UUID_TEXT]);
char *uuid_random(char out[UUID_TEXT]);                  /* RFC 9562 version 4 */
