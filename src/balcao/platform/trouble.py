"""What an operator must hear: one clear sentence instead of a traceback."""

import errno
import re


class Trouble(Exception):
    """Something in the installation is wrong; `str()` is one sentence that says what, and how to mend it."""


def disk_full(error: BaseException | None) -> bool:
    """Whether a disk without room is behind `error`, ours or the database's, under whatever wrapping."""
    import psycopg

    while error is not None:
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            return True
        if isinstance(error, psycopg.errors.DiskFull):
            return True
        error = error.__cause__ or error.__context__
    return False


def explain(error: BaseException) -> str | None:
    """The sentence for an error that an operator can mend, or None when it is a defect of ours.

    Walks the chain of causes, so that a full disk or a refused connection is found under Django's wrapping.
    """
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, Trouble):
            return str(seen)
        if isinstance(seen, OSError):
            if seen.errno in (errno.ENOSPC, errno.EDQUOT):
                return "The disk is full: free some space and start again (nothing that was confirmed is lost)."
            if seen.errno in (errno.EACCES, errno.EPERM, errno.EROFS) and seen.filename:
                return f"No permission to use {seen.filename}: give this user access to it, or choose another folder."
        if type(seen).__module__.startswith("psycopg"):
            return database_sentence(seen)
        seen = seen.__cause__ or seen.__context__
    return None


def database_sentence(error: BaseException) -> str | None:
    """One sentence for a psycopg error met while reaching the database; None for errors in a query of ours."""
    import psycopg

    if isinstance(error, psycopg.errors.DiskFull):
        return "The database's disk is full: free some space and start again (nothing that was confirmed is lost)."
    if isinstance(error, psycopg.errors.ReadOnlySqlTransaction):
        return "The database accepts no writing (is it a standby?): point DATABASE_URL at the primary server."
    if not isinstance(error, psycopg.OperationalError | psycopg.ProgrammingError) or error.sqlstate:
        return None
    text = " ".join(str(error).split())
    if "password authentication failed" in text or "no password supplied" in text:
        return "The database refuses the user or the password in DATABASE_URL: correct them."
    if found := re.search(r'database "([^"]+)" does not exist', text):
        return f'The database "{found[1]}" named in DATABASE_URL does not exist: create it with UTF8 encoding first.'
    if found := re.search(r'role "([^"]+)" does not exist', text):
        return f'The user "{found[1]}" named in DATABASE_URL does not exist on the database server: create it.'
    if "could not translate host name" in text or "failed to resolve host" in text or "Name or service" in text:
        return "The host in DATABASE_URL cannot be found: check its name and the network."
    if "Connection refused" in text or "No such file or directory" in text:
        return "No database answers at the address in DATABASE_URL: start it, or correct the host and the port."
    if "received invalid response" in text:
        return "What answers at the address in DATABASE_URL is no PostgreSQL: correct the host and the port."
    if "timeout" in text:
        return "The database in DATABASE_URL does not answer in time: check the host, the port and the firewall."
    if isinstance(error, psycopg.ProgrammingError):
        return "DATABASE_URL cannot be understood: write it as postgresql://user:password@host:5432/name."
    return f"The database cannot be reached: {text[:300]}"
