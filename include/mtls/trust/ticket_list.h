/*
 * mtls/trust/ticket_list.h - the tickets that an administrator has revoked, by their marks.
 *
 * A ticket is known to logs by its mark (mtls/cert/mark.h).  A list of marks says which tickets
 * count no more, whatever else speaks for them; it need not be secret.
 *
 * May include: APR, mtls/cert plain headers, mtls/trust plain headers.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_TRUST_TICKET_LIST_H
#define MTLS_TRUST_TICKET_LIST_H

#include <apr_errno.h>
#include <apr_pools.h>
#include <stdbool.h>

#include "mtls/cert/bytes.h"
#include "mtls/cert/mark.h"
#include "mtls/trust/fault.h"
#include "mtls/trust/named_file.h"

/** Most lines with a mark. */
#define MTLS_TICKET_LIST_MAX        32768
/** Most faults of a list that are told one by one. */
#define MTLS_TICKET_LIST_MAX_FAULTS 50

/** A list; never changes. */
typedef struct {
    const unsigned char *marks; /**< of MTLS_MARK_LEN octets each, ascending, each one once */
    apr_size_t count;
} mtls_ticket_list_t;

/**
 * Read a list: one mark a line, as 16 hexadecimal digits of either case (mtls/trust/lines.h says
 * what does not count).  There may be none at all, and the same one several times.
 *
 * @param out   from @a pool; empty on failure
 * @param text  borrowed; any octets
 * @param file  where they come from, for faults
 * @return APR_SUCCESS, or APR_EGENERAL with faults by file and line: each line that is no mark, or
 * more lines than MTLS_TICKET_LIST_MAX
 */
apr_status_t mtls_ticket_list_read(mtls_ticket_list_t *out, mtls_bytes_t text,
                                   const mtls_named_file_t *file, mtls_faults_t *faults,
                                   apr_pool_t *pool, apr_pool_t *scratch);

/** @return whether the ticket of that mark is in the list. */
bool mtls_ticket_list_has(const mtls_ticket_list_t *list, const unsigned char mark[MTLS_MARK_LEN]);

#endif /* MTLS_TRUST_TICKET_LIST_H */
