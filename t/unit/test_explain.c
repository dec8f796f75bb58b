/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>
#include <jansson.h>

#include "mtls/policy/explain.h"
#include "mtls/policy/reason.h"
#include "mtls/policy/shown.h"
#include "told.h"

#define DAY_1 APR_INT64_C(1767312000000000) /* 2026-01-02 */

/* What a terminal would obey, and octets that are no UTF-8. */
#define NASTY                                                                                      \
    "a\x1b[2J\r\nb\x7f"                                                                            \
    "c\xc2\x9b"                                                                                    \
    "d\xe2\x80\xae"                                                                                \
    "e\xff"
#define FFFD "\xef\xbf\xbd"
static const char nasty_shown[] = "a" FFFD "[2J" FFFD FFFD "b" FFFD "c" FFFD "d" FFFD "e" FFFD;

static const char *const told_oids[] = {"1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.4"};
static const char *const told_policies[] = {"2.23.140.1.2.3"};
static const char *const told_qc_types[] = {"0.4.0.1862.1.6.1"};
static const char *const told_qc_statements[] = {"0.4.0.1862.1.1", "0.4.0.1862.1.6"};
static const char *const told_groups[] = {"ops", "staff"};
static const mtls_attribute_t told_attributes[] = {{"dept", "R&D"}, {"desk", "4"}};

static mtls_identity_t full_identity(void)
{
    mtls_identity_t identity = told_identity;

    identity.ekus = told_oids;
    identity.eku_count = 2;
    identity.has_eku = true;
    identity.policies = told_policies;
    identity.policy_count = 1;
    identity.policies_complete = true;
    identity.qc_types = told_qc_types;
    identity.qc_type_count = 1;
    identity.qc_statements = told_qc_statements;
    identity.qc_statement_count = 2;
    identity.qc_complete = true;
    identity.key_type = "EC";
    identity.key_bits = 256;
    return identity;
}

static mtls_trace_t *make_trace(int count)
{
    mtls_trace_t *trace = apr_palloc(pool, sizeof(*trace));
    int i;

    trace->pool = pool;
    trace->steps = apr_array_make(pool, count, sizeof(mtls_trace_step_t));
    for (i = 0; i < count; i++) {
        APR_ARRAY_PUSH(trace->steps, mtls_trace_step_t) =
            (mtls_trace_step_t){{"staff.map", i + 1, 3},
                                i + 1 == count ? MTLS_TRACE_DECIDED : (mtls_trace_end_t)(i % 2),
                                apr_psprintf(pool, "cn is \"n%d\"", i + 1)};
    }
    return trace;
}

static void add_profile(mtls_explanation_t *e, const char *name, mtls_verdict_t verdict,
                        const char *detail)
{
    apr_array_header_t *profiles = e->profiles
                                       ? (apr_array_header_t *)e->profiles
                                       : apr_array_make(pool, 2, sizeof(mtls_explained_profile_t));

    APR_ARRAY_PUSH(profiles, mtls_explained_profile_t) =
        (mtls_explained_profile_t){name, verdict, detail};
    e->profiles = profiles;
}

static void add_source(mtls_explanation_t *e, mtls_explained_source_t source)
{
    apr_array_header_t *sources = e->sources
                                      ? (apr_array_header_t *)e->sources
                                      : apr_array_make(pool, 2, sizeof(mtls_explained_source_t));

    APR_ARRAY_PUSH(sources, mtls_explained_source_t) = source;
    e->sources = sources;
}

static const mtls_verdict_t foreign = {.reason = MTLS_REASON_UNTRUSTED_ISSUER,
                                       .valid_until = DAY_1 + 1000000,
                                       .error_depth = 1,
                                       .x509_error = 20};
static const mtls_verdict_t good = {
    .reason = MTLS_REASON_GOOD, .valid_until = DAY_1 + 2000000, .depth = 2};

/* A server's answer in which everything is there. */
static mtls_explanation_t full_explanation(const mtls_identity_t *identity,
                                           const mtls_principal_t *principal)
{
    mtls_explanation_t e = {.certificate = "posted certificate",
                            .url = "https://localhost/staff",
                            .time = DAY_1,
                            .identity = identity,
                            .principal = principal,
                            .status = 403,
                            .require = "Require mtls-group admins",
                            .require_at = {"httpd.conf", 12, 0}};

    add_profile(&e, "partner", foreign, "unable to get local issuer certificate");
    add_profile(&e, "staff", good, NULL);
    add_source(&e,
               (mtls_explained_source_t){"map", "staff.map", {"httpd.conf", 7, 0}, make_trace(3)});
    add_source(&e, (mtls_explained_source_t){"user", "email|lower", {0}, NULL});
    ck_assert_ptr_nonnull(mtls_explanation_accept(&e));
    e.reason = MTLS_REASON_NOT_IN_GROUP;
    return e;
}

