/*
 * mtls/trust/named_file.h - a file that one directive names for the whole server.
 *
 * It is what the parts of such files are loaded from (mtls/trust/part.h), and what their readers name
 * in faults.
 *
 * May include: mtls/trust plain headers.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_NAMED_FILE_H
#define MTLS_TRUST_NAMED_FILE_H

#include "mtls/trust/origin.h"

/** What to load; lives as long as the configuration. */
typedef struct {
    const char *directive; /**< "MTLSCacheKeyFile" */
    const char *path;      /**< absolute */
    mtls_origin_t at;      /**< of the directive */
} mtls_named_file_t;

#endif /* MTLS_TRUST_NAMED_FILE_H */
