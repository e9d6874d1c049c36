// Writes that make sense.
#include <algorithm>
#include <utility>

#include "chaos/crash/driver.h"

namespace warren::crash {
namespace {

using base::IntervalSet;

constexpr uint64_t kLeadersEntriesMax = 10;

}  // namespace

std::optional<log::Write> Driver::MakeWrite(Act act, raft::GroupId group) {
  const GroupModel& now = oracle_.Now(group);
  log::Write write;
  write.group = group;
  switch (act) {
    case Act::kAppend:
      Append(now, write);
      break;
    case Act::kReplace:
      Replace(now, write);
      break;
    case Act::kHardState:
      ChangeHardState(now, write);
      break;
    case Act::kTruncate:
      Truncate(now, write);
      break;
    case Act::kSnapshot:
      TakeSnapshot(now, write);
      break;
    case Act::kInstall:
      Install(now, write);
      break;
    default:
      BringBack(now, write);
      break;
  }
  const bool does_something = write.hard_state.has_value() || write.install != nullptr ||
                              !write.bodies.empty() || write.truncate_from.has_value() ||
                              !write.entries.empty() || write.snapshot != nullptr;
  if (!does_something) return std::nullopt;
  return write;
}

std::vector<raft::Entry> Driver::MakeEntries(const GroupLife& group, raft::Index first,
                                             raft::Term term) {
  std::vector<raft::Entry> entries;
  const uint64_t count = rng_.Between(1, setup_.entries_max);
  size_t bytes = 0;
  for (uint64_t i = 0; i < count; ++i) {
    raft::Entry entry = book_.Make(group, {.index = first + i, .term = term});
    bytes += 100 + entry.payload.size();
    if (bytes > WriteBytesMax() && i > 0) break;
    entries.push_back(std::move(entry));
    if (rng_.OneIn(30)) term = term + 1;
  }
  return entries;
}

void Driver::Append(const GroupModel& now, log::Write& write) {
  const raft::Term term = std::max({now.Last().term, now.hard_state.term, raft::Term(1)});
  write.entries = MakeEntries({write.group, now.life}, now.Last().index + 1, term);
  if (rng_.OneIn(3) || write.entries.back().id.term > now.hard_state.term) {
    write.hard_state = now.hard_state;
    write.hard_state->commit = std::max(now.hard_state.commit, now.Last().index);
    write.hard_state->term = std::max(now.hard_state.term, write.entries.back().id.term);
  }
}

// A new leader does not know the end of our log.
void Driver::Replace(const GroupModel& now, log::Write& write) {
  if (now.Last().index == now.base.id.index) return;
  const raft::Index first(rng_.Between(now.base.id.index.value() + 1, now.Last().index.value()));
  const raft::Term term = std::max(now.Last().term, now.hard_state.term) + 1;
  write.hard_state = now.hard_state;
  write.hard_state->term = term + 1;
  write.hard_state->vote = raft::NodeId();
  if (rng_.OneIn(2)) write.truncate_from = first;
  write.entries = MakeEntries({write.group, now.life}, first, term);
  for (const raft::Entry& entry : write.entries) {
    write.hard_state->term = std::max(write.hard_state->term, entry.id.term);
  }
}

void Driver::ChangeHardState(const GroupModel& now, log::Write& write) {
  write.hard_state = now.hard_state;
  switch (rng_.Below(5)) {
    case 0:
      write.hard_state->vote = raft::NodeId(rng_.Between(1, 3));
      break;
    case 1:
    case 2:
      write.hard_state->commit =
          raft::Index(rng_.Between(now.base.id.index.value(), now.Last().index.value()));
      break;
    case 3:
      write.hard_state->term = now.hard_state.term + rng_.Between(1, 3);
      write.hard_state->vote = raft::NodeId(rng_.Below(4));
      break;
    default:
      write.hard_state->amnesiac = rng_.OneIn(4);
      break;
  }
}

void Driver::Truncate(const GroupModel& now, log::Write& write) {
  if (now.Last().index == now.base.id.index) return;
  // Mostly little.
  const uint64_t length = now.Last().index - now.base.id.index;
  const uint64_t cut = rng_.Between(1, rng_.OneIn(4) ? length : std::min<uint64_t>(length, 5));
  write.truncate_from = now.Last().index + 1 - cut;
}

base::IntervalSet Driver::DrawLive(const IntervalSet& from) {
  IntervalSet live;
  const uint64_t kind = rng_.Below(4);
  for (const IntervalSet::Run& run : from.Runs()) {
    for (uint64_t i = run.first; i <= run.last; ++i) {
      const bool is_kept = kind == 1   ? rng_.OneIn(20)
                           : kind == 2 ? rng_.OneIn(3)
                           : kind == 3 ? live.size() < 3
                                       : false;
      if (is_kept) live.Insert(i);
    }
  }
  return live;
}

// Up to where `terms` end; they must be known from the first live entry on.
raft::SnapshotRef Driver::MakeSnapshot(const std::vector<raft::Term>& terms, IntervalSet live) {
  raft::Snapshot snapshot;
  const raft::EntryId last = {.index = raft::Index(terms.size()), .term = terms.back()};
  snapshot.last = {.id = last,
                   .time = raft::LogTime(last.term.value() * 1'000'000 + last.index.value())};
  snapshot.membership.voters = {raft::NodeId(1), raft::NodeId(2), raft::NodeId(3)};
  const uint64_t first = live.First().value_or(last.index.value());
  snapshot.terms = raft::TermRuns({.index = raft::Index(first), .term = terms[first - 1]});
  for (uint64_t i = first + 1; i <= terms.size(); ++i) snapshot.terms.Append(terms[i - 1]);
  snapshot.live = std::move(live);
  std::string state(rng_.Between(0, rng_.OneIn(20) ? 1500 : 100), '\0');
  for (char& byte : state) byte = static_cast<char>(rng_.Next());
  snapshot.state = base::Bytes::Adopt(std::move(state));
  return std::make_shared<const raft::Snapshot>(std::move(snapshot));
}

// Not above what is durable, and has not been replaced since.
void Driver::TakeSnapshot(const GroupModel& now, log::Write& write) {
  const GroupModel& acknowledged = oracle_.Acknowledged(write.group);
  if (!acknowledged.exists || acknowledged.life != now.life) return;
  uint64_t end = std::min(acknowledged.Last().index, now.Last().index).value();
  while (end > now.base.id.index.value() &&
         acknowledged.TermAt(raft::Index(end)) != now.TermAt(raft::Index(end))) {
    --end;
  }
  if (end <= now.base.id.index.value()) return;
  if (rng_.OneIn(2)) end = rng_.Between(now.base.id.index.value() + 1, end);
  IntervalSet needed = now.Needed();
  if (end < now.Last().index.value()) needed.EraseRange(end + 1, now.Last().index.value());
  if (!rng_.OneIn(8)) needed.Subtract(now.missing);
  const std::vector<raft::Term> terms(now.terms.begin(),
                                      now.terms.begin() + static_cast<ptrdiff_t>(end));
  write.snapshot = MakeSnapshot(terms, DrawLive(needed));
}

// Of a leader whose log is ours up to somewhere above our base, and then its own.
raft::SnapshotRef Driver::LeadersSnapshot(const GroupModel& now) {
  const uint64_t base = now.base.id.index.value();
  const uint64_t common = rng_.Between(base, now.Last().index.value());
  uint64_t end = common + rng_.Below(30);
  end = std::max(end, base + 1);
  const raft::Term term = std::max({now.Last().term, now.hard_state.term, raft::Term(1)}) + 1;
  std::vector<raft::Term> terms(now.terms.begin(),
                                now.terms.begin() + static_cast<ptrdiff_t>(common));
  terms.resize(end, term);
  IntervalSet candidates = now.live;
  candidates.InsertRange(base + 1, end);
  IntervalSet live = DrawLive(candidates);
  // What we do not hold has to fit into one write.
  uint64_t strange = 0;
  for (uint64_t i = std::max(common, base) + 1; i <= end; ++i) {
    if (live.Contains(i) && ++strange > kLeadersEntriesMax) live.Erase(i);
  }
  return MakeSnapshot(terms, std::move(live));
}

void Driver::Install(const GroupModel& now, log::Write& write) {
  write.install = LeadersSnapshot(now);
  write.hard_state = now.hard_state;
  write.hard_state->term = std::max(now.hard_state.term, write.install->last.id.term);
  write.hard_state->commit = write.install->last.id.index;
  GroupModel after = now;
  after.Apply(write);
  if (!rng_.OneIn(5)) BringBack(after, write);
  if (rng_.OneIn(4) && write.bodies.empty()) {
    write.entries =
        MakeEntries({write.group, now.life}, after.Last().index + 1, write.install->last.id.term);
    for (const raft::Entry& entry : write.entries) {
      write.hard_state->term = std::max(write.hard_state->term, entry.id.term);
    }
  }
}

// What is missing, or a part of it; now and then also what is there.
void Driver::BringBack(const GroupModel& now, log::Write& write) {
  size_t bytes = 0;
  IntervalSet wanted = now.missing;
  if (rng_.OneIn(20)) wanted.UnionWith(now.live);
  const bool all = !rng_.OneIn(4);
  for (const IntervalSet::Run& run : wanted.Runs()) {
    for (uint64_t i = run.first; i <= run.last; ++i) {
      if (!all && rng_.OneIn(2)) continue;
      const raft::Index index(i);
      raft::Entry entry =
          book_.Make({write.group, now.life}, {.index = index, .term = now.TermAt(index)});
      bytes += 100 + entry.payload.size();
      if (bytes > WriteBytesMax() / 2) return;
      write.bodies.push_back(std::move(entry));
    }
  }
}

}  // namespace warren::crash
