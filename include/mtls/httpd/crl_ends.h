/*
 * mtls/httpd/crl_ends.h - say in the log when a list of revoked certificates ends while it is in use.
 *
 * What a file says is told when it is loaded; that time passes is no change of a file.  Whichever child looks
 * first tells for all.
 *
 * May include: httpd, mtls/trust.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_HTTPD_CRL_ENDS_H
#define MTLS_HTTPD_CRL_ENDS_H

#include <httpd.h>

#include "mtls/trust/store.h"

/** Opaque; shared by all children. */
typedef struct mtls_crl_ends_t mtls_crl_ends_t;

/** For post_config.  @return from now on; NULL when there is no shared memory, logged */
mtls_crl_ends_t *mtls_crl_ends_make(server_rec *main, apr_pool_t *pconf);

/** Tell of all that has come to pass since somebody told last.  Thread: any, of any child. */
void mtls_crl_ends_tell(mtls_crl_ends_t *ends, server_rec *main, mtls_store_t *store,
                        apr_pool_t *scratch);

#endif /* MTLS_HTTPD_CRL_ENDS_H */
