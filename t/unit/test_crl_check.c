/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What lists say of the certificates of a path: root, intermediate, leaf (T-R10, T-R14, T-R16).
 *
 * T-R14: the cases of rustls-webpki's tests/client_auth_revocation.rs, by their names, and where
 * each stands here.  Its results "unknown" and "allowed although unknown" are one word here,
 * MISSING or UNUSABLE; whether that is forgiven is tested with revocation.h.
 *
 *   no_crls_test (both depths)               rows "no list"
 *   no_relevant_crl_{ee,chain}_depth_*       rows "no list of the issuer"
 *   ee_not_revoked_{ee,chain}_depth          rows "clean"
 *   {ee,int}_revoked_badsig_*_depth          spoilt_lists_are_refused: it is not loaded at all
 *   ee_{revoked,not_revoked}_wrong_ku_*,
 *   int_revoked_wrong_ku_chain_depth         rows "keyUsage without cRLSign", or not loaded
 *   {ee,int}_revoked_no_ku_*                 rows "no keyUsage"
 *   {ee,int}_revoked_crl_ku_*,
 *   ee_revoked_chain_depth                   rows "revoked"
 *   int_not_revoked_chain_depth*             rows "clean intermediate", "clean"
 *   int_revoked_ee_depth                     row "revoked intermediate, only leaf asked"
 *   ee_with_top_bit_set_serial_revoked       row "serial number with its top bit set"
 *   ee_no_dp_crl_idp                         row "point of the list, none of the certificate" (1)
 *   ee_{revoked,not_revoked}_crl_no_idp      rows "point of the certificate, none of the list"
 *   ee_crl_mismatched_idp_unknown_status     row "another point"
 *   ee_indirect_dp_unknown_status            row "point names another issuer" (2)
 *   ee_reasons_dp_unknown_status             row "point for some reasons"
 *   ee_nofullname_dp_unknown_status          row "relative point, full in the list" (3)
 *   ee_dp_idp_match                          row "same point"
 *   ee_dp_invalid                            unreadable_points_refuse
 *   expired_crl_ignore_expiration            row "expired, in grace"
 *   expired_crl_enforce_expiration           row "expired"
 *   (authoritative_for looked at one name)   rows "second name", "second point"
 *
 * (1) webpki takes such a list.  OpenSSL does not, nor does RFC 5280 section 6.3.3 (b) (2) (i):
 *     UNUSABLE.
 * (2) webpki knows no indirect lists; here the rows "indirect" work.
 * (3) webpki knows no relative names; here "relative points" match.
 */
#include "mtls/trust/crl_check.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "crl_set_fixture.h"
#include "run.h"

#define HOUR apr_time_from_sec(3600)

/* Who signs a list. */
typedef enum {
    BY_INT = 0,
    BY_ROOT,
    BY_OTHER,    /* another root */
    BY_SIGNER,   /* a key for lists, certified by the root under a name of its own */
    BY_NAMESAKE, /* a key for lists, certified by the intermediate under the intermediate's name */
    BY_STRANGER, /* as SIGNER, under the same name, certified by another root */
    BY_STRANGE_NAMESAKE /* as NAMESAKE, certified by another root */
} by_t;

typedef enum { KU_BOTH = 0, KU_NONE, KU_NO_CRL } ku_t;

/* Whose certificate an entry of an indirect list speaks of. */
typedef enum { OF_NOBODY = 0, OF_INT, OF_ROOT, OF_OTHER } of_t;

#define LEAF_SERIAL "10"
#define INT_SERIAL  "20"

typedef struct {
    by_t by;
    const char *extensions[5];
    struct {
        const char *serial;
        int reason;
        of_t of;
    } entries[3];
    int from; /* hours; both 0: the usual */
    int to;
} listed_t;

typedef struct {
    const char *name;
    const char *conf;
    ku_t ku;
    const char *leaf[3]; /* extensions besides the usual */
    long leaf_serial;    /* 0: 10 */
    listed_t lists[5];
    int count;
    mtls_reach_t reach;
    int grace; /* hours */
    mtls_status_word_t leaf_word;
    mtls_status_word_t int_word;
    int until; /* hours from now at which the leaf's status ends; 0: not looked at */
} row_t;

#define AKID      "authorityKeyIdentifier=keyid:always"
#define NUMBER(n) "crlNumber=ASN1:INTEGER:" #n
#define BASE(n)   "deltaCRL=critical,ASN1:INTEGER:" #n
#define IDP       "issuingDistributionPoint=critical,@idp"
#define IDP2      "issuingDistributionPoint=critical,@idp2"
#define DP        "crlDistributionPoints=dp"
#define FRESHEST  "freshestCRL=URI:http://crl.test/delta"
#define USUAL                                                                                      \
    {                                                                                              \
        AKID, NUMBER(1)                                                                            \
    }
#define WITH_IDP                                                                                   \
    {                                                                                              \
        AKID, NUMBER(1), IDP                                                                       \
    }
#define LEAF_REVOKED                                                                               \
    {                                                                                              \
        {                                                                                          \
            LEAF_SERIAL, 1, OF_NOBODY                                                              \
        }                                                                                          \
    }
#define INT_REVOKED                                                                                \
    {                                                                                              \
        {                                                                                          \
            INT_SERIAL, 2, OF_NOBODY                                                               \
        }                                                                                          \
    }
#define CLEAN_ROOT                                                                                 \
    {                                                                                              \
        .by = BY_ROOT                                                                              \
    }
#define GOOD     MTLS_STATUS_GOOD
#define REVOKED  MTLS_STATUS_REVOKED
#define MISSING  MTLS_STATUS_MISSING
#define EXPIRED  MTLS_STATUS_EXPIRED
#define UNUSABLE MTLS_STATUS_UNUSABLE
#define UNASKED  MTLS_STATUS_UNASKED
#define LEAF     .reach = MTLS_REACH_LEAF
#define CHAIN    .reach = MTLS_REACH_CHAIN
#define ONE      .count = 1
#define TWO      .count = 2
#define THREE    .count = 3

#define POINT_A  "[dp]\nfullname=URI:http://crl.test/a\n"
#define LIST_A   "[idp]\nfullname=URI:http://crl.test/a\n"
#define LIST_B   "[idp2]\nfullname=URI:http://crl.test/b\n"
#define LONG_NAME                                                                                  \
    "http://crl.test/0123456789012345678901234567890123456789012345678901234567890123456789012345" \
    "678901234567890123456789012345678901234567890123456789012345678901234567890123456789"
#define LONG_LIST "[dp]\nfullname=URI:" LONG_NAME "\n[idp]\nfullname=URI:" LONG_NAME "\n"
#define SOME_1    "[idp]\nonlysomereasons=keyCompromise,CACompromise,affiliationChanged,superseded\n"
#define SOME_2                                                                                     \
    "[idp2]\nonlysomereasons=cessationOfOperation,certificateHold,privilegeWithdrawn,"             \
    "AACompromise\n"
#define BY_SIGNER_POINT                                                                            \
    "[dp]\nfullname=URI:http://crl.test/i\nCRLissuer=dirName:signer_name\n"                        \
    "[signer_name]\nCN=signer\n"
#define INDIRECT    "[idp]\nfullname=URI:http://crl.test/i\nindirectCRL=TRUE\n"

