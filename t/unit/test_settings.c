/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>
#include <string.h>

#include "mtls/policy/directives.h"
#include "mtls/trust/memo.h"
#include "policy_run.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static mtls_accept_t accepts[3];
static mtls_sources_t source_lists[3];
static const mtls_stepup_address_t addresses[3];
static apr_array_header_t lists[3];
static const char *const texts[3] = {"a", "", "c"}; /* "" is a value as any other */
static const mtls_origin_t origins[3] = {{"a.conf", 1, 0}, {"b.conf", 2, 0}, {"c.conf", 3, 0}};

/* Which fields of a place are set; each alone must obey the laws. */
enum {
    VERIFY,
    ACCEPT,
    ASK,
    ORDER,
    TIMEOUT,
    WAITERS,
    ATTEMPTS,
    MEMORY,
    DISK,
    CHAIN_BYTES,
    CHAIN_CERTS,
    EXPORT,
    MEMO,
    SOURCES,
    FAKE_BASIC,
    RELOAD,
    PROOF_AGE,
    CACHE,
    CACHE_TIMEOUT,
    CACHE_KEY,
    STATE_DIR,
    PROXY,
    FETCH_CA,
    ADDRESS,
    ENDPOINT,
    ORIGINS,
    PATH,
    TICKET_KEY,
    TICKET_REVOKED,
    IDLE,
    TOTAL,
    SKEW,
    BIND,
    SAME_ORIGIN,
    PREFLIGHT,
    TEXT_FILES,
    FIELDS
};

/* A set of them. */
typedef uint64_t fields_t;
#define BIT(field) ((fields_t)1 << (field))

static void set_newer(mtls_settings_t *s, fields_t bits, int who)
{
    if (bits & BIT(PROOF_AGE)) {
        s->max_proof_age = who == 2 ? MTLS_PROOF_AGE_OFF : apr_time_from_sec(1 + who);
    }
    s->cache = bits & BIT(CACHE) ? texts[who] : NULL;
    s->cache_timeout = bits & BIT(CACHE_TIMEOUT) ? apr_time_from_sec(1 + who) : 0;
    s->cache_key_file = bits & BIT(CACHE_KEY) ? texts[who] : NULL;
    s->state_dir = bits & BIT(STATE_DIR) ? texts[who] : NULL;
    s->fetch_proxy = bits & BIT(PROXY) ? texts[who] : NULL;
    s->fetch_ca_file = bits & BIT(FETCH_CA) ? texts[who] : NULL;
}

static void set_stepup(mtls_settings_t *s, fields_t bits, int who)
{
    s->stepup_address = bits & BIT(ADDRESS) ? &addresses[who] : NULL;
    if (bits & BIT(ENDPOINT)) {
        s->endpoint = who % 2 ? MTLS_ON : MTLS_OFF;
        s->endpoint_at = &origins[who];
    }
    s->stepup_origins = bits & BIT(ORIGINS) ? &lists[who] : NULL;
    s->stepup_path = bits & BIT(PATH) ? texts[who] : NULL;
    s->ticket_key_file = bits & BIT(TICKET_KEY) ? texts[who] : NULL;
    s->ticket_revoked_file = bits & BIT(TICKET_REVOKED) ? texts[who] : NULL;
    s->ticket_idle = bits & BIT(IDLE) ? apr_time_from_sec(1 + who) : 0;
    s->ticket_total = bits & BIT(TOTAL) ? apr_time_from_sec(11 + who) : 0;
    s->ticket_skew = bits & BIT(SKEW) ? apr_time_from_sec(who) + 1 : 0;
    s->ticket_bind = bits & BIT(BIND) ? (mtls_ticket_bind_t)(1 << who) : MTLS_BIND_UNSET;
    s->same_origin = bits & BIT(SAME_ORIGIN) ? (who % 2 ? MTLS_ON : MTLS_OFF) : MTLS_UNSET;
    if (bits & BIT(PREFLIGHT)) {
        s->preflight = (mtls_preflight_t)(MTLS_PREFLIGHT_ANSWER + who);
    }
    s->text_files = bits & BIT(TEXT_FILES) ? &lists[who] : NULL;
}

