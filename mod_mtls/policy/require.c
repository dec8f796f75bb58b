/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/policy/require.h"

#include <string.h>

#include "mtls/policy/condition.h"
#include "mtls/policy/reason.h"
#include "mtls/policy/value.h"
#include "require_line.h"

/* A proof of a moment ahead is one of now: clocks are set back a little (T-F45). */
#define MAX_AHEAD apr_time_from_sec(60)

static const char *const kind_words[] = {
    [MTLS_REQUIRE_VALID] = "mtls-valid",     [MTLS_REQUIRE_TRUST] = "mtls-trust",
    [MTLS_REQUIRE_PROOF] = "mtls-proof",     [MTLS_REQUIRE_FINGERPRINT] = "mtls-fingerprint",
    [MTLS_REQUIRE_GROUP] = "mtls-group",     [MTLS_REQUIRE_ISSUER] = "mtls-issuer",
    [MTLS_REQUIRE_SUBJECT] = "mtls-subject", [MTLS_REQUIRE_SAN] = "mtls-san",
    [MTLS_REQUIRE_EKU] = "mtls-eku",         [MTLS_REQUIRE_POLICY] = "mtls-policy",
    [MTLS_REQUIRE_ATTR] = "mtls-attr",
};

_Static_assert(sizeof(kind_words) / sizeof(kind_words[0]) == MTLS_REQUIRE_KINDS,
               "each provider has a word");

const char *mtls_require_word(mtls_require_kind_t kind)
{
    // NOLINTNEXTLINE(clang-analyzer-core.uninitialized.UndefReturn): the assertion above says why
    return kind_words[kind];
}

const apr_array_header_t *mtls_require_profiles(const mtls_require_t *require)
{
    return require->profiles;
}

static mtls_match_t match(bool held)
{
    return held ? MTLS_MATCH_YES : MTLS_MATCH_NO;
}

static bool has_word(const apr_array_header_t *words, const char *word)
{
    int i;

    for (i = 0; i < words->nelts; i++) {
        if (strcmp(APR_ARRAY_IDX(words, i, const char *), word) == 0) {
            return true;
        }
    }
    return false;
}

static bool has_fingerprint(const mtls_require_t *require, const mtls_identity_t *identity)
{
    int i;

    for (i = 0; i < require->pins->nelts; i++) {
        const mtls_pin_t *pin = &APR_ARRAY_IDX(require->pins, i, mtls_pin_t);

        if (memcmp(pin->digest, pin->spki ? identity->spki_sha256 : identity->sha256,
                   MTLS_SHA256_LEN) == 0) {
            return true;
        }
    }
    return false;
}

static mtls_match_t match_proof(const mtls_require_t *require, const mtls_proof_t *proof,
                                apr_time_t now)
{
    if (proof->method == MTLS_PROOF_NONE ||
        (require->methods != 0 && (require->methods & 1u << proof->method) == 0)) {
        return MTLS_MATCH_NO;
    }
    if (require->max_age == 0) {
        return MTLS_MATCH_YES;
    }
    if (proof->proven_at > now + MAX_AHEAD) {
        return MTLS_MATCH_UNKNOWN;
    }
    return match(proof->proven_at >= now - require->max_age);
}

static mtls_match_t match_conditions(const mtls_require_t *require, const mtls_told_t *told,
                                     apr_pool_t *pool)
{
    const mtls_holder_t holder = {told->proof->identity, told->profile};
    mtls_match_t answer = MTLS_MATCH_NO;
    int i;

    for (i = 0; i < require->conditions->nelts; i++) {
        switch (mtls_condition_match(
            APR_ARRAY_IDX(require->conditions, i, const mtls_condition_t *), &holder, NULL, pool)) {
        case MTLS_MATCH_YES:
            return MTLS_MATCH_YES;
        case MTLS_MATCH_UNKNOWN:
            answer = MTLS_MATCH_UNKNOWN;
            break;
        case MTLS_MATCH_NO:
            break;
        }
    }
    return answer;
}

