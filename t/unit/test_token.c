/* Claims that travel through a browser (S-01, S-05, S-25). */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/trust/token.h"

#include <apr_encode.h>
#include <apr_strings.h>
#include <apr_thread_proc.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "run.h"

#define THREADS  4
#define ROUNDS   2000
#define PURPOSES 5

/* Where the parts stand in the octets. */
enum { KEY_AT = 1, NONCE_AT = 9, CLAIMS_AT = 21, TAG_LEN = 16 };

static mtls_token_meter_t meter;

static mtls_keys_t keys_of(const char *firsts)
{
    mtls_keys_t keys = {.count = (int)strlen(firsts)};
    int i;

    for (i = 0; i < keys.count; i++) {
        memset(keys.list[i].octets, firsts[i], MTLS_KEY_LEN);
        ck_assert(mtls_key_identify(&keys.list[i]));
    }
    return keys;
}

static mtls_bytes_t text(const char *words)
{
    return (mtls_bytes_t){(const unsigned char *)words, strlen(words)};
}

static const char *seal(const mtls_keys_t *keys, mtls_token_purpose_t purpose, mtls_bytes_t claims)
{
    const char *token = mtls_token_seal(keys, &meter, purpose, claims, pool);

    ck_assert_ptr_nonnull(token);
    return token;
}

static mtls_token_end_t opened(const mtls_keys_t *keys, mtls_token_purpose_t purpose,
                               const char *token)
{
    mtls_bytes_t claims = text("left from before");
    apr_pool_t *scratch;
    mtls_token_end_t end;

    apr_pool_create(&scratch, pool);
    end = mtls_token_open(&claims, keys, purpose, token, scratch);
    ck_assert((end == MTLS_TOKEN_GOOD) == (claims.len != 0));
    ck_assert((end == MTLS_TOKEN_GOOD) == (claims.data != NULL));
    ck_assert_uint_eq(ERR_peek_error(), 0);
    apr_pool_destroy(scratch);
    return end;
}

static unsigned char *octets_of(const char *token, apr_size_t *len)
{
    return (unsigned char *)apr_pdecode_base64_binary(pool, token, APR_ENCODE_STRING,
                                                      APR_ENCODE_NONE, len);
}

static const char *text_of(const unsigned char *octets, apr_size_t len)
{
    return apr_pencode_base64_binary(pool, octets, (apr_ssize_t)len, APR_ENCODE_BASE64URL, NULL);
}

START_TEST(what_is_sealed_is_opened)
{
    mtls_keys_t keys = keys_of("a");
    unsigned char *most = apr_pcalloc(pool, MTLS_TOKEN_MAX + 1);
    const mtls_bytes_t rows[] = {
        text("x"), text("xy"), text("xyz"), {most, 1}, {most, MTLS_TOKEN_MAX}};
    mtls_bytes_t claims;
    int purpose;
    int i;

    for (purpose = MTLS_TOKEN_START; purpose <= PURPOSES; purpose++) {
        for (i = 0; i < COUNT_OF(rows); i++) {
            const char *token = seal(&keys, purpose, rows[i]);

            ck_assert_int_eq(mtls_token_open(&claims, &keys, purpose, token, pool),
                             MTLS_TOKEN_GOOD);
            ck_assert(mtls_bytes_equal(claims, rows[i]));
            ck_assert_uint_eq(strlen(token), (4 * (rows[i].len + MTLS_TOKEN_OVERHEAD) + 2) / 3);
            ck_assert_uint_eq(strspn(token, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                            "0123456789-_"),
                              strlen(token));
        }
    }
}
END_TEST

/* A token as the header and the standards say, made without the code under test. */
static const char *made_by_hand(const mtls_key_t *key, unsigned char purpose, mtls_bytes_t claims)
{
    unsigned char bound[] = "mod_mtls token\0vpIIIIIIII";
    unsigned char *sealed = apr_palloc(pool, MTLS_TOKEN_OVERHEAD + claims.len);
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    int len;

    sealed[0] = bound[15] = 1;
    bound[16] = purpose;
    memcpy(bound + 17, key->id, MTLS_KEY_ID_LEN);
    memcpy(sealed + KEY_AT, key->id, MTLS_KEY_ID_LEN);
    memcpy(sealed + NONCE_AT, "twelve octet", 12);
    ck_assert_int_eq(
        EVP_EncryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key->octets, sealed + NONCE_AT), 1);
    ck_assert_int_eq(EVP_EncryptUpdate(ctx, NULL, &len, bound, sizeof(bound) - 1), 1);
    ck_assert_int_eq(EVP_EncryptUpdate(ctx, sealed + CLAIMS_AT, &len, claims.data, (int)claims.len),
                     1);
    ck_assert_int_eq(EVP_EncryptFinal_ex(ctx, sealed + CLAIMS_AT + len, &len), 1);
    ck_assert_int_eq(
        EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, TAG_LEN, sealed + CLAIMS_AT + claims.len),
        1);
    EVP_CIPHER_CTX_free(ctx);
    return text_of(sealed, MTLS_TOKEN_OVERHEAD + claims.len);
}

