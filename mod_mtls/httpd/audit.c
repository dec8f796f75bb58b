/* httpd/audit.c - see mtls/httpd/audit.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/httpd/audit.h"

#include <apr_atomic.h>
#include <apr_escape.h>
#include <apr_strings.h>
#include <http_log.h>

#include "mtls/cert/mark.h"
#include "mtls/cert/text.h"
#include "mtls/httpd/config.h"
#include "mtls/httpd/conn.h"
#include "mtls/httpd/message.h"
#include "mtls/policy/reason.h"

APLOG_USE_MODULE(mtls);

/* Seconds between two warnings of one child. */
#define WARNING_INTERVAL 10

/* Most octets of foreign text in a line, before escaping. */
#define MAX_TEXT         256

/* Octets of an attempt's id by which its lines are found: those its cookie is named by. */
#define ATTEMPT_LEN      8

static const char *bounded(request_rec *r, const char *text)
{
    return ap_escape_logitem(r->pool, apr_pstrndup(r->pool, text, MAX_TEXT));
}

static const char *describe_method(request_rec *r, const mtls_proof_t *proof)
{
    const char *word = mtls_proof_method_word(proof->method);

    if (!proof->ticket)
        return word;
    return apr_pstrcat(r->pool, word, " ", mtls_mark_write(proof->ticket, r->pool), NULL);
}

static const char *describe(request_rec *r, const mtls_proof_t *proof)
{
    mtls_bytes_t sha256;

    if (!proof)
        return "no certificate";
    sha256.data = proof->identity->sha256;
    sha256.len = MTLS_SHA256_LEN;
    return apr_psprintf(r->pool, "certificate \"%s\", sha256 %s, by %s",
                        bounded(r, mtls_name_write(&proof->identity->subject, MAX_TEXT, r->pool)),
                        mtls_hex_write(sha256, r->pool), describe_method(r, proof));
}

/* Who the sources say the holder is, and which of their lines says so. */
static const char *describe_holder(request_rec *r, const mtls_principal_t *principal)
{
    const char *who;

    if (!principal)
        return "";
    if (principal->reason == MTLS_REASON_GOOD)
        who = principal->user ? apr_psprintf(r->pool, "user \"%s\"", bounded(r, principal->user))
                              : "no user";
    else
        who = apr_pstrcat(r->pool, "no user: ", mtls_reason_info(principal->reason)->word, NULL);
    if (!principal->rule.file)
        return apr_pstrcat(r->pool, ", ", who, NULL);
    return apr_psprintf(r->pool, ", %s by %s:%d", who, principal->rule.file, principal->rule.line);
}

void mtls_audit_admitted(request_rec *r, const mtls_decision_t *decision)
{
    if (!APLOGrdebug(r) || decision->rehearsed)
        return;
    if (decision->told.proof)
        ap_log_rerror(APLOG_MARK, APLOG_DEBUG, 0, r,
                      MTLS_MSG_GRANTED "%s %s admitted: profile %s, %s%s", bounded(r, r->method),
                      bounded(r, r->uri), decision->told.profile, describe(r, decision->told.proof),
                      describe_holder(r, decision->told.principal));
    else
        ap_log_rerror(APLOG_MARK, APLOG_DEBUG, 0, r,
                      MTLS_MSG_WITHOUT "%s %s admitted without a certificate: %s",
                      bounded(r, r->method), bounded(r, r->uri),
                      mtls_reason_info(decision->told.reason)->word);
}

/* What the operator must look at is said loudly once in a while, and in between as quietly as
 * a client's mistake: clients can cause it as often as they like. */
static int level_of(const request_rec *r, const mtls_reason_info_t *info)
{
    mtls_shared_t *shared = mtls_config_server(r->server)->shared;
    apr_uint32_t now = (apr_uint32_t)apr_time_sec(r->request_time);
    apr_uint32_t last = apr_atomic_read32(&shared->last_warning);

    if (!info->operator_fault || now - last < WARNING_INTERVAL ||
        apr_atomic_cas32(&shared->last_warning, now, last) != last)
        return APLOG_INFO;
    return APLOG_WARNING;
}

/* The step-up that ends here, by the number that its other lines have (S-09). */
static const char *describe_attempt(const request_rec *r, const mtls_decision_t *decision)
{
    if (!decision->attempt)
        return "";
    return apr_pstrcat(r->pool, ", step-up ",
                       apr_pescape_hex(r->pool, decision->attempt, ATTEMPT_LEN, 0), NULL);
}

void mtls_audit_refused(request_rec *r, const mtls_decision_t *decision, const mtls_proof_t *judged)
{
    const mtls_reason_info_t *info = mtls_reason_info(decision->told.reason);
    const mtls_conn_t *conn = mtls_conn_of(r->connection);
    int level;

    if (decision->rehearsed)
        return;
    level = level_of(r, info);
    if (!judged && conn)
        judged = mtls_conn_proofs(conn);
    if (decision->sent_to_http11) {
        ap_log_rerror(APLOG_MARK, APLOG_DEBUG, 0, r,
                      MTLS_MSG_TO_HTTP11 "%s %s sent back to HTTP/1.1 to be asked there",
                      bounded(r, r->method), bounded(r, r->uri));
        return;
    }
    if (!APLOG_R_IS_LEVEL(r, level))
        return;
    ap_log_rerror(APLOG_MARK, level, 0, r,
                  MTLS_MSG_REFUSED "%s %s refused: %s (status %d, reference %s), %s%s%s",
                  bounded(r, r->method), bounded(r, r->uri), info->word, decision->status,
                  decision->reference, describe(r, judged),
                  describe_holder(r, decision->told.principal), describe_attempt(r, decision));
}

void mtls_audit_step(request_rec *r, const unsigned char *attempt, const char *what,
                     const char *profile, const mtls_proof_t *proof)
{
    ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r,
                  MTLS_MSG_ENDPOINT "step-up %s: %s by profile %s, %s, serial %s, issuer \"%s\"",
                  apr_pescape_hex(r->pool, attempt, ATTEMPT_LEN, 0), what, profile,
                  describe(r, proof), mtls_hex_write(proof->identity->serial, r->pool),
                  bounded(r, mtls_name_write(&proof->identity->issuer, MAX_TEXT, r->pool)));
}

const char *mtls_audit_mark(const unsigned char id[MTLS_CLAIMS_ID_LEN], apr_pool_t *pool)
{
    unsigned char mark[MTLS_MARK_LEN];

    mtls_mark_make(mark, (mtls_bytes_t){id, MTLS_CLAIMS_ID_LEN});
    return mtls_mark_write(mark, pool);
}

void mtls_audit_return(request_rec *r, const mtls_code_t *code, const mtls_ticket_t *ticket)
{
    mtls_bytes_t leaf = {code->leaf, sizeof(code->leaf)};

    ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r,
                  MTLS_MSG_RETURNED "step-up %s: back with code %s, given ticket %s, sha256 %s",
                  apr_pescape_hex(r->pool, code->attempt, ATTEMPT_LEN, 0),
                  mtls_audit_mark(code->id, r->pool), mtls_audit_mark(ticket->id, r->pool),
                  mtls_hex_write(leaf, r->pool));
}

void mtls_audit_logout(request_rec *r, const mtls_ticket_t *ticket)
{
    mtls_bytes_t leaf = {ticket->leaf, sizeof(ticket->leaf)};

    ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r, MTLS_MSG_LOGOUT "logged out: ticket %s, sha256 %s",
                  mtls_audit_mark(ticket->id, r->pool), mtls_hex_write(leaf, r->pool));
}
