/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text that people and clients write: Accept and Accept-Language fields, values of directives,
 * files of texts, and foreign names in reports.  Whatever is accepted must be written back and read
 * the same.
 */
#include <apr_strings.h>
#include <stddef.h>
#include <string.h>

#include "target.h"
#include "mtls/policy/report.h"
#include "mtls/policy/texts.h"
#include "mtls/policy/value.h"

static void try_values(const char *text, apr_pool_t *pool)
{
    apr_size_t len, len_again;
    apr_interval_time_t duration;
    mtls_pin_t pin, pin_again;
    const char *oid, *oid_again;

    if (!mtls_value_parse_size(&len, text, 0, 1u << 31, pool)) {
        must(!mtls_value_parse_size(&len_again, mtls_value_write_size(len, pool), 0, 1u << 31,
                                    pool) &&
             len == len_again);
    }
    if (!mtls_value_parse_duration(&duration, text, 1, APR_INT64_C(1) << 60, pool)) {
        must(duration > 0);
    }
    if (!mtls_value_parse_pin(&pin, text, pool)) {
        must(!mtls_value_parse_pin(&pin_again, mtls_value_write_pin(&pin, pool), pool) &&
             memcmp(&pin, &pin_again, sizeof(pin)) == 0);
    }
    if (!mtls_value_parse_oid(&oid, text, pool)) {
        must(!mtls_value_parse_oid(&oid_again, oid, pool) && strcmp(oid, oid_again) == 0);
    }
}

static void try_report(const char *text, apr_pool_t *pool)
{
    const mtls_report_t report = {.reason = MTLS_REASON_EXPIRED,
                                  .status = 403,
                                  .host = text,
                                  .reference = text,
                                  .message = text,
                                  .language =
                                      mtls_languages_choose(mtls_languages_make(pool), text),
                                  .step_up = apr_pstrcat(pool, "/", text, NULL),
                                  .again = text};
    const char *c;

    must(report.language != NULL);
    for (c = mtls_report_html(&report, pool); *c; c++) {
        must((*c >= ' ' && *c <= '~') || *c == '\n');
    }
    must(mtls_report_problem(&report, pool) != NULL);
}

static void try_texts(mtls_bytes_t json, const char *text, apr_pool_t *pool)
{
    const mtls_origin_t nowhere = {NULL, 0, 0};
    mtls_languages_t *languages = mtls_languages_make(pool);
    mtls_faults_t *faults = mtls_faults_make(pool);
    const char *written;

    if (mtls_languages_add(languages, "fr", json, nowhere, faults, pool)) {
        written = mtls_language_write(mtls_languages_get(languages, "fr"), pool);
        must(mtls_languages_add(languages, "de",
                                (mtls_bytes_t){(const unsigned char *)written, strlen(written)},
                                nowhere, faults, pool));
        must(strcmp(mtls_language_write(mtls_languages_get(languages, "de"), pool), written) == 0);
    } else {
        must(mtls_faults_count(faults) > 0 && !mtls_languages_get(languages, "fr"));
    }
    if (mtls_languages_add(languages, text, (mtls_bytes_t){(const unsigned char *)"{}", 2}, nowhere,
                           faults, pool)) {
        must(mtls_languages_get(languages, text) == mtls_languages_choose(languages, text));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    apr_pool_t *pool;
    const char *text;

    if (size > 65536) {
        return 0;
    }
    pool = make_pool();
    text = apr_pstrmemdup(pool, (const char *)data, size);
    (void)mtls_report_choose(text);
    try_values(text, pool);
    try_report(text, pool);
    try_texts((mtls_bytes_t){data, size}, text, pool);
    apr_pool_destroy(pool);
    return 0;
}
