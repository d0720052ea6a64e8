"""What a reader does on the page of a graph, and what there is to see."""

from typing import Any

LIT = ".tfkit-lighted .tfkit-found-here"


def box(page: Any, node_id: str) -> Any:
    """Return the box of a node; that of a closed group has a slash at the end of its id."""
    return page.locator(f"[data-node-id='{node_id}']")


def closed(page: Any, path: str) -> Any:
    return page.locator(f"[data-scope='{path}'][aria-expanded=false]")


def opened(page: Any, path: str) -> Any:
    return page.locator(f"[data-scope='{path}'][aria-expanded=true]")


def choose(page: Any, action: str, menu: str = "Groups") -> None:
    """Choose an entry of a menu."""
    page.get_by_role("button", name=f"{menu} \u25be").click()
    entry = page.locator(f"[data-action={action}]")
    entry.click()
    if entry.is_visible():  # a check box leaves the menu open
        page.keyboard.press("Escape")


def search(page: Any, text: str) -> Any:
    """Type into the search field; what was found stands in what is returned."""
    page.get_by_role("searchbox").fill(text)
    return page.locator(".tfkit-found")


def names(boxes: Any) -> list[str]:
    """Return the ids of drawn boxes, in the order in which they stand in the page."""
    found: list[str] = boxes.evaluate_all("all => all.map((element) => element.dataset.nodeId)")
    return found


def middle(element: Any) -> tuple[float, float]:
    """Return where on the page the middle of something is."""
    found = element.bounding_box()
    return found["x"] + found["width"] / 2, found["y"] + found["height"] / 2
