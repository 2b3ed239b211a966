"""What Open311 keeps of a demand beside the demand: addresses of pictures, and updates as they came in."""

from .models import Media, PostedUpdate


def forget_case(case_id: int) -> None:
    """Inside the transaction that takes a person out of a demand."""
    Media.objects.filter(case_id=case_id).delete()
    PostedUpdate.objects.filter(case_id=case_id).delete()
