/* Changed files, found and loaded: never half written, never half of them (F-12, F-16, F-18). */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/trust/watch.h"

#include <apr_strings.h>
#include <stdio.h>
#include <unistd.h>

#include "run.h"
#include "trust_fixture.h"

/* A map that is one word and may be "broken"; "include" reads the second file too. */
typedef struct {
    const char *path;
    const char *more;
} fake_t;

typedef struct {
    mtls_store_t *store;
    mtls_watch_t *watch;
} child_t;

static const char *dir;
static fake_t fake;
static int loads;
static mtls_ledger_t *ledger;
static apr_array_header_t *specs;
static apr_time_t now;

/* Before this load the file "map" is written anew, with this word. */
static int rewrite_at;
static const char *rewrite_as;

static void write_word(const char *name, const char *word);

static const char *read_word(const char *path, mtls_files_t *files, apr_pool_t *own)
{
    char word[16] = "";
    FILE *file;

    mtls_files_note(files, path);
    file = fopen(path, "r");
    if (file == NULL)
        return "broken";
    if (fgets(word, sizeof(word), file) == NULL)
        word[0] = '\0';
    fclose(file);
    return apr_pstrdup(own, word);
}

static apr_status_t load_fake(const void **out, const void *spec, const void *before,
                              mtls_files_t *files, mtls_faults_t *faults, apr_pool_t *own,
                              apr_pool_t *scratch)
{
    (void)before;
    const fake_t *map = spec;
    const char *word;

    (void)scratch;
    if (++loads == rewrite_at)
        write_word("map", rewrite_as);
    word = read_word(map->path, files, own);
    ck_assert_msg(faults != NULL, "loaders count their faults");
    if (strcmp(word, "include") == 0)
        word = read_word(map->more, files, own);
    *out = word;
    if (strcmp(word, "broken") != 0)
        return APR_SUCCESS;
    mtls_faults_add(faults, (mtls_origin_t){map->path, 1, 1}, "broken");
    return APR_EGENERAL;
}

static const mtls_part_kind_t kind = {"fake", true, load_fake, NULL};

/* A new inode each time: the clock of files is too coarse for two writes in a row. */
static void write_word(const char *name, const char *word)
{
    const char *other = fixture_write(dir, "new", word, strlen(word), pool);
    const char *path = apr_pstrcat(pool, dir, "/", name, NULL);
    static unsigned count;

    if (access(path, F_OK) == 0)
        ck_assert_int_eq(rename(path, apr_psprintf(pool, "%s.%u", path, count++)), 0);
    ck_assert_int_eq(rename(other, path), 0);
}

/* A process that has loaded what there is at the start of the server. */
static child_t make_child(void)
{
    mtls_generation_t *first;
    child_t child;

    ck_assert_int_eq(
        mtls_generation_load(&first, specs, NULL, NULL, mtls_faults_make(pool), pool, pool),
        APR_SUCCESS);
    mtls_generation_set_number(first, 1);
    child.store = mtls_store_make(first, pool);
    if (ledger == NULL)
        ledger =
            mtls_ledger_init(apr_pcalloc(pool, mtls_ledger_size()), mtls_generation_digest(first));
    child.watch = mtls_watch_make(child.store, specs, ledger, pool);
    loads = 0;
    return child;
}

static child_t start(const char *word)
{
    dir = fixture_dir(pool);
    fake = (fake_t){apr_pstrcat(pool, dir, "/map", NULL), apr_pstrcat(pool, dir, "/more", NULL)};
    specs = apr_array_make(pool, 1, sizeof(mtls_part_spec_t));
    APR_ARRAY_PUSH(specs, mtls_part_spec_t) = (mtls_part_spec_t){&kind, fake.path, &fake};
    ledger = NULL;
    rewrite_at = 0;
    now = apr_time_from_sec(1000);
    write_word("map", word);
    return make_child();
}

/* The linker calls this instead: the file changes just after so many looks at it.  0: never. */
static int change_after;

bool __real_mtls_files_changed(const mtls_files_t *files);
bool __wrap_mtls_files_changed(const mtls_files_t *files);

bool __wrap_mtls_files_changed(const mtls_files_t *files)
{
    bool changed = __real_mtls_files_changed(files);

    if (change_after > 0 && --change_after == 0)
        write_word("map", "three");
    return changed;
}

static mtls_watched_t look(child_t *child)
{
    return mtls_watch_look(child->watch, now, pool);
}

