dnl SPDX-License-Identifier: Apache-2.0
dnl Checks of mod_mtls.  Each failure names what is missing and the Debian package that has it.

dnl MTLS_MISSING(what, debian package): stop, saying how to get it.
AC_DEFUN([MTLS_MISSING], [AC_MSG_ERROR([$1 not found.  On Debian: apt-get install $2])])

AC_DEFUN([MTLS_CHECK_C11], [
  AC_MSG_CHECKING([for C11])
  AC_COMPILE_IFELSE([AC_LANG_PROGRAM([[
#if !defined(__STDC_VERSION__) || __STDC_VERSION__ < 201112L
#error "no C11"
#endif
]])], [AC_MSG_RESULT([yes])], [AC_MSG_ERROR([$CC does not compile C11])])
])

AC_DEFUN([MTLS_CHECK_HTTPD], [
  AC_ARG_WITH([apxs], [AS_HELP_STRING([--with-apxs=PATH], [httpd's apxs])],
    [APXS=$withval], [AC_PATH_PROGS([APXS], [apxs apxs2], [], [$PATH:/usr/sbin:/usr/local/apache2/bin])])
  AS_IF([test ! -x "$APXS"], [MTLS_MISSING([apxs (httpd development files)], [apache2-dev])])
  HTTPD_CPPFLAGS="-I`$APXS -q INCLUDEDIR`"
  HTTPD_MODULES=`$APXS -q LIBEXECDIR`
  HTTPD="`$APXS -q SBINDIR`/`$APXS -q PROGNAME`"
  AS_IF([test ! -x "$HTTPD"], [MTLS_MISSING([the httpd program ($HTTPD)], [apache2])])
  HTTPD_VERSION=`$HTTPD -v | sed -n 's,.*Apache/\(@<:@0-9.@:>@*\).*,\1,p'`
  APR_CONFIG=`$APXS -q APR_CONFIG`
  APU_CONFIG=`$APXS -q APU_CONFIG`
  AS_IF([test ! -x "$APR_CONFIG"], [MTLS_MISSING([apr-1-config], [libapr1-dev])])
  APR_CPPFLAGS="`$APR_CONFIG --includes --cppflags | tr '\n' ' '`"
  APR_LIBS="`$APR_CONFIG --link-ld`"
  APU_LIBS=
  AS_IF([test -x "$APU_CONFIG"], [APU_LIBS="`$APU_CONFIG --link-ld`"
    APR_CPPFLAGS="$APR_CPPFLAGS `$APU_CONFIG --includes`"],
    [MTLS_MISSING([apu-1-config], [libaprutil1-dev])])
  mtls_save_CPPFLAGS=$CPPFLAGS
  CPPFLAGS="$CPPFLAGS $HTTPD_CPPFLAGS $APR_CPPFLAGS"
  AC_CHECK_HEADER([httpd.h], [], [MTLS_MISSING([httpd.h], [apache2-dev])])
  AC_PREPROC_IFELSE([AC_LANG_SOURCE([[
#include <ap_release.h>
#if AP_SERVER_MAJORVERSION_NUMBER < 2 || AP_SERVER_MINORVERSION_NUMBER < 4 || AP_SERVER_PATCHLEVEL_NUMBER < 50
#error "too old"
#endif
]])], [], [AC_MSG_ERROR([headers of httpd 2.4.50 or later are needed; $HTTPD_CPPFLAGS has older ones.  On Debian 12: apt-get install apache2-dev])])
  CPPFLAGS=$mtls_save_CPPFLAGS
  AC_ARG_WITH([module-dir], [AS_HELP_STRING([--with-module-dir=DIR], [where mod_mtls.so is installed])],
    [moduledir=$withval],
    [AS_IF([test "x$prefix" = xNONE], [moduledir=$HTTPD_MODULES], [moduledir='${libdir}/apache2/modules'])])
  AC_SUBST([APXS]) AC_SUBST([HTTPD]) AC_SUBST([HTTPD_MODULES]) AC_SUBST([HTTPD_CPPFLAGS])
  AC_SUBST([APR_CPPFLAGS]) AC_SUBST([APR_LIBS]) AC_SUBST([APU_LIBS]) AC_SUBST([moduledir])
])

AC_DEFUN([MTLS_CHECK_LIBRARIES], [
  PKG_CHECK_EXISTS([openssl], [], [MTLS_MISSING([OpenSSL development files], [libssl-dev])])
  OPENSSL_VERSION=`$PKG_CONFIG --modversion openssl`
  PKG_CHECK_MODULES([OPENSSL], [openssl >= 3.0.0], [],
    [AC_MSG_ERROR([OpenSSL 3.0 or later is needed, found $OPENSSL_VERSION.  On Debian 12: apt-get install libssl-dev])])
  PKG_CHECK_MODULES([JANSSON], [jansson], [], [MTLS_MISSING([Jansson], [libjansson-dev])])
  PKG_CHECK_MODULES([PCRE2], [libpcre2-8], [], [MTLS_MISSING([PCRE2], [libpcre2-dev])])
  PKG_CHECK_MODULES([PSL], [libpsl], [], [MTLS_MISSING([libpsl], [libpsl-dev])])
  mtls_save_CPPFLAGS=$CPPFLAGS
  CPPFLAGS="$CPPFLAGS $HTTPD_CPPFLAGS $APR_CPPFLAGS $OPENSSL_CFLAGS"
  AC_CHECK_HEADER([mod_ssl_openssl.h], [], [MTLS_MISSING([mod_ssl_openssl.h], [apache2-ssl-dev])],
    [#include <httpd.h>])
  CPPFLAGS=$mtls_save_CPPFLAGS
])

AC_DEFUN([MTLS_CHECK_TEST_TOOLS], [
  PKG_CHECK_MODULES([CHECK], [check], [], [MTLS_MISSING([Check], [check])])
  AC_ARG_ENABLE([httpd-tests], [AS_HELP_STRING([--disable-httpd-tests],
    [make check runs no real server])], [mtls_httpd_tests=$enableval], [mtls_httpd_tests=yes])
  AC_PATH_PROG([PYTHON3], [python3], [], [/usr/bin:$PATH])
  AC_PATH_PROG([OPENSSL], [openssl])
  AC_PATH_PROG([CURL], [curl])
  AS_IF([test "x$mtls_httpd_tests" = xyes], [
    AS_IF([test -z "$PYTHON3"], [MTLS_MISSING([python3], [python3])])
    AS_IF([$PYTHON3 -c 'import pytest' 2>/dev/null], [], [MTLS_MISSING([pytest], [python3-pytest])])
    AS_IF([$PYTHON3 -c 'import cryptography' 2>/dev/null], [], [MTLS_MISSING([python3 cryptography], [python3-cryptography])])
    AS_IF([$PYTHON3 -c 'import h2' 2>/dev/null], [], [MTLS_MISSING([python3 h2], [python3-h2])])
    AS_IF([$PYTHON3 -c 'import sqlite3' 2>/dev/null], [], [MTLS_MISSING([python3 sqlite3], [libpython3-stdlib])])
    AS_IF([ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1], [], [MTLS_MISSING([a PostgreSQL server], [postgresql])])
    AS_IF([test -x /usr/sbin/slapd], [], [MTLS_MISSING([slapd], [slapd])])
    AS_IF([test -z "$CURL"], [MTLS_MISSING([curl], [curl])])
    AS_IF([test -z "$OPENSSL"], [MTLS_MISSING([openssl], [openssl])])
  ])
  AM_CONDITIONAL([HTTPD_TESTS], [test "x$mtls_httpd_tests" = xyes])
  AC_ARG_ENABLE([browser-tests], [AS_HELP_STRING([--disable-browser-tests],
    [make check runs no browser])], [mtls_browser_tests=$enableval], [mtls_browser_tests=yes])
  AS_IF([test "x$mtls_httpd_tests" != xyes], [mtls_browser_tests=no])
  AS_IF([test "x$mtls_browser_tests" = xyes], [
    AS_IF([test -x /usr/bin/chromium], [],
      [MTLS_MISSING([Chromium (--disable-browser-tests does without)], [chromium])])
    AS_IF([test -x /usr/bin/certutil && test -x /usr/bin/pk12util], [],
      [MTLS_MISSING([certutil and pk12util (--disable-browser-tests does without)], [libnss3-tools])])
  ])
  AM_CONDITIONAL([BROWSER_TESTS], [test "x$mtls_browser_tests" = xyes])
])

AC_DEFUN([MTLS_COMPILER_FLAGS], [
  MTLS_CFLAGS="-std=c11 -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Wvla"
  dnl clang warns of the offsets that APR's bucket macros compute (apr_general.h, APR_OFFSET).
  AC_MSG_CHECKING([whether $CC knows -Wno-null-pointer-subtraction])
  mtls_save_CFLAGS=$CFLAGS
  CFLAGS="$CFLAGS -Werror -Wnull-pointer-subtraction"
  AC_COMPILE_IFELSE([AC_LANG_PROGRAM([], [])],
    [AC_MSG_RESULT([yes]); MTLS_CFLAGS="$MTLS_CFLAGS -Wno-null-pointer-subtraction"], [AC_MSG_RESULT([no])])
  CFLAGS=$mtls_save_CFLAGS
  AC_ARG_ENABLE([werror], [AS_HELP_STRING([--enable-werror], [warnings stop the build])], [], [enable_werror=no])
  AS_IF([test "x$enable_werror" = xyes], [MTLS_CFLAGS="$MTLS_CFLAGS -Werror"])
  AC_ARG_ENABLE([sanitizers], [AS_HELP_STRING([--enable-sanitizers],
    [build everything with AddressSanitizer and UndefinedBehaviorSanitizer])], [], [enable_sanitizers=no])
  mtls_sanitize=$enable_sanitizers
  AS_IF([test "x$enable_sanitizers" = xyes],
    [MTLS_CFLAGS="$MTLS_CFLAGS -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all"])
  AC_ARG_ENABLE([fuzzing], [AS_HELP_STRING([--enable-fuzzing],
    [link t/fuzz with libFuzzer (clang) instead of the corpus replay])], [], [enable_fuzzing=no])
  AM_CONDITIONAL([FUZZING], [test "x$enable_fuzzing" = xyes])
  AC_SUBST([MTLS_CFLAGS])
])

dnl One include root for each room, holding links to the headers that room may use and no others
dnl (docs/design.md, "Rooms").  A forbidden #include does not compile.
AC_DEFUN([MTLS_ROOMS], [
  AC_CONFIG_COMMANDS([rooms], [
    rm -rf rooms
    mtls_inc=`cd "$srcdir" && pwd`/include/mtls
    mtls_link() {  # room, sub-folder, files
      room=$[1] sub=$[2]; shift; shift
      mkdir -p "rooms/$room/mtls/$sub"
      for f in $[@]; do $LN_S "$mtls_inc/$sub/$f" "rooms/$room/mtls/$sub/$f"; done
    }
    all() { (cd "$mtls_inc/$[1]" 2>/dev/null && ls); }
    plain_cert=`cd "$mtls_inc/cert" && grep -L 'include <openssl' *.h`
    plain_trust=`cd "$mtls_inc/trust" && grep -L -e 'include <openssl' -e 'mtls/trust/profile.h"' -e 'mtls/trust/verify.h"' *.h`
    mtls_link cert cert `all cert`
    mtls_link trust cert `all cert`; mtls_link trust trust `all trust`
    mtls_link policy cert $plain_cert; mtls_link policy trust $plain_trust
    mtls_link policy policy `all policy`
    for r in cert trust policy httpd; do mtls_link httpd $r `all $r`; done
    for r in cert trust policy tool; do mtls_link tool $r `all $r`; done
  ], [LN_S='$LN_S'])
])
