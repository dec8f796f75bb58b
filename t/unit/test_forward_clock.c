/* A wall clock that never goes back (S-11, F-45). */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/trust/forward_clock.h"

#include "mtls/trust/monotonic.h"
#include "run.h"

/* The linker calls these instead. */
static apr_time_t wall;
static apr_time_t elapsed;

apr_time_t __wrap_apr_time_now(void);
apr_time_t __wrap_mtls_monotonic_now(void);

apr_time_t __wrap_apr_time_now(void)
{
    return wall;
}

apr_time_t __wrap_mtls_monotonic_now(void)
{
    return elapsed;
}

/* Each row: both clocks go on, the wall clock may be set as well. */
static const struct {
    int passed; /* seconds, by the monotonic clock */
    int set;    /* seconds by which the wall clock is set besides */
    int now;    /* since the start */
    int behind;
} rows[] = {
    {0, 0, 0, 0},
    {10, 0, 10, 0},
    {10, 5, 25, 0},
    {10, -20, 35, 20},
    {10, 0, 45, 20},
    {0, -3600, 45, 3620},
    {5, 3610, 50, 10},
    {5, 10, 55, 0},
    {5, 0, 60, 0},
    {0, 86400, 86460, 0},
    {60, -86400, 86520, 86400},
    {60, 0, 86580, 86400},
    {0, 86401, 86581, 0},
};

START_TEST(S_11_never_back)
{
    static const apr_time_t began = 1800000000;
    mtls_forward_clock_t clock = {0};

    wall = apr_time_from_sec(began);
    elapsed = apr_time_from_sec(77);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        apr_interval_time_t behind = -1;
        apr_time_t now;

        elapsed += apr_time_from_sec(rows[i].passed);
        wall += apr_time_from_sec(rows[i].passed + rows[i].set);
        now = mtls_forward_clock_now(&clock, &behind);
        ck_assert_msg(now == apr_time_from_sec(began + rows[i].now), "row %d: %d s", (int)i,
                      (int)(apr_time_sec(now) - began));
        ck_assert_msg(behind == apr_time_from_sec(rows[i].behind), "row %d: %d s behind", (int)i,
                      (int)apr_time_sec(behind));
        ck_assert_int_eq(mtls_forward_clock_now(&clock, NULL), now);
    }
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("forward_clock");

    tcase_add_test(tcase, S_11_never_back);
    return run_case("trust/forward_clock", tcase);
}
