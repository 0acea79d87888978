"""The register of read paths: every way on which data of records reaches somebody, and the functions by which it reads.

A function that begins a query over records stands at a path here, or among the `INNER` ones with the reason why nothing
of what it reads is shown. Tests hold both ways: a reader that is missing fails `tests/house/test_read_paths.py`, and a
path that the differential test of permissions does not drive fails `tests/permissions/`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ReadPath:
    key: str
    says: str
    readers: tuple[str, ...]
    """Functions of `engine/services`, by their place: `registries.choices.choices`."""


def _path(key: str, says: str, *readers: str) -> ReadPath:
    return ReadPath(key, says, readers)


LIST = ("registries.listing.listing", "registries.listing._begun", "registries.page_plan.page_plan")
CARD = ("records.reading.read", "records.reading.load_one", "records.reading.load", "records.reading._build")

PATHS = (
    # Lists, whichever kind draws them: table, cards, board, calendar, tree.
    _path(
        "list", "The records of a list and their columns; kinds of lists and blocks of the first page ask it too", *LIST
    ),
    _path("pages", "Page after page by tokens that hold the values of the order", *LIST),
    _path(
        "count",
        "How many there are, of one list or of several",
        "registries.listing.figures",
        "registries.counting.counts",
        "sizes.Sizes.is_long",
    ),
    _path("sort", "The order of a list tells which values are larger", *LIST),
    _path("neighbours", "The record before and after another one", "registries.listing.place_of"),
    _path("filter", "A filter tells which records hold a value", *LIST),
    _path(
        "condition",
        "A condition that somebody wrote: fields here, behind links, in rows and of what points here",
        "registries.scopes.compile_where",
    ),
    _path(
        "group",
        "Groups and quick filters: values, how many hold them, names of linked records",
        "registries.grouping.groups",
    ),
    _path("totals", "Sums, averages, the least and the greatest", "registries.summing.count_and_totals"),
    _path(
        "parts",
        "Columns of a board and days of a calendar: how many in each, the first records of several",
        "registries.parts.divide",
        "registries.parts.firsts",
    ),
    _path(
        "branches",
        "A tree: what stands on top, what below, how much of it",
        "registries.branches._on_top",
        "registries.branches.children_of",
        "registries.branches.above",
        "trees.depths",
    ),
    _path("rows", "Rows of records, in lists and on cards", "registries.listing.listing", "records.reading.load"),
    _path("link_names", "Names of the records that links lead to", "display.linked", "display.names_of"),
    _path("beyond", "A column of a list that stands behind a link", "registries.page_plan.page_plan"),
    _path(
        "bulk",
        "Everything that a filter leaves, to be changed at once; each record weighed",
        "registries.sets.matching",
        "records.editing_many.find_each",
    ),
    # Finding.
    _path(
        "search",
        "Words in the texts of a list and in the names of what its links lead to",
        "registries.searching.found_by",
        "registries.searching.ranked",
        "registries.searching._linked",
    ),
    _path(
        "everywhere",
        "Words in all lists at once: the page of search and the palette",
        "registries.everywhere.everywhere",
    ),
    _path(
        "choices",
        "Records offered for a link, also by a few typed letters",
        "registries.choices.choices",
        "registries.choices.ValuesSource.link",
    ),
    _path(
        "paste",
        "Names in pasted and imported cells become links",
        "cells.names.LinkNames._read",
        "cells.names.LinkNames._called",
    ),
    _path("known", "Stored records that an import knows by a key", "records.holding.holders"),
    _path("related", "Lists of what points to the record on the page", *LIST),
    _path(
        "offered",
        "Fields offered for conditions and for columns: their names and titles",
        "registries.conditions.places.offered",
        "registries.kept.columns.columns_offered",
    ),
    _path(
        "saved_views",
        "A view that somebody saved, fitted to whoever opens it",
        "registries.kept.fitting.fit",
        "registries.kept.reading._statement",
        "registries.kept.writing._open",
    ),
    _path(
        "menu",
        "Which lists are named at all: menus, palette, first page",
        "access.grants.visible_entities",
        "home.blocks_of",
    ),
    _path(
        "places",
        "Records that somebody opened or marked with a star",
        "places.places",
        "places.place_of",
        "places.visit",
        "places.star",
    ),
    _path("recent", "Records that somebody changed last", "recent.recent"),
    # One record.
    _path("card", "A record with everything on it, its line and what may be done to it", *CARD, "records.forms.opened"),
    _path(
        "files",
        "A file through the record that holds it",
        "attachments.open_file",
        "attachments._held",
        "attachments.file_names",
    ),
    _path("pictures", "Small copies of pictures", "attachments.open_small", "attachments._held"),
    _path(
        "history",
        "What was changed, from the journal; who did it by name",
        "records.history.history",
        "records.history.Teller.fetch",
        "records.history.people",
    ),
    _path(
        "comments",
        "What people said beside a record",
        "comments.comments",
        "comments.comments_of",
        "comments._open",
        "comments._mine",
        "comments.remove_comment",
    ),
    _path(
        "mentions",
        "A notice names the record beside which somebody is mentioned",
        "comments._users",
        "comments._name_for",
        "notices.reading.notices",
        "notices.reading.read_notice",
    ),
    _path(
        "preview",
        "What a form would make of a record, and of what is chosen in it",
        "records.forms._settled",
        "lookups._build",
    ),
    _path(
        "conflict",
        "What a record is now, for whoever saves too late; the two edits made one",
        "records.editing_many.weigh_edits",
        "merging.base.base_values",
    ),
    _path("settings", "The one record of settings", "records.reading.read_settings"),
    _path(
        "drafts", "How the record behind an open form stands, and who else is at it", "drafts.standing", "drafts.kept"
    ),
    _path(
        "grid",
        "Entry grids: lines, columns, cells, what is chosen above them",
        "grids.axes.read",
        "grids.choosing._offered",
    ),
    _path(
        "journal",
        "The journal of the organisation: whose entries, names of records, what changed, how much of it",
        "journal.looking._statement",
        "journal.looking.entry",
        "journal.looking._allowed",
        "journal.figures.figures",
        "journal.figures.kept_figures",
        "journal.figures._roles",
    ),
    # Rights explained: to holders of roles that oversee, and to whoever was refused.
    _path(
        "seers",
        "Who sees a record or a field of it, by which rights, and who has opened it",
        "rights.seers.seers",
        "rights.seers._branches",
        "rights.seers.opened_by",
    ),
    _path("why", "Why somebody may or may not do something to a record that they see", "rights.why.why"),
    _path(
        "rights_change",
        "What a change of rights would give: to how many people, how many records",
        "rights.change.gain",
        "rights.change.concerned",
        "rights.change._count",
    ),
    _path("rights_past", "What somebody held on a past day", "rights.past.then", "rights.past._stood"),
    # Leaving and coming in.
    _path(
        "export", "A list as a file, in each format", "registries.listing.stream", "transfer.exporting.table.table_of"
    ),
    _path(
        "export_later", "The same as a job, with the rights of the day when it runs", "transfer.exporting.later.perform"
    ),
    _path(
        "jobs",
        "What somebody left for the background, and its result",
        "jobs.looking.listing",
        "jobs.looking.row_of",
        "jobs.looking.states_of",
    ),
    _path("print", "Records of a list to be printed", *LIST),
    _path("import_columns", "The fields that an import offers, and its template", "transfer.importing.targets.targets"),
    _path(
        "import",
        "What an import finds of what is stored, and may change",
        "transfer.importing.verbs.check",
        "transfer.importing.keeping._own",
        "transfer.importing.keeping.is_busy",
    ),
    # Changes read too: a refusal tells whether a record is there.
    _path("create", "A new record, judged as it becomes", "records.creating.create_many"),
    _path("edit", "A change, judged before and after", "records.editing_many.find_each", "records.saving.load_for"),
    _path(
        "life",
        "Archive, restore, post and what else a record goes through",
        "records.life._begin",
        "records.saving.load_for",
    ),
    _path("copy", "What a copy begins with", "records.copying.copy", "records.copying.copied"),
    _path("undo", "One's own action taken back by the journal", "records.undoing.action_of"),
    # The doors that answer in their own shape.
    _path("rest_list", "REST: a list", *LIST),
    _path("rest_read", "REST: a record and its history", *CARD),
    _path("rest_expand", "REST: the records behind links", *LIST),
    _path("rest_sums", "REST: groups and totals", "registries.grouping.groups"),
    _path("openapi", "REST: the description of what the one who asks may use", "access.grants.readable"),
)

INNER = {
    "accounts.administering.delete": "the account behind a record that was read by the rights of records before",
    "accounts.addresses.keep_ways_in": "whose account an e-mail opens; refused or not, nothing of it is shown",
    "accounts.letters._send_link": "the address that a letter goes to; nobody else is shown it",
    "accounts.letters._user": "the account and the address that a letter goes to; nobody else is shown it",
    "accounts.letters._reached": "the address that a letter goes to; nobody else is shown it",
    "accounts.links.behind": "the account behind a link that its holder opened",
    "accounts.resetting._accounts_of": "accounts that a letter may go to; whoever asks is told nothing of them",
    "accounts.resetting._organisation_of": "whether a letter may go to an account; whoever asks is told nothing",
    "accounts.administering.standing": "the account behind a record that was read by the rights of records before",
    "access.predicate.true_of_each": "judges rules that read records beside one; gives yes or no",
    "unit_of_work.View.read_places": "where records stand in a tree, for rules",
    "dictionaries.Dictionaries._read_calendar": "working days, the same for everybody",
    "identity.accounts.refuse_taken_login": "whether a login is taken: unique over all organisations",
    "identity.actors.actor_statement": "who asks, and their rights",
    "identity.actors.actors_of_users": "who people are, and their rights",
    "identity.actors._own_roles": "who asks, and their rights",
    "identity.actors._beyond": "how far the one who asks reaches",
    "identity.actors._under": "how far the one who asks reaches",
    "identity.actors._group_roles": "who asks, and their rights",
    "identity.actors._lent_roles": "who asks, and their rights",
    "identity.granting._held": "roles of accounts, compared with those of whoever changes them",
    "identity.granting._held_in_groups": "roles of accounts, compared with those of whoever changes them",
    "identity.credentials._store": "the account whose password is set",
    "identity.credentials.row_of": "the account that signs in or is given a way in",
    "identity.exemptions._holds": "whether the one who signs in is exempt from a second factor",
    "identity.keys.create_key": "the command line makes a key for a login",
    "identity.accounts.logins": "which names somebody has: attempts at those that nobody has are forgotten",
    "identity.closing.close_ways_in": "the account whose ways in are closed",
    "identity.presenting.refused_key": "whose organisation the journal tells of a key that opens nothing",
    "identity.sessions.sign_in": "the account behind a login; the answer says only that it fits or not",
    "identity.sessions.cancel_links_of_changed": "whose links stop; nothing is shown",
    "identity.sessions._bell": "how many notices one has oneself",
    "integrity.records": "codes of restricted records are compared; records that were changed are told by their ids",
    "jobs.claiming": "workers take up work; nobody looks on",
    "jobs.deferring.leave_for": "one's own work is not left twice",
    "jobs.ending._told": "whom a failed schedule is told: administrators",
    "journal.checking": "codes of the journal are compared; the answer is how many hold",
    "journal.segments": "whole stretches of the journal leave sealed, for holders of that right",
    "journal.sealing": "codes of the journal are chained; no values are shown",
    "journal.verifying": "the command of the administrator of the server compares codes",
    "numbering.organisation_values": "the code of one's own organisation, in numbers of documents",
    "organisations.organisations": "the command line names organisations",
    "publishing": "revisions of metadata hold no records",
    "registries.kept.writing.save_view": "how many views there are",
    "registries.kept.writing.restore_view": "one's own view",
    "seeding": "the command line fills an empty installation",
    "sweeping": "the clock forgets what nobody holds",
    "transfer.importing.keeping.sweep": "the clock forgets imports that nobody finished",
    "trees.enter_tree": "pairs of the tree are kept with its records",
    "trees.move_in_tree": "pairs of the tree are kept with its records",
}
"""Functions, or whole rooms, that read records and show nothing of them, each with its reason."""


def is_inner(reader: str) -> bool:
    """Does the function stand among the inner ones, by itself or by its room?"""
    return any(reader == name or reader.startswith(f"{name}.") for name in INNER)
