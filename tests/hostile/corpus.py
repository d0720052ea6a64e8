"""All files of the corpus. ``python -m tests.hostile.corpus FOLDER`` writes them."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.hostile import (
    event_files,
    graph_defs,
    hdf5_files,
    keras_files,
    own_files,
    saved_models,
    strange_files,
    text_protos,
)
from tests.hostile.case import Case

CASES: list[Case] = [
    case
    for cases in (
        *(
            part.cases
            for part in (graph_defs, text_protos, saved_models, keras_files, hdf5_files, event_files, strange_files)
        ),
        strange_files.idx,
        *own_files.ALL,
    )
    for case in cases.all
]

if __name__ == "__main__":
    for case in CASES:
        print(case.write(Path(sys.argv[1])))
