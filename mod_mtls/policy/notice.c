/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/policy/notice.h"

#include "page_parts.h"

static void put_button(mtls_page_t *page, mtls_text_t label)
{
    mtls_page_put(page, "<form method=\"post\" action=\"\">\n<p><button>");
    mtls_page_put_text(page, mtls_language_text(page->language, label));
    mtls_page_put(page, "</button></p>\n</form>\n");
}

const char *mtls_notice_html(const mtls_notice_t *notice, apr_pool_t *pool)
{
    const mtls_page_fact_t facts[] = {{MTLS_TEXT_HOST, notice->host}};
    mtls_page_t page =
        mtls_page_make(notice->language, mtls_language_text(notice->language, notice->title), pool);
    int i;

    for (i = 0; i < MTLS_NOTICE_PARAGRAPHS && notice->paragraphs[i] != MTLS_TEXT_NONE; i++) {
        mtls_page_put_element(&page, "p",
                              mtls_language_text(notice->language, notice->paragraphs[i]));
    }
    if (notice->button != MTLS_TEXT_NONE) {
        put_button(&page, notice->button);
    }
    mtls_page_put_facts(&page, facts, sizeof(facts) / sizeof(facts[0]));
    return mtls_page_end(&page);
}
