/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/trust/fetch_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>

/* A network of IPv4 as in "10.0.0.0/8". */
typedef struct {
    uint32_t network;
    int bits;
} network_t;

static const network_t not_public[] = {
    {0x00000000, 8},  /* 0.0.0.0: this network */
    {0x0a000000, 8},  /* 10.0.0.0: RFC 1918 */
    {0x64400000, 10}, /* 100.64.0.0: RFC 6598 */
    {0x7f000000, 8},  /* 127.0.0.0: loopback */
    {0xa9fe0000, 16}, /* 169.254.0.0: link-local */
    {0xac100000, 12}, /* 172.16.0.0: RFC 1918 */
    {0xc0000000, 24}, /* 192.0.0.0: IETF protocols, RFC 6890 */
    {0xc0a80000, 16}, /* 192.168.0.0: RFC 1918 */
    {0xc6120000, 15}, /* 198.18.0.0: benchmarking, RFC 2544 */
    {0xe0000000, 3},  /* 224.0.0.0: multicast, reserved, broadcast */
};

static bool is_public_v4(uint32_t address)
{
    for (size_t i = 0; i < sizeof(not_public) / sizeof(not_public[0]); i++) {
        uint32_t mask = UINT32_MAX << (32 - not_public[i].bits);

        if ((address & mask) == not_public[i].network)
            return false;
    }
    return true;
}

static uint32_t word_at(const unsigned char *octets)
{
    return (uint32_t)octets[0] << 24 | (uint32_t)octets[1] << 16 | (uint32_t)octets[2] << 8 |
           octets[3];
}

static bool is_public_v6(const unsigned char octets[16])
{
    static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
    static const unsigned char nat64[12] = {0x00, 0x64, 0xff, 0x9b};
    static const unsigned char teredo[4] = {0x20, 0x01};

    if (memcmp(octets, mapped, sizeof(mapped)) == 0 || memcmp(octets, nat64, sizeof(nat64)) == 0)
        return is_public_v4(word_at(octets + 12));
    if (octets[0] == 0x20 && octets[1] == 0x02)
        return is_public_v4(word_at(octets + 2));
    if (memcmp(octets, teredo, sizeof(teredo)) == 0)
        return false;
    return (octets[0] & 0xe0) == 0x20; /* 2000::/3, all that is assigned for the public */
}

bool mtls_fetch_address_is_public(const struct sockaddr *address)
{
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;

    if (address->sa_family == AF_INET) {
        memcpy(&v4, address, sizeof(v4));
        return is_public_v4(ntohl(v4.sin_addr.s_addr));
    }
    if (address->sa_family != AF_INET6)
        return false;
    memcpy(&v6, address, sizeof(v6));
    return is_public_v6(v6.sin6_addr.s6_addr);
}

bool mtls_fetch_address_is_same(const struct sockaddr *a, const struct sockaddr *b)
{
    struct sockaddr_in v4[2];
    struct sockaddr_in6 v6[2];

    if (a->sa_family != b->sa_family)
        return false;
    if (a->sa_family == AF_INET) {
        memcpy(&v4[0], a, sizeof(v4[0]));
        memcpy(&v4[1], b, sizeof(v4[1]));
        return v4[0].sin_addr.s_addr == v4[1].sin_addr.s_addr;
    }
    if (a->sa_family != AF_INET6)
        return false;
    memcpy(&v6[0], a, sizeof(v6[0]));
    memcpy(&v6[1], b, sizeof(v6[1]));
    return memcmp(&v6[0].sin6_addr, &v6[1].sin6_addr, sizeof(v6[0].sin6_addr)) == 0;
}
