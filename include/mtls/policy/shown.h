/*
 * mtls/policy/shown.h - foreign text made fit for a terminal, a log or a page of text.
 *
 * A terminal obeys what it is sent: escape sequences move the cursor, clear the screen or turn the
 * direction of what follows.  Nothing that came out of a certificate, a file or a request is printed
 * but through here.
 *
 * May include: APR, mtls/trust plain headers.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_POLICY_SHOWN_H
#define MTLS_POLICY_SHOWN_H

#include <apr_pools.h>

#include "mtls/trust/origin.h"

/** Most octets of one value that is shown. */
#define MTLS_SHOWN_MAX 4096

/**
 * One line of clean UTF-8: control characters, marks that turn the text's direction and octets that
 * are no UTF-8 are each U+FFFD (mtls/policy/codepoint.h).
 *
 * @param max  most octets of the result, at least 4; text that is cut ends in "..."
 * @return from @a pool
 */
const char *mtls_shown_text(const char *text, apr_size_t max, apr_pool_t *pool);

/** @return "file:line:column" without what is not known, shown as above; "" for no file at all. */
const char *mtls_shown_place(mtls_origin_t at, apr_pool_t *pool);

#endif /* MTLS_POLICY_SHOWN_H */
