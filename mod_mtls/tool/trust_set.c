/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/tool/trust_set.h"

#include <apr_file_info.h>
#include <apr_lib.h>
#include <apr_strings.h>
#include <string.h>

#include "mtls/policy/directives.h"
#include "mtls/policy/revocation_settings.h"
#include "mtls/tool/trust_read.h"
#include "mtls/trust/material.h"
#include "mtls/trust/profile_part.h"

/* Profile of all CA certificates that were named without a configuration. */
static const char pem_profile[] = "file";

mtls_trust_set_t *mtls_trust_set_make(apr_pool_t *pool)
{
    mtls_trust_set_t *set = apr_pcalloc(pool, sizeof(*set));

    set->pool = pool;
    set->specs = apr_array_make(pool, 4, sizeof(mtls_profile_spec_t *));
    set->profiles = apr_array_make(pool, 4, sizeof(const mtls_profile_t *));
    return set;
}

/* By its first line: a configuration may have a certificate in a comment. */
static bool is_pem(mtls_bytes_t text)
{
    static const char bom[] = "\xef\xbb\xbf", begin[] = "-----BEGIN ";
    apr_size_t skip = text.len > sizeof(bom) && memcmp(text.data, bom, sizeof(bom) - 1) == 0
                          ? sizeof(bom) - 1
                          : 0;

    return text.len - skip >= sizeof(begin) - 1 &&
           memcmp(text.data + skip, begin, sizeof(begin) - 1) == 0;
}

bool mtls_trust_set_fits(mtls_bytes_t text)
{
    return is_pem(text) || mtls_trust_read_fits(text);
}

static void add_pem(mtls_trust_set_t *set, const char *path)
{
    mtls_sourced_t file = {path, {path, 0, 0}};
    mtls_profile_spec_t *spec = NULL;
    int i;

    for (i = 0; i < set->specs->nelts; i++) {
        mtls_profile_spec_t *one = APR_ARRAY_IDX(set->specs, i, mtls_profile_spec_t *);

        /* one of a configuration has a line */
        if (one->at.line == 0) {
            spec = one;
        }
    }
    if (!spec) {
        spec = mtls_profile_spec_make(pem_profile, file.at, set->pool);
        APR_ARRAY_PUSH(set->specs, mtls_profile_spec_t *) = spec;
    }
    APR_ARRAY_PUSH(spec->ca_files, mtls_sourced_t) = file;
}

/* What relative paths in the file are relative to; NULL when that is no path. */
static const char *root_of(const char *path, const char *root, apr_pool_t *pool)
{
    const char *dir = root;
    char *absolute;

    if (!root) {
        const char *name = apr_filepath_name_get(path);

        dir = name == path ? "." : apr_pstrmemdup(pool, path, (apr_size_t)(name - path));
    }
    return apr_filepath_merge(&absolute, NULL, dir, 0, pool) == APR_SUCCESS ? absolute : NULL;
}

static void add_configuration(mtls_trust_set_t *set, mtls_bytes_t text, const char *path,
                              const char *root, mtls_faults_t *faults)
{
    mtls_origin_t at = {path, 0, 0};
    const char *base = root_of(path, root, set->pool);

    if (!base) {
        mtls_faults_add(faults, at, "%s is not a path", root ? root : path);
    } else if (!mtls_trust_read_fits(text)) {
        mtls_faults_add(faults, at,
                        "is no trust file; name httpd configuration with <MTLSTrust name>, or CA "
                        "certificates in PEM");
    } else {
        mtls_trust_read(set->specs, text, path, base, faults, set->pool);
    }
}

void mtls_trust_set_add(mtls_trust_set_t *set, const char *path, const char *root,
                        mtls_faults_t *faults)
{
    mtls_material_use_t use = {.directive = "trust file"};
    mtls_bytes_t text;

    if (mtls_material_load(&text, path, use, faults, set->pool) != APR_SUCCESS) {
        return;
    }
    if (is_pem(text)) {
        add_pem(set, apr_pstrdup(set->pool, path));
    } else {
        add_configuration(set, text, path, root, faults);
    }
    mtls_material_wipe(text);
}

/* Whether it is the first of its name. */
static bool check_name(const mtls_trust_set_t *set, int which, mtls_faults_t *faults)
{
    const mtls_profile_spec_t *spec = APR_ARRAY_IDX(set->specs, which, const mtls_profile_spec_t *);
    int i;

    for (i = 0; i < which; i++) {
        const mtls_profile_spec_t *other =
            APR_ARRAY_IDX(set->specs, i, const mtls_profile_spec_t *);

        if (strcmp(other->name, spec->name) == 0) {
            mtls_faults_add(faults, spec->at,
                            "<MTLSTrust %s>: there is one of that name at %s:%d already; profile "
                            "names are shared by all hosts",
                            spec->name, other->at.file, other->at.line);
            return false;
        }
    }
    return true;
}

void mtls_trust_set_load(mtls_trust_set_t *set, mtls_faults_t *faults)
{
    int i;

    for (i = set->profiles->nelts; i < set->specs->nelts; i++) {
        const mtls_profile_spec_t *spec = APR_ARRAY_IDX(set->specs, i, const mtls_profile_spec_t *);
        const void *profile = NULL;
        bool first = check_name(set, i, faults);
        apr_status_t status;

        mtls_revocation_spec_check(spec, faults);
        status = mtls_profile_part_kind.load_fn(&profile, spec, NULL, NULL, faults, set->pool,
                                                set->pool);
        APR_ARRAY_PUSH(set->profiles, const mtls_profile_t *) =
            first && status == APR_SUCCESS ? profile : NULL;
    }
}

const mtls_profile_t *mtls_trust_set_find(const mtls_trust_set_t *set, const char *name)
{
    int i;

    for (i = 0; i < set->profiles->nelts; i++) {
        const mtls_profile_t *profile = APR_ARRAY_IDX(set->profiles, i, const mtls_profile_t *);

        if (profile && strcmp(mtls_profile_name(profile), name) == 0) {
            return profile;
        }
    }
    return NULL;
}

apr_array_header_t *mtls_trust_set_names(const mtls_trust_set_t *set)
{
    apr_array_header_t *names =
        apr_array_make(set->pool, set->specs->nelts + 1, sizeof(const char *));
    int i;

    for (i = 0; i < set->specs->nelts; i++) {
        APR_ARRAY_PUSH(names, const char *) =
            APR_ARRAY_IDX(set->specs, i, const mtls_profile_spec_t *)->name;
    }
    return names;
}
