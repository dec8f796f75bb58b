/*
 * mtls/httpd/place.h - which sections a place is inside of, as far as the text of a configuration tells.
 *
 * May include: httpd, mtls/httpd/config.h.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_HTTPD_PLACE_H
#define MTLS_HTTPD_PLACE_H

#include "mtls/httpd/config.h"

/** A question about what is said in one section. */
typedef bool (*mtls_place_test_fn)(const mtls_settings_t *settings);

/**
 * Whether @a test holds for the place itself, for its host, for a section of its host or of the main
 * server whose requests include the place's, or for the main server.  Patterns are not compared.
 */
bool mtls_place_has(const server_rec *main, const server_rec *s, const mtls_place_t *place,
                    mtls_place_test_fn test);

#endif /* MTLS_HTTPD_PLACE_H */
