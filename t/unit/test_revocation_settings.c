/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>
#include <string.h>

#include "mtls/policy/directives.h"
#include "mtls/policy/revocation_settings.h"
#include "policy_run.h"

static const char *path_of(void *baton, const char *path)
{
    (void)baton;
    return path[0] == '/' ? apr_pstrdup(pool, path) : NULL;
}

/* Apply one line as if it stood at t.conf:number. */
static const char *apply(mtls_profile_spec_t *spec, const char *line, int number)
{
    mtls_parse_t parse = {{"t.conf", number, 0}, pool, path_of, NULL};
    char **words;
    int i, count = 0;

    ck_assert_int_eq(apr_tokenize_to_argv(line, &words, pool), APR_SUCCESS);
    while (words[count]) {
        count++;
    }
    for (i = 0; strcmp(mtls_directives[i].name, words[0]) != 0; i++) {
        ck_assert_msg(i + 1 < MTLS_DIRECTIVE_COUNT, "no directive %s", words[0]);
    }
    ck_assert_uint_eq(mtls_directives[i].where, MTLS_WHERE_PROFILE);
    return mtls_directive_apply(&mtls_directives[i], spec, count - 1,
                                (const char *const *)&words[1], &parse);
}

static mtls_profile_spec_t *new_spec(void)
{
    return mtls_profile_spec_make("staff", (mtls_origin_t){"t.conf", 1, 0}, pool);
}

/* Lines of a profile, "; " between them; the first is line 2. */
static mtls_profile_spec_t *profile(const char *lines)
{
    mtls_profile_spec_t *spec = new_spec();
    char *rest = apr_pstrdup(pool, lines), *line;
    int number = 2;

    while (rest && *rest) {
        char *end = strstr(rest, "; ");
        const char *fault;

        line = rest;
        rest = end ? end + 2 : NULL;
        if (end) {
            *end = '\0';
        }
        fault = apply(spec, line, number++);
        ck_assert_msg(!fault, "%s: %s", line, fault);
    }
    return spec;
}

static const char *item(const apr_array_header_t *list, int i)
{
    ck_assert_int_lt(i, list->nelts);
    return APR_ARRAY_IDX(list, i, mtls_sourced_t).value;
}

START_TEST(values_land_where_they_belong)
{
    const mtls_revocation_spec_t *r =
        &profile("MTLSCRLFile /a /b; MTLSCRLPath /d; MTLSCRLSignerFile /s; "
                 "MTLSCRLFetch certificates http://ca.example.org/a.crl; "
                 "MTLSCRLFetch https://b.example.org/b.crl; MTLSCRLFetchLimit 1M 10s; "
                 "MTLSFetchHosts CA.Example.org *.example.net 192.0.2.1; "
                 "MTLSOCSPResponder http://o.example.org/ override; "
                 "MTLSOCSPResponderCertificateFile /r; MTLSOCSPNonce require; MTLSOCSPMethod get; "
                 "MTLSOCSPTimeout 500ms; MTLSOCSPTime max-age=1h; MTLSOCSPTime skew=5m; "
                 "MTLSRevocationOrder ocsp crl")
             ->revocation;

    ck_assert_str_eq(item(r->crl.files, 0), "/a");
    ck_assert_str_eq(item(r->crl.files, 1), "/b");
    ck_assert_str_eq(item(r->crl.dirs, 0), "/d");
    ck_assert_str_eq(item(r->crl.signer_files, 0), "/s");
    ck_assert_int_eq(r->crl.at.line, 2);
    ck_assert_int_eq(r->crl.fetch_from_certs, MTLS_ON);
    ck_assert_str_eq(item(r->crl.fetch_urls, 0), "http://ca.example.org/a.crl");
    ck_assert_str_eq(item(r->crl.fetch_urls, 1), "https://b.example.org/b.crl");
    ck_assert_int_eq(APR_ARRAY_IDX(r->crl.fetch_urls, 1, mtls_sourced_t).at.line, 6);
    ck_assert_uint_eq(r->crl.fetch_size, 1048576);
    ck_assert_int_eq(r->crl.fetch_time, apr_time_from_sec(10));
    ck_assert_str_eq(item(r->fetch_hosts, 0), "ca.example.org");
    ck_assert_str_eq(item(r->fetch_hosts, 1), "*.example.net");
    ck_assert_str_eq(item(r->fetch_hosts, 2), "192.0.2.1");
    ck_assert_str_eq(r->ocsp.responder.value, "http://o.example.org/");
    ck_assert_int_eq(r->ocsp.responder.at.line, 9);
    ck_assert_int_eq(r->ocsp.responder_override, MTLS_ON);
    ck_assert_str_eq(item(r->ocsp.responder_certs, 0), "/r");
    ck_assert_int_eq(r->ocsp.nonce, MTLS_NONCE_REQUIRE);
    ck_assert_int_eq(r->ocsp.method, MTLS_OCSP_GET);
    ck_assert_int_eq(r->ocsp.timeout, apr_time_from_msec(500));
    ck_assert_int_eq(r->ocsp.max_age, apr_time_from_sec(3600));
    ck_assert_int_eq(r->ocsp.skew, apr_time_from_sec(300));
    ck_assert_int_eq(r->ocsp.at.line, 9);
    ck_assert_int_eq(r->order, MTLS_ORDER_OCSP_FIRST);
    ck_assert_int_eq(r->order_at.line, 16);
}
END_TEST

