#include "replication/log/store/guarded_file_system.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "replication/log/store/manifest_tail.h"

namespace warren::log {
namespace {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;

bool EndsWith(std::string_view path, std::string_view end) {
  return path.size() >= end.size() && path.substr(path.size() - end.size()) == end;
}

bool IsManifest(std::string_view path) {
  const size_t slash = path.rfind('/');
  const std::string_view name = slash == std::string_view::npos ? path : path.substr(slash + 1);
  return name.substr(0, 9) == "MANIFEST-";
}

}  // namespace

class GuardedFileSystem::Manifest final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  Manifest(std::unique_ptr<rocksdb::FSWritableFile> file, std::shared_ptr<Doubt> is_doubtful)
      : rocksdb::FSWritableFileOwnerWrapper(std::move(file)),
        is_doubtful_(std::move(is_doubtful)) {}

  IOStatus Append(const rocksdb::Slice& data, const IOOptions& options,
                  IODebugContext* debug) override {
    return Watch(target()->Append(data, options, debug));
  }
  IOStatus Append(const rocksdb::Slice& data, const IOOptions& options,
                  const rocksdb::DataVerificationInfo& verification,
                  IODebugContext* debug) override {
    return Watch(target()->Append(data, options, verification, debug));
  }
  IOStatus Flush(const IOOptions& options, IODebugContext* debug) override {
    return Watch(target()->Flush(options, debug));
  }
  IOStatus Sync(const IOOptions& options, IODebugContext* debug) override {
    return Watch(target()->Sync(options, debug));
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    return Watch(target()->Fsync(options, debug));
  }

 private:
  IOStatus Watch(IOStatus status) {
    if (!status.ok()) *is_doubtful_ = true;
    return status;
  }

  const std::shared_ptr<Doubt> is_doubtful_;
};

// A file's first bytes.
class GuardedFileSystem::Beginning final : public rocksdb::FSSequentialFileOwnerWrapper {
 public:
  Beginning(std::unique_ptr<rocksdb::FSSequentialFile> file, uint64_t bytes)
      : rocksdb::FSSequentialFileOwnerWrapper(std::move(file)), left_(bytes) {}

  IOStatus Read(size_t n, const IOOptions& options, rocksdb::Slice* result, char* scratch,
                IODebugContext* debug) override {
    IOStatus status = target()->Read(std::min<uint64_t>(n, left_), options, result, scratch, debug);
    if (status.ok()) left_ -= result->size();
    return status;
  }
  IOStatus Skip(uint64_t n) override {
    n = std::min(n, left_);
    left_ -= n;
    return target()->Skip(n);
  }

 private:
  uint64_t left_;
};

class GuardedFileSystem::Directory final : public rocksdb::FSDirectoryWrapper {
 public:
  Directory(std::unique_ptr<rocksdb::FSDirectory> directory, std::shared_ptr<Doubt> is_doubtful)
      : rocksdb::FSDirectoryWrapper(directory.get()),
        owned_(std::move(directory)),
        is_doubtful_(std::move(is_doubtful)) {}

  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    return Watch(owned_->Fsync(options, debug));
  }
  IOStatus FsyncWithDirOptions(const IOOptions& options, IODebugContext* debug,
                               const rocksdb::DirFsyncOptions& sync) override {
    return Watch(owned_->FsyncWithDirOptions(options, debug, sync));
  }

 private:
  IOStatus Watch(IOStatus status) {
    if (!status.ok()) *is_doubtful_ = true;
    return status;
  }

  const std::unique_ptr<rocksdb::FSDirectory> owned_;
  const std::shared_ptr<Doubt> is_doubtful_;
};

IOStatus GuardedFileSystem::NewWritableFile(const std::string& path,
                                            const rocksdb::FileOptions& options,
                                            std::unique_ptr<rocksdb::FSWritableFile>* file,
                                            IODebugContext* debug) {
  IOStatus status = target()->NewWritableFile(path, options, file, debug);
  if (status.ok() && IsManifest(path))
    *file = std::make_unique<Manifest>(std::move(*file), is_doubtful_);
  return status;
}

IOStatus GuardedFileSystem::NewSequentialFile(const std::string& path,
                                              const rocksdb::FileOptions& options,
                                              std::unique_ptr<rocksdb::FSSequentialFile>* file,
                                              IODebugContext* debug) {
  if (IsManifest(path)) {
    std::string manifest;
    IOStatus status = rocksdb::ReadFileToString(target(), path, &manifest);
    if (!status.ok()) return status;
    const uint64_t counts = BytesBeforeTornWrite(manifest);
    torn_bytes_ = manifest.size() - counts;
    status = target()->NewSequentialFile(path, options, file, debug);
    if (status.ok() && torn_bytes_ > 0)
      *file = std::make_unique<Beginning>(std::move(*file), counts);
    return status;
  }
  return target()->NewSequentialFile(path, options, file, debug);
}

IOStatus GuardedFileSystem::NewDirectory(const std::string& path, const IOOptions& options,
                                         std::unique_ptr<rocksdb::FSDirectory>* directory,
                                         IODebugContext* debug) {
  IOStatus status = target()->NewDirectory(path, options, directory, debug);
  if (status.ok()) *directory = std::make_unique<Directory>(std::move(*directory), is_doubtful_);
  return status;
}

IOStatus GuardedFileSystem::RenameFile(const std::string& from, const std::string& to,
                                       const IOOptions& options, IODebugContext* debug) {
  IOStatus status = target()->RenameFile(from, to, options, debug);
  if (!status.ok() && EndsWith(to, "CURRENT")) *is_doubtful_ = true;
  return status;
}

IOStatus GuardedFileSystem::DeleteFile(const std::string& path, const IOOptions& options,
                                       IODebugContext* debug) {
  if (*is_doubtful_ && (EndsWith(path, ".sst") || IsManifest(path))) return IOStatus::OK();
  return target()->DeleteFile(path, options, debug);
}

}  // namespace warren::log
