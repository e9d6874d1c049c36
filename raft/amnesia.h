// The state of a member that cannot prove that it remembers what it acknowledged.
#pragma once

#include "raft/log.h"
#include "raft/membership.h"
#include "raft/message.h"
#include "raft/node_set.h"
#include "raft/types.h"

namespace warren::raft {

// A disk that lost its tail turns a member into a liar: it may have acknowledged entries that it
// no longer holds, and voted in terms that it no longer knows of. Such a member goes on taking
// entries, but answers no vote, no pre-vote, no read and no quorum check until
//
//   1. every other voter has told it its term. The candidate that got a forgotten vote is among
//      them, and in that term at least, so no forgotten vote was cast in a term above the largest
//      one told. (If the candidate has restarted since, it may be in a lower one; but then the
//      vote does not count any more, because answers name the life of the process that asked.
//      For the same reason others that are amnesiac themselves answer too.)
//      A majority of the others would not do: with five voters the candidate may be the one that
//      stays silent, and win later with the forgotten vote and that of a member that told its
//      term before it voted.
//   2. the leader, in that term or a later one, has said what is committed, after it had reset
//      what it believed of this member's log, and after it had committed an entry of its own term
//      (before that it may not know how far an earlier leader came); and this member has all of
//      that on disk, applied, so that the voters asked are those that count.
//
// From then on it may vote in later terms only, which costs no rule: it records a vote for the
// leader in the present one. A group of one voter has nobody to ask; its host starts it with the
// loss named (Core::Create).
class Amnesia {
 public:
  // Something was told, and this member's term is by now `term`, not below the one told. Counts
  // only answers to questions of this life of the process.
  void OnReply(const Message& reply, Incarnation asked_in, Term term);
  // The term changed: what an earlier leader said does not count any more.
  void OnTermChange() { leader_ = NodeId(); }

  // The leader to record as this member's vote, if the two conditions hold; nobody otherwise.
  NodeId CuredBy(NodeId self, const Membership& membership, const Log& log, Index applied) const;

 private:
  NodeSet told_;
  NodeId leader_;  // Of the present term, once it has answered.
  Index leader_commit_;
};

}  // namespace warren::raft