static void expect_end(child_t *child, mtls_watch_end_t end, bool say)
{
    mtls_watched_t watched = look(child);

    ck_assert_int_eq(watched.end, end);
    ck_assert_int_eq(watched.say, say);
}

static void expect_use(const child_t *child, const char *word, unsigned number)
{
    const mtls_generation_t *current = mtls_store_current(child->store);

    ck_assert_str_eq(mtls_generation_part(current, 0), word);
    ck_assert_uint_eq(mtls_generation_number(current), number);
    ck_assert_uint_eq(mtls_store_number(child->store), number);
}

/* dir/link leads to another file, at once. */
static void point_link_at(const char *name)
{
    const char *beside = apr_pstrcat(pool, dir, "/link.new", NULL);

    ck_assert_int_eq(symlink(name, beside), 0);
    ck_assert_int_eq(rename(beside, apr_pstrcat(pool, dir, "/link", NULL)), 0);
}

START_TEST(nothing_changed)
{
    child_t child = start("one");

    expect_end(&child, MTLS_WATCH_CURRENT, false);
    expect_end(&child, MTLS_WATCH_CURRENT, false);
    ck_assert_int_eq(loads, 0);
    expect_use(&child, "one", 1);
}
END_TEST

START_TEST(loaded_after_two_equal_looks)
{
    child_t child = start("one");
    mtls_watched_t watched;

    write_word("map", "two");
    expect_end(&child, MTLS_WATCH_UNSETTLED, false);
    expect_use(&child, "one", 1);
    watched = look(&child);
    ck_assert_int_eq(watched.end, MTLS_WATCH_LOADED);
    ck_assert(watched.say);
    ck_assert_str_eq(mtls_generation_part(watched.before, 0), "one");
    ck_assert_str_eq(mtls_generation_part(watched.now, 0), "two");
    expect_use(&child, "two", 2);
    expect_end(&child, MTLS_WATCH_CURRENT, false);
    ck_assert_int_eq(loads, 1);
}
END_TEST

START_TEST(F_12_not_while_somebody_writes)
{
    child_t child = start("one");

    for (int i = 0; i < 5; i++) {
        write_word("map", "broken");
        expect_end(&child, MTLS_WATCH_UNSETTLED, false);
    }
    write_word("map", "two");
    expect_end(&child, MTLS_WATCH_UNSETTLED, false);
    ck_assert_int_eq(loads, 0);
    expect_end(&child, MTLS_WATCH_LOADED, true);
    expect_use(&child, "two", 2);
}
END_TEST

START_TEST(F_16_broken_keeps_the_old_one)
{
    child_t child = start("one");
    mtls_watched_t watched;

    write_word("map", "broken");
    expect_end(&child, MTLS_WATCH_UNSETTLED, false);
    watched = look(&child);
    ck_assert_int_eq(watched.end, MTLS_WATCH_BROKEN);
    ck_assert(watched.say);
    ck_assert_int_eq(mtls_faults_error_count(watched.faults), 1);
    expect_use(&child, "one", 1);
    for (int i = 0; i < 5; i++)
        expect_end(&child, MTLS_WATCH_CURRENT, false);
    ck_assert_msg(loads == 1, "not tried again before the file changes");
    write_word("map", "two");
    expect_end(&child, MTLS_WATCH_UNSETTLED, false);
    expect_end(&child, MTLS_WATCH_LOADED, true);
    expect_use(&child, "two", 2);
}
END_TEST

START_TEST(F_18_deleted_keeps_the_old_one)
{
    child_t child = start("one");

    ck_assert_int_eq(unlink(fake.path), 0);
    expect_end(&child, MTLS_WATCH_UNSETTLED, false);
    expect_end(&child, MTLS_WATCH_BROKEN, true);
    expect_use(&child, "one", 1);
    write_word("map", "two");
    expect_end(&child, MTLS_WATCH_UNSETTLED, false);
    expect_end(&child, MTLS_WATCH_LOADED, true);
    expect_use(&child, "two", 2);
}
END_TEST

/* The file that must change was never part of what is in use. */
START_TEST(a_missing_include_comes)
{
    child_t child = start("one");

    write_word("map", "include");
    expect_end(&child, MTLS_WATCH_UNSETTLED, false);
    expect_end(&child, MTLS_WATCH_BROKEN, true);
    expect_end(&child, MTLS_WATCH_CURRENT, false);
    write_word("more", "three");
    expect_end(&child, MTLS_WATCH_UNSETTLED, false);
    expect_end(&child, MTLS_WATCH_LOADED, true);
    expect_use(&child, "three", 2);
    write_word("more", "four");
    expect_end(&child, MTLS_WATCH_UNSETTLED, false);
    expect_end(&child, MTLS_WATCH_LOADED, true);
    expect_use(&child, "four", 3);
}
END_TEST

