"""Wrong listings of the threads of a home."""

from rollout_conformance.mutants.patch import Patch
from rollout_conformance.mutants.registry import mutant
from rollout_reference.session.errors import TwoRelations
from rollout_reference.session.threads import (
    answer,
    entries,
    filters,
    fold,
    head_scan,
    listing,
    lookup,
    metadata,
    places,
    query,
    relations,
    search,
    side_index,
)
from rollout_reference.session.threads.fold import Fold
from rollout_reference.session.threads.query import Query

# --- a thread -------------------------------------------------------------------------------------


@mutant("SESSION-THREADS-1", "shows the time of making as that of the last change")
def thread_updated_when_created(reference: Patch) -> None:
    reference.edit(
        answer.thread_row,
        "'updatedAt': entry.updated_ms // 1000",
        "'updatedAt': thread.created_ms // 1000",
    )


@mutant("SESSION-THREADS-1", "gives times in milliseconds")
def thread_in_milliseconds(reference: Patch) -> None:
    reference.edit(answer.thread_row, "thread.created_ms // 1000", "thread.created_ms")


@mutant("SESSION-THREADS-1", "does not show where a thread was forked")
def thread_without_fork(reference: Patch) -> None:
    reference.edit(answer.thread_row, "thread.forked_from_id", "None")


@mutant("SESSION-THREADS-1", "gives sources as they stand in the file")
def thread_source_as_stored(reference: Patch) -> None:
    reference.edit(answer._source, "{'subAgent': ", "{'subagent': ")


@mutant("SESSION-THREADS-2", "shows the context that an editor adds")
def typed_with_context(reference: Patch) -> None:
    reference.edit(fold.typed_by_user, "if REQUEST_MARK in text", "if False")


@mutant("SESSION-THREADS-2", "takes what follows the last mark")
def typed_after_last_mark(reference: Patch) -> None:
    reference.edit(fold.typed_by_user, "text.partition(", "text.rpartition(")


@mutant("SESSION-THREADS-2", "keeps white space around a message")
def typed_not_trimmed(reference: Patch) -> None:
    reference.edit(fold.typed_by_user, "else text.strip()", "else text")


@mutant("SESSION-THREADS-2", "has no placeholder for images")
def typed_no_placeholder(reference: Patch) -> None:
    reference.edit(Fold._said, "IMAGE_ONLY if images else None", "None")


@mutant("SESSION-THREADS-3", "takes the last message for the preview")
def preview_of_last_message(reference: Patch) -> None:
    reference.edit(Fold._show, "self._preview or self._message", "self._message")
    reference.edit(Fold._said, "self._message or typed or", "typed or")


@mutant("SESSION-THREADS-3", "prefers a later message to a goal")
def preview_message_before_goal(reference: Patch) -> None:
    reference.edit(Fold._show, "self._preview or self._message", "self._message")


@mutant("SESSION-THREADS-3", "takes the placeholder for the title")
def title_of_image(reference: Patch) -> None:
    reference.edit(Fold._said, "self._title or typed or None", "self._title or self._message")


@mutant("SESSION-THREADS-22", "does not know the time in a file name")
def created_without_name(reference: Patch) -> None:
    reference.edit(fold._created, "told is None", "False")


@mutant("SESSION-THREADS-4", "takes later headers for nothing")
def later_header_ignored(reference: Patch) -> None:
    reference.edit(Fold._meta, "meta.id != self.metadata.id", "meta.id != self.metadata.id or self._message")


@mutant("SESSION-THREADS-4", "takes the header of another thread for its own")
def later_header_of_another(reference: Patch) -> None:
    reference.edit(Fold._meta, "meta.id != self.metadata.id", "False")


@mutant("SESSION-THREADS-4", "lets a later header take values away")
def later_header_clears(reference: Patch) -> None:
    reference.edit(Fold._meta, "now.git = meta.git or now.git", "now.git = meta.git")


@mutant("SESSION-THREADS-4", "begins anew with each header")
def later_header_begins(reference: Patch) -> None:
    reference.edit(
        Fold._meta, "if self.metadata is None:", "if self.metadata is None or meta.id == self.metadata.id:"
    )


# --- listing --------------------------------------------------------------------------------------


@mutant("SESSION-THREADS-5", "looks at fewer lines for a preview")
def scan_too_short(reference: Patch) -> None:
    reference.constant(head_scan, "MORE_RECORDS", 199)


@mutant("SESSION-THREADS-5", "looks at more lines for a preview")
def scan_too_long(reference: Patch) -> None:
    reference.constant(head_scan, "MORE_RECORDS", 201)


@mutant("SESSION-THREADS-5", "stops when header and preview are known")
def scan_stops_early(reference: Patch) -> None:
    reference.constant(head_scan, "RECORDS", 2)
    reference.constant(head_scan, "MORE_RECORDS", 208)


