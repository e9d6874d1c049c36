#include "bench/raft_bench.h"

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"
#include "bench/allocation_count.h"
#include "bench/report.h"
#include "raft/core.h"

namespace warren::bench {
namespace {

constexpr size_t kMembers = 3;
constexpr size_t kPayloadBytes = 64;
constexpr size_t kBatch = 64;
constexpr int kRounds = 9;

// Three members whose disks are instant and whose messages arrive in order. Everything is as in
// production but for that: appends wait for Stored, commits are applied.
class Trio {
 public:
  Trio() {
    for (size_t i = 0; i < kMembers; ++i) members_.push_back(MakeMember(i + 1));
    Step(0, raft::Campaign{});
    RunUntilQuiet();
    WARREN_CHECK(members_[0].core->role().role == raft::Role::kLeader);
  }

  // Proposes `count` payloads in one event and runs until they are committed.
  void Commit(size_t count) {
    batch_.clear();
    for (size_t i = 0; i < count; ++i) batch_.push_back(base::Bytes::Copy(payload_));
    Step(0, raft::Propose{.payloads = batch_, .clock = raft::LogTime(++clock_)});
    RunUntilQuiet();
    for (Member& member : members_) member.core->Step(raft::Evict{member.core->applied()});
  }

  uint64_t committed() const { return members_[0].core->commit().value(); }
  uint64_t steps() const { return steps_; }

 private:
  struct Member {
    std::unique_ptr<raft::Core> core;
    raft::Output output;
  };

  static Member MakeMember(uint64_t id) {
    raft::Config config;
    config.id = raft::NodeId(id);
    config.pre_vote = false;
    raft::Recovered recovered;
    for (size_t i = 0; i < kMembers; ++i) {
      recovered.membership.voters.Insert(raft::NodeId(i + 1));
    }
    recovered.incarnation = raft::Incarnation(1);
    absl::StatusOr<raft::Core> core = raft::Core::Create(config, std::move(recovered));
    WARREN_CHECK(core.ok());
    return {.core = std::make_unique<raft::Core>(*std::move(core)), .output = {}};
  }

  void Step(size_t member, const raft::Event& event) {
    ++steps_;
    members_[member].core->Step(event);
  }

  void RunUntilQuiet() {
    for (bool busy = true; busy;) {
      busy = false;
      for (size_t i = 0; i < kMembers; ++i) {
        if (!members_[i].core->HasOutput()) continue;
        busy = true;
        Drain(i);
      }
    }
  }

  void Drain(size_t i) {
    raft::Output& output = members_[i].output;
    members_[i].core->TakeOutput(output);
    Deliver(output.send_now);
    Deliver(output.send_after_store);
    if (output.must_store) Step(i, raft::Stored{output.ticket});
    if (!output.commit.empty()) Step(i, raft::Applied{output.commit.back().id.index});
  }

  void Deliver(const raft::ReusedList<raft::Message>& messages) {
    for (const raft::Message& message : messages) {
      Step(message.to.value() - 1, raft::Received{message});
    }
  }

  std::vector<Member> members_;
  std::vector<base::Bytes> batch_;
  const std::string payload_ = std::string(kPayloadBytes, 'x');
  uint64_t clock_ = 0;
  uint64_t steps_ = 0;
};

struct Measured {
  double proposals_per_second = 0;
  double allocations_per_step = 0;
  bool all_committed = false;
};

Measured Measure(size_t proposals, size_t batch) {
  Trio trio;
  // Rings and pools grow to what the load needs.
  for (size_t done = 0; done < proposals; done += batch) trio.Commit(batch);
  const uint64_t committed = trio.committed();
  const uint64_t steps = trio.steps();
  uint64_t allocations = 0;
  const auto time = MedianRound(kRounds, [&] {
    const uint64_t before = AllocationCount();
    for (size_t done = 0; done < proposals; done += batch) trio.Commit(batch);
    allocations += AllocationCount() - before;
  });
  const auto new_steps = static_cast<double>(trio.steps() - steps);
  return {.proposals_per_second = static_cast<double>(proposals) / time.count(),
          .allocations_per_step = static_cast<double>(allocations) / new_steps,
          .all_committed = trio.committed() - committed == proposals * kRounds};
}

}  // namespace

bool RunRaftBench(const Options& options) {
  const size_t proposals = options.tiny ? 64 * kBatch : 8192 * kBatch;
  const Measured batched = Measure(proposals, kBatch);
  const Measured single = Measure(proposals / 8, 1);
  PrintFigure("raft.commit.batched", batched.proposals_per_second, "proposals/s");
  PrintFigure("raft.commit.single", single.proposals_per_second, "proposals/s");
  PrintFigure("raft.allocations_per_step",
              std::max(batched.allocations_per_step, single.allocations_per_step), "allocations");
  if (batched.all_committed && single.all_committed) return true;
  std::fprintf(stderr, "raft: not all that was proposed was committed\n");
  return false;
}

}  // namespace warren::bench
