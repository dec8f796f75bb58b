/*
 * mod_mtls/trust/token.c - claims that travel through a browser.
 *
 * Layout before base64url:
 *   1  version
 *   8  id of the key
 *  12  nonce, random
 *      the claims, encrypted
 *  16  tag
 *
 * Authenticated besides: the label with its NUL, the version, the purpose (1 octet), the id of the
 * key.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/trust/token.h"

#include <apr_encode.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

enum {
    VERSION = 1,
    VERSION_LEN = 1,
    NONCE_LEN = 12,
    TAG_LEN = 16,
    KEY_AT = VERSION_LEN,
    NONCE_AT = KEY_AT + MTLS_KEY_ID_LEN,
    CLAIMS_AT = NONCE_AT + NONCE_LEN,
    MAX_OCTETS = MTLS_TOKEN_OVERHEAD + MTLS_TOKEN_MAX,
    MAX_TEXT = (4 * MAX_OCTETS + 2) / 3
};

_Static_assert(CLAIMS_AT + TAG_LEN == MTLS_TOKEN_OVERHEAD, "the header says how much is added");

/* Says which use of a key this is. */
static const char label[] = "mod_mtls token";

enum {
    BOUND_VERSION_AT = sizeof label,
    BOUND_PURPOSE_AT = BOUND_VERSION_AT + VERSION_LEN,
    BOUND_KEY_AT = BOUND_PURPOSE_AT + 1,
    BOUND_LEN = BOUND_KEY_AT + MTLS_KEY_ID_LEN
};

/* Fetched once for the process, and never given back: the module is linked to stay. */
static CRYPTO_ONCE once = CRYPTO_ONCE_STATIC_INIT;
static EVP_CIPHER *aes_gcm;

static void fetch(void)
{
    aes_gcm = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
}

/* What is authenticated and not sent. */
static void write_bound(unsigned char bound[BOUND_LEN], mtls_token_purpose_t purpose,
                        const mtls_key_t *key)
{
    memcpy(bound, label, sizeof label);
    bound[BOUND_VERSION_AT] = VERSION;
    bound[BOUND_PURPOSE_AT] = (unsigned char)purpose;
    memcpy(bound + BOUND_KEY_AT, key->id, MTLS_KEY_ID_LEN);
}

/* From key and nonce to what is bound: the same for both directions.
 * @return to be freed; NULL when OpenSSL fails */
static EVP_CIPHER_CTX *begin(const mtls_key_t *key, mtls_token_purpose_t purpose,
                             const unsigned char *nonce, int encrypts)
{
    unsigned char bound[BOUND_LEN];
    EVP_CIPHER_CTX *ctx = NULL;
    int len;

    write_bound(bound, purpose, key);
    if (CRYPTO_THREAD_run_once(&once, fetch) && aes_gcm)
        ctx = EVP_CIPHER_CTX_new();
    if (ctx && EVP_CipherInit_ex2(ctx, aes_gcm, key->octets, nonce, encrypts, NULL) == 1 &&
        EVP_CipherUpdate(ctx, NULL, &len, bound, BOUND_LEN) == 1)
        return ctx;
    EVP_CIPHER_CTX_free(ctx);
    return NULL;
}

/* @param sealed  version, key and nonce are there; claims and tag are written */
static bool encrypt(unsigned char *sealed, const mtls_key_t *key, mtls_token_purpose_t purpose,
                    mtls_bytes_t claims)
{
    unsigned char *at = sealed + CLAIMS_AT;
    EVP_CIPHER_CTX *ctx = begin(key, purpose, sealed + NONCE_AT, 1);
    int len = 0;
    int rest = 0;
    bool done;

    done = ctx && EVP_CipherUpdate(ctx, at, &len, claims.data, (int)claims.len) == 1 &&
           EVP_CipherFinal_ex(ctx, at + len, &rest) == 1 &&
           (apr_size_t)len + (apr_size_t)rest == claims.len &&
           EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, TAG_LEN, at + claims.len) == 1;
    EVP_CIPHER_CTX_free(ctx);
    return done;
}

/* Where it lies.  What is not authentic is not left there decrypted. */
static bool decrypt(unsigned char *sealed, apr_size_t claims_len, const mtls_key_t *key,
                    mtls_token_purpose_t purpose)
{
    unsigned char *at = sealed + CLAIMS_AT;
    EVP_CIPHER_CTX *ctx = begin(key, purpose, sealed + NONCE_AT, 0);
    int len = 0;
    int rest = 0;
    bool done;

    done = ctx && EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, TAG_LEN, at + claims_len) == 1 &&
           EVP_CipherUpdate(ctx, at, &len, at, (int)claims_len) == 1 &&
           EVP_CipherFinal_ex(ctx, at + len, &rest) == 1 &&
           (apr_size_t)len + (apr_size_t)rest == claims_len;
    EVP_CIPHER_CTX_free(ctx);
    if (!done)
        OPENSSL_cleanse(at, claims_len);
    return done;
}

/* A word of the meter: the first four octets of a key's id, and how often it has sealed.  Two keys
 * of one beginning share a word, which ends them sooner. */
static apr_uint64_t tag_of(const mtls_key_t *key)
{
    return (apr_uint64_t)key->id[0] << 24 | (apr_uint64_t)key->id[1] << 16 |
           (apr_uint64_t)key->id[2] << 8 | key->id[3];
}

static bool is_of(apr_uint64_t word, const mtls_key_t *key)
{
    return word != 0 && word >> 32 == tag_of(key);
}

