/* httpd/digest.c - see mtls/httpd/digest.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/httpd/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#define LENGTH_LEN 8

/* Fetched once for the process, and never given back: the module is linked to stay.  A request with
 * a ticket computes several, and to look it up costs as much as a block. */
static CRYPTO_ONCE once = CRYPTO_ONCE_STATIC_INIT;
static EVP_MD *sha256;

static void fetch(void)
{
    sha256 = EVP_MD_fetch(NULL, "SHA2-256", NULL);
}

/* Servers of several machines compare what comes out: octets in network order. */
static bool add(EVP_MD_CTX *sha, mtls_bytes_t run)
{
    unsigned char len[LENGTH_LEN];
    apr_uint64_t rest = run.len;
    int i;

    for (i = LENGTH_LEN - 1; i >= 0; i--) {
        len[i] = (unsigned char)rest;
        rest >>= 8;
    }
    return EVP_DigestUpdate(sha, len, sizeof(len)) && EVP_DigestUpdate(sha, run.data, run.len);
}

bool mtls_digest(unsigned char out[MTLS_SHA256_LEN], const mtls_bytes_t *runs, int count)
{
    EVP_MD_CTX *sha = EVP_MD_CTX_new();
    bool done = sha && CRYPTO_THREAD_run_once(&once, fetch) && sha256 &&
                EVP_DigestInit_ex2(sha, sha256, NULL);
    int i;

    for (i = 0; done && i < count; i++)
        done = add(sha, runs[i]);
    done = done && EVP_DigestFinal_ex(sha, out, NULL);
    EVP_MD_CTX_free(sha);
    if (!done)
        memset(out, 0, MTLS_SHA256_LEN);
    return done;
}

bool mtls_digest_text(unsigned char out[MTLS_SHA256_LEN], const char *text)
{
    mtls_bytes_t run = {(const unsigned char *)text, strlen(text)};

    return mtls_digest(out, &run, 1);
}
