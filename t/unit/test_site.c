/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/policy/site.h"

#include <string.h>

#include "policy_run.h"

static const struct {
    const char *a;
    const char *b;
    bool same;
} rows[] = {
    {"example.org", "www.example.org", true},
    {"cert.example.org", "www.example.org", true},
    {"a.b.c.example.org", "0123456789abcdef.cert.example.org", true},
    {"www.mtls.test", "cert.mtls.test", true}, /* a top label that nobody has listed */
    {"www.example.org", "www.example.net", false},
    {"example.org", "example.com", false},
    {"a.example.org", "a.example2.org", false},
    {"badexample.org", "example.org", false},
    {"a.co.uk", "b.co.uk", false},
    {"www.a.co.uk", "a.co.uk", true},
    {"a.co.uk", "co.uk", false},
    {"a.github.io", "b.github.io", false}, /* private suffixes count as well */
    {"a.github.io", "x.a.github.io", true},
    {"github.io", "a.github.io", false},
    {"a.test", "b.test", false},
    {"org", "example.org", false},
    {"WWW.Example.ORG", "example.org", true},
    {"www.example.org.", "example.org", true},
    {"www.example.org.", "www.example.org", true},
    {"localhost", "localhost", true},
    {"localhost", "LOCALHOST", true},
    {"localhost", "a.localhost", false},
    {"a.localhost", "b.localhost", false},
    {"localhost", "otherhost", false},
    {"co.uk", "co.uk", true},
    {"127.0.0.1", "127.0.0.1", true},
    {"127.0.0.1", "1.0.0.1", false},
    {"10.1.2.3", "9.1.2.3", false},
    {"::1", "::1", true},
    {"[::1]", "[::1]", true},
    {"::1", "::2", false},
    {"2001:DB8::1", "2001:db8::1", true},
    {"::1", "localhost", false},
    {"xn--bcher-kva.example", "www.xn--bcher-kva.example", true},
    {"", "", false},
    {"", "example.org", false},
    {".", "example.org", false},
    {".example.org", "www.example.org", false},
};

START_TEST(which_hosts_are_of_one_site)
{
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        ck_assert_msg(mtls_site_is_same(rows[i].a, rows[i].b) == rows[i].same, "%s %s", rows[i].a,
                      rows[i].b);
        ck_assert_msg(mtls_site_is_same(rows[i].b, rows[i].a) == rows[i].same, "%s %s", rows[i].b,
                      rows[i].a);
    }
}
END_TEST

/* What is longer than any name is of no site, not cut. */
START_TEST(names_too_long_are_of_no_site)
{
    char name[300];

    memset(name, 'a', sizeof(name));
    memcpy(name + 253 - 12, ".example.org", sizeof(".example.org"));
    ck_assert_uint_eq(strlen(name), 253);
    ck_assert(mtls_site_is_same(name, name));
    memset(name, 'a', sizeof(name));
    memcpy(name + 254 - 12, ".example.org", sizeof(".example.org"));
    ck_assert(!mtls_site_is_same(name, name));
    ck_assert(!mtls_site_is_same(name, "example.org"));
    name[254] = '.';
    name[255] = '\0';
    ck_assert(!mtls_site_is_same(name, "example.org"));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {which_hosts_are_of_one_site, names_too_long_are_of_no_site, NULL};

    return run_tests("site", tests);
}
