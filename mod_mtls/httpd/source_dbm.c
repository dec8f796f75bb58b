/* httpd/source_dbm.c - see mtls/httpd/source_dbm.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/httpd/source_dbm.h"

#include <apr_dbm.h>
#include <apr_file_info.h>
#include <apr_strings.h>

#include "mtls/httpd/outside.h"
#include "mtls/policy/map.h"

/* Longest description of an APR status, octets. */
#define MAX_STATUS_TEXT 200

static const char *status_text(apr_status_t status, apr_pool_t *pool)
{
    char text[MAX_STATUS_TEXT];

    /* what libdb and gdbm say comes with an offset that APR cannot explain */
    if (status >= APR_OS_START_USEERR && status < APR_OS_START_USEERR + APR_OS_ERRSPACE_SIZE)
        return apr_psprintf(pool, "its library says error %d", status - APR_OS_START_USEERR);
    return apr_pstrdup(pool, apr_strerror(status, text, sizeof(text)));
}

static const char *dbm_error(apr_dbm_t *dbm, apr_pool_t *pool)
{
    char text[MAX_STATUS_TEXT];
    int code;

    return apr_pstrdup(pool, apr_dbm_geterror(dbm, &code, text, sizeof(text)));
}

/**
 * @param value  filled on success, from @a pool; data NULL: there is no such key
 * @return NULL, or what is wrong
 */
static const char *fetch(mtls_bytes_t *value, const mtls_source_t *source, const char *key,
                         apr_pool_t *pool)
{
    apr_datum_t wanted = {.dptr = apr_pstrdup(pool, key), .dsize = strlen(key)};
    apr_datum_t found = {.dptr = NULL, .dsize = 0};
    const char *fault = NULL;
    apr_status_t status;
    apr_dbm_t *dbm;

    status = apr_dbm_open_ex(&dbm, source->dbm_type, source->path, APR_DBM_READONLY, APR_OS_DEFAULT,
                             pool);
    if (status != APR_SUCCESS)
        return status_text(status, pool);
    status = apr_dbm_fetch(dbm, wanted, &found);
    if (status != APR_SUCCESS)
        fault = apr_psprintf(pool, "read: %s", dbm_error(dbm, pool));
    else if (found.dptr && found.dsize > MTLS_MAP_MAX_STATEMENT)
        fault = "the value is too long";
    else if (found.dptr) {
        value->data = apr_pmemdup(pool, found.dptr, found.dsize);
        value->len = found.dsize;
    }
    apr_dbm_close(dbm);
    return fault;
}

void mtls_source_dbm_ask(mtls_principal_t *out, request_rec *r, const mtls_source_t *source,
                         const mtls_holder_t *holder, mtls_trace_t *trace)
{
    mtls_outside_t ask = {.r = r, .source = source, .trace = trace};
    mtls_bytes_t value = {NULL, 0};
    const char *fault;

    if (!mtls_outside_begin(&ask, out, holder))
        return;
    fault = fetch(&value, source, ask.values[0], r->pool);
    if (!fault && !value.data)
        out->reason = MTLS_REASON_NO_RULE;
    else if (!fault)
        fault = mtls_map_parse_result(out, value, r->pool);
    if (fault)
        mtls_outside_down(&ask, out, apr_psprintf(r->pool, "%s: %s", source->path, fault));
    else
        mtls_outside_end(&ask, out);
}

static const char *check_file(const char *path, apr_pool_t *pool)
{
    apr_finfo_t info;
    apr_status_t status =
        apr_stat(&info, path, APR_FINFO_TYPE | APR_FINFO_UPROT | APR_FINFO_WPROT, pool);

    if (status != APR_SUCCESS && status != APR_INCOMPLETE)
        return apr_psprintf(pool, "'%s': %s", path, status_text(status, pool));
    if (info.filetype != APR_REG)
        return apr_psprintf(pool, "'%s' is no file", path);
    if (info.protection & APR_FPROT_WWRITE)
        return apr_psprintf(pool,
                            "'%s' may be written by everybody, who could then be anybody; take "
                            "that permission away",
                            path);
    return NULL;
}

const char *mtls_source_dbm_check(const mtls_source_t *source, apr_pool_t *pool)
{
    const char *paths[2] = {NULL, NULL};
    const char *fault;
    apr_status_t status;
    apr_dbm_t *dbm;
    int i;

    status = apr_dbm_get_usednames_ex(pool, source->dbm_type, source->path, &paths[0], &paths[1]);
    if (status != APR_SUCCESS)
        return apr_psprintf(pool,
                            "type '%s' is not known here: %s; use sdbm, db, gdbm or ndbm as far as "
                            "APR was built with them",
                            source->dbm_type, status_text(status, pool));
    for (i = 0; i < 2; i++) {
        fault = paths[i] ? check_file(paths[i], pool) : NULL;
        if (fault)
            return fault;
    }
    status = apr_dbm_open_ex(&dbm, source->dbm_type, source->path, APR_DBM_READONLY, APR_OS_DEFAULT,
                             pool);
    if (status != APR_SUCCESS)
        return apr_psprintf(pool, "'%s' does not open as %s: %s", source->path, source->dbm_type,
                            status_text(status, pool));
    apr_dbm_close(dbm);
    return NULL;
}
