/* mod_mtls/trust/ticket_list.c - see mtls/trust/ticket_list.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/trust/ticket_list.h"

#include <apr_strings.h>
#include <apr_tables.h>
#include <openssl/crypto.h>
#include <stdlib.h>

#include "mtls/trust/lines.h"

enum { HEX_LEN = 2 * MTLS_MARK_LEN };

/* One entry. */
typedef struct {
    unsigned char octets[MTLS_MARK_LEN];
} mark_t;
_Static_assert(sizeof(mark_t) == MTLS_MARK_LEN, "marks stand side by side");

/* What is being read. */
typedef struct {
    apr_array_header_t *marks;
    mtls_lines_t lines;
    const mtls_named_file_t *file;
    mtls_faults_t *faults;
    int wrong; /* faults, told or only counted */
} reading_t;

static mtls_origin_t here(const reading_t *reading)
{
    return (mtls_origin_t){.file = reading->file->path, .line = reading->lines.number};
}

static bool read_mark(mark_t *mark, mtls_bytes_t word)
{
    char digits[HEX_LEN + 1];
    size_t len = 0;

    if (word.len != HEX_LEN)
        return false;
    memcpy(digits, word.data, HEX_LEN);
    digits[HEX_LEN] = '\0';
    return OPENSSL_hexstr2buf_ex(mark->octets, MTLS_MARK_LEN, &len, digits, '\0') == 1 &&
           len == MTLS_MARK_LEN;
}

/* It is not repeated: it may be a ticket, or anything else that was put here by mistake. */
static void complain(reading_t *reading)
{
    if (reading->wrong++ < MTLS_TICKET_LIST_MAX_FAULTS)
        mtls_faults_add(reading->faults, here(reading),
                        "%s: this is no mark of a ticket; give the %d hexadecimal digits by which "
                        "the log names it",
                        reading->file->directive, HEX_LEN);
}

/* @return false when there are too many to go on. */
static bool take_word(reading_t *reading, mtls_bytes_t word)
{
    mark_t mark;

    if (reading->marks->nelts + reading->wrong == MTLS_TICKET_LIST_MAX) {
        mtls_faults_add(reading->faults, here(reading),
                        "%s: more than %d tickets; take out those that have ended by themselves",
                        reading->file->directive, MTLS_TICKET_LIST_MAX);
        return false;
    }
    if (read_mark(&mark, word))
        APR_ARRAY_PUSH(reading->marks, mark_t) = mark;
    else
        complain(reading);
    return true;
}

static int ascending(const void *a, const void *b)
{
    return memcmp(a, b, MTLS_MARK_LEN);
}

static mtls_ticket_list_t settle(const apr_array_header_t *marks, apr_pool_t *pool)
{
    apr_size_t kept = 0;
    mark_t *list;
    int i;

    if (marks->nelts == 0)
        return (mtls_ticket_list_t){0};
    list = apr_pmemdup(pool, marks->elts, (apr_size_t)marks->nelts * sizeof(mark_t));
    qsort(list, (size_t)marks->nelts, sizeof(mark_t), ascending);
    for (i = 0; i < marks->nelts; i++) {
        if (kept == 0 || ascending(&list[i], &list[kept - 1]) != 0)
            list[kept++] = list[i];
    }
    return (mtls_ticket_list_t){list->octets, kept};
}

apr_status_t mtls_ticket_list_read(mtls_ticket_list_t *out, mtls_bytes_t text,
                                   const mtls_named_file_t *file, mtls_faults_t *faults,
                                   apr_pool_t *pool, apr_pool_t *scratch)
{
    reading_t reading = {.marks = apr_array_make(scratch, 16, sizeof(mark_t)),
                         .lines = {.rest = text},
                         .file = file,
                         .faults = faults};
    int before = mtls_faults_error_count(faults);
    mtls_bytes_t word;

    while (mtls_lines_next(&word, &reading.lines) && take_word(&reading, word))
        ;
    if (reading.wrong > MTLS_TICKET_LIST_MAX_FAULTS)
        mtls_faults_add(faults, (mtls_origin_t){.file = file->path}, "%s: and %d more such lines",
                        file->directive, reading.wrong - MTLS_TICKET_LIST_MAX_FAULTS);
    *out = (mtls_ticket_list_t){0};
    if (mtls_faults_error_count(faults) != before)
        return APR_EGENERAL;
    *out = settle(reading.marks, pool);
    return APR_SUCCESS;
}

bool mtls_ticket_list_has(const mtls_ticket_list_t *list, const unsigned char mark[MTLS_MARK_LEN])
{
    return list->count > 0 &&
           bsearch(mark, list->marks, list->count, MTLS_MARK_LEN, ascending) != NULL;
}
