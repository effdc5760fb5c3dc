# python3 examples/exported-head/safetensors_head.py birds.safetensors embedding.json
#
# As safetensors.mjs, in Python's own library; with the safetensors package, safe_open reads the same tensors.

import json
import math
import struct
import sys

with open(sys.argv[1], "rb") as file:
    data = file.read()
with open(sys.argv[2]) as file:
    embedding = json.load(file)

(header_length,) = struct.unpack_from("<Q", data, 0)
header = json.loads(data[8 : 8 + header_length])


def tensor(name):
    if name not in header:
        return None
    begin, end = (8 + header_length + offset for offset in header[name]["data_offsets"])
    values = struct.unpack(f"<{(end - begin) // 4}f", data[begin:end])
    width = header[name]["shape"][-1]
    return [values[row : row + width] for row in range(0, len(values), width)]


def product(matrix, vector):
    return [sum(a * b for a, b in zip(row, vector)) for row in matrix]


mode = json.loads(header["__metadata__"]["zero-shot.unprofiled"])
mean = tensor("mean")[0] if mode["centred"] else [0.0] * len(embedding)
moved = [x - m for x, m in zip(embedding, mean)]
projection = tensor("zero-shot.unprofiled.projection")
projected = moved if projection is None else product(projection, moved)
norm = math.sqrt(sum(x * x for x in projected)) or 1.0
scores = product(tensor("zero-shot.unprofiled.prototypes"), [x / norm for x in projected])
factor = mode["logitScale"] / mode["temperature"]
powers = [math.exp(factor * (score - max(scores))) for score in scores]
print(json.dumps([power / sum(powers) for power in powers]))
