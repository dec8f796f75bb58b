/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_general.h>
#include <apr_strings.h>
#include <check.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <time.h>

#include "mtls/cert/chain_x509.h"
#include "mtls/trust/verify.h"
#include "mtls/trust/x509_reason.h"
#include "trust_fixture.h"

static apr_pool_t *pool;

static void setup(void)
{
    apr_pool_create(&pool, NULL);
}

static void teardown(void)
{
    apr_pool_destroy(pool);
}

#define CA_BASE "basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign,cRLSign"
#define CLIENT  "extendedKeyUsage=clientAuth"
#define SIGN    "keyUsage=digitalSignature"

/* What a case changes of the usual profile. */
typedef struct {
    const char *eku;
    const char *second_eku;
    bool eku_any;
    bool strict;
    const char *policy;
    bool no_mapping;
    bool no_any;
    int depth; /* plus one */
    int min_rsa;
    int min_ec;
    int min_digest;
    int lifetime_days;
    bool intermediate_is_known; /* and not sent */
    bool intermediate_is_anchor;
    bool no_partial;
} tweak_t;

/* Root, intermediate, leaf; the client sends leaf and intermediate. */
typedef struct {
    const char *name;
    fixture_recipe_t root;
    fixture_recipe_t inter;
    fixture_recipe_t leaf;
    tweak_t tweak;
    mtls_reason_t reason;
    int error_depth;
} case_t;

