#include "queue/bit_packed.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace warren::queue {

BitPacked::Frame BitPacked::ExactFrame(uint64_t min, uint64_t max) {
  WARREN_CHECK(min <= max);
  const int bits = std::max(1, static_cast<int>(std::bit_width(max - min)));
  return {.min = bits == 64 ? 0 : min, .bits = bits};
}

BitPacked::Frame BitPacked::RoomyFrame(uint64_t min, uint64_t max) {
  Frame frame = ExactFrame(min, max);
  const uint64_t mask = UINT64_MAX >> (64 - frame.bits);
  const uint64_t to_spare = mask - (max - frame.min);
  frame.min -= std::min(frame.min, to_spare / 2);
  frame.min = std::min(frame.min, UINT64_MAX - mask);  // The frame may not end beyond 2^64.
  return frame;
}

BitPacked::BitPacked(Frame frame, uint64_t size, std::vector<uint64_t> words)
    : frame_(frame), size_(size), words_(std::move(words)) {
  WARREN_CHECK(words_.size() == WordsFor(size_, frame_.bits));
}

void BitPacked::Append(uint64_t value) {
  WARREN_CHECK(Fits(value));
  const uint64_t distance = value - frame_.min;
  const uint64_t bit = size_ * static_cast<uint64_t>(frame_.bits);
  const int shift = static_cast<int>(bit % 64);
  ++size_;
  if (shift == 0) {
    words_.push_back(distance);
    return;
  }
  words_.back() |= distance << shift;
  if (shift + frame_.bits > 64) words_.push_back(distance >> (64 - shift));
}

uint64_t BitPacked::Sum(uint64_t first, uint64_t count) const {
  WARREN_CHECK(first <= size_ && count <= size_ - first);
  const auto bits = static_cast<uint64_t>(frame_.bits);
  uint64_t sum = 0;
  uint64_t bit = first * bits;
  for (uint64_t i = 0; i < count; ++i, bit += bits) sum += Read(bit);
  return sum;
}

}  // namespace warren::queue
