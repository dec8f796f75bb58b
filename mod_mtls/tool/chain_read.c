/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/tool/chain_read.h"

#include <openssl/err.h>
#include <openssl/x509.h>
#include <string.h>

#include "mtls/cert/chain_x509.h"
#include "mtls/trust/material.h"
#include "mtls/trust/pem.h"

/* One file while it is read. */
typedef struct {
    STACK_OF(X509) * certs;
    const char *path;
    mtls_faults_t *faults;
    apr_pool_t *pool;
} reader_t;

static bool complain(const reader_t *reader, int line, const char *problem)
{
    mtls_faults_add(reader->faults, (mtls_origin_t){reader->path, line, 0}, "%s", problem);
    return false;
}

static bool take_der(const reader_t *reader, mtls_bytes_t der, int line)
{
    const unsigned char *end = der.data;
    X509 *cert = d2i_X509(NULL, &end, (long)der.len);
    bool whole = cert && end == der.data + der.len;

    ERR_clear_error();
    if (!whole || sk_X509_num(reader->certs) == MTLS_CHAIN_READ_MAX_CERTS ||
        sk_X509_push(reader->certs, cert) == 0) {
        X509_free(cert);
        return complain(reader, line,
                        whole ? "more certificates than any server accepts"
                              : "not a valid certificate");
    }
    return true;
}

static bool take_pem(const reader_t *reader, mtls_bytes_t text)
{
    mtls_pem_cursor_t cursor;
    mtls_pem_block_t block;
    mtls_pem_result_t result;
    bool good = true, found = false;

    mtls_pem_init(&cursor, text);
    while (good && (result = mtls_pem_next(&block, &cursor, reader->pool)) != MTLS_PEM_END) {
        if (result == MTLS_PEM_BROKEN) {
            good = complain(reader, block.line, block.problem);
        } else if (strcmp(block.label, "CERTIFICATE") == 0) {
            good = take_der(reader, block.der, block.line);
            found = true;
        }
    }
    return good && (found || complain(reader, 0, "holds no CERTIFICATE block"));
}

static bool take_file(reader_t *reader, const char *path)
{
    mtls_material_use_t use = {.directive = "certificate"};
    mtls_bytes_t octets;
    bool good;

    reader->path = path;
    if (mtls_material_load(&octets, path, use, reader->faults, reader->pool) != APR_SUCCESS) {
        return false;
    }
    good = mtls_pem_check(octets) ? take_pem(reader, octets) : take_der(reader, octets, 0);
    mtls_material_wipe(octets);
    return good;
}

apr_status_t mtls_chain_read(const mtls_chain_t **out, const char *cert, const char *more,
                             mtls_faults_t *faults, apr_pool_t *pool)
{
    const mtls_chain_limits_t limits = {MTLS_CHAIN_READ_MAX_BYTES, MTLS_CHAIN_READ_MAX_CERTS};
    reader_t reader = {.certs = sk_X509_new_null(), .faults = faults, .pool = pool};
    apr_status_t status = APR_EGENERAL;

    *out = NULL;
    if (reader.certs && take_file(&reader, cert) && (!more || take_file(&reader, more))) {
        status = mtls_chain_make(out, sk_X509_value(reader.certs, 0), reader.certs, &limits, pool);
        if (status != APR_SUCCESS) {
            reader.path = cert;
            complain(&reader, 0,
                     status == APR_ENOSPC ? "larger, with its chain, than any server accepts"
                                          : "the chain cannot be put together");
        }
    }
    sk_X509_pop_free(reader.certs, X509_free);
    return status == APR_SUCCESS ? APR_SUCCESS : APR_EGENERAL;
}
