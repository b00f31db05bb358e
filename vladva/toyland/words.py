"""Scenes in words: short captions, long captions, single claims, paraphrases.

Every claim of a caption goes through `truth.holds`. Refuses to know how a scene is drawn, what a
negative is, and the wordings themselves (`voice`, `wordings.json`).
"""

import random
from collections import Counter
from collections.abc import Iterator

from vladva.toyland.facts import (
    INVERSE,
    Absent,
    At,
    Count,
    Exists,
    Fact,
    Phrase,
    Relation,
    Said,
    Setting,
    describe,
)
from vladva.toyland.invent import invent
from vladva.toyland.scene import GROUPS, KINDS, Scene, Thing
from vladva.toyland.truth import holds, look, relations
from vladva.toyland.voice import Voice, seen_wordings, tokens

SHORT_TOKENS = 30
"""A short caption stays below this many tokens (words and marks)."""
LONG_TOKENS = (30, 120)
"""A long caption has at least and at most this many tokens."""
RARE = 2.5
"""How much likelier a caption names a relation other than left of, right of and next to."""


def phrase_words(phrase: Phrase, rng: random.Random) -> str:
    """A phrase in words, with its article: "a small red dog"."""
    return Voice(rng).a(phrase)


def say(fact: Fact, rng: random.Random, *, unseen: bool = False) -> str:
    """One fact as a short text, whether or not it holds anywhere."""
    return Voice(rng, unseen=unseen).caption([fact])


def paraphrases(
    of: Fact | Scene, rng: random.Random, n: int = 3, *, unseen: bool = False
) -> list[tuple[str, str]]:
    """Up to `n` pairs of different texts that claim the same, of a fact or of a scene's facts."""
    pairs: list[tuple[str, str]] = []
    for _ in range(4 * n):
        facts = short_facts(of, rng) if isinstance(of, Scene) else (of,)
        pair = (
            Voice(rng, unseen=unseen).caption(facts),
            Voice(rng, unseen=unseen).caption([turned(fact, rng) for fact in reversed(facts)]),
        )
        if facts and pair[0] != pair[1]:
            pairs.append(pair)
        if len(pairs) == n:
            break
    return pairs


def turned(fact: Fact, rng: random.Random) -> Fact:
    """The same claim, a relation half the time seen from its other side."""
    if isinstance(fact, Relation) and fact.relation in INVERSE and rng.random() < 0.5:
        return Relation(fact.b, INVERSE[fact.relation], fact.a)
    return fact


def clear_things(scene: Scene) -> list[Thing]:
    """The things that show clearly enough to be named, far to near."""
    return [thing for thing, clear in zip(scene.things, look(scene).clear, strict=True) if clear]


def clear_relations(scene: Scene) -> list[tuple[Thing, str, Thing]]:
    """The relations that hold without doubt."""
    return [(a, name, b) for a, name, b, verdict in relations(scene) if verdict == "yes"]


def loosely(thing: Thing, rng: random.Random) -> Phrase:
    """A phrase that fits a thing: mostly kind and colour, at times its group or its size."""
    dice = rng.random()
    colour = thing.colour if dice < 0.88 else None
    size = thing.size if rng.random() < 0.22 else None
    if rng.random() < 0.05:
        group = next(name for name, kinds in GROUPS.items() if thing.kind in kinds)
        if group != "people and objects":
            return Phrase(group=group, colour=colour, size=size)
    return Phrase(kind=thing.kind, colour=colour, size=size)


def short_facts(scene: Scene, rng: random.Random) -> tuple[Fact, ...]:
    """One to three facts that a short caption may claim, all of them true."""
    dice, found = rng.random(), clear_relations(scene)
    facts: list[Fact] = []
    if found and dice < 0.48:
        facts = [_some_relation(found, rng)]
    elif dice < 0.58:
        facts = _some_count(scene, rng)
    elif dice < 0.95:
        facts = _some_things(scene, rng, 1 if dice < 0.72 else 2 if dice < 0.88 else 3)
    if facts and isinstance(facts[0], Relation) and rng.random() < 0.2:
        facts += _some_other_thing(scene, facts[0], rng)
    around: list[Fact] = [Setting(scene.background), At(scene.time)]
    shares = (0.35, 0.3) if facts else (0.9, 0.6)
    facts += [fact for fact, share in zip(around, shares, strict=True) if rng.random() < share]
    true = dict.fromkeys(fact for fact in facts if holds(scene, fact) == "yes")
    return tuple(true) or (Setting(scene.background),)


