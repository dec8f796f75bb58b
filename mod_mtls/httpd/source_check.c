/* httpd/source_check.c - see mtls/httpd/source_check.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/httpd/source_check.h"

#include <apr_hash.h>

#include "mtls/httpd/config.h"
#include "mtls/httpd/source_dbm.h"
#include "mtls/policy/map_part.h"

/* What is done with each source of one kind. */
typedef void (*visit_fn)(void *baton, mtls_source_t *source);

static void visit_host(const mtls_server_t *server, mtls_source_kind_t kind, visit_fn visit,
                       void *baton)
{
    int i, k;

    for (i = 0; i < server->sources->nelts; i++) {
        const apr_array_header_t *sources =
            APR_ARRAY_IDX(server->sources, i, mtls_sources_t *)->sources;

        for (k = 0; k < sources->nelts; k++) {
            mtls_source_t *source = &APR_ARRAY_IDX(sources, k, mtls_source_t);

            if (source->kind == kind)
                visit(baton, source);
        }
    }
}

static void visit_all(const server_rec *main, mtls_source_kind_t kind, visit_fn visit, void *baton)
{
    const server_rec *s;

    for (s = main; s; s = s->next)
        visit_host(mtls_config_server(s), kind, visit, baton);
}

/* The list of parts while maps are added to it. */
typedef struct {
    apr_array_header_t *parts;
    const apr_array_header_t *profiles;
    apr_hash_t *slots; /* path to int * */
    apr_pool_t *pool;
} maps_t;

static int *add_part(maps_t *maps, const mtls_source_t *source)
{
    mtls_map_spec_t *spec = apr_palloc(maps->pool, sizeof(*spec));
    int *slot = apr_palloc(maps->pool, sizeof(*slot));

    *spec = (mtls_map_spec_t){source->path, source->at, maps->profiles};
    *slot = maps->parts->nelts;
    APR_ARRAY_PUSH(maps->parts, mtls_part_spec_t) =
        (mtls_part_spec_t){&mtls_map_part_kind, source->path, spec};
    apr_hash_set(maps->slots, source->path, APR_HASH_KEY_STRING, slot);
    return slot;
}

static void give_slot(void *baton, mtls_source_t *source)
{
    maps_t *maps = baton;
    const int *slot = apr_hash_get(maps->slots, source->path, APR_HASH_KEY_STRING);

    if (!slot)
        slot = add_part(maps, source);
    source->slot = *slot;
}

void mtls_source_check_maps(apr_array_header_t *parts, const server_rec *main,
                            const apr_array_header_t *profiles, apr_pool_t *pool)
{
    maps_t maps = {parts, profiles, apr_hash_make(pool), pool};

    visit_all(main, MTLS_SOURCE_MAP, give_slot, &maps);
}

/* Where faults of files go. */
typedef struct {
    mtls_faults_t *faults;
    apr_pool_t *scratch;
} files_t;

static void try_dbm(void *baton, mtls_source_t *source)
{
    files_t *files = baton;
    const char *fault = mtls_source_dbm_check(source, files->scratch);

    if (fault)
        mtls_faults_add(files->faults, source->at, "MTLSMapDBM: %s", fault);
}

void mtls_source_check_files(const server_rec *main, mtls_faults_t *faults, apr_pool_t *scratch)
{
    files_t files = {faults, scratch};

    visit_all(main, MTLS_SOURCE_DBM, try_dbm, &files);
}
