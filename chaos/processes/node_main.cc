// warren-test-node: one node of a cluster, told on its standard input what to do. For benchmarks
// and for tests with real processes; each command is answered by one line, "ok ..." or "error ...".
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <exception>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/synchronization/notification.h"

#include "CLI/CLI.hpp"
#include "base/logging.h"
#include "base/spdlog_sink.h"
#include "fmt/format.h"
#include "replication/node.h"
#include "replication/testing/load.h"
#include "replication/transport/grpc/grpc_transport.h"

namespace warren::processes {
namespace {

using replication::Drainer;
using replication::GroupId;
using replication::LoadOptions;
using replication::LoadResult;
using replication::Node;
using replication::NodeId;
using replication::Publisher;
using replication::Shard;
using replication::ShardNo;

double CpuSeconds() {
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double ResidentMebibytes() {
  std::ifstream file("/proc/self/statm");
  uint64_t total = 0;
  uint64_t resident = 0;
  file >> total >> resident;
  return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE)) / (1 << 20);
}

std::vector<NodeId> ParseNodes(const std::string& text) {
  std::vector<NodeId> nodes;
  for (const auto& part : absl::StrSplit(text, ',')) {
    uint64_t id = 0;
    if (absl::SimpleAtoi(part, &id)) nodes.emplace_back(id);
  }
  return nodes;
}

class NodeProcess {
 public:
  explicit NodeProcess(std::unique_ptr<Node> node) : node_(std::move(node)) {}

  // The answer to one line.
  std::string Execute(const std::string& line) {
    std::istringstream in(line);
    std::string command;
    in >> command;
    if (command == "peers") return Peers(in);
    if (command == "declare") return Declare(in);
    if (command == "delete") return Delete(in);
    if (command == "serving") return Serving(in);
    if (command == "publish") return Publish(in);
    if (command == "flood") return Flood(in);
    if (command == "flood-stop") return FloodStop();
    if (command == "drain") return Drain(in);
    if (command == "group") return GroupState(in);
    if (command == "leads") return Leads();
    if (command == "transfer") return Transfer(in);
    if (command == "usage") {
      return fmt::format("ok cpu {:.6f} rss {:.2f}", CpuSeconds(), ResidentMebibytes());
    }
    return fmt::format("error no command '{}'", command);
  }

 private:
  // peers ID=ADDRESS ...
  std::string Peers(std::istringstream& in) {
    std::vector<replication::PeerAddress> peers;
    std::string word;
    while (in >> word) {
      const std::vector<std::string> parts = absl::StrSplit(word, absl::MaxSplits('=', 1));
      uint64_t id = 0;
      if (parts.size() != 2 || !absl::SimpleAtoi(parts[0], &id)) return "error ID=ADDRESS ...";
      peers.push_back(
          {.node = NodeId(id), .name = fmt::format("node-{}", id), .address = parts[1]});
    }
    node_->SetPeers(std::move(peers));
    return "ok";
  }

