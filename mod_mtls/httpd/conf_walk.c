/* httpd/conf_walk.c - see mtls/httpd/conf_walk.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/httpd/conf_walk.h"

#define VIRTUAL_HOST "<VirtualHost"

bool mtls_conf_is_host(const ap_directive_t *section)
{
    return strncasecmp(section->directive, VIRTUAL_HOST, sizeof(VIRTUAL_HOST) - 1) == 0;
}

/* httpd records where each host was defined: the line of its <VirtualHost>. */
static server_rec *find_host(server_rec *main, const ap_directive_t *section)
{
    server_rec *s;

    for (s = main->next; s; s = s->next) {
        if (s->defn_line_number == (unsigned)section->line_num && s->defn_name &&
            strcmp(s->defn_name, section->filename) == 0)
            return s;
    }
    return main;
}

static void walk(const mtls_conf_step_t *from, void (*visit_fn)(void *, const mtls_conf_step_t *),
                 void *baton)
{
    mtls_conf_step_t step = *from;

    for (; step.node; step.node = step.node->next) {
        mtls_conf_step_t inner = {step.main, step.host, step.node->first_child};

        visit_fn(baton, &step);
        if (!inner.node)
            continue;
        if (mtls_conf_is_host(step.node))
            inner.host = find_host(step.main, step.node);
        walk(&inner, visit_fn, baton);
    }
}

void mtls_conf_walk(server_rec *main, void (*visit_fn)(void *, const mtls_conf_step_t *),
                    void *baton)
{
    mtls_conf_step_t step = {main, main, ap_conftree};

    walk(&step, visit_fn, baton);
}

bool mtls_conf_is(const mtls_conf_step_t *step, const char *name)
{
    return strcasecmp(step->node->directive, name) == 0;
}

const ap_directive_t *mtls_conf_section(const mtls_conf_step_t *step)
{
    const ap_directive_t *up = step->node->parent;

    return up && mtls_conf_is_host(up) ? NULL : up;
}

const mtls_place_t *mtls_conf_place(const mtls_conf_step_t *step)
{
    const apr_array_header_t *places = mtls_config_server(step->host)->places;
    const ap_directive_t *section = mtls_conf_section(step);
    int i;

    for (i = 0; i < places->nelts; i++) {
        const mtls_place_t *place = &APR_ARRAY_IDX(places, i, mtls_place_t);

        if (place->section == section)
            return place;
    }
    return NULL;
}

/* Where a directive stands: the last one counts. */
typedef struct {
    const char *directive;
    mtls_origin_t at;
} sought_t;

static void look_for(void *baton, const mtls_conf_step_t *step)
{
    sought_t *sought = baton;

    if (mtls_conf_is(step, sought->directive))
        sought->at = mtls_config_origin(step->node);
}

mtls_origin_t mtls_conf_origin(server_rec *main, const char *directive)
{
    sought_t sought = {directive, {.file = main->defn_name ? main->defn_name : "httpd"}};

    mtls_conf_walk(main, look_for, &sought);
    return sought.at;
}

/* A directive of other modules, as it stands in a host or, if it does not, in the main server. */
typedef struct {
    const char *directive;
    const server_rec *host;
    const char *args;      /* of the host */
    const char *main_args; /* of the main server */
} told_t;

static void look_in_hosts(void *baton, const mtls_conf_step_t *step)
{
    told_t *told = baton;

    if (!mtls_conf_is(step, told->directive) || mtls_conf_section(step))
        return;
    if (step->host == told->host)
        told->args = step->node->args;
    else if (step->host == step->main)
        told->main_args = step->node->args;
}

const char *mtls_conf_args(server_rec *main, const server_rec *host, const char *directive)
{
    told_t told = {directive, host, NULL, NULL};

    mtls_conf_walk(main, look_in_hosts, &told);
    return told.args ? told.args : told.main_args;
}
