/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_general.h>
#include <apr_strings.h>
#include <check.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mtls/cert/bytes.h"
#include "mtls/trust/profile_part.h"
#include "mtls/trust/profile.h"
#include "trust_fixture.h"

static apr_pool_t *pool;
static mtls_faults_t *faults;
static fixture_party_t root;
static fixture_party_t second;

static void setup(void)
{
    apr_pool_create(&pool, NULL);
    faults = mtls_faults_make(pool);
    root = fixture_make(NULL, &(fixture_recipe_t){.subject = "root", .ca = true}, pool);
    second = fixture_make(NULL, &(fixture_recipe_t){.subject = "second", .ca = true}, pool);
}

static void teardown(void)
{
    apr_pool_destroy(pool);
}

/* Loaded with a scratch pool that is gone at once: nothing may be kept from it. */
static const mtls_profile_t *load(const mtls_profile_spec_t *spec)
{
    const mtls_profile_t *profile;
    apr_pool_t *scratch;
    apr_status_t status;

    apr_pool_create(&scratch, pool);
    faults = mtls_faults_make(pool);
    status = mtls_profile_load(&profile, spec, NULL, NULL, faults, pool, scratch);
    apr_pool_destroy(scratch);
    ck_assert_int_eq(status == APR_SUCCESS, profile != NULL);
    ck_assert_int_eq(status == APR_SUCCESS, mtls_faults_error_count(faults) == 0);
    return profile;
}

static bool told(const char *words)
{
    for (int i = 0; i < mtls_faults_count(faults); i++) {
        if (strstr(mtls_faults_get(faults, i)->text, words) != NULL)
            return true;
    }
    return false;
}

static const char *first_fault(void)
{
    return mtls_faults_count(faults) != 0 ? mtls_faults_get(faults, 0)->text : "(none)";
}

static mtls_profile_spec_t *spec_of_file(const char *path)
{
    mtls_profile_spec_t *spec = fixture_spec(pool);

    fixture_add(spec->ca_files, path);
    return spec;
}

/* In a text: @ is the PEM of root, % its first half, & that of second. */
static const struct {
    const char *name;
    const char *text;
    int anchors; /* 0: refused */
    const char *words;
} files[] = {
    {"one", "@", 1, NULL},
    {"two", "@&", 2, NULL},
    {"text between", "Subject: root\n@\n# and\n&\n-- end --\n", 2, NULL},
    {"byte order mark", "\xef\xbb\xbf@", 1, NULL},
    {"twice", "@@", 1, "there twice"},
    {"empty", "", 0, "is empty"},
    {"no BEGIN line", "hello\n", 0, "holds no certificate"},
    {"only comments", "# one\n# two\n", 0, "holds no certificate"},
    {"not DER", "0hello", 0, "not a valid certificate"},
    {"private key only", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", 0,
     "(line 1): holds a private key; a file named here holds certificates only"},
    {"encrypted key beside",
     "@-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n", 0,
     "holds a private key"},
    {"old key beside",
     "-----BEGIN EC PRIVATE KEY-----\nA: b\n\nAAAA\n-----END EC PRIVATE KEY-----\n@", 0,
     "holds a private key"},
    {"CRL", "@-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n", 0, "revocation list"},
    {"trusted", "-----BEGIN TRUSTED CERTIFICATE-----\nAAAA\n-----END TRUSTED CERTIFICATE-----\n", 0,
     "TRUSTED CERTIFICATE"},
    {"other block", "@-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", 0,
     "holds a block \"PUBLIC KEY\""},
    {"cut off", "@%", 0, "END line is missing"},
    {"cut off in the middle", "%&", 0, "another one begins inside"},
    {"bad base64", "-----BEGIN CERTIFICATE-----\nAA!A\n-----END CERTIFICATE-----\n@", 0,
     "(line 1): the block is not valid base64"},
    {"base64 cut", "-----BEGIN CERTIFICATE-----\nAAA\n-----END CERTIFICATE-----\n@", 0,
     "not valid base64"},
    {"padding inside", "-----BEGIN CERTIFICATE-----\nAA==AAAA\n-----END CERTIFICATE-----\n@", 0,
     "not valid base64"},
    {"empty block", "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n@", 0,
     "not valid base64"},
    {"no certificate in the block",
     "@-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", 0,
     "not a valid certificate"},
    {"END does not match", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CRL-----\n@", 0,
     "does not match"},
    {"END alone", "@\n-----END CERTIFICATE-----\n", 0, "END line without"},
    {"BEGIN malformed", "@\n-----BEGIN CERTIFICATE----\n", 0, "BEGIN line is malformed"},
    {"BEGIN indented", "@\n -----BEGIN CERTIFICATE-----\n", 0, "BEGIN line is malformed"},
    {"octets between", "@\x01\x02\n&", 0, "neither text nor a block"},
};