/* ORAddress of one empty SEQUENCE, or of one with a NULL in it; T-R12. */
#define X400_DP     "crlDistributionPoints=DER:300a3008a006a004a3023000"
#define X400_ISSUER "crlDistributionPoints=DER:30083006a204a3023000"
#define X400_SAN    "subjectAltName=DER:3004a3023000"
#define X400_IDP    "issuingDistributionPoint=critical,DER:3008a006a004a3023000"
#define X400_IDP_2  "issuingDistributionPoint=critical,DER:300aa008a006a30430020500"

static const row_t rows[] = {
    {"no list, leaf", LEAF, .leaf_word = MISSING, .int_word = UNASKED},
    {"no list, chain", CHAIN, .leaf_word = MISSING, .int_word = MISSING},
    {"no list of the issuer, leaf", LEAF, ONE, .lists = {{.by = BY_OTHER}}, .leaf_word = MISSING},
    {"no list of the issuer, chain", CHAIN, ONE, .lists = {{.by = BY_OTHER}}, .leaf_word = MISSING,
     .int_word = MISSING},
    {"clean, leaf", LEAF, ONE, .leaf_word = GOOD, .until = 24},
    {"clean, chain, intermediate without", CHAIN, ONE, .leaf_word = GOOD, .int_word = MISSING},
    {"clean intermediate, leaf without", CHAIN, ONE, .lists = {CLEAN_ROOT}, .leaf_word = MISSING,
     .int_word = GOOD},
    {"clean", CHAIN, TWO, .lists = {{.by = BY_INT}, CLEAN_ROOT}, .leaf_word = GOOD,
     .int_word = GOOD},
    {"without AKID and number", CHAIN, TWO,
     .lists = {{.extensions = {"crlNumber=ASN1:INTEGER:1"}}, CLEAN_ROOT}, .leaf_word = GOOD,
     .int_word = GOOD},
    {"revoked, leaf", LEAF, ONE, .lists = {{.entries = LEAF_REVOKED}}, .leaf_word = REVOKED},
    {"revoked, chain", CHAIN, TWO, .lists = {{.entries = LEAF_REVOKED}, CLEAN_ROOT},
     .leaf_word = REVOKED, .int_word = GOOD},
    {"revoked intermediate", CHAIN, TWO,
     .lists = {{.by = BY_INT}, {.by = BY_ROOT, .entries = INT_REVOKED}}, .leaf_word = GOOD,
     .int_word = REVOKED},
    {"revoked intermediate, only leaf asked", LEAF, TWO,
     .lists = {{.by = BY_INT}, {.by = BY_ROOT, .entries = INT_REVOKED}}, .leaf_word = GOOD},
    {"serial of the leaf in the root's list", CHAIN, TWO,
     .lists = {{.entries = INT_REVOKED}, {.by = BY_ROOT, .entries = LEAF_REVOKED}},
     .leaf_word = GOOD, .int_word = GOOD},
    {"held", LEAF, ONE, .lists = {{.entries = {{LEAF_SERIAL, 6, OF_NOBODY}}}},
     .leaf_word = REVOKED},
    {"revoked without a reason", LEAF, ONE, .lists = {{.entries = {{LEAF_SERIAL, 0, OF_NOBODY}}}},
     .leaf_word = REVOKED},
    {"no keyUsage, clean", .ku = KU_NONE, CHAIN, TWO, .lists = {{.by = BY_INT}, CLEAN_ROOT},
     .leaf_word = GOOD, .int_word = GOOD},
    {"no keyUsage, revoked", .ku = KU_NONE, LEAF, ONE, .lists = {{.entries = LEAF_REVOKED}},
     .leaf_word = REVOKED},
    {"no keyUsage, revoked intermediate", .ku = KU_NONE, CHAIN, ONE,
     .lists = {{.by = BY_ROOT, .entries = INT_REVOKED}}, .leaf_word = MISSING, .int_word = REVOKED},
    {"serial number with its top bit set", .leaf_serial = 0x80, LEAF, ONE,
     .lists = {{.entries = {{"128", 1, OF_NOBODY}}}}, .leaf_word = REVOKED},
    {"point of the list, none of the certificate", LIST_A, LEAF, ONE,
     .lists = {{.extensions = WITH_IDP}}, .leaf_word = UNUSABLE},
    {"point of the certificate, none of the list", POINT_A, .leaf = {DP}, LEAF, ONE,
     .leaf_word = GOOD},
    {"the same, revoked", POINT_A, .leaf = {DP}, LEAF, ONE, .lists = {{.entries = LEAF_REVOKED}},
     .leaf_word = REVOKED},
    {"same point", POINT_A LIST_A, .leaf = {DP}, LEAF, ONE, .lists = {{.extensions = WITH_IDP}},
     .leaf_word = GOOD},
    {"same point, revoked", POINT_A LIST_A, .leaf = {DP}, LEAF, ONE,
     .lists = {{.extensions = WITH_IDP, .entries = LEAF_REVOKED}}, .leaf_word = REVOKED},
    {"another point", POINT_A "[idp]\nfullname=URI:http://crl.test/b\n", .leaf = {DP}, LEAF, ONE,
     .lists = {{.extensions = WITH_IDP}}, .leaf_word = UNUSABLE},
    {"another point, said to be revoked", POINT_A "[idp]\nfullname=URI:http://crl.test/b\n",
     .leaf = {DP}, LEAF, ONE, .lists = {{.extensions = WITH_IDP, .entries = LEAF_REVOKED}},
     .leaf_word = UNUSABLE},
    {"second name of the list",
     POINT_A "[idp]\nfullname=@names\n[names]\nURI.1=http://crl.test/b\nURI.2=http://crl.test/a\n",
     .leaf = {DP}, LEAF, ONE, .lists = {{.extensions = WITH_IDP, .entries = LEAF_REVOKED}},
     .leaf_word = REVOKED},
    {"second name of the certificate",
     LIST_A "[dp]\nfullname=@names\n[names]\nURI.1=http://crl.test/b\nURI.2=http://crl.test/a\n",
     .leaf = {DP}, LEAF, ONE, .lists = {{.extensions = WITH_IDP, .entries = LEAF_REVOKED}},
     .leaf_word = REVOKED},
    {"second point of the certificate",
     LIST_A "[dp]\nfullname=URI:http://crl.test/b\n[dp2]\nfullname=URI:http://crl.test/a\n",
     .leaf = {"crlDistributionPoints=dp,dp2"}, LEAF, ONE, .lists = {{.extensions = WITH_IDP}},
     .leaf_word = GOOD},
    {"relative points", "[dp]\nrelativename=rdn\n[idp]\nrelativename=rdn\n[rdn]\nCN=part\n",
     .leaf = {DP}, LEAF, ONE, .lists = {{.extensions = WITH_IDP, .entries = LEAF_REVOKED}},
     .leaf_word = REVOKED},
    {"relative point, full in the list", LIST_A "[dp]\nrelativename=rdn\n[rdn]\nCN=part\n",
     .leaf = {DP}, LEAF, ONE, .lists = {{.extensions = WITH_IDP}}, .leaf_word = UNUSABLE},
    {"another partition does not shadow", POINT_A LIST_A LIST_B, .leaf = {DP}, LEAF, TWO,
     .lists = {{.extensions = {AKID, NUMBER(9), IDP2}, .from = 0, .to = 48},
               {.extensions = WITH_IDP, .entries = LEAF_REVOKED}},
     .leaf_word = REVOKED},
    {"nor the other way round", POINT_A LIST_A LIST_B, .leaf = {DP}, LEAF, TWO,
     .lists = {{.extensions = WITH_IDP, .entries = LEAF_REVOKED},
               {.extensions = {AKID, NUMBER(9), IDP2}, .from = 0, .to = 48}},
     .leaf_word = REVOKED},
    {"nor revoke", POINT_A LIST_A LIST_B, .leaf = {DP}, LEAF, TWO,
     .lists = {{.extensions = WITH_IDP},
               {.extensions = {AKID, NUMBER(9), IDP2}, .entries = LEAF_REVOKED}},
     .leaf_word = GOOD},
    {"point names another issuer", BY_SIGNER_POINT LIST_A, .leaf = {DP}, LEAF, ONE,
     .lists = {{.extensions = WITH_IDP}}, .leaf_word = UNUSABLE},
    {"only users, of a user", "[idp]\nonlyuser=TRUE\n", LEAF, ONE,
     .lists = {{.extensions = WITH_IDP}}, .leaf_word = GOOD},
    {"only users, of a CA", "[idp]\nonlyuser=TRUE\n", CHAIN, TWO,
     .lists = {{.by = BY_INT}, {.by = BY_ROOT, .extensions = WITH_IDP, .entries = INT_REVOKED}},
     .leaf_word = GOOD, .int_word = UNUSABLE},
    {"only CAs, of a user", "[idp]\nonlyCA=TRUE\n", LEAF, ONE,
     .lists = {{.extensions = WITH_IDP, .entries = LEAF_REVOKED}}, .leaf_word = UNUSABLE},
    {"only CAs, of a CA", "[idp]\nonlyCA=TRUE\n", CHAIN, TWO,
     .lists = {{.by = BY_INT}, {.by = BY_ROOT, .extensions = WITH_IDP, .entries = INT_REVOKED}},
     .leaf_word = GOOD, .int_word = REVOKED},
    {"users and CAs apart", "[idp]\nonlyuser=TRUE\n[idp2]\nonlyCA=TRUE\n", LEAF, TWO,
     .lists = {{.extensions = {AKID, NUMBER(9), IDP2}, .from = 0, .to = 48},
               {.extensions = WITH_IDP, .entries = LEAF_REVOKED}},
     .leaf_word = REVOKED},
    {"unusable, intermediate clean", "[idp]\nonlyCA=TRUE\n", CHAIN, TWO,
     .lists = {{.extensions = WITH_IDP}, CLEAN_ROOT}, .leaf_word = UNUSABLE, .int_word = GOOD},
    {"renewed by a delta, intermediate's list expired", .leaf = {FRESHEST}, CHAIN, THREE,
     .lists = {{.by = BY_INT},
               {.extensions = {AKID, NUMBER(2), BASE(1)}},
               {.by = BY_ROOT, .from = -9, .to = -1}},
     .leaf_word = GOOD, .int_word = EXPIRED},
    {"only attributes", "[idp]\nonlyAA=TRUE\n", LEAF, ONE,
     .lists = {{.extensions = WITH_IDP, .entries = LEAF_REVOKED}}, .leaf_word = UNUSABLE},
    {"some reasons", SOME_1, LEAF, ONE, .lists = {{.extensions = WITH_IDP}}, .leaf_word = UNUSABLE},
    {"some reasons, revoked", SOME_1, LEAF, ONE,
     .lists = {{.extensions = WITH_IDP, .entries = LEAF_REVOKED}}, .leaf_word = REVOKED},
    {"all reasons in two lists", SOME_1 SOME_2, LEAF, TWO,
     .lists = {{.extensions = WITH_IDP, .from = -1, .to = 30},
               {.extensions = {AKID, NUMBER(1), IDP2}, .from = -1, .to = 20}},
     .leaf_word = GOOD, .until = 20},
    {"all reasons, revoked in the second", SOME_1 SOME_2, LEAF, TWO,
     .lists = {{.extensions = WITH_IDP},
               {.extensions = {AKID, NUMBER(1), IDP2}, .entries = LEAF_REVOKED}},
     .leaf_word = REVOKED},
    {"all reasons, one list expired", SOME_1 SOME_2, LEAF, TWO,
     .lists = {{.extensions = WITH_IDP},
               {.extensions = {AKID, NUMBER(1), IDP2}, .from = -9, .to = -1}},
     .leaf_word = EXPIRED},
    {"point for some reasons", "[dp]\nfullname=URI:http://crl.test/a\nreasons=keyCompromise\n",
     .leaf = {DP}, LEAF, ONE, .leaf_word = UNUSABLE},
    {"expired", LEAF, ONE, .lists = {{.from = -9, .to = -1}}, .leaf_word = EXPIRED},
    {"expired this moment", LEAF, ONE, .lists = {{.from = -9, .to = 0}}, .leaf_word = EXPIRED},
    {"expired, revoked", LEAF, ONE, .lists = {{.from = -9, .to = -1, .entries = LEAF_REVOKED}},
     .leaf_word = REVOKED},
    {"expired, in grace", .grace = 2, LEAF, ONE, .lists = {{.from = -9, .to = -1}},
     .leaf_word = GOOD, .until = 1},
    {"expired, grace over", .grace = 2, LEAF, ONE, .lists = {{.from = -9, .to = -2}},
     .leaf_word = EXPIRED},
    {"expired, in grace, revoked", .grace = 2, LEAF, ONE,
     .lists = {{.from = -9, .to = -1, .entries = LEAF_REVOKED}}, .leaf_word = REVOKED},
    {"in time, with grace", .grace = 2, LEAF, ONE, .leaf_word = GOOD, .until = 26},
    {"not yet", LEAF, ONE, .lists = {{.from = 3, .to = 9}}, .leaf_word = UNUSABLE, .until = 3},
    {"not yet, revoked", LEAF, ONE, .lists = {{.from = 3, .to = 9, .entries = LEAF_REVOKED}},
     .leaf_word = REVOKED},
    {"expired does not shadow", POINT_A LIST_A, .leaf = {DP}, LEAF, TWO,
     .lists = {{.extensions = WITH_IDP, .from = -9, .to = -1}, {.entries = LEAF_REVOKED}},
     .leaf_word = REVOKED},
    {"nor refuse", POINT_A LIST_A, .leaf = {DP}, LEAF, TWO,
     .lists = {{.by = BY_INT}, {.extensions = WITH_IDP, .from = -9, .to = -1}}, .leaf_word = GOOD},
    {"numbers are no strings of octets", LEAF, TWO,
     .lists = {{.extensions = {AKID, NUMBER(256)}, .entries = LEAF_REVOKED},
               {.extensions = {AKID, NUMBER(255)}}},
     .leaf_word = REVOKED},
    {"in no order", LEAF, TWO,
     .lists = {{.extensions = {AKID, NUMBER(255)}},
               {.extensions = {AKID, NUMBER(256)}, .entries = LEAF_REVOKED}},
     .leaf_word = REVOKED},
    {"indirect", BY_SIGNER_POINT INDIRECT, .leaf = {DP}, LEAF, ONE,
     .lists = {{.by = BY_SIGNER, .extensions = WITH_IDP}}, .leaf_word = GOOD},
    {"indirect, revoked", BY_SIGNER_POINT INDIRECT, .leaf = {DP}, LEAF, ONE,
     .lists = {{.by = BY_SIGNER, .extensions = WITH_IDP, .entries = {{LEAF_SERIAL, 1, OF_INT}}}},
     .leaf_word = REVOKED},
    {"indirect, issuer said once for many", BY_SIGNER_POINT INDIRECT, .leaf = {DP}, LEAF, ONE,
     .lists = {{.by = BY_SIGNER,
                .extensions = WITH_IDP,
                .entries = {{"7", 1, OF_INT}, {LEAF_SERIAL, 1, OF_NOBODY}}}},
     .leaf_word = REVOKED},
    {"indirect, of another issuer", BY_SIGNER_POINT INDIRECT, .leaf = {DP}, LEAF, ONE,
     .lists = {{.by = BY_SIGNER, .extensions = WITH_IDP, .entries = {{LEAF_SERIAL, 1, OF_OTHER}}}},
     .leaf_word = GOOD},
    {"indirect, of the signer itself", BY_SIGNER_POINT INDIRECT, .leaf = {DP}, LEAF, ONE,
     .lists = {{.by = BY_SIGNER, .extensions = WITH_IDP, .entries = {{LEAF_SERIAL, 1, OF_NOBODY}}}},
     .leaf_word = GOOD},
    {"indirect, not meant by the certificate", INDIRECT, LEAF, ONE,
     .lists = {{.by = BY_SIGNER, .extensions = WITH_IDP, .entries = {{LEAF_SERIAL, 1, OF_INT}}}},
     .leaf_word = UNUSABLE},
    {"indirect, by a signer of another root", BY_SIGNER_POINT INDIRECT, .leaf = {DP}, LEAF, ONE,
     .lists = {{.by = BY_STRANGER, .extensions = WITH_IDP}}, .leaf_word = UNUSABLE},
    {"indirect, by a signer of another root, revoked", BY_SIGNER_POINT INDIRECT, .leaf = {DP}, LEAF,
     ONE,
     .lists = {{.by = BY_STRANGER, .extensions = WITH_IDP, .entries = {{LEAF_SERIAL, 1, OF_INT}}}},
     .leaf_word = UNUSABLE},
    {"another issuer's, not indirect", BY_SIGNER_POINT, .leaf = {DP}, LEAF, ONE,
     .lists = {{.by = BY_SIGNER}}, .leaf_word = MISSING},
    {"signed by a key for lists", LEAF, ONE, .lists = {{.by = BY_NAMESAKE}}, .leaf_word = GOOD},
    {"signed by a key for lists, revoked", CHAIN, TWO,
     .lists = {{.by = BY_NAMESAKE, .entries = LEAF_REVOKED}, CLEAN_ROOT}, .leaf_word = REVOKED,
     .int_word = GOOD},
    {"signed by a key for lists of another root", LEAF, ONE,
     .lists = {{.by = BY_STRANGE_NAMESAKE, .entries = LEAF_REVOKED}}, .leaf_word = MISSING},
    {"delta adds", .leaf = {FRESHEST}, LEAF, TWO,
     .lists = {{.by = BY_INT}, {.extensions = {AKID, NUMBER(2), BASE(1)}, .entries = LEAF_REVOKED}},
     .leaf_word = REVOKED},
    {"delta adds nothing", .leaf = {FRESHEST}, LEAF, TWO,
     .lists = {{.by = BY_INT}, {.extensions = {AKID, NUMBER(2), BASE(1)}, .from = -1, .to = 2}},
     .leaf_word = GOOD, .until = 2},
    {"delta takes back", .leaf = {FRESHEST}, LEAF, TWO,
     .lists = {{.entries = {{LEAF_SERIAL, 6, OF_NOBODY}}},
               {.extensions = {AKID, NUMBER(2), BASE(1)},
                .entries = {{LEAF_SERIAL, 8, OF_NOBODY}}}},
     .leaf_word = GOOD},
    {"delta of a later base", .leaf = {FRESHEST}, LEAF, TWO,
     .lists = {{.by = BY_INT}, {.extensions = {AKID, NUMBER(7), BASE(5)}, .entries = LEAF_REVOKED}},
     .leaf_word = REVOKED},
    {"delta of a later base takes nothing back", LEAF, TWO,
     .lists = {{.entries = {{LEAF_SERIAL, 6, OF_NOBODY}}},
               {.extensions = {AKID, NUMBER(7), BASE(5)},
                .entries = {{LEAF_SERIAL, 8, OF_NOBODY}}}},
     .leaf_word = REVOKED},
    {"delta of a later base says nothing", LEAF, TWO,
     .lists = {{.by = BY_INT}, {.extensions = {AKID, NUMBER(7), BASE(5)}}}, .leaf_word = GOOD},
    {"delta older than the list", .leaf = {FRESHEST}, LEAF, TWO,
     .lists = {{.extensions = {AKID, NUMBER(9)}, .entries = LEAF_REVOKED},
               {.extensions = {AKID, NUMBER(7), BASE(5)},
                .entries = {{LEAF_SERIAL, 8, OF_NOBODY}}}},
     .leaf_word = REVOKED},
    {"expired delta", .leaf = {FRESHEST}, LEAF, TWO,
     .lists = {{.by = BY_INT}, {.extensions = {AKID, NUMBER(2), BASE(1)}, .from = -3, .to = -1}},
     .leaf_word = EXPIRED},
    {"expired delta, in grace", .grace = 2, .leaf = {FRESHEST}, LEAF, TWO,
     .lists = {{.by = BY_INT}, {.extensions = {AKID, NUMBER(2), BASE(1)}, .from = -3, .to = -1}},
     .leaf_word = GOOD, .until = 1},
    {"expired delta takes nothing back", .leaf = {FRESHEST}, LEAF, TWO,
     .lists = {{.entries = {{LEAF_SERIAL, 6, OF_NOBODY}}},
               {.extensions = {AKID, NUMBER(2), BASE(1)},
                .from = -3,
                .to = -1,
                .entries = {{LEAF_SERIAL, 8, OF_NOBODY}}}},
     .leaf_word = REVOKED},
    {"expired delta still revokes", .leaf = {FRESHEST}, LEAF, TWO,
     .lists = {{.by = BY_INT},
               {.extensions = {AKID, NUMBER(2), BASE(1)},
                .from = -3,
                .to = -1,
                .entries = LEAF_REVOKED}},
     .leaf_word = REVOKED},
    {"delta renews an expired list", .leaf = {FRESHEST}, LEAF, TWO,
     .lists = {{.from = -9, .to = -1},
               {.extensions = {AKID, NUMBER(2), BASE(1)}, .from = -1, .to = 2}},
     .leaf_word = GOOD, .until = 2},
    {"delta renews an expired list, revoked there", .leaf = {FRESHEST}, LEAF, TWO,
     .lists = {{.from = -9, .to = -1, .entries = LEAF_REVOKED},
               {.extensions = {AKID, NUMBER(2), BASE(1)}, .from = -1, .to = 2}},
     .leaf_word = REVOKED},
    {"delta not yet", .leaf = {FRESHEST}, LEAF, TWO,
     .lists = {{.entries = {{LEAF_SERIAL, 6, OF_NOBODY}}},
               {.extensions = {AKID, NUMBER(2), BASE(1)},
                .from = 2,
                .to = 4,
                .entries = {{LEAF_SERIAL, 8, OF_NOBODY}}}},
     .leaf_word = REVOKED},
    {"delta, pointed to by the list", LEAF, TWO,
     .lists = {{.extensions = {AKID, NUMBER(1), FRESHEST}},
               {.extensions = {AKID, NUMBER(2), BASE(1)}, .entries = LEAF_REVOKED}},
     .leaf_word = REVOKED},
    {"delta, nobody points to it", LEAF, TWO,
     .lists = {{.by = BY_INT}, {.extensions = {AKID, NUMBER(2), BASE(1)}, .entries = LEAF_REVOKED}},
     .leaf_word = REVOKED},
    {"delta, nobody points to it, takes back", LEAF, TWO,
     .lists = {{.entries = {{LEAF_SERIAL, 6, OF_NOBODY}}},
               {.extensions = {AKID, NUMBER(2), BASE(1)},
                .entries = {{LEAF_SERIAL, 8, OF_NOBODY}}}},
     .leaf_word = GOOD},
    {"delta, nobody points to it, long extensions", LONG_LIST, LEAF, TWO,
     .lists = {{.extensions = WITH_IDP},
               {.extensions = {AKID, NUMBER(2), IDP, BASE(1)}, .entries = LEAF_REVOKED}},
     .leaf = {DP}, .leaf_word = REVOKED},
    {"delta of the intermediate", .conf = NULL, CHAIN, THREE,
     .lists = {{.by = BY_INT},
               {.by = BY_ROOT, .extensions = {AKID, NUMBER(1), FRESHEST}},
               {.by = BY_ROOT, .extensions = {AKID, NUMBER(2), BASE(1)}, .entries = INT_REVOKED}},
     .leaf_word = GOOD, .int_word = REVOKED},
    {"delta of another scope", SOME_1, .leaf = {FRESHEST}, LEAF, THREE,
     .lists = {{.by = BY_INT},
               {.extensions = {AKID, NUMBER(2), IDP, BASE(1)}, .entries = LEAF_REVOKED},
               {.extensions = WITH_IDP}},
     .leaf_word = GOOD},
    {"X.400 addresses, equal", .leaf = {X400_DP}, LEAF, ONE,
     .lists = {{.extensions = {AKID, NUMBER(1), X400_IDP}, .entries = LEAF_REVOKED}},
     .leaf_word = REVOKED},
    {"X.400 addresses, different", .leaf = {X400_DP}, LEAF, ONE,
     .lists = {{.extensions = {AKID, NUMBER(1), X400_IDP_2}, .entries = LEAF_REVOKED}},
     .leaf_word = UNUSABLE},
    {"X.400 address of the list", POINT_A, .leaf = {DP}, LEAF, ONE,
     .lists = {{.extensions = {AKID, NUMBER(1), X400_IDP}}}, .leaf_word = UNUSABLE},
    {"X.400 address of the certificate", LIST_A, .leaf = {X400_DP}, LEAF, ONE,
     .lists = {{.extensions = WITH_IDP}}, .leaf_word = UNUSABLE},
    {"X.400 address as CRL issuer", .leaf = {X400_ISSUER}, LEAF, ONE, .leaf_word = GOOD},
    {"X.400 address as another name", .leaf = {X400_SAN}, LEAF, ONE,
     .lists = {{.entries = LEAF_REVOKED}}, .leaf_word = REVOKED},
};

