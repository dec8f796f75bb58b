/* SPDX-License-Identifier: Apache-2.0 */
/* T-N05: a result is never cut; T-N09: a second "@" makes nobody. */
#include <apr_strings.h>

#include "holder_fixture.h"
#include "mtls/policy/pattern.h"
#include "mtls/policy/reason.h"
#include "mtls/policy/template.h"
#include "policy_run.h"

static apr_array_header_t *capture_names(void)
{
    apr_array_header_t *names = apr_array_make(pool, 4, sizeof(const char *));

    APR_ARRAY_PUSH(names, const char *) = "1";
    APR_ARRAY_PUSH(names, const char *) = "who";
    APR_ARRAY_PUSH(names, const char *) = "empty";
    APR_ARRAY_PUSH(names, const char *) = "none";
    return names;
}

static apr_array_header_t *captures(void)
{
    apr_array_header_t *list = apr_array_make(pool, 4, sizeof(mtls_capture_t));

    APR_ARRAY_PUSH(list, mtls_capture_t) = (mtls_capture_t){"1", HOLDER_TEXT("first")};
    APR_ARRAY_PUSH(list, mtls_capture_t) = (mtls_capture_t){"who", HOLDER_TEXT("Bob@X.Example")};
    APR_ARRAY_PUSH(list, mtls_capture_t) = (mtls_capture_t){"empty", HOLDER_TEXT("")};
    APR_ARRAY_PUSH(list, mtls_capture_t) = (mtls_capture_t){"none", {NULL, 0}};
    return list;
}

static const mtls_template_t *compiled(const char *text, bool many)
{
    const mtls_template_t *tmpl;
    mtls_template_fault_t fault;
    bool good = mtls_template_compile(&tmpl, text, capture_names(), many, &fault, pool);

    ck_assert_msg(good, "%s: %s", text, good ? "" : fault.text);
    ck_assert_str_eq(mtls_template_text(tmpl), text);
    return tmpl;
}

/* The result, or the word of the reason in brackets. */
static const char *answer(mtls_reason_t reason, const char *out)
{
    return reason == MTLS_REASON_GOOD
               ? out
               : apr_pstrcat(pool, "<", mtls_reason_info(reason)->word, ">", NULL);
}

static const char *filled_with(const mtls_template_t *tmpl, const mtls_holder_t *holder)
{
    static const char untouched[] = "untouched";
    const char *out = untouched;
    mtls_reason_t reason = mtls_template_fill(&out, tmpl, holder, captures(), pool);

    if (reason != MTLS_REASON_GOOD) {
        ck_assert_ptr_eq(out, untouched);
    }
    return answer(reason, out);
}

/* The results with "," between them. */
static const char *each_with(const mtls_template_t *tmpl, const mtls_holder_t *holder)
{
    apr_array_header_t *out = apr_array_make(pool, 1, sizeof(const char *));
    mtls_reason_t reason;

    APR_ARRAY_PUSH(out, const char *) = "before";
    reason = mtls_template_fill_each(out, tmpl, holder, captures(), pool);
    if (reason != MTLS_REASON_GOOD) {
        ck_assert_int_eq(out->nelts, 1);
    }
    return answer(reason, apr_array_pstrcat(pool, out, ','));
}

