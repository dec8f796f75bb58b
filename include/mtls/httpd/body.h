/*
 * mtls/httpd/body.h - keep a request's body while its client is asked for a certificate.
 *
 * The client has usually sent its body before it reads our request for a
 * certificate, so the body must be out of the way: read, kept in memory and then in an unlinked
 * temporary file, and given to the handler byte for byte afterwards.
 *
 * May include: httpd.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_HTTPD_BODY_H
#define MTLS_HTTPD_BODY_H

#include <httpd.h>
#include <stdbool.h>

/** Register the input filter; once, in register_hooks. */
void mtls_body_register(void);

/** Whether @a r's declared Content-Length is above @a limit octets: no need to read anything. */
bool mtls_body_is_declared_above(const request_rec *r, apr_uint64_t limit);

/**
 * Read the whole body and arrange that it is read again.
 *
 * @param memory  octets kept in memory
 * @param disk    further octets kept in a file; 0: none
 * @return OK; HTTP_REQUEST_ENTITY_TOO_LARGE above both together; another HTTP status when the
 *         body could not be read or kept.  After a failure the connection must not be kept alive.
 */
int mtls_body_keep(request_rec *r, apr_size_t memory, apr_size_t disk);

#endif /* MTLS_HTTPD_BODY_H */
