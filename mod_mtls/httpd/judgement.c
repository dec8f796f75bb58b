/* httpd/judgement.c - see mtls/httpd/judgement.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/httpd/judgement.h"

#include "mtls/httpd/live.h"
#include "mtls/httpd/rehearsal.h"
#include "mtls/httpd/request.h"
#include "mtls/httpd/sources.h"
#include "mtls/policy/reason.h"
#include "mtls/trust/judge.h"

/* One proof against one profile; true when that settles it.  The profile's name is the
 * configuration's: what is told is remembered for longer than the generation may live. */
static bool judge_one(mtls_told_t *told, const mtls_proof_t *proof,
                      const mtls_generation_t *generation, int slot, mtls_memo_t *memo,
                      apr_time_t now)
{
    const mtls_profile_t *profile = mtls_generation_profile(generation, slot);
    mtls_verdict_t verdict = mtls_judge(profile, proof->chain, memo, now);

    if (!mtls_verdict_admits(&verdict, now)) {
        mtls_reason_t reason =
            verdict.reason == MTLS_REASON_GOOD ? MTLS_REASON_EXPIRED : verdict.reason;

        told->reason = told->reason == MTLS_REASON_UNDECIDED
                           ? reason
                           : mtls_reason_more_telling(told->reason, reason);
        return false;
    }
    told->reason = MTLS_REASON_GOOD;
    told->proof = proof;
    told->verdict = verdict;
    told->profile = mtls_generation_spec(generation, slot)->name;
    return true;
}

static void judge(mtls_told_t *told, const mtls_proof_t *proof, const mtls_accept_t *accept,
                  const mtls_generation_t *generation, mtls_memo_t *memo, apr_time_t now)
{
    int i;

    *told = (mtls_told_t){.generation = mtls_generation_number(generation)};
    for (; proof && accept; proof = proof->older) {
        for (i = 0; i < accept->names->nelts; i++) {
            if (judge_one(told, proof, generation, accept->slots[i], memo, now))
                return;
        }
    }
}

void mtls_judgement_make(mtls_told_t *told, const mtls_conn_t *conn, const mtls_accept_t *accept,
                         const mtls_generation_t *generation, mtls_memo_t *memo, apr_time_t now)
{
    judge(told, conn ? mtls_conn_proofs(conn) : NULL, accept, generation, memo, now);
    if (conn && told->reason == MTLS_REASON_UNDECIDED)
        told->reason = conn->last_refusal;
}

/* As mtls_judgement_preview(), but not yet whose the certificate is. */
static void preview(request_rec *r, mtls_told_t *told, const mtls_settings_t *place)
{
    const mtls_rehearsal_t *rehearsal = mtls_rehearsal_of(r);
    bool asks = place->verify > MTLS_VERIFY_NONE;
    const mtls_conn_t *conn = asks ? mtls_conn_of(r->connection) : NULL;

    mtls_request_make(r)->previewed = true;
    if (conn && conn->host && conn->host->s != r->server)
        conn = NULL;
    if (rehearsal)
        judge(told, asks ? &rehearsal->proof : NULL, place->accept, mtls_live_generation(r), NULL,
              r->request_time);
    else
        mtls_judgement_make(told, conn, place->accept, mtls_live_generation(r),
                            mtls_config_server(r->server)->shared->memo, r->request_time);
}

void mtls_judgement_preview(request_rec *r, mtls_told_t *told)
{
    const mtls_settings_t *place = mtls_config_place(r);

    preview(r, told, place);
    if (told->reason == MTLS_REASON_GOOD && place->sources)
        mtls_sources_tell(r, NULL, told, place->sources);
    mtls_live_give_back(r);
}
