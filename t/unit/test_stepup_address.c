/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/policy/stepup_address.h"

#include <apr_strings.h>
#include <string.h>

#include "policy_run.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A label of the greatest length, and names as long as a wildcard needs them. */
#define L63          "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffggg"
#define L45          "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeee"
#define NAME237      L63 "." L63 "." L63 "." L45

static const struct {
    const char *url;
    const char *host;
    apr_port_t port;
    bool wildcard;
    const char *origin; /* of a label of eight octets 0x01, 0x23 ... */
} good[] = {
    {"https://cert.example.org/", "cert.example.org", 443, false, "https://cert.example.org"},
    {"https://cert.example.org", "cert.example.org", 443, false, "https://cert.example.org"},
    {"https://Cert.EXAMPLE.org", "cert.example.org", 443, false, "https://cert.example.org"},
    {"https://cert.example.org:443/", "cert.example.org", 443, false, "https://cert.example.org"},
    {"https://cert.example.org:8443/", "cert.example.org", 8443, false,
     "https://cert.example.org:8443"},
    {"https://cert.example.org:65535", "cert.example.org", 65535, false,
     "https://cert.example.org:65535"},
    {"https://localhost:8443", "localhost", 8443, false, "https://localhost:8443"},
    {"https://127.0.0.1:8443/", "127.0.0.1", 8443, false, "https://127.0.0.1:8443"},
    {"https://[::1]/", "::1", 443, false, "https://[::1]"},
    {"https://[2001:DB8:0::1]:8443", "2001:db8::1", 8443, false, "https://[2001:db8::1]:8443"},
    {"https://*.cert.example.org/", "cert.example.org", 443, true,
     "https://0123456789abcdef.cert.example.org"},
    {"https://*.Example.org:8443", "example.org", 8443, true,
     "https://0123456789abcdef.example.org:8443"},
};

START_TEST(addresses_are_read)
{
    const unsigned char label[] = {0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef};
    size_t i;

    for (i = 0; i < COUNT(good); i++) {
        mtls_stepup_address_t address;
        const char *fault;

        memset(&address, 0xa5, sizeof(address));
        fault = mtls_stepup_address_parse(&address, good[i].url, NULL, pool);
        ck_assert_msg(!fault, "%s: %s", good[i].url, fault);
        ck_assert_str_eq(address.text, good[i].url);
        ck_assert_str_eq(address.host, good[i].host);
        ck_assert_int_eq(address.port, good[i].port);
        ck_assert_int_eq(address.wildcard, good[i].wildcard);
        ck_assert(!address.external);
        ck_assert_str_eq(mtls_stepup_address_origin(&address, label, pool), good[i].origin);
    }
}
END_TEST

START_TEST(an_address_may_be_another_servers)
{
    mtls_stepup_address_t address = {.text = NULL};

    ck_assert_ptr_null(
        mtls_stepup_address_parse(&address, "https://c.example.org", "external", pool));
    ck_assert(address.external);
    ck_assert_str_eq(mtls_stepup_address_parse(&address, "https://d.example.org", "External", pool),
                     "unknown word 'External'; use external, or nothing, after the URL");
    ck_assert_str_eq(address.host, "c.example.org");
}
END_TEST

