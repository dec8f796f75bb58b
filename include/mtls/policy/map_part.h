/*
 * mtls/policy/map_part.h - maps as parts of a generation.
 *
 * May include: APR, mtls/policy, mtls/trust plain headers.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_POLICY_MAP_PART_H
#define MTLS_POLICY_MAP_PART_H

#include "mtls/policy/map.h"
#include "mtls/trust/part.h"

/** What to load: a rules file, and the names it may use. */
typedef struct {
    const char *path;                   /**< absolute */
    mtls_origin_t at;                   /**< the MTLSMap that named it */
    const apr_array_header_t *profiles; /**< const char *: names of all trust profiles; a rule that
                                             names another is a fault.  NULL: not checked */
} mtls_map_spec_t;

/** Parts whose spec is a mtls_map_spec_t and whose thing is a mtls_map_t. */
extern const mtls_part_kind_t mtls_map_part_kind;

#endif /* MTLS_POLICY_MAP_PART_H */
