/*
 * mtls/policy/visit.h - what kind of request this is: may its sender be sent elsewhere, and did it come from
 * our own pages?
 *
 * Sources: Fetch Metadata (W3C, Sec-Fetch-*), Fetch (WHATWG, CORS preflight and Origin), RFC 6454 section 7
 * (Origin), RFC 9110 sections 7.8 (Upgrade) and 9.2.1 (safe methods).  Only a client that is no browser can
 * lie about these fields, and it can only hurt itself.  Method override fields are never looked at (S-34).
 *
 * May include: libc.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_POLICY_VISIT_H
#define MTLS_POLICY_VISIT_H

#include <stdbool.h>

/** Field values as they came; NULL: absent. */
typedef struct {
    const char *method; /**< "GET"; never NULL */
    const char *sec_fetch_mode;
    const char *sec_fetch_dest;
    const char *sec_fetch_site;
    const char *sec_purpose;
    const char *origin;
    const char *referer;
    const char *accept;
    const char *upgrade; /**< counts without Connection too: some proxies do not look at that */
    const char *protocol;       /**< :protocol of extended CONNECT (RFC 8441) */
    const char *requested_with; /**< X-Requested-With */
    const char *preflight_for;  /**< Access-Control-Request-Method */
} mtls_visit_facts_t;

/** Kinds. */
typedef enum {
    MTLS_VISIT_OTHER = 0, /**< to be told, not to be sent: POST of a program, subresources, frames, upgrades, and
                               what a browser fetches ahead of a visit */
    MTLS_VISIT_PAGE,      /**< GET or HEAD, a browser's top-level navigation to a document */
    MTLS_VISIT_PROGRAM,   /**< GET or HEAD that says nothing of browsers, and does not want JSON */
    MTLS_VISIT_FORM,      /**< POST by top-level navigation, from our own origin */
    MTLS_VISIT_SCRIPT,    /**< a script that can act on an answer: fetch(), XMLHttpRequest, or a
                               program that wants JSON */
    MTLS_VISIT_PREFLIGHT  /**< CORS preflight */
} mtls_visit_t;

/**
 * A browser is known by its Sec-Fetch fields.  They are taken as it writes them: what is unknown, in other
 * letters or there twice is OTHER, and so is a navigation that does not say where it shows.  A mode that
 * scripts can read from is SCRIPT, unless it is for an element of a page (Sec-Fetch-Dest).  Without them
 * JSON in Accept or XMLHttpRequest in X-Requested-With is SCRIPT, and a read with an Origin field, which is
 * some older browser's, OTHER.
 *
 * @param own  the origin this request is for: "https://www.example.org[:port]", lower case
 */
mtls_visit_t mtls_visit_kind(const mtls_visit_facts_t *facts, const char *own);

/** @return whether no window of its own shows the answer: a frame of another document does
 * (Sec-Fetch-Dest iframe, frame, embed, object, fencedframe), a page has it fetched, as an image or by
 * a script (Sec-Fetch-Mode other than navigate), or the browser fetches it ahead of a visit
 * (Sec-Purpose). */
bool mtls_visit_is_unseen(const mtls_visit_facts_t *facts);

/** @return whether no person will see the answer, in whatever window: a page has it fetched, or opens a
 * WebSocket (Sec-Fetch-Mode other than navigate; where that is absent, X-Requested-With or Upgrade). */
bool mtls_visit_is_of_script(const mtls_visit_facts_t *facts);

/** @return whether doing it twice, or on somebody else's behalf, does no harm: GET, HEAD, OPTIONS, TRACE
 * (RFC 9110 section 9.2.1) that upgrade to nothing. */
bool mtls_visit_is_safe(const mtls_visit_facts_t *facts);

/**
 * @return whether it is shown to come from pages of @a own: Sec-Fetch-Site says same-origin, or none; where
 * that is absent Origin says so, or where that is absent too, Referer.  "null", several values and
 * nothing at all show nothing (S-14).  When both Sec-Fetch-Site and Origin are there, neither may
 * contradict; there "null" does not, since pages that send no Referer write it of themselves (Fetch,
 * "append a request Origin header").
 */
bool mtls_visit_is_own(const mtls_visit_facts_t *facts, const char *own);

#endif /* MTLS_POLICY_VISIT_H */
