/*
 * CRLs from distribution points: only good ones are kept, never an older one, and what somebody
 * wrote into the state directory is not believed (F-05, F-13, F-14, F-45).
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/trust/crl_fetch.h"

#include <apr_file_io.h>
#include <apr_strings.h>
#include <openssl/err.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utime.h>

#include "crl_fixture.h"
#include "http_fixture.h"
#include "mtls/trust/crl_schedule.h"
#include "mtls/trust/crl_state.h"
#include "mtls/trust/files.h"
#include "run.h"
#include "trust_fixture.h"

#define HOUR apr_time_from_sec(3600)

static http_server_t *server;
static http_answer_t answer;
static const char *dir;
static const char *url;
static fixture_party_t ca;
static mtls_profile_spec_t *spec;
static const mtls_profile_t *profile;
static mtls_fetch_means_t means;
static apr_time_t now;
static const char *told;
static int told_failures;
static mtls_board_t *board;

static void tell(void *baton, bool failed, const char *text)
{
    (void)baton;
    told = apr_pstrdup(pool, text);
    told_failures += failed;
    for (const char *c = text; *c != '\0'; c++)
        ck_assert(*c >= 0x20 && *c < 0x7f);
}

static void set_up(void)
{
    server = http_start(0, pool);
    answer = (http_answer_t){0};
    dir = apr_pstrcat(pool, fixture_dir(pool), "/staff", NULL);
    url = http_url(server, "http", "ca.crl", pool);
    ca = fixture_make(NULL, &(fixture_recipe_t){.ca = true}, pool);
    spec = fixture_spec(pool);
    fixture_add_cert(spec->ca_files, ca.cert, pool);
    profile = fixture_profile(spec, pool);
    fixture_add(spec->revocation.crl.fetch_urls, url);
    means = (mtls_fetch_means_t){0};
    board = mtls_board_init(apr_pcalloc(pool, mtls_board_size()));
    now = fixture_now();
    told = "";
    told_failures = 0;
}

static mtls_crl_fetched_t run_round(void)
{
    mtls_crl_fetch_means_t with = {.means = &means, .board = board, .tell_fn = tell};
    mtls_crl_fetched_t fetched = mtls_crl_fetch_round(profile, dir, &with, now, pool);

    ck_assert_uint_eq(ERR_peek_error(), 0);
    return fetched;
}

static void serve(mtls_bytes_t body, const char *head)
{
    answer.body = body.data;
    answer.len = body.len;
    answer.head = head;
    http_set(server, &answer);
}

static mtls_bytes_t octets(const char *text)
{
    return (mtls_bytes_t){(const unsigned char *)text, strlen(text)};
}

/* A list with this number. */
static mtls_bytes_t make_list(int number)
{
    fixture_crl_t recipe = {.extensions = {apr_psprintf(pool, "crlNumber=ASN1:INTEGER:%d", number),
                                           "authorityKeyIdentifier=keyid"}};

    return fixture_crl(&ca, &recipe, pool);
}

static const char *name_of(const char *ending)
{
    return apr_pstrcat(pool, mtls_crl_state_hash(url, pool), ending, NULL);
}

static mtls_bytes_t stored(void)
{
    mtls_bytes_t kept;

    mtls_crl_state_read(&kept, dir, name_of(".crl"), 1 << 20, pool);
    return kept;
}

static mtls_crl_state_t record(void)
{
    mtls_crl_state_t state;

    mtls_crl_state_load(&state, dir, url, pool);
    return state;
}

static int counted(mtls_counter_t counter)
{
    return (int)mtls_board_read(board, counter);
}

#define ck_round(s, u, f)                                                                          \
    do {                                                                                           \
        mtls_crl_fetched_t did = run_round();                                                      \
        ck_assert_msg(did.stored == (s) && did.unchanged == (u) && did.failed == (f),              \
                      "%d %d %d: %s", did.stored, did.unchanged, did.failed, told);                \
    } while (0)