START_TEST(fills)
{
    const struct {
        const char *text, *result;
    } cases[] = {
        {"fixed", "fixed"},
        {"{{{cn}}}", "{Alice Example}"},
        {"}}{{", "}{"},
        {"{cn}", "Alice Example"},
        {"{CN|lower}", "alice example"},
        {"x-{cn|upper}-y", "x-ALICE EXAMPLE-y"},
        {"{c}/{profile}", "DE/staff"},
        {"{o}", "Caf\xc3\x89 {Bar}"}, /* what is filled in is not read again */
        {"{o|lower}", "caf\xc3\x89 {bar}"},
        {"{email}", "Alice@Corp.Example"},
        {"{email|strip-realm}", "Alice"},
        {"{email|strip-realm|lower}", "alice"},
        {"{email|realm=corp.example|strip-realm|lower}", "alice"},
        {"{email|realm=CORP.EXAMPLE}", "Alice@Corp.Example"},
        {"{email|realm=orp.example}", "<user-unusable>"},
        {"{email|realm=corp.exampl}", "<user-unusable>"},
        {"{email|strip-realm|realm=corp.example}", "<user-unusable>"},
        {"{email.local}@{email.domain}", "Alice@Corp.Example"},
        {"{cn|strip-realm}", "Alice Example"},
        {"{uid|realm=krb.example|strip-realm}", "Alice"},
        {"{l}", "<user-ambiguous>"}, /* twice is twice, equal or not */
        {"{ou}", "<user-ambiguous>"},
        {"{san-dns}", "<user-ambiguous>"},
        {"{san-uri}", "<user-absent>"},
        {"{cn}{san-uri}", "<user-absent>"},
        {"{title}", "<user-unusable>"},
        {"{givenName}", "a@evil.example@corp.example"},
        {"{givenName|strip-realm}", "<user-unusable>"}, /* T-N09 */
        {"{givenName|realm=corp.example}", "<user-unusable>"},
        {"{sn|strip-realm}", "\"a@b\""},
        {"{sn|realm=corp.example}", "\"a@b\"@corp.example"},
        {"{sn|realm=b}", "<user-unusable>"},
        {"{$1}", "first"},
        {"{$who|strip-realm|lower}", "bob"},
        {"{$1}-{$who}", "first-Bob@X.Example"},
        {"{$empty}", "<user-absent>"},
        {"a{$empty}", "<user-absent>"},
        {"a{$none}", "<user-absent>"},
    };
    int i;

    for (i = 0; i < COUNT_OF(cases); i++) {
        const char *result = filled_with(compiled(cases[i].text, false), &holder_fixture);

        ck_assert_msg(strcmp(result, cases[i].result) == 0, "%s: %s", cases[i].text, result);
        ck_assert_str_eq(each_with(compiled(cases[i].text, true), &holder_fixture),
                         result[0] == '<' ? result : apr_pstrcat(pool, "before,", result, NULL));
    }
}
END_TEST

START_TEST(each)
{
    const struct {
        const char *text, *result;
    } cases[] = {
        {"{each ou}", "before,Ops,Staff"},
        {"dept-{each ou|lower}-{c}", "before,dept-ops-DE,dept-staff-DE"},
        {"{each san-uri}", "before"},
        {"{each cn}", "before,Alice Example"},
        {"{each ou}{san-uri}", "<user-absent>"},
        {"{each san-uri}{san-dns}", "before"},
        {"{each title}", "<user-unusable>"},
        {"{each ou|realm=x}", "<user-unusable>"},
        {"{each st|strip-realm}", "<user-unusable>"}, /* nothing of it, though the first is good */
        {"{each ou}{$none}", "<user-absent>"},
    };
    int i;

    for (i = 0; i < COUNT_OF(cases); i++) {
        const char *result = each_with(compiled(cases[i].text, true), &holder_fixture);

        ck_assert_msg(strcmp(result, cases[i].result) == 0, "%s: %s", cases[i].text, result);
    }
    ck_assert_str_eq(filled_with(compiled("{each ou}", true), &holder_fixture), "<internal>");
}
END_TEST

START_TEST(nothing_is_cut_T_N05)
{
    mtls_attr_t attr = HOLDER_ATTR("2.5.4.3", "CN", "");
    const mtls_rdn_t rdn = {&attr, 1};
    mtls_identity_t identity = holder_identity;
    const mtls_holder_t holder = {&identity, "staff"};
    const apr_size_t lens[] = {31, 32, 33, 64, 255, 256, MTLS_TEMPLATE_MAX, MTLS_TEMPLATE_MAX + 1};
    char *text = apr_palloc(pool, MTLS_TEMPLATE_MAX + 2);
    int i;

    identity.subject.rdns = &rdn;
    identity.subject.count = 1;
    for (i = 0; i < COUNT_OF(lens); i++) {
        memset(text, 'a', lens[i]);
        text[lens[i]] = '\0';
        attr.text.data = (const unsigned char *)text;
        attr.text.len = lens[i];
        ck_assert_str_eq(filled_with(compiled("{cn}", false), &holder),
                         lens[i] > MTLS_TEMPLATE_MAX ? "<user-unusable>" : text);
    }
    attr.text.len = MTLS_TEMPLATE_MAX;
    text[MTLS_TEMPLATE_MAX] = '\0';
    ck_assert_str_eq(filled_with(compiled("{cn}{profile}", false), &holder), "<user-unusable>");
    ck_assert_str_eq(filled_with(compiled("{cn}{cn}", false), &holder), "<user-unusable>");
}
END_TEST

