"""What badges say of competencies: frameworks, the map, the journey, search."""

# fmt: off
from .framework_files import FaultyFramework, UnreadableFramework
from .frameworks import (Competency, Framework, Level, Prompt, check_framework, faults_of_addition, faults_of_frameworks, frameworks_at,
    frameworks_to_learn_for, load_frameworks, prompts_for, prompts_of_each)
from .journey import (OtherNames, badges_held, count_badge, count_fitting, find_fitting, get_choice, get_journey, get_maps, map_to_ask_with, restore_counts,
    uncount_badge, uncount_since)
from .learning import Lesson, learn, places_of
from .map import CompetencyMap, HeldBadge, RecognisedBadge, Standing
from .recognition import level_to_tell, recognise, recognise_loosely
from .shown_map import ShownMap, ShownSkill, draw_for_others
from .search import ELIDED, QUERY_LIMIT, SearchQuery, search_wallet