static mtls_principal_t full_principal(void)
{
    return (mtls_principal_t){MTLS_REASON_GOOD, "alice", told_groups, 2,
                              told_attributes,  2,       "map",       {"staff.map", 3, 3},
                              "Hello."};
}

static const char full_text[] =
    "Asked\n"
    "  certificate    posted certificate\n"
    "  url            https://localhost/staff\n"
    "  time           2026-01-02T00:00:00Z\n"
    "\n"
    "Certificate\n"
    "  subject        CN=alice\n"
    "  issuer         CN=alice\n"
    "  serial         0x0ABC\n"
    "  not before     2026-01-01T00:00:00Z\n"
    "  not after      2027-01-01T00:00:00Z\n"
    "  san-dns        a.example\n"
    "  san-email      alice@example.org\n"
    "  san-dns        #62000D0A2E6578616D706C65\n"
    "  san-dns        c.example\n"
    "  san-upn        alice@corp\n"
    "  eku            1.3.6.1.5.5.7.3.2\n"
    "  eku            1.3.6.1.5.5.7.3.4\n"
    "  policy         2.23.140.1.2.3\n"
    "  qc-statement   0.4.0.1862.1.1\n"
    "  qc-statement   0.4.0.1862.1.6\n"
    "  qc-type        0.4.0.1862.1.6.1\n"
    "  key            EC, 256 bits\n"
    "  fingerprint    0011ab0000000000000000000000000000000000000000000000000000000000\n"
    "  spki           ffee000000000000000000000000000000000000000000000000000000000000\n"
    "\n"
    "Trust profiles\n"
    "  partner        refuses: untrusted-issuer at depth 1: Your certificate comes from an issuer "
    "that is not accepted here. (OpenSSL 20: unable to get local issuer certificate)\n"
    "  staff          accepts, depth 2, until 2026-01-02T00:00:02Z\n"
    "\n"
    "Sources of users\n"
    "  map staff.map (httpd.conf:7)\n"
    "    staff.map:1:3  passed   cn is \"n1\"\n"
    "    staff.map:2:3  unknown  cn is \"n2\"\n"
    "    staff.map:3:3  decided  cn is \"n3\"\n"
    "  user email|lower\n"
    "\n"
    "Answer\n"
    "  reason         not-in-group: Your certificate was accepted, but you are not in a group that "
    "may open this page.\n"
    "  accepted by    staff\n"
    "  user           alice\n"
    "  group          ops\n"
    "  group          staff\n"
    "  attribute      dept = R&D\n"
    "  attribute      desk = 4\n"
    "  message        Hello.\n"
    "  said by        map staff.map:3:3\n"
    "  refused by     Require mtls-group admins httpd.conf:12\n"
    "  status         403\n";

START_TEST(the_text_tells_everything_in_order)
{
    mtls_identity_t identity = full_identity();
    mtls_principal_t principal = full_principal();
    mtls_explanation_t e = full_explanation(&identity, &principal);

    ck_assert_str_eq(mtls_explanation_write(&e, pool), full_text);
}
END_TEST

START_TEST(an_explanation_of_nothing_is_text_and_JSON_too)
{
    mtls_explanation_t e = {0};
    json_error_t error;
    json_t *document = json_loads(mtls_explanation_write_json(&e, pool), 0, &error);

    ck_assert_str_eq(
        mtls_explanation_write(&e, pool),
        "Asked\n  time           1970-01-01T00:00:00Z\n\nCertificate\n"
        "                 cannot be read\n\nTrust profiles\n  none           was asked\n"
        "\nAnswer\n  reason         undecided: Nothing was decided about this "
        "request.\n");
    ck_assert_msg(document != NULL, "%s", error.text);
    ck_assert_uint_eq(json_object_size(document), 12);
    ck_assert(json_is_null(json_object_get(document, "identity")));
    ck_assert(json_is_null(json_object_get(document, "principal")));
    ck_assert(json_is_null(json_object_get(document, "status")));
    ck_assert(json_is_null(json_object_get(document, "require")));
    ck_assert(json_is_null(json_object_get(document, "accepted_by")));
    json_decref(document);
}
END_TEST

