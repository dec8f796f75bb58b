/* mod_mtls/trust/key_part.c - see mtls/trust/key_part.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/trust/key_part.h"

#include <apr_file_info.h>

#include "mtls/trust/material.h"
#include "mtls/trust/secret_memory.h"

/* Rights that only the owner may have, or that nobody but owner and group may. */
#define TOO_OPEN (APR_FPROT_GWRITE | APR_FPROT_WREAD | APR_FPROT_WWRITE | APR_FPROT_WEXECUTE)

/* What cannot be examined is left to mtls_material_load(), which says why. */
static bool is_closed(const mtls_named_file_t *file, mtls_faults_t *faults, apr_pool_t *scratch)
{
    apr_finfo_t info;

    if (apr_stat(&info, file->path, APR_FINFO_PROT, scratch) != APR_SUCCESS ||
        (info.protection & TOO_OPEN) == 0)
        return true;
    mtls_faults_add(faults, file->at,
                    "%s: %s may be read or written by others; leave it to its owner and its group "
                    "(chmod 640)",
                    file->directive, file->path);
    return false;
}

/* @return NULL with a fault */
static mtls_keys_t *make_keys(const mtls_named_file_t *file, mtls_faults_t *faults,
                              apr_pool_t *pool)
{
    mtls_keys_t *keys = mtls_secret_alloc(sizeof(*keys), pool);

    if (!keys) {
        char words[120];

        mtls_faults_add(faults, file->at, "%s: no memory for keys: %s", file->directive,
                        apr_strerror(apr_get_os_error(), words, sizeof(words)));
    }
    return keys;
}

static apr_status_t load(const void **out, const void *spec, const void *before,
                         mtls_files_t *files, mtls_faults_t *faults, apr_pool_t *pool,
                         apr_pool_t *scratch)
{
    const mtls_named_file_t *file = spec;
    mtls_material_use_t use = {
        .directive = file->directive, .at = file->at, .max = MTLS_KEY_FILE_MAX, .files = files};
    mtls_keys_t *keys;
    mtls_bytes_t text;
    apr_status_t status;

    (void)before;
    *out = NULL;
    mtls_files_note(files, file->path);
    if (!is_closed(file, faults, scratch))
        return APR_EGENERAL;
    keys = make_keys(file, faults, pool);
    if (!keys)
        return APR_ENOMEM;
    status = mtls_material_load(&text, file->path, use, faults, scratch);
    if (status != APR_SUCCESS)
        return status;
    status = mtls_keys_read(keys, text, file, faults);
    mtls_material_wipe(text);
    if (status == APR_SUCCESS)
        *out = keys;
    return status;
}

static const char *describe(const void *thing, apr_pool_t *pool)
{
    return mtls_keys_describe(thing, pool);
}

const mtls_part_kind_t mtls_key_part_kind = {"key file", true, load, describe};

const mtls_keys_t *mtls_generation_keys(const mtls_generation_t *generation, int slot)
{
    return mtls_generation_part(generation, slot);
}