static char *expand(const char *text)
{
    char *out = apr_pstrdup(pool, "");
    const char *pem = fixture_pem(root.cert, pool);

    for (; *text != '\0'; text++) {
        if (*text == '@')
            out = apr_pstrcat(pool, out, pem, NULL);
        else if (*text == '%')
            out = apr_pstrcat(pool, out, apr_pstrndup(pool, pem, 130), "\n", NULL);
        else if (*text == '&')
            out = apr_pstrcat(pool, out, fixture_pem(second.cert, pool), NULL);
        else
            out = apr_psprintf(pool, "%s%c", out, *text);
    }
    return out;
}

static void check_file(int i, const char *text)
{
    const char *path = fixture_write(fixture_dir(pool), "ca.pem", text, strlen(text), pool);
    const mtls_profile_t *profile = load(spec_of_file(path));

    ck_assert_msg((profile != NULL ? mtls_profile_counts(profile)->anchors : 0) == files[i].anchors,
                  "%s: %s", files[i].name, first_fault());
    ck_assert_msg(files[i].words == NULL || told(files[i].words), "%s: %s", files[i].name,
                  first_fault());
    ck_assert_msg(files[i].words == NULL || told("MTLSCACertificateFile: "), "%s", first_fault());
    ck_assert_msg(files[i].words == NULL || told(path), "%s", first_fault());
    if (files[i].words != NULL) {
        ck_assert_str_eq(mtls_faults_get(faults, 0)->at.file, "test.conf");
        ck_assert_int_eq(mtls_faults_get(faults, 0)->at.line, 10);
    }
}

START_TEST(T_F01_CA_files)
{
    check_file(_i, expand(files[_i].text));
}
END_TEST

START_TEST(T_F01_CA_files_with_CRLF)
{
    const char *text = expand(files[_i].text);
    char *crlf = apr_pcalloc(pool, 2 * strlen(text) + 1);

    for (char *out = crlf; *text != '\0'; text++) {
        if (*text == '\n')
            *out++ = '\r';
        *out++ = *text;
    }
    check_file(_i, crlf);
}
END_TEST

START_TEST(T_F01_DER)
{
    unsigned char *der = NULL;
    int len = i2d_X509(root.cert, &der);
    unsigned char *longer = apr_pcalloc(pool, (apr_size_t)len + 1);
    const char *dir = fixture_dir(pool);

    memcpy(longer, der, (size_t)len);
    ck_assert_ptr_nonnull(load(spec_of_file(fixture_write(dir, "a", der, (size_t)len, pool))));
    ck_assert_ptr_null(load(spec_of_file(fixture_write(dir, "b", longer, (size_t)len + 1, pool))));
    ck_assert(told("octets follow the certificate"));
    ck_assert_ptr_null(load(spec_of_file(fixture_write(dir, "c", der, (size_t)len - 1, pool))));
    OPENSSL_free(der);
}
END_TEST

