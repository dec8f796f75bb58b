/*
 * mod_mtls.h - what other httpd modules may know of mod_mtls.
 *
 * May include: nothing of the project.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MOD_MTLS_H
#define MOD_MTLS_H

/** Version of the module, the same as the package's. */
#define MOD_MTLS_VERSION "0.1.0"

#endif /* MOD_MTLS_H */
