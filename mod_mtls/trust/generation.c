/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/trust/generation.h"

#include <openssl/evp.h>

#include "mtls/trust/own_pool.h"

/* One loaded part, and how many generations hold it: counted by the one thread that loads. */
typedef struct {
    const void *thing;
    const mtls_files_t *files;
    unsigned char digest[MTLS_SHA256_LEN]; /* of files, as they were noted */
    int holders;
    apr_pool_t *pool;
} part_t;

struct mtls_generation_t {
    unsigned number;
    unsigned char digest[MTLS_SHA256_LEN];
    const apr_array_header_t *specs; /* of mtls_part_spec_t */
    part_t **parts;                  /* by slot; NULL: could not be loaded */
    apr_pool_t *pool;
};

/* One attempt to load a generation. */
typedef struct {
    const mtls_generation_t *before;
    mtls_files_t *tried;
    mtls_faults_t *faults;
    apr_pool_t *pool;
    apr_pool_t *scratch;
} loading_t;

static const mtls_part_spec_t *spec_in(const apr_array_header_t *specs, int slot)
{
    return &APR_ARRAY_IDX(specs, slot, const mtls_part_spec_t);
}

static void let_go(part_t *part)
{
    if (--part->holders == 0)
        apr_pool_destroy(part->pool);
}

static apr_status_t no_memory(const loading_t *loading, const mtls_part_spec_t *spec)
{
    mtls_faults_add(loading->faults, (mtls_origin_t){0}, "%s %s: out of memory", spec->kind->word,
                    spec->name);
    return APR_ENOMEM;
}

static apr_status_t load_part(part_t **out, const mtls_part_spec_t *spec, const void *before,
                              const loading_t *loading)
{
    apr_pool_t *pool;
    mtls_files_t *files;
    part_t *part;
    apr_status_t status;

    *out = NULL;
    if (mtls_own_pool_make(&pool, loading->pool) != APR_SUCCESS)
        return no_memory(loading, spec);
    files = mtls_files_make(pool);
    part = apr_pcalloc(pool, sizeof(*part));
    part->files = files;
    part->holders = 1;
    part->pool = pool;
    status = spec->kind->load_fn(&part->thing, spec->spec, before, files, loading->faults, pool,
                                 loading->scratch);
    if (spec->kind->reloadable)
        mtls_files_add(loading->tried, files);
    if (status == APR_SUCCESS && !mtls_files_digest(part->digest, files))
        status = no_memory(loading, spec);
    if (status == APR_SUCCESS)
        *out = part;
    else
        apr_pool_destroy(pool);
    return status;
}

static bool may_stay(const part_t *part, const mtls_part_spec_t *spec)
{
    return !spec->kind->reloadable || !mtls_files_changed(part->files);
}

static apr_status_t take_or_load(part_t **out, const apr_array_header_t *specs, int slot,
                                 const loading_t *loading)
{
    const mtls_part_spec_t *spec = spec_in(specs, slot);
    part_t *old = loading->before != NULL ? loading->before->parts[slot] : NULL;

    if (old == NULL || !may_stay(old, spec))
        return load_part(out, spec, old != NULL ? old->thing : NULL, loading);
    if (spec->kind->reloadable)
        mtls_files_add(loading->tried, old->files);
    old->holders++;
    *out = old;
    return APR_SUCCESS;
}

static bool write_digest(mtls_generation_t *generation)
{
    EVP_MD_CTX *sha = EVP_MD_CTX_new();
    bool done = sha != NULL && EVP_DigestInit_ex(sha, EVP_sha256(), NULL) == 1;

    for (int slot = 0; done && slot < generation->specs->nelts; slot++)
        done = EVP_DigestUpdate(sha, generation->parts[slot]->digest, MTLS_SHA256_LEN) == 1;
    done = done && EVP_DigestFinal_ex(sha, generation->digest, NULL) == 1;
    EVP_MD_CTX_free(sha);
    return done;
}

