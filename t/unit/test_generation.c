/* Generations: whole or not at all, unchanged parts shared, everything freed once. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/trust/generation.h"

#include <apr_strings.h>
#include <unistd.h>

#include "run.h"
#include "trust_fixture.h"

#define PARTS 3

/* A part whose thing is its own name, loaded from one file: broken when the file is missing. */
typedef struct {
    const char *path;
    int loaded;
    int freed;
} fake_t;

static fake_t fakes[PARTS];
static apr_array_header_t *specs;
static mtls_faults_t *faults;

static apr_status_t count_freed(void *data)
{
    ((fake_t *)data)->freed++;
    return APR_SUCCESS;
}

static apr_status_t load_fake(const void **out, const void *spec, const void *before,
                              mtls_files_t *files, mtls_faults_t *list, apr_pool_t *own,
                              apr_pool_t *scratch)
{
    (void)before;
    fake_t *fake = (fake_t *)spec;

    (void)scratch;
    mtls_files_note(files, fake->path);
    fake->loaded++;
    apr_pool_cleanup_register(own, fake, count_freed, apr_pool_cleanup_null);
    *out = fake;
    if (access(fake->path, R_OK) == 0)
        return APR_SUCCESS;
    mtls_faults_add(list, (mtls_origin_t){fake->path, 1, 2}, "missing");
    return APR_ENOENT;
}

static const mtls_part_kind_t reloadable_kind = {"fake", true, load_fake, NULL};
static const mtls_part_kind_t lasting_kind = {"lasting fake", false, load_fake, NULL};

static void write_file(int i)
{
    const char *name = strrchr(fakes[i].path, '/') + 1;
    const char *dir = apr_pstrmemdup(pool, fakes[i].path, (apr_size_t)(name - 1 - fakes[i].path));

    unlink(fakes[i].path);
    fixture_write(dir, name, "x", 1, pool);
}

static void make_files(const mtls_part_kind_t *last)
{
    const char *dir = fixture_dir(pool);

    specs = apr_array_make(pool, PARTS, sizeof(mtls_part_spec_t));
    faults = mtls_faults_make(pool);
    for (int i = 0; i < PARTS; i++) {
        const mtls_part_kind_t *kind = i == PARTS - 1 ? last : &reloadable_kind;

        fakes[i] = (fake_t){.path = apr_psprintf(pool, "%s/%d", dir, i)};
        write_file(i);
        APR_ARRAY_PUSH(specs, mtls_part_spec_t) =
            (mtls_part_spec_t){kind, fakes[i].path, &fakes[i]};
    }
}

/* An old inode may be given to a new file, so the old one is kept aside. */
static void replace_file(int i)
{
    ck_assert_int_eq(rename(fakes[i].path, apr_pstrcat(pool, fakes[i].path, ".old", NULL)), 0);
    write_file(i);
}

static mtls_generation_t *load(const mtls_generation_t *before)
{
    mtls_generation_t *generation;

    ck_assert_int_eq(mtls_generation_load(&generation, specs, before, NULL, faults, pool, pool),
                     APR_SUCCESS);
    return generation;
}

static void expect(int i, int loaded, int freed)
{
    ck_assert_msg(fakes[i].loaded == loaded && fakes[i].freed == freed,
                  "part %d: loaded %d, freed %d; not %d and %d", i, fakes[i].loaded, fakes[i].freed,
                  loaded, freed);
}

START_TEST(loaded_as_a_whole)
{
    mtls_generation_t *generation;

    make_files(&reloadable_kind);
    generation = load(NULL);
    ck_assert_int_eq(mtls_generation_count(generation), PARTS);
    for (int i = 0; i < PARTS; i++) {
        ck_assert_ptr_eq(mtls_generation_part(generation, i), &fakes[i]);
        ck_assert_str_eq(mtls_generation_spec(generation, i)->name, fakes[i].path);
        expect(i, 1, 0);
    }
    mtls_generation_set_number(generation, 7);
    ck_assert_uint_eq(mtls_generation_number(generation), 7);
    mtls_generation_free(generation);
    for (int i = 0; i < PARTS; i++)
        expect(i, 1, 1);
}
END_TEST