/* Serve it when it is due again. */
#define ck_next(body, s, u, f)                                                                     \
    do {                                                                                           \
        serve(body, NULL);                                                                         \
        now = record().next;                                                                       \
        ck_round(s, u, f);                                                                         \
    } while (0)

START_TEST(stores)
{
    mtls_bytes_t list = make_list(7);
    struct stat info;

    serve(list, "HTTP/1.0 200 OK\r\nETag: \"e7\"\r\n\r\n");
    ck_round(1, 0, 0);
    ck_assert(mtls_bytes_equal(stored(), list));
    ck_assert_int_eq(stat(apr_pstrcat(pool, dir, "/", name_of(".crl"), NULL), &info), 0);
    ck_assert_int_eq(info.st_mode & 07777, 0644);
    ck_assert_str_eq(record().url, url);
    ck_assert_str_eq(record().etag, "\"e7\"");
    ck_assert_ptr_null(record().last_modified);
    ck_assert_int_eq(record().asked, now);
    ck_assert_int_eq(record().failures, 0);
    ck_assert_int_eq(record().next, now - HOUR + 25 * HOUR / 2);
    ck_assert_ptr_nonnull(strstr(told, url));
    ck_assert_int_eq(told_failures, 0);
}
END_TEST

START_TEST(asks_when_it_is_due_and_not_before)
{
    serve(make_list(1), "HTTP/1.0 200 OK\r\nETag: \"e1\"\r\n\r\n");
    ck_round(1, 0, 0);
    now = record().next - 1;
    ck_round(0, 0, 0);
    ck_assert_int_eq(http_count(server), 1);
    serve(octets(""), "HTTP/1.0 304 Not Modified\r\n\r\n");
    now++;
    ck_round(0, 1, 0);
    ck_assert_int_eq(http_count(server), 2);
    ck_assert_ptr_nonnull(
        strstr(http_request(server, NULL, pool), "\r\nIf-None-Match: \"e1\"\r\n"));
    ck_assert_int_gt(record().next, now);
    ck_assert_str_eq(record().etag, "\"e1\"");
}
END_TEST

START_TEST(replaces_by_newer_ones_only_F_13)
{
    mtls_bytes_t first = make_list(5);
    mtls_bytes_t second = make_list(6);

    serve(first, NULL);
    ck_round(1, 0, 0);
    ck_next(first, 0, 1, 0);
    ck_next(second, 1, 0, 0);
    ck_next(first, 0, 0, 1);
    ck_assert_int_eq(counted(MTLS_COUNTER_CRL_FETCHES), 2);
    ck_assert_int_eq(counted(MTLS_COUNTER_CRL_UNCHANGED), 1);
    ck_assert_int_eq(counted(MTLS_COUNTER_CRL_FETCH_FAILURES), 1);
    ck_assert_ptr_nonnull(strstr(told, "older"));
    ck_assert(mtls_bytes_equal(stored(), second));
    ck_assert_int_eq(record().next, now + MTLS_CRL_FETCH_RETRY);
}
END_TEST

/* What watches the directory has work only when there is something new. */
START_TEST(touches_the_directory_for_new_lists_only)
{
    mtls_files_t *files = mtls_files_make(pool);
    mtls_bytes_t list = make_list(5);

    serve(list, NULL);
    ck_round(1, 0, 0);
    mtls_files_note(files, dir);
    ck_next(list, 0, 1, 0);
    ck_next(octets("rubbish"), 0, 0, 1);
    ck_assert_int_eq(mtls_crl_fetch_note(dir, "http://ca.example.org/", pool), APR_SUCCESS);
    ck_assert(!mtls_files_changed(files));
    ck_next(make_list(6), 1, 0, 0);
    ck_assert(mtls_files_changed(files));
}
END_TEST

