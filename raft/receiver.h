// The receiving end of replication: what a follower does with what its leader sends.
#pragma once

#include "raft/member.h"
#include "raft/message.h"

namespace warren::raft {

// Each answers the leader with a message that waits until what it acknowledges is durable.
// Requires: `message.term` is the member's term, and the member follows its sender.
void ReceiveAppend(Member& member, const Message& message);
void ReceiveHeartbeat(Member& member, const Message& message);
void ReceiveSnapshot(Member& member, const Message& message);

}  // namespace warren::raft