/* Everybody a row can need. */
typedef struct {
    fixture_party_t root;
    fixture_party_t other;
    fixture_party_t intermediate;
    fixture_party_t leaf;
    fixture_party_t signers[BY_STRANGE_NAMESAKE + 1];
} world_t;

static fixture_recipe_t ca_recipe(const char *name, ku_t ku)
{
    fixture_recipe_t recipe = {.subject = name, .ca = true};

    recipe.extensions[0] = "basicConstraints=critical,CA:TRUE";
    recipe.extensions[1] = "subjectKeyIdentifier=hash";
    if (ku == KU_BOTH)
        recipe.extensions[2] = "keyUsage=critical,keyCertSign,cRLSign";
    if (ku == KU_NO_CRL)
        recipe.extensions[2] = "keyUsage=critical,keyCertSign";
    return recipe;
}

static fixture_party_t make_signer(const fixture_party_t *issuer, const char *name)
{
    fixture_recipe_t recipe = {.subject = name,
                               .serial = 77,
                               .extensions = {"keyUsage=critical,cRLSign",
                                              "subjectKeyIdentifier=hash",
                                              "authorityKeyIdentifier=keyid:always"}};

    return fixture_make(issuer, &recipe, pool);
}

static fixture_party_t make_leaf(const fixture_party_t *issuer, const row_t *row)
{
    fixture_recipe_t recipe = {.serial = row->leaf_serial != 0 ? row->leaf_serial : 10,
                               .extensions = {"keyUsage=critical,digitalSignature",
                                              "extendedKeyUsage=clientAuth",
                                              "authorityKeyIdentifier=keyid:always"}};

    for (int i = 0; i < COUNT_OF(row->leaf) && row->leaf[i] != NULL; i++)
        recipe.extensions[3 + i] = fixture_extension(row->conf, row->leaf[i], pool);
    return fixture_make(issuer, &recipe, pool);
}

