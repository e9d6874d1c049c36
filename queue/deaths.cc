#include "queue/deaths.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/check.h"

namespace warren::queue {
namespace {

constexpr std::array<std::string_view, 4> kReasonNames = {"rejected", "expired", "maxlen",
                                                          "delivery_limit"};

DeathMark MarkOf(const Death& death) {
  return {.queue = death.queue, .reason = death.reason, .exchange = death.exchange};
}

std::vector<Death>::iterator Find(std::vector<Death>& deaths, const Death& like) {
  return std::find_if(deaths.begin(), deaths.end(), [&like](const Death& death) {
    return death.reason == like.reason && death.queue == like.queue;
  });
}

}  // namespace

Deaths::Deaths(const std::vector<Death>& newest_first, std::optional<DeathMark> first,
               std::optional<DeathMark> last)
    : first_(std::move(first)), last_(std::move(last)) {
  for (const Death& death : newest_first) {
    if (entries_.size() == kDeathsMax) break;
    if (Find(entries_, death) != entries_.end()) continue;
    entries_.push_back(death);
    entries_.back().count = std::max<uint64_t>(death.count, 1);
  }
  if (entries_.empty()) return;
  if (!first_) first_ = MarkOf(entries_.back());
  if (!last_) last_ = MarkOf(entries_.front());
}

void Deaths::Add(Death death) {
  last_ = MarkOf(death);
  if (!first_) first_ = last_;
  const auto known = Find(entries_, death);
  if (known != entries_.end()) {
    if (known->count < UINT64_MAX) ++known->count;
    std::rotate(entries_.begin(), known, known + 1);
    return;
  }
  if (entries_.size() == kDeathsMax) entries_.pop_back();
  death.count = 1;
  entries_.insert(entries_.begin(), std::move(death));
}

bool Deaths::IsCycle(std::string_view target_queue, DeathReason reason) const {
  if (reason == DeathReason::kRejected) return false;
  for (const Death& death : entries_) {
    if (death.queue == target_queue) return true;
    if (death.reason == DeathReason::kRejected) return false;
  }
  return false;
}

void Deaths::CheckInvariants() const {
  WARREN_CHECK(entries_.size() <= kDeathsMax);
  WARREN_CHECK(entries_.empty() || (first_ && last_));
  for (size_t i = 0; i < entries_.size(); ++i) {
    WARREN_CHECK(entries_[i].count > 0);
    for (size_t j = 0; j < i; ++j) {
      WARREN_CHECK_MSG(
          entries_[i].reason != entries_[j].reason || entries_[i].queue != entries_[j].queue,
          "folded by queue and reason");
    }
  }
}

std::string_view DeathReasonName(DeathReason reason) {
  return kReasonNames[static_cast<size_t>(reason)];
}

std::optional<DeathReason> DeathReasonOf(std::string_view name) {
  const auto found = std::find(kReasonNames.begin(), kReasonNames.end(), name);
  if (found == kReasonNames.end()) return std::nullopt;
  return static_cast<DeathReason>(found - kReasonNames.begin());
}

}  // namespace warren::queue
