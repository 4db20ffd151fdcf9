"""Reasons to reject a session as a whole; a single bad line is a defect, not a rejection."""

from rollout_reference.errors import Rejected


class SessionRejected(Rejected):
    """A session rollout, or a place that holds some, that a reader or writer rejects."""


# --- a rollout file as a whole --------------------------------------------------------------------


class RolloutNotFound(SessionRejected):
    """Neither form of the rollout exists.  [SESSION-FILE-3]"""

    code = "session.not_found"
    requirement = "SESSION-FILE-3"
    text = "there is no such file, plain or cold"
    hint = "a thread has no file before its first item; an archived one lies in archived_sessions"


class RolloutUnreadable(SessionRejected):
    """What the path names is no regular file, or cannot be read.  [SESSION-FILE-3]"""

    code = "session.unreadable"
    requirement = "SESSION-FILE-3"
    text = "cannot read the rollout: {detail}"
    hint = "a rollout is one regular file, rollout-*.jsonl or rollout-*.jsonl.zst"
    detail: str


class RolloutEmpty(SessionRejected):
    """No line of the file is more than blank.  [SESSION-FILE-4]"""

    code = "session.empty"
    requirement = "SESSION-FILE-4"
    text = "the file has no line"
    hint = "its writer stopped before the first line; there is nothing to read or to repair"


class NoOwner(SessionRejected):
    """No line says whose rollout this is, or history comes before it.  [SESSION-FILE-6]"""

    code = "session.no_owner"
    requirement = "SESSION-FILE-6"
    text = "no readable session_meta says whose rollout this is, {detail}"
    hint = "if the first line is damaged, repair it; if the file comes from before CLI 0.34, upgrade it"
    detail: str


class UnknownHistoryMode(SessionRejected):
    """The owner is of a history mode that the reader does not know.  [SESSION-FILE-7]"""

    code = "session.unknown_history_mode"
    requirement = "SESSION-FILE-7"
    text = "unknown history mode {mode}"
    hint = "the file comes from a newer CLI whose history means something else; read it with that one"
    mode: str


class NotPaginated(SessionRejected):
    """An operation that is not defined on the history mode of a thread.  [SESSION-CONTEXT-2]"""

    code = "session.not_paginated"
    requirement = "SESSION-CONTEXT-2"
    text = "no {operation} of a {mode} thread"
    hint = "roll back a legacy thread; revert a paginated one to a turn, or read it from an ordinal on"
    operation: str
    mode: str


class BaseMissing(SessionRejected):
    """The file whose lines a rollout begins with is not there.  [SESSION-FORK-9]"""

    code = "session.base_missing"
    requirement = "SESSION-FORK-9"
    text = "the history begins in {segment_id}, and no rollout of the home has this id"
    hint = "give the whole home; if that file was deleted, only the lines of this one are left"
    segment_id: str


class BaseTooShort(SessionRejected):
    """The file whose lines a rollout begins with ends before the fork.  [SESSION-FORK-9]"""

    code = "session.base_too_short"
    requirement = "SESSION-FORK-9"
    text = "the history begins with the lines before ordinal {end} of {segment_id}, which has fewer"
    hint = "the rollout with that id was cut or replaced; look for a backup"
    segment_id: str
    end: int


class BaseCycle(SessionRejected):
    """A rollout is its own base, directly or not.  [SESSION-FORK-10]"""

    code = "session.base_cycle"
    requirement = "SESSION-FORK-10"
    text = "the history begins in {segment_id}, which begins with this file"
    hint = "no writer makes this; one of the headers or names was changed"
    segment_id: str


class TurnNotFound(SessionRejected):
    """A fork or a revert is asked for at a turn that the thread does not have any more.

    [SESSION-FORK-3, SESSION-ROLLBACK-9]
    """

    code = "session.turn_not_found"
    requirement = "SESSION-FORK-3"
    text = "cannot cut at turn {turn_id}: {detail}"
    hint = "take the id of a turn that the thread's history shows and that was begun by a task_started"
    turn_id: str
    detail: str


class NothingToRollBack(SessionRejected):
    """A rollback of no turn is asked for.  [SESSION-ROLLBACK-8]"""

    code = "session.nothing_to_roll_back"
    requirement = "SESSION-ROLLBACK-8"
    text = "a rollback of {turns} turns"
    hint = "take back at least one turn"
    turns: int


class ZstDamaged(SessionRejected):
    """A cold file is not a sequence of whole frames.  [SESSION-FILE-11]"""

    code = "session.zst_damaged"
    requirement = "SESSION-FILE-11"
    text = "the compressed file is damaged: {detail}"
    hint = "look for a plain file or a backup; the lines before the damage can be decoded by hand"
    detail: str


class ZstBomb(SessionRejected):
    """A cold file decodes to far more than a rollout can.  [SESSION-FILE-12]"""

    code = "session.zst_bomb"
    requirement = "SESSION-FILE-12"
    text = "the first {position} bytes decode to more than {ratio} times as many"
    hint = "no rollout compresses like this; do not trust the file"
    position: int
    ratio: int


# --- writing ----------------------------------------------------------------------------------------


class NotRecordable(SessionRejected):
    """An item that no reader would take, or that the policy does not know.  [SESSION-WRITER-2]"""

    code = "session.not_recordable"
    requirement = "SESSION-WRITER-2"
    text = "an item of type {item_type} cannot be recorded: {detail}"
    hint = "give the recorder the payload as the table of line types says; nothing was written"
    item_type: str
    detail: str


