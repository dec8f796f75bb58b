/*
 * mtls/trust/ocsp_record.h - an OCSP answer as octets of the shared cache.
 *
 * What comes out of a cache was authenticated, but may have been written by another release: magic and
 * version are checked (F-27), and the parser takes nothing on trust.
 *
 * May include: APR, mtls/cert plain headers, mtls/trust plain headers.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_OCSP_RECORD_H
#define MTLS_TRUST_OCSP_RECORD_H

#include "mtls/cert/bytes.h"
#include "mtls/trust/ocsp_answer.h"

/** Octets of a record. */
#define MTLS_OCSP_RECORD_LEN 38

/** @param answer  GOOD, REVOKED or UNKNOWN, as mtls_ocsp_response_read() gives it */
void mtls_ocsp_record_write(unsigned char out[MTLS_OCSP_RECORD_LEN],
                            const mtls_ocsp_answer_t *answer);

/** @return false for anything mtls_ocsp_record_write() would not have written for such an answer, the order
 * of its times included; @a out is then zeroed. */
bool mtls_ocsp_record_parse(mtls_ocsp_answer_t *out, mtls_bytes_t record);

#endif /* MTLS_TRUST_OCSP_RECORD_H */
