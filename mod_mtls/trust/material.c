/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/trust/material.h"

#include <apr_file_info.h>
#include <apr_file_io.h>
#include <apr_hash.h>
#include <apr_strings.h>
#include <openssl/crypto.h>
#include <stdlib.h>

static const char *kind_of(apr_filetype_e type)
{
    return type == APR_DIR ? "a directory" : "not a regular file";
}

static const char *words_of(apr_status_t status, char *buffer, apr_size_t size)
{
    return apr_strerror(status, buffer, size);
}

/* Whoever may write in a directory can put another file into this one's place, but for a directory
 * such as /tmp, where only its owner can take it away. */
static const char *open_directory(const char *path, apr_pool_t *pool)
{
    const char *slash = strrchr(path, '/');
    const char *dir;
    apr_finfo_t info;

    if (slash == NULL)
        dir = ".";
    else
        dir = slash == path ? "/" : apr_pstrndup(pool, path, (apr_size_t)(slash - path));
    if (apr_stat(&info, dir, APR_FINFO_PROT, pool) != APR_SUCCESS ||
        (info.protection & APR_FPROT_WWRITE) == 0 || (info.protection & APR_FPROT_WSTICKY) != 0)
        return NULL;
    return dir;
}

/* By stat first: opening a named pipe would wait for a writer. */
static bool acceptable(const char *path, mtls_material_use_t use, mtls_faults_t *faults,
                       apr_pool_t *pool)
{
    char words[120];
    apr_finfo_t info;
    apr_status_t status = apr_stat(&info, path, APR_FINFO_TYPE | APR_FINFO_PROT, pool);
    const char *dir = open_directory(path, pool);

    if (status != APR_SUCCESS)
        mtls_faults_add(faults, use.at, "%s: cannot read %s: %s; name an existing, readable file",
                        use.directive, path, words_of(status, words, sizeof(words)));
    else if (info.filetype != APR_REG)
        mtls_faults_add(faults, use.at, "%s: %s is %s; name a regular file", use.directive, path,
                        kind_of(info.filetype));
    else if ((info.protection & APR_FPROT_WWRITE) != 0)
        mtls_faults_add(faults, use.at,
                        "%s: %s is writable by everyone; take that right away (chmod o-w)",
                        use.directive, path);
    else if (dir != NULL)
        mtls_faults_add(faults, use.at,
                        "%s: %s stands in %s, which is writable by everyone, so that anybody can "
                        "replace it; take that right away (chmod o-w)",
                        use.directive, path, dir);
    else
        return true;
    return false;
}

/* One octet more than allowed is asked for, so that a file that grows is noticed too. */
static apr_status_t read_all(mtls_bytes_t *out, const char *path, apr_size_t max, apr_pool_t *pool)
{
    apr_file_t *file;
    apr_finfo_t info;
    unsigned char *data;
    apr_size_t got = 0;
    apr_status_t status =
        apr_file_open(&file, path, APR_FOPEN_READ | APR_FOPEN_BINARY, APR_FPROT_OS_DEFAULT, pool);

    if (status != APR_SUCCESS)
        return status;
    status = apr_file_info_get(&info, APR_FINFO_SIZE, file);
    if (status == APR_SUCCESS && info.size > (apr_off_t)max)
        status = APR_ENOSPC;
    if (status == APR_SUCCESS) {
        data = apr_palloc(pool, (apr_size_t)info.size + 1);
        status = apr_file_read_full(file, data, (apr_size_t)info.size + 1, &got);
        if (status == APR_SUCCESS && got == (apr_size_t)info.size + 1)
            status = APR_EGENERAL;
        else if (status == APR_EOF)
            status = APR_SUCCESS;
        if (status == APR_SUCCESS)
            *out = (mtls_bytes_t){data, got};
        else
            mtls_material_wipe((mtls_bytes_t){data, got});
    }
    apr_file_close(file);
    return status;
}

apr_status_t mtls_material_load(mtls_bytes_t *out, const char *path, mtls_material_use_t use,
                                mtls_faults_t *faults, apr_pool_t *pool)
{
    apr_size_t max = use.max != 0 ? use.max : MTLS_MATERIAL_MAX;
    char words[120];
    apr_status_t status;

    *out = (mtls_bytes_t){0};
    mtls_files_note(use.files, path);
    if (!acceptable(path, use, faults, pool))
        return APR_EGENERAL;
    status = read_all(out, path, max, pool);
    if (status == APR_ENOSPC)
        mtls_faults_add(faults, use.at, "%s: %s is larger than %" APR_SIZE_T_FMT " octets",
                        use.directive, path, max);
    else if (status == APR_EGENERAL)
        mtls_faults_add(faults, use.at, "%s: %s changed while it was read", use.directive, path);
    else if (status != APR_SUCCESS)
        mtls_faults_add(faults, use.at, "%s: cannot read %s: %s; name an existing, readable file",
                        use.directive, path, words_of(status, words, sizeof(words)));
    else if (out->len == 0 && !use.may_be_empty)
        mtls_faults_add(faults, use.at, "%s: %s is empty; name a file that holds something",
                        use.directive, path);
    else
        return APR_SUCCESS;
    *out = (mtls_bytes_t){0};
    return APR_EGENERAL;
}

void mtls_material_wipe(mtls_bytes_t octets)
{
    OPENSSL_cleanse((unsigned char *)octets.data, octets.len);
}

