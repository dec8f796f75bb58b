/*
 * t/unit/holder_fixture.h - the facts of one certificate, for what fills templates from them.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_UNIT_HOLDER_FIXTURE_H
#define MTLS_UNIT_HOLDER_FIXTURE_H

#include "mtls/policy/field.h"

#define HOLDER_TEXT(literal)                                                                       \
    {                                                                                              \
        (const unsigned char *)(literal), sizeof(literal) - 1                                      \
    }
#define HOLDER_ATTR(oid, short_name, literal)                                                      \
    {                                                                                              \
        oid, short_name, 12, HOLDER_TEXT(literal), HOLDER_TEXT("\x0c\x01?")                        \
    }

static const mtls_attr_t holder_attrs[] = {
    HOLDER_ATTR("2.5.4.6", "C", "DE"),
    HOLDER_ATTR("2.5.4.10", "O", "Caf\xc3\x89 {Bar}"),
    HOLDER_ATTR("2.5.4.11", "OU", "Ops"), /* two values */
    HOLDER_ATTR("2.5.4.11", "OU", "Staff"),
    HOLDER_ATTR("2.5.4.7", "L", "Bonn"), /* two equal ones */
    HOLDER_ATTR("2.5.4.7", "L", "Bonn"),
    HOLDER_ATTR("2.5.4.3", "CN", "Alice Example"),
    HOLDER_ATTR("0.9.2342.19200300.100.1.1", "UID", "Alice@KRB.Example"),
    HOLDER_ATTR("2.5.4.42", NULL, "a@evil.example@corp.example"), /* givenName, T-N09 */
    HOLDER_ATTR("2.5.4.4", NULL, "\"a@b\"@corp.example"),         /* surname */
    HOLDER_ATTR("2.5.4.12", NULL, ""),                            /* title, not usable */
    HOLDER_ATTR("2.5.4.8", "ST", "one@corp.example"),             /* the second fits no realm */
    HOLDER_ATTR("2.5.4.8", "ST", "two@evil.example@corp.example"),
};

#define HOLDER_RDN(i)                                                                              \
    {                                                                                              \
        &holder_attrs[i], 1                                                                        \
    }

static const mtls_rdn_t holder_rdns[] = {
    HOLDER_RDN(0),  HOLDER_RDN(1),  HOLDER_RDN(2), HOLDER_RDN(3), HOLDER_RDN(4),
    HOLDER_RDN(5),  HOLDER_RDN(6),  HOLDER_RDN(7), HOLDER_RDN(8), HOLDER_RDN(9),
    HOLDER_RDN(10), HOLDER_RDN(11), HOLDER_RDN(12)};

static const mtls_san_t holder_sans[] = {
    {MTLS_SAN_EMAIL, NULL, HOLDER_TEXT("Alice@Corp.Example"), HOLDER_TEXT("Alice@Corp.Example"),
     NULL},
    {MTLS_SAN_DNS, NULL, HOLDER_TEXT("One.example"), HOLDER_TEXT("One.example"), NULL},
    {MTLS_SAN_DNS, NULL, HOLDER_TEXT("two.example"), HOLDER_TEXT("two.example"), NULL},
};

static const mtls_identity_t holder_identity = {
    .subject = {holder_rdns, sizeof(holder_rdns) / sizeof(holder_rdns[0]), HOLDER_TEXT("\x30\x00"),
                true},
    .issuer = {holder_rdns, 1, HOLDER_TEXT("\x30\x00"), true},
    .serial = HOLDER_TEXT("\x12\x34"),
    .sans = holder_sans,
    .san_count = sizeof(holder_sans) / sizeof(holder_sans[0]),
    .sans_complete = true,
    .policies_complete = true,
    .qc_complete = true,
    .key_type = "EC",
    .key_bits = 256,
};

static const mtls_holder_t holder_fixture = {&holder_identity, "staff"};

#endif /* MTLS_UNIT_HOLDER_FIXTURE_H */