/* clang-format off */
static const case_t cases[] = {
    {"good", .reason = MTLS_REASON_GOOD},
    {"good with a known intermediate", .tweak = {.intermediate_is_known = true}, .reason = MTLS_REASON_GOOD},
    {"good with a partial chain", .tweak = {.intermediate_is_anchor = true}, .reason = MTLS_REASON_GOOD},
    {"expired", .leaf = {.from_days = -9, .to_days = -1}, .reason = MTLS_REASON_EXPIRED},
    {"not yet valid", .leaf = {.from_days = 1, .to_days = 9}, .reason = MTLS_REASON_NOT_YET_VALID},
    {"expired intermediate", .inter = {.from_days = -9, .to_days = -1}, .reason = MTLS_REASON_EXPIRED, .error_depth = 1},
    {"F-40 inverted validity, past", .leaf = {.from_days = -1, .to_days = -9}, .reason = MTLS_REASON_EXPIRED},
    {"F-40 inverted validity around now", .leaf = {.from_days = 9, .to_days = -9}, .reason = MTLS_REASON_NOT_YET_VALID},
    {"F-40 version 1 leaf", .leaf = {.version1 = true, .bare = true}, .reason = MTLS_REASON_GOOD},
    {"F-40 version 1 leaf, strict", .leaf = {.version1 = true, .bare = true}, .tweak = {.strict = true}, .reason = MTLS_REASON_WRONG_PURPOSE},
    {"F-40 negative serial", .leaf = {.serial = -5}, .reason = MTLS_REASON_GOOD},
    {"F-40 fraction of a second", .leaf = {.not_after = "20991231235959.5Z"}, .reason = MTLS_REASON_MALFORMED},
    {"F-40 year 9999", .leaf = {.not_after = "99991231235959Z"}, .reason = MTLS_REASON_GOOD},
    {"unknown critical extension", .leaf = {.extensions = {CLIENT, "1.2.3.4=critical,DER:0500"}}, .reason = MTLS_REASON_MALFORMED},
    {"unknown extension", .leaf = {.extensions = {CLIENT, "1.2.3.4=DER:0500"}}, .reason = MTLS_REASON_GOOD},
    {"malformed extended key usage", .leaf = {.extensions = {"2.5.29.37=DER:0500"}}, .reason = MTLS_REASON_MALFORMED},
    {"T-C09 malformed with any usage", .leaf = {.extensions = {"2.5.29.37=DER:0500"}}, .tweak = {.eku_any = true}, .reason = MTLS_REASON_MALFORMED},
    {"malformed extension in the intermediate", .inter = {.extensions = {CA_BASE, "2.5.29.37=DER:0500"}}, .reason = MTLS_REASON_MALFORMED, .error_depth = 1},

    {"T-C10 server certificate", .leaf = {.extensions = {SIGN, "extendedKeyUsage=serverAuth"}}, .reason = MTLS_REASON_WRONG_PURPOSE},
    {"T-C10 e-mail certificate", .leaf = {.extensions = {SIGN, "extendedKeyUsage=emailProtection"}}, .reason = MTLS_REASON_WRONG_PURPOSE},
    {"T-C10 no usage", .leaf = {.extensions = {SIGN}}, .reason = MTLS_REASON_GOOD},
    {"T-C10 no usage, strict", .leaf = {.extensions = {SIGN}}, .tweak = {.strict = true}, .reason = MTLS_REASON_WRONG_PURPOSE},
    {"T-C10 usage, strict", .tweak = {.strict = true}, .reason = MTLS_REASON_GOOD},
    {"T-C10 intermediate for servers", .inter = {.extensions = {CA_BASE, "extendedKeyUsage=serverAuth"}}, .reason = MTLS_REASON_WRONG_PURPOSE, .error_depth = 1},
    {"T-C10 intermediate for clients", .inter = {.extensions = {CA_BASE, CLIENT}}, .reason = MTLS_REASON_GOOD},
    {"T-C10 leaf for any usage", .leaf = {.extensions = {SIGN, "extendedKeyUsage=anyExtendedKeyUsage"}}, .reason = MTLS_REASON_WRONG_PURPOSE},
    {"T-C10 no digitalSignature", .leaf = {.extensions = {CLIENT, "keyUsage=keyEncipherment"}}, .reason = MTLS_REASON_WRONG_PURPOSE},
    {"T-C10 keyAgreement only", .leaf = {.extensions = {CLIENT, "keyUsage=keyAgreement"}}, .reason = MTLS_REASON_WRONG_PURPOSE},
    {"T-C10 own usage", .leaf = {.extensions = {SIGN, "extendedKeyUsage=1.2.3.4"}}, .tweak = {.eku = "1.2.3.4"}, .reason = MTLS_REASON_GOOD},
    {"T-C10 own usage, other leaf", .tweak = {.eku = "1.2.3.4"}, .reason = MTLS_REASON_WRONG_PURPOSE},
    {"T-C10 own usage, no digitalSignature", .leaf = {.extensions = {"keyUsage=keyEncipherment", "extendedKeyUsage=1.2.3.4"}}, .tweak = {.eku = "1.2.3.4"}, .reason = MTLS_REASON_WRONG_PURPOSE},
    {"T-C10 own usage, absent", .leaf = {.extensions = {SIGN}}, .tweak = {.eku = "1.2.3.4"}, .reason = MTLS_REASON_GOOD},
    {"T-C10 own usage, absent, strict", .leaf = {.extensions = {SIGN}}, .tweak = {.eku = "1.2.3.4", .strict = true}, .reason = MTLS_REASON_WRONG_PURPOSE},
    {"T-C10 own usage, leaf for any", .leaf = {.extensions = {SIGN, "extendedKeyUsage=anyExtendedKeyUsage"}}, .tweak = {.eku = "1.2.3.4"}, .reason = MTLS_REASON_WRONG_PURPOSE},
    {"T-C10 own usage, intermediate for any", .inter = {.extensions = {CA_BASE, "extendedKeyUsage=anyExtendedKeyUsage"}}, .leaf = {.extensions = {SIGN, "extendedKeyUsage=1.2.3.4"}}, .tweak = {.eku = "1.2.3.4"}, .reason = MTLS_REASON_GOOD},
    {"T-C10 own usage, intermediate for another", .inter = {.extensions = {CA_BASE, "extendedKeyUsage=1.2.3.5"}}, .leaf = {.extensions = {SIGN, "extendedKeyUsage=1.2.3.4"}}, .tweak = {.eku = "1.2.3.4"}, .reason = MTLS_REASON_WRONG_PURPOSE, .error_depth = 1},
    {"T-C10 two usages, no common one", .inter = {.extensions = {CA_BASE, "extendedKeyUsage=1.2.3.5"}}, .leaf = {.extensions = {SIGN, "extendedKeyUsage=1.2.3.4"}}, .tweak = {.eku = "1.2.3.4", .second_eku = "1.2.3.5"}, .reason = MTLS_REASON_WRONG_PURPOSE, .error_depth = 1},
    {"T-C10 two usages, the second is common", .inter = {.extensions = {CA_BASE, "extendedKeyUsage=1.2.3.5"}}, .leaf = {.extensions = {SIGN, "extendedKeyUsage=1.2.3.4,1.2.3.5"}}, .tweak = {.eku = "1.2.3.4", .second_eku = "1.2.3.5"}, .reason = MTLS_REASON_GOOD},
    {"T-C09 any usage admits a server's", .leaf = {.extensions = {SIGN, "extendedKeyUsage=serverAuth"}}, .tweak = {.eku_any = true}, .reason = MTLS_REASON_GOOD},
    {"T-C09 any usage, key usage still counts", .leaf = {.extensions = {"keyUsage=keyEncipherment"}}, .tweak = {.eku_any = true}, .reason = MTLS_REASON_WRONG_PURPOSE},
    {"T-C09 any usage, expired", .leaf = {.from_days = -9, .to_days = -1}, .tweak = {.eku_any = true}, .reason = MTLS_REASON_EXPIRED},
    {"T-C09 any usage, policy still counts", .leaf = {.extensions = {"extendedKeyUsage=anyExtendedKeyUsage"}}, .tweak = {.eku_any = true, .policy = "1.2.3.1"}, .reason = MTLS_REASON_WRONG_POLICY},

    {"T-C02 non-CA issues", .inter = {.extensions = {SIGN, CLIENT}}, .reason = MTLS_REASON_INVALID_CA, .error_depth = 1},
    {"T-C02 non-CA issues, any usage", .inter = {.extensions = {SIGN, CLIENT}}, .tweak = {.eku_any = true}, .reason = MTLS_REASON_INVALID_CA, .error_depth = 1},
    {"T-C02 CA:FALSE issues", .inter = {.extensions = {"basicConstraints=critical,CA:FALSE"}}, .reason = MTLS_REASON_INVALID_CA, .error_depth = 1},
    {"T-C02 version 1 issues", .inter = {.version1 = true, .bare = true}, .reason = MTLS_REASON_INVALID_CA, .error_depth = 1},
    {"T-C02 issuer without keyCertSign", .inter = {.extensions = {"basicConstraints=critical,CA:TRUE", "keyUsage=critical,cRLSign"}}, .reason = MTLS_REASON_INVALID_CA, .error_depth = 1},
    {"path length", .root = {.extensions = {"basicConstraints=critical,CA:TRUE,pathlen:0", "keyUsage=critical,keyCertSign"}}, .reason = MTLS_REASON_INVALID_CA, .error_depth = 2},

    {"depth is enough", .tweak = {.depth = 2 + 1}, .reason = MTLS_REASON_GOOD},
    {"depth is too small", .tweak = {.depth = 1 + 1}, .reason = MTLS_REASON_CHAIN_TOO_LONG, .error_depth = 1},
    {"depth 1 to a partial chain", .tweak = {.depth = 1 + 1, .intermediate_is_anchor = true}, .reason = MTLS_REASON_GOOD},
    {"depth 0 admits no chain", .tweak = {.depth = 0 + 1, .intermediate_is_anchor = true}, .reason = MTLS_REASON_CHAIN_TOO_LONG, .error_depth = 1},

    {"T-C12 explicit parameters, leaf", .leaf = {.key = FIXTURE_P256_EXPLICIT}, .reason = MTLS_REASON_WEAK_KEY},
    {"T-C12 explicit parameters, CA", .inter = {.key = FIXTURE_P256_EXPLICIT}, .reason = MTLS_REASON_WEAK_KEY, .error_depth = 1},
    {"T-C12 DSA leaf", .leaf = {.key = FIXTURE_DSA}, .reason = MTLS_REASON_WEAK_KEY},
    {"weak RSA leaf", .leaf = {.key = FIXTURE_RSA1024}, .reason = MTLS_REASON_WEAK_KEY},
    {"weak RSA leaf allowed", .leaf = {.key = FIXTURE_RSA1024}, .tweak = {.min_rsa = 1024}, .reason = MTLS_REASON_GOOD},
    {"weak RSA CA", .inter = {.key = FIXTURE_RSA1024}, .reason = MTLS_REASON_WEAK_KEY, .error_depth = 1},
    {"weak RSA anchor", .root = {.key = FIXTURE_RSA1024}, .reason = MTLS_REASON_WEAK_KEY, .error_depth = 2},
    {"RSA 2048", .leaf = {.key = FIXTURE_RSA2048}, .reason = MTLS_REASON_GOOD},
    {"RSA 2048 where 3072 is asked for", .leaf = {.key = FIXTURE_RSA2048}, .tweak = {.min_rsa = 3072}, .reason = MTLS_REASON_WEAK_KEY},
    {"small curve", .leaf = {.key = FIXTURE_P224}, .reason = MTLS_REASON_WEAK_KEY},
    {"P-256 where 384 is asked for", .tweak = {.min_ec = 384}, .reason = MTLS_REASON_WEAK_KEY},
    {"Ed25519", .root = {.key = FIXTURE_ED25519}, .inter = {.key = FIXTURE_ED25519}, .leaf = {.key = FIXTURE_ED25519}, .tweak = {.min_digest = 512, .min_ec = 384}, .reason = MTLS_REASON_GOOD},
    {"Ed448", .inter = {.key = FIXTURE_ED448}, .reason = MTLS_REASON_GOOD},
    {"F-39 oversized RSA leaf", .leaf = {.key = FIXTURE_RSA8192_PLUS}, .reason = MTLS_REASON_WEAK_KEY},
    {"SHA-1 on the leaf", .leaf = {.digest = "sha1"}, .reason = MTLS_REASON_WEAK_SIGNATURE},
    {"SHA-1 on the intermediate", .inter = {.digest = "sha1"}, .reason = MTLS_REASON_WEAK_SIGNATURE, .error_depth = 1},
    {"SHA-1 on the anchor's self-signature", .root = {.digest = "sha1"}, .reason = MTLS_REASON_GOOD},
    {"SHA-256 where 384 is asked for", .tweak = {.min_digest = 384}, .reason = MTLS_REASON_WEAK_SIGNATURE},
    {"SHA-384 where 384 is asked for", .inter = {.digest = "sha384"}, .leaf = {.digest = "sha384"}, .tweak = {.min_digest = 384}, .reason = MTLS_REASON_GOOD},
    {"lifetime", .tweak = {.lifetime_days = 31}, .reason = MTLS_REASON_GOOD},
    {"lifetime too long", .tweak = {.lifetime_days = 30}, .reason = MTLS_REASON_LIFETIME_TOO_LONG},

    {"T-C05 policy", .inter = {.extensions = {CA_BASE, "certificatePolicies=1.2.3.1"}}, .leaf = {.extensions = {CLIENT, "certificatePolicies=1.2.3.1"}}, .tweak = {.policy = "1.2.3.1"}, .reason = MTLS_REASON_GOOD},
    {"T-C05 other policy", .inter = {.extensions = {CA_BASE, "certificatePolicies=1.2.3.2"}}, .leaf = {.extensions = {CLIENT, "certificatePolicies=1.2.3.2"}}, .tweak = {.policy = "1.2.3.1"}, .reason = MTLS_REASON_WRONG_POLICY},
    {"T-C05 no policy in the leaf", .inter = {.extensions = {CA_BASE, "certificatePolicies=1.2.3.1"}}, .tweak = {.policy = "1.2.3.1"}, .reason = MTLS_REASON_WRONG_POLICY},
    {"T-C05 no policy in the CA", .leaf = {.extensions = {CLIENT, "certificatePolicies=1.2.3.1"}}, .tweak = {.policy = "1.2.3.1"}, .reason = MTLS_REASON_WRONG_POLICY},
    {"T-C05 any policy in the CA", .inter = {.extensions = {CA_BASE, "certificatePolicies=2.5.29.32.0"}}, .leaf = {.extensions = {CLIENT, "certificatePolicies=1.2.3.1"}}, .tweak = {.policy = "1.2.3.1"}, .reason = MTLS_REASON_GOOD},
    {"T-C05 any policy in the CA, inhibited", .inter = {.extensions = {CA_BASE, "certificatePolicies=2.5.29.32.0"}}, .leaf = {.extensions = {CLIENT, "certificatePolicies=1.2.3.1"}}, .tweak = {.policy = "1.2.3.1", .no_any = true}, .reason = MTLS_REASON_WRONG_POLICY},
    {"T-C05 mapped", .inter = {.extensions = {CA_BASE, "certificatePolicies=1.2.3.1", "policyMappings=1.2.3.1:1.2.3.9"}}, .leaf = {.extensions = {CLIENT, "certificatePolicies=1.2.3.9"}}, .tweak = {.policy = "1.2.3.1"}, .reason = MTLS_REASON_GOOD},
    {"T-C05 mapped, inhibited", .inter = {.extensions = {CA_BASE, "certificatePolicies=1.2.3.1", "policyMappings=1.2.3.1:1.2.3.9"}}, .leaf = {.extensions = {CLIENT, "certificatePolicies=1.2.3.9"}}, .tweak = {.policy = "1.2.3.1", .no_mapping = true}, .reason = MTLS_REASON_WRONG_POLICY},
    {"T-C05 the CA demands one", .inter = {.extensions = {CA_BASE, "policyConstraints=requireExplicitPolicy:0"}}, .reason = MTLS_REASON_WRONG_POLICY},
    {"T-C05 invalid policies are found without asking for one", .leaf = {.extensions = {CLIENT, "certificatePolicies=1.2.3.1,1.2.3.1"}}, .reason = MTLS_REASON_MALFORMED},

    {"T-C04 permitted name", .inter = {.extensions = {CA_BASE, "nameConstraints=critical,permitted;DNS:example.org"}}, .leaf = {.extensions = {CLIENT, "subjectAltName=DNS:a.example.org"}}, .reason = MTLS_REASON_GOOD},
    {"T-C04 name not permitted", .inter = {.extensions = {CA_BASE, "nameConstraints=critical,permitted;DNS:example.org"}}, .leaf = {.extensions = {CLIENT, "subjectAltName=DNS:a.example.net"}}, .reason = MTLS_REASON_NAME_CONSTRAINT},
    {"T-C08 excluded name", .inter = {.extensions = {CA_BASE, "nameConstraints=critical,excluded;DNS:example.org"}}, .leaf = {.extensions = {CLIENT, "subjectAltName=DNS:a.EXAMPLE.org"}}, .reason = MTLS_REASON_NAME_CONSTRAINT},
    {"T-C08 several e-mail constraints", .inter = {.extensions = {CA_BASE, "nameConstraints=critical,permitted;email:a.org,permitted;email:b.org"}}, .leaf = {.extensions = {CLIENT, "subjectAltName=email:x@b.org"}}, .reason = MTLS_REASON_GOOD},
    {"T-C08 e-mail of neither", .inter = {.extensions = {CA_BASE, "nameConstraints=critical,permitted;email:a.org,permitted;email:b.org"}}, .leaf = {.extensions = {CLIENT, "subjectAltName=email:x@c.org"}}, .reason = MTLS_REASON_NAME_CONSTRAINT},
    {"T-C04 UTF-8 mailbox of another domain", .inter = {.extensions = {CA_BASE, "nameConstraints=critical,permitted;email:a.org"}}, .leaf = {.extensions = {CLIENT, "subjectAltName=otherName:1.3.6.1.5.5.7.8.9;UTF8:x@b.org"}}, .reason = MTLS_REASON_NAME_CONSTRAINT},
    {"T-C04 UTF-8 mailbox, broken punycode", .inter = {.extensions = {CA_BASE, "nameConstraints=critical,permitted;email:xn--99999999999999999999999999999999.org"}}, .leaf = {.extensions = {CLIENT, "subjectAltName=otherName:1.3.6.1.5.5.7.8.9;UTF8:x@b.org"}}, .reason = MTLS_REASON_MALFORMED},
    {"T-C06 other name beside a constraint", .inter = {.extensions = {CA_BASE, "nameConstraints=critical,permitted;DNS:example.org"}}, .leaf = {.extensions = {CLIENT, "subjectAltName=otherName:1.2.3.4;UTF8:x,DNS:a.example.org"}}, .reason = MTLS_REASON_GOOD},
    {"T-C06 address as constraint", .inter = {.extensions = {CA_BASE, "nameConstraints=critical,permitted;IP:10.0.0.0/255.0.0.0"}}, .leaf = {.extensions = {CLIENT, "subjectAltName=IP:11.0.0.1"}}, .reason = MTLS_REASON_NAME_CONSTRAINT},
    {"name constraint in the anchor", .root = {.extensions = {CA_BASE, "nameConstraints=critical,permitted;DNS:example.org"}}, .leaf = {.extensions = {CLIENT, "subjectAltName=DNS:a.example.net"}}, .reason = MTLS_REASON_NAME_CONSTRAINT},
};
/* clang-format on */

