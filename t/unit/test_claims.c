/*
 * t/unit/test_claims.c - claims written, read back, cut, damaged, and grown old.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>
#include <string.h>

#include "mtls/policy/claims.h"
#include "mtls/policy/cookies.h"
#include "policy_run.h"

#define SEC(n) apr_time_from_sec((apr_time_t)(n))
#define NOW    SEC(1790000000)
#define MIN    SEC(60)

/* What the token adds before base64url: version, key id of 8, nonce, tag. */
enum { SEAL_OVERHEAD = 37, LINE_MAX_LEN = 512 };

#define LATEST 0xffffffffLL

static mtls_attempt_t attempt(void)
{
    mtls_attempt_t out = {.issued_at = NOW,
                          .origin = "https://www.example.org:8443",
                          .base = "/.mtls",
                          .target = "/staff?x=1",
                          .profiles = {"staff", "partners"},
                          .profile_count = 2,
                          .max_age = SEC(300),
                          .tries = 2,
                          .post = true};

    memset(out.id, 0x11, sizeof(out.id));
    memset(out.browser, 0x22, sizeof(out.browser));
    memset(out.place, 0x33, sizeof(out.place));
    return out;
}

static mtls_code_t code(void)
{
    mtls_code_t out = {.issued_at = NOW,
                       .ends_at = NOW + SEC(86400),
                       .origin = "https://www.example.org",
                       .target = "/staff?x=1",
                       .accepted_count = 2,
                       .post = true};

    memset(out.id, 0x11, sizeof(out.id));
    memset(out.attempt, 0x22, sizeof(out.attempt));
    memset(out.browser, 0x33, sizeof(out.browser));
    memset(out.place, 0x44, sizeof(out.place));
    memset(out.leaf, 0x55, sizeof(out.leaf));
    memset(out.accepted, 0x66, sizeof(out.accepted[0]) * 2);
    return out;
}

static mtls_ticket_t ticket(void)
{
    mtls_ticket_t out = {
        .issued_at = NOW, .seen_at = NOW + SEC(5), .ends_at = NOW + SEC(3600), .accepted_count = 1};

    memset(out.id, 0x11, sizeof(out.id));
    memset(out.origin, 0x22, sizeof(out.origin));
    memset(out.leaf, 0x33, sizeof(out.leaf));
    memset(out.bound, 0x44, sizeof(out.bound));
    memset(out.accepted, 0x55, sizeof(out.accepted[0]));
    return out;
}

static mtls_grant_t grant(void)
{
    mtls_grant_t out = {.issued_at = NOW};

    memset(out.id, 0x11, sizeof(out.id));
    memset(out.ticket, 0x22, sizeof(out.ticket));
    memset(out.target, 0x33, sizeof(out.target));
    return out;
}

static mtls_bytes_t attempt_bytes(const mtls_attempt_t *claims)
{
    mtls_bytes_t out;

    ck_assert(mtls_attempt_write(&out, claims, pool));
    return out;
}

static mtls_bytes_t code_bytes(const mtls_code_t *claims)
{
    mtls_bytes_t out;

    ck_assert(mtls_code_write(&out, claims, pool));
    return out;
}

static mtls_bytes_t ticket_bytes(const mtls_ticket_t *claims)
{
    mtls_bytes_t out;

    ck_assert(mtls_ticket_write(&out, claims, pool));
    return out;
}

static mtls_bytes_t grant_bytes(const mtls_grant_t *claims)
{
    mtls_bytes_t out;

    ck_assert(mtls_grant_write(&out, claims, pool));
    return out;
}

START_TEST(an_attempt_comes_back_as_written)
{
    const mtls_attempt_t in = attempt();
    mtls_attempt_t out;

    ck_assert(mtls_attempt_read(&out, attempt_bytes(&in), pool));
    ck_assert_mem_eq(out.id, in.id, sizeof(in.id));
    ck_assert_mem_eq(out.browser, in.browser, sizeof(in.browser));
    ck_assert_mem_eq(out.place, in.place, sizeof(in.place));
    ck_assert_int_eq(out.issued_at, in.issued_at);
    ck_assert_str_eq(out.origin, in.origin);
    ck_assert_str_eq(out.base, in.base);
    ck_assert_str_eq(out.target, in.target);
    ck_assert_int_eq(out.profile_count, 2);
    ck_assert_str_eq(out.profiles[0], "staff");
    ck_assert_str_eq(out.profiles[1], "partners");
    ck_assert_ptr_null(out.profiles[2]);
    ck_assert_int_eq(out.max_age, in.max_age);
    ck_assert_int_eq(out.tries, 2);
    ck_assert(out.post);
}
END_TEST

