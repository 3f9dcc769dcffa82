"""Safetensors files, and flat parameters as the tensors that they are."""

import json

import numpy as np

DTYPES = {"F32": np.float32, "F64": np.float64, "I32": np.int32, "U8": np.uint8}


def read_tensors(path):
    with open(path, "rb") as file:
        content = file.read()
    start = 8 + int.from_bytes(content[:8], "little")
    head = json.loads(content[8:start])
    tensors = {}
    for name, entry in head.items():
        if name == "__metadata__":
            continue
        begin, end = entry["data_offsets"]
        numbers = np.frombuffer(content[start + begin : start + end], DTYPES[entry["dtype"]])
        tensors[name] = numbers.reshape(entry["shape"]).copy()
    return tensors


def layers(flat, widths, networks=None):
    """Weights [in, out] and biases of each layer in turn, of a flat vector or of a row of them for each network."""
    parts, at = [], 0
    for inputs, outputs in zip(widths, widths[1:]):
        for shape in ((inputs, outputs), (outputs,)):
            size = int(np.prod(shape))
            part = flat[..., at : at + size]
            parts.append(part.reshape(shape) if networks is None else part.reshape(networks, *shape))
            at += size
    return parts, flat[..., at:]


def mlp(parameters, x, activate):
    """Hidden layers with an activation, then a linear one."""
    last = len(parameters) // 2 - 1
    for i in range(last + 1):
        x = x @ parameters[2 * i] + parameters[2 * i + 1]
        if i < last:
            x = activate(x)
    return x
