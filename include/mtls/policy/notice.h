/*
 * mtls/policy/notice.h - a page of ours that is no refusal: it says something, and may ask.
 *
 * May include: APR, mtls/policy.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_POLICY_NOTICE_H
#define MTLS_POLICY_NOTICE_H

#include <apr_pools.h>

#include "mtls/policy/texts.h"

/** Most paragraphs of one notice. */
#define MTLS_NOTICE_PARAGRAPHS 4

/** Everything but the title may be zero. */
typedef struct {
    const mtls_language_t *language; /**< NULL: English */
    mtls_text_t title;
    mtls_text_t paragraphs[MTLS_NOTICE_PARAGRAPHS]; /**< up to the first MTLS_TEXT_NONE */
    mtls_text_t button;    /**< label of a button that posts an empty form to this very address */
    const char *host;      /**< as in a report: name the request was for, or NULL */
} mtls_notice_t;

/** @return complete HTML document, ASCII octets only, every foreign text escaped, from @a pool; its
 * Content-Type is that of a report in HTML, its policy mtls_page_csp(). */
const char *mtls_notice_html(const mtls_notice_t *notice, apr_pool_t *pool);

#endif /* MTLS_POLICY_NOTICE_H */
