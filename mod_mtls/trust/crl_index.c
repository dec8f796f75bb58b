/* SPDX-License-Identifier: Apache-2.0 */
#include "crl_index.h"

#include <apr_hash.h>
#include <openssl/x509v3.h>
#include <stdint.h>
#include <stdlib.h>

#include "crl_entry.h"
#include "mtls/cert/der.h"

/* In an offset: the entry takes another one back. */
#define REMOVED 0x80000000u

const char mtls_crl_index_no_memory[] = "cannot be held: out of memory";

struct mtls_crl_index_t {
    uint32_t *starts;       /* of each entry in serials; one more at the end */
    uint32_t *group_starts; /* of each issuer's entries in starts; one more at the end */
    unsigned char *serials;
    STACK_OF(X509_NAME) * issuers; /* sorted; one group for each */
    uint32_t count;
    apr_size_t octets;
};

/* An entry while entries are sorted; points into the list. */
typedef struct {
    const unsigned char *serial;
    uint64_t prefix; /* its first octets: most comparisons need not look at the list */
    uint32_t len;
    uint32_t group : 31;
    uint32_t removed : 1;
} record_t;

typedef struct {
    const mtls_crl_index_kind_t *kind;
    record_t *records;
    apr_size_t count;
    apr_hash_t *groups;            /* DER of GeneralNames -> group_t */
    STACK_OF(X509_NAME) * issuers; /* by number of group */
    apr_pool_t *scratch;
} builder_t;

typedef struct {
    uint32_t number;
} group_t;

static apr_status_t free_index(void *data)
{
    mtls_crl_index_t *index = data;

    free(index->starts);
    sk_X509_NAME_pop_free(index->issuers, X509_NAME_free);
    return APR_SUCCESS;
}

static bool push_issuer(STACK_OF(X509_NAME) * issuers, const X509_NAME *name)
{
    X509_NAME *copy = X509_NAME_dup(name);

    if (copy != NULL && sk_X509_NAME_push(issuers, copy) > 0)
        return true;
    X509_NAME_free(copy);
    return false;
}

/* RFC 5280 section 5.3.3: names of the certificate issuer.  A certificate has one issuer, so that
 * more than one distinguished name would leave open whose certificate is meant. */
static const X509_NAME *only_name(const GENERAL_NAMES *names)
{
    const X509_NAME *found = NULL;

    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

        if (name->type != GEN_DIRNAME)
            continue;
        if (found != NULL)
            return NULL;
        found = name->d.directoryName;
    }
    return found != NULL && X509_NAME_entry_count(found) > 0 ? found : NULL;
}

static const char *add_group(uint32_t *group, builder_t *b, mtls_bytes_t der)
{
    const unsigned char *at = der.data;
    GENERAL_NAMES *names = d2i_GENERAL_NAMES(NULL, &at, (long)der.len);
    const X509_NAME *name = names != NULL ? only_name(names) : NULL;
    const char *problem = NULL;
    group_t *added;

    if (name == NULL || at != der.data + der.len) {
        problem = "has an entry whose certificate issuer is not exactly one name";
    } else if (sk_X509_NAME_num(b->issuers) > MTLS_CRL_INDEX_MAX_ISSUERS) {
        problem = "names more certificate issuers than are supported (10000)";
    } else if (!push_issuer(b->issuers, name)) {
        problem = mtls_crl_index_no_memory;
    } else {
        added = apr_palloc(b->scratch, sizeof(*added));
        added->number = (uint32_t)sk_X509_NAME_num(b->issuers) - 1;
        apr_hash_set(b->groups, der.data, (apr_ssize_t)der.len, added);
        *group = added->number;
    }
    GENERAL_NAMES_free(names);
    return problem;
}

static const char *find_group(uint32_t *group, builder_t *b, mtls_bytes_t der)
{
    const group_t *known;

    if (der.len == 0)
        return NULL;
    if (!b->kind->indirect)
        return "names issuers of certificates, which only an indirect list may do (RFC 5280 "
               "section 5.3.3)";
    known = apr_hash_get(b->groups, der.data, (apr_ssize_t)der.len);
    if (known == NULL)
        return add_group(group, b, der);
    *group = known->number;
    return NULL;
}

static uint64_t prefix_of(mtls_bytes_t serial)
{
    uint64_t prefix = 0;

    for (apr_size_t i = 0; i < sizeof(prefix); i++)
        prefix = prefix << 8 | (i < serial.len ? serial.data[i] : 0);
    return prefix;
}