static const struct {
    const char *line;
    mtls_reach_t reach;
    mtls_lack_t lack;
    int grace; /* seconds */
} manners[] = {
    {"MTLSCRLCheck chain", MTLS_REACH_CHAIN, MTLS_LACK_UNSET, 0},
    {"MTLSCRLCheck leaf strict hard", MTLS_REACH_LEAF, MTLS_LACK_HARD, 0},
    {"MTLSCRLCheck chain hard missing-ok", MTLS_REACH_CHAIN, MTLS_LACK_SOFT, 0},
    {"MTLSCRLCheck chain grace=2d missing-ok", MTLS_REACH_CHAIN, MTLS_LACK_SOFT, 172800},
    {"MTLSCRLCheck chain strict grace=1", MTLS_REACH_CHAIN, MTLS_LACK_HARD, 1},
    {"MTLSCRLCheck none", MTLS_REACH_NONE, MTLS_LACK_UNSET, 0},
    {"MTLSOCSP leaf", MTLS_REACH_LEAF, MTLS_LACK_UNSET, 0},
    {"MTLSOCSP chain soft", MTLS_REACH_CHAIN, MTLS_LACK_SOFT, 0},
    {"MTLSOCSP chain grace=1h hard", MTLS_REACH_CHAIN, MTLS_LACK_HARD, 3600},
    {"MTLSOCSP off", MTLS_REACH_NONE, MTLS_LACK_UNSET, 0},
};

START_TEST(T_F04_words_stand_in_any_order)
{
    int i;

    for (i = 0; i < COUNT_OF(manners); i++) {
        mtls_profile_spec_t *spec = profile(manners[i].line);
        bool crl = strncmp(manners[i].line, "MTLSCRL", 7) == 0;
        const mtls_revocation_spec_t *r = &spec->revocation;

        ck_assert_int_eq(crl ? r->crl.reach : r->ocsp.reach, manners[i].reach);
        ck_assert_int_eq(crl ? r->crl.missing : r->ocsp.lack, manners[i].lack);
        ck_assert_int_eq(crl ? r->crl.grace : r->ocsp.grace, apr_time_from_sec(manners[i].grace));
        ck_assert_int_eq(crl ? r->crl.at.line : r->ocsp.at.line, 2);
        ck_assert_int_eq(crl ? r->ocsp.reach : r->crl.reach, MTLS_REACH_UNSET);
        ck_assert_ptr_nonnull(strstr(apply(spec, manners[i].line, 3), "was already set"));
    }
}
END_TEST

