/*
 * mtls/policy/report.h - a refusal told to a person or to a program.
 *
 * May include: APR, mtls/policy, mtls/trust plain headers.  Jansson only in report_problem.c.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_POLICY_REPORT_H
#define MTLS_POLICY_REPORT_H

#include <apr_pools.h>
#include <apr_tables.h>
#include <stdbool.h>

#include "mtls/policy/texts.h"
#include "mtls/trust/reason.h"

/** The two forms. */
typedef enum { MTLS_REPORT_HTML = 0, MTLS_REPORT_PROBLEM } mtls_report_format_t;

/**
 * What stands before the reason's word in a problem document's "type": an absolute URI that is the
 * same on every site (RFC 9457 section 3.1.1) and promises no page behind it.
 */
#define MTLS_REPORT_TYPE_PREFIX "urn:x-mod-mtls:reason:"

/** Longest message that is told; what is over it is cut between two characters, and "..." added. */
#define MTLS_REPORT_MAX_MESSAGE 1024

/** What a refusal knows. */
typedef struct {
    mtls_reason_t reason;
    int status;                        /**< HTTP status */
    const char *host;                  /**< name the request was for; untrusted text, may be NULL */
    const apr_array_header_t *issuers; /**< const char *: names of accepted issuers, may be NULL */
    const char *reference;             /**< request id also in the log line, or NULL */
    const char *message; /**< the administrator's words to the person, foreign text, or NULL;
                              told up to MTLS_REPORT_MAX_MESSAGE octets */
    const mtls_language_t *language; /**< NULL: English */
    const char
        *step_up;      /**< URL where the certificate can be shown, or another one; NULL: nowhere */
    const char *again; /**< URL of "try again"; NULL: the page itself, opened again */
    bool dead_end;     /**< opening the page itself again would lead to the same refusal */
    bool new_window; /**< step_up opens a window of its own, so that this one can be gone back to */
} mtls_report_t;

/**
 * Choose by the request's Accept field (RFC 9110 section 12.5.1).
 *
 * PROBLEM when application/problem+json or application/json is acceptable with a higher q than
 * text/html, or named where text/html is not named at all; anything else, absent or malformed,
 * is HTML.  Wildcards ask for nothing.
 *
 * @param accept  field value, may be NULL
 */
mtls_report_format_t mtls_report_choose(const char *accept);

/** The same, where no person will see the answer: HTML when text/html is named, with no lower q than
 * those two, and PROBLEM otherwise. */
mtls_report_format_t mtls_report_choose_for_script(const char *accept);

/** @return complete HTML document, ASCII octets only, every foreign text escaped, from @a pool. */
const char *mtls_report_html(const mtls_report_t *report, apr_pool_t *pool);

/**
 * ASCII octets only.  Members: type, title, status, detail; reason (the word); message,
 * host, issuers, reference and step_up where the report has them.
 *
 * @return RFC 9457 problem document, from @a pool; NULL only when memory is out
 */
const char *mtls_report_problem(const mtls_report_t *report, apr_pool_t *pool);

/** @return report->message within its limit, as both forms tell it; NULL when there is none. */
const char *mtls_report_message(const mtls_report_t *report, apr_pool_t *pool);

/** @return the Content-Type of @a format; static storage. */
const char *mtls_report_content_type(mtls_report_format_t format);

#endif /* MTLS_POLICY_REPORT_H */
