/*
 * t/unit/map_fixture.h - rules files and certificates out of memory.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_UNIT_MAP_FIXTURE_H
#define MTLS_UNIT_MAP_FIXTURE_H

#include "policy_run.h"

#include <apr_strings.h>
#include <string.h>

#include "mtls/policy/map.h"

/* A file; @a text may hold NUL when len is given. */
typedef struct {
    const char *path;
    const char *text;
    apr_size_t len; /* 0: strlen(text) */
} map_file_t;

/* Reads from an array of map_file_t that ends with a NULL path. */
static inline apr_status_t read_map_file(void *baton, mtls_bytes_t *out, const char *path,
                                         mtls_origin_t at, mtls_faults_t *faults,
                                         apr_pool_t *file_pool)
{
    const map_file_t *file;

    for (file = baton; file->path != NULL; file++) {
        if (strcmp(file->path, path) == 0) {
            apr_size_t len = file->len != 0 ? file->len : strlen(file->text);

            /* Exactly as large as the text, so that a memory checker sees one octet too far. */
            *out = (mtls_bytes_t){apr_pmemdup(file_pool, file->text, len), len};
            return APR_SUCCESS;
        }
    }
    mtls_faults_add(faults, at, "cannot read %s", path);
    return APR_EGENERAL;
}

/* Scratch is gone when the map is asked. */
static inline const mtls_map_t *load_files(const map_file_t *files, mtls_faults_t *faults)
{
    mtls_map_reader_t reader = {.read_fn = read_map_file, .baton = (void *)(uintptr_t)files};
    const mtls_map_t *map;
    apr_pool_t *scratch;
    apr_status_t status;

    apr_pool_create(&scratch, NULL);
    status = mtls_map_load(&map, files[0].path, (mtls_origin_t){"httpd.conf", 3, 1}, &reader,
                           faults, pool, scratch);
    apr_pool_destroy(scratch);
    ck_assert_int_eq(status == APR_SUCCESS, map != NULL);
    ck_assert_int_eq(status == APR_SUCCESS, mtls_faults_error_count(faults) == 0);
    return map;
}

/* All faults, one a line, as "path:line:column: text". */
static inline const char *faults_of(const mtls_faults_t *faults)
{
    const char *all = "";
    int i;

    for (i = 0; i < mtls_faults_count(faults); i++) {
        const mtls_fault_t *fault = mtls_faults_get(faults, i);

        all = apr_psprintf(pool, "%s%s%s:%d:%d: %s", all, i != 0 ? "\n" : "", fault->at.file,
                           fault->at.line, fault->at.column, fault->text);
    }
    return all;
}

/* A map that must load. */
static inline const mtls_map_t *load_good(const char *text)
{
    map_file_t files[] = {{"/etc/a.map", text, 0}, {NULL, NULL, 0}};
    mtls_faults_t *faults = mtls_faults_make(pool);
    const mtls_map_t *map = load_files(files, faults);

    ck_assert_msg(map != NULL, "%s\n%s", text, faults_of(faults));
    return map;
}

enum { MAX_VALUES_MADE = 4 };

/* A certificate made of a few values; NULL ends each list. */
typedef struct {
    const char *cn[MAX_VALUES_MADE + 1];
    const char *ou[MAX_VALUES_MADE + 1];
    const char *email[MAX_VALUES_MADE + 1];
    const char *issuer; /* its CN; NULL: "CA" */
    unsigned char serial; /* 0: 1 */
    bool bad_cn;          /* a further CN that is no clean text */
    bool bad_sans;        /* alternative names that cannot be read */
    const char *profile;  /* NULL: "staff" */
} person_t;

static inline mtls_bytes_t text_bytes(const char *text)
{
    return (mtls_bytes_t){(const unsigned char *)text, strlen(text)};
}

static inline mtls_rdn_t make_rdn(const char *oid, const char *name, const char *text)
{
    mtls_attr_t *attr = apr_pcalloc(pool, sizeof(*attr));

    attr->oid = oid;
    attr->short_name = name;
    attr->asn1_tag = 12;
    attr->der = text_bytes("\x0c\x01?");
    if (text != NULL) {
        attr->text = text_bytes(text);
        attr->der = text_bytes(
            apr_psprintf(pool, "\x0c%c%s", (char)strlen(text), text));
    }
    return (mtls_rdn_t){attr, 1};
}

static inline mtls_name_t make_name(mtls_rdn_t *rdns, apr_size_t count)
{
    return (mtls_name_t){rdns, count, text_bytes("0?"), true};
}

static inline mtls_name_t make_subject(const person_t *person)
{
    mtls_rdn_t *rdns = apr_pcalloc(pool, (2 * MAX_VALUES_MADE + 1) * sizeof(*rdns));
    apr_size_t count = 0;
    int i;

    for (i = 0; person->ou[i] != NULL; i++)
        rdns[count++] = make_rdn("2.5.4.11", "OU", person->ou[i]);
    for (i = 0; person->cn[i] != NULL; i++)
        rdns[count++] = make_rdn("2.5.4.3", "CN", person->cn[i]);
    if (person->bad_cn)
        rdns[count++] = make_rdn("2.5.4.3", "CN", NULL);
    return make_name(rdns, count);
}

static inline void add_emails(mtls_identity_t *identity, const person_t *person)
{
    mtls_san_t *sans = apr_pcalloc(pool, MAX_VALUES_MADE * sizeof(*sans));

    identity->sans_complete = !person->bad_sans;
    identity->sans = sans;
    for (; person->email[identity->san_count] != NULL && !person->bad_sans;
         identity->san_count++) {
        mtls_san_t *san = &sans[identity->san_count];

        san->type = MTLS_SAN_EMAIL;
        san->text = san->raw = text_bytes(person->email[identity->san_count]);
    }
}

static inline const mtls_holder_t *make_holder(const person_t *person)
{
    mtls_identity_t *identity = apr_pcalloc(pool, sizeof(*identity));
    mtls_holder_t *holder = apr_pcalloc(pool, sizeof(*holder));
    mtls_rdn_t *issuer = apr_pcalloc(pool, sizeof(*issuer));
    unsigned char *serial = apr_pcalloc(pool, 1);

    identity->subject = make_subject(person);
    *issuer = make_rdn("2.5.4.3", "CN", person->issuer != NULL ? person->issuer : "CA");
    identity->issuer = make_name(issuer, 1);
    *serial = person->serial != 0 ? person->serial : 1;
    identity->serial = (mtls_bytes_t){serial, 1};
    add_emails(identity, person);
    identity->policies_complete = identity->qc_complete = true;
    holder->identity = identity;
    holder->profile = person->profile != NULL ? person->profile : "staff";
    return holder;
}

#endif /* MTLS_UNIT_MAP_FIXTURE_H */
