"""The interview engine: one script of typed questions, the same on a web form, in a chat and on a keypad.

Pure Python, without Django or any other room of the house. README.md describes the script format.
"""

from .conditions import Condition, dump_condition, holds, load_condition
from .display import display
from .errors import DamagedState, Invalid, NotComplete, Problem, ScriptError, VersionMismatch
from .interview import Answer, Answers, Interview, Outcome, Page, ReviewLine
from .loading import dump_script, load_script
from .messages import MESSAGES, explain
from .parsing import parse_form, parse_text
from .questions import Option, Question, QuestionType, Validators, Value
from .saving import Resumed, resume, save
from .scripts import Script, Step
from .text import LANGUAGES, Text
from .validation import check

__all__ = [
    "LANGUAGES",
    "MESSAGES",
    "Answer",
    "Answers",
    "Condition",
    "DamagedState",
    "Interview",
    "Invalid",
    "NotComplete",
    "Option",
    "Outcome",
    "Page",
    "Problem",
    "Question",
    "QuestionType",
    "Resumed",
    "ReviewLine",
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
