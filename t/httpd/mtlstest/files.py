# SPDX-License-Identifier: Apache-2.0
"""Every way in which files are replaced under a running server.

Whatever is written may be read by anybody: the server's children are not root.
"""
import itertools
import os

_numbers = itertools.count(1)


def _octets(data):
    return data if isinstance(data, bytes) else data.encode()


def replace(path, data):
    """Another file by that name, at once; the path."""
    beside = "%s.%d~" % (path, next(_numbers))
    with open(beside, "wb") as f:
        f.write(_octets(data))
    os.chmod(beside, 0o644)
    os.replace(beside, path)
    return path


def overwrite(path, data):
    """The same file with other octets, written at once."""
    octets = _octets(data)
    with open(path, "r+b", buffering=0) as f:
        f.write(octets)
        if os.fstat(f.fileno()).st_size > len(octets):
            f.truncate()


class Unfinished:
    """The same file, written in place piece by piece: somebody who looks in between sees a part."""

    def __init__(self, path):
        self._file = open(path, "r+b", buffering=0)
        self._file.truncate()

    def write(self, data):
        self._file.write(_octets(data))

    def close(self):
        self._file.close()

    def __enter__(self):
        return self

    def __exit__(self, *_exc):
        self.close()


class Volume:
    """A directory as Kubernetes mounts a ConfigMap or Secret: files are links into ..data, itself a
    link, which is swapped for another directory as a whole."""

    def __init__(self, directory):
        self.dir = directory
        os.makedirs(directory, exist_ok=True)
        os.chmod(directory, 0o755)

    def path(self, name):
        return os.path.join(self.dir, name)

    def publish(self, **files):
        """These files, all at once, and no others; a name's "." is written "_"."""
        files = {name.replace("_", "."): data for name, data in files.items()}
        inner = "..%d" % next(_numbers)
        os.mkdir(self.path(inner), 0o755)
        for name, data in files.items():
            replace(os.path.join(self.path(inner), name), data)
        os.symlink(inner, self.path("..data_tmp"))
        os.replace(self.path("..data_tmp"), self.path("..data"))
        for name in files:
            if not os.path.islink(self.path(name)):
                os.symlink("..data/" + name, self.path(name) + ".new~")
                os.replace(self.path(name) + ".new~", self.path(name))
