"""How the work grows with processes and with Dask."""