/* The document of full_explanation(), member by member, in the order in which they are written. */
static const char full_json[] =
    "{'certificate':'posted certificate','url':'https://localhost/staff',"
    "'time':'2026-01-02T00:00:00Z','identity':{'subject':'CN=alice','issuer':'CN=alice',"
    "'serial':'0ABC','not_before':'2026-01-01T00:00:00Z','not_after':'2027-01-01T00:00:00Z',"
    "'san':[{'type':'dns','value':'a.example'},{'type':'email','value':'alice@example.org'},"
    "{'type':'dns','value':'#62000D0A2E6578616D706C65'},{'type':'dns','value':'c.example'},"
    "{'type':'upn','value':'alice@corp'}],'san_complete':true,"
    "'eku':['1.3.6.1.5.5.7.3.2','1.3.6.1.5.5.7.3.4'],'eku_complete':true,"
    "'policy':['2.23.140.1.2.3'],'policy_complete':true,"
    "'qc_statement':['0.4.0.1862.1.1','0.4.0.1862.1.6'],'qc_type':['0.4.0.1862.1.6.1'],"
    "'qc_complete':true,'key_type':'EC','key_bits':256,'ca':false,"
    "'fingerprint':'0011ab0000000000000000000000000000000000000000000000000000000000',"
    "'spki':'ffee000000000000000000000000000000000000000000000000000000000000'},"
    "'profiles':[{'name':'partner','accepts':false,'reason':'untrusted-issuer',"
    "'title':'Your certificate comes from an issuer that is not accepted here.','depth':0,"
    "'error_depth':1,'x509_error':20,'x509_text':'unable to get local issuer certificate',"
    "'valid_until':'2026-01-02T00:00:01Z','lenient':false,'unasked':false},{'name':'staff','"
    "accepts':true,'reason':'good',"
    "'title':'Your certificate was accepted.','depth':2,'error_depth':0,'x509_error':0,"
    "'x509_text':null,'valid_until':'2026-01-02T00:00:02Z','lenient':false,'unasked':false}],'"
    "accepted_by':'staff',"
    "'sources':[{'kind':'map','what':'staff.map','at':{'file':'httpd.conf','line':7,'column':0},"
    "'steps':[{'at':{'file':'staff.map','line':1,'column':3},'end':'passed',"
    "'text':'cn is \\'n1\\''},{'at':{'file':'staff.map','line':2,'column':3},'end':'unknown',"
    "'text':'cn is \\'n2\\''},{'at':{'file':'staff.map','line':3,'column':3},'end':'decided',"
    "'text':'cn is \\'n3\\''}],'steps_omitted':0},"
    "{'kind':'user','what':'email|lower','at':null,'steps':[],'steps_omitted':0}],"
    "'principal':{'reason':'good','title':'Your certificate was accepted.','user':'alice',"
    "'groups':['ops','staff'],'attributes':{'dept':'R&D','desk':'4'},'source':'map',"
    "'rule':{'file':'staff.map','line':3,'column':3},'message':'Hello.'},"
    "'reason':'not-in-group','title':'Your certificate was accepted, but you are not in a group "
    "that may open this page.','status':403,"
    "'require':{'text':'Require mtls-group admins',"
    "'at':{'file':'httpd.conf','line':12,'column':0}}}";

static json_t *parse_json(const mtls_explanation_t *e)
{
    json_error_t error;
    const char *text = mtls_explanation_write_json(e, pool);
    json_t *document;

    ck_assert_ptr_nonnull(text);
    document = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    ck_assert_msg(document != NULL, "%s: %s", error.text, text);
    return document;
}

START_TEST(JSON_has_every_member_under_its_stable_name)
{
    mtls_identity_t identity = full_identity();
    mtls_principal_t principal = full_principal();
    mtls_explanation_t e = full_explanation(&identity, &principal);
    json_t *document = parse_json(&e);
    char *expected = apr_pstrdup(pool, full_json), *c;
    char *found = json_dumps(document, JSON_COMPACT);

    for (c = expected; *c; c++) {
        *c = (char)(*c == '\'' ? '"' : *c);
    }
    ck_assert_str_eq(found, expected);
    free(found);
    json_decref(document);
}
END_TEST

