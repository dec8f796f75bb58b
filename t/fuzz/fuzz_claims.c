/*
 * t/fuzz/fuzz_claims.c - any octets as claims of each kind: what is read is what is written.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "target.h"
#include "mtls/policy/claims.h"

static void try_texts(mtls_bytes_t in, apr_pool_t *pool)
{
    mtls_attempt_t attempt;
    mtls_code_t code;
    mtls_bytes_t back;

    if (mtls_attempt_read(&attempt, in, pool)) {
        must(mtls_attempt_write(&back, &attempt, pool) && mtls_bytes_equal(back, in));
    }
    if (mtls_code_read(&code, in, pool)) {
        must(mtls_code_write(&back, &code, pool) && mtls_bytes_equal(back, in));
    }
}

static void try_digests(mtls_bytes_t in, apr_pool_t *pool)
{
    mtls_ticket_t ticket;
    mtls_grant_t grant;
    mtls_bytes_t back;

    if (mtls_ticket_read(&ticket, in)) {
        must(mtls_ticket_write(&back, &ticket, pool) && mtls_bytes_equal(back, in));
    }
    if (mtls_grant_read(&grant, in)) {
        must(mtls_grant_write(&back, &grant, pool) && mtls_bytes_equal(back, in));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const mtls_bytes_t in = {data, size};
    apr_pool_t *pool = make_pool();

    try_texts(in, pool);
    try_digests(in, pool);
    apr_pool_destroy(pool);
    return 0;
}