START_TEST(a_code_comes_back_as_written)
{
    const mtls_code_t in = code();
    mtls_code_t out;

    ck_assert(mtls_code_read(&out, code_bytes(&in), pool));
    ck_assert_mem_eq(out.id, in.id, sizeof(in.id));
    ck_assert_mem_eq(out.attempt, in.attempt, sizeof(in.attempt));
    ck_assert_mem_eq(out.browser, in.browser, sizeof(in.browser));
    ck_assert_mem_eq(out.place, in.place, sizeof(in.place));
    ck_assert_mem_eq(out.leaf, in.leaf, sizeof(in.leaf));
    ck_assert_int_eq(out.issued_at, in.issued_at);
    ck_assert_int_eq(out.ends_at, in.ends_at);
    ck_assert_str_eq(out.origin, in.origin);
    ck_assert_str_eq(out.target, in.target);
    ck_assert_int_eq(out.accepted_count, 2);
    ck_assert_mem_eq(out.accepted, in.accepted, sizeof(in.accepted));
    ck_assert(out.post);
}
END_TEST

START_TEST(a_ticket_comes_back_as_written)
{
    const mtls_ticket_t in = ticket();
    mtls_ticket_t out;

    ck_assert(mtls_ticket_read(&out, ticket_bytes(&in)));
    ck_assert_mem_eq(out.id, in.id, sizeof(in.id));
    ck_assert_mem_eq(out.origin, in.origin, sizeof(in.origin));
    ck_assert_mem_eq(out.leaf, in.leaf, sizeof(in.leaf));
    ck_assert_mem_eq(out.bound, in.bound, sizeof(in.bound));
    ck_assert_int_eq(out.issued_at, in.issued_at);
    ck_assert_int_eq(out.seen_at, in.seen_at);
    ck_assert_int_eq(out.ends_at, in.ends_at);
    ck_assert_int_eq(out.accepted_count, 1);
    ck_assert_mem_eq(out.accepted, in.accepted, sizeof(in.accepted));
}
END_TEST

START_TEST(a_grant_comes_back_as_written)
{
    const mtls_grant_t in = grant();
    mtls_grant_t out;

    ck_assert(mtls_grant_read(&out, grant_bytes(&in)));
    ck_assert_mem_eq(out.id, in.id, sizeof(in.id));
    ck_assert_mem_eq(out.ticket, in.ticket, sizeof(in.ticket));
    ck_assert_mem_eq(out.target, in.target, sizeof(in.target));
    ck_assert_int_eq(out.issued_at, in.issued_at);
}
END_TEST

START_TEST(the_octets_are_those_of_the_layout)
{
    const mtls_grant_t in = grant();
    const mtls_bytes_t out = grant_bytes(&in);
    static const unsigned char seconds[] = {0x6a, 0xb1, 0x3b, 0x80};

    ck_assert_uint_eq(out.len, 1 + 16 + 16 + 32 + 4);
    ck_assert_uint_eq(out.data[0], 0x41);
    ck_assert_uint_eq(out.data[1], 0x11);
    ck_assert_mem_eq(out.data + 65, seconds, sizeof(seconds));
}
END_TEST

/*
 * Reading: octets in a block of exactly their size, so that a memory checker sees one too far. What
 * is refused leaves nothing behind; what is read is written as it was.
 */

typedef bool try_fn(mtls_bytes_t data);

static bool is_zero(const void *data, size_t len)
{
    const unsigned char *c = data;

    while (len > 0 && *c == 0) {
        c++;
        len--;
    }
    return len == 0;
}

static void assert_same(bool wrote, mtls_bytes_t back, mtls_bytes_t data)
{
    ck_assert(wrote);
    ck_assert(mtls_bytes_equal(back, data));
}

static bool try_attempt(mtls_bytes_t data)
{
    mtls_attempt_t out;
    mtls_bytes_t back;

    memset(&out, 0xaa, sizeof(out));
    if (!mtls_attempt_read(&out, data, pool)) {
        ck_assert(is_zero(&out, sizeof(out)));
        return false;
    }
    assert_same(mtls_attempt_write(&back, &out, pool), back, data);
    return true;
}

