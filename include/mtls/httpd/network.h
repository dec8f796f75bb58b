/*
 * mtls/httpd/network.h - which network a client is of.
 *
 * May include: APR, mtls/cert plain headers.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_HTTPD_NETWORK_H
#define MTLS_HTTPD_NETWORK_H

#include <apr_network_io.h>

#include "mtls/cert/bytes.h"

/**
 * The octets of an address that name its network: of IPv6 the first 8, the least that somebody is given
 * (RFC 6177 section 2).  A socket for both protocols has IPv4 addresses inside IPv6 ones: those are IPv4.
 * @param ipv4_octets  1 to 4
 * @return part of @a address
 */
mtls_bytes_t mtls_network_of(const apr_sockaddr_t *address, apr_size_t ipv4_octets);

#endif /* MTLS_HTTPD_NETWORK_H */