/* A place, different for each @a who, that sets the fields of @a bits. */
static mtls_settings_t place(fields_t bits, int who)
{
    mtls_settings_t s;

    memset(&s, 0, sizeof(s));
    if (bits & BIT(VERIFY)) {
        s.verify = (mtls_verify_mode_t)(MTLS_VERIFY_NONE + who);
        s.verify_at = &origins[who];
    }
    if (bits & BIT(ACCEPT)) {
        s.accept = &accepts[who];
        s.accept_at = &origins[who];
    }
    if (bits & BIT(ASK)) {
        s.ask = (mtls_ask_t)(MTLS_ASK_NEVER + who);
    }
    if (bits & BIT(ORDER)) {
        s.order.set = true; /* the third says "off" */
        s.order.methods[0] = who == 2 ? MTLS_STEPUP_NONE : (mtls_stepup_method_t)(1 + who);
    }
    s.stepup_timeout = bits & BIT(TIMEOUT) ? apr_time_from_sec(1 + who) : 0;
    s.stepup_waiters = bits & BIT(WAITERS) ? 10 + who : 0;
    s.stepup_attempts = bits & BIT(ATTEMPTS) ? 20 + who : 0;
    s.body_memory = bits & BIT(MEMORY) ? 1 + (apr_size_t)who : 0;
    s.body_disk = bits & BIT(DISK) ? 1 + (apr_size_t)who * 4096 : 0;
    s.chain_bytes = bits & BIT(CHAIN_BYTES) ? 2000 + (apr_size_t)who : 0;
    s.chain_certs = bits & BIT(CHAIN_CERTS) ? 1 + who : 0;
    if (bits & BIT(EXPORT)) {
        s.export_vars = (mtls_export_t)(MTLS_EXPORT_OFF + who);
    }
    s.memo_entries = bits & BIT(MEMO) ? 100 + (apr_size_t)who : 0;
    s.sources = bits & BIT(SOURCES) ? &source_lists[who] : NULL;
    s.fake_basic = bits & BIT(FAKE_BASIC) ? (who % 2 ? MTLS_ON : MTLS_OFF) : MTLS_UNSET;
    if (bits & BIT(RELOAD)) {
        s.reload_interval = who == 2 ? MTLS_RELOAD_OFF : apr_time_from_sec(1 + who);
    }
    set_newer(&s, bits, who);
    set_stepup(&s, bits, who);
    return s;
}

static mtls_settings_t merge(const mtls_settings_t *base, const mtls_settings_t *over)
{
    mtls_settings_t out;

    memset(&out, 0xa5, sizeof(out)); /* filled completely, whatever it held */
    mtls_settings_merge(&out, base, over);
    return out;
}

static void check_equal_stepup(const mtls_settings_t *a, const mtls_settings_t *b)
{
    ck_assert_ptr_eq(a->stepup_address, b->stepup_address);
    ck_assert_int_eq(a->endpoint, b->endpoint);
    ck_assert_ptr_eq(a->endpoint_at, b->endpoint_at);
    ck_assert_ptr_eq(a->stepup_origins, b->stepup_origins);
    ck_assert_ptr_eq(a->stepup_path, b->stepup_path);
    ck_assert_ptr_eq(a->ticket_key_file, b->ticket_key_file);
    ck_assert_ptr_eq(a->ticket_revoked_file, b->ticket_revoked_file);
    ck_assert_int_eq(a->ticket_idle, b->ticket_idle);
    ck_assert_int_eq(a->ticket_total, b->ticket_total);
    ck_assert_int_eq(a->ticket_skew, b->ticket_skew);
    ck_assert_int_eq(a->ticket_bind, b->ticket_bind);
    ck_assert_int_eq(a->same_origin, b->same_origin);
    ck_assert_int_eq(a->preflight, b->preflight);
    ck_assert_ptr_eq(a->text_files, b->text_files);
}

