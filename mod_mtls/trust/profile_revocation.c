/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/trust/profile_revocation.h"

#include <apr_strings.h>

#include "mtls/trust/bundle.h"
#include "mtls/trust/crl_check.h"

/* A profile that fetches has none at first. */
static bool has_crls(const mtls_crl_spec_t *spec)
{
    return spec->files->nelts > 0 || spec->dirs->nelts > 0 || spec->fetch_urls->nelts > 0 ||
           spec->fetch_from_certs == MTLS_ON;
}

static mtls_reach_t crl_reach(const mtls_crl_spec_t *spec)
{
    if (spec->reach != MTLS_REACH_UNSET)
        return spec->reach;
    return has_crls(spec) ? MTLS_REACH_CHAIN : MTLS_REACH_NONE;
}

static mtls_lack_t lack_of(mtls_lack_t lack)
{
    return lack == MTLS_LACK_UNSET ? MTLS_LACK_HARD : lack;
}

static apr_interval_time_t time_of(apr_interval_time_t set, apr_interval_time_t otherwise)
{
    return set != 0 ? set : otherwise;
}

static apr_status_t load_crls(mtls_profile_t *profile, const mtls_profile_spec_t *spec,
                              const mtls_profile_t *before, mtls_files_t *files,
                              mtls_faults_t *faults, apr_pool_t *pool, apr_pool_t *scratch)
{
    mtls_crl_set_source_t source = {.spec = &spec->revocation.crl,
                                    .profile = spec->name,
                                    .anchors = profile->anchors,
                                    .intermediates = profile->intermediates,
                                    .fetched_dir = spec->fetched_dir,
                                    .before = before != NULL ? before->crls : NULL};
    apr_status_t status;

    profile->crl_reach = crl_reach(source.spec);
    profile->crl_lack = lack_of(source.spec->missing);
    profile->crl_grace = source.spec->grace;
    if (profile->crl_reach == MTLS_REACH_NONE)
        return APR_SUCCESS;
    status = mtls_crl_set_load(&profile->crls, &source, files, faults, pool, scratch);
    if (status != APR_SUCCESS)
        return status;
    profile->counts.crls = mtls_crl_set_count(profile->crls);
    profile->counts.crl_entries = mtls_crl_set_entries(profile->crls);
    profile->counts.crl_octets = mtls_crl_set_octets(profile->crls);
    profile->counts.crl_next_update = mtls_crl_set_next_update(profile->crls);
    mtls_crl_set_warn(profile->crls, &source, apr_time_now(), faults, scratch);
    return APR_SUCCESS;
}

static apr_status_t load_pinned(mtls_profile_t *profile, const mtls_profile_spec_t *spec,
                                mtls_files_t *files, mtls_faults_t *faults, apr_pool_t *pool,
                                apr_pool_t *scratch)
{
    const apr_array_header_t *paths = spec->revocation.ocsp.responder_certs;
    mtls_bundle_t *pinned =
        mtls_bundle_make("MTLSOCSPResponderCertificateFile", MTLS_BUNDLE_ANY, files, pool);
    apr_status_t status = APR_SUCCESS;

    if (pinned == NULL) {
        mtls_faults_add(faults, spec->at, "MTLSTrust %s: out of memory", spec->name);
        return APR_ENOMEM;
    }
    for (int i = 0; i < paths->nelts; i++) {
        if (mtls_bundle_load_file(pinned, &APR_ARRAY_IDX(paths, i, const mtls_sourced_t), faults,
                                  scratch) != APR_SUCCESS)
            status = APR_EGENERAL;
    }
    profile->ocsp.pinned = pinned->certs;
    return status;
}

static void set_rules(mtls_ocsp_rules_t *rules, const mtls_revocation_spec_t *spec,
                      apr_pool_t *pool)
{
    const mtls_ocsp_spec_t *ocsp = &spec->ocsp;

    rules->reach = ocsp->reach == MTLS_REACH_UNSET ? MTLS_REACH_NONE : ocsp->reach;
    rules->lack = lack_of(ocsp->lack);
    rules->grace = ocsp->grace;
    rules->responder = apr_pstrdup(pool, ocsp->responder.value);
    rules->override = ocsp->responder_override == MTLS_ON;
    rules->nonce = ocsp->nonce == MTLS_NONCE_UNSET ? MTLS_NONCE_OFF : ocsp->nonce;
    rules->method = ocsp->method == MTLS_OCSP_METHOD_UNSET ? MTLS_OCSP_POST : ocsp->method;
    rules->timeout = time_of(ocsp->timeout, MTLS_OCSP_DEFAULT_TIMEOUT);
    rules->skew = time_of(ocsp->skew, MTLS_OCSP_DEFAULT_SKEW);
    rules->max_age = time_of(ocsp->max_age, MTLS_OCSP_DEFAULT_MAX_AGE);
    rules->hosts = apr_array_copy(pool, spec->fetch_hosts);
}

apr_status_t mtls_profile_revocation_load(mtls_profile_t *profile, const mtls_profile_spec_t *spec,
                                          const mtls_profile_t *before, mtls_files_t *files,
                                          mtls_faults_t *faults, apr_pool_t *pool,
                                          apr_pool_t *scratch)
{
    apr_status_t crls = load_crls(profile, spec, before, files, faults, pool, scratch);
    apr_status_t pinned = load_pinned(profile, spec, files, faults, pool, scratch);

    set_rules(&profile->ocsp, &spec->revocation, pool);
    profile->order =
        spec->revocation.order == MTLS_ORDER_UNSET ? MTLS_ORDER_ALL : spec->revocation.order;
    return crls != APR_SUCCESS ? crls : pinned;
}

void mtls_profile_warn_since(const mtls_profile_t *profile, apr_time_t since, apr_time_t now,
                             mtls_faults_t *faults, apr_pool_t *scratch)
{
    if (profile->crls != NULL)
        mtls_crl_set_warn_since(profile->crls, profile->crl_grace, since, now, faults, scratch);
}
