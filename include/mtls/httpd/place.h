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

/**
 * The sections that hold in a host: its own and those of the main server, in the order in which httpd merges
 * them for a request that is in all of them (httpd documentation, "How the sections are merged").
 *
 * @return of const mtls_place_t *, borrowed from the records of the hosts
 */
apr_array_header_t *mtls_place_sections(const server_rec *main, const server_rec *s,
                                        apr_pool_t *pool);

/** @return whether the requests of @a inner, a section or a host, are all in @a outer; false where patterns
 * do not let that be seen. */
bool mtls_place_encloses(const mtls_place_t *outer, const mtls_place_t *inner);

/** @return whether no request can be in both sections; false where patterns do not let that be seen. */
bool mtls_place_excludes(const mtls_place_t *a, const mtls_place_t *b);

#endif /* MTLS_HTTPD_PLACE_H */
