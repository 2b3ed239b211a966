"""What the portal keeps of a demand beside the demand: the draft that it was sent from, with its access code."""

from .models import Draft


def forget_case(case_id: int) -> None:
    """Inside the transaction that takes a person out of a demand."""
    Draft.objects.filter(case_id=case_id).delete()
