/* SPDX-License-Identifier: Apache-2.0 */
#include "crl_file.h"

#include <apr_strings.h>

#include "mtls/trust/pem.h"

#define MAX_FAULTS_PER_FILE 10

/* One file while it is read. */
typedef struct {
    apr_array_header_t *blocks;
    const char *path;
    mtls_material_use_t use;
    mtls_faults_t *faults;
    apr_pool_t *pool;
    int problems;
} reading_t;

/* Line 0: the problem is the file's as a whole. */
static void complain(reading_t *reading, int line, const char *problem)
{
    const char *place = line != 0 ? apr_psprintf(reading->pool, " (line %d)", line) : "";

    if (++reading->problems < MAX_FAULTS_PER_FILE)
        mtls_faults_add(reading->faults, reading->use.at, "%s: %s%s: %s", reading->use.directive,
                        reading->path, place, problem);
    else if (reading->problems == MAX_FAULTS_PER_FILE)
        mtls_faults_add(reading->faults, reading->use.at, "%s: %s: further problems are not listed",
                        reading->use.directive, reading->path);
}

static void push(reading_t *reading, mtls_bytes_t der, const char *place)
{
    mtls_crl_block_t *block = apr_array_push(reading->blocks);

    block->der = der;
    block->place = place;
}

static bool ends_with(const char *text, const char *end)
{
    size_t text_len = strlen(text);
    size_t len = strlen(end);

    return text_len >= len && strcmp(text + text_len - len, end) == 0;
}

static void take_block(reading_t *reading, const mtls_pem_block_t *block)
{
    if (strcmp(block->label, MTLS_PEM_CRL) == 0)
        push(reading, block->der,
             apr_psprintf(reading->pool, "%s (line %d)", reading->path, block->line));
    else if (ends_with(block->label, "PRIVATE KEY"))
        complain(reading, block->line,
                 "holds a private key; a file named here holds revocation lists only");
    else if (ends_with(block->label, "CERTIFICATE"))
        complain(reading, block->line,
                 "holds a certificate; a file named here holds revocation lists only");
    else
        complain(reading, block->line,
                 apr_psprintf(reading->pool,
                              "holds a block \"%s\"; a file named here holds X509 CRL blocks only",
                              block->label));
}

static void take_pem(reading_t *reading, mtls_bytes_t text)
{
    mtls_pem_cursor_t cursor;
    mtls_pem_block_t block;
    mtls_pem_result_t result;

    mtls_pem_init_for(&cursor, text, MTLS_PEM_CRL);
    while ((result = mtls_pem_next(&block, &cursor, reading->pool)) != MTLS_PEM_END) {
        if (result == MTLS_PEM_BLOCK)
            take_block(reading, &block);
        else
            complain(reading, block.line, block.problem);
    }
}

bool mtls_crl_file_read(apr_array_header_t **out, const char *path, mtls_material_use_t use,
                        mtls_faults_t *faults, apr_pool_t *pool)
{
    reading_t reading = {.blocks = apr_array_make(pool, 1, sizeof(mtls_crl_block_t)),
                         .path = path,
                         .use = use,
                         .faults = faults,
                         .pool = pool};
    mtls_bytes_t octets;

    *out = reading.blocks;
    if (mtls_material_load(&octets, path, use, faults, pool) != APR_SUCCESS)
        return false;
    if (mtls_pem_check(octets))
        take_pem(&reading, octets);
    else if (octets.data[0] == 0x30)
        push(&reading, octets, path);
    else
        complain(&reading, 0,
                 "holds no revocation list: no \"-----BEGIN X509 CRL-----\" line, no DER");
    if (reading.problems != 0)
        mtls_material_wipe(octets);
    return reading.problems == 0;
}
