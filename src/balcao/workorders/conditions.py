"""Conditions on cases by which every list that has them finds them."""

from django.db.models import Exists, OuterRef, Q

from balcao.cases.states import NextActor, State

from .models import WorkOrder

UNROUTED = Q(~Exists(WorkOrder.objects.filter(case=OuterRef("pk"))), state=State.TRIAGE, area=None)
"""No rule of the matrix caught it."""
UNDELIVERED = Q(state=State.ANSWERING, next_actor=NextActor.TRIAGE)
"""Its answer is ready and could not be brought to the person."""
