/*
 * mod_mtls.c - the module record and the one table of hooks.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include <httpd.h>

#include <apr_optional_hooks.h>
#include <http_config.h>
#include <http_connection.h>
#include <http_log.h>
#include <http_protocol.h>
#include <http_request.h>
#include <http_ssl.h>
#include <mod_ssl_openssl.h>
#include <mod_status.h>
#include <mpm_common.h>

#include "mtls/httpd/access.h"
#include "mtls/httpd/authn.h"
#include "mtls/httpd/authz.h"
#include "mtls/httpd/body.h"
#include "mtls/httpd/carried.h"
#include "mtls/httpd/check.h"
#include "mtls/httpd/config.h"
#include "mtls/httpd/conn.h"
#include "mtls/httpd/dump.h"
#include "mtls/httpd/env.h"
#include "mtls/httpd/explain.h"
#include "mtls/httpd/fixup.h"
#include "mtls/httpd/handshake.h"
#include "mtls/httpd/host.h"
#include "mtls/httpd/logout.h"
#include "mtls/httpd/refuse.h"
#include "mtls/httpd/start.h"
#include "mtls/httpd/status.h"
#include "mtls/httpd/waypoints.h"
#include "mtls/httpd/wire.h"

/* OpenSSL's ex_data indices are of the process and cannot be given back: reserved once, they
 * outlive restarts because the library is linked with -z nodelete (F-22, F-23). */
static int reserve_indices(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp)
{
    (void)plog;
    (void)ptemp;
    return mtls_conn_init() && mtls_host_init() ? mtls_cache_prepare(pconf)
                                                : HTTP_INTERNAL_SERVER_ERROR;
}

static void register_hooks(apr_pool_t *pool)
{
    static const char *const after_modssl[] = {"mod_ssl.c", NULL};
    static const char *const before_h2[] = {"mod_http2.c", NULL};
    static const char *const after_env[] = {"mod_env.c", "mod_setenvif.c", "mod_ssl.c", "mod_dir.c",
                                            NULL};
    static const char *const before_passwords[] = {"mod_auth_basic.c", "mod_auth_digest.c", NULL};
    static const char *const before_all[] = {"mod_log_forensic.c", "mod_cache.c", NULL};
    static const char *const before_headers[] = {"mod_headers.c", NULL};

    ap_hook_pre_config(reserve_indices, NULL, NULL, APR_HOOK_MIDDLE);
    /* `httpd -t` runs this one and not post_config */
    ap_hook_check_config(mtls_check_config, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_test_config(mtls_dump, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_post_config(mtls_start, NULL, NULL, APR_HOOK_MIDDLE);
    /* before mod_watchdog's, which starts the threads that look at files and fetch */
    ap_hook_child_init(mtls_start_child, NULL, NULL, APR_HOOK_FIRST);
    ap_hook_child_stopping(mtls_start_child_stopping, NULL, NULL, APR_HOOK_MIDDLE);
    APR_OPTIONAL_HOOK(ap, status_hook, mtls_status_tell, NULL, NULL, APR_HOOK_MIDDLE);

    /* optional hooks: mod_mtls may be loaded before mod_ssl, or without it */
    APR_OPTIONAL_HOOK(ssl, init_server, mtls_handshake_init_server, NULL, NULL, APR_HOOK_MIDDLE);
    APR_OPTIONAL_HOOK(ssl, pre_handshake, mtls_handshake_begin, NULL, NULL, APR_HOOK_MIDDLE);
    /* mod_ssl's hook shakes hands; mod_http2's may take the connection over */
    ap_hook_process_connection(mtls_handshake_settle, after_modssl, before_h2, APR_HOOK_MIDDLE);

    /* what a browser carries for us is gone before anybody, the log of all fields too, looks */
    ap_hook_post_read_request(mtls_carried_take, NULL, before_all, APR_HOOK_REALLY_FIRST);
    ap_hook_quick_handler(mtls_waypoints_handle, NULL, before_all, APR_HOOK_FIRST);

    /* mod_ssl's hook resets the verify result: ours puts it back, then decides */
    ap_hook_check_access(mtls_access_check, after_modssl, NULL, APR_HOOK_LAST,
                         AP_AUTH_INTERNAL_PER_CONF);
    /* "Satisfy any" comes here when a check refused, ours or one that ran before ours */
    ap_hook_check_access_ex(mtls_access_enforce, NULL, NULL, APR_HOOK_REALLY_FIRST,
                            AP_AUTH_INTERNAL_PER_CONF);
    /* before those that ask for a password, which need not do so where a certificate logs in; after
     * mod_ssl, which takes the credentials we make for spoofed ones */
    ap_hook_check_authn(mtls_authn_check, after_modssl, before_passwords, APR_HOOK_FIRST,
                        AP_AUTH_INTERNAL_PER_CONF);
    ap_hook_force_authn(mtls_authn_force, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_check_authz(mtls_authn_forbid, NULL, NULL, APR_HOOK_REALLY_FIRST,
                        AP_AUTH_INTERNAL_PER_CONF);
    mtls_authz_register(pool);

    /* so late that SetEnv and friends cannot pretend to be us, and DirectoryIndex has found its
     * file, but in time for RequestHeader */
    ap_hook_fixups(mtls_fixup, after_env, before_headers, APR_HOOK_LAST);
    ap_hook_expr_lookup(mtls_env_expr_lookup, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_ssl_var_lookup(mtls_env_ssl_var, NULL, after_modssl, APR_HOOK_FIRST);

    ap_hook_handler(mtls_explain_handle, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_handler(mtls_logout_handle, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_log_transaction(mtls_access_logged, NULL, NULL, APR_HOOK_REALLY_FIRST);

    mtls_wire_register();
    mtls_body_register();
    mtls_refuse_register();
    ap_hook_insert_error_filter(mtls_refuse_insert_filter, NULL, NULL, APR_HOOK_LAST);
}

AP_DECLARE_MODULE(mtls) = {STANDARD20_MODULE_STUFF,  mtls_config_make_place,
                           mtls_config_merge_place,  mtls_config_make_server,
                           mtls_config_merge_server, mtls_commands,
                           register_hooks,           0};
