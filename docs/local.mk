# SPDX-License-Identifier: Apache-2.0
dist_doc_DATA = \
	docs/coverage.md \
	docs/design.md \
	docs/howto-mapping.md \
	docs/howto-revocation.md \
	docs/howto-step-up.md \
	docs/manual.md \
	docs/messages.md \
	docs/reasons.md \
	docs/threat-model.md \
	docs/variables.md
dist_man1_MANS = docs/mtlsctl.1
dist_man5_MANS = docs/mtls-map.5
