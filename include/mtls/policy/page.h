/*
 * mtls/policy/page.h - what all pages of ours have in common, as far as a server must know it.
 *
 * A page is one document: no script, nothing loaded, one style element.  Its policy lets a browser
 * apply that very style and nothing else, even if foreign text had found a way out of its place.
 *
 * May include: nothing.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_POLICY_PAGE_H
#define MTLS_POLICY_PAGE_H

/** @return the Content-Security-Policy of every report and notice in HTML; static storage. */
const char *mtls_page_csp(void);

#endif /* MTLS_POLICY_PAGE_H */
