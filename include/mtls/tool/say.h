/*
 * mtls/tool/say.h - what mtlsctl prints: text made safe for a terminal, and faults.
 *
 * May include: APR, mtls/trust plain headers.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TOOL_SAY_H
#define MTLS_TOOL_SAY_H

#include <apr_pools.h>
#include <stdbool.h>

#include "mtls/trust/fault.h"

/** Print every fault as one line on stderr: "file:line:column: text", with "warning: " before the
 * text where it is one. */
void mtls_say_faults(const mtls_faults_t *faults, apr_pool_t *pool);

/** Print one line on stderr, "mtlsctl: " before it. */
void mtls_say_trouble(const char *text, apr_pool_t *pool);

/** Print a text, of which every value has been made safe already, on stdout.
 * @return whether all of it arrived there; trouble is said otherwise */
bool mtls_say(const char *text, apr_pool_t *pool);

#endif /* MTLS_TOOL_SAY_H */
