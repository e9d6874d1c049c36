// The log in memory, judged by the model of the one on disk.
#include "replication/log/memory_log.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

#include "base/rng.h"
#include "chaos/crash/entry_book.h"
#include "chaos/crash/group_model.h"
#include "chaos/crash/read_check.h"
#include "fmt/format.h"

namespace warren::crash {
namespace {

using base::IntervalSet;
using Fault = std::optional<std::string>;

constexpr raft::GroupId kGroup(1000);
constexpr uint64_t kActs = 150;

// One group, to which a seed does what hosts do, and worse. After each act everything is read, and
// what the log holds must be what the model needs, to the byte.
class MemoryTrial final : public log::LogListener {
 public:
  explicit MemoryTrial(uint64_t seed) : rng_(seed, 0), book_(seed, {}) {}

  Fault Run() {
    for (uint64_t act = 0; act < kActs; ++act) {
      Fault fault = Act();
      if (!fault.has_value()) fault = Judge();
      if (fault.has_value()) return fmt::format("act {}: {}", act, *fault);
    }
    return std::nullopt;
  }

  void OnCompleted(std::span<const log::Completion> completions) override {
    for (const log::Completion& each : completions) {
      if (each.ticket.epoch.value() != ++completed_) disorder_ = true;
    }
  }
  void OnRetirementNear(std::span<const raft::GroupId>) override {}
  void OnFailed(const absl::Status&) override {}
  void OnSpace(bool) override {}

 private:
  raft::WriteTicket NextTicket() {
    raft::WriteTicket ticket;
    ticket.epoch = raft::WriteEpoch(++tickets_);
    return ticket;
  }

  Fault Act() {
    if (!model_.exists) return Create();
    if (rng_.OneIn(60)) return Destroy();
    log::Write write;
    write.group = kGroup;
    switch (rng_.Below(10)) {
      case 0:
        Replace(write);
        break;
      case 1:
        Truncate(write);
        break;
      case 2:
      case 3:
        TakeSnapshot(write);
        break;
      case 4:
        Install(write);
        break;
      case 5:
        write.bodies = Bodies(model_);
        break;
      case 6:
        write.hard_state = model_.hard_state;
        write.hard_state->vote = raft::NodeId(rng_.Between(1, 3));
        break;
      default:
        write.entries = Entries(model_.Last().index + 1, Term());
        break;
    }
    write.ticket = NextTicket();
    model_.Apply(write);
    const absl::Status status = log_.Submit(std::move(write));
    return status.ok() ? Fault() : status.ToString();
  }

  Fault Create() {
    model_.life = ++lives_;
    model_.hard_state.term = raft::Term(lives_ * kTermsPerLife + 1);
    raft::Recovered first;
    first.hard_state = model_.hard_state;
    if (rng_.OneIn(2)) {
      first.snapshot = LeadersSnapshot();
      first.base = first.snapshot->last;
    }
    first.entries = Entries(first.base.id.index + 1, std::max(first.base.id.term, Term()));
    model_.Create(lives_, first);
    const absl::Status status = log_.Create(kGroup, first, NextTicket());
    return status.ok() ? Fault() : status.ToString();
  }

  Fault Destroy() {
    model_.Destroy();
    const absl::Status status = log_.Destroy(kGroup, NextTicket());
    return status.ok() ? Fault() : status.ToString();
  }

  raft::Term Term() const { return std::max(model_.Last().term, model_.hard_state.term); }

  std::vector<raft::Entry> Entries(raft::Index first, raft::Term term) {
    std::vector<raft::Entry> entries;
    const uint64_t count = rng_.Between(1, 12);
    for (uint64_t i = 0; i < count; ++i) {
      if (rng_.OneIn(10)) term = term + 1;
      entries.push_back(book_.Make({kGroup, model_.life}, {.index = first + i, .term = term}));
    }
    return entries;
  }

  void Replace(log::Write& write) {
    const uint64_t base = model_.base.id.index.value();
    const raft::Index first(rng_.Between(base + 1, model_.Last().index.value() + 1));
    if (rng_.OneIn(2)) write.truncate_from = first;
    write.entries = Entries(first, Term() + 1);
  }

  void Truncate(log::Write& write) {
    const uint64_t base = model_.base.id.index.value();
    write.truncate_from = raft::Index(rng_.Between(base + 1, model_.Last().index.value() + 2));
  }

  IntervalSet Draw(const IntervalSet& from, uint64_t one_in) {
    IntervalSet drawn;
    for (const IntervalSet::Run& run : from.Runs()) {
      for (uint64_t i = run.first; i <= run.last; ++i) {
        if (rng_.OneIn(one_in)) drawn.Insert(i);
      }
    }
    return drawn;
  }

