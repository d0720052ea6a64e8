"""A file read as a graph, in a process that may not take too much: ``python -m tfkit.lab.graph_process FILE``.

What the page draws from goes to its output, as base64; what is wrong with the file, in one sentence, to its errors.
"""

from __future__ import annotations

import sys

from tfkit.untrusted import limit_process

MEMORY_BYTES = 6 * 2**30  # of addresses, of which far fewer are ever filled


def main(path: str) -> int:
    """Read a file and write its graph; return the exit code."""
    limit_process(AS=MEMORY_BYTES)
    from tfkit.display import packed
    from tfkit.errors import TfkitError
    from tfkit.files import read_graph

    try:
        data = packed(read_graph(path))
    except TfkitError as error:
        print(error, file=sys.stderr)
        return 1
    except MemoryError:
        print(f"{path!r} needs more than {MEMORY_BYTES / 2**30:.0f} GiB of memory to be read.", file=sys.stderr)
        return 1
    except Exception as error:  # what nobody has foreseen is a sentence, too
        print(f"{path!r} cannot be read ({type(error).__name__}: {error}).", file=sys.stderr)
        return 1
    print(data)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
