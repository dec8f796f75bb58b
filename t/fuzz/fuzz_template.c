/*
 * t/fuzz/fuzz_template.c - any text as a template, filled from one certificate: a result is clean,
 * bounded and not empty.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>
#include <string.h>

#include "target.h"
#include "../unit/holder_fixture.h"
#include "mtls/policy/clean.h"
#include "mtls/policy/pattern.h"
#include "mtls/policy/template.h"

static void check_result(const char *result)
{
    mtls_bytes_t octets = {(const unsigned char *)result, strlen(result)};

    must(octets.len > 0 && octets.len <= MTLS_TEMPLATE_MAX);
    must(mtls_clean_check(octets, NULL));
}

static void fill(const mtls_template_t *tmpl, bool many, apr_pool_t *pool)
{
    apr_array_header_t *captures = apr_array_make(pool, 2, sizeof(mtls_capture_t));
    apr_array_header_t *results = apr_array_make(pool, 2, sizeof(const char *));
    const char *out = NULL;
    mtls_reason_t reason;
    int i;

    APR_ARRAY_PUSH(captures, mtls_capture_t) = (mtls_capture_t){"1", HOLDER_TEXT("A@b.example")};
    APR_ARRAY_PUSH(captures, mtls_capture_t) = (mtls_capture_t){"who", {NULL, 0}};
    reason = mtls_template_fill_each(results, tmpl, &holder_fixture, captures, pool);
    must(reason == MTLS_REASON_GOOD || results->nelts == 0);
    for (i = 0; i < results->nelts; i++) {
        check_result(APR_ARRAY_IDX(results, i, const char *));
    }
    if (!many) {
        must(mtls_template_fill(&out, tmpl, &holder_fixture, captures, pool) == reason);
        must((out != NULL) == (reason == MTLS_REASON_GOOD));
    }
}

static void try_template(const char *text, bool many, apr_pool_t *pool)
{
    apr_array_header_t *names = apr_array_make(pool, 2, sizeof(const char *));
    mtls_template_fault_t fault = {NULL, -1};
    const mtls_template_t *tmpl;

    APR_ARRAY_PUSH(names, const char *) = "1";
    APR_ARRAY_PUSH(names, const char *) = "who";
    if (mtls_template_compile(&tmpl, text, names, many, &fault, pool)) {
        must(strcmp(mtls_template_text(tmpl), text) == 0);
        fill(tmpl, many, pool);
    } else {
        must(fault.text != NULL && fault.offset >= 0 && (size_t)fault.offset <= strlen(text));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const mtls_template_t *tmpl;
    const char *text;
    apr_pool_t *pool;

    if (size > 65536) {
        return 0;
    }
    pool = make_pool();
    text = apr_pstrmemdup(pool, (const char *)data, size);
    try_template(text, false, pool);
    try_template(text, true, pool);
    if (mtls_template_of_field(&tmpl, 1, &text, pool) == NULL) {
        fill(tmpl, false, pool);
    }
    apr_pool_destroy(pool);
    return 0;
}
