/* httpd/told.c - see mtls/httpd/told.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/httpd/told.h"

#include "mtls/httpd/request.h"

mtls_decision_t *mtls_decision_make(request_rec *r)
{
    mtls_decision_t *decision = apr_pcalloc(r->pool, sizeof(*decision));

    decision->rehearsed = r->main && mtls_request_rehearsal(r);
    mtls_request_make(r)->decision = decision;
    return decision;
}

static mtls_decision_t *own_of(const request_rec *r)
{
    const mtls_request_t *record = mtls_request_of(r);

    return record ? record->decision : NULL;
}

void mtls_decision_note_unmet(request_rec *r, mtls_reason_t reason, const char *line)
{
    mtls_decision_t *decision = own_of(r);

    if (!decision || decision->unmet)
        return;
    decision->unmet = reason;
    decision->unmet_line = line;
}

void mtls_decision_forget_unmet(request_rec *r)
{
    mtls_decision_t *decision = own_of(r);

    if (!decision)
        return;
    decision->unmet = MTLS_REASON_UNDECIDED;
    decision->unmet_line = NULL;
}

void mtls_decision_want_user(request_rec *r)
{
    mtls_decision_t *decision = own_of(r);

    if (decision)
        decision->user_wanted = true;
}

const mtls_decision_t *mtls_decision_own(const request_rec *r)
{
    return own_of(r);
}

const mtls_decision_t *mtls_decision_of(const request_rec *r)
{
    for (;;) {
        const mtls_decision_t *decision = mtls_decision_own(r);
        const request_rec *from = r->prev ? r->prev : r->main;

        if (decision || !from || from->per_dir_config != r->per_dir_config)
            return decision;
        r = from;
    }
}

const mtls_decision_t *mtls_decision_to_tell(const request_rec *r)
{
    const mtls_decision_t *decision = mtls_decision_of(r);
    const request_rec *from;

    for (from = r->prev; from; from = from->prev) {
        const mtls_decision_t *earlier = mtls_decision_own(from);

        if (earlier && earlier->refused)
            return earlier;
    }
    return decision;
}
