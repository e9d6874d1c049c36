#include "replication/node.h"

#include <algorithm>
#include <cstdlib>
#include <random>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/synchronization/notification.h"

#include "base/status_macros.h"
#include "replication/log/disk/posix_file_system.h"

namespace warren::replication {
namespace {

uint64_t Random() {
  static thread_local std::random_device device;
  return (uint64_t{device()} << 32) | device();
}

[[noreturn]] void StopTheProcess(const absl::Status&) { std::_Exit(EXIT_FAILURE); }

}  // namespace

std::vector<std::string> NodeConfig::Faults() const {
  std::vector<std::string> faults;
  if (directory.empty()) faults.push_back("node: directory is empty");
  if (cluster.empty()) faults.push_back("node: cluster is empty");
  if (name.empty()) faults.push_back("node: name is empty");
  log::LogConfig log_config = log;
  log_config.directory = directory;
  if (host.group.write_bytes_max > log.segment_bytes / 8) {
    faults.push_back(absl::StrCat("host: group.write_bytes_max is ", host.group.write_bytes_max,
                                  "; at most an eighth of log.segment_bytes, ",
                                  log.segment_bytes / 8));
  }
  for (const auto& more : {host.Faults(), log_config.Faults(), liveness.Faults()}) {
    faults.insert(faults.end(), more.begin(), more.end());
  }
  return faults;
}

// What shards stand on.
class Node::Ports final : public ShardPorts {
 public:
  explicit Ports(Node* node) : node_(node) {}

  bool SendToPeer(NodeId to, StreamClass stream, base::BytesChain message) override {
    Transport* const transport = transport_.load(std::memory_order_acquire);
    return transport != nullptr && transport->Send(to, stream, std::move(message));
  }
  void SendToShard(ShardNo shard, ShardItem item) override {
    node_->shards_[shard % node_->shards_.size()]->Post(std::move(item));
  }
  void Read(ReadJob job) override { node_->reader_->Read(std::move(job)); }

  void SetTransport(Transport* transport) {
    transport_.store(transport, std::memory_order_release);
  }

