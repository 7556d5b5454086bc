"""The two browsers the page is tested in, as the system packages them.

Strategy: one table; tests and benchmarks launch from it. Chromium is driven by
its own protocol, Firefox by WebDriver BiDi.

Invariants: a browser that is missing is an error that says what to install,
never a skipped test.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

BROWSERS = ("chromium", "firefox")

# Debian's names first; other systems' after them.
EXECUTABLES: dict[str, tuple[str, ...]] = {
    "chromium": ("chromium", "chromium-browser", "google-chrome"),
    "firefox": ("firefox-esr", "firefox"),
}

# The browsers' own chatter (updates, accounts, portals, probes) off: a test listens for any.
CHROMIUM_ARGS = (
    "--no-sandbox",  # the tests may run as root, where Chromium refuses its sandbox
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-features=OptimizationHints,MediaRouter,Translate",
)
FIREFOX_PREFS: dict[str, str | bool | int] = {
    "app.normandy.enabled": False,
    "app.update.enabled": False,
    "browser.safebrowsing.downloads.remote.enabled": False,
    "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False,
    # The panel that opens after a download takes the focus away from the page.
    "browser.download.alwaysOpenPanel": False,
    "browser.search.update": False,
    "datareporting.healthreport.uploadEnabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.getAddons.cache.enabled": False,
    "extensions.update.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "network.prefetch-next": False,
    "services.settings.server": "",
    "toolkit.telemetry.enabled": False,
    # The proxy below has to see loopback addresses too.
    "network.proxy.allow_hijacking_localhost": True,
}


def executable(name: str) -> str:
    """Return the path of an installed browser. Raises: FileNotFoundError naming what to install."""
    for candidate in EXECUTABLES[name]:
        found = shutil.which(candidate)
        if found:
            return found
    message = f"{name} is not installed: install {' or '.join(EXECUTABLES[name])}"
    raise FileNotFoundError(message)


def launch_options(
    name: str, downloads: Path | None = None, *, offline: bool = False
) -> dict[str, Any]:
    """Return what Playwright's `launch` takes for the installed browser `name`.

    downloads: where Firefox saves without asking; Chromium tells of each download itself.
    offline: whether Firefox runs service workers; for Chromium a context says that.
    """
    options: dict[str, Any] = {"executable_path": executable(name)}
    if name == "chromium":
        return options | {"args": list(CHROMIUM_ARGS)}
    if downloads is not None:
        options["downloads_path"] = downloads
    prefs = FIREFOX_PREFS | {"dom.serviceWorkers.enabled": offline}
    return options | {"channel": "moz-firefox", "firefox_user_prefs": prefs}
