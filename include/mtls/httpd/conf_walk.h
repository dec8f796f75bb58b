/*
 * mtls/httpd/conf_walk.h - every directive that was read, of all modules, with the host it stands in.
 *
 * May include: httpd, mtls/httpd/config.h.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_HTTPD_CONF_WALK_H
#define MTLS_HTTPD_CONF_WALK_H

#include "mtls/httpd/config.h"

/** One directive, with where the walk is. */
typedef struct {
    server_rec *main;
    server_rec *host; /**< the host whose section the directive is in */
    const ap_directive_t *node;
} mtls_conf_step_t;

/** Call @a visit_fn for each directive of the configuration tree, in order; while it is being checked. */
void mtls_conf_walk(server_rec *main, void (*visit_fn)(void *baton, const mtls_conf_step_t *step),
                    void *baton);

/** @return whether the directive at @a step has this name, in any case. */
bool mtls_conf_is(const mtls_conf_step_t *step, const char *name);

/** @return whether @a section is a <VirtualHost>. */
bool mtls_conf_is_host(const ap_directive_t *section);

/** @return the section the directive stands in, NULL for the host itself. */
const ap_directive_t *mtls_conf_section(const mtls_conf_step_t *step);

/** @return our record of the section or host the directive stands in; NULL: none of our directives
 * is there. */
const mtls_place_t *mtls_conf_place(const mtls_conf_step_t *step);

/** @return where the directive stands last, for a fault; the main server when it stands nowhere. */
mtls_origin_t mtls_conf_origin(server_rec *main, const char *directive);

/** @return the arguments of a directive outside sections, as it stands in @a host or, if it does not, in the
 * main server; borrowed from the tree; NULL: in neither. */
const char *mtls_conf_args(server_rec *main, const server_rec *host, const char *directive);

#endif /* MTLS_HTTPD_CONF_WALK_H */
