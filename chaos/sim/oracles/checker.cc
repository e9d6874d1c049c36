#include "chaos/sim/oracles/checker.h"

#include <optional>
#include <utility>

#include "fmt/format.h"

namespace warren::sim {

using raft::Message;
using raft::MessageType;
using raft::Term;

Checker::Checker(const Machine& start, Stats& stats, Verdict& verdict)
    : stats_(stats),
      verdict_(verdict),
      history_(start.last(), verdict),
      committed_(start, verdict),
      elections_(verdict),
      completeness_(history_, committed_, verdict),
      durability_(members_, committed_, verdict),
      reads_(verdict) {}

void Checker::OnStarted(const MemberView& member) {
  Seen& seen = seen_[member.id().value()];
  seen = Seen();
  seen.life = member.life();
  seen.term = member.term();
  if (member.term() != member.disk().hard_state().term) {
    verdict_.Violated("Monotone",
                      fmt::format("{} starts in another term than its disk's {}", Describe(member),
                                  member.disk().hard_state().term.value()));
  }
  if (member.disk().hard_state().amnesiac) elections_.OnForgot(member.id());
  OnStepped(member);
}

void Checker::OnStepped(const MemberView& member) {
  ++stats_.steps;
  Seen& seen = seen_[member.id().value()];
  const Seen before = seen;
  seen.role = member.role();
  seen.term = member.term();
  seen.commit = member.commit();
  seen.last = member.last();
  const Seen& now = seen;
  if (now.term < before.term || now.commit < before.commit) {
    verdict_.Violated("Monotone", fmt::format("{} was in term {} with commit {}", Describe(member),
                                              before.term.value(), before.commit.value()));
  }
  const bool led = before.Leads();
  if (now.Leads() && (!led || now.term != before.term)) {
    ++stats_.elections;
    if (now.told_to_campaign == now.term) ++stats_.transfers;
    elections_.OnWon(member);
  }
  if (now.commit != before.commit) OnCommitMoved(member, led || now.Leads());
  if (now.Leads() && (now.last != before.last || now.term != before.term)) {
    completeness_.CheckLeader(member);
  }
  if (now.commit != before.commit || now.last != before.last) CheckAgainstOthers(member);
}

void Checker::OnCommitMoved(const MemberView& member, bool led) {
  const raft::Index known = committed_.last().index;
  committed_.OnCommit(member, led);
  if (member.commit() <= known || !verdict_.IsClean()) return;
  stats_.commits += member.commit() - known;
  durability_.OnCommit(member);
  // Leaders of later terms must have had it before it was known to be committed.
  for (const MemberView* other : members_) {
    if (other->Leads()) completeness_.CheckLeader(*other);
  }
}

void Checker::CheckAgainstOthers(const MemberView& member) {
  for (const MemberView* other : members_) {
    if (other == &member) continue;
    completeness_.CheckUpToDate(member, *other);
    completeness_.CheckUpToDate(*other, member);
  }
}

void Checker::OnOutput(const MemberView& member, const raft::Output& output) {
  if (output.install.has_value()) {
    const raft::EntryId last = output.install->snapshot->last.id;
    if (last.index > committed_.last().index || committed_.At(last.index) != last) {
      verdict_.Violated("LogInv",
                        fmt::format("{} is to install a snapshot of {}, which is not committed",
                                    Describe(member), Describe(last)));
    }
  }
  std::optional<Term> previous;
  for (const raft::Entry& entry : output.append) {
    if (!previous.has_value()) previous = member.TermAt(entry.id.index - 1);
    if (previous.has_value()) history_.OnEntry(member.id(), *previous, entry);
    previous = entry.id.term;
  }
  durability_.OnWrite(member, output);
  for (const raft::ReadReady& read : output.reads) {
    ++stats_.reads;
    reads_.OnAnswered(member.id(), read.id, read.index);
  }
}

void Checker::OnSent(const MemberView& sender, const Message& message) {
  durability_.OnSent(sender, message);
  if (message.type == MessageType::kVoteResponse && !message.reject) {
    elections_.OnVote(sender, message.to, message.term);
  }
  if (message.type == MessageType::kVote && message.transfer) {
    seen_[sender.id().value()].told_to_campaign = message.term;
  }
  if (message.type == MessageType::kTimeoutNow) {
    completeness_.CheckTransfer(sender, *members_[message.to.value() - 1]);
  }
}

void Checker::OnReadAsked(raft::ReadId id) {
  constexpr uint64_t kRemembered = 1000;
  reads_.OnAsked(id, committed_.last().index);
  if (id.value() > kRemembered) reads_.ForgetBefore(raft::ReadId(id.value() - kRemembered));
}

void Checker::Audit() {
  for (const MemberView* member : members_) {
    AuditLog(*member);
    CheckAgainstOthers(*member);
    if (member->Leads()) completeness_.CheckLeader(*member);
    durability_.CheckQuorumLog(*member);
    durability_.CheckBodies(*member);
  }
}

// The disk's whole log against the history, and the member's committed part against what is
// committed. (The disk alone may be behind there: what replaces an entry may be under way.)
void Checker::AuditLog(const MemberView& member) {
  Term previous = member.disk().base().id.term;
  for (const raft::Entry& entry : member.disk().entries()) {
    history_.OnEntry(member.id(), previous, entry);
    previous = entry.id.term;
    const raft::Index index = entry.id.index;
    if (index > member.commit() || index > committed_.last().index) continue;
    if (!member.Holds(committed_.At(index))) {
      verdict_.Violated("LogInv", fmt::format("{} lacks {}, which it knows to be committed",
                                              Describe(member), Describe(committed_.At(index))));
    }
  }
}

}  // namespace warren::sim