START_TEST(T_F01_kinds_of_file)
{
    const char *dir = fixture_dir(pool);
    const char *pem = fixture_pem(root.cert, pool);
    const char *path = fixture_write(dir, "ca.pem", pem, strlen(pem), pool);
    const char *fifo = apr_pstrcat(pool, dir, "/fifo", NULL);
    mtls_profile_spec_t *spec = fixture_spec(pool);

    ck_assert_ptr_null(load(spec_of_file("/nonexistent/ca.pem")));
    ck_assert(told("cannot read /nonexistent/ca.pem"));
    ck_assert_ptr_null(load(spec_of_file(dir)));
    ck_assert(told("is a directory"));
    ck_assert_int_eq(mkfifo(fifo, 0600), 0);
    ck_assert_ptr_null(load(spec_of_file(fifo)));
    ck_assert(told("not a regular file"));
    fixture_add(spec->ca_dirs, path);
    ck_assert_ptr_null(load(spec));
    ck_assert(told("is not a directory"));
    ck_assert_int_eq(chmod(path, 0646), 0);
    ck_assert_ptr_null(load(spec_of_file(path)));
    ck_assert(told("writable by everyone"));
    ck_assert_int_eq(chmod(path, 0644), 0);
    ck_assert_int_eq(chmod(dir, 0777), 0);
    ck_assert_ptr_null(load(spec_of_file(path)));
    ck_assert(told("anybody can replace it"));
    ck_assert_int_eq(chmod(dir, 01777), 0);
    ck_assert_ptr_nonnull(load(spec_of_file(path)));
    ck_assert_int_eq(chmod(dir, 0700), 0);
    ck_assert_int_eq(chmod(path, 0), 0);
    ck_assert_int_eq(load(spec_of_file(path)) == NULL, geteuid() != 0);
}
END_TEST

START_TEST(T_F06_directories)
{
    const char *dir = fixture_dir(pool);
    const char *both =
        apr_pstrcat(pool, fixture_pem(root.cert, pool), fixture_pem(second.cert, pool), NULL);
    const char *pem = fixture_pem(second.cert, pool);
    fixture_party_t third =
        fixture_make(NULL, &(fixture_recipe_t){.subject = "third", .ca = true}, pool);
    const char *third_pem = fixture_pem(third.cert, pool);
    mtls_profile_spec_t *spec = fixture_spec(pool);
    const mtls_profile_t *profile;

    fixture_add(spec->ca_dirs, dir);
    ck_assert_ptr_null(load(spec));
    ck_assert(told("holds no certificate file"));
    fixture_write(dir, "both.pem", both, strlen(both), pool);
    fixture_write(dir, "copy.crt", pem, strlen(pem), pool);
    fixture_write(dir, "third.cer", third_pem, strlen(third_pem), pool);
    fixture_write(dir, ".hidden.pem", "garbage", 7, pool);
    fixture_write(dir, "README.txt", "garbage", 7, pool);
    ck_assert_int_eq(symlink("third.cer", apr_pstrcat(pool, dir, "/0a1b2c3d.0", NULL)), 0);
    profile = load(spec);
    ck_assert_msg(profile != NULL, "%s", first_fault());
    ck_assert_int_eq(mtls_profile_counts(profile)->anchors, 3);
    ck_assert_int_eq(mtls_profile_counts(profile)->ca_files, 3);
    ck_assert_int_eq(mtls_profile_counts(profile)->ca_names, 3);
    ck_assert_int_eq(mtls_profile_issuers(profile)->nelts, 3);
    ck_assert_int_eq(mtls_faults_count(faults), 0);
    ck_assert_int_eq(symlink("loop.pem", apr_pstrcat(pool, dir, "/loop.pem", NULL)), 0);
    ck_assert_int_eq(symlink("gone", apr_pstrcat(pool, dir, "/gone.pem", NULL)), 0);
    ck_assert_int_eq(symlink(".", apr_pstrcat(pool, dir, "/self.pem", NULL)), 0);
    profile = load(spec);
    ck_assert_msg(profile != NULL, "%s", first_fault());
    ck_assert_int_eq(mtls_profile_counts(profile)->anchors, 3);
    ck_assert_int_eq(mtls_faults_count(faults), 3);
    fixture_write(dir, "bad.pem", "garbage", 7, pool);
    ck_assert_ptr_null(load(spec));
    ck_assert(told("bad.pem"));
    ck_assert_int_eq(unlink(apr_pstrcat(pool, dir, "/bad.pem", NULL)), 0);
    ck_assert_int_eq(chmod(dir, 0707), 0);
    ck_assert_ptr_null(load(spec));
    ck_assert(told("writable by everyone"));
}
END_TEST

