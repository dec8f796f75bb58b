/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/trust/crl_check.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/x509.h>

/* OpenSSL's own, which a store without methods leads to; they are not exported by name. */
static X509_STORE_CTX_check_crl_fn check_head;
static X509_STORE_CTX_cert_crl_fn check_entries;
static CRYPTO_ONCE learnt = CRYPTO_ONCE_STATIC_INIT;

static void learn(void)
{
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *context = X509_STORE_CTX_new();

    if (store != NULL && context != NULL && X509_STORE_CTX_init(context, store, NULL, NULL) == 1) {
        check_head = X509_STORE_CTX_get_check_crl(context);
        check_entries = X509_STORE_CTX_get_cert_crl(context);
    }
    X509_STORE_CTX_free(context);
    X509_STORE_free(store);
}

/* OpenSSL verifies the path of a CRL's signer in a context of its own, below ours and without our
 * data. */
static bool is_signer_path(const X509_STORE_CTX *context)
{
    return X509_STORE_CTX_get0_parent_ctx(context) != NULL;
}

static mtls_crl_check_t *check_of(X509_STORE_CTX *context)
{
    return X509_STORE_CTX_get_app_data(context);
}

static bool is_anchor(X509_STORE_CTX *context)
{
    return X509_STORE_CTX_get_error_depth(context) >=
           sk_X509_num(X509_STORE_CTX_get0_chain(context)) - 1;
}

/* @return NULL when there is no place for the certificate in question. */
static mtls_status_t *status_of(mtls_crl_check_t *check, X509_STORE_CTX *context)
{
    int depth = X509_STORE_CTX_get_error_depth(context);

    if (depth < 0 || depth >= MTLS_CRL_CHECK_MAX_PATH)
        return NULL;
    return &check->status[depth];
}

/* Of the certificate in question, in the path; there is none of the anchor. */
static X509 *issuer_in_path(X509_STORE_CTX *context)
{
    return sk_X509_value(X509_STORE_CTX_get0_chain(context),
                         X509_STORE_CTX_get_error_depth(context) + 1);
}

/* How bad a word is.  OCSP's never occur here. */
static int rank(mtls_status_word_t word)
{
    switch (word) {
    case MTLS_STATUS_UNASKED:
        return 0;
    case MTLS_STATUS_GOOD:
        return 1;
    case MTLS_STATUS_MISSING:
        return 2;
    case MTLS_STATUS_EXPIRED:
        return 3;
    case MTLS_STATUS_SILENT:
    case MTLS_STATUS_UNKNOWN:
    case MTLS_STATUS_UNUSABLE:
        return 4;
    case MTLS_STATUS_REVOKED:
        break;
    }
    return 5;
}

static void note(mtls_status_t *status, mtls_status_word_t word)
{
    if (rank(word) > rank(status->word))
        status->word = word;
}

static void limit(mtls_status_t *status, apr_time_t until)
{
    if (status->until == 0 || until < status->until)
        status->until = until;
}

/* A CA may sign its lists with a key for nothing else, and certify that (RFC 5280 section 5). */
static bool is_by_signer_of(const mtls_crl_t *list, const mtls_crl_set_t *set, X509 *issuer)
{
    const STACK_OF(X509) *signers = mtls_crl_set_signers(set);
    const X509_NAME *name = X509_get_subject_name(issuer);

    for (int i = 0; i < sk_X509_num(signers); i++) {
        X509 *signer = sk_X509_value(signers, i);

        if (X509_NAME_cmp(X509_get_subject_name(signer), name) == 0 &&
            mtls_crl_is_signed_by(list, X509_get0_pubkey(signer)) &&
            X509_verify(signer, X509_get0_pubkey(issuer)) == 1)
            return true;
    }
    return false;
}

static bool is_named_as(const mtls_crl_t *list, X509 *issuer)
{
    return X509_NAME_cmp(X509_CRL_get_issuer(mtls_crl_skeleton(list)),
                         X509_get_subject_name(issuer)) == 0;
}

