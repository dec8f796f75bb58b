/*
 * t/fuzz/fuzz_trust_read.c - any octets as httpd configuration: what is read is sane, and every
 * fault has a place that exists.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "target.h"
#include "mtls/policy/directives.h"
#include "mtls/tool/trust_read.h"

/* Whether line and column are of an octet of the text, or of where the next one would be. */
static bool is_in(mtls_bytes_t text, mtls_origin_t at)
{
    int line = 1, column = 1;
    apr_size_t i;

    for (i = 0; i < text.len && (line < at.line || (line == at.line && column < at.column)); i++) {
        column++;
        if (text.data[i] == '\n') {
            line++;
            column = 1;
        }
    }
    return line == at.line && column == at.column;
}

static void check_paths(const apr_array_header_t *paths, mtls_bytes_t text)
{
    int i;

    for (i = 0; i < paths->nelts; i++) {
        const mtls_sourced_t *path = &APR_ARRAY_IDX(paths, i, const mtls_sourced_t);

        if (path->value[0] != '/' || !is_in(text, path->at)) {
            abort();
        }
    }
}

static void check(mtls_bytes_t text, const apr_array_header_t *specs, const mtls_faults_t *faults,
                  apr_pool_t *pool)
{
    int i;

    for (i = 0; i < specs->nelts; i++) {
        const mtls_profile_spec_t *spec = APR_ARRAY_IDX(specs, i, const mtls_profile_spec_t *);

        if (!is_in(text, spec->at) ||
            (mtls_faults_count(faults) == 0 && mtls_profile_name_check(spec->name, pool))) {
            abort();
        }
        check_paths(spec->ca_files, text);
        check_paths(spec->pin_files, text);
    }
    for (i = 0; i < mtls_faults_count(faults); i++) {
        if (!is_in(text, mtls_faults_get(faults, i)->at)) {
            abort();
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mtls_bytes_t text = {data, size};
    apr_array_header_t *specs;
    mtls_faults_t *faults;
    apr_pool_t *pool;

    pool = make_pool();
    specs = apr_array_make(pool, 1, sizeof(mtls_profile_spec_t *));
    faults = mtls_faults_make(pool);
    mtls_trust_read(specs, text, "f", "/etc", faults, pool);
    check(text, specs, faults, pool);
    apr_pool_destroy(pool);
    return 0;
}
