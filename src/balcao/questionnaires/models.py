"""How it went: the grade 0–10 that a person gives to an answer."""

from django.core.validators import MaxValueValidator
from django.db import models


class Rating(models.Model):
    """One grade for one answer of a case; a later one replaces it."""

    answer = models.OneToOneField("cases.Answer", models.CASCADE, related_name="rating")
    score = models.PositiveSmallIntegerField(validators=[MaxValueValidator(10)])
    comment = models.TextField(blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(name="rating_0_to_10", condition=models.Q(score__gte=0, score__lte=10))]
