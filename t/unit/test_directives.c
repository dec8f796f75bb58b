/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>
#include <string.h>

#include "mtls/policy/directives.h"
#include "policy_run.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define HEX64        "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

#define HEX63        "00112233445566778899aabbccddeeff00112233445566778899aabbccddeef"
#define STEP_UP_PATH(path)                                                                         \
    "MTLSStepUpPath: '" path "' is not a path for this; use /.mtls, or another of letters, "       \
    "digits, '.', '_', '~', '-' and '/', at most 64 characters, without '/' at its end"
#define TEXT_FILE(tag) "MTLSTextFile: '" tag "' is not a language tag; use one such as fr or pt-BR"

static const mtls_directive_t *find(const char *name)
{
    int i;

    for (i = 0; i < MTLS_DIRECTIVE_COUNT; i++) {
        if (strcmp(mtls_directives[i].name, name) == 0) {
            return &mtls_directives[i];
        }
    }
    ck_abort_msg("no directive %s", name);
}

static const char *path_of(void *baton, const char *path)
{
    if (strstr(path, "..")) {
        return NULL;
    }
    return path[0] == '/' ? apr_pstrdup(pool, path) : apr_pstrcat(pool, baton, "/", path, NULL);
}

/* Apply "MTLSName arg arg" as if it stood at test.conf:line. */
static const char *apply_at(void *target, const char *line, int number)
{
    mtls_parse_t parse = {{"test.conf", number, 0}, pool, path_of, apr_pstrdup(pool, "/root")};
    char *words[16], *state;
    int count = 0;
    char *word = apr_strtok(apr_pstrdup(pool, line), " ", &state);

    for (; word && count < 16; word = apr_strtok(NULL, " ", &state)) {
        words[count++] = strcmp(word, "\"\"") == 0 ? apr_pstrdup(pool, "") : word;
    }
    return mtls_directive_apply(find(words[0]), target, count - 1, (const char *const *)&words[1],
                                &parse);
}

static const char *apply(void *target, const char *line)
{
    return apply_at(target, line, 7);
}

static mtls_profile_spec_t *new_spec(void)
{
    return mtls_profile_spec_make("staff", (mtls_origin_t){"test.conf", 1, 0}, pool);
}

static const char *item(const apr_array_header_t *list, int i)
{
    ck_assert_int_lt(i, list->nelts);
    return APR_ARRAY_IDX(list, i, mtls_sourced_t).value;
}

START_TEST(the_table_is_whole)
{
    int i, j;

    for (i = 0; i < MTLS_DIRECTIVE_COUNT; i++) {
        const mtls_directive_t *row = &mtls_directives[i];

        ck_assert_int_eq(strncmp(row->name, "MTLS", 4), 0);
        ck_assert(row->where != 0 && row->parse != NULL);
        ck_assert(row->min_args >= 1 && row->max_args >= row->min_args);
        ck_assert_uint_gt(strlen(row->help), 10);
        ck_assert_uint_gt(strlen(row->default_text), 0);
        ck_assert(!(row->where & MTLS_WHERE_PROFILE) || row->where == MTLS_WHERE_PROFILE);
        for (j = 0; j < i; j++) {
            ck_assert_str_ne(row->name, mtls_directives[j].name);
        }
    }
}
END_TEST

