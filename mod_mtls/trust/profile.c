/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/trust/profile.h"

#include <apr_strings.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>

#include "mtls/trust/bundle.h"
#include "mtls/trust/ca_names.h"
#include "mtls/trust/crl_check.h"
#include "mtls/trust/profile_digest.h"
#include "mtls/trust/profile_parts.h"
#include "mtls/trust/profile_revocation.h"
#include "mtls/trust/strength.h"

#define MAX_ISSUERS 32

/* One profile while it is loaded. */
typedef struct {
    const mtls_profile_spec_t *spec;
    const mtls_profile_t *before;
    mtls_files_t *files;
    mtls_faults_t *faults;
    apr_pool_t *pool;
    apr_pool_t *scratch;
    mtls_profile_t *profile;
} loading_t;

static apr_status_t free_parts(void *data)
{
    mtls_profile_t *profile = data;

    X509_STORE_free(profile->store);
    X509_VERIFY_PARAM_free(profile->params);
    sk_ASN1_OBJECT_pop_free(profile->policies, ASN1_OBJECT_free);
    sk_ASN1_OBJECT_pop_free(profile->purpose.ekus, ASN1_OBJECT_free);
    return APR_SUCCESS;
}

static bool out_of_memory(const loading_t *loading)
{
    mtls_faults_add(loading->faults, loading->spec->at, "MTLSTrust %s: out of memory",
                    loading->spec->name);
    return false;
}

static bool load_files(mtls_bundle_t *bundle, const apr_array_header_t *paths,
                       const loading_t *loading)
{
    bool good = true;

    for (int i = 0; i < paths->nelts; i++)
        good = mtls_bundle_load_file(bundle, &APR_ARRAY_IDX(paths, i, const mtls_sourced_t),
                                     loading->faults, loading->scratch) == APR_SUCCESS &&
               good;
    return good;
}

static bool load_dirs(mtls_bundle_t *bundle, const apr_array_header_t *paths,
                      const loading_t *loading)
{
    bool good = true;

    for (int i = 0; i < paths->nelts; i++)
        good = mtls_bundle_load_dir(bundle, &APR_ARRAY_IDX(paths, i, const mtls_sourced_t),
                                    loading->faults, loading->scratch) == APR_SUCCESS &&
               good;
    return good;
}

static bool load_certificates(const loading_t *loading)
{
    mtls_profile_t *profile = loading->profile;
    const mtls_profile_spec_t *spec = loading->spec;
    mtls_bundle_t *anchors =
        mtls_bundle_make("MTLSCACertificateFile", MTLS_BUNDLE_CA, loading->files, loading->pool);
    mtls_bundle_t *intermediates =
        mtls_bundle_make("MTLSIntermediateFile", MTLS_BUNDLE_CA, loading->files, loading->pool);
    bool good;

    if (anchors == NULL || intermediates == NULL)
        return out_of_memory(loading);
    good = load_files(anchors, spec->ca_files, loading);
    anchors->directive = "MTLSCACertificatePath";
    good = load_dirs(anchors, spec->ca_dirs, loading) && good;
    good = load_files(intermediates, spec->intermediate_files, loading) && good;
    profile->anchors = anchors->certs;
    profile->intermediates = intermediates->certs;
    profile->counts.anchors = sk_X509_num(anchors->certs);
    profile->counts.intermediates = sk_X509_num(intermediates->certs);
    profile->counts.ca_files = anchors->read;
    return good;
}

static bool load_pins(const loading_t *loading)
{
    mtls_profile_t *profile = loading->profile;
    bool good = mtls_pins_load(&profile->pins, loading->spec, loading->files, loading->faults,
                               loading->pool, loading->scratch) == APR_SUCCESS;

    profile->counts.pins = mtls_pins_count(profile->pins, MTLS_PIN_CERT) +
                           mtls_pins_count(profile->pins, MTLS_PIN_SPKI);
    return good;
}

static bool parse_oids(STACK_OF(ASN1_OBJECT) * out, const apr_array_header_t *oids,
                       const char *directive, const loading_t *loading)
{
    bool good = true;

    for (int i = 0; i < oids->nelts; i++) {
        const mtls_sourced_t *oid = &APR_ARRAY_IDX(oids, i, const mtls_sourced_t);
        ASN1_OBJECT *object = OBJ_txt2obj(oid->value, 1);

        if (object == NULL) {
            mtls_faults_add(loading->faults, oid->at,
                            "%s: '%.80s' is not an object identifier; give dotted decimals, e.g. "
                            "1.3.6.1.5.5.7.3.2",
                            directive, oid->value);
            good = false;
        } else if (sk_ASN1_OBJECT_push(out, object) == 0) {
            ASN1_OBJECT_free(object);
            good = out_of_memory(loading);
        }
    }
    ERR_clear_error();
    return good;
}

