// One member of a scenario's group: a core, and the host that it asks for things.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "raft/core.h"
#include "tests/scenario_runner/appender.h"
#include "tests/scenario_runner/parcel.h"
#include "tests/scenario_runner/stored_log.h"
#include "tests/scenario_runner/transcript.h"

namespace warren::scenario_runner {

// When a write and an apply that the core asks for are done.
enum class Storage {
  kSynchronous,   // As part of processing the output that asks for them.
  kAsynchronous,  // When the script says so; their completions travel like messages.
};

struct MemberSetup {
  raft::Config config;
  Storage storage = Storage::kSynchronous;
  raft::SnapshotRef start;  // Null: begins with nothing.
};

// Does for its core what raft/output.h asks of a host, one step at a time as a script commands,
// and writes down what it sees. Whatever the core notes appears where it happened.
//
// Errors: a Status says what a script asked for that cannot be done, in the words that scripts
// expect; the member goes on.
class Member {
 public:
  static absl::StatusOr<std::unique_ptr<Member>> Start(MemberSetup setup, Transcript& transcript);

  raft::NodeId id() const { return core_.id(); }
  const raft::Core& core() const { return core_; }
  const StoredLog& log() const { return log_; }
  const Appender& appender() const { return appender_; }

  raft::Outcome Step(const raft::Event& event);
  void SetElectionTimeout(uint32_t ticks) { core_.SetElectionTimeoutForTest(ticks); }
  absl::Status Propose(std::string_view payload);
  absl::Status Propose(const raft::ConfigChange& change);
  // Follows the wish for another leader, or passes it on to the leader.
  void Transfer(raft::NodeId target);
  absl::Status Compact(raft::Index index);
  absl::Status Deliver(const Parcel& parcel);

  // What the core asks for: etcd's Ready.
  bool HasReady() const { return core_.HasOutput() || !wishes_.empty(); }
  absl::Status ProcessReady(Network& network);

  // Asynchronous storage: what was asked of it and is not done, one at a time.
  bool HasAppendWork() const { return !append_work_.empty(); }
  bool HasApplyWork() const { return !apply_work_.empty(); }
  absl::Status ProcessAppendThread(Network& network);
  absl::Status ProcessApplyThread(Network& network);

 private:
  struct AppendWork {
    std::optional<raft::HardState> hard_state;
    std::vector<raft::Entry> entries;
    raft::SnapshotRef snapshot;
    std::vector<Parcel> responses;
    std::optional<raft::WriteTicket> unseen_ticket;  // Completes without a message.
  };

  Member(raft::Core core, MemberSetup setup, Transcript& transcript);

  absl::Status Accept(const TransferWish& wish);
  absl::Status AcceptMessage(const raft::Message& message);

  std::vector<Parcel> TakeOutgoing();
  AppendWork TakeAppendWork();
  bool NeedsAppendWork() const;
  bool MustSync() const;
  std::string DescribeReady(const std::vector<WireMessage>& messages) const;
  WireMessage ToWire(const AppendWork& work) const;
  WireMessage ApplyToWire(const std::vector<raft::Entry>& entries) const;

  absl::Status RunSynchronously(Network& network, std::vector<Parcel> outgoing);

  absl::Status Write(const std::vector<raft::Entry>& entries, const raft::SnapshotRef& snapshot);
  void Apply(const std::vector<raft::Entry>& entries);
  void FinishStore(const raft::WriteTicket& ticket);
  void WriteNotes(const std::vector<raft::Note>& notes);
  // In the words of a member of `membership`.
  void WriteNote(const raft::Note& note, const raft::Membership& membership);
  void WriteResponses(const std::vector<Parcel>& responses);

  raft::Core core_;
  Storage storage_;
  Transcript& transcript_;
  StoredLog log_;
  Appender appender_;
  raft::HardState stored_state_;  // As of the last output that changed it.
  raft::Output output_;
  std::vector<TransferWish> wishes_;  // To be passed on with the next output.
  std::deque<AppendWork> append_work_;
  std::deque<std::vector<raft::Entry>> apply_work_;
};

}  // namespace warren::scenario_runner
