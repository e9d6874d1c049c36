// What may be found after a crash.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "chaos/crash/entry_book.h"
#include "chaos/crash/group_model.h"
#include "raft/types.h"
#include "replication/log/log_engine.h"
#include "replication/log/log_store.h"

namespace warren::crash {

// What a damaged log has to say for itself.
enum class Verdict : uint8_t {
  kSound,     // As if nothing had happened.
  kNamed,     // What is gone is named, entry by entry.
  kResidual,  // The last frame is gone and nobody can know: see docs/formats/log_segments.md.
  kAmnesiac,  // Not everything can be named: no group votes.
};
inline constexpr size_t kVerdicts = 4;

// Of each group, all states that it may be in when the power fails now: the last one that was
// acknowledged, and each that was submitted after it. A log that comes back must show one of them,
// whole: a frame is there or not, so a write is.
//
// Threads: a plain value.
class Oracle {
 public:
  // As submitted. A group that nobody has heard of does not exist.
  const GroupModel& Now(raft::GroupId group) const;
  const GroupModel& Acknowledged(raft::GroupId group) const;
  std::vector<raft::GroupId> Existing() const;  // As submitted.
  uint64_t NextLife(raft::GroupId group) const;

  void Submit(raft::GroupId group, GroupModel after, raft::WriteTicket ticket, bool may_be_lost);
  // What is wrong with hearing that; nullopt: nothing.
  std::optional<std::string> Complete(const log::Completion& completion);
  // A frame is about to be written, or was not after all. Only what the last one held can be lost
  // without a name.
  void BeginFrame() { ++frames_; }
  void DropFrame() { --frames_; }

  // What is wrong with coming back like this, when nothing was damaged. From then on the groups are
  // as they were found.
  std::optional<std::string> Judge(const log::Recovery& recovery);
  // The same after damage; `at_last_frame`: the damage lies in the frame that was written last, and
  // nothing follows. After kAmnesiac the oracle knows nothing more.
  struct Judgement {
    Verdict verdict = Verdict::kSound;
    std::optional<std::string> fault;
  };
  Judgement JudgeDamaged(const log::Recovery& recovery, bool at_last_frame);
  // Reading has found out that these are lost. They may be.
  void Lose(raft::GroupId group, const base::IntervalSet& missing);

 private:
  struct Possible {
    GroupModel state;
    raft::WriteTicket ticket;
    bool may_be_lost = false;
    bool completed = true;
  };
  struct History {
    uint64_t lives = 0;
    std::deque<Possible> possible{Possible{}};  // Acknowledged first, as submitted last.
    std::vector<raft::SnapshotRef> snapshots;   // All that were ever taken.
    uint64_t frame = 0;                         // The one that was acknowledged last, ...
    std::vector<GroupModel> before_frame;       // ... and what was possible before.
  };
  void Settle(History& history, GroupModel state);
  std::optional<std::string> Find(raft::GroupId group, History& history,
                                  const log::RecoveredGroup* found);
  Judgement FindDamaged(History& history, const log::RecoveredGroup* found, bool at_last_frame);
  std::optional<std::string> CompareDamaged(const History& history, const GroupModel& model,
                                            const log::RecoveredGroup* found) const;

  std::map<raft::GroupId, History> histories_;
  uint64_t frames_ = 0;
};

}  // namespace warren::crash
