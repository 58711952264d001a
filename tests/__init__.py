"""Tests. Folders mirror `src/openbell` one to one; the others are named for what they look at."""
