/* httpd/revoked_tickets.c - see mtls/httpd/revoked_tickets.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/httpd/revoked_tickets.h"

#include "mtls/trust/ticket_list_part.h"

/* A reference to the generation is held for no longer than it takes to search. */
bool mtls_revoked_tickets_has(const mtls_shared_t *shared,
                              const unsigned char id[MTLS_CLAIMS_ID_LEN])
{
    unsigned char mark[MTLS_MARK_LEN];
    const mtls_generation_t *generation;
    bool has;

    if (shared->revoked_slot < 0)
        return false;
    if (!mtls_mark_make(mark, (mtls_bytes_t){id, MTLS_CLAIMS_ID_LEN}))
        return true;
    generation = mtls_store_acquire(shared->store);
    has = mtls_ticket_list_has(mtls_generation_ticket_list(generation, shared->revoked_slot), mark);
    mtls_store_release(shared->store, generation);
    return has;
}
