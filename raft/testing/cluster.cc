#include "raft/testing/cluster.h"

#include <algorithm>

#include "base/check.h"

namespace warren::raft::testing {

RaftCluster::RaftCluster(std::initializer_list<uint64_t> voters, const Config& config)
    : RaftCluster(VotersOnly(voters), config) {}

RaftCluster::RaftCluster(const Membership& membership, const Config& config)
    : membership_(membership), config_(config) {
  for (const NodeId id : membership.AllMembers()) Start(id.value());
}

void RaftCluster::Start(uint64_t id, RaftStart start) {
  Config config = config_;
  config.id = NodeId(id);
  config.seed = id;
  start.membership = membership_;
  members_[id] = std::make_unique<RaftMember>(config, start);
}

StepResult RaftCluster::Step(uint64_t id, const Event& event) {
  const StepResult result = members_.at(id)->Step(event);
  Run(id);
  return result;
}

StepResult RaftCluster::Propose(uint64_t id, std::string_view payload, uint64_t clock) {
  const StepResult result = members_.at(id)->Propose(payload, clock);
  Run(id);
  return result;
}

StepResult RaftCluster::ProposeChange(uint64_t id, const ConfigChange& change) {
  const StepResult result = members_.at(id)->ProposeChange(change);
  Run(id);
  return result;
}

void RaftCluster::Tick(uint64_t id, uint32_t ticks) {
  for (uint32_t i = 0; i < ticks; ++i) Step(id, raft::Tick{});
}

void RaftCluster::TickAll(uint32_t ticks) {
  for (uint32_t i = 0; i < ticks; ++i) {
    for (const auto& [id, member] : members_) Tick(id);
    Deliver();
  }
}

void RaftCluster::TickWhereWanted(std::initializer_list<uint64_t> ids, uint32_t ticks) {
  for (uint32_t i = 0; i < ticks; ++i) {
    for (const uint64_t id : ids) {
      if (core(id).WantsTick()) Tick(id);
    }
    Deliver();
  }
}

void RaftCluster::Restart(uint64_t id) {
  members_.at(id)->Restart();
  Run(id);
}

void RaftCluster::Run(uint64_t id) {
  std::vector<Message> outbox;
  members_.at(id)->Run(outbox);
  network_.insert(network_.end(), outbox.begin(), outbox.end());
}

void RaftCluster::Elect(uint64_t id) {
  Step(id, Campaign{});
  Deliver();
  WARREN_CHECK(core(id).role().role == Role::kLeader);
}

uint64_t RaftCluster::Leader() {
  uint64_t leader = 0;
  Term term;
  for (const auto& [id, member] : members_) {
    if (member->core().role().role != Role::kLeader) continue;
    WARREN_CHECK(leader == 0 || member->core().term() != term);  // Election safety, 5.2.
    if (leader == 0 || member->core().term() > term) {
      leader = id;
      term = member->core().term();
    }
  }
  return leader;
}

bool RaftCluster::IsLost(const Message& message) const {
  return std::any_of(losses_.begin(), losses_.end(),
                     [&](const Loss& loss) { return loss(message); });
}

void RaftCluster::Deliver() {
  while (!network_.empty()) {
    const Message message = std::move(network_.front());
    network_.pop_front();
    const auto to = members_.find(message.to.value());
    if (to == members_.end() || IsLost(message)) continue;
    Step(to->first, Received{message});
  }
}

void RaftCluster::LoseType(MessageType type) {
  Lose([type](const Message& message) { return message.type == type; });
}

void RaftCluster::Cut(uint64_t a, uint64_t b) {
  const NodeId left(a);
  const NodeId right(b);
  Lose([left, right](const Message& message) {
    return (message.from == left && message.to == right) ||
           (message.from == right && message.to == left);
  });
}

void RaftCluster::Isolate(uint64_t id) {
  const NodeId alone(id);
  Lose([alone](const Message& message) { return message.from == alone || message.to == alone; });
}

void RaftCluster::CheckSameApplied() {
  std::map<Index, Entry> agreed;
  for (const auto& [id, member] : members_) {
    for (const Entry& entry : member->applied()) {
      const auto [known, is_new] = agreed.try_emplace(entry.id.index, entry);
      WARREN_CHECK(is_new || known->second == entry);  // State machine safety, 5.4.3.
    }
  }
}

}  // namespace warren::raft::testing
