/*
 * t/bench/bench_crl.c - what a revocation list costs to load, to keep and to ask.
 *
 *     t/bench/bench_crl mtls|openssl LIST ISSUER
 *
 * reads a CRL in DER, verifies it with a certificate in PEM, and asks it about serial numbers of
 * its own and about others: with this module's code, or as OpenSSL's own users do.  The
 * instructions of 2000 look-ups, a thousand of each, and nothing else, are counted by
 *
 *     valgrind --tool=callgrind --instr-atstart=no t/bench/bench_crl mtls LIST ISSUER
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_file_io.h>
#include <apr_general.h>
#include <apr_time.h>
#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <openssl/pem.h>
#include <openssl/x509.h>

#ifdef HAVE_VALGRIND_CALLGRIND_H
#include <valgrind/callgrind.h>
#endif

#include "mtls/trust/crl.h"

enum { MANY = 20000, COUNTED = 1000 };

/** Either of two ways to keep a list. */
typedef struct {
    mtls_crl_t *ours;
    X509_CRL *theirs;
} list_t;

typedef struct {
    const char *name;
    void (*load_fn)(list_t *list, mtls_bytes_t der, X509 *issuer, apr_pool_t *pool);
    bool (*find_fn)(const list_t *list, X509 *cert);
} way_t;