static void make_world(world_t *world, const row_t *row)
{
    fixture_recipe_t root = ca_recipe("root", row->ku);
    fixture_recipe_t other = ca_recipe("other", row->ku);
    fixture_recipe_t intermediate = ca_recipe("int", row->ku);

    intermediate.serial = 20;
    world->root = fixture_make(NULL, &root, pool);
    world->other = fixture_make(NULL, &other, pool);
    world->intermediate = fixture_make(&world->root, &intermediate, pool);
    world->leaf = make_leaf(&world->intermediate, row);
    world->signers[BY_INT] = world->intermediate;
    world->signers[BY_ROOT] = world->root;
    world->signers[BY_OTHER] = world->other;
    world->signers[BY_SIGNER] = make_signer(&world->root, "signer");
    world->signers[BY_NAMESAKE] = make_signer(&world->intermediate, "int");
    world->signers[BY_STRANGER] = make_signer(&world->other, "signer");
    world->signers[BY_STRANGE_NAMESAKE] = make_signer(&world->other, "int");
}

static X509 *certificate_of(const world_t *world, of_t of)
{
    switch (of) {
    case OF_INT:
        return world->intermediate.cert;
    case OF_ROOT:
        return world->root.cert;
    case OF_OTHER:
        return world->other.cert;
    case OF_NOBODY:
        break;
    }
    return NULL;
}

