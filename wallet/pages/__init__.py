"""What pages are made of: templates, assets, languages, Markdown made harmless."""

# fmt: off
from .assets import Asset, make_asset
from .environment import ZONE, Pages, format_day, on_the_wall
from .languages import DEFAULT, LANGUAGES, catalogue_of, language_of
from .qr_drawing import qr_inline, qr_modules, qr_png, qr_svg
from .web_manifest import make_manifest
