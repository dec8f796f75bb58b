/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_file_info.h>
#include <apr_file_io.h>
#include <apr_strings.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#include "crl_file.h"
#include "crl_set_parts.h"
#include "mtls/trust/bundle.h"
#include "mtls/trust/own_pool.h"

/* A set while it is loaded. */
typedef struct {
    mtls_crl_set_t *set;
    const mtls_crl_set_source_t *source;
    mtls_files_t *files;
    mtls_faults_t *faults;
    apr_pool_t *pool;
    apr_pool_t *scratch;
} loader_t;

/* Where the lists that are being read come from. */
typedef struct {
    mtls_material_use_t use;
    mtls_faults_t *faults;
    bool fetched;
} origin_t;

static bool may_sign(X509 *cert)
{
    return (X509_get_key_usage(cert) & KU_CRL_SIGN) != 0;
}

/* What has become of the search for who has signed a list. */
typedef struct {
    bool named;
    bool allowed;
} search_t;

/* Every key that has signed it is found: CAs of one name may have several certificates. */
static void search(search_t *found, mtls_crl_t *crl, mtls_bytes_t der, const STACK_OF(X509) * among,
                   apr_pool_t *pool)
{
    const X509_NAME *issuer = X509_CRL_get_issuer(mtls_crl_skeleton(crl));

    for (int i = 0; i < sk_X509_num(among); i++) {
        X509 *cert = sk_X509_value(among, i);

        if (X509_NAME_cmp(X509_get_subject_name(cert), issuer) != 0)
            continue;
        found->named = true;
        if (!may_sign(cert))
            continue;
        found->allowed = true;
        (void)mtls_crl_verify(crl, der, cert, pool);
    }
}

static const char *verify(loader_t *loader, mtls_crl_t *crl, mtls_bytes_t der, apr_pool_t *pool)
{
    search_t found = {false, false};

    search(&found, crl, der, loader->source->anchors, pool);
    search(&found, crl, der, loader->source->intermediates, pool);
    search(&found, crl, der, loader->set->signers, pool);
    if (mtls_crl_is_verified(crl))
        return NULL;
    if (!found.named)
        return "its issuer is no CA of the profile; name the certificate of who signs it in "
               "MTLSCRLSignerFile";
    return found.allowed ? "its signature is not that of its issuer"
                         : "its issuer may not sign revocation lists (keyUsage has no cRLSign)";
}

static void tell(const mtls_crl_held_t *held, mtls_faults_t *faults, const char *problem,
                 apr_pool_t *scratch)
{
    mtls_faults_add(faults, held->at, "%s: %s: the revocation list (%s) is refused: %s",
                    held->directive, held->place, mtls_crl_describe(held->crl, scratch), problem);
}

/* CRL number first, as the standard says; then the time, which tells apart lists that have none. */
static int compare_age(const mtls_crl_t *a, const mtls_crl_t *b)
{
    int order = mtls_crl_compare_age(a, b);
    apr_time_t of_a = mtls_crl_this_update(a);
    apr_time_t of_b = mtls_crl_this_update(b);

    return order != 0 ? order : (of_a > of_b) - (of_a < of_b);
}

static void warn_of_older(loader_t *loader, const mtls_crl_held_t *unused,
                          const mtls_crl_held_t *used)
{
    if (!unused->fetched)
        mtls_faults_warn(loader->faults, unused->at,
                         "%s: %s: the revocation list (%s) is not used, %s holds a newer one",
                         unused->directive, unused->place,
                         mtls_crl_describe(unused->crl, loader->scratch), used->place);
}

static void warn_of_double(loader_t *loader, const mtls_crl_held_t *again,
                           const mtls_crl_held_t *known)
{
    if (!again->fetched)
        mtls_faults_warn(loader->faults, again->at,
                         "%s: %s: the revocation list is there twice, "
                         "%s holds it too",
                         again->directive, again->place, known->place);
}

static bool is_identical(const mtls_crl_t *a, const mtls_crl_t *b)
{
    return memcmp(mtls_crl_sha256(a), mtls_crl_sha256(b), MTLS_SHA256_LEN) == 0;
}

