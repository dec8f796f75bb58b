/*
 * mtls/tool/texts_command.h - mtlsctl texts: what do pages say, in one language?
 *
 * May include: APR, mtls/tool.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TOOL_TEXTS_COMMAND_H
#define MTLS_TOOL_TEXTS_COMMAND_H

#include "mtls/tool/options.h"

/** @return the exit status, MTLS_EXIT_* */
int mtls_texts_command(const mtls_options_t *options, apr_pool_t *pool);

#endif /* MTLS_TOOL_TEXTS_COMMAND_H */
