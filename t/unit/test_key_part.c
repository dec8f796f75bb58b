/* Key files as parts of a generation: what is a key, what is refused, and who may read it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/trust/key_part.h"

#include <apr_cstr.h>
#include <apr_strings.h>
#include <errno.h>
#include <openssl/crypto.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "named_file_fixture.h"
#include "run.h"
#include "trust_fixture.h"

#define HEX_A  "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define B64_A  "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define HEX_B  "fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0efeeedecebeae9e8e7e6e5e4e3e2e1e0"
#define ZEROS  "0000000000000000000000000000000000000000000000000000000000000000"
#define ZERO64 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

static mtls_faults_t *faults;

static const mtls_named_file_t *named(const char *path)
{
    return fixture_named_file("MTLSCacheKeyFile", path, pool);
}

static apr_status_t read_octets(mtls_keys_t *keys, const char *octets, apr_size_t len)
{
    mtls_bytes_t text = {(const unsigned char *)apr_pmemdup(pool, octets, len + 1), len};

    faults = mtls_faults_make(pool);
    return mtls_keys_read(keys, text, named("keys"), faults);
}

static void assert_key(const mtls_key_t *key, const char *hex)
{
    char found[2 * MTLS_KEY_LEN + 1];

    ck_assert_int_eq(
        OPENSSL_buf2hexstr_ex(found, sizeof(found), NULL, key->octets, MTLS_KEY_LEN, '\0'), 1);
    ck_assert_int_eq(apr_cstr_casecmp(found, hex), 0);
}

START_TEST(a_key_is_read)
{
    static const struct {
        const char *text;
        const char *keys[2];
    } rows[] = {
        {HEX_A, {HEX_A}},
        {HEX_A "\n", {HEX_A}},
        {B64_A "\n", {HEX_A}},
        {"FFFEfdfcfbfaf9f8f7f6f5f4f3f2f1f0efeeedecebeae9e8e7e6e5e4e3e2e1e0\n", {HEX_B}},
        {"# of 2026\n\n  " HEX_A "\t# in use\r\n" HEX_B "\r\n# end", {HEX_A, HEX_B}},
        {HEX_B "\n" B64_A, {HEX_B, HEX_A}},
    };
    int i, n;

    for (i = 0; i < COUNT_OF(rows); i++) {
        mtls_keys_t keys;

        ck_assert_int_eq(read_octets(&keys, rows[i].text, strlen(rows[i].text)), APR_SUCCESS);
        ck_assert_int_eq(mtls_faults_count(faults), 0);
        ck_assert_int_eq(keys.count, rows[i].keys[1] ? 2 : 1);
        for (n = 0; n < keys.count; n++) {
            assert_key(&keys.list[n], rows[i].keys[n]);
            ck_assert_ptr_eq(mtls_keys_find(&keys, keys.list[n].id), &keys.list[n]);
        }
    }
}
END_TEST

#define ROW(text, line, words)                                                                     \
    {                                                                                              \
        text, sizeof(text) - 1, line, words                                                        \
    }

static const struct {
    const char *text;
    apr_size_t len;
    int line;
    const char *words;
} broken[] = {
    ROW("", 0, "no key"),
    ROW("\n# nothing\n   \n", 0, "no key"),
    ROW("# " HEX_A, 0, "no key"),
    ROW("00010203\n", 1, "too short"),
    ROW(HEX_A "20\n", 1, "too long"),
    ROW("\n" HEX_A "0\n", 2, "too long"),
    ROW("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1\n", 1, "neither"),
    ROW("g00102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n", 1, "neither"),
    ROW("0001:02030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1\n", 1, "neither"),
    ROW("00010203 405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n", 1, "neither"),
    ROW("00\0"
        "102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n",
        1, "neither"),
    ROW(HEX_A "\0\n", 1, "too long"),
    ROW("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\n", 1, "too short"),
    ROW("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9=\n", 1, "neither"),
    ROW("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdH===\n", 1, "neither"),
    ROW("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8A\n", 1, "neither"),
    ROW("AAECAwQFBgcICQoLDA0O_xAREhMUFRYXGBkaGxwdHh8=\n", 1, "neither"),
    ROW("AAECAwQFBgcICQoLDA0O DxAREhMUFRYXGBkaGxwdHh=\n", 1, "neither"),
    ROW(HEX_B "\n" ZEROS "\n", 2, "zeros"),
    ROW(ZERO64 "\n", 1, "zeros"),
    ROW(HEX_A "\n" HEX_B "\n" B64_A "\n", 3, "line 1 again"),
    ROW("\xef\xbb\xbf" HEX_A "\n", 1, "too long"),
    ROW("-----BEGIN PRIVATE KEY-----\n", 1, "too short"),
};

/* No fault repeats what stands on the line: it may be most of a key. */
START_TEST(what_is_no_key_is_refused)
{
    mtls_keys_t keys;
    const mtls_keys_t none = {.count = 0};
    const mtls_fault_t *fault;

    ck_assert_int_eq(read_octets(&keys, broken[_i].text, broken[_i].len), APR_EGENERAL);
    ck_assert_int_eq(mtls_faults_error_count(faults), 1);
    fault = mtls_faults_get(faults, 0);
    ck_assert_str_eq(fault->at.file, "keys");
    ck_assert_int_eq(fault->at.line, broken[_i].line);
    ck_assert_msg(strstr(fault->text, broken[_i].words) != NULL, "%s", fault->text);
    ck_assert_ptr_nonnull(strstr(fault->text, "MTLSCacheKeyFile: "));
    ck_assert_ptr_null(strstr(fault->text, "0102"));
    ck_assert_ptr_null(strstr(fault->text, "AwQF"));
    ck_assert_ptr_null(strstr(fault->text, "BEGIN"));
    ck_assert_mem_eq(&keys, &none, sizeof(keys));
}
END_TEST

