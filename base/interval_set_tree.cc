#include "base/interval_set_tree.h"

#include <algorithm>
#include <cstdlib>

#include "base/check.h"

namespace warren::base::interval_set_internal {

const Segment* SegmentTree::Find(uint64_t chunk) const {
  const Node* node = root_.get();
  while (node != nullptr) {
    if (chunk >= node->segment.first && chunk <= node->segment.last) return &node->segment;
    node = chunk < node->segment.first ? node->left.get() : node->right.get();
  }
  return nullptr;
}

const Segment* SegmentTree::First() const {
  const Node* node = root_.get();
  while (node != nullptr && node->left != nullptr) node = node->left.get();
  return node == nullptr ? nullptr : &node->segment;
}

const Segment* SegmentTree::Last() const {
  const Node* node = root_.get();
  while (node != nullptr && node->right != nullptr) node = node->right.get();
  return node == nullptr ? nullptr : &node->segment;
}

SegmentTree::Place SegmentTree::PlaceOf(uint64_t chunk) const {
  Place place;
  uint64_t before = 0;  // Positions left of `node`'s subtree.
  const Node* node = root_.get();
  while (node != nullptr) {
    const uint64_t before_segment = before + SizeOf(node->left);
    if (node->segment.last >= chunk) {
      place = {.segment = &node->segment, .before = before_segment};
      node = node->left.get();
    } else {
      before = before_segment + node->segment.size();
      if (place.segment == nullptr) place.before = before;
      node = node->right.get();
    }
  }
  return place;
}

SegmentTree::Place SegmentTree::PlaceOfRank(uint64_t rank) const {
  WARREN_CHECK(rank < size());
  uint64_t before = 0;
  const Node* node = root_.get();
  while (true) {
    const uint64_t before_segment = before + SizeOf(node->left);
    if (rank < before_segment) {
      node = node->left.get();
    } else if (rank - before_segment < node->segment.size()) {
      return {.segment = &node->segment, .before = before_segment};
    } else {
      before = before_segment + node->segment.size();
      node = node->right.get();
    }
  }
}

void SegmentTree::Insert(Segment segment) {
  auto [below, above] = Split(std::move(root_), segment.first);
  auto node = std::make_unique<Node>();
  node->segment = std::move(segment);
  root_ = Join(std::move(below), std::move(node), std::move(above));
}

void SegmentTree::Remove(uint64_t first, uint64_t last) {
  auto [below, rest] = Split(std::move(root_), first);
  auto [removed, above] = Split(std::move(rest), last + 1);
  root_ = Join(std::move(below), std::move(above));
}

void SegmentTree::Refresh(Node* node) {
  node->size = SizeOf(node->left) + node->segment.size() + SizeOf(node->right);
  node->height = std::max(HeightOf(node->left), HeightOf(node->right)) + 1;
}

SegmentTree::Tree SegmentTree::Clone(const Tree& tree) {
  if (tree == nullptr) return nullptr;
  auto copy = std::make_unique<Node>();
  copy->segment = tree->segment;
  copy->left = Clone(tree->left);
  copy->right = Clone(tree->right);
  Refresh(copy.get());
  return copy;
}

SegmentTree::Tree SegmentTree::RotateLeft(Tree tree) {
  Tree top = std::move(tree->right);
  tree->right = std::move(top->left);
  Refresh(tree.get());
  top->left = std::move(tree);
  Refresh(top.get());
  return top;
}

SegmentTree::Tree SegmentTree::RotateRight(Tree tree) {
  Tree top = std::move(tree->left);
  tree->left = std::move(top->right);
  Refresh(tree.get());
  top->right = std::move(tree);
  Refresh(top.get());
  return top;
}

// For a tree whose two sides are balanced and differ in height by at most 2.
SegmentTree::Tree SegmentTree::Rebalance(Tree tree) {
  Refresh(tree.get());
  if (HeightOf(tree->right) > HeightOf(tree->left) + 1) {
    const Node& side = *tree->right;
    if (HeightOf(side.left) > HeightOf(side.right))
      tree->right = RotateRight(std::move(tree->right));
    return RotateLeft(std::move(tree));
  }
  if (HeightOf(tree->left) > HeightOf(tree->right) + 1) {
    const Node& side = *tree->left;
    if (HeightOf(side.right) > HeightOf(side.left)) tree->left = RotateLeft(std::move(tree->left));
    return RotateRight(std::move(tree));
  }
  return tree;
}

// Walks down the inner edge of the higher tree until the heights fit, puts `middle` there and
// rebalances on the way up: O(difference of the heights). The result is at most one higher than
// the higher tree, which is what Rebalance() needs one level up. (Blelloch, Ferizovic, Sun: Just
// Join for Parallel Ordered Sets, 2016.)
SegmentTree::Tree SegmentTree::Join(Tree left, Tree middle, Tree right) {
  if (HeightOf(left) > HeightOf(right) + 1) {
    left->right = Join(std::move(left->right), std::move(middle), std::move(right));
    return Rebalance(std::move(left));
  }
  if (HeightOf(right) > HeightOf(left) + 1) {
    right->left = Join(std::move(left), std::move(middle), std::move(right->left));
    return Rebalance(std::move(right));
  }
  middle->left = std::move(left);
  middle->right = std::move(right);
  Refresh(middle.get());
  return middle;
}

SegmentTree::Tree SegmentTree::Join(Tree left, Tree right) {
  if (left == nullptr) return right;
  auto [rest, last] = DetachLast(std::move(left));
  return Join(std::move(rest), std::move(last), std::move(right));
}

SegmentTree::Halves SegmentTree::DetachLast(Tree tree) {
  if (tree->right == nullptr) {
    Tree left = std::move(tree->left);
    return {std::move(left), std::move(tree)};
  }
  auto [rest, last] = DetachLast(std::move(tree->right));
  tree->right = std::move(rest);
  return {Rebalance(std::move(tree)), std::move(last)};
}

// Chunks below `chunk`, and the others. A span that reaches across is cut in two.
SegmentTree::Halves SegmentTree::Split(Tree tree, uint64_t chunk) {
  if (tree == nullptr) return {};
  Tree left = std::move(tree->left);
  Tree right = std::move(tree->right);
  Segment& segment = tree->segment;
  if (chunk <= segment.first) {
    auto [below, above] = Split(std::move(left), chunk);
    return {std::move(below), Join(std::move(above), std::move(tree), std::move(right))};
  }
  if (chunk > segment.last) {
    auto [below, above] = Split(std::move(right), chunk);
    return {Join(std::move(left), std::move(tree), std::move(below)), std::move(above)};
  }
  auto upper = std::make_unique<Node>();
  upper->segment = {.first = chunk, .last = segment.last, .chunk = Chunk::Full()};
  segment.last = chunk - 1;
  return {Join(std::move(left), std::move(tree), nullptr),
          Join(nullptr, std::move(upper), std::move(right))};
}

size_t SegmentTree::HeapBytes() const {
  size_t bytes = 0;
  ForEach([&bytes](const Segment& segment) { bytes += sizeof(Node) + segment.chunk.HeapBytes(); });
  return bytes;
}

void SegmentTree::Check(const Node& node) {
  if (node.left != nullptr) Check(*node.left);
  if (node.right != nullptr) Check(*node.right);
  WARREN_CHECK(node.size == SizeOf(node.left) + node.segment.size() + SizeOf(node.right));
  WARREN_CHECK(node.height == std::max(HeightOf(node.left), HeightOf(node.right)) + 1);
  WARREN_CHECK(std::abs(HeightOf(node.left) - HeightOf(node.right)) <= 1);
}

void SegmentTree::CheckInvariants() const {
  if (root_ != nullptr) Check(*root_);
  const Segment* previous = nullptr;
  ForEach([&previous](const Segment& segment) {
    WARREN_CHECK(previous == nullptr || previous->last < segment.first);
    WARREN_CHECK(segment.first == segment.last ||
                 (segment.first < segment.last && segment.IsFull()));
    WARREN_CHECK(!segment.chunk.empty());
    segment.chunk.CheckInvariants();
    previous = &segment;
  });
}

}  // namespace warren::base::interval_set_internal
