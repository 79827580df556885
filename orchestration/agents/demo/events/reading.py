"""What a request for an event says: kind, people, budget, date, place, diets and wishes."""

import re
from dataclasses import dataclass
from decimal import Decimal

from orchestration.agents.demo.events.numbers import Number, cents, numbers

_SHORT = "Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec"
_MONTH = (
    "(?:January|February|March|April|May|June|July|August|September|October|November|December|"
    rf"(?:{_SHORT})\b\.?)"
)
_SEASON = rf"{_MONTH}|[Ss]pring|[Ss]ummer|[Aa]utumn|[Ww]inter"
_WEEKDAY = r"(?:[Mm]on|[Tt]ues|[Ww]ednes|[Tt]hurs|[Ff]ri|[Ss]atur|[Ss]un)day"
_YEAR = r"20\d{2}\b(?!\s?(?:EUR|USD|GBP|CHF|euro|dollar|pound|[\u20ac$\u00a3]))"
"""“On 12 March, 3000 EUR” has no year."""
_DATES = (
    r"\d{4}-\d{2}-\d{2}",
    r"\d{1,2}\.\s?\d{1,2}\.(?:\s?\d{4})?",
    r"\d{1,2}/\d{1,2}(?:/\d{2,4})?",
    rf"(?:(?:next|this)\s+)?(?:{_WEEKDAY},?\s+)?(?:the\s+)?\d{{1,2}}(?:st|nd|rd|th|\.)?\s+(?:of\s+)?{_MONTH}(?:,?\s+{_YEAR})?",
    rf"(?:(?:next|this)\s+)?(?:{_WEEKDAY},?\s+)?{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?\b(?:,?\s+{_YEAR})?",
    rf"(?:(?:next|this|early|mid|late)[\s-])?(?:{_SEASON})(?:\s+{_YEAR})?",
    rf"(?:(?:next|this)\s+)?{_WEEKDAY}(?:\s+(?:morning|afternoon|evening|night))?",
    r"next (?:week|month|year)|tomorrow|New Year's Eve|Christmas Eve",
)
_DATE = re.compile(rf"\b(?:on |in |by |this coming )?(?P<date>{'|'.join(_DATES)})")
_TIME = re.compile(
    r"\b(?:at|from|until|till|to)?\s*(?:\d{1,2}:\d{2}(?:\s?[ap]m)?|\d{1,2}\s?[ap]m)\b", re.IGNORECASE
)
_PLACE = re.compile(
    r"\b(?:in|near|around|outside)\s+(?:downtown\s+|central\s+)?(?P<place>[A-Z][\w'-]+(?:\s+[A-Z][\w'-]+)*)"
    r"|\b(?:at|in)\s+(?P<own>(?:our|the)\s+(?:own\s+)?(?:office|offices|canteen|rooms|headquarters)\b)"
)
_GUESTS = (
    r"(?:people|persons?|guests?|attendees|participants|employees|colleagues|staff|team members|members|"
    r"visitors|delegates|pax|heads|folks|coworkers|co-workers|friends|students|customers|invitees|of us)\b"
)
_PEOPLE = re.compile(rf"(?:\s+|\s?-\s?)(?:[a-z]+\s+)?{_GUESTS}", re.IGNORECASE)
_FAMILIES = re.compile(r"\s+(?:adults|children|kids)\b", re.IGNORECASE)
_ABOUT = r"(?:about|around|roughly|some|up to|approximately)?\s*$"
_GROUP = re.compile(
    r"\b(?:(?:party|team|group|crowd|company|department|headcount|audience)(?:\s+is)?(?:\s+of|:)?|"
    rf"we are|there (?:will be|are)|guests?:|attendees:|people:)\s+{_ABOUT}",
    re.IGNORECASE,
)
_FOR = re.compile(rf"\bfor\s+{_ABOUT}", re.IGNORECASE)
_EACH = re.compile(
    r"\s*(?:per|a|each|/|for each)\s*(?:person|head|guest|pp|employee|attendee)?\b", re.IGNORECASE
)
_MONEY = re.compile(r"\b(?:budget|spend|spending|costs?|limit|funds)\b[^.;\d]{0,40}$", re.IGNORECASE)
_MONEY_AFTER = re.compile(r"\s+budget\b", re.IGNORECASE)
_KIND = re.compile(
    r"\b(?:plan(?:ning)?|organi[sz](?:e|ing)|arrange|prepare|host(?:ing)?|throw|have|hold|need|want|set up)"
    r"\s+(?:(?:an?|our|the|my|this|some)\s+)?(?:year's\s+)?(?P<kind>[^\d,.;:!?]{1,80}?)"
    r"(?=\s+(?:for|with|on|in|at|of|near|around|this|next|and|where|that|budget|from|to|by)\b|\s*[,.;:!?]|\s*$)",
    re.IGNORECASE,
)
_NOUN = re.compile(
    r"\b(?P<kind>(?:(?:corporate|company|team|office|holiday|christmas|summer|birthday|annual|small|product)\s+){0,4}"
    r"(?:party|wedding|conference|workshop|dinner|lunch|meeting|offsite|retreat|reception|launch|gala|picnic|"
    r"barbecue|celebration|hackathon|seminar|anniversary|birthday))\b",
    re.IGNORECASE,
)
_CHOOSES = re.compile(
    r"\blet me (?:choose|pick|decide|select)|\bI(?:'d| would) (?:like|want) to (?:choose|pick|decide|select)|"
    r"\bI(?:'ll| will| want to) (?:choose|pick|decide)|\bask me (?:which|to choose|about the venue)|"
    r"\bshow me (?:the |some )?(?:options|venues)|\bgive me (?:a choice|options)",
    re.IGNORECASE,
)
OPEN = "still open"
MOST_MONEY = 10**10
DIETS = {
    "Vegetarian": r"vegetarians?|no meat|without meat|meat-free",
    "Vegan": r"vegans?|plant-based",
    "Gluten-free": r"gluten[- ]free|(?:no|without) gluten|c(?:o)?eliacs?",
    "Lactose-free": r"(?:lactose|dairy)[- ]free|(?:no|without) (?:dairy|lactose|milk)|lactose intoleran\w+",
    "Without nuts": r"nut[- ]free|(?:no|without) nuts|nut allerg\w+|allergic to nuts",
    "Halal": r"halal",
    "Kosher": r"kosher",
    "Without pork": r"(?:no|without) pork",
    "With fish, without meat": r"pescatarians?|pescetarians?",
}
WISHES = {
    "outdoors": r"outdoors?|outside|open[- ]air|garden|terrace|rooftop|barbecue|bbq",
    "music": r"(?:live )?music|band|dj|danc\w+|karaoke",
    "a projector": r"projector|screen|presentations?|slides|talks|keynote",
    "step-free access": r"wheelchairs?|step-free|accessib\w+|barrier-free",
    "parking": r"parking|car park",
    "something for children": r"kids|children|family|families",
    "games": r"games?|quiz|bingo|scavenger hunt|escape room",
    "photos": r"photo\w*",
}


