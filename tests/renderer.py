"""Draw a card with Microsoft's renderer, in a browser without a window, and say what a person would see.

The look of Teams is approximated, since its host configuration is not published. Nothing is fetched from
the network.
"""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from playwright.async_api import Browser, Page, Playwright, Route, async_playwright

from tests import needs

Theme = Literal["light", "dark"]

MARGIN = 16
FONTS = "'Segoe UI', 'Liberation Sans', sans-serif"
SECONDS = 10
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # element.computedName: the browser's own answer to what a screen reader would say.
    "--enable-blink-features=ComputedAccessibilityInfo",
]


@dataclass(frozen=True)
class Link:
    """Text that leads somewhere."""

    text: str
    href: str


@dataclass(frozen=True)
class Field:
    """An input, by its accessible name. The first radio button of a group has the group's label too."""

    label: str
    kind: str
    value: str


@dataclass(frozen=True)
class Shown:
    """What a person sees of a card. What is hidden, as in a closed Action.ShowCard, is left out."""

    text: str
    buttons: list[str]
    """Accessible names."""
    inputs: list[Field]
    links: list[Link]
    markup: list[str]
    """What markdown has emphasised or made a list, as ``strong: text``, ``em: text`` or ``li: text``."""
    overflowing: list[str]
    """The innermost elements that stick out at a side of the card."""
    cut_off: list[str]
    """Texts on one line whose end is replaced by an ellipsis."""
    requests: list[str]
    """Addresses that the card tried to load; all were refused."""

    @property
    def overflows(self) -> bool:
        """Whether anything sticks out horizontally."""
        return bool(self.overflowing)


class Renderer:
    """One browser for many cards; an asynchronous context manager."""

    def __init__(self) -> None:
        self._refused: list[str] = []

    async def __aenter__(self) -> Self:
        # Looked up first, so that a missing one skips the test before anything is started.
        program = needs.chromium()
        package = needs.node_module("adaptivecards") / "dist"
        self._style = (package / "adaptivecards.css").read_text()
        self._playwright: Playwright = await async_playwright().start()
        try:
            self._browser: Browser = await self._playwright.chromium.launch(
                executable_path=program, args=ARGUMENTS
            )
            self._page = await self._open_page((package / "adaptivecards.min.js").read_text())
        except BaseException:
            await self._playwright.stop()
            raise
        self._lock = asyncio.Lock()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._browser.close()
        await self._playwright.stop()

    async def render(
        self, card: dict[str, Any], theme: Theme = "light", width: int = 600, picture: Path | None = None
    ) -> Shown:
        """Draw ``card``, ``width`` pixels wide; write a PNG to ``picture`` when given.

        600 is a card in a channel, 320 one on a phone or in a meeting's side panel.
        """
        async with self._lock:
            self._refused.clear()
            await self._page.set_viewport_size({"width": width + 2 * MARGIN, "height": 200})
            await self._page.set_content(_page(THEMES[theme], width, self._style))
            await self._page.evaluate(DRAW, [card, _host_config(THEMES[theme])])
            if picture:
                await self._page.screenshot(path=picture, full_page=True)
            return self._shown(await self._page.evaluate(LOOK))

    def _shown(self, seen: dict[str, Any]) -> Shown:
        fields = [Field(**field) for field in seen.pop("inputs")]
        links = [Link(**link) for link in seen.pop("links")]
        return Shown(**seen, inputs=fields, links=links, requests=list(dict.fromkeys(self._refused)))

    async def _open_page(self, script: str) -> Page:
        """One page for all cards, because opening it and reading the renderer take longer than drawing."""
        page = await self._browser.new_page(device_scale_factor=2)
        page.set_default_timeout(SECONDS * 1000)
        await page.route("**/*", self._refuse)
        await page.evaluate(script)
        return page

    async def _refuse(self, route: Route) -> None:
        """The page is given to the browser as text, so whatever it asks for is foreign."""
        self._refused.append(route.request.url)
        await route.abort()


@dataclass(frozen=True)
class Colours:
    page: str
    card: str
    emphasis: str
    text: str
    subtle: str
    accent: str
    good: str
    warning: str
    attention: str
    line: str
    on_accent: str = "#FFFFFF"


THEMES: dict[Theme, Colours] = {
    "light": Colours(
        page="#F5F5F5",
        card="#FFFFFF",
        emphasis="#F0F0F0",
        text="#242424",
        subtle="#616161",
        accent="#5B5FC7",
        good="#237B4B",
        warning="#835C00",
        attention="#C4314B",
        line="#D1D1D1",
    ),
    "dark": Colours(
        page="#1F1F1F",
        card="#292929",
        emphasis="#3D3D3D",
        text="#FFFFFF",
        subtle="#ADADAD",
        accent="#7F85F5",
        good="#92C353",
        warning="#F8D22A",
        attention="#F9526B",
        line="#666666",
        on_accent="#1F1F1F",
    ),
}