static const struct {
    const char *line;
    const char *fault;
} rows[] = {
    {"MTLSCRLFile", "MTLSCRLFile: takes 1 or more arguments, found 0"},
    {"MTLSCRLFile /a b", "MTLSCRLFile: 'b' is not a path; use one below ServerRoot or absolute"},
    {"MTLSCRLPath b", "MTLSCRLPath: 'b' is not a path; use one below ServerRoot or absolute"},
    {"MTLSCRLSignerFile b",
     "MTLSCRLSignerFile: 'b' is not a path; use one below ServerRoot or absolute"},
    {"MTLSCRLCheck strict", "MTLSCRLCheck: unknown choice 'strict'; use chain, leaf or none"},
    {"MTLSCRLCheck chain soft", "MTLSCRLCheck: unknown word 'soft'; use strict or missing-ok, and "
                                "hard or grace=DURATION"},
    {"MTLSCRLCheck chain strict missing-ok",
     "MTLSCRLCheck: 'missing-ok' stands beside 'strict'; keep one of them"},
    {"MTLSCRLCheck chain hard grace=1d",
     "MTLSCRLCheck: 'hard' leaves no grace; keep 'hard' or 'grace=', not both"},
    {"MTLSCRLCheck chain grace=1d hard",
     "MTLSCRLCheck: 'hard' leaves no grace; keep 'hard' or 'grace=', not both"},
    {"MTLSCRLCheck chain hard hard", "MTLSCRLCheck: 'hard' is said twice; keep one of them"},
    {"MTLSCRLCheck chain grace=1d grace=2d",
     "MTLSCRLCheck: 'grace=' is said twice; keep one of them"},
    {"MTLSCRLCheck chain grace=0", "MTLSCRLCheck: '0' is out of range; use 1s to 365d"},
    {"MTLSCRLCheck chain grace=366d", "MTLSCRLCheck: '366d' is out of range; use 1s to 365d"},
    {"MTLSCRLCheck none strict",
     "MTLSCRLCheck: 'none' stands alone; use none, or chain or leaf with other words"},
    {"MTLSCRLCheck chain strict hard x", "MTLSCRLCheck: takes 1 to 3 arguments, found 4"},
    {"MTLSCRLFetch off certificates",
     "MTLSCRLFetch: 'off' stands alone; use off, or 'certificates' and URLs"},
    {"MTLSCRLFetch certificates off",
     "MTLSCRLFetch: 'off' is not an absolute URL; use http://HOST/... or https://HOST/..."},
    {"MTLSCRLFetch ftp://h/x",
     "MTLSCRLFetch: 'ftp://h/x' is not an absolute URL; use http://HOST/... or https://HOST/..."},
    {"MTLSCRLFetch certificates http://a/x http://u@b/x",
     "MTLSCRLFetch: 'http://u@b/x' has a user before its host; leave out all before '@'"},
    {"MTLSCRLFetchLimit 1M", "MTLSCRLFetchLimit: takes 2 arguments, found 1"},
    {"MTLSCRLFetchLimit 2G 1s", "MTLSCRLFetchLimit: '2G' is out of range; use 1K to 1G"},
    {"MTLSCRLFetchLimit 1M 2h", "MTLSCRLFetchLimit: '2h' is out of range; use 100ms to 1h"},
    {"MTLSFetchHosts a.example.org b:80",
     "MTLSFetchHosts: 'b:80' is not a host; use a DNS name, '*.' and one for all names below it, "
     "or an address, without a port"},
    {"MTLSOCSP on", "MTLSOCSP: unknown choice 'on'; use leaf, chain or off"},
    {"MTLSOCSP leaf hard soft", "MTLSOCSP: 'soft' stands beside 'hard'; keep one of them"},
    {"MTLSOCSP leaf strict",
     "MTLSOCSP: unknown word 'strict'; use hard or soft, and grace=DURATION"},
    {"MTLSOCSP off soft",
     "MTLSOCSP: 'off' stands alone; use off, or leaf or chain with other words"},
    {"MTLSOCSPResponder o.example.org",
     "MTLSOCSPResponder: 'o.example.org' is not an absolute URL; use http://HOST/... or "
     "https://HOST/..."},
    {"MTLSOCSPResponder http://o/ always",
     "MTLSOCSPResponder: unknown word 'always'; use URL, or URL override"},
    {"MTLSOCSPResponderCertificateFile b",
     "MTLSOCSPResponderCertificateFile: 'b' is not a path; use "
     "one below ServerRoot or absolute"},
    {"MTLSOCSPNonce on", "MTLSOCSPNonce: unknown choice 'on'; use off, optional or require"},
    {"MTLSOCSPMethod GET", "MTLSOCSPMethod: unknown method 'GET'; use post or get"},
    {"MTLSOCSPTimeout 99ms", "MTLSOCSPTimeout: '99ms' is out of range; use 100ms to 1m"},
    {"MTLSOCSPTimeout 61s", "MTLSOCSPTimeout: '61s' is out of range; use 100ms to 1m"},
    {"MTLSOCSPTime 60s", "MTLSOCSPTime: unknown time '60s'; use skew=DURATION or max-age=DURATION"},
    {"MTLSOCSPTime skew=2h", "MTLSOCSPTime: '2h' is out of range; use 1s to 1h"},
    {"MTLSOCSPTime max-age=0", "MTLSOCSPTime: '0' is out of range; use 1s to 365d"},
    {"MTLSOCSPTime skew=1s skew=2s",
     "MTLSOCSPTime: was already set in this profile; keep one of them"},
    {"MTLSRevocationOrder both",
     "MTLSRevocationOrder: unknown source 'both'; use all, crl or ocsp"},
    {"MTLSRevocationOrder crl",
     "MTLSRevocationOrder: an order names both sources; use 'all', 'crl ocsp' or 'ocsp crl'"},
    {"MTLSRevocationOrder all ocsp",
     "MTLSRevocationOrder: an order names both sources; use 'all', 'crl ocsp' or 'ocsp crl'"},
    {"MTLSRevocationOrder ocsp all",
     "MTLSRevocationOrder: an order names both sources; use 'all', 'crl ocsp' or 'ocsp crl'"},
    {"MTLSRevocationOrder crl crl",
     "MTLSRevocationOrder: an order names both sources; use 'all', 'crl ocsp' or 'ocsp crl'"},
};

