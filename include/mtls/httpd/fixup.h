/*
 * mtls/httpd/fixup.h - all checks of a request are over: settle what was decided, and tell its handler.
 *
 * May include: httpd.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_HTTPD_FIXUP_H
#define MTLS_HTTPD_FIXUP_H

#include <httpd.h>

/** fixups hook, after every module that sets variables: ours replace look-alikes. */
int mtls_fixup(request_rec *r);

#endif /* MTLS_HTTPD_FIXUP_H */
