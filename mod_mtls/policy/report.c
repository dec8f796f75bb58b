/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/policy/report.h"

#include <apr_cstr.h>
#include <apr_lib.h>
#include <apr_strings.h>
#include <stdbool.h>
#include <string.h>

#include "mtls/policy/reason.h"
#include "page_parts.h"
#include "weight.h"

/* One element of Accept, RFC 9110 section 12.5.1. */
typedef struct {
    const char *type; /* "text/html", not terminated */
    size_t type_len;
    int q; /* thousandths */
} range_t;

static size_t token_len(const char *c)
{
    size_t len = 0;

    while (apr_isalnum(c[len]) || (c[len] && strchr("!#$%&'*+-.^_`|~", c[len]))) {
        len++;
    }
    return len;
}

static const char *skip_space(const char *c)
{
    return c + strspn(c, " \t");
}

/* Length of the quoted-string at @a c, quotes included; 0 when it does not end. */
static size_t quoted_len(const char *c)
{
    size_t len = 1;

    while (c[len] && c[len] != '"') {
        len += c[len] == '\\' && c[len + 1] ? 2 : 1;
    }
    return c[len] == '"' ? len + 1 : 0;
}

/* Take one "name=value" and note a weight.  @return what follows, NULL when malformed. */
static const char *take_parameter(const char *c, range_t *range, bool *weighed)
{
    size_t name_len = token_len(c), value_len;
    const char *value = c + name_len + 1;

    if (name_len == 0 || c[name_len] != '=') {
        return NULL;
    }
    value_len = *value == '"' ? quoted_len(value) : token_len(value);
    if (value_len == 0) {
        return NULL;
    }
    if (name_len == 1 && (*c == 'q' || *c == 'Q')) {
        range->q = mtls_weight_parse(value, value_len);
        if (range->q < 0 || *weighed) {
            return NULL;
        }
        *weighed = true;
    }
    return value + value_len;
}

/* Take one element.  @return what follows, at a comma or the end; NULL when malformed. */
static const char *take_range(const char *c, range_t *range)
{
    size_t len = token_len(c), sub_len;
    bool weighed = false;

    if (len == 0 || c[len] != '/') {
        return NULL;
    }
    sub_len = token_len(c + len + 1);
    if (sub_len == 0) {
        return NULL;
    }
    *range = (range_t){c, len + 1 + sub_len, MTLS_WEIGHT_FULL};
    c = skip_space(c + range->type_len);
    while (c && *c == ';') {
        c = skip_space(c + 1);
        if (*c && *c != ';' && *c != ',') {
            c = take_parameter(c, range, &weighed);
        }
        c = c ? skip_space(c) : NULL;
    }
    return c && (*c == ',' || *c == '\0') ? c : NULL;
}

static bool is_type(const range_t *range, const char *type)
{
    return strlen(type) == range->type_len &&
           apr_cstr_casecmpn(range->type, type, range->type_len) == 0;
}

/* How much a client wants each of the two, 0: not that it says so.  @return false when malformed.
 */
static bool weigh(const char *accept, int *html, int *json)
{
    const char *c = accept ? accept : "";

    *html = *json = 0;
    while (*(c += strspn(c, " \t,"))) {
        range_t range;

        c = take_range(c, &range);
        if (!c) {
            return false;
        }
        if (is_type(&range, "text/html")) {
            *html = range.q > *html ? range.q : *html;
        } else if (is_type(&range, "application/json") ||
                   is_type(&range, "application/problem+json")) {
            *json = range.q > *json ? range.q : *json;
        }
    }
    return true;
}

mtls_report_format_t mtls_report_choose(const char *accept)
{
    int html, json;

    return weigh(accept, &html, &json) && json > html ? MTLS_REPORT_PROBLEM : MTLS_REPORT_HTML;
}

mtls_report_format_t mtls_report_choose_for_script(const char *accept)
{
    int html, json;

    return weigh(accept, &html, &json) && html > 0 && html >= json ? MTLS_REPORT_HTML
                                                                   : MTLS_REPORT_PROBLEM;
}

