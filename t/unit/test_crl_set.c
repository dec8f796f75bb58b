/*
 * t/unit/test_crl_set.c - the lists of a profile: where they come from, who must have signed them,
 * which edition counts.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "run.h"

#include <apr_file_io.h>
#include <apr_strings.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "crl_fixture.h"
#include "mtls/trust/crl_set.h"

static mtls_faults_t *faults;
static mtls_crl_spec_t *spec;
static mtls_crl_set_source_t source;
static fixture_party_t ca;
static fixture_party_t other;
static const char *dir;

static void up(void)
{
    STACK_OF(X509) *anchors = sk_X509_new_null();

    faults = mtls_faults_make(pool);
    spec = &fixture_spec(pool)->revocation.crl;
    spec->at = (mtls_origin_t){"test.conf", 8, 0};
    ca = fixture_make(NULL, &(fixture_recipe_t){.ca = true, .subject = "Root"}, pool);
    other = fixture_make(NULL, &(fixture_recipe_t){.ca = true, .subject = "Other"}, pool);
    sk_X509_push(anchors, ca.cert);
    source = (mtls_crl_set_source_t){.spec = spec, .profile = "staff", .anchors = anchors};
    source.intermediates = sk_X509_new_null();
    dir = fixture_dir(pool);
}

static void down(void)
{
    sk_X509_free((STACK_OF(X509) *)(uintptr_t)source.anchors);
    sk_X509_free((STACK_OF(X509) *)(uintptr_t)source.intermediates);
}

static const mtls_crl_set_t *load_or_not(void)
{
    const mtls_crl_set_t *set;
    apr_pool_t *scratch;
    apr_status_t status;

    faults = mtls_faults_make(pool);
    apr_pool_create(&scratch, pool);
    status = mtls_crl_set_load(&set, &source, NULL, faults, pool, scratch);
    apr_pool_destroy(scratch);
    ck_assert_int_eq(status == APR_SUCCESS, set != NULL);
    ck_assert_int_eq(status == APR_SUCCESS, mtls_faults_error_count(faults) == 0);
    return set;
}

static const char *first_fault(void)
{
    return mtls_faults_count(faults) != 0 ? mtls_faults_get(faults, 0)->text : "no fault";
}

static const mtls_crl_set_t *must_load(int warnings)
{
    const mtls_crl_set_t *set = load_or_not();

    ck_assert_msg(set != NULL, "%s", first_fault());
    ck_assert_msg(mtls_faults_count(faults) == warnings, "%s", first_fault());
    return set;
}

static void must_fail(const char *why)
{
    ck_assert_ptr_null(load_or_not());
    ck_assert_int_eq(mtls_faults_count(faults), 1);
    ck_assert_msg(strstr(first_fault(), why) != NULL, "%s", first_fault());
}

static const char *write_der(const char *name, mtls_bytes_t der)
{
    return fixture_write(dir, name, der.data, der.len, pool);
}

static const char *write_text(const char *name, const char *text)
{
    return fixture_write(dir, name, text, strlen(text), pool);
}

static mtls_bytes_t numbered(const fixture_party_t *signer, int number)
{
    return fixture_crl(
        signer,
        &(fixture_crl_t){.extensions = {apr_psprintf(pool, "crlNumber=ASN1:INTEGER:%d", number)}},
        pool);
}

static const char *pem_of(mtls_bytes_t der)
{
    return fixture_crl_pem(der, pool);
}

static mtls_crl_entry_t find(const mtls_crl_set_t *set, int i, long serial)
{
    X509 *cert = X509_dup(ca.cert);
    mtls_crl_entry_t found;

    ASN1_INTEGER_set(X509_get_serialNumber(cert), serial);
    found = mtls_crl_find(mtls_crl_set_get(set, i), cert);
    X509_free(cert);
    return found;
}

START_TEST(T_F06_files_and_directories)
{
    static const fixture_entry_t entries[] = {{.serial = "7"}, {.serial = "8"}};
    const char *sub = apr_pstrcat(pool, dir, "/crls", NULL);
    mtls_bytes_t der = fixture_crl(&ca, &(fixture_crl_t){.entries = entries, .count = 2}, pool);
    mtls_bytes_t users = fixture_crl(
        &ca, &(fixture_crl_t){.extensions = {"issuingDistributionPoint=critical,onlyuser:TRUE"}},
        pool);
    const mtls_crl_set_t *set;

    sk_X509_push((STACK_OF(X509) *)(uintptr_t)source.anchors, other.cert);
    fixture_add(spec->files, write_text("a.pem", apr_pstrcat(pool, "of the root\n", pem_of(der),
                                                             "\nusers\n", pem_of(users), NULL)));
    ck_assert_int_eq(mkdir(sub, 0700), 0);
    write_text("crls/.hidden.crl", "rubbish");
    write_text("crls/readme.txt", "rubbish");
    write_text("crls/old.rx", "rubbish");
    write_text("crls/ca.crt", "rubbish");
    write_der("crls/9.r0", numbered(&other, 1));
    fixture_add(spec->dirs, sub);
    set = must_load(0);
    ck_assert_int_eq(mtls_crl_set_count(set), 3);
    ck_assert_uint_eq(mtls_crl_set_entries(set), 2);
    ck_assert_uint_ge(mtls_crl_set_octets(set), 2);
    ck_assert_int_eq(find(set, 0, 7), MTLS_CRL_REVOKED);
    ck_assert_int_eq(sk_X509_num(mtls_crl_set_signers(set)), 0);
    for (int i = 0; i < 3; i++)
        ck_assert(mtls_crl_is_verified(mtls_crl_set_get(set, i)));
}
END_TEST

START_TEST(T_F06_hashed_link_and_its_file)
{
    write_der("root.crl", numbered(&ca, 1));
    ck_assert_int_eq(symlink("root.crl", apr_pstrcat(pool, dir, "/1234abcd.r0", NULL)), 0);
    fixture_add(spec->dirs, dir);
    ck_assert_int_eq(mtls_crl_set_count(must_load(0)), 1);
}
END_TEST

START_TEST(nothing_configured)
{
    const mtls_crl_set_t *set = must_load(0);

    ck_assert_int_eq(mtls_crl_set_count(set), 0);
    ck_assert_int_eq(mtls_crl_set_next_update(set), 0);
    ck_assert_ptr_nonnull(mtls_crl_set_signers(set));
}
END_TEST

START_TEST(T_F05_bad_files)
{
    mtls_bytes_t der = numbered(&ca, 1);
    const char *pem = pem_of(der);
    const char *cut = apr_pstrndup(pool, pem, strlen(pem) - 30);
    const struct {
        const char *text;
        const char *why;
    } cases[] = {
        {"", "is empty"},
        {"nothing", "holds no revocation list"},
        {"0 is DER?", "not exactly one"},
        {cut, "cut off"},
        {apr_pstrcat(pool, pem, cut, NULL), "cut off"},
        {apr_pstrcat(pool, pem, fixture_pem(ca.cert, pool), NULL), "holds a certificate"},
        {"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "holds a private key"},
        {"-----BEGIN EC PARAMETERS-----\nAAAA\n-----END EC PARAMETERS-----\n",
         "holds a block \"EC PARAMETERS\""},
        {"-----BEGIN X509 CRL-----\nMAA=\n-----END X509 CRL-----\n", "(line 1)"},
        {"-----BEGIN X509 CRL-----\nM*A=\n-----END X509 CRL-----\n", "not valid base64"},
    };

    for (int i = 0; i < COUNT_OF(cases); i++) {
        spec->files->nelts = 0;
        fixture_add(spec->files, write_text("bad.crl", cases[i].text));
        must_fail(cases[i].why);
        ck_assert_int_eq(mtls_faults_get(faults, 0)->at.line, 10);
    }
}
END_TEST

START_TEST(T_F05_bad_paths)
{
    const char *path = write_der("a.crl", numbered(&ca, 1));

    fixture_add(spec->files, apr_pstrcat(pool, dir, "/missing.crl", NULL));
    must_fail("cannot read");
    spec->files->nelts = 0;
    fixture_add(spec->files, dir);
    must_fail("a directory");
    spec->files->nelts = 0;
    fixture_add(spec->dirs, path);
    must_fail("use MTLSCRLFile");
    spec->dirs->nelts = 0;
    fixture_add(spec->dirs, fixture_dir(pool));
    must_fail("holds no file of revocation lists");
    spec->dirs->nelts = 0;
    fixture_add(spec->files, path);
    ck_assert_int_eq(chmod(path, 0666), 0);
    must_fail("writable by everyone");
}
END_TEST

/* All that is wrong is told at once. */
START_TEST(T_F05_all_faults)
{
    fixture_add(spec->files, write_text("a.crl", "a"));
    fixture_add(spec->files, write_der("b.crl", numbered(&ca, 1)));
    fixture_add(spec->files, write_text("c.crl", "c"));
    ck_assert_ptr_null(load_or_not());
    ck_assert_int_eq(mtls_faults_error_count(faults), 2);
}
END_TEST

