/* Which files something was loaded from, and whether they have changed since (F-12). */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/trust/files.h"

#include <apr_strings.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "run.h"
#include "trust_fixture.h"

/* One folder for each test, which goes with its pool. */
static const char *folder(void)
{
    void *dir = NULL;

    apr_pool_userdata_get(&dir, "folder", pool);
    if (dir == NULL) {
        dir = (void *)fixture_dir(pool);
        apr_pool_userdata_setn(dir, "folder", NULL, pool);
    }
    return dir;
}

static const char *in_dir(const char *name)
{
    return apr_pstrcat(pool, folder(), "/", name, NULL);
}

static const char *write_text(const char *name, const char *text)
{
    return fixture_write(folder(), name, text, strlen(text), pool);
}

/* The kernel's clock for files ticks slowly: until a new file is younger, nothing has changed. */
static void wait_for_tick(const char *path)
{
    struct stat before, probe;

    ck_assert_int_eq(stat(path, &before), 0);
    do {
        ck_assert_int_eq(stat(write_text("probe", ""), &probe), 0);
    } while (probe.st_mtim.tv_sec == before.st_ctim.tv_sec &&
             probe.st_mtim.tv_nsec == before.st_ctim.tv_nsec);
}

static mtls_files_t *noted(const char *path)
{
    mtls_files_t *files = mtls_files_make(pool);

    mtls_files_note(files, path);
    ck_assert_int_eq(mtls_files_count(files), 1);
    ck_assert(!mtls_files_changed(files));
    if (access(path, F_OK) == 0)
        wait_for_tick(path);
    ck_assert(!mtls_files_changed(files));
    return files;
}

START_TEST(F_12_renamed_over)
{
    mtls_files_t *files = noted(write_text("map", "one"));

    ck_assert_int_eq(rename(write_text("new", "two"), in_dir("map")), 0);
    ck_assert(mtls_files_changed(files));
}
END_TEST

START_TEST(F_12_renamed_over_with_the_same_size_and_time)
{
    const char *path = write_text("map", "one");
    const char *next = write_text("new", "two");
    mtls_files_t *files = noted(path);
    struct stat old;

    ck_assert_int_eq(stat(path, &old), 0);
    ck_assert_int_eq(utimensat(AT_FDCWD, next, (struct timespec[]){old.st_atim, old.st_mtim}, 0),
                     0);
    ck_assert_int_eq(rename(next, path), 0);
    ck_assert(mtls_files_changed(files));
}
END_TEST

START_TEST(F_12_written_in_place)
{
    mtls_files_t *files = noted(write_text("map", "one"));

    write_text("map", "two");
    ck_assert(mtls_files_changed(files));
}
END_TEST

/* Whoever puts the modification time back cannot put back the change time. */
START_TEST(F_12_written_in_place_and_dated_back)
{
    const char *path = write_text("map", "one");
    mtls_files_t *files = noted(path);
    struct stat old;

    ck_assert_int_eq(stat(path, &old), 0);
    write_text("map", "two");
    ck_assert_int_eq(utimensat(AT_FDCWD, path, (struct timespec[]){old.st_atim, old.st_mtim}, 0),
                     0);
    ck_assert(mtls_files_changed(files));
}
END_TEST

START_TEST(touched_with_the_same_content)
{
    const char *path = write_text("map", "one");
    mtls_files_t *files = noted(path);

    ck_assert_int_eq(utimensat(AT_FDCWD, path, NULL, 0), 0);
    ck_assert(mtls_files_changed(files));
}
END_TEST

START_TEST(read_without_a_change)
{
    const char *path = write_text("map", "one");
    mtls_files_t *files = noted(path);
    FILE *file = fopen(path, "r");

    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fgetc(file), 'o');
    fclose(file);
    ck_assert(!mtls_files_changed(files));
}
END_TEST

START_TEST(deleted_and_back)
{
    const char *path = write_text("map", "one");
    mtls_files_t *files = noted(path);

    ck_assert_int_eq(unlink(path), 0);
    ck_assert(mtls_files_changed(files));
    write_text("map", "one");
    ck_assert(mtls_files_changed(files));
}
END_TEST

START_TEST(missing_until_it_comes)
{
    mtls_files_t *files = noted(in_dir("map"));

    write_text("map", "one");
    ck_assert(mtls_files_changed(files));
}
END_TEST

START_TEST(F_20_rights_taken_away)
{
    const char *path = write_text("map", "one");
    mtls_files_t *files = noted(path);

    ck_assert_int_eq(chmod(path, 0), 0);
    ck_assert(mtls_files_changed(files));
}
END_TEST

/* A folder that may not be searched any more; root may always. */
START_TEST(F_20_folder_closed)
{
    mtls_files_t *files;
    const char *path;

    ck_assert_int_eq(mkdir(in_dir("sub"), 0755), 0);
    ck_assert_int_eq(chmod(folder(), 0755), 0);
    path = write_text("sub/map", "one");
    files = noted(path);
    ck_assert_int_eq(chmod(in_dir("sub"), 0), 0);
    if (geteuid() == 0)
        ck_assert_int_eq(seteuid(65534), 0);
    ck_assert(mtls_files_changed(files));
    if (getuid() == 0)
        ck_assert_int_eq(seteuid(0), 0);
    ck_assert_int_eq(chmod(in_dir("sub"), 0755), 0);
    ck_assert(!mtls_files_changed(files));
}
END_TEST