/* Lists may be signed by a key of their own, which the administrator names. */
START_TEST(knows_signers)
{
    fixture_recipe_t recipe = {
        .subject = "ca", .extensions = {"keyUsage=critical,cRLSign", "subjectKeyIdentifier=hash"}};
    fixture_party_t signer = fixture_make(&ca, &recipe, pool);

    profile = fixture_profile(spec, pool);
    serve(fixture_crl(&signer, &(fixture_crl_t){0}, pool), NULL);
    ck_round(0, 0, 1);
    fixture_add_cert(spec->revocation.crl.signer_files, signer.cert, pool);
    profile = fixture_profile(spec, pool);
    now = record().next;
    ck_round(1, 0, 0);
}
END_TEST

/* Any list of another CA of the profile would pass for signed. */
START_TEST(replaces_by_the_same_list_only)
{
    fixture_party_t other =
        fixture_make(NULL, &(fixture_recipe_t){.ca = true, .subject = "two"}, pool);
    mtls_bytes_t list = make_list(5);

    fixture_add_cert(spec->ca_files, other.cert, pool);
    profile = fixture_profile(spec, pool);
    serve(list, NULL);
    ck_round(1, 0, 0);
    ck_next(fixture_crl(&other, &(fixture_crl_t){0}, pool), 0, 0, 1);
    ck_assert_ptr_nonnull(strstr(told, "another list"));
    ck_assert(mtls_bytes_equal(stored(), list));
}
END_TEST

static mtls_bytes_t bad_list(int kind)
{
    fixture_party_t other = fixture_make(NULL, &(fixture_recipe_t){.ca = true}, pool);
    fixture_recipe_t no_crls = {.ca = true,
                                .same_key_as = &ca,
                                .extensions = {"basicConstraints=critical,CA:TRUE",
                                               "keyUsage=critical,keyCertSign",
                                               "subjectKeyIdentifier=hash"}};
    mtls_bytes_t list = make_list(1);

    switch (kind) {
    case 0: /* the same name, another key */
        return fixture_crl(&other, &(fixture_crl_t){0}, pool);
    case 1:
        return fixture_crl_spoil(list, pool);
    case 2:
        return (mtls_bytes_t){list.data, list.len - 1};
    case 3:
        return octets("<html>Please log in to this network</html>");
    case 4:
        return octets("");
    case 5:
        return octets(
            apr_pstrcat(pool, fixture_crl_pem(list, pool), fixture_crl_pem(list, pool), NULL));
    case 6:
        return octets(fixture_pem(ca.cert, pool));
    case 7: /* trailing octets */
        return (mtls_bytes_t){memcpy(apr_pcalloc(pool, list.len + 1), list.data, list.len),
                              list.len + 1};
    default: /* signed with the right key, which may not sign CRLs */
        ca = fixture_make(NULL, &no_crls, pool);
        spec->ca_files->nelts = 0;
        fixture_add_cert(spec->ca_files, ca.cert, pool);
        profile = fixture_profile(spec, pool);
        return make_list(1);
    }
}

START_TEST(refuses_bad_lists_F_14)
{
    mtls_bytes_t good = make_list(1);

    serve(bad_list(_i), NULL);
    ck_round(0, 0, 1);
    ck_assert_uint_eq(stored().len, 0);
    ck_assert_int_eq(record().failures, 1);
    ck_assert_int_eq(record().next, now + MTLS_CRL_FETCH_RETRY);
    ck_assert_ptr_nonnull(strstr(told, url));
    if (_i < 8)
        ck_next(good, 1, 0, 0);
    ck_assert_int_eq(record().failures, _i < 8 ? 0 : 1);
}
END_TEST

START_TEST(accepts_pem)
{
    mtls_bytes_t list = make_list(1);

    serve(octets(fixture_crl_pem(list, pool)), NULL);
    ck_round(1, 0, 0);
    ck_assert(mtls_bytes_equal(stored(), list));
    now = record().next;
    ck_round(0, 1, 0);
}
END_TEST

START_TEST(asks_for_expired_lists_at_each_retry)
{
    fixture_crl_t recipe = {.from_seconds = -7200, .to_seconds = -60};
    mtls_bytes_t list = fixture_crl(&ca, &recipe, pool);

    serve(list, NULL);
    ck_round(1, 0, 0);
    ck_assert_int_eq(told_failures, 1);
    ck_assert_ptr_nonnull(strstr(told, "expired"));
    ck_assert_int_eq(record().next, now + MTLS_CRL_FETCH_RETRY);
    ck_next(list, 0, 1, 0);
    ck_assert_int_eq(record().next, now + 2 * MTLS_CRL_FETCH_RETRY);
}
END_TEST

