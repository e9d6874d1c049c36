// One Core and a host for it that does its duty at once.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "raft/core.h"
#include "raft/testing/builders.h"

namespace warren::raft::testing {

// What a member starts from, in short form. Entries carry the payload "x".
struct RaftStart {
  Membership membership = VotersOnly({1, 2, 3});
  uint64_t term = 0;
  uint64_t vote = 0;
  std::vector<uint64_t> log = {};  // The terms of entries 1, 2, ...
  uint64_t commit = 0;
  bool amnesiac = false;
  uint64_t incarnation = 1;
};
Recovered MakeRecovered(const RaftStart& start);

// Does it ask nothing of the host? Notes and traces ask nothing.
bool IsEmpty(const Output& output);

// A member whose disk and state machine are done as soon as they are asked.
//
// Two ways to use it: a test of the protocol calls Run(), which does everything that output.h
// asks of a host; a test of the output itself calls Take() and looks.
class RaftMember {
 public:
  explicit RaftMember(const Config& config, const RaftStart& start = {})
      : RaftMember(MakeRecovered(start), config) {}
  // From any disk that Core::Create() accepts.
  RaftMember(Recovered disk, const Config& config);

  Core& core() { return *core_; }
  const Core& core() const { return *core_; }
  StepResult Step(const Event& event) { return core_->Step(event); }
  StepResult Receive(const Message& message) { return core_->Step(Received{message}); }
  StepResult Propose(std::string_view payload, uint64_t clock = 0);
  StepResult ProposeChange(const ConfigChange& change);
  void Tick(uint32_t ticks = 1);

  // The core's output, and nothing done about it. Stops the process if HasOutput() was wrong, or
  // if a promise would leave before the disk has it.
  const Output& Take();
  // Does what the host owes for the output that was taken last, but for sending: stores, hands
  // back what the member sent to itself, applies. Take() and Finish() together are one round.
  void Finish();
  // Rounds until there is no output. The messages to others are appended to `outbox`.
  void Run(std::vector<Message>& outbox);
  // The same, and all messages to others are lost.
  void Run();

  // Campaigns, and is elected by grants from the others. Requires: it can be.
  void BecomeLeader();

  // Makes a snapshot of what is applied, with `live` left below it, and tells the core.
  SnapshotRef TakeSnapshot(const base::IntervalSet& live = {});
  // Drops what is below the index, from disk too. Requires: a snapshot at or above it.
  void Compact(uint64_t index);

  // The process dies, and a new life begins with what is on disk.
  void Restart();
  Recovered& disk() { return disk_; }

  // What the state machine holds: one string per entry since the last start or installed snapshot.
  const std::vector<Entry>& applied() const { return applied_; }
  std::vector<std::string> AppliedPayloads() const;  // Without the empty ones.
  const std::vector<ReadReady>& reads() const { return reads_; }
  const std::vector<SnapshotRef>& installed() const { return installed_; }

 private:
  void Start();
  void Write();
  void Apply();
  void Load();
  void KeepFrom(Index base);

  Config config_;
  Recovered disk_;
  std::optional<Core> core_;
  Output output_;
  std::vector<Entry> applied_;
  std::vector<ReadReady> reads_;
  std::vector<SnapshotRef> installed_;
};

}  // namespace warren::raft::testing