static bool try_code(mtls_bytes_t data)
{
    mtls_code_t out;
    mtls_bytes_t back;

    memset(&out, 0xaa, sizeof(out));
    if (!mtls_code_read(&out, data, pool)) {
        ck_assert(is_zero(&out, sizeof(out)));
        return false;
    }
    assert_same(mtls_code_write(&back, &out, pool), back, data);
    return true;
}

static bool try_ticket(mtls_bytes_t data)
{
    mtls_ticket_t out;
    mtls_bytes_t back;

    memset(&out, 0xaa, sizeof(out));
    if (!mtls_ticket_read(&out, data)) {
        ck_assert(is_zero(&out, sizeof(out)));
        return false;
    }
    assert_same(mtls_ticket_write(&back, &out, pool), back, data);
    return true;
}

static bool try_grant(mtls_bytes_t data)
{
    mtls_grant_t out;
    mtls_bytes_t back;

    memset(&out, 0xaa, sizeof(out));
    if (!mtls_grant_read(&out, data)) {
        ck_assert(is_zero(&out, sizeof(out)));
        return false;
    }
    assert_same(mtls_grant_write(&back, &out, pool), back, data);
    return true;
}

static bool try_copy(try_fn *try_one, mtls_bytes_t data)
{
    unsigned char *copy = malloc(data.len ? data.len : 1);
    bool read;

    memcpy(copy, data.data, data.len);
    read = try_one((mtls_bytes_t){copy, data.len});
    free(copy);
    return read;
}

static try_fn *const tries[] = {try_attempt, try_code, try_ticket, try_grant};

static mtls_bytes_t sample(int kind)
{
    const mtls_attempt_t an_attempt = attempt();
    const mtls_code_t a_code = code();
    const mtls_ticket_t a_ticket = ticket();
    const mtls_grant_t a_grant = grant();
    const mtls_bytes_t all[] = {attempt_bytes(&an_attempt), code_bytes(&a_code),
                                ticket_bytes(&a_ticket), grant_bytes(&a_grant)};

    return all[kind];
}

START_TEST(S_05_every_prefix_is_refused)
{
    mtls_bytes_t data = sample(_i);

    ck_assert(try_copy(tries[_i], data));
    while (data.len-- > 0) {
        ck_assert(!try_copy(tries[_i], data));
    }
    ck_assert(!tries[_i]((mtls_bytes_t){NULL, 0}));
}
END_TEST

START_TEST(S_05_an_octet_more_is_refused)
{
    const mtls_bytes_t data = sample(_i);
    unsigned char *longer = apr_pcalloc(pool, data.len + 1);

    memcpy(longer, data.data, data.len);
    ck_assert(!try_copy(tries[_i], (mtls_bytes_t){longer, data.len + 1}));
}
END_TEST

START_TEST(S_05_every_octet_changed_is_refused_or_another_claim)
{
    const mtls_bytes_t data = sample(_i);
    unsigned char *changed = apr_pmemdup(pool, data.data, data.len);
    apr_pool_t *all = pool;
    int refused = 0, value;
    apr_size_t at;

    for (at = 0; at < data.len; at++) {
        ck_assert_int_eq(apr_pool_create(&pool, all), APR_SUCCESS);
        for (value = 0; value < 256; value++) {
            changed[at] = (unsigned char)value;
            if (value != data.data[at]) {
                refused += try_copy(tries[_i], (mtls_bytes_t){changed, data.len}) ? 0 : 1;
            }
        }
        changed[at] = data.data[at];
        apr_pool_destroy(pool);
    }
    pool = all;
    ck_assert_int_ge(refused, 255);
}
END_TEST

START_TEST(S_05_one_kind_is_no_other)
{
    int kind;

    for (kind = 0; kind < COUNT_OF(tries); kind++) {
        ck_assert(try_copy(tries[kind], sample(_i)) == (kind == _i));
    }
}
END_TEST

/* Octets that no writer writes, in their places: kind, offset, value. */
static const struct {
    int kind, at, value;
} damages[] = {
    {0, 0, 0x12},                                             /* version */
    {0, 1, 2},    {0, 1, 0x81},                               /* flags */
    {0, 67, 1},                                               /* length of the origin */
    {0, 68, 0},   {0, 69, 0},                                 /* none; a NUL in it */
    {0, 117, 0},  {0, 117, 1},  {0, 117, 3},    {0, 117, 17}, /* profiles */
    {1, 0, 0x11}, {1, 1, 2},    {1, 114, 0xff},               /* length of the origin */
    {1, 151, 0},  {1, 151, 1},  {1, 151, 3},    {1, 151, 7},  {2, 0, 0x41},
    {2, 125, 0},  {2, 125, 2},  {2, 125, 7},    {2, 117, 0}, /* seen before issued */
    {3, 0, 0x31},
};

