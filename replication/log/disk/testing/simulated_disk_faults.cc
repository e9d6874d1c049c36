// What tests do to a SimulatedDisk.
#include <utility>

#include "base/check.h"
#include "replication/log/disk/testing/simulated_disk.h"

namespace warren::log {

void SimulatedDisk::PowerOff() {
  const std::lock_guard lock(mutex_);
  off_ = true;
}

void SimulatedDisk::PowerOffAt(uint64_t n) {
  WARREN_CHECK(n >= 1);
  const std::lock_guard lock(mutex_);
  off_at_ = changes_ + n;
}

void SimulatedDisk::KeepPower() {
  const std::lock_guard lock(mutex_);
  off_at_.reset();
}

bool SimulatedDisk::is_off() const {
  const std::lock_guard lock(mutex_);
  return off_;
}

void SimulatedDisk::Crash() {
  const std::lock_guard lock(mutex_);
  base::Rng rng = rng_.Fork(life_);
  const size_t granule = rng.OneIn(3) ? kBlockBytes : kSectorBytes;
  // Half of the crashes treat all files alike.
  const bool alike = rng.OneIn(2);
  const auto common = static_cast<Survival>(rng.Below(4));
  uint64_t number = 0;
  for (const SimulatedNames::Content& content : names_.Contents()) {
    base::Rng of_file = rng.Fork(++number);
    const auto own = static_cast<Survival>(of_file.Below(4));
    content->Crash({.survival = alike ? common : own, .granule_bytes = granule}, of_file);
  }
  names_.Crash(rng);
  ++life_;
  off_ = false;
  off_at_.reset();
  failures_.clear();
}

void SimulatedDisk::FailNext(DiskOperation kind, absl::Status why, std::string where) {
  const std::lock_guard lock(mutex_);
  failures_.push_back({.kind = kind, .why = std::move(why), .where = std::move(where)});
}

void SimulatedDisk::set_capacity(uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  options_.capacity_bytes = bytes;
}

absl::Status SimulatedDisk::Flip(const std::string& path, uint64_t offset, uint8_t mask) {
  const std::lock_guard lock(mutex_);
  const SimulatedNames::Content content = Find(path);
  if (content == nullptr) return absl::NotFoundError(path);
  content->Flip(offset, mask);
  return absl::OkStatus();
}

absl::Status SimulatedDisk::ScribbleOn(const std::string& path, uint64_t block, Scribble with) {
  const std::lock_guard lock(mutex_);
  const SimulatedNames::Content content = Find(path);
  if (content == nullptr) return absl::NotFoundError(path);
  content->ScribbleOn(block * kBlockBytes, kBlockBytes, with, rng_);
  return absl::OkStatus();
}

absl::Status SimulatedDisk::Cut(const std::string& path, uint64_t size) {
  const std::lock_guard lock(mutex_);
  const SimulatedNames::Content content = Find(path);
  if (content == nullptr) return absl::NotFoundError(path);
  content->Cut(size);
  return absl::OkStatus();
}

std::vector<std::string> SimulatedDisk::Files() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> paths;
  for (const auto& [path, content] : names_.files()) paths.push_back(path);
  return paths;
}

uint64_t SimulatedDisk::CountOf(DiskOperation kind) const {
  const std::lock_guard lock(mutex_);
  return counts_[static_cast<size_t>(kind)];
}

uint64_t SimulatedDisk::changes() const {
  const std::lock_guard lock(mutex_);
  return changes_;
}

std::unique_ptr<SimulatedDisk> SimulatedDisk::Copy() const {
  const std::lock_guard lock(mutex_);
  auto copy = std::make_unique<SimulatedDisk>(options_);
  copy->rng_ = rng_;
  copy->names_ = names_.Copy();
  copy->life_ = life_;
  return copy;
}

}  // namespace warren::log
