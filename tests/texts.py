"""Every text that a person reads, gathered onto one page: for whoever reads, edits or translates them as a whole.

The texts stay where they are said (`docs/decisions.md`); `make texts` writes `docs/texts.md` from the source. A
placeholder is named for what it shows, and words of which one is taken stand as `{is|are}`.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "texts.md"
# By folder who reads what is said there; a file belongs to the first that is the longest of its path.
ROOMS = {
    "domain": "Refusals, asks, cards, notices: read by everybody, at every front door",
    "application": "Refusals and views: read by everybody, at every front door",
    "workflows": "Refusals of the workflow itself: read by everybody, at every front door",
    "adapters/slack": "Read in Slack",
    "adapters/mail": "Read in mails",
    "adapters/files": "Read by whoever writes a directory, a deal or a playbook",
    "adapters/processes": "Read by whoever starts it",
    "api/pages": "Read on the page that a mail's link opens",
    "api/slack": "Read in Slack: forms and answers",
    "api": "Read by programmers, in the API's description and its problems",
    "cli": "Read in a terminal",
    "demo": "Read by whoever plays the demo",
    "templates": "Documents, mails and pages",
}
LOGGED = frozenset({"debug", "info", "warning", "error", "exception", "critical"})
# Calls whose strings no person reads.
PATTERNS = frozenset({"compile", "match", "fullmatch", "search", "sub", "findall", "strftime", "execute", "raw"})
# Tables of words by key.
TABLES = frozenset({"LABELS", "LADDER_WORDS", "ROWS", "SENTENCES", "TEXTS", "WORDS"})
UNNAMED = "…"
HEAD = """# Every text that people read

`make texts` writes this page from the source; edit a text where it is said. `{role}` stands for what is put there,
`{is|are}` for one of the words.
"""
BLANK = re.compile(r"\s+")
DIGITS_AND_MARKS = re.compile(r"[^A-Za-z]+")
LABEL = re.compile(r"[A-Z][a-z’'-]+[.:?!]?")
TAGS = re.compile(r"<(style|script)\b.*?</\1>|<[^>]*>", re.DOTALL)


def page() -> str:
    """The page as it must stand in the repository."""
    return HEAD + "".join(_room(folder) for folder in ROOMS)


def _room(folder: str) -> str:
    found = [(file, list(dict.fromkeys(texts(ROOT / file)))) for file in _files(folder)]
    sections = "".join(
        f"\n### {file}\n\n" + "".join(f"- {_escaped(text)}\n" for text in said) for file, said in found if said
    )
    return f"\n## {folder}\n\n{ROOMS[folder]}.\n{sections}"


def _files(folder: str) -> list[str]:
    found = (str(file.relative_to(ROOT)) for kind in ("*.py", "*.[mht]*.j2") for file in (ROOT / folder).rglob(kind))
    return sorted(file for file in found if _room_of(file) == folder)


def _room_of(file: str) -> str:
    return max((folder for folder in ROOMS if file.startswith(f"{folder}/")), key=len)


def _escaped(text: str) -> str:
    return text.replace("<", "&lt;").replace("*", "\\*")


def texts(file: Path) -> Iterator[str]:
    """The texts of one file, in its order; one that is said twice comes twice."""
    source = file.read_text(encoding="utf-8")
    return _of_template(source) if file.suffix == ".j2" else _of_code(ast.parse(source))


def _of_template(source: str) -> Iterator[str]:
    bare = re.sub(r"\{#.*?#\}", "", source, flags=re.DOTALL)
    for one in re.findall(r"\{%.*?%\}|\{\{.*?\}\}", bare, flags=re.DOTALL):
        yield from (text for text in re.findall(r'"([^"]*)"', one) if _is_read(text) and "/" not in text)
    shown = TAGS.sub("\n", re.sub(r"\{%.*?%\}", "", re.sub(r"\{\{(.*?)\}\}", _placeholder, bare, flags=re.DOTALL)))
    yield from (line for part in shown.splitlines() if _is_read(line := part.strip()) and not line.endswith((";", "{")))


def _placeholder(found: re.Match[str]) -> str:
    inside = found[1].partition("|")[0].strip()
    named = re.fullmatch(r"[\w.]*?(\w+)(\(.*\))?", inside)
    return f"{{{named[1] if named else UNNAMED}}}"


def _of_code(node: ast.AST, *, in_table: bool = False) -> Iterator[str]:
    """The texts in one node; in a table of labels single words are texts, too."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _is_described(node):
        yield BLANK.sub(" ", ast.get_docstring(node) or "")
    if isinstance(node, ast.Constant | ast.JoinedStr | ast.BinOp) and (text := _text(node)) is not None:
        if _is_read(text) or (in_table and text.strip()):
            yield BLANK.sub(" ", text)
        return
    in_table = in_table or _is_table(node)
    for child in _children(node):
        yield from _of_code(child, in_table=in_table)