  // declare FIRST COUNT MEMBERS
  std::string Declare(std::istringstream& in) {
    uint64_t first = 0;
    uint64_t count = 0;
    std::string members;
    in >> first >> count >> members;
    const std::vector<NodeId> nodes = ParseNodes(members);
    // Several at a time: each waits for disks.
    constexpr uint64_t kThreads = 32;
    std::atomic<uint64_t> next = 0;
    absl::Mutex mutex;
    absl::Status failed;
    std::vector<std::thread> threads;
    for (uint64_t t = 0; t < std::min(kThreads, count); ++t) {
      threads.emplace_back([&] {
        for (uint64_t i = next++; i < count; i = next++) {
          const absl::Status status =
              node_->DeclareQueue(GroupId(first + i), nodes, {}, {.patience = absl::Seconds(60)});
          const absl::MutexLock lock(&mutex);
          failed.Update(status);
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    return failed.ok() ? "ok" : fmt::format("error {}", failed.ToString());
  }

  std::string Delete(std::istringstream& in) {
    uint64_t group = 0;
    std::string members;
    in >> group >> members;
    const absl::Status status = node_->DeleteQueue(GroupId(group), ParseNodes(members));
    return status.ok() ? "ok" : fmt::format("error {}", status.ToString());
  }

  // serving FIRST COUNT MEMBERS: waits until each has a leader that answers. Tells their messages.
  std::string Serving(std::istringstream& in) {
    uint64_t first = 0;
    uint64_t count = 0;
    std::string members;
    in >> first >> count >> members;
    const std::vector<NodeId> nodes = ParseNodes(members);
    std::atomic<uint64_t> left = count;
    std::atomic<uint64_t> failed = 0;
    std::atomic<uint64_t> messages = 0;
    absl::Notification done;
    if (count == 0) return "ok messages 0";
    const auto count_it = [&](const replication::Reply& reply) {
      const auto* const stats = std::get_if<replication::QueueStats>(&reply.answer);
      if (stats != nullptr) messages += stats->counts.ready;
      if (stats == nullptr) ++failed;
      if (--left == 0) done.Notify();
    };
    for (uint64_t i = 0; i < count; ++i) {
      const GroupId group(first + i);
      node_->Post(node_->ShardOfGroup(group), [&, group](Shard& shard) {
        shard.Ask(group, nodes, replication::GetStats{}, absl::Seconds(60), count_it);
      });
    }
    done.WaitForNotification();
    if (failed > 0) return fmt::format("error {} groups do not serve", failed.load());
    return fmt::format("ok messages {}", messages.load());
  }

  // publish FIRST GROUPS MESSAGES BYTES WINDOW MEMBERS [single|numbered]: so many to each group at
  // once, from this node.
  std::string Publish(std::istringstream& in) {
    uint64_t first = 0;
    uint64_t groups = 0;
    LoadOptions options;
    std::string members;
    std::string mode;
    in >> first >> groups >> options.messages >> options.bytes >> options.window >> members >> mode;
    options.members = ParseNodes(members);
    options.one_by_one = mode == "single";
    options.numbered = mode == "numbered";
    absl::Mutex mutex;
    uint64_t left = groups;
    LoadResult total;
    const base::MonotonicTime begun = clock_.Now();
    for (uint64_t i = 0; i < groups; ++i) {
      options.group = GroupId(first + i);
      node_->Post(node_->ShardOfGroup(options.group), [&, options](Shard& shard) {
        Publisher::Start(shard, options, [&](const LoadResult& result) {
          const absl::MutexLock lock(&mutex);
          total.confirmed += result.confirmed;
          total.refused += result.refused;
          total.unknown += result.unknown;
          total.latency_ns.Merge(result.latency_ns);
          --left;
        });
      });
    }
    mutex.LockWhen(absl::Condition(
        +[](uint64_t* count) { return *count == 0; }, &left));
    mutex.Unlock();
    const double seconds = absl::ToDoubleSeconds(clock_.Now() - begun);
    return fmt::format(
        "ok confirmed {} refused {} unknown {} seconds {:.6f} p50_us {:.1f} p99_us {:.1f}",
        total.confirmed, total.refused, total.unknown, seconds,
        static_cast<double>(total.latency_ns.Quantile(base::Histogram::kP50)) / 1e3,
        static_cast<double>(total.latency_ns.Quantile(base::Histogram::kP99)) / 1e3);
  }

  // flood GROUP BYTES WINDOW MEMBERS: publishes numbered messages until flood-stop.
  std::string Flood(std::istringstream& in) {
    if (flood_ != nullptr) return "error a flood is under way";
    LoadOptions options;
    uint64_t group = 0;
    std::string members;
    in >> group >> options.bytes >> options.window >> members;
    options.group = GroupId(group);
    options.members = ParseNodes(members);
    options.numbered = true;
    flood_ = std::make_unique<FloodState>();
    FloodState* const state = flood_.get();
    state->shard = node_->ShardOfGroup(options.group);
    node_->Post(state->shard, [state, options](Shard& shard) {
      state->publisher = Publisher::Start(shard, options, [state](const LoadResult& result) {
        state->result = result;
        state->done.Notify();
      });
    });
    return "ok";
  }

  std::string FloodStop() {
    if (flood_ == nullptr) return "error there is no flood";
    FloodState* const state = flood_.get();
    node_->Post(state->shard, [state](Shard&) { state->publisher->Finish(); });
    state->done.WaitForNotification();
    const LoadResult result = state->result;
    flood_.reset();
    return fmt::format("ok confirmed {} refused {} unknown {} longest_gap_ms {:.3f}",
                       result.confirmed, result.refused, result.unknown,
                       absl::ToDoubleMilliseconds(result.longest_gap));
  }

  // drain GROUP EXPECTED MEMBERS: consumes all, and tells how many of the numbers 1 to EXPECTED
  // came.
  std::string Drain(std::istringstream& in) {
    LoadOptions options;
    uint64_t group = 0;
    uint64_t expected = 0;
    std::string members;
    in >> group >> expected >> members;
    options.group = GroupId(group);
    options.members = ParseNodes(members);
    absl::Notification done;
    Drainer::Result result;
    const base::MonotonicTime begun = clock_.Now();
    node_->Post(node_->ShardOfGroup(options.group), [&](Shard& shard) {
      Drainer::Start(shard, options, expected, [&](const Drainer::Result& drained) {
        result = drained;
        done.Notify();
      });
    });
    const bool finished = done.WaitForNotificationWithTimeout(absl::Seconds(60));
    if (!finished) std::_Exit(3);  // It holds references to what is here.
    return fmt::format("ok messages {} different {} seconds {:.6f}", result.messages,
                       result.seen.size(), absl::ToDoubleSeconds(clock_.Now() - begun));
  }

  // group GROUP: what this node has of it.
  std::string GroupState(std::istringstream& in) {
    uint64_t id = 0;
    in >> id;
    const GroupId group(id);
    bool whole = false;
    bool leads = false;
    uint64_t leader = 0;
    node_->Do(node_->ShardOfGroup(group), [&](Shard& shard) {
      const auto* const found = shard.Find(group);
      if (found == nullptr) return;
      leads = found->leads();
      leader = found->leader().value();
      const replication::GroupView view = found->View();
      whole = found->IsRunning() && view.whole && !view.core->hard_state.amnesiac;
    });
    return fmt::format("ok leads {} leader {} whole {}", leads ? 1 : 0, leader, whole ? 1 : 0);
  }

  std::string Leads() {
    uint64_t leads = 0;
    uint64_t whole = 0;
    const std::vector<replication::GroupView> views = node_->ListGroups();
    for (const replication::GroupView& view : views) {
      leads += view.leads ? 1 : 0;
      whole += view.whole && view.fault.empty() ? 1 : 0;
    }
    return fmt::format("ok groups {} leads {} whole {}", views.size(), leads, whole);
  }

  std::string Transfer(std::istringstream& in) {
    uint64_t group = 0;
    uint64_t to = 0;
    in >> group >> to;
    raft::StepResult result;
    node_->Do(node_->ShardOfGroup(GroupId(group)), [&](Shard& shard) {
      if (auto* found = shard.Find(GroupId(group))) result = found->TransferLeadership(NodeId(to));
    });
    return fmt::format("ok outcome {}", static_cast<int>(result.outcome));
  }

  struct FloodState {
    ShardNo shard = 0;
    Publisher* publisher = nullptr;
    LoadResult result;
    absl::Notification done;
  };

  base::SystemClock clock_;
  std::unique_ptr<Node> node_;
  std::unique_ptr<FloodState> flood_;
};

int Main(int argc, char** argv) {
  CLI::App app("One node, told on its standard input what to do. For benchmarks and tests.");
  uint64_t id = 1;
  replication::NodeConfig config;
  std::string listen = "127.0.0.1:0";
  bool verbose = false;
  app.add_option("--id", id, "The node's id")->required();
  app.add_option("--dir", config.directory, "Where it keeps its data")->required();
  app.add_option("--shards", config.shards, "Event loops; 0: one per core");
  app.add_option("--listen", listen, "Where peers reach it; port 0: any");
  app.add_flag("--verbose", verbose, "Logs to the standard error output");
  CLI11_PARSE(app, argc, argv);
  config.cluster = "bench";
  config.node = NodeId(id);
  config.name = fmt::format("node-{}", id);

  base::SystemClock clock;
  const auto sink = base::SpdlogSink::Open({});
  if (!sink.ok()) {
    std::fprintf(stderr, "warren-test-node: %s\n", sink.status().ToString().c_str());
    return 1;
  }
  base::LogConfig log_config;
  log_config.level_min = verbose ? base::LogLevel::kInfo : base::LogLevel::kError;
  base::LogPipeline pipeline(log_config, sink->get(), &clock);

  std::string address;
  replication::NodePlatform platform;
  platform.logger = base::Logger(&pipeline);
  platform.transport = [&](const replication::NodeIdentity& self,
                           replication::TransportListener* listener)
      -> absl::StatusOr<std::unique_ptr<replication::Transport>> {
    replication::GrpcTransportOptions options;
    options.self = self;
    options.listen_address = listen;
    options.log = base::Logger(&pipeline);
    options.clock = &clock;
    auto transport = replication::GrpcTransport::Start(options, listener);
    if (!transport.ok()) return transport.status();
    address = fmt::format("127.0.0.1:{}", (*transport)->port());
    return *std::move(transport);
  };
  auto node = Node::Open(std::move(config), std::move(platform));
  if (!node.ok()) {
    std::fprintf(stderr, "warren-test-node: %s\n", node.status().ToString().c_str());
    return 1;
  }
  std::printf("ready %s\n", address.c_str());
  std::fflush(stdout);
  NodeProcess process(*std::move(node));
  std::string line;
  while (std::getline(std::cin, line) && line != "quit") {
    std::printf("%s\n", process.Execute(line).c_str());
    std::fflush(stdout);
  }
  return 0;
}

}  // namespace
}  // namespace warren::processes

int main(int argc, char** argv) {
  try {
    return warren::processes::Main(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "warren-test-node: %s\n", error.what());
    return 1;
  }
}
