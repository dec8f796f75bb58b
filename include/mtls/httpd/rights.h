/*
 * mtls/httpd/rights.h - whether the server's children will be able to read again what was loaded.
 *
 * The configuration is read with root's rights, files that have changed are not (F-20).
 *
 * May include: httpd, mtls/trust.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_HTTPD_RIGHTS_H
#define MTLS_HTTPD_RIGHTS_H

#include <httpd.h>

#include "mtls/trust/fault.h"
#include "mtls/trust/generation.h"

/**
 * Warn of each file of a reloadable part that User and Group may not read, or not find.  Tells by
 * owner, group and mode of the file and of the directories above it; access control lists are not seen.
 * Nothing is said where the server does not change its user, or does not reload.
 */
void mtls_rights_check(server_rec *main, const mtls_generation_t *generation,
                       mtls_faults_t *faults, apr_pool_t *scratch);

#endif /* MTLS_HTTPD_RIGHTS_H */