START_TEST(F_19_what_a_CA_file_may_hold)
{
    fixture_party_t leaf = fixture_make(&root, &(fixture_recipe_t){0}, pool);
    fixture_party_t old = fixture_make(
        NULL, &(fixture_recipe_t){.subject = "old", .ca = true, .from_days = -9, .to_days = -1},
        pool);
    fixture_party_t weak = fixture_make(
        NULL, &(fixture_recipe_t){.subject = "weak", .ca = true, .key = FIXTURE_RSA1024}, pool);
    fixture_party_t version1 =
        fixture_make(NULL, &(fixture_recipe_t){.version1 = true, .bare = true}, pool);
    fixture_party_t big =
        fixture_make(&root, &(fixture_recipe_t){.ca = true, .key = FIXTURE_RSA8192_PLUS}, pool);
    mtls_profile_spec_t *spec = fixture_spec(pool);

    fixture_add_cert(spec->ca_files, leaf.cert, pool);
    fixture_add_cert(spec->ca_files, version1.cert, pool);
    fixture_add_cert(spec->intermediate_files, leaf.cert, pool);
    fixture_add_cert(spec->ca_files, big.cert, pool);
    ck_assert_ptr_null(load(spec));
    ck_assert_int_eq(mtls_faults_error_count(faults), 4); /* all of them at once */
    ck_assert(told("\"CN=leaf\" is not a CA certificate (basicConstraints)"));
    ck_assert(told("MTLSIntermediateFile: "));
    ck_assert(told("RSA key of more than 8192 bits"));
    spec = fixture_spec(pool);
    fixture_add_cert(spec->ca_files, old.cert, pool);
    fixture_add_cert(spec->ca_files, weak.cert, pool);
    ck_assert_ptr_nonnull(load(spec));
    ck_assert_int_eq(mtls_faults_count(faults), 2);
    ck_assert(told("\"CN=old\" has expired"));
    ck_assert(told("\"CN=weak\" is weaker"));
}
END_TEST

START_TEST(T_F03_a_profile_that_trusts_nobody)
{
    mtls_profile_spec_t *spec = fixture_spec(pool);
    fixture_party_t inter =
        fixture_make(&root, &(fixture_recipe_t){.subject = "inter", .ca = true}, pool);

    ck_assert_ptr_null(load(spec));
    ck_assert(told("MTLSTrust staff: trusts nobody"));
    ck_assert_int_eq(mtls_faults_get(faults, 0)->at.line, 7);
    fixture_add_cert(spec->ca_files, inter.cert, pool);
    ck_assert_ptr_nonnull(load(spec));
    spec->partial_chain = MTLS_OFF;
    ck_assert_ptr_null(load(spec));
    ck_assert(told("MTLSPartialChain off"));
}
END_TEST