static mtls_bytes_t make_list(const world_t *world, const row_t *row, const listed_t *listed)
{
    fixture_entry_t entries[COUNT_OF(listed->entries)] = {{0}};
    fixture_crl_t recipe = {
        .entries = entries, .from_seconds = listed->from * 3600, .to_seconds = listed->to * 3600};

    for (int i = 0; i < COUNT_OF(listed->extensions) && listed->extensions[i] != NULL; i++) {
        const char *text = listed->extensions[i];

        recipe.extensions[i] =
            strchr(text, '@') != NULL ? fixture_extension(row->conf, text, pool) : text;
    }
    for (int i = 0; i < COUNT_OF(entries) && listed->entries[i].serial != NULL; i++) {
        entries[i] = (fixture_entry_t){.serial = listed->entries[i].serial,
                                       .reason = listed->entries[i].reason,
                                       .issuer = certificate_of(world, listed->entries[i].of)};
        recipe.count++;
    }
    return fixture_crl(&world->signers[listed->by], &recipe, pool);
}

static void make_crls(fixture_crls_t *crls, const world_t *world, const row_t *row)
{
    int signers = 0;

    *crls = (fixture_crls_t){.anchors = {world->root.cert, world->other.cert},
                             .intermediates = {world->intermediate.cert}};
    for (int i = 0; i < row->count; i++) {
        crls->lists[i] = make_list(world, row, &row->lists[i]);
        if (row->lists[i].by >= BY_SIGNER)
            crls->signers[signers++] = world->signers[row->lists[i].by].cert;
    }
}

