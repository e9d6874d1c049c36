#include "replication/log/disk/testing/simulated_disk.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/check.h"
#include "base/status_macros.h"
#include "fmt/format.h"
#include "replication/log/disk/posix_file.h"

namespace warren::log {
namespace {

absl::Status NoSuchFile(const std::string& path) {
  return absl::NotFoundError(fmt::format("{}: there is no such file on the simulated disk", path));
}

}  // namespace

class SimulatedDisk::OpenFile final : public File {
 public:
  OpenFile(SimulatedDisk* disk, std::string path, SimulatedNames::Content content, Caching caching,
           OpenMode mode)
      : disk_(disk),
        path_(std::move(path)),
        content_(std::move(content)),
        caching_(caching),
        mode_(mode),
        life_(disk->life_) {}

  absl::Status Write(uint64_t offset, std::string_view bytes) override {
    if (caching_ == Caching::kDirect) {
      WARREN_RETURN_IF_ERROR(CheckAligned(path_, offset, bytes.size(), bytes.data()));
    }
    return Change(DiskOperation::kWrite, [&]() -> absl::Status {
      WARREN_RETURN_IF_ERROR(disk_->CheckSpace(*content_, offset + bytes.size(), path_));
      content_->Write(offset, bytes);
      return absl::OkStatus();
    });
  }

  absl::StatusOr<size_t> Read(uint64_t offset, size_t size, char* out) const override {
    if (caching_ == Caching::kDirect) {
      WARREN_RETURN_IF_ERROR(CheckAligned(path_, offset, size, out));
    }
    if (disk_->before_) disk_->before_(DiskOperation::kRead, path_);
    const std::lock_guard lock(disk_->mutex_);
    WARREN_RETURN_IF_ERROR(CheckAlive());
    bool at_risk = false;
    WARREN_RETURN_IF_ERROR(disk_->Admit(DiskOperation::kRead, path_, &at_risk));
    return content_->Read(offset, size, out);
  }

  absl::Status Sync() override {
    const absl::Status status = Change(DiskOperation::kSync, [&] {
      if (!disk_->off_) content_->Sync();
      return absl::OkStatus();
    });
    if (status.ok()) return status;
    const std::lock_guard lock(disk_->mutex_);
    if (!disk_->off_ && life_ == disk_->life_) content_->FailSync();
    return status;
  }

  absl::Status Allocate(uint64_t size) override {
    return Change(DiskOperation::kAllocate, [&]() -> absl::Status {
      WARREN_RETURN_IF_ERROR(disk_->CheckSpace(*content_, size, path_));
      if (size > content_->size()) content_->Resize(size);
      return absl::OkStatus();
    });
  }

  absl::StatusOr<uint64_t> Size() const override {
    const std::lock_guard lock(disk_->mutex_);
    WARREN_RETURN_IF_ERROR(CheckAlive());
    return content_->size();
  }

  const std::string& path() const override { return path_; }

 private:
  absl::Status CheckAlive() const {
    if (life_ == disk_->life_ && !disk_->off_) return absl::OkStatus();
    return absl::InternalError(fmt::format("{}: the power is off", path_));
  }

  absl::Status Change(DiskOperation kind, const std::function<absl::Status()>& change) {
    if (mode_ == OpenMode::kRead && kind != DiskOperation::kSync) {
      return absl::InternalError(fmt::format("{} is open for reading only", path_));
    }
    if (disk_->before_) disk_->before_(kind, path_);
    const std::lock_guard lock(disk_->mutex_);
    WARREN_RETURN_IF_ERROR(CheckAlive());
    return disk_->Change(kind, path_, change);
  }