@mutant("SESSION-THREADS-5", "lists threads without a preview")
def lists_without_preview(reference: Patch) -> None:
    reference.edit(filters.filters_of, "entry.metadata.preview is not None", "True")


@mutant("SESSION-THREADS-5", "follows links to rollouts")
def lists_links(reference: Patch) -> None:
    reference.edit(places.rollouts, "entry.is_file(follow_symlinks=False)", "entry.is_file()")


@mutant("SESSION-THREADS-5", "does not look into folders of another depth")
def lists_dates_only(reference: Patch) -> None:
    reference.edit(places.rollouts, "is_rollout_name(entry.name)", "path[-3] == '/'")


@mutant("SESSION-THREADS-6", "shows each file of a thread")
def lists_files(reference: Patch) -> None:
    reference.edit(
        entries.entries_of,
        "threads[metadata.id]",
        "threads[metadata.id + each.plain]",
    )


@mutant("SESSION-THREADS-6", "lets the last file of a thread speak")
def lists_last_file(reference: Patch) -> None:
    reference.edit(
        entries.entries_of,
        "first is None",
        "True",
    )


@mutant("SESSION-THREADS-6", "does not see a change of a later file of a thread")
def lists_time_of_first_file(reference: Patch) -> None:
    reference.edit(entries.entries_of, "first.updated_ms = max(first.updated_ms, each.modified_ms)", "pass")


@mutant("SESSION-THREADS-26", "lists the path of the first segment")
def lists_first_segment(reference: Patch) -> None:
    reference.edit(answer.thread_row, "entry.current.path", "entry.rollout.path")


@mutant("SESSION-THREADS-26", "lists the path of the last segment by name")
def lists_segment_by_time(reference: Patch) -> None:
    reference.edit(entries.newest, "age(rollout.name)", "rollout.name")


@mutant("SESSION-THREADS-26", "looks the first segment up")
def looks_up_first_segment(reference: Patch) -> None:
    reference.edit(lookup._read, "metadata = _folded(current)", "metadata = _folded(first)")


@mutant("SESSION-THREADS-26", "calls a reverted thread by what it is now")
def called_as_it_is_now(reference: Patch) -> None:
    reference.does_nothing(lookup._as_it_began)


@mutant("SESSION-THREADS-7", "does not know the other order")
def order_always_descending(reference: Patch) -> None:
    reference.edit(listing.ordered, "query.sort_direction == 'desc'", "True")


@mutant("SESSION-THREADS-7", "orders by the time of making only")
def order_by_creation_only(reference: Patch) -> None:
    reference.edit(listing.position, "query.sort_key == 'created_at'", "True")


@mutant("SESSION-THREADS-7", "compares whole seconds")
def order_by_seconds(reference: Patch) -> None:
    reference.edit(
        listing.position, "entry.metadata.created_ms if", "entry.metadata.created_ms // 1000 * 1000 if"
    )


@mutant("SESSION-THREADS-7", "leaves threads of one time in the order of their files")
def order_without_ids(reference: Patch) -> None:
    reference.edit(
        listing.ordered,
        "key=lambda entry: position(entry, query)",
        "key=lambda entry: -position(entry, query)[0]",
    )
    reference.edit(listing.ordered, "reverse=descending", "reverse=not descending")


@mutant("SESSION-THREADS-23", "loses threads of the time of a cursor")
def page_beyond_time(reference: Patch) -> None:
    reference.edit(
        listing.ordered,
        "at < anchor if descending else at > anchor",
        "at[0] < anchor[0] if descending else at[0] > anchor[0]",
    )


@mutant("SESSION-THREADS-8", "gives a cursor after the last thread")
def page_after_last(reference: Patch) -> None:
    reference.edit(
        listing.list_threads,
        "return Page(_rows(page, home, names), None)",
        "return Page(_rows(page, home, names), cursor_of(position(page[-1], query)) if page else None)",
    )


@mutant("SESSION-THREADS-8", "gives cursors in whole seconds")
def cursor_of_seconds(reference: Patch) -> None:
    reference.edit(query.cursor_of, "if position[0] % 1000 else", "if False else")


@mutant("SESSION-THREADS-8", "gives cursors with milliseconds always")
def cursor_of_milliseconds(reference: Patch) -> None:
    reference.edit(query.cursor_of, "if position[0] % 1000 else", "if True else")


@mutant("SESSION-THREADS-8", "shows everything on a page of none")
def page_of_none_is_all(reference: Patch) -> None:
    getter = Query.page_size.fget  # type: ignore[attr-defined]
    reference.edit(getter, "max(self.limit, 1)", "(self.limit or MAX_PAGE)")


