/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/trust/validity.h"

#include <time.h>

apr_time_t mtls_validity_time(const ASN1_TIME *time)
{
    struct tm parts;

    if (ASN1_TIME_to_tm(time, &parts) != 1)
        return 0;
    return apr_time_from_sec((apr_time_t)timegm(&parts));
}

bool mtls_validity_check_lifetime(const X509 *cert, apr_interval_time_t longest)
{
    return mtls_validity_time(X509_get0_notAfter(cert)) -
               mtls_validity_time(X509_get0_notBefore(cert)) <=
           longest;
}

static apr_time_t earlier(apr_time_t change, apr_time_t now, apr_time_t until)
{
    return change > now && change < until ? change : until;
}

apr_time_t mtls_validity_next_change(const STACK_OF(X509) * certs, apr_time_t now, apr_time_t until)
{
    for (int i = 0; i < sk_X509_num(certs); i++) {
        const X509 *cert = sk_X509_value(certs, i);

        until = earlier(mtls_validity_time(X509_get0_notBefore(cert)), now, until);
        until = earlier(mtls_validity_time(X509_get0_notAfter(cert)), now, until);
    }
    return until;
}