def _is_table(node: ast.AST) -> bool:
    named = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
    return isinstance(named, ast.Name) and named.id in TABLES


def _is_described(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """True of a route and of a command of the line: what they say of themselves is published, or their help."""
    told = (ast.unparse(one) for one in (*node.decorator_list, *node.args.args, *node.args.kwonlyargs))
    return ast.get_docstring(node) is not None and any(
        re.match(r"\w*(router|app)\.\w+\(|token: Token|url: Url", one) for one in told
    )


def _children(node: ast.AST) -> Iterator[ast.AST]:
    for name, value in ast.iter_fields(node):
        if name in {"annotation", "returns", "type_params"} and not _is_annotated(value):
            continue
        parts = value if isinstance(value, list) else [value]
        if isinstance(node, ast.Dict) and name == "keys" and not _is_shown_by_keys(node):
            parts = [key for key in parts if isinstance(key, ast.expr) and " " in (_text(key) or "")]
        yield from (part for part in parts if isinstance(part, ast.AST) and not _is_unread(part))


def _is_shown_by_keys(node: ast.Dict) -> bool:
    """True of the columns of a table in a terminal: their heads are the keys."""
    return bool(node.values) and all(isinstance(value, ast.Lambda | ast.Name) for value in node.values)


def _is_annotated(value: object) -> bool:
    return isinstance(value, ast.AST) and ast.unparse(value).startswith("Annotated")


def _is_unread(node: ast.AST) -> bool:
    """True of docstrings, of what is logged, and of patterns."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return True
    if isinstance(node, ast.keyword):
        return node.arg in {"pattern", "operation_id", "style"}
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        called, of = node.func.attr, ast.unparse(node.func.value)
        return called in PATTERNS or (called in LOGGED and of in {"log", "logger", "activity.logger"})
    return isinstance(node, ast.Call) and ast.unparse(node.func) in {"Literal", "TypeVar", "NewType", "getattr"}


def _text(node: ast.AST) -> str | None:
    """What is said by a string, one that is filled in, or a sum of both; None of anything else."""
    match node:
        case ast.Constant(value=str() as text):
            return text
        case ast.JoinedStr(values=values):
            return "".join(_part(value) for value in values)
        case ast.BinOp(left=left, op=ast.Add(), right=right) if _text(left) is not None or _text(right) is not None:
            return "".join(f"{{{_shown(side)}}}" if (said := _text(side)) is None else said for side in (left, right))
    return None


def _part(value: ast.expr) -> str:
    said = _text(value)
    return f"{{{_shown(value.value)}}}" if isinstance(value, ast.FormattedValue) else said or ""


def _shown(node: ast.expr) -> str:
    """The name of what is put into a text: `role` of `role_label(role)`, `is|are` of a choice of words."""
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Attribute(attr=action), attr="about")):
            return f"do:{action.lower()}"
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.Subscript(slice=ast.Constant(value=str() as name)):
            return name
        case ast.IfExp(body=one, orelse=other):
            return f"{_choice(one)}|{_choice(other)}"
        case ast.BoolOp(values=values):
            return "|".join(map(_choice, values))
        case ast.GeneratorExp(elt=element) | ast.ListComp(elt=element):
            return _choice(element)
    return next((named for part in _behind(node) if (named := _shown(part)) != UNNAMED), UNNAMED)


def _behind(node: ast.expr) -> Iterator[ast.expr]:
    """What a call, a look-up or a wait is about."""
    match node:
        case ast.Call(func=called, args=arguments):
            yield from (*arguments[:1], called)
        case ast.Subscript(value=value) | ast.Await(value=value) | ast.Starred(value=value):
            yield value
        case ast.NamedExpr(target=target):
            yield target


def _choice(node: ast.expr) -> str:
    said = _text(node)
    return _shown(node) if said is None else said


def _is_read(text: str) -> bool:
    """True of sentences, and of labels: words with a blank between them, or one that begins with a capital."""
    words = re.sub(r"\{[^{}]*\}", " ", text)
    if LABEL.fullmatch(text):
        return True
    return bool(re.search(r"[A-Za-z’]{2}[,.;:]? +\S|\S +[A-Za-z]{2}", text)) and bool(DIGITS_AND_MARKS.sub("", words))


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
