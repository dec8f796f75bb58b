/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>
#include <string.h>

#include "mtls/policy/value.h"
#include "policy_run.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define HEX64        "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define HEX64_COLONS                                                                               \
    "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:"   \
    "EE:FF"
#define BASE64 "ABEiM0RVZneImaq7zN3u/wARIjNEVWZ3iJmqu8zd7v8="

START_TEST(sizes)
{
    const struct {
        const char *text;
        apr_size_t size;
    } good[] = {{"0", 0},          {"1", 1},           {"128K", 131072},
                {"16M", 16777216}, {"2G", 2147483648}, {"0131072", 131072},
                {"0K", 0}};
    const char *const bad[] = {"",
                               "-1",
                               "+1",
                               " 1",
                               "1 ",
                               "K",
                               "1k",
                               "1KB",
                               "1.5K",
                               "0x10",
                               "1K1",
                               "12345678901234567890123",
                               "3G",
                               "18014398509481985K",
                               "18446744073709551617"};
    apr_size_t size, i;

    for (i = 0; i < COUNT(good); i++) {
        ck_assert_ptr_null(mtls_value_parse_size(&size, good[i].text, 0, 2147483648u, pool));
        ck_assert_uint_eq(size, good[i].size);
        ck_assert_ptr_null(
            mtls_value_parse_size(&size, mtls_value_write_size(size, pool), 0, 2147483648u, pool));
        ck_assert_uint_eq(size, good[i].size);
    }
    for (i = 0; i < COUNT(bad); i++) {
        const char *fault;

        size = 4711;
        fault = mtls_value_parse_size(&size, bad[i], 0, 2147483648u, pool);
        ck_assert_msg(fault != NULL, "accepted '%s'", bad[i]);
        ck_assert_ptr_nonnull(strstr(fault, "2G"));
        ck_assert_uint_eq(size, 4711);
    }
    ck_assert_str_eq(mtls_value_parse_size(&size, "512", 1024, 102400, pool),
                     "'512' is out of range; use 1K to 100K");
    ck_assert_ptr_null(mtls_value_parse_size(&size, "1K", 1024, 102400, pool));
    ck_assert_ptr_null(mtls_value_parse_size(&size, "100K", 1024, 102400, pool));
    ck_assert_ptr_nonnull(mtls_value_parse_size(&size, "102401", 1024, 102400, pool));
}
END_TEST

START_TEST(durations)
{
    const apr_interval_time_t most = apr_time_from_sec(APR_INT64_C(36500) * 86400);
    const struct {
        const char *text;
        apr_interval_time_t duration;
    } good[] = {{"30s", apr_time_from_sec(30)},
                {"500ms", apr_time_from_msec(500)},
                {"2m", apr_time_from_sec(120)},
                {"24h", apr_time_from_sec(86400)},
                {"398d", apr_time_from_sec(34387200)},
                {"7", apr_time_from_sec(7)},
                {"36500d", apr_time_from_sec(APR_INT64_C(36500) * 86400)}};
    const char *const bad[] = {"",
                               "0",
                               "0s",
                               "-5s",
                               "5S",
                               "5 s",
                               "s",
                               "1w",
                               "5sec",
                               "1.5s",
                               "99ms",
                               "36501d",
                               "99999999999999999999d",
                               "213503982334601d"};
    apr_interval_time_t duration;
    size_t i;

    for (i = 0; i < COUNT(good); i++) {
        ck_assert_ptr_null(mtls_value_parse_duration(&duration, good[i].text,
                                                     apr_time_from_msec(100), most, pool));
        ck_assert_int_eq(duration, good[i].duration);
        ck_assert_ptr_null(mtls_value_parse_duration(&duration,
                                                     mtls_value_write_duration(duration, pool),
                                                     apr_time_from_msec(100), most, pool));
        ck_assert_int_eq(duration, good[i].duration);
    }
    for (i = 0; i < COUNT(bad); i++) {
        duration = 4711;
        ck_assert_msg(mtls_value_parse_duration(&duration, bad[i], apr_time_from_msec(100), most,
                                                pool) != NULL,
                      "accepted '%s'", bad[i]);
        ck_assert_int_eq(duration, 4711);
    }
    ck_assert_str_eq(mtls_value_parse_duration(&duration, "11m", apr_time_from_msec(100),
                                               apr_time_from_sec(600), pool),
                     "'11m' is out of range; use 100ms to 10m");
}
END_TEST

