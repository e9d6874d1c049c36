#include "bench/replication_bench.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "base/status_macros.h"
#include "bench/folder.h"
#include "bench/log_rivals.h"
#include "bench/report.h"
#include "chaos/processes/process_cluster.h"

namespace warren::bench {
namespace {

using processes::ProcessCluster;
using processes::Values;

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// How much of everything.
struct Amounts {
  int runs = 5;
  uint64_t messages_1k = 200'000;
  uint64_t messages_16b = 1'000'000;
  uint64_t messages_single = 3'000;
  uint64_t idle_groups = 10'000;
  absl::Duration idle_for = absl::Seconds(10);
  uint64_t backlog = 1'000'000;
  int kills = 20;
  int stops = 5;
};
constexpr uint64_t kOne = 1;          // A group by itself.
constexpr uint64_t kHundred = 1'000;  // The first of a hundred.
constexpr uint64_t kIdle = 100'000;   // The first of many.

// Runs the parts one after the other, each on a cluster of its own.
class ReplicationBench {
 public:
  ReplicationBench(const Options& options, const Amounts& amounts)
      : options_(options), amounts_(amounts) {}

  absl::Status Run() {
    WARREN_RETURN_IF_ERROR(OnACluster([this] { return Throughput(); }));
    WARREN_RETURN_IF_ERROR(OnACluster([this] { return Latency(); }));
    WARREN_RETURN_IF_ERROR(OnACluster([this] { return ManyIdle(); }));
    WARREN_RETURN_IF_ERROR(OnACluster([this] { return Backlog(); }));
    return OnACluster([this] { return Failover(); });
  }

 private:
  absl::Status OnACluster(const std::function<absl::Status()>& part) {
    Folder folder(options_.directory);
    WARREN_ASSIGN_OR_RETURN(cluster_, ProcessCluster::Start(folder.path(), 3));
    directory_ = folder.path();
    absl::Status status = part();
    cluster_.reset();
    return status;
  }

  absl::StatusOr<std::map<std::string, double>> Ask(uint64_t node, const std::string& command) {
    WARREN_ASSIGN_OR_RETURN(const std::string answer,
                            cluster_->Do(node, command, absl::Minutes(5)));
    return Values(answer);
  }
  absl::Status Declare(uint64_t first, uint64_t count) {
    return Ask(1, absl::StrCat("declare ", first, " ", count, " ", cluster_->members())).status();
  }
  struct Load {  // `messages` to each of `groups` groups at once.
    uint64_t first = kOne;
    uint64_t groups = 1;
    uint64_t messages = 0;
    size_t bytes = 1024;
    uint64_t window = 2000;
    std::string mode = "plain";
  };
  absl::StatusOr<std::map<std::string, double>> Publish(uint64_t node, const Load& load) {
    return Ask(
        node, absl::StrCat("publish ", load.first, " ", load.groups, " ", load.messages, " ",
                           load.bytes, " ", load.window, " ", cluster_->members(), " ", load.mode));
  }
  // Messages a second, and CPU seconds of all nodes for 100,000 of them; medians.
  struct Rate {
    double per_second = 0;
    double cpu_per_100k = 0;
  };
  absl::StatusOr<Rate> Measure(uint64_t node, const Load& load) {
    std::vector<double> rates;
    std::vector<double> cpu;
    // The first run warms up: connections, caches, files that are written for the first time.
    for (int run = 0; run <= amounts_.runs; ++run) {
      WARREN_ASSIGN_OR_RETURN(const ProcessCluster::Usage before, cluster_->GetUsage());
      WARREN_ASSIGN_OR_RETURN(auto result, Publish(node, load));
      WARREN_ASSIGN_OR_RETURN(const ProcessCluster::Usage after, cluster_->GetUsage());
      if (result["refused"] + result["unknown"] > 0) {
        return absl::InternalError("a message was refused, or its outcome is not known");
      }
      if (run == 0) continue;
      rates.push_back(result["confirmed"] / result["seconds"]);
      cpu.push_back((after.cpu_seconds - before.cpu_seconds) / result["confirmed"] * 1e5);
    }
    return Rate{.per_second = Median(rates), .cpu_per_100k = Median(cpu)};
  }