/* How X509_verify_cert() ended. */
typedef struct {
    int result;
    int error;
    int count;
} ending_t;

static void push_all(STACK_OF(X509) * stack, const STACK_OF(X509) * more)
{
    for (int i = 0; i < sk_X509_num(more); i++)
        ck_assert_int_gt(sk_X509_push(stack, sk_X509_value(more, i)), 0);
}

/* What is verified, and how; crls gives the anchors and the untrusted certificates. */
typedef struct {
    const fixture_crls_t *crls;
    X509 *leaf;
    mtls_reach_t reach;
    const char *policy; /* that the leaf must be under; NULL: any */
    bool unattached;    /* CRLs are asked for, and nobody answers */
} trial_t;

static void set_params(X509_STORE_CTX *context, const trial_t *trial, apr_time_t now)
{
    X509_VERIFY_PARAM *params = X509_STORE_CTX_get0_param(context);

    X509_VERIFY_PARAM_set_time(params, (time_t)apr_time_sec(now));
    ck_assert_int_eq(X509_STORE_CTX_set_purpose(context, X509_PURPOSE_SSL_CLIENT), 1);
    if (trial->policy != NULL) {
        X509_VERIFY_PARAM_add0_policy(params, OBJ_txt2obj(trial->policy, 1));
        X509_VERIFY_PARAM_set_flags(params, X509_V_FLAG_POLICY_CHECK | X509_V_FLAG_EXPLICIT_POLICY);
    }
    if (trial->unattached)
        X509_VERIFY_PARAM_set_flags(params, X509_V_FLAG_CRL_CHECK);
}

static ending_t verify(mtls_crl_check_t *check, const trial_t *trial)
{
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    STACK_OF(X509) *untrusted = sk_X509_new_null();
    ending_t ending;

    for (int i = 0; trial->crls->anchors[i] != NULL; i++)
        ck_assert_int_eq(X509_STORE_add_cert(store, trial->crls->anchors[i]), 1);
    for (int i = 0; trial->crls->intermediates[i] != NULL; i++)
        ck_assert_int_gt(sk_X509_push(untrusted, trial->crls->intermediates[i]), 0);
    push_all(untrusted, mtls_crl_set_signers(check->set));
    ck_assert(mtls_crl_check_prepare(store));
    ck_assert_int_eq(X509_STORE_CTX_init(context, store, trial->leaf, untrusted), 1);
    set_params(context, trial, check->now);
    if (!trial->unattached)
        ck_assert(mtls_crl_check_attach(context, check, trial->reach));
    ERR_clear_error();
    ending.result = X509_verify_cert(context);
    ending.error = X509_STORE_CTX_get_error(context);
    ending.count = sk_X509_num(X509_STORE_CTX_get0_chain(context));
    X509_STORE_CTX_free(context);
    sk_X509_free(untrusted);
    X509_STORE_free(store);
    return ending;
}

static const mtls_crl_set_t *load(const fixture_crls_t *crls, const char *name)
{
    const char *fault;
    const mtls_crl_set_t *set = fixture_crl_set(crls, &fault, pool);

    ck_assert_msg(set != NULL, "%s: %s", name, fault);
    return set;
}

static void expect_verified(ending_t ending, const char *name)
{
    ck_assert_msg(ending.result == 1 && ending.error == X509_V_OK, "%s: %s", name,
                  X509_verify_cert_error_string(ending.error));
}

START_TEST(rows_are_kept)
{
    const row_t *row = &rows[_i];
    world_t world;
    fixture_crls_t crls;
    mtls_crl_check_t check = {.grace = row->grace * HOUR, .now = fixture_now()};

    make_world(&world, row);
    make_crls(&crls, &world, row);
    check.set = load(&crls, row->name);
    expect_verified(
        verify(&check, &(trial_t){.crls = &crls, .leaf = world.leaf.cert, .reach = row->reach}),
        row->name);
    ck_assert_msg(check.status[0].word == row->leaf_word, "%s: leaf is %d, not %d", row->name,
                  check.status[0].word, row->leaf_word);
    ck_assert_msg(check.status[1].word == row->int_word, "%s: intermediate is %d, not %d",
                  row->name, check.status[1].word, row->int_word);
    ck_assert_msg(check.status[2].word == MTLS_STATUS_UNASKED, "%s: anchor was asked", row->name);
    if (row->until != 0)
        ck_assert_msg(check.status[0].until == fixture_now() + row->until * HOUR,
                      "%s: until is %" APR_TIME_T_FMT " s from now", row->name,
                      apr_time_sec(check.status[0].until - fixture_now()));
}
END_TEST

static const row_t plain = {"plain", .conf = NULL};

static mtls_bytes_t list_by(const fixture_party_t *signer, const char *serial)
{
    fixture_entry_t entry = {.serial = serial, .reason = 1};
    fixture_crl_t recipe = {.entries = &entry, .count = serial != NULL};

    return fixture_crl(signer, &recipe, pool);
}

static mtls_status_word_t ask(const mtls_crl_set_t *set, const fixture_crls_t *crls, X509 *leaf,
                              int depth)
{
    mtls_crl_check_t check = {.set = set, .now = fixture_now()};

    expect_verified(
        verify(&check, &(trial_t){.crls = crls, .leaf = leaf, .reach = MTLS_REACH_CHAIN}), "ask");
    return check.status[depth].word;
}

/* T-R09: two CAs of one name and different keys, leaves of one serial number. */
START_TEST(namesakes_are_told_apart)
{
    fixture_recipe_t recipe = ca_recipe("twin", KU_BOTH);
    fixture_party_t a = fixture_make(NULL, &recipe, pool);
    fixture_party_t b = fixture_make(NULL, &recipe, pool);
    fixture_party_t leaf_a = make_leaf(&a, &plain);
    fixture_party_t leaf_b = make_leaf(&b, &plain);
    fixture_crls_t crls = {.anchors = {a.cert, b.cert},
                           .lists = {list_by(&a, LEAF_SERIAL), list_by(&b, NULL)}};
    const mtls_crl_set_t *set = load(&crls, "namesakes");

    ck_assert_int_eq(ask(set, &crls, leaf_a.cert, 0), MTLS_STATUS_REVOKED);
    ck_assert_int_eq(ask(set, &crls, leaf_b.cert, 0), MTLS_STATUS_GOOD);
    crls.lists[1] = (mtls_bytes_t){NULL, 0};
    set = load(&crls, "one of the namesakes");
    ck_assert_int_eq(ask(set, &crls, leaf_a.cert, 0), MTLS_STATUS_REVOKED);
    ck_assert_int_eq(ask(set, &crls, leaf_b.cert, 0), MTLS_STATUS_MISSING);
}
END_TEST

