/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>
#include <apr_tables.h>
#include <stdio.h>

#include "mtls/trust/crl_set.h"
#include "mtls/trust/pem.h"
#include <openssl/pem.h>
#include <openssl/x509v3.h>

struct mtls_crl_set_t {
    apr_array_header_t *lists;
    STACK_OF(X509) * signers;
};

static bool by_any(mtls_crl_t *c, mtls_bytes_t der, const STACK_OF(X509) * st, apr_pool_t *pool)
{
    bool any = false;
    for (int i = 0; i < sk_X509_num(st); i++) {
        X509 *x = sk_X509_value(st, i);
        if (X509_NAME_cmp(X509_get_subject_name(x), X509_CRL_get_issuer(mtls_crl_skeleton(c))) ==
                0 &&
            (X509_get_key_usage(x) & 2) != 0 && mtls_crl_verify(c, der, x, pool))
            any = true;
    }
    return any;
}

apr_status_t mtls_crl_set_load(const mtls_crl_set_t **out, const mtls_crl_set_source_t *source,
                               mtls_files_t *files, mtls_faults_t *faults, apr_pool_t *pool,
                               apr_pool_t *scratch)
{
    mtls_crl_set_t *s = apr_pcalloc(pool, sizeof(*s));
    mtls_material_use_t use = {0};
    use.directive = "MTLSCRLFile";
    use.at.file = "t";
    (void)files;
    *out = NULL;
    s->lists = apr_array_make(pool, 4, sizeof(mtls_crl_t *));
    s->signers = sk_X509_new_null();
    for (int i = 0; i < source->spec->signer_files->nelts; i++) {
        FILE *f = fopen(APR_ARRAY_IDX(source->spec->signer_files, i, mtls_sourced_t).value, "r");
        sk_X509_push(s->signers, PEM_read_X509(f, NULL, NULL, NULL));
        fclose(f);
    }
    for (int i = 0; i < source->spec->files->nelts; i++) {
        const char *path = APR_ARRAY_IDX(source->spec->files, i, mtls_sourced_t).value;
        FILE *f = fopen(path, "r");
        unsigned char *buf = apr_palloc(scratch, 100000);
        mtls_bytes_t der = {buf, fread(buf, 1, 100000, f)};
        mtls_crl_t *c;
        bool a, b, d;
        fclose(f);
        if (mtls_crl_read(&c, der, path, use, faults, pool, scratch) != APR_SUCCESS)
            return APR_EGENERAL;
        a = by_any(c, der, source->anchors, pool);
        b = by_any(c, der, source->intermediates, pool);
        d = by_any(c, der, s->signers, pool);
        if (!a && !b && !d) {
            mtls_faults_add(faults, use.at, "%s is signed by nobody known", path);
            return APR_EGENERAL;
        }
        for (int k = 0; k < s->lists->nelts; k++) {
            mtls_crl_t **o = &APR_ARRAY_IDX(s->lists, k, mtls_crl_t *);
            if (mtls_crl_is_same_list(*o, c)) {
                if (mtls_crl_compare_age(*o, c) < 0)
                    *o = c;
                c = NULL;
                break;
            }
        }
        if (c != NULL)
            APR_ARRAY_PUSH(s->lists, mtls_crl_t *) = c;
    }
    *out = s;
    return APR_SUCCESS;
}
int mtls_crl_set_count(const mtls_crl_set_t *set)
{
    return set->lists->nelts;
}
const mtls_crl_t *mtls_crl_set_get(const mtls_crl_set_t *set, int i)
{
    return APR_ARRAY_IDX(set->lists, i, mtls_crl_t *);
}
const STACK_OF(X509) * mtls_crl_set_signers(const mtls_crl_set_t *set)
{
    return set->signers;
}
