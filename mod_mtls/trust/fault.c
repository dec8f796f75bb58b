/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/trust/fault.h"

#include <apr_strings.h>
#include <apr_tables.h>
#include <openssl/err.h>
#include <stdarg.h>

struct mtls_faults_t {
    apr_pool_t *pool;
    apr_array_header_t *list; /* of mtls_fault_t */
    int errors;
};

mtls_faults_t *mtls_faults_make(apr_pool_t *pool)
{
    mtls_faults_t *faults = apr_pcalloc(pool, sizeof(*faults));

    faults->pool = pool;
    faults->list = apr_array_make(pool, 4, sizeof(mtls_fault_t));
    return faults;
}

__attribute__((format(printf, 4, 0))) static void
append(mtls_faults_t *faults, mtls_origin_t at, bool warning, const char *format, va_list args)
{
    mtls_fault_t *fault;

    if (faults == NULL)
        return;
    fault = apr_array_push(faults->list);
    fault->at = at;
    if (at.file != NULL)
        fault->at.file = apr_pstrdup(faults->pool, at.file);
    fault->text = apr_pvsprintf(faults->pool, format, args);
    fault->warning = warning;
    if (!warning)
        faults->errors++;
}

void mtls_faults_add(mtls_faults_t *faults, mtls_origin_t at, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    append(faults, at, false, format, args);
    va_end(args);
}

void mtls_faults_warn(mtls_faults_t *faults, mtls_origin_t at, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    append(faults, at, true, format, args);
    va_end(args);
}

int mtls_faults_count(const mtls_faults_t *faults)
{
    return faults->list->nelts;
}

int mtls_faults_error_count(const mtls_faults_t *faults)
{
    return faults->errors;
}

const mtls_fault_t *mtls_faults_get(const mtls_faults_t *faults, int i)
{
    return &APR_ARRAY_IDX(faults->list, i, const mtls_fault_t);
}

const char *mtls_fault_openssl(apr_pool_t *pool)
{
    unsigned long code = ERR_peek_last_error();
    const char *reason = code != 0 ? ERR_reason_error_string(code) : NULL;
    const char *text = "no detail";

    if (reason != NULL)
        text = apr_pstrdup(pool, reason);
    else if (code != 0)
        text = apr_psprintf(pool, "OpenSSL error %lx", code);
    ERR_clear_error();
    return text;
}
