#include "queue/moved_positions.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"

#include "base/check.h"
#include "base/status_macros.h"

namespace warren::queue {
namespace {

// The first place whose value is `wanted` or more. Requires: the column ascends.
uint64_t LowerBound(const Column& column, uint64_t wanted) {
  uint64_t low = 0;
  uint64_t high = column.size();
  while (low < high) {
    const uint64_t middle = low + (high - low) / 2;
    if (column.Get(middle) < wanted) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

Column::Stretch CutTo(Column::Stretch stretch, uint64_t count) {
  stretch.count = std::min(stretch.count, count);
  if (stretch.count == 1) stretch.step = 0;
  return stretch;
}

}  // namespace

MovedPositions::Moved MovedPositions::Editable::Compact() const {
  Moved moved;
  for (const uint16_t offset : offsets) moved.offsets.Append(offset);
  for (const uint64_t position : positions) moved.positions.Append(position);
  moved.offsets.Compact();
  moved.positions.Compact();
  return moved;
}

const MovedPositions::Moved* MovedPositions::FrozenOf(uint64_t chunk) const {
  const auto at = frozen_.find(chunk);
  return at == frozen_.end() ? nullptr : at->second.get();
}

void MovedPositions::Edit(uint64_t chunk) {
  if (IsEditing(chunk)) return;
  if (!editing_.offsets.empty()) {
    frozen_[editing_chunk_] = std::make_shared<const Moved>(editing_.Compact());
    editing_ = {};
  }
  editing_chunk_ = chunk;
  const auto at = frozen_.find(chunk);
  if (at == frozen_.end()) return;
  for (uint64_t i = 0; i < at->second->offsets.size(); ++i) {
    editing_.offsets.push_back(static_cast<uint16_t>(at->second->offsets.Get(i)));
    editing_.positions.push_back(at->second->positions.Get(i));
  }
  frozen_.erase(at);
}

void MovedPositions::Set(uint64_t chunk, uint64_t offset, uint64_t position) {
  WARREN_CHECK(offset <= UINT16_MAX);
  Edit(chunk);
  const auto at = std::lower_bound(editing_.offsets.begin(), editing_.offsets.end(), offset);
  const auto place = at - editing_.offsets.begin();
  if (at != editing_.offsets.end() && *at == offset) {
    editing_.positions[static_cast<size_t>(place)] = position;
    return;
  }
  editing_.offsets.insert(at, static_cast<uint16_t>(offset));
  editing_.positions.insert(editing_.positions.begin() + place, position);
}

void MovedPositions::Forget(uint64_t chunk) {
  if (empty()) return;
  if (IsEditing(chunk)) editing_ = {};
  frozen_.erase(chunk);
}

std::optional<uint64_t> MovedPositions::Find(uint64_t chunk, uint64_t offset) const {
  if (IsEditing(chunk)) {
    const auto at = std::lower_bound(editing_.offsets.begin(), editing_.offsets.end(), offset);
    if (at == editing_.offsets.end() || *at != offset) return std::nullopt;
    return editing_.positions[static_cast<size_t>(at - editing_.offsets.begin())];
  }
  const Moved* moved = FrozenOf(chunk);
  if (moved == nullptr) return std::nullopt;
  const uint64_t at = LowerBound(moved->offsets, offset);
  if (at == moved->offsets.size() || moved->offsets.Get(at) != offset) return std::nullopt;
  return moved->positions.Get(at);
}

Column::Stretch MovedPositions::StretchOfEditing(size_t place) const {
  const std::vector<uint16_t>& offsets = editing_.offsets;
  const std::vector<uint64_t>& positions = editing_.positions;
  Column::Stretch stretch = {.value = positions[place], .step = 0, .count = 1};
  for (size_t i = place + 1; i < offsets.size(); ++i) {
    const uint64_t step = positions[i] - positions[i - 1];
    if (offsets[i] != offsets[i - 1] + 1) break;
    if (stretch.count > 1 && stretch.step != step) break;
    stretch.step = step;
    ++stretch.count;
  }
  return stretch;
}

Column::Stretch MovedPositions::Over(uint64_t chunk, uint64_t offset,
                                     const Column::Stretch& below) const {
  if (IsEditing(chunk)) {
    const auto at = std::lower_bound(editing_.offsets.begin(), editing_.offsets.end(), offset);
    if (at == editing_.offsets.end()) return below;
    if (*at != offset) return CutTo(below, *at - offset);
    return StretchOfEditing(static_cast<size_t>(at - editing_.offsets.begin()));
  }
  const Moved* moved = FrozenOf(chunk);
  if (moved == nullptr) return below;
  const uint64_t at = LowerBound(moved->offsets, offset);
  if (at == moved->offsets.size()) return below;
  if (const uint64_t next = moved->offsets.Get(at); next != offset) {
    return CutTo(below, next - offset);
  }
  const Column::Stretch neighbours = moved->offsets.StretchAt(at);
  return CutTo(moved->positions.StretchAt(at), neighbours.step == 1 ? neighbours.count : 1);
}

std::vector<uint64_t> MovedPositions::Chunks() const {
  std::vector<uint64_t> chunks;
  for (const auto& [chunk, moved] : frozen_) chunks.push_back(chunk);
  if (!editing_.offsets.empty()) {
    chunks.insert(std::lower_bound(chunks.begin(), chunks.end(), editing_chunk_), editing_chunk_);
  }
  return chunks;
}

void MovedPositions::AppendTo(std::string* out) const {
  const std::vector<uint64_t> chunks = Chunks();
  base::PutVarint64(out, chunks.size());
  uint64_t last = 0;
  for (const uint64_t chunk : chunks) {
    base::PutVarint64(out, chunk - last);
    last = chunk;
    const Moved moved = IsEditing(chunk) ? editing_.Compact() : *FrozenOf(chunk);
    moved.offsets.AppendCompactTo(out);
    moved.positions.AppendCompactTo(out);
  }
}

absl::StatusOr<MovedPositions> MovedPositions::Read(base::Reader& reader, uint64_t offsets_max) {
  WARREN_CHECK(offsets_max <= uint64_t{UINT16_MAX} + 1);
  MovedPositions all;
  uint64_t chunk = 0;
  const std::optional<uint64_t> count = reader.Varint64();
  if (!count) return absl::DataLossError("moved positions: the count is cut off");
  for (uint64_t i = 0; i < *count; ++i) {
    const std::optional<uint64_t> distance = reader.Varint64();
    if (!distance || (i > 0 && *distance == 0) || *distance > UINT64_MAX - chunk) {
      return absl::DataLossError("moved positions: chunks do not rise");
    }
    chunk += *distance;
    Moved moved;
    WARREN_ASSIGN_OR_RETURN(moved.offsets, Column::Read(reader, offsets_max));
    WARREN_ASSIGN_OR_RETURN(moved.positions, Column::Read(reader, offsets_max));
    const uint64_t size = moved.offsets.size();
    if (size == 0 || size != moved.positions.size() ||
        moved.offsets.GetBounds().max >= offsets_max) {
      return absl::DataLossError("moved positions: no offsets, or too many");
    }
    for (uint64_t at = 1; at < size; ++at) {
      if (moved.offsets.Get(at) <= moved.offsets.Get(at - 1)) {
        return absl::DataLossError("moved positions: offsets do not rise");
      }
    }
    all.frozen_[chunk] = std::make_shared<const Moved>(std::move(moved));
  }
  return all;
}

size_t MovedPositions::HeapBytes() const {
  size_t bytes = editing_.offsets.capacity() * sizeof(uint16_t) +
                 editing_.positions.capacity() * sizeof(uint64_t);
  constexpr size_t kPlace = 64;  // In the tree, and the counts of who shares it.
  for (const auto& [chunk, moved] : frozen_) {
    bytes += kPlace + moved->offsets.MemoryBytes() + moved->positions.MemoryBytes();
  }
  return bytes;
}

}  // namespace warren::queue
