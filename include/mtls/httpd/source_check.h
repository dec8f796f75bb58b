/*
 * mtls/httpd/source_check.h - sources of users, when the configuration is checked.
 *
 * May include: httpd, mtls/httpd, mtls/policy, mtls/trust.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_HTTPD_SOURCE_CHECK_H
#define MTLS_HTTPD_SOURCE_CHECK_H

#include <httpd.h>

#include "mtls/trust/fault.h"

/**
 * Give each rules file of all hosts a part of its own, however many places name it, and its slot to
 * every source that names it.
 *
 * @param parts     mtls_part_spec_t, appended to
 * @param profiles  const char *: names of all trust profiles, which rules may use
 * @param pool      lifetime of the configuration
 */
void mtls_source_check_maps(apr_array_header_t *parts, const server_rec *main,
                            const apr_array_header_t *profiles, apr_pool_t *pool);

/** Try the DBM files of all hosts. */
void mtls_source_check_files(const server_rec *main, mtls_faults_t *faults, apr_pool_t *scratch);

#endif /* MTLS_HTTPD_SOURCE_CHECK_H */
