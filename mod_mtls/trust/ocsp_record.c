/*
 * mod_mtls/trust/ocsp_record.c - an OCSP answer as octets of the shared cache.
 *
 * Layout, integers big-endian:
 *   4  magic "MTLO"     1  version     1  status: 1 good, 2 revoked, 3 unknown
 *   8  this_update      8  next_update      8  ends      8  fetched: microseconds since 1970
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/trust/ocsp_record.h"

#include <string.h>

static const unsigned char magic[] = {'M', 'T', 'L', 'O', 1};

enum { WORD_AT = sizeof magic, TIMES_AT, TIME_LEN = 8, TIMES = 4 };

_Static_assert(TIMES_AT + TIMES * TIME_LEN == MTLS_OCSP_RECORD_LEN, "the layout fills the record");

/* Not the enum's numbers, which may change from release to release. */
static unsigned char code_of(mtls_status_word_t word)
{
    switch (word) {
    case MTLS_STATUS_GOOD:
        return 1;
    case MTLS_STATUS_REVOKED:
        return 2;
    case MTLS_STATUS_UNKNOWN:
        return 3;
    case MTLS_STATUS_UNASKED:
    case MTLS_STATUS_MISSING:
    case MTLS_STATUS_EXPIRED:
    case MTLS_STATUS_SILENT:
    case MTLS_STATUS_UNUSABLE:
        break;
    }
    return 0;
}

static mtls_status_word_t word_of(unsigned char code)
{
    static const mtls_status_word_t words[] = {MTLS_STATUS_UNASKED, MTLS_STATUS_GOOD,
                                               MTLS_STATUS_REVOKED, MTLS_STATUS_UNKNOWN};

    return code < sizeof(words) / sizeof(words[0]) ? words[code] : MTLS_STATUS_UNASKED;
}

static void put_time(unsigned char *record, int index, apr_time_t time)
{
    unsigned char *at = record + TIMES_AT + index * TIME_LEN;

    for (int i = 0; i < TIME_LEN; i++)
        at[i] = (unsigned char)((apr_uint64_t)time >> (56 - 8 * i));
}

/* @return -1 for a time before 1970 */
static apr_time_t get_time(const unsigned char *record, int index)
{
    const unsigned char *at = record + TIMES_AT + index * TIME_LEN;
    apr_uint64_t value = 0;

    for (int i = 0; i < TIME_LEN; i++)
        value = value << 8 | at[i];
    return value <= (apr_uint64_t)APR_INT64_MAX ? (apr_time_t)value : -1;
}

void mtls_ocsp_record_write(unsigned char out[MTLS_OCSP_RECORD_LEN],
                            const mtls_ocsp_answer_t *answer)
{
    memcpy(out, magic, sizeof(magic));
    out[WORD_AT] = code_of(answer->word);
    put_time(out, 0, answer->this_update);
    put_time(out, 1, answer->next_update);
    put_time(out, 2, answer->ends);
    put_time(out, 3, answer->fetched);
}

static bool is_sound(const mtls_ocsp_answer_t *answer)
{
    return answer->word != MTLS_STATUS_UNASKED && answer->this_update > 0 &&
           (answer->next_update == 0 || answer->next_update >= answer->this_update) &&
           answer->fetched > 0 && answer->ends >= answer->fetched;
}

bool mtls_ocsp_record_parse(mtls_ocsp_answer_t *out, mtls_bytes_t record)
{
    memset(out, 0, sizeof(*out));
    if (record.len != MTLS_OCSP_RECORD_LEN || memcmp(record.data, magic, sizeof(magic)) != 0)
        return false;
    out->word = word_of(record.data[WORD_AT]);
    out->this_update = get_time(record.data, 0);
    out->next_update = get_time(record.data, 1);
    out->ends = get_time(record.data, 2);
    out->fetched = get_time(record.data, 3);
    if (!is_sound(out)) {
        memset(out, 0, sizeof(*out));
        return false;
    }
    return true;
}
