/* httpd/cache_tickets.c - whether a cache can keep what is behind tickets; see cache_parts.h. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "cache_parts.h"

/* The smallest memory of shmcb, in octets, whose parts (mod_socache_shmcb.c: 8 then, for the sizes
 * that mtls_cache_init() says values have) take a record of 4 KB: a chain of three or four
 * certificates. */
#define LEAST_MEMORY 40960

static bool is_named(const mtls_cache_t *cache, const char *name)
{
    return strcmp(cache->name, name) == 0;
}

/* Size as in "mtls(40960)"; the provider has looked at it already.  @return 0: its own default */
static long memory_of(const mtls_cache_t *cache)
{
    const char *size = cache->arguments ? strrchr(cache->arguments, '(') : NULL;

    return size ? strtol(size + 1, NULL, 10) : 0;
}

static void check_memory(const mtls_cache_t *cache, mtls_origin_t at, mtls_faults_t *faults)
{
    long memory = memory_of(cache);

    if (memory > 0 && memory < LEAST_MEMORY)
        mtls_faults_add(faults, at,
                        "MTLSCache: chains of certificates do not fit into shmcb with %ld octets, "
                        "and step-up by redirect keeps them there; it takes %d at least, and "
                        "%s when MTLSCache is left out",
                        memory, LEAST_MEMORY, MTLS_DEFAULT_TICKET_CACHE);
}

static void check_servers(const mtls_cache_t *cache, mtls_origin_t at, mtls_faults_t *faults)
{
    if (cache->arguments && strchr(cache->arguments, ','))
        mtls_faults_warn(faults, at,
                         "MTLSCache: with several servers of %s, another one is asked while one "
                         "does not answer, and a ticket that is revoked meanwhile may be good "
                         "again when that one is back; for step-up by redirect name one",
                         cache->name);
}

void mtls_cache_check_tickets(const mtls_cache_t *cache, mtls_origin_t at, mtls_faults_t *faults)
{
    if (is_named(cache, "dbm"))
        mtls_faults_add(faults, at,
                        "MTLSCache: dbm takes no value of 950 octets or more, and step-up by "
                        "redirect keeps chains of certificates in it; use shmcb, or redis or "
                        "memcache for several servers");
    else if (is_named(cache, "dc"))
        mtls_faults_add(faults, at,
                        "MTLSCache: nobody has shown that of two servers which take a value from "
                        "dc only one has it, as step-up by redirect needs it; use redis or "
                        "memcache");
    else if (is_named(cache, "shmcb"))
        check_memory(cache, at, faults);
    else
        check_servers(cache, at, faults);
}
