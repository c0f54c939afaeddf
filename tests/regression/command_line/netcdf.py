"""Reads NetCDF files by the library of that name itself."""

import ctypes
from pathlib import Path

import numpy as np


def libnetcdf():
    """The C library, if it is installed without its headers, as GDAL needs it; else None."""
    for path in sorted(Path("/usr/lib").glob("*/libnetcdf.so.*")):
        return ctypes.CDLL(str(path))
    return None


class Netcdf:
    """What the C library reads."""

    def __init__(self, library, path):
        self.library, self.file = library, ctypes.c_int()
        self.call("nc_open", str(path).encode(), 0, ctypes.byref(self.file))

    def call(self, name, *arguments):
        library = self.library
        library.nc_strerror.restype = ctypes.c_char_p
        status = getattr(library, name)(*arguments)
        if status != 0:
            raise AssertionError(f"{name}: {library.nc_strerror(status).decode()}")

    def close(self):
        self.call("nc_close", self.file)

    def inquire(self, name, *arguments):
        number = ctypes.c_int()
        self.call(name, *arguments, ctypes.byref(number))
        return number

    def names(self, group):
        """Names of the variables in a group."""
        ncid = self.inquire("nc_inq_grp_ncid", self.file, group.encode())
        count = self.inquire("nc_inq_nvars", ncid)
        name = ctypes.create_string_buffer(257)
        found = []
        for variable in range(count.value):
            self.call("nc_inq_varname", ncid, variable, name)
            found.append(name.value.decode())
        return found

    def variable(self, group, name):
        """Names of the dimensions, and the numbers."""
        ncid = self.inquire("nc_inq_grp_ncid", self.file, group.encode())
        variable = self.inquire("nc_inq_varid", ncid, name.encode())
        rank = self.inquire("nc_inq_varndims", ncid, variable)
        dimensions = (ctypes.c_int * rank.value)()
        self.call("nc_inq_vardimid", ncid, variable, dimensions)
        names, shape = [], []
        for dimension in dimensions:
            text, size = ctypes.create_string_buffer(257), ctypes.c_size_t()
            self.call("nc_inq_dim", ncid, dimension, text, ctypes.byref(size))
            names.append(text.value.decode())
            shape.append(size.value)
        values = np.empty(shape)
        self.call("nc_get_var_double", ncid, variable, values.ctypes.data_as(ctypes.c_void_p))
        return names, values

    def texts(self, group, name, count):
        ncid = self.inquire("nc_inq_grp_ncid", self.file, group.encode())
        pointers = (ctypes.c_char_p * count)()
        self.call("nc_get_var_string", ncid, self.inquire("nc_inq_varid", ncid, name.encode()), pointers)
        return [pointer.decode() for pointer in pointers]