/* What each faulty line of a host or location must be answered; NULL: it is right. */
static const struct {
    const char *line;
    const char *fault;
} settings_rows[] = {
    {"MTLSVerifyClient require", NULL},
    {"MTLSVerifyClient optional", NULL},
    {"MTLSVerifyClient none", NULL},
    {"MTLSVerifyClient Require",
     "MTLSVerifyClient: unknown mode 'Require'; use none, optional or require"},
    {"MTLSVerifyClient", "MTLSVerifyClient: takes 1 argument, found 0"},
    {"MTLSVerifyClient none none", "MTLSVerifyClient: takes 1 argument, found 2"},
    {"MTLSAccept staff partner", NULL},
    {"MTLSAccept", "MTLSAccept: takes 1 or more arguments, found 0"},
    {"MTLSAccept staff staff", "MTLSAccept: 'staff' is named twice; name each profile once"},
    {"MTLSAccept a/b",
     "MTLSAccept: 'a/b' cannot name a profile; use 1 to 64 letters, digits, dots, dashes and "
     "underscores"},
    {"MTLSAskInHandshake unless-pha", NULL},
    {"MTLSAskInHandshake on",
     "MTLSAskInHandshake: unknown choice 'on'; use always, unless-pha or never"},
    {"MTLSStepUp post-handshake renegotiate", NULL},
    {"MTLSStepUp renegotiate", NULL},
    {"MTLSStepUp off", NULL},
    {"MTLSStepUp redirect post-handshake renegotiate", NULL},
    {"MTLSStepUp post-handshake renegotiate redirect-post", NULL},
    {"MTLSStepUp pka",
     "MTLSStepUp: unknown method 'pka'; use post-handshake, renegotiate, redirect, "
     "redirect-post or off"},
    {"MTLSStepUp redirect redirect",
     "MTLSStepUp: 'redirect' is named twice; name each method once"},
    {"MTLSStepUp redirect-post renegotiate redirect",
     "MTLSStepUp: 'redirect-post' includes 'redirect'; use one of them"},
    {"MTLSStepUp off renegotiate",
     "MTLSStepUp: 'off' stands alone; use off, or methods in order of attempt"},
    {"MTLSStepUp renegotiate off",
     "MTLSStepUp: 'off' stands alone; use off, or methods in order of attempt"},
    {"MTLSStepUp renegotiate renegotiate",
     "MTLSStepUp: 'renegotiate' is named twice; name each method once"},
    {"MTLSStepUp post-handshake renegotiate off",
     "MTLSStepUp: 'off' stands alone; use off, or methods in order of attempt"},
    {"MTLSStepUp post-handshake renegotiate redirect redirect-post",
     "MTLSStepUp: takes 1 to 3 arguments, found 4"},
    {"MTLSStepUpURL https://cert.example.org/", NULL},
    {"MTLSStepUpURL https://*.cert.example.org:8443 external", NULL},
    {"MTLSStepUpURL http://cert.example.org/",
     "MTLSStepUpURL: 'http://cert.example.org/' is not an "
     "address of https; use https://HOST/"},
    {"MTLSStepUpURL https://cert.example.org/ internal",
     "MTLSStepUpURL: unknown word 'internal'; use external, or nothing, after the URL"},
    {"MTLSStepUpEndpoint on", NULL},
    {"MTLSStepUpEndpoint Off", NULL},
    {"MTLSStepUpEndpoint yes", "MTLSStepUpEndpoint: unknown value 'yes'; use on or off"},
    {"MTLSStepUpOrigin https://a.example.org https://b.example.org:8443", NULL},
    {"MTLSStepUpOrigin https://a.example.org https://a.example.org",
     "MTLSStepUpOrigin: 'https://a.example.org' is named twice; name each origin once"},
    {"MTLSStepUpOrigin https://a.example.org/",
     "MTLSStepUpOrigin: 'https://a.example.org/' is not written as browsers write it; use "
     "'https://a.example.org'"},
    {"MTLSStepUpPath /a", NULL},
    {"MTLSStepUpPath /a~b/.c-d_", NULL},
    {"MTLSStepUpPath /", STEP_UP_PATH("/")},
    {"MTLSStepUpPath a", STEP_UP_PATH("a")},
    {"MTLSStepUpPath /a/", STEP_UP_PATH("/a/")},
    {"MTLSStepUpPath //a", STEP_UP_PATH("//a")},
    {"MTLSStepUpPath /a//b", STEP_UP_PATH("/a//b")},
    {"MTLSStepUpPath /..", STEP_UP_PATH("/..")},
    {"MTLSStepUpPath /a/./b", STEP_UP_PATH("/a/./b")},
    {"MTLSStepUpPath /a%2fb", STEP_UP_PATH("/a%2fb")},
    {"MTLSStepUpPath /a?b", STEP_UP_PATH("/a?b")},
    {"MTLSStepUpPath /a;b", STEP_UP_PATH("/a;b")},
    {"MTLSStepUpPath /\xc3\xa9", STEP_UP_PATH("/\xc3\xa9")},
    {"MTLSStepUpPath \"\"", STEP_UP_PATH("")},
    {"MTLSStepUpPath /" HEX63, NULL},
    {"MTLSStepUpPath /" HEX64, STEP_UP_PATH("/" HEX63 "...")},
    {"MTLSTicketKeyFile key", NULL},
    {"MTLSTicketKeyFile ..",
     "MTLSTicketKeyFile: '..' is not a path; use one below ServerRoot or absolute"},
    {"MTLSTicketRevokedFile list", NULL},
    {"MTLSTicketRevokedFile ..",
     "MTLSTicketRevokedFile: '..' is not a path; use one below ServerRoot or absolute"},
    {"MTLSTicketTime skew=0", NULL},
    {"MTLSTicketTime total=30d idle=1s skew=60s", NULL},
    {"MTLSTicketTime idle=1h total=1h", NULL},
    {"MTLSTicketTime idle=61m total=1h",
     "MTLSTicketTime: idle=61m is longer than total=1h; use at most as much"},
    {"MTLSTicketTime idle=0", "MTLSTicketTime: '0' is out of range; use 1s to 30d"},
    {"MTLSTicketTime total=31d", "MTLSTicketTime: '31d' is out of range; use 1s to 30d"},
    {"MTLSTicketTime skew=61s", "MTLSTicketTime: '61s' is out of range; use 0 to 1m"},
    {"MTLSTicketTime 10m",
     "MTLSTicketTime: unknown time '10m'; use idle=TIME, total=TIME or skew=TIME"},
    {"MTLSTicketTime skew=0 skew=0",
     "MTLSTicketTime: was already set in the same place; keep one of them"},
    {"MTLSTicketTime idle=1m idle=2m",
     "MTLSTicketTime: was already set in the same place; keep one of them"},
    {"MTLSTicketBind none", NULL},
    {"MTLSTicketBind user-agent", NULL},
    {"MTLSTicketBind address user-agent", NULL},
    {"MTLSTicketBind none address",
     "MTLSTicketBind: 'none' stands alone; use none, or one or both of user-agent and address"},
    {"MTLSTicketBind address address", "MTLSTicketBind: 'address' is named twice; name each once"},
    {"MTLSTicketBind ip", "MTLSTicketBind: unknown word 'ip'; use none, user-agent or address"},
    {"MTLSSameOrigin Off", NULL},
    {"MTLSSameOrigin no", "MTLSSameOrigin: unknown value 'no'; use on or off"},
    {"MTLSPreflight pass", NULL},
    {"MTLSPreflight allow", "MTLSPreflight: unknown choice 'allow'; use answer, pass or refuse"},
    {"MTLSTextFile fr t.json", NULL},
    {"MTLSTextFile zh-Hant-TW t.json", NULL},
    {"MTLSTextFile f t.json", TEXT_FILE("f")},
    {"MTLSTextFile fr_FR t.json", TEXT_FILE("fr_FR")},
    {"MTLSTextFile fr- t.json", TEXT_FILE("fr-")},
    {"MTLSTextFile fr-abcdefghi t.json", TEXT_FILE("fr-abcdefghi")},
    {"MTLSTextFile abcdefghi t.json", TEXT_FILE("abcdefghi")},
    {"MTLSTextFile aa-bb-cc-dd-ee-ff-gg-hh-ii-jj-kk-ll t.json", NULL},
    {"MTLSTextFile aa-bb-cc-dd-ee-ff-gg-hh-ii-jj-kk-lll t.json",
     TEXT_FILE("aa-bb-cc-dd-ee-ff-gg-hh-ii-jj-kk-lll")},
    {"MTLSTextFile \"\" t.json", TEXT_FILE("")},
    {"MTLSTextFile fr ..",
     "MTLSTextFile: '..' is not a path; use one below ServerRoot or absolute"},
    {"MTLSStepUpTimeout 100ms", NULL},
    {"MTLSStepUpTimeout 10m", NULL},
    {"MTLSStepUpTimeout 0", "MTLSStepUpTimeout: '0' is out of range; use 100ms to 10m"},
    {"MTLSStepUpTimeout 601", "MTLSStepUpTimeout: '601' is out of range; use 100ms to 10m"},
    {"MTLSStepUpTimeout soon", "MTLSStepUpTimeout: 'soon' is not a duration; use a number with "
                               "ms, s, m, h or d, 100ms to 10m"},
    {"MTLSReloadInterval 100ms", NULL},
    {"MTLSReloadInterval 0", NULL},
    {"MTLSReloadInterval off", NULL},
    {"MTLSReloadInterval 99ms", "MTLSReloadInterval: '99ms' is out of range; use 100ms to 1d"},
    {"MTLSReloadInterval 2d", "MTLSReloadInterval: '2d' is out of range; use 100ms to 1d"},
    {"MTLSReloadInterval never", "MTLSReloadInterval: 'never' is not a duration; use a number with "
                                 "ms, s, m, h or d, 100ms to 1d"},
    {"MTLSMaxProofAge 1s", NULL},
    {"MTLSMaxProofAge off", NULL},
    {"MTLSMaxProofAge 0", "MTLSMaxProofAge: '0' is out of range; use 1s to 365d"},
    {"MTLSMaxProofAge 366d", "MTLSMaxProofAge: '366d' is out of range; use 1s to 365d"},
    {"MTLSCacheTimeout 10ms", NULL},
    {"MTLSCacheTimeout 30s", NULL},
    {"MTLSCacheTimeout 9ms", "MTLSCacheTimeout: '9ms' is out of range; use 10ms to 30s"},
    {"MTLSCacheTimeout 31", "MTLSCacheTimeout: '31' is out of range; use 10ms to 30s"},
    {"MTLSCacheTimeout off", "MTLSCacheTimeout: 'off' is not a duration; use a number with "
                             "ms, s, m, h or d, 10ms to 30s"},
    {"MTLSCache shmcb:/run/x(65536)", NULL},
    {"MTLSCache memcache:127.0.0.1:11211", NULL},
    {"MTLSCache shmcb", NULL},
    {"MTLSCache off", NULL},
    {"MTLSCache :x", "MTLSCache: ':x' names no cache; use PROVIDER or PROVIDER:ARGUMENTS as in "
                     "shmcb:mtls(1024000), or off"},
    {"MTLSCache shm cb", "MTLSCache: takes 1 argument, found 2"},
    {"MTLSCache Shmcb", "MTLSCache: 'Shmcb' names no cache; use PROVIDER or PROVIDER:ARGUMENTS as "
                        "in shmcb:mtls(1024000), or off"},
    {"MTLSCacheKeyFile key", NULL},
    {"MTLSCacheKeyFile ..",
     "MTLSCacheKeyFile: '..' is not a path; use one below ServerRoot or absolute"},
    {"MTLSStateDirectory state", NULL},
    {"MTLSStateDirectory \"\"",
     "MTLSStateDirectory: '' is not a path; use one below ServerRoot or absolute"},
    {"MTLSFetchCACertificateFile ca.pem", NULL},
    {"MTLSFetchProxy none", NULL},
    {"MTLSFetchProxy http://[::1]:3128", NULL},
    {"MTLSFetchProxy http://proxy.example.org", NULL},
    {"MTLSFetchProxy https://p:1",
     "MTLSFetchProxy: 'https://p:1' is not a proxy; use http://host:port, or none"},
    {"MTLSFetchProxy http://p:1/",
     "MTLSFetchProxy: 'http://p:1/' is not a proxy; use http://host:port, or none"},
    {"MTLSFetchProxy http://u:p@p:1",
     "MTLSFetchProxy: 'http://u:p@p:1' has a user before its host; leave out all before '@'"},
    {"MTLSFetchProxy p:1", "MTLSFetchProxy: 'p:1' is not an absolute URL; use http://HOST/... or "
                           "https://HOST/..."},
    {"MTLSStepUpLimit waiters=10 attempts=100", NULL},
    {"MTLSStepUpLimit attempts=1", NULL},
    {"MTLSStepUpLimit waiters=10000", NULL},
    {"MTLSStepUpLimit waiters=0", "MTLSStepUpLimit: '0' is out of range; use 1 to 10000"},
    {"MTLSStepUpLimit attempts=101", "MTLSStepUpLimit: '101' is out of range; use 1 to 100"},
    {"MTLSStepUpLimit 3", "MTLSStepUpLimit: unknown limit '3'; use waiters=N or attempts=N"},
    {"MTLSStepUpLimit attempts=1 attempts=2",
     "MTLSStepUpLimit: was already set in the same place; keep one of them"},
    {"MTLSBodyBuffer 0", NULL},
    {"MTLSBodyBuffer 64M 2G", NULL},
    {"MTLSBodyBuffer 65M", "MTLSBodyBuffer: '65M' is out of range; use 0 to 64M"},
    {"MTLSBodyBuffer 1M 3G", "MTLSBodyBuffer: '3G' is out of range; use 0 to 2G"},
    {"MTLSBodyBuffer -1", "MTLSBodyBuffer: '-1' is not a size; use octets, or a number with K, M "
                          "or G, 0 to 64M"},
    {"MTLSChainLimit 1K 1", NULL},
    {"MTLSChainLimit 100K 20", NULL},
    {"MTLSChainLimit 101K", "MTLSChainLimit: '101K' is out of range; use 1K to 100K"},
    {"MTLSChainLimit 32K 21", "MTLSChainLimit: '21' is out of range; use 1 to 20"},
    {"MTLSExport chain", NULL},
    {"MTLSExport all", "MTLSExport: unknown level 'all'; use off, standard, cert or chain"},
    {"MTLSVerdictMemo 1048576", NULL},
    {"MTLSVerdictMemo 0", "MTLSVerdictMemo: '0' is out of range; use 1 to 1048576"},
};

