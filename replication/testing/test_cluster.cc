#include "replication/testing/test_cluster.h"

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <thread>
#include <utility>

#include "absl/synchronization/notification.h"

#include "base/check.h"
#include "base/spdlog_sink.h"
#include "fmt/format.h"

namespace warren::replication {
bool TestCluster::Await(const std::function<bool()>& holds) {
  for (int look = 0; look < 6000; ++look) {
    if (holds()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

TestCluster::TestCluster(uint64_t nodes, TestClusterOptions options)
    : options_(std::move(options)), nodes_(nodes) {
  base::LogSink* sink = options_.sink;
  if (sink == nullptr && std::getenv("WARREN_TEST_LOG") != nullptr) {
    sink_ = *base::SpdlogSink::Open({});
    sink = sink_.get();
  }
  if (sink != nullptr) {
    pipeline_ = std::make_unique<base::LogPipeline>(
        base::LogConfig{.level_min = base::LogLevel::kDebug}, sink, &clock_);
  }
  for (uint64_t node = 1; node <= nodes; ++node) Start(node);
}

TestCluster::~TestCluster() {
  for (uint64_t node = 1; node <= nodes_.size(); ++node) {
    if (IsUp(node)) Stop(node);
  }
}

std::string TestCluster::DirectoryOf(uint64_t node) const {
  return fmt::format("{}/node-{}", directory_.path(), node);
}

std::vector<NodeId> TestCluster::All() const {
  std::vector<NodeId> all;
  for (uint64_t node = 1; node <= nodes_.size(); ++node) all.emplace_back(node);
  return all;
}

void TestCluster::Start(uint64_t node) {
  const absl::Status started = TryStart(node);
  WARREN_CHECK_MSG(started.ok(), started.ToString().c_str());
}

absl::Status TestCluster::TryStart(uint64_t node) {
  WARREN_CHECK(!IsUp(node));
  NodeConfig config;
  config.directory = DirectoryOf(node);
  config.cluster = "test";
  config.name = fmt::format("node-{}", node);
  config.node = NodeId(node);
  config.shards = 2;
  config.log.segment_bytes = 8 << 20;
  config.log.disk_free_min = 0;
  config.log.reserve_bytes = 1 << 20;
  if (options_.configure) options_.configure(config);
  NodePlatform platform;
  if (pipeline_ != nullptr) platform.logger = base::Logger(pipeline_.get());
  platform.transport =
      [this](const NodeIdentity& self,
             TransportListener* listener) -> absl::StatusOr<std::unique_ptr<Transport>> {
    return hub_.Join(self, fmt::format("node-{}", self.node.value()), listener);
  };
  auto opened = Node::Open(std::move(config), std::move(platform));
  if (!opened.ok()) return opened.status();
  nodes_[node - 1] = *std::move(opened);
  std::vector<PeerAddress> peers;
  for (uint64_t peer = 1; peer <= nodes_.size(); ++peer) {
    const std::string name = fmt::format("node-{}", peer);
    peers.push_back({.node = NodeId(peer), .name = name, .address = name});
  }
  nodes_[node - 1]->SetPeers(std::move(peers));
  return absl::OkStatus();
}

void TestCluster::Stop(uint64_t node) { nodes_[node - 1].reset(); }

void TestCluster::Wipe(uint64_t node) {
  WARREN_CHECK(!IsUp(node));
  std::filesystem::remove_all(DirectoryOf(node));
}

absl::Status TestCluster::Declare(uint64_t group, const queue::QueueConfig& config,
                                  std::vector<NodeId> members, Durability durability) {
  if (members.empty()) members = All();
  for (const auto& node : nodes_) {
    if (node == nullptr) continue;
    return node->DeclareQueue(GroupId(group), members, config, {.durability = durability});
  }
  return absl::UnavailableError("no node runs");
}

LoadResult TestCluster::Publish(uint64_t node, uint64_t group, uint64_t messages, size_t bytes,
                                uint32_t window) {
  LoadOptions load;
  load.group = GroupId(group);
  load.messages = messages;
  load.bytes = bytes;
  load.window = window;
  return Publish(node, std::move(load));
}

LoadResult TestCluster::Publish(uint64_t node, LoadOptions load) {
  load.members = All();
  load.numbered = true;
  absl::Notification done;
  LoadResult result;
  (*this)[node].Post(static_cast<ShardNo>(load.group.value() % 2), [&](Shard& shard) {
    Publisher::Start(shard, load, [&](const LoadResult& published) {
      result = published;
      done.Notify();
    });
  });
  WARREN_CHECK(done.WaitForNotificationWithTimeout(absl::Minutes(1)));
  return result;
}

Drainer::Result TestCluster::Drain(uint64_t node, uint64_t group, uint64_t expected) {
  LoadOptions options;
  options.group = GroupId(group);
  options.members = All();
  options.window = 200;
  absl::Notification done;
  Drainer::Result result;
  (*this)[node].Post(0, [&](Shard& shard) {
    Drainer::Start(shard, options, expected, [&](const Drainer::Result& drained) {
      result = drained;
      done.Notify();
    });
  });
  WARREN_CHECK(done.WaitForNotificationWithTimeout(absl::Minutes(1)));
  return result;
}

absl::StatusOr<uint64_t> TestCluster::Ready(uint64_t node, uint64_t group) {
  absl::Notification done;
  absl::StatusOr<uint64_t> ready;
  (*this)[node].Post(0, [&](Shard& shard) {
    shard.Ask(GroupId(group), All(), GetStats{}, absl::Seconds(30), [&](Reply reply) {
      if (const auto* stats = std::get_if<QueueStats>(&reply.answer)) {
        ready = stats->counts.ready;
      } else {
        ready = absl::Status(reply.code, reply.text);
      }
      done.Notify();
    });
  });
  done.WaitForNotification();
  return ready;
}

uint64_t TestCluster::LeaderOf(uint64_t group) {
  uint64_t leader = 0;
  Await([&] {
    for (uint64_t node = 1; node <= nodes_.size() && leader == 0; ++node) {
      if (!IsUp(node)) continue;
      Node& each = (*this)[node];
      each.Do(each.ShardOfGroup(GroupId(group)), [&](Shard& shard) {
        const Group* const found = shard.Find(GroupId(group));
        if (found != nullptr && found->leads()) leader = node;
      });
    }
    return leader != 0;
  });
  return leader;
}

bool TestCluster::MakeLeader(uint64_t node, uint64_t group) {
  return Await([&] {
    const uint64_t leader = LeaderOf(group);
    if (leader == 0 || leader == node) return leader == node;
    Node& now = (*this)[leader];
    now.Do(now.ShardOfGroup(GroupId(group)), [&](Shard& shard) {
      if (Group* const found = shard.Find(GroupId(group))) found->TransferLeadership(NodeId(node));
    });
    return false;
  });
}

bool TestCluster::WaitUntilAlike(uint64_t group) {
  return Await([&] {
    std::vector<std::pair<raft::Index, uint64_t>> states;
    for (uint64_t node = 1; node <= nodes_.size(); ++node) {
      if (!IsUp(node)) continue;
      Node& each = (*this)[node];
      each.Do(each.ShardOfGroup(GroupId(group)), [&](Shard& shard) {
        const Group* const found = shard.Find(GroupId(group));
        const bool runs = found != nullptr && found->IsRunning() && found->machine() != nullptr;
        states.emplace_back(runs ? found->core()->applied() : raft::Index(),
                            runs ? found->machine()->Digest() : 0);
      });
    }
    for (const auto& state : states) {
      if (state.first == raft::Index() || state != states.front()) return false;
    }
    return !states.empty();
  });
}

std::string TestCluster::Describe(uint64_t group) {
  std::string text;
  for (uint64_t node = 1; node <= nodes_.size(); ++node) {
    if (!IsUp(node)) {
      text += fmt::format("node {}: down\n", node);
      continue;
    }
    for (const GroupView& view : (*this)[node].ListGroups()) {
      if (view.group != GroupId(group)) continue;
      text += fmt::format("node {}: {}{}", node, view.leads ? "leads, " : "",
                          view.whole ? "whole" : fmt::format("{} missing", view.missing));
      if (view.core.has_value()) {
        const raft::Status& core = *view.core;
        text += fmt::format(
            ", {} in term {}, leader {}, base {}, last {}, durable {}, applied {}{}",
            raft::Name(core.role.role), core.hard_state.term.value(), core.role.leader.value(),
            core.base.index.value(), core.last.index.value(), core.durable.value(),
            core.applied.value(), core.hard_state.amnesiac ? ", amnesiac" : "");
      }
      text += view.fault.empty() ? "\n" : ", " + view.fault + "\n";
    }
  }
  return text;
}

}  // namespace warren::replication
