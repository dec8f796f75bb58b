/*
 * mtls/trust/generation.h - one immutable set of everything that was loaded from files.
 *
 * All profiles of a configuration, loaded together or not at all.  A profile is found by its
 * slot, a small number that a name gets when the configuration is read, so that the request
 * path compares no strings.
 *
 * May include: APR, mtls/trust.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_GENERATION_H
#define MTLS_TRUST_GENERATION_H

#include <apr_errno.h>
#include <apr_pools.h>
#include <apr_tables.h>

#include "mtls/trust/fault.h"
#include "mtls/trust/profile.h"

/** Opaque; owned by the pool it was loaded into. */
typedef struct mtls_generation_t mtls_generation_t;

/**
 * Load all profiles.
 *
 * @param out    NULL unless every profile loaded
 * @param specs  of const mtls_profile_spec_t *; the index is the slot
 * @param number of this generation, from 1
 * @return APR_SUCCESS or APR_EGENERAL with @a faults filled; faults of all profiles are reported
 */
apr_status_t mtls_generation_load(const mtls_generation_t **out, const apr_array_header_t *specs,
                                  unsigned number, mtls_faults_t *faults, apr_pool_t *pool,
                                  apr_pool_t *scratch);

/** @return the generation's number, from 1. */
unsigned mtls_generation_number(const mtls_generation_t *generation);

/** @return number of profiles. */
int mtls_generation_count(const mtls_generation_t *generation);

/** @return the profile in @a slot (0 <= slot < count), borrowed. */
const mtls_profile_t *mtls_generation_profile(const mtls_generation_t *generation, int slot);

#endif /* MTLS_TRUST_GENERATION_H */
