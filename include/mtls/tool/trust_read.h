/*
 * mtls/tool/trust_read.h - the <MTLSTrust> sections of an httpd configuration file, without httpd.
 *
 * Lines, continuations and quotes are read as httpd reads them; the directives in the sections are
 * parsed by the server's own parsers.  Lines outside are skipped, whatever surrounds the sections:
 * a profile belongs to all hosts, and conditions (<IfModule>, <IfDefine>) are not evaluated.
 * "${NAME}" in a section is a fault, because only httpd knows its value; so is Include.
 *
 * May include: APR, mtls/cert and mtls/trust plain headers.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TOOL_TRUST_READ_H
#define MTLS_TOOL_TRUST_READ_H

#include <apr_pools.h>
#include <apr_tables.h>
#include <stdbool.h>

#include "mtls/cert/bytes.h"
#include "mtls/trust/fault.h"

/**
 * @param specs   mtls_profile_spec_t *, appended to; of a section with faults what could be read
 * @param text    the file's octets, borrowed for the call
 * @param file    its name, for origins; copied
 * @param root    absolute: what relative paths are relative to
 * @param faults  receives every fault, with line and column of the directive
 * @param pool    lifetime of the specs
 */
void mtls_trust_read(apr_array_header_t *specs, mtls_bytes_t text, const char *file,
                     const char *root, mtls_faults_t *faults, apr_pool_t *pool);

/** @return whether some line begins with "<MTLSTrust": only such text is read as configuration. */
bool mtls_trust_read_fits(mtls_bytes_t text);

#endif /* MTLS_TOOL_TRUST_READ_H */