START_TEST(each_line_of_a_place_is_right_or_said_to_be_wrong)
{
    const mtls_settings_t nothing = {.verify = MTLS_VERIFY_UNSET};
    size_t i;

    for (i = 0; i < COUNT(settings_rows); i++) {
        mtls_settings_t settings;
        const char *fault;

        memset(&settings, 0, sizeof(settings));
        fault = apply(&settings, settings_rows[i].line);
        if (!settings_rows[i].fault) {
            ck_assert_msg(!fault, "%s: %s", settings_rows[i].line, fault);
            ck_assert_int_eq(mtls_settings_write(&settings, pool)->nelts, 1);
            continue;
        }
        ck_assert_msg(fault != NULL, "accepted %s", settings_rows[i].line);
        ck_assert_str_eq(fault, settings_rows[i].fault);
        ck_assert_mem_eq(&settings, &nothing, sizeof(settings));
    }
}
END_TEST

START_TEST(values_land_where_they_belong)
{
    mtls_settings_t s = {.verify = MTLS_VERIFY_UNSET};

    ck_assert_ptr_null(apply_at(&s, "MTLSVerifyClient optional", 3));
    ck_assert_int_eq(s.verify, MTLS_VERIFY_OPTIONAL);
    ck_assert_int_eq(s.verify_at->line, 3);
    ck_assert_ptr_null(apply_at(&s, "MTLSAccept staff partner", 4));
    ck_assert_str_eq(item(s.accept->names, 0), "staff");
    ck_assert_str_eq(item(s.accept->names, 1), "partner");
    ck_assert_int_eq(s.accept->slots[0], -1);
    ck_assert_int_eq(s.accept->slots[1], -1);
    ck_assert_int_eq(s.accept_at->line, 4);
    ck_assert_ptr_null(apply(&s, "MTLSAskInHandshake never"));
    ck_assert_int_eq(s.ask, MTLS_ASK_NEVER);
    ck_assert_ptr_null(apply(&s, "MTLSStepUp renegotiate post-handshake"));
    ck_assert_int_eq(s.order.methods[0], MTLS_STEPUP_RENEGOTIATE);
    ck_assert_int_eq(s.order.methods[1], MTLS_STEPUP_POST_HANDSHAKE);
    ck_assert_int_eq(s.order.methods[2], MTLS_STEPUP_NONE);
    ck_assert_ptr_null(apply(&s, "MTLSStepUpTimeout 5"));
    ck_assert_int_eq(s.stepup_timeout, apr_time_from_sec(5));
    ck_assert_ptr_null(apply(&s, "MTLSStepUpLimit attempts=2 waiters=9"));
    ck_assert_int_eq(s.stepup_waiters, 9);
    ck_assert_int_eq(s.stepup_attempts, 2);
    ck_assert_ptr_null(apply(&s, "MTLSBodyBuffer 0 1M"));
    ck_assert_uint_eq(mtls_settings_body_memory(&s), 0);
    ck_assert_uint_eq(mtls_settings_body_disk(&s), 1048576);
    ck_assert_ptr_null(apply(&s, "MTLSChainLimit 2K 3"));
    ck_assert_uint_eq(s.chain_bytes, 2048);
    ck_assert_int_eq(s.chain_certs, 3);
    ck_assert_ptr_null(apply(&s, "MTLSExport cert"));
    ck_assert_int_eq(s.export_vars, MTLS_EXPORT_CERT);
    ck_assert_ptr_null(apply(&s, "MTLSVerdictMemo 64"));
    ck_assert_uint_eq(s.memo_entries, 64);
    ck_assert_ptr_null(apply(&s, "MTLSReloadInterval 3"));
    ck_assert_int_eq(s.reload_interval, apr_time_from_sec(3));
    ck_assert_ptr_null(apply(&s, "MTLSMaxProofAge 2h"));
    ck_assert_int_eq(s.max_proof_age, apr_time_from_sec(7200));
    ck_assert_ptr_null(apply(&s, "MTLSCache redis:127.0.0.1"));
    ck_assert_str_eq(s.cache, "redis:127.0.0.1");
    ck_assert_ptr_null(apply(&s, "MTLSCacheTimeout 2s"));
    ck_assert_int_eq(s.cache_timeout, apr_time_from_sec(2));
    ck_assert_ptr_null(apply(&s, "MTLSCacheKeyFile k"));
    ck_assert_str_eq(s.cache_key_file, "/root/k");
    ck_assert_ptr_null(apply(&s, "MTLSStateDirectory d"));
    ck_assert_str_eq(s.state_dir, "/root/d");
    ck_assert_ptr_null(apply(&s, "MTLSFetchProxy http://p:8080"));
    ck_assert_str_eq(s.fetch_proxy, "http://p:8080");
    ck_assert_ptr_null(apply(&s, "MTLSFetchCACertificateFile c"));
    ck_assert_str_eq(s.fetch_ca_file, "/root/c");
}
END_TEST