START_TEST(numbers)
{
    const char *const bad[] = {"",    "-1", "+1",         "1x",
                               "101", "0",  "4294967297", "99999999999999999999"};
    int number = 4711;
    size_t i;

    for (i = 0; i < COUNT(bad); i++) {
        ck_assert_msg(mtls_value_parse_int(&number, bad[i], 1, 100, pool) != NULL, "%s", bad[i]);
        ck_assert_int_eq(number, 4711);
    }
    ck_assert_ptr_null(mtls_value_parse_int(&number, "100", 1, 100, pool));
    ck_assert_int_eq(number, 100);
    ck_assert_ptr_null(mtls_value_parse_int(&number, "0", 0, 20, pool));
    ck_assert_int_eq(number, 0);
    ck_assert_str_eq(mtls_value_parse_int(&number, "x", 1, 100, pool),
                     "'x' is not a number; use 1 to 100");
}
END_TEST

START_TEST(words)
{
    const mtls_word_t three[] = {{"one", 1}, {"two", 2}, {"three", 3}, {NULL, 0}};
    const mtls_word_t single[] = {{"one", 1}, {NULL, 0}};
    int value = 0;

    ck_assert_ptr_null(mtls_value_parse_word(&value, "two", three, "number", pool));
    ck_assert_int_eq(value, 2);
    ck_assert_str_eq(mtls_value_parse_word(&value, "Two", three, "number", pool),
                     "unknown number 'Two'; use one, two or three");
    ck_assert_ptr_nonnull(mtls_value_parse_word(&value, "", three, "number", pool));
    ck_assert_ptr_nonnull(mtls_value_parse_word(&value, "tw", three, "number", pool));
    ck_assert_int_eq(value, 2);
    ck_assert_str_eq(mtls_value_words(single, pool), "one");
    ck_assert_str_eq(mtls_value_word(three, 3), "three");
    ck_assert_ptr_null(mtls_value_word(three, 4));
}
END_TEST

START_TEST(T_F04_switches_have_two_values)
{
    mtls_switch_t on = MTLS_UNSET;

    ck_assert_ptr_null(mtls_value_parse_switch(&on, "On", pool));
    ck_assert_int_eq(on, MTLS_ON);
    ck_assert_ptr_null(mtls_value_parse_switch(&on, "oFF", pool));
    ck_assert_int_eq(on, MTLS_OFF);
    ck_assert_ptr_nonnull(mtls_value_parse_switch(&on, "yes", pool));
    ck_assert_ptr_nonnull(mtls_value_parse_switch(&on, "", pool));
    ck_assert_ptr_nonnull(mtls_value_parse_switch(&on, "ono", pool));
    ck_assert_int_eq(on, MTLS_OFF);
}
END_TEST

START_TEST(oids)
{
    const char *const good[] = {"1.3.6.1.5.5.7.3.2", "2.999.1", "0.0",
                                "2.5.29.32.0",       "1.39.1",  "2.16.840.1.101"};
    const char *const bad[] = {"",           "1",     "3.1",     "1.40", "0.100", "1..2",
                               ".1.2",       "1.2.",  "01.2",    "1.02", "1.2.x", "1,2",
                               "clientauth", "1.2 3", "OID.1.2", "22.1"};
    const char *out = NULL;
    char long_oid[MTLS_VALUE_MAX_OID + 2];
    size_t i;

    for (i = 0; i < COUNT(good); i++) {
        ck_assert_ptr_null(mtls_value_parse_oid(&out, good[i], pool));
        ck_assert_str_eq(out, good[i]);
    }
    ck_assert_ptr_null(mtls_value_parse_oid(&out, "clientAuth", pool));
    ck_assert_str_eq(out, "1.3.6.1.5.5.7.3.2");
    ck_assert_ptr_null(mtls_value_parse_oid(&out, "serverAuth", pool));
    ck_assert_str_eq(out, "1.3.6.1.5.5.7.3.1");
    ck_assert_ptr_null(mtls_value_parse_oid(&out, "emailProtection", pool));
    ck_assert_str_eq(out, "1.3.6.1.5.5.7.3.4");
    ck_assert_ptr_null(mtls_value_parse_oid(&out, "smartcardLogon", pool));
    ck_assert_str_eq(out, "1.3.6.1.4.1.311.20.2.2");
    memset(long_oid, '1', sizeof(long_oid));
    long_oid[1] = '.';
    long_oid[3] = '.';
    long_oid[sizeof(long_oid) - 1] = '\0';
    out = "kept";
    ck_assert_ptr_nonnull(mtls_value_parse_oid(&out, long_oid, pool));
    long_oid[sizeof(long_oid) - 2] = '\0';
    ck_assert_ptr_null(mtls_value_parse_oid(&out, long_oid, pool));
    out = "kept";
    for (i = 0; i < COUNT(bad); i++) {
        ck_assert_msg(mtls_value_parse_oid(&out, bad[i], pool) != NULL, "accepted '%s'", bad[i]);
        ck_assert_str_eq(out, "kept");
    }
}
END_TEST

