/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "mtls/cert/chain_x509.h"
#include "mtls/policy/reason.h"
#include "told.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A chain of one real certificate and two more that nobody decodes. */
static const mtls_chain_t *make_chain(void)
{
    const mtls_chain_limits_t limits = {32768, 6};
    const mtls_bytes_t others[] = {BYTES("one"), BYTES("two")};
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *leaf = X509_new();
    const mtls_chain_t *chain;

    ck_assert_ptr_nonnull(key);
    ck_assert(X509_set_pubkey(leaf, key) && ASN1_INTEGER_set(X509_get_serialNumber(leaf), 1));
    ck_assert(X509_gmtime_adj(X509_getm_notBefore(leaf), 0) != NULL);
    ck_assert(X509_gmtime_adj(X509_getm_notAfter(leaf), 3600) != NULL);
    ck_assert_int_gt(X509_sign(leaf, key, EVP_sha256()), 0);
    ck_assert_int_eq(mtls_chain_make_resumed(&chain, leaf, others, 2, &limits, pool), APR_SUCCESS);
    X509_free(leaf);
    EVP_PKEY_free(key);
    return chain;
}

static const char *const groups[] = {"ops", "on call", "\xc3\xa4rzte"};
static const mtls_attribute_t attributes[] = {{"dept", "R&D, \"new\""}, {"room_2", "0"}};
static const mtls_principal_t somebody = {.reason = MTLS_REASON_GOOD,
                                          .user = "alice",
                                          .groups = groups,
                                          .group_count = 3,
                                          .attributes = attributes,
                                          .attribute_count = 2,
                                          .source = "map",
                                          .rule = {"conf/staff.map", 12, 3}};

static mtls_told_t told_with_chain(void)
{
    mtls_told_t told = good_told();

    told_proof.chain = make_chain();
    told.principal = &somebody;
    return told;
}

static const char *value(const char *name, const mtls_told_t *told)
{
    const char *text = mtls_vars_value(name, told, pool);

    return text ? text : "(none)";
}

static const struct {
    const char *name, *value;
} rows[] = {
    {"MTLS_VERIFY", "SUCCESS"},
    {"MTLS_REASON", "(none)"},
    {"MTLS_GENERATION", "7"},
    {"MTLS_PROFILE", "staff"},
    {"MTLS_PROOF", "handshake"},
    {"MTLS_TICKET", "(none)"},
    {"MTLS_PROOF_TIME", "2026-01-01T00:00:01Z"},
    {"MTLS_DEPTH", "2"},
    {"MTLS_SUBJECT", "CN=alice"},
    {"MTLS_ISSUER", "CN=alice"},
    {"MTLS_SERIAL", "0ABC"},
    {"MTLS_SHA256", "0011ab0000000000000000000000000000000000000000000000000000000000"},
    {"MTLS_SPKI_SHA256", "ffee000000000000000000000000000000000000000000000000000000000000"},
    {"MTLS_NOT_BEFORE", "2026-01-01T00:00:00Z"},
    {"MTLS_NOT_AFTER", "2027-01-01T00:00:00Z"},
    {"MTLS_SAN_DNS_0", "a.example"},
    {"MTLS_SAN_DNS_1", "#62000D0A2E6578616D706C65"},
    {"MTLS_SAN_DNS_2", "c.example"},
    {"MTLS_SAN_DNS_3", "(none)"},
    {"MTLS_SAN_EMAIL_0", "alice@example.org"},
    {"MTLS_SAN_UPN_0", "alice@corp"},
    {"MTLS_SAN_URI_0", "(none)"},
    {"MTLS_CHAIN_0", "-----BEGIN CERTIFICATE-----\nb25l\n-----END CERTIFICATE-----\n"},
    {"MTLS_CHAIN_1", "-----BEGIN CERTIFICATE-----\ndHdv\n-----END CERTIFICATE-----\n"},
    {"MTLS_CHAIN_2", "(none)"},
    {"MTLS_USER", "alice"},
    {"MTLS_GROUPS", "ops,on call,\xc3\xa4rzte"},
    {"MTLS_USER_REASON", "(none)"},
    {"MTLS_USER_SOURCE", "map"},
    {"MTLS_USER_RULE", "conf/staff.map:12"},
    {"MTLS_ATTR_DEPT", "R&D, \"new\""},
    {"MTLS_ATTR_ROOM_2", "0"},
    {"MTLS_ATTR_ROOM", "(none)"},
    {"MTLS_ATTR_ROOM_20", "(none)"},
    /* looks like ours */
    {"MTLS_ATTR_", "(none)"},
    {"MTLS_ATTR_dept", "(none)"},
    {"MTLS_ATTR_0", "(none)"},
    {"MTLS_USER_", "(none)"},
    {"MTLS_", "(none)"},
    {"MTLS_SUBJECTS", "(none)"},
    {"MTLS_SUBJECT_0", "(none)"},
    {"mtls_subject", "(none)"},
    {"MTLS_SAN_DNS", "(none)"},
    {"MTLS_SAN_DNS_", "(none)"},
    {"MTLS_SAN_DNS_00", "(none)"},
    {"MTLS_SAN_DNS_+0", "(none)"},
    {"MTLS_SAN_DNS_-1", "(none)"},
    {"MTLS_SAN_DNS_0 ", "(none)"},
    {"MTLS_SAN_DNS_0x0", "(none)"},
    {"MTLS_SAN_DNS_4294967296", "(none)"},
    {"MTLS_SAN_DNS_18446744073709551616", "(none)"},
    {"MTLS_SAN_FAX_0", "(none)"},
    {"MTLS_CHAIN_9999", "(none)"},
    {"", "(none)"},
};