@dataclass(frozen=True)
class Wanted:
    """What a request says. Empty, or None: it does not say."""

    kind: str
    people: int | None
    budget: Decimal | None
    currency: str
    date: str
    place: str
    diets: tuple[str, ...]
    wishes: tuple[str, ...]
    chooses: bool


def wanted(request: str, people: int | None = None) -> Wanted:
    """Return what a request says; `people` is how many come if it does not say so itself."""
    dates = [found["date"] for found in _DATE.finditer(request)]
    rest = _TIME.sub(" ", _DATE.sub(" ", request))  # their numbers are none of people or money
    people = people_in(rest) or people
    amount, currency = budget_in(rest, people)
    return Wanted(
        kind=_kind(request),
        people=people,
        budget=amount,
        currency=currency,
        date=max(dates, key=_exactness, default="").strip(),
        place=_place(rest),
        diets=_named(DIETS, request),
        wishes=_named(WISHES, request),
        chooses=bool(_CHOOSES.search(request)),
    )


def people_in(text: str, *, alone: bool = False) -> int | None:
    """Return how many people a text speaks of. `alone`: a number that stands for itself is meant so."""
    found = [each for each in numbers(text) if not each.currency and each.value % 1 == 0]
    families = [number.value for number in found if _FAMILIES.match(number.after)]
    strong = [each.value for each in found if _PEOPLE.match(each.after) or _GROUP.search(each.before)]
    said_for = [each for each in found if alone or _FOR.search(each.before)]
    weak = [each.value for each in said_for if not _MONEY.search(each.before)]
    counts = [*([sum(families)] if families else []), *strong, *weak]
    return int(counts[0]) if counts and 0 < counts[0] <= 100_000 else None  # noqa: PLR2004 - more come nowhere


def budget_in(text: str, people: int | None, *, alone: bool = False) -> tuple[Decimal | None, str]:
    """Return the budget and its currency, as far as a text says them. A price per person is multiplied."""
    found = [number for number in numbers(text) if 0 < number.value < MOST_MONEY]
    sums = [number for number in found if number.currency]
    sums = [number for number in sums if _MONEY.search(number.before)] or sums
    plain = [number for number in found if not _PEOPLE.match(number.after) and (alone or _of_money(number))]
    for number in [*sums, *plain][:1]:
        each = people if people and _EACH.match(number.after) else 1
        return cents(number.value * each), number.currency
    return None, ""


def _of_money(number: Number) -> bool:
    return bool(_MONEY.search(number.before) or _MONEY_AFTER.match(number.after))


def _kind(text: str) -> str:
    found = _KIND.search(text)
    words = found["kind"].split() if found else []
    noun = _NOUN.search(text)
    if len(words) > 6 or "budget" in words:  # noqa: PLR2004 - more is a sentence
        words = []
    if noun and not words:
        words = noun["kind"].split()
    kind = " ".join(words) or "event"
    return kind[:1].lower() + kind[1:] if kind[1:].islower() else kind


def _exactness(date: str) -> tuple[int, int]:
    return len(re.findall(r"\d", date)), len(date)


def _place(text: str) -> str:
    found = _PLACE.search(text)
    return (found["place"] or found["own"]) if found else ""


def _named(words: dict[str, str], text: str) -> tuple[str, ...]:
    return tuple(name for name, each in words.items() if re.search(rf"\b(?:{each})\b", text, re.IGNORECASE))