@mutant("SESSION-THREADS-8", "has longer pages")
def page_too_long(reference: Patch) -> None:
    reference.constant(query, "PAGE", 26)


@mutant("SESSION-THREADS-23", "takes any text for a cursor")
def cursor_of_anything(reference: Patch) -> None:
    reference.wrap(query.anchor_of, lambda original, cursor: original(cursor) if "Z|" in cursor else (0, ""))


# --- filters --------------------------------------------------------------------------------------


@mutant("SESSION-THREADS-9", "shows threads of every source")
def kinds_all(reference: Patch) -> None:
    reference.edit(filters.filters_of, "elif not query.of_relatives", "elif False")


@mutant("SESSION-THREADS-9", "takes every custom source for a person")
def kinds_any_custom(reference: Patch) -> None:
    reference.edit(filters.kinds_of, "f'custom:{source.custom}'", "'custom:atlas'")


@mutant("SESSION-THREADS-9", "does not count reviews as sub-agents")
def kinds_review_apart(reference: Patch) -> None:
    reference.edit(
        filters.kinds_of, "{'subAgent', _AGENT_KINDS.get(agent, 'subAgent')}", "{_AGENT_KINDS.get(agent, '')}"
    )


@mutant("SESSION-THREADS-9", "takes every sub-agent for a spawned one")
def kinds_all_spawned(reference: Patch) -> None:
    reference.edit(filters.kinds_of, "agent.thread_spawn is not UNSET", "True")


@mutant("SESSION-THREADS-10", "compares folders as they are written")
def cwd_as_written(reference: Patch) -> None:
    reference.wrap(metadata.normal_folder, lambda _original, path: path)


@mutant("SESSION-THREADS-10", "takes no folder for every folder")
def cwd_none_is_all(reference: Patch) -> None:
    reference.edit(filters.filters_of, "query.cwd is not None", "query.cwd")


@mutant("SESSION-THREADS-10", "takes no provider for none at all")
def providers_none_is_none(reference: Patch) -> None:
    reference.edit(filters.filters_of, "if query.model_providers:", "if query.model_providers is not None:")


@mutant("SESSION-THREADS-10", "looks for a term in letters of either case")
def term_of_either_case(reference: Patch) -> None:
    reference.edit(filters.filters_of, "term in text for", "term.lower() in text.lower() for")


@mutant("SESSION-THREADS-10", "does not look for a term in names")
def term_not_in_names(reference: Patch) -> None:
    reference.edit(filters._texts, "names.get(metadata.id), ", "")


@mutant("SESSION-THREADS-17", "shows the archived threads among the others")
def archived_among_others(reference: Patch) -> None:
    reference.edit(
        listing._candidates,
        "if not query.of_relatives:",
        "entries += entries_of(home, archived=not query.archived)\nif not query.of_relatives:",
    )


# --- relations, names, lookup ---------------------------------------------------------------------


@mutant("SESSION-THREADS-13", "takes the parent in the header for the parent")
def parent_of_header(reference: Patch) -> None:
    reference.edit(
        relations.parents_of,
        "return {",
        "return {each.metadata.id: each.metadata.parent_thread_id for each in entries} | {",
    )


@mutant("SESSION-THREADS-11", "takes a thread for a descendant of itself")
def descendant_of_itself(reference: Patch) -> None:
    reference.edit(relations.descendants, "found - {ancestor}", "found")


@mutant("SESSION-THREADS-11", "takes a thread for a child of itself")
def child_of_itself(reference: Patch) -> None:
    reference.edit(relations.children, " - {parent}", "")


@mutant("SESSION-THREADS-11", "stops at the children")
def descendants_are_children(reference: Patch) -> None:
    reference.edit(relations.descendants, "pending += new", "pass")


@mutant("SESSION-THREADS-11", "does not see beyond an archived thread")
def descendants_within(reference: Patch) -> None:
    reference.edit(
        listing._candidates, "entries + entries_of(home, archived=not query.archived, heads=heads)", "entries"
    )


@mutant("SESSION-THREADS-24", "leaves out children without a preview")
def children_need_preview(reference: Patch) -> None:
    reference.edit(
        filters.filters_of,
        "if not query.of_relatives:\n        wanted.append(lambda entry: entry.metadata.preview",
        "if True:\n        wanted.append(lambda entry: entry.metadata.preview",
    )


@mutant("SESSION-THREADS-12", "prefers children to descendants")
def two_relations_accepted(reference: Patch) -> None:
    reference.never_raises(Query.check, TwoRelations)


@mutant("SESSION-THREADS-12", "takes any text for a thread id")
def thread_id_of_anything(reference: Patch) -> None:
    reference.wrap(query.thread_id, lambda _original, text: text.lower())