START_TEST(F_14_signed_by_nobody_known)
{
    fixture_add(spec->files, write_der("a.crl", numbered(&other, 1)));
    must_fail("no CA of the profile");
}
END_TEST

START_TEST(F_14_signed_wrongly)
{
    fixture_party_t twin =
        fixture_make(NULL, &(fixture_recipe_t){.ca = true, .subject = "Root"}, pool);

    fixture_add(spec->files, write_der("a.crl", fixture_crl_spoil(numbered(&ca, 1), pool)));
    must_fail("signature is not that of its issuer");
    spec->files->nelts = 0;
    fixture_add(spec->files, write_der("b.crl", numbered(&twin, 1)));
    must_fail("signature is not that of its issuer");
}
END_TEST

START_TEST(F_14_may_not_sign)
{
    fixture_party_t mute =
        fixture_make(NULL,
                     &(fixture_recipe_t){.ca = true,
                                         .subject = "Mute",
                                         .extensions = {"basicConstraints=critical,CA:TRUE",
                                                        "keyUsage=critical,keyCertSign"}},
                     pool);

    sk_X509_push((STACK_OF(X509) *)(uintptr_t)source.anchors, mute.cert);
    fixture_add(spec->files, write_der("a.crl", numbered(&mute, 1)));
    must_fail("may not sign revocation lists");
}
END_TEST

