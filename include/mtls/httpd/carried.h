/*
 * mtls/httpd/carried.h - what a browser carries for us, taken out of a request before anybody looks.
 *
 * Tickets and codes are as good as passwords: no handler, program, backend or log may see them (S-12).
 * So our cookies, and the query of our own addresses, are taken out of the request as soon as it was
 * read, in every host; all other octets stay as they are.
 *
 * May include: httpd, mtls/policy.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_HTTPD_CARRIED_H
#define MTLS_HTTPD_CARRIED_H

#include <httpd.h>

#include "mtls/policy/cookies.h"

/** Addresses at which the module itself answers. */
typedef enum {
    MTLS_WAYPOINT_NONE = 0,
    MTLS_WAYPOINT_START,   /**< MTLSStepUpPath + "/start?s=": begin a step-up */
    MTLS_WAYPOINT_RETURN,  /**< + "/return?c=": back from the endpoint */
    MTLS_WAYPOINT_DONE,    /**< + "/done": nowhere to go back to */
    MTLS_WAYPOINT_UNKNOWN, /**< any other address below it */
    MTLS_WAYPOINT_ENDPOINT /**< anything in a host with MTLSStepUpEndpoint on */
} mtls_waypoint_t;

/** One for each request that came from a client. */
typedef struct {
    mtls_waypoint_t waypoint;
    const char *token; /**< s= or c= of a waypoint, NULL: none */
    mtls_cookies_t cookies;
} mtls_carried_t;

/** post_read_request hook, before all others; and whenever somebody may look at a request to which that
 * did not come, because httpd has refused it while reading: taken once. */
int mtls_carried_take(request_rec *r);

/** @return of the request that came from the client, for its subrequests and redirects too; nothing at all
 * where no step-up by redirect is configured.  Never NULL. */
const mtls_carried_t *mtls_carried_of(const request_rec *r);

/** @return the request that came from the client. */
const request_rec *mtls_carried_first(const request_rec *r);

#endif /* MTLS_HTTPD_CARRIED_H */
