/* SPDX-License-Identifier: Apache-2.0 */
#include "named_file_fixture.h"

#include <apr_strings.h>
#include <check.h>
#include <string.h>

#include "trust_fixture.h"

const char *fixture_file(const char *text, mode_t mode, apr_pool_t *pool)
{
    const char *path = fixture_write(fixture_dir(pool), "file", text, strlen(text), pool);

    ck_assert_int_eq(chmod(path, mode), 0);
    return path;
}

void fixture_file_change(const char *path, const char *text, apr_pool_t *pool)
{
    const char *slash = strrchr(path, '/');

    fixture_write(apr_pstrmemdup(pool, path, (apr_size_t)(slash - path)), slash + 1, text,
                  strlen(text), pool);
}

const mtls_named_file_t *fixture_named_file(const char *directive, const char *path,
                                            apr_pool_t *pool)
{
    mtls_named_file_t *file = apr_palloc(pool, sizeof(*file));

    *file = (mtls_named_file_t){directive, path, {"httpd.conf", 7, 0}};
    return file;
}

mtls_generation_t *fixture_load_file(const mtls_part_kind_t *kind, const mtls_named_file_t *file,
                                     const mtls_generation_t *before, mtls_faults_t *faults,
                                     apr_pool_t *pool)
{
    apr_array_header_t *specs = apr_array_make(pool, 1, sizeof(mtls_part_spec_t));
    mtls_generation_t *generation;
    apr_status_t status;

    APR_ARRAY_PUSH(specs, mtls_part_spec_t) = (mtls_part_spec_t){kind, file->path, file};
    status = mtls_generation_load(&generation, specs, before, NULL, faults, pool, pool);
    ck_assert_int_eq(status == APR_SUCCESS, generation != NULL);
    ck_assert_int_eq(status == APR_SUCCESS, mtls_faults_error_count(faults) == 0);
    return generation;
}
