"""Plays the sample deals with every sentence of the domain altered, as a translator might, and says what was bound.

    python -m tests.domain.altered STATES    # a file with states of lives that were played with the texts as they are

Each text constant of `domain/` that reads as prose gets a mark, and so do all labels, sentences and words of asks,
before anything of the domain is imported. What is a pattern, a key or an identifier stays.
"""

import ast
import importlib.abc
import importlib.machinery
import importlib.util
import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from types import CodeType, ModuleType

ROOT = Path(__file__).parents[2]
MARK = "§"
_PROSE = re.compile(r"[A-Za-z]{2,},? [a-z]{2,}|^,? ?[a-z]{2,}:? $|^ [a-z]{2,}")
_NO_PROSE = re.compile(r"[\\^]|\[[a-z0-9]|Z\]")
# Modules of which every text is one that people read.
_WHOLE = frozenset({"subject_texts"})


class Alters(ast.NodeTransformer):
    """Marks texts, and leaves docstrings, keys of tables and names alone."""

    def __init__(self, *, every_text: bool) -> None:
        self._every = every_text

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        return node if isinstance(node.value, ast.Constant) else self.generic_visit(node)

    def visit_Dict(self, node: ast.Dict) -> ast.AST:
        node.values = [self.visit(value) for value in node.values]
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        named = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        return node if named in {"compile", "Field", "SubjectTexts"} else self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        text = node.value
        if not isinstance(text, str) or not text or _NO_PROSE.search(text):
            return node
        if not (_PROSE.search(text) or (self._every and re.search("[a-z]{2}", text))):
            return node
        return ast.copy_location(ast.Constant(f"{MARK}{text}"), node)


class AlteredLoader(importlib.machinery.SourceFileLoader):
    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        tree = ast.parse(self.get_data(path))
        altered = Alters(every_text=fullname.rpartition(".")[2] in _WHOLE).visit(tree)
        return compile(ast.fix_missing_locations(altered), path, "exec")


class AlteredFinder(importlib.abc.MetaPathFinder):
    """Finds the modules of the domain, and loads each with its texts altered."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, _target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname.partition(".")[0] != "domain":
            return None
        found = importlib.machinery.PathFinder.find_spec(fullname, path or [str(ROOT)])
        if found is None or found.origin is None or not found.origin.endswith(".py"):
            return found
        return importlib.util.spec_from_file_location(
            fullname,
            found.origin,
            loader=AlteredLoader(fullname, found.origin),
            submodule_search_locations=found.submodule_search_locations,
        )


def main() -> None:
    sys.meta_path.insert(0, AlteredFinder())
    from tests.domain import whole_deals  # once the domain is imported altered

    states = json.loads(Path(sys.argv[1]).read_text())
    told = {"lives": whole_deals.played(), "stirred": whole_deals.stirred(states), "texts": whole_deals.texts()}
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