static void check_equal(mtls_settings_t a, mtls_settings_t b)
{
    check_equal_stepup(&a, &b);
    ck_assert_int_eq(a.verify, b.verify);
    ck_assert_ptr_eq(a.verify_at, b.verify_at);
    ck_assert_ptr_eq(a.accept, b.accept);
    ck_assert_ptr_eq(a.accept_at, b.accept_at);
    ck_assert_int_eq(a.ask, b.ask);
    ck_assert_int_eq(a.order.set, b.order.set);
    ck_assert_int_eq(a.order.methods[0], b.order.methods[0]);
    ck_assert_int_eq(a.order.methods[1], b.order.methods[1]);
    ck_assert_int_eq(a.order.methods[2], b.order.methods[2]);
    ck_assert_int_eq(a.stepup_timeout, b.stepup_timeout);
    ck_assert_int_eq(a.stepup_waiters, b.stepup_waiters);
    ck_assert_int_eq(a.stepup_attempts, b.stepup_attempts);
    ck_assert_uint_eq(a.body_memory, b.body_memory);
    ck_assert_uint_eq(a.body_disk, b.body_disk);
    ck_assert_uint_eq(a.chain_bytes, b.chain_bytes);
    ck_assert_int_eq(a.chain_certs, b.chain_certs);
    ck_assert_int_eq(a.export_vars, b.export_vars);
    ck_assert_uint_eq(a.memo_entries, b.memo_entries);
    ck_assert_ptr_eq(a.sources, b.sources);
    ck_assert_int_eq(a.fake_basic, b.fake_basic);
    ck_assert_int_eq(a.reload_interval, b.reload_interval);
    ck_assert_int_eq(a.max_proof_age, b.max_proof_age);
    ck_assert_ptr_eq(a.cache, b.cache);
    ck_assert_int_eq(a.cache_timeout, b.cache_timeout);
    ck_assert_ptr_eq(a.cache_key_file, b.cache_key_file);
    ck_assert_ptr_eq(a.state_dir, b.state_dir);
    ck_assert_ptr_eq(a.fetch_proxy, b.fetch_proxy);
    ck_assert_ptr_eq(a.fetch_ca_file, b.fetch_ca_file);
}

/* Bits that are mixed well without being random. */
static fields_t mixed(unsigned i)
{
    return (i * 0x9e3779b97f4a7c15u) >> (64 - FIELDS);
}

static void check_identity(fields_t bits)
{
    mtls_settings_t x = place(bits, 1), nothing = place(0, 0);

    check_equal(merge(&x, &nothing), x);
    check_equal(merge(&nothing, &x), x);
}

/* Each field, each pair of fields, and a mixture of many. */
START_TEST(unset_is_identity)
{
    unsigned i, k;

    for (i = 0; i < FIELDS; i++) {
        for (k = 0; k < FIELDS; k++) {
            check_identity(BIT(i) | BIT(k));
        }
    }
    for (i = 0; i < 4000; i++) {
        check_identity(mixed(i));
    }
}
END_TEST

START_TEST(inner_wins_field_by_field)
{
    unsigned i, inner;

    for (i = 0; i < 150; i++) {
        for (inner = 0; inner < FIELDS; inner++) {
            fields_t outer = mixed(i);
            mtls_settings_t base = place(outer, 0), over = place(BIT(inner), 2);
            mtls_settings_t got = merge(&base, &over), rest = place(outer & ~BIT(inner), 0);

            check_equal(got, merge(&rest, &over));
            check_equal(got, merge(&over, &rest)); /* the fields are disjoint */
        }
    }
}
END_TEST

START_TEST(merging_is_associative)
{
    unsigned i;

    for (i = 0; i < 4000; i++) {
        mtls_settings_t a = place(mixed(3 * i), 0), b = place(mixed(3 * i + 1), 1),
                        c = place(mixed(3 * i + 2), 2);
        mtls_settings_t ab = merge(&a, &b), bc = merge(&b, &c);

        check_equal(merge(&ab, &c), merge(&a, &bc));
    }
}
END_TEST