/* The fault may have been ours, not the file's: too few descriptors, a disk that did not answer. */
START_TEST(broken_is_tried_again_after_a_while)
{
    child_t child = start("one");

    write_word("map", "broken");
    expect_end(&child, MTLS_WATCH_UNSETTLED, false);
    expect_end(&child, MTLS_WATCH_BROKEN, true);
    now += MTLS_WATCH_RETRY - 1;
    expect_end(&child, MTLS_WATCH_CURRENT, false);
    now += 1;
    expect_end(&child, MTLS_WATCH_UNSETTLED, false);
    expect_end(&child, MTLS_WATCH_BROKEN, false);
    ck_assert_int_eq(loads, 2);
}
END_TEST

START_TEST(F_24_children_agree)
{
    child_t a = start("one"), b = make_child(), c = make_child();

    write_word("map", "two");
    expect_end(&a, MTLS_WATCH_UNSETTLED, false);
    expect_end(&b, MTLS_WATCH_UNSETTLED, false);
    expect_end(&a, MTLS_WATCH_LOADED, true);
    expect_end(&b, MTLS_WATCH_LOADED, false);
    expect_use(&a, "two", 2);
    expect_use(&b, "two", 2);
    write_word("map", "broken");
    for (int i = 0; i < 2; i++) {
        look(&a);
        expect_end(&b, i == 0 ? MTLS_WATCH_UNSETTLED : MTLS_WATCH_BROKEN, false);
    }
    expect_end(&c, MTLS_WATCH_UNSETTLED, false);
    expect_end(&c, MTLS_WATCH_BROKEN, false);
    expect_use(&c, "one", 1);
    write_word("map", "three");
    for (int i = 0; i < 2; i++) {
        look(&c);
        look(&b);
        look(&a);
    }
    expect_use(&a, "three", 3);
    expect_use(&b, "three", 3);
    expect_use(&c, "three", 3);
}
END_TEST

/* One child saw the files change and change back, another did not look meanwhile. */
START_TEST(back_to_what_it_was)
{
    child_t a = start("one"), b = make_child();
    const char *aside = apr_pstrcat(pool, dir, "/aside", NULL);

    ck_assert_int_eq(symlink("map", apr_pstrcat(pool, dir, "/link", NULL)), 0);
    fake.path = apr_pstrcat(pool, dir, "/link", NULL);
    write_word("aside", "two");
    ledger = NULL;
    a = make_child();
    b = make_child();
    ck_assert_int_eq(unlink(fake.path), 0);
    ck_assert_int_eq(symlink(aside, fake.path), 0);
    look(&a);
    expect_end(&a, MTLS_WATCH_LOADED, true);
    expect_use(&a, "two", 2);
    ck_assert_int_eq(unlink(fake.path), 0);
    ck_assert_int_eq(symlink("map", fake.path), 0);
    look(&a);
    expect_end(&a, MTLS_WATCH_LOADED, true);
    expect_use(&a, "one", 3);
    expect_use(&b, "one", 1);
    expect_end(&b, MTLS_WATCH_LOADED, false);
    expect_use(&b, "one", 3);
    expect_end(&b, MTLS_WATCH_CURRENT, false);
}
END_TEST

/* Such a child loads nothing, and yet a file may change before it has looked at all of them: what
 * is loaded then is loaded as ever, but not used before it is settled. */
START_TEST(F_16_changed_between_two_looks_at_it)
{
    child_t a = start("one"), b;
    mtls_watched_t watched;

    point_link_at("map");
    fake.path = apr_pstrcat(pool, dir, "/link", NULL);
    write_word("aside", "two");
    ledger = NULL;
    a = make_child();
    b = make_child();
    point_link_at("aside");
    look(&a);
    expect_end(&a, MTLS_WATCH_LOADED, true);
    point_link_at("map");
    look(&a);
    expect_end(&a, MTLS_WATCH_LOADED, true);
    loads = 0;
    change_after = 1;
    watched = look(&b);
    ck_assert_int_eq(change_after, 0);
    ck_assert_int_eq(watched.end, MTLS_WATCH_CURRENT);
    ck_assert_msg(loads == 1, "the change came where it was meant to");
    expect_use(&b, "one", 1);
    expect_end(&b, MTLS_WATCH_UNSETTLED, false);
    expect_end(&b, MTLS_WATCH_LOADED, true);
    expect_use(&b, "three", 4);
}
END_TEST

