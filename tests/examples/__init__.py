"""Every folder of examples/ is run and its hash compared."""