START_TEST(each_variable_has_its_value)
{
    mtls_told_t told = told_with_chain();
    size_t i;

    for (i = 0; i < COUNT(rows); i++) {
        ck_assert_msg(strcmp(value(rows[i].name, &told), rows[i].value) == 0, "%s is %s",
                      rows[i].name, value(rows[i].name, &told));
    }
    ck_assert_int_eq(strncmp(value("MTLS_CERT", &told), "-----BEGIN CERTIFICATE-----\n", 28), 0);
}
END_TEST

/* What makes a full name of a row's. */
static const char *const suffixes[] = {
    [MTLS_VAR_PLAIN] = "", [MTLS_VAR_INDEXED] = "0", [MTLS_VAR_NAMED] = "DEPT"};

START_TEST(T_P01_identity_is_told_only_with_a_good_verdict)
{
    int reason, i;

    for (reason = 0; reason < MTLS_REASON_COUNT; reason++) {
        mtls_told_t told = told_with_chain();
        const char *verify;

        if (reason == MTLS_REASON_GOOD) {
            continue;
        }
        told.reason = (mtls_reason_t)reason;
        for (i = 0; i < mtls_var_count; i++) {
            const char *name =
                apr_pstrcat(pool, mtls_vars[i].name, suffixes[mtls_vars[i].form], NULL);

            ck_assert_msg(mtls_vars[i].klass == MTLS_VAR_DECISION ||
                              mtls_vars_value(name, &told, pool) == NULL,
                          "%s with %s", name, mtls_reason_info(told.reason)->word);
        }
        verify = value("MTLS_VERIFY", &told);
        ck_assert_str_ne(verify, "SUCCESS");
        ck_assert(strcmp(verify, "NONE") == 0 || strncmp(verify, "FAILED:", 7) == 0);
        ck_assert_int_le(apr_table_elts(mtls_vars_all(&told, MTLS_EXPORT_CHAIN, pool))->nelts, 3);
    }
}
END_TEST

