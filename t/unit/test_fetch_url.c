/*
 * t/unit/test_fetch_url.c - URLs and hosts, as they are configured and as they are fetched from:
 * two readers, which must not disagree.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "run.h"

#include <apr_strings.h>
#include <string.h>

#include "mtls/policy/value.h"
#include "mtls/trust/fetch.h"
#include "mtls/trust/fetch_url.h"
#include "mtls/trust/revocation_spec.h"

#define LABEL "a23456789012345678901234567890123456789012345678901234567890123"
#define NAME  LABEL "." LABEL "." LABEL "." /* and 61 more */

/* Who takes a URL. */
typedef enum { BOTH, ONLY_FETCHED, NEITHER } taken_t;

static const struct {
    const char *url;
    taken_t taken;
    const char *host; /* where somebody takes it */
} urls[] = {
    {"http://ca.example.org", BOTH, "ca.example.org"},
    {"http://ca.example.org/", BOTH, "ca.example.org"},
    {"https://ca.example.org?q", BOTH, "ca.example.org"},
    {"http://CA.Example.ORG/X", BOTH, "ca.example.org"},
    {"http://ca.example.org./x", BOTH, "ca.example.org"},
    {"http://a./", BOTH, "a"},
    {"http://a", BOTH, "a"},
    {"http://a_b.example/", BOTH, "a_b.example"},
    {"http://_a_/", BOTH, "_a_"},
    {"http://xn--bcher-kva.example/", BOTH, "xn--bcher-kva.example"},
    {"http://4.example/", BOTH, "4.example"},
    {"http://0x.example/", BOTH, "0x.example"},
    {"http://a:1/", BOTH, "a"},
    {"http://a.:80/", BOTH, "a"},
    {"http://a:00080/", BOTH, "a"},
    {"http://a:65535?x", BOTH, "a"},
    {"http://192.0.2.1/", BOTH, "192.0.2.1"},
    {"http://192.0.2.1:8080", BOTH, "192.0.2.1"},
    {"http://[2001:DB8:0:0::1]/", BOTH, "2001:db8::1"},
    {"https://[::1]:443/", BOTH, "::1"},
    {"http://[::ffff:192.0.2.1]", BOTH, "::ffff:192.0.2.1"},
    {"http://a/@:@", BOTH, "a"},
    {"http://a/://b", BOTH, "a"},
    {"http://a?u=http://b@c/", BOTH, "a"},
    {"http://a/!$&'()*+,;=~[]{}|^`\"<>%zz", BOTH, "a"},
    {"http://" LABEL "/", BOTH, LABEL},
    {"http://" NAME "1234567890123456789012345678901234567890123456789012345678.bc/", BOTH,
     NAME "1234567890123456789012345678901234567890123456789012345678.bc"},
    {"http://" NAME "1234567890123456789012345678901234567890123456789012345678.bc.:80/", BOTH,
     NAME "1234567890123456789012345678901234567890123456789012345678.bc"},
    {"HTTP://a/", ONLY_FETCHED, "a"},
    {"http://a:/", ONLY_FETCHED, "a"},
    {"http://-a/", ONLY_FETCHED, "-a"},
    {"http://1.2.3/", ONLY_FETCHED, "1.2.3"},
    {"http://" LABEL "4/", ONLY_FETCHED, LABEL "4"},
    {"http://" NAME "1234567890123456789012345678901234567890123456789012345678.bcd/", NEITHER,
     NULL},
    {"http://a/b\\c", NEITHER, NULL},
    {"http://a/\\", NEITHER, NULL},
    {"http://a\\b/", NEITHER, NULL},
    {"http://a/ ", NEITHER, NULL},
    {"http://a/\x7f", NEITHER, NULL},
    {"http://a/\x80", NEITHER, NULL},
    {"http://a/#", NEITHER, NULL},
    {"http://u@a/", NEITHER, NULL},
    {"http://a../", NEITHER, NULL},
    {"http://.a/", NEITHER, NULL},
    {"http://./", NEITHER, NULL},
    {"http://*.a/", NEITHER, NULL},
    {"http://a%2eb/", NEITHER, NULL},
    {"http://[::1]x/", NEITHER, NULL},
    {"http://[::1%25lo]/", NEITHER, NULL},
    {"http://[192.0.2.1]/", NEITHER, NULL},
    {"http://[::1/", NEITHER, NULL},
    {"http://a:0/", NEITHER, NULL},
    {"http://a:65536/", NEITHER, NULL},
    {"http://a:000080/", NEITHER, NULL},
    {"http:///", NEITHER, NULL},
    {"ftp://a/", NEITHER, NULL},
    {"a", NEITHER, NULL},
    {"", NEITHER, NULL},
};

START_TEST(F_05_what_is_configured_can_be_fetched)
{
    const char *url = urls[_i].url;
    const char *kept;
    const char *host;
    const char *of_policy = mtls_value_parse_url(&kept, url, pool);
    const char *of_trust = mtls_fetch_check_url(url, &host, pool);

    ck_assert_msg((of_policy == NULL) == (urls[_i].taken == BOTH), "%s: %s", url, of_policy);
    ck_assert_msg((of_trust == NULL) == (urls[_i].taken != NEITHER), "%s: %s", url, of_trust);
    if (urls[_i].host != NULL)
        ck_assert_str_eq(host, urls[_i].host);
}
END_TEST

