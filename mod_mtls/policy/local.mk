# SPDX-License-Identifier: Apache-2.0
libmtls_policy_la_SOURCES +=
