# SPDX-License-Identifier: Apache-2.0
EXTRA_DIST += t/demo/demo.py t/demo/pki.py t/demo/steps.py t/demo/walk.py t/demo/show.cgi \
    t/demo/httpd.conf.in t/demo/index.html t/demo/browser t/demo/next.sh t/demo/broken.map \
    t/demo/ca.conf t/demo/staff.map