def _some_relation(found: list[tuple[Thing, str, Thing]], rng: random.Random) -> Relation:
    common = ("left of", "right of", "next to")
    weights = [1.0 if name in common else RARE for _, name, _ in found]
    a, name, b = rng.choices(found, weights)[0]
    one, other = loosely(a, rng), loosely(b, rng)
    if one == other:
        one, other = describe(a, size=a.size != b.size), describe(b, size=a.size != b.size)
    return Relation(one, name, other)


def _some_things(scene: Scene, rng: random.Random, n: int) -> list[Fact]:
    things = clear_things(scene)
    return [Exists(loosely(thing, rng)) for thing in rng.sample(things, min(n, len(things)))]


def _some_other_thing(scene: Scene, told: Relation, rng: random.Random) -> list[Fact]:
    """A thing that a relation cannot have meant."""
    seen = look(scene)
    meant = {i for phrase in (told.a, told.b) for i, _ in seen.matches(phrase)}
    others = [thing for i, thing in enumerate(scene.things) if seen.clear[i] and i not in meant]
    return [Exists(describe(rng.choice(others)))] if others else []


def _some_count(scene: Scene, rng: random.Random) -> list[Fact]:
    """How many there are of a kind, a group or a coloured kind; several rather than one."""
    things = clear_things(scene)
    counts = [_count(scene, loosely(thing, rng)) for thing in things]
    several = [fact for fact in counts if fact.n > 1]
    chosen = several if several and rng.random() < 0.8 else counts
    return [rng.choice(chosen)] if chosen else []


def _count(scene: Scene, phrase: Phrase) -> Count:
    return Count(phrase, len(look(scene).matches(phrase)))


def caption_facts(scene: Scene, rng: random.Random, n: int, *, unseen: bool = False) -> list[Said]:
    """`n` short captions with the facts that each claims; alike only where a scene is poor."""
    said: dict[str, Said] = {}
    spare: list[Said] = []
    for _ in range(4 * n):
        facts = short_facts(scene, rng)
        voice = Voice(rng, unseen=unseen)
        text = voice.caption(facts)
        while tokens(text) >= SHORT_TOKENS:
            facts = facts[:-1]
            text = voice.caption(facts)
        spare.append(said.setdefault(text, Said(text, facts)))
        if len(said) == n:
            break
    return (list(said.values()) + spare)[:n]


def short_captions(scene: Scene, rng: random.Random, n: int, *, unseen: bool = False) -> list[str]:
    """`n` captions of fewer than 30 tokens: one to three facts, lower case, no full stop."""
    return [said.text for said in caption_facts(scene, rng, n, unseen=unseen)]


def long_captions(scene: Scene, rng: random.Random, n: int, *, unseen: bool = False) -> list[str]:
    """`n` captions of 30 to 120 tokens in sentences; see `long_facts`."""
    return [said.text for said in long_facts(scene, rng, n, unseen=unseen)]


def long_facts(scene: Scene, rng: random.Random, n: int, *, unseen: bool = False) -> list[Said]:
    """`n` long captions with their facts.

    Every thing that shows with its colour and size, some relations, background and time; and what
    is not there, where a scene is too poor for 30 tokens.
    """
    return [_long(scene, rng, Voice(rng, unseen=unseen)) for _ in range(n)]


