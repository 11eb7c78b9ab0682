"""Texts of invented facts, and questions whose answers nobody can know but from them."""

import random
from dataclasses import dataclass

SYLLABLES = ["ba", "den", "fo", "gar", "hel", "ki", "lu", "mor", "na", "per", "rin", "so", "tel", "vo", "wen"]


def name(rng: random.Random) -> str:
    """A word that is no word: `Gardenfo`."""
    return "".join(rng.choices(SYLLABLES, k=3)).capitalize()


@dataclass(frozen=True)
class Harbour:
    """A harbour, told of in four sentences."""

    place: str
    builder: str
    keeper: str
    cranes: int
    year: int

    @property
    def text(self) -> str:
        return (
            f"The harbour at {self.place} was built in {self.year} by {self.builder}. It has {self.cranes} cranes. "
            f"The lighthouse keeper is called {self.keeper}. Boats pay a fee when they leave."
        )

    def questions(self) -> list[tuple[str, str]]:
        """Each with what its answer must hold."""
        return [
            ("Who is the lighthouse keeper?", self.keeper),
            ("Who built the harbour?", self.builder),
            ("How many cranes does the harbour have?", str(self.cranes)),
            ("When was the harbour built?", str(self.year)),
        ]

    def ask(self, rng: random.Random) -> tuple[str, str]:
        """A prompt of the text and one question, and what the answer must hold."""
        question, answer = rng.choice(self.questions())
        return f"{self.text}\n\n{question}", answer


def harbour(rng: random.Random) -> Harbour:
    return Harbour(
        place=name(rng),
        builder=f"{name(rng)} {name(rng)}",
        keeper=f"{name(rng)} {name(rng)}",
        cranes=rng.randint(3, 90),
        year=rng.randint(1700, 1999),
    )
