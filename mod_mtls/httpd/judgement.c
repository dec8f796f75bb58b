/* httpd/judgement.c - see mtls/httpd/judgement.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/httpd/judgement.h"

#include "mtls/httpd/live.h"
#include "mtls/httpd/rehearsal.h"
#include "mtls/httpd/request.h"
#include "mtls/httpd/sources.h"
#include "mtls/policy/reason.h"
#include "mtls/trust/judge.h"

/* The question, for all proofs and profiles. */
typedef struct {
    const mtls_settings_t *place;
    const mtls_generation_t *generation;
    const mtls_verify_means_t *means;
    mtls_memo_t *memo;
    apr_time_t now;
} question_t;

static void note_refusal(mtls_told_t *told, mtls_reason_t reason)
{
    told->reason = told->reason == MTLS_REASON_UNDECIDED
                       ? reason
                       : mtls_reason_more_telling(told->reason, reason);
}

/* One proof against one profile; true when that settles it.  The profile's name is the
 * configuration's: what is told is remembered for longer than the generation may live. */
static bool judge_one(mtls_told_t *told, const mtls_proof_t *proof, int slot,
                      const question_t *question)
{
    const mtls_profile_t *profile = mtls_generation_profile(question->generation, slot);
    mtls_verdict_t verdict =
        mtls_judge(profile, proof->chain, question->memo, question->means, question->now);

    if (!mtls_verdict_admits(&verdict, question->now)) {
        note_refusal(told,
                     verdict.reason == MTLS_REASON_GOOD ? MTLS_REASON_EXPIRED : verdict.reason);
        return false;
    }
    told->reason = MTLS_REASON_GOOD;
    told->proof = proof;
    told->verdict = verdict;
    told->profile = mtls_generation_spec(question->generation, slot)->name;
    return true;
}

/* When a proof ends, whatever its certificate says. */
static apr_time_t end_of(const mtls_proof_t *proof, const mtls_settings_t *place)
{
    apr_interval_time_t age = mtls_settings_proof_age(place);

    return age == MTLS_PROOF_AGE_OFF ? APR_INT64_MAX : proof->proven_at + age;
}

/* @return whether one of the place's profiles accepts the proof.
 * @param ticket  that the proof is of, which counts for some profiles only (S-03); or NULL */
static bool judge_profiles(mtls_told_t *told, const mtls_proof_t *proof,
                           const mtls_shown_ticket_t *ticket, const question_t *question)
{
    const mtls_accept_t *accept = question->place->accept;
    bool meant = false;
    int i;

    for (i = 0; i < accept->names->nelts; i++) {
        if (ticket && !mtls_shown_ticket_is_for(ticket, question->generation, accept->slots[i]))
            continue;
        meant = true;
        if (judge_one(told, proof, accept->slots[i], question))
            return true;
    }
    if (!meant)
        note_refusal(told, MTLS_REASON_TICKET_AUDIENCE);
    return false;
}

static bool judge_proof(mtls_told_t *told, const mtls_proof_t *proof,
                        const mtls_shown_ticket_t *ticket, const question_t *question)
{
    apr_time_t end = end_of(proof, question->place);

    if (end <= question->now) {
        note_refusal(told, ticket ? MTLS_REASON_TICKET_EXPIRED : MTLS_REASON_PROOF_EXPIRED);
        return false;
    }
    if (!judge_profiles(told, proof, ticket, question))
        return false;
    if (end < told->verdict.valid_until)
        told->verdict.valid_until = end;
    return true;
}

static void judge_ticket(mtls_told_t *told, const mtls_shown_ticket_t *ticket,
                         const question_t *question)
{
    if (ticket->reason == MTLS_REASON_GOOD)
        judge_proof(told, ticket->proof, ticket, question);
    else if (ticket->reason != MTLS_REASON_UNDECIDED)
        note_refusal(told, ticket->reason);
}

static void judge(mtls_told_t *told, const mtls_proof_t *proof, const question_t *question)
{
    *told = (mtls_told_t){.generation = mtls_generation_number(question->generation)};
    for (; proof && question->place->accept; proof = proof->older) {
        if (judge_proof(told, proof, NULL, question))
            return;
    }
}

void mtls_judgement_make(mtls_told_t *told, const mtls_conn_t *conn,
                         const mtls_shown_ticket_t *ticket, const mtls_settings_t *place,
                         const mtls_generation_t *generation, const mtls_shared_t *shared,
                         apr_time_t now)
{
    question_t question = {place, generation, &shared->means, shared->memo, now};

    judge(told, conn ? mtls_conn_proofs(conn) : NULL, &question);
    if (told->reason != MTLS_REASON_GOOD && ticket && place->accept)
        judge_ticket(told, ticket, &question);
    if (mtls_reload_is_behind(shared->reload))
        *told =
            (mtls_told_t){.generation = told->generation, .reason = MTLS_REASON_TRUST_UNAVAILABLE};
    if (conn && told->reason == MTLS_REASON_UNDECIDED)
        told->reason = conn->last_refusal;
}

const mtls_shown_ticket_t *mtls_judgement_ticket(request_rec *r, const mtls_conn_t *conn,
                                                 const mtls_settings_t *place)
{
    return conn && conn->settled && mtls_shown_ticket_counts(place) ? mtls_shown_ticket_of(r)
                                                                    : NULL;
}

/* As mtls_judgement_preview(), but not yet whose the certificate is. */
static void preview(request_rec *r, mtls_told_t *told, const mtls_settings_t *place)
{
    const mtls_rehearsal_t *rehearsal = mtls_request_rehearsal(r);
    bool asks = place->verify > MTLS_VERIFY_NONE;
    const mtls_conn_t *conn = asks ? mtls_conn_of(r->connection) : NULL;
    const mtls_shared_t *shared = mtls_config_server(r->server)->shared;
    apr_time_t now = apr_time_now();
    question_t question = {place, mtls_live_generation(r), &shared->means, NULL, now};

    mtls_request_make(r)->previewed = true;
    if (conn && conn->host && conn->host->s != r->server)
        conn = NULL;
    if (rehearsal)
        judge(told, asks ? &rehearsal->proof : NULL, &question);
    else
        mtls_judgement_make(told, conn, mtls_judgement_ticket(r, conn, place), place,
                            mtls_live_generation(r), shared, now);
}

void mtls_judgement_preview(request_rec *r, mtls_told_t *told)
{
    const mtls_settings_t *place = mtls_config_place(r);

    preview(r, told, place);
    if (told->reason == MTLS_REASON_GOOD && place->sources)
        mtls_sources_tell(r, NULL, told, place->sources);
    mtls_live_give_back(r);
}
