#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/check.h"

namespace warren::queue {

// Numbers of equal width, side by side in 64-bit words, each as its distance from a common minimum
// (the frame of reference). The frame is fixed when it is made: who needs another makes another.
//
//      min 1000, bits 5:   1003 1000 1031   ->   00011 00000 11111
//
// Threads: a plain value.
class BitPacked {
 public:
  struct Frame {
    uint64_t min = 0;
    int bits = 1;  // 1 .. 64; with 64, min is 0.
    friend bool operator==(const Frame&, const Frame&) = default;
  };
  // The narrowest frame that holds both, and begins at `min`.
  static Frame ExactFrame(uint64_t min, uint64_t max);
  // ... with what is to spare on both sides: values that stray a little then fit as well. The room
  // to spare at least halves whenever a frame of the same width is made anew, so a growing sequence
  // is moved a bounded number of times, in whatever order its values come.
  static Frame RoomyFrame(uint64_t min, uint64_t max);
  static uint64_t WordsFor(uint64_t values, int bits) {
    return (values * static_cast<uint64_t>(bits) + 63) / 64;
  }

  explicit BitPacked(Frame frame) : frame_(frame) {}
  // Of what a serialised form says. Requires: words.size() == WordsFor(size, frame.bits).
  BitPacked(Frame frame, uint64_t size, std::vector<uint64_t> words);

  bool Fits(uint64_t value) const { return value - frame_.min <= Mask(); }
  void Append(uint64_t value);  // Requires: Fits(value).

  uint64_t Get(uint64_t i) const {
    WARREN_CHECK(i < size_);
    return Read(i * static_cast<uint64_t>(frame_.bits));
  }
  uint64_t Sum(uint64_t first, uint64_t count) const;  // Modulo 2^64.

  const Frame& frame() const { return frame_; }
  uint64_t size() const { return size_; }
  const std::vector<uint64_t>& words() const { return words_; }
  void Reserve(uint64_t values) { words_.reserve(WordsFor(values, frame_.bits)); }
  size_t HeapBytes() const { return words_.capacity() * sizeof(uint64_t); }

  friend bool operator==(const BitPacked&, const BitPacked&) = default;

 private:
  uint64_t Mask() const { return UINT64_MAX >> (64 - frame_.bits); }
  uint64_t Read(uint64_t bit) const {
    const uint64_t word = bit / 64;
    const int shift = static_cast<int>(bit % 64);
    uint64_t distance = words_[word] >> shift;
    if (shift + frame_.bits > 64) distance |= words_[word + 1] << (64 - shift);
    return frame_.min + (distance & Mask());
  }

  Frame frame_;
  uint64_t size_ = 0;
  std::vector<uint64_t> words_;  // Bits beyond the last value are 0.
};

}  // namespace warren::queue
