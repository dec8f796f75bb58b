# SPDX-License-Identifier: Apache-2.0
# Users from outside: DBM files, SQLite, PostgreSQL, and other modules' Require on our user.
EXTRA_DIST += \
	t/httpd/mtlstest/daemon.py \
	t/httpd/mtlstest/dbm.py \
	t/httpd/mtlstest/people.py \
	t/httpd/mtlstest/postgres.py \
	t/httpd/mtlstest/slapd.py \
	t/httpd/test_auth_config.py \
	t/httpd/test_authn.py \
	t/httpd/test_authn_password.py \
	t/httpd/test_authn_places.py \
	t/httpd/test_requires.py \
	t/httpd/test_source_dbm.py \
	t/httpd/test_source_others.py \
	t/httpd/test_source_sql.py
