/*
 * mtls/trust/origin.h - where in a configuration, trust or map file something was said.
 *
 * May include: libc only.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_ORIGIN_H
#define MTLS_TRUST_ORIGIN_H

/** A place in a file; lives as long as what was made from it. */
typedef struct {
    const char *file; /**< NULL: not from a file */
    int line;         /**< 1-based; 0: the file as a whole */
    int column;       /**< 1-based, in octets; 0: not known */
} mtls_origin_t;

#endif /* MTLS_TRUST_ORIGIN_H */
