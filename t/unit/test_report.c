/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>
#include <jansson.h>
#include <stdbool.h>
#include <string.h>

#include "mtls/policy/codepoint.h"
#include "mtls/policy/reason.h"
#include "mtls/policy/report.h"
#include "policy_run.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
    const char *accept;
    mtls_report_format_t format;
} accepts[] = {
    {NULL, MTLS_REPORT_HTML},
    {"", MTLS_REPORT_HTML},
    {"*/*", MTLS_REPORT_HTML},
    {"application/*", MTLS_REPORT_HTML},
    {"application/json", MTLS_REPORT_PROBLEM},
    {"application/problem+json", MTLS_REPORT_PROBLEM},
    {"Application/JSON", MTLS_REPORT_PROBLEM},
    {"application/json, */*", MTLS_REPORT_PROBLEM},
    {"application/json, text/plain, */*", MTLS_REPORT_PROBLEM},
    {"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", MTLS_REPORT_HTML},
    {"text/html, application/json", MTLS_REPORT_HTML},
    {"text/html;q=0.9, application/json", MTLS_REPORT_PROBLEM},
    {"text/html ; q=0.9 , application/json ; q=0.901", MTLS_REPORT_PROBLEM},
    {"application/json;q=0.5, text/html", MTLS_REPORT_HTML},
    {"application/json;q=0", MTLS_REPORT_HTML},
    {"application/json;q=0.000, text/html;q=0", MTLS_REPORT_HTML},
    {"text/html;q=0, application/json;q=0.001", MTLS_REPORT_PROBLEM},
    {"application/json;Q=1.000, text/html;q=0.999", MTLS_REPORT_PROBLEM},
    {"application/json;charset=utf-8", MTLS_REPORT_PROBLEM},
    {"application/json;x=\"a,text/html;q=1\\\"\"", MTLS_REPORT_PROBLEM},
    {"text/html;x=\",application/json\"", MTLS_REPORT_HTML},
    {", ,application/json,", MTLS_REPORT_PROBLEM},
    {"application/json;", MTLS_REPORT_PROBLEM},
    {"application/jsonp", MTLS_REPORT_HTML},
    {"application/jso", MTLS_REPORT_HTML},
    /* malformed, wherever the fault is */
    {"application/json;q=2", MTLS_REPORT_HTML},
    {"application/json;q=1.001", MTLS_REPORT_HTML},
    {"application/json;q=0.1234", MTLS_REPORT_HTML},
    {"application/json;q=.5", MTLS_REPORT_HTML},
    {"application/json;q=-1", MTLS_REPORT_HTML},
    {"application/json;q=", MTLS_REPORT_HTML},
    {"application/json;q", MTLS_REPORT_HTML},
    {"application/json;q=1;q=1", MTLS_REPORT_HTML},
    {"application/json text/html", MTLS_REPORT_HTML},
    {"application/json, text", MTLS_REPORT_HTML},
    {"application/json, /html", MTLS_REPORT_HTML},
    {"application/json, text/", MTLS_REPORT_HTML},
    {"application/json;x=\"open", MTLS_REPORT_HTML},
    {"application/json;x=\"open\\", MTLS_REPORT_HTML},
    {"application/json, \x01/x", MTLS_REPORT_HTML},
};

START_TEST(the_accept_field_chooses)
{
    size_t i;

    for (i = 0; i < COUNT(accepts); i++) {
        ck_assert_msg(mtls_report_choose(accepts[i].accept) == accepts[i].format, "%s",
                      accepts[i].accept);
    }
}
END_TEST