  SimulatedDisk* const disk_;
  const std::string path_;
  const SimulatedNames::Content content_;
  const Caching caching_;
  const OpenMode mode_;
  const uint64_t life_;
};

SimulatedDisk::SimulatedDisk(const SimulatedDiskOptions& options)
    : options_(options), rng_(options.seed) {}
SimulatedDisk::~SimulatedDisk() = default;

absl::Status SimulatedDisk::Admit(DiskOperation kind, const std::string& path, bool* at_risk) {
  if (off_) return absl::InternalError(fmt::format("{}: the power is off", path));
  ++counts_[static_cast<size_t>(kind)];
  if (kind != DiskOperation::kRead) {
    ++changes_;
    *at_risk = off_at_ == changes_;
    off_ = *at_risk;
  }
  const auto failure = std::find_if(failures_.begin(), failures_.end(), [&](const Failure& one) {
    return one.kind == kind && path.find(one.where) != std::string::npos;
  });
  if (failure == failures_.end()) return absl::OkStatus();
  const absl::Status why = base::Annotate(failure->why, path);
  failures_.erase(failure);
  return why;
}

absl::Status SimulatedDisk::Change(DiskOperation kind, const std::string& path,
                                   const std::function<absl::Status()>& change) {
  bool at_risk = false;
  WARREN_RETURN_IF_ERROR(Admit(kind, path, &at_risk));
  WARREN_RETURN_IF_ERROR(change());
  if (!at_risk) return absl::OkStatus();
  return absl::InternalError(fmt::format("{}: the power went off", path));
}

uint64_t SimulatedDisk::UsedBytes() const {
  std::set<const SimulatedContent*> seen;
  uint64_t bytes = 0;
  for (const auto& [path, content] : names_.files()) {
    if (seen.insert(content.get()).second) bytes += content->size();
  }
  return bytes;
}

absl::Status SimulatedDisk::CheckSpace(const SimulatedContent& content, uint64_t size,
                                       const std::string& path) const {
  if (size <= content.size()) return absl::OkStatus();
  if (UsedBytes() + (size - content.size()) <= options_.capacity_bytes) return absl::OkStatus();
  return absl::ResourceExhaustedError(fmt::format("{}: the simulated disk is full", path));
}

SimulatedNames::Content SimulatedDisk::Find(const std::string& path) const {
  return names_.Find(path);
}

absl::StatusOr<std::unique_ptr<File>> SimulatedDisk::Open(const std::string& path, OpenMode mode,
                                                          Caching caching) {
  const DiskOperation kind =
      mode == OpenMode::kCreate ? DiskOperation::kCreate : DiskOperation::kRead;
  if (before_) before_(kind, path);
  const std::lock_guard lock(mutex_);
  if (off_) return absl::InternalError(fmt::format("{}: the power is off", path));
  if (caching == Caching::kDirect && options_.refuses_direct) {
    return absl::FailedPreconditionError(
        fmt::format("{}: the simulated disk refuses direct I/O", path));
  }
  SimulatedNames::Content content = Find(path);
  if (mode != OpenMode::kCreate) {
    if (content == nullptr) return NoSuchFile(path);
    return std::make_unique<OpenFile>(this, path, std::move(content), caching, mode);
  }
  if (content != nullptr || names_.IsDirectory(path)) {
    return absl::AlreadyExistsError(fmt::format("{} exists on the simulated disk", path));
  }
  if (!names_.IsDirectory(DirectoryOf(path))) return NoSuchFile(DirectoryOf(path));
  content = std::make_shared<SimulatedContent>();
  WARREN_RETURN_IF_ERROR(Change(kind, path, [&] {
    names_.Put(path, content);
    return absl::OkStatus();
  }));
  return std::make_unique<OpenFile>(this, path, std::move(content), caching, mode);
}

absl::Status SimulatedDisk::Remove(const std::string& path) {
  if (before_) before_(DiskOperation::kRemove, path);
  const std::lock_guard lock(mutex_);
  return Change(DiskOperation::kRemove, path, [&] {
    if (Find(path) == nullptr) return NoSuchFile(path);
    names_.Erase(path);
    return absl::OkStatus();
  });
}

absl::Status SimulatedDisk::Rename(const std::string& from, const std::string& to) {
  if (before_) before_(DiskOperation::kRename, from);
  const std::lock_guard lock(mutex_);
  return Change(DiskOperation::kRename, from, [&] {
    if (Find(from) == nullptr) return NoSuchFile(from);
    if (from != to) names_.Move(from, to);
    return absl::OkStatus();
  });
}

absl::Status SimulatedDisk::Link(const std::string& from, const std::string& to) {
  if (before_) before_(DiskOperation::kRename, from);
  const std::lock_guard lock(mutex_);
  return Change(DiskOperation::kRename, from, [&] {
    if (Find(from) == nullptr) return NoSuchFile(from);
    if (Find(to) != nullptr) return absl::AlreadyExistsError(to);
    names_.Put(to, Find(from));
    return absl::OkStatus();
  });
}

absl::Status SimulatedDisk::Resize(const std::string& path, uint64_t size) {
  if (before_) before_(DiskOperation::kResize, path);
  const std::lock_guard lock(mutex_);
  return Change(DiskOperation::kResize, path, [&]() -> absl::Status {
    const SimulatedNames::Content content = Find(path);
    if (content == nullptr) return NoSuchFile(path);
    WARREN_RETURN_IF_ERROR(CheckSpace(*content, size, path));
    content->Resize(size);
    return absl::OkStatus();
  });
}

absl::StatusOr<std::vector<std::string>> SimulatedDisk::List(const std::string& directory) {
  const std::lock_guard lock(mutex_);
  if (off_) return absl::InternalError(fmt::format("{}: the power is off", directory));
  if (!names_.IsDirectory(directory)) return NoSuchFile(directory);
  return names_.List(directory);
}

absl::Status SimulatedDisk::CreateDirectories(const std::string& directory) {
  const std::lock_guard lock(mutex_);
  if (off_) return absl::InternalError(fmt::format("{}: the power is off", directory));
  for (std::string path = directory; !path.empty(); path = DirectoryOf(path)) {
    if (Find(path) != nullptr) {
      return absl::InternalError(fmt::format("{} is a file, no directory", path));
    }
    names_.MakeDirectory(path);
  }
  names_.MakeDirectory("");
  return absl::OkStatus();
}

absl::Status SimulatedDisk::RemoveDirectory(const std::string& directory) {
  const std::lock_guard lock(mutex_);
  if (off_) return absl::InternalError(fmt::format("{}: the power is off", directory));
  if (!names_.IsDirectory(directory)) return NoSuchFile(directory);
  if (!names_.List(directory).empty()) {
    return absl::InternalError(fmt::format("{} is not empty", directory));
  }
  names_.RemoveDirectory(directory);
  return absl::OkStatus();
}

absl::Status SimulatedDisk::SyncDirectory(const std::string& directory) {
  if (before_) before_(DiskOperation::kSyncDirectory, directory);
  const std::lock_guard lock(mutex_);
  return Change(DiskOperation::kSyncDirectory, directory, [&] {
    if (!names_.IsDirectory(directory)) return NoSuchFile(directory);
    if (!off_) names_.Sync(directory);
    return absl::OkStatus();
  });
}

absl::StatusOr<uint64_t> SimulatedDisk::FreeBytes(const std::string& directory) {
  const std::lock_guard lock(mutex_);
  if (off_) return absl::InternalError(fmt::format("{}: the power is off", directory));
  const uint64_t used = UsedBytes();
  return used < options_.capacity_bytes ? options_.capacity_bytes - used : 0;
}

absl::StatusOr<uint64_t> SimulatedDisk::SizeOf(const std::string& path) const {
  const std::lock_guard lock(mutex_);
  if (off_) return absl::InternalError(fmt::format("{}: the power is off", path));
  const SimulatedNames::Content content = Find(path);
  if (content == nullptr) return NoSuchFile(path);
  return content->size();
}

bool SimulatedDisk::IsDirectory(const std::string& path) const {
  const std::lock_guard lock(mutex_);
  return names_.IsDirectory(path);
}

}  // namespace warren::log
