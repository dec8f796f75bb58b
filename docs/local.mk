# SPDX-License-Identifier: Apache-2.0
dist_doc_DATA = \
	docs/manual.md \
	docs/howto-mapping.md \
	docs/howto-revocation.md \
	docs/howto-step-up.md \
	docs/reasons.md \
	docs/variables.md \
	docs/messages.md \
	docs/design.md \
	docs/coverage.md \
	docs/threat-model.md
dist_man1_MANS = docs/mtlsctl.1
dist_man5_MANS = docs/mtls-map.5