START_TEST(each_faulty_line_is_said_to_be_wrong_and_changes_nothing)
{
    int i;

    for (i = 0; i < COUNT_OF(rows); i++) {
        mtls_profile_spec_t *spec = new_spec();
        mtls_profile_spec_t was = *spec;
        const mtls_revocation_spec_t *r = &spec->revocation;
        const char *fault = apply(spec, rows[i].line, 2);

        ck_assert_msg(fault != NULL, "accepted %s", rows[i].line);
        ck_assert_str_eq(fault, rows[i].fault);
        ck_assert_mem_eq(spec, &was, sizeof(was));
        ck_assert_int_eq(r->crl.files->nelts + r->crl.dirs->nelts + r->crl.signer_files->nelts +
                             r->crl.fetch_urls->nelts + r->ocsp.responder_certs->nelts +
                             r->fetch_hosts->nelts,
                         0);
    }
}
END_TEST

START_TEST(single_values_are_said_once)
{
    const char *const lines[] = {"MTLSCRLFetchLimit 1M 1s",     "MTLSOCSPResponder http://a/",
                                 "MTLSOCSPNonce optional",      "MTLSOCSPMethod post",
                                 "MTLSOCSPTimeout 1s",          "MTLSOCSPTime max-age=1h skew=1s",
                                 "MTLSRevocationOrder crl ocsp"};
    mtls_profile_spec_t *spec = new_spec();
    int i;

    for (i = 0; i < COUNT_OF(lines); i++) {
        ck_assert_ptr_null(apply(spec, lines[i], 2));
        ck_assert_ptr_nonnull(
            strstr(apply(spec, lines[i], 3), "was already set in this profile; keep one of them"));
    }
    ck_assert_int_eq(spec->revocation.ocsp.responder_override, MTLS_OFF);
}
END_TEST

START_TEST(fetching_is_off_or_something)
{
    mtls_profile_spec_t *spec = profile("MTLSCRLFetch off");

    ck_assert_int_eq(spec->revocation.crl.fetch_from_certs, MTLS_OFF);
    ck_assert(!mtls_revocation_spec_fetches(&spec->revocation));
    ck_assert_ptr_nonnull(strstr(apply(spec, "MTLSCRLFetch http://a/", 3), "'off' stands alone"));
    spec = profile("MTLSCRLFetch http://a/");
    ck_assert_int_eq(spec->revocation.crl.fetch_from_certs, MTLS_UNSET);
    ck_assert(mtls_revocation_spec_fetches(&spec->revocation));
    ck_assert_ptr_nonnull(strstr(apply(spec, "MTLSCRLFetch off", 3), "'off' stands alone"));
    ck_assert(mtls_revocation_spec_fetches(&profile("MTLSCRLFetch certificates")->revocation));
}
END_TEST

START_TEST(MTLSCRLCheck_tells_where_it_stands)
{
    ck_assert_int_eq(profile("MTLSCRLFile /a; MTLSCRLCheck leaf")->revocation.crl.at.line, 3);
    ck_assert_int_eq(profile("MTLSCRLCheck leaf; MTLSCRLFile /a")->revocation.crl.at.line, 2);
    ck_assert_int_eq(profile("MTLSOCSPNonce off; MTLSOCSP leaf")->revocation.ocsp.at.line, 3);
    ck_assert_int_eq(profile("MTLSOCSP leaf; MTLSOCSPNonce off")->revocation.ocsp.at.line, 2);
}
END_TEST