/* Servers of a cluster read what each other wrote, in every release. */
START_TEST(the_layout_is_fixed)
{
    mtls_keys_t keys = keys_of("a");
    mtls_bytes_t claims;

    ck_assert_str_eq(made_by_hand(&keys.list[0], 4, text("claims")),
                     "ASZXA4dpXz5kdHdlbHZlIG9jdGV0geDcAD0f8EC1Qb3zuTDeWpalsSFiRA");
    ck_assert_int_eq(mtls_token_open(&claims, &keys, MTLS_TOKEN_TICKET,
                                     made_by_hand(&keys.list[0], 4, text("claims")), pool),
                     MTLS_TOKEN_GOOD);
    ck_assert(mtls_bytes_equal(claims, text("claims")));
    ck_assert_int_eq(MTLS_TOKEN_START, 1);
    ck_assert_int_eq(MTLS_TOKEN_STATE, 2);
    ck_assert_int_eq(MTLS_TOKEN_CODE, 3);
    ck_assert_int_eq(MTLS_TOKEN_GRANT, 5);
}
END_TEST

/* Claims long enough for a second block, as a ticket's are. */
static const char ticket_like[] =
    "id and origin and leaf and when, of a ticket that is one hundred "
    "octets long or a little longer than that";

START_TEST(S_05_any_bit_that_changes_is_noticed)
{
    mtls_keys_t keys = keys_of("ab");
    apr_size_t len;
    apr_size_t bit;
    unsigned char *octets = octets_of(seal(&keys, MTLS_TOKEN_TICKET, text(ticket_like)), &len);

    ck_assert_int_eq(opened(&keys, MTLS_TOKEN_TICKET, text_of(octets, len)), MTLS_TOKEN_GOOD);
    for (bit = 0; bit < 8 * len; bit++) {
        bool in_key = bit / 8 >= KEY_AT && bit / 8 < NONCE_AT;

        octets[bit / 8] ^= (unsigned char)(1u << bit % 8);
        ck_assert_int_eq(opened(&keys, MTLS_TOKEN_TICKET, text_of(octets, len)),
                         in_key ? MTLS_TOKEN_KEY_UNKNOWN : MTLS_TOKEN_REFUSED);
        octets[bit / 8] ^= (unsigned char)(1u << bit % 8);
    }
}
END_TEST

/* Each character, and each that could stand in its place; lengths of all three remainders, so that
 * stray bits of the last one are among them. */
START_TEST(S_05_any_character_that_changes_is_noticed)
{
    mtls_keys_t keys = keys_of("ab");
    const char *token = seal(&keys, MTLS_TOKEN_CODE, (mtls_bytes_t){text("code").data, _i + 1});
    char *changed = apr_pstrdup(pool, token);
    int tried = 0;
    char *at;

    for (at = changed; *at != '\0'; at++) {
        char kept = *at;
        int c;

        for (c = 0; c < 256; c++) {
            if ((char)c == kept)
                continue;
            *at = (char)c;
            ck_assert_int_ne(opened(&keys, MTLS_TOKEN_CODE, changed), MTLS_TOKEN_GOOD);
            tried++;
        }
        *at = kept;
    }
    ck_assert_int_eq(opened(&keys, MTLS_TOKEN_CODE, changed), MTLS_TOKEN_GOOD);
    ck_assert_uint_eq((size_t)tried, 255 * strlen(token));
}
END_TEST

START_TEST(S_05_a_token_of_one_purpose_is_none_of_another)
{
    mtls_keys_t keys = keys_of("a");
    int sealed;
    int asked;

    for (sealed = MTLS_TOKEN_START; sealed <= PURPOSES; sealed++)
        for (asked = MTLS_TOKEN_START; asked <= PURPOSES; asked++)
            ck_assert_int_eq(opened(&keys, asked, seal(&keys, sealed, text("claims"))),
                             sealed == asked ? MTLS_TOKEN_GOOD : MTLS_TOKEN_REFUSED);
}
END_TEST

