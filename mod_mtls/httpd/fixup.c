/* httpd/fixup.c - see mtls/httpd/fixup.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/httpd/fixup.h"

#include <util_filter.h>

#include "mtls/httpd/env.h"
#include "mtls/httpd/inner.h"
#include "mtls/httpd/refuse.h"
#include "mtls/httpd/told.h"

/* mod_cache looks at its variable when an answer begins, and keeps nothing of which it does not see
 * the end. */
static void stop_keeping(const request_rec *r)
{
    ap_filter_t *f = r->output_filters;

    while (f) {
        ap_filter_t *next = f->next;

        if (strcasecmp(f->frec->name, "CACHE_SAVE") == 0)
            ap_remove_output_filter(f);
        f = next;
    }
}

/* mod_cache's quick handler answers before any access check, so it must have kept nothing: this is
 * the variable by which it is told.  Pages that include what is decided about have begun by then.
 */
static void keep_out_of_cache(request_rec *r)
{
    apr_table_setn(r->subprocess_env, "no-cache", "1");
    while ((r = r->main) != NULL) {
        apr_table_setn(r->subprocess_env, "no-cache", "1");
        stop_keeping(r);
    }
}

/* By the place it is for, or by one that it was redirected from inside: its answer, too, is for who
 * was let in there. */
static bool was_decided(const request_rec *r)
{
    while (r && !mtls_decision_own(r))
        r = r->prev ? r->prev : r->main;
    return r != NULL;
}

int mtls_fixup(request_rec *r)
{
    const mtls_decision_t *decision;

    if (was_decided(r))
        keep_out_of_cache(r);
    mtls_inner_follow(r);
    mtls_inner_note(r);
    mtls_decision_forget_unmet(r);
    if (r->prev)
        mtls_refuse_conclude(r->prev);
    decision = mtls_decision_to_tell(r);
    mtls_env_correct_modssl(r);
    if (decision) {
        keep_out_of_cache(r);
        mtls_env_export(r, decision);
    } else if (r->main) {
        mtls_env_remove(r->subprocess_env); /* httpd gave it the including request's */
    }
    return DECLINED;
}