static bool is_of_any(apr_uint64_t word, const mtls_keys_t *keys)
{
    int i;

    for (i = 0; i < keys->count; i++) {
        if (is_of(word, &keys->list[i]))
            return true;
    }
    return false;
}

/* A word, and what it said when it was looked at. */
typedef struct {
    int at;
    apr_uint64_t said;
} found_t;

static found_t look_at(const mtls_token_meter_t *meter, int at)
{
    return (found_t){at, atomic_load(&meter->words[at])};
}

/* Words are taken in their order and never become free again, so whoever looks for a key finds its
 * word before a free one.
 * @return the key's word, else a free one, else one of a key that is not among these */
static found_t find_word(const mtls_token_meter_t *meter, const mtls_keys_t *keys)
{
    found_t found = {0};
    int i;

    for (i = 0; i < MTLS_TOKEN_METER_KEYS; i++) {
        found = look_at(meter, i);
        if (found.said == 0 || is_of(found.said, &keys->list[0]))
            return found;
    }
    i = 0;
    do
        found = look_at(meter, i);
    while (is_of_any(found.said, keys) && ++i < MTLS_TOKEN_METER_KEYS);
    return found;
}

static apr_uint64_t count_of(found_t found, const mtls_key_t *key)
{
    return is_of(found.said, key) ? found.said & 0xffffffffu : 0;
}

/* Whoever is overtaken looks again: the word may be another key's by now. */
static bool count_seal(mtls_token_meter_t *meter, const mtls_keys_t *keys)
{
    const mtls_key_t *key = &keys->list[0];
    found_t found;
    apr_uint64_t count;

    do {
        found = find_word(meter, keys);
        count = count_of(found, key);
        if (count >= MTLS_TOKEN_MAX_SEALS)
            return false;
    } while (!atomic_compare_exchange_weak(&meter->words[found.at], &found.said,
                                           tag_of(key) << 32 | (count + 1)));
    return true;
}

bool mtls_token_is_spent(const mtls_keys_t *keys, const mtls_token_meter_t *meter)
{
    return keys->count > 0 &&
           count_of(find_word(meter, keys), &keys->list[0]) >= MTLS_TOKEN_MAX_SEALS;
}

static const char *encode(const unsigned char *octets, apr_size_t len, apr_pool_t *pool)
{
    return apr_pencode_base64_binary(pool, octets, (apr_ssize_t)len, APR_ENCODE_BASE64URL, NULL);
}

const char *mtls_token_seal(const mtls_keys_t *keys, mtls_token_meter_t *meter,
                            mtls_token_purpose_t purpose, mtls_bytes_t claims, apr_pool_t *pool)
{
    const mtls_key_t *key = &keys->list[0];
    apr_size_t len = MTLS_TOKEN_OVERHEAD + claims.len;
    const char *text = NULL;
    unsigned char *sealed;

    if (keys->count < 1 || claims.len < 1 || claims.len > MTLS_TOKEN_MAX ||
        !count_seal(meter, keys))
        return NULL;
    sealed = apr_palloc(pool, len);
    sealed[0] = VERSION;
    memcpy(sealed + KEY_AT, key->id, MTLS_KEY_ID_LEN);
    ERR_set_mark();
    if (RAND_bytes(sealed + NONCE_AT, NONCE_LEN) == 1 && encrypt(sealed, key, purpose, claims))
        text = encode(sealed, len, pool);
    ERR_pop_to_mark();
    return text;
}

/* What is written back the same was written as it should be: APR's decoder takes both alphabets,
 * padding, and stray bits.
 * @return false when it is not, or too short or too long to be a token */
static bool decode(unsigned char **octets, apr_size_t *len, const char *text, apr_pool_t *pool)
{
    apr_size_t text_len = strlen(text);
    apr_size_t room = 0;

    if (text_len > MAX_TEXT || apr_decode_base64_binary(NULL, text, (apr_ssize_t)text_len,
                                                        APR_ENCODE_NONE, &room) != APR_SUCCESS)
        return false;
    *octets = apr_palloc(pool, room + 1);
    return apr_decode_base64_binary(*octets, text, (apr_ssize_t)text_len, APR_ENCODE_NONE, len) ==
               APR_SUCCESS &&
           *len > MTLS_TOKEN_OVERHEAD && strcmp(encode(*octets, *len, pool), text) == 0;
}

mtls_token_end_t mtls_token_open(mtls_bytes_t *claims, const mtls_keys_t *keys,
                                 mtls_token_purpose_t purpose, const char *text, apr_pool_t *pool)
{
    const mtls_key_t *key;
    unsigned char *sealed;
    apr_size_t len = 0;
    bool good;

    *claims = (mtls_bytes_t){0};
    if (!decode(&sealed, &len, text, pool) || sealed[0] != VERSION)
        return MTLS_TOKEN_REFUSED;
    key = mtls_keys_find(keys, sealed + KEY_AT);
    if (!key)
        return MTLS_TOKEN_KEY_UNKNOWN;
    ERR_set_mark();
    good = decrypt(sealed, len - MTLS_TOKEN_OVERHEAD, key, purpose);
    ERR_pop_to_mark();
    if (!good)
        return MTLS_TOKEN_REFUSED;
    *claims = (mtls_bytes_t){sealed + CLAIMS_AT, len - MTLS_TOKEN_OVERHEAD};
    return MTLS_TOKEN_GOOD;
}
