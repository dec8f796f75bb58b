/*
 * Maps as parts of a generation: files are guarded, and noted before they are read.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/policy/map_part.h"

#include <apr_strings.h>
#include <string.h>
#include <sys/stat.h>

#include "mtls/trust/material.h"
#include "run.h"
#include "trust_fixture.h"

/* One for each test, which goes with its pool. */
static const char *folder(void)
{
    void *dir = NULL;

    apr_pool_userdata_get(&dir, "folder", pool);
    if (dir == NULL) {
        dir = (void *)(uintptr_t)fixture_dir(pool);
        apr_pool_userdata_setn(dir, "folder", NULL, pool);
    }
    return dir;
}

static const char *in_folder(const char *name)
{
    return apr_pstrcat(pool, folder(), "/", name, NULL);
}

static void write_file(const char *name, const char *text)
{
    const char *path = fixture_write(folder(), name, text, strlen(text), pool);

    ck_assert_int_eq(chmod(path, 0644), 0);
}

typedef struct {
    const mtls_map_t *map;
    mtls_files_t *files;
    const char *faults; /* without the folder */
} loaded_t;

static loaded_t load(const apr_array_header_t *profiles)
{
    mtls_map_spec_t spec = {in_folder("a.map"), {"httpd.conf", 7, 0}, profiles};
    mtls_faults_t *faults = mtls_faults_make(pool);
    loaded_t loaded = {NULL, mtls_files_make(pool), ""};
    const void *thing = "";
    apr_pool_t *life, *scratch;
    apr_status_t status;
    int i;

    apr_pool_create(&life, pool);
    apr_pool_create(&scratch, NULL);
    status = mtls_map_part_kind.load_fn(&thing, &spec, NULL, loaded.files, faults, life, scratch);
    apr_pool_destroy(scratch);
    ck_assert_int_eq(status == APR_SUCCESS, thing != NULL);
    ck_assert_int_eq(status == APR_SUCCESS, mtls_faults_error_count(faults) == 0);
    /* What is said of a map that did not load outlives it. */
    if (thing == NULL)
        apr_pool_destroy(life);
    for (i = 0; i < mtls_faults_count(faults); i++) {
        const mtls_fault_t *fault = mtls_faults_get(faults, i);
        const char *in = strstr(fault->at.file, folder());

        loaded.faults = apr_psprintf(pool, "%s%s:%d:%d: %s\n", loaded.faults,
                                     in != NULL ? in + strlen(folder()) + 1 : fault->at.file,
                                     fault->at.line, fault->at.column, fault->text);
    }
    loaded.map = thing;
    return loaded;
}

START_TEST(loads_and_notes)
{
    loaded_t loaded;

    write_file("a.map", "include b.map\nwhen cn is a then user a\n");
    write_file("b.map", "when cn like b* then user b\n");
    loaded = load(NULL);
    ck_assert_str_eq(loaded.faults, "");
    ck_assert_int_eq(mtls_files_count(loaded.files), 2);
    ck_assert(!mtls_files_changed(loaded.files));
    ck_assert_str_eq(mtls_map_part_kind.describe_fn(loaded.map, pool),
                     "1 exact rule, 1 tried in order, 2 files");
    write_file("b.map", "when cn like longer* then user b\n");
    ck_assert(mtls_files_changed(loaded.files));
    ck_assert(mtls_map_part_kind.reloadable);
}
END_TEST

/* When the missing file comes, there is something to load. */
START_TEST(notes_what_it_could_not_read)
{
    loaded_t loaded;

    write_file("a.map", "include b.map\n");
    loaded = load(NULL);
    ck_assert_int_eq(mtls_files_count(loaded.files), 2);
    ck_assert_ptr_nonnull(strstr(loaded.faults, "a.map:1:9: MTLSMap: cannot read "));
    write_file("b.map", "always then deny\n");
    ck_assert(mtls_files_changed(loaded.files));
}
END_TEST

START_TEST(refuses_files_of_everyone)
{
    write_file("a.map", "include b.map\n");
    write_file("b.map", "always then deny\n");
    ck_assert_int_eq(chmod(in_folder("b.map"), 0666), 0);
    ck_assert_ptr_nonnull(strstr(load(NULL).faults, "is writable by everyone"));
    ck_assert_int_eq(chmod(in_folder("b.map"), 0644), 0);
    ck_assert_str_eq(load(NULL).faults, "");
}
END_TEST

/* F-43 */
START_TEST(refuses_an_empty_file)
{
    write_file("a.map", "");
    ck_assert_ptr_nonnull(strstr(load(NULL).faults, "httpd.conf:7:0: MTLSMap: "));
    ck_assert_ptr_nonnull(strstr(load(NULL).faults, "is empty"));
    write_file("a.map", "# nothing\n");
    ck_assert_ptr_nonnull(strstr(load(NULL).faults, "a.map:0:0: the file holds no rule"));
}
END_TEST

START_TEST(reads_more_than_a_bundle_may_have)
{
    char *text = apr_palloc(pool, MTLS_MATERIAL_MAX + 64);

    memset(text, '#', MTLS_MATERIAL_MAX + 8);
    strcpy(text + MTLS_MATERIAL_MAX + 8, "\nalways then user a\n");
    write_file("a.map", text);
    ck_assert_str_eq(load(NULL).faults, "");
}
END_TEST

START_TEST(knows_the_profiles)
{
    apr_array_header_t *profiles = apr_array_make(pool, 2, sizeof(const char *));

    APR_ARRAY_PUSH(profiles, const char *) = "staff";
    APR_ARRAY_PUSH(profiles, const char *) = "partner";
    write_file("a.map", "when profile is staff or \"partner\" then user a\n");
    ck_assert_str_eq(load(profiles).faults, "");
    write_file("a.map", "when cn is a\n and profile is staff or stuff then user a\n"
                        "when not profile is other then deny\n"
                        "when cn is then deny\n");
    ck_assert_str_eq(load(profiles).faults,
                     "a.map:2:26: there is no trust profile 'stuff'; known are staff, partner\n"
                     "a.map:3:21: there is no trust profile 'other'; known are staff, partner\n"
                     "a.map:4:12: expected a value, found 'then'; a value that is a word of this "
                     "language needs quotes\n");
    write_file("a.map", "when not profile is other then deny\n");
    apr_array_clear(profiles);
    ck_assert_ptr_nonnull(strstr(load(profiles).faults, "'other'; no <MTLSTrust> is defined"));
    ck_assert_str_eq(load(NULL).faults, "");
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("map_part");

    tcase_add_test(tcase, loads_and_notes);
    tcase_add_test(tcase, notes_what_it_could_not_read);
    tcase_add_test(tcase, refuses_files_of_everyone);
    tcase_add_test(tcase, refuses_an_empty_file);
    tcase_add_test(tcase, reads_more_than_a_bundle_may_have);
    tcase_add_test(tcase, knows_the_profiles);
    return run_case("map_part", tcase);
}
