"""LibTorch archives without LibTorch: a zip file of pickles and raw tensors.

A pickle can name any function to call. This one looks up only what stands in the table below, so that a file from elsewhere can at worst
be refused.
"""

from __future__ import annotations

import io
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from .errors import ReaderError

_STORAGES = {"FloatStorage": "f4", "DoubleStorage": "f8", "LongStorage": "i8", "IntStorage": "i4", "BoolStorage": "?"}


class Module:
    """A module of an archive: what it holds, by name."""

    def __init__(self) -> None:
        self.attributes: dict[str, Any] = {}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.attributes = dict(state)

    def __getitem__(self, name: str) -> Any:
        return self.attributes[name]

    def __contains__(self, name: str) -> bool:
        return name in self.attributes


def _rebuild_tensor(storage: np.ndarray, offset: int, size: tuple[int, ...], stride: tuple[int, ...], *_: Any) -> np.ndarray:
    """As torch._utils._rebuild_tensor_v2; strides count elements."""
    if min((offset, *size, *stride), default=0) < 0:
        raise pickle.UnpicklingError("a tensor with a negative size, stride or offset")
    last = offset + sum((n - 1) * step for n, step in zip(size, stride)) if all(size) else -1
    if last >= len(storage):
        raise pickle.UnpicklingError(f"a tensor that ends at element {last} of a storage of {len(storage)}")
    strides = tuple(step * storage.itemsize for step in stride)
    return np.lib.stride_tricks.as_strided(storage[offset:], shape=size, strides=strides, writeable=False).copy()


class _Unpickler(pickle.Unpickler):
    def __init__(self, archive: zipfile.ZipFile, folder: str, order: str):
        super().__init__(io.BytesIO(archive.read(f"{folder}/data.pkl")))
        self._archive, self._folder, self._order = archive, folder, order

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _rebuild_tensor
        if (module, name) == ("torch.jit._pickle", "restore_type_tag"):
            return lambda value, _tag: value
        if (module, name) == ("collections", "OrderedDict"):
            return dict
        if module == "torch" and name in _STORAGES:
            return name
        if module.split(".")[0] == "__torch__":
            return Module
        raise pickle.UnpicklingError(f"{module}.{name} is nothing that a checkpoint holds")

    def persistent_load(self, pid: Any) -> np.ndarray:
        kind, storage, key, _device, n_elements = pid
        if kind != "storage" or not str(key).isalnum():
            raise pickle.UnpicklingError(f"a reference to {kind} {key}, expected a storage")
        values = np.frombuffer(self._archive.read(f"{self._folder}/data/{key}"), self._order + _STORAGES[storage])
        if len(values) < n_elements:
            raise pickle.UnpicklingError(f"storage {key} has {len(values)} elements, expected {n_elements}")
        return values.astype(values.dtype.newbyteorder("="))


def read_archive(path: str | Path) -> Module:
    """The outermost module of an archive; tensors are NumPy arrays."""
    try:
        with zipfile.ZipFile(path) as archive:
            folders = [name.rpartition("/")[0] for name in archive.namelist() if name.rpartition("/")[2] == "data.pkl"]
            if len(folders) != 1:
                raise ReaderError(f"{path}: expected a LibTorch archive, with one data.pkl, found {len(folders)}")
            # Written since LibTorch 2.1, by any machine; before, the machine's own, which was little-endian.
            marker = f"{folders[0]}/byteorder"
            order = archive.read(marker).decode() if marker in archive.namelist() else "little"
            module = _Unpickler(archive, folders[0], ">" if order == "big" else "<").load()
    except (OSError, zipfile.BadZipFile) as error:
        raise ReaderError(f"{path}: not a LibTorch archive ({error})") from error
    except (pickle.UnpicklingError, KeyError, ValueError, TypeError, EOFError, IndexError, AttributeError) as error:
        raise ReaderError(f"{path}: damaged, or not a checkpoint: {error}") from error
    if not isinstance(module, Module):
        raise ReaderError(f"{path}: expected a module, found {type(module).__name__}")
    return module
