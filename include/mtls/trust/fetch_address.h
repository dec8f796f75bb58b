/*
 * mtls/trust/fetch_address.h - whether an address belongs to the public Internet.
 *
 * May include: libc only.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_FETCH_ADDRESS_H
#define MTLS_TRUST_FETCH_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

/**
 * Not public: this machine, private, shared and link-local networks, unspecified, multicast,
 * broadcast, reserved and benchmarking addresses (RFC 6890 and its registries, RFC 1918, RFC 6598,
 * RFC 4193), and addresses of IPv6 that lead to one of these (mapped, NAT64 of RFC 6052, 6to4), or
 * that hide where they lead (Teredo).
 *
 * @param address  AF_INET or AF_INET6; of any other family: false
 */
bool mtls_fetch_address_is_public(const struct sockaddr *address);

/** @return whether two addresses are of the same machine: equal but for the port. */
bool mtls_fetch_address_is_same(const struct sockaddr *a, const struct sockaddr *b);

#endif /* MTLS_TRUST_FETCH_ADDRESS_H */
