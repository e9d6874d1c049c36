// A list that is filled and emptied for ever without touching the heap.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/check.h"

namespace warren::raft {

// Emptying keeps the elements, and with them the memory that they own, for the next round.
// Requires of T: a default constructor, and Clear(), which gives up what should not be held on
// to (payloads) and keeps what is worth keeping (capacity).
template <typename T>
class ReusedList {
 public:
  T& Add() {
    if (size_ == elements_.size()) elements_.emplace_back();
    return elements_[size_++];
  }

  // Removes the last element. Requires: not empty.
  void DropLast() {
    WARREN_CHECK(size_ > 0);
    elements_[--size_].Clear();
  }

  void Clear() {
    for (size_t i = 0; i < size_; ++i) elements_[i].Clear();
    size_ = 0;
  }

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T* begin() { return elements_.data(); }
  T* end() { return elements_.data() + size_; }
  const T* begin() const { return elements_.data(); }
  const T* end() const { return elements_.data() + size_; }
  T& operator[](size_t i) { return elements_[i]; }
  const T& operator[](size_t i) const { return elements_[i]; }
  T& back() { return elements_[size_ - 1]; }

 private:
  std::vector<T> elements_;  // The first size_ are in use.
  size_t size_ = 0;
};

}  // namespace warren::raft