/* The way to a new key: added at the end, moved to the front, the old one out. */
START_TEST(S_25_keys_are_replaced_without_a_gap)
{
    static const char *const steps[] = {"a", "ab", "ba", "b"};
    mtls_keys_t old = keys_of("a");
    mtls_keys_t new = keys_of("b");
    int i;

    for (i = 0; i + 1 < COUNT_OF(steps); i++) {
        mtls_keys_t before = keys_of(steps[i]);
        mtls_keys_t after = keys_of(steps[i + 1]);

        ck_assert_int_eq(
            opened(&after, MTLS_TOKEN_STATE, seal(&before, MTLS_TOKEN_STATE, text("x"))),
            MTLS_TOKEN_GOOD);
        ck_assert_int_eq(
            opened(&before, MTLS_TOKEN_STATE, seal(&after, MTLS_TOKEN_STATE, text("x"))),
            MTLS_TOKEN_GOOD);
    }
    ck_assert_int_eq(opened(&new, MTLS_TOKEN_STATE, seal(&old, MTLS_TOKEN_STATE, text("x"))),
                     MTLS_TOKEN_KEY_UNKNOWN);
}
END_TEST

START_TEST(S_25_the_first_key_writes)
{
    mtls_keys_t keys = keys_of("ba");
    apr_size_t len;

    ck_assert_mem_eq(octets_of(seal(&keys, MTLS_TOKEN_STATE, text("x")), &len) + KEY_AT,
                     keys.list[0].id, MTLS_KEY_ID_LEN);
}
END_TEST

/* Two keys of one id: what the id finds is not enough. */
START_TEST(an_id_is_no_key)
{
    mtls_keys_t keys = keys_of("a");
    mtls_keys_t liar = keys_of("b");

    memcpy(liar.list[0].id, keys.list[0].id, MTLS_KEY_ID_LEN);
    ck_assert_int_eq(opened(&keys, MTLS_TOKEN_CODE, seal(&liar, MTLS_TOKEN_CODE, text("x"))),
                     MTLS_TOKEN_REFUSED);
}
END_TEST

START_TEST(without_keys_nothing_is_sealed_or_opened)
{
    mtls_keys_t keys = keys_of("a");
    mtls_keys_t none = {.count = 0};

    ck_assert_ptr_null(mtls_token_seal(&none, &meter, MTLS_TOKEN_CODE, text("x"), pool));
    ck_assert_int_eq(opened(&none, MTLS_TOKEN_CODE, seal(&keys, MTLS_TOKEN_CODE, text("x"))),
                     MTLS_TOKEN_KEY_UNKNOWN);
}
END_TEST

START_TEST(T_S05_every_other_length_is_noticed)
{
    mtls_keys_t keys = keys_of("a");
    const char *token = seal(&keys, MTLS_TOKEN_STATE, text("claims"));
    apr_size_t all;
    unsigned char *octets = octets_of(token, &all);
    apr_size_t len;

    for (len = 0; len < strlen(token); len++)
        ck_assert_int_ne(opened(&keys, MTLS_TOKEN_STATE, apr_pstrndup(pool, token, len)),
                         MTLS_TOKEN_GOOD);
    for (len = 0; len < all; len++)
        ck_assert_int_ne(opened(&keys, MTLS_TOKEN_STATE, text_of(octets, len)), MTLS_TOKEN_GOOD);
    ck_assert_int_eq(opened(&keys, MTLS_TOKEN_STATE, apr_pstrcat(pool, token, "A", NULL)),
                     MTLS_TOKEN_REFUSED);
    ck_assert_int_eq(opened(&keys, MTLS_TOKEN_STATE, apr_pstrcat(pool, token, token, NULL)),
                     MTLS_TOKEN_REFUSED);
}
END_TEST

/* Authentic, and still none of ours: nothing is sealed without claims. */
START_TEST(empty_claims_are_refused)
{
    mtls_keys_t keys = keys_of("a");

    ck_assert_ptr_null(mtls_token_seal(&keys, &meter, MTLS_TOKEN_CODE, text(""), pool));
    ck_assert_int_eq(opened(&keys, MTLS_TOKEN_CODE, made_by_hand(&keys.list[0], 3, text(""))),
                     MTLS_TOKEN_REFUSED);
}
END_TEST

