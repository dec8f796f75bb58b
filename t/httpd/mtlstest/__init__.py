# SPDX-License-Identifier: Apache-2.0
"""Helpers of the server tests: certificates, servers, clients, the record of handler runs."""