START_TEST(pins_have_one_canonical_form)
{
    const struct {
        const char *text;
        const char *canonical;
    } good[] = {{"sha256:" HEX64, "sha256:" HEX64},
                {"sha256:" HEX64_COLONS, "sha256:" HEX64},
                {"spki-sha256:" HEX64, "spki-sha256:" HEX64},
                {"spki-sha256:" HEX64_COLONS, "spki-sha256:" HEX64},
                {"spki-sha256:" BASE64, "spki-sha256:" HEX64}};
    mtls_pin_t pin;
    size_t i;

    for (i = 0; i < COUNT(good); i++) {
        ck_assert_msg(mtls_value_parse_pin(&pin, good[i].text, pool) == NULL, "%s", good[i].text);
        ck_assert_int_eq(pin.spki, good[i].canonical[1] == 'p');
        ck_assert_int_eq(pin.digest[1], 0x11);
        ck_assert_int_eq(pin.digest[31], 0xff);
        ck_assert_str_eq(mtls_value_write_pin(&pin, pool), good[i].canonical);
    }
}
END_TEST

START_TEST(T_N10_what_is_not_quite_a_pin_is_none)
{
    const char *const bad[] = {
        "",
        "sha256:",
        HEX64,
        "sha1:" HEX64,
        "SHA256:" HEX64,
        "sha256:" BASE64, /* base64 is for keys only */
        "sha256:" HEX64 "0",
        "sha256:" HEX64 ":",
        "sha256::" HEX64,
        "sha256:0:0" HEX64,
        "sha256: " HEX64,
        "spki-sha256:" HEX64 " ",
        "spki-sha256:ABEiM0RVZneImaq7zN3u/wARIjNEVWZ3iJmqu8zd7v8",  /* no padding */
        "spki-sha256:ABEiM0RVZneImaq7zN3u/wARIjNEVWZ3iJmqu8zd7v9=", /* stray bits */
        "spki-sha256:ABEiM0RVZneImaq7zN3u_wARIjNEVWZ3iJmqu8zd7v8=", /* another alphabet */
        "spki-sha256:ABEiM0RVZneImaq7zN3u/wARIjNEVWZ3iJmqu8zd7v8==",
        "spki-sha256:ABEiM0RVZneImaq7zN3u/wARIjNEVWZ3iJmqu8zd7v=A",
        "sha256:00112233445566778899aabbccddeeff00112233445566778899aabbccddeef",
        "sha256:00112233445566778899aabbccddeeff00112233445566778899aabbccddeefg",
    };
    mtls_pin_t pin = {.spki = true}, was = pin;
    size_t i;

    for (i = 0; i < COUNT(bad); i++) {
        ck_assert_msg(mtls_value_parse_pin(&pin, bad[i], pool) != NULL, "accepted '%s'", bad[i]);
        ck_assert_mem_eq(&pin, &was, sizeof(pin));
    }
}
END_TEST

