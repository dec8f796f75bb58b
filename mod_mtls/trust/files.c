/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/trust/files.h"

#include <apr_hash.h>
#include <apr_strings.h>
#include <apr_tables.h>
#include <errno.h>
#include <openssl/evp.h>
#include <stdint.h>
#include <sys/stat.h>

/* What a path led to.  Of one width throughout, so that there is no padding to hash. */
typedef struct {
    int64_t error; /* 0, or why it led nowhere, and then nothing else is set */
    int64_t device;
    int64_t inode;
    int64_t size;
    int64_t modified[2]; /* seconds, nanoseconds */
    int64_t changed[2];
} state_t;

typedef struct {
    const char *path;
    state_t state;
} noted_t;

struct mtls_files_t {
    apr_pool_t *pool;
    apr_array_header_t *list; /* of noted_t */
    apr_hash_t *known;        /* paths */
};

/* APR's apr_stat() knows no nanoseconds. */
static state_t examine(const char *path)
{
    struct stat info;

    if (stat(path, &info) != 0)
        return (state_t){.error = errno};
    return (state_t){.device = (int64_t)info.st_dev,
                     .inode = (int64_t)info.st_ino,
                     .size = (int64_t)info.st_size,
                     .modified = {(int64_t)info.st_mtim.tv_sec, (int64_t)info.st_mtim.tv_nsec},
                     .changed = {(int64_t)info.st_ctim.tv_sec, (int64_t)info.st_ctim.tv_nsec}};
}

mtls_files_t *mtls_files_make(apr_pool_t *pool)
{
    mtls_files_t *files = apr_pcalloc(pool, sizeof(*files));

    files->pool = pool;
    files->list = apr_array_make(pool, 4, sizeof(noted_t));
    files->known = apr_hash_make(pool);
    return files;
}

static bool is_known(const mtls_files_t *files, const char *path)
{
    return apr_hash_get(files->known, path, APR_HASH_KEY_STRING) != NULL;
}

static void append(mtls_files_t *files, const char *path, state_t state)
{
    const char *copy = apr_pstrdup(files->pool, path);

    APR_ARRAY_PUSH(files->list, noted_t) = (noted_t){copy, state};
    apr_hash_set(files->known, copy, APR_HASH_KEY_STRING, copy);
}

void mtls_files_note(mtls_files_t *files, const char *path)
{
    if (files != NULL && !is_known(files, path))
        append(files, path, examine(path));
}

void mtls_files_add(mtls_files_t *files, const mtls_files_t *other)
{
    for (int i = 0; files != NULL && i < other->list->nelts; i++) {
        const noted_t *noted = &APR_ARRAY_IDX(other->list, i, const noted_t);

        if (!is_known(files, noted->path))
            append(files, noted->path, noted->state);
    }
}

void mtls_files_each(const mtls_files_t *files, void (*fn)(void *baton, const char *path),
                     void *baton)
{
    for (int i = 0; i < files->list->nelts; i++)
        fn(baton, APR_ARRAY_IDX(files->list, i, const noted_t).path);
}

int mtls_files_count(const mtls_files_t *files)
{
    return files->list->nelts;
}

bool mtls_files_changed(const mtls_files_t *files)
{
    for (int i = 0; i < files->list->nelts; i++) {
        const noted_t *noted = &APR_ARRAY_IDX(files->list, i, const noted_t);
        state_t now = examine(noted->path);

        if (memcmp(&now, &noted->state, sizeof(now)) != 0)
            return true;
    }
    return false;
}

/* Paths are hashed with their NUL, so that two lists with the same octets are the same list. */
static bool hash(unsigned char *out, const mtls_files_t *files, bool now)
{
    EVP_MD_CTX *sha = EVP_MD_CTX_new();
    bool done = sha != NULL && EVP_DigestInit_ex(sha, EVP_sha256(), NULL) == 1;

    for (int i = 0; done && i < files->list->nelts; i++) {
        const noted_t *noted = &APR_ARRAY_IDX(files->list, i, const noted_t);
        state_t state = now ? examine(noted->path) : noted->state;

        done = EVP_DigestUpdate(sha, noted->path, strlen(noted->path) + 1) == 1 &&
               EVP_DigestUpdate(sha, &state, sizeof(state)) == 1;
    }
    done = done && EVP_DigestFinal_ex(sha, out, NULL) == 1;
    EVP_MD_CTX_free(sha);
    return done;
}

bool mtls_files_digest(unsigned char out[MTLS_SHA256_LEN], const mtls_files_t *files)
{
    return hash(out, files, false);
}

bool mtls_files_look(unsigned char out[MTLS_SHA256_LEN], const mtls_files_t *files)
{
    return hash(out, files, true);
}
