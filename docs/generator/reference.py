"""Reference tables of the documentation, generated from the program: each word stands once, where it is in force.

English comes from the parser's help, the docstrings of settings, the comments of the policy file and the rules; the
Chinese for each of these sentences stands in ``words.toml`` under the English one, so that a sentence that changes asks
for its Chinese again. What is missing there is collected in :data:`Reference.missing` and fails the build.
"""

from __future__ import annotations

import argparse
import ast
import dataclasses
import inspect
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

from qi_pipeline import policy as policy_module
from qi_pipeline import settings as settings_module
from qi_pipeline.admission.services import default_services
from qi_pipeline.admission.wording import FIELDS as FIELD_NAMES
from qi_pipeline.admission.wording import KINDS_EN
from qi_pipeline.cli.main import build_parser
from qi_pipeline.errors import ExitCode
from qi_pipeline.extraction.documents import extractors
from qi_pipeline.kinds import CATEGORIES, KINDS
from qi_pipeline.reports import phrases

WORDS = Path(__file__).with_name("words.toml")
MARK = "<!-- generated: {} -->"
"""Where a page asks for a table; on a page that is read as plain text it can't be seen."""

_HEADS = {
    "command": ("Command", "命令"),
    "option": ("Option", "选项"),
    "meaning": ("What it does", "作用"),
    "setting": ("Setting", "设置"),
    "default": ("Default", "默认值"),
    "key": ("Key", "键"),
    "kind": ("Kind", "种类"),
    "paper": ("Paper", "材料"),
    "fields": ("Fields with a printed label", "有印刷标签的字段"),
    "field": ("Field", "字段"),
    "item": ("Service item", "服务项目"),
    "category": ("Category", "类别"),
    "requires": ("Requires a valid", "须有有效的"),
    "scopes": ("Scope of the licence has one of", "经营范围须含其一"),
    "status": ("Status", "状态码"),
    "none": ("—", "—"),
    "needed": ("needed", "必需"),
    "one of": ("one of", "取值"),
}