/* Every part is tried, whatever failed before: all faults are told in one run. */
static apr_status_t load_parts(mtls_generation_t *generation, const loading_t *loading)
{
    apr_status_t status = APR_SUCCESS;

    for (int slot = 0; slot < generation->specs->nelts; slot++) {
        apr_status_t one = take_or_load(&generation->parts[slot], generation->specs, slot, loading);

        if (one != APR_SUCCESS && status != APR_ENOMEM)
            status = one == APR_ENOMEM ? one : APR_EGENERAL;
    }
    if (status == APR_SUCCESS && !write_digest(generation))
        status = APR_ENOMEM;
    return status;
}

apr_status_t mtls_generation_load(mtls_generation_t **out, const apr_array_header_t *specs,
                                  const mtls_generation_t *before, mtls_files_t *tried,
                                  mtls_faults_t *faults, apr_pool_t *pool, apr_pool_t *scratch)
{
    loading_t loading = {before, tried, faults, pool, scratch};
    mtls_generation_t *generation;
    apr_pool_t *own;
    apr_status_t status = mtls_own_pool_make(&own, pool);

    *out = NULL;
    if (status != APR_SUCCESS)
        return APR_ENOMEM;
    generation = apr_pcalloc(own, sizeof(*generation));
    generation->pool = own;
    generation->specs = specs;
    generation->parts = apr_pcalloc(own, sizeof(part_t *) * (apr_size_t)(specs->nelts + 1));
    status = load_parts(generation, &loading);
    if (status == APR_SUCCESS)
        *out = generation;
    else
        mtls_generation_free(generation);
    return status;
}

void mtls_generation_free(mtls_generation_t *generation)
{
    for (int slot = 0; slot < generation->specs->nelts; slot++) {
        if (generation->parts[slot] != NULL)
            let_go(generation->parts[slot]);
    }
    apr_pool_destroy(generation->pool);
}

void mtls_generation_set_number(mtls_generation_t *generation, unsigned number)
{
    generation->number = number;
}

unsigned mtls_generation_number(const mtls_generation_t *generation)
{
    return generation->number;
}

const unsigned char *mtls_generation_digest(const mtls_generation_t *generation)
{
    return generation->digest;
}

bool mtls_generation_is_reloadable(const mtls_generation_t *generation)
{
    for (int slot = 0; slot < generation->specs->nelts; slot++) {
        if (spec_in(generation->specs, slot)->kind->reloadable)
            return true;
    }
    return false;
}

bool mtls_generation_is_stale(const mtls_generation_t *generation)
{
    for (int slot = 0; slot < generation->specs->nelts; slot++) {
        if (!may_stay(generation->parts[slot], spec_in(generation->specs, slot)))
            return true;
    }
    return false;
}

bool mtls_generation_look(unsigned char out[MTLS_SHA256_LEN], const mtls_generation_t *generation,
                          apr_pool_t *scratch)
{
    mtls_files_t *all = mtls_files_make(scratch);

    for (int slot = 0; slot < generation->specs->nelts; slot++) {
        if (spec_in(generation->specs, slot)->kind->reloadable)
            mtls_files_add(all, generation->parts[slot]->files);
    }
    return mtls_files_look(out, all);
}

void mtls_generation_each_file(const mtls_generation_t *generation, int slot,
                               void (*fn)(void *baton, const char *path), void *baton)
{
    mtls_files_each(generation->parts[slot]->files, fn, baton);
}

int mtls_generation_count(const mtls_generation_t *generation)
{
    return generation->specs->nelts;
}

const void *mtls_generation_part(const mtls_generation_t *generation, int slot)
{
    return generation->parts[slot]->thing;
}

const mtls_part_spec_t *mtls_generation_spec(const mtls_generation_t *generation, int slot)
{
    return spec_in(generation->specs, slot);
}

bool mtls_generation_shares(const mtls_generation_t *a, const mtls_generation_t *b, int slot)
{
    return a->parts[slot] == b->parts[slot];
}
