/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/x509v3.h>

#include "crl_set_parts.h"
#include "mtls/trust/bundle.h"
#include "mtls/trust/validity.h"

/* A list is told of when less than this part of its time is left, and no more than a day: whoever
 * renews lists once a day has none that lasts longer. */
#define SOON_PART 4
#define SOON_MOST apr_time_from_sec(24 * 3600)

/* One look at a set. */
typedef struct {
    const mtls_crl_set_t *set;
    const mtls_crl_set_source_t *source;
    apr_time_t now;
    mtls_faults_t *faults;
    apr_pool_t *scratch;
} look_t;

static void say_end(const look_t *look, const mtls_crl_held_t *held, const char *what)
{
    mtls_faults_warn(look->faults, held->at, "%s: %s: the revocation list %s (%s)", held->directive,
                     held->place, what, mtls_crl_describe(held->crl, look->scratch));
}

/* When a list's end is near. */
static apr_time_t near_end(const mtls_crl_t *crl)
{
    apr_time_t end = mtls_crl_next_update(crl);
    apr_interval_time_t soon = (end - mtls_crl_this_update(crl)) / SOON_PART;

    return end - (soon > SOON_MOST ? SOON_MOST : soon);
}

static void warn_of_end(const look_t *look, const mtls_crl_held_t *held)
{
    if (near_end(held->crl) <= look->now)
        say_end(look, held,
                mtls_crl_next_update(held->crl) <= look->now ? "has expired"
                                                             : "is about to expire");
}

/* A list of the CA's name counts when the CA or a signer of lists has signed it: another CA of the
 * same name cannot speak for this one.  A delta says nothing alone. */
static bool speaks_for(const mtls_crl_set_t *set, const mtls_crl_t *crl, X509 *ca)
{
    if (mtls_crl_is_delta(crl) ||
        X509_NAME_cmp(X509_CRL_get_issuer(mtls_crl_skeleton(crl)), X509_get_subject_name(ca)) != 0)
        return false;
    if (mtls_crl_is_signed_by(crl, X509_get0_pubkey(ca)))
        return true;
    for (int i = 0; i < sk_X509_num(set->signers); i++) {
        if (mtls_crl_is_signed_by(crl, X509_get0_pubkey(sk_X509_value(set->signers, i))))
            return true;
    }
    return false;
}

/* Of whom an indirect list speaks is known only when a certificate points at it. */
static bool has_list(const mtls_crl_set_t *set, X509 *ca)
{
    for (int i = 0; i < set->lists->nelts; i++) {
        const mtls_crl_t *crl = mtls_crl_set_get(set, i);

        if (mtls_crl_is_indirect(crl) || speaks_for(set, crl, ca))
            return true;
    }
    return false;
}

static void warn_of_cas(const look_t *look, const STACK_OF(X509) * cas)
{
    const mtls_crl_spec_t *spec = look->source->spec;

    for (int i = 0; i < sk_X509_num(cas); i++) {
        X509 *ca = sk_X509_value(cas, i);

        if (mtls_validity_time(X509_get0_notAfter(ca)) <= look->now || has_list(look->set, ca))
            continue;
        mtls_faults_warn(look->faults, spec->at,
                         "MTLSTrust %s: there is no revocation list of \"%s\": certificates it "
                         "has issued are %s",
                         look->source->profile, mtls_bundle_subject(ca, look->scratch),
                         spec->missing == MTLS_LACK_SOFT ? "taken as not revoked (missing-ok)"
                                                         : "refused");
    }
}

static bool is_asked(const look_t *look)
{
    switch (look->source->spec->reach) {
    case MTLS_REACH_LEAF:
    case MTLS_REACH_CHAIN:
        return true;
    case MTLS_REACH_NONE:
        return false;
    case MTLS_REACH_UNSET:
        break;
    }
    return look->set->lists->nelts > 0;
}

void mtls_crl_set_warn(const mtls_crl_set_t *set, const mtls_crl_set_source_t *source,
                       apr_time_t now, mtls_faults_t *faults, apr_pool_t *scratch)
{
    look_t look = {set, source, now, faults, scratch};

    if (!is_asked(&look))
        return;
    for (int i = 0; i < set->lists->nelts; i++)
        warn_of_end(&look, &APR_ARRAY_IDX(set->lists, i, const mtls_crl_held_t));
    warn_of_cas(&look, source->anchors);
    warn_of_cas(&look, source->intermediates);
}

/* The last thing that has come to pass says it all. */
static const char *news_of(const mtls_crl_t *crl, apr_interval_time_t grace, apr_time_t since,
                           apr_time_t now)
{
    apr_time_t end = mtls_crl_next_update(crl);

    if (grace > 0 && end + grace > since && end + grace <= now)
        return "has expired, and the grace for it is over";
    if (end > since && end <= now)
        return grace > 0 ? "has expired and is used for as long as the grace lasts" : "has expired";
    return near_end(crl) > since && near_end(crl) <= now ? "is about to expire" : NULL;
}

void mtls_crl_set_warn_since(const mtls_crl_set_t *set, apr_interval_time_t grace, apr_time_t since,
                             apr_time_t now, mtls_faults_t *faults, apr_pool_t *scratch)
{
    look_t look = {.set = set, .now = now, .faults = faults, .scratch = scratch};

    for (int i = 0; i < set->lists->nelts; i++) {
        const mtls_crl_held_t *held = &APR_ARRAY_IDX(set->lists, i, const mtls_crl_held_t);
        const char *news = news_of(held->crl, grace, since, now);

        if (news != NULL)
            say_end(&look, held, news);
    }
}
