/*
 * mtls/policy/directive_parsers.h - one parser for each row of directives.def.
 *
 * Only for the table in policy/directives.c, which holds those of settings; those of <MTLSTrust>
 * are in policy/profile_settings.c.
 *
 * May include: mtls/policy.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_POLICY_DIRECTIVE_PARSERS_H
#define MTLS_POLICY_DIRECTIVE_PARSERS_H

#include "mtls/policy/directives.h"

#define MTLS_DIRECTIVE(id, name, where, min, max, dflt, help)                                      \
    const char *mtls_parse_##id(void *target, int argc, const char *const *argv,                   \
                                const mtls_parse_t *parse);
#include "mtls/policy/directives.def"
#undef MTLS_DIRECTIVE

#endif /* MTLS_POLICY_DIRECTIVE_PARSERS_H */
