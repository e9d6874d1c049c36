// Whether a log gives back what it holds.
#pragma once

#include <optional>
#include <string>

#include "base/interval_set.h"
#include "base/rng.h"
#include "chaos/crash/entry_book.h"
#include "chaos/crash/group_model.h"
#include "replication/log/log_store.h"

namespace warren::crash {

// Whether an entry may turn out to be damaged that was not known to be.
enum class MayDecay : uint8_t { kNo, kYes };

// Reads one group in various ways and judges every entry by its name.
class ReadCheck {
 public:
  ReadCheck(log::LogStore& log, const EntryBook& book, raft::GroupId group, const GroupModel& model,
            MayDecay may_decay)
      : log_(log), book_(book), name_{group, model.life}, model_(model), may_decay_(may_decay) {}

  // Everything: its description, all entries that are needed, some that are not.
  std::optional<std::string> All(base::Rng& rng);
  // A few of them.
  std::optional<std::string> Some(base::Rng& rng);

  // How it is described, alone.
  std::optional<std::string> Description();

  // What turned out to be lost.
  const base::IntervalSet& decayed() const { return decayed_; }

 private:
  using Fault = std::optional<std::string>;

  Fault Range(raft::Index first, raft::Index last, base::Rng& rng);
  Fault Sparse(base::Rng& rng);
  Fault One(raft::Index index);
  Fault Beyond(base::Rng& rng);
  Fault JudgeEntry(const raft::Entry& entry, raft::EntryId expected) const;
  Fault JudgeError(raft::Index index, const absl::Status& status);
  std::string Where(raft::Index index) const;

  log::LogStore& log_;
  const EntryBook& book_;
  const GroupLife name_;
  const GroupModel& model_;
  const MayDecay may_decay_;
  base::IntervalSet decayed_;
};

}  // namespace warren::crash
