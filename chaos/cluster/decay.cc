#include "chaos/cluster/decay.h"

#include <cstdint>
#include <vector>

#include "fmt/format.h"
#include "replication/log/disk/file_system.h"

namespace warren::cluster_sim {

std::string DamageDisk(log::SimulatedDisk& disk, base::Rng& rng) {
  std::vector<std::string> segments;
  std::vector<std::string> tables;
  for (const std::string& path : disk.Files()) {
    if (path.find("/segment-") != std::string::npos) segments.push_back(path);
    if (path.ends_with(".sst")) tables.push_back(path);
  }
  const bool in_store = !tables.empty() && rng.OneIn(2);
  const std::vector<std::string>& from = in_store ? tables : segments;
  if (from.empty()) return "there is nothing to damage";
  const std::string& path = from[rng.Below(from.size())];
  const uint64_t size = disk.SizeOf(path).value_or(0);
  if (size == 0) return "there is nothing to damage";
  const uint64_t offset = rng.Below(size);
  absl::Status status;
  std::string what;
  switch (rng.Below(6)) {
    case 0:
      status = disk.ScribbleOn(path, offset / log::kBlockBytes, log::Scribble::kGarbage);
      what = "garbage";
      break;
    case 1:
      // A table without its end is no table; recovery refuses it, as it should.
      if (!in_store) {
        status = disk.Cut(path, offset);
        what = "cut";
        break;
      }
      [[fallthrough]];
    default:
      status = disk.Flip(path, offset, static_cast<uint8_t>(1U << rng.Below(8)));
      what = "a bit flips";
      break;
  }
  return fmt::format("{} in {} at {}: {}", what, path, offset, status.ToString());
}

}  // namespace warren::cluster_sim
