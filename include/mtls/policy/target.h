/*
 * mtls/policy/target.h - where a step-up may lead back to: a path and query of the same origin (S-06).
 *
 * May include: APR.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_POLICY_TARGET_H
#define MTLS_POLICY_TARGET_H

#include <apr_pools.h>
#include <stdbool.h>

/** Longest, in octets; what is longer is not carried (S-31). */
#define MTLS_TARGET_MAX 1024

/** How a request's own address does as a target. */
typedef enum {
    MTLS_TARGET_BAD = 0, /**< could be taken for something else than a path */
    MTLS_TARGET_TOO_LONG,
    MTLS_TARGET_GOOD
} mtls_target_end_t;

/**
 * @param text  "/staff?x=1".  It must begin with one slash that neither a slash nor a backslash follows,
 *              not even percent-encoded or behind dots ("/.//x", "/%2F", "/%5c", "/%09/"), and holds
 *              printable ASCII without blanks, double quotes, angle brackets, backslashes and "#".  The
 *              same must hold once its dots are followed ("/a/..//x"); in the path, escapes of control
 *              characters and broken ones are bad.  A query may hold slashes
 */
mtls_target_end_t mtls_target_check(const char *text);

/** @return @a origin and @a target together: "https://www.example.org/staff?x=1" from @a pool; NULL unless
 * the target is good. */
const char *mtls_target_url(const char *origin, const char *target, apr_pool_t *pool);

#endif /* MTLS_POLICY_TARGET_H */