static mtls_profile_spec_t *spec_for(const tweak_t *tweak, X509 *root, X509 *inter)
{
    mtls_profile_spec_t *spec = fixture_spec(pool);

    fixture_add_cert(spec->ca_files, tweak->intermediate_is_anchor ? inter : root, pool);
    if (tweak->intermediate_is_known)
        fixture_add_cert(spec->intermediate_files, inter, pool);
    if (tweak->eku != NULL)
        fixture_add(spec->ekus, tweak->eku);
    if (tweak->second_eku != NULL)
        fixture_add(spec->ekus, tweak->second_eku);
    if (tweak->policy != NULL)
        fixture_add(spec->policies, tweak->policy);
    spec->eku_any = tweak->eku_any ? MTLS_ON : MTLS_UNSET;
    spec->eku_strict = tweak->strict ? MTLS_ON : MTLS_UNSET;
    spec->policy_no_mapping = tweak->no_mapping ? MTLS_ON : MTLS_UNSET;
    spec->policy_no_any = tweak->no_any ? MTLS_ON : MTLS_UNSET;
    spec->partial_chain = tweak->no_partial ? MTLS_OFF : MTLS_UNSET;
    spec->depth = tweak->depth;
    spec->min_rsa_bits = tweak->min_rsa;
    spec->min_ec_bits = tweak->min_ec;
    spec->min_digest_bits = tweak->min_digest;
    spec->max_lifetime = apr_time_from_sec((apr_time_t)tweak->lifetime_days * 86400);
    return spec;
}

