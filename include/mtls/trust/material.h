/*
 * mtls/trust/material.h - the octets of a file that trust is built on.
 *
 * A file that everyone may write to, or replace because its directory is writable by all and not
 * sticky, that is no regular file or that is larger than any sensible bundle is refused before a
 * single octet of it is used.
 *
 * May include: APR, mtls/cert plain headers, mtls/trust plain headers.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_MATERIAL_H
#define MTLS_TRUST_MATERIAL_H

#include <apr_errno.h>
#include <apr_pools.h>
#include <apr_tables.h>
#include <stdbool.h>

#include "mtls/cert/bytes.h"
#include "mtls/trust/fault.h"
#include "mtls/trust/files.h"

/** Largest file that is read when its use does not say, in octets. */
#define MTLS_MATERIAL_MAX (16 * 1024 * 1024)

/** What the files of a directory are read as, which their names must say. */
typedef enum {
    MTLS_MATERIAL_CERTS = 0, /**< .pem .crt .cer .der, .0 to .9 */
    MTLS_MATERIAL_CRLS       /**< .crl .pem .der, .r0 to .r9 */
} mtls_material_names_t;

/** What a file is read for: appears in every fault. */
typedef struct {
    const char *directive;
    mtls_origin_t at;
    apr_size_t max;              /**< largest file, octets; 0: MTLS_MATERIAL_MAX */
    bool may_be_empty;           /**< an empty file says something too */
    mtls_files_t *files;         /**< receives what is read, as it is before that; may be NULL */
} mtls_material_use_t;

/**
 * Read a whole file.
 *
 * @param out  its octets from @a pool; empty on failure, and on success only where that is allowed
 * @return APR_SUCCESS, or APR_EGENERAL with one fault: missing, unreadable, not a regular file,
 *         writable by everyone, too large, empty and not allowed to be
 */
apr_status_t mtls_material_load(mtls_bytes_t *out, const char *path, mtls_material_use_t use,
                                mtls_faults_t *faults, apr_pool_t *pool);

/** Overwrite what mtls_material_load() returned: it may have been a private key by mistake. */
void mtls_material_wipe(mtls_bytes_t octets);

/**
 * Names in a directory that are read, sorted: those with an ending of @a names, and no dotfiles.
 *
 * @param out  paths (const char *); entries that are no regular file are left out: certificates with a
 *             warning, revocation lists with a fault
 * @return APR_SUCCESS, or APR_EGENERAL with one fault: missing, unreadable, not a directory,
 *         writable by everyone
 */
apr_status_t mtls_material_list(apr_array_header_t **out, const char *dir,
                                mtls_material_names_t names, mtls_material_use_t use,
                                mtls_faults_t *faults, apr_pool_t *pool);

#endif /* MTLS_TRUST_MATERIAL_H */
