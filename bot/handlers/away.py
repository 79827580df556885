"""Being away, in chat: who says so, until when, and who answers for them."""

from datetime import datetime, timedelta

import cards.absence
from bot.activities import Inbound
from bot.colleagues import Colleagues
from bot.commands import ComeBack, Leave, ShowAbsence
from bot.days import end_of
from bot.handlers.replies import Said
from bot.wire import Json
from cards.actions import EndAbsence, SetAway
from cards.text import day, sentences
from orchestration.absences import Absences, Standing
from orchestration.clock import Clock
from orchestration.errors import InvalidInputError
from orchestration.model import Absence, Person, Place
from orchestration.zones import zone_of

NO_DEPUTY = "Please say who answers for you, for example: away until friday, deputy @Ben"


class Away:
    """Parses, calls, replies."""

    def __init__(self, *, absences: Absences, colleagues: Colleagues, clock: Clock) -> None:
        self._absences, self._colleagues, self._clock = absences, colleagues, clock

    async def answer(self, command: Leave | ComeBack | ShowAbsence, inbound: Inbound, place: Place) -> Said:
        """Do what the command says. Raises SignoffError with a sentence; then nothing is changed."""
        match command:
            case Leave():
                return Said(await self._leave(command, inbound, place))
            case ComeBack():
                was_away = await self._absences.end(inbound.person)
                return Said("Welcome back. Nobody answers for you now." if was_away else "You are not away.")
            case ShowAbsence():
                if inbound.personal:
                    return Said(card=await self._form(inbound))
                return Said(_standing(await self._absences.standing(inbound.person), inbound.zone))

    async def clicked(self, payload: SetAway | EndAbsence, inbound: Inbound) -> Json:
        """Do what the form says, and return it as it stands then. Raises SignoffError with a sentence."""
        match payload:
            case SetAway(until, deputy):
                end = end_of(until, self._clock(), zone_of(inbound.zone))
                who = await self._colleagues.called(Person(inbound.person.tenant, deputy, ""), None)
                await self._absences.leave(inbound.person, who, end)
            case EndAbsence():
                await self._absences.end(inbound.person)
        return await self._form(inbound)

    async def _form(self, inbound: Inbound) -> Json:
        standing = await self._absences.standing(inbound.person)
        return cards.absence.form(_standing(standing, inbound.zone), away=standing.absence is not None)

    async def _leave(self, command: Leave, inbound: Inbound, place: Place) -> str:
        zone = inbound.zone
        until = end_of(command.until, self._clock(), zone_of(zone))
        if not command.deputy:
            raise InvalidInputError(NO_DEPUTY)
        deputy = await self._colleagues.meant(command.deputy, inbound, place)
        absence = await self._absences.leave(inbound.person, deputy, until)
        theirs = await self._absences.of(deputy)
        also = f"{deputy.name} is away too, until the end of {_last(theirs.until, zone)}" if theirs else ""
        return sentences(_told(absence, zone), also, "“back” ends it sooner")


def _standing(standing: Standing, zone: str) -> str:
    own = _told(standing.absence, zone) if standing.absence else "You are not away"
    others = f"You answer for {', '.join(standing.represented)}" if standing.represented else ""
    how = "" if standing.absence else "Say for example: away until friday, deputy @Ben"
    return sentences(own, others, how)


def _told(absence: Absence, zone: str) -> str:
    return (
        f"You are away until the end of {_last(absence.until, zone)}. "
        f"{absence.deputy.name or 'Somebody'} can answer for you until then"
    )


def _last(until: datetime, zone: str) -> str:
    """The last day of an absence that ends at midnight."""
    return day(until - timedelta(minutes=1), zone)