static mtls_verdict_t judge(const mtls_profile_spec_t *spec, const mtls_chain_t *chain)
{
    mtls_verdict_t verdict = mtls_verify(fixture_profile(spec, pool), chain, NULL, fixture_now());

    ck_assert_uint_eq(ERR_peek_error(), 0);
    ck_assert_int_eq(verdict.reason == MTLS_REASON_GOOD, verdict.x509_error == X509_V_OK);
    return verdict;
}

START_TEST(verdicts_by_case)
{
    const case_t *c = &cases[_i];
    fixture_recipe_t root_recipe = c->root;
    fixture_recipe_t inter_recipe = c->inter;
    fixture_party_t root;
    fixture_party_t inter;
    fixture_party_t leaf;
    mtls_verdict_t verdict;

    root_recipe.ca = inter_recipe.ca = true;
    root_recipe.subject = "root";
    inter_recipe.subject = "inter";
    root = fixture_make(NULL, &root_recipe, pool);
    inter = fixture_make(&root, &inter_recipe, pool);
    leaf = fixture_make(&inter, &c->leaf, pool);
    verdict =
        judge(spec_for(&c->tweak, root.cert, inter.cert),
              fixture_chain(pool, c->tweak.intermediate_is_known ? 1 : 2, leaf.cert, inter.cert));
    ck_assert_msg(verdict.reason == c->reason && verdict.error_depth == c->error_depth,
                  "%s: reason %d instead of %d, depth %d instead of %d (%s)", c->name,
                  (int)verdict.reason, (int)c->reason, verdict.error_depth, c->error_depth,
                  X509_verify_cert_error_string(verdict.x509_error));
    if (c->reason == MTLS_REASON_GOOD)
        ck_assert_int_eq(verdict.depth, c->tweak.intermediate_is_anchor ? 1 : 2);
}
END_TEST

