"""JSON Schemas (2020-12): application, dossier, admission rules, every --json output."""