def _host_config(colours: Colours) -> dict[str, Any]:
    """The settings through which an application gives cards its own look."""
    foreground = {
        name: {"default": colour, "subtle": colours.subtle if name == "default" else colour}
        for name, colour in {
            "default": colours.text,
            "dark": "#242424",
            "light": "#FFFFFF",
            "accent": colours.accent,
            "good": colours.good,
            "warning": colours.warning,
            "attention": colours.attention,
        }.items()
    }
    styles = ("default", "emphasis", "accent", "good", "warning", "attention")
    sizes = {"small": 12, "default": 14, "medium": 16, "large": 18, "extraLarge": 24}
    weights = {"lighter": 300, "default": 400, "bolder": 600}
    return {
        "supportsInteractivity": True,
        "fontTypes": {
            "default": {"fontFamily": FONTS, "fontSizes": sizes, "fontWeights": weights},
            "monospace": {"fontFamily": "monospace", "fontSizes": sizes, "fontWeights": weights},
        },
        "spacing": {
            "none": 0,
            "small": 4,
            "default": 8,
            "medium": 12,
            "large": 16,
            "extraLarge": 24,
            "padding": 16,
        },
        "separator": {"lineThickness": 1, "lineColor": colours.line},
        "containerStyles": {
            style: {
                "backgroundColor": colours.card if style == "default" else colours.emphasis,
                "foregroundColors": foreground,
            }
            for style in styles
        },
        "imageSizes": {"small": 32, "medium": 52, "large": 100},
        "actions": {
            "maxActions": 6,
            "buttonSpacing": 8,
            "showCard": {"actionMode": "inline", "inlineTopMargin": 12},
            "actionsOrientation": "horizontal",
            "actionAlignment": "left",
        },
        "adaptiveCard": {"allowCustomStyle": False},
        "factSet": {
            "title": {"weight": "bolder", "wrap": True, "maxWidth": 150},
            "value": {"wrap": True},
            "spacing": 12,
        },
    }


def _page(colours: Colours, width: int, style: str) -> str:
    return f"""<!doctype html><html lang="en"><meta charset="utf-8"><title>card</title><style>{style}
    body {{ margin: {MARGIN}px; background: {colours.page}; font-family: {FONTS} }}
    #card {{ width: {width}px; border-radius: 6px; background: {colours.card}; color: {colours.text};
             box-shadow: 0 0 2px {colours.line} }}
    #card p, #card ul, #card ol {{ margin: 0 }}
    #card ul, #card ol {{ box-sizing: border-box; padding-left: 20px }}
    #card a {{ color: {colours.accent}; text-decoration: none }}
    .ac-pushButton {{ padding: 5px 12px; border: 1px solid {colours.line}; border-radius: 4px;
                      font-weight: 600; font-size: 14px; color: {colours.text}; background: {colours.card} }}
    .ac-pushButton.style-positive {{ color: {colours.on_accent}; background: {colours.accent};
                                     border-color: {colours.accent} }}
    .ac-pushButton.style-destructive {{ color: {colours.attention}; background: {colours.card} }}
    .ac-input {{ box-sizing: border-box; padding: 6px 8px; border: 1px solid {colours.line};
                 border-radius: 4px; font: inherit; font-size: 14px; color: {colours.text};
                 background: {colours.emphasis} }}
    </style><div id="card"></div></html>"""