__attribute__((format(printf, 1, 2))) static _Noreturn void die(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    fputs("bench_crl: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    exit(EXIT_FAILURE);
}

static void load_ours(list_t *list, mtls_bytes_t der, X509 *issuer, apr_pool_t *pool)
{
    mtls_faults_t *faults = mtls_faults_make(pool);
    mtls_material_use_t use = {.directive = "MTLSCRLFile"};
    apr_pool_t *scratch;

    apr_pool_create(&scratch, pool);
    if (mtls_crl_read(&list->ours, der, "bench.crl", use, faults, pool, scratch) != APR_SUCCESS)
        die("%s", mtls_faults_get(faults, 0)->text);
    if (!mtls_crl_verify(list->ours, der, issuer, pool))
        die("the signature is wrong");
    apr_pool_destroy(scratch);
}

static bool find_ours(const list_t *list, X509 *cert)
{
    return mtls_crl_find(list->ours, cert) == MTLS_CRL_REVOKED;
}

static void load_theirs(list_t *list, mtls_bytes_t der, X509 *issuer, apr_pool_t *pool)
{
    const unsigned char *data = der.data;

    (void)pool;
    list->theirs = d2i_X509_CRL(NULL, &data, (long)der.len);
    if (list->theirs == NULL || X509_CRL_verify(list->theirs, X509_get0_pubkey(issuer)) != 1)
        die("OpenSSL does not take it");
    sk_X509_REVOKED_sort(X509_CRL_get_REVOKED(list->theirs)); /* as its first look-up does */
}

static bool find_theirs(const list_t *list, X509 *cert)
{
    X509_REVOKED *entry;

    return X509_CRL_get0_by_cert(list->theirs, &entry, cert) == 1;
}

static const way_t ways[] = {{"mtls", load_ours, find_ours}, {"openssl", load_theirs, find_theirs}};

static const way_t *find_way(const char *name)
{
    size_t i;

    for (i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        if (strcmp(ways[i].name, name) == 0)
            return &ways[i];
    }
    die("unknown way %s; use mtls or openssl", name);
}

static mtls_bytes_t read_file(const char *path, apr_pool_t *pool)
{
    apr_file_t *file;
    apr_finfo_t info;
    unsigned char *data;
    apr_size_t len;

    if (apr_file_open(&file, path, APR_READ, APR_OS_DEFAULT, pool) != APR_SUCCESS ||
        apr_file_info_get(&info, APR_FINFO_SIZE, file) != APR_SUCCESS)
        die("cannot read %s", path);
    len = (apr_size_t)info.size;
    data = apr_palloc(pool, len);
    if (apr_file_read_full(file, data, len, NULL) != APR_SUCCESS)
        die("cannot read %s", path);
    apr_file_close(file);
    return (mtls_bytes_t){data, len};
}

static X509 *read_certificate(const char *path)
{
    BIO *file = BIO_new_file(path, "r");
    X509 *cert = file ? PEM_read_bio_X509(file, NULL, NULL, NULL) : NULL;

    BIO_free(file);
    if (cert == NULL)
        die("no certificate in %s", path);
    return cert;
}

/* Resident octets of this process, without what is free. */
static size_t resident(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    size_t size, pages;

    malloc_trim(0);
    if (file == NULL || fscanf(file, "%zu %zu", &size, &pages) != 2)
        die("cannot read /proc/self/statm");
    fclose(file);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

/* The most there was at once, since the process began. */
static size_t peak(void)
{
    FILE *file = fopen("/proc/self/status", "r");
    char line[256];
    size_t kilobytes = 0;

    while (file != NULL && kilobytes == 0 && fgets(line, sizeof(line), file) != NULL)
        (void)sscanf(line, "VmHWM: %zu", &kilobytes);
    if (kilobytes == 0)
        die("cannot read /proc/self/status");
    fclose(file);
    return kilobytes * 1024;
}

static void load(list_t *list, const way_t *way, mtls_bytes_t der, X509 *issuer, apr_pool_t *pool)
{
    size_t before = resident();
    apr_time_t begin = apr_time_now();
    clock_t clock_begin = clock();
    apr_time_t taken;
    clock_t clock_taken;

    way->load_fn(list, der, issuer, pool);
    taken = apr_time_now() - begin;
    clock_taken = clock() - clock_begin;
    printf("seconds %.4f cpu %.4f resident %zu peak %zu", (double)taken / APR_USEC_PER_SEC,
           (double)clock_taken / CLOCKS_PER_SEC, resident() - before, peak() - before);
    if (list->ours)
        printf(" counted %zu", mtls_crl_octets(list->ours));
}

static void begin_counting(void)
{
#ifdef CALLGRIND_START_INSTRUMENTATION
    CALLGRIND_START_INSTRUMENTATION;
#endif
}

static void end_counting(void)
{
#ifdef CALLGRIND_STOP_INSTRUMENTATION
    CALLGRIND_STOP_INSTRUMENTATION;
#endif
}

/* Certificates that only a CRL would take for some: a serial number and the issuer's name. */
static X509 **make_certs(mtls_bytes_t der, X509 *issuer, bool known)
{
    const unsigned char *data = der.data;
    X509_CRL *crl = d2i_X509_CRL(NULL, &data, (long)der.len);
    STACK_OF(X509_REVOKED) *entries = X509_CRL_get_REVOKED(crl);
    X509 **certs = calloc(MANY, sizeof(*certs));
    int i;

    for (i = 0; certs != NULL && i < MANY; i++) {
        int number = (int)((unsigned)i * 2654435761U % (unsigned)sk_X509_REVOKED_num(entries));
        ASN1_INTEGER *serial = ASN1_INTEGER_dup(
            X509_REVOKED_get0_serialNumber(sk_X509_REVOKED_value(entries, number)));

        serial->data[serial->length - 1] ^= known ? 0 : 1;
        certs[i] = X509_new();
        X509_set_issuer_name(certs[i], X509_get_subject_name(issuer));
        X509_set_serialNumber(certs[i], serial);
        ASN1_INTEGER_free(serial);
    }
    X509_CRL_free(crl);
    return certs;
}

static void ask_each(const way_t *way, const list_t *list, X509 **certs, int count, bool known)
{
    int i;

    for (i = 0; i < count; i++) {
        if (way->find_fn(list, certs[i]) != known)
            die("the wrong answer");
    }
}

static void ask_about(const way_t *way, const list_t *list, X509 **certs, bool known)
{
    clock_t begin = clock();

    ask_each(way, list, certs, MANY, known);
    printf(" %s %.0f", known ? "known" : "unknown",
           (double)(clock() - begin) / CLOCKS_PER_SEC * 1e9 / MANY);
    begin_counting();
    ask_each(way, list, certs, COUNTED, known);
    end_counting();
}

int main(int argc, char **argv)
{
    const way_t *way;
    list_t list = {0};
    apr_pool_t *pool;
    mtls_bytes_t der;
    X509 *issuer;

    if (argc != 4)
        die("usage: bench_crl mtls|openssl LIST ISSUER");
    way = find_way(argv[1]);
    apr_initialize();
    apr_pool_create(&pool, NULL);
    der = read_file(argv[2], pool);
    issuer = read_certificate(argv[3]);
    load(&list, way, der, issuer, pool);
    ask_about(way, &list, make_certs(der, issuer, true), true);
    ask_about(way, &list, make_certs(der, issuer, false), false);
    putchar('\n');
    return EXIT_SUCCESS;
}
