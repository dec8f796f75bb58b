/*
 * t/fuzz/fuzz_identity.c - any octets as a certificate: read, then print all of it.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "target.h"
#include "mtls/cert/identity_read.h"
#include "mtls/cert/name_spec.h"
#include "mtls/cert/text.h"

/* Longer than any input in its longest form. */
enum { NAME_MAX_ANY = 1 << 24 };
enum { NAME_MAX_SHORT = 16, NAME_MAX_LONG = 4096 };

/* Every promise of "clean text" that a rule relies on. */
static void check_text(mtls_bytes_t text)
{
    apr_size_t i;

    must(text.len <= MTLS_IDENTITY_MAX_TEXT);
    for (i = 0; i < text.len; i++) {
        must(text.data[i] >= 0x20 && text.data[i] != 0x7f);
    }
    must(text.len == 0 || text.data[text.len] == '\0');
}

static void check_line(const char *line, size_t max)
{
    size_t len = strlen(line);
    size_t i;

    must(len <= max);
    for (i = 0; i < len; i++) {
        must((unsigned char)line[i] >= 0x20 && line[i] != 0x7f);
    }
}

/* Every name of a certificate can be written into a rule. */
static void check_as_rule(const mtls_name_t *name, apr_pool_t *pool)
{
    const char *oneline = mtls_name_write_oneline(name, NAME_MAX_LONG, pool);
    mtls_name_t rule;

    if (oneline != NULL) {
        check_line(oneline, NAME_MAX_LONG);
    }
    must(mtls_name_equal(name, name) == (name->complete && name->count != 0));
    must((mtls_name_key(name, pool).len != 0) == mtls_name_equal(name, name));
    if (mtls_name_parse(&rule, mtls_name_write(name, NAME_MAX_ANY, pool), pool) == NULL) {
        must(mtls_name_equal(name, &rule));
    }
}

static void check_name(const mtls_name_t *name, apr_pool_t *pool)
{
    apr_size_t i, j;

    for (i = 0; i < name->count; i++) {
        must(name->rdns[i].count != 0);
        for (j = 0; j < name->rdns[i].count; j++) {
            const mtls_attr_t *attr = &name->rdns[i].attrs[j];

            must(attr->oid != NULL && attr->der.len >= 2);
            check_text(attr->text);
        }
    }
    check_as_rule(name, pool);
    check_line(mtls_name_write(name, NAME_MAX_SHORT, pool), NAME_MAX_SHORT);
    check_line(mtls_name_write(name, NAME_MAX_LONG, pool), NAME_MAX_LONG);
}

static void check_sans(const mtls_identity_t *identity, apr_pool_t *pool)
{
    apr_size_t i;

    must(identity->san_count <= MTLS_IDENTITY_MAX_SANS);
    must(identity->sans_complete || identity->san_count == 0);
    for (i = 0; i < identity->san_count; i++) {
        const mtls_san_t *san = &identity->sans[i];

        check_text(san->text);
        must((san->type == MTLS_SAN_DIRNAME) == (san->name != NULL));
        if (san->name != NULL) {
            check_name(san->name, pool);
        }
        check_line(mtls_san_write(san, pool), MTLS_TEXT_MAX_SAN);
        must(mtls_san_type_word(san->type) != NULL);
    }
}

static void check_oids(const char *const *oids, apr_size_t count)
{
    apr_size_t i;

    must(count <= MTLS_IDENTITY_MAX_OIDS);
    for (i = 0; i < count; i++) {
        must(strlen(oids[i]) >= strlen("0.0"));
    }
}

static void check_identity(const mtls_identity_t *identity, apr_pool_t *pool)
{
    check_name(&identity->subject, pool);
    check_name(&identity->issuer, pool);
    check_sans(identity, pool);
    must(identity->serial.len >= 1 && identity->serial.len <= MTLS_IDENTITY_MAX_SERIAL);
    check_line(mtls_serial_write(identity, pool), 1 + 2 * MTLS_IDENTITY_MAX_SERIAL);
    must(strlen(mtls_time_write(identity->not_before, pool)) == strlen("2026-11-21T10:00:00Z"));
    must(strlen(mtls_time_write(identity->not_after, pool)) == strlen("2026-11-21T10:00:00Z"));
    check_oids(identity->ekus, identity->eku_count);
    check_oids(identity->policies, identity->policy_count);
    check_oids(identity->qc_statements, identity->qc_statement_count);
    check_oids(identity->qc_types, identity->qc_type_count);
    must(identity->policies_complete || identity->policy_count == 0);
    must(identity->qc_complete || identity->qc_statement_count + identity->qc_type_count == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const unsigned char *at = data;
    mtls_bytes_t der = {data, size};
    const mtls_identity_t *identity;
    apr_pool_t *pool;
    X509 *cert;

    cert = d2i_X509(NULL, &at, (long)size);
    if (cert == NULL) {
        return 0;
    }
    pool = make_pool();
    if (mtls_identity_read(&identity, cert, der, NULL, pool) == APR_SUCCESS) {
        X509_free(cert);
        cert = NULL;
        check_identity(identity, pool);
        must(strlen(mtls_pem_write(der, pool)) > size);
    }
    X509_free(cert);
    apr_pool_destroy(pool);
    return 0;
}