const char *mtls_report_message(const mtls_report_t *report, apr_pool_t *pool)
{
    const char *message = report->message, *end;

    if (!message || !*message) {
        return NULL;
    }
    end = memchr(message, '\0', MTLS_REPORT_MAX_MESSAGE + 1);
    if (end) {
        return message;
    }
    end = message + MTLS_REPORT_MAX_MESSAGE;
    while (end > message && ((unsigned char)*end & 0xc0) == 0x80) {
        end--; /* the inside of a character */
    }
    return apr_pstrcat(pool, apr_pstrmemdup(pool, message, (apr_size_t)(end - message)), "...",
                       NULL);
}

static void put_words(mtls_page_t *page, const char *element, mtls_text_t text)
{
    mtls_page_put_element(page, element, mtls_language_text(page->language, text));
}

static void put_message(mtls_page_t *page, const char *message)
{
    if (message) {
        mtls_page_put(page, "<p><strong>");
        mtls_page_put_text(page, message);
        mtls_page_put(page, "</strong></p>\n");
    }
}

/* Where a certificate, or another one, can be shown; what else there is comes behind it, and
 * smaller. */
static void put_step_up(mtls_page_t *page, const mtls_report_t *report)
{
    const mtls_reason_info_t *info = mtls_reason_info(report->reason);

    mtls_page_put_button_link(page, report->step_up,
                              info->about == MTLS_ABOUT_ASKING ? MTLS_TEXT_SHOW
                                                               : MTLS_TEXT_SHOW_ANOTHER,
                              report->new_window);
    if (report->new_window) {
        put_words(page, "p", MTLS_TEXT_NEW_WINDOW);
    }
    put_words(page, "p", MTLS_TEXT_AGAIN_ASKED);
    if (report->again) {
        mtls_page_put_link(page, report->again, MTLS_TEXT_AGAIN);
    } else if (info->retryable && !report->new_window) {
        mtls_page_put_link(page, "", MTLS_TEXT_AGAIN_LINK);
    }
}

static void put_ways(mtls_page_t *page, const mtls_report_t *report)
{
    if (report->step_up) {
        put_step_up(page, report);
    } else if (report->again) {
        mtls_page_put_button_link(page, report->again, MTLS_TEXT_AGAIN, false);
        put_words(page, "p", MTLS_TEXT_AGAIN_ASKED);
    } else if (mtls_reason_info(report->reason)->retryable && !report->dead_end) {
        put_words(page, "h2", MTLS_TEXT_AGAIN);
        put_words(page, "p", MTLS_TEXT_AGAIN_CLOSE);
        mtls_page_put_button_link(page, "", MTLS_TEXT_AGAIN_LINK, false);
    }
}

static void put_issuers(mtls_page_t *page, const apr_array_header_t *issuers)
{
    int i;

    if (!issuers || issuers->nelts == 0) {
        return;
    }
    put_words(page, "h2", MTLS_TEXT_ISSUERS);
    mtls_page_put(page, "<ul>\n");
    for (i = 0; i < issuers->nelts; i++) {
        mtls_page_put_element(page, "li", APR_ARRAY_IDX(issuers, i, const char *));
    }
    mtls_page_put(page, "</ul>\n");
}

const char *mtls_report_html(const mtls_report_t *report, apr_pool_t *pool)
{
    const mtls_page_fact_t facts[] = {{MTLS_TEXT_HOST, report->host},
                                      {MTLS_TEXT_STATUS, apr_itoa(pool, report->status)},
                                      {MTLS_TEXT_REASON, mtls_reason_info(report->reason)->word},
                                      {MTLS_TEXT_REFERENCE, report->reference}};
    mtls_page_t page = mtls_page_make(report->language,
                                      mtls_language_title(report->language, report->reason), pool);

    put_message(&page, mtls_report_message(report, pool));
    mtls_page_put_element(&page, "p", mtls_language_advice(report->language, report->reason));
    put_ways(&page, report);
    put_issuers(&page, report->issuers);
    mtls_page_put_facts(&page, facts, sizeof(facts) / sizeof(facts[0]));
    return mtls_page_end(&page);
}

const char *mtls_report_content_type(mtls_report_format_t format)
{
    switch (format) {
    case MTLS_REPORT_PROBLEM:
        return "application/problem+json";
    case MTLS_REPORT_HTML:
        break;
    }
    return "text/html; charset=utf-8";
}
