"""The interview engine: one script of typed questions, the same on a web form, in a chat and on a keypad.

Pure Python, without Django or any other room of the house. README.md describes the script format.
"""

from .conditions import Condition, dump_condition, holds, load_condition
from .display import display
from .dumping import dump_script
from .errors import DamagedState, Disqualified, Invalid, NotComplete, Problem, ScriptError, VersionMismatch
from .interview import Answers, Interview, Outcome, Page, ReviewLine
from .loading import load_script
from .messages import MESSAGES, explain
from .parsing import parse_form, parse_text
from .questions import Lack, Option, Question, QuestionType, Validators, Value
from .saving import Resumed, resume, save
from .scripts import Running, Script, Step
from .standing import Answer
from .text import LANGUAGES, Text
from .validation import check

__all__ = [
    "LANGUAGES",
    "MESSAGES",
    "Answer",
    "Answers",
    "Condition",
    "DamagedState",
    "Disqualified",
    "Interview",
    "Invalid",
    "Lack",
    "NotComplete",
    "Option",
    "Outcome",
    "Page",
    "Problem",
    "Question",
    "QuestionType",
    "Resumed",
    "ReviewLine",
    "Running",
    "Script",
    "ScriptError",
    "Step",
    "Text",
    "Validators",
    "Value",
    "VersionMismatch",
    "check",
    "display",
    "dump_condition",
    "dump_script",
    "explain",
    "holds",
    "load_condition",
    "load_script",
    "parse_form",
    "parse_text",
    "resume",
    "save",
]