START_TEST(values_of_step_up_land_where_they_belong)
{
    mtls_settings_t s = {.verify = MTLS_VERIFY_UNSET};

    ck_assert_ptr_null(apply(&s, "MTLSStepUp redirect-post renegotiate post-handshake"));
    ck_assert_int_eq(s.order.methods[0], MTLS_STEPUP_REDIRECT_POST);
    ck_assert_int_eq(s.order.methods[1], MTLS_STEPUP_RENEGOTIATE);
    ck_assert_int_eq(s.order.methods[2], MTLS_STEPUP_POST_HANDSHAKE);
    ck_assert_ptr_null(apply_at(&s, "MTLSStepUpURL https://*.Cert.example.org external", 5));
    ck_assert_str_eq(s.stepup_address->text, "https://*.Cert.example.org");
    ck_assert_str_eq(s.stepup_address->host, "cert.example.org");
    ck_assert(s.stepup_address->wildcard && s.stepup_address->external);
    ck_assert_int_eq(s.stepup_address->at.line, 5);
    ck_assert_ptr_null(apply_at(&s, "MTLSStepUpEndpoint on", 6));
    ck_assert_int_eq(s.endpoint, MTLS_ON);
    ck_assert_int_eq(s.endpoint_at->line, 6);
    ck_assert_ptr_null(apply(&s, "MTLSStepUpOrigin https://a.example https://b.example:8443"));
    ck_assert_int_eq(s.stepup_origins->nelts, 2);
    ck_assert_str_eq(APR_ARRAY_IDX(s.stepup_origins, 1, const char *), "https://b.example:8443");
    ck_assert_ptr_null(apply(&s, "MTLSStepUpPath /step"));
    ck_assert_str_eq(s.stepup_path, "/step");
    ck_assert_ptr_null(apply(&s, "MTLSTicketKeyFile t"));
    ck_assert_str_eq(s.ticket_key_file, "/root/t");
    ck_assert_ptr_null(apply(&s, "MTLSTicketRevokedFile r"));
    ck_assert_str_eq(s.ticket_revoked_file, "/root/r");
    ck_assert_ptr_null(apply(&s, "MTLSTicketTime skew=10s total=2h"));
    ck_assert_ptr_nonnull(apply(&s, "MTLSTicketTime idle=3h")); /* longer than the total above */
    ck_assert_int_eq(s.ticket_idle, 0);
    ck_assert_ptr_null(apply(&s, "MTLSTicketTime idle=5m"));
    ck_assert_int_eq(s.ticket_idle, apr_time_from_sec(300));
    ck_assert_int_eq(s.ticket_total, apr_time_from_sec(7200));
    ck_assert_int_eq(mtls_settings_ticket_skew(&s), apr_time_from_sec(10));
    ck_assert_ptr_null(apply(&s, "MTLSTicketBind address user-agent"));
    ck_assert_int_eq(s.ticket_bind, MTLS_BIND_BOTH);
    ck_assert_ptr_null(apply(&s, "MTLSSameOrigin off"));
    ck_assert_int_eq(s.same_origin, MTLS_OFF);
    ck_assert_ptr_null(apply(&s, "MTLSPreflight refuse"));
    ck_assert_int_eq(s.preflight, MTLS_PREFLIGHT_REFUSE);
}
END_TEST

