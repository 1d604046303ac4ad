"""Look into a missing proof of capability (4.4) on site instead of asking for it again."""

import json
import os
from pathlib import Path

path = Path(os.environ["QI_HOME"]) / "admission.json"
rules = json.loads(path.read_text(encoding="utf-8"))
rule = rules["$defs"]["capability_unproven"]
rule["x-severity"] = "verify"
rule["x-remedy"] = {"zh": "由运维机构实地调查技术服务能力。", "en": "The operator looks into the capability on site."}
rules["x-version"] = "1-example-1"
path.write_text(json.dumps(rules, ensure_ascii=False, indent=1), encoding="utf-8")