START_TEST(F_14_signed_by_an_intermediate)
{
    sk_X509_push((STACK_OF(X509) *)(uintptr_t)source.intermediates, other.cert);
    fixture_add(spec->files, write_der("a.crl", numbered(&other, 1)));
    ck_assert(mtls_crl_is_signed_by(mtls_crl_set_get(must_load(0), 0), other.key));
}
END_TEST

START_TEST(signers)
{
    fixture_recipe_t recipe = {.subject = "Root", .extensions = {"keyUsage=critical,cRLSign"}};
    fixture_party_t signer = fixture_make(&ca, &recipe, pool);
    const mtls_crl_set_t *set;

    fixture_add(spec->files, write_der("a.crl", numbered(&signer, 1)));
    must_fail("signature is not that of its issuer");
    fixture_add_cert(spec->signer_files, signer.cert, pool);
    set = must_load(0);
    ck_assert_int_eq(sk_X509_num(mtls_crl_set_signers(set)), 1);
    ck_assert(mtls_crl_is_signed_by(mtls_crl_set_get(set, 0), signer.key));
    ck_assert(!mtls_crl_is_signed_by(mtls_crl_set_get(set, 0), ca.key));
}
END_TEST

START_TEST(signers_that_may_not)
{
    fixture_recipe_t recipe = {.extensions = {"keyUsage=critical,digitalSignature"}};

    fixture_add_cert(spec->signer_files, fixture_make(&ca, &recipe, pool).cert, pool);
    must_fail("keyUsage has no cRLSign");
    spec->signer_files->nelts = 0;
    fixture_add_cert(spec->signer_files,
                     fixture_make(&ca, &(fixture_recipe_t){.bare = true}, pool).cert, pool);
    must_load(0);
    spec->signer_files->nelts = 0;
    fixture_add(spec->signer_files, write_der("a.crl", numbered(&ca, 1)));
    must_fail("MTLSCRLSignerFile: ");
}
END_TEST

START_TEST(newest_edition)
{
    fixture_add(spec->files, write_der("b.crl", numbered(&ca, 2)));
    fixture_add(spec->files, write_der("c.crl", numbered(&ca, 10)));
    fixture_add(spec->files, write_der("a.crl", numbered(&ca, 9)));
    ck_assert_ptr_nonnull(
        strstr(mtls_crl_describe(mtls_crl_set_get(must_load(2), 0), pool), "number 10,"));
    ck_assert_ptr_nonnull(strstr(first_fault(), "/b.crl"));
    ck_assert_ptr_nonnull(strstr(mtls_faults_get(faults, 1)->text, "/a.crl"));
}
END_TEST