/* Faults of all parts are told, and what could be loaded is freed again. */
START_TEST(F_11_not_at_all)
{
    mtls_generation_t *generation = (mtls_generation_t *)faults;

    make_files(&reloadable_kind);
    unlink(fakes[0].path);
    unlink(fakes[2].path);
    ck_assert_int_eq(mtls_generation_load(&generation, specs, NULL, NULL, faults, pool, pool),
                     APR_EGENERAL);
    ck_assert_ptr_null(generation);
    ck_assert_int_eq(mtls_faults_error_count(faults), 2);
    ck_assert_str_eq(mtls_faults_get(faults, 1)->at.file, fakes[2].path);
    for (int i = 0; i < PARTS; i++)
        expect(i, 1, 1);
}
END_TEST

START_TEST(unchanged_parts_are_shared)
{
    mtls_generation_t *first, *second;

    make_files(&reloadable_kind);
    first = load(NULL);
    ck_assert(!mtls_generation_is_stale(first));
    replace_file(1);
    ck_assert(mtls_generation_is_stale(first));
    second = load(first);
    ck_assert(!mtls_generation_is_stale(second));
    expect(0, 1, 0);
    expect(1, 2, 0);
    ck_assert(mtls_generation_shares(first, second, 0));
    ck_assert(!mtls_generation_shares(first, second, 1));
    mtls_generation_free(first);
    expect(0, 1, 0);
    expect(1, 2, 1);
    ck_assert_ptr_eq(mtls_generation_part(second, 0), &fakes[0]);
    mtls_generation_free(second);
    expect(0, 1, 1);
    expect(1, 2, 2);
    expect(2, 1, 1);
}
END_TEST

START_TEST(newer_freed_before_older)
{
    mtls_generation_t *first, *second;

    make_files(&reloadable_kind);
    first = load(NULL);
    replace_file(1);
    second = load(first);
    mtls_generation_free(second);
    expect(0, 1, 0);
    expect(1, 2, 1);
    mtls_generation_free(first);
    expect(0, 1, 1);
    expect(1, 2, 2);
}
END_TEST

START_TEST(F_11_a_broken_successor_takes_nothing_with_it)
{
    mtls_generation_t *first, *second;

    make_files(&reloadable_kind);
    first = load(NULL);
    unlink(fakes[1].path);
    ck_assert_int_eq(mtls_generation_load(&second, specs, first, NULL, faults, pool, pool),
                     APR_EGENERAL);
    ck_assert_ptr_null(second);
    expect(0, 1, 0);
    expect(1, 2, 1);
    ck_assert_ptr_eq(mtls_generation_part(first, 1), &fakes[1]);
    mtls_generation_free(first);
    expect(0, 1, 1);
    expect(1, 2, 2);
}
END_TEST

START_TEST(freed_once_with_the_pool)
{
    apr_pool_t *whole;
    mtls_generation_t *first, *second;

    make_files(&reloadable_kind);
    apr_pool_create(&whole, pool);
    ck_assert_int_eq(mtls_generation_load(&first, specs, NULL, NULL, faults, whole, pool),
                     APR_SUCCESS);
    replace_file(0);
    ck_assert_int_eq(mtls_generation_load(&second, specs, first, NULL, faults, whole, pool),
                     APR_SUCCESS);
    apr_pool_destroy(whole);
    expect(0, 2, 2);
    expect(1, 1, 1);
}
END_TEST

START_TEST(what_lasts_is_not_loaded_again)
{
    mtls_generation_t *first, *second;

    make_files(&lasting_kind);
    first = load(NULL);
    ck_assert(mtls_generation_is_reloadable(first));
    unlink(fakes[PARTS - 1].path);
    ck_assert(!mtls_generation_is_stale(first));
    replace_file(0);
    second = load(first);
    ck_assert(mtls_generation_shares(first, second, PARTS - 1));
    expect(PARTS - 1, 1, 0);
}
END_TEST

