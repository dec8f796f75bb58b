/*
 * mtls/policy/mailbox.h - the two halves of "local@domain", for mail addresses and UPNs.
 *
 * Who looks for the first "@", or for the last, reads "a@evil.example@corp.example" as one of two
 * people (T-N09).  Here it is nobody.
 *
 * Accepted is RFC 5321 section 4.1.2 with the UTF-8 of RFC 6531 section 3.3: a local part of atoms and
 * dots, or one quoted string, in which an "@" is text; exactly one "@" outside of it; a domain of
 * atoms and dots, or an address literal in brackets.  Dots may stand anywhere, because issued
 * certificates have them anywhere.  Nothing else, white space, comments and a second "@" above all.
 *
 * May include: mtls/cert plain headers.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_POLICY_MAILBOX_H
#define MTLS_POLICY_MAILBOX_H

#include <stdbool.h>

#include "mtls/cert/bytes.h"

/**
 * @param local   borrowed from @a text, not empty; a quoted string keeps its quotes: "a"@x and a@x are
 *                not told to be equal
 * @param domain  borrowed from @a text, not empty
 * @return false when @a text is no mailbox; then both are untouched
 */
bool mtls_mailbox_split(mtls_bytes_t text, mtls_bytes_t *local, mtls_bytes_t *domain);

#endif /* MTLS_POLICY_MAILBOX_H */
