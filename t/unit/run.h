/*
 * t/unit/run.h - what every unit test needs: a fresh pool for each test, and a way to run.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_UNIT_RUN_H
#define MTLS_UNIT_RUN_H

#include <apr_general.h>
#include <apr_pools.h>
#include <check.h>
#include <stdlib.h>

#define COUNT_OF(array) ((int)(sizeof(array) / sizeof(array)[0]))

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

/* @param up  runs before each test, with the pool; may be NULL
 * @return the exit status of a program that consists of these tests. */
static inline int run_case_with(const char *name, TCase *tcase, void (*up)(void))
{
    Suite *suite = suite_create(name);
    SRunner *runner;
    int failed;

    apr_initialize();
    tcase_add_checked_fixture(tcase, pool_up, pool_down);
    if (up != NULL)
        tcase_add_checked_fixture(tcase, up, NULL);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    apr_terminate();
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

static inline int run_case(const char *name, TCase *tcase)
{
    return run_case_with(name, tcase, NULL);
}

#endif /* MTLS_UNIT_RUN_H */
