#include "replication/session/content_reader.h"

#include <utility>

namespace warren::replication {
namespace {

// Indexes that are known to be gone are remembered so that who still needs them can pass over them;
// all who do are asked when a read ends, so this is a bound against nonsense only.
constexpr size_t kGoneMax = 65'536;

}  // namespace

ContentReader::Found ContentReader::Find(raft::Index index) {
  if (const auto at = here_.find(index); at != here_.end()) {
    Use(index, at->second);
    return {.entry = &at->second.entry, .gone = false};
  }
  if (gone_.contains(index)) return {.entry = nullptr, .gone = true};
  if (!reading_.contains(index) && !failed_.contains(index)) wanted_.insert(index);
  return {};
}

void ContentReader::Put(raft::Index index, const base::Bytes& payload) {
  const auto [at, is_new] = here_.try_emplace(index);
  if (!is_new) return;
  if (absl::Status status = at->second.entry.Open(payload); !status.ok()) {
    // It was let in by a door and committed: what is not in it now never was.
    fault_ = std::move(status);
    here_.erase(at);
    gone_.insert(index);
    return;
  }
  bytes_ += payload.size();
  Use(index, at->second);
}

void ContentReader::Use(raft::Index index, Here& here) {
  by_use_.erase(here.used);
  here.used = ++uses_;
  by_use_.emplace(here.used, index);
}

void ContentReader::SendReads() {
  if (wanted_.empty()) return;
  std::vector<raft::Index> indexes(wanted_.begin(), wanted_.end());
  wanted_.clear();
  reading_.insert(indexes.begin(), indexes.end());
  under_way_[++last_tag_] = indexes;
  group_->Read(last_tag_, std::move(indexes));
}

void ContentReader::ReadOne(raft::Index index) {
  reading_.insert(index);
  under_way_[++last_tag_] = {index};
  group_->Read(last_tag_, {index});
}

bool ContentReader::OnRead(uint64_t tag, const absl::StatusOr<std::vector<raft::Entry>>& entries,
                           absl::FunctionRef<bool(raft::Index)> is_live) {
  const auto at = under_way_.find(tag);
  if (at == under_way_.end()) return false;
  const std::vector<raft::Index> asked = std::move(at->second);
  under_way_.erase(at);
  for (const raft::Index index : asked) reading_.erase(index);
  if (!entries.ok()) {
    fault_ = entries.status();
    if (asked.size() == 1) {
      Failed(asked.front(), is_live);
    } else {
      for (const raft::Index index : asked) ReadOne(index);  // One of them may spoil it for all.
    }
    return true;
  }
  fault_ = absl::OkStatus();
  for (const raft::Entry& entry : *entries) Put(entry.id.index, entry.payload);
  for (const raft::Index index : asked) {
    if (!here_.contains(index) && !gone_.contains(index)) Failed(index, is_live);
  }
  return true;
}

void ContentReader::Failed(raft::Index index, absl::FunctionRef<bool(raft::Index)> is_live) {
  if (is_live(index)) {
    failed_.insert(index);
    return;
  }
  if (gone_.size() >= kGoneMax) gone_.erase(gone_.begin());
  gone_.insert(index);
}

bool ContentReader::Retry() {
  if (failed_.empty()) return false;
  for (const raft::Index index : std::exchange(failed_, {})) {
    ++retried_;
    ReadOne(index);
  }
  return true;
}

void ContentReader::Trim() {
  while (bytes_ > bytes_max_) {
    const auto at = here_.find(by_use_.begin()->second);
    by_use_.erase(by_use_.begin());
    bytes_ -= at->second.entry.bytes();
    here_.erase(at);
  }
}

}  // namespace warren::replication