START_TEST(a_script_is_told_in_json_unless_it_wants_a_page)
{
    static const struct {
        const char *accept;
        mtls_report_format_t format;
    } scripts[] = {{NULL, MTLS_REPORT_PROBLEM},
                   {"", MTLS_REPORT_PROBLEM},
                   {"*/*", MTLS_REPORT_PROBLEM},
                   {"text/*", MTLS_REPORT_PROBLEM},
                   {"application/json", MTLS_REPORT_PROBLEM},
                   {"text/html", MTLS_REPORT_HTML},
                   {"text/html, */*; q=0.01", MTLS_REPORT_HTML},
                   {"application/json, text/html", MTLS_REPORT_HTML},
                   {"application/json, text/html;q=0.9", MTLS_REPORT_PROBLEM},
                   {"text/html;q=0", MTLS_REPORT_PROBLEM},
                   {"text/html, text", MTLS_REPORT_PROBLEM}};
    size_t i;

    for (i = 0; i < COUNT(scripts); i++) {
        ck_assert_msg(mtls_report_choose_for_script(scripts[i].accept) == scripts[i].format, "%s",
                      scripts[i].accept ? scripts[i].accept : "none");
    }
}
END_TEST

static void check_printable(const char *text)
{
    for (; *text; text++) {
        ck_assert_msg((*text >= ' ' && *text <= '~') || *text == '\n', "octet %d", *text);
    }
}

static const apr_array_header_t *names_of(const char *a, const char *b)
{
    apr_array_header_t *names = apr_array_make(pool, 2, sizeof(const char *));

    APR_ARRAY_PUSH(names, const char *) = a;
    APR_ARRAY_PUSH(names, const char *) = b;
    return names;
}

/* Markup, quotes, control characters, a turned direction, and octets that are no UTF-8. */
static const char nasty[] =
    "<script>\"'&\r\nX: \x1b[31m\xe2\x80\xae\xc3\xa9\xff\xc0\xaf\xed\xa0\x80"
    "\xf0\x9f\x92\xa9\xc3";
static const char nasty_html[] =
    "&#x3C;script&#x3E;&#x22;&#x27;&#x26;&#xFFFD;&#xFFFD;X: &#xFFFD;[31m&#xFFFD;&#xE9;&#xFFFD;"
    "&#xFFFD;&#xFFFD;&#xFFFD;&#xFFFD;&#xFFFD;&#x1F4A9;&#xFFFD;";

START_TEST(T_L01_T_H07_S_22_foreign_text_cannot_leave_its_place_in_a_page)
{
    mtls_report_t report = {.reason = MTLS_REASON_EXPIRED,
                            .status = 403,
                            .host = nasty,
                            .issuers = names_of(nasty, "CN=Staff CA"),
                            .reference = nasty,
                            .message = nasty};
    const char *html = mtls_report_html(&report, pool);
    const char *c = html;
    int found = 0;

    check_printable(html);
    ck_assert_ptr_null(strstr(html, "<script"));
    while ((c = strstr(c, nasty_html)) != NULL) {
        c++;
        found++;
    }
    ck_assert_int_eq(found, 4);
    ck_assert_ptr_nonnull(strstr(html, "<li>CN=Staff CA</li>"));
}
END_TEST

START_TEST(every_page_says_what_happened_and_what_to_do)
{
    int i;

    for (i = 0; i < MTLS_REASON_COUNT; i++) {
        const mtls_reason_info_t *info = mtls_reason_info((mtls_reason_t)i);
        mtls_report_t report = {.reason = (mtls_reason_t)i, .status = info->status};
        const char *html = mtls_report_html(&report, pool);

        check_printable(html);
        ck_assert_ptr_eq(strstr(html, "<!DOCTYPE html>"), html);
        ck_assert_ptr_nonnull(strstr(html, "<html lang=\"en\">"));
        ck_assert_ptr_nonnull(strstr(html, apr_pstrcat(pool, "<title>", info->title, "</", NULL)));
        ck_assert_ptr_nonnull(strstr(html, apr_pstrcat(pool, "<h1>", info->title, "</h1>", NULL)));
        ck_assert_ptr_nonnull(strstr(html, info->advice));
        ck_assert_ptr_nonnull(strstr(html, apr_pstrcat(pool, "<dd>", info->word, "</dd>", NULL)));
        ck_assert_ptr_nonnull(strstr(html, "<main>"));
        ck_assert_int_eq(strstr(html, "Try again</h2>") != NULL, info->retryable);
        ck_assert_ptr_null(strstr(html, "Issuers accepted"));
        ck_assert_ptr_null(strstr(html, "http://"));
        ck_assert_ptr_null(strstr(html, "src="));
    }
}
END_TEST

