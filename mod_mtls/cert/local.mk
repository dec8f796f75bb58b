# SPDX-License-Identifier: Apache-2.0
libmtls_cert_la_SOURCES +=