/* A small world for the tests that need more than one path. */
typedef struct {
    fixture_party_t root;
    fixture_party_t inter;
    fixture_party_t leaf;
} world_t;

static world_t make_world(void)
{
    world_t w;

    w.root = fixture_make(NULL, &(fixture_recipe_t){.subject = "root", .ca = true}, pool);
    w.inter = fixture_make(&w.root, &(fixture_recipe_t){.subject = "inter", .ca = true}, pool);
    w.leaf = fixture_make(&w.inter, &(fixture_recipe_t){0}, pool);
    return w;
}

static mtls_profile_spec_t *trusting(const fixture_party_t *ca)
{
    mtls_profile_spec_t *spec = fixture_spec(pool);

    fixture_add_cert(spec->ca_files, ca->cert, pool);
    return spec;
}

static mtls_profile_spec_t *pinning(const fixture_party_t *party, bool spki)
{
    mtls_profile_spec_t *spec = fixture_spec(pool);

    fixture_add(spec->pins, fixture_pin(party->cert, spki, pool));
    return spec;
}

START_TEST(foreign_issuers)
{
    world_t ours = make_world();
    world_t theirs = make_world();
    fixture_party_t expired =
        fixture_make(&theirs.inter, &(fixture_recipe_t){.from_days = -9, .to_days = -1}, pool);
    fixture_party_t alone = fixture_make(NULL, &(fixture_recipe_t){0}, pool);
    fixture_party_t spoiled = fixture_spoil(&ours.leaf, pool);
    mtls_profile_spec_t *spec = trusting(&ours.root);

    ck_assert_int_eq(
        judge(spec, fixture_chain(pool, 2, theirs.leaf.cert, theirs.inter.cert)).reason,
        MTLS_REASON_BAD_SIGNATURE); /* same names, no key identifiers to tell them apart */
    theirs.root = fixture_make(NULL, &(fixture_recipe_t){.subject = "other", .ca = true}, pool);
    theirs.inter =
        fixture_make(&theirs.root, &(fixture_recipe_t){.subject = "other inter", .ca = true}, pool);
    theirs.leaf = fixture_make(&theirs.inter, &(fixture_recipe_t){0}, pool);
    expired =
        fixture_make(&theirs.inter, &(fixture_recipe_t){.from_days = -9, .to_days = -1}, pool);
    ck_assert_int_eq(
        judge(spec, fixture_chain(pool, 2, theirs.leaf.cert, theirs.inter.cert)).reason,
        MTLS_REASON_UNTRUSTED_ISSUER);
    ck_assert_int_eq(
        judge(spec, fixture_chain(pool, 3, theirs.leaf.cert, theirs.inter.cert, theirs.root.cert))
            .reason,
        MTLS_REASON_UNTRUSTED_ISSUER);
    ck_assert_int_eq(judge(spec, fixture_chain(pool, 2, expired.cert, theirs.inter.cert)).reason,
                     MTLS_REASON_UNTRUSTED_ISSUER);
    ck_assert_int_eq(judge(spec, fixture_chain(pool, 1, ours.leaf.cert)).reason,
                     MTLS_REASON_UNTRUSTED_ISSUER);
    ck_assert_int_eq(judge(spec, fixture_chain(pool, 1, alone.cert)).reason,
                     MTLS_REASON_SELF_SIGNED);
    ck_assert_int_eq(judge(spec, fixture_chain(pool, 2, spoiled.cert, ours.inter.cert)).reason,
                     MTLS_REASON_BAD_SIGNATURE);
}
END_TEST

START_TEST(partial_chain_off_needs_the_root)
{
    world_t w = make_world();
    mtls_profile_spec_t *spec = trusting(&w.root);
    const mtls_chain_t *chain = fixture_chain(pool, 1, w.leaf.cert);

    fixture_add_cert(spec->ca_files, w.inter.cert, pool);
    ck_assert_int_eq(judge(spec, chain).depth, 1);
    spec->partial_chain = MTLS_OFF;
    ck_assert_int_eq(judge(spec, chain).reason, MTLS_REASON_GOOD);
    ck_assert_int_eq(judge(spec, chain).depth, 2);
}
END_TEST

START_TEST(T_C02_cross_signed_alternatives)
{
    world_t w = make_world();
    fixture_party_t other =
        fixture_make(NULL, &(fixture_recipe_t){.subject = "other", .ca = true}, pool);
    fixture_party_t cross = fixture_make(
        &other, &(fixture_recipe_t){.subject = "inter", .ca = true, .same_key_as = &w.inter}, pool);
    fixture_party_t fake =
        fixture_make(&w.root,
                     &(fixture_recipe_t){
                         .subject = "inter", .same_key_as = &w.inter, .extensions = {SIGN, CLIENT}},
                     pool);

    ck_assert_int_eq(
        judge(trusting(&w.root), fixture_chain(pool, 3, w.leaf.cert, w.inter.cert, cross.cert))
            .reason,
        MTLS_REASON_GOOD);
    ck_assert_int_eq(
        judge(trusting(&other), fixture_chain(pool, 3, w.leaf.cert, cross.cert, w.inter.cert))
            .reason,
        MTLS_REASON_GOOD);
    /* the alternative path to the trusted root leads over a certificate that is no CA */
    ck_assert_int_ne(
        judge(trusting(&w.root), fixture_chain(pool, 2, w.leaf.cert, fake.cert)).reason,
        MTLS_REASON_GOOD);
}
END_TEST

