"""What is sold: deals of two kinds and three sizes, in the form of deal files."""

from datetime import date, timedelta
from random import Random
from typing import Any

from domain.deal_file.model import DealFile
from domain.directory.directory import Client
from domain.engagement.start import StartDeal
from domain.playbook.model import Kind
from domain.shared.values import PersonId
from simulation.firm import Firm

DISCIPLINES = ("architecture", "development", "data", "testing", "training")
GRADES = ("principal", "senior", "consultant", "offshore_senior", "offshore")
# Number of work packages, and the likely hours of each.
SIZES = {"small": (2, 60), "middle": (4, 250), "large": (7, 900)}
SPONSORS = ("head_of_engagement_management", "head_of_delivery", "head_of_customer_care")


def draw_deal(firm: Firm, rng: Random, number: int, today: date) -> DealFile:
    """A deal for one of the firm's clients, with people who are active today."""
    client = rng.choice(firm.directory.clients)
    size = rng.choices(tuple(SIZES), weights=(5, 4, 1))[0]
    starts = today + timedelta(days=rng.randint(40, 90))
    months = {"small": 2, "middle": 5, "large": 9}[size]
    ends = starts + timedelta(days=30 * months)
    seller = _seller(firm, rng, in_house=client.in_house)
    theirs = {part: _theirs(client, part) for part in ("client_sponsor", "client_signatory")}
    sponsors = [firm.directory.positions[position] for position in SPONSORS]
    sponsor = next(
        person_id for person_id in (*sponsors, firm.directory.positions["managing_director"]) if person_id != seller
    )
    return DealFile.model_validate(
        {
            "client": client.name,
            "title": f"Engagement {number}, {size}",
            "kind": Kind.IN_HOUSE if client.in_house else Kind.CONTRACTED,
            "salesperson": seller,
            "provider_sponsor": sponsor,
            "agreement_custodian": _custodian(firm, rng, seller) if client.in_house else None,
            "wished_start": starts,
            "wished_end": ends,
            "price": _price(rng, in_house=client.in_house),
            "purchases": [{"id": "B1", "title": "Licences", "amount": 5000}] if rng.random() < 0.2 else [],
        }
        | theirs
        | _scope(rng, size, seller, theirs["client_sponsor"], today, starts, ends)
    )


def _seller(firm: Firm, rng: Random, *, in_house: bool) -> PersonId:
    """Someone in sales; in house a champion, who needs no sales role."""
    roles = ("sales", "service_delivery_manager") if in_house else ("sales",)
    return rng.choice(firm.directory.people_with_role(*roles)).id


def _custodian(firm: Firm, rng: Random, seller: PersonId) -> str:
    return rng.choice([p for p in firm.directory.people_with_role("quality") if p.id != seller]).id


def _theirs(client: Client, part: str) -> PersonId:
    return next(person.id for person in client.people if person.active and part in person.part)


def _price(rng: Random, *, in_house: bool) -> dict[str, Any]:
    if in_house:
        return {"internal_transfer": True, "expenses": 500}
    return {
        "discount_percent": rng.choice((0, 0, 3, 8, 12, 18, 30)),
        "contingency_percent": rng.choice((0, 5, 10)),
        "expenses": 1000,
        "payment": "by milestone",
    }


def _scope(
    rng: Random, size: str, seller: PersonId, sponsor: PersonId, today: date, starts: date, ends: date
) -> dict[str, Any]:
    count, likely = SIZES[size]
    needs: list[dict[str, Any]] = [{"id": f"N{n}", "text": f"Need {n}"} for n in range(1, rng.randint(1, 3) + 1)]
    needs[0] |= {"measure": {"what": "Days to an answer", "now": 9, "target": 3}}
    promises = [
        {"id": f"P{n}", "by": seller, "to": sponsor, "text": f"Promise {n}", "on": today}
        for n in range(1, rng.randint(0, 3) + 1)
    ]
    packages = []
    for n in range(1, count + 1):
        hours = round(likely * rng.uniform(0.5, 1.5))
        serves = rng.sample([row["id"] for row in promises], rng.randint(0, len(promises)))
        packages.append(
            {
                "id": f"W{n}",
                "title": f"Package {n}",
                "discipline": rng.choice(DISCIPLINES),
                "grade": rng.choice(GRADES),
                "hours": [round(hours * 0.7), hours, round(hours * 1.6)],
                "needs": ["N1"],
                "promises": serves,
            }
        )
    parts = max(1, count // 2)
    shares = [100 // parts] * (parts - 1)
    step = (ends - starts) / parts
    milestones = [
        {"id": f"M{n}", "title": f"Part {n}", "due": starts + step * n, "share_percent": share}
        for n, share in enumerate([*shares, 100 - sum(shares)], 1)
    ]
    requirements = [{"id": "R1", "text": "It works", "needs": ["N1"], "work_packages": ["W1"]}]
    return {
        "needs": needs,
        "promises": promises,
        "work_packages": packages,
        "milestones": milestones,
        "requirements": requirements,
    }


def opening_of(deal: DealFile, firm: Firm, number: int, today: date) -> StartDeal:
    """How a deal begins: with the holders of positions, the parties, the client's people and their stand-ins."""
    directory = firm.directory
    client = directory.client(deal.client)
    named = [*directory.positions.values(), deal.salesperson, deal.provider_sponsor]
    named += [p.id for p in directory.client_people(deal.client)]
    known = [firm.people[person_id] for person_id in dict.fromkeys(named)]
    known += firm.around([person.id for person in known])
    ids = {person.id for person in known}
    return StartDeal(
        id=f"ENG-{today.year}-{number:04d}",
        form=deal.kind,
        title=deal.title,
        client=deal.client,
        vertical=client.vertical if client else None,
        currency=directory.currency,
        salesperson=deal.salesperson,
        provider_sponsor=deal.provider_sponsor,
        client_sponsor=deal.client_sponsor,
        client_signatory=deal.client_signatory,
        wished_start=deal.wished_start,
        wished_end=deal.wished_end,
        playbook=firm.playbook,
        rate_card=directory.rate_card,
        capacity=directory.capacity,
        people=tuple(known),
        calendars=tuple(directory.calendars.values()),
        positions=directory.positions,
        absences=tuple(a for a in directory.absences if a.person in ids),
        delegations=tuple(d for d in directory.delegations if d.person in ids),
        directory=firm.version,
    )
