// Ids that clients chose, each remembered since some time, oldest first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/container/btree_map.h"

#include "base/bytes.h"
#include "base/check.h"
#include "queue/types.h"

namespace warren::queue {

// Finds an entry by its id in O(log entries), and keeps all of them in the order of their times:
//
//      first (oldest)                                            last (newest)
//      [id, at, value] <-> [id, at, value] <-> ...  <-> [id, at, value]
//
// Since log time never falls, what is renewed goes to the end, so no sorting is needed; entries of
// one time keep the order in which they were renewed. That order is state: it is what a serialised
// form has to write, and all that it has to write.
//
// Slots are indexes and not pointers, so that a copy is a plain copy. Ids are copied: they are
// never slices of a larger block that would stay for their sake.
// Invariant: times never fall from the first entry to the last. Threads: a plain value.
template <typename Value>
class TimedIds {
 public:
  using Slot = uint32_t;
  static constexpr Slot kNone = UINT32_MAX;

  struct Entry {
    base::Bytes id;
    Time at;
    [[no_unique_address]] Value value{};
  };

  size_t size() const { return index_.size(); }
  bool empty() const { return index_.empty(); }

  Slot Find(std::string_view id) const {
    const auto found = index_.find(id);
    return found == index_.end() ? kNone : found->second;
  }

  const Entry& operator[](Slot slot) const { return nodes_[slot].entry; }
  Value& ValueOf(Slot slot) { return nodes_[slot].entry.value; }

  Slot first() const { return first_; }  // kNone if there is none.
  Slot last() const { return last_; }
  Slot Next(Slot slot) const { return nodes_[slot].next; }

  // At the end. Requires: the id is not there, and `at` is not before the last entry's time.
  Slot Add(std::string_view id, Time at) {
    WARREN_CHECK(nodes_.size() < kNone || free_ != kNone);
    Slot slot = free_;
    if (slot == kNone) {
      slot = static_cast<Slot>(nodes_.size());
      nodes_.emplace_back();
    } else {
      free_ = nodes_[slot].next;
    }
    nodes_[slot].entry = {.id = base::Bytes::Copy(id), .at = at, .value = {}};
    const bool is_new = index_.try_emplace(nodes_[slot].entry.id, slot).second;
    WARREN_CHECK(is_new);
    LinkLast(slot, at);
    return slot;
  }

  // To the end, with this time. Requires: it is not before the last entry's.
  void Renew(Slot slot, Time at) {
    if (nodes_[slot].entry.at == at && slot == last_) return;
    Unlink(slot);
    LinkLast(slot, at);
  }

  void Remove(Slot slot) {
    Unlink(slot);
    index_.erase(nodes_[slot].entry.id);
    nodes_[slot] = Node{.entry = {}, .previous = kNone, .next = free_};
    free_ = slot;
  }

  void Clear() { *this = TimedIds(); }

  // Of what the values own besides, nothing. The index is estimated: its nodes are three quarters
  // full.
  size_t MemoryBytes() const {
    constexpr size_t kBlockHead = 8;
    size_t bytes = sizeof(*this) + nodes_.capacity() * sizeof(Node);
    bytes += index_.size() * sizeof(typename Index::value_type) * 4 / 3;
    for (Slot slot = first_; slot != kNone; slot = Next(slot)) {
      bytes += kBlockHead + (*this)[slot].id.size();
    }
    return bytes;
  }

  void CheckInvariants() const {
    size_t seen = 0;
    Slot previous = kNone;
    for (Slot slot = first_; slot != kNone; slot = Next(slot)) {
      WARREN_CHECK(nodes_[slot].previous == previous);
      WARREN_CHECK(previous == kNone || (*this)[previous].at <= (*this)[slot].at);
      WARREN_CHECK(Find((*this)[slot].id.view()) == slot);
      previous = slot;
      ++seen;
    }
    WARREN_CHECK(previous == last_ && seen == size());
    for (Slot slot = free_; slot != kNone; slot = Next(slot)) ++seen;
    WARREN_CHECK(seen == nodes_.size());
  }

 private:
  struct Node {
    Entry entry;
    Slot previous = kNone;
    Slot next = kNone;  // Of a free node: the next free one.
  };
  struct ById {
    using is_transparent = void;
    bool operator()(const base::Bytes& a, const base::Bytes& b) const {
      return a.view() < b.view();
    }
    bool operator()(const base::Bytes& a, std::string_view b) const { return a.view() < b; }
    bool operator()(std::string_view a, const base::Bytes& b) const { return a < b.view(); }
  };
  using Index = absl::btree_map<base::Bytes, Slot, ById>;

  void LinkLast(Slot slot, Time at) {
    WARREN_CHECK(last_ == kNone || nodes_[last_].entry.at <= at);
    Node& node = nodes_[slot];
    node.entry.at = at;
    node.previous = last_;
    node.next = kNone;
    (last_ == kNone ? first_ : nodes_[last_].next) = slot;
    last_ = slot;
  }

  void Unlink(Slot slot) {
    const Node& node = nodes_[slot];
    (node.previous == kNone ? first_ : nodes_[node.previous].next) = node.next;
    (node.next == kNone ? last_ : nodes_[node.next].previous) = node.previous;
  }

  std::vector<Node> nodes_;
  Index index_;  // Shares the ids' bytes.
  Slot first_ = kNone;
  Slot last_ = kNone;
  Slot free_ = kNone;
};

// A time and a span; what lies beyond all times is the last one.
inline Time Later(Time time, Span span) {
  return span > UINT64_MAX - time.value() ? Time(UINT64_MAX) : time + span;
}

}  // namespace warren::queue
