/* httpd/fixup.c - see mtls/httpd/fixup.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/httpd/fixup.h"

#include "mtls/httpd/env.h"
#include "mtls/httpd/inner.h"
#include "mtls/httpd/refuse.h"
#include "mtls/httpd/told.h"

/* mod_cache's quick handler answers before any access check, so it must have kept nothing: this is
 * the variable by which it is told. */
static void keep_out_of_cache(request_rec *r)
{
    for (; r; r = r->main)
        apr_table_setn(r->subprocess_env, "no-cache", "1");
}

int mtls_fixup(request_rec *r)
{
    const mtls_decision_t *decision;

    if (mtls_decision_own(r))
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
