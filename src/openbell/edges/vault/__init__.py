"""Secrets at rest: one file for its owner alone, each secret sealed for itself.

May import: nothing of the package.

Reading order: `safe`.
"""

from openbell.edges.vault.safe import PASSPHRASE_FILE, Safe, VaultError, passphrase_of

__all__ = ["PASSPHRASE_FILE", "Safe", "VaultError", "passphrase_of"]