START_TEST(same_twice)
{
    mtls_bytes_t der = numbered(&ca, 2);

    fixture_add(spec->files, write_der("a.crl", der));
    fixture_add(spec->files, write_der("b.crl", der));
    ck_assert_int_eq(mtls_crl_set_count(must_load(1)), 1);
    ck_assert_ptr_nonnull(strstr(first_fault(), "there twice"));
}
END_TEST

START_TEST(equally_old_and_different)
{
    static const fixture_entry_t entry = {.serial = "7"};
    fixture_crl_t recipe = {.entries = &entry, .count = 1};

    fixture_add(spec->files, write_der("a.crl", fixture_crl(&ca, &recipe, pool)));
    recipe.count = 0;
    fixture_add(spec->files, write_der("b.crl", fixture_crl(&ca, &recipe, pool)));
    must_fail("says something else");
}
END_TEST

/* CAs of one name have lists of their own. */
START_TEST(T_R14_same_name_does_not_shadow)
{
    fixture_party_t twin =
        fixture_make(NULL, &(fixture_recipe_t){.ca = true, .subject = "Root"}, pool);

    sk_X509_push((STACK_OF(X509) *)(uintptr_t)source.anchors, twin.cert);
    fixture_add(spec->files, write_der("a.crl", numbered(&ca, 1)));
    fixture_add(spec->files, write_der("b.crl", numbered(&twin, 2)));
    ck_assert_int_eq(mtls_crl_set_count(must_load(0)), 2);
}
END_TEST

START_TEST(F_13_rollback)
{
    fixture_add(spec->files, write_der("a.crl", numbered(&ca, 300)));
    source.before = must_load(0);
    write_der("a.crl", numbered(&ca, 299));
    must_fail("older than the one in use");
    write_der("a.crl", numbered(&ca, 300));
    must_load(0);
    write_der("a.crl", numbered(&ca, 301));
    must_load(0);
    write_der("a.crl", numbered(&ca, 7));
    source.before = NULL;
    must_load(0);
}
END_TEST

/* A newer one elsewhere makes up for an older one. */
START_TEST(F_13_older_file_beside_a_newer_one)
{
    source.fetched_dir = apr_pstrcat(pool, dir, "/fetched", NULL);
    ck_assert_int_eq(mkdir(source.fetched_dir, 0700), 0);
    fixture_add(spec->files, write_der("a.crl", numbered(&ca, 5)));
    write_der("fetched/f.crl", numbered(&ca, 7));
    source.before = must_load(1);
    must_load(1);
    ck_assert_ptr_nonnull(strstr(first_fault(), "is not used"));
    ck_assert_int_eq(unlink(apr_pstrcat(pool, source.fetched_dir, "/f.crl", NULL)), 0);
    must_fail("older than the one in use");
}
END_TEST

/* A link in a directory to a list that has gone away hides who is revoked there: the set is not
 * loaded. F-12 */
START_TEST(F_12_link_to_nothing_in_a_directory)
{
    const char *sub = apr_pstrcat(pool, dir, "/crls", NULL);

    sk_X509_push((STACK_OF(X509) *)(uintptr_t)source.anchors, other.cert);
    ck_assert_int_eq(mkdir(sub, 0700), 0);
    write_der("crls/a.crl", numbered(&ca, 1));
    write_der("b", numbered(&other, 1));
    ck_assert_int_eq(symlink("../b", apr_pstrcat(pool, sub, "/b.r0", NULL)), 0);
    fixture_add(spec->dirs, sub);
    ck_assert_int_eq(mtls_crl_set_count(must_load(0)), 2);
    ck_assert_int_eq(unlink(apr_pstrcat(pool, dir, "/b", NULL)), 0);
    must_fail("/crls/b.r0");
}
END_TEST

/* So many descriptors more may be opened than are open now. */
static void leave_descriptors(struct rlimit *before, int more)
{
    int next = dup(0);
    struct rlimit tight;

    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, before), 0);
    tight = *before;
    tight.rlim_cur = (rlim_t)(next + more);
    ck_assert_int_eq(close(next), 0);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &tight), 0);
}

