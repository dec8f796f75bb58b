# SPDX-License-Identifier: Apache-2.0
"""A program with a cookie jar that follows redirects: walker.py URL CERTIFICATE KEY."""
import socket
import sys
import warnings

import requests

warnings.simplefilter("ignore")  # what servers show is not what is tried here
_plain = socket.getaddrinfo
socket.getaddrinfo = lambda host, *rest, **more: _plain("127.0.0.1", *rest, **more)
with requests.Session() as session:
    session.cert = (sys.argv[2], sys.argv[3])
    session.trust_env = False
    session.verify = False
    for _ in range(2):
        answer = session.get(sys.argv[1], timeout=20)
        print(answer.status_code, answer.text.replace("\n", " "))
