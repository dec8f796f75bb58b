/* mod_mtls/trust/secret_memory.c - see mtls/trust/secret_memory.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/trust/secret_memory.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

typedef struct {
    void *start;
    size_t len; /* of whole pages */
} pages_t;

static apr_status_t give_back(void *data)
{
    const pages_t *pages = data;

    OPENSSL_cleanse(pages->start, pages->len);
    munmap(pages->start, pages->len);
    return APR_SUCCESS;
}

/* @return false with errno; there is nothing in them yet */
static bool map(pages_t *pages)
{
    int error;

    pages->start =
        mmap(NULL, pages->len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages->start == MAP_FAILED)
        return false;
    if (madvise(pages->start, pages->len, MADV_DONTDUMP) == 0)
        return true;
    error = errno;
    munmap(pages->start, pages->len);
    errno = error;
    return false;
}

void *mtls_secret_alloc(apr_size_t len, apr_pool_t *pool)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    pages_t *pages = apr_palloc(pool, sizeof(*pages));

    if (len > SIZE_MAX - page) {
        errno = ENOMEM;
        return NULL;
    }
    pages->len = (len + page - 1) / page * page;
    if (!map(pages))
        return NULL;
    (void)mlock(pages->start, pages->len);
    apr_pool_cleanup_register(pool, pages, give_back, apr_pool_cleanup_null);
    return pages->start;
}
