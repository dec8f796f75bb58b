/*
 * policy/profile_list.h - what the parsers of <MTLSTrust> have in common.
 *
 * May include: mtls/policy.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_POLICY_PROFILE_LIST_H
#define MTLS_POLICY_PROFILE_LIST_H

#include "mtls/policy/directives.h"

/** For a directive of which a profile has one. */
#define MTLS_AGAIN "was already set in this profile; keep one of them"

/** One argument of a list made into what the list holds. */
typedef const char *(*mtls_element_fn)(const char **out, const char *text,
                                       const mtls_parse_t *parse);

/** Append all arguments to a list of mtls_sourced_t, or none of them.  @return NULL or the fault.
 */
const char *mtls_list_append(apr_array_header_t *list, int argc, const char *const *argv,
                             const mtls_parse_t *parse, mtls_element_fn element);

/** An absolute path; an mtls_element_fn. */
const char *mtls_path_element(const char **out, const char *text, const mtls_parse_t *parse);

#endif /* MTLS_POLICY_PROFILE_LIST_H */
