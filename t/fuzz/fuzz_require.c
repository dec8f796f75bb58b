/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Require lines: the first octet says which provider, the rest is what stands after its name.
 * Whatever is accepted is asked about a certificate, and about none.
 */
#include <apr_strings.h>
#include <string.h>

#include "target.h"
#include "mtls/policy/require.h"

#define MAX_SIZE 65536
#define NOW      apr_time_from_sec(1790000000)
#define BYTES(literal)                                                                             \
    {                                                                                              \
        (const unsigned char *)(literal), sizeof(literal) - 1                                      \
    }

static const mtls_attr_t attrs[] = {{"2.5.4.10", "O", 12, BYTES("Example"),
                                     BYTES("\x0c\x07"
                                           "Example")},
                                    {"2.5.4.3", "CN", 12, BYTES("alice"),
                                     BYTES("\x0c\x05"
                                           "alice")}};
static const mtls_rdn_t rdns[] = {{&attrs[0], 1}, {&attrs[1], 1}};
static const mtls_name_t directory = {rdns, 1, BYTES("0"), true};
static const mtls_san_t sans[] = {
    {MTLS_SAN_EMAIL, NULL, BYTES("alice@example.org"), BYTES("alice@example.org"), NULL},
    {MTLS_SAN_UPN, "1.3.6.1.4.1.311.20.2.3", BYTES("alice@corp"),
     BYTES("\x0c\x0a"
           "alice@corp"),
     NULL},
    {MTLS_SAN_DNS, NULL, {NULL, 0}, BYTES("a\0.example.org"), NULL},
    {MTLS_SAN_URI, NULL, BYTES("spiffe://example.org/a"), BYTES("spiffe://example.org/a"), NULL},
    {MTLS_SAN_IP, NULL, BYTES("10.0.0.1"), BYTES("\x0a\0\0\x01"), NULL},
    {MTLS_SAN_RID, "1.2.3.4", BYTES("1.2.3.4"), BYTES("\x2a\x03\x04"), NULL},
    {MTLS_SAN_OTHER, "1.2.3", {NULL, 0}, BYTES("\x0c\x01x"), NULL},
    {MTLS_SAN_DIRNAME, NULL, {NULL, 0}, BYTES("0"), &directory}};
static const char *const oids[] = {"1.3.6.1.5.5.7.3.2", "1.2.3.4"};
static const mtls_identity_t identity = {.subject = {rdns, 2, BYTES("0"), true},
                                         .issuer = {rdns, 1, BYTES("0"), true},
                                         .serial = BYTES("\x01"),
                                         .sans = sans,
                                         .san_count = sizeof(sans) / sizeof(sans[0]),
                                         .sans_complete = true,
                                         .has_eku = true,
                                         .ekus = oids,
                                         .eku_count = 2,
                                         .policies = oids,
                                         .policy_count = 2,
                                         .policies_complete = true};
static const mtls_proof_t proof = {
    NULL, &identity, NULL, MTLS_PROOF_HANDSHAKE, NOW - apr_time_from_sec(100), NULL};
static const char *const groups[] = {"ops", "on call"};
static const mtls_attribute_t attributes[] = {{"dept", "research"}};
static const mtls_principal_t principal = {.reason = MTLS_REASON_GOOD,
                                           .user = "alice",
                                           .groups = groups,
                                           .group_count = 2,
                                           .attributes = attributes,
                                           .attribute_count = 1};

static void try_line(const mtls_require_t *require, apr_pool_t *pool)
{
    const mtls_told_t good = {MTLS_REASON_GOOD, &proof, {.reason = MTLS_REASON_GOOD},
                              "staff",          1,      &principal};
    const mtls_told_t refused = {.reason = MTLS_REASON_EXPIRED};
    mtls_match_t answer = mtls_require_check(require, &good, NOW, pool);

    must(answer == MTLS_MATCH_YES || answer == MTLS_MATCH_NO || answer == MTLS_MATCH_UNKNOWN);
    must(mtls_require_check(require, &refused, NOW, pool) == MTLS_MATCH_NO);
    must(mtls_require_reason(require, &good) != MTLS_REASON_GOOD);
    must(mtls_require_reason(require, &refused) == MTLS_REASON_EXPIRED);
    must(mtls_require_profiles(require) != NULL);
}

static void try_fault(const char *fault, mtls_require_kind_t kind, apr_pool_t *pool)
{
    const char *head = apr_pstrcat(pool, "Require ", mtls_require_word(kind), ": ", NULL);

    must(strncmp(fault, head, strlen(head)) == 0 && fault[strlen(head)] != '\0');
    for (; *fault; fault++) {
        must((unsigned char)*fault >= ' ' && *fault != 0x7f);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mtls_require_kind_t kind;
    const mtls_require_t *require;
    const char *fault;
    apr_pool_t *pool;

    if (size == 0 || size > MAX_SIZE) {
        return 0;
    }
    pool = make_pool();
    kind = (mtls_require_kind_t)(data[0] % MTLS_REQUIRE_KINDS);
    fault = mtls_require_parse(&require, kind,
                               apr_pstrmemdup(pool, (const char *)data + 1, size - 1), pool);
    must((fault == NULL) == (require != NULL));
    if (require != NULL) {
        try_line(require, pool);
    } else {
        try_fault(fault, kind, pool);
    }
    apr_pool_destroy(pool);
    return 0;
}
