#include "chaos/sim/oracles/durability.h"

#include <algorithm>
#include <optional>

#include "fmt/format.h"

namespace warren::sim {

using raft::EntryId;
using raft::Index;
using raft::Message;
using raft::MessageType;
using raft::Term;

void Durability::OnSent(const MemberView& sender, const Message& message) {
  if (message.reject) return;
  if (message.type == MessageType::kVoteResponse) CheckVote(sender, message);
  if (message.type == MessageType::kAppendResponse) CheckAck(sender, message);
}

void Durability::CheckVote(const MemberView& voter, const Message& vote) {
  const raft::HardState& stored = voter.disk().hard_state();
  const bool remembered =
      stored.term > vote.term || (stored.term == vote.term && stored.vote == vote.to);
  if (remembered) return;
  verdict_.Violated(
      "PromiseIsDurable",
      fmt::format("{} sends its vote for {} in term {}, but its disk says term {}, vote for {}",
                  Describe(voter), Describe(vote.to), vote.term.value(), stored.term.value(),
                  Describe(stored.vote)));
}

void Durability::CheckAck(const MemberView& sender, const Message& ack) {
  const DiskImage& disk = sender.disk();
  // A promise to the leader of an earlier term: writes of a later one, which may replace what it
  // speaks of, became durable in the same round. That leader cannot commit by it any more.
  if (disk.hard_state().term > ack.term) return;
  const bool reaches = ack.index <= std::max(disk.Last().index, disk.SnapshotIndex());
  if (!reaches || disk.hard_state().term < ack.term) {
    verdict_.Violated(
        "PromiseIsDurable",
        fmt::format("{} acknowledges {} in term {}, but its disk ends with {} in term {}",
                    Describe(sender), ack.index.value(), ack.term.value(), Describe(disk.Last()),
                    disk.hard_state().term.value()));
    return;
  }
  // A leader replaces nothing in its own log, so while it leads it can still be compared.
  const MemberView& leader = Member(ack.to);
  if (!leader.Leads() || leader.term() != ack.term) return;
  const std::optional<Term> held = disk.TermAt(ack.index);
  if (!held.has_value() || leader.Holds({.index = ack.index, .term = *held})) return;
  verdict_.Violated(
      "PromiseIsDurable",
      fmt::format("{} acknowledges {} to {}, but its disk has another entry there: {}",
                  Describe(sender), ack.index.value(), Describe(leader),
                  Describe(EntryId{.index = ack.index, .term = *held})));
}

void Durability::CheckBelief(const MemberView& member, Index durable) {
  const std::optional<Term> term = member.TermAt(durable);
  if (!term.has_value() || member.disk().Holds({.index = durable, .term = *term})) return;
  verdict_.Violated(
      "BelievesWhatIs",
      fmt::format("{} believes {} to be on its disk, which ends with {}", Describe(member),
                  Describe(EntryId{.index = durable, .term = *term}),
                  Describe(member.disk().Last())));
}

void Durability::OnCommit(const MemberView& leader) {
  const Index commit = leader.commit();
  const EntryId id{.index = commit, .term = leader.TermAt(commit).value_or(Term())};
  const auto holds = [&](const MemberView& member) { return member.HoldsDurably(id); };
  const raft::Membership& membership = leader.membership();
  if (IsMajority(membership.voters, holds) &&
      (!membership.IsJoint() || IsMajority(membership.outgoing, holds))) {
    return;
  }
  verdict_.Violated("CommittedIsDurableInv",
                    fmt::format("{} commits {}, which is not on the disks of a majority of {}",
                                Describe(leader), Describe(id), Describe(membership)));
}

void Durability::OnWrite(const MemberView& member, const raft::Output& output) {
  if (output.append.empty() || output.install.has_value()) return;
  const DiskImage& disk = member.disk();
  const Index committed = committed_.LastBy(member.term(), committed_.last().index).index;
  const auto lose = [&](Index index) {
    verdict_.Violated("CommittedIsKept",
                      fmt::format("{} replaces {} on its disk, which is committed",
                                  Describe(member), Describe(committed_.At(index))));
  };
  const auto has_committed = [&](Index index) {
    return index > disk.base().id.index && index <= committed &&
           disk.TermAt(index) == committed_.At(index).term;
  };
  for (const raft::Entry& entry : output.append) {
    const Index index = entry.id.index;
    if (has_committed(index) && entry.id != committed_.At(index)) lose(index);
  }
  // What follows the last entry written goes too.
  const Index held = std::min(disk.Last().index, committed);
  if (held > output.append.back().id.index && has_committed(held)) lose(held);
}

void Durability::CheckQuorumLog(const MemberView& member) {
  const EntryId id = committed_.LastBy(Term(UINT64_MAX), member.applied());
  const auto could_elect_another = [&](const MemberView& voter) {
    return !voter.HoldsDurably(id) && !voter.disk().hard_state().amnesiac;
  };
  const raft::Membership& membership = member.membership();
  if (!IsMajority(membership.voters, could_elect_another) ||
      (membership.IsJoint() && !IsMajority(membership.outgoing, could_elect_another))) {
    return;
  }
  verdict_.Violated("QuorumLogInv",
                    fmt::format("{} has applied {}, but a majority of {} lacks it",
                                Describe(member), Describe(id), Describe(membership)));
}

void Durability::CheckBodies(const MemberView& member) {
  const DiskImage& disk = member.disk();
  if (disk.snapshot() == nullptr) return;
  const Machine& truth = committed_.machine();
  for (const auto& run : disk.snapshot()->live.Runs()) {
    for (uint64_t i = run.first; i <= run.last && Index(i) <= disk.base().id.index; ++i) {
      const raft::Entry* body = disk.Find(Index(i));
      const bool right = body != nullptr && body->id == committed_.At(Index(i));
      if (right || !truth.live().Contains(i)) continue;
      verdict_.Violated("BodiesAreKept",
                        fmt::format("{} lost {}, which is live; it has {} there", Describe(member),
                                    i, body == nullptr ? "nothing" : Describe(body->id)));
    }
  }
}

bool Durability::IsMajority(const raft::NodeSet& half,
                            const std::function<bool(const MemberView&)>& holds) const {
  const auto count = std::count_if(half.begin(), half.end(),
                                   [&](raft::NodeId voter) { return holds(Member(voter)); });
  return static_cast<size_t>(count) * 2 > half.size();
}

}  // namespace warren::sim
