/*
 * t/unit/policy_run.h - run one list of tests as a suite.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_UNIT_POLICY_RUN_H
#define MTLS_UNIT_POLICY_RUN_H

#include "run.h"

static inline int run_tests(const char *name, const TTest *const *tests)
{
    TCase *tcase = tcase_create(name);

    for (; *tests; tests++) {
        tcase_add_test(tcase, *tests);
    }
    return run_case(name, tcase);
}

#endif /* MTLS_UNIT_POLICY_RUN_H */
