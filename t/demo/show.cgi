#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What the module told the application: the MTLS_* variables, and the digest of the body.
text=$(
    echo "Hello, ${MTLS_SUBJECT:-somebody}"
    if [ "$REQUEST_METHOD" = POST ]; then
        echo "received $CONTENT_LENGTH octets, SHA-256 $(sha256sum | cut -d' ' -f1)"
    fi
    env | grep '^MTLS_' | sort
)
printf 'Content-Type: text/plain\nContent-Length: %s\n\n%s\n' $((${#text} + 1)) "$text"