static mtls_crl_held_t *find_same(loader_t *loader, const mtls_crl_t *crl)
{
    for (int i = 0; i < loader->set->lists->nelts; i++) {
        mtls_crl_held_t *held = &APR_ARRAY_IDX(loader->set->lists, i, mtls_crl_held_t);

        if (mtls_crl_is_same_list(held->crl, crl))
            return held;
    }
    return NULL;
}

/* Put a verified list into the set, or its pool away. */
static void merge(loader_t *loader, const mtls_crl_held_t *new, mtls_faults_t *faults)
{
    mtls_crl_held_t *known = find_same(loader, new->crl);
    int order;

    if (known == NULL) {
        APR_ARRAY_PUSH(loader->set->lists, mtls_crl_held_t) = *new;
        return;
    }
    order = compare_age(new->crl, known->crl);
    if (order > 0) {
        apr_pool_t *gone = known->pool;

        warn_of_older(loader, known, new);
        *known = *new;
        apr_pool_destroy(gone);
        return;
    }
    if (order < 0)
        warn_of_older(loader, new, known);
    else if (is_identical(new->crl, known->crl))
        warn_of_double(loader, new, known);
    else
        tell(new, faults,
             apr_pstrcat(loader->scratch, "it is as old as that of ", known->place,
                         " and says something else", NULL),
             loader->scratch);
    apr_pool_destroy(new->pool);
}

static void take(loader_t *loader, const mtls_crl_block_t *block, const origin_t *origin)
{
    mtls_crl_held_t held = {
        .directive = origin->use.directive, .at = origin->use.at, .fetched = origin->fetched};
    const char *problem;

    apr_pool_create(&held.pool, loader->pool);
    if (mtls_crl_read(&held.crl, block->der, block->place, origin->use, origin->faults, held.pool,
                      loader->scratch) != APR_SUCCESS) {
        apr_pool_destroy(held.pool);
        return;
    }
    held.place = apr_pstrdup(held.pool, block->place);
    problem = verify(loader, held.crl, block->der, held.pool);
    if (problem == NULL) {
        merge(loader, &held, origin->faults);
    } else {
        tell(&held, origin->faults, problem, loader->scratch);
        apr_pool_destroy(held.pool);
    }
}

/* The octets of a list may be many: they have memory of their own, and are gone after this. */
static void load_file(loader_t *loader, const char *path, const origin_t *origin)
{
    apr_array_header_t *blocks;
    apr_pool_t *octets;

    if (mtls_own_pool_make(&octets, loader->scratch) != APR_SUCCESS) {
        mtls_faults_add(origin->faults, origin->use.at, "%s: %s: out of memory",
                        origin->use.directive, path);
        return;
    }
    if (mtls_crl_file_read(&blocks, path, origin->use, origin->faults, octets)) {
        for (int i = 0; i < blocks->nelts; i++)
            take(loader, &APR_ARRAY_IDX(blocks, i, const mtls_crl_block_t), origin);
    }
    apr_pool_destroy(octets);
}

static mtls_material_use_t use_for(const loader_t *loader, const char *directive, mtls_origin_t at)
{
    return (mtls_material_use_t){
        .directive = directive, .at = at, .max = MTLS_CRL_MAX_FILE, .files = loader->files};
}

static void load_files(loader_t *loader)
{
    const apr_array_header_t *files = loader->source->spec->files;

    for (int i = 0; i < files->nelts; i++) {
        const mtls_sourced_t *file = &APR_ARRAY_IDX(files, i, const mtls_sourced_t);
        origin_t origin = {use_for(loader, "MTLSCRLFile", file->at), loader->faults, false};

        load_file(loader, file->value, &origin);
    }
}

/* @return why the file cannot be opened though it is there, or APR_SUCCESS. */
static apr_status_t try_to_open(const char *path, apr_pool_t *scratch)
{
    apr_file_t *file;
    apr_status_t status = apr_file_open(&file, path, APR_FOPEN_READ, APR_FPROT_OS_DEFAULT, scratch);

    if (status == APR_SUCCESS)
        apr_file_close(file);
    return APR_STATUS_IS_ENOENT(status) ? APR_SUCCESS : status;
}

