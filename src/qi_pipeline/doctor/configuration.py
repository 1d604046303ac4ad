"""Whether settings, policy, service table, rules and templates are ones that can be worked with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import jinja2

from qi_pipeline.admission.rules import load_rules
from qi_pipeline.admission.services import load_services
from qi_pipeline.doctor.checks import Check, fault, ok
from qi_pipeline.errors import QiError
from qi_pipeline.policy import load_policy
from qi_pipeline.settings import Settings

_GROUP = "configuration"


def examine(settings: Settings, _today: date) -> Iterator[Check]:
    """A check for each file that an operator may edit, and one for the templates."""
    files: tuple[tuple[str, object, Callable[[], object]], ...] = (
        ("policy", settings.policy, lambda: load_policy(settings.policy)),
        ("services", settings.services, lambda: load_services(settings.services)),
        ("rules", settings.rules, lambda: load_rules(settings.rules)),
    )
    for name, place, load in files:
        try:
            load()
        except QiError as error:
            yield fault(_GROUP, name, str(error), "mend the file, or remove it: then what is shipped holds")
        else:
            yield ok(_GROUP, name, f"{place or 'as shipped'}")
    count, broken = _templates(settings.templates)
    if broken:
        yield fault(_GROUP, "templates", "; ".join(broken), "mend the platform's own, or install the program again")
    else:
        yield ok(_GROUP, "templates", f"{count} can be used")


def _templates(own: Path | None) -> tuple[int, list[str]]:
    """How many templates there are, shipped and the platform's own, and a sentence for each that can't be read."""
    loaders: list[jinja2.BaseLoader] = [jinja2.PackageLoader("qi_pipeline.reports", "templates")]
    if own is not None:
        if not own.is_dir():
            return 0, [f"{own} is no folder"]
        loaders.append(jinja2.FileSystemLoader(own))
    count, broken = 0, []
    for loader in loaders:
        environment = jinja2.Environment(loader=loader, autoescape=True)
        for name in environment.list_templates():
            count += 1
            try:
                environment.parse(loader.get_source(environment, name)[0], name)
            except (jinja2.TemplateError, OSError, UnicodeDecodeError) as error:
                broken.append(f"{name}: {error}")
    return count, broken
