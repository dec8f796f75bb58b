# SPDX-License-Identifier: Apache-2.0
libmtls_trust_la_SOURCES +=
