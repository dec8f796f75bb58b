/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "mtls/trust/crl_fetch.h"
#include "mtls/trust/fetch_url.h"
#include "mtls/trust/profile_parts.h"

#define MAX_POINTS 8

static bool is_allowed(const mtls_profile_t *profile, const char *url, apr_pool_t *pool)
{
    const apr_array_header_t *hosts = profile->spec->revocation.fetch_hosts;
    const char *host;

    return mtls_fetch_check_url(url, &host, pool) == NULL &&
           (hosts->nelts == 0 || mtls_fetch_url_is_listed(host, hosts));
}

static bool is_known(const apr_array_header_t *urls, const char *url)
{
    for (int i = 0; i < urls->nelts; i++) {
        if (strcmp(APR_ARRAY_IDX(urls, i, const char *), url) == 0)
            return true;
    }
    return false;
}

static void add_uri(apr_array_header_t *urls, const mtls_profile_t *profile,
                    const ASN1_IA5STRING *uri, apr_pool_t *pool)
{
    const char *data = (const char *)ASN1_STRING_get0_data(uri);
    int len = ASN1_STRING_length(uri);
    const char *url;

    if (len <= 0 || len > MTLS_FETCH_MAX_URL || memchr(data, '\0', (size_t)len) != NULL)
        return;
    url = apr_pstrmemdup(pool, data, (size_t)len);
    if (urls->nelts < MAX_POINTS && !is_known(urls, url) && is_allowed(profile, url, pool))
        APR_ARRAY_PUSH(urls, const char *) = url;
}

static void add_point(apr_array_header_t *urls, const mtls_profile_t *profile,
                      const DIST_POINT *point, apr_pool_t *pool)
{
    const GENERAL_NAMES *names;

    if (point->distpoint == NULL || point->distpoint->type != 0)
        return;
    names = point->distpoint->name.fullname;
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

        if (name->type == GEN_URI)
            add_uri(urls, profile, name->d.uniformResourceIdentifier, pool);
    }
}

const apr_array_header_t *mtls_crl_fetch_points(const mtls_profile_t *profile, X509 *cert,
                                                apr_pool_t *pool)
{
    apr_array_header_t *urls = apr_array_make(pool, MAX_POINTS, sizeof(const char *));
    CRL_DIST_POINTS *points;

    if (profile->spec->revocation.crl.fetch_from_certs != MTLS_ON)
        return urls;
    points = X509_get_ext_d2i(cert, NID_crl_distribution_points, NULL, NULL);
    for (int i = 0; i < sk_DIST_POINT_num(points); i++)
        add_point(urls, profile, sk_DIST_POINT_value(points, i), pool);
    CRL_DIST_POINTS_free(points);
    ERR_clear_error();
    return urls;
}
