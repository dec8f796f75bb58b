/* SPDX-License-Identifier: Apache-2.0 */
#include "mtls/policy/reason.h"

/*
 * Every rank of "telling" is used once, so that what a person is told does not depend on the order
 * of the profiles.  Highest is the certificate that came closest to being accepted; above them all
 * stands a fault of ours, because then nobody knows what the certificate was worth.
 */
static const mtls_reason_info_t reasons[] = {
    {MTLS_REASON_UNDECIDED, "undecided", 403, 0, MTLS_ABOUT_NOTHING, true, false,
     "Nothing was decided about this request.",
     "Please tell the people who run this site, with the reference below."},
    {MTLS_REASON_GOOD, "good", 200, 100, MTLS_ABOUT_NOTHING, false, false,
     "Your certificate was accepted.", "There is nothing to do."},
    {MTLS_REASON_UNTRUSTED_ISSUER, "untrusted-issuer", 403, 36, MTLS_ABOUT_CERTIFICATE, false, true,
     "Your certificate comes from an issuer that is not accepted here.",
     "Choose a certificate of one of the issuers accepted here. If you have one and were not asked "
     "which to use, close all browser windows and open this page again."},
    {MTLS_REASON_SELF_SIGNED, "self-signed", 403, 34, MTLS_ABOUT_CERTIFICATE, false, true,
     "Your certificate was signed by itself and not by an issuer that is accepted here.",
     "Choose a certificate of one of the issuers accepted here, or ask the people who run this "
     "site "
     "to admit yours."},
    {MTLS_REASON_BAD_SIGNATURE, "bad-signature", 403, 32, MTLS_ABOUT_CERTIFICATE, false, true,
     "The signature on your certificate, or on one of its issuers, is not right.",
     "Choose another certificate, or ask the issuer of this one for a new one."},
    {MTLS_REASON_NOT_PINNED, "not-pinned", 403, 40, MTLS_ABOUT_CERTIFICATE, false, true,
     "Your certificate is not one of those that are admitted here by name.",
     "Choose the certificate that was registered here, or ask the people who run this site to "
     "register this one."},
    {MTLS_REASON_EXPIRED, "expired", 403, 80, MTLS_ABOUT_CERTIFICATE, false, true,
     "Your certificate has expired.",
     "Ask its issuer for a new one. If you already have a newer certificate, close all browser "
     "windows, open this page again and choose that one."},
    {MTLS_REASON_NOT_YET_VALID, "not-yet-valid", 403, 78, MTLS_ABOUT_CERTIFICATE, false, true,
     "Your certificate is not valid yet.",
     "Wait until its first day, check the clock of your computer, or choose another certificate."},
    {MTLS_REASON_WRONG_PURPOSE, "wrong-purpose", 403, 68, MTLS_ABOUT_CERTIFICATE, false, true,
     "Your certificate was not made for signing in to a site.",
     "Choose the certificate meant for signing in. Smart cards often hold others too, for "
     "signatures or mail."},
    {MTLS_REASON_WRONG_POLICY, "wrong-policy", 403, 66, MTLS_ABOUT_CERTIFICATE, false, true,
     "Your certificate was not issued under the rules that are asked for here.",
     "Choose another certificate, or ask the people who run this site which kind is needed."},
    {MTLS_REASON_CHAIN_TOO_LONG, "chain-too-long", 403, 60, MTLS_ABOUT_CERTIFICATE, false, true,
     "There are too many issuers between your certificate and one that is accepted here.",
     "Choose another certificate, or send fewer certificates along with yours."},
    {MTLS_REASON_WEAK_KEY, "weak-key", 403, 76, MTLS_ABOUT_CERTIFICATE, false, true,
     "The key of your certificate, or of one of its issuers, is too weak.",
     "Ask the issuer for a certificate with a larger key."},
    {MTLS_REASON_WEAK_SIGNATURE, "weak-signature", 403, 74, MTLS_ABOUT_CERTIFICATE, false, true,
     "Your certificate, or one of its issuers, was signed in a way that is too weak.",
     "Ask the issuer for a certificate with a newer kind of signature."},
    {MTLS_REASON_LIFETIME_TOO_LONG, "lifetime-too-long", 403, 72, MTLS_ABOUT_CERTIFICATE, false,
     true, "Your certificate is valid for a longer time than is allowed here.",
     "Ask the issuer for a certificate with a shorter validity."},
    {MTLS_REASON_NAME_CONSTRAINT, "name-constraint", 403, 64, MTLS_ABOUT_CERTIFICATE, false, true,
     "The issuer of your certificate may not issue for the name in it.",
     "Choose another certificate, or ask the issuer of this one for a corrected one."},
    {MTLS_REASON_INVALID_CA, "invalid-ca", 403, 62, MTLS_ABOUT_CERTIFICATE, false, true,
     "One of the issuers of your certificate may not issue certificates.",
     "Choose another certificate, or ask the issuer of this one to look into it."},
    {MTLS_REASON_MALFORMED, "malformed", 403, 30, MTLS_ABOUT_CERTIFICATE, false, true,
     "Your certificate cannot be read.",
     "Choose another certificate, or ask the issuer of this one for a new one."},
    {MTLS_REASON_REVOKED, "revoked", 403, 87, MTLS_ABOUT_CERTIFICATE, false, true,
     "Your certificate has been revoked by its issuer.",
     "Ask its issuer why, or choose another certificate. A certificate is revoked for good."},
    {MTLS_REASON_CRL_MISSING, "crl-missing", 503, 50, MTLS_ABOUT_CERTIFICATE, true, true,
     "This site cannot find out whether your certificate has been revoked.",
     "Wait a minute and open this page again. If it happens again, tell the people who run this "
     "site, with the reference below."},
    {MTLS_REASON_CRL_EXPIRED, "crl-expired", 503, 52, MTLS_ABOUT_CERTIFICATE, true, true,
     "What this site knows about revoked certificates is out of date.",
     "Wait a minute and open this page again. If it happens again, tell the people who run this "
     "site, with the reference below."},
    {MTLS_REASON_CRL_UNUSABLE, "crl-unusable", 503, 48, MTLS_ABOUT_CERTIFICATE, true, true,
     "This site cannot use what it knows about revoked certificates for yours.",
     "Wait a minute and open this page again. If it happens again, tell the people who run this "
     "site, with the reference below."},
    {MTLS_REASON_OCSP_UNREACHABLE, "ocsp-unreachable", 503, 56, MTLS_ABOUT_CERTIFICATE, true, true,
     "The issuer of your certificate could not be asked whether it is still valid.",
     "Wait a minute and open this page again. If it happens again, tell the people who run this "
     "site, with the reference below."},
    {MTLS_REASON_OCSP_UNKNOWN, "ocsp-unknown", 403, 58, MTLS_ABOUT_CERTIFICATE, false, true,
     "The issuer of your certificate does not know it.",
     "Choose another certificate, or ask the issuer of this one to look into it."},
    {MTLS_REASON_OCSP_UNUSABLE, "ocsp-unusable", 503, 54, MTLS_ABOUT_CERTIFICATE, true, true,
     "The answer to whether your certificate is still valid cannot be relied on.",
     "Wait a minute and open this page again. If it happens again, tell the people who run this "
     "site, with the reference below."},
    {MTLS_REASON_NO_RULE, "no-rule", 403, 81, MTLS_ABOUT_HOLDER, false, true,
     "Your certificate was accepted, but no user of this site belongs to it.",
     "Choose another certificate, or ask the people who run this site to register this one."},
    {MTLS_REASON_DENIED_BY_RULE, "denied-by-rule", 403, 88, MTLS_ABOUT_HOLDER, false, true,
     "Your certificate was accepted, but its holder is not admitted here.",
     "Choose another certificate, or ask the people who run this site why."},
    {MTLS_REASON_USER_ABSENT, "user-absent", 403, 82, MTLS_ABOUT_HOLDER, false, true,
     "Your certificate was accepted, but it lacks the entry by which users are known here.",
     "Choose another certificate, or ask its issuer for one with that entry."},
    {MTLS_REASON_USER_AMBIGUOUS, "user-ambiguous", 403, 83, MTLS_ABOUT_HOLDER, false, true,
     "Your certificate was accepted, but it could belong to more than one user.",
     "Choose another certificate, or ask the people who run this site which one of your names "
     "counts."},
    {MTLS_REASON_USER_UNUSABLE, "user-unusable", 403, 84, MTLS_ABOUT_HOLDER, false, true,
     "Your certificate was accepted, but the name in it cannot be used here.",
     "Choose another certificate, or ask the people who run this site how names must look."},
    {MTLS_REASON_MAP_UNAVAILABLE, "map-unavailable", 503, 89, MTLS_ABOUT_HOLDER, true, true,
     "The list of users of this site cannot be read at this moment.",
     "Wait a minute and open this page again. If it happens again, tell the people who run this "
     "site, with the reference below."},
    {MTLS_REASON_NOT_IN_GROUP, "not-in-group", 403, 85, MTLS_ABOUT_HOLDER, false, true,
     "Your certificate was accepted, but you are not in a group that may open this page.",
     "Choose another certificate, or ask the people who run this site to add you to the group."},
    {MTLS_REASON_NOT_AUTHORIZED, "not-authorized", 403, 86, MTLS_ABOUT_HOLDER, false, true,
     "Your certificate was accepted, but it does not give access to this page.",
     "Choose another certificate, or ask the people who run this site for access."},
    {MTLS_REASON_NO_CERTIFICATE, "no-certificate", 403, 10, MTLS_ABOUT_ASKING, false, true,
     "Your browser or program did not present a certificate.",
     "Check that your smart card is inserted or your certificate is installed, close all browser "
     "windows and open this page again."},
    {MTLS_REASON_DECLINED, "declined", 403, 12, MTLS_ABOUT_ASKING, false, true,
     "Your browser or program was asked for a certificate and sent none.",
     "Check that your smart card is inserted or your certificate is installed, close all browser "
     "windows, open this page again and choose a certificate when you are asked."},
    {MTLS_REASON_NOT_PROVEN, "not-proven", 403, 20, MTLS_ABOUT_CERTIFICATE, false, true,
     "Your browser or program did not show that the certificate is yours.",
     "Check that your smart card is inserted and its PIN was right, close all browser windows and "
     "open this page again."},
    {MTLS_REASON_PROOF_EXPIRED, "proof-expired", 421, 22, MTLS_ABOUT_ASKING, false, true,
     "It is too long ago that your certificate was shown on this connection.",
     "Open this page again. Your browser or program will be asked for the certificate anew."},
    {MTLS_REASON_NOT_TLS, "not-tls", 403, 4, MTLS_ABOUT_ASKING, false, true,
     "This page is only served over an encrypted connection.",
     "Open this page again with https:// at the beginning of its address."},
    {MTLS_REASON_MISDIRECTED, "misdirected", 421, 6, MTLS_ABOUT_ASKING, false, true,
     "The connection was made for another host than this one.",
     "Close all browser windows and open this page again."},
    {MTLS_REASON_STEP_UP_UNAVAILABLE, "step-up-unavailable", 403, 8, MTLS_ABOUT_ASKING, false,
     false, "Your browser or program cannot be asked for a certificate on this connection.",
     "Use a browser or program that supports post-handshake authentication, or ask the people who "
     "run this site for another way in."},
    {MTLS_REASON_STEP_UP_TIMEOUT, "step-up-timeout", 403, 14, MTLS_ABOUT_ASKING, false, true,
     "Your certificate did not arrive in time.",
     "Have your smart card and PIN at hand, close all browser windows, open this page again and "
     "answer when you are asked."},
    {MTLS_REASON_STEP_UP_REQUIRED, "step-up-required", 403, 9, MTLS_ABOUT_ASKING, false, false,
     "This needs your certificate, which has not been shown yet.",
     "Show your certificate first, then do again what you wanted to do. Nothing was done or kept "
     "of "
     "what you sent."},
    {MTLS_REASON_STEP_UP_INVALID, "step-up-invalid", 403, 7, MTLS_ABOUT_ASKING, false, true,
     "This way of showing your certificate has not begun in this browser, or is over.",
     "Open the page that you wanted again. Cookies must be allowed for this site."},
    {MTLS_REASON_STEP_UP_LOOP, "step-up-loop", 403, 13, MTLS_ABOUT_ASKING, false, true,
     "Your certificate was shown several times, and this page is still not open to you.",
     "Allow cookies for this site, check the clock of your computer, wait a minute and open the "
     "page again. If it happens again, tell the people who run this site, with the reference "
     "below."},
    {MTLS_REASON_ADDRESS_TOO_LONG, "address-too-long", 414, 15, MTLS_ABOUT_ASKING, false, true,
     "The address of this page is too long to be kept while you show your certificate.",
     "Open the first page of this area, show your certificate there, then open this one."},
    {MTLS_REASON_CROSS_ORIGIN, "cross-origin", 403, 17, MTLS_ABOUT_ASKING, false, false,
     "This was sent by another site in your name, or your browser does not say who sent it.",
     "If you meant to do this, open the page on this site and do it there."},
    {MTLS_REASON_TICKET_EXPIRED, "ticket-expired", 403, 23, MTLS_ABOUT_ASKING, false, true,
     "It is too long ago that you showed your certificate.", "Show your certificate again."},
    {MTLS_REASON_TICKET_AUDIENCE, "ticket-audience", 403, 21, MTLS_ABOUT_ASKING, false, true,
     "You showed your certificate for another area of this site, or its rules have changed since.",
     "Show your certificate again."},
    {MTLS_REASON_TICKET_REPLAYED, "ticket-replayed", 403, 25, MTLS_ABOUT_ASKING, false, true,
     "This link has been used before, or is not known here any more.",
     "Open the page that you wanted again."},
    {MTLS_REASON_TICKET_UNUSABLE, "ticket-unusable", 403, 19, MTLS_ABOUT_ASKING, false, true,
     "What your browser remembers of your certificate is not known here.",
     "Show your certificate again."},
    {MTLS_REASON_TICKET_REVOKED, "ticket-revoked", 403, 27, MTLS_ABOUT_ASKING, false, true,
     "What your browser remembers of your certificate does not count here any more.",
     "Show your certificate again."},
    {MTLS_REASON_TICKET_UNAVAILABLE, "ticket-unavailable", 503, 26, MTLS_ABOUT_SERVER, true, true,
     "This site cannot look up who has shown a certificate at this moment.",
     "Wait a minute and open this page again. If it happens again, tell the people who run this "
     "site, with the reference below."},
    {MTLS_REASON_BODY_TOO_LARGE, "body-too-large", 413, 16, MTLS_ABOUT_ASKING, false, true,
     "What you sent is too large to be kept while you are asked for a certificate.",
     "Open a page of this area first, choose your certificate there, then send again."},
    {MTLS_REASON_OVERLOADED, "overloaded", 503, 18, MTLS_ABOUT_ASKING, true, true,
     "Too many people are choosing a certificate at this moment.",
     "Wait a minute and open this page again."},
    {MTLS_REASON_TRUST_UNAVAILABLE, "trust-unavailable", 503, 24, MTLS_ABOUT_SERVER, true, true,
     "This site cannot read whose certificates it accepts at this moment.",
     "Wait a minute and open this page again. If it happens again, tell the people who run this "
     "site, with the reference below."},
    {MTLS_REASON_INTERNAL, "internal", 500, 90, MTLS_ABOUT_SERVER, true, true,
     "Something went wrong on this site while your certificate was looked at.",
     "Try again later. If it happens again, tell the people who run this site, with the reference "
     "below."},
};

_Static_assert(sizeof(reasons) / sizeof(reasons[0]) == MTLS_REASON_COUNT,
               "each reason has a row, and each row a reason");

const mtls_reason_info_t *mtls_reason_info(mtls_reason_t reason)
{
    /* through unsigned: whether an enum can be negative is the compiler's choice */
    unsigned row = (unsigned)reason;
    return &reasons[row < MTLS_REASON_COUNT ? row : MTLS_REASON_INTERNAL];
}

mtls_reason_t mtls_reason_more_telling(mtls_reason_t a, mtls_reason_t b)
{
    return mtls_reason_info(b)->telling > mtls_reason_info(a)->telling ? b : a;
}