static void check_has(const char *html, const char *piece)
{
    ck_assert_msg(strstr(html, piece) != NULL, "%s is not in %s", piece, html);
}

static void check_lacks(const char *html, const char *piece)
{
    ck_assert_msg(strstr(html, piece) == NULL, "%s is in %s", piece, html);
}

START_TEST(a_page_without_ways_to_show_a_certificate_opens_itself_again)
{
    mtls_report_t report = {.reason = MTLS_REASON_NO_CERTIFICATE, .status = 403};
    const char *html = mtls_report_html(&report, pool);

    check_has(html, "<p>Browsers remember the certificate");
    check_has(html, "href=\"\" class=\"go\">Open this page again</a>");
    check_lacks(html, "Show your certificate");
    report.reason = MTLS_REASON_STEP_UP_REQUIRED;
    check_lacks(mtls_report_html(&report, pool), "href");
}
END_TEST

START_TEST(S_15_a_page_leads_to_where_a_certificate_is_shown)
{
    mtls_report_t report = {.reason = MTLS_REASON_STEP_UP_REQUIRED,
                            .status = 403,
                            .step_up = "https://a.example/.mtls/start?s=x"};
    const char *html = mtls_report_html(&report, pool);

    check_has(html,
              "href=\"https://a.example/.mtls/start?s=x\" class=\"go\">Show your certificate</a>");
    check_lacks(html, "Try again");
    check_lacks(html, "_blank");
    report.reason = MTLS_REASON_NOT_IN_GROUP;
    html = mtls_report_html(&report, pool);
    check_has(html, "start?s=x\" class=\"go\">Show another certificate</a>");
    check_has(html, "<p>If your browser does not ask you");
    check_has(html, "href=\"\">Open this page again</a>");
    report.reason = MTLS_REASON_EXPIRED;
    check_has(mtls_report_html(&report, pool), "Show another certificate</a>");
}
END_TEST

START_TEST(what_was_entered_stays_in_its_window)
{
    const mtls_report_t report = {.reason = MTLS_REASON_STEP_UP_REQUIRED,
                                  .status = 403,
                                  .step_up = "/.mtls/start?s=x",
                                  .new_window = true};
    const char *html = mtls_report_html(&report, pool);

    check_has(html, "href=\"/.mtls/start?s=x\" class=\"go\" target=\"_blank\" "
                    "rel=\"noopener\">Show your certificate");
    check_has(html, "<p>This opens a new window.");
}
END_TEST

START_TEST(S_23_trying_again_may_lead_elsewhere)
{
    const mtls_report_t report = {.reason = MTLS_REASON_STEP_UP_REQUIRED,
                                  .status = 403,
                                  .again = "https://a.example/.mtls/start?s=y"};
    const char *html = mtls_report_html(&report, pool);

    check_has(html, "</p>\n<p>If your browser does not ask you");
    check_has(html, "href=\"https://a.example/.mtls/start?s=y\" class=\"go\">Try again</a>");
    check_lacks(html, "href=\"\"");
}
END_TEST

