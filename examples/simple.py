"""Two pictures of one scene into one: one call.

    python examples/simple.py near.png far.png fused.png

`aefusion demo` writes pictures to try it with: demo/focus_a.png and demo/focus_b.png.
"""

import sys

import aefusion

near, far, output = sys.argv[1:]
fused = aefusion.fuse_files([near, far], output)
print(f"{fused.output}: {fused.width}x{fused.height}, {fused.by}")
