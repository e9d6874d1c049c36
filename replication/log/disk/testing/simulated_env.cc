#include "replication/log/disk/testing/simulated_env.h"

#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "replication/log/disk/testing/simulated_env_files.h"
#include "rocksdb/file_system.h"

namespace warren::log {
namespace {

using rocksdb::FileOptions;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;

// RocksDB joins paths with more slashes than it takes.
std::string Plain(const std::string& path) {
  std::string plain;
  for (const char c : path) {
    if (c != '/' || plain.empty() || plain.back() != '/') plain.push_back(c);
  }
  if (plain.size() > 1 && plain.back() == '/') plain.pop_back();
  return plain;
}

class Silence final : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char* /*format*/, va_list /*arguments*/) override {}
};

class Lock final : public rocksdb::FileLock {
 public:
  explicit Lock(std::string of) : path(std::move(of)) {}
  const std::string path;
};

class SimulatedFileSystem final : public rocksdb::FileSystem {
 public:
  explicit SimulatedFileSystem(SimulatedDisk* disk) : disk_(disk) {}

  const char* Name() const override { return "SimulatedFileSystem"; }

  IOStatus NewSequentialFile(const std::string& path, const FileOptions& /*options*/,
                             std::unique_ptr<rocksdb::FSSequentialFile>* result,
                             IODebugContext* /*context*/) override {
    auto file = Open(path, OpenMode::kRead);
    if (!file.ok()) return ToIoStatus(file.status());
    *result = std::make_unique<SimulatedSequentialFile>(*std::move(file));
    return IOStatus::OK();
  }

  IOStatus NewRandomAccessFile(const std::string& path, const FileOptions& /*options*/,
                               std::unique_ptr<rocksdb::FSRandomAccessFile>* result,
                               IODebugContext* /*context*/) override {
    auto file = Open(path, OpenMode::kRead);
    if (!file.ok()) return ToIoStatus(file.status());
    *result = std::make_unique<SimulatedRandomAccessFile>(*std::move(file));
    return IOStatus::OK();
  }

  IOStatus NewWritableFile(const std::string& path, const FileOptions& /*options*/,
                           std::unique_ptr<rocksdb::FSWritableFile>* result,
                           IODebugContext* /*context*/) override {
    auto file = Open(path, OpenMode::kCreate);
    if (absl::IsAlreadyExists(file.status())) {
      const absl::Status emptied = disk_->Resize(Plain(path), 0);
      if (!emptied.ok()) return ToIoStatus(emptied);
      file = Open(path, OpenMode::kReadWrite);
    }
    if (!file.ok()) return ToIoStatus(file.status());
    *result = std::make_unique<SimulatedWritableFile>(disk_, *std::move(file), 0);
    return IOStatus::OK();
  }

  IOStatus ReopenWritableFile(const std::string& path, const FileOptions& options,
                              std::unique_ptr<rocksdb::FSWritableFile>* result,
                              IODebugContext* context) override {
    auto file = Open(path, OpenMode::kReadWrite);
    if (absl::IsNotFound(file.status())) return NewWritableFile(path, options, result, context);
    if (!file.ok()) return ToIoStatus(file.status());
    const auto size = (*file)->Size();
    if (!size.ok()) return ToIoStatus(size.status());
    *result = std::make_unique<SimulatedWritableFile>(disk_, *std::move(file), *size);
    return IOStatus::OK();
  }

  IOStatus NewRandomRWFile(const std::string& path, const FileOptions& /*options*/,
                           std::unique_ptr<rocksdb::FSRandomRWFile>* result,
                           IODebugContext* /*context*/) override {
    auto file = Open(path, OpenMode::kReadWrite);
    if (!file.ok()) return ToIoStatus(file.status());
    *result = std::make_unique<SimulatedRandomRwFile>(*std::move(file));
    return IOStatus::OK();
  }

  IOStatus NewDirectory(const std::string& path, const IOOptions& /*options*/,
                        std::unique_ptr<rocksdb::FSDirectory>* result,
                        IODebugContext* /*context*/) override {
    if (!disk_->IsDirectory(Plain(path))) return IOStatus::PathNotFound(path);
    *result = std::make_unique<SimulatedDirectory>(disk_, Plain(path));
    return IOStatus::OK();
  }

  IOStatus FileExists(const std::string& path, const IOOptions& /*options*/,
                      IODebugContext* /*context*/) override {
    if (disk_->IsDirectory(Plain(path))) return IOStatus::OK();
    const auto size = disk_->SizeOf(Plain(path));
    return absl::IsNotFound(size.status()) ? IOStatus::NotFound(path) : ToIoStatus(size.status());
  }

  IOStatus GetChildren(const std::string& path, const IOOptions& /*options*/,
                       std::vector<std::string>* result, IODebugContext* /*context*/) override {
    auto names = disk_->List(Plain(path));
    if (!names.ok()) {
      result->clear();
      return ToIoStatus(names.status());
    }
    *result = *std::move(names);
    return IOStatus::OK();
  }