/* A server whose descriptors are used up does not forget who is revoked: the set is not loaded. */
START_TEST(F_14_fetched_and_not_readable_just_now)
{
    struct rlimit before;

    source.fetched_dir = apr_pstrcat(pool, dir, "/fetched", NULL);
    ck_assert_int_eq(mkdir(source.fetched_dir, 0700), 0);
    write_der("fetched/f.crl", numbered(&ca, 7));
    ck_assert_int_eq(mtls_crl_set_count(must_load(0)), 1);
    leave_descriptors(&before, 0);
    must_fail("Too many open files");
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
    ck_assert_int_eq(mtls_crl_set_count(must_load(0)), 1);
}
END_TEST

static mtls_bytes_t delta_of(const fixture_party_t *signer, int base, int number)
{
    fixture_crl_t recipe = {
        .extensions = {apr_psprintf(pool, "crlNumber=ASN1:INTEGER:%d", number),
                       apr_psprintf(pool, "deltaCRL=critical,ASN1:INTEGER:%d", base)}};

    return fixture_crl(signer, &recipe, pool);
}

START_TEST(N_34_deltas_need_a_list)
{
    fixture_add(spec->files, write_der("d.crl", delta_of(&ca, 5, 7)));
    must_fail("there is no complete list that it adds to");
    ck_assert_ptr_nonnull(strstr(first_fault(), "/d.crl: the revocation list (CN=Root; delta "));
    fixture_add(spec->files, write_der("b.crl", numbered(&ca, 5)));
    ck_assert_int_eq(mtls_crl_set_count(must_load(0)), 2);
    write_der("b.crl", numbered(&ca, 6));
    ck_assert_int_eq(mtls_crl_set_count(must_load(0)), 2);
    write_der("b.crl", numbered(&ca, 7)); /* says all that the delta says */
    ck_assert_int_eq(mtls_crl_set_count(must_load(0)), 2);
    write_der("b.crl", numbered(&ca, 4));
    ck_assert_int_eq(mtls_crl_set_count(must_load(1)), 2);
    ck_assert_ptr_nonnull(strstr(first_fault(), "/d.crl: the revocation list (CN=Root; delta "));
    ck_assert_ptr_nonnull(strstr(first_fault(), "older than the one it adds to"));
    write_der("b.crl", fixture_crl(&ca, &(fixture_crl_t){.version1 = true}, pool));
    must_load(1);
    ck_assert_ptr_nonnull(strstr(first_fault(), "older than the one it adds to"));
}
END_TEST

START_TEST(N_34_deltas_need_a_list_of_their_own_kind)
{
    fixture_party_t twin =
        fixture_make(NULL, &(fixture_recipe_t){.ca = true, .subject = "Root"}, pool);
    fixture_crl_t users = {.extensions = {"crlNumber=ASN1:INTEGER:5",
                                          "issuingDistributionPoint=critical,onlyuser:TRUE"}};

    sk_X509_push((STACK_OF(X509) *)(uintptr_t)source.anchors, other.cert);
    sk_X509_push((STACK_OF(X509) *)(uintptr_t)source.anchors, twin.cert);
    fixture_add(spec->files, write_der("d.crl", delta_of(&ca, 5, 7)));
    fixture_add(spec->files, write_der("b.crl", numbered(&other, 5)));
    must_fail("there is no complete list");
    write_der("b.crl", numbered(&twin, 5));
    must_fail("there is no complete list");
    write_der("b.crl", fixture_crl(&ca, &users, pool));
    must_fail("there is no complete list");
    write_der("b.crl", delta_of(&twin, 5, 7));
    ck_assert_ptr_null(load_or_not());
    ck_assert_int_eq(mtls_faults_error_count(faults), 2);
    fixture_add(spec->files, write_der("c.crl", numbered(&ca, 5)));
    must_fail("there is no complete list");
    write_der("b.crl", numbered(&twin, 5));
    ck_assert_int_eq(mtls_crl_set_count(must_load(0)), 3);
}
END_TEST

