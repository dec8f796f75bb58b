/*
 * mtls/tool/map_load.h - a rules file, loaded as the server loads it.
 *
 * May include: APR, mtls/policy, mtls/trust plain headers.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TOOL_MAP_LOAD_H
#define MTLS_TOOL_MAP_LOAD_H

#include "mtls/policy/map.h"

/**
 * @param profiles  names of all trust profiles (const char *); NULL: those in rules are not checked
 * @return the map, or NULL with @a faults filled
 */
const mtls_map_t *mtls_map_load_file(const char *path, const apr_array_header_t *profiles,
                                     mtls_faults_t *faults, apr_pool_t *pool);

#endif /* MTLS_TOOL_MAP_LOAD_H */
