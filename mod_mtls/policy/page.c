/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/policy/page.h"

#include <apr_strings.h>
#include <string.h>

#include "mtls/policy/codepoint.h"
#include "page_parts.h"

/* "&#x1F4A9;" is the longest that four octets become, "&#xFFFD;" that one octet does. */
#define MAX_ESCAPE 8

/* What the hash in the policy is of: t/unit/test_page.c computes it again. */
static const char style[] =
    ":root{color-scheme:light dark}"
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:40rem;margin:0 auto;padding:1rem;"
    "overflow-wrap:anywhere}"
    "h1{font-size:1.5rem;line-height:1.25}h2{font-size:1.125rem;margin-top:2rem}"
    "ul{padding-left:1.25rem}li{margin:.25rem 0}"
    "a.go,button{display:inline-block;font:inherit;font-weight:600;color:inherit;background:none;"
    "border:2px solid;border-radius:.375rem;padding:.5rem 1rem;text-decoration:none;"
    "cursor:pointer}"
    "a.go:hover,button:hover{text-decoration:underline}"
    ":focus-visible{outline:3px solid;outline-offset:3px}"
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1rem;margin-top:2rem;"
    "border-top:1px solid;padding-top:1rem;font-size:.875rem}dd{margin:0}";

const char *mtls_page_csp(void)
{
    return "default-src 'none'; style-src 'sha256-IhWV4FNVJTuFRK/iG2MxfC5YNVFHxSk5r/n22PVZERA='; "
           "form-action 'self'; "
           "frame-ancestors 'none'; base-uri 'none'";
}

static const char *escape(const char *text, apr_pool_t *pool)
{
    char *out = apr_palloc(pool, strlen(text) * MAX_ESCAPE + 1), *to = out;

    while (*text) {
        uint32_t c = mtls_codepoint_next(&text);

        if (c < 0x80 && !strchr("<>&\"'", (int)c)) {
            *to++ = (char)c;
        } else {
            to += apr_snprintf(to, 12, "&#x%X;", c);
        }
    }
    *to = '\0';
    return out;
}

void mtls_page_put(mtls_page_t *page, const char *markup)
{
    APR_ARRAY_PUSH(page->parts, const char *) = markup;
}

void mtls_page_put_text(mtls_page_t *page, const char *text)
{
    mtls_page_put(page, escape(text, page->pool));
}

void mtls_page_put_element(mtls_page_t *page, const char *element, const char *text)
{
    mtls_page_put(page, apr_pstrcat(page->pool, "<", element, ">", escape(text, page->pool), "</",
                                    element, ">\n", NULL));
}

mtls_page_t mtls_page_make(const mtls_language_t *language, const char *title, apr_pool_t *pool)
{
    mtls_page_t page = {apr_array_make(pool, 64, sizeof(const char *)), language, pool};

    mtls_page_put(&page, "<!DOCTYPE html>\n<html lang=\"");
    mtls_page_put(&page, mtls_language_tag(language));
    mtls_page_put(&page, "\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
                         "content=\"width=device-width, initial-scale=1\">\n");
    mtls_page_put_element(&page, "title", title);
    mtls_page_put(&page, "<style>");
    mtls_page_put(&page, style);
    mtls_page_put(&page, "</style>\n</head>\n<body>\n<main>\n");
    mtls_page_put_element(&page, "h1", title);
    return page;
}

/* Addresses come from what a client sent; whatever a browser would run is none. */
static bool is_address(const char *url)
{
    return *url == '\0' || (url[0] == '/' && url[1] != '/' && url[1] != '\\') ||
           strncmp(url, "https://", 8) == 0;
}

/* @param attributes  of the link, each with a blank before it */
static void put_link(mtls_page_t *page, const char *url, const char *attributes, mtls_text_t label)
{
    if (!is_address(url)) {
        return;
    }
    mtls_page_put(page, "<p><a href=\"");
    mtls_page_put_text(page, url);
    mtls_page_put(page, apr_pstrcat(page->pool, "\"", attributes, ">", NULL));
    mtls_page_put_text(page, mtls_language_text(page->language, label));
    mtls_page_put(page, "</a></p>\n");
}

void mtls_page_put_link(mtls_page_t *page, const char *url, mtls_text_t label)
{
    put_link(page, url, "", label);
}

void mtls_page_put_button_link(mtls_page_t *page, const char *url, mtls_text_t label,
                               bool new_window)
{
    put_link(page, url,
             new_window ? " class=\"go\" target=\"_blank\" rel=\"noopener\"" : " class=\"go\"",
             label);
}

void mtls_page_put_facts(mtls_page_t *page, const mtls_page_fact_t *facts, int count)
{
    bool begun = false;
    int i;

    for (i = 0; i < count; i++) {
        if (!facts[i].value) {
            continue;
        }
        if (!begun) {
            mtls_page_put(page, "<dl>\n");
            begun = true;
        }
        mtls_page_put_element(page, "dt", mtls_language_text(page->language, facts[i].label));
        mtls_page_put_element(page, "dd", facts[i].value);
    }
    if (begun) {
        mtls_page_put(page, "</dl>\n");
    }
}

const char *mtls_page_end(mtls_page_t *page)
{
    mtls_page_put(page, "</main>\n</body>\n</html>\n");
    return apr_array_pstrcat(page->pool, page->parts, 0);
}