static bool has_group(const mtls_require_t *require, const mtls_principal_t *principal)
{
    int i;

    for (i = 0; i < require->names->nelts; i++) {
        if (mtls_principal_has_group(principal, APR_ARRAY_IDX(require->names, i, const char *))) {
            return true;
        }
    }
    return false;
}

/* Only who was looked up, and found or not found, has or has not a group or attribute. */
static mtls_match_t match_principal(const mtls_require_t *require,
                                    const mtls_principal_t *principal)
{
    const char *value;

    if (!principal ||
        (principal->reason != MTLS_REASON_GOOD && principal->reason != MTLS_REASON_NO_RULE)) {
        return MTLS_MATCH_UNKNOWN;
    }
    if (principal->reason == MTLS_REASON_NO_RULE) {
        return MTLS_MATCH_NO;
    }
    if (require->kind == MTLS_REQUIRE_GROUP) {
        return match(has_group(require, principal));
    }
    value = mtls_principal_attribute(principal, require->attribute);
    return match(value && has_word(require->names, value));
}

/* What a request without identity gets: NO where the client has shown no acceptable certificate,
 * UNKNOWN where it has and it is we who cannot say more. */
static mtls_match_t match_nobody(mtls_reason_t reason)
{
    switch (mtls_reason_info(reason)->about) {
    case MTLS_ABOUT_NOTHING:
        return reason == MTLS_REASON_UNDECIDED ? MTLS_MATCH_NO : MTLS_MATCH_UNKNOWN;
    case MTLS_ABOUT_ASKING:
    case MTLS_ABOUT_CERTIFICATE:
        return MTLS_MATCH_NO;
    case MTLS_ABOUT_HOLDER:
    case MTLS_ABOUT_SERVER:
        break;
    }
    return MTLS_MATCH_UNKNOWN;
}

mtls_match_t mtls_require_check(const mtls_require_t *require, const mtls_told_t *told,
                                apr_time_t now, apr_pool_t *pool)
{
    if (!mtls_told_is_good(told)) {
        return match_nobody(told->reason);
    }
    switch (require->kind) {
    case MTLS_REQUIRE_VALID:
        return MTLS_MATCH_YES;
    case MTLS_REQUIRE_TRUST:
        return match(has_word(require->profiles, told->profile));
    case MTLS_REQUIRE_PROOF:
        return match_proof(require, told->proof, now);
    case MTLS_REQUIRE_FINGERPRINT:
        return match(has_fingerprint(require, told->proof->identity));
    case MTLS_REQUIRE_ISSUER:
    case MTLS_REQUIRE_SUBJECT:
    case MTLS_REQUIRE_SAN:
    case MTLS_REQUIRE_EKU:
    case MTLS_REQUIRE_POLICY:
        return match_conditions(require, told, pool);
    case MTLS_REQUIRE_GROUP:
    case MTLS_REQUIRE_ATTR:
        return match_principal(require, told->principal);
    case MTLS_REQUIRE_KINDS:
        break;
    }
    return MTLS_MATCH_UNKNOWN;
}

/* Whoever was not found among the users should hear of that, and not of a group. */
static bool explains(const mtls_require_t *require, const mtls_principal_t *principal)
{
    return (require->kind == MTLS_REQUIRE_GROUP || require->kind == MTLS_REQUIRE_ATTR) &&
           principal && principal->reason != MTLS_REASON_GOOD &&
           principal->reason != MTLS_REASON_UNDECIDED;
}

mtls_reason_t mtls_require_reason(const mtls_require_t *require, const mtls_told_t *told)
{
    if (!mtls_told_is_good(told)) {
        return told->reason == MTLS_REASON_GOOD ? MTLS_REASON_INTERNAL : told->reason;
    }
    if (explains(require, told->principal)) {
        return told->principal->reason;
    }
    return require->kind == MTLS_REQUIRE_GROUP ? MTLS_REASON_NOT_IN_GROUP
                                               : MTLS_REASON_NOT_AUTHORIZED;
}
