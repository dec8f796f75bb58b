/*
 * t/unit/told.h - a made-up identity, and a request that may be told of it.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_UNIT_TOLD_H
#define MTLS_UNIT_TOLD_H

#include <string.h>

#include "mtls/policy/vars.h"
#include "policy_run.h"

#define BYTES(literal)                                                                             \
    {                                                                                              \
        (const unsigned char *)(literal), sizeof(literal) - 1                                      \
    }

static mtls_attr_t told_cn = {"2.5.4.3", "CN", 12, BYTES("alice"),
                              BYTES("\x0c\x05"
                                    "alice")};
static mtls_rdn_t told_rdn = {&told_cn, 1};

static mtls_san_t told_sans[] = {
    {MTLS_SAN_DNS, NULL, BYTES("a.example"), BYTES("a.example"), NULL},
    {MTLS_SAN_EMAIL, NULL, BYTES("alice@example.org"), BYTES("alice@example.org"), NULL},
    {MTLS_SAN_DNS, NULL, {NULL, 0}, BYTES("b\0\r\n.example"), NULL},
    {MTLS_SAN_DNS, NULL, BYTES("c.example"), BYTES("c.example"), NULL},
    {MTLS_SAN_UPN, "1.3.6.1.4.1.311.20.2.3", BYTES("alice@corp"), BYTES("x"), NULL},
};

static mtls_identity_t told_identity = {
    .subject = {&told_rdn, 1, BYTES("0"), true},
    .issuer = {&told_rdn, 1, BYTES("0"), true},
    .serial = BYTES("\x0a\xbc"),
    .sans = told_sans,
    .san_count = sizeof(told_sans) / sizeof(told_sans[0]),
    .sans_complete = true,
    .not_before = APR_INT64_C(1767225600000000), /* 2026-01-01 */
    .not_after = APR_INT64_C(1798761600000000),  /* 2027-01-01 */
    .sha256 = {0x00, 0x11, 0xab},
    .spki_sha256 = {0xff, 0xee},
};

static mtls_proof_t told_proof = {
    NULL, &told_identity, NULL, MTLS_PROOF_HANDSHAKE, APR_INT64_C(1767225601000000), NULL};

static inline mtls_told_t good_told(void)
{
    return (mtls_told_t){.reason = MTLS_REASON_GOOD,
                         .proof = &told_proof,
                         .verdict = {MTLS_REASON_GOOD, APR_INT64_MAX, 2, 0, 0},
                         .profile = "staff",
                         .generation = 7};
}

#endif /* MTLS_UNIT_TOLD_H */
