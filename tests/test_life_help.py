"""The command line explains itself: every command, argument and option has a help text."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from qi_pipeline.cli.main import build_parser


def unexplained(parser: argparse.ArgumentParser, path: str) -> Iterator[str]:
    """Commands, arguments and options without a help text, by their place."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            said = {choice.dest: choice.help for choice in action._choices_actions}
            for name, below in action.choices.items():
                if not (said.get(name) or "").strip():
                    yield f"{path} {name}"
                yield from unexplained(below, f"{path} {name}")
        elif action.help is argparse.SUPPRESS or not (action.help or "").strip():
            yield f"{path} {'/'.join(action.option_strings) or action.dest}"


def test_every_argument_of_every_command_has_a_help_text() -> None:
    assert list(unexplained(build_parser(), "qi-pipeline")) == []


def test_one_without_a_help_text_is_found() -> None:
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers()
    commands.add_parser("mute").add_argument("--word")
    assert list(unexplained(parser, "x")) == ["x mute", "x mute --word"]
