# SPDX-License-Identifier: Apache-2.0
"""DBM files of every type APR knows, written by APR itself."""
import ctypes
import os

_RWCREATE = 3      # APR_DBM_RWCREATE
_OS_DEFAULT = 0x0fff


class _Datum(ctypes.Structure):
    _fields_ = [("dptr", ctypes.c_char_p), ("dsize", ctypes.c_size_t)]


def _library():
    apr = ctypes.CDLL("libapr-1.so.0", mode=ctypes.RTLD_GLOBAL)
    util = ctypes.CDLL("libaprutil-1.so.0", mode=ctypes.RTLD_GLOBAL)  # its drivers need it
    util.apr_dbm_open_ex.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p,
                                     ctypes.c_int32, ctypes.c_int32, ctypes.c_void_p]
    util.apr_dbm_store.argtypes = [ctypes.c_void_p, _Datum, _Datum]
    util.apr_dbm_close.argtypes = [ctypes.c_void_p]
    util.apr_dbm_close.restype = None
    apr.apr_pool_create_ex.argtypes = [ctypes.c_void_p] * 4
    apr.apr_pool_destroy.argtypes = [ctypes.c_void_p]
    apr.apr_pool_destroy.restype = None
    assert apr.apr_initialize() == 0
    return apr, util


def _datum(octets):
    return _Datum(octets, len(octets))


def _octets(text):
    return text if isinstance(text, bytes) else text.encode("utf-8")


def write(kind, path, entries):
    """Make the file, or files, of a map from key to value."""
    for name in files(kind, path):
        if os.path.exists(name):
            os.unlink(name)
    apr, util = _library()
    pool, dbm = ctypes.c_void_p(), ctypes.c_void_p()
    assert apr.apr_pool_create_ex(ctypes.byref(pool), None, None, None) == 0
    status = util.apr_dbm_open_ex(ctypes.byref(dbm), kind.encode(), path.encode(), _RWCREATE,
                                  _OS_DEFAULT, pool)
    assert status == 0, "cannot make a DBM file of type %s: %d" % (kind, status)
    for key, value in entries.items():
        assert util.apr_dbm_store(dbm, _datum(_octets(key)), _datum(_octets(value))) == 0
    util.apr_dbm_close(dbm)
    apr.apr_pool_destroy(pool)
    for name in files(kind, path):
        os.chmod(name, 0o644)


def files(kind, path):
    """The names of its files."""
    return [path + ".dir", path + ".pag"] if kind == "sdbm" else [path]


def replace(kind, path, entries):
    """As write(), but nobody ever sees half of it."""
    write(kind, path + ".new", entries)
    for new, old in zip(files(kind, path + ".new"), files(kind, path)):
        os.replace(new, old)