  // Up to where `terms` end; they are known from the first live entry on.
  raft::SnapshotRef Snapshot(const std::vector<raft::Term>& terms, IntervalSet live) {
    raft::Snapshot snapshot;
    const raft::Index last(terms.size());
    snapshot.last = {.id = {.index = last, .term = terms.back()}, .time = raft::LogTime(1)};
    snapshot.membership.voters = {raft::NodeId(1)};
    const uint64_t first = live.First().value_or(last.value());
    snapshot.terms = raft::TermRuns({.index = raft::Index(first), .term = terms[first - 1]});
    for (uint64_t i = first + 1; i <= terms.size(); ++i) snapshot.terms.Append(terms[i - 1]);
    snapshot.live = std::move(live);
    snapshot.state = base::Bytes::Adopt(std::string(rng_.Below(200), 's'));
    return std::make_shared<const raft::Snapshot>(std::move(snapshot));
  }

  void TakeSnapshot(log::Write& write) {
    const uint64_t base = model_.base.id.index.value();
    const uint64_t end = rng_.Between(base, model_.Last().index.value());
    if (end == 0) return;
    IntervalSet needed = model_.Needed();
    needed.EraseRange(end + 1, IntervalSet::kPositionMax);
    const auto size = static_cast<std::ptrdiff_t>(end);
    write.snapshot = Snapshot({model_.terms.begin(), model_.terms.begin() + size},
                              Draw(needed, rng_.Between(1, 4)));
  }

  // Of a leader whose log is ours up to somewhere above our base, and then its own.
  raft::SnapshotRef LeadersSnapshot() {
    const uint64_t base = model_.base.id.index.value();
    const uint64_t common = rng_.Between(base, model_.Last().index.value());
    const uint64_t end = std::max(common + rng_.Below(20), base + 1);
    std::vector<raft::Term> terms = model_.terms;
    terms.resize(common);
    terms.resize(end, Term() + 1);
    IntervalSet candidates = model_.live;
    candidates.InsertRange(base + 1, end);
    return Snapshot(terms, Draw(candidates, rng_.Between(1, 4)));
  }

  void Install(log::Write& write) {
    write.install = LeadersSnapshot();
    GroupModel after = model_;
    after.Apply(write);
    if (!rng_.OneIn(4)) write.bodies = Bodies(after);
    if (rng_.OneIn(3)) write.entries = Entries(after.Last().index + 1, after.Last().term);
  }

  // What is missing, or a part of it; now and then also what is there.
  std::vector<raft::Entry> Bodies(const GroupModel& group) {
    IntervalSet wanted = group.missing;
    if (rng_.OneIn(4)) wanted.UnionWith(group.live);
    std::vector<raft::Entry> bodies;
    const IntervalSet drawn = Draw(wanted, rng_.Between(1, 2));
    for (const IntervalSet::Run& run : drawn.Runs()) {
      for (raft::Index at(run.first); at.value() <= run.last; at = at + 1) {
        bodies.push_back(book_.Make({kGroup, model_.life}, {at, group.TermAt(at)}));
      }
    }
    return bodies;
  }

  Fault Judge() {
    if (disorder_ || completed_ != tickets_) {
      return fmt::format("{} writes were submitted, {} completed{}", tickets_, completed_,
                         disorder_ ? ", not in their order" : "");
    }
    uint64_t bytes = model_.snapshot == nullptr ? 0 : model_.snapshot->state.size();
    IntervalSet held = model_.Needed();
    held.Subtract(model_.missing);
    for (const IntervalSet::Run& run : held.Runs()) {
      for (raft::Index at(run.first); at.value() <= run.last; at = at + 1) {
        bytes += raft::AccountedBytes(book_.Make({kGroup, model_.life}, {at, model_.TermAt(at)}));
      }
    }
    if (log_.GetStats().memory_bytes != bytes) {
      return fmt::format("it holds {} bytes, and not {}", log_.GetStats().memory_bytes, bytes);
    }
    if (model_.exists) {
      return ReadCheck(log_, book_, kGroup, model_, MayDecay::kNo).All(rng_);
    }
    return log_.Describe(kGroup).ok() ? Fault("it was destroyed, and is there") : std::nullopt;
  }

  base::Rng rng_;
  const EntryBook book_;
  log::MemoryLog log_{this};
  GroupModel model_;
  uint64_t lives_ = 0;
  uint64_t tickets_ = 0;
  uint64_t completed_ = 0;
  bool disorder_ = false;
};

TEST(MemoryLogModelTest, TheLogInMemoryIsTheSameLog) {
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    const Fault fault = MemoryTrial(seed).Run();
    ASSERT_FALSE(fault.has_value()) << "seed " << seed << ": " << *fault;
  }
}

}  // namespace
}  // namespace warren::crash