class HeaderNotFirst(SessionRejected):
    """A rollout that is to be written on does not begin with its header.  [SESSION-WRITER-10]"""

    code = "session.header_not_first"
    requirement = "SESSION-WRITER-10"
    text = "cannot append to {file}: its first line is no session_meta"
    hint = "it can still be read; start a new thread from what it holds"
    file: str


class OrdinalMissing(SessionRejected):
    """The last record of a paginated rollout carries no ordinal.  [SESSION-ORDINAL-6]"""

    code = "session.ordinal_missing"
    requirement = "SESSION-ORDINAL-6"
    text = "cannot append to {file}: its last record has no ordinal"
    hint = "a writer that does not know paginated threads was here; start a new thread from what it holds"
    file: str


class OrdinalsExhausted(SessionRejected):
    """The ordinals of a rollout are used up.  [SESSION-ORDINAL-4]"""

    code = "session.ordinals_exhausted"
    requirement = "SESSION-ORDINAL-4"
    text = "there is no ordinal after {largest}"
    hint = "fork the thread"
    largest: int


class PrefixIncomplete(SessionRejected):
    """A sub-agent's rollout ends within the prefix that it has from its parent.  [SESSION-ORDINAL-7]"""

    code = "session.prefix_incomplete"
    requirement = "SESSION-ORDINAL-7"
    text = "cannot append to {file}: it ends at ordinal {last}, within the inherited prefix up to {wanted}"
    hint = "spawn the agent again"
    file: str
    last: int
    wanted: int


# --- storage --------------------------------------------------------------------------------------


class ThreadInUse(SessionRejected):
    """Somebody else writes to the thread, and went on for as long as one waited.  [SESSION-STORE-11]"""

    code = "session.thread_in_use"
    requirement = "SESSION-STORE-11"
    text = "thread {thread_id} already has a writer"
    hint = "end the other process that has the thread open, then try again"
    thread_id: str


class LockHeld(SessionRejected):
    """The lock under which locks of threads change hands was not to be had.  [SESSION-STORE-10]"""

    code = "session.lock_held"
    requirement = "SESSION-STORE-10"
    text = "{name} stays locked"
    hint = "it is held for moments only; look for a process that hangs"
    name: str


class RolloutReplaced(SessionRejected):
    """The path of an open rollout names another file by now, or none.  [SESSION-STORE-15]"""

    code = "session.rollout_replaced"
    requirement = "SESSION-STORE-15"
    text = "{file} is not the file any more that was opened"
    hint = "open it again; whoever replaced it does not keep to the locks"
    file: str


class NotARollout(SessionRejected):
    """A link, a folder or something else stands where a file was to be.  [SESSION-STORE-3]"""

    code = "session.not_a_rollout"
    requirement = "SESSION-STORE-3"
    text = "{file} is no regular file"
    hint = "put the rollout itself there; links are not followed"
    file: str


class OutsideHome(SessionRejected):
    """A path does not lie in the folders of a home that hold rollouts.  [SESSION-STORE-2]"""

    code = "session.outside_home"
    requirement = "SESSION-STORE-2"
    text = "{path} lies neither in sessions nor in archived_sessions of the home"
    hint = "give a path below one of the two, without '..' and without links"
    path: str


# --- the threads of a home ------------------------------------------------------------------------


class ThreadNotFound(SessionRejected):
    """No rollout of the home belongs to a thread.  [SESSION-THREADS-15]"""

    code = "session.thread_not_found"
    requirement = "SESSION-THREADS-15"
    text = "there is no thread {thread_id} in the home"
    hint = "list the threads, the archived ones too; a thread has no file before its first item"
    thread_id: str


class InvalidThreadId(SessionRejected):
    """What is given as the id of a thread is no UUID.  [SESSION-THREADS-12]"""

    code = "session.invalid_thread_id"
    requirement = "SESSION-THREADS-12"
    text = "{given!r} is no thread id"
    hint = "give the id from a listing, a UUID"
    given: str


class TwoRelations(SessionRejected):
    """Children and descendants are asked for at once.  [SESSION-THREADS-12]"""

    code = "session.two_relations"
    requirement = "SESSION-THREADS-12"
    text = "children of one thread and descendants of another are asked for at once"
    hint = "ask for one of the two"


class InvalidCursor(SessionRejected):
    """A cursor is not one that a listing gave.  [SESSION-THREADS-23]"""

    code = "session.invalid_cursor"
    requirement = "SESSION-THREADS-23"
    text = "{cursor!r} is no cursor"
    hint = "give nextCursor of the page before, with the same filters and order"
    cursor: str


class EmptyTerm(SessionRejected):
    """A search for nothing.  [SESSION-SEARCH-1]"""

    code = "session.empty_search_term"
    requirement = "SESSION-SEARCH-1"
    text = "the term to search for is empty"
    hint = "give at least one character that is no white space"


class TargetExists(SessionRejected):
    """There is something already where a rollout would be moved.  [SESSION-THREADS-21]"""

    code = "session.target_exists"
    requirement = "SESSION-THREADS-21"
    text = "{file} is already there"
    hint = "the thread is both active and archived; look which of the two files is to stay"
    file: str
