/*
 * t/fuzz/fuzz_session_record.c - any octets as a record: what is accepted is what is written.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "target.h"
#include "mtls/cert/session_record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mtls_bytes_t in = {data, size};
    mtls_bytes_t back;
    mtls_session_record_t record;
    apr_pool_t *pool;

    if (mtls_session_record_parse(&record, in) != APR_SUCCESS) {
        return 0;
    }
    pool = make_pool();
    if (mtls_session_record_write(&back, &record, pool) != APR_SUCCESS ||
        !mtls_bytes_equal(back, in)) {
        abort();
    }
    apr_pool_destroy(pool);
    return 0;
}
