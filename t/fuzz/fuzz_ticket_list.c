/*
 * t/fuzz/fuzz_ticket_list.c - any octets as a list of revoked tickets: the list that is made has
 * just those marks that stand in it, and every fault is of a line that exists.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>
#include <string.h>

#include "mtls/trust/lines.h"
#include "mtls/trust/ticket_list.h"
#include "target.h"

static int count_lines(mtls_bytes_t text)
{
    apr_size_t i;
    int count = 1;

    for (i = 0; i < text.len; i++)
        count += text.data[i] == '\n';
    return count;
}

static void check_faults(const mtls_faults_t *faults, mtls_bytes_t text)
{
    int i;

    must(mtls_faults_error_count(faults) > 0);
    must(mtls_faults_count(faults) <= MTLS_TICKET_LIST_MAX_FAULTS + 2);
    for (i = 0; i < mtls_faults_count(faults); i++)
        must(mtls_faults_get(faults, i)->at.line <= count_lines(text));
}

/* Written again, one after the other, they are the same list. */
static void check_again(const mtls_ticket_list_t *list, const mtls_named_file_t *file,
                        apr_pool_t *pool)
{
    mtls_faults_t *faults = mtls_faults_make(pool);
    mtls_ticket_list_t again;
    mtls_bytes_t text = {NULL, list->count * (2 * MTLS_MARK_LEN + 1)};
    char *at = apr_palloc(pool, text.len + 1);
    apr_size_t i;

    text.data = (const unsigned char *)at;
    for (i = 0; i < list->count; i++) {
        const unsigned char *mark = list->marks + i * MTLS_MARK_LEN;

        must(mtls_ticket_list_has(list, mark));
        must(i == 0 || memcmp(mark - MTLS_MARK_LEN, mark, MTLS_MARK_LEN) < 0);
        at = apr_cpystrn(at, mtls_mark_write(mark, pool), 2 * MTLS_MARK_LEN + 1);
        *at++ = '\n';
    }
    must(mtls_ticket_list_read(&again, text, file, faults, pool, pool) == APR_SUCCESS);
    must(again.count == list->count);
    must(list->count == 0 || memcmp(again.marks, list->marks, list->count * MTLS_MARK_LEN) == 0);
}

/* What counts has no end of line, comment or blank around it. */
static int check_lines(mtls_bytes_t text)
{
    mtls_lines_t lines = {.rest = text};
    mtls_bytes_t word;
    int count = 0;

    for (; mtls_lines_next(&word, &lines); count++) {
        must(word.len > 0 && word.data >= text.data);
        must(!memchr(word.data, '\n', word.len) && !memchr(word.data, '#', word.len));
        must(!strchr(" \t\r", word.data[0]) || word.data[0] == '\0');
        must(lines.number > count && lines.number <= count_lines(text));
    }
    must(lines.rest.len == 0);
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mtls_bytes_t text = {data, size};
    static const mtls_named_file_t file = {"MTLSTicketRevokedFile", "f", {0}};
    mtls_ticket_list_t list;
    mtls_faults_t *faults;
    apr_pool_t *pool;
    int words;

    if (size > 65536)
        return 0;
    pool = make_pool();
    faults = mtls_faults_make(pool);
    words = check_lines(text);
    if (mtls_ticket_list_read(&list, text, &file, faults, pool, pool) == APR_SUCCESS) {
        must(mtls_faults_count(faults) == 0 && list.count <= (apr_size_t)words);
        check_again(&list, &file, pool);
    } else {
        must(list.count == 0);
        check_faults(faults, text);
    }
    apr_pool_destroy(pool);
    return 0;
}