 private:
  Node* const node_;
  std::atomic<Transport*> transport_ = nullptr;
};

Node::Node(NodeConfig config, NodePlatform platform)
    : config_(std::move(config)), platform_(std::move(platform)) {
  if (platform_.clock == nullptr) platform_.clock = &system_clock_;
  if (!platform_.failed) platform_.failed = StopTheProcess;
  config_.log.directory = config_.directory;
  if (config_.shards == 0) {
    config_.shards = static_cast<ShardNo>(std::max(1u, std::thread::hardware_concurrency()));
  }
}

Node::~Node() { Stop(); }

absl::StatusOr<std::unique_ptr<Node>> Node::Open(NodeConfig config, NodePlatform platform) {
  if (const std::vector<std::string> faults = config.Faults(); !faults.empty()) {
    return absl::InvalidArgumentError(absl::StrJoin(faults, "; "));
  }
  std::unique_ptr<Node> node(new Node(std::move(config), std::move(platform)));
  WARREN_RETURN_IF_ERROR(node->Start());
  return node;
}

absl::Status Node::Start() {
  dispatcher_ = std::make_unique<Dispatcher>(platform_.logger, platform_.failed);
  // The log comes first: it keeps other processes out of the directory.
  files_ = std::make_unique<log::PosixFileSystem>();
  log::LogPlatform log_platform;
  log_platform.files = files_.get();
  log_platform.clock = platform_.clock;
  log_platform.listener = dispatcher_.get();
  log_platform.logger = platform_.logger;
  log_platform.random = Random;
  // Shards exist before anything can be completed; groups come to them later.
  WARREN_ASSIGN_OR_RETURN(log_,
                          log::ThreadedLog::Open(config_.log, std::move(log_platform), &recovery_));
  memory_log_ = std::make_unique<log::MemoryLog>(dispatcher_.get());
  split_log_ = std::make_unique<log::SplitLog>(log_.get(), memory_log_.get());
  WARREN_ASSIGN_OR_RETURN(
      identity_,
      OpenIdentity(files_.get(), config_.directory,
                   {.cluster = config_.cluster, .name = config_.name, .node = config_.node},
                   Random));
  platform_.logger = platform_.logger.With({{"node", identity_.name}});
  if (!recovery_.whole) {
    platform_.logger.Error("log.not_whole", {{"why", recovery_.why_not_whole}});
  }
  WARREN_RETURN_IF_ERROR(StartShards());
  WARREN_RETURN_IF_ERROR(RecoverGroups());
  WARREN_ASSIGN_OR_RETURN(transport_, platform_.transport(identity_, dispatcher_.get()));
  ports_->SetTransport(transport_.get());
  watch_->Start(transport_.get());
  watch_->SetPeers({identity_.node});
  platform_.logger.Info("node.started", {{"id", identity_.node.value()},
                                         {"incarnation", identity_.incarnation.value()},
                                         {"groups", recovery_.groups.size()}});
  recovery_.groups.clear();
  return absl::OkStatus();
}

absl::Status Node::StartShards() {
  ports_ = std::make_unique<Ports>(this);
  reader_ = std::make_unique<EntryReader>(
      split_log_.get(),
      [this](ShardNo shard, EntriesRead read) { shards_[shard]->Post(std::move(read)); });
  ShardPlatform shard_platform;
  shard_platform.shards = config_.shards;
  shard_platform.self = identity_.node;
  shard_platform.incarnation = identity_.incarnation;
  shard_platform.clock = platform_.clock;
  shard_platform.log = split_log_.get();
  shard_platform.ports = ports_.get();
  shard_platform.graveyard = &graveyard_;
  shard_platform.logger = platform_.logger;
  for (ShardNo shard = 0; shard < config_.shards; ++shard) {
    shard_platform.shard = shard;
    shard_platform.machines = [this, scratch = std::make_shared<QueueScratch>()](
                                  GroupKind kind,
                                  GroupHandle* group) -> std::unique_ptr<StateMachine> {
      if (kind == GroupKind::kQueue) {
        return std::make_unique<QueueReplica>(config_.queues, group, platform_.dead_letters,
                                              scratch);
      }
      return platform_.other_machines ? platform_.other_machines(kind, group) : nullptr;
    };
    shards_.push_back(std::make_unique<ShardThread>(config_.host, shard_platform));
  }
  Watch::Platform watch;
  watch.self = identity_.node;
  watch.incarnation = identity_.incarnation;
  watch.clock = platform_.clock;
  watch.logger = platform_.logger;
  watch.tell = [this](const NodeChanged& item) { dispatcher_->PostToAll(item); };
  watch.reach = [this](const ReachChanged& item) { dispatcher_->PostToAll(item); };
  watch.lease = [this](bool holds) {
    if (holds) {
      platform_.logger.Info("node.lease_held", {});
    } else {
      platform_.logger.Warning("node.lease_lost", {});
    }
  };
  watch.progress = [this] {
    std::vector<uint64_t> progress;
    for (const auto& shard : shards_) progress.push_back(shard->progress());
    return progress;
  };
  watch_ = std::make_unique<Watch>(config_.liveness, std::move(watch));
  dispatcher_->SetTargets(&shards_, watch_.get());
  for (const auto& shard : shards_) shard->Start();
  return absl::OkStatus();
}

// Each shard its own, at the same time.
absl::Status Node::RecoverGroups() {
  const log::RecoveredGroup* own = nullptr;
  std::vector<std::vector<const log::RecoveredGroup*>> found(shards_.size());
  for (const log::RecoveredGroup& group : recovery_.groups) {
    if (group.group == kNodeGroup) {
      own = &group;
    } else {
      found[ShardOfGroup(group.group)].push_back(&group);
    }
  }
  WARREN_RETURN_IF_ERROR(graveyard_.Open(log_.get(), own));
  std::vector<absl::Status> results(shards_.size());
  std::vector<absl::Notification> done(shards_.size());
  for (ShardNo shard = 0; shard < shards(); ++shard) {
    Post(shard, [&, shard](Shard& owner) {
      for (const log::RecoveredGroup* group : found[shard]) {
        results[shard] = owner.Recover(*group);
        if (!results[shard].ok()) break;
      }
      done[shard].Notify();
    });
  }
  for (absl::Notification& each : done) each.WaitForNotification();
  for (const absl::Status& result : results) WARREN_RETURN_IF_ERROR(result);
  return absl::OkStatus();
}

void Node::Stop() {
  // First who sends to others, last who is sent to.
  if (watch_ != nullptr) watch_->Stop();
  if (ports_ != nullptr) ports_->SetTransport(nullptr);
  if (transport_ != nullptr) transport_->Stop();
  for (const auto& shard : shards_) shard->Stop();
  if (log_ != nullptr) log_->Stop();
  if (reader_ != nullptr) reader_->Stop();
}

void Node::SetPeers(std::vector<PeerAddress> peers) {
  std::vector<NodeId> nodes = {identity_.node};
  for (const PeerAddress& peer : peers) {
    if (peer.node != identity_.node) nodes.push_back(peer.node);
  }
  watch_->SetPeers(std::move(nodes));
  transport_->SetPeers(std::move(peers));
}

void Node::Post(ShardNo shard, ShardTask task) { shards_[shard]->Post(std::move(task)); }

void Node::Do(ShardNo shard, absl::AnyInvocable<void(Shard&)> task) {
  absl::Notification done;
  Post(shard, [&](Shard& owner) {
    task(owner);
    done.Notify();
  });
  done.WaitForNotification();
}

absl::Status Node::DeclareQueue(GroupId group, const std::vector<NodeId>& members,
                                const queue::QueueConfig& config, DeclareOptions options) {
  WARREN_RETURN_IF_ERROR(config.Validate());
  GroupSpec spec;
  spec.group = group;
  spec.kind = GroupKind::kQueue;
  for (const NodeId member : members) spec.voters.Insert(member);
  spec.state = QueueReplica::InitialState(config);
  spec.durability = options.durability;
  WARREN_RETURN_IF_ERROR(Validate(spec));

  absl::Notification done;
  absl::Status result;
  Post(ShardOfGroup(group), [&](Shard& shard) {
    shard.CreateOnAll(std::move(spec), options.patience, [&](absl::Status created) {
      if (!created.ok()) {
        result = std::move(created);
        return done.Notify();
      }
      shard.Ask(group, members, queue::Configure{.config = config}, options.patience,
                [&](const Reply& reply) {
                  result = absl::Status(reply.code, reply.text);
                  done.Notify();
                });
    });
  });
  done.WaitForNotification();
  return result;
}

absl::Status Node::DeleteQueue(GroupId group, const std::vector<NodeId>& members,
                               absl::Duration patience) {
  absl::Notification done;
  absl::Status result;
  Post(ShardOfGroup(group), [&](Shard& shard) {
    shard.Ask(group, members, queue::Remove{}, patience, [&](const Reply& reply) {
      result = absl::Status(reply.code, reply.text);
      done.Notify();
    });
  });
  done.WaitForNotification();
  return result;
}

std::vector<GroupView> Node::ListGroups() {
  std::vector<GroupView> views;
  for (ShardNo shard = 0; shard < shards(); ++shard) {
    Do(shard, [&views](Shard& owner) {
      owner.ForEachGroup([&views](const Group& group) { views.push_back(group.View()); });
    });
  }
  return views;
}

}  // namespace warren::replication
