/*
 * t/fuzz/fuzz_token.c - any text as a token, and any octets as claims.
 *
 * What opens does so for one purpose only, and in one form only: neither a copy with another last
 * character nor one with padding is taken.  Claims that are sealed come back, for their purpose.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>

#include "target.h"
#include "mtls/trust/token.h"

/* Two: the first writes, both read. */
static const mtls_keys_t *known_keys(void)
{
    static mtls_keys_t keys;

    for (; keys.count < 2; keys.count++) {
        keys.list[keys.count].octets[0] = (unsigned char)('k' + keys.count);
        must(mtls_key_identify(&keys.list[keys.count]));
    }
    return &keys;
}

static bool opens(mtls_token_purpose_t purpose, const char *text, mtls_bytes_t *claims,
                  apr_pool_t *pool)
{
    mtls_token_end_t end = mtls_token_open(claims, known_keys(), purpose, text, pool);

    must((end == MTLS_TOKEN_GOOD) == (claims->len != 0));
    return end == MTLS_TOKEN_GOOD;
}

/* @return how many purposes it opens for. */
static int purposes_of(const char *text, apr_pool_t *pool)
{
    mtls_bytes_t claims;
    int count = 0;
    int i;

    for (i = MTLS_TOKEN_START; i <= MTLS_TOKEN_GRANT; i++)
        count += opens((mtls_token_purpose_t)i, text, &claims, pool) ? 1 : 0;
    return count;
}

static void check_text(const char *text, apr_pool_t *pool)
{
    size_t len = strlen(text);
    char *twin;

    if (purposes_of(text, pool) == 0)
        return;
    must(purposes_of(text, pool) == 1);
    must(purposes_of(apr_pstrcat(pool, text, "=", NULL), pool) == 0);
    must(purposes_of(apr_pstrcat(pool, text, "==", NULL), pool) == 0);
    twin = apr_pstrmemdup(pool, text, len);
    twin[len - 1] ^= 1;
    must(purposes_of(twin, pool) == 0);
}

static void check_claims(mtls_bytes_t in, apr_pool_t *pool)
{
    static mtls_token_meter_t meter;
    mtls_token_purpose_t purpose =
        (mtls_token_purpose_t)(MTLS_TOKEN_START + (in.len ? in.data[0] : 0) % MTLS_TOKEN_GRANT);
    mtls_bytes_t claims;
    const char *text;

    memset(&meter, 0, sizeof(meter));
    text = mtls_token_seal(known_keys(), &meter, purpose, in, pool);
    must((text != NULL) == (in.len >= 1 && in.len <= MTLS_TOKEN_MAX));
    if (text == NULL)
        return;
    must(opens(purpose, text, &claims, pool));
    must(mtls_bytes_equal(claims, in));
    check_text(text, pool);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    apr_pool_t *pool = make_pool();

    check_text(apr_pstrmemdup(pool, (const char *)data, size), pool);
    check_claims((mtls_bytes_t){data, size}, pool);
    apr_pool_destroy(pool);
    return 0;
}
