/*
 * mtls/policy/revocation_settings.h - whether what a profile says of revocation fits together.
 *
 * The parsers see one line at a time; this sees the finished profile.  What can only be known with
 * the files at hand (whether there is a state directory, what a CRL holds) is not looked at here.
 *
 * May include: APR, mtls/trust plain headers.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_POLICY_REVOCATION_SETTINGS_H
#define MTLS_POLICY_REVOCATION_SETTINGS_H

#include <stdbool.h>

#include "mtls/trust/fault.h"
#include "mtls/trust/profile_spec.h"

/**
 * Add a fault, with the directive's file and line, for every directive that has nothing to work on:
 * MTLSCRLCheck chain in a profile without CRLs, MTLSOCSPNonce without MTLSOCSP, an order of two
 * sources where there is one.  What was turned off in so many words (MTLSOCSP off, MTLSCRLCheck
 * none, MTLSCRLFetch off) may keep its other directives.
 */
void mtls_revocation_spec_check(const mtls_profile_spec_t *spec, mtls_faults_t *faults);

/** @return whether the profile names files, directories or URLs of CRLs. */
bool mtls_revocation_spec_has_crls(const mtls_revocation_spec_t *spec);

/** @return whether the profile fetches CRLs, for which a state directory is needed. */
bool mtls_revocation_spec_fetches(const mtls_revocation_spec_t *spec);

/** @return whether certificates are asked for by OCSP. */
bool mtls_revocation_spec_asks(const mtls_revocation_spec_t *spec);

#endif /* MTLS_POLICY_REVOCATION_SETTINGS_H */
