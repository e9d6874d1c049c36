// A handful of members, in order.
#pragma once

#include <algorithm>
#include <cstddef>
#include <initializer_list>

#include "absl/container/inlined_vector.h"

#include "raft/types.h"

namespace warren::raft {

// Sorted and without repeats, so that iteration has one order everywhere. Sized for the usual
// three to seven members: these take no allocation, and a linear look is the fastest one.
class NodeSet {
 public:
  using Nodes = absl::InlinedVector<NodeId, 7>;

  NodeSet() = default;
  NodeSet(std::initializer_list<NodeId> nodes) {
    for (const NodeId node : nodes) Insert(node);
  }

  bool Contains(NodeId node) const { return std::binary_search(begin(), end(), node); }

  // Both answer whether the set changed.
  bool Insert(NodeId node) {
    const auto at = std::lower_bound(nodes_.begin(), nodes_.end(), node);
    if (at != nodes_.end() && *at == node) return false;
    nodes_.insert(at, node);
    return true;
  }
  bool Erase(NodeId node) {
    const auto at = std::lower_bound(nodes_.begin(), nodes_.end(), node);
    if (at == nodes_.end() || *at != node) return false;
    nodes_.erase(at);
    return true;
  }
  void InsertAll(const NodeSet& other) {
    for (const NodeId node : other) Insert(node);
  }
  void Clear() { nodes_.clear(); }

  size_t size() const { return nodes_.size(); }
  bool empty() const { return nodes_.empty(); }
  Nodes::const_iterator begin() const { return nodes_.begin(); }
  Nodes::const_iterator end() const { return nodes_.end(); }

  friend bool operator==(const NodeSet&, const NodeSet&) = default;

 private:
  Nodes nodes_;
};

}  // namespace warren::raft
