// Does to a log what hosts do, and worse, at random.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/rng.h"
#include "chaos/crash/entry_book.h"
#include "chaos/crash/machine.h"
#include "chaos/crash/oracle.h"
#include "chaos/crash/read_check.h"
#include "chaos/crash/setup.h"
#include "replication/log/log_store.h"

namespace warren::crash {

// What it does depends on the seed and on the oracle, which knows what was submitted and what was
// acknowledged; it knows of no planted bug.
//
// Threads: one.
class Driver {
 public:
  using Fault = std::optional<std::string>;
  using Trace = std::function<void(const std::string&)>;  // Empty: nobody listens.

  struct Manner {
    base::Rng rng;
    Trace trace = {};
    MayDecay may_decay = MayDecay::kNo;
  };
  Driver(const CrashSetup& setup, Machine& machine, Oracle& oracle, EntryBook& book, Manner manner);

  // One act. Returns what is wrong.
  Fault Step();
  // What the log's writer thread may do while the maintenance is busy.
  Fault StepOfWriter();
  // Everything that was submitted is written, sealed, and maintained.
  Fault Finish();

 private:
  // driver.cc
  Fault Do(Act act);
  raft::GroupId PickGroup();  // That exists; none: 0.
  raft::WriteTicket NextTicket();
  enum class MayBeLost : uint8_t { kAsDrawn, kYes };
  Fault Submit(log::Write write, MayBeLost may_be_lost = MayBeLost::kAsDrawn);
  void MaintainAtOnce();
  Fault JudgeRefusal(const std::string& what, const absl::Status& status) const;
  Fault Create();
  Fault Destroy();
  Fault Read();
  bool WriteRound();
  Fault Round();
  Fault Seal();
  Fault Senseless();
  Fault Hostile();
  void Tell(const std::string& what) const {
    if (manner_.trace) manner_.trace(what);
  }

  // driver_writes.cc: each makes a write of a group, or none where it makes no sense.
  std::optional<log::Write> MakeWrite(Act act, raft::GroupId group);
  void Append(const GroupModel& now, log::Write& write);
  void Replace(const GroupModel& now, log::Write& write);
  void ChangeHardState(const GroupModel& now, log::Write& write);
  void Truncate(const GroupModel& now, log::Write& write);
  void TakeSnapshot(const GroupModel& now, log::Write& write);
  void Install(const GroupModel& now, log::Write& write);
  void BringBack(const GroupModel& now, log::Write& write);
  std::vector<raft::Entry> MakeEntries(const GroupLife& group, raft::Index first, raft::Term term);
  raft::SnapshotRef MakeSnapshot(const std::vector<raft::Term>& terms, base::IntervalSet live);
  base::IntervalSet DrawLive(const base::IntervalSet& from);
  raft::SnapshotRef LeadersSnapshot(const GroupModel& now);
  size_t WriteBytesMax() const { return setup_.config.segment_bytes / 4 - 3000; }

  const CrashSetup& setup_;
  Machine& machine_;
  Oracle& oracle_;
  EntryBook& book_;
  const Manner manner_;
  base::Rng rng_;
  uint64_t weights_sum_ = 0;
  uint64_t tickets_ = 0;
  std::map<GroupLife, raft::Term> terms_used_;  // The highest, whatever was lost since.
};

}  // namespace warren::crash
