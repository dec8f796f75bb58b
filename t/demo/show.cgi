#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What the application was told: the MTLS_* variables, httpd's own, cookies, and the digest of the body.
text=$(
    echo "Hello, ${REMOTE_USER:-${MTLS_SUBJECT:-somebody}}"
    if [ "$REQUEST_METHOD" = POST ]; then
        echo "received $CONTENT_LENGTH octets, SHA-256 $(sha256sum | cut -d' ' -f1)"
    fi
    env | grep -E '^(MTLS_|REMOTE_USER|AUTH_TYPE|HTTP_COOKIE)' | sort
)
printf 'Content-Type: text/plain\nContent-Length: %s\n\n%s\n' $((${#text} + 1)) "$text"
