/*
 * mtls/trust/origin.h - where in the configuration something was said.
 *
 * May include: libc only.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_ORIGIN_H
#define MTLS_TRUST_ORIGIN_H

/** A place in a configuration file; lives as long as the configuration. */
typedef struct {
    const char *file; /**< NULL: not from a file */
    int line;         /**< 1-based */
} mtls_origin_t;

#endif /* MTLS_TRUST_ORIGIN_H */