START_TEST(damage_is_refused)
{
    const mtls_bytes_t data = sample(damages[_i].kind);
    unsigned char *changed = apr_pmemdup(pool, data.data, data.len);

    ck_assert_uint_lt((apr_size_t)damages[_i].at, data.len);
    ck_assert_int_ne(changed[damages[_i].at], damages[_i].value);
    changed[damages[_i].at] = (unsigned char)damages[_i].value;
    ck_assert(!try_copy(tries[damages[_i].kind], (mtls_bytes_t){changed, data.len}));
}
END_TEST

static const char *text_of(apr_size_t len)
{
    char *text = apr_palloc(pool, len + 1);

    memset(text, 'x', len);
    text[len] = '\0';
    return text;
}

static void assert_unwritten(bool wrote, mtls_bytes_t out)
{
    ck_assert(!wrote);
    ck_assert_ptr_null(out.data);
    ck_assert_uint_eq(out.len, 0);
}

static void assert_attempt_unwritten(const mtls_attempt_t *claims)
{
    mtls_bytes_t out = {(const unsigned char *)"", 1};
    const bool wrote = mtls_attempt_write(&out, claims, pool);

    assert_unwritten(wrote, out);
}

START_TEST(S_31_an_attempt_keeps_its_limits)
{
    mtls_attempt_t claims;

#define REFUSED(change)                                                                            \
    claims = attempt();                                                                            \
    claims.change;                                                                                 \
    assert_attempt_unwritten(&claims)
    REFUSED(origin = NULL);
    REFUSED(origin = "");
    REFUSED(base = "");
    REFUSED(target = NULL);
    REFUSED(profiles[1] = "");
    REFUSED(profile_count = 0);
    REFUSED(profile_count = -1);
    REFUSED(profile_count = MTLS_CLAIMS_MAX_PROFILES + 1);
    REFUSED(tries = -1);
    REFUSED(tries = 256);
    REFUSED(issued_at = -1);
    REFUSED(issued_at = SEC(LATEST) + SEC(1));
    REFUSED(max_age = SEC(LATEST));
    REFUSED(target = text_of(MTLS_CLAIMS_MAX_TEXT));
    REFUSED(target = text_of(MTLS_CLAIMS_MAX_TEXT * 40));
#undef REFUSED
}
END_TEST

START_TEST(an_attempt_at_its_limits_comes_back)
{
    mtls_attempt_t claims = attempt();
    mtls_attempt_t back;
    int i;

    claims.profile_count = MTLS_CLAIMS_MAX_PROFILES;
    for (i = 0; i < MTLS_CLAIMS_MAX_PROFILES; i++) {
        claims.profiles[i] = "p";
    }
    claims.target = text_of(MTLS_CLAIMS_MAX_TEXT - strlen(claims.origin) - strlen(claims.base) -
                            MTLS_CLAIMS_MAX_PROFILES);
    claims.issued_at = SEC(LATEST) + 999999;
    claims.tries = 255;
    claims.max_age = SEC(LATEST) - 1;
    ck_assert(mtls_attempt_read(&back, attempt_bytes(&claims), pool));
    ck_assert_str_eq(back.target, claims.target);
    ck_assert_int_eq(back.profile_count, MTLS_CLAIMS_MAX_PROFILES);
    ck_assert_int_eq(back.issued_at, SEC(LATEST));
    ck_assert_int_eq(back.tries, 255);
    ck_assert_int_eq(back.max_age, SEC(LATEST) - SEC(1));
    claims.origin = "https://www.example.org:84433";
    assert_attempt_unwritten(&claims);
}
END_TEST

START_TEST(an_age_without_limit_stays_one)
{
    static const apr_interval_time_t ages[][2] = {
        {-1, -1}, {-SEC(5), -1}, {0, 0}, {1, 0}, {SEC(1), SEC(1)}};
    mtls_attempt_t claims = attempt(), back;

    claims.max_age = ages[_i][0];
    ck_assert(mtls_attempt_read(&back, attempt_bytes(&claims), pool));
    ck_assert_int_eq(back.max_age, ages[_i][1]);
}
END_TEST

