#include "replication/log/place_index.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/check.h"

namespace warren::log {

EntryPlace PlaceIndex::Run::At(size_t i) const {
  const uint32_t begin = i == 0 ? offset : more[i - 1];
  const uint32_t behind = i + 1 == count ? end : more[i];
  return {.frame = frame, .offset = begin, .bytes = behind - begin};
}

PlaceIndex::Run PlaceIndex::MakeRun(raft::Index first, FrameNo frame,
                                    std::span<const uint32_t> offsets, uint32_t end) {
  WARREN_CHECK(!offsets.empty());
  Run run{.first = first,
          .frame = frame,
          .count = static_cast<uint32_t>(offsets.size()),
          .offset = offsets[0],
          .end = end,
          .more = nullptr};
  if (offsets.size() > 1) {
    run.more = std::make_unique<uint32_t[]>(offsets.size() - 1);
    std::copy(offsets.begin() + 1, offsets.end(), run.more.get());
  }
  return run;
}

void PlaceIndex::Append(raft::Index first, FrameNo frame, std::span<const uint32_t> offsets,
                        uint32_t end) {
  TruncateFrom(first);
  WARREN_CHECK_MSG(start_ == runs_.size() || runs_.back().frame <= frame,
                   "frames rise along a group's log");
  runs_.push_back(MakeRun(first, frame, offsets, end));
}

void PlaceIndex::AddBodies(raft::Index first, FrameNo frame, std::span<const uint32_t> offsets,
                           uint32_t end) {
  for (size_t i = 0; i < offsets.size(); ++i) {
    const uint32_t behind = i + 1 == offsets.size() ? end : offsets[i + 1];
    bodies_.insert_or_assign(first + i, MakeRun(first + i, frame, offsets.subspan(i, 1), behind));
  }
}

void PlaceIndex::TruncateFrom(raft::Index first) {
  while (runs_.size() > start_ && runs_.back().first >= first) runs_.pop_back();
  if (runs_.size() > start_) {
    Run& last = runs_.back();
    if (last.first + last.count > first) {
      const uint64_t keep = first - last.first;
      last.end = last.At(keep).offset;
      last.count = static_cast<uint32_t>(keep);
    }
  }
  bodies_.erase(bodies_.lower_bound(first), bodies_.end());
}

void PlaceIndex::KeepOnly(const base::IntervalSet& kept) {
  std::map<raft::Index, Run> bodies;
  for (size_t r = start_; r < runs_.size(); ++r) {
    for (uint32_t i = 0; i < runs_[r].count; ++i) {
      const raft::Index index = runs_[r].first + i;
      if (!kept.Contains(index.value())) continue;
      const EntryPlace place = runs_[r].At(i);
      const std::array<uint32_t, 1> offset = {place.offset};
      bodies.insert_or_assign(index,
                              MakeRun(index, place.frame, offset, place.offset + place.bytes));
    }
  }
  for (auto& [index, body] : bodies_) {
    if (kept.Contains(index.value())) bodies.insert_or_assign(index, std::move(body));
  }
  runs_.clear();
  start_ = 0;
  bodies_ = std::move(bodies);
}

void PlaceIndex::DropFrames(FrameNo last) {
  while (start_ < runs_.size() && runs_[start_].frame <= last) runs_[start_++].more.reset();
  if (start_ * 2 >= runs_.size()) {
    runs_.erase(runs_.begin(), runs_.begin() + static_cast<std::ptrdiff_t>(start_));
    start_ = 0;
    if (runs_.capacity() > 16 && runs_.size() < runs_.capacity() / 4) runs_.shrink_to_fit();
  }
  std::erase_if(bodies_, [last](const auto& body) { return body.second.frame <= last; });
}

std::optional<EntryPlace> PlaceIndex::FindIn(const Run& run, raft::Index index) {
  if (index < run.first || index >= run.first + run.count) return std::nullopt;
  return run.At(index - run.first);
}

std::optional<EntryPlace> PlaceIndex::Find(raft::Index index) const {
  if (const auto body = bodies_.find(index); body != bodies_.end()) return body->second.At(0);
  const auto after =
      std::upper_bound(runs_.begin() + static_cast<std::ptrdiff_t>(start_), runs_.end(), index,
                       [](raft::Index wanted, const Run& run) { return wanted < run.first; });
  if (after == runs_.begin() + static_cast<std::ptrdiff_t>(start_)) return std::nullopt;
  return FindIn(*std::prev(after), index);
}

std::optional<raft::Index> PlaceIndex::FirstAbove(FrameNo frame) const {
  const auto above =
      std::upper_bound(runs_.begin() + static_cast<std::ptrdiff_t>(start_), runs_.end(), frame,
                       [](FrameNo wanted, const Run& run) { return wanted < run.frame; });
  if (above == runs_.end()) return std::nullopt;
  return above->first;
}

bool PlaceIndex::TouchesUpTo(FrameNo frame) const {
  if (start_ < runs_.size() && runs_[start_].frame <= frame) return true;
  return std::any_of(bodies_.begin(), bodies_.end(),
                     [frame](const auto& body) { return body.second.frame <= frame; });
}

}  // namespace warren::log
