/*
 * mtls/trust/files.h - which files something was loaded from, and whether they have changed since.
 *
 * A file is recognised by device, inode, size, modification and change time in nanoseconds, of
 * what its path leads to now (F-12): a rename over it, a write into it and a link that was led elsewhere
 * all show.
 *
 * May include: APR, mtls/cert plain headers, mtls/trust plain headers.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_FILES_H
#define MTLS_TRUST_FILES_H

#include <apr_pools.h>
#include <stdbool.h>

#include "mtls/cert/bytes.h"

/** A growing list of paths and what they were when they were read; one thread's. */
typedef struct mtls_files_t mtls_files_t;

mtls_files_t *mtls_files_make(apr_pool_t *pool);

/** Note a file or directory, as it is now; to be called before it is read, so that a change while
 * it is read is seen later.  @a files NULL: nothing happens.  A path noted twice is kept once. */
void mtls_files_note(mtls_files_t *files, const char *path);

/** @return number of paths noted. */
int mtls_files_count(const mtls_files_t *files);

/** @return whether some path is not what it was when it was noted, or cannot be looked at. */
bool mtls_files_changed(const mtls_files_t *files, apr_pool_t *scratch);

/** What the paths are now, as one SHA-256: equal results of two calls mean that nobody wrote in
 * between (F-12: load only after two equal looks). */
void mtls_files_look(unsigned char out[MTLS_SHA256_LEN], const mtls_files_t *files,
                     apr_pool_t *scratch);

#endif /* MTLS_TRUST_FILES_H */
