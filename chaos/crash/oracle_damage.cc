// What may be found after damage.
#include <algorithm>
#include <utility>

#include "chaos/crash/oracle.h"
#include "fmt/format.h"

namespace warren::crash {
namespace {

// All that the model needs must be claimed or named as missing, with the right term.
std::optional<std::string> CompareNeeded(const GroupModel& model,
                                         const log::RecoveredGroup& found) {
  const base::IntervalSet needed = model.Needed();
  for (const base::IntervalSet::Run& run : needed.Runs()) {
    for (uint64_t i = run.first; i <= run.last; ++i) {
      const raft::Index index(i);
      const bool is_above = index > found.base.id.index && index <= found.last.index;
      if (!is_above && !found.live.Contains(i)) {
        return fmt::format("entry {} is gone and not named", i);
      }
      if (found.terms.TermAt(index) != model.TermAt(index)) {
        return fmt::format("entry {} has term {}, not {}; the log begins after {}@{}", i,
                           found.terms.TermAt(index).value_or(raft::Term()).value(),
                           model.TermAt(index).value(), found.base.id.index.value(),
                           found.base.id.term.value());
      }
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> Oracle::CompareDamaged(const History& history, const GroupModel& model,
                                                  const log::RecoveredGroup* found) const {
  if (found == nullptr) {
    if (!model.exists) return std::nullopt;
    return "it is gone";
  }
  if (!model.exists) return "it was destroyed, or never made";
  const uint64_t life = LifeOf(std::max(found->last.term, found->hard_state.term));
  if (life != 0 && life != model.life) return fmt::format("it is of life {}", life);
  const bool is_amnesiac = found->hard_state.amnesiac;
  if (found->hard_state != model.hard_state && !is_amnesiac) {
    GroupModel seen;
    seen.Adopt(*found);
    return fmt::format("it does not say that it may have forgotten, and is otherwise: {}",
                       Describe(seen));
  }
  if (found->last != model.Last() && !is_amnesiac) {
    return fmt::format("its log ends at {}@{}", found->last.index.value(),
                       found->last.term.value());
  }
  // A snapshot that is lost leaves an older one in force.
  const bool knows_snapshot =
      found->snapshot == nullptr || SameSnapshot(found->snapshot, model.snapshot) ||
      std::any_of(history.snapshots.begin(), history.snapshots.end(),
                  [&](const raft::SnapshotRef& one) { return SameSnapshot(one, found->snapshot); });
  if (!knows_snapshot) return "its snapshot is none that was ever taken";
  if (is_amnesiac) return std::nullopt;
  if (found->base.id.index > model.base.id.index) return "its base lies above its snapshot";
  return CompareNeeded(model, *found);
}

Oracle::Judgement Oracle::FindDamaged(History& history, const log::RecoveredGroup* found,
                                      bool at_last_frame) {
  std::string why;
  const auto settle = [&](const GroupModel& state) {
    GroupModel found_state = state;
    if (found != nullptr) found_state.Adopt(*found);
    Settle(history, std::move(found_state));
  };
  for (size_t i = history.possible.size(); i-- > 0;) {
    const GroupModel state = history.possible[i].state;
    if (CompareOrAbsent(state, found).has_value()) continue;
    settle(state);
    return {.verdict = Verdict::kSound, .fault = {}};
  }
  for (size_t i = history.possible.size(); i-- > 0;) {
    const GroupModel state = history.possible[i].state;
    const std::optional<std::string> fault = CompareDamaged(history, state, found);
    if (fault.has_value()) {
      why = *fault;
      continue;
    }
    settle(state);
    return {.verdict = Verdict::kNamed, .fault = {}};
  }
  if (!at_last_frame || history.frame != frames_ || history.frame == 0) {
    return {.verdict = Verdict::kSound, .fault = why};
  }
  for (const GroupModel& state : history.before_frame) {
    if (CompareDamaged(history, state, found).has_value()) continue;
    settle(GroupModel(state));
    return {.verdict = Verdict::kResidual, .fault = {}};
  }
  return {.verdict = Verdict::kSound, .fault = why};
}

Oracle::Judgement Oracle::JudgeDamaged(const log::Recovery& recovery, bool at_last_frame) {
  for (const log::RecoveredGroup& found : recovery.groups) {
    if (!histories_.contains(found.group)) {
      return {.verdict = {}, .fault = fmt::format("group {} was never made", found.group.value())};
    }
    if (!recovery.whole && !found.hard_state.amnesiac) {
      return {.verdict = {},
              .fault = fmt::format("the log is not whole, and group {} is not amnesiac",
                                   found.group.value())};
    }
  }
  if (!recovery.whole) return {.verdict = Verdict::kAmnesiac, .fault = {}};
  Judgement worst;
  for (auto& [group, history] : histories_) {
    const auto found =
        std::find_if(recovery.groups.begin(), recovery.groups.end(),
                     [id = group](const log::RecoveredGroup& one) { return one.group == id; });
    const GroupModel acknowledged = history.possible.front().state;
    const Judgement one =
        FindDamaged(history, found == recovery.groups.end() ? nullptr : &*found, at_last_frame);
    if (one.fault.has_value()) {
      return {.verdict = {},
              .fault = fmt::format("group {}, after damage: {}\n  acknowledged: {}", group.value(),
                                   *one.fault, Describe(acknowledged))};
    }
    worst.verdict = std::max(worst.verdict, one.verdict);
  }
  return worst;
}

}  // namespace warren::crash