START_TEST(too_long_claims_are_refused)
{
    mtls_keys_t keys = keys_of("a");
    mtls_bytes_t claims = {apr_pcalloc(pool, MTLS_TOKEN_MAX + 1), MTLS_TOKEN_MAX + 1};
    char *huge = apr_palloc(pool, 1000001);

    ck_assert_ptr_null(mtls_token_seal(&keys, &meter, MTLS_TOKEN_CODE, claims, pool));
    ck_assert_int_eq(opened(&keys, MTLS_TOKEN_CODE, made_by_hand(&keys.list[0], 3, claims)),
                     MTLS_TOKEN_REFUSED);
    memset(huge, 'A', 1000000);
    huge[1000000] = '\0';
    ck_assert_int_eq(opened(&keys, MTLS_TOKEN_CODE, huge), MTLS_TOKEN_REFUSED);
}
END_TEST

/* @return a token in which the other alphabet would look different. */
static const char *with_both_signs(const mtls_keys_t *keys)
{
    const char *token;

    do {
        token = seal(keys, MTLS_TOKEN_TICKET, text(ticket_like));
    } while (strchr(token, '-') == NULL || strchr(token, '_') == NULL);
    return token;
}

static const char *replaced(const char *token, char from, char to)
{
    char *copy = apr_pstrdup(pool, token);

    *strchr(copy, from) = to;
    return copy;
}

START_TEST(T_S05_one_form_only)
{
    mtls_keys_t keys = keys_of("a");
    const char *token = with_both_signs(&keys);
    /* 37 + 105 octets leave one that takes two characters and four stray bits */
    const char *end = seal(&keys, MTLS_TOKEN_TICKET, (mtls_bytes_t){text(ticket_like).data, 99});
    const char *rows[] = {
        "",
        "=",
        "A",
        "%",
        replaced(token, '-', '+'),
        replaced(token, '_', '/'),
        apr_pstrcat(pool, token, "=", NULL),
        apr_pstrcat(pool, token, "==", NULL),
        apr_pstrcat(pool, end, "=", NULL),
        apr_pstrcat(pool, end, "==", NULL),
        apr_pstrcat(pool, " ", token, NULL),
        apr_pstrcat(pool, token, " ", NULL),
        apr_pstrcat(pool, token, "\n", NULL),
        apr_pstrcat(pool, token, "\r\n", NULL),
        apr_pstrcat(pool, "\"", token, "\"", NULL),
        apr_pstrcat(pool, apr_pstrndup(pool, token, 40), " ", token + 40, NULL),
        apr_pstrcat(pool, apr_pstrndup(pool, token, 40), "\n", token + 40, NULL),
        apr_pstrcat(pool, token, "%3D", NULL),
    };
    int i;

    ck_assert_int_eq(opened(&keys, MTLS_TOKEN_TICKET, token), MTLS_TOKEN_GOOD);
    ck_assert_int_eq(opened(&keys, MTLS_TOKEN_TICKET, end), MTLS_TOKEN_GOOD);
    for (i = 0; i < COUNT_OF(rows); i++)
        ck_assert_int_eq(opened(&keys, MTLS_TOKEN_TICKET, rows[i]), MTLS_TOKEN_REFUSED);
}
END_TEST

/* The last character has bits that are no part of any octet: all its twins decode to the same. */
START_TEST(T_S05_stray_bits_are_refused)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    mtls_keys_t keys = keys_of("a");
    /* 36 octets and 38 leave no and two beside whole groups of three: 37 leaves one */
    apr_size_t len = _i == 0 ? 3 : 1;
    const char *token = seal(&keys, MTLS_TOKEN_GRANT, (mtls_bytes_t){text("abc").data, len});
    char *twin = apr_pstrdup(pool, token);
    char *last = twin + strlen(twin) - 1;
    int value = (int)(strchr(alphabet, *last) - alphabet);
    int stray = (len + MTLS_TOKEN_OVERHEAD) % 3 == 1 ? 4 : 2;
    apr_size_t one;
    apr_size_t other;
    int i;

    ck_assert_uint_ne((len + MTLS_TOKEN_OVERHEAD) % 3, 0);
    ck_assert_int_eq(value % (1 << stray), 0);
    for (i = 1; i < 1 << stray; i++) {
        *last = alphabet[value + i];
        ck_assert_mem_eq(octets_of(token, &one), octets_of(twin, &other), len);
        ck_assert_uint_eq(one, other);
        ck_assert_int_eq(opened(&keys, MTLS_TOKEN_GRANT, twin), MTLS_TOKEN_REFUSED);
    }
}
END_TEST

