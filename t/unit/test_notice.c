/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>
#include <string.h>

#include "mtls/policy/notice.h"
#include "policy_run.h"

static void check_has(const char *html, const char *piece)
{
    ck_assert_msg(strstr(html, piece) != NULL, "%s is not in %s", piece, html);
}

static void check_lacks(const char *html, const char *piece)
{
    ck_assert_msg(strstr(html, piece) == NULL, "%s is in %s", piece, html);
}

static void check_ascii(const char *text)
{
    for (; *text; text++) {
        ck_assert_msg((*text >= ' ' && *text <= '~') || *text == '\n', "octet %d", *text);
    }
}

START_TEST(a_notice_says_its_paragraphs_and_nothing_more)
{
    const mtls_notice_t notice = {.title = MTLS_TEXT_DONE_TITLE,
                                  .paragraphs = {MTLS_TEXT_DONE, MTLS_TEXT_DONE_CLOSE}};
    const char *html = mtls_notice_html(&notice, pool);

    ck_assert_ptr_eq(strstr(html, "<!DOCTYPE html>\n<html lang=\"en\">"), html);
    check_has(html, "<title>You have shown your certificate.</title>");
    check_has(html, "<h1>You have shown your certificate.</h1>\n<p>Go back to the page");
    check_has(html, "you can close it.</p>\n</main>");
    check_lacks(html, "<form");
    check_lacks(html, "<a ");
    check_lacks(html, "<dl>");
    check_lacks(html, "script");
    check_lacks(html, "src=");
}
END_TEST

START_TEST(all_paragraphs_that_there_is_room_for_are_told)
{
    const mtls_notice_t notice = {.title = MTLS_TEXT_LOGOUT_TITLE,
                                  .paragraphs = {MTLS_TEXT_LOGOUT, MTLS_TEXT_LOGOUT_DONE,
                                                 MTLS_TEXT_LOGOUT_KEEPS, MTLS_TEXT_LOGOUT_NOTHING}};
    const char *html = mtls_notice_html(&notice, pool);
    int i;

    for (i = 0; i < MTLS_NOTICE_PARAGRAPHS; i++) {
        check_has(html, mtls_language_text(NULL, notice.paragraphs[i]));
    }
}
END_TEST

START_TEST(a_button_posts_to_the_page_itself)
{
    const mtls_notice_t notice = {.title = MTLS_TEXT_LOGOUT_TITLE,
                                  .button = MTLS_TEXT_LOGOUT_BUTTON};

    check_has(mtls_notice_html(&notice, pool),
              "<form method=\"post\" action=\"\">\n<p><button>Log out</button></p>\n</form>");
}
END_TEST

START_TEST(a_notice_in_German_is_ASCII_all_the_same)
{
    mtls_notice_t notice = {.language = mtls_languages_get(mtls_languages_make(pool), "de"),
                            .paragraphs = {MTLS_TEXT_LOGOUT},
                            .button = MTLS_TEXT_LOGOUT_BUTTON,
                            .host = "<www.example.org>"};
    int title;

    for (title = MTLS_TEXT_NONE + 1; title < MTLS_TEXT_COUNT; title++) {
        notice.title = (mtls_text_t)title;
        check_ascii(mtls_notice_html(&notice, pool));
    }
    notice.title = MTLS_TEXT_LOGOUT_TITLE;
    check_has(mtls_notice_html(&notice, pool), "<html lang=\"de\">");
    check_has(mtls_notice_html(&notice, pool), "<h1>M&#xF6;chten Sie sich abmelden?</h1>");
    check_has(mtls_notice_html(&notice, pool), "<button>Abmelden</button>");
    check_has(mtls_notice_html(&notice, pool),
              "<dl>\n<dt>Host</dt>\n<dd>&#x3C;www.example.org&#x3E;</dd>\n</dl>");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {a_notice_says_its_paragraphs_and_nothing_more,
                                  all_paragraphs_that_there_is_room_for_are_told,
                                  a_button_posts_to_the_page_itself,
                                  a_notice_in_German_is_ASCII_all_the_same, NULL};

    return run_tests("notice", tests);
}
