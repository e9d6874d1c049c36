#include "replication/host/fetcher.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace warren::replication {
namespace {

// A request names at most so many entries; how many bytes come is the answer's affair.
constexpr uint64_t kIndexesPerRequest = 512;

}  // namespace

Fetcher::Fetcher(const GroupConfig& config, base::IntervalSet missing, raft::Index base,
                 raft::TermRuns terms, const raft::NodeSet& sources)
    : config_(config), base_(base), terms_(std::move(terms)), wanted_(std::move(missing)) {
  for (const NodeId node : sources)
    sources_.push_back({.node = node, .refused = {}, .busy_until = {}});
}

uint32_t Fetcher::Poll(base::MonotonicTime now, const FetchBudget::Room& room, TrustsFn trusts,
                       SendFn send) {
  GiveUpOnTheSilent(now);
  uint32_t sent = 0;
  while (sent < room.requests && asked_.size() < config_.fetches_max && !wanted_.empty()) {
    base::IntervalSet piece;
    Source* const source = PickSource(now, trusts, &piece);
    if (source == nullptr) {
      // Everybody has refused, or is away: ask all of them again, later.
      if (asked_.empty() && !idle_since_.has_value()) idle_since_ = now;
      if (idle_since_.has_value() && now - *idle_since_ >= config_.fetch_patience) {
        for (Source& each : sources_) each.refused.Clear();
        idle_since_ = now;
        continue;
      }
      break;
    }
    idle_since_.reset();
    wanted_.Subtract(piece);
    const FetchRequest request = {.number = next_number_,
                                  .indexes = piece,
                                  .bytes_max = config_.fetch_bytes,
                                  .needed_above = base_};
    asked_.emplace(next_number_++,
                   Asked{.node = source->node, .indexes = std::move(piece), .since = now});
    send(source->node, request);
    ++sent;
  }
  // Others of this node have all there are; nobody calls when that changes.
  if (room.requests == 0 && asked_.empty() && !wanted_.empty()) idle_since_ = now;
  room_at_ = wanted_.empty() ? std::nullopt : room.more_at;
  return sent;
}

// The sources take turns, so that none of them bears all of it.
Fetcher::Source* Fetcher::PickSource(base::MonotonicTime now, TrustsFn trusts,
                                     base::IntervalSet* piece) {
  for (size_t i = 0; i < sources_.size(); ++i) {
    Source& source = sources_[(next_source_ + i) % sources_.size()];
    if (!trusts(source.node) || source.busy_until > now) continue;
    base::IntervalSet open = wanted_;
    open.Subtract(source.refused);
    if (open.empty()) continue;
    for (uint64_t taken = 0; taken < kIndexesPerRequest && !open.empty();) {
      const base::IntervalSet::Run run = *open.NextRun(0);
      const uint64_t last = std::min(run.last, run.first + (kIndexesPerRequest - taken) - 1);
      piece->InsertRange(run.first, last);
      open.EraseRange(run.first, last);
      taken += last - run.first + 1;
    }
    next_source_ = (next_source_ + i + 1) % sources_.size();
    return &source;
  }
  return nullptr;
}

void Fetcher::GiveUpOnTheSilent(base::MonotonicTime now) {
  for (auto at = asked_.begin(); at != asked_.end();) {
    if (now - at->second.since < config_.fetch_patience) {
      ++at;
      continue;
    }
    for (Source& source : sources_) {
      if (source.node == at->second.node) source.busy_until = now + config_.fetch_patience;
    }
    wanted_.UnionWith(at->second.indexes);
    at = asked_.erase(at);
  }
}

std::optional<base::MonotonicTime> Fetcher::NextDeadline() const {
  std::optional<base::MonotonicTime> first;
  const auto consider = [&first](base::MonotonicTime at) {
    if (!first.has_value() || at < *first) first = at;
  };
  for (const auto& [number, asked] : asked_) consider(asked.since + config_.fetch_patience);
  if (idle_since_.has_value()) consider(*idle_since_ + config_.fetch_patience);
  if (room_at_.has_value()) consider(*room_at_);
  return first;
}

std::vector<raft::Entry> Fetcher::OnAnswer(NodeId from, FetchAnswer answer) {
  const auto found = asked_.find(answer.number);
  if (found == asked_.end() || found->second.node != from) return {};
  base::IntervalSet open = std::move(found->second.indexes);
  asked_.erase(found);

  std::vector<raft::Entry> taken;
  for (raft::Entry& entry : answer.entries) {
    const uint64_t index = entry.id.index.value();
    if (!open.Contains(index) || terms_.TermAt(entry.id.index) != entry.id.term) continue;
    open.EraseRange(index, index);
    storing_.InsertRange(index, index);
    taken.push_back(std::move(entry));
  }
  base::IntervalSet dead = std::move(answer.dead);
  dead.IntersectWith(open);
  if (!dead.empty()) dead.EraseRange(base_.value() + 1, base::IntervalSet::kPositionMax);
  dead_ += dead.size();
  open.Subtract(dead);
  // What it looked at and did not give, it does not have.
  base::IntervalSet refused = open;
  if (answer.last_considered.value() < base::IntervalSet::kPositionMax) {
    refused.EraseRange(answer.last_considered.value() + 1, base::IntervalSet::kPositionMax);
  }
  for (Source& source : sources_) {
    if (source.node == from) source.refused.UnionWith(refused);
  }
  wanted_.UnionWith(open);
  fetched_ += taken.size();
  return taken;
}

void Fetcher::OnStored(const base::IntervalSet& indexes) { storing_.Subtract(indexes); }

void Fetcher::OnNodeLost(NodeId node) {
  for (auto at = asked_.begin(); at != asked_.end();) {
    if (at->second.node != node) {
      ++at;
      continue;
    }
    wanted_.UnionWith(at->second.indexes);
    at = asked_.erase(at);
  }
}

base::IntervalSet Fetcher::Unobtainable() const {
  if (!asked_.empty() || !storing_.empty()) return {};
  for (const Source& source : sources_) {
    base::IntervalSet open = wanted_;
    open.Subtract(source.refused);
    if (!open.empty()) return {};
  }
  return wanted_;
}

}  // namespace warren::replication