START_TEST(T_C02_leaf_as_CA)
{
    world_t w = make_world();
    fixture_party_t below = fixture_make(&w.leaf, &(fixture_recipe_t){.subject = "below"}, pool);
    mtls_profile_spec_t *spec = trusting(&w.root);

    ck_assert_int_ne(
        judge(spec, fixture_chain(pool, 3, below.cert, w.leaf.cert, w.inter.cert)).reason,
        MTLS_REASON_GOOD);
    spec->partial_chain = MTLS_OFF;
    ck_assert_int_ne(
        judge(spec, fixture_chain(pool, 3, below.cert, w.leaf.cert, w.inter.cert)).reason,
        MTLS_REASON_GOOD);
}
END_TEST

START_TEST(T_C11_pins)
{
    world_t w = make_world();
    fixture_party_t device = fixture_make(NULL, &(fixture_recipe_t){.subject = "device"}, pool);
    fixture_party_t twin = fixture_make(NULL, &(fixture_recipe_t){.subject = "device"}, pool);
    fixture_party_t child = fixture_make(&device, &(fixture_recipe_t){.subject = "child"}, pool);
    fixture_party_t renewed = fixture_make(
        NULL, &(fixture_recipe_t){.subject = "device", .same_key_as = &device, .serial = 2}, pool);
    mtls_profile_spec_t *both = pinning(&w.leaf, false);

    ck_assert_int_eq(judge(pinning(&device, false), fixture_chain(pool, 1, device.cert)).reason,
                     MTLS_REASON_GOOD);
    ck_assert_int_eq(judge(pinning(&device, false), fixture_chain(pool, 1, twin.cert)).reason,
                     MTLS_REASON_NOT_PINNED);
    ck_assert_int_eq(judge(pinning(&device, false), fixture_chain(pool, 1, renewed.cert)).reason,
                     MTLS_REASON_NOT_PINNED);
    ck_assert_int_eq(judge(pinning(&device, true), fixture_chain(pool, 1, renewed.cert)).reason,
                     MTLS_REASON_GOOD);
    ck_assert_int_eq(
        judge(pinning(&device, false), fixture_chain(pool, 2, child.cert, device.cert)).reason,
        MTLS_REASON_NOT_PINNED);
    ck_assert_int_eq(
        judge(pinning(&device, true), fixture_chain(pool, 2, child.cert, device.cert)).reason,
        MTLS_REASON_NOT_PINNED);
    ck_assert_int_eq(judge(pinning(&w.leaf, false), fixture_chain(pool, 1, w.leaf.cert)).reason,
                     MTLS_REASON_GOOD);
    both->partial_chain = MTLS_OFF;
    ck_assert_int_eq(judge(both, fixture_chain(pool, 1, w.leaf.cert)).reason, MTLS_REASON_GOOD);
    fixture_add_cert(both->ca_files, w.root.cert, pool);
    ck_assert_int_eq(judge(both, fixture_chain(pool, 2, w.leaf.cert, w.inter.cert)).reason,
                     MTLS_REASON_GOOD);
    ck_assert_int_eq(judge(both, fixture_chain(pool, 1, w.leaf.cert)).reason,
                     MTLS_REASON_UNTRUSTED_ISSUER);
    w.leaf = fixture_make(&w.inter, &(fixture_recipe_t){0}, pool);
    ck_assert_int_eq(judge(both, fixture_chain(pool, 2, w.leaf.cert, w.inter.cert)).reason,
                     MTLS_REASON_NOT_PINNED);
}
END_TEST

/* With pins and CAs, a pinned certificate does not become an issuer either. */
START_TEST(T_C11_pinned_CA_issues_nothing)
{
    world_t w = make_world();
    fixture_party_t other =
        fixture_make(NULL, &(fixture_recipe_t){.subject = "other", .ca = true}, pool);
    fixture_party_t child = fixture_make(&other, &(fixture_recipe_t){0}, pool);
    mtls_profile_spec_t *spec = pinning(&other, false);

    fixture_add(spec->pins, fixture_pin(child.cert, false, pool));
    fixture_add_cert(spec->ca_files, w.root.cert, pool);
    ck_assert_int_eq(judge(spec, fixture_chain(pool, 2, child.cert, other.cert)).reason,
                     MTLS_REASON_UNTRUSTED_ISSUER);
}
END_TEST

/* clang-format off */
static const struct {
    const char *name;
    fixture_recipe_t leaf;
    bool spki;
    bool spoiled;
    tweak_t tweak;
    mtls_reason_t reason;
} pinned[] = {
    {"expired", .leaf = {.from_days = -9, .to_days = -1}, .reason = MTLS_REASON_EXPIRED},
    {"not yet valid", .leaf = {.from_days = 1, .to_days = 9}, .reason = MTLS_REASON_NOT_YET_VALID},
    {"server", .leaf = {.extensions = {"extendedKeyUsage=serverAuth"}}, .reason = MTLS_REASON_WRONG_PURPOSE},
    {"own usage", .leaf = {.extensions = {"extendedKeyUsage=1.2.3.4"}}, .tweak = {.eku = "1.2.3.4"}, .reason = MTLS_REASON_GOOD},
    {"strict", .leaf = {.bare = true}, .tweak = {.strict = true}, .reason = MTLS_REASON_WRONG_PURPOSE},
    {"no digitalSignature", .leaf = {.extensions = {"keyUsage=keyEncipherment"}}, .reason = MTLS_REASON_WRONG_PURPOSE},
    {"weak", .leaf = {.key = FIXTURE_RSA1024}, .reason = MTLS_REASON_WEAK_KEY},
    {"T-C12 explicit parameters", .leaf = {.key = FIXTURE_P256_EXPLICIT}, .reason = MTLS_REASON_WEAK_KEY},
    {"lifetime", .tweak = {.lifetime_days = 3}, .reason = MTLS_REASON_LIFETIME_TOO_LONG},
    {"critical extension", .leaf = {.extensions = {"1.2.3.4=critical,DER:0500"}}, .reason = MTLS_REASON_MALFORMED},
    {"depth 0", .tweak = {.depth = 1}, .reason = MTLS_REASON_GOOD},
    {"no partial chains", .tweak = {.no_partial = true}, .reason = MTLS_REASON_GOOD},
    {"T-C05 without policy", .tweak = {.policy = "1.2.3.1"}, .reason = MTLS_REASON_WRONG_POLICY},
    {"T-C05 with policy", .leaf = {.extensions = {"certificatePolicies=1.2.3.1"}}, .tweak = {.policy = "1.2.3.1"}, .reason = MTLS_REASON_GOOD},
    {"SPKI, SHA-1", .leaf = {.digest = "sha1"}, .spki = true, .reason = MTLS_REASON_WEAK_SIGNATURE},
    {"certificate, SHA-1", .leaf = {.digest = "sha1"}, .reason = MTLS_REASON_GOOD},
    {"SPKI, bad self-signature", .spki = true, .spoiled = true, .reason = MTLS_REASON_BAD_SIGNATURE},
};
/* clang-format on */

