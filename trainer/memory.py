"""How much memory a process has used at most.

Refuses to know what for.
"""

import sys

import torch


def peak_memory() -> int:
    """Bytes: of the GPU where there is one, else the largest resident set; 0 where unknown."""
    if torch.cuda.is_available():
        return torch.cuda.max_memory_allocated()
    if sys.platform == "win32":
        return 0
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024
