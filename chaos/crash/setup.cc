#include "chaos/crash/setup.h"

#include <algorithm>

namespace warren::crash {
namespace {

constexpr uint32_t kKilobyte = 1024;

log::LogConfig DrawConfig(base::Rng& rng) {
  log::LogConfig config;
  config.directory = "data";
  static constexpr std::array<uint32_t, 6> kSegmentBytes = {64, 64, 64, 128, 256, 1024};
  config.segment_bytes = kSegmentBytes[rng.Below(kSegmentBytes.size())] * kKilobyte;
  config.segments_kept = static_cast<uint32_t>(rng.OneIn(2) ? 1 : rng.Between(1, 4));
  config.segments_max = config.segments_kept + 3 + static_cast<uint32_t>(rng.Below(4));
  const uint64_t blocks = config.segment_bytes / 8 / log::kBlockBytes;
  config.round_bytes_max = rng.Between(1, blocks) * log::kBlockBytes;
  config.queued_bytes_max = config.round_bytes_max * rng.Between(2, 20);
  static constexpr std::array<size_t, 4> kMemory = {0, 2, 64, 32 * 1024};
  config.memory_bytes = kMemory[rng.Below(kMemory.size())] * kKilobyte;
  config.store_cache_bytes = 64 * kKilobyte;
  config.seal_after = absl::Milliseconds(5);
  config.watermark_interval = absl::Milliseconds(rng.Between(0, 200));
  config.reserve_bytes = 64 * kKilobyte;
  config.disk_free_min = 128 * kKilobyte;
  return config;
}

std::array<uint64_t, kActs> DrawWeights(base::Rng& rng) {
  std::array<uint64_t, kActs> weights{};
  const auto set = [&](Act act, uint64_t low, uint64_t high) {
    weights[static_cast<size_t>(act)] = rng.Between(low, high);
  };
  set(Act::kAppend, 20, 60);
  set(Act::kReplace, 1, 6);
  set(Act::kHardState, 1, 8);
  set(Act::kTruncate, 1, 6);
  set(Act::kSnapshot, 1, 10);
  set(Act::kInstall, 0, 3);
  set(Act::kBringBack, 1, 4);
  set(Act::kCreate, 2, 8);
  set(Act::kDestroy, 1, 4);
  set(Act::kSenseless, 0, 2);
  set(Act::kHostile, 0, 6);
  set(Act::kRead, 1, 8);
  set(Act::kRound, 10, 40);
  set(Act::kSeal, 1, 8);
  set(Act::kMaintain, 10, 40);
  set(Act::kTime, 1, 10);
  return weights;
}

}  // namespace

CrashSetup DrawSetup(uint64_t seed) {
  base::Rng rng(seed, /*stream=*/1);
  CrashSetup setup;
  setup.seed = seed;
  setup.config = DrawConfig(rng);
  setup.weights = DrawWeights(rng);
  setup.disk.seed = rng.Next();
  setup.disk.refuses_direct = rng.OneIn(4);
  // A few disks are so small that they fill up.
  const uint64_t tight = uint64_t{setup.config.segment_bytes} * (setup.config.segments_max + 2);
  if (rng.OneIn(8)) setup.disk.capacity_bytes = tight + rng.Below(tight);
  const size_t payload_max = std::min<size_t>(8 * kKilobyte, setup.config.segment_bytes / 8);
  setup.sizes.payload_max = rng.Between(0, rng.OneIn(3) ? 2000 : 300);
  setup.sizes.large_max = payload_max;
  setup.sizes.large_one_in = rng.Between(10, 100);
  setup.lives = rng.Between(3, 8);
  setup.acts_max = rng.Between(100, 500);
  setup.groups_max = rng.Between(1, 6);
  setup.entries_max = rng.Between(1, 20);
  setup.lost_one_in = rng.OneIn(3) ? 2 : rng.Between(5, 50);
  return setup;
}

Ending DrawEnding(base::Rng& rng) {
  Ending ending;
  const uint64_t choice = rng.Below(100);
  ending.end = choice < 74   ? End::kAtPoint
               : choice < 83 ? End::kAtChange
               : choice < 88 ? End::kOpening
               : choice < 92 ? End::kKill
               : choice < 97 ? End::kStop
                             : End::kFailure;
  ending.step = static_cast<log::LogStep>(rng.Below(log::kLogStepNames.size()));
  ending.moment = static_cast<log::Moment>(rng.Below(2));
  ending.is_damaged = rng.OneIn(4);
  ending.operation = rng.OneIn(2) ? log::DiskOperation::kSync : log::DiskOperation::kWrite;
  switch (ending.end) {
    case End::kAtPoint: {
      // So often that a life comes there, but not only in its beginning.
      const bool is_frequent =
          ending.step == log::LogStep::kAppend || ending.step == log::LogStep::kSync;
      const bool is_rare =
          ending.step >= log::LogStep::kRetire || ending.step == log::LogStep::kDestroy;
      const bool is_rarest = ending.step == log::LogStep::kCreate;
      ending.nth = rng.Between(1, is_frequent ? 25 : is_rarest ? 1 : is_rare ? 2 : 4);
      break;
    }
    case End::kOpening:
      ending.nth = rng.Between(1, 40);
      break;
    default:
      ending.nth = rng.Between(1, 400);
      break;
  }
  return ending;
}

}  // namespace warren::crash