START_TEST(N_34_fetched_deltas_without_a_list_are_left_out)
{
    const mtls_crl_set_t *set;

    sk_X509_push((STACK_OF(X509) *)(uintptr_t)source.anchors, other.cert);
    source.fetched_dir = apr_pstrcat(pool, dir, "/fetched", NULL);
    ck_assert_int_eq(mkdir(source.fetched_dir, 0700), 0);
    write_der("fetched/1.crl", delta_of(&ca, 5, 7));
    write_der("fetched/2.crl", delta_of(&other, 5, 7));
    write_der("fetched/3.crl", numbered(&other, 5));
    set = must_load(1);
    ck_assert_int_eq(mtls_crl_set_count(set), 2);
    ck_assert(mtls_crl_is_signed_by(mtls_crl_set_get(set, 0), other.key));
    ck_assert_ptr_nonnull(strstr(first_fault(), "/1.crl: the revocation list (CN=Root; delta "));
    ck_assert_ptr_nonnull(strstr(first_fault(), "there is no complete list"));
}
END_TEST

/* What is wrong with the complete list is told, not what follows from that. */
START_TEST(N_34_deltas_of_a_list_that_is_refused)
{
    fixture_add(spec->files, write_text("b.crl", "rubbish"));
    fixture_add(spec->files, write_der("d.crl", delta_of(&ca, 5, 7)));
    ck_assert_ptr_null(load_or_not());
    ck_assert_int_eq(mtls_faults_count(faults), 1);
    ck_assert_ptr_nonnull(strstr(first_fault(), "/b.crl"));
}
END_TEST

START_TEST(fetched)
{
    const mtls_crl_set_t *set;
    mtls_bytes_t der = numbered(&ca, 7);

    source.fetched_dir = apr_pstrcat(pool, dir, "/fetched", NULL);
    ck_assert_int_eq(mtls_crl_set_count(must_load(0)), 0);
    ck_assert_int_eq(mkdir(source.fetched_dir, 0700), 0);
    ck_assert_int_eq(mtls_crl_set_count(must_load(0)), 0);
    write_text("fetched/0.url", "no list");
    write_der("fetched/1.crl", der);
    write_der("fetched/2.crl", der);
    write_der("fetched/3.crl", numbered(&ca, 6));
    set = must_load(0);
    ck_assert_int_eq(mtls_crl_set_count(set), 1);
    write_text("fetched/4.crl", "rubbish");
    write_der("fetched/5.crl", numbered(&other, 1));
    set = must_load(2);
    ck_assert_int_eq(mtls_crl_set_count(set), 1);
    source.before = set;
    ck_assert_int_eq(unlink(apr_pstrcat(pool, source.fetched_dir, "/2.crl", NULL)), 0);
    ck_assert_int_eq(unlink(apr_pstrcat(pool, source.fetched_dir, "/4.crl", NULL)), 0);
    ck_assert_int_eq(unlink(apr_pstrcat(pool, source.fetched_dir, "/5.crl", NULL)), 0);
    write_der("fetched/1.crl", numbered(&ca, 5));
    ck_assert_int_eq(mtls_crl_set_count(must_load(1)), 0);
    ck_assert_ptr_nonnull(strstr(first_fault(), "older than the one in use"));
}
END_TEST

START_TEST(digest)
{
    unsigned char first[MTLS_SHA256_LEN];
    fixture_recipe_t recipe = {.extensions = {"keyUsage=critical,cRLSign"}};
    const char *a = write_der("a.crl", numbered(&ca, 1));
    const char *b = write_der("b.crl", numbered(&other, 1));

    sk_X509_push((STACK_OF(X509) *)(uintptr_t)source.anchors, other.cert);
    fixture_add(spec->files, a);
    fixture_add(spec->files, b);
    memcpy(first, mtls_crl_set_digest(must_load(0)), sizeof(first));
    spec->files->nelts = 0;
    fixture_add(spec->files, b);
    fixture_add(spec->files, a);
    ck_assert_mem_eq(mtls_crl_set_digest(must_load(0)), first, sizeof(first));
    spec->files->nelts = 1;
    ck_assert_mem_ne(mtls_crl_set_digest(must_load(0)), first, sizeof(first));
    spec->files->nelts = 2;
    fixture_add_cert(spec->signer_files, fixture_make(&ca, &recipe, pool).cert, pool);
    ck_assert_mem_ne(mtls_crl_set_digest(must_load(0)), first, sizeof(first));
}
END_TEST