def _long(scene: Scene, rng: random.Random, voice: Voice) -> Said:
    around: tuple[Fact, ...] = (Setting(scene.background), At(scene.time))
    opening = voice.pick("long opening").replace(
        "{w}", voice.where([Setting(scene.background), At(scene.time)])
    )
    body = _things_said(scene, rng, voice)
    room = LONG_TOKENS[1] - tokens(opening) - sum(tokens(said.text) for said in body)
    for said in _relations_said(scene, rng, voice):
        room -= tokens(said.text)
        if room < 0:
            break
        body.append(said)
    first = Said(opening, around)
    parts = [first, *body] if rng.random() < 0.75 else [*body, first]
    for filler in _fillers(scene, rng, voice):
        if sum(tokens(said.text) for said in parts) >= LONG_TOKENS[0]:
            break
        parts.append(filler)
    text = " ".join(said.text[0].upper() + said.text[1:] for said in parts)
    return Said(text, tuple(fact for said in parts for fact in said.facts))


def _things_said(scene: Scene, rng: random.Random, voice: Voice) -> list[Said]:
    """All things that show, two or three a sentence, and how many there are of a kind."""
    things = clear_things(scene)
    alike = Counter(describe(thing, size=True) for thing in things)
    facts: list[Exists | Count] = []
    for phrase, n in alike.items():
        count = Count(phrase, n)
        facts.append(count if n > 1 and holds(scene, count) == "yes" else Exists(phrase))
    rng.shuffle(facts)
    step = 3 if len(facts) != 4 else 2
    said = [
        Said(
            voice.things("long more" if i else "long things", facts[i : i + step], i),
            tuple(facts[i : i + step]),
        )
        for i in range(0, len(facts), step)
    ]
    kinds = Counter(thing.kind for thing in things)
    counts = [Count(Phrase(kind=kind), n) for kind, n in kinds.items() if n > 1]
    return said + [
        Said(voice.things("long count", [count], i), (count,))
        for i, count in enumerate(counts)
        if holds(scene, count) == "yes" and len(facts) > 1
    ]


def _relations_said(scene: Scene, rng: random.Random, voice: Voice) -> Iterator[Said]:
    """Up to five relations, each pair of things once, each thing named so that it is told apart."""
    found = clear_relations(scene)
    rng.shuffle(found)
    pairs: set[frozenset[int]] = set()
    for a, name, b in found:
        one, other = _told_apart(scene, a, rng), _told_apart(scene, b, rng)
        fact = Relation(one, name, other)
        pair = frozenset((a.id, b.id))
        if pair in pairs or one == other or holds(scene, fact) != "yes":
            continue
        pairs.add(pair)
        yield Said(voice.relates("long relates", fact, len(pairs)), (fact,))
        if len(pairs) == 5:
            return


def _told_apart(scene: Scene, thing: Thing, rng: random.Random) -> Phrase:
    """The shortest phrase that names no other thing; now and then longer than need be."""
    tries = [describe(thing, colour=False), describe(thing), describe(thing, size=True)]
    start = 0 if rng.random() < 0.3 else 1
    for phrase in tries[start:]:
        if len(look(scene).matches(phrase)) == 1:
            return phrase
    return tries[-1]


def _fillers(scene: Scene, rng: random.Random, voice: Voice) -> Iterator[Said]:
    """True sentences for a scene that has little to tell."""
    alone = Count(Phrase(), 1)
    if holds(scene, alone) == "yes":
        yield Said(voice.pick("long alone"), (alone,))
    missing = [kind for kind in KINDS if holds(scene, Absent(Phrase(kind=kind))) == "yes"]
    rng.shuffle(missing)
    for turn, (x, y) in enumerate(zip(missing[::2], missing[1::2], strict=False)):
        one, other = Phrase(kind=x), Phrase(kind=y)
        text = voice.pick("long absent", turn=turn)
        text = text.replace("{x}", voice.noun(one)).replace("{y}", voice.noun(other))
        yield Said(text, (Absent(one), Absent(other)))


def vocabulary_texts(n: int) -> Iterator[str]:
    """`n` training texts for a tokenizer to learn from: every seen wording, then captions."""
    yielded = 0
    for wording in seen_wordings():
        if yielded < n:
            yield wording
            yielded += 1
    index = 0
    while yielded < n:
        scene = invent("train", 0, index)
        rng = random.Random(index)
        for text in (*short_captions(scene, rng, 3), *long_captions(scene, rng, 1))[: n - yielded]:
            yield text
            yielded += 1
        index += 1