START_TEST(S_05_two_seals_differ)
{
    mtls_keys_t keys = keys_of("a");
    apr_size_t len;
    const unsigned char *one = octets_of(seal(&keys, MTLS_TOKEN_STATE, text("the same")), &len);
    const unsigned char *other = octets_of(seal(&keys, MTLS_TOKEN_STATE, text("the same")), &len);

    ck_assert_mem_eq(one, other, NONCE_AT);
    ck_assert_mem_ne(one + NONCE_AT, other + NONCE_AT, 12);
    ck_assert_mem_ne(one + CLAIMS_AT, other + CLAIMS_AT, 8);
}
END_TEST

START_TEST(claims_are_secret)
{
    mtls_keys_t keys = keys_of("a");
    apr_size_t len;
    const unsigned char *octets = octets_of(seal(&keys, MTLS_TOKEN_CODE, text(ticket_like)), &len);

    ck_assert_ptr_null(memmem(octets, len, "origin", 6));
}
END_TEST

static apr_uint64_t tag_of(const mtls_keys_t *keys)
{
    const unsigned char *id = keys->list[0].id;

    return (apr_uint64_t)id[0] << 24 | (apr_uint64_t)id[1] << 16 | (apr_uint64_t)id[2] << 8 | id[3];
}

/* How often the first key has sealed, in all words. */
static apr_uint64_t counted(const mtls_keys_t *keys)
{
    apr_uint64_t sum = 0;
    int i;

    for (i = 0; i < MTLS_TOKEN_METER_KEYS; i++) {
        apr_uint64_t word = atomic_load(&meter.words[i]);

        if (word >> 32 == tag_of(keys))
            sum += word & 0xffffffffu;
    }
    return sum;
}

/* As if nothing had been sealed but so often with this key. */
static void begin_at(const mtls_keys_t *keys, apr_uint64_t count)
{
    memset(&meter, 0, sizeof(meter));
    if (count)
        meter.words[0] = tag_of(keys) << 32 | count;
}

static bool seals(const mtls_keys_t *keys)
{
    bool sealed = mtls_token_seal(keys, &meter, MTLS_TOKEN_CODE, text("x"), pool) != NULL;

    ck_assert_int_eq(mtls_token_is_spent(keys, &meter), counted(keys) >= MTLS_TOKEN_MAX_SEALS);
    return sealed;
}

START_TEST(S_05_a_key_does_not_seal_without_end)
{
    mtls_keys_t one = keys_of("a");
    mtls_keys_t other = keys_of("b");

    begin_at(&one, 0);
    ck_assert(seals(&one));
    ck_assert_uint_eq(counted(&one), 1);
    begin_at(&one, MTLS_TOKEN_MAX_SEALS - 1);
    ck_assert(seals(&one));
    ck_assert(!seals(&one));
    ck_assert_uint_eq(counted(&one), MTLS_TOKEN_MAX_SEALS);
    begin_at(&one, 0xffffffffu);
    ck_assert(!seals(&one));
    ck_assert(seals(&other));
    ck_assert_uint_eq(counted(&other), 1);
    ck_assert(!seals(&one));
}
END_TEST

/* Old children and new ones, while a key is replaced. */
START_TEST(S_25_keys_that_seal_in_turn_are_each_counted)
{
    mtls_keys_t old = keys_of("ab");
    mtls_keys_t new = keys_of("ba");
    int i;

    begin_at(&old, MTLS_TOKEN_MAX_SEALS - 10);
    for (i = 0; i < 10; i++)
        ck_assert(seals(&old) && seals(&new));
    ck_assert(!seals(&old));
    ck_assert(seals(&new));
    ck_assert_uint_eq(counted(&new), 11);
    ck_assert_uint_eq(counted(&old), MTLS_TOKEN_MAX_SEALS);
}
END_TEST

/* More keys than there are words: those that are still known keep theirs. */
START_TEST(S_25_a_meter_that_is_full_forgets_old_keys)
{
    mtls_keys_t spent = keys_of("~");
    int i;

    begin_at(&spent, MTLS_TOKEN_MAX_SEALS);
    for (i = 1; i < 3 * MTLS_TOKEN_METER_KEYS; i++) {
        mtls_keys_t keys = keys_of("k~");

        keys.list[0].octets[0] = (unsigned char)i;
        ck_assert(mtls_key_identify(&keys.list[0]));
        ck_assert(seals(&keys) && seals(&keys));
        ck_assert_uint_eq(counted(&keys), 2);
    }
    ck_assert(!seals(&spent));
}
END_TEST

