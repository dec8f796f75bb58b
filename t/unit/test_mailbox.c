/* SPDX-License-Identifier: Apache-2.0 */
/* T-N09: exactly one unquoted "@". */
#include "mtls/policy/mailbox.h"
#include "policy_run.h"

static mtls_bytes_t octets(const char *text)
{
    mtls_bytes_t bytes = {(const unsigned char *)text, strlen(text)};
    return bytes;
}

static bool is(mtls_bytes_t bytes, const char *text)
{
    return bytes.len == strlen(text) && memcmp(bytes.data, text, bytes.len) == 0;
}

START_TEST(splits)
{
    const struct {
        const char *text, *local, *domain;
    } good[] = {
        {"a@b", "a", "b"},
        {"alice.o'neil+tag@Corp.Example", "alice.o'neil+tag", "Corp.Example"},
        {".a..b.@corp.example", ".a..b.", "corp.example"},
        {"j\xc3\xbcrgen@b\xc3\xbc"
         "cher.example",
         "j\xc3\xbcrgen",
         "b\xc3\xbc"
         "cher.example"},
        {"host/a@KRB.EXAMPLE", "host/a", "KRB.EXAMPLE"},
        {"\"a@evil.example\"@corp.example", "\"a@evil.example\"", "corp.example"},
        {"\"a b\"@corp.example", "\"a b\"", "corp.example"},
        {"\"a\\\"@b\"@corp.example", "\"a\\\"@b\"", "corp.example"},
        {"\"\\\\\"@corp.example", "\"\\\\\"", "corp.example"},
        {"\"\"@corp.example", "\"\"", "corp.example"},
        {"a@[192.0.2.1]", "a", "[192.0.2.1]"},
        {"a@[IPv6:2001:db8::1]", "a", "[IPv6:2001:db8::1]"},
    };
    mtls_bytes_t local, domain;
    int i;

    for (i = 0; i < COUNT_OF(good); i++) {
        ck_assert_msg(mtls_mailbox_split(octets(good[i].text), &local, &domain), "%s",
                      good[i].text);
        ck_assert_msg(is(local, good[i].local) && is(domain, good[i].domain), "%s", good[i].text);
    }
}
END_TEST

START_TEST(refuses_T_N09)
{
    const char *const bad[] = {
        "",
        "@",
        "a",
        "a@",
        "@b",
        "a@evil.example@corp.example",
        "a@@corp.example",
        "a@corp.example@",
        "a\\@evil.example@corp.example",
        "\"a\"@evil.example@corp.example",
        "\"a\"b@corp.example",
        "a\"b\"@corp.example",
        "\"a@corp.example",
        "\"a\\\"@corp.example",
        "\"a\\",
        "\"",
        "\"a\"",
        "\"a\nb\"@corp.example",
        "\"a\\\nb\"@corp.example",
        "a b@corp.example",
        " a@corp.example",
        "a@corp.example ",
        "a(c)@corp.example",
        "A <a@corp.example>",
        "a@corp.example,b",
        "a,b@corp.example",
        "a@\"corp\"",
        "a@[]",
        "a@[1",
        "a@[a@b]",
        "a@[a]b]",
        "a@[1].corp.example",
        "a@corp.example\x7f",
    };
    const mtls_bytes_t before = octets("before");
    const mtls_bytes_t nul = {(const unsigned char *)"a@corp\0.example", 15};
    mtls_bytes_t local = before, domain = before;
    int i;

    for (i = 0; i < COUNT_OF(bad); i++) {
        ck_assert_msg(!mtls_mailbox_split(octets(bad[i]), &local, &domain), "%s", bad[i]);
    }
    ck_assert(!mtls_mailbox_split(nul, &local, &domain));
    ck_assert(is(local, "before") && is(domain, "before"));
}
END_TEST

START_TEST(every_octet)
{
    unsigned octet;

    for (octet = 0; octet < 256; octet++) {
        const unsigned char text[] = {'a', (unsigned char)octet, '@', 'b'};
        mtls_bytes_t bytes = {text, sizeof(text)}, local, domain;
        bool refused = octet <= 0x20 || octet == 0x7f || strchr("()<>[]:;@\\,\"", (int)octet);

        ck_assert_msg(mtls_mailbox_split(bytes, &local, &domain) != refused, "%02x", octet);
    }
}
END_TEST

START_TEST(stays_inside)
{
    const mtls_bytes_t whole = octets("\"a\"@b");
    mtls_bytes_t local, domain;
    mtls_bytes_t cut = whole;

    for (cut.len = 0; cut.len < whole.len; cut.len++) {
        unsigned char *exact = malloc(cut.len + 1);

        memcpy(exact, whole.data, cut.len);
        exact[cut.len] = 'x';
        cut.data = exact;
        ck_assert(!mtls_mailbox_split(cut, &local, &domain));
        free(exact);
    }
    cut.data = NULL;
    cut.len = 0;
    ck_assert(!mtls_mailbox_split(cut, &local, &domain));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {splits, refuses_T_N09, every_octet, stays_inside, NULL};
    return run_tests("mailbox", tests);
}