START_TEST(pauses_longer_after_failures)
{
    apr_interval_time_t pause = MTLS_CRL_FETCH_RETRY;

    for (int i = 0; i < 9; i++) {
        serve(octets("x"), "HTTP/1.0 503 Later\r\n\r\n");
        ck_round(0, 0, 1);
        ck_assert_int_eq(record().next, now + pause);
        pause = pause * 2 < HOUR ? pause * 2 : HOUR;
        now = record().next;
    }
    ck_next(make_list(1), 1, 0, 0);
    ck_assert_int_eq(record().failures, 0);
}
END_TEST

START_TEST(asks_anew_for_what_failed)
{
    mtls_crl_fetch_means_t with = {.means = &means, .board = board, .tell_fn = tell, .anew = true};

    serve(octets("x"), "HTTP/1.0 503 Later\r\n\r\n");
    ck_round(0, 0, 1);
    serve(make_list(1), NULL);
    ck_round(0, 0, 0);
    ck_assert_int_eq(mtls_crl_fetch_round(profile, dir, &with, now, pool).stored, 1);
    ck_assert_int_eq(mtls_crl_fetch_round(profile, dir, &with, now, pool).unchanged, 0);
    ck_assert_int_eq(counted(MTLS_COUNTER_CRL_FETCHES), 1);
}
END_TEST

/* A list of ours that somebody has spoiled is asked for without conditions, whatever the record
 * says. */
START_TEST(does_not_believe_the_directory)
{
    mtls_bytes_t list = make_list(3);
    const char *path;

    serve(list, "HTTP/1.0 200 OK\r\nETag: \"e3\"\r\n\r\n");
    ck_round(1, 0, 0);
    path = apr_pstrcat(pool, dir, "/", name_of(".crl"), NULL);
    now = record().next;
    if (_i == 0) {
        fixture_write(dir, name_of(".crl"), "rubbish", 7, pool);
    } else if (_i == 1) {
        unlink(path);
        ck_assert_int_eq(
            symlink(fixture_write(fixture_dir(pool), "good.crl", list.data, list.len, pool), path),
            0);
    } else if (_i == 2) {
        unlink(path);
        ck_assert_int_eq(mkfifo(path, 0644), 0);
    } else {
        unlink(path);
    }
    ck_round(1, 0, 0);
    ck_assert_ptr_null(strstr(http_request(server, NULL, pool), "If-"));
    ck_assert(mtls_bytes_equal(stored(), list));
}
END_TEST

START_TEST(does_not_believe_records)
{
    static const char *const lines[] = {
        "asked 100\nnext 99999999999\nfailures 0\n",         /* never again */
        "asked 99999999999\nnext 99999999999\nfailures 0\n", /* the clock was wrong (F-45) */
        "asked 0\nnext 0\nfailures 0\nmore\n",
        "rubbish",
    };
    const char *text = apr_pstrcat(pool, "mod_mtls crl 1\nurl ", url,
                                   "\netag \"e3\"\nlast-modified -\n", lines[_i], NULL);

    ck_assert_int_eq(mtls_crl_state_make_dir(dir, pool), APR_SUCCESS);
    fixture_write(dir, mtls_crl_state_record(url, pool), text, strlen(text), pool);
    serve(make_list(3), NULL);
    ck_round(1, 0, 0);
    ck_assert_int_le(record().next, now + MTLS_CRL_SCHEDULE_MAX);
}
END_TEST