/* The same, where nothing in the lists says which of the two has signed them. */
START_TEST(namesakes_without_key_ids_are_told_apart)
{
    fixture_recipe_t recipe = ca_recipe("twin", KU_BOTH);
    fixture_party_t a = fixture_make(NULL, &recipe, pool);
    fixture_party_t b = fixture_make(NULL, &recipe, pool);
    fixture_party_t leaf_a = make_leaf(&a, &plain);
    fixture_party_t leaf_b = make_leaf(&b, &plain);
    fixture_entry_t entry = {.serial = LEAF_SERIAL};
    fixture_crl_t list = {.extensions = {NUMBER(1)}, .entries = &entry, .count = 1};
    fixture_crls_t crls = {.anchors = {a.cert, b.cert}, .lists = {fixture_crl(&a, &list, pool)}};
    const mtls_crl_set_t *set = load(&crls, "one of the namesakes");

    ck_assert_int_eq(ask(set, &crls, leaf_a.cert, 0), MTLS_STATUS_REVOKED);
    ck_assert_int_eq(ask(set, &crls, leaf_b.cert, 0), MTLS_STATUS_MISSING);
    list.count = 0;
    crls.lists[1] = fixture_crl(&b, &list, pool);
    set = load(&crls, "both namesakes");
    ck_assert_int_eq(ask(set, &crls, leaf_a.cert, 0), MTLS_STATUS_REVOKED);
    ck_assert_int_eq(ask(set, &crls, leaf_b.cert, 0), MTLS_STATUS_GOOD);
}
END_TEST

/* T-R10: an intermediate that two roots have certified, with one key. */
START_TEST(cross_signed_paths_are_each_asked)
{
    fixture_recipe_t recipe = ca_recipe("int", KU_BOTH);
    world_t world;
    fixture_party_t crossed;
    fixture_crls_t crls;
    fixture_crls_t over_other;
    const mtls_crl_set_t *set;

    make_world(&world, &plain);
    recipe.serial = 21;
    recipe.same_key_as = &world.intermediate;
    crossed = fixture_make(&world.other, &recipe, pool);
    crls =
        (fixture_crls_t){.anchors = {world.root.cert, world.other.cert},
                         .intermediates = {world.intermediate.cert},
                         .lists = {list_by(&world.intermediate, LEAF_SERIAL),
                                   list_by(&world.root, INT_SERIAL), list_by(&world.other, NULL)}};
    over_other = crls;
    over_other.intermediates[0] = crossed.cert;
    set = load(&crls, "crossed");
    ck_assert_int_eq(ask(set, &crls, world.leaf.cert, 0), MTLS_STATUS_REVOKED);
    ck_assert_int_eq(ask(set, &crls, world.leaf.cert, 1), MTLS_STATUS_REVOKED);
    ck_assert_int_eq(ask(set, &over_other, world.leaf.cert, 0), MTLS_STATUS_REVOKED);
    ck_assert_int_eq(ask(set, &over_other, world.leaf.cert, 1), MTLS_STATUS_GOOD);
}
END_TEST

static void expect_refused(const fixture_crls_t *crls)
{
    const char *fault;

    ck_assert_ptr_null(fixture_crl_set(crls, &fault, pool));
    ck_assert_str_ne(fault, "");
}

START_TEST(spoilt_lists_are_refused)
{
    world_t world;
    fixture_crls_t crls;

    make_world(&world, &plain);
    crls = (fixture_crls_t){.anchors = {world.root.cert},
                            .intermediates = {world.intermediate.cert},
                            .lists = {list_by(&world.intermediate, NULL)}};
    crls.lists[1] = fixture_crl_spoil(list_by(&world.root, NULL), pool);
    expect_refused(&crls);
    crls.lists[1] = (mtls_bytes_t){NULL, 0};
    crls.lists[0] = fixture_crl_spoil(crls.lists[0], pool);
    expect_refused(&crls);
}
END_TEST

/* keyUsage without cRLSign: the list is refused; and where it is known from another certificate
 * with the same key, it does not speak for paths over the one that may not sign lists. */
START_TEST(keys_not_for_lists_sign_none)
{
    fixture_recipe_t recipe = ca_recipe("int", KU_NO_CRL);
    row_t row = {"no cRLSign", .ku = KU_NO_CRL};
    world_t world;
    fixture_party_t unfit;
    fixture_crls_t crls;
    fixture_crls_t over_unfit;

    make_world(&world, &row);
    crls = (fixture_crls_t){.anchors = {world.root.cert},
                            .intermediates = {world.intermediate.cert},
                            .lists = {list_by(&world.intermediate, LEAF_SERIAL)}};
    expect_refused(&crls);
    make_world(&world, &plain);
    recipe.serial = 20;
    recipe.same_key_as = &world.intermediate;
    unfit = fixture_make(&world.root, &recipe, pool);
    for (int i = 0; i < 2; i++) {
        crls = (fixture_crls_t){.anchors = {world.root.cert},
                                .intermediates = {world.intermediate.cert},
                                .lists = {list_by(&world.intermediate, i == 0 ? NULL : LEAF_SERIAL),
                                          list_by(&world.root, NULL)}};
        over_unfit = crls;
        over_unfit.intermediates[0] = unfit.cert;
        ck_assert_int_eq(ask(load(&crls, "unfit"), &over_unfit, world.leaf.cert, 0),
                         MTLS_STATUS_UNUSABLE);
    }
}
END_TEST

/* A certificate with the name and key identifier of a list's signer, and another key, can take its
 * place in OpenSSL's eyes.  It does not make the list good. */
START_TEST(signatures_count_for_their_own_key_only)
{
    row_t row = {"signer", BY_SIGNER_POINT INDIRECT, .leaf = {DP}};
    listed_t listed = {.by = BY_SIGNER, .extensions = {NUMBER(1), IDP}};
    world_t world;
    fixture_party_t false_signer;
    fixture_crls_t crls;
    fixture_crls_t shown;
    const mtls_crl_set_t *set;

    make_world(&world, &row);
    false_signer = make_signer(&world.root, "signer");
    crls =
        (fixture_crls_t){.anchors = {world.root.cert},
                         .intermediates = {world.intermediate.cert},
                         .signers = {world.signers[BY_SIGNER].cert},
                         .lists = {make_list(&world, &row, &listed), list_by(&world.root, NULL)}};
    set = load(&crls, "signer");
    ck_assert_int_eq(ask(set, &crls, world.leaf.cert, 0), MTLS_STATUS_GOOD);
    shown = crls;
    shown.intermediates[1] = false_signer.cert;
    ck_assert_int_eq(ask(set, &shown, world.leaf.cert, 0), MTLS_STATUS_UNUSABLE);
}
END_TEST

/* Who may sign lists is configured: neither the purpose nor the policies of clients bind a signer.
 */
START_TEST(signers_need_no_policy)
{
    row_t row = {"policy", BY_SIGNER_POINT INDIRECT, .leaf = {DP, "certificatePolicies=1.2.3.4"}};
    listed_t listed = {.by = BY_SIGNER, .extensions = {NUMBER(1), IDP}};
    fixture_recipe_t recipe = ca_recipe("int", KU_BOTH);
    mtls_crl_check_t check = {.now = fixture_now()};
    world_t world;
    fixture_crls_t crls;

    make_world(&world, &row);
    recipe.same_key_as = &world.intermediate;
    recipe.extensions[3] = "certificatePolicies=1.2.3.4";
    world.intermediate = fixture_make(&world.root, &recipe, pool);
    crls = (fixture_crls_t){.anchors = {world.root.cert},
                            .intermediates = {world.intermediate.cert},
                            .signers = {world.signers[BY_SIGNER].cert},
                            .lists = {make_list(&world, &row, &listed)}};
    check.set = load(&crls, "policy");
    expect_verified(verify(&check, &(trial_t){.crls = &crls,
                                              .leaf = world.leaf.cert,
                                              .reach = MTLS_REACH_LEAF,
                                              .policy = "1.2.3.4"}),
                    "policy");
    ck_assert_int_eq(check.status[0].word, MTLS_STATUS_GOOD);
    ck_assert_int_eq(verify(&check, &(trial_t){.crls = &crls,
                                               .leaf = world.leaf.cert,
                                               .reach = MTLS_REACH_LEAF,
                                               .policy = "1.2.3.5"})
                         .error,
                     X509_V_ERR_NO_EXPLICIT_POLICY);
}
END_TEST