START_TEST(CA_names)
{
    mtls_profile_spec_t *spec = fixture_spec(pool);
    fixture_party_t leaf = fixture_make(&root, &(fixture_recipe_t){0}, pool);
    const char *pem =
        apr_pstrcat(pool, fixture_pem(leaf.cert, pool), fixture_pem(second.cert, pool), NULL);

    fixture_add_cert(spec->ca_files, root.cert, pool);
    ck_assert_int_eq(sk_X509_NAME_num(mtls_profile_ca_names(load(spec))), 1);
    spec->ca_names = MTLS_CA_NAMES_NONE;
    ck_assert_int_eq(sk_X509_NAME_num(mtls_profile_ca_names(load(spec))), 0);
    spec->ca_names = MTLS_CA_NAMES_FILE;
    spec->ca_names_file.value =
        fixture_write(fixture_dir(pool), "names.pem", pem, strlen(pem), pool);
    ck_assert_int_eq(sk_X509_NAME_num(mtls_profile_ca_names(load(spec))), 2);
    spec->ca_names_file.value = "/nonexistent";
    ck_assert_ptr_null(load(spec));
    ck_assert(told("MTLSCANames: cannot read"));
}
END_TEST

START_TEST(F_19_too_many_CA_names_are_worth_a_warning)
{
    mtls_profile_spec_t *spec = fixture_spec(pool);
    char *pem = apr_pstrdup(pool, "");

    for (int i = 0; i < 300; i++) {
        const char *name = apr_psprintf(pool, "A certification authority with a long name %d", i);

        pem = apr_pstrcat(
            pool, pem,
            fixture_pem(
                fixture_make(NULL, &(fixture_recipe_t){.subject = name, .ca = true}, pool).cert,
                pool),
            NULL);
    }
    fixture_add(spec->ca_files,
                fixture_write(fixture_dir(pool), "many.pem", pem, strlen(pem), pool));
    ck_assert_int_eq(mtls_profile_counts(load(spec))->anchors, 300);
    ck_assert(told("the names of its CAs take"));
}
END_TEST

#define HEX64 "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF"

static const struct {
    const char *pin;
    bool good;
} pins[] = {
    {"sha256:" HEX64, true},
    {"spki-sha256:" HEX64, true},
    {"sha256:00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff:00:11:22:33:44:55:66:77:88:99:AA:BB:"
     "CC:DD:EE:FF",
     true},
    {"spki-sha256:ABEiM0RVZneImaq7zN3u/wARIjNEVWZ3iJmqu8zd7v8=", true},
    {"sha256:ABEiM0RVZneImaq7zN3u/wARIjNEVWZ3iJmqu8zd7v8=", false},
    {"spki-sha256:ABEiM0RVZneImaq7zN3u/wARIjNEVWZ3iJmqu8zd7v==", false},
    {"sha256:" HEX64 "0", false},
    {"sha256:" HEX64 "00", false},
    {"sha256:0011", false},
    {"sha256:", false},
    {"sha256:g0112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF", false},
    {"sha1:" HEX64, false},
    {HEX64, false},
    {"", false},
    {"sha256:00:1122334455667788:99aabbccddeeff00112233445566778899AABBCCDDEEFF", false},
};

START_TEST(pin_forms)
{
    mtls_profile_spec_t *spec = fixture_spec(pool);
    const mtls_profile_t *profile;

    fixture_add(spec->pins, pins[_i].pin);
    profile = load(spec);
    ck_assert_msg((profile != NULL) == pins[_i].good, "%s: %s", pins[_i].pin, first_fault());
    if (profile != NULL)
        ck_assert_int_eq(mtls_profile_counts(profile)->pins, 1);
    else
        ck_assert(told("MTLSPin: '"));
}
END_TEST

