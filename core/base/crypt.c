/* crypt.c -- the few cryptographic steps the system takes, all of them libsodium's.
 *
 * The chain is BLAKE2b-256; personal fields are sealed with XChaCha20-Poly1305, whose 24 byte nonce may
 * be drawn at random without counting.  The box is bound to its place in the log (stream and field), so
 * a sealed value moved to another row does not open. */
#include "core/base/crypt.h"
#include "core/base/id.h"
#include "core/base/must.h"
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NONCE_BYTES crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
_Static_assert(SEAL_OVERHEAD == NONCE_BYTES + crypto_aead_xchacha20poly1305_ietf_ABYTES, "SEAL_OVERHEAD");

void
crypt_start(void)
{
	static bool started;
	if (!started)
		must(sodium_init() >= 0);         /* 1 when it already was */
	started = true;
}

void
hash_2(uint8_t out[HASH_BYTES], const void *a, size_t an, const void *b, size_t bn)
{
	crypto_generichash_state s;
	crypto_generichash_init(&s, NULL, 0, HASH_BYTES);
	crypto_generichash_update(&s, a, an);
	crypto_generichash_update(&s, b, bn);
	crypto_generichash_final(&s, out, HASH_BYTES);
}

void
hash_keyed(uint8_t out[HASH_BYTES], const uint8_t key[KEY_BYTES], const void *a, size_t n)
{
	crypto_generichash(out, HASH_BYTES, a, n, key, KEY_BYTES);
}

char *
hash_hex(const uint8_t hash[HASH_BYTES], char out[2 * HASH_BYTES + 1])
{
	return sodium_bin2hex(out, 2 * HASH_BYTES + 1, hash, HASH_BYTES);
}

bool
hash_from_hex(const char *hex, uint8_t out[HASH_BYTES])
{
	size_t n = 0;
	return hex && strlen(hex) == 2 * HASH_BYTES &&
		sodium_hex2bin(out, HASH_BYTES, hex, 2 * HASH_BYTES, NULL, &n, NULL) == 0 && n == HASH_BYTES;
}

bool
same_bytes(const void *a, const void *b, size_t n)
{
	return sodium_memcmp(a, b, n) == 0;
}

void
sha256_hex(const void *p, size_t n, char out[65])
{
	uint8_t digest[crypto_hash_sha256_BYTES];
	crypto_hash_sha256(digest, p, n);
	sodium_bin2hex(out, 65, digest, sizeof digest);
}

void
seal(const uint8_t key[KEY_BYTES], const void *plain, size_t n, const void *ad, size_t adn, uint8_t *out)
{
	random_bytes(out, NONCE_BYTES);
	crypto_aead_xchacha20poly1305_ietf_encrypt(out + NONCE_BYTES, NULL, plain, n, ad, adn, NULL, out, key);
}

bool
unseal(const uint8_t key[KEY_BYTES], const uint8_t *box, size_t n, const void *ad, size_t adn, uint8_t *out)
{
	return n >= SEAL_OVERHEAD && crypto_aead_xchacha20poly1305_ietf_decrypt(out, NULL, NULL,
		box + NONCE_BYTES, n - NONCE_BYTES, ad, adn, box, key) == 0;
}

static bool
write_all(int fd, const char *p, size_t n)
{
	while (n) {
		ssize_t w = write(fd, p, n);
		if (w < 0 && errno == EINTR)
			continue;
		if (w <= 0)
			return false;
		p += w;
		n -= (size_t)w;
	}
	return true;
}

static bool
master_key_create(const char *path)
{
	uint8_t key[KEY_BYTES];
	char hex[2 * KEY_BYTES + 2];
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return errno == EEXIST;
	crypt_start();
	randombytes_buf(key, sizeof key);
	sodium_bin2hex(hex, sizeof hex, key, sizeof key);
	hex[2 * KEY_BYTES] = '\n';
	/* the key must be on the disk before the first event is sealed with it */
	bool ok = write_all(fd, hex, sizeof hex - 1) && fsync(fd) == 0;
	ok = close(fd) == 0 && ok;
	sodium_memzero(key, sizeof key);
	sodium_memzero(hex, sizeof hex);
	if (!ok)
		unlink(path);
	return ok;
}

bool
master_key_load(const char *path, uint8_t out[KEY_BYTES], bool create)
{
	if (create && access(path, F_OK) != 0 && !master_key_create(path))
		return false;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	struct stat st;
	char hex[2 * KEY_BYTES + 3] = { 0 };
	/* others may not read it: a key that the group can read is not a secret */
	bool ok = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (st.st_mode & 077) == 0;
	ssize_t n = ok ? read(fd, hex, sizeof hex - 1) : -1;
	close(fd);
	ok = n >= 2 * KEY_BYTES;
	hex[2 * KEY_BYTES + 2] = 0;
	ok = ok && (hex[2 * KEY_BYTES] == 0 || strcmp(hex + 2 * KEY_BYTES, "\n") == 0);
	hex[2 * KEY_BYTES] = 0;
	ok = ok && hash_from_hex(hex, out);
	sodium_memzero(hex, sizeof hex);
	return ok;
}