/* Descriptors may be used up, or memory: nobody has become less revoked by that. */
static void check_readable(loader_t *loader, const char *path, const origin_t *origin)
{
    apr_status_t status = try_to_open(path, loader->scratch);
    char words[120];

    if (status != APR_SUCCESS)
        mtls_faults_add(loader->faults, origin->use.at, "%s: cannot read %s: %s",
                        origin->use.directive, path, apr_strerror(status, words, sizeof(words)));
}

/* @return number of files; -1: the directory cannot be read, which is a fault. */
static int load_dir(loader_t *loader, const char *dir, const origin_t *origin)
{
    apr_array_header_t *paths;

    if (mtls_material_list(&paths, dir, MTLS_MATERIAL_CRLS, origin->use, origin->faults,
                           loader->scratch) != APR_SUCCESS)
        return -1;
    for (int i = 0; i < paths->nelts; i++) {
        const char *path = APR_ARRAY_IDX(paths, i, const char *);

        if (origin->fetched)
            check_readable(loader, path, origin);
        load_file(loader, path, origin);
    }
    return paths->nelts;
}

static void load_dirs(loader_t *loader)
{
    const apr_array_header_t *dirs = loader->source->spec->dirs;

    for (int i = 0; i < dirs->nelts; i++) {
        const mtls_sourced_t *dir = &APR_ARRAY_IDX(dirs, i, const mtls_sourced_t);
        origin_t origin = {use_for(loader, "MTLSCRLPath", dir->at), loader->faults, false};

        if (load_dir(loader, dir->value, &origin) == 0)
            mtls_faults_add(loader->faults, dir->at,
                            "MTLSCRLPath: %s holds no file of revocation lists (names ending in "
                            ".crl .pem .der or .r0 to .r9)",
                            dir->value);
    }
}

/* Nothing that is wrong in a file stops a load: what was fetched is told of, and left out.  Where
 * it cannot be seen at all, what is in use stays. */
static void load_fetched(loader_t *loader)
{
    const char *dir = loader->source->fetched_dir;
    mtls_faults_t *faults = mtls_faults_make(loader->scratch);
    origin_t origin = {use_for(loader, "MTLSCRLFetch", loader->source->spec->at), faults, true};
    bool listed = true;
    apr_finfo_t info;

    if (dir == NULL)
        return;
    if (APR_STATUS_IS_ENOENT(apr_stat(&info, dir, APR_FINFO_TYPE, loader->scratch)))
        mtls_files_note(loader->files, dir);
    else
        listed = load_dir(loader, dir, &origin) >= 0;
    for (int i = 0; i < mtls_faults_count(faults); i++) {
        const mtls_fault_t *fault = mtls_faults_get(faults, i);

        (listed ? mtls_faults_warn : mtls_faults_add)(loader->faults, fault->at, "%s", fault->text);
    }
}

/* @return the edition that was in use before and is newer, or NULL. */
static const mtls_crl_t *newer_before(const loader_t *loader, const mtls_crl_t *crl)
{
    const mtls_crl_set_t *before = loader->source->before;

    for (int i = 0; before != NULL && i < mtls_crl_set_count(before); i++) {
        const mtls_crl_t *old = mtls_crl_set_get(before, i);

        if (mtls_crl_is_same_list(old, crl) && mtls_crl_compare_age(crl, old) < 0)
            return old;
    }
    return NULL;
}

/* F-13: of what is left of all sources, nothing may be older than what is in use. */
static void refuse_rollback(loader_t *loader)
{
    apr_array_header_t *lists = loader->set->lists;
    int kept = 0;

    for (int i = 0; i < lists->nelts; i++) {
        mtls_crl_held_t *held = &APR_ARRAY_IDX(lists, i, mtls_crl_held_t);
        const mtls_crl_t *newer = newer_before(loader, held->crl);

        if (newer == NULL) {
            APR_ARRAY_IDX(lists, kept++, mtls_crl_held_t) = *held;
            continue;
        }
        (held->fetched ? mtls_faults_warn : mtls_faults_add)(
            loader->faults, held->at,
            "%s: %s: the revocation list (%s) is refused: it is older than the one in use (%s)",
            held->directive, held->place, mtls_crl_describe(held->crl, loader->scratch),
            mtls_crl_describe(newer, loader->scratch));
        apr_pool_destroy(held->pool);
    }
    lists->nelts = kept;
}