START_TEST(notes_urls)
{
    mtls_bytes_t list = make_list(1);

    spec->revocation.crl.fetch_urls->nelts = 0;
    fixture_add(spec->revocation.fetch_hosts, "127.0.0.1");
    ck_assert_int_eq(mtls_crl_fetch_note(dir, url, pool), APR_SUCCESS);
    serve(list, NULL);
    ck_round(0, 0, 0);
    ck_assert_int_eq(http_count(server), 0);
    spec->revocation.crl.fetch_from_certs = MTLS_ON;
    ck_round(1, 0, 0);
    ck_assert_int_eq(mtls_crl_fetch_note(dir, url, pool), APR_SUCCESS);
    ck_assert_int_eq(record().asked, now);
    ck_assert_int_ne(mtls_crl_fetch_note(dir, "http://a@b/", pool), APR_SUCCESS);
    now = record().next;
    APR_ARRAY_IDX(spec->revocation.fetch_hosts, 0, mtls_sourced_t).value = "ca.example.org";
    ck_round(0, 0, 0);
}
END_TEST

START_TEST(bounds_notes)
{
    for (int i = 0; i < MTLS_CRL_FETCH_MAX_URLS; i++)
        ck_assert_int_eq(
            mtls_crl_fetch_note(dir, apr_psprintf(pool, "http://h%d.example/", i), pool),
            APR_SUCCESS);
    ck_assert_int_eq(mtls_crl_fetch_note(dir, "http://one.more.example/", pool), APR_ENOSPC);
    ck_assert_int_eq(mtls_crl_fetch_note(dir, "http://h7.example/", pool), APR_SUCCESS);
}
END_TEST

static fixture_party_t with_points(const char *names)
{
    return fixture_make(NULL,
                        &(fixture_recipe_t){.ca = true,
                                            .extensions = {"basicConstraints=critical,CA:TRUE",
                                                           "keyUsage=critical,keyCertSign,cRLSign",
                                                           "subjectKeyIdentifier=hash", names}},
                        pool);
}

static const char *points_of(const char *names)
{
    const apr_array_header_t *urls = mtls_crl_fetch_points(profile, with_points(names).cert, pool);

    return apr_array_pstrcat(pool, urls, ' ');
}

START_TEST(finds_points_F_05)
{
    const char *many = "crlDistributionPoints=URI:http://a/1";

    ck_assert_str_eq(points_of("crlDistributionPoints=URI:http://a/1"), "");
    spec->revocation.crl.fetch_from_certs = MTLS_ON;
    ck_assert_str_eq(points_of("crlDistributionPoints=URI:http://a/1,URI:ldap://b/,URI:https://c/3,"
                               "URI:file:///etc/passwd,URI:gopher://d/,URI:http://u@e/,DNS:f,"
                               "URI:http://a/1,URI:/g"),
                     "http://a/1 https://c/3");
    for (int i = 2; i < 20; i++)
        many = apr_psprintf(pool, "%s,URI:http://a/%d", many, i);
    ck_assert_str_eq(points_of(many), "http://a/1 http://a/2 http://a/3 http://a/4 http://a/5 "
                                      "http://a/6 http://a/7 http://a/8");
    fixture_add(spec->revocation.fetch_hosts, "C");
    ck_assert_str_eq(points_of("crlDistributionPoints=URI:http://a/1,URI:https://c/3"),
                     "https://c/3");
    ck_assert_str_eq(points_of("crlDistributionPoints=DER:0500"), "");
    ck_assert_str_eq(points_of("nsComment=none"), "");
}
END_TEST

/* Named by a certificate, an address of this machine needs a word of the administrator. */
START_TEST(fetches_for_its_own_cas_F_05)
{
    spec->revocation.crl.fetch_urls->nelts = 0;
    spec->revocation.crl.fetch_from_certs = MTLS_ON;
    ca = with_points(apr_pstrcat(pool, "crlDistributionPoints=URI:", url, NULL));
    spec->ca_files->nelts = 0;
    fixture_add_cert(spec->ca_files, ca.cert, pool);
    profile = fixture_profile(spec, pool);
    serve(make_list(1), NULL);
    ck_round(0, 0, 1);
    ck_assert_int_eq(http_count(server), 0);
    fixture_add(spec->revocation.fetch_hosts, "127.0.0.1");
    now = record().next;
    ck_round(1, 0, 0);
}
END_TEST