/* Every pointer to text of an explanation leads to something nasty. */
static mtls_explanation_t nasty_explanation(mtls_identity_t *identity, mtls_principal_t *principal)
{
    static const char *const nasty[] = {NASTY};
    static const mtls_attribute_t attributes[] = {{NASTY, NASTY}};
    mtls_trace_t *trace = make_trace(1);
    mtls_explanation_t e = {.certificate = NASTY,
                            .url = NASTY,
                            .time = DAY_1,
                            .identity = identity,
                            .principal = principal,
                            .require = NASTY,
                            .require_at = {NASTY, 1, 1}};

    APR_ARRAY_IDX(trace->steps, 0, mtls_trace_step_t) =
        (mtls_trace_step_t){{NASTY, 1, 1}, MTLS_TRACE_DECIDED, NASTY};
    *identity = full_identity();
    identity->ekus = nasty;
    identity->eku_count = 1;
    *principal = (mtls_principal_t){MTLS_REASON_GOOD, NASTY, nasty, 1, attributes, 1, NASTY,
                                    {NASTY, 1, 1},    NASTY};
    add_profile(&e, NASTY, foreign, NASTY);
    add_profile(&e, NASTY, good, NASTY);
    add_source(&e, (mtls_explained_source_t){NASTY, NASTY, {NASTY, 1, 1}, trace});
    mtls_explanation_accept(&e);
    return e;
}

static int count_of(const char *text, const char *what)
{
    int found = 0;

    for (; (text = strstr(text, what)) != NULL; text += strlen(what)) {
        found++;
    }
    return found;
}

START_TEST(T_N01_T_L01_no_value_brings_control_characters_along)
{
    mtls_identity_t identity;
    mtls_principal_t principal;
    mtls_explanation_t e = nasty_explanation(&identity, &principal);
    const char *text = mtls_explanation_write(&e, pool);
    const char *c;

    for (c = text; *c; c++) {
        ck_assert_msg((unsigned char)*c >= ' ' || *c == '\n', "octet %d", *c);
        ck_assert_int_ne(*c, 0x7f);
    }
    ck_assert_ptr_null(strstr(text, "\xc2\x9b"));
    ck_assert_ptr_null(strstr(text, "\xe2\x80\xae"));
    ck_assert_ptr_null(strstr(text, "\xff"));
    ck_assert_int_eq(count_of(text, nasty_shown), 21);
    ck_assert_int_eq(count_of(text, "\n"), count_of(full_text, "\n") - 7);
}
END_TEST

START_TEST(T_N01_T_L01_JSON_is_ASCII_and_reads_back)
{
    mtls_identity_t identity;
    mtls_principal_t principal;
    mtls_explanation_t e = nasty_explanation(&identity, &principal);
    const char *text = mtls_explanation_write_json(&e, pool);
    json_t *document = parse_json(&e);
    const json_t *value = json_object_get(document, "principal");
    const char *c;

    for (c = text; *c; c++) {
        ck_assert_msg((*c >= ' ' && *c <= '~') || *c == '\n', "octet %d", *c);
    }
    ck_assert_str_eq(json_string_value(json_object_get(value, "user")), nasty_shown);
    value = json_object_get(json_object_get(value, "attributes"), nasty_shown);
    ck_assert_str_eq(json_string_value(value), nasty_shown);
    value = json_object_get(document, "certificate");
    ck_assert_str_eq(json_string_value(value), nasty_shown);
    json_decref(document);
}
END_TEST

START_TEST(values_and_steps_are_bounded_and_what_is_left_out_is_counted)
{
    enum { MANY = 100000 };
    char *longest = apr_palloc(pool, MANY + 1);
    mtls_explanation_t e = {.certificate = longest};
    const json_t *source;
    json_t *document;
    const char *text;

    memset(longest, 'x', MANY);
    longest[MANY] = '\0';
    add_source(&e, (mtls_explained_source_t){"map", "m", {0}, make_trace(MANY)});
    text = mtls_explanation_write(&e, pool);
    ck_assert_uint_lt(strlen(text), 100 * MTLS_EXPLAIN_MAX_STEPS + MTLS_SHOWN_MAX);
    ck_assert_ptr_nonnull(strstr(text, "staff.map:900:3 "));
    ck_assert_ptr_nonnull(strstr(text, "(99000 rules that did not decide are left out)\n"
                                       "    staff.map:99901:3 "));
    ck_assert_ptr_nonnull(strstr(text, "staff.map:100000:3  decided"));
    ck_assert_ptr_null(strstr(text, "staff.map:901:3 "));
    ck_assert_ptr_nonnull(strstr(text, "xxx...\n"));
    document = parse_json(&e);
    source = json_array_get(json_object_get(document, "sources"), 0);
    ck_assert_uint_eq(json_array_size(json_object_get(source, "steps")), MTLS_EXPLAIN_MAX_STEPS);
    ck_assert_int_eq(json_integer_value(json_object_get(source, "steps_omitted")), 99000);
    ck_assert_uint_eq(json_string_length(json_object_get(document, "certificate")), MTLS_SHOWN_MAX);
    json_decref(document);
}
END_TEST

