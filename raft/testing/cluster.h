// A whole group in one thread: raft cores, their hosts, and a network that does what a test says.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "raft/core.h"
#include "raft/testing/member.h"

namespace warren::raft::testing {

// Members 1, 2, ... Each event is followed by all that the member's host owes for it (see
// RaftMember::Run); what it sends waits on the network until Deliver().
class RaftCluster {
 public:
  // Answers whether a message is lost.
  using Loss = std::function<bool(const Message&)>;

  // `config` holds for every member, but for id and seed.
  RaftCluster(std::initializer_list<uint64_t> voters, const Config& config = GroupConfig());
  RaftCluster(const Membership& membership, const Config& config);

  // Starts a member with an empty log, as one that is going to be added does; or with `start`,
  // whose membership is then the cluster's.
  void Start(uint64_t id, RaftStart start = {});

  RaftMember& operator[](uint64_t id) { return *members_.at(id); }
  Core& core(uint64_t id) { return members_.at(id)->core(); }

  StepResult Step(uint64_t id, const Event& event);
  StepResult Propose(uint64_t id, std::string_view payload, uint64_t clock = 0);
  StepResult ProposeChange(uint64_t id, const ConfigChange& change);
  void Tick(uint64_t id, uint32_t ticks = 1);
  void TickAll(uint32_t ticks = 1);  // Delivers after each tick.
  // Only those of `ids` that want it, as a host of many groups does.
  void TickWhereWanted(std::initializer_list<uint64_t> ids, uint32_t ticks = 1);
  void Restart(uint64_t id);
  // Runs member `id` after a test has stepped its core by hand.
  void Run(uint64_t id);

  // Campaigns and delivers. Requires: it wins.
  void Elect(uint64_t id);
  // The one leader of the highest term; 0 if there is none.
  uint64_t Leader();

  // Until nothing is on its way any more.
  void Deliver();
  // What is on its way, oldest first. Tests may take, change and reorder.
  std::deque<Message>& network() { return network_; }

  // From now on messages for which `loss` holds are lost when they are due.
  void Lose(Loss loss) { losses_.push_back(std::move(loss)); }
  void LoseType(MessageType type);
  void Cut(uint64_t a, uint64_t b);
  void Isolate(uint64_t id);
  void Heal() { losses_.clear(); }

  // Every member has applied the same entries as far as it has come; stops the process if not.
  void CheckSameApplied();

 private:
  bool IsLost(const Message& message) const;

  Membership membership_;
  Config config_;
  std::map<uint64_t, std::unique_ptr<RaftMember>> members_;
  std::deque<Message> network_;
  std::vector<Loss> losses_;
};

}  // namespace warren::raft::testing
