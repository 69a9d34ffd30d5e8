"""What badges say of competencies: frameworks, the map, the journey, search."""

# fmt: off
from .framework_files import FaultyFramework, UnreadableFramework
from .frameworks import (Framework, Prompt, check_framework, faults_of_frameworks, load_frameworks, prompts_for,
    prompts_of_each)
from .journey import count_badge, get_journey, map_to_ask_with, restore_counts, uncount_badge
from .map import CompetencyMap
from .recognition import level_to_tell, recognise_loosely
from .search import QUERY_LIMIT, SearchQuery, search_wallet