START_TEST(refused)
{
    const struct {
        const char *text;
        bool many;
        int offset;
        const char *says;
    } bad[] = {
        {"", false, 0, "empty"},
        {"a{cn", false, 1, "without its '}'"},
        {"a{", false, 1, "without its '}'"},
        {"a}b", false, 1, "without its '{'"},
        {"{cn}}", false, 4, "without its '{'"},
        {"{{{cn}", true, -1, NULL},
        {"{}", false, 1, "unknown field"},
        {"x{cm}", false, 2, "unknown field"},
        {"x{cn|}", false, 5, "unknown transform ''; use lower, upper, strip-realm or realm=VALUE"},
        {"x{cn|lowre}", false, 5, "use lower, upper, strip-realm or realm=VALUE"},
        {"x{cn|lower|Upper}", false, 11, "use lower"},
        {"x{cn|realm}", false, 5, "realm=VALUE"},
        {"x{cn|realm=}", false, 5, "is no realm"},
        {"x{cn|realm=a@b}", false, 5, "is no realm"},
        {"x{cn|lower=x}", false, 5, "unknown transform"},
        {"{$2}", false, 1, "'$2'"},
        {"{$Who}", false, 1, "'$Who'"},
        {"{$}", false, 1, "'$'"},
        {"{each cn}", false, 1, "room for one"},
        {"{each ou}{each ou}", true, 10, "second {each"},
        {"{each $1}", true, 6, "unknown field"},
        {"x$1", false, 1, "stands in braces: {$1}"},
        {"x\\1", false, 1, "stands in braces: {$1}"},
        {"a-$who@b", false, 2, "stands in braces: {$who}"},
        {"$2 $ \\ $whom $", false, -1, NULL},
        {"a\nb", false, 1, "control"},
        {"ab\xc2\x85", false, 2, "control"},
        {"a\xff", false, 1, "UTF-8"},
        {"{cn|lower|lower|lower|lower|lower|lower|lower|lower|lower}", false, 52,
         "at most 8 transforms"},
        {"{c}{c}{c}{c}{c}{c}{c}{c}{c}{c}{c}{c}{c}{c}{c}{c}{c}{c}{c}{c}{c}{c}{c}{c}{c}{c}{c}{c}{c}"
         "{c}{c}{c}{c}",
         false, 96, "at most 32"},
    };
    const mtls_template_t *tmpl;
    mtls_template_fault_t fault;
    int i;

    for (i = 0; i < COUNT_OF(bad); i++) {
        bool good =
            mtls_template_compile(&tmpl, bad[i].text, capture_names(), bad[i].many, &fault, pool);

        ck_assert_msg(good == (bad[i].says == NULL), "%s", bad[i].text);
        if (!good) {
            ck_assert_ptr_null(tmpl);
            ck_assert_msg(strstr(fault.text, bad[i].says) != NULL, "%s: %s", bad[i].text,
                          fault.text);
            ck_assert_msg(fault.offset == bad[i].offset, "%s: %d", bad[i].text, fault.offset);
        }
    }
    ck_assert(!mtls_template_compile(&tmpl, "{$1}", NULL, false, &fault, pool));
}
END_TEST

START_TEST(of_field)
{
    const struct {
        int argc;
        const char *argv[4];
        const char *result, *fault;
    } cases[] = {
        {1, {"cn"}, "Alice Example", NULL},
        {3, {"email", "strip-realm", "lower"}, "alice", NULL},
        {3, {"email", "realm=corp.example", "strip-realm"}, "Alice", NULL},
        {2, {"email", "realm=example.org"}, "<user-unusable>", NULL},
        {1, {"ou"}, "<user-ambiguous>", NULL},
        {0, {NULL}, NULL, "unknown field"},
        {1, {"cm"}, NULL, "unknown field"},
        {2, {"cn", "lowre"}, NULL, "use lower, upper, strip-realm or realm=VALUE"},
        {1, {"$1"}, NULL, "captures"},
        {1, {"each ou"}, NULL, "room for one"},
        {1, {"cn|lower"}, NULL, "no field and no transform"},
        {1, {"cn}x"}, NULL, "no field and no transform"},
        {2, {"cn", "realm={x"}, NULL, "no field and no transform"},
    };
    const mtls_template_t *tmpl;
    int i;

    for (i = 0; i < COUNT_OF(cases); i++) {
        const char *fault = mtls_template_of_field(&tmpl, cases[i].argc, cases[i].argv, pool);

        if (cases[i].fault) {
            ck_assert_msg(fault && strstr(fault, cases[i].fault), "%d: %s", i, fault);
            continue;
        }
        ck_assert_msg(fault == NULL, "%d: %s", i, fault);
        ck_assert_str_eq(filled_with(tmpl, &holder_fixture), cases[i].result);
    }
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {fills, each, nothing_is_cut_T_N05, refused, of_field, NULL};
    return run_tests("template", tests);
}