START_TEST(what_is_no_address_is_refused)
{
    const char *const bad[] = {
        "",
        "https",
        "https:",
        "https:/c.example.org",
        "https://",
        "https:///",
        "//c.example.org/",
        "http://c.example.org/",
        "HTTPS://c.example.org/",
        "ftp://c.example.org/",
        "javascript:alert(1)",
        "https:\\\\c.example.org",
        "https://c.example.org\\",
        "https://u@c.example.org/",
        "https://u:p@c.example.org/",
        "https://@c.example.org/",
        "https://c.example.org/path",
        "https://c.example.org//",
        "https://c.example.org/?",
        "https://c.example.org?q",
        "https://c.example.org/?q=1",
        "https://c.example.org#",
        "https://c.example.org/#f",
        "https://c.example.org:",
        "https://c.example.org:/",
        "https://c.example.org:0",
        "https://c.example.org:65536",
        "https://c.example.org:99999999999",
        "https://c.example.org:8x",
        "https://c.example.org:-1",
        "https://c.example.org:443:443",
        "https://c.example.org./",
        "https://c..example.org/",
        "https://.example.org/",
        "https://-c.example.org/",
        "https://c%2eexample.org/",
        "https://c example.org/",
        "https://c.example.org/ ",
        " https://c.example.org/",
        "https://c.example.org\n",
        "https://c\xc3\xa9.example.org/",
        "https://1.2.3/",
        "https://0x7f.1/",
        "https://[::1/",
        "https://::1/",
        "https://[::1]x/",
        "https://[fe80::1%25eth0]/",
        "https://[cert.example.org]/",
        "https://*/",
        "https://*./",
        "https://*.org/",
        "https://*.127.0.0.1/",
        "https://*.[::1]/",
        "https://*.*.example.org/",
        "https://*cert.example.org/",
        "https://c*.example.org/",
        "https://cert.*.example.org/",
        "https://*.example.org./",
        "https://*.u@example.org/",
        "https://*.example.org/x",
        "https://" L63 "a.example.org/",
        "https://" L63 "." L63 "." L63 "." L63 "/",
    };
    size_t i;

    for (i = 0; i < COUNT(bad); i++) {
        mtls_stepup_address_t address, was;

        memset(&address, 0xa5, sizeof(address));
        was = address;
        ck_assert_msg(mtls_stepup_address_parse(&address, bad[i], NULL, pool) != NULL,
                      "accepted %s", bad[i]);
        ck_assert_mem_eq(&address, &was, sizeof(was));
    }
}
END_TEST

/* 237 characters: with a dot and a label of 16 one more than a name may have. */
START_TEST(a_wildcard_leaves_room_for_its_label)
{
    mtls_stepup_address_t address = {.text = NULL};
    const unsigned char label[8] = {0};
    const char *fault, *origin;

    ck_assert_uint_eq(strlen(NAME237), 237);
    fault = mtls_stepup_address_parse(&address, "https://*." NAME237 "/", NULL, pool);
    ck_assert_ptr_nonnull(fault);
    ck_assert_ptr_nonnull(strstr(fault, "leaves no room for a label of 16 characters"));
    ck_assert_ptr_null(mtls_stepup_address_parse(
        &address, apr_pstrcat(pool, "https://*.", &NAME237[1], NULL), NULL, pool));
    origin = mtls_stepup_address_origin(&address, label, pool);
    ck_assert_uint_eq(strlen(origin), strlen("https://") + 253);
}
END_TEST

static bool is_for(const char *url, const char *host, apr_port_t port)
{
    mtls_stepup_address_t address = {.text = NULL};

    ck_assert_ptr_null(mtls_stepup_address_parse(&address, url, NULL, pool));
    return mtls_stepup_address_is(&address, host, port);
}

