#include "tests/scenario_runner/stored_log.h"

#include <algorithm>

#include "base/check.h"
#include "fmt/format.h"

namespace warren::scenario_runner {

void StoredLog::Append(const std::vector<raft::Entry>& entries) {
  if (entries.empty() || entries.back().id.index < FirstIndex()) return;
  const raft::Index first = std::max(entries.front().id.index, FirstIndex());
  WARREN_CHECK(first <= LastIndex() + 1);
  const auto kept = static_cast<std::ptrdiff_t>(first - FirstIndex());
  const auto skipped = static_cast<std::ptrdiff_t>(first - entries.front().id.index);
  entries_.erase(entries_.begin() + kept, entries_.end());
  entries_.insert(entries_.end(), entries.begin() + skipped, entries.end());
}

absl::Status StoredLog::Install(const raft::Snapshot& snapshot) {
  const raft::Index index = snapshot.last.id.index;
  if (installed_ >= index) {
    return absl::FailedPreconditionError(fmt::format(
        "snapshot {} is not newer than the installed {}", index.value(), installed_.value()));
  }
  base_ = snapshot.last.id;
  entries_.clear();
  installed_ = index;
  return absl::OkStatus();
}

absl::Status StoredLog::Compact(raft::Index index) {
  if (index <= base_.index) {
    return absl::OutOfRangeError("requested index is unavailable due to compaction");
  }
  if (index > LastIndex()) {
    return absl::OutOfRangeError(fmt::format("cannot compact to {}: the stored log ends at {}",
                                             index.value(), LastIndex().value()));
  }
  const auto dropped = static_cast<std::ptrdiff_t>(index - base_.index);
  base_ = entries_[static_cast<size_t>(dropped - 1)].id;
  entries_.erase(entries_.begin(), entries_.begin() + dropped);
  return absl::OkStatus();
}

}  // namespace warren::scenario_runner
