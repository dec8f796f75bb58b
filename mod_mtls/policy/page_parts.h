/*
 * policy/page_parts.h - the frame and the pieces that reports and notices in HTML are made of.
 *
 * May include: APR, mtls/policy.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_POLICY_PAGE_PARTS_H
#define MTLS_POLICY_PAGE_PARTS_H

#include <apr_pools.h>
#include <apr_tables.h>
#include <stdbool.h>

#include "mtls/policy/texts.h"

/** A page that grows. */
typedef struct {
    apr_array_header_t *parts; /**< const char * */
    const mtls_language_t *language;
    apr_pool_t *pool;
} mtls_page_t;

/** A label and what stands beside it. */
typedef struct {
    mtls_text_t label;
    const char *value; /**< foreign text; NULL: the fact is left out */
} mtls_page_fact_t;

/** @return a page up to its heading. */
mtls_page_t mtls_page_make(const mtls_language_t *language, const char *title, apr_pool_t *pool);

/** Add markup of our own, which lives as long as the page. */
void mtls_page_put(mtls_page_t *page, const char *markup);

/** Add text, whoever wrote it. */
void mtls_page_put_text(mtls_page_t *page, const char *text);

/** Add an element that holds nothing but such text. */
void mtls_page_put_element(mtls_page_t *page, const char *element, const char *text);

/** Add a paragraph that is one link; nothing when @a url is no address of the web. */
void mtls_page_put_link(mtls_page_t *page, const char *url, mtls_text_t label);

/** The same, for the one thing that is best done on this page. */
void mtls_page_put_button_link(mtls_page_t *page, const char *url, mtls_text_t label,
                               bool new_window);

/** Add a list of facts; nothing when all of them are left out. */
void mtls_page_put_facts(mtls_page_t *page, const mtls_page_fact_t *facts, int count);

/** @return the whole of it, ASCII, from the page's pool. */
const char *mtls_page_end(mtls_page_t *page);

#endif /* MTLS_POLICY_PAGE_PARTS_H */
