#include "chaos/crash/driver.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "chaos/crash/damage.h"
#include "fmt/format.h"
#include "raft/codec.h"
#include "replication/log/wal/frame.h"
#include "replication/log/wal/sectors.h"
#include "replication/log/wal/testing/hostile_body.h"

namespace warren::crash {
namespace {

constexpr uint64_t kFinishStepsMax = 2000;
// Of PlantedBug::kNonceConstant: what a log without secrets would have.
constexpr uint64_t kGuessedNonce = 0x57617272656E;
constexpr uint64_t kMaintenanceAtOnceMax = 20;
constexpr uint64_t kPowerOffOneIn = 20;

}  // namespace

Driver::Driver(const CrashSetup& setup, Machine& machine, Oracle& oracle, EntryBook& book,
               Manner manner)
    : setup_(setup),
      machine_(machine),
      oracle_(oracle),
      book_(book),
      manner_(std::move(manner)),
      rng_(manner_.rng),
      weights_sum_(std::accumulate(setup.weights.begin(), setup.weights.end(), uint64_t{0})) {}

Driver::Fault Driver::Step() {
  uint64_t draw = rng_.Below(weights_sum_);
  size_t act = 0;
  while (draw >= setup_.weights[act]) draw -= setup_.weights[act++];
  Fault fault = Do(static_cast<Act>(act));
  if (fault.has_value()) return fault;
  return machine_.fault();
}

Driver::Fault Driver::Do(Act act) {
  switch (act) {
    case Act::kCreate:
      return Create();
    case Act::kDestroy:
      return Destroy();
    case Act::kSenseless:
      return Senseless();
    case Act::kHostile:
      return Hostile();
    case Act::kRead:
      return Read();
    case Act::kRound:
      return Round();
    case Act::kSeal:
      return Seal();
    case Act::kMaintain:
      machine_.engine().Maintain();
      return std::nullopt;
    case Act::kTime:
      machine_.clock().Advance(absl::Milliseconds(rng_.Between(1, 300)));
      return std::nullopt;
    default:
      break;
  }
  const raft::GroupId group = PickGroup();
  if (group.IsNone()) return Create();
  std::optional<log::Write> write = MakeWrite(act, group);
  if (!write.has_value()) return std::nullopt;
  Fault fault = Submit(*std::move(write));
  if (act == Act::kSnapshot && rng_.OneIn(2)) MaintainAtOnce();
  return fault;
}

raft::GroupId Driver::PickGroup() {
  const std::vector<raft::GroupId> groups = oracle_.Existing();
  return groups.empty() ? raft::GroupId() : groups[rng_.Below(groups.size())];
}

raft::WriteTicket Driver::NextTicket() {
  raft::WriteTicket ticket;
  ticket.epoch = raft::WriteEpoch(++tickets_);
  return ticket;
}

// Without power and after a failure anything may be refused; else only what the log has no room
// for.
Driver::Fault Driver::JudgeRefusal(const std::string& what, const absl::Status& status) const {
  Tell(fmt::format("{}: {}", what, status.ToString()));
  if (machine_.is_off() || machine_.has_failed()) return std::nullopt;
  if (absl::IsResourceExhausted(status)) return std::nullopt;
  return fmt::format("{} is refused: {}", what, status.ToString());
}

Driver::Fault Driver::Submit(log::Write write, MayBeLost may_be_lost_wanted) {
  const raft::GroupId group = write.group;
  write.ticket = NextTicket();
  write.may_be_lost = rng_.OneIn(setup_.lost_one_in) || may_be_lost_wanted == MayBeLost::kYes;
  write.brings_load = rng_.OneIn(3);
  const std::string what = fmt::format(
      "group {}: write {}{}{}{}{}{}{}", group.value(), write.ticket.epoch.value(),
      write.hard_state.has_value() ? ", hard state" : "",
      write.install != nullptr
          ? fmt::format(", install up to {}", write.install->last.id.index.value())
          : "",
      write.bodies.empty() ? "" : fmt::format(", {} bodies", write.bodies.size()),
      write.truncate_from.has_value()
          ? fmt::format(", truncate from {}", write.truncate_from->value())
          : "",
      write.entries.empty() ? ""
                            : fmt::format(", {} entries from {}@{}", write.entries.size(),
                                          write.entries.front().id.index.value(),
                                          write.entries.front().id.term.value()),
      write.snapshot != nullptr
          ? fmt::format(", snapshot up to {}", write.snapshot->last.id.index.value())
          : "");
  raft::Term& term_used = terms_used_[{group, oracle_.Now(group).life}];
  if (write.hard_state.has_value()) term_used = std::max(term_used, write.hard_state->term);
  if (!write.entries.empty()) term_used = std::max(term_used, write.entries.back().id.term);
  GroupModel after = oracle_.Now(group);
  after.Apply(write);
  const raft::WriteTicket ticket = write.ticket;
  const bool may_be_lost = write.may_be_lost;
  const absl::Status status = machine_.engine().Submit(std::move(write));
  if (!status.ok()) return JudgeRefusal(what, status);
  Tell(what);
  oracle_.Submit(group, std::move(after), ticket, may_be_lost);
  return std::nullopt;
}

Driver::Fault Driver::Create() {
  std::vector<raft::GroupId> absent;
  for (uint64_t id = 1; id <= setup_.groups_max; ++id) {
    const raft::GroupId group(id * 1000);
    if (!oracle_.Now(group).exists) absent.push_back(group);
  }
  if (absent.empty()) return std::nullopt;
  const raft::GroupId group = absent[rng_.Below(absent.size())];
  const uint64_t life = oracle_.NextLife(group);
  GroupModel after;
  after.exists = true;
  after.life = life;
  after.hard_state.term = raft::Term(life * kTermsPerLife);
  raft::Recovered first;
  if (rng_.OneIn(3)) {
    first.snapshot = LeadersSnapshot(after);
    first.base = first.snapshot->last;
  }
  const raft::Term term = std::max(first.base.id.term, after.hard_state.term) + rng_.Between(1, 3);
  first.hard_state = {.term = term, .vote = {}, .commit = first.base.id.index, .amnesiac = false};
  if (rng_.OneIn(3)) {
    first.entries = MakeEntries({group, life}, first.base.id.index + 1, term);
  }
  after.Create(life, first);
  const raft::WriteTicket ticket = NextTicket();
  const std::string what = fmt::format("group {}: create, life {}, ticket {}", group.value(), life,
                                       ticket.epoch.value());
  const absl::Status status = machine_.engine().Create(group, first, ticket);
  if (!status.ok()) return JudgeRefusal(what, status);
  Tell(what);
  oracle_.Submit(group, std::move(after), ticket, /*may_be_lost=*/false);
  return std::nullopt;
}

Driver::Fault Driver::Destroy() {
  const raft::GroupId group = PickGroup();
  if (group.IsNone()) return std::nullopt;
  GroupModel after = oracle_.Now(group);
  after.Destroy();
  const raft::WriteTicket ticket = NextTicket();
  const std::string what =
      fmt::format("group {}: destroy, ticket {}", group.value(), ticket.epoch.value());
  const absl::Status status = machine_.engine().Destroy(group, ticket);
  if (!status.ok()) return JudgeRefusal(what, status);
  Tell(what);
  oracle_.Submit(group, std::move(after), ticket, /*may_be_lost=*/false);
  return std::nullopt;
}

Driver::Fault Driver::Read() {
  const raft::GroupId group = PickGroup();
  if (group.IsNone()) return std::nullopt;
  const GroupModel& now = oracle_.Now(group);
  ReadCheck reads(machine_.engine(), book_, group, now, manner_.may_decay);
  Fault fault = reads.Some(rng_);
  if (!reads.decayed().empty()) {
    base::IntervalSet missing = now.missing;
    missing.UnionWith(reads.decayed());
    oracle_.Lose(group, missing);
  }
  if (!fault.has_value() || machine_.is_off() || machine_.has_failed()) return std::nullopt;
  return fault;
}

// A frame that was not synced follows nothing: a crash may leave it out.
bool Driver::WriteRound() {
  const uint64_t syncs = machine_.engine().GetStats().syncs;
  oracle_.BeginFrame();
  const bool is_written = machine_.engine().WriteRound();
  if (!is_written || machine_.engine().GetStats().syncs == syncs) oracle_.DropFrame();
  return is_written;
}

Driver::Fault Driver::Round() {
  const bool is_written = WriteRound();
  Tell(is_written ? "a round is written" : "no round is written");
  return std::nullopt;
}

Driver::Fault Driver::Seal() {
  oracle_.BeginFrame();
  const bool is_written = machine_.engine().Seal();
  if (!is_written) oracle_.DropFrame();
  Tell(is_written ? "a seal is written" : "no seal is written");
  return std::nullopt;
}

Driver::Fault Driver::Finish() {
  uint64_t steps = 0;
  for (bool goes_on = true; goes_on && !machine_.is_off() && steps < kFinishStepsMax; ++steps) {
    goes_on = machine_.engine().Maintain();
    goes_on |= WriteRound();
  }
  if (steps == kFinishStepsMax) return "the log's maintenance never comes to an end";
  Seal();
  return machine_.fault();
}

Driver::Fault Driver::StepOfWriter() {
  const raft::GroupId group = PickGroup();
  if (!group.IsNone() && !rng_.OneIn(3)) {
    if (auto write = MakeWrite(Act::kAppend, group); write.has_value()) {
      if (Fault fault = Submit(*std::move(write)); fault.has_value()) return fault;
    }
  }
  return Round();
}

// A client that knows the format, and what the log does at this moment, but not its secrets, sends
// a message in which it hides frames. They would truncate somebody's log. It is sent alone, so that
// they lie where frames begin.
Driver::Fault Driver::Hostile() {
  const raft::GroupId group = PickGroup();
  if (group.IsNone()) return std::nullopt;
  Round();
  const GroupModel& now = oracle_.Now(group);
  const raft::EntryId id = {
      .index = now.Last().index + 1,
      .term = std::max({now.Last().term, now.hard_state.term, terms_used_[{group, now.life}]}) + 1};
  const LastFrame last = FindLastFrame(machine_.disk());
  const log::HostileBodyGuess guess = {.segment = last.segment,
                                       .number = last.number + rng_.Between(2, 4),
                                       .nonce = kGuessedNonce,
                                       .group = log::GroupNo(rng_.Between(1, 5)),
                                       .truncate_from = raft::Index(rng_.Between(1, 10))};
  const size_t bytes = std::min<size_t>(WriteBytesMax(), 4 * log::kBlockContentBytes);
  book_.SetPayload(
      {group, now.life}, id,
      log::ComposeHostileBody(guess, log::kFrameHeaderBytes + raft::kEntryHeaderBytes, bytes));
  log::Write write;
  write.group = group;
  write.entries = {book_.Make({group, now.life}, id)};
  // Until something else is synced, a power cut may leave the hidden frames and not the true one.
  if (Fault fault = Submit(std::move(write), MayBeLost::kYes); fault.has_value()) return fault;
  return Round();
}

// The store is cleaned up while a snapshot that makes more of it useless is not durable yet, and
// may never be.
void Driver::MaintainAtOnce() {
  const uint64_t steps = rng_.Below(kMaintenanceAtOnceMax + 1);
  for (uint64_t step = 0; step < steps && machine_.engine().Maintain(); ++step) continue;
  if (rng_.OneIn(kPowerOffOneIn)) machine_.disk().PowerOff();
}

// What makes no sense is refused, by the right name, and changes nothing.
Driver::Fault Driver::Senseless() {
  const raft::GroupId group = PickGroup();
  if (group.IsNone()) return std::nullopt;
  const GroupModel& now = oracle_.Now(group);
  log::Write write;
  write.group = group;
  write.ticket = NextTicket();
  absl::StatusCode expected = absl::StatusCode::kInvalidArgument;
  const raft::Index last = now.Last().index;
  const raft::Term term(now.Last().term.value() + 1);
  switch (rng_.Below(4)) {
    case 0:
      write.entries = MakeEntries({group, now.life}, last + 2, term);
      break;
    case 1:
      write.truncate_from = now.base.id.index;
      break;
    case 2:
      write.group = raft::GroupId(77);
      write.hard_state = now.hard_state;
      expected = absl::StatusCode::kNotFound;
      break;
    default:
      write.snapshot = MakeSnapshot(
          std::vector<raft::Term>(last.value() + 1, std::max(term, raft::Term(1))), {});
      break;
  }
  const absl::Status status = machine_.engine().Submit(std::move(write));
  if (machine_.is_off() || machine_.has_failed() || absl::IsResourceExhausted(status) ||
      status.code() == expected) {
    return ReadCheck(machine_.engine(), book_, group, now, manner_.may_decay).Description();
  }
  return fmt::format("group {}: a write that makes no sense is answered with {}", group.value(),
                     status.ToString());
}

}  // namespace warren::crash