START_TEST(good_without_what_it_needs_is_an_internal_fault)
{
    mtls_told_t told[3] = {good_told(), good_told(), good_told()};
    int i;

    told[0].proof = NULL;
    told[1].profile = NULL;
    told[2].verdict.reason = MTLS_REASON_UNDECIDED;
    for (i = 0; i < 3; i++) {
        ck_assert_str_eq(value("MTLS_VERIFY", &told[i]), "FAILED:internal");
        ck_assert_str_eq(value("MTLS_REASON", &told[i]), "internal");
        ck_assert_str_eq(value("MTLS_SUBJECT", &told[i]), "(none)");
        ck_assert_str_eq(value("MTLS_PROFILE", &told[i]), "(none)");
    }
}
END_TEST

START_TEST(verify_tells_none_from_failed)
{
    const struct {
        mtls_reason_t reason;
        const char *verify, *word;
    } said[] = {{MTLS_REASON_UNDECIDED, "NONE", "(none)"},
                {MTLS_REASON_NO_CERTIFICATE, "NONE", "no-certificate"},
                {MTLS_REASON_DECLINED, "NONE", "declined"},
                {MTLS_REASON_STEP_UP_UNAVAILABLE, "NONE", "step-up-unavailable"},
                {MTLS_REASON_STEP_UP_TIMEOUT, "NONE", "step-up-timeout"},
                {MTLS_REASON_NOT_TLS, "NONE", "not-tls"},
                {MTLS_REASON_EXPIRED, "FAILED:expired", "expired"},
                {MTLS_REASON_SELF_SIGNED, "FAILED:self-signed", "self-signed"},
                {MTLS_REASON_NOT_PROVEN, "FAILED:not-proven", "not-proven"},
                {MTLS_REASON_INTERNAL, "FAILED:internal", "internal"}};
    size_t i;

    for (i = 0; i < COUNT(said); i++) {
        mtls_told_t told = {.reason = said[i].reason};

        ck_assert_str_eq(value("MTLS_VERIFY", &told), said[i].verify);
        ck_assert_str_eq(value("MTLS_REASON", &told), said[i].word);
        ck_assert_str_eq(value("MTLS_GENERATION", &told), "(none)");
    }
}
END_TEST

static const struct {
    mtls_principal_t principal;
    const char *user, *groups, *reason, *source, *rule, *dept;
} principals[] = {
    {{0}, "(none)", "(none)", "(none)", "(none)", "(none)", "(none)"},
    {{.reason = MTLS_REASON_NO_RULE}, "(none)", "(none)", "no-rule", "(none)", "(none)", "(none)"},
    {{.reason = MTLS_REASON_GOOD, .groups = groups, .group_count = 1, .source = "dbm"},
     "(none)",
     "ops",
     "no-rule",
     "dbm",
     "(none)",
     "(none)"},
    {{.reason = MTLS_REASON_GOOD, .attributes = attributes, .attribute_count = 1, .source = "sql"},
     "(none)",
     "(none)",
     "no-rule",
     "sql",
     "(none)",
     "R&D, \"new\""},
    {{.reason = MTLS_REASON_MAP_UNAVAILABLE, .source = "sql", .rule = {"conf/httpd.conf", 7, 0}},
     "(none)",
     "(none)",
     "map-unavailable",
     "sql",
     "conf/httpd.conf:7",
     "(none)"},
    {{.reason = MTLS_REASON_GOOD, .user = "bob", .source = "user", .rule = {"httpd.conf", 0, 0}},
     "bob",
     "(none)",
     "(none)",
     "user",
     "httpd.conf",
     "(none)"},
    /* nothing of these is told, whatever else the reason comes with */
    {{.reason = MTLS_REASON_USER_AMBIGUOUS,
      .user = "bob",
      .groups = groups,
      .group_count = 3,
      .attributes = attributes,
      .attribute_count = 2},
     "(none)",
     "(none)",
     "user-ambiguous",
     "(none)",
     "(none)",
     "(none)"},
};

