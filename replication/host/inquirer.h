// Questions to queues, and the making of groups: what needs no session.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/time/time.h"

#include "base/monotonic_time.h"
#include "replication/host/group_spec.h"
#include "replication/host/types.h"
#include "replication/session/message.h"
#include "replication/session/session_host.h"

namespace warren::replication {

// Finds the leader of a group and asks it, until it answers or patience is at an end. A question
// may so be carried out twice, if a leader died between carrying it out and saying so: all of them
// are such that this changes nothing but the numbers in the answer.
//
// Pure; owned by one shard.
class Inquirer {
 public:
  using AnswerFn = absl::AnyInvocable<void(Reply)>;
  using DoneFn = absl::AnyInvocable<void(absl::Status)>;
  using SendCreateFn = absl::AnyInvocable<void(NodeId to, const GroupSpec& spec)>;

  Inquirer(SessionHost* host, SendCreateFn send_create);

  // Code DEADLINE_EXCEEDED: nobody answered; it may have been carried out.
  void Ask(GroupId group, std::vector<NodeId> members, Question question, absl::Duration patience,
           AnswerFn answer);
  // Makes the group on all nodes that are to be voters. OK: those that can be reached have it, and
  // a majority. (A voter that hears of it later, from the leader, has to ask everybody before it
  // may vote: docs/decisions/0015.) FAILED_PRECONDITION: there was a group of this number, and it
  // was removed.
  void CreateOnAll(GroupSpec spec, absl::Duration patience, DoneFn done);

  void OnReply(NodeId from, Reply reply);
  void OnCreated(NodeId from, GroupId group, const absl::Status& status);
  void OnNode(NodeId node, NodeNews news);
  void Advance();
  std::optional<base::MonotonicTime> NextDeadline() const;

 private:
  struct Asked {
    GroupId group;
    std::vector<NodeId> members;
    Question question;
    AnswerFn answer;
    NodeId asks;  // Whom, at present.
    size_t next_member = 0;
    base::MonotonicTime again_at;
    base::MonotonicTime until;
  };
  struct Creating {
    GroupSpec spec;
    DoneFn done;
    raft::NodeSet created;
    base::MonotonicTime again_at;
    base::MonotonicTime until;
  };
  void SendTo(RequestId id, Asked& asked, NodeId to);
  void AskNext(RequestId id, Asked& asked);
  void SendCreates(const Creating& creating);
  void AdvanceAsked();
  void AdvanceCreating();
  enum class Waits : uint8_t { kForTheTrusted, kForAMajority };
  bool IsMade(const Creating& creating, Waits waits) const;

  SessionHost* const host_;
  SendCreateFn send_create_;
  uint64_t last_id_ = 0;
  absl::btree_map<RequestId, Asked> asked_;
  absl::btree_map<GroupId, Creating> creating_;
};

}  // namespace warren::replication
