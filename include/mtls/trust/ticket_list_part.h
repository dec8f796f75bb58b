/*
 * mtls/trust/ticket_list_part.h - lists of revoked tickets as parts of a generation.
 *
 * A list may be empty and may be read by everyone, but nobody may write it whom the administrator
 * does not know: see mtls/trust/material.h.
 *
 * May include: APR, mtls/trust plain headers.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_TICKET_LIST_PART_H
#define MTLS_TRUST_TICKET_LIST_PART_H

#include "mtls/trust/generation.h"
#include "mtls/trust/part.h"
#include "mtls/trust/ticket_list.h"

/** Largest list, in octets. */
#define MTLS_TICKET_LIST_FILE_MAX (1024 * 1024)

/** Parts whose spec is a mtls_named_file_t and whose thing is a mtls_ticket_list_t. */
extern const mtls_part_kind_t mtls_ticket_list_part_kind;

/** @return the list in @a slot, which must hold one, borrowed. */
const mtls_ticket_list_t *mtls_generation_ticket_list(const mtls_generation_t *generation,
                                                      int slot);

#endif /* MTLS_TRUST_TICKET_LIST_PART_H */
