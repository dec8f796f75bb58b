/* httpd/access_judge.c - see access_parts.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "access_parts.h"

#include <http_log.h>

#include "mtls/httpd/judgement.h"
#include "mtls/httpd/live.h"
#include "mtls/httpd/message.h"
#include "mtls/policy/reason.h"

APLOG_USE_MODULE(mtls);

/* Whether the connection's record is this thread's to write: streams of HTTP/2 run beside each
 * other. */
static bool is_alone(const mtls_access_t *access)
{
    return access->conn && !access->r->connection->master;
}

/* A connection's next request mostly asks what its last one asked: same profiles, same proofs, same
 * trust, and a verdict that still holds.  HTTP/2 streams, in threads of their own, ask the memo. */
static bool recall(mtls_access_t *access)
{
    const mtls_conn_last_t *last = &access->conn->last;

    if (last->accept != access->place->accept || last->sources != access->place->sources ||
        last->newest != access->conn->proofs ||
        last->proof_age != mtls_settings_proof_age(access->place) ||
        last->generation != mtls_live_number(access->r) ||
        !mtls_verdict_admits(&last->told.verdict, access->now))
        return false;
    access->decision->told = last->told;
    access->decision->lasting = true;
    return true;
}

void mtls_access_judge(mtls_access_t *access)
{
    mtls_told_t *told = &access->decision->told;
    const mtls_shown_ticket_t *ticket;

    if (is_alone(access) && recall(access))
        return;
    ticket = mtls_judgement_ticket(access->r, access->conn, access->place);
    mtls_judgement_make(told, access->conn, ticket, access->place, mtls_live_generation(access->r),
                        access->shared, access->now);
    if (told->reason == MTLS_REASON_GOOD)
        return;
    mtls_settings_resolve(&access->settings, access->place);
    if (ticket && ticket->reason == MTLS_REASON_GOOD)
        ap_log_rerror(APLOG_MARK, APLOG_DEBUG, 0, access->r,
                      MTLS_MSG_TICKET "a ticket does not count: %s",
                      mtls_reason_info(told->reason)->word);
}

bool mtls_access_is_lasting(const mtls_access_t *access)
{
    return is_alone(access) && access->decision->told.proof->method != MTLS_PROOF_TICKET;
}

void mtls_access_remember(mtls_access_t *access)
{
    const mtls_told_t *told = &access->decision->told;

    if (!told->principal || access->decision->lasting)
        access->conn->last =
            (mtls_conn_last_t){access->place->accept,  access->conn->proofs,
                               access->place->sources, mtls_settings_proof_age(access->place),
                               told->generation,       *told};
}
