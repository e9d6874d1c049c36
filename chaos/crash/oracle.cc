#include "chaos/crash/oracle.h"

#include <algorithm>
#include <utility>

#include "fmt/format.h"

namespace warren::crash {
namespace {

const GroupModel kNothing;

const log::RecoveredGroup* FindGroup(const log::Recovery& recovery, raft::GroupId group) {
  const auto found =
      std::find_if(recovery.groups.begin(), recovery.groups.end(),
                   [group](const log::RecoveredGroup& one) { return one.group == group; });
  return found == recovery.groups.end() ? nullptr : &*found;
}

}  // namespace

const GroupModel& Oracle::Now(raft::GroupId group) const {
  const auto found = histories_.find(group);
  return found == histories_.end() ? kNothing : found->second.possible.back().state;
}

const GroupModel& Oracle::Acknowledged(raft::GroupId group) const {
  const auto found = histories_.find(group);
  return found == histories_.end() ? kNothing : found->second.possible.front().state;
}

std::vector<raft::GroupId> Oracle::Existing() const {
  std::vector<raft::GroupId> groups;
  for (const auto& [group, history] : histories_) {
    if (history.possible.back().state.exists) groups.push_back(group);
  }
  return groups;
}

uint64_t Oracle::NextLife(raft::GroupId group) const {
  const auto found = histories_.find(group);
  return found == histories_.end() ? 1 : found->second.lives + 1;
}

void Oracle::Submit(raft::GroupId group, GroupModel after, raft::WriteTicket ticket,
                    bool may_be_lost) {
  History& history = histories_[group];
  history.lives = std::max(history.lives, after.life);
  if (after.snapshot != nullptr) history.snapshots.push_back(after.snapshot);
  history.possible.push_back({.state = std::move(after),
                              .ticket = ticket,
                              .may_be_lost = may_be_lost,
                              .completed = false});
}

std::optional<std::string> Oracle::Complete(const log::Completion& completion) {
  History& history = histories_[completion.group];
  const auto next = std::find_if(history.possible.begin(), history.possible.end(),
                                 [](const Possible& one) { return !one.completed; });
  if (next == history.possible.end()) {
    return fmt::format("group {}: a completion that nothing waits for (ticket {})",
                       completion.group.value(), completion.ticket.epoch.value());
  }
  if (next->ticket != completion.ticket) {
    return fmt::format("group {}: ticket {} is completed, though {} is next",
                       completion.group.value(), completion.ticket.epoch.value(),
                       next->ticket.epoch.value());
  }
  next->completed = true;
  if (next->may_be_lost) return std::nullopt;
  if (history.frame != frames_) {
    history.frame = frames_;
    history.before_frame.clear();
    for (auto one = history.possible.begin(); one != next; ++one) {
      history.before_frame.push_back(one->state);
    }
  }
  history.possible.erase(history.possible.begin(), next);
  return std::nullopt;
}

void Oracle::Settle(History& history, GroupModel state) {
  history.possible.clear();
  history.possible.push_back({.state = std::move(state), .ticket = {}});
  history.frame = 0;
}

std::optional<std::string> Oracle::Find(raft::GroupId group, History& history,
                                        const log::RecoveredGroup* found) {
  std::string why;
  for (size_t i = history.possible.size(); i-- > 0;) {
    const std::optional<std::string> fault = CompareOrAbsent(history.possible[i].state, found);
    if (!fault.has_value()) {
      Settle(history, GroupModel(history.possible[i].state));
      return std::nullopt;
    }
    why = *fault;  // The one that stays is that of the acknowledged state.
  }
  return fmt::format(
      "group {} is in none of its {} possible states; it is not as acknowledged: {}\n"
      "  acknowledged: {}\n  submitted: {}",
      group.value(), history.possible.size(), why, Describe(history.possible.front().state),
      Describe(history.possible.back().state));
}

std::optional<std::string> Oracle::Judge(const log::Recovery& recovery) {
  if (!recovery.whole) {
    return fmt::format("nothing was damaged, and the log is not whole: {}", recovery.why_not_whole);
  }
  if (!recovery.damage.empty()) {
    return fmt::format("nothing was damaged, and the log finds damage: {}",
                       recovery.damage.front().what);
  }
  for (const log::RecoveredGroup& found : recovery.groups) {
    if (!histories_.contains(found.group)) {
      return fmt::format("group {} was never made", found.group.value());
    }
  }
  for (auto& [group, history] : histories_) {
    auto fault = Find(group, history, FindGroup(recovery, group));
    if (fault.has_value()) return fault;
  }
  return std::nullopt;
}

void Oracle::Lose(raft::GroupId group, const base::IntervalSet& missing) {
  for (Possible& possible : histories_[group].possible) possible.state.missing = missing;
}

}  // namespace warren::crash