START_TEST(each_language_has_one_file)
{
    mtls_settings_t s = {.verify = MTLS_VERIFY_UNSET};
    const mtls_text_file_t *file;

    ck_assert_ptr_null(apply_at(&s, "MTLSTextFile fr f.json", 3));
    ck_assert_ptr_null(apply_at(&s, "MTLSTextFile fr-CA /c.json", 4));
    ck_assert_str_eq(apply(&s, "MTLSTextFile FR g.json"),
                     "MTLSTextFile: was already set at test.conf:3; keep one of them");
    ck_assert_int_eq(s.text_files->nelts, 2);
    file = &APR_ARRAY_IDX(s.text_files, 0, mtls_text_file_t);
    ck_assert_str_eq(file->tag, "fr");
    ck_assert_str_eq(file->path, "/root/f.json");
    file = &APR_ARRAY_IDX(s.text_files, 1, mtls_text_file_t);
    ck_assert_str_eq(file->tag, "fr-CA");
    ck_assert_int_eq(file->at.line, 4);
}
END_TEST

START_TEST(saying_it_twice_in_one_place_is_an_error)
{
    mtls_settings_t s = {.verify = MTLS_VERIFY_UNSET};
    const char *const lines[] = {"MTLSAskInHandshake never",
                                 "MTLSStepUp off",
                                 "MTLSStepUpTimeout 5s",
                                 "MTLSStepUpLimit attempts=3",
                                 "MTLSBodyBuffer 1K",
                                 "MTLSChainLimit 1K",
                                 "MTLSExport off",
                                 "MTLSVerdictMemo 1",
                                 "MTLSReloadInterval off",
                                 "MTLSMaxProofAge off",
                                 "MTLSCache off",
                                 "MTLSCacheTimeout 1s",
                                 "MTLSCacheKeyFile k",
                                 "MTLSStateDirectory d",
                                 "MTLSFetchProxy none",
                                 "MTLSFetchCACertificateFile c",
                                 "MTLSStepUpURL https://c.example.org",
                                 "MTLSStepUpEndpoint off",
                                 "MTLSStepUpOrigin https://a.example",
                                 "MTLSStepUpPath /a",
                                 "MTLSTicketKeyFile k",
                                 "MTLSTicketRevokedFile r",
                                 "MTLSTicketTime skew=0",
                                 "MTLSTicketTime idle=1s",
                                 "MTLSTicketTime total=1s",
                                 "MTLSTicketBind none",
                                 "MTLSSameOrigin on",
                                 "MTLSPreflight answer",
                                 "MTLSTextFile fr f"};
    size_t i;

    for (i = 0; i < COUNT(lines); i++) {
        ck_assert_ptr_null(apply(&s, lines[i]));
        ck_assert_ptr_nonnull(strstr(apply(&s, lines[i]), "was already set"));
    }
    ck_assert_ptr_null(apply(&s, "MTLSStepUpLimit waiters=3"));
    ck_assert_ptr_null(apply_at(&s, "MTLSVerifyClient none", 12));
    ck_assert_str_eq(apply(&s, "MTLSVerifyClient require"),
                     "MTLSVerifyClient: was already set at test.conf:12; keep one of them");
    ck_assert_int_eq(s.verify, MTLS_VERIFY_NONE);
    ck_assert_ptr_null(apply_at(&s, "MTLSAccept a", 13));
    ck_assert_str_eq(apply(&s, "MTLSAccept b"),
                     "MTLSAccept: was already set at test.conf:13; keep one of them");
    ck_assert_int_eq(s.accept->names->nelts, 1);
}
END_TEST