START_TEST(pin_files)
{
    static const char good[] = "\xef\xbb\xbf# devices\r\n\r\n sha256:" HEX64
                               " # one\r\nspki-sha256:" HEX64 "\nsha256:" HEX64;
    static const char bad[] = "sha256:" HEX64 "\nnonsense\nsha256:\x01\n";
    const char *dir = fixture_dir(pool);
    mtls_profile_spec_t *spec = fixture_spec(pool);
    const mtls_profile_t *profile;

    fixture_add(spec->pin_files, fixture_write(dir, "good", good, sizeof(good) - 1, pool));
    profile = load(spec);
    ck_assert_msg(profile != NULL, "%s", first_fault());
    ck_assert_int_eq(mtls_profile_counts(profile)->pins, 2);
    spec->pin_files->nelts = 0;
    fixture_add(spec->pin_files, fixture_write(dir, "half", bad, sizeof(bad) - 4, pool));
    ck_assert_ptr_null(load(spec));
    spec->pin_files->nelts = 0;
    fixture_add(spec->pin_files, fixture_write(dir, "bad", bad, sizeof(bad) - 1, pool));
    fixture_add(spec->pin_files, fixture_write(dir, "none", "# none\n", 7, pool));
    fixture_add(spec->pin_files, fixture_write(dir, "nul", "a\0b", 3, pool));
    fixture_add(spec->pin_files, "/nonexistent");
    ck_assert_ptr_null(load(spec));
    ck_assert_int_eq(mtls_faults_error_count(faults), 5);
    ck_assert(told("bad line 2: 'nonsense' is not a pin"));
    ck_assert(told("bad line 3: '(unprintable text)'"));
    ck_assert(told("none holds no pin"));
    ck_assert(told("not a text file"));
}
END_TEST

START_TEST(OIDs)
{
    mtls_profile_spec_t *spec = fixture_spec(pool);

    fixture_add_cert(spec->ca_files, root.cert, pool);
    fixture_add(spec->ekus, "clientAuth");
    fixture_add(spec->policies, "1.2.x");
    ck_assert_ptr_null(load(spec));
    ck_assert(told("MTLSExtendedKeyUsage: 'clientAuth' is not an object identifier"));
    ck_assert(told("MTLSCertificatePolicy: '1.2.x' is not an object identifier"));
}
END_TEST

typedef void (*change_fn)(mtls_profile_spec_t *spec);

static void add_anchor(mtls_profile_spec_t *s)
{
    fixture_add_cert(s->ca_files, second.cert, pool);
}
static void add_intermediate(mtls_profile_spec_t *s)
{
    fixture_add_cert(s->intermediate_files, second.cert, pool);
}
static void add_pin(mtls_profile_spec_t *s)
{
    fixture_add(s->pins, "sha256:" HEX64);
}
static void add_spki(mtls_profile_spec_t *s)
{
    fixture_add(s->pins, "spki-sha256:" HEX64);
}
static void add_eku(mtls_profile_spec_t *s)
{
    fixture_add(s->ekus, "1.2.3.4");
}
static void add_policy(mtls_profile_spec_t *s)
{
    fixture_add(s->policies, "1.2.3.4");
}
static void set_any(mtls_profile_spec_t *s)
{
    s->eku_any = MTLS_ON;
}
static void set_strict(mtls_profile_spec_t *s)
{
    s->eku_strict = MTLS_ON;
}
static void set_no_mapping(mtls_profile_spec_t *s)
{
    s->policy_no_mapping = MTLS_ON;
}
static void set_no_any(mtls_profile_spec_t *s)
{
    s->policy_no_any = MTLS_ON;
}
static void set_no_partial(mtls_profile_spec_t *s)
{
    s->partial_chain = MTLS_OFF;
}
static void set_depth(mtls_profile_spec_t *s)
{
    s->depth = 2;
}
static void set_rsa(mtls_profile_spec_t *s)
{
    s->min_rsa_bits = 4096;
}
static void set_ec(mtls_profile_spec_t *s)
{
    s->min_ec_bits = 255;
}
static void set_digest(mtls_profile_spec_t *s)
{
    s->min_digest_bits = 384;
}
static void set_lifetime(mtls_profile_spec_t *s)
{
    s->max_lifetime = 5;
}
static void set_ocsp(mtls_profile_spec_t *s)
{
    s->revocation.ocsp.reach = MTLS_REACH_LEAF;
}
static void set_soft(mtls_profile_spec_t *s)
{
    s->revocation.ocsp.lack = MTLS_LACK_SOFT;
}
static void set_ocsp_grace(mtls_profile_spec_t *s)
{
    s->revocation.ocsp.grace = 5;
}
static void set_responder(mtls_profile_spec_t *s)
{
    s->revocation.ocsp.responder.value = "http://ocsp.example.org/";
}
static void set_override(mtls_profile_spec_t *s)
{
    s->revocation.ocsp.responder_override = MTLS_ON;
}
static void set_nonce(mtls_profile_spec_t *s)
{
    s->revocation.ocsp.nonce = MTLS_NONCE_REQUIRE;
}
static void set_skew(mtls_profile_spec_t *s)
{
    s->revocation.ocsp.skew = 5;
}
static void set_max_age(mtls_profile_spec_t *s)
{
    s->revocation.ocsp.max_age = 5;
}
static void add_responder_cert(mtls_profile_spec_t *s)
{
    fixture_add_cert(s->revocation.ocsp.responder_certs, second.cert, pool);
}
static void set_order(mtls_profile_spec_t *s)
{
    s->revocation.order = MTLS_ORDER_OCSP_FIRST;
}
static void add_host(mtls_profile_spec_t *s)
{
    fixture_add(s->revocation.fetch_hosts, "ocsp.example.org");
}
static void set_crl_grace(mtls_profile_spec_t *s)
{
    s->revocation.crl.grace = 5;
}
static void set_missing_ok(mtls_profile_spec_t *s)
{
    s->revocation.crl.missing = MTLS_LACK_SOFT;
}
static void set_fetched_dir(mtls_profile_spec_t *s)
{
    s->fetched_dir = "/nowhere/staff";
}

