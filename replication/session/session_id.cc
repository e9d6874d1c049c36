#include "replication/session/session_id.h"

namespace warren::replication {
namespace {

constexpr int kNodeBits = 20;
constexpr int kIncarnationBits = 16;
constexpr int kCounterBits = 28;
static_assert(kNodeBits + kIncarnationBits + kCounterBits == 64);

constexpr uint32_t kCounterMask = (uint32_t{1} << kCounterBits) - 1;

// Every bit of the result depends on every bit of `value`. These constants must stay as they are:
// nodes of other versions read the ids.
constexpr uint64_t Mix(uint64_t value) {
  value ^= value >> 32;
  value *= 0xd6e8feb86659fd93u;
  value ^= value >> 32;
  value *= 0xd6e8feb86659fd93u;
  return value ^ (value >> 32);
}

constexpr uint64_t NodePart(NodeId node) { return Mix(node.value()) >> (64 - kNodeBits); }

constexpr uint64_t PrefixOf(NodeId node, Incarnation incarnation) {
  const uint64_t life = incarnation.value() & ((uint64_t{1} << kIncarnationBits) - 1);
  return NodePart(node) << kIncarnationBits | life;
}

}  // namespace

SessionIds::SessionIds(NodeId node, Incarnation incarnation, ShardNo shard, ShardNo shards)
    : prefix_(PrefixOf(node, incarnation) << kCounterBits),
      counter_((static_cast<uint32_t>(Mix(node.value())) + shard) & kCounterMask),
      step_(shards) {}

SessionId SessionIds::Next() {
  counter_ = (counter_ + step_) & kCounterMask;
  if ((prefix_ | counter_) == 0) counter_ = step_;  // 0 is nobody's.
  return SessionId(prefix_ | counter_);
}

bool SessionIds::IsOf(SessionId session, NodeId node) {
  return session.value() >> (kIncarnationBits + kCounterBits) == NodePart(node);
}

bool SessionIds::IsOfFormerLife(SessionId session, NodeId node, Incarnation incarnation) {
  if (!IsOf(session, node)) return false;
  const uint64_t life = session.value() >> kCounterBits;
  const uint64_t since = (incarnation.value() - life) & ((uint64_t{1} << kIncarnationBits) - 1);
  return since > 0 && since < uint64_t{1} << (kIncarnationBits - 1);  // The bits wrap around.
}

bool SessionIds::IsOf(SessionId session, NodeId node, Incarnation incarnation) {
  return session.value() >> kCounterBits == PrefixOf(node, incarnation);
}

}  // namespace warren::replication