static bool is_of_issuer(const mtls_crl_t *list, const mtls_crl_set_t *set, X509 *issuer)
{
    return is_named_as(list, issuer) && X509_get0_pubkey(issuer) != NULL &&
           (mtls_crl_is_signed_by(list, X509_get0_pubkey(issuer)) ||
            is_by_signer_of(list, set, issuer));
}

static bool has_list_of_issuer(const mtls_crl_set_t *set, X509 *issuer)
{
    for (int i = 0; i < mtls_crl_set_count(set); i++) {
        if (is_of_issuer(mtls_crl_set_get(set, i), set, issuer))
            return true;
    }
    return false;
}

/* Of lists under other names OpenSSL takes only indirect ones, which it measures by the
 * certificate's distribution points. */
static bool is_shown(const mtls_crl_t *list, const mtls_crl_set_t *set, X509 *issuer)
{
    if (is_named_as(list, issuer))
        return is_of_issuer(list, set, issuer);
    return mtls_crl_is_indirect(list);
}

static bool push(STACK_OF(X509_CRL) * shown, X509_CRL *skeleton)
{
    if (X509_CRL_up_ref(skeleton) != 1)
        return false;
    if (sk_X509_CRL_push(shown, skeleton) != 0)
        return true;
    X509_CRL_free(skeleton);
    return false;
}

static STACK_OF(X509_CRL) * gather(const mtls_crl_set_t *set, X509 *issuer)
{
    STACK_OF(X509_CRL) *shown = sk_X509_CRL_new_null();

    for (int i = 0; shown != NULL && i < mtls_crl_set_count(set); i++) {
        const mtls_crl_t *list = mtls_crl_set_get(set, i);

        if (is_shown(list, set, issuer) && !push(shown, mtls_crl_skeleton(list))) {
            sk_X509_CRL_pop_free(shown, X509_CRL_free);
            shown = NULL;
        }
    }
    return shown;
}

/* Want of memory must not look as if there were no lists. */
static STACK_OF(X509_CRL) * look_for_lists(const X509_STORE_CTX *given, const X509_NAME *name)
{
    X509_STORE_CTX *context = (X509_STORE_CTX *)given;
    mtls_crl_check_t *check = check_of(context);
    STACK_OF(X509_CRL) * shown;
    mtls_status_t *status;

    (void)name;
    if (check == NULL || is_anchor(context))
        return NULL;
    status = status_of(check, context);
    if (status == NULL)
        return NULL;
    shown = gather(check->set, issuer_in_path(context));
    if (shown == NULL)
        note(status, MTLS_STATUS_UNUSABLE);
    return shown;
}

static const mtls_crl_t *list_of(const mtls_crl_set_t *set, const X509_CRL *skeleton)
{
    for (int i = 0; i < mtls_crl_set_count(set); i++) {
        const mtls_crl_t *list = mtls_crl_set_get(set, i);

        if (mtls_crl_skeleton(list) == skeleton)
            return list;
    }
    return NULL;
}

/* What OpenSSL found wrong with the signature of a skeleton says nothing. */
static bool is_signature_good(const mtls_crl_check_t *check, X509_STORE_CTX *context)
{
    const mtls_crl_t *list = list_of(check->set, check->round.list);
    X509 *signer = X509_STORE_CTX_get0_current_issuer(context);
    EVP_PKEY *key;

    if (signer == NULL)
        signer = issuer_in_path(context);
    key = signer != NULL ? X509_get0_pubkey(signer) : NULL;
    return list != NULL && key != NULL && mtls_crl_is_signed_by(list, key);
}

static int overrule(X509_STORE_CTX *context)
{
    X509_STORE_CTX_set_error(context, X509_V_OK);
    return 1;
}

