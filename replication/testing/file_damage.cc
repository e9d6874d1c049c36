#include "replication/testing/file_damage.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "base/coding.h"
#include "base/crc32c.h"
#include "fmt/format.h"

namespace warren::replication {
namespace {

constexpr int kTriesMax = 10'000;  // To meet a byte that is not 0.
constexpr uint64_t kFlipsMax = 8;

// From `begin` to before `end`.
struct Place {
  uint64_t begin = 0;
  uint64_t end = 0;
};

uint64_t Fixed32At(std::string_view bytes, size_t at) {
  return base::Reader(bytes.substr(at)).Fixed32().value_or(0);
}
uint64_t Fixed64At(std::string_view bytes, size_t at) {
  return base::Reader(bytes.substr(at)).Fixed64().value_or(0);
}

std::string Load(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

bool Belongs(const std::string& path, DamagedPart part) {
  switch (part) {
    case DamagedPart::kSegments:
      return path.find("/log/segment-") != std::string::npos;
    case DamagedPart::kWatermark:
      return path.ends_with("/log/watermark");
    case DamagedPart::kStore:
    case DamagedPart::kSnapshot:
      return path.ends_with(".sst");
    case DamagedPart::kManifest:
      return path.find("/store/MANIFEST-") != std::string::npos;
    case DamagedPart::kCurrent:
      return path.ends_with("/store/CURRENT");
  }
  return false;
}

// In the order of their names, which is that of their making.
std::vector<std::string> FilesOf(const std::string& directory, DamagedPart part) {
  std::vector<std::string> paths;
  for (const auto& file : std::filesystem::recursive_directory_iterator(directory)) {
    if (file.is_regular_file() && file.file_size() > 0 && Belongs(file.path().string(), part)) {
      paths.push_back(file.path().string());
    }
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

// By their headers, which have a CRC of their own: docs/formats/raft.md.
std::vector<Place> SnapshotsIn(const std::string& bytes) {
  constexpr size_t kHeader = 72;
  std::vector<Place> found;
  for (size_t at = 0; at + kHeader <= bytes.size(); ++at) {
    const std::string_view header = std::string_view(bytes).substr(at, kHeader);
    if (header[0] != 1 || header[2] != 0 || header[3] != 0) continue;
    if (base::Crc32c(header.substr(0, 68)) != Fixed32At(header, 68)) continue;
    const uint64_t size = kHeader + Fixed32At(header, 48) + Fixed64At(header, 56);
    if (size <= bytes.size() - at) found.push_back({.begin = at, .end = at + size});
  }
  return found;
}

// What is to be damaged of a file, each of them.
std::vector<Place> PlacesIn(const std::string& bytes, DamagedPart part) {
  if (part == DamagedPart::kSnapshot) return {SnapshotsIn(bytes).back()};
  // docs/formats/log_segments.md
  if (part == DamagedPart::kWatermark)
    return {{.begin = 0, .end = 44}, {.begin = 4096, .end = 4140}};
  return {{.begin = 0, .end = bytes.size()}};
}

std::string Flip(std::string& bytes, const Place& place, base::Rng& rng) {
  std::string done = fmt::format(", from {} to before {}:", place.begin, place.end);
  for (uint64_t left = rng.Between(1, kFlipsMax); left > 0; --left) {
    uint64_t at = rng.Between(place.begin, place.end - 1);
    for (int tries = 0; bytes[at] == 0 && tries < kTriesMax; ++tries) {
      at = rng.Between(place.begin, place.end - 1);
    }
    const auto flipped =
        static_cast<uint8_t>(static_cast<uint8_t>(bytes[at]) ^ (1u << rng.Below(8)));
    bytes[at] = static_cast<char>(flipped);
    done += fmt::format(" {}", at);
  }
  return done;
}

}  // namespace

DamageDone DamageFile(const std::string& directory, DamagedPart part, DamageKind kind,
                      base::Rng& rng) {
  std::vector<std::string> paths = FilesOf(directory, part);
  if (part == DamagedPart::kSnapshot) {
    std::erase_if(paths, [](const std::string& path) { return SnapshotsIn(Load(path)).empty(); });
    if (paths.size() > 1) paths.erase(paths.begin(), paths.end() - 1);
  }
  if (paths.empty()) return {};
  DamageDone done = {.path = paths[rng.Below(paths.size())], .what = {}};
  std::string bytes = Load(done.path);
  const std::vector<Place> places = PlacesIn(bytes, part);
  if (kind == DamageKind::kCut) {
    const uint64_t size = rng.Between(places.front().begin, places.front().end - 1);
    done.what = fmt::format("{}: cut from {} to {} bytes", done.path, bytes.size(), size);
    bytes.resize(size);
  } else {
    done.what = done.path + ": flipped a bit of bytes";
    for (const Place& place : places) done.what += Flip(bytes, place, rng);
  }
  std::ofstream file(done.path, std::ios::binary | std::ios::trunc);
  file << bytes;
  WARREN_CHECK_MSG(file.flush().good(), "the file can be written");
  return done;
}

}  // namespace warren::replication