static const struct {
    const char *line;
    const char *fault;
} profile_rows[] = {
    {"MTLSCACertificateFile \"\"",
     "MTLSCACertificateFile: '' is not a path; use one below ServerRoot or absolute"},
    {"MTLSCACertificateFile a.pem ../b.pem",
     "MTLSCACertificateFile: '../b.pem' is not a path; use one below ServerRoot or absolute"},
    {"MTLSCACertificatePath", "MTLSCACertificatePath: takes 1 or more arguments, found 0"},
    {"MTLSPin sha1:00", "MTLSPin: 'sha1:00' is not a pin; use sha256: with 64 hex digits, or "
                        "spki-sha256: with 64 hex digits or 44 characters of base64"},
    {"MTLSPartialChain maybe", "MTLSPartialChain: unknown value 'maybe'; use on or off"},
    {"MTLSVerifyDepth 21", "MTLSVerifyDepth: '21' is out of range; use 0 to 20"},
    {"MTLSVerifyDepth -1", "MTLSVerifyDepth: '-1' is not a number; use 0 to 20"},
    {"MTLSExtendedKeyUsage any clientAuth",
     "MTLSExtendedKeyUsage: 'any' stands alone; use any, or usages with or without strict"},
    {"MTLSExtendedKeyUsage any strict",
     "MTLSExtendedKeyUsage: 'any' stands alone; use any, or usages with or without strict"},
    {"MTLSCertificatePolicy any 1.2.3", "MTLSCertificatePolicy: 'any' cannot stand beside "
                                        "policies; use any, or the policies of which one is "
                                        "needed"},
    {"MTLSMinKeySize dsa=2048",
     "MTLSMinKeySize: unknown key type 'dsa=2048'; use rsa=BITS or ec=BITS"},
    {"MTLSMinKeySize rsa=1023", "MTLSMinKeySize: '1023' is out of range; use 1024 to 8192"},
    {"MTLSMinKeySize ec=522", "MTLSMinKeySize: '522' is out of range; use 160 to 521"},
    {"MTLSMinKeySize ec=256 rsa=8193", "MTLSMinKeySize: '8193' is out of range; use 1024 to 8192"},
    {"MTLSMinKeySize rsa=2048 rsa=2048",
     "MTLSMinKeySize: was already set in this profile; keep one of them"},
    {"MTLSMinDigest sha1", "MTLSMinDigest: unknown digest 'sha1'; use sha256, sha384 or sha512"},
    {"MTLSMaxLifetime 59m", "MTLSMaxLifetime: '59m' is out of range; use 1h to 36500d"},
    {"MTLSCANames some", "MTLSCANames: unknown choice 'some'; use all, none or file"},
    {"MTLSCANames file",
     "MTLSCANames: only 'file' takes a path, and needs one; use all, none or file PATH"},
    {"MTLSCANames all x.pem",
     "MTLSCANames: only 'file' takes a path, and needs one; use all, none or file PATH"},
    {"MTLSCANames file ..",
     "MTLSCANames: '..' is not a path; use one below ServerRoot or absolute"},
};

