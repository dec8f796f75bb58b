# SPDX-License-Identifier: Apache-2.0
"""Answers to a CertificateRequest that prove nothing, in a handshake as after it."""

from .raw_common import flip


def certificate_only(answer, site, client):
    return answer.certificate(site.alice)


def without_finished(answer, site, client):
    return answer.certificate(site.alice) + answer.certificate_verify(site.alice)


def spoilt_certificate_verify(answer, site, client):
    built = answer.certificate(site.alice)
    built += answer.certificate_verify(site.alice, spoil=flip)
    return built + answer.finished()


def certificate_verify_by_another_key(answer, site, client):
    built = answer.certificate(site.alice)
    return built + answer.certificate_verify(site.bob) + answer.finished()


def no_certificate_verify(answer, site, client):
    return answer.certificate(site.alice) + answer.finished()


def spoilt_finished(answer, site, client):
    built = answer.certificate(site.alice) + answer.certificate_verify(site.alice)
    return built + answer.finished(spoil=flip)


def finished_only(answer, site, client):
    return answer.finished()


def certificate_verify_only(answer, site, client):
    return answer.certificate_verify(site.alice) + answer.finished()


def empty_without_finished(answer, site, client):
    return answer.certificate()


def empty_but_verified(answer, site, client):
    return answer.certificate() + answer.certificate_verify(site.alice) + answer.finished()


def verify_before_certificate(answer, site, client):
    built = answer.certificate_verify(site.alice) + answer.certificate(site.alice)
    return built + answer.finished()


def two_certificates(answer, site, client):
    built = answer.certificate(site.alice) + answer.certificate(site.bob)
    return built + answer.certificate_verify(site.bob) + answer.finished()
