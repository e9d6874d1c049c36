// A queue in one piece of memory.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <iterator>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/check.h"

namespace warren::base {

// Appended to at the back and consumed at the front, by index as by a vector. A ring and not a
// std::deque: a deque allocates a block for every few elements that pass through it, for ever, and
// holds one even when it is empty. An empty ring that has never held anything costs nothing, and
// one that runs empty gives back what only a burst has needed.
//
// Requires of T: a default constructor and assignment; a slot that waits for reuse is T().
template <typename T>
class Ring {
  template <typename RingT, typename Element>
  class Iterator {
   public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = T;
    using difference_type = ptrdiff_t;
    using pointer = Element*;
    using reference = Element&;

    Iterator() = default;
    Iterator(RingT* ring, size_t at) : ring_(ring), at_(at) {}
    reference operator*() const { return (*ring_)[at_]; }
    pointer operator->() const { return &(*ring_)[at_]; }
    Iterator& operator++() {
      ++at_;
      return *this;
    }
    Iterator operator++(int) {
      Iterator before = *this;
      ++at_;
      return before;
    }
    bool operator==(const Iterator& other) const { return at_ == other.at_; }

   private:
    RingT* ring_ = nullptr;
    size_t at_ = 0;
  };

 public:
  using value_type = T;
  using iterator = Iterator<Ring, T>;
  using const_iterator = Iterator<const Ring, const T>;

  Ring() = default;
  Ring(std::initializer_list<T> elements) {
    for (const T& element : elements) PushBack(element);
  }

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  // Requires: i < size().
  T& operator[](size_t i) { return slots_[Slot(i)]; }
  const T& operator[](size_t i) const { return slots_[Slot(i)]; }
  T& front() { return (*this)[0]; }
  const T& front() const { return (*this)[0]; }
  T& back() { return (*this)[size_ - 1]; }
  const T& back() const { return (*this)[size_ - 1]; }

  iterator begin() { return {this, 0}; }
  iterator end() { return {this, size_}; }
  const_iterator begin() const { return {this, 0}; }
  const_iterator end() const { return {this, size_}; }

  void PushBack(T element) {
    if (size_ == slots_.size()) Grow();
    slots_[Slot(size_)] = std::move(element);
    ++size_;
  }

  // Both let go of what the elements hold at once.
  void PopFront(size_t count = 1) {
    WARREN_CHECK(count <= size_);
    for (size_t i = 0; i < count; ++i) slots_[Slot(i)] = T();
    start_ = slots_.empty() ? 0 : Slot(count);
    size_ -= count;
    GiveBackIfEmpty();
  }
  void Truncate(size_t size) {
    WARREN_CHECK(size <= size_);
    while (size_ > size) slots_[Slot(--size_)] = T();
    GiveBackIfEmpty();
  }
  void Clear() { Truncate(0); }

 private:
  static constexpr size_t kFirstSlots = 2;
  static constexpr size_t kSlotsToKeep = 64;

  size_t Slot(size_t i) const { return (start_ + i) & (slots_.size() - 1); }

  void Grow() {
    std::vector<T> larger(slots_.empty() ? kFirstSlots : slots_.size() * 2);
    for (size_t i = 0; i < size_; ++i) larger[i] = std::move(slots_[Slot(i)]);
    slots_ = std::move(larger);
    start_ = 0;
  }
  // At most one allocation for as many elements as have passed through.
  void GiveBackIfEmpty() {
    if (size_ > 0 || slots_.size() <= kSlotsToKeep) return;
    slots_ = std::vector<T>();
    start_ = 0;
  }

  std::vector<T> slots_;  // The size is 0 or a power of two.
  size_t start_ = 0;
  size_t size_ = 0;
};

}  // namespace warren::base