START_TEST(T_C11_pinned_leaf_still_obeys_the_rules)
{
    fixture_party_t leaf = fixture_make(NULL, &pinned[_i].leaf, pool);
    mtls_profile_spec_t *spec = spec_for(&pinned[_i].tweak, leaf.cert, NULL);
    mtls_verdict_t verdict;

    apr_array_clear(spec->ca_files);
    if (pinned[_i].spoiled)
        leaf = fixture_spoil(&leaf, pool);
    fixture_add(spec->pins, fixture_pin(leaf.cert, pinned[_i].spki, pool));
    verdict = judge(spec, fixture_chain(pool, 1, leaf.cert));
    ck_assert_msg(verdict.reason == pinned[_i].reason, "%s: %d (%s)", pinned[_i].name,
                  (int)verdict.reason, X509_verify_cert_error_string(verdict.x509_error));
}
END_TEST

START_TEST(valid_until_is_the_earliest_end)
{
    world_t w = make_world();
    const mtls_chain_t *chain;
    apr_time_t now = fixture_now();
    apr_time_t day = apr_time_from_sec(86400);
    const mtls_profile_t *profile = fixture_profile(trusting(&w.root), pool);
    mtls_verdict_t verdict;

    chain = fixture_chain(pool, 2, w.leaf.cert, w.inter.cert);
    verdict = mtls_verify(profile, chain, NULL, now);
    ck_assert_int_eq(verdict.valid_until, now + MTLS_VERDICT_MAX_AGE);
    now += 29 * day + day / 2;
    verdict = mtls_verify(profile, chain, NULL, now);
    ck_assert_int_eq(verdict.reason, MTLS_REASON_GOOD);
    ck_assert_int_eq(verdict.valid_until, fixture_now() + 30 * day);
    ck_assert(mtls_verdict_admits(&verdict, fixture_now() + 30 * day - 1));
    ck_assert(!mtls_verdict_admits(&verdict, fixture_now() + 30 * day));
    ck_assert_int_eq(mtls_verify(profile, chain, NULL, fixture_now() + 30 * day).reason,
                     MTLS_REASON_EXPIRED);
    now = fixture_now() - day - day / 2;
    verdict = mtls_verify(profile, chain, NULL, now);
    ck_assert_int_eq(verdict.reason, MTLS_REASON_NOT_YET_VALID);
    ck_assert_int_eq(verdict.valid_until, fixture_now() - day);
    ck_assert_int_eq(mtls_verify(profile, chain, NULL, verdict.valid_until).reason,
                     MTLS_REASON_GOOD);
}
END_TEST

static double cpu_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

#ifdef __SANITIZE_ADDRESS__
#define BUDGET_MS 1000
#else
#define BUDGET_MS 100
#endif

START_TEST(T_D08_many_intermediates_of_one_name)
{
    world_t w = make_world();
    const mtls_profile_t *profile = fixture_profile(trusting(&w.root), pool);
    static const mtls_chain_limits_t limits = {1024 * 1024, 200};
    STACK_OF(X509) *rest = sk_X509_new_null();
    const mtls_chain_t *chain;
    double start;

    for (int i = 0; i < 32; i++)
        sk_X509_push(
            rest,
            fixture_make(&w.root, &(fixture_recipe_t){.subject = "inter", .ca = true}, pool).cert);
    mtls_chain_make(&chain, w.leaf.cert, rest, &limits, pool);
    start = cpu_ms();
    ck_assert_int_ne(mtls_verify(profile, chain, NULL, fixture_now()).reason, MTLS_REASON_GOOD);
    ck_assert(cpu_ms() - start < BUDGET_MS);
    sk_X509_push(rest, w.inter.cert);
    mtls_chain_make(&chain, w.leaf.cert, rest, &limits, pool);
    ck_assert_int_eq(mtls_verify(profile, chain, NULL, fixture_now()).reason,
                     MTLS_REASON_CHAIN_TOO_LONG);
    sk_X509_free(rest);
}
END_TEST

START_TEST(T_D08_cross_signed_cycle)
{
    fixture_party_t a = fixture_make(NULL, &(fixture_recipe_t){.subject = "a", .ca = true}, pool);
    fixture_party_t b = fixture_make(&a, &(fixture_recipe_t){.subject = "b", .ca = true}, pool);
    fixture_party_t a_by_b =
        fixture_make(&b, &(fixture_recipe_t){.subject = "a", .ca = true, .same_key_as = &a}, pool);
    fixture_party_t leaf = fixture_make(&a, &(fixture_recipe_t){0}, pool);
    world_t w = make_world();
    double start = cpu_ms();

    ck_assert_int_ne(
        judge(trusting(&w.root), fixture_chain(pool, 3, leaf.cert, a_by_b.cert, b.cert)).reason,
        MTLS_REASON_GOOD);
    ck_assert_int_eq(
        judge(trusting(&a), fixture_chain(pool, 3, leaf.cert, a_by_b.cert, b.cert)).reason,
        MTLS_REASON_GOOD);
    ck_assert(cpu_ms() - start < BUDGET_MS);
}
END_TEST