START_TEST(each_faulty_line_of_a_profile_is_said_to_be_wrong)
{
    size_t i;

    for (i = 0; i < COUNT(profile_rows); i++) {
        mtls_profile_spec_t *spec = new_spec();
        mtls_profile_spec_t was = *spec;
        const char *fault = apply(spec, profile_rows[i].line);

        ck_assert_msg(fault != NULL, "accepted %s", profile_rows[i].line);
        ck_assert_str_eq(fault, profile_rows[i].fault);
        ck_assert_mem_eq(spec, &was, sizeof(was));
        ck_assert_int_eq(spec->ca_files->nelts + spec->pins->nelts + spec->ekus->nelts +
                             spec->policies->nelts,
                         0);
    }
}
END_TEST

START_TEST(lists_of_a_profile_grow)
{
    mtls_profile_spec_t *spec = new_spec();

    ck_assert_ptr_null(apply_at(spec, "MTLSCACertificateFile a.pem /b.pem", 2));
    ck_assert_ptr_null(apply_at(spec, "MTLSCACertificateFile c.pem", 3));
    ck_assert_int_eq(spec->ca_files->nelts, 3);
    ck_assert_str_eq(item(spec->ca_files, 0), "/root/a.pem");
    ck_assert_str_eq(item(spec->ca_files, 1), "/b.pem");
    ck_assert_int_eq(APR_ARRAY_IDX(spec->ca_files, 2, mtls_sourced_t).at.line, 3);
    ck_assert_ptr_nonnull(apply(spec, "MTLSCACertificateFile d.pem .."));
    ck_assert_int_eq(spec->ca_files->nelts, 3);
    ck_assert_ptr_null(apply(spec, "MTLSCACertificatePath d"));
    ck_assert_str_eq(item(spec->ca_dirs, 0), "/root/d");
    ck_assert_ptr_null(apply(spec, "MTLSIntermediateFile i"));
    ck_assert_str_eq(item(spec->intermediate_files, 0), "/root/i");
    ck_assert_ptr_null(apply(spec, "MTLSPinFile p"));
    ck_assert_str_eq(item(spec->pin_files, 0), "/root/p");
    ck_assert_ptr_null(apply(spec, "MTLSPin sha256:" HEX64));
    ck_assert_ptr_null(
        apply(spec, "MTLSPin spki-sha256:ABEiM0RVZneImaq7zN3u/wARIjNEVWZ3iJmqu8zd7v8="));
    ck_assert_str_eq(item(spec->pins, 1), "spki-sha256:" HEX64);
    ck_assert_ptr_null(apply(spec, "MTLSExtendedKeyUsage clientAuth strict"));
    ck_assert_ptr_null(apply(spec, "MTLSExtendedKeyUsage 1.2.3"));
    ck_assert_int_eq(spec->ekus->nelts, 2);
    ck_assert_str_eq(item(spec->ekus, 0), "1.3.6.1.5.5.7.3.2");
    ck_assert_int_eq(spec->eku_strict, MTLS_ON);
    ck_assert_ptr_nonnull(apply(spec, "MTLSExtendedKeyUsage any"));
    ck_assert_int_eq(spec->eku_any, MTLS_UNSET);
    ck_assert_ptr_null(apply(spec, "MTLSCertificatePolicy 1.2.3 inhibit-any inhibit-mapping"));
    ck_assert_str_eq(item(spec->policies, 0), "1.2.3");
    ck_assert_int_eq(spec->policy_no_any, MTLS_ON);
    ck_assert_int_eq(spec->policy_no_mapping, MTLS_ON);
}
END_TEST