@mutant("SESSION-THREADS-14", "takes the first name of a thread")
def name_first(reference: Patch) -> None:
    reference.edit(
        side_index.names_of,
        "names[found.id] = found.thread_name",
        "names.setdefault(found.id, found.thread_name)",
    )


@mutant("SESSION-THREADS-14", "lets an empty name take a name away")
def name_taken_away(reference: Patch) -> None:
    reference.edit(side_index.names_of, "found is not None and found.thread_name", "found is not None")


@mutant("SESSION-THREADS-15", "believes the name of a file")
def lookup_by_name(reference: Patch) -> None:
    reference.edit(lookup.files_of, "return owned or", "return named or")


@mutant("SESSION-THREADS-15", "looks only at files that are named like the thread")
def lookup_by_name_only(reference: Patch) -> None:
    reference.edit(lookup.files_of, "each not in named and", "False and")


@mutant("SESSION-THREADS-15", "does not find archived threads")
def lookup_of_active(reference: Patch) -> None:
    reference.edit(lookup.find_thread, "(False, True)", "(False,)")


@mutant("SESSION-THREADS-15", "takes an archived file before the active one")
def lookup_archived_first(reference: Patch) -> None:
    reference.edit(lookup.find_thread, "(False, True)", "(True, False)")


@mutant("SESSION-THREADS-16", "reads the beginning of a looked up thread only")
def lookup_of_head(reference: Patch) -> None:
    reference.edit(lookup._folded, "in rollout.lines", "in list(rollout.lines)[:2]")


@mutant("SESSION-THREADS-16", "adds up the counts of tokens")
def tokens_added(reference: Patch) -> None:
    reference.edit(Fold.add, "self.metadata.tokens_used = max(", "self.metadata.tokens_used += max(")


@mutant("SESSION-THREADS-16", "lets a turn change the folder of a thread")
def turn_changes_folder(reference: Patch) -> None:
    reference.edit(Fold.add, "self.metadata.cwd or str(turn.cwd)", "str(turn.cwd)")


# --- search ---------------------------------------------------------------------------------------


@mutant("SESSION-SEARCH-1", "searches for nothing")
def search_for_nothing(reference: Patch) -> None:
    reference.edit(search.search_threads, "if not words", "if False")


@mutant("SESSION-SEARCH-2", "tells letters of either case apart")
def search_same_case(reference: Patch) -> None:
    reference.edit(search.search_threads, ", re.IGNORECASE", "")


@mutant("SESSION-SEARCH-2", "takes a term for a pattern")
def search_pattern(reference: Patch) -> None:
    reference.edit(search.search_threads, "re.escape(words)", "words")


@mutant("SESSION-SEARCH-2", "searches what developers told the model")
def search_all_roles(reference: Patch) -> None:
    reference.edit(search._said, "'user' | 'assistant'", "'user' | 'assistant' | 'developer'")


@mutant("SESSION-SEARCH-2", "searches what an editor added")
def search_context(reference: Patch) -> None:
    reference.edit(search._said, "typed_by_user(text)", "text")


@mutant("SESSION-SEARCH-3", "keeps white space in snippets")
def search_spaces_kept(reference: Patch) -> None:
    reference.wrap(search._collapsed, lambda _original, text: text.strip())


@mutant("SESSION-SEARCH-3", "cuts snippets elsewhere")
def search_cut_elsewhere(reference: Patch) -> None:
    reference.constant(search, "AFTER", 48)


@mutant("SESSION-SEARCH-3", "cuts snippets a character later")
def search_cut_later(reference: Patch) -> None:
    reference.constant(search, "BEFORE", 48)


@mutant("SESSION-SEARCH-3", "does not mark what was cut")
def search_cut_unmarked(reference: Patch) -> None:
    reference.edit(search._around, "if end < len(text)", "if False")


@mutant("SESSION-SEARCH-3", "gives the last line that matches")
def search_last_line(reference: Patch) -> None:
    reference.edit(search.snippet_of, "for line in reading", "for line in reversed(list(reading))")


@mutant("SESSION-SEARCH-4", "does not search cold threads")
def search_plain_only(reference: Patch) -> None:
    reference.edit(
        search.snippet_of,
        "with read_rollout(path)",
        "if not path.exists():\n    return None\nwith read_rollout(path)",
    )


@mutant("SESSION-SEARCH-5", "searches the first segment of a thread")
def search_first_segment(reference: Patch) -> None:
    reference.edit(search.search_threads, "entry.current.path", "entry.rollout.path")


@mutant("SESSION-SEARCH-4", "gives no second page")
def search_one_page(reference: Patch) -> None:
    reference.edit(search.search_threads, "return Page(data, cursor)", "return Page(data, None)")