# The documented subset of markdown in Teams: bold, italic, lists and links, with backslash escapes.
# Everything else stays text, HTML above all. "<https://...>" counts as a link too, to be strict.
MARKDOWN = r"""
const escapeHtml = (text) => text.replace(/[&<>"']/g, (mark) => `&#${mark.charCodeAt(0)};`);

const PRIVATE = /[\uE000-\uF8FF]/g;
// [label](address "title"), where the address may contain one level of brackets. An image counts as a link.
const LINK = /!?\[([^\[\]]*)\]\(\s*([^\s()]*(?:\([^\s()]*\)[^\s()]*)*)(?:\s[^()]*)?\)/g;

function inline(text) {
  // What is settled is kept aside behind a character of the private area, out of reach of the next rules.
  const settled = [];
  const keep = (html) => String.fromCharCode(0xE000 + settled.push(html) - 1);
  const anchor = (label, href) => keep(`<a href="${restore(href)}">`) + label + keep("</a>");
  const restore = (html) => html.replace(PRIVATE, (mark) => settled[mark.charCodeAt(0) - 0xE000] ?? mark);
  const html = text
    .replace(PRIVATE, (mark) => keep(mark))
    .replace(/\\([!-\/:-@\[-`{-~])/g, (_, mark) => keep(escapeHtml(mark)))
    .replace(/<(https?:\/\/[^\s<>]+)>/g, (_, href) => anchor(escapeHtml(href), escapeHtml(href)))
    .replace(/[&<>"']/g, (mark) => escapeHtml(mark))
    .replace(LINK, (_, label, href) => anchor(label, href))
    .replace(/(\*\*|__)(?=\S)(.+?)(?<=\S)\1/g, "<strong>$2</strong>")
    .replace(/\*(?=\S)([^*]+?)(?<=\S)\*/g, "<em>$1</em>")
    .replace(/(?<![\p{L}\p{N}])_(?=\S)([^_]+?)(?<=\S)_(?![\p{L}\p{N}])/gu, "<em>$1</em>");
  return restore(html);
}

function blocks(text) {
  const found = [];
  for (const line of text.split(/\r\n|\r|\n/)) {
    const item = line.match(/^\s{0,3}(?:([-*+])|(\d{1,9})[.)])\s+(.*)$/);
    const kind = item ? (item[1] ? "ul" : "ol") : line.trim() ? "p" : "";
    if (found.at(-1)?.kind !== kind) found.push({ kind, start: item?.[2], lines: [] });
    found.at(-1).lines.push(item ? item[3] : line);
  }
  return found.filter((block) => block.kind);
}

function markdown(text) {
  return blocks(text).map(({ kind, start, lines }) => {
    if (kind === "p") return `<p>${inline(lines.join(" "))}</p>`;
    const items = lines.map((line) => `<li>${inline(line)}</li>`).join("");
    return start ? `<ol start="${start}">${items}</ol>` : `<ul>${items}</ul>`;
  }).join("");
}
"""

DRAW = (
    "async ([content, hostConfig]) => {"
    + MARKDOWN
    + r"""
  AdaptiveCards.AdaptiveCard.onProcessMarkdown = (text, result) => {
    result.outputHtml = markdown(text);
    result.didProcess = true;
  };
  const card = new AdaptiveCards.AdaptiveCard();
  card.hostConfig = new AdaptiveCards.HostConfig(hostConfig);
  card.parse(content);
  card.render(document.getElementById("card"));
  // A picture is loaded or refused in its own time.
  const ended = (image) => new Promise((done) => { image.onload = image.onerror = done; });
  return Promise.all([...document.images].map((image) => image.complete || ended(image)));
}"""
)

LOOK = r"""() => {
  const card = document.getElementById("card");
  const visible = (element) => element.checkVisibility({ visibilityProperty: true });
  const all = (selector) => [...card.querySelectorAll(selector)].filter(visible);
  const tag = (element) => element.tagName.toLowerCase();
  const line = (element) => element.innerText.replace(/\s+/g, " ").trim();
  const name = (element) => {
    if (element.computedName === undefined) throw new Error("this browser has no element.computedName");
    return element.computedName;
  };

  const field = (input) => {
    const value = ["radio", "checkbox"].includes(input.type) ? String(input.checked) : input.value;
    return { label: name(input), kind: input.type, value };
  };

  const withEllipsis = (element) => {
    const style = getComputedStyle(element);
    return style.textOverflow === "ellipsis" && style.overflowX !== "visible";
  };
  const shortened = (element) =>
    element !== card && (withEllipsis(element) || shortened(element.parentElement));
  const edges = card.getBoundingClientRect();
  const sticksOut = (part) => {
    const box = part.getBoundingClientRect();
    // Half a pixel is rounding.
    return box.width > 0 && (box.right > edges.right + 0.5 || box.left < edges.left - 0.5);
  };
  // Text may stick out of its element; a range around it has a box of its own.
  const textSticksOut = (element) => [...element.childNodes].some((node) => {
    const range = document.createRange();
    range.selectNodeContents(node);
    return node.nodeType === Node.TEXT_NODE && sticksOut(range);
  });
  const overflows = (element) => sticksOut(element)
    ? !shortened(element.parentElement) : textSticksOut(element) && !shortened(element);
  const outside = all("*").filter(overflows);
  const contains = (element, other) => other !== element && element.contains(other);
  const innermost = outside.filter((element) => !outside.some((other) => contains(element, other)));
  const cutOff = (element) => withEllipsis(element) && element.scrollWidth > element.clientWidth + 1;

  return {
    text: card.innerText.split("\n").map((part) => part.trim()).filter(Boolean).join("\n"),
    buttons: all("button, [role=button]").map(name),
    inputs: all("input:not([type=hidden]), textarea, select").map(field),
    links: all("a[href]").map((link) => ({ text: line(link), href: link.getAttribute("href") })),
    markup: all("strong, em, li").map((element) => `${tag(element)}: ${line(element)}`),
    overflowing: innermost.map((element) => `${tag(element)}: ${line(element).slice(0, 60)}`),
    cut_off: all("*").filter(cutOff).map(line),
  };
}"""
