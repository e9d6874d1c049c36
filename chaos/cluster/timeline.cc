#include "chaos/cluster/timeline.h"

#include "fmt/format.h"

namespace warren::cluster_sim {

bool Timeline::Run(Duration duration, const Condition& until) {
  const Time end = now_ + duration;
  while (verdict_.IsClean() && !queue_.empty() && queue_.NextAt() <= end) {
    if (until && until()) return true;
    auto due = queue_.Pop();
    stats_.simulated += due.at - now_;
    now_ = due.at;
    ++stats_.events;
    hash_.Mix(static_cast<uint64_t>(now_.time_since_epoch().count()));
    hash_.Mix(due.what.label);
    due.what.action();
  }
  if (!verdict_.IsClean()) return false;
  if (until && until()) return true;
  stats_.simulated += end - now_;
  now_ = end;
  return !until;
}

void Timeline::TraceLine(std::string_view line) {
  const int64_t us = now_.time_since_epoch().count();
  trace_(fmt::format("{:>5}.{:06} {}", us / 1'000'000, us % 1'000'000, line));
}

}  // namespace warren::cluster_sim
