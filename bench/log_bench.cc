#include "bench/log_bench.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "base/rng.h"
#include "base/status_macros.h"
#include "bench/folder.h"
#include "bench/log_driver.h"
#include "bench/log_rivals.h"
#include "bench/report.h"

namespace warren::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr uint64_t kKiB = 1024;
constexpr uint64_t kMiB = 1024 * kKiB;

double SecondsSince(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

double Median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2),
                   values.end());
  return values[values.size() / 2];
}

base::Bytes PayloadOf(size_t bytes) {
  base::BytesBuilder builder(bytes);
  char* const out = builder.Extend(bytes);
  for (size_t i = 0; i < bytes; ++i) out[i] = static_cast<char>(i * 7 + i / 256);
  return builder.Freeze();
}

class LogBench {
 public:
  LogBench(const Options& options, std::string directory)
      : tiny_(options.tiny), directory_(std::move(directory)) {}

  absl::Status Run() {
    WARREN_RETURN_IF_ERROR(CompareRounds(64 * kKiB, "64k"));
    WARREN_RETURN_IF_ERROR(CompareRounds(512 * kKiB, "512k"));
    PrintFigure("log.cpu_per_gb", cpu_, "s/GB");
    PrintFigure("log.rocksdb_cpu_per_gb", rocksdb_cpu_, "s/GB");
    WARREN_RETURN_IF_ERROR(CompareSingles());
    WARREN_RETURN_IF_ERROR(MeasureSmallEntries());
    WARREN_RETURN_IF_ERROR(MeasureAmplification());
    return MeasureReopen();
  }

 private:
  log::LogConfig ConfigFor(const std::string& name) const {
    log::LogConfig config;
    config.directory = absl::StrCat(directory_, "/", name);
    config.reserve_bytes = 0;
    config.disk_free_min = 0;
    return config;
  }

  // Entries of 4 KiB in 16 groups, in rounds of a given size: as much is under way as three of them
  // hold, so that one is written while the next one is filled. What was written before the last few
  // rounds is consumed.
  static Throughput Load(LogDriver& driver, size_t round_bytes, uint64_t total) {
    constexpr uint32_t kPerWrite = 4;
    const base::Bytes payload = PayloadOf(4 * kKiB);
    const double cpu = CpuSeconds();
    const Clock::time_point begin = Clock::now();
    uint64_t turn = 0;
    for (uint64_t done = 0; done < total; done += kPerWrite * payload.size(), ++turn) {
      const uint64_t group = turn % kGroups;
      if (turn % (kGroups * 16) < kGroups) driver.Consume(group, 8);
      driver.Append(group, kPerWrite, payload, 3 * round_bytes);
    }
    driver.AwaitAll();
    const auto user = static_cast<double>(total);
    return {.bytes_per_second = user / SecondsSince(begin),
            .cpu_seconds_per_gb = (CpuSeconds() - cpu) / user * 1e9};
  }