/* What is told of a profile: "" or "LINE TEXT\n"... */
static const char *told(const mtls_profile_spec_t *spec)
{
    mtls_faults_t *faults = mtls_faults_make(pool);
    const char *text = "";
    int i;

    mtls_revocation_spec_check(spec, faults);
    for (i = 0; i < mtls_faults_count(faults); i++) {
        const mtls_fault_t *fault = mtls_faults_get(faults, i);

        ck_assert_str_eq(fault->at.file, "t.conf");
        ck_assert(!fault->warning);
        text = apr_psprintf(pool, "%s%d %s\n", text, fault->at.line, fault->text);
    }
    return text;
}

#define NO_OCSP                                                                                    \
    "MTLSOCSP...: nobody is asked by OCSP in this profile; add MTLSOCSP leaf or MTLSOCSP chain\n"
#define NO_HOSTS                                                                                   \
    "MTLSFetchHosts: no URL of a certificate is used in this profile; add MTLSCRLFetch "           \
    "certificates, or MTLSOCSP without a responder that overrides\n"
#define PINS_ONLY                                                                                  \
    ": profile staff has pins and no CA, and who revokes is a CA; take the pin out to revoke a "   \
    "certificate, or add MTLSCACertificateFile\n"

static const struct {
    const char *lines;
    const char *told;
} profiles[] = {
    {"MTLSCACertificateFile /ca", ""},
    {"MTLSCRLFile /a", ""},
    {"MTLSCRLPath /a; MTLSCRLCheck leaf; MTLSCRLSignerFile /s", ""},
    {"MTLSCRLFetch http://a/; MTLSCRLFetchLimit 1M 1s; MTLSCRLCheck chain", ""},
    {"MTLSCRLFetch certificates; MTLSFetchHosts a.example.org; MTLSCRLSignerFile /s", ""},
    {"MTLSOCSP leaf; MTLSFetchHosts a; MTLSOCSPNonce off; MTLSOCSPResponder http://a/", ""},
    {"MTLSCRLFile /a; MTLSOCSP leaf; MTLSRevocationOrder crl ocsp", ""},
    {"MTLSCRLFile /a; MTLSRevocationOrder all", ""},
    {"MTLSOCSP chain; MTLSRevocationOrder all", ""},
    {"MTLSCRLCheck chain",
     "2 MTLSCRLCheck: 'chain' needs CRLs; add MTLSCRLFile, MTLSCRLPath or MTLSCRLFetch\n"},
    {"MTLSCRLFetch off; MTLSCRLCheck leaf strict",
     "3 MTLSCRLCheck: 'leaf' needs CRLs; add MTLSCRLFile, MTLSCRLPath or MTLSCRLFetch\n"},
    {"MTLSCRLSignerFile /s; MTLSCRLSignerFile /t",
     "2 MTLSCRLSignerFile: there are no CRLs that its keys could have signed; add MTLSCRLFile, "
     "MTLSCRLPath or MTLSCRLFetch\n"},
    {"MTLSCRLFile /a; MTLSCRLFetchLimit 1M 1s",
     "3 MTLSCRLFetchLimit: nothing is fetched; add MTLSCRLFetch certificates or MTLSCRLFetch "
     "URL\n"},
    {"MTLSOCSPResponder http://a/ override", "2 " NO_OCSP},
    {"MTLSOCSPResponderCertificateFile /a", "2 " NO_OCSP},
    {"MTLSOCSPNonce off", "2 " NO_OCSP},
    {"MTLSOCSPMethod get", "2 " NO_OCSP},
    {"MTLSOCSPTimeout 1s", "2 " NO_OCSP},
    {"MTLSOCSPTime skew=1s", "2 " NO_OCSP},
    {"MTLSOCSPTime max-age=1s", "2 " NO_OCSP},
    {"MTLSCRLFile /a; MTLSFetchHosts a b", "3 " NO_HOSTS},
    {"MTLSCRLFetch http://a/; MTLSFetchHosts a", "3 " NO_HOSTS},
    {"MTLSOCSP leaf; MTLSOCSPResponder http://a/ override; MTLSFetchHosts a", "4 " NO_HOSTS},
    {"MTLSRevocationOrder all",
     "2 MTLSRevocationOrder: there are no sources to put in order; add MTLSCRLFile, MTLSCRLPath or "
     "MTLSCRLFetch, and MTLSOCSP, or leave this out\n"},
    {"MTLSCRLFile /a; MTLSRevocationOrder crl ocsp",
     "3 MTLSRevocationOrder: there is one source only to put in order; add MTLSOCSP, or leave this "
     "out\n"},
    {"MTLSOCSP leaf; MTLSRevocationOrder ocsp crl",
     "3 MTLSRevocationOrder: there is one source only to put in order; add MTLSCRLFile, "
     "MTLSCRLPath or MTLSCRLFetch, or leave this out\n"},
    {"MTLSPinFile /p; MTLSCRLFile /a", "3 MTLSCRLFile" PINS_ONLY},
    {"MTLSPinFile /p; MTLSCRLCheck chain", "3 MTLSCRLCheck" PINS_ONLY},
    {"MTLSPinFile /p; MTLSCRLFile /a; MTLSCRLCheck leaf", "4 MTLSCRLCheck" PINS_ONLY},
    {"MTLSPinFile /p; MTLSCRLPath /a; MTLSCRLFile /a", "3 MTLSCRLPath" PINS_ONLY},
    {"MTLSPinFile /p; MTLSCRLSignerFile /a; MTLSCRLFile /a", "3 MTLSCRLSignerFile" PINS_ONLY},
    {"MTLSPinFile /p; MTLSCRLFetch certificates; MTLSCRLFile /a", "3 MTLSCRLFetch" PINS_ONLY},
    {"MTLSPinFile /p; MTLSCRLFetch http://a/; MTLSCRLFile /a", "3 MTLSCRLFetch" PINS_ONLY},
    {"MTLSPinFile /p; MTLSCRLFetchLimit 1M 1s; MTLSCRLFile /a", "3 MTLSCRLFetchLimit" PINS_ONLY},
    {"MTLSPinFile /p; MTLSOCSP leaf", "3 MTLSOCSP" PINS_ONLY},
    {"MTLSPinFile /p; MTLSOCSP leaf; MTLSCACertificatePath /ca", ""},
    {"MTLSPinFile /p; MTLSOCSP off; MTLSCRLCheck none", ""},
    {"MTLSCRLCheck chain; MTLSOCSPNonce off",
     "2 MTLSCRLCheck: 'chain' needs CRLs; add MTLSCRLFile, MTLSCRLPath or MTLSCRLFetch\n"
     "3 " NO_OCSP},
    /* turned off in so many words: the rest may stay */
    {"MTLSCRLFile /a; MTLSCRLCheck none; MTLSOCSP leaf; MTLSRevocationOrder crl ocsp", ""},
    {"MTLSOCSP off; MTLSOCSPResponder http://a/; MTLSOCSPNonce require; MTLSFetchHosts a", ""},
    {"MTLSCRLFetch off; MTLSCRLFetchLimit 1M 1s; MTLSFetchHosts a; MTLSCRLSignerFile /s", ""},
    {"MTLSCRLFile /a; MTLSOCSP off; MTLSRevocationOrder ocsp crl", ""},
};

