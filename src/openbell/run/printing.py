"""A page as a PDF, printed by the Chromium of this machine. Nothing is downloaded for it."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
"""What a Chromium may be called; OPENBELL_CHROMIUM names another."""
PATIENCE_S = 120.0
"""Longest time that printing may take, seconds."""
_FLAGS = (
    "--headless", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--no-first-run",
    "--disable-sync", "--disable-dev-shm-usage", "--no-pdf-header-footer", "--virtual-time-budget=5000",
)  # fmt: skip


class CannotPrint(Exception):
    """A page could not be printed; the text says why, `advice` what to do."""

    def __init__(self, what: str, advice: str) -> None:
        """Say what is wrong and what to do next."""
        super().__init__(what)
        self.advice = advice


def browser(environment: Mapping[str, str]) -> str:
    """Return the Chromium that prints.

    Raises:
        CannotPrint: There is none.
    """
    named = environment.get("OPENBELL_CHROMIUM")
    found = named or next((path for name in NAMES if (path := shutil.which(name, path=environment.get("PATH")))), None)
    if found is None:
        advice = (
            "install chromium with the system's packages, or name one in OPENBELL_CHROMIUM; the page itself prints, too"
        )
        raise CannotPrint("there is no Chromium on this machine to print with", advice)
    return found


def print_page(page: Path, target: Path, environment: Mapping[str, str], patience_s: float = PATIENCE_S) -> None:
    """Print an HTML file as a PDF, replacing an older one in one step.

    Args:
        page: The file; what it needs is in it.
        target: Where the PDF goes.
        environment: Of the process.
        patience_s: Longest time that it may take, seconds.

    Raises:
        CannotPrint: There is no Chromium, or it did not print. OSError: The PDF cannot be written.
    """
    program = browser(environment)
    # Chromium does not sandbox itself for root, and then refuses to start unless told not to.
    own = ("--no-sandbox",) if os.geteuid() == 0 else ()
    with TemporaryDirectory(prefix="openbell-print-") as folder:
        made = Path(folder) / "page.pdf"
        words = [program, *_FLAGS, *own, f"--user-data-dir={folder}/profile", f"--print-to-pdf={made}"]
        try:
            subprocess.run(  # noqa: S603  # a browser that this machine or its owner names
                [*words, page.resolve().as_uri()], check=True, capture_output=True, timeout=patience_s,
                env=dict(environment), stdin=subprocess.DEVNULL,
            )  # fmt: skip
        except (subprocess.SubprocessError, OSError) as error:
            what = f"{program} did not print the page ({type(error).__name__})"
            raise CannotPrint(what, f"open {page} in a browser and print it there") from None
        if not made.is_file() or not made.read_bytes().startswith(b"%PDF-"):
            raise CannotPrint(f"{program} printed nothing", f"open {page} in a browser and print it there")
        draft = target.with_name(f".{target.name}.part")
        shutil.copyfile(made, draft)
        draft.replace(target)