START_TEST(what_the_sources_said_is_told)
{
    mtls_told_t told = good_told();
    size_t i;

    for (i = 0; i < COUNT(principals); i++) {
        told.principal = &principals[i].principal;
        ck_assert_str_eq(value("MTLS_USER", &told), principals[i].user);
        ck_assert_str_eq(value("MTLS_GROUPS", &told), principals[i].groups);
        ck_assert_str_eq(value("MTLS_USER_REASON", &told), principals[i].reason);
        ck_assert_str_eq(value("MTLS_USER_SOURCE", &told), principals[i].source);
        ck_assert_str_eq(value("MTLS_USER_RULE", &told), principals[i].rule);
        ck_assert_str_eq(value("MTLS_ATTR_DEPT", &told), principals[i].dept);
    }
    told.principal = NULL;
    ck_assert_str_eq(value("MTLS_USER", &told), "(none)");
    ck_assert_str_eq(value("MTLS_USER_REASON", &told), "(none)");
    ck_assert_str_eq(value("MTLS_ATTR_DEPT", &told), "(none)");
}
END_TEST

START_TEST(names_are_known_before_values_exist)
{
    const char *const known[] = {"MTLS_USER", "MTLS_GROUPS", "MTLS_SAN_DNS_9", "MTLS_ATTR_X",
                                 "MTLS_ATTR_A0_B"};
    const char *const unknown[] = {"MTLS_USERS",    "MTLS_SAN_DNS_A", "MTLS_ATTR_",
                                   "MTLS_ATTR_a",   "MTLS_ATTR__A",   "MTLS_ATTR_0",
                                   "MTLS_ATTR_A-B", "MTLS_ATTR_A ",   "MTLS_ATTR_\xc3\x84"};
    size_t i;

    for (i = 0; i < COUNT(known); i++) {
        ck_assert_msg(mtls_vars_is_known(known[i]), "%s", known[i]);
    }
    for (i = 0; i < COUNT(unknown); i++) {
        ck_assert_msg(!mtls_vars_is_known(unknown[i]), "%s", unknown[i]);
    }
}
END_TEST

START_TEST(T_L01_T_H07_T_N01_text_that_breaks_a_line_is_no_value)
{
    const char *const broken[] = {"a\nb", "\r", "a\x7f", "\x1b[31m"};
    size_t i;

    for (i = 0; i < COUNT(broken); i++) {
        const mtls_attribute_t attribute = {"dept", broken[i]};
        const mtls_principal_t principal = {.reason = MTLS_REASON_GOOD,
                                            .user = broken[i],
                                            .groups = &broken[i],
                                            .group_count = 1,
                                            .attributes = &attribute,
                                            .attribute_count = 1,
                                            .rule = {broken[i], 1, 1}};
        mtls_told_t told = good_told();
        int before = apr_table_elts(mtls_vars_all(&told, MTLS_EXPORT_STANDARD, pool))->nelts;

        told.principal = &principal;
        ck_assert_int_eq(apr_table_elts(mtls_vars_all(&told, MTLS_EXPORT_STANDARD, pool))->nelts,
                         before);
    }
}
END_TEST

static int add_name(void *seen, const char *name, const char *text)
{
    ck_assert_msg(apr_table_get(seen, name) == NULL, "%s twice", name);
    apr_table_setn(seen, name, text);
    return 1;
}

/* S-08: by it a request is found in logs. */
START_TEST(a_ticket_is_told_by_its_mark)
{
    static const unsigned char mark[] = {0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef};
    mtls_proof_t proof = told_proof;
    mtls_told_t told = good_told();

    proof.method = MTLS_PROOF_TICKET;
    proof.ticket = mark;
    told.proof = &proof;
    ck_assert_str_eq(value("MTLS_PROOF", &told), "ticket");
    ck_assert_str_eq(value("MTLS_TICKET", &told), "0123456789abcdef");
    ck_assert_str_eq(apr_table_get(mtls_vars_all(&told, MTLS_EXPORT_STANDARD, pool), "MTLS_TICKET"),
                     "0123456789abcdef");
    told.reason = MTLS_REASON_NOT_IN_GROUP;
    ck_assert_str_eq(value("MTLS_TICKET", &told), "(none)");
}
END_TEST

