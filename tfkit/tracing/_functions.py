"""The functions that a graph can call."""

from __future__ import annotations

from typing import Any

from tensorflow.python.framework.function_def_to_graph import function_def_to_graph


class Functions:
    """The functions that a graph can call, looked for in the graph and in those of its functions."""

    def __init__(self, graph: Any) -> None:
        self._where = [graph]
        self._found: dict[str, Any] = {}

    def graph_of(self, name: str) -> Any:
        """Return the ``FuncGraph`` of a function, or None."""
        if name not in self._found:
            definitions = (where._get_function(name) for where in self._where)
            self._found[name] = _graph_of(next((found for found in definitions if found is not None), None))
            if self._found[name] is not None:
                self._where.append(self._found[name])
        return self._found[name]


def _graph_of(function: Any) -> Any:
    if function is None:
        return None
    graph = getattr(function, "graph", None)
    if graph is not None:
        return graph
    definition = getattr(function, "function_def", None) or function.definition
    return function_def_to_graph(definition)