/* As Kubernetes mounts a ConfigMap: map -> ..data/map, ..data -> ..2026, swapped by rename. */
START_TEST(F_11_link_led_elsewhere)
{
    mtls_files_t *files;
    unsigned char before[MTLS_SHA256_LEN], after[MTLS_SHA256_LEN];

    ck_assert_int_eq(mkdir(in_dir("..1"), 0755), 0);
    ck_assert_int_eq(mkdir(in_dir("..2"), 0755), 0);
    write_text("..1/map", "one");
    write_text("..2/map", "two");
    ck_assert_int_eq(symlink("..1", in_dir("..data")), 0);
    ck_assert_int_eq(symlink("..data/map", in_dir("map")), 0);
    files = noted(in_dir("map"));
    ck_assert(mtls_files_look(before, files));
    ck_assert_int_eq(symlink("..2", in_dir("..data_tmp")), 0);
    ck_assert_int_eq(rename(in_dir("..data_tmp"), in_dir("..data")), 0);
    ck_assert(mtls_files_changed(files));
    ck_assert(mtls_files_look(after, files));
    ck_assert_mem_ne(before, after, sizeof(before));
}
END_TEST

START_TEST(F_20_link_in_a_circle)
{
    const char *path = write_text("map", "one");
    mtls_files_t *files = noted(path);

    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(symlink("map", path), 0);
    ck_assert(mtls_files_changed(files));
}
END_TEST

START_TEST(folder_with_a_new_entry)
{
    mtls_files_t *files;

    ck_assert_int_eq(mkdir(in_dir("sub"), 0755), 0);
    files = noted(in_dir("sub"));
    write_text("sub/new", "");
    ck_assert(mtls_files_changed(files));
}
END_TEST

START_TEST(looks_are_equal_when_nobody_writes)
{
    mtls_files_t *files = mtls_files_make(pool);
    const char *path = write_text("map", "one");
    unsigned char noted_as[MTLS_SHA256_LEN], first[MTLS_SHA256_LEN], second[MTLS_SHA256_LEN];

    mtls_files_note(files, path);
    mtls_files_note(files, in_dir("missing"));
    ck_assert(mtls_files_digest(noted_as, files));
    ck_assert(mtls_files_look(first, files));
    ck_assert_mem_eq(noted_as, first, sizeof(first));
    wait_for_tick(path);
    write_text("map", "two");
    ck_assert(mtls_files_look(first, files));
    ck_assert_mem_ne(noted_as, first, sizeof(first));
    ck_assert(mtls_files_look(second, files));
    ck_assert_mem_eq(first, second, sizeof(first));
    ck_assert(mtls_files_digest(second, files));
    ck_assert_mem_eq(noted_as, second, sizeof(second));
}
END_TEST

START_TEST(noted_twice_and_added)
{
    mtls_files_t *files = mtls_files_make(pool);
    mtls_files_t *more = mtls_files_make(pool);
    const char *path = write_text("map", "one");

    mtls_files_note(NULL, path);
    mtls_files_note(files, path);
    wait_for_tick(path);
    write_text("map", "two");
    mtls_files_note(files, apr_pstrdup(pool, path));
    ck_assert_int_eq(mtls_files_count(files), 1);
    ck_assert_msg(mtls_files_changed(files), "what it was first is what was read");
    mtls_files_note(more, in_dir("other"));
    mtls_files_add(NULL, files);
    mtls_files_add(more, files);
    mtls_files_add(more, files);
    ck_assert_int_eq(mtls_files_count(more), 2);
    ck_assert_msg(mtls_files_changed(more), "added as it was noted, not as it is");
}
END_TEST

/* Where one path ends and the next begins is part of what is hashed. */
START_TEST(lists_are_not_mistaken_for_each_other)
{
    mtls_files_t *one = mtls_files_make(pool);
    mtls_files_t *two = mtls_files_make(pool);
    unsigned char a[MTLS_SHA256_LEN], b[MTLS_SHA256_LEN];

    mtls_files_note(one, "/nonexistent/a");
    mtls_files_note(one, "/nonexistent/bc");
    mtls_files_note(two, "/nonexistent/ab");
    mtls_files_note(two, "/nonexistent/c");
    ck_assert(mtls_files_digest(a, one));
    ck_assert(mtls_files_digest(b, two));
    ck_assert_mem_ne(a, b, sizeof(a));
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("files");

    tcase_add_test(tcase, F_12_renamed_over);
    tcase_add_test(tcase, F_12_renamed_over_with_the_same_size_and_time);
    tcase_add_test(tcase, F_12_written_in_place);
    tcase_add_test(tcase, F_12_written_in_place_and_dated_back);
    tcase_add_test(tcase, touched_with_the_same_content);
    tcase_add_test(tcase, read_without_a_change);
    tcase_add_test(tcase, deleted_and_back);
    tcase_add_test(tcase, missing_until_it_comes);
    tcase_add_test(tcase, F_20_rights_taken_away);
    tcase_add_test(tcase, F_20_folder_closed);
    tcase_add_test(tcase, F_11_link_led_elsewhere);
    tcase_add_test(tcase, F_20_link_in_a_circle);
    tcase_add_test(tcase, folder_with_a_new_entry);
    tcase_add_test(tcase, looks_are_equal_when_nobody_writes);
    tcase_add_test(tcase, noted_twice_and_added);
    tcase_add_test(tcase, lists_are_not_mistaken_for_each_other);
    return run_case("trust/files", tcase);
}