START_TEST(an_origin_goes_with_its_value)
{
    mtls_settings_t outer = place(BIT(VERIFY) | BIT(ACCEPT), 0), inner = place(0, 0), got;

    inner.verify = MTLS_VERIFY_REQUIRE; /* without an origin */
    got = merge(&outer, &inner);
    ck_assert_int_eq(got.verify, MTLS_VERIFY_REQUIRE);
    ck_assert_ptr_null(got.verify_at);
    ck_assert_ptr_eq(got.accept_at, &origins[0]);
}
END_TEST

START_TEST(T_P03_the_place_decides_whatever_the_host_says)
{
    int host, location;

    for (host = MTLS_VERIFY_UNSET; host <= MTLS_VERIFY_REQUIRE; host++) {
        for (location = MTLS_VERIFY_UNSET; location <= MTLS_VERIFY_REQUIRE; location++) {
            mtls_settings_t outer = {.verify = (mtls_verify_mode_t)host};
            mtls_settings_t inner = {.verify = (mtls_verify_mode_t)location};

            ck_assert_int_eq(merge(&outer, &inner).verify, location ? location : host);
        }
    }
}
END_TEST

START_TEST(defaults_fill_only_what_is_unset)
{
    mtls_settings_t nothing = place(0, 0), all = place(BIT(FIELDS) - 1, 1), got;

    mtls_settings_resolve(&got, &nothing);
    ck_assert_int_eq(got.verify, MTLS_VERIFY_NONE);
    ck_assert_ptr_null(got.accept);
    ck_assert_int_eq(got.ask, MTLS_ASK_NEVER);
    ck_assert(got.order.set);
    ck_assert_int_eq(got.order.methods[0], MTLS_STEPUP_POST_HANDSHAKE);
    ck_assert_int_eq(got.order.methods[1], MTLS_STEPUP_RENEGOTIATE);
    ck_assert_int_eq(got.order.methods[2], MTLS_STEPUP_REDIRECT);
    ck_assert_int_eq(got.stepup_timeout, apr_time_from_sec(30));
    ck_assert_int_eq(got.stepup_waiters, 0);
    ck_assert_int_eq(got.stepup_attempts, 3);
    ck_assert_uint_eq(mtls_settings_body_memory(&got), 131072);
    ck_assert_uint_eq(mtls_settings_body_disk(&got), 16777216);
    ck_assert_uint_eq(got.chain_bytes, 32768);
    ck_assert_int_eq(got.chain_certs, 6);
    ck_assert_int_eq(got.export_vars, MTLS_EXPORT_STANDARD);
    ck_assert_uint_eq(got.memo_entries, MTLS_MEMO_DEFAULT_ENTRIES);
    ck_assert_int_eq(got.reload_interval, apr_time_from_sec(10));
    ck_assert_int_eq(got.max_proof_age, apr_time_from_sec(86400));
    ck_assert_ptr_null(got.cache);
    ck_assert_int_eq(got.cache_timeout, apr_time_from_msec(250));
    ck_assert_ptr_null(got.cache_key_file);
    ck_assert_ptr_null(got.state_dir);
    ck_assert_ptr_null(got.fetch_proxy);
    ck_assert_ptr_null(got.fetch_ca_file);
    ck_assert_ptr_null(got.stepup_address);
    ck_assert_int_eq(got.endpoint, MTLS_OFF);
    ck_assert_ptr_null(got.stepup_origins);
    ck_assert_str_eq(got.stepup_path, "/.mtls");
    ck_assert_ptr_null(got.ticket_key_file);
    ck_assert_ptr_null(got.ticket_revoked_file);
    ck_assert_int_eq(got.ticket_idle, apr_time_from_sec(600));
    ck_assert_int_eq(got.ticket_total, apr_time_from_sec(28800));
    ck_assert_int_eq(mtls_settings_ticket_skew(&got), apr_time_from_sec(30));
    ck_assert_int_eq(got.ticket_bind, MTLS_BIND_NONE);
    ck_assert_int_eq(got.same_origin, MTLS_ON);
    ck_assert_int_eq(got.preflight, MTLS_PREFLIGHT_ANSWER);
    ck_assert_ptr_null(got.text_files);
    mtls_settings_resolve(&got, &all);
    check_equal(got, all);
}
END_TEST

