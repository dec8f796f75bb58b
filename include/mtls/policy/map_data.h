/*
 * mtls/policy/map_data.h - what a loaded map consists of, for those who load and ask it.
 *
 * May include: APR, mtls/policy.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_POLICY_MAP_DATA_H
#define MTLS_POLICY_MAP_DATA_H

#include "mtls/policy/map.h"
#include "mtls/policy/map_index.h"

struct mtls_map_t {
    const mtls_map_index_t *index;
    mtls_map_counts_t counts;
    const apr_array_header_t *files;    /**< const char *, in the order they were read */
};

#endif /* MTLS_POLICY_MAP_DATA_H */
