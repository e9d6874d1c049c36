#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "base/interval_set_chunk.h"

namespace warren::base::interval_set_internal {

// One chunk, or a span of neighbouring chunks that are all full: a backlog of a hundred million
// messages is a partial chunk, one span and another partial chunk.
// Invariants: first == last unless the chunk is full; never empty while in a tree.
struct Segment {
  uint64_t first = 0;  // Chunk numbers: positions divided by 2^16.
  uint64_t last = 0;
  Chunk chunk;  // What each of these chunks holds.

  uint64_t size() const { return chunk.size() * (last - first + 1); }
  bool IsFull() const { return chunk.IsFull(); }
};

// The segments of an IntervalSet by chunk number, with the count of positions below each: a
// balanced (AVL) tree whose one building block is the join of two trees around a segment. Cutting
// a range of chunks out is then two splits and a join, whatever the range holds.
//
// Knows segments and not positions, and does not merge neighbours; IntervalSet does both.
// Invariants: segments ascend and do not overlap; each node's height and count are those of its
// subtree; sibling heights differ by at most 1. Depth is therefore below 1.45 * log2(segments) + 2.
// Threads: a plain value. Pointers to segments are good until the next change of the tree.
class SegmentTree {
 public:
  SegmentTree() = default;
  SegmentTree(const SegmentTree& other) : root_(Clone(other.root_)) {}
  SegmentTree& operator=(const SegmentTree& other) {
    if (this != &other) root_ = Clone(other.root_);
    return *this;
  }
  SegmentTree(SegmentTree&& other) noexcept = default;
  SegmentTree& operator=(SegmentTree&& other) noexcept = default;
  ~SegmentTree() = default;

  uint64_t size() const { return SizeOf(root_); }  // Positions, in all segments.

  const Segment* Find(uint64_t chunk) const;  // The one that covers `chunk`; null if none does.
  const Segment* First() const;               // Null if the tree is empty.
  const Segment* Last() const;

  // The first segment that reaches `chunk` or lies beyond it, and the positions before it.
  struct Place {
    const Segment* segment = nullptr;  // Null: there is none.
    uint64_t before = 0;
  };
  Place PlaceOf(uint64_t chunk) const;
  Place PlaceOfRank(uint64_t rank) const;  // The segment with that position.

  // Calls change(Segment&) on the segment that covers `chunk` and puts the counts right; false if
  // there is none. The change must leave the segment's chunk numbers alone.
  template <typename Change>
  bool Update(uint64_t chunk, Change change) {
    return UpdateBelow(root_.get(), chunk, change);
  }

  // Requires: no segment covers any chunk of this one.
  void Insert(Segment segment);
  // Drops the chunks first..last. A span that reaches over an end is cut there.
  void Remove(uint64_t first, uint64_t last);

  template <typename Visit>
  void ForEach(Visit visit) const {  // In order.
    ForEachBelow(root_.get(), visit);
  }

  size_t HeapBytes() const;  // O(segments).
  void CheckInvariants() const;

 private:
  struct Node {
    Segment segment;
    std::unique_ptr<Node> left;
    std::unique_ptr<Node> right;
    uint64_t size = 0;  // Positions in this subtree.
    int height = 1;
  };
  using Tree = std::unique_ptr<Node>;
  using Halves = std::pair<Tree, Tree>;

  static uint64_t SizeOf(const Tree& tree) { return tree == nullptr ? 0 : tree->size; }
  static int HeightOf(const Tree& tree) { return tree == nullptr ? 0 : tree->height; }
  static void Refresh(Node* node);
  static Tree Clone(const Tree& tree);
  static Tree RotateLeft(Tree tree);
  static Tree RotateRight(Tree tree);
  static Tree Rebalance(Tree tree);
  static Tree Join(Tree left, Tree middle, Tree right);
  static Tree Join(Tree left, Tree right);
  static Halves Split(Tree tree, uint64_t chunk);
  static Halves DetachLast(Tree tree);
  static void Check(const Node& node);

  template <typename Change>
  static bool UpdateBelow(Node* node, uint64_t chunk, Change& change) {
    if (node == nullptr) return false;
    bool found = true;
    if (chunk < node->segment.first) {
      found = UpdateBelow(node->left.get(), chunk, change);
    } else if (chunk > node->segment.last) {
      found = UpdateBelow(node->right.get(), chunk, change);
    } else {
      change(node->segment);
    }
    node->size = SizeOf(node->left) + node->segment.size() + SizeOf(node->right);
    return found;
  }

  template <typename Visit>
  static void ForEachBelow(const Node* node, Visit& visit) {
    if (node == nullptr) return;
    ForEachBelow(node->left.get(), visit);
    visit(node->segment);
    ForEachBelow(node->right.get(), visit);
  }

  Tree root_;
};

}  // namespace warren::base::interval_set_internal
