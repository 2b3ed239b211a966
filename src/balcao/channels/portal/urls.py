"""The citizen's addresses."""

urlpatterns: list = []