START_TEST(all_bad_lines_are_told)
{
    mtls_keys_t keys;

    ck_assert_int_eq(read_octets(&keys, "a\n" HEX_A "\nb\n", 3 + 2 * MTLS_KEY_LEN + 2),
                     APR_EGENERAL);
    ck_assert_int_eq(mtls_faults_error_count(faults), 2);
    ck_assert_int_eq(mtls_faults_get(faults, 1)->at.line, 3);
}
END_TEST

static const char *many(int count)
{
    const char *text = "";
    int i;

    for (i = 1; i <= count; i++)
        text = apr_psprintf(pool, "%s%064x\n", text, i);
    return text;
}

START_TEST(eight_keys_and_no_more)
{
    mtls_keys_t keys;
    const char *text = many(MTLS_KEYS_MAX);

    ck_assert_int_eq(read_octets(&keys, text, strlen(text)), APR_SUCCESS);
    ck_assert_int_eq(keys.count, MTLS_KEYS_MAX);
    text = many(MTLS_KEYS_MAX + 20);
    ck_assert_int_eq(read_octets(&keys, text, strlen(text)), APR_EGENERAL);
    ck_assert_int_eq(mtls_faults_error_count(faults), 1);
    ck_assert_int_eq(mtls_faults_get(faults, 0)->at.line, MTLS_KEYS_MAX + 1);
}
END_TEST

START_TEST(an_id_is_of_its_key_and_does_not_show_it)
{
    mtls_keys_t a, b;
    const char *told;

    ck_assert_int_eq(read_octets(&a, HEX_A "\n" HEX_B, 4 * MTLS_KEY_LEN + 1), APR_SUCCESS);
    ck_assert_int_eq(read_octets(&b, B64_A, strlen(B64_A)), APR_SUCCESS);
    ck_assert_mem_eq(a.list[0].id, b.list[0].id, MTLS_KEY_ID_LEN);
    ck_assert_mem_ne(a.list[0].id, a.list[1].id, MTLS_KEY_ID_LEN);
    ck_assert_mem_ne(a.list[0].id, a.list[0].octets, MTLS_KEY_ID_LEN);
    ck_assert_ptr_null(mtls_keys_find(&b, a.list[1].id));
    told = mtls_keys_describe(&a, pool);
    ck_assert_int_eq(strncmp(told, "2 keys, writing with ", 21), 0);
    ck_assert_uint_eq(strlen(told), 21 + 2 * MTLS_KEY_ID_LEN);
    ck_assert_ptr_null(strstr(told, "00010203"));
}
END_TEST

START_TEST(random_keys_differ)
{
    mtls_keys_t a, b;

    ck_assert(mtls_keys_random(&a) && mtls_keys_random(&b));
    ck_assert_int_eq(a.count, 1);
    ck_assert_mem_ne(a.list[0].octets, b.list[0].octets, MTLS_KEY_LEN);
    ck_assert_mem_ne(a.list[0].id, b.list[0].id, MTLS_KEY_ID_LEN);
}
END_TEST

/* As a part of a generation. */
static mtls_generation_t *load(const char *path, const mtls_generation_t *before)
{
    faults = mtls_faults_make(pool);
    return fixture_load_file(&mtls_key_part_kind, named(path), before, faults, pool);
}

START_TEST(F_20_rights_of_others_stop_the_start)
{
    static const struct {
        mode_t mode;
        bool good;
    } rows[] = {{0600, true},  {0640, true},  {0440, true},  {0400, true},  {0644, false},
                {0660, false}, {0620, false}, {0604, false}, {0602, false}, {0601, false}};
    int i;

    for (i = 0; i < COUNT_OF(rows); i++) {
        const char *path = fixture_file(HEX_A "\n", rows[i].mode, pool);
        const mtls_generation_t *generation = load(path, NULL);

        ck_assert_msg((generation != NULL) == rows[i].good, "%o", rows[i].mode);
        if (rows[i].good) {
            assert_key(&mtls_generation_keys(generation, 0)->list[0], HEX_A);
            continue;
        }
        ck_assert_int_eq(mtls_faults_error_count(faults), 1);
        ck_assert_str_eq(mtls_faults_get(faults, 0)->at.file, "httpd.conf");
        ck_assert_ptr_nonnull(strstr(mtls_faults_get(faults, 0)->text, "chmod 640"));
    }
}
END_TEST

