"""The English that `constraints` reads beside plain nouns: small closed lists, in lower case.

Refuses to know what is done with them.
"""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _tuples(text: str) -> tuple[tuple[str, ...], ...]:
    """One entry a comma, longest first."""
    entries = (tuple(entry.split()) for entry in text.split(","))
    return tuple(sorted(entries, key=len, reverse=True))


ARTICLES = _words("a an the")
SOME = _words("some several many few various multiple numerous these those another both")
OWNERS = _words("my your his her its our their this that")
EXACT = _words("exactly just only precisely")
NUMBERS = {
    word: n
    for n, word in enumerate(
        ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"), start=1
    )
}
NUMBERS |= {str(n): n for n in range(1, 11)}
SPELLED = {n: word for word, n in NUMBERS.items() if word.isalpha()}
COLOURS = _words(
    "red orange yellow green blue purple pink brown black white grey gray golden silver beige "
    "turquoise violet colourful colorful"
)
ADJECTIVES = COLOURS | _words(
    "small little tiny medium-sized large big huge tall short long old young new wet dry dark "
    "bright empty full wooden round happy sad cute beautiful pretty dirty clean broken fluffy"
)
MASS = _words(
    "snow water grass sand rain fog mist smoke fire ice text writing food graffiti furniture "
    "traffic rubbish trash garbage sunlight sunshine light lightning mud hair blood bread rice "
    "coffee tea wine beer cheese jewellery jewelry luggage hay steam dust clothing people"
)
"""No article goes before these."""
ONLY_PLURAL = _words(
    "glasses sunglasses stairs jeans trousers pants shorts scissors clothes goggles headphones "
    "binoculars tights pyjamas pajamas fireworks ruins crowds"
)
IRREGULAR = {
    "people": "person", "men": "man", "women": "woman", "children": "child", "mice": "mouse",
    "geese": "goose", "feet": "foot", "teeth": "tooth", "cacti": "cactus", "leaves": "leaf",
    "knives": "knife", "wolves": "wolf", "shelves": "shelf", "calves": "calf", "scarves": "scarf",
    "loaves": "loaf", "buses": "bus", "oxen": "ox", "policemen": "policeman", "shoes": "shoe",
    "canoes": "canoe", "toes": "toe", "cookies": "cookie", "movies": "movie", "selfies": "selfie",
    "hoodies": "hoodie", "zombies": "zombie", "heroes": "hero", "tomatoes": "tomato",
    "potatoes": "potato", "mangoes": "mango", "cities": "city",
}  # fmt: skip
NOT_PLURAL = _words("bus gas lens tennis canvas christmas cactus octopus campus circus series")
RELATIONS = _tuples(
    "to the left of, to the right of, on the left of, on the right of, at the left of, "
    "at the right of, left of, right of, in front of, on top of, next to, close to, "
    "placed next to, placed close to, placed on, placed inside, placed in front of, "
    "placed behind, somewhere above, somewhere below, above, over, below, under, "
    "underneath, beneath, on, onto, in, inside, into, "
    "behind, beside, near, with, by, at, against, around, across, through, along, off, outside, "
    "towards, toward, from, for, facing, full of"
)
THINGS_IN_ING = _words(
    "building painting drawing wedding ring king ceiling evening morning swing string wing spring "
    "thing something anything sibling pudding railing clothing lightning crossing parking wedding "
    "awning earring darling duckling icing viking"
)
"""Nouns that look like a verb."""
FUNCTION = _words(
    "is are was were be been being am do does did has have had having can could will would should "
    "may might must not and or but nor so if when while who whom whose which what where why how "
    "that than then as because although though i you he she it we they me him us them there here "
    "about after before during since until between among without within like no never very too "
    "also to un une der die das ein eine einen el la los las le les il lo gli uma um y et und con "
    "avec mit sin senza"
) | {word for relation in RELATIONS for word in relation} - _words("left right top front full")
"""What no plain noun phrase holds, foreign articles included."""
FRAMES = _tuples(
    "a picture of, a photo of, a photograph of, an image of, a picture with, a photo with, "
    "an image with, an image that shows, a picture that shows, a photo that shows, picture of, "
    "photo of, image of, pictures of, photos of, images of, a picture taken, a photo taken, "
    "this photo was taken, the picture was taken, there is, there are, there's, "
    "we see, we can see, you see, you can see, here is, here are, here we are, this shows, "
    "it is, it shows, show me, "
    "find me, find, somewhere, a scene, a picture, a photo, an image, also, and, with, but"
)
"""What may stand before a description and says nothing."""
ENDS = _tuples(
    "can be seen, to be seen, in the picture, in the photo, in the image, too, as well, is seen"
)
"""What may stand behind one and says nothing."""
COPULAS = _tuples("there is, there are, you can see, we see, we can see, is, are")
PLACES = _words(
    "meadow beach desert snow city forest mountains lake woods park garden field street road "
    "town village countryside jungle river seaside shore coast harbour harbor island hill hills "
    "mountain kitchen bathroom bedroom office classroom restaurant cafe bar hotel museum church "
    "library supermarket shop store market station airport stadium gym playground zoo farm "
    "rain fog park"
)
PLACE_PREPOSITIONS = _words("on in at by")
SETTINGS = {
    "night": "at night", "nighttime": "at night", "day": "by day", "daytime": "by day",
    "daylight": "in daylight", "indoors": "indoors", "indoor": "indoors", "outdoors": "outdoors",
    "outdoor": "outdoors", "outside": "outdoors", "inside": "indoors", "underwater": "underwater",
    "sunset": "at sunset", "sunrise": "at sunrise", "dusk": "at dusk", "dawn": "at dawn",
    "summer": "in summer", "winter": "in winter", "autumn": "in autumn",
}  # fmt: skip
"""One word that says when or where, as a query of its own or at the end of a clause."""