START_TEST(a_code_keeps_its_limits)
{
    mtls_code_t claims;
    mtls_bytes_t out;

#define REFUSED(change)                                                                            \
    claims = code();                                                                               \
    claims.change;                                                                                 \
    ck_assert(!mtls_code_write(&out, &claims, pool))
    REFUSED(origin = "");
    REFUSED(target = NULL);
    REFUSED(accepted_count = 0);
    REFUSED(accepted_count = MTLS_CLAIMS_MAX_ACCEPTED + 1);
    REFUSED(issued_at = SEC(LATEST) + SEC(1));
    REFUSED(ends_at = -1);
    REFUSED(target = text_of(MTLS_CLAIMS_MAX_TEXT + 1 - strlen("https://www.example.org")));
#undef REFUSED
}
END_TEST

START_TEST(a_ticket_and_a_grant_keep_their_limits)
{
    mtls_ticket_t claims;
    mtls_grant_t a_grant = grant();
    mtls_bytes_t out;

#define REFUSED(change)                                                                            \
    claims = ticket();                                                                             \
    claims.change;                                                                                 \
    ck_assert(!mtls_ticket_write(&out, &claims, pool))
    REFUSED(accepted_count = 0);
    REFUSED(accepted_count = MTLS_CLAIMS_MAX_ACCEPTED + 1);
    REFUSED(seen_at = NOW - SEC(1));
    REFUSED(issued_at = -1);
    REFUSED(seen_at = SEC(LATEST) + SEC(1));
    REFUSED(ends_at = -1);
#undef REFUSED
    a_grant.issued_at = -1;
    ck_assert(!mtls_grant_write(&out, &a_grant, pool));
}
END_TEST

/* A certificate without a real end (RFC 5280 section 4.1.2.5) must not make tickets impossible. */
START_TEST(a_far_end_is_told_as_the_latest)
{
    mtls_ticket_t a_ticket = ticket(), ticket_back;
    mtls_code_t a_code = code(), code_back;

    a_ticket.ends_at = a_code.ends_at = SEC(253402300799);
    ck_assert(mtls_ticket_read(&ticket_back, ticket_bytes(&a_ticket)));
    ck_assert_int_eq(ticket_back.ends_at, SEC(LATEST));
    ck_assert(mtls_code_read(&code_back, code_bytes(&a_code), pool));
    ck_assert_int_eq(code_back.ends_at, SEC(LATEST));
}
END_TEST

START_TEST(S_31_the_largest_ticket_fits_its_cookie_line)
{
    mtls_ticket_t claims = ticket();
    apr_size_t sealed, value;

    claims.accepted_count = MTLS_CLAIMS_MAX_ACCEPTED;
    sealed = ticket_bytes(&claims).len + SEAL_OVERHEAD;
    value = (sealed * 8 + 5) / 6;
    ck_assert_uint_le(value, MTLS_COOKIE_MAX_VALUE);
    ck_assert_uint_le(strlen(mtls_cookie_line(MTLS_COOKIE_TICKET, text_of(value), -1, pool)),
                      LINE_MAX_LEN);
}
END_TEST

/* S-11.  Ages of something of 60 s, with and without a skew of 30 s; offsets in microseconds. */
static const struct {
    apr_interval_time_t skew, since;
    mtls_claims_age_t age;
} ages[] = {
    {0, 0, MTLS_CLAIMS_FRESH},
    {0, SEC(60), MTLS_CLAIMS_FRESH},
    {0, SEC(60) + 1, MTLS_CLAIMS_OLD},
    {0, -1, MTLS_CLAIMS_AHEAD},
    {SEC(30), SEC(90), MTLS_CLAIMS_FRESH},
    {SEC(30), SEC(90) + 1, MTLS_CLAIMS_OLD},
    {SEC(30), -SEC(30), MTLS_CLAIMS_FRESH},
    {SEC(30), -SEC(30) - 1, MTLS_CLAIMS_AHEAD},
    {SEC(60), 5 * MIN, MTLS_CLAIMS_OLD},
    {SEC(60), -5 * MIN, MTLS_CLAIMS_AHEAD},
    {SEC(30), NOW, MTLS_CLAIMS_OLD},
};

START_TEST(S_11_ages_at_each_edge)
{
    ck_assert_int_eq(mtls_claims_age_check(NOW - ages[_i].since, SEC(60), ages[_i].skew, NOW),
                     ages[_i].age);
}
END_TEST

