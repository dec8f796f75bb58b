/*
 * mtls/trust/profile_part.h - trust profiles as parts of a generation.
 *
 * May include: OpenSSL, APR, mtls/trust.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_PROFILE_PART_H
#define MTLS_TRUST_PROFILE_PART_H

#include "mtls/trust/generation.h"
#include "mtls/trust/part.h"
#include "mtls/trust/profile.h"

/** Parts whose spec is a mtls_profile_spec_t and whose thing is a mtls_profile_t. */
extern const mtls_part_kind_t mtls_profile_part_kind;

/** @return the profile in @a slot, which must hold one, borrowed. */
const mtls_profile_t *mtls_generation_profile(const mtls_generation_t *generation, int slot);

#endif /* MTLS_TRUST_PROFILE_PART_H */