START_TEST(missing_empty_and_large_files_are_refused)
{
    const char *large = apr_pstrcat(pool, HEX_A "\n#", NULL);
    char *filler = apr_pcalloc(pool, MTLS_KEY_FILE_MAX + 1);

    ck_assert_ptr_null(load("/nowhere/keys", NULL));
    ck_assert_int_eq(mtls_faults_error_count(faults), 1);
    ck_assert_ptr_null(load(fixture_file("", 0600, pool), NULL));
    ck_assert_ptr_null(load(fixture_dir(pool), NULL));
    memset(filler, 'x', MTLS_KEY_FILE_MAX);
    ck_assert_ptr_null(
        load(fixture_file(apr_pstrcat(pool, large, filler, NULL), 0600, pool), NULL));
}
END_TEST

START_TEST(F_11_a_file_that_changes_is_loaded_again_or_the_old_keys_stay)
{
    const char *path = fixture_file(HEX_A "\n", 0600, pool);
    mtls_generation_t *first = load(path, NULL);

    ck_assert_ptr_nonnull(first);
    ck_assert(mtls_generation_is_reloadable(first) && !mtls_generation_is_stale(first));
    fixture_file_change(path, HEX_B "\n" HEX_A, pool);
    ck_assert(mtls_generation_is_stale(first));
    ck_assert_int_eq(mtls_generation_keys(load(path, first), 0)->count, 2);
    ck_assert_int_eq(chmod(path, 0666), 0);
    ck_assert_ptr_null(load(path, first));
    assert_key(&mtls_generation_keys(first, 0)->list[0], HEX_A);
}
END_TEST

/* Link-time wrapping: where keys are kept, and what if there is nothing. */
static void *last_secret;
static bool is_short;

void *__real_mtls_secret_alloc(apr_size_t len, apr_pool_t *from);
void *__wrap_mtls_secret_alloc(apr_size_t len, apr_pool_t *from);

void *__wrap_mtls_secret_alloc(apr_size_t len, apr_pool_t *from)
{
    if (!is_short)
        return last_secret = __real_mtls_secret_alloc(len, from);
    errno = ENOMEM;
    return NULL;
}

static apr_status_t load_keys(const void **keys, apr_pool_t *own)
{
    const mtls_named_file_t *file = named(fixture_file(HEX_A "\n", 0600, pool));

    faults = mtls_faults_make(pool);
    return mtls_key_part_kind.load_fn(keys, file, NULL, NULL, faults, own, pool);
}

/* Which is wiped, and gone: see test_secret_memory.c. */
START_TEST(S_26_keys_are_in_secret_memory_of_their_pool)
{
    unsigned char resident;
    apr_pool_t *own;
    const void *keys;

    ck_assert_int_eq(apr_pool_create(&own, pool), APR_SUCCESS);
    ck_assert_int_eq(load_keys(&keys, own), APR_SUCCESS);
    ck_assert_ptr_eq(keys, last_secret);
    assert_key(&((const mtls_keys_t *)keys)->list[0], HEX_A);
    apr_pool_destroy(own);
    ck_assert_int_eq(mincore(last_secret, 1, &resident), -1);
}
END_TEST

START_TEST(no_memory_for_keys_is_a_fault)
{
    const void *keys;

    is_short = true;
    ck_assert_int_eq(load_keys(&keys, pool), APR_ENOMEM);
    is_short = false;
    ck_assert_ptr_null(keys);
    ck_assert_int_eq(mtls_faults_error_count(faults), 1);
    ck_assert_str_eq(mtls_faults_get(faults, 0)->at.file, "httpd.conf");
    ck_assert_ptr_nonnull(strstr(mtls_faults_get(faults, 0)->text, "no memory"));
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("key_part");

    tcase_add_test(tcase, a_key_is_read);
    tcase_add_loop_test(tcase, what_is_no_key_is_refused, 0, COUNT_OF(broken));
    tcase_add_test(tcase, all_bad_lines_are_told);
    tcase_add_test(tcase, eight_keys_and_no_more);
    tcase_add_test(tcase, an_id_is_of_its_key_and_does_not_show_it);
    tcase_add_test(tcase, random_keys_differ);
    tcase_add_test(tcase, F_20_rights_of_others_stop_the_start);
    tcase_add_test(tcase, missing_empty_and_large_files_are_refused);
    tcase_add_test(tcase, F_11_a_file_that_changes_is_loaded_again_or_the_old_keys_stay);
    tcase_add_test(tcase, S_26_keys_are_in_secret_memory_of_their_pool);
    tcase_add_test(tcase, no_memory_for_keys_is_a_fault);
    return run_case("key_part", tcase);
}