START_TEST(all_is_each_of_them_once)
{
    mtls_told_t told = told_with_chain();
    apr_table_t *all = mtls_vars_all(&told, MTLS_EXPORT_CHAIN, pool);
    const apr_array_header_t *pairs = apr_table_elts(all);
    apr_table_t *seen = apr_table_make(pool, 1);
    int i;

    apr_table_do(add_name, seen, all, NULL);
    for (i = 0; i < pairs->nelts; i++) {
        const apr_table_entry_t *pair = &APR_ARRAY_IDX(pairs, i, apr_table_entry_t);

        ck_assert_str_eq(pair->val, value(pair->key, &told));
    }
    /* all but the reasons, and no index beyond those there are */
    ck_assert_int_eq(pairs->nelts, 17 + (int)COUNT(told_sans) + 2 + 1 + 2);
}
END_TEST

START_TEST(levels_include_the_ones_before)
{
    mtls_told_t told = told_with_chain();
    const int counts[] = {0, 0, 24, 25, 27};
    int level;

    for (level = MTLS_EXPORT_UNSET; level <= MTLS_EXPORT_CHAIN; level++) {
        apr_table_t *all = mtls_vars_all(&told, (mtls_export_t)level, pool);

        ck_assert_int_eq(apr_table_elts(all)->nelts, counts[level]);
        ck_assert_int_eq(apr_table_get(all, "MTLS_CERT") != NULL, level >= MTLS_EXPORT_CERT);
        ck_assert_int_eq(apr_table_get(all, "MTLS_CHAIN_0") != NULL, level == MTLS_EXPORT_CHAIN);
    }
}
END_TEST

START_TEST(T_L01_T_H07_no_value_breaks_a_line)
{
    mtls_told_t told = told_with_chain();
    const apr_array_header_t *pairs =
        apr_table_elts(mtls_vars_all(&told, MTLS_EXPORT_STANDARD, pool));
    int i;

    for (i = 0; i < pairs->nelts; i++) {
        const char *c = APR_ARRAY_IDX(pairs, i, apr_table_entry_t).val;

        for (; *c; c++) {
            ck_assert_msg((unsigned char)*c >= ' ' && *c != 0x7f, "%s",
                          APR_ARRAY_IDX(pairs, i, apr_table_entry_t).key);
        }
    }
}
END_TEST

START_TEST(the_table_is_whole)
{
    int i, j, types = 0;

    for (i = 0; i < mtls_var_count; i++) {
        ck_assert_int_eq(strncmp(mtls_vars[i].name, "MTLS_", 5), 0);
        ck_assert_int_eq(mtls_vars[i].name[strlen(mtls_vars[i].name) - 1] == '_',
                         mtls_vars[i].form != MTLS_VAR_PLAIN);
        ck_assert_uint_gt(strlen(mtls_vars[i].help), 10);
        types += strncmp(mtls_vars[i].name, "MTLS_SAN_", 9) == 0;
        for (j = 0; j < i; j++) {
            ck_assert_str_ne(mtls_vars[i].name, mtls_vars[j].name);
        }
    }
    ck_assert_int_eq(types, MTLS_SAN_TYPES);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {each_variable_has_its_value,
                                  T_P01_identity_is_told_only_with_a_good_verdict,
                                  good_without_what_it_needs_is_an_internal_fault,
                                  verify_tells_none_from_failed,
                                  what_the_sources_said_is_told,
                                  names_are_known_before_values_exist,
                                  T_L01_T_H07_T_N01_text_that_breaks_a_line_is_no_value,
                                  a_ticket_is_told_by_its_mark,
                                  all_is_each_of_them_once,
                                  levels_include_the_ones_before,
                                  T_L01_T_H07_no_value_breaks_a_line,
                                  the_table_is_whole,
                                  NULL};

    return run_tests("vars", tests);
}
