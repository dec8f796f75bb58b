/*
 * t/fuzz/fuzz_ocsp_record.c - any octets as a record: what is accepted is what is written.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/trust/ocsp_record.h"
#include "target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mtls_bytes_t in = {data, size};
    unsigned char back[MTLS_OCSP_RECORD_LEN];
    mtls_ocsp_answer_t answer;

    if (mtls_ocsp_record_parse(&answer, in)) {
        mtls_ocsp_record_write(back, &answer);
        must(mtls_bytes_equal((mtls_bytes_t){back, sizeof back}, in));
        must(answer.this_update > 0 && answer.fetched > 0 && answer.ends >= answer.fetched);
    } else {
        must(answer.word == MTLS_STATUS_UNASKED && answer.ends == 0);
    }
    return 0;
}