  IOStatus DeleteFile(const std::string& path, const IOOptions& /*options*/,
                      IODebugContext* /*context*/) override {
    return ToIoStatus(disk_->Remove(Plain(path)));
  }

  IOStatus Truncate(const std::string& path, size_t size, const IOOptions& /*options*/,
                    IODebugContext* /*context*/) override {
    return ToIoStatus(disk_->Resize(Plain(path), size));
  }

  IOStatus CreateDir(const std::string& path, const IOOptions& options,
                     IODebugContext* context) override {
    if (disk_->IsDirectory(Plain(path))) return IOStatus::IOError(path + " exists");
    return CreateDirIfMissing(path, options, context);
  }

  IOStatus CreateDirIfMissing(const std::string& path, const IOOptions& /*options*/,
                              IODebugContext* /*context*/) override {
    return ToIoStatus(disk_->CreateDirectories(Plain(path)));
  }

  IOStatus DeleteDir(const std::string& path, const IOOptions& /*options*/,
                     IODebugContext* /*context*/) override {
    return ToIoStatus(disk_->RemoveDirectory(Plain(path)));
  }

  IOStatus GetFileSize(const std::string& path, const IOOptions& /*options*/, uint64_t* size,
                       IODebugContext* /*context*/) override {
    const auto found = disk_->SizeOf(Plain(path));
    *size = found.ok() ? *found : 0;
    return ToIoStatus(found.status());
  }

  IOStatus GetFileModificationTime(const std::string& path, const IOOptions& /*options*/,
                                   uint64_t* time, IODebugContext* /*context*/) override {
    *time = 0;  // Time stands still on this disk.
    return ToIoStatus(disk_->SizeOf(Plain(path)).status());
  }

  IOStatus RenameFile(const std::string& from, const std::string& to, const IOOptions& /*options*/,
                      IODebugContext* /*context*/) override {
    return ToIoStatus(disk_->Rename(Plain(from), Plain(to)));
  }

  IOStatus LinkFile(const std::string& from, const std::string& to, const IOOptions& /*options*/,
                    IODebugContext* /*context*/) override {
    return ToIoStatus(disk_->Link(Plain(from), Plain(to)));
  }

  IOStatus AreFilesSame(const std::string& first, const std::string& second,
                        const IOOptions& /*options*/, bool* same,
                        IODebugContext* /*context*/) override {
    *same = Plain(first) == Plain(second);
    return IOStatus::OK();
  }

  IOStatus LockFile(const std::string& path, const IOOptions& /*options*/, rocksdb::FileLock** lock,
                    IODebugContext* /*context*/) override {
    const std::lock_guard guard(mutex_);
    *lock = nullptr;
    if (!locked_.insert(Plain(path)).second) return IOStatus::IOError(path + " is locked");
    *lock = new Lock(Plain(path));  // RocksDB gives it back to UnlockFile().
    return IOStatus::OK();
  }

  IOStatus UnlockFile(rocksdb::FileLock* lock, const IOOptions& /*options*/,
                      IODebugContext* /*context*/) override {
    const std::unique_ptr<Lock> owned(static_cast<Lock*>(lock));
    const std::lock_guard guard(mutex_);
    locked_.erase(owned->path);
    return IOStatus::OK();
  }

  IOStatus GetTestDirectory(const IOOptions& /*options*/, std::string* path,
                            IODebugContext* /*context*/) override {
    *path = "test";
    return ToIoStatus(disk_->CreateDirectories(*path));
  }

  IOStatus NewLogger(const std::string& /*path*/, const IOOptions& /*options*/,
                     std::shared_ptr<rocksdb::Logger>* result,
                     IODebugContext* /*context*/) override {
    *result = std::make_shared<Silence>();
    return IOStatus::OK();
  }

  IOStatus GetAbsolutePath(const std::string& path, const IOOptions& /*options*/,
                           std::string* absolute, IODebugContext* /*context*/) override {
    *absolute = Plain(path);
    return IOStatus::OK();
  }

  IOStatus GetFreeSpace(const std::string& path, const IOOptions& /*options*/, uint64_t* bytes,
                        IODebugContext* /*context*/) override {
    const auto found = disk_->FreeBytes(Plain(path));
    *bytes = found.ok() ? *found : 0;
    return ToIoStatus(found.status());
  }

  IOStatus IsDirectory(const std::string& path, const IOOptions& /*options*/, bool* is_directory,
                       IODebugContext* /*context*/) override {
    *is_directory = disk_->IsDirectory(Plain(path));
    return IOStatus::OK();
  }

 private:
  absl::StatusOr<std::unique_ptr<File>> Open(const std::string& path, OpenMode mode) {
    return disk_->Open(Plain(path), mode, Caching::kBuffered);
  }

  SimulatedDisk* const disk_;
  std::mutex mutex_;
  std::set<std::string> locked_;
};

}  // namespace

std::unique_ptr<rocksdb::Env> MakeSimulatedEnv(SimulatedDisk* disk) {
  return rocksdb::NewCompositeEnv(std::make_shared<SimulatedFileSystem>(disk));
}

}  // namespace warren::log