static bool load_purpose(const loading_t *loading)
{
    mtls_purpose_t *purpose = &loading->profile->purpose;
    bool good;

    purpose->any = loading->spec->eku_any == MTLS_ON;
    purpose->strict = loading->spec->eku_strict == MTLS_ON;
    purpose->ekus = sk_ASN1_OBJECT_new_null();
    if (purpose->ekus == NULL)
        return out_of_memory(loading);
    good = parse_oids(purpose->ekus, loading->spec->ekus, "MTLSExtendedKeyUsage", loading);
    if (loading->spec->ekus->nelts == 0 && !purpose->any &&
        sk_ASN1_OBJECT_push(purpose->ekus, OBJ_nid2obj(NID_client_auth)) == 0)
        good = out_of_memory(loading);
    purpose->client_auth_only =
        !purpose->any && sk_ASN1_OBJECT_num(purpose->ekus) == 1 &&
        OBJ_obj2nid(sk_ASN1_OBJECT_value(purpose->ekus, 0)) == NID_client_auth;
    return good;
}

static bool load_policies(const loading_t *loading)
{
    loading->profile->policies = sk_ASN1_OBJECT_new_null();
    if (loading->profile->policies == NULL)
        return out_of_memory(loading);
    return parse_oids(loading->profile->policies, loading->spec->policies, "MTLSCertificatePolicy",
                      loading);
}

static void load_limits(const loading_t *loading)
{
    const mtls_profile_spec_t *spec = loading->spec;
    mtls_profile_t *profile = loading->profile;
    mtls_strength_t *strength = &profile->strength;

    strength->min_rsa_bits =
        spec->min_rsa_bits != 0 ? spec->min_rsa_bits : MTLS_PROFILE_DEFAULT_RSA_BITS;
    strength->min_ec_bits =
        spec->min_ec_bits != 0 ? spec->min_ec_bits : MTLS_PROFILE_DEFAULT_EC_BITS;
    strength->min_digest_bits = spec->min_digest_bits != 0 ? spec->min_digest_bits : 256;
    profile->depth = spec->depth != 0 ? spec->depth - 1 : MTLS_PROFILE_DEFAULT_DEPTH;
    profile->max_lifetime = spec->max_lifetime;
}

/* POLICY_CHECK is never left to chance: policies alone would not switch it on in every release. */
static unsigned long switches_of(const mtls_profile_spec_t *spec)
{
    unsigned long flags = X509_V_FLAG_POLICY_CHECK | X509_V_FLAG_TRUSTED_FIRST;

    if (spec->partial_chain != MTLS_OFF)
        flags |= X509_V_FLAG_PARTIAL_CHAIN;
    if (spec->policies->nelts != 0)
        flags |= X509_V_FLAG_EXPLICIT_POLICY;
    if (spec->policy_no_mapping == MTLS_ON)
        flags |= X509_V_FLAG_INHIBIT_MAP;
    if (spec->policy_no_any == MTLS_ON)
        flags |= X509_V_FLAG_INHIBIT_ANY;
    return flags;
}

/* OpenSSL counts the CAs between leaf and anchor, we count steps: one more. */
static bool make_params(const loading_t *loading)
{
    mtls_profile_t *profile = loading->profile;
    X509_VERIFY_PARAM *params = X509_VERIFY_PARAM_new();

    profile->params = params;
    if (params == NULL || X509_VERIFY_PARAM_set_flags(params, switches_of(loading->spec)) != 1)
        return out_of_memory(loading);
    X509_VERIFY_PARAM_set_depth(params, profile->depth > 0 ? profile->depth - 1 : 0);
    X509_VERIFY_PARAM_set_auth_level(params, 0);
    if (profile->purpose.client_auth_only &&
        X509_VERIFY_PARAM_set_purpose(params, X509_PURPOSE_SSL_CLIENT) != 1)
        return out_of_memory(loading);
    if (sk_ASN1_OBJECT_num(profile->policies) != 0 &&
        X509_VERIFY_PARAM_set1_policies(params, profile->policies) != 1)
        return out_of_memory(loading);
    return true;
}

static bool make_store(const loading_t *loading)
{
    mtls_profile_t *profile = loading->profile;

    profile->store = X509_STORE_new();
    if (profile->store == NULL || !mtls_crl_check_prepare(profile->store))
        return out_of_memory(loading);
    for (int i = 0; i < sk_X509_num(profile->anchors); i++) {
        if (X509_STORE_add_cert(profile->store, sk_X509_value(profile->anchors, i)) != 1)
            return out_of_memory(loading);
    }
    return true;
}

static bool any_self_signed(const STACK_OF(X509) * certs)
{
    for (int i = 0; i < sk_X509_num(certs); i++) {
        if (X509_self_signed(sk_X509_value(certs, i), 0) == 1)
            return true;
    }
    return false;
}