START_TEST(next_update)
{
    fixture_crl_t soon = {.from_seconds = -100, .to_seconds = 100};

    sk_X509_push((STACK_OF(X509) *)(uintptr_t)source.anchors, other.cert);
    fixture_add(spec->files, write_der("a.crl", numbered(&ca, 1)));
    fixture_add(spec->files, write_der("b.crl", fixture_crl(&other, &soon, pool)));
    ck_assert_int_eq(mtls_crl_set_next_update(must_load(0)),
                     apr_time_from_sec(apr_time_sec(fixture_now()) + 100));
}
END_TEST

/* What mtls_crl_set_warn() says, all of it; faults holds nothing else then. */
static int warned(const mtls_crl_set_t *set)
{
    faults = mtls_faults_make(pool);
    mtls_crl_set_warn(set, &source, fixture_now(), faults, pool);
    ck_assert_int_eq(mtls_faults_error_count(faults), 0);
    return mtls_faults_count(faults);
}

START_TEST(F_10_warned_of_end)
{
    fixture_crl_t recipe = {.to_seconds = 86400 * 2};
    const char *path = write_der("a.crl", fixture_crl(&ca, &recipe, pool));

    fixture_add(spec->files, path);
    ck_assert_int_eq(warned(must_load(0)), 0);
    recipe.from_seconds = -86400;
    recipe.to_seconds = 600;
    write_der("a.crl", fixture_crl(&ca, &recipe, pool));
    ck_assert_int_eq(warned(must_load(0)), 1);
    ck_assert_ptr_nonnull(strstr(first_fault(), "is about to expire (CN=Root; number 1"));
    ck_assert_ptr_nonnull(strstr(first_fault(), path));
    recipe.from_seconds = -600;
    recipe.to_seconds = -60;
    write_der("a.crl", fixture_crl(&ca, &recipe, pool));
    ck_assert_int_eq(warned(must_load(0)), 1);
    ck_assert_ptr_nonnull(strstr(first_fault(), "has expired"));
    spec->reach = MTLS_REACH_NONE;
    ck_assert_int_eq(warned(must_load(0)), 0);
}
END_TEST

/* What is told of the time from one second to another, both from now. */
static const char *news(const mtls_crl_set_t *set, int grace, int since, int until)
{
    faults = mtls_faults_make(pool);
    mtls_crl_set_warn_since(set, apr_time_from_sec(grace), fixture_now() + apr_time_from_sec(since),
                            fixture_now() + apr_time_from_sec(until), faults, pool);
    ck_assert_int_le(mtls_faults_count(faults), 1);
    return mtls_faults_count(faults) > 0 ? first_fault() : NULL;
}

START_TEST(F_10_told_when_time_passes)
{
    fixture_crl_t recipe = {.from_seconds = -100, .to_seconds = 300};
    const mtls_crl_set_t *set;

    fixture_add(spec->files, write_der("a.crl", fixture_crl(&ca, &recipe, pool)));
    set = must_load(0);
    ck_assert_ptr_null(news(set, 0, 0, 190)); /* the last quarter begins at 200 */
    ck_assert_ptr_nonnull(strstr(news(set, 0, 190, 210), "is about to expire (CN=Root; number 1"));
    ck_assert_ptr_null(news(set, 0, 210, 290));
    ck_assert_ptr_nonnull(strstr(news(set, 0, 290, 310), "has expired (CN=Root"));
    ck_assert_ptr_nonnull(strstr(news(set, 0, 0, 310), "has expired (CN=Root"));
    ck_assert_ptr_null(news(set, 0, 310, 100000));
    ck_assert_ptr_nonnull(strstr(news(set, 50, 290, 310), "as long as the grace lasts"));
    ck_assert_ptr_nonnull(strstr(news(set, 50, 310, 360), "the grace for it is over"));
    ck_assert_ptr_null(news(set, 50, 360, 100000));
}
END_TEST