  absl::Status Throughput() {
    WARREN_RETURN_IF_ERROR(Declare(kOne, 1));
    WARREN_RETURN_IF_ERROR(Declare(kHundred, 100));
    WARREN_ASSIGN_OR_RETURN(const uint64_t leader, cluster_->LeaderOf(kOne));
    const uint64_t messages = amounts_.messages_1k;
    WARREN_ASSIGN_OR_RETURN(const Rate kilo, Measure(leader, {.messages = messages}));
    PrintFigure("replication.commit.1k", kilo.per_second, "/s");
    PrintFigure("replication.cpu_per_100k", kilo.cpu_per_100k, "s");
    WARREN_ASSIGN_OR_RETURN(
        const Rate hundred,
        Measure(leader,
                {.first = kHundred, .groups = 100, .messages = messages / 100, .window = 200}));
    PrintFigure("replication.commit.1k_100_groups", hundred.per_second, "/s");
    PrintFigure("replication.commit.1k_100_groups_part", hundred.per_second / kilo.per_second, "");
    WARREN_ASSIGN_OR_RETURN(const Rate remote, Measure(leader % 3 + 1, {.messages = messages}));
    PrintFigure("replication.commit.1k_from_a_follower", remote.per_second, "/s");
    WARREN_ASSIGN_OR_RETURN(const Rate small,
                            Measure(leader, {.messages = amounts_.messages_16b, .bytes = 16}));
    PrintFigure("replication.commit.16b", small.per_second, "/s");
    return absl::OkStatus();
  }

  absl::Status Latency() {
    WARREN_RETURN_IF_ERROR(Declare(kOne, 1));
    WARREN_ASSIGN_OR_RETURN(const uint64_t leader, cluster_->LeaderOf(kOne));
    std::vector<double> floor;
    {
      WARREN_ASSIGN_OR_RETURN(BareDisk disk, BareDisk::Open(directory_ + "/bare"));
      for (uint64_t i = 0; i < amounts_.messages_single; ++i) {
        WARREN_ASSIGN_OR_RETURN(const double microseconds, disk.MeasureOne());
        floor.push_back(microseconds);
      }
    }
    WARREN_ASSIGN_OR_RETURN(
        auto result,
        Publish(leader, {.messages = amounts_.messages_single, .window = 1, .mode = "single"}));
    PrintFigure("replication.latency.p50", result["p50_us"] / 1e3, "ms");
    PrintFigure("replication.latency.p99", result["p99_us"] / 1e3, "ms");
    PrintFigure("replication.fdatasync.p50", Median(floor) / 1e3, "ms");
    return absl::OkStatus();
  }

  // Kills all, starts all, and waits until `count` groups from `first` on serve. Seconds.
  absl::StatusOr<double> RestartAll(uint64_t first, uint64_t count) {
    for (uint64_t node = 1; node <= cluster_->size(); ++node) cluster_->Kill(node);
    const absl::Time begun = absl::Now();
    for (uint64_t node = 1; node <= cluster_->size(); ++node) {
      WARREN_RETURN_IF_ERROR(cluster_->StartAgain(node));
    }
    const std::string command =
        absl::StrCat("serving ", first, " ", count, " ", cluster_->members());
    WARREN_RETURN_IF_ERROR(Ask(1, command).status());
    return absl::ToDoubleSeconds(absl::Now() - begun);
  }

  absl::Status ManyIdle() {
    const absl::Time begun = absl::Now();
    WARREN_RETURN_IF_ERROR(Declare(kIdle, amounts_.idle_groups));
    PrintFigure("replication.declare_10k.s", absl::ToDoubleSeconds(absl::Now() - begun), "s");
    absl::SleepFor(absl::Seconds(2));  // What is told to members that lag a little.
    WARREN_ASSIGN_OR_RETURN(const ProcessCluster::Usage before, cluster_->GetUsage());
    absl::SleepFor(amounts_.idle_for);
    WARREN_ASSIGN_OR_RETURN(const ProcessCluster::Usage after, cluster_->GetUsage());
    const double cores = (after.cpu_seconds - before.cpu_seconds) /
                         absl::ToDoubleSeconds(amounts_.idle_for) /
                         static_cast<double>(cluster_->size());
    PrintFigure("replication.idle_10k.cpu", cores, "cores");
    PrintFigure("replication.idle_10k.rss", after.mebibytes_max, "MiB");
    WARREN_ASSIGN_OR_RETURN(const double seconds, RestartAll(kIdle, amounts_.idle_groups));
    PrintFigure("replication.restart_10k.s", seconds, "s");
    return absl::OkStatus();
  }