START_TEST(pages_and_documents_speak_German)
{
    const mtls_language_t *german = mtls_languages_get(mtls_languages_make(pool), "de");
    mtls_report_t report = {.reason = MTLS_REASON_EXPIRED,
                            .status = 403,
                            .language = german,
                            .host = "h",
                            .reference = "r",
                            .issuers = names_of("A", "B"),
                            .step_up = "/x"};
    const char *html = mtls_report_html(&report, pool);
    const char *problem = mtls_report_problem(&report, pool);
    int i;

    check_has(html, "<html lang=\"de\">");
    check_has(html, "<h1>Ihr Zertifikat ist abgelaufen.</h1>");
    check_has(html, "<p>Bitten Sie seinen Aussteller um ein neues.");
    check_has(html, "<h2>Hier anerkannte Aussteller</h2>");
    check_has(html, "<dt>Vorgangsnummer</dt>\n<dd>r</dd>");
    check_has(html, "<dd>expired</dd>");
    check_has(problem, "\"title\":\"Ihr Zertifikat ist abgelaufen.\"");
    check_has(problem, "schlie\\u00DFen");
    check_has(problem, "\"step_up\":\"/x\"");
    for (i = 0; i < MTLS_REASON_COUNT; i++) {
        report.reason = (mtls_reason_t)i;
        check_printable(mtls_report_html(&report, pool));
        check_printable(mtls_report_problem(&report, pool));
    }
}
END_TEST

static json_t *parse(const char *text)
{
    json_error_t error;
    json_t *document = json_loads(text, JSON_REJECT_DUPLICATES, &error);

    ck_assert_msg(document != NULL, "%s: %s", error.text, text);
    return document;
}

static const char *member(const json_t *document, const char *name)
{
    const char *text = json_string_value(json_object_get(document, name));

    return text ? text : "(none)";
}

START_TEST(a_problem_document_has_its_members)
{
    int i;

    for (i = 0; i < MTLS_REASON_COUNT; i++) {
        const mtls_reason_info_t *info = mtls_reason_info((mtls_reason_t)i);
        mtls_report_t report = {.reason = (mtls_reason_t)i, .status = info->status};
        json_t *document = parse(mtls_report_problem(&report, pool));

        ck_assert_str_eq(member(document, "type"),
                         apr_pstrcat(pool, "urn:x-mod-mtls:reason:", info->word, NULL));
        ck_assert_str_eq(member(document, "title"), info->title);
        ck_assert_str_eq(member(document, "detail"), info->advice);
        ck_assert_str_eq(member(document, "reason"), info->word);
        ck_assert_int_eq(json_integer_value(json_object_get(document, "status")), info->status);
        ck_assert_uint_eq(json_object_size(document), 5);
        json_decref(document);
    }
}
END_TEST

START_TEST(T_L01_a_problem_document_survives_any_octets)
{
    mtls_report_t report = {.reason = MTLS_REASON_EXPIRED,
                            .status = 403,
                            .host = nasty,
                            .issuers = names_of(nasty, "CN=Staff CA"),
                            .reference = nasty,
                            .message = nasty};
    const char *text = mtls_report_problem(&report, pool);
    json_t *document = parse(text);
    const json_t *issuers = json_object_get(document, "issuers");
    const char mended[] =
        "<script>\"'&\xef\xbf\xbd\xef\xbf\xbdX: \xef\xbf\xbd[31m\xef\xbf\xbd\xc3\xa9"
        "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
        "\xf0\x9f\x92\xa9\xef\xbf\xbd";

    check_printable(text);
    ck_assert_str_eq(member(document, "host"), mended);
    ck_assert_str_eq(member(document, "reference"), mended);
    ck_assert_str_eq(member(document, "message"), mended);
    ck_assert_uint_eq(json_array_size(issuers), 2);
    ck_assert_str_eq(json_string_value(json_array_get(issuers, 0)), mended);
    ck_assert_str_eq(json_string_value(json_array_get(issuers, 1)), "CN=Staff CA");
    json_decref(document);
}
END_TEST

