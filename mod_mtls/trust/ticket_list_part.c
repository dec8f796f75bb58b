/* mod_mtls/trust/ticket_list_part.c - see mtls/trust/ticket_list_part.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/trust/ticket_list_part.h"

#include <apr_strings.h>

#include "mtls/trust/material.h"

static apr_status_t load(const void **out, const void *spec, const void *before,
                         mtls_files_t *files, mtls_faults_t *faults, apr_pool_t *pool,
                         apr_pool_t *scratch)
{
    const mtls_named_file_t *file = spec;
    mtls_material_use_t use = {.directive = file->directive,
                               .at = file->at,
                               .max = MTLS_TICKET_LIST_FILE_MAX,
                               .may_be_empty = true,
                               .files = files};
    mtls_ticket_list_t *list = apr_pcalloc(pool, sizeof(*list));
    mtls_bytes_t text;
    apr_status_t status = mtls_material_load(&text, file->path, use, faults, scratch);

    (void)before;
    if (status == APR_SUCCESS)
        status = mtls_ticket_list_read(list, text, file, faults, pool, scratch);
    *out = status == APR_SUCCESS ? list : NULL;
    return status;
}

static const char *describe(const void *thing, apr_pool_t *pool)
{
    const mtls_ticket_list_t *list = thing;

    return apr_psprintf(pool, "%" APR_SIZE_T_FMT " ticket%s", list->count,
                        list->count == 1 ? "" : "s");
}

const mtls_part_kind_t mtls_ticket_list_part_kind = {"list of revoked tickets", true, load,
                                                     describe};

const mtls_ticket_list_t *mtls_generation_ticket_list(const mtls_generation_t *generation, int slot)
{
    return mtls_generation_part(generation, slot);
}