/* Times are measured with grace, when the entries are looked up. */
static void note_head(mtls_crl_check_t *check, X509_STORE_CTX *context, mtls_status_t *status)
{
    const mtls_crl_t *list = list_of(check->set, check->round.list);
    int error = X509_STORE_CTX_get_error(context);

    if (error == X509_V_ERR_CRL_HAS_EXPIRED)
        return;
    if (error == X509_V_ERR_CRL_SIGNATURE_FAILURE && is_signature_good(check, context)) {
        check->round.overruled = true;
        return;
    }
    note(status, MTLS_STATUS_UNUSABLE);
    if (error != X509_V_ERR_CRL_NOT_YET_VALID)
        check->round.unfit[list != NULL && mtls_crl_is_delta(list)] = true;
}

/* No list is left that says something new: either there never was one, or those there are do not
 * cover the certificate, or not all reasons. */
static void note_lack(mtls_crl_check_t *check, X509_STORE_CTX *context, mtls_status_t *status)
{
    if (status->word == MTLS_STATUS_UNASKED &&
        !has_list_of_issuer(check->set, issuer_in_path(context)))
        note(status, MTLS_STATUS_MISSING);
    else
        note(status, MTLS_STATUS_UNUSABLE);
}

/* OpenSSL asks there for cRLSign, not for what clients need, and looks for CRLs again. */
static int judge_signer_path(X509_STORE_CTX *context)
{
    return X509_STORE_CTX_get_error(context) == X509_V_ERR_UNABLE_TO_GET_CRL ? overrule(context)
                                                                             : 0;
}

static int note_error(int ok, X509_STORE_CTX *context)
{
    mtls_crl_check_t *check;
    mtls_status_t *status;

    if (ok != 0)
        return ok;
    if (is_signer_path(context))
        return judge_signer_path(context);
    check = check_of(context);
    if (check == NULL || (check->round.list == NULL &&
                          X509_STORE_CTX_get_error(context) != X509_V_ERR_UNABLE_TO_GET_CRL))
        return 0;
    if (is_anchor(context))
        return overrule(context);
    status = status_of(check, context);
    if (status == NULL)
        return 0;
    if (check->round.list != NULL)
        note_head(check, context, status);
    else
        note_lack(check, context, status);
    return overrule(context);
}

static int fail(X509_STORE_CTX *context)
{
    X509_STORE_CTX_set_error(context, X509_V_ERR_UNSPECIFIED);
    return 0;
}

/* Releases of OpenSSL before 3.0.22 take a delta of some reasons for a list (get_crl_score()): then
 * nobody has looked into the list itself. */
static void refuse_as_list(mtls_crl_check_t *check, X509_STORE_CTX *context)
{
    mtls_status_t *status = status_of(check, context);

    if (status != NULL)
        note(status, MTLS_STATUS_UNUSABLE);
    check->round.unfit[true] = true;
}

/* What OpenSSL has to say of an overruled signature is not left in its queue. */
static int check_list(X509_STORE_CTX *context, X509_CRL *skeleton)
{
    mtls_crl_check_t *check = check_of(context);
    const mtls_crl_t *list = check != NULL ? list_of(check->set, skeleton) : NULL;
    bool is_delta;
    int result;

    if (list == NULL)
        return fail(context);
    is_delta = mtls_crl_is_delta(list);
    if (!is_delta)
        check->round = (mtls_crl_round_t){.based = true};
    if (!check->round.based)
        refuse_as_list(check, context);
    check->round.list = skeleton;
    check->round.overruled = false;
    ERR_set_mark();
    result = check_head(context, skeleton);
    if (check->round.overruled && !check->round.unfit[is_delta])
        ERR_pop_to_mark();
    else
        ERR_clear_last_mark();
    check->round.list = NULL;
    return result;
}

/* nextUpdate itself is too late, as it is for OpenSSL. */
static bool is_in_time(const mtls_crl_check_t *check, const mtls_crl_t *list, mtls_status_t *status)
{
    apr_time_t end = mtls_crl_next_update(list) + check->grace;

    if (mtls_crl_this_update(list) > check->now) {
        note(status, MTLS_STATUS_UNUSABLE);
        limit(status, mtls_crl_this_update(list));
        return false;
    }
    if (check->round.renewed)
        return true;
    if (end <= check->now) {
        note(status, MTLS_STATUS_EXPIRED);
        return false;
    }
    limit(status, end);
    return true;
}