static bool check_whole(const loading_t *loading)
{
    const mtls_profile_t *profile = loading->profile;
    const mtls_profile_spec_t *spec = loading->spec;

    if (profile->counts.anchors == 0 && profile->counts.pins == 0)
        mtls_faults_add(loading->faults, spec->at,
                        "MTLSTrust %s: trusts nobody; give it MTLSCACertificateFile, "
                        "MTLSCACertificatePath, MTLSPin or MTLSPinFile",
                        spec->name);
    else if (profile->counts.anchors != 0 && spec->partial_chain == MTLS_OFF &&
             !any_self_signed(profile->anchors))
        mtls_faults_add(loading->faults, spec->at,
                        "MTLSTrust %s: with MTLSPartialChain off a path ends in a self-signed CA, "
                        "but none of its CA certificates is one",
                        spec->name);
    else
        return true;
    return false;
}

static void warn_of_weak(const loading_t *loading, const STACK_OF(X509) * certs)
{
    for (int i = 0; i < sk_X509_num(certs); i++) {
        X509 *cert = sk_X509_value(certs, i);

        if (!mtls_strength_check_key(cert, &loading->profile->strength))
            mtls_faults_warn(loading->faults, loading->spec->at,
                             "MTLSTrust %s: the key of \"%s\" is weaker than MTLSMinKeySize "
                             "demands, so what it issued will be refused",
                             loading->spec->name, mtls_bundle_subject(cert, loading->scratch));
    }
    ERR_clear_error();
}

static void write_issuers(const loading_t *loading)
{
    mtls_profile_t *profile = loading->profile;

    profile->issuers = apr_array_make(loading->pool, 1, sizeof(const char *));
    for (int i = 0; i < sk_X509_num(profile->anchors) && i < MAX_ISSUERS; i++)
        APR_ARRAY_PUSH(profile->issuers, const char *) =
            mtls_bundle_subject(sk_X509_value(profile->anchors, i), loading->pool);
}

static bool load_ca_names(const loading_t *loading)
{
    mtls_profile_t *profile = loading->profile;

    if (mtls_ca_names_load(&profile->ca_names, loading->spec, profile->anchors, loading->files,
                           loading->faults, loading->pool, loading->scratch) != APR_SUCCESS)
        return false;
    profile->counts.ca_names = sk_X509_NAME_num(profile->ca_names);
    return mtls_ca_names_digest(profile->names_digest, profile->ca_names) || out_of_memory(loading);
}

static bool load_revocation(const loading_t *loading)
{
    return mtls_profile_revocation_load(loading->profile, loading->spec, loading->before,
                                        loading->files, loading->faults, loading->pool,
                                        loading->scratch) == APR_SUCCESS;
}

/* Everything is tried, whatever failed before: all faults are told in one run. */
static bool load_material(const loading_t *loading)
{
    bool good = load_certificates(loading);

    good = load_revocation(loading) && good;
    good = load_ca_names(loading) && good;
    good = load_pins(loading) && good;
    good = load_purpose(loading) && good;
    good = load_policies(loading) && good;
    load_limits(loading);
    return good && check_whole(loading);
}

static bool make_ready(const loading_t *loading)
{
    mtls_profile_t *profile = loading->profile;

    if (!make_params(loading) || !make_store(loading))
        return false;
    warn_of_weak(loading, profile->anchors);
    warn_of_weak(loading, profile->intermediates);
    write_issuers(loading);
    return mtls_profile_digest_write(profile, switches_of(loading->spec), loading->scratch) ==
               APR_SUCCESS ||
           out_of_memory(loading);
}

apr_status_t mtls_profile_load(const mtls_profile_t **out, const mtls_profile_spec_t *spec,
                               const mtls_profile_t *before, mtls_files_t *files,
                               mtls_faults_t *faults, apr_pool_t *pool, apr_pool_t *scratch)
{
    loading_t loading = {spec, before, files, faults, pool, scratch, NULL};

    *out = NULL;
    loading.profile = apr_pcalloc(pool, sizeof(*loading.profile));
    loading.profile->name = apr_pstrdup(pool, spec->name);
    loading.profile->spec = spec;
    apr_pool_cleanup_register(pool, loading.profile, free_parts, apr_pool_cleanup_null);
    if (!load_material(&loading) || !make_ready(&loading)) {
        ERR_clear_error();
        return APR_EGENERAL;
    }
    *out = loading.profile;
    return APR_SUCCESS;
}

const char *mtls_profile_name(const mtls_profile_t *profile)
{
    return profile->name;
}

const char *mtls_profile_fetched_dir(const mtls_profile_t *profile)
{
    return profile->spec->fetched_dir;
}

const unsigned char *mtls_profile_digest(const mtls_profile_t *profile)
{
    return profile->digest;
}

const unsigned char *mtls_profile_rules(const mtls_profile_t *profile)
{
    return profile->rules;
}

const mtls_profile_counts_t *mtls_profile_counts(const mtls_profile_t *profile)
{
    return &profile->counts;
}

const STACK_OF(X509_NAME) * mtls_profile_ca_names(const mtls_profile_t *profile)
{
    return profile->ca_names;
}

const unsigned char *mtls_profile_names_digest(const mtls_profile_t *profile)
{
    return profile->names_digest;
}

const apr_array_header_t *mtls_profile_issuers(const mtls_profile_t *profile)
{
    return profile->issuers;
}