/* Every CA maps each of two policies to both: the tree would double at each step. */
START_TEST(T_D08_policy_explosion)
{
    static const char policies[] = "certificatePolicies=1.2.3.0,1.2.3.1,1.2.3.2,1.2.3.3";
    char mappings[1024] = "policyMappings=";
    fixture_party_t issuer;
    mtls_profile_spec_t *spec = fixture_spec(pool);
    static const mtls_chain_limits_t limits = {1024 * 1024, 200};
    STACK_OF(X509) *rest = sk_X509_new_null();
    const mtls_chain_t *chain;
    const mtls_profile_t *profile;
    double start;

    for (int i = 0; i < 16; i++)
        snprintf(mappings + strlen(mappings), sizeof(mappings) - strlen(mappings),
                 "%s1.2.3.%d:1.2.3.%d", i != 0 ? "," : "", i / 4, i % 4);
    issuer = fixture_make(NULL, &(fixture_recipe_t){.subject = "root", .ca = true}, pool);
    fixture_add_cert(spec->ca_files, issuer.cert, pool);
    fixture_add(spec->policies, "1.2.3.0");
    spec->depth = 30;
    for (int i = 0; i < 12; i++) {
        issuer = fixture_make(&issuer,
                              &(fixture_recipe_t){.subject = apr_psprintf(pool, "ca %d", i),
                                                  .ca = true,
                                                  .extensions = {CA_BASE, policies, mappings}},
                              pool);
        sk_X509_push(rest, issuer.cert);
    }
    issuer = fixture_make(&issuer, &(fixture_recipe_t){.extensions = {CLIENT, policies}}, pool);
    ck_assert_int_eq(mtls_chain_make(&chain, issuer.cert, rest, &limits, pool), APR_SUCCESS);
    profile = fixture_profile(spec, pool);
    start = cpu_ms();
    ck_assert_int_ne(mtls_verify(profile, chain, NULL, fixture_now()).reason, MTLS_REASON_GOOD);
    ck_assert(cpu_ms() - start < BUDGET_MS);
    sk_X509_free(rest);
}
END_TEST

static char *many(const char *start, const char *format, int count)
{
    char *text = malloc((size_t)count * 40 + 64);
    char *end = text + sprintf(text, "%s", start);

    for (int i = 0; i < count; i++) {
        if (i != 0)
            *end++ = ',';
        for (const char *f = format; *f != '\0'; f++)
            end += *f == '#' ? sprintf(end, "%d", i) : sprintf(end, "%c", *f);
    }
    return text;
}

/* Up to 2^20 comparisons are made, more are refused unmade. */
START_TEST(T_D08_name_constraint_explosion)
{
    char *constraints = many("nameConstraints=", "excluded;DNS:x#.org", _i);
    char *names = many("subjectAltName=", "DNS:y#.net", _i);
    world_t w = make_world();
    fixture_party_t inter = fixture_make(
        &w.root,
        &(fixture_recipe_t){.subject = "inter", .ca = true, .extensions = {CA_BASE, constraints}},
        pool);
    fixture_party_t leaf =
        fixture_make(&inter, &(fixture_recipe_t){.extensions = {CLIENT, names}}, pool);
    const mtls_profile_t *profile = fixture_profile(trusting(&w.root), pool);
    const mtls_chain_t *chain = fixture_chain(pool, 2, leaf.cert, inter.cert);
    double start = cpu_ms();

    ck_assert_int_eq(mtls_verify(profile, chain, NULL, fixture_now()).reason == MTLS_REASON_GOOD,
                     _i <= 1000);
    ck_assert_msg(cpu_ms() - start < BUDGET_MS, "%f ms", cpu_ms() - start);
    free(constraints);
    free(names);
}
END_TEST

START_TEST(F_39_oversized_key_anywhere_is_refused_unused)
{
    world_t w = make_world();
    fixture_party_t big = fixture_make(
        &w.root, &(fixture_recipe_t){.subject = "big", .ca = true, .key = FIXTURE_RSA8192_PLUS},
        pool);
    mtls_verdict_t verdict =
        judge(trusting(&w.root), fixture_chain(pool, 3, w.leaf.cert, w.inter.cert, big.cert));

    ck_assert_int_eq(verdict.reason, MTLS_REASON_WEAK_KEY);
    ck_assert_int_eq(verdict.error_depth, 2);
}
END_TEST

START_TEST(every_error_has_a_reason_that_refuses)
{
    for (int error = -1; error < 200; error++) {
        ck_assert_int_ne(mtls_x509_reason(error), MTLS_REASON_GOOD);
        ck_assert_int_ne(mtls_x509_reason(error), MTLS_REASON_UNDECIDED);
    }
    ck_assert_int_eq(mtls_x509_reason(X509_V_OK), MTLS_REASON_INTERNAL);
    ck_assert_int_eq(mtls_x509_reason(X509_V_ERR_OUT_OF_MEM), MTLS_REASON_INTERNAL);
    ck_assert_int_eq(mtls_x509_reason(X509_V_ERR_CERT_HAS_EXPIRED), MTLS_REASON_EXPIRED);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("trust/verify");
    TCase *tc = tcase_create("verify");
    SRunner *runner = srunner_create(suite);
    int failed;

    apr_initialize();
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, verdicts_by_case, 0, sizeof(cases) / sizeof(cases[0]));
    tcase_add_test(tc, foreign_issuers);
    tcase_add_test(tc, partial_chain_off_needs_the_root);
    tcase_add_test(tc, T_C02_cross_signed_alternatives);
    tcase_add_test(tc, T_C02_leaf_as_CA);
    tcase_add_test(tc, T_C11_pins);
    tcase_add_test(tc, T_C11_pinned_CA_issues_nothing);
    tcase_add_loop_test(tc, T_C11_pinned_leaf_still_obeys_the_rules, 0,
                        sizeof(pinned) / sizeof(pinned[0]));
    tcase_add_test(tc, valid_until_is_the_earliest_end);
    tcase_add_test(tc, T_D08_many_intermediates_of_one_name);
    tcase_add_test(tc, T_D08_cross_signed_cycle);
    tcase_add_test(tc, T_D08_policy_explosion);
    tcase_add_loop_test(tc, T_D08_name_constraint_explosion, 1000, 1001);
    tcase_add_loop_test(tc, T_D08_name_constraint_explosion, 1500, 1501);
    tcase_add_test(tc, F_39_oversized_key_anywhere_is_refused_unused);
    tcase_add_test(tc, every_error_has_a_reason_that_refuses);
    suite_add_tcase(suite, tc);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