START_TEST(learns_nothing_while_stopping)
{
    int stopping = 1;

    means.stopping = &stopping;
    serve(make_list(1), NULL);
    ck_round(0, 0, 0);
    ck_assert_int_eq(record().asked, 0);
    stopping = 0;
    ck_round(1, 0, 0);
}
END_TEST

START_TEST(tells_of_directories)
{
    dir = apr_pstrcat(pool, dir, "/not/there", NULL);
    ck_round(0, 0, 1);
    ck_assert_ptr_nonnull(strstr(told, dir));
    ck_assert_int_eq(run_round().next, now + MTLS_CRL_FETCH_RETRY);
    ck_assert(run_round().unwritten);
}
END_TEST

/* Nothing that is learned can be written down: one question, not one for each URL and round. */
START_TEST(tells_that_it_cannot_write)
{
    mtls_crl_fetched_t fetched;

    apr_dir_make_recursive(dir, APR_FPROT_OS_DEFAULT, pool);
    fixture_write(dir, "records", "x", 1, pool);
    fixture_add(spec->revocation.crl.fetch_urls, http_url(server, "http", "other.crl", pool));
    serve(make_list(1), NULL);
    fetched = run_round();
    ck_assert(fetched.unwritten);
    ck_assert_int_eq(fetched.stored, 0);
    ck_assert_int_eq(http_count(server), 1);
    ck_assert_ptr_nonnull(strstr(told, "cannot write"));
}
END_TEST

START_TEST(keeps_to_its_limits_F_04)
{
    spec->revocation.crl.fetch_size = 64;
    serve(make_list(1), NULL);
    ck_round(0, 0, 1);
    ck_assert_ptr_nonnull(strstr(told, "too large"));
}
END_TEST

START_TEST(tidies)
{
    struct utimbuf old = {1, 1};
    const char *path;

    ck_assert_int_eq(mtls_crl_state_make_dir(dir, pool), APR_SUCCESS);
    path = fixture_write(dir, "records/.new-old", "x", 1, pool);
    utime(path, &old);
    fixture_write(dir, "records/.new-now", "x", 1, pool);
    serve(make_list(1), NULL);
    ck_round(1, 0, 0);
    ck_assert_int_ne(access(path, F_OK), 0);
    ck_assert_int_eq(access(apr_pstrcat(pool, dir, "/records/.new-now", NULL), F_OK), 0);
}
END_TEST

static int reading;
static int torn;

/* Both editions are of one octet value throughout. */
static void *read_always(void *data)
{
    apr_pool_t *own;
    mtls_bytes_t got;

    (void)data;
    while (__atomic_load_n(&reading, __ATOMIC_RELAXED)) {
        apr_pool_create(&own, NULL);
        if (mtls_crl_state_read(&got, dir, "x.crl", 1 << 20, own) != APR_SUCCESS ||
            got.len != 100000 || memchr(got.data, got.data[0] ^ 1, got.len) != NULL)
            torn++;
        apr_pool_destroy(own);
    }
    return NULL;
}

START_TEST(replaces_files_whole)
{
    unsigned char *one = memset(apr_palloc(pool, 100000), 'a', 100000);
    unsigned char *two = memset(apr_palloc(pool, 100000), 'a' ^ 1, 100000);
    pthread_t thread;

    ck_assert_int_eq(mtls_crl_state_make_dir(dir, pool), APR_SUCCESS);
    ck_assert_int_eq(mtls_crl_state_replace(dir, "x.crl", (mtls_bytes_t){one, 100000}, pool), 0);
    torn = 0;
    reading = 1;
    ck_assert_int_eq(pthread_create(&thread, NULL, read_always, NULL), 0);
    for (int i = 0; i < 100; i++)
        ck_assert_int_eq(
            mtls_crl_state_replace(dir, "x.crl", (mtls_bytes_t){i % 2 ? one : two, 100000}, pool),
            0);
    __atomic_store_n(&reading, 0, __ATOMIC_RELAXED);
    pthread_join(thread, NULL);
    ck_assert_int_eq(torn, 0);
}
END_TEST

