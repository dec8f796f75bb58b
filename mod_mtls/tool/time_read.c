/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/tool/time_read.h"

#include <apr_lib.h>
#include <apr_strings.h>
#include <stdbool.h>
#include <string.h>

#include "mtls/policy/value.h"

/* Take the digits that stand where @a form has "0", and what else it says, case aside. */
static bool take_form(const char **cursor, const char *form, int *numbers)
{
    int count = 0;

    for (; *form; form++, (*cursor)++) {
        bool digit = apr_isdigit(**cursor) != 0;

        if (*form != '0') {
            if (apr_toupper(**cursor) != *form) {
                return false;
            }
            count++;
        } else if (digit) {
            numbers[count] = numbers[count] * 10 + (**cursor - '0');
        } else {
            return false;
        }
    }
    return true;
}

/* Microseconds; further digits are passed over. */
static bool take_fraction(const char **cursor, int *micros)
{
    int worth = 100000;

    if (**cursor != '.') {
        return true;
    }
    if (!apr_isdigit(*++*cursor)) {
        return false;
    }
    for (; apr_isdigit(**cursor); (*cursor)++) {
        *micros += (**cursor - '0') * worth;
        worth /= 10;
    }
    return true;
}

/* "Z" or "+01:00"; seconds east of Greenwich. */
static bool take_zone(const char **cursor, int *offset)
{
    int numbers[2] = {0};
    int sign = **cursor == '-' ? -1 : 1;

    if (apr_toupper(**cursor) == 'Z') {
        (*cursor)++;
        return true;
    }
    if (**cursor != '+' && **cursor != '-') {
        return false;
    }
    (*cursor)++;
    if (!take_form(cursor, "00:00", numbers) || numbers[0] > 23 || numbers[1] > 59) {
        return false;
    }
    *offset = sign * (numbers[0] * 3600 + numbers[1] * 60);
    return true;
}

/* Whether the calendar knows such a day and the day such a time. */
static bool make_time(apr_time_t *out, const int *numbers, int micros)
{
    apr_time_exp_t written = {.tm_usec = micros,
                              .tm_sec = numbers[5],
                              .tm_min = numbers[4],
                              .tm_hour = numbers[3],
                              .tm_mday = numbers[2],
                              .tm_mon = numbers[1] - 1,
                              .tm_year = numbers[0] - 1900};
    apr_time_exp_t back;

    return apr_time_exp_get(out, &written) == APR_SUCCESS &&
           apr_time_exp_gmt(&back, *out) == APR_SUCCESS && back.tm_sec == written.tm_sec &&
           back.tm_min == written.tm_min && back.tm_hour == written.tm_hour &&
           back.tm_mday == written.tm_mday && back.tm_mon == written.tm_mon &&
           back.tm_year == written.tm_year;
}

const char *mtls_time_read(apr_time_t *out, const char *text, apr_pool_t *pool)
{
    int numbers[6] = {0};
    int micros = 0, offset = 0;
    const char *cursor = text;
    apr_time_t when;

    if (!take_form(&cursor, "0000-00-00T00:00:00", numbers) || !take_fraction(&cursor, &micros) ||
        !take_zone(&cursor, &offset) || *cursor || numbers[1] < 1 ||
        !make_time(&when, numbers, micros) || when < apr_time_from_sec(offset)) {
        return apr_psprintf(pool, "%s is not a time; use one as in 2026-11-21T10:00:00Z",
                            mtls_value_quote(text, pool));
    }
    *out = when - apr_time_from_sec(offset);
    return NULL;
}
