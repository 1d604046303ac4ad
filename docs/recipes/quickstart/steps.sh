qi-pipeline ingest --as-of 2026-11-23
qi-pipeline packet list
qi-pipeline packet show wx-000201