/* An entry without certificate issuer has that of the one before it. */
static const char *read_entries(builder_t *b, mtls_bytes_t entries)
{
    mtls_crl_entry_read_t entry;
    uint32_t group = 0;

    while (entries.len != 0) {
        const char *problem = mtls_crl_entry_read(&entry, &entries, b->kind->v2);

        if (problem == NULL)
            problem = find_group(&group, b, entry.issuer);
        if (problem == NULL && entry.removed && !b->kind->delta)
            problem = "has an entry that takes another one back, which only a delta CRL may do "
                      "(RFC 5280 section 5.3.1)";
        if (problem != NULL)
            return problem;
        b->records[b->count++] = (record_t){.serial = entry.serial.data,
                                            .prefix = prefix_of(entry.serial),
                                            .len = (uint32_t)entry.serial.len,
                                            .group = group & 0x7fffffffu,
                                            .removed = entry.removed};
    }
    return NULL;
}

static int compare_numbers(uint32_t a, uint32_t b)
{
    return (a > b) - (a < b);
}

static int compare_serials(const unsigned char *a, uint32_t a_len, const unsigned char *b,
                           uint32_t b_len)
{
    return a_len != b_len ? compare_numbers(a_len, b_len) : memcmp(a, b, a_len);
}

/* Of equal serial numbers that which is revoked comes first. */
static int compare_records(const void *left, const void *right)
{
    const record_t *a = left;
    const record_t *b = right;
    int order;

    if (a->group != b->group)
        return compare_numbers(a->group, b->group);
    if (a->len == b->len && a->prefix != b->prefix)
        return a->prefix < b->prefix ? -1 : 1;
    order = compare_serials(a->serial, a->len, b->serial, b->len);
    return order != 0 ? order : (int)a->removed - (int)b->removed;
}

static bool is_same_entry(const record_t *a, const record_t *b)
{
    return a->group == b->group && compare_serials(a->serial, a->len, b->serial, b->len) == 0;
}

static void drop_doubles(builder_t *b)
{
    apr_size_t kept = 0;

    for (apr_size_t i = 0; i < b->count; i++) {
        if (kept == 0 || !is_same_entry(&b->records[kept - 1], &b->records[i]))
            b->records[kept++] = b->records[i];
    }
    b->count = kept;
}

/* One name of an issuer while names are sorted. */
typedef struct {
    X509_NAME *name;
    uint32_t was;
} numbered_t;

static int compare_numbered(const void *left, const void *right)
{
    return X509_NAME_cmp(((const numbered_t *)left)->name, ((const numbered_t *)right)->name);
}

/* Numbers groups anew, in the order of their names; one name written in two ways is one group. */
static bool sort_issuers(builder_t *b)
{
    uint32_t count = (uint32_t)sk_X509_NAME_num(b->issuers);
    numbered_t *all = apr_palloc(b->scratch, count * sizeof(*all));
    uint32_t *now = apr_palloc(b->scratch, count * sizeof(*now));
    STACK_OF(X509_NAME) *sorted = sk_X509_NAME_new_reserve(NULL, (int)count);

    if (sorted == NULL)
        return false;
    for (uint32_t i = 0; i < count; i++)
        all[i] = (numbered_t){sk_X509_NAME_value(b->issuers, (int)i), i};
    qsort(all, count, sizeof(*all), compare_numbered);
    for (uint32_t i = 0; i < count; i++) {
        if (i != 0 && compare_numbered(&all[i - 1], &all[i]) == 0) {
            X509_NAME_free(all[i - 1].name);
            (void)sk_X509_NAME_pop(sorted);
        }
        (void)sk_X509_NAME_push(sorted, all[i].name);
        now[all[i].was] = (uint32_t)sk_X509_NAME_num(sorted) - 1;
    }
    sk_X509_NAME_free(b->issuers);
    b->issuers = sorted;
    for (apr_size_t i = 0; i < b->count; i++)
        b->records[i].group = now[b->records[i].group] & 0x7fffffffu;
    return true;
}

static apr_size_t serial_octets(const builder_t *b)
{
    apr_size_t sum = 0;

    for (apr_size_t i = 0; i < b->count; i++)
        sum += b->records[i].len;
    return sum;
}

static bool allocate(mtls_crl_index_t *index, const builder_t *b)
{
    apr_size_t starts = (b->count + 1) * sizeof(uint32_t);
    apr_size_t groups = ((apr_size_t)sk_X509_NAME_num(b->issuers) + 1) * sizeof(uint32_t);
    unsigned char *room;

    index->octets = starts + groups + serial_octets(b);
    room = malloc(index->octets);
    if (room == NULL)
        return false;
    index->starts = (uint32_t *)(void *)room;
    index->group_starts = (uint32_t *)(void *)(room + starts);
    index->serials = room + starts + groups;
    return true;
}