START_TEST(T_R15_warned_of_cas)
{
    fixture_crl_t recipe = {.to_seconds = 86400 * 2};
    fixture_recipe_t old = {.ca = true, .subject = "Old", .from_days = -9, .to_days = -1};
    fixture_party_t twin =
        fixture_make(NULL, &(fixture_recipe_t){.ca = true, .subject = "Root"}, pool);

    ck_assert_int_eq(warned(must_load(0)), 0);
    spec->reach = MTLS_REACH_CHAIN;
    ck_assert_int_eq(warned(must_load(0)), 1);
    ck_assert_ptr_nonnull(strstr(first_fault(), "\"CN=Root\""));
    ck_assert_ptr_nonnull(strstr(first_fault(), "refused"));
    spec->reach = MTLS_REACH_UNSET;
    spec->missing = MTLS_LACK_SOFT;
    fixture_add(spec->files, write_der("a.crl", fixture_crl(&ca, &recipe, pool)));
    ck_assert_int_eq(warned(must_load(0)), 0);
    sk_X509_push((STACK_OF(X509) *)(uintptr_t)source.anchors, fixture_make(NULL, &old, pool).cert);
    ck_assert_int_eq(warned(must_load(0)), 0);
    sk_X509_push((STACK_OF(X509) *)(uintptr_t)source.intermediates, other.cert);
    sk_X509_push((STACK_OF(X509) *)(uintptr_t)source.anchors, twin.cert);
    ck_assert_int_eq(warned(must_load(0)), 2);
    ck_assert_ptr_nonnull(strstr(first_fault(), "\"CN=Root\""));
    ck_assert_ptr_nonnull(strstr(mtls_faults_get(faults, 1)->text, "\"CN=Other\""));
    ck_assert_ptr_nonnull(strstr(first_fault(), "missing-ok"));
}
END_TEST

START_TEST(files_are_noted)
{
    mtls_files_t *files = mtls_files_make(pool);
    const mtls_crl_set_t *set;

    fixture_add(spec->files, write_der("a.crl", numbered(&ca, 1)));
    source.fetched_dir = apr_pstrcat(pool, dir, "/fetched", NULL);
    ck_assert_int_eq(mtls_crl_set_load(&set, &source, files, faults, pool, pool), APR_SUCCESS);
    ck_assert(!mtls_files_changed(files));
    ck_assert_int_eq(mkdir(source.fetched_dir, 0700), 0);
    ck_assert(mtls_files_changed(files));
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("crl_set");

    tcase_add_checked_fixture(tcase, NULL, down);
    tcase_add_test(tcase, T_F06_files_and_directories);
    tcase_add_test(tcase, T_F06_hashed_link_and_its_file);
    tcase_add_test(tcase, nothing_configured);
    tcase_add_test(tcase, T_F05_bad_files);
    tcase_add_test(tcase, T_F05_bad_paths);
    tcase_add_test(tcase, T_F05_all_faults);
    tcase_add_test(tcase, F_14_signed_by_nobody_known);
    tcase_add_test(tcase, F_14_signed_wrongly);
    tcase_add_test(tcase, F_14_may_not_sign);
    tcase_add_test(tcase, F_14_signed_by_an_intermediate);
    tcase_add_test(tcase, signers);
    tcase_add_test(tcase, signers_that_may_not);
    tcase_add_test(tcase, newest_edition);
    tcase_add_test(tcase, same_twice);
    tcase_add_test(tcase, equally_old_and_different);
    tcase_add_test(tcase, T_R14_same_name_does_not_shadow);
    tcase_add_test(tcase, F_13_rollback);
    tcase_add_test(tcase, F_13_older_file_beside_a_newer_one);
    tcase_add_test(tcase, F_12_link_to_nothing_in_a_directory);
    tcase_add_test(tcase, F_14_fetched_and_not_readable_just_now);
    tcase_add_test(tcase, N_34_deltas_need_a_list);
    tcase_add_test(tcase, N_34_deltas_need_a_list_of_their_own_kind);
    tcase_add_test(tcase, N_34_fetched_deltas_without_a_list_are_left_out);
    tcase_add_test(tcase, N_34_deltas_of_a_list_that_is_refused);
    tcase_add_test(tcase, fetched);
    tcase_add_test(tcase, digest);
    tcase_add_test(tcase, next_update);
    tcase_add_test(tcase, F_10_warned_of_end);
    tcase_add_test(tcase, F_10_told_when_time_passes);
    tcase_add_test(tcase, T_R15_warned_of_cas);
    tcase_add_test(tcase, files_are_noted);
    return run_case_with("crl_set", tcase, up);
}
