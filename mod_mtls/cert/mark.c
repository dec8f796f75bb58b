/* mod_mtls/cert/mark.c - see mtls/cert/mark.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/cert/mark.h"

#include <apr_escape.h>

#include "sha256.h"

bool mtls_mark_make(unsigned char out[MTLS_MARK_LEN], mtls_bytes_t id)
{
    unsigned char whole[MTLS_SHA256_LEN] = {0};
    bool done = mtls_sha256(id.data, id.len, whole);

    if (!done)
        memset(whole, 0, sizeof(whole));
    memcpy(out, whole, MTLS_MARK_LEN);
    return done;
}

const char *mtls_mark_write(const unsigned char mark[MTLS_MARK_LEN], apr_pool_t *pool)
{
    return apr_pescape_hex(pool, mark, MTLS_MARK_LEN, 0);
}
