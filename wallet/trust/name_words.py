"""What the words of an organisation's name are there for: which of them tell it from another, and which add nothing.

« Mission locale de Caen » and « Mission locale de Lyon » are two, by the place alone; « Mission locale de Caen – service
badges » is meant to be taken for the first. So a place, a number and every word that is in no table here carry the
identity of a name. All words are kept as appearance.shape writes them.
"""

import re
from collections.abc import Iterable, Sequence

from .appearance import shape


def _table(words: str) -> frozenset[str]:
    shapes = {shape(word) for word in words.split()}
    return frozenset(shapes | {_singular(one) for one in shapes} | {f"{one}s" for one in shapes})


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 4 and word[-1] == "s" and word[-2] != "s" else word


LINKING = _table("de du des d la le les l un une et en a au aux pour par sur dans of the and for in to")
"""Join other words, and are left out or put in as one likes."""
EMPTY = _table(
    # say that it is really it
    "officiel officielle official vrai vraie unique original authentique verifie verifiee certifie certifiee agree agreee "
    "habilite habilitee reconnu reconnue accredite accreditee qualiopi "
    # an address instead of a name
    "www http https html fr com org net eu info gouv asso assoc site web internet online ligne compte page "
    # the form in law: the same name with another form is no other organisation to a reader
    "sas sasu sarl sa eurl sci snc scop scic gie gip loi 1901 ltd inc gmbh france"
)
"""Add nothing to any name."""
GENERIC = _table(
    # what whoever gives badges does
    "service certification certificat certificateur badge openbadge open digital digitaux digitales numerique formation "
    "diplome attestation emetteur delivrance wallet portefeuille verification validation competence parcours contact "
    "accueil espace portail plateforme support pro plus connect solution micro passeport passport professionnel "
    "professionnelle continue public publique "
    # parts of an organisation, and kinds that every organisation is of
    "association organisme institut centre pole antenne agence delegation direction secretariat administration departementale regional regionale "
    "national nationale conseil reseau groupe equipe bureau siege campus academy"
)
"""Add nothing to a name that has another word than a place."""
SHORT_FORMS = {
    shape(short): tuple(shape(word) for word in long.split())
    for short, long in {
        "cci": "chambre commerce industrie",
        "cma": "chambre metiers artisanat",
        "cfa": "centre formation apprentis",
        "mfr": "maison familiale rurale",
        "e2c": "ecole 2 chance",
        "univ": "universite",
        "fed": "federation",
        "dept": "departement",
        "st": "saint",
        "ste": "sainte",
        # regions as they are called in English, where that is no slip of their name
        "normandy": "normandie",
        "brittany": "bretagne",
        "burgundy": "bourgogne",
        "picardy": "picardie",
        "corsica": "corse",
    }.items()
}
"""What everybody says for short or in English, and what it stands for."""
REGIONS = _table(
    "normandie bretagne occitanie aquitaine alsace lorraine champagne picardie bourgogne auvergne limousin poitou "
    "languedoc roussillon provence corse guadeloupe martinique guyane reunion mayotte wallonie"
)
DEPARTMENTS = _table(
    "ain aisne allier ardeche ardennes ariege aube aude aveyron calvados cantal charente cher correze creuse dordogne "
    "doubs drome eure finistere gard gers gironde herault indre isere jura landes loire loiret lot lozere manche marne "
    "mayenne meurthe meuse morbihan moselle nievre nord oise orne rhone sarthe savoie somme tarn var vaucluse vendee "
    "vienne vosges yonne yvelines essonne"
)
TOWNS = _table(
    # the chief towns of departments and the larger ones (Insee, Code officiel géographique)
    "agen aix ajaccio albi alencon amiens angers angouleme annecy annemasse antibes arles arras auch aurillac auxerre avignon "
    "bastia bayonne beauvais belfort besancon beziers blois bobigny bordeaux boulogne bourges brest brive caen cahors "
    "calais cambrai cannes carcassonne castres cergy chambery charleville chartres chateauroux chaumont cherbourg "
    "cholet clermont colmar compiegne creil creteil dax dieppe digne dijon douai dunkerque epinal evreux evry foix "
    "frejus gap grenoble gueret havre laon laval lens lille limoges lorient lyon macon mans marseille meaux melun mende "
    "metz mont montauban montbeliard montlucon montpellier moulins mulhouse nancy nanterre nantes narbonne nevers nice "
    "nimes niort orleans paris pau perigueux perpignan poitiers pontoise privas quimper redon reims rennes reze roanne "
    "rochelle rodez rouen royan sedan sens soissons strasbourg tarbes thionville toulon toulouse tours troyes tulle "
    "valence valenciennes vannes versailles vesoul vichy vierzon villeurbanne bruxelles liege namur geneve lausanne "
    # and those of Normandy, where this wallet comes from
    "argentan avranches bayeux bernay carentan coutances deauville domfront elbeuf falaise fecamp flers granville "
    "honfleur lisieux louviers mortagne pontorson vernon verneuil vimoutiers vire yvetot"
)
PLACES = (
    REGIONS | DEPARTMENTS | TOWNS | _table("seine mantes marche corbeil mer loir orient bresse bray perche caux auge")
)
"""Places that are other places: one letter off is not the same one."""


_AROUND_TOWNS = (DEPARTMENTS | REGIONS) - TOWNS - _table("nord")
"""« Nord » is most often a side of a town."""
_REGION = shape("region")
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")
_COUNCILS = {shape("regional"): shape("region"), shape("departemental"): shape("departement")}


def content(words: Iterable[str]) -> list[str]:
    """The shapes of *words* without those that only join others, short forms written out."""
    found = [shape(word) for word in words]
    return [long for word in found if word not in LINKING for long in SHORT_FORMS.get(word, (word,))]


def telling(words: Sequence[str]) -> list[str]:
    """Of the shapes that `content` gives those that tell one organisation from another, each once, in one order."""
    told = [word for word in _without(words, EMPTY) if not _YEAR.fullmatch(word)] or list(words)
    told = _council(told)
    rest = _without(told, GENERIC)
    if any(names_more_than_a_place(word) for word in rest):
        told = rest
    if set(told) - PLACES == {_REGION} and not REGIONS.isdisjoint(told):
        told = [_REGION, *REGIONS.intersection(told)]  # « Région Normandie – Rouen » is no other region
    for finer, coarser in ((TOWNS, _AROUND_TOWNS), (DEPARTMENTS, REGIONS)):
        if not finer.isdisjoint(told):  # where the town is told, its region is no news
            told = _without(told, coarser)
    several = set(told)
    return sorted({_singular(word) for word in several} if len(several) > 1 else several)


def names_more_than_a_place(word: str) -> bool:
    """Whether a word is neither a place nor a number."""
    return word not in PLACES and not word.isdecimal()


def _council(words: list[str]) -> list[str]:
    """A region and its council are one: « Conseil régional de Normandie » is « Région Normandie »."""
    if shape("conseil") not in words:
        return words
    return [_COUNCILS.get(word, word) for word in words if word != shape("conseil")]


def _without(words: Iterable[str], table: frozenset[str]) -> list[str]:
    return [word for word in words if word not in table]