/* A process that was stopped in the middle of a load has read files of different days. */
START_TEST(F_16_changed_while_it_was_loaded)
{
    static const char *const second[] = {"two", "broken"};
    fake_t other;
    child_t child;

    for (size_t i = 0; i < sizeof(second) / sizeof(second[0]); i++) {
        start("one");
        other = (fake_t){apr_pstrcat(pool, dir, "/map2", NULL), fake.more};
        write_word("map2", "one");
        APR_ARRAY_PUSH(specs, mtls_part_spec_t) = (mtls_part_spec_t){&kind, other.path, &other};
        ledger = NULL;
        child = make_child();
        write_word("map", "two");
        write_word("map2", second[i]);
        expect_end(&child, MTLS_WATCH_UNSETTLED, false);
        rewrite_at = 2;
        rewrite_as = "three";
        expect_end(&child, MTLS_WATCH_UNSETTLED, false);
        ck_assert_int_eq(loads, 2);
        expect_use(&child, "one", 1);
        write_word("map2", "three");
        expect_end(&child, MTLS_WATCH_UNSETTLED, false);
        expect_end(&child, MTLS_WATCH_LOADED, true);
        expect_use(&child, "three", 2);
    }
}
END_TEST

START_TEST(back_to_what_is_in_use)
{
    child_t child = start("one");
    const char *aside = apr_pstrcat(pool, dir, "/aside", NULL);

    ck_assert_int_eq(rename(fake.path, aside), 0);
    fake.path = apr_pstrcat(pool, dir, "/link", NULL);
    ck_assert_int_eq(symlink(aside, fake.path), 0);
    ledger = NULL;
    child = make_child();
    ck_assert_int_eq(unlink(fake.path), 0);
    expect_end(&child, MTLS_WATCH_UNSETTLED, false);
    expect_end(&child, MTLS_WATCH_BROKEN, true);
    ck_assert_int_eq(symlink(aside, fake.path), 0);
    expect_end(&child, MTLS_WATCH_CURRENT, false);
    expect_use(&child, "one", 1);
    ck_assert_int_eq(unlink(fake.path), 0);
    expect_end(&child, MTLS_WATCH_UNSETTLED, false);
    expect_end(&child, MTLS_WATCH_BROKEN, false);
}
END_TEST

START_TEST(too_many_in_use)
{
    child_t child = start("one");
    const mtls_generation_t *held[MTLS_STORE_SLOTS];

    for (int i = 0; i < MTLS_STORE_SLOTS - 1; i++) {
        held[i] = mtls_store_acquire(child.store);
        write_word("map", "more");
        look(&child);
        expect_end(&child, MTLS_WATCH_LOADED, true);
    }
    write_word("map", "last");
    expect_end(&child, MTLS_WATCH_UNSETTLED, false);
    expect_end(&child, MTLS_WATCH_FULL, true);
    expect_end(&child, MTLS_WATCH_UNSETTLED, false);
    expect_end(&child, MTLS_WATCH_FULL, false);
    expect_end(&child, MTLS_WATCH_UNSETTLED, false);
    mtls_store_release(child.store, held[3]);
    expect_end(&child, MTLS_WATCH_LOADED, true);
    expect_use(&child, "last", MTLS_STORE_SLOTS + 1);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("watch");

    tcase_add_test(tcase, nothing_changed);
    tcase_add_test(tcase, loaded_after_two_equal_looks);
    tcase_add_test(tcase, F_12_not_while_somebody_writes);
    tcase_add_test(tcase, F_16_broken_keeps_the_old_one);
    tcase_add_test(tcase, F_18_deleted_keeps_the_old_one);
    tcase_add_test(tcase, a_missing_include_comes);
    tcase_add_test(tcase, broken_is_tried_again_after_a_while);
    tcase_add_test(tcase, F_24_children_agree);
    tcase_add_test(tcase, back_to_what_it_was);
    tcase_add_test(tcase, F_16_changed_between_two_looks_at_it);
    tcase_add_test(tcase, F_16_changed_while_it_was_loaded);
    tcase_add_test(tcase, back_to_what_is_in_use);
    tcase_add_test(tcase, too_many_in_use);
    return run_case("trust/watch", tcase);
}
