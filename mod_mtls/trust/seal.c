/*
 * mod_mtls/trust/seal.c - values for a store that nobody trusts.
 *
 * Layout, integers big-endian:
 *   1  version
 *   8  id of the key
 *  32  HMAC-SHA-256 (RFC 2104) under the key
 *   8  expires, microseconds since 1970
 *      the data
 *
 * The HMAC is over the label with its NUL, the 32 octets of the value's id, and all after it.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/trust/seal.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

enum {
    VERSION = 1,
    KEY_AT = 1,
    MAC_AT = KEY_AT + MTLS_KEY_ID_LEN,
    BODY_AT = MAC_AT + MTLS_SHA256_LEN,
    TIME_LEN = 8,
    DATA_AT = BODY_AT + TIME_LEN
};

_Static_assert(DATA_AT == MTLS_SEAL_OVERHEAD, "the header says how much a seal adds");

/* Says which use of a key this is, and which version of the layout. */
static const char label[] = "mod_mtls sealed value 1";

/* Fetched once for the process, and never given back: the module is linked to stay. */
static CRYPTO_ONCE once = CRYPTO_ONCE_STATIC_INIT;
static EVP_MAC *hmac;

static void fetch(void)
{
    hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
}

/* @param body  what follows the MAC */
static bool compute(unsigned char mac[MTLS_SHA256_LEN], const mtls_key_t *key,
                    const unsigned char *id, mtls_bytes_t body)
{
    char digest[] = "SHA2-256";
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, sizeof(digest) - 1),
        OSSL_PARAM_construct_end()};
    size_t len = 0;
    EVP_MAC_CTX *ctx = NULL;
    bool done;

    if (CRYPTO_THREAD_run_once(&once, fetch) && hmac)
        ctx = EVP_MAC_CTX_new(hmac);
    done = ctx && EVP_MAC_init(ctx, key->octets, MTLS_KEY_LEN, params) == 1 &&
           EVP_MAC_update(ctx, (const unsigned char *)label, sizeof(label)) == 1 &&
           EVP_MAC_update(ctx, id, MTLS_SHA256_LEN) == 1 &&
           EVP_MAC_update(ctx, body.data, body.len) == 1 &&
           EVP_MAC_final(ctx, mac, &len, MTLS_SHA256_LEN) == 1 && len == MTLS_SHA256_LEN;
    EVP_MAC_CTX_free(ctx);
    return done;
}

static void put_time(unsigned char *at, apr_time_t time)
{
    apr_uint64_t value = (apr_uint64_t)time;
    int i;

    for (i = TIME_LEN - 1; i >= 0; i--) {
        at[i] = (unsigned char)value;
        value >>= 8;
    }
}

static apr_uint64_t take_time(const unsigned char *at)
{
    apr_uint64_t value = 0;
    int i;

    for (i = 0; i < TIME_LEN; i++)
        value = value << 8 | at[i];
    return value;
}

bool mtls_seal_write(unsigned char *out, apr_size_t *len, const mtls_keys_t *keys,
                     const mtls_sealed_t *value)
{
    apr_size_t room = *len;
    const mtls_key_t *key = &keys->list[0];

    *len = 0;
    if (keys->count < 1 || value->expires < 0 || room < DATA_AT || value->data.len > room - DATA_AT)
        return false;
    out[0] = VERSION;
    memcpy(out + KEY_AT, key->id, MTLS_KEY_ID_LEN);
    put_time(out + BODY_AT, value->expires);
    if (value->data.len)
        memcpy(out + DATA_AT, value->data.data, value->data.len);
    if (!compute(out + MAC_AT, key, value->id,
                 (mtls_bytes_t){out + BODY_AT, TIME_LEN + value->data.len}))
        return false;
    *len = DATA_AT + value->data.len;
    return true;
}

static bool is_authentic(const unsigned char *id, const mtls_keys_t *keys, mtls_bytes_t sealed)
{
    unsigned char mac[MTLS_SHA256_LEN];
    const mtls_key_t *key;

    if (sealed.len < DATA_AT || sealed.data[0] != VERSION)
        return false;
    key = mtls_keys_find(keys, sealed.data + KEY_AT);
    return key &&
           compute(mac, key, id, (mtls_bytes_t){sealed.data + BODY_AT, sealed.len - BODY_AT}) &&
           CRYPTO_memcmp(mac, sealed.data + MAC_AT, MTLS_SHA256_LEN) == 0;
}

mtls_seal_end_t mtls_seal_read(mtls_sealed_t *value, const mtls_keys_t *keys, mtls_bytes_t sealed,
                               apr_time_t now)
{
    apr_uint64_t expires;

    value->data = (mtls_bytes_t){0};
    value->expires = 0;
    if (!is_authentic(value->id, keys, sealed))
        return MTLS_SEAL_REFUSED;
    expires = take_time(sealed.data + BODY_AT);
    if (expires > (apr_uint64_t)APR_INT64_MAX)
        return MTLS_SEAL_REFUSED;
    if ((apr_time_t)expires <= now)
        return MTLS_SEAL_EXPIRED;
    value->data = (mtls_bytes_t){sealed.data + DATA_AT, sealed.len - DATA_AT};
    value->expires = (apr_time_t)expires;
    return MTLS_SEAL_GOOD;
}
