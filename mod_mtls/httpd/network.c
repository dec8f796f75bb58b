/* httpd/network.c - see mtls/httpd/network.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/httpd/network.h"

#include <string.h>

#define IPV6_OCTETS 8

/* What stands before an IPv4 address inside an IPv6 one (RFC 4291 section 2.5.5.2). */
static const unsigned char mapped[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

mtls_bytes_t mtls_network_of(const apr_sockaddr_t *address, apr_size_t ipv4_octets)
{
    const unsigned char *octets = address->ipaddr_ptr;

    if (address->family == APR_INET)
        return (mtls_bytes_t){octets, ipv4_octets};
    if (memcmp(octets, mapped, sizeof(mapped)) == 0)
        return (mtls_bytes_t){octets + sizeof(mapped), ipv4_octets};
    return (mtls_bytes_t){octets, IPV6_OCTETS};
}
