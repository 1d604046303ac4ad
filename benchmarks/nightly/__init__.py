"""The nightly re-verification at scale, beside a raw scan and an ORM loop over the same rows."""