START_TEST(nothing_to_reload)
{
    make_files(&lasting_kind);
    APR_ARRAY_IDX(specs, 0, mtls_part_spec_t) = APR_ARRAY_IDX(specs, PARTS - 1, mtls_part_spec_t);
    specs->nelts = 1;
    ck_assert(!mtls_generation_is_reloadable(load(NULL)));
    specs->nelts = 0;
    ck_assert(!mtls_generation_is_reloadable(load(NULL)));
    ck_assert(!mtls_generation_is_stale(load(NULL)));
}
END_TEST

START_TEST(digests_are_of_the_files)
{
    mtls_generation_t *first, *same, *other;

    make_files(&reloadable_kind);
    first = load(NULL);
    same = load(NULL);
    ck_assert_mem_eq(mtls_generation_digest(first), mtls_generation_digest(same), MTLS_SHA256_LEN);
    ck_assert_mem_eq(mtls_generation_digest(first), mtls_generation_digest(load(first)),
                     MTLS_SHA256_LEN);
    replace_file(2);
    other = load(first);
    ck_assert_mem_ne(mtls_generation_digest(first), mtls_generation_digest(other), MTLS_SHA256_LEN);
    ck_assert_mem_eq(mtls_generation_digest(other), mtls_generation_digest(load(NULL)),
                     MTLS_SHA256_LEN);
}
END_TEST

START_TEST(F_12_looks)
{
    unsigned char one[MTLS_SHA256_LEN], two[MTLS_SHA256_LEN];
    mtls_generation_t *generation;

    make_files(&lasting_kind);
    generation = load(NULL);
    ck_assert(mtls_generation_look(one, generation, pool));
    replace_file(PARTS - 1);
    ck_assert(mtls_generation_look(two, generation, pool));
    ck_assert_mem_eq(one, two, sizeof(one));
    replace_file(1);
    ck_assert(mtls_generation_look(two, generation, pool));
    ck_assert_mem_ne(one, two, sizeof(one));
}
END_TEST

/* What was tried tells when to try again: when any file changes, of a broken part too. */
START_TEST(tried_files)
{
    mtls_files_t *tried;
    mtls_generation_t *first, *second;

    make_files(&lasting_kind);
    first = load(NULL);
    unlink(fakes[1].path);
    tried = mtls_files_make(pool);
    ck_assert_int_eq(mtls_generation_load(&second, specs, first, tried, faults, pool, pool),
                     APR_EGENERAL);
    ck_assert_int_eq(mtls_files_count(tried), PARTS - 1);
    ck_assert(!mtls_files_changed(tried));
    replace_file(0);
    ck_assert(mtls_files_changed(tried));
    tried = mtls_files_make(pool);
    ck_assert_int_eq(mtls_generation_load(&second, specs, first, tried, faults, pool, pool),
                     APR_EGENERAL);
    write_file(1);
    ck_assert(mtls_files_changed(tried));
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("generation");

    tcase_add_test(tcase, loaded_as_a_whole);
    tcase_add_test(tcase, F_11_not_at_all);
    tcase_add_test(tcase, unchanged_parts_are_shared);
    tcase_add_test(tcase, newer_freed_before_older);
    tcase_add_test(tcase, F_11_a_broken_successor_takes_nothing_with_it);
    tcase_add_test(tcase, freed_once_with_the_pool);
    tcase_add_test(tcase, what_lasts_is_not_loaded_again);
    tcase_add_test(tcase, nothing_to_reload);
    tcase_add_test(tcase, digests_are_of_the_files);
    tcase_add_test(tcase, F_12_looks);
    tcase_add_test(tcase, tried_files);
    return run_case("trust/generation", tcase);
}
