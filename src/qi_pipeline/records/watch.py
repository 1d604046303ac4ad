"""What a night does for integrity once its institutions are done: originals swept, the head of the log signed.

Neither may stop the night: what goes wrong with them is said in its answer.
"""

from __future__ import annotations

from datetime import date

from qi_pipeline.errors import QiError
from qi_pipeline.model import Json
from qi_pipeline.policy import IntegrityPolicy
from qi_pipeline.records.signing import sign_head
from qi_pipeline.records.store import Store
from qi_pipeline.records.sweep import sweep
from qi_pipeline.settings import Settings


def watched(store: Store, settings: Settings, policy: IntegrityPolicy, answer: dict[str, Json]) -> dict[str, Json]:
    """The night's answer with ``originals`` (what the sweep found) and ``log`` (whether its head is signed)."""
    as_of = date.fromisoformat(str(answer["as_of"]))
    try:
        originals = sweep(store, settings, policy, as_of).to_json()
    except QiError as error:
        originals = {"checked": 0, "wrong": [], "problem": str(error)}
    try:
        log = sign_head(store, settings, as_of).to_json()
    except QiError as error:
        log = {"signed": False, "signed_to": None, "reason": str(error)}
    return {**answer, "originals": originals, "log": log}