START_TEST(off_is_not_unset)
{
    mtls_settings_t off = place(BIT(ORDER) | BIT(MEMORY) | BIT(DISK), 0), got;

    off.order.methods[0] = MTLS_STEPUP_NONE;
    off.reload_interval = MTLS_RELOAD_OFF;
    off.max_proof_age = MTLS_PROOF_AGE_OFF;
    off.fetch_proxy = "";
    off.ticket_skew = 1;
    off.same_origin = MTLS_OFF;
    mtls_settings_resolve(&got, &off);
    ck_assert_int_eq(got.order.methods[0], MTLS_STEPUP_NONE);
    ck_assert_uint_eq(mtls_settings_body_memory(&got), 0);
    ck_assert_uint_eq(mtls_settings_body_disk(&got), 0);
    ck_assert_int_eq(got.reload_interval, MTLS_RELOAD_OFF);
    ck_assert_int_eq(got.max_proof_age, MTLS_PROOF_AGE_OFF);
    ck_assert_str_eq(got.fetch_proxy, "");
    ck_assert_int_eq(mtls_settings_ticket_skew(&got), 0);
    ck_assert_int_eq(got.same_origin, MTLS_OFF);
}
END_TEST

START_TEST(the_handshake_asks_where_the_host_does)
{
    mtls_settings_t host = place(0, 0), got;

    host.verify = MTLS_VERIFY_OPTIONAL;
    mtls_settings_resolve(&got, &host);
    ck_assert_int_eq(got.ask, MTLS_ASK_ALWAYS);
    host.ask = MTLS_ASK_UNLESS_PHA;
    mtls_settings_resolve(&got, &host);
    ck_assert_int_eq(got.ask, MTLS_ASK_UNLESS_PHA);
}
END_TEST

START_TEST(a_place_redirects_with_an_address_and_a_method)
{
    mtls_settings_t s = place(0, 0);

    ck_assert(!mtls_settings_redirect(&s));
    s.stepup_address = &addresses[0];
    ck_assert(mtls_settings_redirect(&s)); /* by default */
    s.order.set = true;
    ck_assert(!mtls_settings_redirect(&s));
    s.order.methods[0] = MTLS_STEPUP_RENEGOTIATE;
    s.order.methods[1] = MTLS_STEPUP_POST_HANDSHAKE;
    ck_assert(!mtls_settings_redirect(&s));
    s.order.methods[2] = MTLS_STEPUP_REDIRECT_POST;
    ck_assert(mtls_settings_redirect(&s));
    s.order.methods[2] = MTLS_STEPUP_NONE;
    s.order.methods[0] = MTLS_STEPUP_REDIRECT;
    ck_assert(mtls_settings_redirect(&s));
    s.stepup_address = NULL;
    ck_assert(!mtls_settings_redirect(&s));
}
END_TEST

static const char *const dump[] = {
    "MTLSVerifyClient require",
    "MTLSAccept staff partner",
    "MTLSAskInHandshake unless-pha",
    "MTLSStepUp renegotiate redirect-post post-handshake",
    "MTLSStepUpTimeout 1500ms",
    "MTLSStepUpLimit waiters=10 attempts=5",
    "MTLSBodyBuffer 0 1M",
    "MTLSChainLimit 10001 4",
    "MTLSStepUpURL https://*.Cert.example.org:8443/ external",
    "MTLSStepUpEndpoint on",
    "MTLSStepUpOrigin https://a.example.org https://b.example.org:8443",
    "MTLSStepUpPath /step/up",
    "MTLSTicketKeyFile \"/etc/httpd/ticket key\"",
    "MTLSTicketRevokedFile /var/lib/mtls/revoked",
    "MTLSTicketTime idle=5m total=2h skew=0",
    "MTLSTicketBind user-agent address",
    "MTLSSameOrigin off",
    "MTLSPreflight refuse",
    "MTLSTextFile fr /texts/fr.json",
    "MTLSTextFile pt-BR \"/texts/pt br.json\"",
    "MTLSExport chain",
    "MTLSVerdictMemo 4096",
    "MTLSReloadInterval 500ms",
    "MTLSMaxProofAge 1h",
    "MTLSCache redis:127.0.0.1:6379",
    "MTLSCacheTimeout 1500ms",
    "MTLSCacheKeyFile \"/etc/httpd/a key\"",
    "MTLSStateDirectory /var/lib/mtls",
    "MTLSFetchProxy http://proxy.example.org:3128",
    "MTLSFetchCACertificateFile /ca.pem",
};