static const change_fn changes[] = {
    add_anchor,     add_intermediate, add_pin,       add_spki,       add_eku,
    add_policy,     set_any,          set_strict,    set_no_mapping, set_no_any,
    set_no_partial, set_depth,        set_rsa,       set_ec,         set_digest,
    set_lifetime,   set_ocsp,         set_soft,      set_ocsp_grace, set_responder,
    set_override,   set_nonce,        set_skew,      set_max_age,    add_responder_cert,
    set_order,      add_host,         set_crl_grace, set_missing_ok, set_fetched_dir};

START_TEST(digest_changes_with_every_part)
{
    mtls_profile_spec_t *spec = fixture_spec(pool);
    unsigned char before[MTLS_SHA256_LEN];

    fixture_add_cert(spec->ca_files, root.cert, pool);
    memcpy(before, mtls_profile_digest(load(spec)), sizeof(before));
    ck_assert_mem_eq(mtls_profile_digest(load(spec)), before, sizeof(before));
    changes[_i](spec);
    ck_assert_mem_ne(mtls_profile_digest(load(spec)), before, sizeof(before));
}
END_TEST

START_TEST(digest_ignores_what_judges_nothing)
{
    mtls_profile_spec_t *spec = fixture_spec(pool);
    mtls_profile_spec_t *other = fixture_spec(pool);

    fixture_add_cert(spec->ca_files, root.cert, pool);
    fixture_add_cert(spec->ca_files, second.cert, pool);
    fixture_add_cert(other->ca_files, second.cert, pool);
    fixture_add_cert(other->ca_files, root.cert, pool);
    other->name = "partners";
    other->ca_names = MTLS_CA_NAMES_NONE;
    other->depth = MTLS_PROFILE_DEFAULT_DEPTH + 1;
    ck_assert_mem_eq(mtls_profile_digest(load(spec)), mtls_profile_digest(load(other)),
                     MTLS_SHA256_LEN);
}
END_TEST