/* A leaf whose distribution points cannot be read is nobody's to judge. */
START_TEST(unreadable_points_refuse)
{
    row_t row = {"unreadable", .leaf = {"crlDistributionPoints=DER:0500"}};
    mtls_crl_check_t check = {.now = fixture_now()};
    world_t world;
    fixture_crls_t crls;
    ending_t ending;

    make_world(&world, &row);
    crls = (fixture_crls_t){.anchors = {world.root.cert},
                            .intermediates = {world.intermediate.cert},
                            .lists = {list_by(&world.intermediate, NULL)}};
    check.set = load(&crls, "unreadable");
    ending = verify(&check,
                    &(trial_t){.crls = &crls, .leaf = world.leaf.cert, .reach = MTLS_REACH_LEAF});
    ck_assert_int_ne(ending.result, 1);
    ck_assert_int_ne(ending.error, X509_V_OK);
}
END_TEST

START_TEST(other_errors_pass_as_they_are)
{
    fixture_recipe_t expired = {.from_days = -9, .to_days = -1, .serial = 10};
    mtls_crl_check_t check = {.now = fixture_now()};
    world_t world;
    fixture_crls_t crls;
    trial_t trial;

    make_world(&world, &plain);
    crls = (fixture_crls_t){.anchors = {world.root.cert},
                            .intermediates = {world.intermediate.cert},
                            .lists = {list_by(&world.intermediate, LEAF_SERIAL)}};
    check.set = load(&crls, "others");
    trial = (trial_t){.crls = &crls,
                      .leaf = fixture_make(&world.intermediate, &expired, pool).cert,
                      .reach = MTLS_REACH_CHAIN};
    ck_assert_int_eq(verify(&check, &trial).error, X509_V_ERR_CERT_HAS_EXPIRED);
    ck_assert_int_eq(check.status[0].word, MTLS_STATUS_REVOKED);
    trial.leaf = fixture_spoil(&world.leaf, pool).cert;
    ck_assert_int_eq(verify(&check, &trial).error, X509_V_ERR_CERT_SIGNATURE_FAILURE);
    crls.intermediates[0] = NULL;
    trial.leaf = world.leaf.cert;
    ck_assert_int_eq(verify(&check, &trial).error, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
}
END_TEST

START_TEST(nobody_is_asked_of_a_leaf_that_is_its_own_anchor)
{
    fixture_party_t alone = fixture_make(NULL, &(fixture_recipe_t){.serial = 10}, pool);
    fixture_crls_t crls = {.anchors = {alone.cert}};

    ck_assert_int_eq(ask(load(&crls, "alone"), &crls, alone.cert, 0), MTLS_STATUS_UNASKED);
}
END_TEST

/* Certificates without a place for their status are refused, whatever their lists say. */
START_TEST(too_long_paths_are_refused)
{
    fixture_recipe_t recipe = ca_recipe("root", KU_BOTH);
    fixture_party_t issuer = fixture_make(NULL, &recipe, pool);
    STACK_OF(X509) *path = sk_X509_new_null();
    fixture_crls_t crls = {.anchors = {issuer.cert}};
    mtls_crl_check_t check = {.set = load(&crls, "long"), .now = fixture_now()};
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *context = X509_STORE_CTX_new();

    X509_STORE_add_cert(store, issuer.cert);
    for (int i = 0; i < MTLS_CRL_CHECK_MAX_PATH + _i; i++) {
        char name[16];

        snprintf(name, sizeof(name), "ca %d", i);
        recipe.subject = name;
        issuer = fixture_make(&issuer, &recipe, pool);
        ck_assert_int_gt(sk_X509_push(path, issuer.cert), 0);
    }
    ck_assert(mtls_crl_check_prepare(store));
    ck_assert_int_eq(X509_STORE_CTX_init(context, store, issuer.cert, path), 1);
    X509_VERIFY_PARAM_set_time(X509_STORE_CTX_get0_param(context), (time_t)apr_time_sec(check.now));
    ck_assert(mtls_crl_check_attach(context, &check, MTLS_REACH_CHAIN));
    ck_assert_int_eq(X509_verify_cert(context), _i == 0);
    ck_assert_int_eq(check.status[MTLS_CRL_CHECK_MAX_PATH - 1].word, MTLS_STATUS_MISSING);
    X509_STORE_CTX_free(context);
    X509_STORE_free(store);
    sk_X509_free(path);
}
END_TEST

START_TEST(a_store_without_a_check_refuses)
{
    mtls_crl_check_t check = {.now = fixture_now()};
    world_t world;
    fixture_crls_t crls;
    trial_t trial = {.crls = &crls, .unattached = true};

    make_world(&world, &plain);
    crls = (fixture_crls_t){.anchors = {world.root.cert},
                            .intermediates = {world.intermediate.cert},
                            .lists = {list_by(&world.intermediate, NULL)}};
    check.set = load(&crls, "unattached");
    trial.leaf = world.leaf.cert;
    ck_assert_int_ne(verify(&check, &trial).result, 1);
}
END_TEST

/* A list with entries has a head whose signature cannot be good; nothing of that is left. */
START_TEST(overruled_errors_leave_no_trace)
{
    world_t world;
    fixture_crls_t crls;

    make_world(&world, &plain);
    crls =
        (fixture_crls_t){.anchors = {world.root.cert},
                         .intermediates = {world.intermediate.cert},
                         .lists = {list_by(&world.intermediate, "7"), list_by(&world.root, "8")}};
    ck_assert_int_eq(ask(load(&crls, "trace"), &crls, world.leaf.cert, 0), MTLS_STATUS_GOOD);
    ck_assert_uint_eq(ERR_peek_error(), 0);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("crl_check");

    tcase_add_loop_test(tcase, rows_are_kept, 0, COUNT_OF(rows));
    tcase_add_test(tcase, namesakes_are_told_apart);
    tcase_add_test(tcase, namesakes_without_key_ids_are_told_apart);
    tcase_add_test(tcase, cross_signed_paths_are_each_asked);
    tcase_add_test(tcase, spoilt_lists_are_refused);
    tcase_add_test(tcase, keys_not_for_lists_sign_none);
    tcase_add_test(tcase, signatures_count_for_their_own_key_only);
    tcase_add_test(tcase, signers_need_no_policy);
    tcase_add_test(tcase, unreadable_points_refuse);
    tcase_add_test(tcase, other_errors_pass_as_they_are);
    tcase_add_test(tcase, nobody_is_asked_of_a_leaf_that_is_its_own_anchor);
    tcase_add_loop_test(tcase, too_long_paths_are_refused, 0, 2);
    tcase_add_test(tcase, a_store_without_a_check_refuses);
    tcase_add_test(tcase, overruled_errors_leave_no_trace);
    return run_case("crl_check", tcase);
}