START_TEST(schedules)
{
    apr_time_t t = apr_time_from_sec(1000000);
    apr_time_t soon = MTLS_CRL_SCHEDULE_RETRY;

    ck_assert_int_eq(mtls_crl_schedule_next(t, t + 10 * HOUR, t), t + 5 * HOUR);
    ck_assert_int_eq(mtls_crl_schedule_next(t, t + 10 * HOUR, t + 6 * HOUR), t + 8 * HOUR);
    ck_assert_int_eq(mtls_crl_schedule_next(t, t + 10 * HOUR, t + 8 * HOUR + HOUR / 2),
                     t + 9 * HOUR);
    ck_assert_int_eq(mtls_crl_schedule_next(t, t + 10 * HOUR, t + 9 * HOUR),
                     t + 9 * HOUR + HOUR / 2);
    ck_assert_int_eq(mtls_crl_schedule_next(t, t + 10 * HOUR, t + 10 * HOUR - 1),
                     t + 10 * HOUR - 1 + MTLS_CRL_SCHEDULE_MIN);
    ck_assert_int_eq(mtls_crl_schedule_next(t, t + 20 * MTLS_CRL_SCHEDULE_MIN, t),
                     t + 10 * MTLS_CRL_SCHEDULE_MIN);
    ck_assert_int_eq(mtls_crl_schedule_next(t, t + 5000 * HOUR, t), t + MTLS_CRL_SCHEDULE_MAX);
    ck_assert_int_eq(mtls_crl_schedule_retry(1, t), t + soon);
    ck_assert_int_eq(mtls_crl_schedule_retry(3, t), t + 4 * soon);
    ck_assert_int_eq(mtls_crl_schedule_retry(1000, t), t + HOUR);
    ck_assert(mtls_crl_schedule_is_due(0, 0, t));
    ck_assert(mtls_crl_schedule_is_due(t - 1, t, t));
    ck_assert(!mtls_crl_schedule_is_due(t - 1, t + 1, t));
    ck_assert(mtls_crl_schedule_is_due(t + 1, t + 2, t));
    ck_assert(mtls_crl_schedule_is_due(t, t + MTLS_CRL_SCHEDULE_MAX + 1, t));
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("crl_fetch");

    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, stores);
    tcase_add_test(tcase, asks_when_it_is_due_and_not_before);
    tcase_add_test(tcase, replaces_by_newer_ones_only_F_13);
    tcase_add_test(tcase, touches_the_directory_for_new_lists_only);
    tcase_add_test(tcase, knows_signers);
    tcase_add_test(tcase, replaces_by_the_same_list_only);
    tcase_add_loop_test(tcase, refuses_bad_lists_F_14, 0, 9);
    tcase_add_test(tcase, accepts_pem);
    tcase_add_test(tcase, asks_for_expired_lists_at_each_retry);
    tcase_add_test(tcase, pauses_longer_after_failures);
    tcase_add_test(tcase, asks_anew_for_what_failed);
    tcase_add_loop_test(tcase, does_not_believe_the_directory, 0, 4);
    tcase_add_loop_test(tcase, does_not_believe_records, 0, 4);
    tcase_add_test(tcase, notes_urls);
    tcase_add_test(tcase, bounds_notes);
    tcase_add_test(tcase, finds_points_F_05);
    tcase_add_test(tcase, fetches_for_its_own_cas_F_05);
    tcase_add_test(tcase, learns_nothing_while_stopping);
    tcase_add_test(tcase, tells_of_directories);
    tcase_add_test(tcase, tells_that_it_cannot_write);
    tcase_add_test(tcase, keeps_to_its_limits_F_04);
    tcase_add_test(tcase, tidies);
    tcase_add_test(tcase, replaces_files_whole);
    tcase_add_test(tcase, schedules);
    return run_case_with("trust/crl_fetch", tcase, set_up);
}