/* How files of one kind are named. */
typedef struct {
    const char *endings[5];
    const char *before_digit; /* of the hashed links that OpenSSL makes */
    const char *directive;    /* for a single file */
} naming_t;

static const naming_t namings[] = {
    [MTLS_MATERIAL_CERTS] = {{"pem", "crt", "cer", "der", NULL}, "", "MTLSCACertificateFile"},
    [MTLS_MATERIAL_CRLS] = {{"crl", "pem", "der", NULL}, "r", "MTLSCRLFile"},
};

static bool is_named_like(const char *name, const naming_t *naming)
{
    const char *dot = strrchr(name, '.');
    size_t before = strlen(naming->before_digit);

    if (name[0] == '.' || dot == NULL)
        return false;
    if (strncmp(dot + 1, naming->before_digit, before) == 0 && dot[1 + before] >= '0' &&
        dot[1 + before] <= '9' && dot[2 + before] == '\0')
        return true;
    for (const char *const *ending = naming->endings; *ending != NULL; ending++) {
        if (strcmp(dot + 1, *ending) == 0)
            return true;
    }
    return false;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool acceptable_dir(const char *dir, const naming_t *naming, mtls_material_use_t use,
                           mtls_faults_t *faults, apr_pool_t *pool)
{
    char words[120];
    apr_finfo_t info;
    apr_status_t status = apr_stat(&info, dir, APR_FINFO_TYPE | APR_FINFO_PROT, pool);

    if (status != APR_SUCCESS)
        mtls_faults_add(faults, use.at, "%s: cannot read %s: %s; name an existing directory",
                        use.directive, dir, words_of(status, words, sizeof(words)));
    else if (info.filetype != APR_DIR)
        mtls_faults_add(faults, use.at, "%s: %s is not a directory; use %s", use.directive, dir,
                        naming->directive);
    else if ((info.protection & APR_FPROT_WWRITE) != 0)
        mtls_faults_add(faults, use.at,
                        "%s: %s is writable by everyone; take that right away (chmod o-w)",
                        use.directive, dir);
    else
        return true;
    return false;
}

/* What tells one file from another, whatever its names. */
typedef struct {
    apr_dev_t device;
    apr_ino_t inode;
} file_id_t;

static bool first_seen(apr_hash_t *seen, const apr_finfo_t *info, apr_pool_t *pool)
{
    file_id_t *id = apr_pcalloc(pool, sizeof(*id));

    id->device = info->device;
    id->inode = info->inode;
    if (apr_hash_get(seen, id, sizeof(*id)) != NULL)
        return false;
    apr_hash_set(seen, id, sizeof(*id), id);
    return true;
}

/* Links to nowhere and in circles end here: they cannot be examined.  Without a certificate fewer
 * people are let in, but without a revocation list perhaps more. */
static bool leads_to_new_file(const char *path, apr_hash_t *seen, mtls_material_names_t names,
                              mtls_material_use_t use, mtls_faults_t *faults, apr_pool_t *pool)
{
    char words[120];
    apr_finfo_t info;
    apr_status_t status = apr_stat(&info, path, APR_FINFO_TYPE | APR_FINFO_IDENT, pool);

    if (status == APR_SUCCESS && info.filetype == APR_REG)
        return first_seen(seen, &info, pool);
    (names == MTLS_MATERIAL_CRLS ? mtls_faults_add : mtls_faults_warn)(
        faults, use.at,
        names == MTLS_MATERIAL_CRLS ? "%s: cannot use %s: %s" : "%s: %s is left out: %s",
        use.directive, path,
        status == APR_SUCCESS ? kind_of(info.filetype) : words_of(status, words, sizeof(words)));
    return false;
}

apr_status_t mtls_material_list(apr_array_header_t **out, const char *dir,
                                mtls_material_names_t names, mtls_material_use_t use,
                                mtls_faults_t *faults, apr_pool_t *pool)
{
    char words[120];
    apr_dir_t *handle;
    apr_hash_t *seen = apr_hash_make(pool);
    apr_finfo_t info;
    apr_status_t status;

    *out = apr_array_make(pool, 16, sizeof(const char *));
    mtls_files_note(use.files, dir);
    if (!acceptable_dir(dir, &namings[names], use, faults, pool))
        return APR_EGENERAL;
    status = apr_dir_open(&handle, dir, pool);
    if (status != APR_SUCCESS) {
        mtls_faults_add(faults, use.at, "%s: cannot read %s: %s", use.directive, dir,
                        words_of(status, words, sizeof(words)));
        return APR_EGENERAL;
    }
    for (;;) {
        status = apr_dir_read(&info, APR_FINFO_NAME, handle);
        if (status != APR_SUCCESS && status != APR_INCOMPLETE)
            break;
        if (is_named_like(info.name, &namings[names])) {
            const char *path = apr_pstrcat(pool, dir, "/", info.name, NULL);

            mtls_files_note(use.files, path);
            if (leads_to_new_file(path, seen, names, use, faults, pool))
                APR_ARRAY_PUSH(*out, const char *) = path;
        }
    }
    apr_dir_close(handle);
    if (!APR_STATUS_IS_ENOENT(status)) {
        mtls_faults_add(faults, use.at, "%s: cannot read all of %s: %s", use.directive, dir,
                        words_of(status, words, sizeof(words)));
        return APR_EGENERAL;
    }
    qsort((*out)->elts, (size_t)(*out)->nelts, sizeof(const char *), by_name);
    return APR_SUCCESS;
}
