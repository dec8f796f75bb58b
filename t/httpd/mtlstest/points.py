# SPDX-License-Identifier: Apache-2.0
"""A server of CRL distribution points: files by path, conditional requests, and every misbehaviour
of service.py, for all paths or for one."""
import email.utils
import hashlib
import time

from .service import Answer, Service, plain

CRL_KIND = "application/pkix-crl"


class _File:
    def __init__(self, octets, modified):
        self.octets = octets
        self.etag = '"%s"' % hashlib.sha256(octets).hexdigest()[:16]
        self.modified = email.utils.formatdate(modified, usegmt=True)


class Points(Service):
    """validators: which of "etag" and "modified" it sends and honours."""

    def __init__(self, validators=("etag", "modified"), **more):
        self.validators = tuple(validators)
        self.manners = {}
        self._files = {}
        super().__init__(**more)

    def put(self, path, octets):
        """Serve the octets there from now on; the URL."""
        before = self._files.get(path)
        modified = int(time.time())
        if before is not None:  # a second is the finest Last-Modified can say
            modified = max(modified, _seconds(before.modified) + 1)
        self._files[path] = _File(octets, modified)
        return self.url(path)

    def hits(self, path):
        return self.count(lambda request: request.path == path)

    def statuses(self, path):
        """What each request for the path deserved."""
        with self._changed:
            return [r.status for r in self.requests if r.path == path]

    def manner_for(self, request):
        return self.manners.get(request.path, self.manner or plain)

    def answer_to(self, request):
        answer = self._deserved(request)
        request.status = answer.status
        return answer

    def _deserved(self, request):
        file = self._files.get(request.path)
        if file is None:
            return Answer(b"nothing here", "text/plain", 404)
        if request.method != "GET":
            return Answer(b"only GET", "text/plain", 405)
        headers = []
        if "etag" in self.validators:
            headers.append(("ETag", file.etag))
        if "modified" in self.validators:
            headers.append(("Last-Modified", file.modified))
        if self._is_unchanged(request, file):
            return Answer(status=304, headers=headers)
        return Answer(file.octets, CRL_KIND, headers=headers)

    def _is_unchanged(self, request, file):
        """RFC 9110 section 13.2.2: If-Modified-Since counts only without If-None-Match."""
        etag, since = request.header("If-None-Match"), request.header("If-Modified-Since")
        if etag is not None:
            return "etag" in self.validators and etag == file.etag
        return (since is not None and "modified" in self.validators
                and _seconds(since) >= _seconds(file.modified))


def _seconds(date):
    return int(email.utils.parsedate_to_datetime(date).timestamp())
