# SPDX-License-Identifier: Apache-2.0
# Examples; the server's own configuration is the administrator's, so nothing goes there.
confexampledir = $(docdir)/conf.d
dist_confexample_DATA = conf.d/mtls.load conf.d/mtls.conf
recipesdir = $(confexampledir)/recipes
dist_recipes_DATA = \
	conf.d/recipes/from-fakebasicauth.conf \
	conf.d/recipes/ldap-groups.conf \
	conf.d/recipes/partner-banks.conf \
	conf.d/recipes/partner-banks.map \
	conf.d/recipes/revocation-crl.conf \
	conf.d/recipes/revocation-ocsp.conf \
	conf.d/recipes/smart-cards.conf \
	conf.d/recipes/smart-cards.map \
	conf.d/recipes/staff-location.conf \
	conf.d/recipes/step-up-second-name.conf \
	conf.d/recipes/step-up-second-port.conf \
	conf.d/recipes/wiki-password.conf
