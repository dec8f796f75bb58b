#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Where the last answer sends a browser.
sed -n 's/^location: *\([^[:space:]]*\).*/\1/Ip' head