static void pack(mtls_crl_index_t *index, const builder_t *b)
{
    uint32_t groups = (uint32_t)sk_X509_NAME_num(b->issuers);
    uint32_t group = 0;
    uint32_t offset = 0;

    for (uint32_t i = 0; i < b->count; i++) {
        const record_t *record = &b->records[i];

        while (group <= record->group)
            index->group_starts[group++] = i;
        index->starts[i] = offset | (record->removed ? REMOVED : 0);
        memcpy(index->serials + offset, record->serial, record->len);
        offset += record->len;
    }
    index->starts[b->count] = offset;
    while (group <= groups)
        index->group_starts[group++] = (uint32_t)b->count;
    index->count = (uint32_t)b->count;
}

static const char *build(mtls_crl_index_t *index, builder_t *b, mtls_bytes_t entries)
{
    const char *problem = read_entries(b, entries);

    if (problem != NULL)
        return problem;
    if (!sort_issuers(b))
        return mtls_crl_index_no_memory;
    qsort(b->records, b->count, sizeof(*b->records), compare_records);
    drop_doubles(b);
    if (!allocate(index, b))
        return mtls_crl_index_no_memory;
    pack(index, b);
    return NULL;
}

const char *mtls_crl_index_make(mtls_crl_index_t **out, mtls_bytes_t entries,
                                const mtls_crl_index_kind_t *kind, apr_pool_t *pool,
                                apr_pool_t *scratch)
{
    mtls_crl_index_t *index = apr_pcalloc(pool, sizeof(*index));
    builder_t b = {.kind = kind, .scratch = scratch};
    const char *problem = mtls_crl_index_no_memory;

    if (entries.len >= REMOVED)
        return "is too large";
    b.records = malloc((entries.len / MTLS_CRL_ENTRY_MIN + 1) * sizeof(*b.records));
    b.issuers = sk_X509_NAME_new_null();
    b.groups = apr_hash_make(scratch);
    if (b.records != NULL && b.issuers != NULL && push_issuer(b.issuers, kind->issuer))
        problem = build(index, &b, entries);
    free(b.records);
    index->issuers = b.issuers;
    apr_pool_cleanup_register(pool, index, free_index, apr_pool_cleanup_null);
    *out = index;
    return problem;
}

/* @return the issuer's group, -1 when there is none. */
static int group_of(const mtls_crl_index_t *index, const X509_NAME *issuer)
{
    int low = 0;
    int high = sk_X509_NAME_num(index->issuers);

    while (low < high) {
        int middle = low + (high - low) / 2;
        int order = X509_NAME_cmp(issuer, sk_X509_NAME_value(index->issuers, middle));

        if (order == 0)
            return middle;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return -1;
}

static mtls_crl_entry_t find_in(const mtls_crl_index_t *index, int group, mtls_bytes_t serial)
{
    uint32_t low = index->group_starts[group];
    uint32_t high = index->group_starts[group + 1];

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        uint32_t start = index->starts[middle] & ~REMOVED;
        uint32_t end = index->starts[middle + 1] & ~REMOVED;
        int order =
            compare_serials(serial.data, (uint32_t)serial.len, index->serials + start, end - start);

        if (order == 0)
            return (index->starts[middle] & REMOVED) != 0 ? MTLS_CRL_REMOVED : MTLS_CRL_REVOKED;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return MTLS_CRL_ABSENT;
}

/* A serial number that cannot be written down is not found good. */
mtls_crl_entry_t mtls_crl_index_find(const mtls_crl_index_t *index, X509 *cert)
{
    int group = group_of(index, X509_get_issuer_name(cert));
    unsigned char *der = NULL;
    mtls_crl_entry_t found = MTLS_CRL_REVOKED;
    mtls_der_t serial;
    int len;

    if (group < 0)
        return MTLS_CRL_ABSENT;
    len = i2d_ASN1_INTEGER(X509_get0_serialNumber(cert), &der);
    if (len > 0 && mtls_der_open(&serial, (mtls_bytes_t){der, (apr_size_t)len}, MTLS_DER_INTEGER))
        found = find_in(index, group, serial.content);
    OPENSSL_free(der);
    return found;
}

apr_size_t mtls_crl_index_count(const mtls_crl_index_t *index)
{
    return index->count;
}

apr_size_t mtls_crl_index_octets(const mtls_crl_index_t *index)
{
    return index->octets;
}
