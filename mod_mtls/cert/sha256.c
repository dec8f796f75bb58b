/* mod_mtls/cert/sha256.c - see sha256.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "sha256.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

static CRYPTO_ONCE once = CRYPTO_ONCE_STATIC_INIT;
static EVP_MD *sha256;

static void fetch(void)
{
    sha256 = EVP_MD_fetch(NULL, "SHA2-256", NULL);
}

bool mtls_sha256(const unsigned char *data, apr_size_t len, unsigned char *out)
{
    return CRYPTO_THREAD_run_once(&once, fetch) && sha256 &&
           EVP_Digest(data, len, out, NULL, sha256, NULL) == 1;
}
