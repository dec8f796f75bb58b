/*
 * mtls/trust/x509_reason.h - OpenSSL's words for what is wrong with a chain, in ours.
 *
 * May include: mtls/trust plain headers.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_X509_REASON_H
#define MTLS_TRUST_X509_REASON_H

#include "mtls/trust/reason.h"

/**
 * @param x509_error  X509_V_ERR_*
 * @return the reason; MTLS_REASON_INTERNAL for X509_V_OK (a failure must have a cause) and for all
 *         that cannot come from a client's certificate
 */
mtls_reason_t mtls_x509_reason(int x509_error);

#endif /* MTLS_TRUST_X509_REASON_H */