START_TEST(the_administrators_words_reach_the_person)
{
    mtls_report_t report = {.reason = MTLS_REASON_DENIED_BY_RULE,
                            .status = 403,
                            .message = "The card was lost & blocked."};
    json_t *document = parse(mtls_report_problem(&report, pool));

    ck_assert_ptr_nonnull(strstr(mtls_report_html(&report, pool),
                                 "<p><strong>The card was lost &#x26; blocked.</strong></p>"));
    ck_assert_str_eq(member(document, "message"), "The card was lost & blocked.");
    ck_assert_str_eq(member(document, "detail"), mtls_reason_info(report.reason)->advice);
    json_decref(document);
    report.message = "";
    ck_assert_ptr_null(strstr(mtls_report_html(&report, pool), "<strong>"));
    ck_assert_ptr_null(strstr(mtls_report_problem(&report, pool), "message"));
}
END_TEST

/* @return a message of @a len octets, the last of which are "\xe2\x82\xac". */
static char *long_message(apr_size_t len)
{
    char *text = apr_palloc(pool, len + 1);

    memset(text, 'a', len);
    memcpy(text + len - 3, "\xe2\x82\xac", 4);
    return text;
}

START_TEST(a_long_message_is_cut_between_characters)
{
    const apr_size_t max = MTLS_REPORT_MAX_MESSAGE;
    mtls_report_t report = {.reason = MTLS_REASON_DENIED_BY_RULE, .status = 403};
    apr_size_t len;

    for (len = max - 4; len <= max + 5; len++) {
        const char *told;
        apr_size_t kept = len <= max ? len : len <= max + 2 ? len - 3 : max;

        report.message = long_message(len);
        told = mtls_report_message(&report, pool);
        ck_assert_uint_eq(strlen(told), len <= max ? len : kept + 3);
        ck_assert_int_eq(strncmp(told, report.message, kept), 0);
        ck_assert(len <= max || strcmp(told + kept, "...") == 0);
    }
    report.message = memset(long_message(2 * max), 0x80, 2 * max);
    ck_assert_str_eq(mtls_report_message(&report, pool), "...");
}
END_TEST

START_TEST(every_character_is_written_as_it_was_read)
{
    uint32_t c, wrong = 0;

    for (c = 1; c <= 0x10ffff; c++) {
        char text[MTLS_CODEPOINT_MAX_UTF8 + 1];
        const char *cursor = text;
        size_t len = mtls_codepoint_write(text, c);
        bool surrogate = c >= 0xd800 && c <= 0xdfff;
        uint32_t got;

        text[len] = '\0';
        got = mtls_codepoint_next(&cursor);
        wrong += got != MTLS_CODEPOINT_REPLACEMENT && (got != c || surrogate);
        wrong += cursor != text + len && !surrogate;
        wrong += got != c && c >= ' ' && c < 0x7f;
    }
    ck_assert_uint_eq(wrong, 0);
}
END_TEST

START_TEST(content_types)
{
    ck_assert_str_eq(mtls_report_content_type(MTLS_REPORT_HTML), "text/html; charset=utf-8");
    ck_assert_str_eq(mtls_report_content_type(MTLS_REPORT_PROBLEM), "application/problem+json");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {the_accept_field_chooses,
                                  a_script_is_told_in_json_unless_it_wants_a_page,
                                  T_L01_T_H07_S_22_foreign_text_cannot_leave_its_place_in_a_page,
                                  every_page_says_what_happened_and_what_to_do,
                                  a_page_without_ways_to_show_a_certificate_opens_itself_again,
                                  S_15_a_page_leads_to_where_a_certificate_is_shown,
                                  what_was_entered_stays_in_its_window,
                                  S_23_trying_again_may_lead_elsewhere,
                                  pages_and_documents_speak_German,
                                  a_problem_document_has_its_members,
                                  T_L01_a_problem_document_survives_any_octets,
                                  the_administrators_words_reach_the_person,
                                  a_long_message_is_cut_between_characters,
                                  every_character_is_written_as_it_was_read,
                                  content_types,
                                  NULL};

    return run_tests("report", tests);
}
