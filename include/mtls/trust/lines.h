/*
 * mtls/trust/lines.h - the lines that count in a file with one thing a line.
 *
 * Blanks around a line, empty lines, and all from "#" to the end of a line do not count.
 *
 * May include: APR, mtls/cert plain headers.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_LINES_H
#define MTLS_TRUST_LINES_H

#include <stdbool.h>

#include "mtls/cert/bytes.h"

/** Where a reader stands.  Begin with {.rest = text}. */
typedef struct {
    mtls_bytes_t rest; /**< not read yet, borrowed */
    int number;        /**< of the line that was read last; the first one is 1 */
} mtls_lines_t;

/** @param out  what stands on the next line that counts, of the text; any octets but a line feed,
 * and not empty
 * @return false when there is none */
bool mtls_lines_next(mtls_bytes_t *out, mtls_lines_t *lines);

#endif /* MTLS_TRUST_LINES_H */
