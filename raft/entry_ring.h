// The entries of a log that are in memory.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "base/check.h"
#include "raft/types.h"

namespace warren::raft {

// A queue that is appended to at the back and consumed at the front, by index as by a vector.
// A ring and not a std::deque: a deque allocates a block for every ten entries that pass through
// it, for ever, and a log is nothing but entries passing through.
class EntryRing {
 public:
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  const Entry& operator[](size_t i) const { return slots_[Slot(i)]; }
  const Entry& back() const { return (*this)[size_ - 1]; }

  void PushBack(Entry entry) {
    if (size_ == slots_.size()) Grow();
    slots_[Slot(size_)] = std::move(entry);
    ++size_;
  }

  // Both let go of the payloads at once: a slot that waits for reuse holds no memory of others.
  void PopFront(size_t count) {
    WARREN_CHECK(count <= size_);
    for (size_t i = 0; i < count; ++i) slots_[Slot(i)].payload = base::Bytes();
    start_ = slots_.empty() ? 0 : Slot(count);
    size_ -= count;
  }
  void Truncate(size_t size) {
    WARREN_CHECK(size <= size_);
    while (size_ > size) slots_[Slot(--size_)].payload = base::Bytes();
  }

 private:
  size_t Slot(size_t i) const { return (start_ + i) & (slots_.size() - 1); }

  void Grow() {
    std::vector<Entry> larger(slots_.empty() ? 16 : slots_.size() * 2);
    for (size_t i = 0; i < size_; ++i) larger[i] = std::move(slots_[Slot(i)]);
    slots_ = std::move(larger);
    start_ = 0;
  }

  std::vector<Entry> slots_;  // The size is 0 or a power of two.
  size_t start_ = 0;
  size_t size_ = 0;
};

}  // namespace warren::raft