  absl::Status CompareRounds(size_t round_bytes, const std::string& name) {
    const uint64_t total = tiny_ ? 4 * kMiB : 256 * kMiB;
    const int repeats = tiny_ ? 1 : 5;
    std::vector<double> log_speed;
    std::vector<double> bare_speed;
    std::vector<double> rocksdb_speed;
    std::vector<double> log_cpu;
    std::vector<double> rocksdb_cpu;
    std::vector<double> bare_cpu;
    WARREN_ASSIGN_OR_RETURN(BareDisk bare, BareDisk::Open(directory_ + "/bare"));
    log::LogConfig config = ConfigFor("rounds");
    config.round_bytes_max = round_bytes;
    LogDriver driver(config);
    WARREN_RETURN_IF_ERROR(driver.Open());
    WARREN_RETURN_IF_ERROR(driver.CreateGroups(kGroups));
    // Segment files are made once and used again ever after; the bare disk's file is made as well.
    Load(driver, round_bytes, tiny_ ? kMiB : 8 * config.segment_bytes);
    for (int i = 0; i < repeats; ++i) {  // In turn, so that all see the same machine.
      WARREN_ASSIGN_OR_RETURN(const Throughput disk, bare.Measure(round_bytes, total));
      const Throughput ours = Load(driver, round_bytes, total);
      const std::string rival = directory_ + "/rocksdb";
      WARREN_ASSIGN_OR_RETURN(const Throughput rocks,
                              MeasureRocksDb(rival, round_bytes, total / 2));
      std::filesystem::remove_all(rival);
      bare_speed.push_back(disk.bytes_per_second / 1e6);
      log_speed.push_back(ours.bytes_per_second / 1e6);
      rocksdb_speed.push_back(rocks.bytes_per_second / 1e6);
      bare_cpu.push_back(disk.cpu_seconds_per_gb);
      log_cpu.push_back(ours.cpu_seconds_per_gb);
      rocksdb_cpu.push_back(rocks.cpu_seconds_per_gb);
    }
    WARREN_RETURN_IF_ERROR(driver.failure());
    driver.Close();
    std::filesystem::remove_all(config.directory);
    PrintFigure(absl::StrCat("log.mb_s.", name), Median(log_speed), "MB/s");
    PrintFigure(absl::StrCat("log.bare_mb_s.", name), Median(bare_speed), "MB/s");
    PrintFigure(absl::StrCat("log.rocksdb_mb_s.", name), Median(rocksdb_speed), "MB/s");
    PrintFigure(absl::StrCat("log.cpu_per_gb.", name), Median(log_cpu), "s/GB");
    PrintFigure(absl::StrCat("log.bare_cpu_per_gb.", name), Median(bare_cpu), "s/GB");
    PrintFigure(absl::StrCat("log.rocksdb_cpu_per_gb.", name), Median(rocksdb_cpu), "s/GB");
    // The figure without a size is the one where RocksDB is cheapest.
    cpu_ = Median(log_cpu);
    rocksdb_cpu_ = Median(rocksdb_cpu);
    return absl::OkStatus();
  }

  absl::Status CompareSingles() {
    LogDriver driver(ConfigFor("singles"));
    WARREN_RETURN_IF_ERROR(driver.Open());
    WARREN_RETURN_IF_ERROR(driver.CreateGroups(1));
    driver.AwaitAll();
    WARREN_ASSIGN_OR_RETURN(BareDisk bare, BareDisk::Open(directory_ + "/bare"));
    const base::Bytes payload = PayloadOf(kKiB);
    std::vector<double> ours;
    std::vector<double> disk;
    for (int i = 0; i < (tiny_ ? 20 : 3000); ++i) {
      WARREN_ASSIGN_OR_RETURN(const double one, bare.MeasureOne());
      disk.push_back(one);
      ours.push_back(driver.AppendOne(0, payload));
    }
    PrintFigure("log.single.p50_us", Median(ours), "us");
    PrintFigure("log.bare_single.p50_us", Median(disk), "us");
    return driver.failure();
  }

  absl::Status MeasureSmallEntries() {
    log::LogConfig config = ConfigFor("small");
    config.round_bytes_max = 512 * kKiB;
    LogDriver driver(config);
    WARREN_RETURN_IF_ERROR(driver.Open());
    constexpr uint32_t kPerWrite = 256;
    WARREN_RETURN_IF_ERROR(driver.CreateGroups(kGroups));
    driver.AwaitAll();
    const base::Bytes payload = PayloadOf(64);
    const uint64_t count = tiny_ ? 20'000 : 20'000'000;
    const Clock::time_point begin = Clock::now();
    uint64_t turn = 0;
    for (uint64_t done = 0; done < count; done += kPerWrite, ++turn) {
      const uint64_t group = turn % kGroups;
      if (turn % (kGroups * 64) < kGroups) driver.Consume(group, 1000);
      driver.Append(group, kPerWrite, payload, kMiB);
    }
    driver.AwaitAll();
    PrintFigure("log.small_entries", static_cast<double>(count) / SecondsSince(begin), "/s");
    return driver.failure();
  }