static const char *path_of(void *baton, const char *path)
{
    (void)baton;
    return path;
}

static void parse_line(mtls_settings_t *settings, const char *line)
{
    mtls_parse_t parse = {{"x.conf", 1, 0}, pool, path_of, NULL};
    char **words;
    int i, count = 0;

    ck_assert_int_eq(apr_tokenize_to_argv(line, &words, pool), APR_SUCCESS);
    while (words[count]) {
        count++;
    }
    for (i = 0; strcmp(mtls_directives[i].name, words[0]) != 0; i++) {
        ck_assert_int_lt(i + 1, MTLS_DIRECTIVE_COUNT);
    }
    ck_assert_ptr_null(mtls_directive_apply(&mtls_directives[i], settings, count - 1,
                                            (const char *const *)&words[1], &parse));
}

START_TEST(what_is_written_is_what_was_said)
{
    mtls_settings_t said = place(0, 0), read = place(0, 0);
    apr_array_header_t *lines;
    size_t i;

    ck_assert_int_eq(mtls_settings_write(&said, pool)->nelts, 0);
    for (i = 0; i < COUNT(dump); i++) {
        parse_line(&said, dump[i]);
    }
    lines = mtls_settings_write(&said, pool);
    ck_assert_int_eq(lines->nelts, COUNT(dump));
    for (i = 0; i < COUNT(dump); i++) {
        const char *line = APR_ARRAY_IDX(lines, i, const char *);

        ck_assert_str_eq(line, dump[i]);
        parse_line(&read, line);
    }
    ck_assert_uint_eq(read.memo_entries, 4096);
    ck_assert_int_eq(read.stepup_timeout, said.stepup_timeout);
}
END_TEST

START_TEST(off_is_written)
{
    mtls_settings_t s = place(0, 0);

    parse_line(&s, "MTLSStepUp off");
    parse_line(&s, "MTLSStepUpLimit attempts=5");
    parse_line(&s, "MTLSReloadInterval 0");
    parse_line(&s, "MTLSMaxProofAge off");
    parse_line(&s, "MTLSCache off");
    parse_line(&s, "MTLSFetchProxy none");
    ck_assert_str_eq(APR_ARRAY_IDX(mtls_settings_write(&s, pool), 0, const char *),
                     "MTLSStepUp off");
    ck_assert_str_eq(APR_ARRAY_IDX(mtls_settings_write(&s, pool), 1, const char *),
                     "MTLSStepUpLimit attempts=5");
    ck_assert_str_eq(APR_ARRAY_IDX(mtls_settings_write(&s, pool), 2, const char *),
                     "MTLSReloadInterval off");
    ck_assert_str_eq(APR_ARRAY_IDX(mtls_settings_write(&s, pool), 3, const char *),
                     "MTLSMaxProofAge off");
    ck_assert_str_eq(APR_ARRAY_IDX(mtls_settings_write(&s, pool), 4, const char *),
                     "MTLSCache off");
    ck_assert_str_eq(APR_ARRAY_IDX(mtls_settings_write(&s, pool), 5, const char *),
                     "MTLSFetchProxy none");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {unset_is_identity,
                                  inner_wins_field_by_field,
                                  merging_is_associative,
                                  an_origin_goes_with_its_value,
                                  T_P03_the_place_decides_whatever_the_host_says,
                                  defaults_fill_only_what_is_unset,
                                  off_is_not_unset,
                                  the_handshake_asks_where_the_host_does,
                                  a_place_redirects_with_an_address_and_a_method,
                                  what_is_written_is_what_was_said,
                                  off_is_written,
                                  NULL};

    return run_tests("settings", tests);
}
