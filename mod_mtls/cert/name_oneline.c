/*
 * mod_mtls/cert/name_oneline.c - names as OpenSSL's X509_NAME_oneline() prints them.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>
#include <openssl/err.h>
#include <openssl/x509.h>

#include "mtls/cert/der.h"
#include "mtls/cert/name_spec.h"

/* OpenSSL itself prints: nobody else knows its object table, quirks and release. */
static char *printed(mtls_bytes_t der)
{
    const unsigned char *at = der.data;
    X509_NAME *name;
    char *line;

    ERR_set_mark();
    name = d2i_X509_NAME(NULL, &at, (long)der.len);
    line = name != NULL ? X509_NAME_oneline(name, NULL, 0) : NULL;
    X509_NAME_free(name);
    ERR_pop_to_mark();
    return line;
}

/* OpenSSL escapes with backslashes, but not backslashes; and it prints octets of any character set
 * in one and the same way. */
static bool is_attr_unique(const mtls_attr_t *attr)
{
    static const char escaped[] = {'x', '/', '+'};
    apr_size_t i;

    for (i = 0; i < attr->text.len; i++) {
        unsigned char octet = attr->text.data[i];

        if (octet >= 0x80 && attr->asn1_tag != MTLS_DER_UTF8)
            return false;
        if (octet == '\\' && (i + 1 == attr->text.len ||
                              memchr(escaped, attr->text.data[i + 1], sizeof(escaped)) != NULL))
            return false;
    }
    return attr->text.len != 0;
}

bool mtls_name_oneline_is_unique(const mtls_name_t *name)
{
    apr_size_t i, j;

    for (i = 0; i < name->count; i++) {
        for (j = 0; j < name->rdns[i].count; j++) {
            if (!is_attr_unique(&name->rdns[i].attrs[j]))
                return false;
        }
    }
    return name->complete && name->count != 0;
}

const char *mtls_name_write_oneline(const mtls_name_t *name, apr_size_t max, apr_pool_t *pool)
{
    char *line = name->complete && name->der.len != 0 ? printed(name->der) : NULL;
    const char *result = line != NULL && strlen(line) <= max ? apr_pstrdup(pool, line) : NULL;

    OPENSSL_free(line);
    return result;
}
