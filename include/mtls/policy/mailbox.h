/*
 * mtls/policy/mailbox.h - the two sides of the "@" of a mailbox or a user principal name.
 *
 * RFC 5321 section 4.1.2: the local part is octets without quotes, or one quoted string, in which
 * an "@" is nothing special.  What has no "@" outside of that, or two of them, has no sides: nobody
 * can say whose domain "a@evil.example@corp.example" is (T-N09).
 *
 * May include: APR, mtls/cert plain headers.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_POLICY_MAILBOX_H
#define MTLS_POLICY_MAILBOX_H

#include <apr_pools.h>
#include <stdbool.h>

#include "mtls/cert/bytes.h"

/** Both sides, borrowed from the text; neither is empty. */
typedef struct {
    mtls_bytes_t local;  /**< with its quotes where it has some */
    mtls_bytes_t domain; /**< ends where the text ends */
} mtls_mailbox_t;

/** @return true with @a out filled; false when there is not exactly one "@" that separates two
 * sides. */
bool mtls_mailbox_parse(mtls_mailbox_t *out, mtls_bytes_t text);

/** @return the text with its domain in lower case (ASCII) and its local part as it is, by which
 * mailboxes are compared; NUL-terminated when a copy was needed, otherwise @a text. */
mtls_bytes_t mtls_mailbox_key(mtls_bytes_t text, const mtls_mailbox_t *box, apr_pool_t *pool);

#endif /* MTLS_POLICY_MAILBOX_H */
