/* SPDX-License-Identifier: Apache-2.0 */
#include <apr_strings.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "mtls/policy/codepoint.h"
#include "mtls/policy/reason.h"
#include "mtls/policy/report.h"

/* One stray octet becomes the three of U+FFFD; nothing grows more. */
#define MAX_GROWTH 3

/* Jansson refuses text that is not UTF-8, so it is mended first. */
static json_t *text_value(const char *text)
{
    char *clean = malloc(strlen(text) * MAX_GROWTH + MTLS_CODEPOINT_MAX_UTF8);
    size_t len = 0;
    json_t *value;

    if (!clean) {
        return NULL;
    }
    while (*text) {
        len += mtls_codepoint_write(clean + len, mtls_codepoint_next(&text));
    }
    value = json_stringn(clean, len);
    free(clean);
    return value;
}

static json_t *issuers_value(const apr_array_header_t *issuers)
{
    json_t *array = json_array();
    int i;

    for (i = 0; array && i < issuers->nelts; i++) {
        if (json_array_append_new(array, text_value(APR_ARRAY_IDX(issuers, i, const char *))) !=
            0) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}

/* Members in the order of RFC 9457 section 3.1, then ours.  A NULL value fails the set. */
static bool fill(json_t *document, const mtls_report_t *report, apr_pool_t *pool)
{
    const mtls_reason_info_t *info = mtls_reason_info(report->reason);
    const char *type = apr_pstrcat(pool, MTLS_REPORT_TYPE_PREFIX, info->word, NULL);
    const char *message = mtls_report_message(report, pool);

    return json_object_set_new(document, "type", text_value(type)) == 0 &&
           json_object_set_new(document, "title",
                               text_value(mtls_language_title(report->language, report->reason))) ==
               0 &&
           json_object_set_new(document, "status", json_integer(report->status)) == 0 &&
           json_object_set_new(
               document, "detail",
               text_value(mtls_language_advice(report->language, report->reason))) == 0 &&
           json_object_set_new(document, "reason", text_value(info->word)) == 0 &&
           (!message || json_object_set_new(document, "message", text_value(message)) == 0) &&
           (!report->host ||
            json_object_set_new(document, "host", text_value(report->host)) == 0) &&
           (!report->issuers ||
            json_object_set_new(document, "issuers", issuers_value(report->issuers)) == 0) &&
           (!report->reference ||
            json_object_set_new(document, "reference", text_value(report->reference)) == 0) &&
           (!report->step_up ||
            json_object_set_new(document, "step_up", text_value(report->step_up)) == 0);
}

const char *mtls_report_problem(const mtls_report_t *report, apr_pool_t *pool)
{
    json_t *document = json_object();
    const char *out = NULL;
    char *text;

    if (document && fill(document, report, pool)) {
        text = json_dumps(document, JSON_COMPACT | JSON_ENSURE_ASCII);
        out = text ? apr_pstrcat(pool, text, "\n", NULL) : NULL;
        free(text);
    }
    json_decref(document);
    return out;
}
