/* mod_mtls/trust/keys.c - see mtls/trust/keys.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/trust/keys.h"

#include <apr_strings.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

static const char id_label[] = "mod_mtls key id 1";

bool mtls_key_identify(mtls_key_t *key)
{
    unsigned char text[sizeof(id_label) + MTLS_KEY_LEN];
    unsigned char digest[MTLS_SHA256_LEN];
    bool done;

    memcpy(text, id_label, sizeof(id_label));
    memcpy(text + sizeof(id_label), key->octets, MTLS_KEY_LEN);
    done = EVP_Digest(text, sizeof(text), digest, NULL, EVP_sha256(), NULL) == 1;
    OPENSSL_cleanse(text, sizeof(text));
    if (done)
        memcpy(key->id, digest, MTLS_KEY_ID_LEN);
    return done;
}

bool mtls_keys_random(mtls_keys_t *out)
{
    memset(out, 0, sizeof(*out));
    if (RAND_bytes(out->list[0].octets, MTLS_KEY_LEN) != 1 || !mtls_key_identify(&out->list[0])) {
        mtls_keys_wipe(out);
        return false;
    }
    out->count = 1;
    return true;
}

const mtls_key_t *mtls_keys_find(const mtls_keys_t *keys, const unsigned char id[MTLS_KEY_ID_LEN])
{
    int i;

    for (i = 0; i < keys->count; i++) {
        if (memcmp(keys->list[i].id, id, MTLS_KEY_ID_LEN) == 0)
            return &keys->list[i];
    }
    return NULL;
}

void mtls_keys_wipe(mtls_keys_t *keys)
{
    OPENSSL_cleanse(keys, sizeof(*keys));
}

const char *mtls_keys_describe(const mtls_keys_t *keys, apr_pool_t *pool)
{
    char id[2 * MTLS_KEY_ID_LEN + 1] = "";
    size_t len;

    if (keys->count == 0)
        return "no key";
    if (OPENSSL_buf2hexstr_ex(id, sizeof(id), &len, keys->list[0].id, MTLS_KEY_ID_LEN, '\0') != 1)
        return "keys";
    return apr_psprintf(pool, "%d key%s, writing with %s", keys->count, keys->count == 1 ? "" : "s",
                        id);
}
