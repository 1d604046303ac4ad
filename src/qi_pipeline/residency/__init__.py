"""An institution's life after admission: registry, transitions, nightly re-verification."""
