/*
 * mtls/tool/check_command.h - mtlsctl check: is anything wrong with these trust files and maps?
 *
 * May include: APR, mtls/tool.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TOOL_CHECK_COMMAND_H
#define MTLS_TOOL_CHECK_COMMAND_H

#include "mtls/tool/options.h"

/** @return the exit status, MTLS_EXIT_* */
int mtls_check_command(const mtls_options_t *options, apr_pool_t *pool);

#endif /* MTLS_TOOL_CHECK_COMMAND_H */
