/*
 * mtls/httpd/message.h - the stable ids of log messages.
 *
 * Every line the module writes above TRACE begins with one; docs/messages.md explains each.
 *
 * May include: nothing.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MTLS_HTTPD_MESSAGE_H
#define MTLS_HTTPD_MESSAGE_H

#define MTLS_MSG_CONFIG_ERROR   "MTLS0001: "
#define MTLS_MSG_CONFIG_WARNING "MTLS0002: "
#define MTLS_MSG_STARTED        "MTLS0003: "
#define MTLS_MSG_PROFILE        "MTLS0004: "
#define MTLS_MSG_START_FAILED   "MTLS0005: "
#define MTLS_MSG_MAP            "MTLS0006: "
#define MTLS_MSG_GRANTED        "MTLS0010: "
#define MTLS_MSG_REFUSED        "MTLS0011: "
#define MTLS_MSG_WITHOUT        "MTLS0012: "
#define MTLS_MSG_TO_HTTP11      "MTLS0013: "
#define MTLS_MSG_SENT_AGAIN     "MTLS0014: "
#define MTLS_MSG_PROVEN         "MTLS0020: "
#define MTLS_MSG_NOT_RESUMED    "MTLS0022: "
#define MTLS_MSG_EXCHANGE       "MTLS0023: "
#define MTLS_MSG_BODY           "MTLS0024: "
#define MTLS_MSG_SENT           "MTLS0025: "
#define MTLS_MSG_ENDPOINT       "MTLS0026: "
#define MTLS_MSG_RETURNED       "MTLS0027: "
#define MTLS_MSG_TICKET         "MTLS0028: "
#define MTLS_MSG_LOGOUT         "MTLS0029: "
#define MTLS_MSG_SOURCE_DOWN    "MTLS0030: "
#define MTLS_MSG_OCSP           "MTLS0031: "
#define MTLS_MSG_CRL_FETCH      "MTLS0032: "
#define MTLS_MSG_CACHE_DOWN     "MTLS0033: "
#define MTLS_MSG_CACHE_BACK     "MTLS0034: "
#define MTLS_MSG_KEY_SPENT      "MTLS0035: "
#define MTLS_MSG_RELOADED       "MTLS0040: "
#define MTLS_MSG_RELOAD_FAULT   "MTLS0041: "
#define MTLS_MSG_NOT_RELOADED   "MTLS0042: "
#define MTLS_MSG_RELOAD_WAITS   "MTLS0043: "
#define MTLS_MSG_CRL_ENDS       "MTLS0044: "

#endif /* MTLS_HTTPD_MESSAGE_H */