class Reference:
    """The tables in one language, ``en`` or ``zh``."""

    def __init__(self, lang: str) -> None:
        self.lang = lang
        self.words: dict[str, str] = tomllib.loads(WORDS.read_text(encoding="utf-8"))
        self.missing: list[str] = []
        """English sentences of the program whose Chinese ``words.toml`` does not have."""
        self.used: set[str] = set()

    @property
    def tables(self) -> dict[str, Callable[[], str]]:
        """Every table by the name with which a page asks for it."""
        return {
            "commands": self.commands,
            "settings": self.settings,
            "policy": self.policy,
            "kinds": self.kinds,
            "fields": self.fields,
            "services": self.services,
            "exit-statuses": self.exit_statuses,
        }

    def say(self, english: str) -> str:
        """The sentence in the language of these tables."""
        self.used.add(english)
        if english not in self.words:
            self.missing.append(english)
        return english if self.lang == "en" else self.words.get(english, english)

    def head(self, *names: str) -> str:
        """The head of a table."""
        cells = " | ".join(_HEADS[name][self.lang == "zh"] for name in names)
        return f"| {cells} |\n|{'---|' * len(names)}"

    def commands(self) -> str:
        """Each command with its subcommands and options, a heading each."""
        lines = [self._overview(), ""]
        for path, parser, text in walk(build_parser()):
            if path:
                lines += [f"{'#' * min(len(path) + 1, 4)} `{' '.join(path)}`", ""]
                lines += [sentence(self.say(text)), ""] if text else []
            if parser.description and path:
                lines += [sentence(self.say(parser.description)), ""]
            if not _subcommands(parser):
                lines += ["```text", _usage(parser), "```", ""]
            rows = [self._argument(action) for action in _arguments(parser)]
            if rows:
                lines += [self.head("option", "meaning"), *rows, ""]
        return "\n".join(lines)

    def _overview(self) -> str:
        rows = [
            f"| [`{path[0]}`](#{path[0]}) | {cell(self.say(text or ''))} |"
            for path, _parser, text in walk(build_parser())
            if len(path) == 1
        ]
        return "\n".join([self.head("command", "meaning"), *rows])

    def _argument(self, action: argparse.Action) -> str:
        said = []
        if action.help:
            said.append(self.say(action.help).replace("%%", "%"))
        if action.choices:
            one_of = _HEADS["one of"][self.lang == "zh"]
            said.append(f"{one_of} {', '.join(f'`{choice}`' for choice in action.choices)}")
        if action.required and action.option_strings:
            said.append(_HEADS["needed"][self.lang == "zh"])
        return f"| {spelled(action)} | {cell('; '.join(said) if self.lang == 'en' else '；'.join(said))} |"

    def settings(self) -> str:
        """Every setting with its default and its meaning."""
        rows = []
        documented = docstrings(settings_module.Settings)
        for field in dataclasses.fields(settings_module.Settings):
            default = "" if field.default in (dataclasses.MISSING, None, "") else f"`{field.default}`"
            text = sentence(self.say(documented[field.name]))
            rows.append(f"| `QI_{field.name.upper()}` | {default} | {cell(text)} |")
        return "\n".join([self.head("setting", "default", "meaning"), *rows, ""])

    def policy(self) -> str:
        """Every key of the policy file with its shipped value and its comment, a heading for each table."""
        lines: list[str] = []
        table = None
        for section, key, value, comment in policy_keys():
            if section != table:
                table = section
                lines += [
                    "",
                    f"## `[{section}]`" if section else "## `version`",
                    "",
                    self.head("key", "default", "meaning"),
                ]
            lines.append(f"| `{key}` | `{value}` | {cell(self.say(comment))} |")
        return "\n".join([*lines, ""]).strip() + "\n"

    def kinds(self) -> str:
        """Every document kind with the fields that its extractor looks for."""
        known = {each.kind: each for each in extractors()}
        rows = []
        for kind, chinese in KINDS.items():
            names = dict.fromkeys(spec.name for spec in known[kind].fields) if kind in known else {}
            named = ", ".join(f"`{name}`" for name in names) or "—"
            rows.append(f"| `{kind}` | {chinese if self.lang == 'zh' else f'{KINDS_EN[kind]} {chinese}'} | {named} |")
        return "\n".join([self.head("kind", "paper", "fields"), *rows, ""])

    def fields(self) -> str:
        """Every field of the vocabulary with its name for people."""
        rows = []
        for name in field_names():
            both = phrases.FIELDS.get(name) or dict(zip(("zh", "en"), FIELD_NAMES[name], strict=True))
            rows.append(f"| `{name}` | {both[self.lang]} |")
        return "\n".join([self.head("field", "meaning"), *rows, ""])

    def services(self) -> str:
        """Every service item with what clauses 4.1 and 4.2 require for it."""
        rows = []
        for service in default_services().services:
            category = CATEGORIES[service.category] if self.lang == "zh" else f"`{service.category}`"
            requires = f"`{service.requires}`" if service.requires else "—"
            name = f"`{service.item}` {service.names[0]}"
            rows.append(f"| {name} | {category} | {requires} | {', '.join(service.scopes)} |")
        return "\n".join([self.head("item", "category", "requires", "scopes"), *rows, ""])

    def exit_statuses(self) -> str:
        """Every exit status with what it means."""
        rows = [f"| {int(code)} | {cell(self.say(EXIT_MEANINGS[code]))} |" for code in ExitCode]
        return "\n".join([self.head("status", "meaning"), *rows, ""])


EXIT_MEANINGS = {
    ExitCode.OK: "all done, whatever was decided",
    ExitCode.UNEXPECTED: "an unexpected failure, or one that passes (full disk, locked database): "
    "nothing is lost, run again; `--debug` shows where",
    ExitCode.USAGE: "wrong usage, configuration or input table; the line on stderr ends with the remedy",
    ExitCode.QUARANTINED: "done, but some input was quarantined (`extract`: some file could not be read)",
}


def walk(
    parser: argparse.ArgumentParser, path: tuple[str, ...] = (), text: str | None = None
) -> Iterator[tuple[tuple[str, ...], argparse.ArgumentParser, str | None]]:
    """Each parser of the command line with its path and its line of help, in the order of the help."""
    yield path, parser, text
    for action in _subcommands(parser):
        helps = {choice.dest: choice.help for choice in action._choices_actions}
        for name, child in action.choices.items():
            yield from walk(child, (*path, name), helps.get(name))