START_TEST(as_many_steps_as_are_told_are_all_told)
{
    const mtls_trace_t *trace = make_trace(MTLS_EXPLAIN_MAX_STEPS);
    int told, omitted, i;

    mtls_explanation_step(trace, 0, &told, &omitted);
    ck_assert_int_eq(told, MTLS_EXPLAIN_MAX_STEPS);
    ck_assert_int_eq(omitted, 0);
    for (i = 0; i < told; i++) {
        ck_assert_int_eq(mtls_explanation_step(trace, i, &told, &omitted)->at.line, i + 1);
    }
    ck_assert_ptr_null(mtls_explanation_step(trace, told, &told, &omitted));
    ck_assert_ptr_null(mtls_explanation_step(trace, -1, &told, &omitted));
    trace = make_trace(MTLS_EXPLAIN_MAX_STEPS + 1);
    ck_assert_ptr_null(mtls_explanation_step(trace, 900, &told, &omitted));
    ck_assert_int_eq(omitted, 1);
    ck_assert_int_eq(mtls_explanation_step(trace, 899, &told, &omitted)->at.line, 900);
    ck_assert_int_eq(mtls_explanation_step(trace, 901, &told, &omitted)->at.line, 902);
    ck_assert_int_eq(mtls_explanation_step(trace, told - 1, &told, &omitted)->at.line, 1001);
}
END_TEST

START_TEST(the_first_profile_that_accepts_or_the_most_telling_refusal)
{
    const mtls_verdict_t over = {.reason = MTLS_REASON_GOOD, .valid_until = DAY_1, .depth = 1};
    const mtls_verdict_t unpinned = {
        .reason = MTLS_REASON_NOT_PINNED, .valid_until = DAY_1 + 1, .x509_error = 50};
    mtls_explanation_t e = {.time = DAY_1, .accepted = 7};

    ck_assert_ptr_null(mtls_explanation_accept(&e));
    ck_assert_int_eq(e.reason, MTLS_REASON_UNDECIDED);
    ck_assert_int_eq(e.accepted, 0);
    add_profile(&e, "a", foreign, NULL);
    add_profile(&e, "b", unpinned, NULL);
    ck_assert_ptr_null(mtls_explanation_accept(&e));
    ck_assert_int_eq(e.reason, MTLS_REASON_NOT_PINNED);
    add_profile(&e, "c", over, NULL);
    ck_assert_ptr_null(mtls_explanation_accept(&e));
    ck_assert_int_eq(e.reason, MTLS_REASON_EXPIRED);
    add_profile(&e, "d", good, NULL);
    add_profile(&e, "e", good, NULL);
    ck_assert_str_eq(mtls_explanation_accept(&e)->name, "d");
    ck_assert_int_eq(e.accepted, 4);
    ck_assert_int_eq(e.reason, MTLS_REASON_GOOD);
}
END_TEST

START_TEST(T_R01_what_no_responder_was_asked_for_admits_nobody_but_the_tool_says_so)
{
    mtls_verdict_t unasked = good;
    mtls_explanation_t e = {.certificate = "a.pem", .time = DAY_1};
    const char *text;

    unasked.unasked = true;
    add_profile(&e, "a", unasked, NULL);
    ck_assert_ptr_null(mtls_explanation_accept(&e));
    ck_assert_int_eq(e.reason, MTLS_REASON_OCSP_UNREACHABLE);
    text = mtls_explanation_write(&e, pool);
    ck_assert_ptr_nonnull(strstr(text, "refuses: ocsp-unreachable"));
    ck_assert_ptr_null(strstr(text, "accepts"));

    e.offline = true;
    ck_assert_ptr_nonnull(mtls_explanation_accept(&e));
    ck_assert_int_eq(e.reason, MTLS_REASON_GOOD);
    text = mtls_explanation_write(&e, pool);
    ck_assert_ptr_nonnull(strstr(text,
                                 "accepts if its responder says so (OCSP), which is not asked "
                                 "here, depth 2, until 2026-01-02T00:00:02Z"));
    text = mtls_explanation_write_json(&e, pool);
    ck_assert_ptr_nonnull(strstr(text, "\"unasked\""));

    e.time = unasked.valid_until;
    ck_assert_ptr_null(mtls_explanation_accept(&e));
    ck_assert_int_eq(e.reason, MTLS_REASON_EXPIRED);
}
END_TEST