  // 1,000 groups. Of most, messages are consumed soon after; of some, after about a gigabyte of
  // traffic; one is never consumed.
  absl::Status MeasureAmplification() {
    log::LogConfig config = ConfigFor("mixed");
    config.round_bytes_max = 256 * kKiB;
    LogDriver driver(config);
    WARREN_RETURN_IF_ERROR(driver.Open());
    constexpr uint64_t kMany = 1000;
    constexpr uint64_t kSlow = 200;  // Groups 1 to 199; group 0 is never consumed.
    const uint64_t total = tiny_ ? 16 * kMiB : 6 * 1024 * kMiB;
    WARREN_RETURN_IF_ERROR(driver.CreateGroups(kMany));
    const base::Bytes payload = PayloadOf(4 * kKiB);
    base::Rng rng(1);
    for (uint64_t done = 0; done < total;) {
      const bool never = rng.OneIn(20);
      const uint64_t group = never ? 0 : 1 + rng.Below(kMany - 1);
      const auto count = static_cast<uint32_t>(1 + rng.Below(8));
      driver.Append(group, count, payload, 2 * kMiB);
      done += count * payload.size();
      // A slow group keeps some five megabytes: about a gigabyte of the traffic of all.
      if (group != 0 && rng.OneIn(4)) driver.Consume(group, group < kSlow ? 1300 : 8);
    }
    driver.AwaitAll();
    WARREN_RETURN_IF_ERROR(driver.failure());
    const log::LogStats stats = Settle(driver);
    const double user = static_cast<double>(stats.user_bytes);
    const double young = static_cast<double>(stats.bytes_written) / user;
    const double moved = static_cast<double>(std::max<uint64_t>(stats.user_bytes_moved, 1));
    const auto stored = static_cast<double>(stats.store_bytes_moved + stats.store_bytes_compacted);
    PrintFigure("log.write_amplification.young", young, "B/B");
    PrintFigure("log.write_amplification.old", young + stored / moved, "B/B");
    const auto six = static_cast<double>(6ull * config.segment_bytes);
    const auto live = static_cast<double>(driver.live_bytes());
    PrintFigure("log.space_per_live_byte", (static_cast<double>(stats.bytes_on_disk) - six) / live,
                "B/B");
    return absl::OkStatus();
  }

  // Waits until retirements and compactions have nothing left to do.
  static log::LogStats Settle(LogDriver& driver) {
    log::LogStats before = driver.log().GetStats();
    for (int quiet = 0, waits = 0; quiet < 10 && waits < 600; ++waits) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      const log::LogStats now = driver.log().GetStats();
      const bool moved = now.store_bytes_compacted != before.store_bytes_compacted ||
                         now.store_bytes_moved != before.store_bytes_moved;
      quiet = moved ? 0 : quiet + 1;
      before = now;
    }
    return before;
  }

  absl::Status MeasureReopen() {
    log::LogConfig config = ConfigFor("reopen");
    LogDriver driver(config);
    WARREN_RETURN_IF_ERROR(driver.Open());
    const uint64_t groups = tiny_ ? 100 : 10'000;
    const uint64_t total = tiny_ ? 16 * kMiB : 4 * 1024 * kMiB;
    WARREN_RETURN_IF_ERROR(driver.CreateGroups(groups));
    const base::Bytes payload = PayloadOf(16 * kKiB);
    uint64_t turn = 0;
    for (uint64_t done = 0; done < total; done += payload.size(), ++turn) {
      driver.Append(turn % groups, 1, payload, 4 * kMiB);
    }
    driver.AwaitAll();
    WARREN_RETURN_IF_ERROR(driver.failure());
    Settle(driver);
    driver.Close();
    std::vector<double> times;
    for (int i = 0; i < (tiny_ ? 1 : 3); ++i) {
      const Clock::time_point begin = Clock::now();
      WARREN_RETURN_IF_ERROR(driver.Open());
      times.push_back(SecondsSince(begin));
      const log::Recovery& found = driver.recovery();
      if (found.groups.size() != groups || !found.whole) {
        return absl::DataLossError("the log did not come back whole");
      }
      driver.Close();
    }
    PrintFigure("log.reopen.s", Median(times), "s");
    return absl::OkStatus();
  }

  static constexpr uint64_t kGroups = 16;

  const bool tiny_;
  const std::string directory_;
  double cpu_ = 0;
  double rocksdb_cpu_ = 0;
};

}  // namespace

bool RunLogBench(const Options& options) {
  const Folder folder(options.directory);
  if (folder.path().empty()) {
    std::fprintf(stderr, "log: no folder can be made in '%s'\n", options.directory.c_str());
    return false;
  }
  const absl::Status status = LogBench(options, folder.path()).Run();
  if (!status.ok()) std::fprintf(stderr, "log: %s\n", status.ToString().c_str());
  return status.ok();
}

}  // namespace warren::bench
