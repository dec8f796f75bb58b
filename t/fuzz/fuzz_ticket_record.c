/*
 * t/fuzz/fuzz_ticket_record.c - any octets as a record: what is accepted is what is written.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "target.h"
#include "mtls/cert/ticket_record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mtls_bytes_t in = {data, size};
    mtls_bytes_t back;
    mtls_ticket_record_t record;
    apr_pool_t *pool;

    if (mtls_ticket_record_parse(&record, in) != APR_SUCCESS) {
        must(record.cert_count == 0 && record.certs[0].data == NULL);
        return 0;
    }
    must(record.cert_count >= 1 && record.cert_count <= MTLS_TICKET_RECORD_MAX_CERTS);
    pool = make_pool();
    must(mtls_ticket_record_write(&back, &record, pool) == APR_SUCCESS);
    must(mtls_bytes_equal(back, in));
    apr_pool_destroy(pool);
    return 0;
}
