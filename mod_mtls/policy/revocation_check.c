/* policy/revocation_check.c - see mtls/policy/revocation_settings.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/policy/revocation_settings.h"

bool mtls_revocation_spec_fetches(const mtls_revocation_spec_t *spec)
{
    return spec->crl.fetch_from_certs == MTLS_ON || spec->crl.fetch_urls->nelts > 0;
}

bool mtls_revocation_spec_has_crls(const mtls_revocation_spec_t *spec)
{
    return spec->crl.files->nelts > 0 || spec->crl.dirs->nelts > 0 ||
           mtls_revocation_spec_fetches(spec);
}

bool mtls_revocation_spec_asks(const mtls_revocation_spec_t *spec)
{
    return spec->ocsp.reach > MTLS_REACH_NONE;
}

static void check_crl(const mtls_revocation_spec_t *spec, mtls_faults_t *faults)
{
    const mtls_crl_spec_t *crl = &spec->crl;
    bool has_crls = mtls_revocation_spec_has_crls(spec) || crl->fetch_from_certs == MTLS_OFF;

    if (!mtls_revocation_spec_has_crls(spec) && crl->reach > MTLS_REACH_NONE) {
        mtls_faults_add(
            faults, crl->at,
            "MTLSCRLCheck: '%s' needs CRLs; add MTLSCRLFile, MTLSCRLPath or MTLSCRLFetch",
            crl->reach == MTLS_REACH_LEAF ? "leaf" : "chain");
    }
    if (!has_crls && crl->signer_files->nelts > 0) {
        mtls_faults_add(faults, APR_ARRAY_IDX(crl->signer_files, 0, mtls_sourced_t).at,
                        "MTLSCRLSignerFile: there are no CRLs that its keys could have signed; add "
                        "MTLSCRLFile, MTLSCRLPath or MTLSCRLFetch");
    }
    if (crl->fetch_size && !mtls_revocation_spec_fetches(spec) &&
        crl->fetch_from_certs != MTLS_OFF) {
        mtls_faults_add(faults, crl->fetch_limit_at,
                        "MTLSCRLFetchLimit: nothing is fetched; add MTLSCRLFetch certificates or "
                        "MTLSCRLFetch URL");
    }
}

/* Whether something was said that only MTLSOCSP gives a meaning. */
static bool has_ocsp_details(const mtls_ocsp_spec_t *ocsp)
{
    return ocsp->responder.value || ocsp->responder_certs->nelts > 0 || ocsp->nonce ||
           ocsp->method || ocsp->timeout || ocsp->skew || ocsp->max_age;
}

static void check_ocsp(const mtls_ocsp_spec_t *ocsp, mtls_faults_t *faults)
{
    if (ocsp->reach == MTLS_REACH_UNSET && has_ocsp_details(ocsp)) {
        mtls_faults_add(
            faults, ocsp->at,
            "MTLSOCSP...: nobody is asked by OCSP in this profile; add MTLSOCSP leaf or "
            "MTLSOCSP chain");
    }
}

/* Hosts are those of URLs in certificates: of responders, and of distribution points. */
static void check_hosts(const mtls_revocation_spec_t *spec, mtls_faults_t *faults)
{
    bool off = spec->ocsp.reach == MTLS_REACH_NONE || spec->crl.fetch_from_certs == MTLS_OFF;
    bool follows = spec->crl.fetch_from_certs == MTLS_ON ||
                   (mtls_revocation_spec_asks(spec) && spec->ocsp.responder_override != MTLS_ON);

    if (spec->fetch_hosts->nelts > 0 && !follows && !off) {
        mtls_faults_add(
            faults, APR_ARRAY_IDX(spec->fetch_hosts, 0, mtls_sourced_t).at,
            "MTLSFetchHosts: no URL of a certificate is used in this profile; add "
            "MTLSCRLFetch certificates, or MTLSOCSP without a responder that overrides");
    }
}

static void check_order(const mtls_revocation_spec_t *spec, mtls_faults_t *faults)
{
    bool crl = mtls_revocation_spec_has_crls(spec) || spec->crl.reach == MTLS_REACH_NONE ||
               spec->crl.fetch_from_certs == MTLS_OFF;
    bool ocsp = spec->ocsp.reach != MTLS_REACH_UNSET;

    switch (spec->order) {
    case MTLS_ORDER_UNSET:
        return;
    case MTLS_ORDER_ALL:
        if (crl || ocsp) {
            return;
        }
        break;
    case MTLS_ORDER_CRL_FIRST:
    case MTLS_ORDER_OCSP_FIRST:
        if (crl && ocsp) {
            return;
        }
        break;
    }
    mtls_faults_add(faults, spec->order_at,
                    "MTLSRevocationOrder: there %s to put in order; add %s%s%s, or leave this out",
                    crl || ocsp ? "is one source only" : "are no sources",
                    crl ? "" : "MTLSCRLFile, MTLSCRLPath or MTLSCRLFetch",
                    crl || ocsp ? "" : ", and ", ocsp ? "" : "MTLSOCSP");
}

static bool is_same(const mtls_origin_t *a, const mtls_origin_t *b)
{
    return a->file == b->file && a->line == b->line;
}

static bool is_first(const mtls_origin_t *at, const apr_array_header_t *list)
{
    return list->nelts > 0 && is_same(at, &APR_ARRAY_IDX(list, 0, mtls_sourced_t).at);
}

/* @return the directive that crl->at is of: one line says one directive. */
static const char *name_crl_directive(const mtls_crl_spec_t *crl)
{
    if (crl->reach != MTLS_REACH_UNSET) {
        return "MTLSCRLCheck";
    }
    if (is_first(&crl->at, crl->files)) {
        return "MTLSCRLFile";
    }
    if (is_first(&crl->at, crl->dirs)) {
        return "MTLSCRLPath";
    }
    if (is_first(&crl->at, crl->signer_files)) {
        return "MTLSCRLSignerFile";
    }
    return is_same(&crl->at, &crl->fetch_limit_at) ? "MTLSCRLFetchLimit" : "MTLSCRLFetch";
}

/* A pinned certificate is trusted for itself: no CA says anything of it. */
static bool has_pins_only(const mtls_profile_spec_t *spec)
{
    return spec->ca_files->nelts == 0 && spec->ca_dirs->nelts == 0 &&
           (spec->pins->nelts > 0 || spec->pin_files->nelts > 0);
}

void mtls_revocation_spec_check(const mtls_profile_spec_t *spec, mtls_faults_t *faults)
{
    const mtls_revocation_spec_t *revocation = &spec->revocation;
    bool crl = mtls_revocation_spec_has_crls(revocation) || revocation->crl.reach > MTLS_REACH_NONE;

    if (has_pins_only(spec) && (crl || mtls_revocation_spec_asks(revocation))) {
        mtls_faults_add(
            faults, crl ? revocation->crl.at : revocation->ocsp.at,
            "%s: profile %s has pins and no CA, and who revokes is a CA; take the pin out "
            "to revoke a certificate, or add MTLSCACertificateFile",
            crl ? name_crl_directive(&revocation->crl) : "MTLSOCSP", spec->name);
        return;
    }
    check_crl(revocation, faults);
    check_ocsp(&revocation->ocsp, faults);
    check_hosts(revocation, faults);
    check_order(revocation, faults);
}