START_TEST(an_id_that_begins_with_zeroes_is_counted)
{
    mtls_keys_t keys = keys_of("a");
    int i;

    memset(keys.list[0].id, 0, 4);
    begin_at(&keys, 0);
    for (i = 1; i <= 5; i++) {
        ck_assert(seals(&keys));
        ck_assert_uint_eq(counted(&keys), i);
    }
    begin_at(&keys, MTLS_TOKEN_MAX_SEALS);
    ck_assert(!seals(&keys));
}
END_TEST

START_TEST(what_is_not_sealed_is_not_counted)
{
    mtls_keys_t keys = keys_of("a");

    begin_at(&keys, 7);
    ck_assert_ptr_null(mtls_token_seal(&keys, &meter, MTLS_TOKEN_CODE, text(""), pool));
    ck_assert_uint_eq(counted(&keys), 7);
    keys.count = 0;
    ck_assert(!mtls_token_is_spent(&keys, &meter));
}
END_TEST

static void *APR_THREAD_FUNC hammer(apr_thread_t *thread, void *data)
{
    const mtls_keys_t *keys = data;
    apr_pool_t *mine;
    int i;

    (void)thread;
    apr_pool_create(&mine, NULL);
    for (i = 0; i < ROUNDS; i++) {
        mtls_bytes_t claims;
        const char *token = mtls_token_seal(keys, &meter, MTLS_TOKEN_CODE, text("x"), mine);

        if (token == NULL ||
            mtls_token_open(&claims, keys, MTLS_TOKEN_CODE, token, mine) != MTLS_TOKEN_GOOD)
            break;
        apr_pool_clear(mine);
    }
    apr_pool_destroy(mine);
    return NULL;
}

/* Half of them seal with another key. */
START_TEST(threads_share_the_meter)
{
    mtls_keys_t keys[] = {keys_of("ab"), keys_of("ba")};
    apr_thread_t *threads[THREADS];
    int i;

    begin_at(&keys[0], 0);
    for (i = 0; i < THREADS; i++)
        ck_assert_int_eq(apr_thread_create(&threads[i], NULL, hammer, &keys[i % 2], pool),
                         APR_SUCCESS);
    for (i = 0; i < THREADS; i++) {
        apr_status_t status;

        apr_thread_join(&status, threads[i]);
    }
    for (i = 0; i < 2; i++)
        ck_assert_uint_eq(counted(&keys[i]), THREADS / 2 * ROUNDS);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("token");

    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, what_is_sealed_is_opened);
    tcase_add_test(tcase, the_layout_is_fixed);
    tcase_add_test(tcase, S_05_any_bit_that_changes_is_noticed);
    tcase_add_loop_test(tcase, S_05_any_character_that_changes_is_noticed, 0, 3);
    tcase_add_test(tcase, S_05_a_token_of_one_purpose_is_none_of_another);
    tcase_add_test(tcase, S_25_keys_are_replaced_without_a_gap);
    tcase_add_test(tcase, S_25_the_first_key_writes);
    tcase_add_test(tcase, an_id_is_no_key);
    tcase_add_test(tcase, without_keys_nothing_is_sealed_or_opened);
    tcase_add_test(tcase, T_S05_every_other_length_is_noticed);
    tcase_add_test(tcase, empty_claims_are_refused);
    tcase_add_test(tcase, too_long_claims_are_refused);
    tcase_add_test(tcase, T_S05_one_form_only);
    tcase_add_loop_test(tcase, T_S05_stray_bits_are_refused, 0, 2);
    tcase_add_test(tcase, S_05_two_seals_differ);
    tcase_add_test(tcase, claims_are_secret);
    tcase_add_test(tcase, S_05_a_key_does_not_seal_without_end);
    tcase_add_test(tcase, S_25_keys_that_seal_in_turn_are_each_counted);
    tcase_add_test(tcase, S_25_a_meter_that_is_full_forgets_old_keys);
    tcase_add_test(tcase, an_id_that_begins_with_zeroes_is_counted);
    tcase_add_test(tcase, what_is_not_sealed_is_not_counted);
    tcase_add_test(tcase, threads_share_the_meter);
    return run_case("token", tcase);
}