def _subcommands(parser: argparse.ArgumentParser) -> list[argparse._SubParsersAction[argparse.ArgumentParser]]:
    return [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]


def _arguments(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    kept = (argparse._HelpAction, argparse._VersionAction, argparse._SubParsersAction)
    top = not parser.prog.count(" ")
    return [
        action
        for action in parser._actions
        if action.help != argparse.SUPPRESS and (not isinstance(action, kept) or (top and action.option_strings))
    ]


def spelled(action: argparse.Action) -> str:
    """The option as one types it, or the place of a positional argument."""
    metavar = action.metavar if isinstance(action.metavar, str) else " ".join(action.metavar or ())
    value = metavar or action.dest.upper().replace("_", "-")
    if not action.option_strings:
        return f"`{value}`"
    takes = action.nargs != 0
    shown = f" [{value}]" if action.nargs == "?" else f" {value}" if takes else ""
    return ", ".join(f"`{option}{shown}`" for option in action.option_strings)


def _usage(parser: argparse.ArgumentParser) -> str:
    parser.formatter_class = lambda prog: argparse.HelpFormatter(prog, width=100)
    return parser.format_usage().removeprefix("usage: ").strip()


def docstrings(kind: type) -> dict[str, str]:
    """What stands under each attribute of a dataclass."""
    body = ast.parse(inspect.getsource(kind)).body[0]
    assert isinstance(body, ast.ClassDef)
    found: dict[str, str] = {}
    for statement, after in zip(body.body, body.body[1:], strict=False):
        if (
            isinstance(statement, ast.AnnAssign)
            and isinstance(statement.target, ast.Name)
            and isinstance(after, ast.Expr)
            and isinstance(after.value, ast.Constant)
        ):
            found[statement.target.id] = " ".join(str(after.value.value).split()).replace("``", "`")
    return found


def policy_keys() -> Iterator[tuple[str, str, str, str]]:
    """Table, key, value and comment of each key of the shipped policy, in its order; keys may share a comment."""
    section, comment, fresh = "", "", False
    text = Path(policy_module.__file__).with_name("policy.toml").read_text(encoding="utf-8")
    for line in text.splitlines():
        if line.startswith("["):
            section, comment, fresh = line.strip("[] "), "", False
        elif line.startswith("#"):
            comment, fresh = (f"{comment} {line[1:].strip()}" if fresh else line[1:].strip()), True
        elif "=" in line:
            key, _, value = line.partition("=")
            yield section, key.strip(), value.strip(), comment
            fresh = False
        elif not line.strip():
            fresh = False


def field_names() -> list[str]:
    """Every field that a document may have: those with a printed label, then those made of several places."""
    looked_for = [spec.name for each in extractors() for spec in each.fields]
    made = [name for name in phrases.FIELDS if name not in ("seal", "kind")]
    return list(dict.fromkeys([*looked_for, *made]))


def sentence(text: str) -> str:
    """The text as a sentence of its own.

    >>> sentence("reads files"), sentence("读取文件"), sentence("`watch` looks.")
    ('Reads files.', '读取文件。', '`watch` looks.')
    """
    text = text[:1].upper() + text[1:]
    if text.endswith((".", "。", "?", "!", "…")):
        return text
    return text + ("。" if any("一" <= letter <= "鿿" for letter in text[-8:]) else ".")


def cell(text: str) -> str:
    """The text as it may stand in a cell of a table."""
    return text.replace("\n", " ").replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*")


def filled(source: str, reference: Reference, pages: Path | None = None) -> str:
    """The page with the tables that it asks for; ``pages`` is the folder whose other pages an index may list."""
    mark = MARK.format("other pages")
    if pages is not None and mark in source:
        others = sorted(page.stem for page in pages.glob("*.md") if f"\n{page.stem}\n" not in source)
        source = source.replace(mark, "\n".join(name for name in others if name != "index"))
    for name, table in reference.tables.items():
        mark = MARK.format(name)
        if mark in source:
            source = source.replace(mark, table())
    return source
