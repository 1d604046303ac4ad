"""What a night found of originals and of the log, in words for its report."""

from __future__ import annotations

from qi_pipeline.model import Json, Lang

TITLE = {"zh": "原件与日志", "en": "Originals and log"}
_WORDS = {
    "checked": {
        "zh": "今夜核对原件{checked}件，本轮尚余{left}件。",
        "en": "{checked} originals compared with their hashes tonight, {left} left in this round.",
    },
    "problem": {"zh": "原件核对未完成：{why}", "en": "The originals could not be compared: {why}"},
    "missing": {"zh": "原件缺失：{what}", "en": "Original missing: {what}"},
    "changed": {"zh": "原件内容已变：{what}", "en": "Original changed: {what}"},
    "unreadable": {"zh": "原件无法读取：{what}", "en": "Original unreadable: {what}"},
    "signed": {"zh": "事件日志已签名至第{n}条。", "en": "The event log is signed up to event {n}."},
    "no_key": {
        "zh": "事件日志未签名：尚无签名密钥（qi-pipeline key make）。",
        "en": "The event log is not signed: there is no key (qi-pipeline key make).",
    },
    "unsigned": {"zh": "事件日志未签名：{why}", "en": "The event log is not signed: {why}"},
}
_SHOWN = 50


def sentences(answer: dict[str, Json], lang: Lang) -> list[str]:
    """A sentence for each thing that a person should know; nothing where the night did not look."""
    said = []
    originals, log = answer.get("originals"), answer.get("log")
    if isinstance(originals, dict):
        if "problem" in originals:
            said.append(_WORDS["problem"][lang].format(why=originals["problem"]))
        else:
            said.append(_WORDS["checked"][lang].format(checked=originals["checked"], left=originals["left"]))
        wrong = originals["wrong"]
        assert isinstance(wrong, list)
        for each in wrong[:_SHOWN]:
            assert isinstance(each, dict)
            packets = each["packets"]
            assert isinstance(packets, list)
            said.append(_WORDS[str(each["fault"])][lang].format(what=" ".join(map(str, (each["sha256"], *packets)))))
        if len(wrong) > _SHOWN:
            said.append(f"… +{len(wrong) - _SHOWN}")
    if isinstance(log, dict):
        key = "signed" if log["signed"] else "no_key" if log["reason"] == "no_key" else "unsigned"
        said.append(_WORDS[key][lang].format(n=log["signed_to"], why=log["reason"]))
    return said
