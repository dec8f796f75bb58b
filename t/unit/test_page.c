/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>
#include <openssl/evp.h>
#include <string.h>

#include "mtls/policy/notice.h"
#include "mtls/policy/report.h"
#include "mtls/policy/page.h"
#include "mtls/policy/notice.h"
#include "mtls/policy/report.h"
#include "policy_run.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What a browser compares: base64 of the SHA-256 of what is between the tags. */
static const char *style_hash(const char *html)
{
    const char *begin = strstr(html, "<style>"), *end = strstr(html, "</style>");
    unsigned char digest[EVP_MAX_MD_SIZE];
    char *text = apr_palloc(pool, 2 * EVP_MAX_MD_SIZE);
    unsigned len;

    ck_assert_ptr_nonnull(begin);
    begin += strlen("<style>");
    ck_assert(end > begin);
    ck_assert_int_eq(EVP_Digest(begin, (size_t)(end - begin), digest, &len, EVP_sha256(), NULL), 1);
    EVP_EncodeBlock((unsigned char *)text, digest, (int)len);
    return text;
}

START_TEST(S_33_the_policy_admits_the_style_of_pages_and_nothing_else)
{
    const mtls_report_t report = {.reason = MTLS_REASON_EXPIRED, .status = 403};
    const mtls_notice_t notice = {.title = MTLS_TEXT_DONE_TITLE};
    const char *hash = style_hash(mtls_report_html(&report, pool));

    ck_assert_str_eq(hash, style_hash(mtls_notice_html(&notice, pool)));
    ck_assert_str_eq(mtls_page_csp(),
                     apr_psprintf(pool,
                                  "default-src 'none'; style-src 'sha256-%s'; form-action 'self'; "
                                  "frame-ancestors 'none'; base-uri 'none'",
                                  hash));
}
END_TEST

static const char *page_with_link(const char *url)
{
    const mtls_report_t report = {
        .reason = MTLS_REASON_STEP_UP_REQUIRED, .status = 403, .step_up = url};

    return mtls_report_html(&report, pool);
}

START_TEST(a_link_leads_to_an_address_of_the_web_or_is_left_out)
{
    static const char *const good[] = {"", "/", "/.mtls/start?s=x", "https://a.example/"};
    static const char *const bad[] = {"javascript:alert(1)",
                                      "JavaScript:0",
                                      "data:text/html,x",
                                      "http://a.example/",
                                      "//b.example/",
                                      "/\\b.example/",
                                      " https://a.example/",
                                      "x",
                                      "HTTPS"};
    size_t i;

    for (i = 0; i < COUNT(good); i++) {
        ck_assert_ptr_nonnull(
            strstr(page_with_link(good[i]), apr_pstrcat(pool, "href=\"", good[i], "\"", NULL)));
    }
    for (i = 0; i < COUNT(bad); i++) {
        ck_assert_msg(!strstr(page_with_link(bad[i]), "href"), "%s", bad[i]);
    }
}
END_TEST

START_TEST(T_L01_an_address_cannot_leave_its_place)
{
    ck_assert_ptr_nonnull(strstr(page_with_link("/?a=\"><b>'&c=\xc3\xa9\xff"),
                                 "href=\"/?a=&#x22;&#x3E;&#x3C;b&#x3E;&#x27;&#x26;c=&#xE9;&#xFFFD;"
                                 "\" class=\"go\">"));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {S_33_the_policy_admits_the_style_of_pages_and_nothing_else,
                                  a_link_leads_to_an_address_of_the_web_or_is_left_out,
                                  T_L01_an_address_cannot_leave_its_place, NULL};

    return run_tests("page", tests);
}