static void add_part(apr_array_header_t *parts, const mtls_profile_spec_t *spec)
{
    APR_ARRAY_PUSH(parts, mtls_part_spec_t) =
        (mtls_part_spec_t){&mtls_profile_part_kind, spec->name, spec};
}

START_TEST(profiles_are_parts_of_a_generation)
{
    apr_array_header_t *parts = apr_array_make(pool, 2, sizeof(mtls_part_spec_t));
    mtls_profile_spec_t *good = fixture_spec(pool);
    mtls_profile_spec_t *bad = fixture_spec(pool);
    mtls_generation_t *generation;

    fixture_add_cert(good->ca_files, root.cert, pool);
    fixture_add(bad->ca_files, "/nonexistent");
    bad->name = "partners";
    add_part(parts, good);
    add_part(parts, bad);
    ck_assert_int_eq(mtls_generation_load(&generation, parts, NULL, NULL, faults, pool, pool),
                     APR_EGENERAL);
    ck_assert_ptr_null(generation);
    ck_assert_int_eq(mtls_faults_error_count(faults), 1);
    bad->ca_files->nelts = 0;
    fixture_add_cert(bad->ca_files, second.cert, pool);
    ck_assert_int_eq(mtls_generation_load(&generation, parts, NULL, NULL, faults, pool, pool),
                     APR_SUCCESS);
    ck_assert_str_eq(mtls_profile_name(mtls_generation_profile(generation, 0)), "staff");
    ck_assert_str_eq(mtls_profile_name(mtls_generation_profile(generation, 1)), "partners");
    ck_assert(mtls_generation_is_reloadable(generation));
}
END_TEST

START_TEST(faults_without_a_list_are_dropped)
{
    mtls_faults_add(NULL, (mtls_origin_t){0}, "nobody %s", "listens");
    mtls_faults_warn(faults, (mtls_origin_t){"a", 1, 0}, "%d", 5);
    ck_assert_int_eq(mtls_faults_count(faults), 1);
    ck_assert_int_eq(mtls_faults_error_count(faults), 0);
    ck_assert(mtls_faults_get(faults, 0)->warning);
    ck_assert_str_eq(mtls_faults_get(faults, 0)->text, "5");
    ck_assert_str_eq(mtls_fault_openssl(pool), "no detail");
    ck_assert_ptr_null(OBJ_txt2obj("nonsense", 1));
    ck_assert_str_ne(mtls_fault_openssl(pool), "no detail");
    ck_assert_str_eq(mtls_fault_openssl(pool), "no detail");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("trust/profile");
    TCase *tc = tcase_create("profile");
    SRunner *runner = srunner_create(suite);
    int failed;

    apr_initialize();
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, T_F01_CA_files, 0, sizeof(files) / sizeof(files[0]));
    tcase_add_loop_test(tc, T_F01_CA_files_with_CRLF, 0, sizeof(files) / sizeof(files[0]));
    tcase_add_test(tc, T_F01_DER);
    tcase_add_test(tc, T_F01_kinds_of_file);
    tcase_add_test(tc, T_F06_directories);
    tcase_add_test(tc, F_19_what_a_CA_file_may_hold);
    tcase_add_test(tc, T_F03_a_profile_that_trusts_nobody);
    tcase_add_test(tc, CA_names);
    tcase_add_test(tc, F_19_too_many_CA_names_are_worth_a_warning);
    tcase_add_loop_test(tc, pin_forms, 0, sizeof(pins) / sizeof(pins[0]));
    tcase_add_test(tc, pin_files);
    tcase_add_test(tc, OIDs);
    tcase_add_loop_test(tc, digest_changes_with_every_part, 0,
                        sizeof(changes) / sizeof(changes[0]));
    tcase_add_test(tc, digest_ignores_what_judges_nothing);
    tcase_add_test(tc, profiles_are_parts_of_a_generation);
    tcase_add_test(tc, faults_without_a_list_are_dropped);
    suite_add_tcase(suite, tc);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
