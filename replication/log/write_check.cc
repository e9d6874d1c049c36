#include "replication/log/write_check.h"

#include <string>

#include "absl/strings/str_cat.h"

namespace warren::log {
namespace {

absl::Status Senseless(raft::GroupId group, const std::string& what) {
  return absl::InvalidArgumentError(absl::StrCat("log: group ", group.value(), ": ", what));
}

}  // namespace

// Follows the write through as it will be carried out.
absl::Status CheckWrite(const GroupState& group, const Write& write) {
  const raft::GroupId id = group.id();
  raft::Index base = group.base().id.index;
  raft::EntryId last = group.Last();
  if (write.install != nullptr) {
    if (write.install->last.id.index < base) {
      return Senseless(id,
                       absl::StrCat("a snapshot up to ", write.install->last.id.index.value(),
                                    " cannot be installed below the log's base ", base.value()));
    }
    base = write.install->last.id.index;
    last = write.install->last.id;
  }
  for (size_t i = 1; i < write.bodies.size(); ++i) {
    if (write.bodies[i].id.index <= write.bodies[i - 1].id.index) {
      return Senseless(id, "the entries brought back are not in order");
    }
  }
  if (write.truncate_from.has_value()) {
    if (*write.truncate_from <= base) {
      return Senseless(id, absl::StrCat("it cannot end before ", write.truncate_from->value(),
                                        ", at or below its base ", base.value()));
    }
    if (*write.truncate_from <= last.index) {
      last.index = *write.truncate_from - 1;
      last.term = group.TermAt(last.index).value_or(last.term);
    }
  }
  if (!write.entries.empty()) {
    const raft::EntryId first = write.entries.front().id;
    if (first.index <= base || first.index > last.index + 1) {
      return Senseless(id,
                       absl::StrCat("entry ", first.index.value(), " does not follow a log from ",
                                    base.value(), " to ", last.index.value()));
    }
    raft::EntryId before = {.index = first.index - 1, .term = last.term};
    if (before.index < last.index) before.term = group.TermAt(before.index).value_or(raft::Term());
    for (const raft::Entry& entry : write.entries) {
      if (entry.id.index != before.index + 1 || entry.id.term < before.term ||
          entry.id.term == raft::Term()) {
        return Senseless(id, absl::StrCat("entry ", entry.id.index.value(), " of term ",
                                          entry.id.term.value(), " cannot follow ",
                                          before.index.value(), " of term ", before.term.value()));
      }
      before = entry.id;
    }
    last = before;
  }
  if (write.snapshot == nullptr) return absl::OkStatus();
  const raft::EntryId end = write.snapshot->last.id;
  const bool covered = write.entries.empty() && write.install == nullptr &&
                       !write.truncate_from.has_value() && group.CanCover(end);
  if (!covered) {
    return Senseless(
        id, absl::StrCat("a snapshot up to ", end.index.value(), " of term ", end.term.value(),
                         " does not fit a log from ", base.value(), " to ", last.index.value(),
                         ", or comes with other changes of it"));
  }
  return absl::OkStatus();
}

}  // namespace warren::log
