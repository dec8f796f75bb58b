# SPDX-License-Identifier: Apache-2.0
cert_fixture = t/unit/cert_fixture.c t/unit/cert_fixture.h t/unit/run.h

UNIT_TESTS += t/unit/test_chain
t_unit_test_chain_SOURCES = t/unit/test_chain.c $(cert_fixture)
t_unit_test_chain_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_chain_LDADD = $(UNIT_LIBS)

UNIT_TESTS += t/unit/test_identity_read
t_unit_test_identity_read_SOURCES = t/unit/test_identity_read.c $(cert_fixture)
t_unit_test_identity_read_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_identity_read_LDADD = $(UNIT_LIBS)

UNIT_TESTS += t/unit/test_name_read
t_unit_test_name_read_SOURCES = t/unit/test_name_read.c $(cert_fixture)
t_unit_test_name_read_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_name_read_LDADD = $(UNIT_LIBS)

UNIT_TESTS += t/unit/test_name_spec
t_unit_test_name_spec_SOURCES = t/unit/test_name_spec.c $(cert_fixture)
t_unit_test_name_spec_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_name_spec_LDADD = $(UNIT_LIBS)

UNIT_TESTS += t/unit/test_proof
t_unit_test_proof_SOURCES = t/unit/test_proof.c
t_unit_test_proof_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_proof_LDADD = $(UNIT_LIBS)

UNIT_TESTS += t/unit/test_san_read
t_unit_test_san_read_SOURCES = t/unit/test_san_read.c $(cert_fixture)
t_unit_test_san_read_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_san_read_LDADD = $(UNIT_LIBS)

UNIT_TESTS += t/unit/test_session_record
t_unit_test_session_record_SOURCES = t/unit/test_session_record.c
t_unit_test_session_record_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_session_record_LDADD = $(UNIT_LIBS)

UNIT_TESTS += t/unit/test_text
t_unit_test_text_SOURCES = t/unit/test_text.c
t_unit_test_text_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_text_LDADD = $(UNIT_LIBS)

UNIT_TESTS += t/unit/test_ticket_record
t_unit_test_ticket_record_SOURCES = t/unit/test_ticket_record.c
t_unit_test_ticket_record_CPPFLAGS = $(UNIT_CPPFLAGS)
t_unit_test_ticket_record_LDADD = $(UNIT_LIBS)
