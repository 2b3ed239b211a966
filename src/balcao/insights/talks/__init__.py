"""The figures of conversations: people, grades, waiting, answering, giving up."""
