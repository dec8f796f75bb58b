# SPDX-License-Identifier: Apache-2.0
# Examples; the server's own configuration is the administrator's, so nothing goes there.
confexampledir = $(docdir)/conf.d
dist_confexample_DATA = conf.d/mtls.load conf.d/mtls.conf
recipesdir = $(confexampledir)/recipes
dist_recipes_DATA = conf.d/recipes/staff-location.conf
