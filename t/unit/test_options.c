/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>

#include "mtls/tool/options.h"
#include "mtls/tool/time_read.h"
#include "policy_run.h"

static const struct {
    const char *text;
    apr_int64_t micros; /* -1: refused */
} time_rows[] = {
    {"1970-01-01T00:00:00Z", 0},
    {"2026-11-21T10:00:00Z", APR_INT64_C(1795255200000000)},
    {"2026-11-21t10:00:00z", APR_INT64_C(1795255200000000)},
    {"2026-11-21T10:00:00.25Z", APR_INT64_C(1795255200250000)},
    {"2026-11-21T10:00:00.123456789Z", APR_INT64_C(1795255200123456)},
    {"2026-11-21T11:30:00+01:30", APR_INT64_C(1795255200000000)},
    {"2026-11-20T23:00:00-11:00", APR_INT64_C(1795255200000000)},
    {"2024-02-29T00:00:00Z", APR_INT64_C(1709164800000000)},
    {"9999-12-31T23:59:59Z", APR_INT64_C(253402300799000000)},
    {"", -1},
    {"2026-11-21", -1},
    {"2026-11-21T10:00:00", -1},
    {"2026-11-21 10:00:00Z", -1},
    {"2026-11-21T10:00:00Zx", -1},
    {"2026-11-21T10:00:00.Z", -1},
    {"2026-11-21T10:00:00+1", -1},
    {"2026-11-21T10:00:00+24:00", -1},
    {"2026-02-29T10:00:00Z", -1},
    {"2026-00-10T10:00:00Z", -1},
    {"2026-13-10T10:00:00Z", -1},
    {"2026-11-00T10:00:00Z", -1},
    {"2026-11-31T10:00:00Z", -1},
    {"2026-11-21T24:00:00Z", -1},
    {"2026-11-21T10:60:00Z", -1},
    {"1969-12-31T23:59:59Z", -1},
    {"1970-01-01T00:00:00+01:00", -1},
    {"+026-11-21T10:00:00Z", -1},
    {"1795255200", -1},
};

START_TEST(times_are_RFC_3339)
{
    int row;

    for (row = 0; row < COUNT_OF(time_rows); row++) {
        const char *text = time_rows[row].text;
        apr_time_t when = -2;
        const char *fault = mtls_time_read(&when, text, pool);

        ck_assert_msg((fault != NULL) == (time_rows[row].micros < 0), "%s", text);
        ck_assert_msg(when == (fault ? -2 : time_rows[row].micros), "%s: %" APR_INT64_T_FMT, text,
                      when);
    }
}
END_TEST

/* @param line  arguments with one blank between them */
static const char *parse(mtls_options_t *options, const char *line)
{
    const char *argv[32] = {"mtlsctl"};
    char *last, *copy = apr_pstrdup(pool, line);
    int argc = 1;

    for (argv[argc] = apr_strtok(copy, " ", &last); argv[argc] && argc < COUNT_OF(argv) - 1;) {
        argv[++argc] = apr_strtok(NULL, " ", &last);
    }
    return mtls_options_parse(options, argc, argv, pool);
}

static const struct {
    const char *line, *fault;
} usage_rows[] = {
    {"", "what to do is missing; use explain, check or texts"},
    {"frob", "unknown command 'frob'; use explain, check or texts"},
    {"explain", "explain: needs --cert FILE and --trust FILE"},
    {"explain --cert c", "explain: needs --cert FILE and --trust FILE"},
    {"explain --cert c --trust t x", "explain: 'x' is no option; name files with --cert, --trust "
                                     "and --map"},
    {"explain --cert c --cert d --trust t", "--cert is given twice"},
    {"explain --cert c --trust t --at now",
     "'now' is not a time; use one as in 2026-11-21T10:00:00Z"},
    {"explain --frob", "explain: invalid option: --frob"},
    {"explain --cert", "explain: missing argument: --cert"},
    {"explain --json=yes --cert c --trust t", "explain: erroneous argument: --json=yes"},
    {"check", "check: needs a file"},
    {"check --json x", "check: invalid option: --json"},
    {"check --user x", "check: invalid option: --user"},
    {"texts --json", "texts: invalid option: --json"},
    {"texts en de", "texts: takes one language"},
};

START_TEST(a_wrong_command_line_is_told)
{
    mtls_options_t options;
    int row;

    for (row = 0; row < COUNT_OF(usage_rows); row++) {
        const char *fault = parse(&options, usage_rows[row].line);

        ck_assert_msg(fault != NULL, "%s", usage_rows[row].line);
        ck_assert_str_eq(fault, usage_rows[row].fault);
    }
}
END_TEST

START_TEST(options_keep_their_order)
{
    mtls_options_t options;
    const mtls_source_option_t *sources;

    ck_assert_ptr_null(parse(&options, "explain --user cn --json --map=m --cert c --chain d "
                                       "--trust t --trust u --profile p --root /r "
                                       "--at 1970-01-01T00:00:01Z"));
    sources = (const mtls_source_option_t *)options.sources->elts;
    ck_assert_int_eq(options.command, MTLS_COMMAND_EXPLAIN);
    ck_assert_int_eq(options.sources->nelts, 2);
    ck_assert_int_eq(sources[0].kind, MTLS_SOURCE_USER);
    ck_assert_str_eq(sources[0].text, "cn");
    ck_assert_int_eq(sources[1].kind, MTLS_SOURCE_MAP);
    ck_assert_str_eq(sources[1].text, "m");
    ck_assert_str_eq(options.cert, "c");
    ck_assert_str_eq(options.chain, "d");
    ck_assert_str_eq(APR_ARRAY_IDX(options.trust, 1, const char *), "u");
    ck_assert_str_eq(APR_ARRAY_IDX(options.profiles, 0, const char *), "p");
    ck_assert_str_eq(options.root, "/r");
    ck_assert_int_eq(options.at, 1000000);
    ck_assert(options.json);
    ck_assert_ptr_null(parse(&options, "check a --trust t b --map m -- --c"));
    ck_assert_int_eq(options.files->nelts, 3);
    ck_assert_str_eq(APR_ARRAY_IDX(options.files, 0, const char *), "a");
    ck_assert_str_eq(APR_ARRAY_IDX(options.files, 1, const char *), "b");
    ck_assert_str_eq(APR_ARRAY_IDX(options.files, 2, const char *), "--c");
    ck_assert_int_eq(options.trust->nelts, 1);
    ck_assert_int_eq(options.sources->nelts, 1);
    ck_assert_int_gt(options.at, APR_INT64_C(1700000000000000));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {times_are_RFC_3339, a_wrong_command_line_is_told,
                                  options_keep_their_order, NULL};

    return run_tests("options", tests);
}
