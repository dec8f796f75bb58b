/*
 * mtls/tool/explain_command.h - mtlsctl explain: would this certificate be admitted, as whom, and why?
 *
 * May include: APR, mtls/tool.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TOOL_EXPLAIN_COMMAND_H
#define MTLS_TOOL_EXPLAIN_COMMAND_H

#include "mtls/tool/options.h"

/** @return the exit status, MTLS_EXIT_* */
int mtls_explain_command(const mtls_options_t *options, apr_pool_t *pool);

#endif /* MTLS_TOOL_EXPLAIN_COMMAND_H */