/* S-11.  A ticket of an hour, seen 5 s after it was issued; idle 10 min, skew 30 s. */
static const struct {
    apr_interval_time_t since;
    mtls_claims_age_t age;
    bool stale;
} visits[] = {
    {SEC(5), MTLS_CLAIMS_FRESH, false},
    {SEC(5) + MIN - 1, MTLS_CLAIMS_FRESH, false},
    {SEC(5) + MIN, MTLS_CLAIMS_FRESH, true},
    {SEC(5) + 10 * MIN + SEC(30), MTLS_CLAIMS_FRESH, true},
    {SEC(5) + 10 * MIN + SEC(30) + 1, MTLS_CLAIMS_OLD, true},
    {0, MTLS_CLAIMS_FRESH, false},
    {-SEC(25), MTLS_CLAIMS_FRESH, false}, /* seen 30 s ahead */
    {-SEC(25) - 1, MTLS_CLAIMS_AHEAD, false},
    {-5 * MIN, MTLS_CLAIMS_AHEAD, false}, /* the clock went back, or another's is wrong */
    {60 * MIN, MTLS_CLAIMS_OLD, true},
};

START_TEST(S_11_a_ticket_at_each_edge)
{
    const mtls_ticket_t claims = ticket();
    const apr_time_t now = NOW + visits[_i].since;

    ck_assert_int_eq(mtls_ticket_age_check(&claims, 10 * MIN, SEC(30), now), visits[_i].age);
    ck_assert_int_eq(mtls_ticket_is_stale(&claims, 10 * MIN, now), visits[_i].stale);
}
END_TEST

START_TEST(S_11_the_end_of_a_ticket_has_no_skew)
{
    mtls_ticket_t claims = ticket();

    claims.seen_at = claims.ends_at - SEC(1);
    ck_assert_int_eq(mtls_ticket_age_check(&claims, 10 * MIN, MIN, claims.ends_at - 1),
                     MTLS_CLAIMS_FRESH);
    ck_assert_int_eq(mtls_ticket_age_check(&claims, 10 * MIN, MIN, claims.ends_at),
                     MTLS_CLAIMS_OLD);
}
END_TEST

START_TEST(S_11_issued_ahead_is_ahead_whenever_seen)
{
    mtls_ticket_t claims = ticket();

    claims.issued_at = NOW + 5 * MIN;
    claims.seen_at = NOW;
    ck_assert_int_eq(mtls_ticket_age_check(&claims, 10 * MIN, MIN, NOW), MTLS_CLAIMS_AHEAD);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("claims");

    tcase_add_test(tcase, an_attempt_comes_back_as_written);
    tcase_add_test(tcase, a_code_comes_back_as_written);
    tcase_add_test(tcase, a_ticket_comes_back_as_written);
    tcase_add_test(tcase, a_grant_comes_back_as_written);
    tcase_add_test(tcase, the_octets_are_those_of_the_layout);
    tcase_add_loop_test(tcase, S_05_every_prefix_is_refused, 0, COUNT_OF(tries));
    tcase_add_loop_test(tcase, S_05_an_octet_more_is_refused, 0, COUNT_OF(tries));
    tcase_add_loop_test(tcase, S_05_every_octet_changed_is_refused_or_another_claim, 0,
                        COUNT_OF(tries));
    tcase_add_loop_test(tcase, S_05_one_kind_is_no_other, 0, COUNT_OF(tries));
    tcase_add_loop_test(tcase, damage_is_refused, 0, COUNT_OF(damages));
    tcase_add_test(tcase, S_31_an_attempt_keeps_its_limits);
    tcase_add_test(tcase, an_attempt_at_its_limits_comes_back);
    tcase_add_loop_test(tcase, an_age_without_limit_stays_one, 0, 5);
    tcase_add_test(tcase, a_code_keeps_its_limits);
    tcase_add_test(tcase, a_ticket_and_a_grant_keep_their_limits);
    tcase_add_test(tcase, a_far_end_is_told_as_the_latest);
    tcase_add_test(tcase, S_31_the_largest_ticket_fits_its_cookie_line);
    tcase_add_loop_test(tcase, S_11_ages_at_each_edge, 0, COUNT_OF(ages));
    tcase_add_loop_test(tcase, S_11_a_ticket_at_each_edge, 0, COUNT_OF(visits));
    tcase_add_test(tcase, S_11_the_end_of_a_ticket_has_no_skew);
    tcase_add_test(tcase, S_11_issued_ahead_is_ahead_whenever_seen);
    return run_case("claims", tcase);
}