START_TEST(S_19_an_address_knows_its_hosts)
{
    const char *const plain = "https://cert.example.org/";
    const char *const wild = "https://*.cert.example.org:8443/";

    ck_assert(is_for(plain, "cert.example.org", 443));
    ck_assert(is_for(plain, "CERT.example.ORG", 443));
    ck_assert(!is_for(plain, "cert.example.org", 8443));
    ck_assert(!is_for(plain, "cert.example.org.", 443));
    ck_assert(!is_for(plain, "a.cert.example.org", 443));
    ck_assert(!is_for(plain, "example.org", 443));
    ck_assert(!is_for(plain, "[cert.example.org]", 443));
    ck_assert(!is_for(plain, "", 443));
    ck_assert(is_for(wild, "0123456789abcdef.cert.example.org", 8443));
    ck_assert(is_for(wild, "A.Cert.example.org", 8443));
    ck_assert(!is_for(wild, "a.cert.example.org", 443));
    ck_assert(!is_for(wild, "cert.example.org", 8443));
    ck_assert(!is_for(wild, ".cert.example.org", 8443));
    ck_assert(!is_for(wild, "a.b.cert.example.org", 8443));
    ck_assert(!is_for(wild, "[a.cert.example.org]", 8443));
    ck_assert(!is_for(wild, "localhost", 8443));
    ck_assert(!is_for(wild, "", 8443));
    ck_assert(is_for("https://[2001:db8::a]", "2001:DB8::A", 443));
    ck_assert(is_for("https://[2001:db8::a]", "[2001:db8::A]", 443));
    ck_assert(!is_for("https://[2001:db8::a]", "[2001:db8::a", 443));
    ck_assert(!is_for("https://[2001:db8::a]", "[2001:db8::ab]", 443));
    ck_assert(!is_for("https://[2001:db8::a]", "[2001:db8::a]x", 443));
    ck_assert(!is_for("https://[2001:db8::a]", "[", 443));
    ck_assert(is_for("https://127.0.0.1", "127.0.0.1", 443));
}
END_TEST

START_TEST(origins_are_written_as_browsers_write_them)
{
    ck_assert_str_eq(mtls_web_origin("www.Example.org", 443, pool), "https://www.example.org");
    ck_assert_str_eq(mtls_web_origin("www.example.org", 80, pool), "https://www.example.org:80");
    ck_assert_str_eq(mtls_web_origin("www.example.org", 8443, pool),
                     "https://www.example.org:8443");
    ck_assert_str_eq(mtls_web_origin("::1", 443, pool), "https://[::1]");
    ck_assert_str_eq(mtls_web_origin("[::1]", 8443, pool), "https://[::1]:8443");
    ck_assert_str_eq(mtls_web_origin("2001:DB8:0:0::1", 443, pool), "https://[2001:db8::1]");
    ck_assert_str_eq(mtls_web_origin("127.0.0.1", 443, pool), "https://127.0.0.1");
    ck_assert_str_eq(mtls_web_origin("A B", 443, pool), "https://a b");
}
END_TEST

START_TEST(only_origins_as_browsers_write_them_are_origins)
{
    const char *const right[] = {"https://www.example.org", "https://www.example.org:8443",
                                 "https://localhost:8443", "https://[::1]:8443",
                                 "https://127.0.0.1"};
    const char *const wrong[] = {"https://www.example.org/",
                                 "https://www.example.org:443",
                                 "https://www.example.org:08443",
                                 "https://www.Example.org",
                                 "https://[::0:1]",
                                 "https://*.example.org",
                                 "http://www.example.org",
                                 "www.example.org",
                                 "null",
                                 "*",
                                 "",
                                 "https://a.example, https://b.example",
                                 "https://www.example.org/x"};
    size_t i;

    for (i = 0; i < COUNT(right); i++) {
        ck_assert_ptr_null(mtls_web_origin_check(right[i], pool));
    }
    for (i = 0; i < COUNT(wrong); i++) {
        ck_assert_msg(mtls_web_origin_check(wrong[i], pool) != NULL, "accepted %s", wrong[i]);
    }
    ck_assert_str_eq(mtls_web_origin_check("https://*.example.org", pool),
                     "'https://*.example.org' is not one origin; name each host");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {addresses_are_read,
                                  an_address_may_be_another_servers,
                                  what_is_no_address_is_refused,
                                  a_wildcard_leaves_room_for_its_label,
                                  S_19_an_address_knows_its_hosts,
                                  origins_are_written_as_browsers_write_them,
                                  only_origins_as_browsers_write_them_are_origins,
                                  NULL};

    return run_tests("stepup_address", tests);
}
