// A group of members that a script plays with.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "tests/scenario_runner/member.h"
#include "tests/scenario_runner/parcel.h"
#include "tests/scenario_runner/script.h"
#include "tests/scenario_runner/transcript.h"

namespace warren::scenario_runner {

// Carries out the commands of an interaction script one after the other. Nothing happens by
// itself: a message waits in the network until it is delivered or dropped, an output until it is
// processed, and time passes by tick-election and tick-heartbeat alone.
//
// README.md lists the commands. Errors are part of the answer; a script may expect them.
class Interaction {
 public:
  // The answer to one command.
  std::string Run(const Block& block);

 private:
  using Handler = absl::Status (Interaction::*)(const Block&);
  static Handler HandlerFor(std::string_view command);

  absl::Status AddNodes(const Block& block);
  absl::Status Campaign(const Block& block);
  absl::Status Compact(const Block& block);
  absl::Status DeliverMessages(const Block& block);
  absl::Status ForgetLeader(const Block& block);
  absl::Status ProcessAppendThread(const Block& block);
  absl::Status ProcessApplyThread(const Block& block);
  absl::Status ProcessReady(const Block& block);
  absl::Status Propose(const Block& block);
  absl::Status ProposeConfigChange(const Block& block);
  absl::Status RaftLog(const Block& block);
  absl::Status RaftState(const Block& block);
  absl::Status ReportUnreachable(const Block& block);
  absl::Status SendSnapshot(const Block& block);
  absl::Status SetElectionTimeout(const Block& block);
  absl::Status SetLogLevel(const Block& block);
  absl::Status Stabilize(const Block& block);
  absl::Status Status(const Block& block);
  absl::Status TickElection(const Block& block);
  absl::Status TickHeartbeat(const Block& block);
  absl::Status TransferLeadership(const Block& block);

  // The members that the arguments without values name.
  absl::StatusOr<std::vector<Member*>> MembersNamed(const Block& block);
  absl::StatusOr<Member*> FirstMemberNamed(const Block& block);
  absl::StatusOr<Member*> MemberNamed(std::string_view number);
  // The member that the argument `key` names.
  absl::StatusOr<Member*> MemberAt(const Block& block, std::string_view key);

  absl::Status SetLogLevel(std::string_view name);
  void Tick(Member& member, uint32_t times);
  void WriteLog(const Member& member);
  // Delivers what waits for `member`; answers how many parcels that were.
  size_t Deliver(Member& member, Network::TypeFilter type);
  size_t Drop(raft::NodeId to, Network::TypeFilter type);

  using Work = absl::Status (Member::*)(Network&);
  // Does `work` for each member that the block names, under a heading if they are several.
  absl::Status ForEach(const Block& block, std::string_view heading, Work work);
  absl::Status RunIndented(Member& member, Work work);
  // Each goes through `members` once, and answers whether there was anything to do.
  absl::StatusOr<bool> ProcessReadyOnce(const std::vector<Member*>& members);
  bool DeliverOnce(const std::vector<Member*>& members);
  absl::StatusOr<bool> AppendOnce(const std::vector<Member*>& members);
  absl::StatusOr<bool> ApplyOnce(const std::vector<Member*>& members);
  absl::Status DrainAppendWork(Member& member);
  absl::Status DrainApplyWork(Member& member);
  absl::Status StabilizeMembers(const std::vector<Member*>& members);

  Transcript transcript_;
  Network network_;
  std::vector<std::unique_ptr<Member>> members_;  // Member 1 is the first.
};

}  // namespace warren::scenario_runner
