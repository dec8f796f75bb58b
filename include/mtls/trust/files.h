/*
 * mtls/trust/files.h - which files something was loaded from, and whether they have changed since.
 *
 * A file is recognised by device, inode, size, modification and change time in nanoseconds, of
 * what its path leads to now (F-12): a rename over it, a write into it, a change of rights and a
 * link that was led elsewhere all show.  A path that leads nowhere is recognised too, by the error.
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
 * it is read is seen later.  @a files NULL: nothing happens.  A path noted twice is kept as it was
 * first. */
void mtls_files_note(mtls_files_t *files, const char *path);

/** Note all paths of @a other, as they were when they were noted there.  @a files NULL: nothing. */
void mtls_files_add(mtls_files_t *files, const mtls_files_t *other);

/** Call @a fn with each path, in the order noted. */
void mtls_files_each(const mtls_files_t *files, void (*fn)(void *baton, const char *path),
                     void *baton);

/** @return number of paths noted. */
int mtls_files_count(const mtls_files_t *files);

/** @return whether some path is not what it was when it was noted. */
bool mtls_files_changed(const mtls_files_t *files);

/** What the paths were when they were noted, as one SHA-256.  @return false when memory is out. */
bool mtls_files_digest(unsigned char out[MTLS_SHA256_LEN], const mtls_files_t *files);

/** What the paths are now, as one SHA-256: equal results of two calls mean that nobody wrote in
 * between (F-12: load only after two equal looks).  @return false when memory is out. */
bool mtls_files_look(unsigned char out[MTLS_SHA256_LEN], const mtls_files_t *files);

#endif /* MTLS_TRUST_FILES_H */
