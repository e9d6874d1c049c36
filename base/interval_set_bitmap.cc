#include "base/interval_set_bitmap.h"

#include <algorithm>
#include <bit>

#include "base/check.h"

namespace warren::base::interval_set_internal {
namespace {

constexpr uint64_t kAllBits = ~uint64_t{0};

// Calls visit(word index, mask of the bits that belong to the range).
template <typename Visit>
void ForEachWord(OffsetRun range, Visit visit) {
  const size_t first_word = range.first / 64;
  const size_t last_word = range.last / 64;
  for (size_t word = first_word; word <= last_word; ++word) {
    uint64_t mask = kAllBits;
    if (word == first_word) mask &= kAllBits << (range.first % 64);
    if (word == last_word) mask &= kAllBits >> (63 - range.last % 64);
    visit(word, mask);
  }
}

uint32_t CountBits(uint64_t word) { return static_cast<uint32_t>(std::popcount(word)); }

// Requires: word != 0.
uint32_t LowestBit(uint64_t word) { return static_cast<uint32_t>(std::countr_zero(word)); }
uint32_t HighestBit(uint64_t word) { return static_cast<uint32_t>(std::bit_width(word)) - 1; }

}  // namespace

uint64_t Bitmap::RunStarts(size_t word) const {
  const uint64_t carry = word == 0 ? 0 : words_[word - 1] >> 63;
  return words_[word] & ~((words_[word] << 1) | carry);
}

Bitmap::Counts Bitmap::CountAround(OffsetRun range) const {
  Counts counts;
  const size_t end = std::min(range.last / 64u + 2u, uint32_t{kWords});
  for (size_t word = range.first / 64; word < end; ++word) {
    counts.positions += CountBits(words_[word]);
    counts.runs += CountBits(RunStarts(word));
  }
  return counts;
}

uint32_t Bitmap::Insert(OffsetRun range) {
  const Counts before = CountAround(range);
  ForEachWord(range, [this](size_t word, uint64_t mask) { words_[word] |= mask; });
  const Counts after = CountAround(range);
  size_ += after.positions - before.positions;
  run_count_ = run_count_ + after.runs - before.runs;
  return after.positions - before.positions;
}

uint32_t Bitmap::Erase(OffsetRun range) {
  const Counts before = CountAround(range);
  ForEachWord(range, [this](size_t word, uint64_t mask) { words_[word] &= ~mask; });
  const Counts after = CountAround(range);
  size_ -= before.positions - after.positions;
  run_count_ = run_count_ + after.runs - before.runs;
  return before.positions - after.positions;
}

void Bitmap::UnionWith(const Bitmap& other) {
  for (size_t i = 0; i < kWords; ++i) words_[i] |= other.words_[i];
  Recount();
}

void Bitmap::Subtract(const Bitmap& other) {
  for (size_t i = 0; i < kWords; ++i) words_[i] &= ~other.words_[i];
  Recount();
}

void Bitmap::IntersectWith(const Bitmap& other) {
  for (size_t i = 0; i < kWords; ++i) words_[i] &= other.words_[i];
  Recount();
}

void Bitmap::Recount() {
  const Counts counts = CountAround({.first = 0, .last = kChunkPositions - 1});
  size_ = counts.positions;
  run_count_ = counts.runs;
}

bool Bitmap::Contains(uint16_t offset) const {
  return ((words_[offset / 64] >> (offset % 64)) & 1) != 0;
}

template <bool kSet>
uint32_t Bitmap::FindFrom(uint32_t from) const {
  uint64_t mask = kAllBits << (from % 64);
  for (size_t word = from / 64; word < kWords; ++word, mask = kAllBits) {
    const uint64_t hits = (kSet ? words_[word] : ~words_[word]) & mask;
    if (hits != 0) return static_cast<uint32_t>(64 * word) + LowestBit(hits);
  }
  return kChunkPositions;
}

std::optional<OffsetRun> Bitmap::NextRun(uint16_t from) const {
  const uint32_t first = FindFrom<true>(from);
  if (first == kChunkPositions) return std::nullopt;
  return OffsetRun{.first = static_cast<uint16_t>(first),
                   .last = static_cast<uint16_t>(FindFrom<false>(first) - 1)};
}

uint16_t Bitmap::Last() const {
  for (size_t word = kWords; word-- > 0;) {
    if (words_[word] == 0) continue;
    return static_cast<uint16_t>(64 * word + HighestBit(words_[word]));
  }
  WARREN_CHECK_MSG(false, "a bitmap in a set is not empty");
  return 0;
}

uint32_t Bitmap::Rank(uint16_t offset) const {
  uint32_t rank = 0;
  for (size_t word = 0; word < offset / 64u; ++word) rank += CountBits(words_[word]);
  return rank + CountBits(words_[offset / 64] & ~(kAllBits << (offset % 64)));
}

uint16_t Bitmap::Select(uint32_t rank) const {
  for (size_t word = 0; word < kWords; ++word) {
    const uint32_t here = CountBits(words_[word]);
    if (rank >= here) {
      rank -= here;
      continue;
    }
    uint64_t bits = words_[word];
    for (; rank > 0; --rank) bits &= bits - 1;  // Drops the lowest.
    return static_cast<uint16_t>(64 * word + LowestBit(bits));
  }
  WARREN_CHECK_MSG(false, "rank below size()");
  return 0;
}

void Bitmap::CheckInvariants() const {
  const Bitmap recounted(words_);
  WARREN_CHECK(size_ == recounted.size_);
  WARREN_CHECK(run_count_ == recounted.run_count_);
}

}  // namespace warren::base::interval_set_internal
