#include "chaos/crash/damage.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "base/check.h"
#include "fmt/format.h"
#include "replication/log/wal/log_scan.h"
#include "replication/log/wal/segment_header.h"
#include "replication/log/wal/watermark_file.h"

namespace warren::crash {
namespace {

using log::kBlockBytes;

std::string ReadAll(log::SimulatedDisk& disk, const std::string& path) {
  const auto file = disk.Open(path, log::OpenMode::kRead, log::Caching::kBuffered);
  if (!file.ok()) return "";
  std::string bytes((*file)->Size().value_or(0), '\0');
  const auto got = (*file)->Read(0, bytes.size(), bytes.data());
  bytes.resize(got.value_or(0));
  return bytes;
}

// nullopt: that is no segment, or its header cannot be read.
std::optional<log::SegmentScan> Scan(log::SimulatedDisk& disk, const std::string& path) {
  if (path.find("/segment-") == std::string::npos) return std::nullopt;
  const std::string raw = ReadAll(disk, path);
  if (raw.size() < kBlockBytes) return std::nullopt;
  const auto life = log::DecodeSegmentHeader(std::string_view(raw).substr(0, kBlockBytes));
  if (!life.ok() || raw.size() != size_t{life->blocks} * kBlockBytes) return std::nullopt;
  return log::ScanSegment(*life, raw);
}

// Most of it hits what the log itself wrote.
std::string PickFile(const log::SimulatedDisk& disk, base::Rng& rng) {
  std::vector<std::string> segments;
  std::vector<std::string> tables;
  std::vector<std::string> others;
  for (const std::string& path : disk.Files()) {
    if (path.ends_with("/reserve") || path.ends_with("/LOCK")) continue;
    const bool is_segment = path.find("/segment-") != std::string::npos;
    (is_segment ? segments : path.ends_with(".sst") ? tables : others).push_back(path);
  }
  const uint64_t draw = rng.Below(10);
  const std::vector<std::string>* from = draw < 6 ? &segments : draw < 8 ? &tables : &others;
  if (from->empty()) from = &others;
  if (from->empty()) return "";
  return (*from)[rng.Below(from->size())];
}

// Where a frame begins, in blocks; nullopt: there is none.
std::optional<uint64_t> PickFrame(log::SimulatedDisk& disk, const std::string& path,
                                  base::Rng& rng) {
  const std::optional<log::SegmentScan> scan = Scan(disk, path);
  if (!scan.has_value() || scan->frames.empty()) return std::nullopt;
  return scan->frames[rng.Below(scan->frames.size())].found.block;
}

}  // namespace

std::string Describe(const DamageDone& damage) {
  static constexpr std::string_view kNames[] = {"a bit flips", "zeros", "garbage", "older bytes",
                                                "the file is cut"};
  return fmt::format("{} in {} at {}..{}", kNames[static_cast<size_t>(damage.kind)], damage.path,
                     damage.offset, damage.end);
}

DamageDone DoDamage(log::SimulatedDisk& disk, base::Rng& rng) {
  DamageDone done;
  done.path = PickFile(disk, rng);
  if (done.path.empty()) return done;
  const uint64_t size = disk.SizeOf(done.path).value_or(0);
  if (size == 0) return {};
  const uint64_t draw = rng.Below(100);
  done.kind = draw < 50   ? DamageKind::kFlip
              : draw < 65 ? DamageKind::kZeros
              : draw < 80 ? DamageKind::kGarbage
              : draw < 95 ? DamageKind::kOlder
                          : DamageKind::kCut;
  done.offset = rng.Below(size);
  if (const std::optional<uint64_t> frame = PickFrame(disk, done.path, rng);
      frame.has_value() && rng.OneIn(3)) {
    done.offset = *frame * kBlockBytes + rng.Below(log::kSectorBytes);
  }
  done.end = size;
  absl::Status status;
  if (done.kind == DamageKind::kFlip) {
    done.end = done.offset + 1;
    status = disk.Flip(done.path, done.offset, static_cast<uint8_t>(1U << rng.Below(8)));
  } else if (done.kind == DamageKind::kCut) {
    status = disk.Cut(done.path, done.offset);
  } else {
    const uint64_t block = done.offset / kBlockBytes;
    done.offset = block * kBlockBytes;
    done.end = std::min(size, done.offset + kBlockBytes);
    const auto with = done.kind == DamageKind::kZeros     ? log::Scribble::kZeros
                      : done.kind == DamageKind::kGarbage ? log::Scribble::kGarbage
                                                          : log::Scribble::kOlder;
    status = disk.ScribbleOn(done.path, block, with);
  }
  WARREN_CHECK_MSG(status.ok(), "what is damaged is there");
  return done;
}

LastFrame FindLastFrame(log::SimulatedDisk& disk) {
  LastFrame last;
  for (const std::string& path : disk.Files()) {
    const std::optional<log::SegmentScan> scan = Scan(disk, path);
    if (!scan.has_value()) continue;
    for (const log::SegmentScan::Frame& frame : scan->frames) {
      if (frame.damaged || frame.found.header.number < last.number) continue;
      last.segment = scan->life.number;
      last.number = frame.found.header.number;
      last.path = path;
      last.offset = uint64_t{frame.found.block} * kBlockBytes;
      last.end = last.offset + uint64_t{frame.found.header.blocks} * kBlockBytes;
    }
  }
  return last;
}

bool MayHideLastFrame(log::SimulatedDisk& disk, const DamageDone& damage) {
  const bool looks_unwritten = damage.kind == DamageKind::kZeros ||
                               damage.kind == DamageKind::kOlder || damage.kind == DamageKind::kCut;
  if (!looks_unwritten || !damage.IsInSegment()) return false;
  const LastFrame last = FindLastFrame(disk);
  if (last.path != damage.path || damage.end <= last.offset) return false;
  if (damage.offset >= last.end) return false;
  const auto slash = damage.path.rfind('/');
  const auto watermark =
      log::WatermarkFile::Open(&disk, damage.path.substr(0, slash), /*read_only=*/true);
  return !watermark.ok() || !(*watermark)->found().has_value() ||
         (*watermark)->found()->frame < last.number;
}

}  // namespace warren::crash
