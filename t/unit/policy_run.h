/*
 * t/unit/policy_run.h - run one list of tests as a suite; pools for tests of policy/.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_UNIT_POLICY_RUN_H
#define MTLS_UNIT_POLICY_RUN_H

#include <apr_general.h>
#include <apr_pools.h>
#include <check.h>
#include <stdlib.h>

/* Fresh for each test. */
static apr_pool_t *pool;

static inline void pool_up(void)
{
    ck_assert_int_eq(apr_pool_create(&pool, NULL), APR_SUCCESS);
}

static inline void pool_down(void)
{
    apr_pool_destroy(pool);
}

static inline int run_tests(const char *name, const TTest *const *tests)
{
    Suite *suite = suite_create(name);
    TCase *tcase = tcase_create(name);
    SRunner *runner;
    int failed;

    apr_initialize();
    tcase_add_checked_fixture(tcase, pool_up, pool_down);
    for (; *tests; tests++) {
        tcase_add_test(tcase, *tests);
    }
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    apr_terminate();
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif /* MTLS_UNIT_POLICY_RUN_H */