/* A delta that adds to a later list than there is cannot renew this one, nor take an entry back;
 * but whom its CA has revoked there is revoked. */
static bool is_in_later_delta(const mtls_crl_set_t *set, const mtls_crl_t *list, X509 *cert)
{
    for (int i = 0; i < mtls_crl_set_count(set); i++) {
        const mtls_crl_t *other = mtls_crl_set_get(set, i);

        if (mtls_crl_is_delta(other) && mtls_crl_base_of(other, list) == MTLS_CRL_BASE_BEHIND &&
            mtls_crl_find(other, cert) == MTLS_CRL_REVOKED)
            return true;
    }
    return false;
}

/* Only a list that can be believed and is in time takes an entry back; any that can be believed
 * revokes.  @return as OpenSSL's: 2 when the delta has spoken and its list is not asked. */
static int look_up(mtls_crl_check_t *check, const mtls_crl_t *list, X509 *cert,
                   mtls_status_t *status)
{
    bool is_delta = mtls_crl_is_delta(list);
    bool in_time;
    mtls_crl_entry_t entry;

    if (check->round.unfit[is_delta])
        return 1;
    in_time = is_in_time(check, list, status);
    entry = mtls_crl_find(list, cert);
    if (is_delta && in_time)
        check->round.renewed = true;
    if (is_delta && entry == MTLS_CRL_REMOVED) {
        if (!in_time)
            return 1;
        note(status, MTLS_STATUS_GOOD);
        return 2;
    }
    if (entry != MTLS_CRL_ABSENT || (!is_delta && is_in_later_delta(check->set, list, cert)))
        note(status, MTLS_STATUS_REVOKED);
    else if (!is_delta)
        note(status, MTLS_STATUS_GOOD);
    return 1;
}

/* OpenSSL's own finds no entry, but looks at critical extensions. */
static int find_cert(X509_STORE_CTX *context, X509_CRL *skeleton, X509 *cert)
{
    mtls_crl_check_t *check = check_of(context);
    const mtls_crl_t *list = check != NULL ? list_of(check->set, skeleton) : NULL;
    mtls_status_t *status = check != NULL ? status_of(check, context) : NULL;
    int result;

    if (list == NULL || status == NULL)
        return fail(context);
    check->round.list = skeleton;
    result = check_entries(context, skeleton, cert);
    check->round.list = NULL;
    if (result != 1)
        return fail(context);
    result = look_up(check, list, cert, status);
    check->round.based = mtls_crl_is_delta(list) && result == 1;
    return result;
}

bool mtls_crl_check_prepare(X509_STORE *store)
{
    if (CRYPTO_THREAD_run_once(&learnt, learn) != 1 || check_head == NULL || check_entries == NULL)
        return false;
    X509_STORE_set_lookup_crls(store, look_for_lists);
    X509_STORE_set_check_crl(store, check_list);
    X509_STORE_set_cert_crl(store, find_cert);
    return true;
}

bool mtls_crl_check_attach(X509_STORE_CTX *context, mtls_crl_check_t *check, mtls_reach_t reach)
{
    unsigned long flags =
        X509_V_FLAG_CRL_CHECK | X509_V_FLAG_EXTENDED_CRL_SUPPORT | X509_V_FLAG_USE_DELTAS;

    if (reach == MTLS_REACH_CHAIN)
        flags |= X509_V_FLAG_CRL_CHECK_ALL;
    X509_STORE_CTX_set_verify_cb(context, note_error);
    return X509_STORE_CTX_set_app_data(context, check) == 1 &&
           X509_VERIFY_PARAM_set_flags(X509_STORE_CTX_get0_param(context), flags) == 1;
}
