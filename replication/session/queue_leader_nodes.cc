// What becomes of the sessions of a node that fails, comes back, or starts anew.
#include "replication/session/queue_leader.h"
#include "replication/session/session_id.h"

namespace warren::replication {

void QueueLeader::OnNode(NodeId node, NodeNews news, Incarnation incarnation) {
  if (incarnation != Incarnation()) lives_[node] = incarnation;
  switch (news) {
    case NodeNews::kSuspected:
      Suspect(node);
      return;
    case NodeNews::kTrusted:
    case NodeNews::kRestarted:
      DetachFormer(node, incarnation);
      Trust(node);
      return;
    case NodeNews::kBroken:
      return;  // Its sessions see that too, and attach anew.
  }
}

void QueueLeader::Suspect(NodeId node) {
  for (const queue::SessionView& view : machine_->ListSessions()) {
    if (view.suspected_since.has_value()) continue;
    const auto door = doors_.find(view.session);
    const bool its =
        door != doors_.end() ? door->second.node == node : SessionIds::IsOf(view.session, node);
    if (its) Housekeep(queue::SuspectSession{.session = view.session});
  }
}

void QueueLeader::Trust(NodeId node) {
  for (const queue::SessionView& view : machine_->ListSessions()) {
    if (!view.suspected_since.has_value()) continue;
    const Door* door = OpenDoor(view.session);
    if (door == nullptr || door->node != node) continue;  // It will attach.
    Housekeep(queue::TrustSession{.session = view.session});
  }
}

// Sessions that earlier lives of the node have opened: nobody is there to use them.
void QueueLeader::DetachFormer(NodeId node, Incarnation incarnation) {
  if (incarnation == Incarnation()) return;
  for (const queue::SessionView& view : machine_->ListSessions()) {
    if (!SessionIds::IsOfFormerLife(view.session, node, incarnation)) continue;
    const auto door = doors_.find(view.session);
    if (door != doors_.end() && door->second.node != node)
      continue;  // Another node's, of the same hash.
    Housekeep(queue::DetachSession{.session = view.session, .epoch = view.epoch});
  }
}

// What a node said last before it ended may come after the news of its next life, or was on its way
// through the log.
void QueueLeader::DetachIfFormer(SessionId session, SessionEpoch epoch) {
  const auto door = doors_.find(session);
  for (const auto& [node, incarnation] : lives_) {
    const bool its = door == doors_.end() || door->second.node == node;
    if (!its || !SessionIds::IsOfFormerLife(session, node, incarnation)) continue;
    Housekeep(queue::DetachSession{.session = session, .epoch = epoch});
    return;
  }
}

void QueueLeader::SuspectUnclaimed() {
  for (const queue::SessionView& view : machine_->ListSessions()) {
    if (view.suspected_since.has_value() || doors_.contains(view.session)) continue;
    Housekeep(queue::SuspectSession{.session = view.session});
  }
}

}  // namespace warren::replication