START_TEST(T_L01_quoted_text_is_bounded_and_printable)
{
    char text[200];

    memset(text, 'a', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    ck_assert_uint_eq(strlen(mtls_value_quote(text, pool)), 64 + 3 + 2);
    ck_assert_str_eq(mtls_value_quote("a\nb\x1b[m\x7f", pool), "'a?b?[m?'");
}
END_TEST

START_TEST(keys)
{
    ck_assert_str_eq(mtls_value_after_key("rsa=2048", "rsa"), "2048");
    ck_assert_str_eq(mtls_value_after_key("rsa=", "rsa"), "");
    ck_assert_ptr_null(mtls_value_after_key("rsa", "rsa"));
    ck_assert_ptr_null(mtls_value_after_key("rsax=1", "rsa"));
    ck_assert_ptr_null(mtls_value_after_key("RSA=1", "rsa"));
}
END_TEST

START_TEST(F_05_urls)
{
    const char *const good[] = {"http://a",
                                "https://ca.example.org/x.crl",
                                "http://192.0.2.1:8080/?a=b@c",
                                "http://[2001:db8::1]:80/x",
                                "http://[::1]",
                                "http://A.Example.ORG./%20~x;y",
                                "http://a_b.example?q",
                                "http://a:65535/"};
    const char *const bad[] = {"",
                               "http://",
                               "http:///x",
                               "HTTP://a/",
                               "ftp://a/",
                               "file:///etc/passwd",
                               "ldap://a/cn=x",
                               "//a/x",
                               "/x",
                               "a/x",
                               "http:/a",
                               "http://a/x y",
                               "http://a/\xc3\xa9",
                               "http://a/\n",
                               "http://a/\x7f",
                               "http://u@a/",
                               "http://u:p@a/",
                               "http://a/#x",
                               "http://a:/",
                               "http://a:0/",
                               "http://a:65536/",
                               "http://a:8x/",
                               "http://a:999999999999/",
                               "http://[::1/",
                               "http://[::1]x/",
                               "http://[192.0.2.1]/",
                               "http://::1/",
                               "http://1.2.3/",
                               "http://0x7f000001/x.1",
                               "http://-a/",
                               "http://a..b/",
                               "http://.a/",
                               "http://a\\b/",
                               "http://a/b\\c",
                               "http://*.a/",
                               "http://a%2eb/"};
    const char *out = "kept";
    char long_url[MTLS_VALUE_MAX_URL + 2];
    size_t i;

    for (i = 0; i < COUNT(bad); i++) {
        ck_assert_msg(mtls_value_parse_url(&out, bad[i], pool) != NULL, "accepted '%s'", bad[i]);
        ck_assert_str_eq(out, "kept");
    }
    for (i = 0; i < COUNT(good); i++) {
        const char *fault = mtls_value_parse_url(&out, good[i], pool);

        ck_assert_msg(!fault, "%s", fault);
        ck_assert_str_eq(out, good[i]);
    }
    memset(long_url, 'x', sizeof(long_url));
    memcpy(long_url, "http://a/", 9);
    long_url[MTLS_VALUE_MAX_URL + 1] = '\0';
    ck_assert_ptr_nonnull(strstr(mtls_value_parse_url(&out, long_url, pool), "too long"));
    long_url[MTLS_VALUE_MAX_URL] = '\0';
    ck_assert_ptr_null(mtls_value_parse_url(&out, long_url, pool));
}
END_TEST

START_TEST(F_05_hosts_have_one_text)
{
    const struct {
        const char *text;
        const char *host;
    } good[] = {{"a", "a"},
                {"CA.Example.ORG", "ca.example.org"},
                {"ca.example.org.", "ca.example.org"},
                {"*.Example.org", "*.example.org"},
                {"192.0.2.1", "192.0.2.1"},
                {"2001:DB8:0:0::1", "2001:db8::1"},
                {"[2001:db8::1]", "2001:db8::1"},
                {"4.example", "4.example"},
                {"xn--bcher-kva.example", "xn--bcher-kva.example"}};
    const char *const bad[] = {"",     "*",        "*.",       "a.*",      "*.*.a", "*a.example",
                               "a:80", "[::1]:80", "[a]",      "[]",       "1.2.3", "256.1.1.1",
                               "a b",  "a/",       "http://a", "a..b",     ".a",    "a-.b",
                               ".",    "..",       "*.1",      "\xc3\xa9", "a_\n"};
    const char *out = "kept";
    char label[66];
    size_t i;

    for (i = 0; i < COUNT(bad); i++) {
        ck_assert_msg(mtls_value_parse_host(&out, bad[i], pool) != NULL, "accepted '%s'", bad[i]);
        ck_assert_str_eq(out, "kept");
    }
    for (i = 0; i < COUNT(good); i++) {
        const char *fault = mtls_value_parse_host(&out, good[i].text, pool);

        ck_assert_msg(!fault, "%s", fault);
        ck_assert_str_eq(out, good[i].host);
    }
    memset(label, 'a', sizeof(label));
    label[64] = '\0';
    ck_assert_ptr_nonnull(mtls_value_parse_host(&out, label, pool));
    label[63] = '\0';
    ck_assert_ptr_null(mtls_value_parse_host(&out, label, pool));
    ck_assert_ptr_nonnull(mtls_value_parse_host(
        &out, apr_pstrcat(pool, label, ".", label, ".", label, ".", label, NULL), pool));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {sizes,
                                  durations,
                                  numbers,
                                  words,
                                  T_F04_switches_have_two_values,
                                  oids,
                                  pins_have_one_canonical_form,
                                  T_N10_what_is_not_quite_a_pin_is_none,
                                  T_L01_quoted_text_is_bounded_and_printable,
                                  keys,
                                  F_05_urls,
                                  F_05_hosts_have_one_text,
                                  NULL};

    return run_tests("value", tests);
}
