#include "replication/host/inquirer.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

#include "raft/quorum.h"

namespace warren::replication {
namespace {

// Without an answer for so long, the next member is asked. An answer takes a round of the log, so a
// leader that is alive has given it long before.
constexpr absl::Duration kAskAgain = absl::Milliseconds(500);
// A member said that it does not lead, and nobody may, for the moment.
constexpr absl::Duration kAskSoon = absl::Milliseconds(20);

}  // namespace

Inquirer::Inquirer(SessionHost* host, SendCreateFn send_create)
    : host_(host), send_create_(std::move(send_create)) {}

void Inquirer::Ask(GroupId group, std::vector<NodeId> members, Question question,
                   absl::Duration patience, AnswerFn answer) {
  const RequestId id(++last_id_);
  Asked asked;
  asked.group = group;
  // This node first: if it is a member it knows at least who leads.
  std::stable_partition(members.begin(), members.end(),
                        [this](NodeId node) { return node == host_->self(); });
  asked.members = std::move(members);
  asked.question = std::move(question);
  asked.answer = std::move(answer);
  asked.until = host_->Now() + patience;
  AskNext(id, asked_.emplace(id, std::move(asked)).first->second);
}

void Inquirer::SendTo(RequestId id, Asked& asked, NodeId to) {
  asked.asks = to;
  asked.again_at = host_->Now() + kAskAgain;
  host_->Send(to, asked.group, Request{.id = id, .shard = host_->shard(), .what = asked.question});
}

void Inquirer::AskNext(RequestId id, Asked& asked) {
  for (size_t i = 0; i < asked.members.size(); ++i) {
    const NodeId node = asked.members[asked.next_member++ % asked.members.size()];
    if (node == host_->self() || host_->Trusts(node)) return SendTo(id, asked, node);
  }
  asked.asks = NodeId();
  asked.again_at = host_->Now() + kAskSoon;
}

void Inquirer::OnReply(NodeId from, Reply reply) {
  const auto found = asked_.find(reply.id);
  if (found == asked_.end() || found->second.asks != from) return;
  Asked& asked = found->second;
  const bool elsewhere = reply.code == absl::StatusCode::kUnavailable;
  if (elsewhere && !reply.leader.IsNone() && reply.leader != from) {
    return SendTo(reply.id, asked, reply.leader);
  }
  if (elsewhere || reply.code == absl::StatusCode::kResourceExhausted) {
    asked.asks = NodeId();
    asked.again_at = host_->Now() + kAskSoon;
    return;
  }
  AnswerFn answer = std::move(asked.answer);
  asked_.erase(found);
  answer(std::move(reply));
}

void Inquirer::CreateOnAll(GroupSpec spec, absl::Duration patience, DoneFn done) {
  const GroupId group = spec.group;
  if (creating_.contains(group)) {
    return done(absl::AlreadyExistsError(
        absl::StrCat("group ", group.value(), " is being created already")));
  }
  Creating creating;
  creating.spec = std::move(spec);
  creating.done = std::move(done);
  creating.until = host_->Now() + patience;
  creating.again_at = host_->Now() + kAskAgain;
  SendCreates(creating_.emplace(group, std::move(creating)).first->second);
}

void Inquirer::SendCreates(const Creating& creating) {
  for (const NodeId voter : creating.spec.voters) {
    if (!creating.created.Contains(voter)) send_create_(voter, creating.spec);
  }
}

bool Inquirer::IsMade(const Creating& creating, Waits waits) const {
  const raft::NodeSet& voters = creating.spec.voters;
  if (creating.created.size() < raft::MajorityOf(voters.size())) return false;
  if (waits == Waits::kForAMajority) return true;
  return std::all_of(voters.begin(), voters.end(), [&](NodeId voter) {
    return creating.created.Contains(voter) || !host_->Trusts(voter);
  });
}

void Inquirer::OnCreated(NodeId from, GroupId group, const absl::Status& status) {
  const auto found = creating_.find(group);
  if (found == creating_.end() || absl::IsResourceExhausted(status)) return;
  Creating& creating = found->second;
  absl::Status result = status;
  if (status.ok() || absl::IsAlreadyExists(status)) {
    result = absl::OkStatus();
    creating.created.Insert(from);
    if (!IsMade(creating, Waits::kForTheTrusted)) return;
  }
  DoneFn done = std::move(creating.done);
  creating_.erase(found);
  done(std::move(result));
}

void Inquirer::OnNode(NodeId node, NodeNews news) {
  if (news == NodeNews::kTrusted) return;
  const base::MonotonicTime now = host_->Now();
  for (auto& [id, asked] : asked_) {
    if (asked.asks == node) asked.again_at = now;
  }
}

void Inquirer::Advance() {
  AdvanceAsked();
  AdvanceCreating();
}

// Whoever is told may ask anew, which moves what is iterated: so they are told at the end.
void Inquirer::AdvanceAsked() {
  const base::MonotonicTime now = host_->Now();
  std::vector<std::pair<AnswerFn, Reply>> ended;
  for (auto at = asked_.begin(); at != asked_.end();) {
    Asked& asked = at->second;
    if (asked.until <= now) {
      Reply reply{
          .id = at->first,
          .code = absl::StatusCode::kDeadlineExceeded,
          .text = absl::StrCat("no leader of group ", asked.group.value(), " has answered in time"),
          .leader = {},
          .answer = {}};
      ended.emplace_back(std::move(asked.answer), std::move(reply));
      at = asked_.erase(at);
      continue;
    }
    if (asked.again_at <= now) AskNext(at->first, asked);
    ++at;
  }
  for (auto& [answer, reply] : ended) answer(std::move(reply));
}

void Inquirer::AdvanceCreating() {
  const base::MonotonicTime now = host_->Now();
  std::vector<std::pair<DoneFn, absl::Status>> ended;
  for (auto at = creating_.begin(); at != creating_.end();) {
    Creating& creating = at->second;
    const bool is_made = creating.again_at <= now && IsMade(creating, Waits::kForAMajority);
    if (creating.until <= now || is_made) {
      absl::Status status = absl::OkStatus();
      if (creating.until <= now) {
        status = absl::DeadlineExceededError(absl::StrCat(
            "group ", at->first.value(), " exists on ", creating.created.size(), " of ",
            creating.spec.voters.size(), " nodes so far; the others did not answer in time"));
      }
      ended.emplace_back(std::move(creating.done), std::move(status));
      at = creating_.erase(at);
      continue;
    }
    if (creating.again_at <= now) {
      creating.again_at = now + kAskAgain;
      SendCreates(creating);
    }
    ++at;
  }
  for (auto& [done, status] : ended) done(std::move(status));
}

std::optional<base::MonotonicTime> Inquirer::NextDeadline() const {
  std::optional<base::MonotonicTime> first;
  const auto consider = [&first](base::MonotonicTime at) {
    if (!first.has_value() || at < *first) first = at;
  };
  for (const auto& [id, asked] : asked_) {
    consider(std::min(asked.again_at, asked.until));
  }
  for (const auto& [group, creating] : creating_) {
    consider(std::min(creating.again_at, creating.until));
  }
  return first;
}

}  // namespace warren::replication