START_TEST(leniency_is_told)
{
    mtls_verdict_t lenient = good;
    mtls_explanation_t e = {.certificate = "a.pem", .time = DAY_1};

    lenient.lenient = true;
    add_profile(&e, "a", lenient, NULL);
    ck_assert_ptr_nonnull(mtls_explanation_accept(&e));
    ck_assert_ptr_nonnull(strstr(mtls_explanation_write(&e, pool),
                                 "accepts though a source of revocation could not say, depth 2"));
}
END_TEST

START_TEST(what_cannot_be_read_is_told_as_that)
{
    mtls_identity_t identity = full_identity();
    mtls_explanation_t e = {.identity = &identity};
    json_t *document;
    const json_t *value;
    const char *text;

    identity.eku_count = 0;
    identity.san_count = identity.policy_count = identity.qc_statement_count = 0;
    identity.sans_complete = identity.policies_complete = identity.qc_complete = false;
    identity.is_ca = true;
    text = mtls_explanation_write(&e, pool);
    ck_assert_ptr_nonnull(strstr(text, "  san            cannot be read\n"));
    ck_assert_ptr_nonnull(strstr(text, "  eku            cannot be read\n"));
    ck_assert_ptr_nonnull(strstr(text, "  policy         cannot be read\n"));
    ck_assert_ptr_nonnull(strstr(text, "  qc-statement   cannot be read\n"));
    ck_assert_ptr_nonnull(strstr(text, "  ca             yes\n"));
    document = parse_json(&e);
    value = json_object_get(document, "identity");
    ck_assert(json_is_false(json_object_get(value, "san_complete")));
    ck_assert(json_is_false(json_object_get(value, "eku_complete")));
    ck_assert(json_is_false(json_object_get(value, "policy_complete")));
    ck_assert(json_is_false(json_object_get(value, "qc_complete")));
    ck_assert(json_is_true(json_object_get(value, "ca")));
    json_decref(document);
}
END_TEST

START_TEST(text_is_cut_between_characters)
{
    ck_assert_str_eq(mtls_shown_text("", 4, pool), "");
    ck_assert_str_eq(mtls_shown_text("abcd", 4, pool), "abcd");
    ck_assert_str_eq(mtls_shown_text("abcde", 4, pool), "a...");
    ck_assert_str_eq(mtls_shown_text("abc\xc3\xa9", 5, pool), "abc\xc3\xa9");
    ck_assert_str_eq(mtls_shown_text("a\xc3\xa9\xc3\xa9", 5, pool), "a\xc3\xa9\xc3\xa9");
    ck_assert_str_eq(mtls_shown_text("a\xc3\xa9\xc3\xa9z", 5, pool), "a...");
    ck_assert_str_eq(mtls_shown_text("\x01\x02", 6, pool), FFFD FFFD);
    ck_assert_str_eq(mtls_shown_text("\x01\x02", 5, pool), "...");
}
END_TEST

START_TEST(places_leave_out_what_is_not_known)
{
    ck_assert_str_eq(mtls_shown_place((mtls_origin_t){NULL, 1, 1}, pool), "");
    ck_assert_str_eq(mtls_shown_place((mtls_origin_t){"f", 0, 1}, pool), "f");
    ck_assert_str_eq(mtls_shown_place((mtls_origin_t){"f", 2, 0}, pool), "f:2");
    ck_assert_str_eq(mtls_shown_place((mtls_origin_t){"f\n", 2, 3}, pool), "f" FFFD ":2:3");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {
        the_text_tells_everything_in_order,
        an_explanation_of_nothing_is_text_and_JSON_too,
        JSON_has_every_member_under_its_stable_name,
        T_N01_T_L01_no_value_brings_control_characters_along,
        T_N01_T_L01_JSON_is_ASCII_and_reads_back,
        values_and_steps_are_bounded_and_what_is_left_out_is_counted,
        as_many_steps_as_are_told_are_all_told,
        the_first_profile_that_accepts_or_the_most_telling_refusal,
        T_R01_what_no_responder_was_asked_for_admits_nobody_but_the_tool_says_so,
        leniency_is_told,
        what_cannot_be_read_is_told_as_that,
        text_is_cut_between_characters,
        places_leave_out_what_is_not_known,
        NULL};

    return run_tests("explain", tests);
}
