"""« Demander ces compétences »: an employer asks for skills, and whoever has badges shows them, each in a share of their own."""

# fmt: off
from .answering import CallIsFull, Fit, answer_call, answers_to, badges_to_show, choice_to_answer, fits_of, own_answer
from .asking import (NewCall, OpenCall, OwnCall, TooManyCalls, close_call, create_call, find_call, find_own_call,
    forget_ended_calls)
from .models import (ANSWER_LASTS, CALL_LASTS, LIMITS, MOST_ANSWERS, MOST_CALLS, MOST_PLACES, REPORT_REASONS, AskedSkill,
    Call, CallAnswer, CallForm, asked_skills, form_problems)
from .moderation import CallForOperator, close_call_report, find_reported_call, list_reported_calls, report_call, stop_reported_call