START_TEST(what_has_nothing_to_work_on_is_told)
{
    int i;

    for (i = 0; i < COUNT_OF(profiles); i++) {
        const char *text = told(profile(profiles[i].lines));

        ck_assert_msg(strcmp(text, profiles[i].told) == 0, "%s\n  told: %s  not:  %s",
                      profiles[i].lines, text, profiles[i].told);
    }
}
END_TEST

START_TEST(what_a_profile_needs)
{
    const mtls_revocation_spec_t *r = &new_spec()->revocation;

    ck_assert(!mtls_revocation_spec_has_crls(r) && !mtls_revocation_spec_fetches(r) &&
              !mtls_revocation_spec_asks(r));
    r = &profile("MTLSCRLPath /d; MTLSOCSP off")->revocation;
    ck_assert(mtls_revocation_spec_has_crls(r) && !mtls_revocation_spec_fetches(r) &&
              !mtls_revocation_spec_asks(r));
    r = &profile("MTLSCRLFetch certificates; MTLSOCSP leaf")->revocation;
    ck_assert(mtls_revocation_spec_has_crls(r) && mtls_revocation_spec_fetches(r) &&
              mtls_revocation_spec_asks(r));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {values_land_where_they_belong,
                                  T_F04_words_stand_in_any_order,
                                  each_faulty_line_is_said_to_be_wrong_and_changes_nothing,
                                  single_values_are_said_once,
                                  fetching_is_off_or_something,
                                  MTLSCRLCheck_tells_where_it_stands,
                                  what_has_nothing_to_work_on_is_told,
                                  what_a_profile_needs,
                                  NULL};

    return run_tests("revocation_settings", tests);
}