static bool load_signers(loader_t *loader)
{
    const apr_array_header_t *files = loader->source->spec->signer_files;
    mtls_bundle_t *bundle =
        mtls_bundle_make("MTLSCRLSignerFile", MTLS_BUNDLE_CRL_SIGNER, loader->files, loader->pool);

    if (bundle == NULL) {
        mtls_faults_add(loader->faults, loader->source->spec->at,
                        "MTLSCRLSignerFile: out of memory");
        return false;
    }
    loader->set->signers = bundle->certs;
    for (int i = 0; i < files->nelts; i++)
        (void)mtls_bundle_load_file(bundle, &APR_ARRAY_IDX(files, i, const mtls_sourced_t),
                                    loader->faults, loader->scratch);
    return true;
}

static int ascending(const void *a, const void *b)
{
    return memcmp(a, b, MTLS_SHA256_LEN);
}

/* Lists and signers in an order of their own, and how many are lists. */
static bool write_digest(mtls_crl_set_t *set, apr_pool_t *scratch)
{
    apr_size_t lists = (apr_size_t)set->lists->nelts;
    apr_size_t signers = (apr_size_t)sk_X509_num(set->signers);
    apr_size_t len = (lists + signers + 1) * MTLS_SHA256_LEN;
    unsigned char *all = apr_pcalloc(scratch, len);

    for (int i = 0; i < 4; i++)
        all[i] = (unsigned char)(lists >> (24 - 8 * i));
    for (apr_size_t i = 0; i < lists; i++)
        memcpy(all + (1 + i) * MTLS_SHA256_LEN, mtls_crl_sha256(mtls_crl_set_get(set, (int)i)),
               MTLS_SHA256_LEN);
    for (apr_size_t i = 0; i < signers; i++) {
        if (X509_digest(sk_X509_value(set->signers, (int)i), EVP_sha256(),
                        all + (1 + lists + i) * MTLS_SHA256_LEN, NULL) != 1)
            return false;
    }
    qsort(all + MTLS_SHA256_LEN, lists, MTLS_SHA256_LEN, ascending);
    qsort(all + (1 + lists) * MTLS_SHA256_LEN, signers, MTLS_SHA256_LEN, ascending);
    return EVP_Digest(all, len, set->digest, NULL, EVP_sha256(), NULL) == 1;
}

apr_status_t mtls_crl_set_load(const mtls_crl_set_t **out, const mtls_crl_set_source_t *source,
                               mtls_files_t *files, mtls_faults_t *faults, apr_pool_t *pool,
                               apr_pool_t *scratch)
{
    int errors = mtls_faults_error_count(faults);
    loader_t loader = {.set = apr_pcalloc(pool, sizeof(*loader.set)),
                       .source = source,
                       .files = files,
                       .faults = faults,
                       .pool = pool,
                       .scratch = scratch};

    *out = NULL;
    loader.set->lists = apr_array_make(pool, 4, sizeof(mtls_crl_held_t));
    if (!load_signers(&loader))
        return APR_ENOMEM;
    load_files(&loader);
    load_dirs(&loader);
    load_fetched(&loader);
    refuse_rollback(&loader);
    if (mtls_faults_error_count(faults) == errors)
        mtls_crl_set_check_deltas(loader.set, faults, scratch);
    if (mtls_faults_error_count(faults) != errors)
        return APR_EGENERAL;
    if (!write_digest(loader.set, scratch)) {
        mtls_faults_add(faults, source->spec->at, "MTLSTrust %s: out of memory", source->profile);
        return APR_ENOMEM;
    }
    *out = loader.set;
    return APR_SUCCESS;
}
