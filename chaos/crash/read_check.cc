#include "chaos/crash/read_check.h"

#include <algorithm>
#include <vector>

#include "fmt/format.h"

namespace warren::crash {

std::string ReadCheck::Where(raft::Index index) const {
  return fmt::format("group {}, entry {}", name_.group.value(), index.value());
}

ReadCheck::Fault ReadCheck::JudgeEntry(const raft::Entry& entry, raft::EntryId expected) const {
  if (entry.id != expected) {
    return fmt::format("{}: asked for {}@{}, got {}@{}", Where(expected.index),
                       expected.index.value(), expected.term.value(), entry.id.index.value(),
                       entry.id.term.value());
  }
  if (entry == book_.Make(name_, expected)) return std::nullopt;
  return fmt::format("{}: read, and not what was written", Where(expected.index));
}

ReadCheck::Fault ReadCheck::JudgeError(raft::Index index, const absl::Status& status) {
  const bool is_missing = model_.missing.Contains(index.value());
  if (is_missing || (may_decay_ == MayDecay::kYes && model_.Needs(index))) {
    if (!absl::IsDataLoss(status)) {
      return fmt::format("{}: it is lost, and reading it gives {}", Where(index),
                         status.ToString());
    }
    if (is_missing) return std::nullopt;
    decayed_.Insert(index.value());
    const auto now = log_.Describe(name_.group);
    if (now.ok() && now->missing.Contains(index.value())) return std::nullopt;
    return fmt::format("{}: it cannot be read, and is not named as missing: {}", Where(index),
                       status.ToString());
  }
  if (model_.Needs(index)) {
    return fmt::format("{}: reading it gives {}", Where(index), status.ToString());
  }
  if (absl::IsNotFound(status) || absl::IsDataLoss(status)) return std::nullopt;
  return fmt::format("{}: it is dead or never was, and reading it gives {}", Where(index),
                     status.ToString());
}

ReadCheck::Fault ReadCheck::Description() {
  const auto found = log_.Describe(name_.group);
  if (!found.ok()) {
    return fmt::format("group {}: {}", name_.group.value(), found.status().ToString());
  }
  GroupModel expected = model_;
  if (may_decay_ == MayDecay::kYes) expected.missing.UnionWith(found->missing);
  const Fault fault = Compare(expected, *found);
  if (!fault.has_value()) return std::nullopt;
  return fmt::format("group {} is described wrongly: {}\n  expected: {}", name_.group.value(),
                     *fault, crash::Describe(model_));
}

ReadCheck::Fault ReadCheck::Range(raft::Index first, raft::Index last, base::Rng& rng) {
  raft::Index at = first;
  while (at <= last) {
    const size_t bytes_max = rng.Between(1, rng.OneIn(2) ? 500 : 20'000);
    const auto read = log_.Read(name_.group, at, last, bytes_max);
    if (!read.ok()) {
      if (Fault fault = JudgeError(at, read.status()); fault.has_value()) return fault;
      at = at + 1;
      continue;
    }
    if (read->empty()) return fmt::format("{}: reading gives nothing", Where(at));
    size_t bytes = 0;
    for (const raft::Entry& entry : *read) {
      if (at > last) return fmt::format("{}: reading goes too far", Where(at));
      if (model_.missing.Contains(at.value())) {
        return fmt::format("{}: it is missing, and was read", Where(at));
      }
      Fault fault = JudgeEntry(entry, {.index = at, .term = model_.TermAt(at)});
      if (fault.has_value()) return fault;
      bytes += raft::AccountedBytes(entry);
      at = at + 1;
    }
    if (read->size() > 1 && bytes > bytes_max) {
      return fmt::format("{}: {} bytes were read, of at most {}", Where(at), bytes, bytes_max);
    }
  }
  return std::nullopt;
}

ReadCheck::Fault ReadCheck::One(raft::Index index) {
  const auto read = log_.ReadSparse(name_.group, std::vector<raft::Index>{index});
  if (!read.ok()) return JudgeError(index, read.status());
  if (read->size() != 1) return fmt::format("{}: one was asked for", Where(index));
  // What is dead may still be there; what it says of itself must then be true.
  const raft::EntryId claimed = {.index = index, .term = read->front().id.term};
  if (!model_.Needs(index)) return JudgeEntry(read->front(), claimed);
  return JudgeEntry(read->front(), {.index = index, .term = model_.TermAt(index)});
}

// All live entries at once if none is lost, in some order; one by one if that fails.
ReadCheck::Fault ReadCheck::Sparse(base::Rng& rng) {
  std::vector<raft::Index> wanted;
  for (const base::IntervalSet::Run& run : model_.live.Runs()) {
    for (uint64_t i = run.first; i <= run.last; ++i) wanted.emplace_back(i);
  }
  for (size_t i = wanted.size(); i > 1; --i) std::swap(wanted[i - 1], wanted[rng.Below(i)]);
  const auto read = log_.ReadSparse(name_.group, wanted);
  if (!read.ok()) {
    for (const raft::Index index : wanted) {
      if (Fault fault = One(index); fault.has_value()) return fault;
    }
    if (!model_.missing.empty() || !decayed_.empty()) return std::nullopt;
    return fmt::format("group {}: each live entry can be read, but not all at once: {}",
                       name_.group.value(), read.status().ToString());
  }
  if (read->size() != wanted.size()) {
    return fmt::format("group {}: {} entries were asked for, {} came", name_.group.value(),
                       wanted.size(), read->size());
  }
  for (size_t i = 0; i < wanted.size(); ++i) {
    const raft::EntryId expected = {.index = wanted[i], .term = model_.TermAt(wanted[i])};
    if (Fault fault = JudgeEntry((*read)[i], expected); fault.has_value()) return fault;
  }
  return std::nullopt;
}

ReadCheck::Fault ReadCheck::Beyond(base::Rng& rng) {
  const raft::Index above = model_.Last().index + rng.Between(1, 5);
  const auto read = log_.Read(name_.group, above, above, 1000);
  if (!absl::IsNotFound(read.status())) {
    return fmt::format("{}: it was never there, and reading it gives {}", Where(above),
                       read.status().ToString());
  }
  if (model_.base.id.index == raft::Index()) return std::nullopt;
  return One(raft::Index(rng.Between(1, model_.base.id.index.value())));
}

ReadCheck::Fault ReadCheck::All(base::Rng& rng) {
  Fault fault = Description();
  if (!fault.has_value()) fault = Range(model_.base.id.index + 1, model_.Last().index, rng);
  if (!fault.has_value()) fault = Sparse(rng);
  if (!fault.has_value()) fault = Beyond(rng);
  return fault;
}

ReadCheck::Fault ReadCheck::Some(base::Rng& rng) {
  Fault fault = rng.OneIn(3) ? Description() : std::nullopt;
  const raft::Index first = model_.base.id.index + 1;
  const raft::Index last = model_.Last().index;
  if (!fault.has_value() && first <= last) {
    const raft::Index from(rng.Between(first.value(), last.value()));
    fault = Range(from, std::min(last, from + rng.Below(20)), rng);
  }
  if (!fault.has_value() && rng.OneIn(4)) fault = Sparse(rng);
  if (!fault.has_value() && rng.OneIn(4)) fault = Beyond(rng);
  return fault;
}

}  // namespace warren::crash
