/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/tool/say.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "mtls/policy/shown.h"

void mtls_say_faults(const mtls_faults_t *faults, apr_pool_t *pool)
{
    int i;

    for (i = 0; i < mtls_faults_count(faults); i++) {
        const mtls_fault_t *fault = mtls_faults_get(faults, i);
        const char *place = mtls_shown_place(fault->at, pool);

        fprintf(stderr, "%s: %s%s\n", *place ? place : "mtlsctl", fault->warning ? "warning: " : "",
                mtls_shown_text(fault->text, MTLS_SHOWN_MAX, pool));
    }
}

void mtls_say_trouble(const char *text, apr_pool_t *pool)
{
    fprintf(stderr, "mtlsctl: %s\n", mtls_shown_text(text, MTLS_SHOWN_MAX, pool));
}

bool mtls_say(const char *text, apr_pool_t *pool)
{
    if (fputs(text, stdout) >= 0 && fflush(stdout) == 0) {
        return true;
    }
    mtls_say_trouble(strerror(errno), pool);
    return false;
}