  absl::Status Backlog() {
    WARREN_RETURN_IF_ERROR(Declare(kOne, 1));
    WARREN_ASSIGN_OR_RETURN(const uint64_t leader, cluster_->LeaderOf(kOne));
    WARREN_ASSIGN_OR_RETURN(const ProcessCluster::Usage idle, cluster_->GetUsage());
    WARREN_RETURN_IF_ERROR(
        Publish(leader, {.messages = amounts_.backlog, .bytes = 100, .mode = "numbered"}).status());
    absl::SleepFor(absl::Seconds(1));
    WARREN_ASSIGN_OR_RETURN(const ProcessCluster::Usage full, cluster_->GetUsage());
    PrintFigure("replication.backlog_1m.rss", full.mebibytes_max - idle.mebibytes_max, "MiB");
    WARREN_ASSIGN_OR_RETURN(const double seconds, RestartAll(kOne, 1));
    PrintFigure("replication.restart_1m.s", seconds, "s");
    WARREN_ASSIGN_OR_RETURN(auto drained, Ask(2, absl::StrCat("drain ", kOne, " ", amounts_.backlog,
                                                              " ", cluster_->members())));
    PrintFigure("replication.drain_1m", drained["messages"] / drained["seconds"], "/s");
    lost_ += static_cast<double>(amounts_.backlog) - drained["different"];
    return absl::OkStatus();
  }

  // The longest time without a confirm while the leader is struck, in milliseconds.
  absl::StatusOr<double> GapWhen(const std::function<absl::Status(uint64_t leader)>& struck,
                                 const std::function<absl::Status(uint64_t leader)>& healed) {
    const uint64_t group = next_group_++;
    WARREN_RETURN_IF_ERROR(Declare(group, 1));
    WARREN_ASSIGN_OR_RETURN(const uint64_t leader, cluster_->LeaderOf(group));
    const uint64_t other = leader % 3 + 1;
    WARREN_RETURN_IF_ERROR(
        Ask(other, absl::StrCat("flood ", group, " 1024 200 ", cluster_->members())).status());
    absl::SleepFor(absl::Milliseconds(500));
    WARREN_RETURN_IF_ERROR(struck(leader));
    absl::SleepFor(absl::Milliseconds(2500));
    WARREN_ASSIGN_OR_RETURN(auto flood, Ask(other, "flood-stop"));
    WARREN_RETURN_IF_ERROR(healed(leader));
    WARREN_RETURN_IF_ERROR(cluster_->AwaitWhole(group));
    WARREN_ASSIGN_OR_RETURN(
        auto drained,
        Ask(other, absl::StrCat("drain ", group, " ", static_cast<uint64_t>(flood["confirmed"]),
                                " ", cluster_->members())));
    lost_ += flood["confirmed"] - drained["different"] + flood["unknown"];
    return flood["longest_gap_ms"];
  }

  absl::Status Failover() {
    std::vector<double> gaps;
    for (int i = 0; i < amounts_.kills; ++i) {
      const auto kill = [this](uint64_t leader) {
        cluster_->Kill(leader);
        return absl::OkStatus();
      };
      const auto start = [this](uint64_t leader) { return cluster_->StartAgain(leader); };
      WARREN_ASSIGN_OR_RETURN(const double gap, GapWhen(kill, start));
      gaps.push_back(gap);
    }
    PrintFigure("replication.failover_gap.median", Median(gaps), "ms");
    PrintFigure("replication.failover_gap.worst", *std::max_element(gaps.begin(), gaps.end()),
                "ms");
    double worst = 0;
    for (int i = 0; i < amounts_.stops; ++i) {
      const auto stop = [this](uint64_t leader) {
        (*cluster_)[leader].Stop();
        return absl::OkStatus();
      };
      const auto go_on = [this](uint64_t leader) {
        (*cluster_)[leader].Continue();
        return absl::OkStatus();
      };
      WARREN_ASSIGN_OR_RETURN(const double gap, GapWhen(stop, go_on));
      worst = std::max(worst, gap);
    }
    PrintFigure("replication.stop_gap.worst", worst, "ms");
    PrintFigure("replication.lost", lost_, "messages");
    if (lost_ == 0) return absl::OkStatus();
    return absl::DataLossError("messages that were confirmed are lost");
  }

  const Options& options_;
  const Amounts amounts_;
  std::unique_ptr<ProcessCluster> cluster_;
  std::string directory_;
  uint64_t next_group_ = 10'000;
  double lost_ = 0;
};

}  // namespace

bool RunReplicationBench(const Options& options) {
  Amounts amounts;
  if (options.tiny) {
    amounts = {.runs = 1,
               .messages_1k = 2'000,
               .messages_16b = 2'000,
               .messages_single = 20,
               .idle_groups = 20,
               .idle_for = absl::Milliseconds(100),
               .backlog = 2'000,
               .kills = 1,
               .stops = 1};
  }
  const absl::Status status = ReplicationBench(options, amounts).Run();
  if (!status.ok()) std::fprintf(stderr, "replication: %s\n", status.ToString().c_str());
  return status.ok();
}

}  // namespace warren::bench
