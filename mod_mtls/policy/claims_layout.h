/*
 * mod_mtls/policy/claims_layout.h - the form of claims as octets.
 *
 * Integers are big-endian; a time is 4 octets of seconds since 1970, unsigned, so it ends in 2106.
 * Each kind begins with an octet of its own: the kind, and in the low half its version.
 *
 *   attempt  1 kind  1 flags  16 id  32 browser  8 place  4 issued_at  4 max_age, all ones: no
 * limit 1 tries  text origin  text base  text target  1 count, of each profile: text name code 1
 * kind  1 flags  16 id  16 attempt  32 browser  8 place  32 leaf  4 issued_at  4 ends_at text
 * origin  text target  1 count, of each profile: 16 ticket   1 kind  16 id  32 origin  32 leaf  32
 * bound  4 issued_at  4 seen_at  4 ends_at 1 count, of each profile: 16 grant    1 kind  16 id  16
 * ticket  32 target  4 issued_at text     2 length, at least 1; octets, none of them NUL flags 1: a
 * form travels along; other bits are zero
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_POLICY_CLAIMS_LAYOUT_H
#define MTLS_POLICY_CLAIMS_LAYOUT_H

#include "mtls/policy/claims.h"

/* First octets. */
enum { FORM_ATTEMPT = 0x11, FORM_CODE = 0x21, FORM_TICKET = 0x31, FORM_GRANT = 0x41 };

enum {
    TIME_LEN = 4,
    COUNT_LEN = 1,
    LENGTH_LEN = 2,
    FLAGS_LEN = 1,
    TRIES_LEN = 1,
    TRIES_MAX = 255,
    FLAG_POST = 1
};

/* Latest time, in seconds, and an age without limit. */
#define SECONDS_MAX 0xffffffffu
#define AGE_NONE    0xffffffffu

_Static_assert(MTLS_CLAIMS_MAX_TEXT <= 0xffff, "a text's length fits two octets");
_Static_assert(MTLS_CLAIMS_MAX_PROFILES <= 0xff, "a count of profiles fits one octet");
_Static_assert(MTLS_CLAIMS_MAX_ACCEPTED <= 0xff, "a count of what is accepted fits one octet");

#endif /* MTLS_POLICY_CLAIMS_LAYOUT_H */
