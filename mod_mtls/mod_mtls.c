/* SPDX-License-Identifier: Apache-2.0 */
#include <httpd.h>
#include <http_config.h>

extern module AP_MODULE_DECLARE_DATA mtls_module;

static void register_hooks(apr_pool_t *pool)
{
    (void)pool;
}

AP_DECLARE_MODULE(mtls) = {STANDARD20_MODULE_STUFF, NULL, NULL, NULL, NULL, NULL, register_hooks, 0};
