"""Prefect deployments of the pipeline, and nothing else."""
