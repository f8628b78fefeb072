/* Random bytes of the kernel, and SHA-256 of OpenSSL. */
#include <sys/random.h>

#include <openssl/evp.h>

#include "base/crypto.h"
#include "base/log.h"

void
crypto_random(void *dst, size_t n)
{
	if (getrandom(dst, n, 0) != (ssize_t)n)
		die(111, "getrandom: the kernel gave no random bytes");
}

void
crypto_digest(const void *src, size_t n, uint8_t out[DIGEST_SIZE])
{
	/* Looked up once: EVP_sha256() would be anew for each digest. */
	static _Thread_local EVP_MD *sha256;

	if (sha256 == NULL)
		sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	if (sha256 == NULL || EVP_Digest(src, n, out, NULL, sha256, NULL) != 1)
		die(111, "SHA-256 is not available");
}