START_TEST(any_usage_stays_alone_across_lines)
{
    mtls_profile_spec_t *spec = new_spec();

    ck_assert_ptr_null(apply(spec, "MTLSExtendedKeyUsage any"));
    ck_assert_int_eq(spec->eku_any, MTLS_ON);
    ck_assert_ptr_nonnull(apply(spec, "MTLSExtendedKeyUsage clientAuth"));
    ck_assert_ptr_nonnull(apply(spec, "MTLSExtendedKeyUsage strict"));
    ck_assert_int_eq(spec->ekus->nelts, 0);
    ck_assert_int_eq(spec->eku_strict, MTLS_UNSET);
}
END_TEST

START_TEST(T_F04_single_values_of_a_profile)
{
    const char *const lines[] = {"MTLSPartialChain Off",  "MTLSVerifyDepth 0",
                                 "MTLSMinKeySize ec=384", "MTLSMinDigest sha384",
                                 "MTLSMaxLifetime 398d",  "MTLSCANames file n.pem"};
    mtls_profile_spec_t *spec = new_spec();
    size_t i;

    ck_assert_str_eq(spec->name, "staff");
    for (i = 0; i < COUNT(lines); i++) {
        ck_assert_ptr_null(apply(spec, lines[i]));
        ck_assert_ptr_nonnull(strstr(apply(spec, lines[i]), "was already set"));
    }
    ck_assert_ptr_null(apply(spec, "MTLSMinKeySize rsa=3072"));
    ck_assert_int_eq(spec->partial_chain, MTLS_OFF);
    ck_assert_int_eq(spec->depth, 1);
    ck_assert_int_eq(spec->min_ec_bits, 384);
    ck_assert_int_eq(spec->min_rsa_bits, 3072);
    ck_assert_int_eq(spec->min_digest_bits, 384);
    ck_assert_int_eq(spec->max_lifetime, apr_time_from_sec(34387200));
    ck_assert_int_eq(spec->ca_names, MTLS_CA_NAMES_FILE);
    ck_assert_str_eq(spec->ca_names_file.value, "/root/n.pem");
    spec = new_spec();
    ck_assert_ptr_null(apply(spec, "MTLSPartialChain ON"));
    ck_assert_int_eq(spec->partial_chain, MTLS_ON);
    ck_assert_ptr_null(apply(spec, "MTLSCANames none"));
    ck_assert_int_eq(spec->ca_names, MTLS_CA_NAMES_NONE);
}
END_TEST

START_TEST(names_of_profiles)
{
    char name[66];

    ck_assert_ptr_null(mtls_profile_name_check("Staff_1.eu-west", pool));
    ck_assert_ptr_nonnull(mtls_profile_name_check("", pool));
    ck_assert_ptr_nonnull(mtls_profile_name_check("a b", pool));
    ck_assert_ptr_nonnull(mtls_profile_name_check("a\n", pool));
    ck_assert_ptr_nonnull(mtls_profile_name_check("\xc3\xa9", pool));
    memset(name, 'a', sizeof(name));
    name[64] = '\0';
    ck_assert_ptr_null(mtls_profile_name_check(name, pool));
    name[64] = 'a';
    name[65] = '\0';
    ck_assert_ptr_nonnull(mtls_profile_name_check(name, pool));
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {the_table_is_whole,
                                  each_line_of_a_place_is_right_or_said_to_be_wrong,
                                  values_land_where_they_belong,
                                  values_of_step_up_land_where_they_belong,
                                  each_language_has_one_file,
                                  saying_it_twice_in_one_place_is_an_error,
                                  each_faulty_line_of_a_profile_is_said_to_be_wrong,
                                  lists_of_a_profile_grow,
                                  any_usage_stays_alone_across_lines,
                                  T_F04_single_values_of_a_profile,
                                  names_of_profiles,
                                  NULL};

    return run_tests("directives", tests);
}
