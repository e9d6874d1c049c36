#include "tests/scenario_runner/member.h"

#include <algorithm>
#include <utility>

#include "base/status_macros.h"
#include "fmt/format.h"
#include "tests/scenario_runner/log_line.h"

namespace warren::scenario_runner {
namespace {

raft::Recovered RecoveredFrom(const raft::SnapshotRef& start) {
  raft::Recovered recovered;
  recovered.incarnation = raft::Incarnation(1);
  if (start == nullptr) return recovered;
  recovered.hard_state.commit = start->last.id.index;
  recovered.base = start->last;
  recovered.snapshot = start;
  recovered.membership = start->membership;
  recovered.applied = start->last.id.index;
  return recovered;
}

absl::Status ProposalStatus(raft::Outcome outcome) {
  // An empty entry in place of a change that cannot be made is no error to its proposer.
  const bool taken = outcome == raft::Outcome::kDone || outcome == raft::Outcome::kInvalidChange;
  return taken ? absl::OkStatus() : absl::UnavailableError("raft proposal dropped");
}

}  // namespace

absl::StatusOr<std::unique_ptr<Member>> Member::Start(MemberSetup setup, Transcript& transcript) {
  WARREN_ASSIGN_OR_RETURN(raft::Core core,
                          raft::Core::Create(setup.config, RecoveredFrom(setup.start)));
  std::unique_ptr<Member> member(new Member(std::move(core), std::move(setup), transcript));
  member->WriteNotes(member->core_.TakeNotes());
  return member;
}

Member::Member(raft::Core core, MemberSetup setup, Transcript& transcript)
    : core_(std::move(core)),
      storage_(setup.storage),
      transcript_(transcript),
      log_(setup.start == nullptr ? raft::EntryId() : setup.start->last.id),
      appender_(std::move(setup.start)) {}

raft::Outcome Member::Step(const raft::Event& event) {
  const raft::StepResult result = core_.Step(event);
  WriteNotes(core_.TakeNotes());
  return result.outcome;
}

absl::Status Member::Propose(std::string_view payload) {
  const base::Bytes bytes = base::Bytes::Copy(payload);
  return ProposalStatus(Step(raft::Propose{.payloads = {&bytes, 1}, .clock = {}}));
}

absl::Status Member::Propose(const raft::ConfigChange& change) {
  return ProposalStatus(Step(raft::ProposeConfigChange{.change = change, .clock = {}}));
}

void Member::Transfer(raft::NodeId target) {
  if (Step(raft::TransferLeadership{.to = target}) != raft::Outcome::kNotLeader) return;
  if (core_.role().role != raft::Role::kFollower) return;  // A candidate knows nobody to ask.
  if (core_.leader().IsNone()) {
    transcript_.Log(LogLevel::kInfo,
                    fmt::format("{:x} no leader at term {}; dropping leader transfer msg",
                                id().value(), core_.term().value()));
    return;
  }
  wishes_.push_back({.target = target, .leader = core_.leader(), .term = core_.term()});
}

absl::Status Member::Compact(raft::Index index) {
  const raft::Index ready = std::min(core_.applied(), core_.durable());
  if (index > ready) {
    return absl::OutOfRangeError(
        fmt::format("cannot compact to {}: known to be applied and durable is {}", index.value(),
                    ready.value()));
  }
  if (Step(raft::Compact{.index = index}) != raft::Outcome::kDone) {
    return absl::UnavailableError("cannot compact while a snapshot is being installed");
  }
  return log_.Compact(index);
}

absl::Status Member::Deliver(const Parcel& parcel) {
  if (const auto* done = std::get_if<StoreDone>(&parcel)) {
    FinishStore(done->ticket);
  } else if (const auto* applied = std::get_if<ApplyDone>(&parcel)) {
    Step(raft::Applied{.index = applied->entries.back().id.index});
  } else if (const auto* wish = std::get_if<TransferWish>(&parcel)) {
    return Accept(*wish);
  } else {
    return AcceptMessage(std::get<raft::Message>(parcel));
  }
  return absl::OkStatus();
}

absl::Status Member::Accept(const TransferWish& wish) {
  if (wish.term < core_.term()) {
    transcript_.Log(
        LogLevel::kInfo,
        fmt::format("{:x} [term: {}] ignored a MsgTransferLeader message with lower "
                    "term from {:x} [term: {}]",
                    id().value(), core_.term().value(), wish.target.value(), wish.term.value()));
  } else {
    Transfer(wish.target);
  }
  return absl::OkStatus();
}

absl::Status Member::AcceptMessage(const raft::Message& message) {
  const raft::Outcome outcome = core_.Step(raft::Received{.message = message}).outcome;
  const std::vector<raft::Note> notes = core_.TakeNotes();
  if (outcome == raft::Outcome::kUnknownPeer) {
    // Turned away at the door: the error says it all.
    return absl::NotFoundError("raft: cannot step as peer not found");
  }
  for (const raft::Note& note : notes) {
    if (note.kind == raft::NoteKind::kSnapshotRestored) {
      raft::Note switched = note;
      switched.kind = raft::NoteKind::kConfigSwitched;
      WriteNote(switched, message.snapshot->membership);
    }
    WriteNote(note, core_.membership());
  }
  if (message.type == raft::MessageType::kPropose) return ProposalStatus(outcome);
  return absl::OkStatus();
}

// etcd's members switch to the membership of a snapshot when it comes in, and say so then. Ours
// switch now.
void Member::FinishStore(const raft::WriteTicket& ticket) {
  core_.Step(raft::Stored{.ticket = ticket});
  std::vector<raft::Note> notes = core_.TakeNotes();
  std::erase_if(
      notes, [](const raft::Note& note) { return note.kind == raft::NoteKind::kConfigSwitched; });
  WriteNotes(notes);
}

void Member::WriteNotes(const std::vector<raft::Note>& notes) {
  for (const raft::Note& note : notes) WriteNote(note, core_.membership());
}

void Member::WriteNote(const raft::Note& note, const raft::Membership& membership) {
  const LogLine line =
      ToLogLine(note, {.id = id(), .role = core_.role().role, .membership = membership});
  transcript_.Log(line.level, line.text);
}

}  // namespace warren::scenario_runner
