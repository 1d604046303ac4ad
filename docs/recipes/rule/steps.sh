cp schemas/admission.json "$QI_HOME/admission.json"
python docs/recipes/rule/edit.py
qi-pipeline packet decide-again wx-000201 --as-of 2026-11-23
