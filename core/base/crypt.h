/* crypt.h -- libsodium's door: hashing the chain, sealing personal fields, comparing tokens. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HASH_BYTES 32
#define KEY_BYTES 32
#define SEAL_OVERHEAD 40                    /* 24 nonce + 16 tag (XChaCha20-Poly1305-IETF) */
#define WRAPPED_KEY_BYTES (KEY_BYTES + SEAL_OVERHEAD)

void crypt_start(void);                     /* once per process */
/* BLAKE2b-256 of the concatenation */
void hash_2(uint8_t out[HASH_BYTES], const void *a, size_t an, const void *b, size_t bn);
void hash_keyed(uint8_t out[HASH_BYTES], const uint8_t key[KEY_BYTES], const void *a, size_t n);
char *hash_hex(const uint8_t hash[HASH_BYTES], char out[2 * HASH_BYTES + 1]);
bool hash_from_hex(const char *hex, uint8_t out[HASH_BYTES]);
bool same_bytes(const void *a, const void *b, size_t n);          /* constant time */
void sha256_hex(const void *, size_t, char out[65]);

/* AEAD: out holds n + SEAL_OVERHEAD bytes; ad binds the box to its place (stream and field) */
void seal(const uint8_t key[KEY_BYTES], const void *plain, size_t n, const void *ad, size_t adn, uint8_t *out);
bool unseal(const uint8_t key[KEY_BYTES], const uint8_t *box, size_t n, const void *ad, size_t adn, uint8_t *out);
bool master_key_load(const char *path, uint8_t out[KEY_BYTES], bool create);   /* file of 64 hex digits, 0600 */
