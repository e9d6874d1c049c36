#include "replication/log/store/compaction_policy.h"

#include <algorithm>

namespace warren::log {
namespace {

// A file is small below this part of CompactionLimits::merge_bytes_max, and so many small files
// are merged at once: each byte is rewritten once on its way from one size to the next.
constexpr uint64_t kMergeFanIn = 16;
// So many small files are always well, and large ones as many as there are: a read skips those that
// have nothing of what it looks for.
constexpr size_t kSmallFilesMax = 32;
// A file of this part of the limit goes along with any neighbour.
constexpr uint64_t kTinyPart = 128;

class Picker {
 public:
  Picker(const std::vector<FileUse>& files, const CompactionLimits& limits)
      : files_(files), limits_(limits) {
    for (const FileUse& file : files) {
      if (file.is_damaged) continue;
      alive_ += file.alive_bytes;
      dead_ += file.dead_bytes;
    }
  }

  std::optional<CompactionWindow> WhollyDead() const {
    for (size_t i = 0; i < files_.size(); ++i) {
      if (!files_[i].is_damaged && files_[i].alive_bytes == 0 && files_[i].dead_bytes > 0)
        return CompactionWindow{.first = i, .count = 1};
    }
    return std::nullopt;
  }

  std::optional<CompactionWindow> MostGarbage() const {
    if (dead_ == 0 || dead_ < limits_.garbage_bytes_min) return std::nullopt;
    if (dead_ * 100 <= (alive_ + dead_) * limits_.garbage_percent_max) return std::nullopt;
    size_t worst = files_.size();
    for (size_t i = 0; i < files_.size(); ++i) {
      if (files_[i].is_damaged || files_[i].dead_bytes == 0) continue;
      if (worst == files_.size() || PartDead(files_[i]) > PartDead(files_[worst])) worst = i;
    }
    if (worst == files_.size()) return std::nullopt;
    return Extend(worst);
  }

  std::optional<CompactionWindow> Merge() const {
    const size_t small = static_cast<size_t>(
        std::count_if(files_.begin(), files_.end(), [&](const FileUse& f) { return IsSmall(f); }));
    if (small <= kSmallFilesMax) return std::nullopt;
    std::optional<CompactionWindow> best;
    uint64_t best_bytes = 0;
    for (size_t first = 0; first + kMergeFanIn <= files_.size(); ++first) {
      const auto begin = files_.begin() + static_cast<std::ptrdiff_t>(first);
      const auto end = begin + static_cast<std::ptrdiff_t>(kMergeFanIn);
      if (!std::all_of(begin, end, [&](const FileUse& file) { return IsSmall(file); })) continue;
      uint64_t bytes = 0;
      for (auto file = begin; file != end; ++file) bytes += file->alive_bytes;
      if (best && best_bytes <= bytes) continue;
      best = CompactionWindow{.first = first, .count = kMergeFanIn};
      best_bytes = bytes;
    }
    return best;
  }

 private:
  static double PartDead(const FileUse& file) {
    return static_cast<double>(file.dead_bytes) / static_cast<double>(file.bytes());
  }
  bool IsSmall(const FileUse& file) const {
    return !file.is_damaged && file.alive_bytes <= limits_.merge_bytes_max / kMergeFanIn;
  }
  bool IsWorthTaking(const FileUse& file) const {
    return !file.is_damaged && (file.alive_bytes <= limits_.merge_bytes_max / kTinyPart ||
                                file.dead_bytes * 200 > file.bytes() * limits_.garbage_percent_max);
  }

  CompactionWindow Extend(size_t worst) const {
    size_t first = worst;
    size_t end = worst + 1;
    uint64_t alive = files_[worst].alive_bytes;
    const auto take = [&](const FileUse& file) {
      if (!IsWorthTaking(file) || alive + file.alive_bytes > limits_.merge_bytes_max) return false;
      alive += file.alive_bytes;
      return true;
    };
    while (end < files_.size() && take(files_[end])) ++end;
    while (first > 0 && take(files_[first - 1])) --first;
    return {.first = first, .count = end - first};
  }

  const std::vector<FileUse>& files_;
  const CompactionLimits& limits_;
  uint64_t alive_ = 0;
  uint64_t dead_ = 0;
};

}  // namespace

std::optional<CompactionWindow> PickCompaction(const std::vector<FileUse>& files,
                                               const CompactionLimits& limits) {
  const Picker picker(files, limits);
  if (auto window = picker.WhollyDead()) return window;
  if (auto window = picker.MostGarbage()) return window;
  return picker.Merge();
}

}  // namespace warren::log
