#include "replication/log/disk/testing/simulated_content.h"

#include <algorithm>
#include <cstring>
#include <optional>

namespace warren::log {
namespace {

void Overwrite(std::string& bytes, uint64_t offset, std::string_view with) {
  if (bytes.size() < offset + with.size()) bytes.resize(offset + with.size());
  std::memcpy(bytes.data() + offset, with.data(), with.size());
}

// [offset, offset + size) of the bytes, as far as they go.
std::string_view Part(const std::string& bytes, uint64_t offset, uint64_t size) {
  if (offset >= bytes.size()) return {};
  return std::string_view(bytes).substr(offset, size);
}

}  // namespace

size_t SimulatedContent::Read(uint64_t offset, size_t size, char* out) const {
  const std::string_view part = Part(now_, offset, size);
  std::copy(part.begin(), part.end(), out);
  return part.size();
}

void SimulatedContent::Write(uint64_t offset, std::string_view bytes) {
  if (bytes.empty()) return;
  Overwrite(now_, offset, bytes);
  at_risk_.InsertRange(offset / kSectorBytes, (offset + bytes.size() - 1) / kSectorBytes);
}

void SimulatedContent::Resize(uint64_t size) {
  const uint64_t before = now_.size();
  now_.resize(size);
  // What is cut off is gone for whoever reads, but maybe not from the disk; zeros that take its
  // place later are at risk.
  if (size < before) at_risk_.InsertRange(size / kSectorBytes, (before - 1) / kSectorBytes);
}

void SimulatedContent::Sync() {
  durable_.resize(now_.size());
  for (const auto& [first, last] : at_risk_.Runs()) {
    const uint64_t offset = first * kSectorBytes;
    const uint64_t size = (last - first + 1) * kSectorBytes;
    Overwrite(older_, offset, Part(durable_, offset, size));
    const std::string_view newest = Part(now_, offset, size);
    if (!newest.empty()) Overwrite(durable_, offset, newest);
  }
  at_risk_.Clear();
}

bool SimulatedContent::Survives(const Fate& fate, uint64_t granule, uint64_t prefix_end,
                                uint64_t chance, base::Rng& rng) {
  switch (fate.survival) {
    case Survival::kNone:
      return false;
    case Survival::kAll:
      return true;
    case Survival::kPrefix:
      return granule < prefix_end;
    case Survival::kRandom:
      return rng.Chance(chance, 8);
  }
  return false;
}

void SimulatedContent::Crash(const Fate& fate, base::Rng& rng) {
  const uint64_t sectors_each = fate.granule_bytes / kSectorBytes;
  const uint64_t chance = rng.Between(1, 7);
  uint64_t prefix_end = 0;
  if (const auto last = at_risk_.Last(); last.has_value()) {
    const uint64_t first = *at_risk_.First() / sectors_each;
    prefix_end = rng.Between(first, *last / sectors_each + 1);
  }
  std::string left = durable_;
  std::optional<uint64_t> judged;
  bool survives = false;
  for (const auto& run : at_risk_.Runs()) {
    for (uint64_t sector = run.first; sector <= run.last; ++sector) {
      const uint64_t granule = sector / sectors_each;
      if (judged != granule) survives = Survives(fate, granule, prefix_end, chance, rng);
      judged = granule;
      const std::string_view newest = Part(now_, sector * kSectorBytes, kSectorBytes);
      if (survives && !newest.empty()) Overwrite(left, sector * kSectorBytes, newest);
    }
  }
  // The size is a change of its own, though no smaller than what is known to be written requires.
  const bool size_survives =
      fate.survival == Survival::kAll || (fate.survival != Survival::kNone && rng.OneIn(2));
  if (size_survives) left.resize(now_.size());
  durable_ = std::move(left);
  now_ = durable_;
  at_risk_.Clear();
}

void SimulatedContent::Flip(uint64_t offset, uint8_t mask) {
  for (std::string* bytes : {&now_, &durable_}) {
    if (offset >= bytes->size()) continue;
    (*bytes)[offset] = static_cast<char>(static_cast<uint8_t>((*bytes)[offset]) ^ mask);
  }
}

void SimulatedContent::ScribbleOn(uint64_t offset, size_t size, Scribble with, base::Rng& rng) {
  std::string bytes(Part(with == Scribble::kOlder ? older_ : std::string(), offset, size));
  bytes.resize(size);
  if (with == Scribble::kGarbage) {
    for (char& byte : bytes) byte = static_cast<char>(rng.Next());
  }
  for (std::string* content : {&now_, &durable_}) {
    if (offset >= content->size()) continue;
    const uint64_t fits = std::min<uint64_t>(size, content->size() - offset);
    Overwrite(*content, offset, std::string_view(bytes).substr(0, fits));
  }
}

void SimulatedContent::Cut(uint64_t size) {
  if (size < now_.size()) now_.resize(size);
  if (size < durable_.size()) durable_.resize(size);
  if (!at_risk_.empty())
    at_risk_.EraseRange((size + kSectorBytes - 1) / kSectorBytes, base::IntervalSet::kPositionMax);
}

}  // namespace warren::log
