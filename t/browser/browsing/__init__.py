# SPDX-License-Identifier: Apache-2.0
"""Real browsers, driven without a driver program: each is a file that starts one and speaks its own
protocol; a tab of one answers the same calls as a tab of the other."""
