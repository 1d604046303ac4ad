"""The gate of a quality-infrastructure platform: papers in, reasoned decisions out."""

__version__ = "0.1.0"
