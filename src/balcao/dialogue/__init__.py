"""The interview engine: one script of typed questions, the same on a web form, in a chat and on a keypad.

Pure Python, without Django or any other room of the house. README.md describes the script format.
"""

from .conditions import Condition, dump_condition, holds, load_condition
from .conversation import State, Turn, again, begin, know, step
from .display import display
from .dumping import dump_script
from .errors import DamagedState, Disqualified, Invalid, NotComplete, Problem, ScriptError, VersionMismatch
from .interview import Answers, Interview, Outcome, Page, ReviewLine
from .letters import ahead, read_reply
from .loading import load_script
from .messages import MESSAGES, explain
from .parsing import parse_form, parse_text
from .pausing import load_state, save_state
from .phrases import LACKS
from .prompts import (
    Ask,
    Ended,
    Finished,
    Form,
    Given,
    Handover,
    Prompt,
    Raw,
    Refused,
    Review,
    Tap,
    Tell,
    WhichOne,
    Words,
)
from .questions import CURRENCIES, Lack, Option, Question, QuestionType, Validators, Value
from .saving import Resumed, resume, save
from .scripts import Running, Script, Step
from .standing import Answer
from .text import LANGUAGES, Text
from .validation import check
from .walking import Walk, walk

__all__ = [
    "CURRENCIES",
    "LACKS",
    "LANGUAGES",
    "MESSAGES",
    "Answer",
    "Answers",
    "Ask",
    "Condition",
    "DamagedState",
    "Disqualified",
    "Ended",
    "Finished",
    "Form",
    "Given",
    "Handover",
    "Interview",
    "Invalid",
    "Lack",
    "NotComplete",
    "Option",
    "Outcome",
    "Page",
    "Problem",
    "Prompt",
    "Question",
    "QuestionType",
    "Raw",
    "Refused",
    "Resumed",
    "Review",
    "ReviewLine",
    "Running",
    "Script",
    "ScriptError",
    "State",
    "Step",
    "Tap",
    "Tell",
    "Text",
    "Turn",
    "Validators",
    "Value",
    "VersionMismatch",
    "Walk",
    "WhichOne",
    "Words",
    "again",
    "ahead",
    "begin",
    "check",
    "display",
    "dump_condition",
    "dump_script",
    "explain",
    "holds",
    "know",
    "load_condition",
    "load_script",
    "load_state",
    "parse_form",
    "parse_text",
    "read_reply",
    "resume",
    "save",
    "save_state",
    "step",
    "walk",
]
