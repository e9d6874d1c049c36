#include "replication/log/live_segments.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace warren::log {

void LiveSegments::Add(std::shared_ptr<const Segment> segment) {
  segments_.push_back({.segment = std::move(segment), .frames = {}, .user_bytes = 0});
}

void LiveSegments::AddFrame(FrameNo frame, uint32_t block, uint64_t user_bytes) {
  WARREN_CHECK(!segments_.empty());
  Live& live = segments_.back();
  WARREN_CHECK(live.frames.empty() || live.frames.back().number < frame);
  live.frames.push_back({.number = frame, .block = block});
  live.user_bytes += user_bytes;
}

void LiveSegments::DropOldest() {
  WARREN_CHECK(full() > 0);
  segments_.pop_front();
}

std::optional<LiveSegments::FramePlace> LiveSegments::Find(FrameNo frame) const {
  for (const Live& live : segments_) {
    if (live.frames.empty() || live.frames.back().number < frame) continue;
    const auto found = std::lower_bound(
        live.frames.begin(), live.frames.end(), frame,
        [](const Frame& candidate, FrameNo wanted) { return candidate.number < wanted; });
    if (found->number != frame) return std::nullopt;
    return FramePlace{.segment = live.segment, .block = found->block};
  }
  return std::nullopt;
}

LiveSegments::Oldest LiveSegments::oldest() const {
  WARREN_CHECK(!segments_.empty());
  const Live& live = segments_.front();
  return {.segment = live.segment,
          .last = live.frames.empty() ? FrameNo() : live.frames.back().number,
          .user_bytes = live.user_bytes};
}

}  // namespace warren::log
