"""A business scope (经营范围, 业务范围) as its items, each with what it excludes (DOMAIN 4.1).

Licences since the standard catalogue print ``许可项目：A；B（依法须经批准的项目…）一般项目：C；D（除…外…）``; older
ones are free text. Bracketed reminders say nothing of the scope and are cut. ``（不含…）`` and ``（…除外）`` are
negative scope and stay with their item. A ``、`` inside an item does not part it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from qi_pipeline.extraction.folding import fold

_REMINDER = re.compile(
    r"依法须经批准|依法需经批准|须经批准的项目|经相关部门批准|除许可业务|自主依法经营|自主开展经营|凭(?:有效)?(?:许可证|营业执照|资质)|法律法规非禁止|国家法律"
    r"|后方可(?:开展)?经营|依法自主开展"
)
_SECTION = re.compile(r"(?:^|[;。,)\]])?\s*(许可(?:经营)?项目|一般(?:经营)?项目|前置许可(?:经营)?项目)\s*[:;]")
_BRANCHES = re.compile(
    r"(?:(?:以下|下列)?(?:经营)?(?:范围|项目)?另?[仅只]?限(?:其|下属|所属)*分支机构(?:经营|从事|开展)?|分支机构经营)\s*[:;,]"
)
"""Before the items that only branches may do (以下限分支机构经营：)."""
_BARRED = re.compile(r"^筹建|[(\[](?:筹建|[仅只]?限(?:其|下属|所属)*分支机构[^()\[\]]*)[)\]]")
_NEGATIVE = re.compile(r"不含|不包括|不包含|除外|不得|不从事|除.{1,40}外")
_EXCLUDED = (
    re.compile(r"(?:不含|不包括|不包含|不得从事|不从事|不得)(?P<what>[^()\[\]]+)"),
    re.compile(r"(?:^|[,;])(?P<what>[^()\[\],;]+?)除外"),
    re.compile(r"除(?!外)(?P<what>[^()\[\]]+?)(?:以外|之外|外)"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeItem:
    """One item of a scope."""

    text: str
    """The item as folded, its brackets included."""
    core: str
    """The item without its exclusions."""
    excluded: tuple[str, ...] = ()
    """What it names as not included."""
    section: Literal["licensed", "general"] | None = None
    """许可项目 (the item also needs its licence) or 一般项目; None where the scope is not parted so."""
    barred: bool = False
    """For branches alone (限分支机构经营), or not yet in business (筹建): the body itself may not do it."""

    def names(self, word: str) -> bool:
        """Whether the item holds ``word``, does not exclude it, and does not only trade in things for it."""
        wanted = fold(word)
        places = (match.end() for match in re.finditer(re.escape(wanted), self.core))
        meant = any(not _is_trade(self.core[end:]) for end in places)
        return meant and not self.barred and not self.takes_out(word)

    def takes_out(self, word: str) -> bool:
        """Whether the item excludes all of ``word``; one kind of it (许可类租赁, 特种设备检验检测) leaves the rest."""
        return any(_is_all_of(excluded, fold(word)) for excluded in self.excluded)

    def excludes(self, word: str) -> bool:
        """Whether the item says expressly that it does not include ``word``."""
        wanted = fold(word)
        return any(wanted in excluded or (len(excluded) >= 4 and excluded in wanted) for excluded in self.excluded)


_GOODS = re.compile(r"(?:专?用|类|所需)?(?:的)?(?:仪器|设备|仪表|器具|器材|试剂|耗材|软件|装置|用品|产品)")
_TRADE = re.compile(r"销售|制造|生产|租赁|研发|开发|研制|维修|修理|维护|安装|批发|零售|加工|进出口|代理|买卖")
_TESTED = re.compile(r"检定|校准|检测|检验")


def _is_trade(rest: str) -> bool:
    """Whether what follows a word makes the item one of trade in things for it (检验检测设备销售), not the service."""
    goods = _GOODS.match(rest)
    return goods is not None and _TRADE.search(rest) is not None and _TESTED.search(rest) is None


_ACTIVITY = re.compile(r"(?:服务|活动|业务|经营|项目|工作|等)+$")
_OF_ANY_KIND = re.compile(r"^(?:有关|相关|任何|一切|所有|各类|各种|从事|开展|提供|上述|以上|其他)*")


def _is_all_of(excluded: str, wanted: str) -> bool:
    """Whether what is excluded is ``wanted`` itself; words before it make it one kind of it, as 产品认证 is of 认证."""
    bare = _ACTIVITY.sub("", _OF_ANY_KIND.sub("", excluded))
    word = _ACTIVITY.sub("", wanted) or wanted
    return word in bare and (bare == word or not bare.endswith(word))


def items_of(scope: str) -> tuple[ScopeItem, ...]:
    """The items of a scope, in print order.

    >>> [item.core for item in items_of("一般项目：知识产权服务（专利代理服务除外）；标准化服务")]
    ['知识产权服务', '标准化服务']
    """
    text = _without_reminders(fold(scope))
    if (branches := _BRANCHES.search(text)) is not None:
        own, theirs = text[: branches.start()], text[branches.end() :]
        return (*items_of(own), *(replace(item, barred=True) for item in items_of(theirs)))
    items: list[ScopeItem] = []
    section: Literal["licensed", "general"] | None = None
    at = 0
    for match in [*_SECTION.finditer(text), None]:
        end = match.start() if match else len(text)
        items += _items(text[at:end], section)
        if match:
            section = "general" if match[1].startswith("一般") else "licensed"
            at = match.end()
    return tuple(items)


def supports(items: Sequence[ScopeItem], words: Iterable[str]) -> ScopeItem | None:
    """The first item that names one of ``words`` without excluding it; None when none does."""
    wanted = list(words)
    return next((item for item in items for word in wanted if item.names(word)), None)


def _without_reminders(text: str) -> str:
    """The text without brackets that hold a reminder, at whatever depth, an unclosed last one included."""
    out: list[str] = []
    stack: list[int] = []
    for char in text:
        if char in "([":
            stack.append(len(out))
            out.append(char)
        elif char in ")]" and stack:
            start = stack.pop()
            out.append(char)
            if _REMINDER.search("".join(out[start:])):
                del out[start:]
                if out and out[-1] not in ";。,:":
                    out.append(";")
        else:
            out.append(char)
    while stack:
        start = stack.pop()
        if _REMINDER.search("".join(out[start:])):
            del out[start:]
    plain = "".join(out)
    return re.sub(r"[*※#]?(?:依法须经批准的项目|除依法须经批准的项目外)[^;]*$", "", plain)


def _items(text: str, section: Literal["licensed", "general"] | None) -> list[ScopeItem]:
    items: list[ScopeItem] = []
    for piece in _split(text):
        piece = piece.strip(" .、*")
        if not piece:
            continue
        if _NEGATIVE.match(piece) and items and len(piece) < 60:
            last = items.pop()
            items.append(_item(f"{last.text}({piece})", section))
        else:
            items.append(_item(piece, section))
    return items


def _split(text: str) -> list[str]:
    """Pieces at ``；。，：`` outside brackets (a colon is how recognition often reads a semicolon)."""
    pieces, depth, start = [], 0, 0
    for index, char in enumerate(text):
        if char in "([":
            depth += 1
        elif char in ")]":
            depth = max(depth - 1, 0)
        elif char in ";。,:" and depth == 0:
            pieces.append(text[start:index])
            start = index + 1
    return [*pieces, text[start:]]


def _item(piece: str, section: Literal["licensed", "general"] | None) -> ScopeItem:
    excluded: list[str] = []
    core = piece
    for bracket in re.findall(r"[(\[][^()\[\]]*[)\]]?", piece):
        if _NEGATIVE.search(bracket):
            core = core.replace(bracket, "")
            excluded += _excluded(bracket.strip("()[]"))
    if _NEGATIVE.search(core):
        excluded += _excluded(core)
        core = _NEGATIVE.split(core)[0] if not core.endswith("除外") else ""
    barred = _BARRED.search(piece) is not None
    return ScopeItem(text=piece, core=core, excluded=tuple(dict.fromkeys(excluded)), section=section, barred=barred)


def _excluded(phrase: str) -> list[str]:
    return [
        part.strip()
        for pattern in _EXCLUDED
        for match in pattern.finditer(phrase)
        for part in re.split(r"[、,;和及]", match["what"])
        if part.strip()
    ]