/* Each octet, and pairs of those that mean something, in each part of a URL. */
START_TEST(F_05_what_is_configured_can_be_fetched_whatever_it_is)
{
    static const char *const forms[][2] = {
        {"http://a", "b/"}, {"http://", ""},     {"http://a/", ""}, {"http://a:", "/"},
        {"http://a?", ""},  {"http://[::", "]"}, {"http://a.", ""}, {"http", "//a"}};
    static const char special[] = "./:@[]%*-_019aAxX \\#?";
    int taken = 0;

    for (int i = 0; i < COUNT_OF(forms); i++) {
        for (int first = 1; first < 256; first++) {
            for (const char *second = special; second < special + sizeof(special); second++) {
                char text[3] = {(char)first, *second, '\0'};
                const char *url = apr_pstrcat(pool, forms[i][0], text, forms[i][1], NULL);
                const char *kept;
                const char *problem;

                if (mtls_value_parse_url(&kept, url, pool) != NULL)
                    continue;
                problem = mtls_fetch_check_url(url, NULL, pool);
                ck_assert_msg(problem == NULL, "%s: %s", url, problem);
                taken++;
            }
        }
    }
    ck_assert_int_gt(taken, 1000);
}
END_TEST

START_TEST(F_05_lengths_are_the_same)
{
    char *url = apr_psprintf(pool, "http://a/%0*d", MTLS_VALUE_MAX_URL - 9, 0);
    const char *kept;

    ck_assert_int_eq(MTLS_VALUE_MAX_URL, MTLS_FETCH_MAX_URL);
    ck_assert_ptr_null(mtls_value_parse_url(&kept, url, pool));
    ck_assert_ptr_null(mtls_fetch_check_url(url, NULL, pool));
}
END_TEST

/* A host as MTLSFetchHosts takes it, one that is asked for in a URL, and whether that is allowed.
 */
static const struct {
    const char *listed;
    const char *asked;
    bool allowed;
} pairs[] = {
    {"ca.example.org", "ca.example.org", true},
    {"CA.Example.org.", "ca.EXAMPLE.org", true},
    {"ca.example.org", "ca.example.org.", true},
    {"ca.example.org", "x.ca.example.org", false},
    {"ca.example.org", "example.org", false},
    {"ca.example.org", "ca.example.org.uk", false},
    {"ca.example.org", "xca.example.org", false},
    {"*.example.org", "ca.example.org", true},
    {"*.Example.ORG.", "CA.example.org.", true},
    {"*.example.org", "a.b.example.org", true},
    {"*.example.org", "example.org", false},
    {"*.example.org", "xexample.org", false},
    {"*.example.org", "ca.example.org.uk", false},
    {"*.example.org", "ca.example.or", false},
    {"*.example.org", "org", false},
    {"*.org", "a.org", true},
    {"*.org", "org", false},
    {"*.a_b", "_.a_b", true},
    {"192.0.2.1", "192.0.2.1", true},
    {"192.0.2.1", "192.0.2.10", false},
    {"192.0.2.1", "[::ffff:192.0.2.1]", false},
    {"2001:DB8:0:0::1", "[2001:db8::1]", true},
    {"[2001:db8::1]", "[2001:0DB8::0:1]", true},
    {"2001:db8::1", "[2001:db8::11]", false},
    {"::ffff:192.0.2.1", "[::ffff:c000:201]", true},
};

START_TEST(F_05_hosts_are_listed_by_name_or_by_what_is_above)
{
    apr_array_header_t *hosts = apr_array_make(pool, 2, sizeof(mtls_sourced_t));
    const char *url = apr_pstrcat(pool, "http://", pairs[_i].asked, ":80/", NULL);
    mtls_sourced_t listed = {.value = "other.example"};
    const char *host;

    APR_ARRAY_PUSH(hosts, mtls_sourced_t) = listed;
    ck_assert_ptr_null(mtls_fetch_check_url(url, &host, pool));
    ck_assert(!mtls_fetch_url_is_listed(host, hosts));
    ck_assert_ptr_null(mtls_value_parse_host(&listed.value, pairs[_i].listed, pool));
    APR_ARRAY_PUSH(hosts, mtls_sourced_t) = listed;
    ck_assert_msg(mtls_fetch_url_is_listed(host, hosts) == pairs[_i].allowed, "%s, %s",
                  pairs[_i].listed, pairs[_i].asked);
    ck_assert(!mtls_fetch_url_is_listed(host, NULL));
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("fetch_url");

    tcase_add_loop_test(tcase, F_05_what_is_configured_can_be_fetched, 0, COUNT_OF(urls));
    tcase_add_test(tcase, F_05_what_is_configured_can_be_fetched_whatever_it_is);
    tcase_add_test(tcase, F_05_lengths_are_the_same);
    tcase_add_loop_test(tcase, F_05_hosts_are_listed_by_name_or_by_what_is_above, 0,
                        COUNT_OF(pairs));
    return run_case("trust/fetch_url", tcase);
}
