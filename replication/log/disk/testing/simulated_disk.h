// A disk in memory that loses power, fails, fills up and decays when a test says so.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "base/rng.h"
#include "replication/log/disk/file_system.h"
#include "replication/log/disk/testing/simulated_content.h"
#include "replication/log/disk/testing/simulated_names.h"

namespace warren::log {

enum class DiskOperation : uint8_t {
  kRead,
  kCreate,
  kWrite,
  kResize,
  kSync,
  kAllocate,
  kRemove,
  kRename,  // And Link().
  kSyncDirectory,
};
inline constexpr size_t kDiskOperations = 9;

struct SimulatedDiskOptions {
  uint64_t seed = 1;  // Decides what a crash leaves, whatever else is drawn where.
  uint64_t capacity_bytes = uint64_t{1} << 40;
  bool refuses_direct = false;
};

// What was synced survives a crash; of what was not, a part that the seed decides: sectors of 512
// bytes or 4 KiB, each by itself, all, none or a prefix; and names up to some change
// (simulated_content.h, simulated_names.h). Directories last from when they are made.
//
// Without power every operation fails with INTERNAL, and files that are open then stay broken.
// Errors are as FileSystem says. Threads: any; what happens to a file does not depend on what
// others do meanwhile.
class SimulatedDisk final : public FileSystem {
 public:
  explicit SimulatedDisk(const SimulatedDiskOptions& options);
  ~SimulatedDisk() override;

  absl::StatusOr<std::unique_ptr<File>> Open(const std::string& path, OpenMode mode,
                                             Caching caching) override;
  absl::Status Remove(const std::string& path) override;
  absl::Status Rename(const std::string& from, const std::string& to) override;
  absl::StatusOr<std::vector<std::string>> List(const std::string& directory) override;
  absl::Status CreateDirectories(const std::string& directory) override;
  absl::Status SyncDirectory(const std::string& directory) override;
  absl::StatusOr<uint64_t> FreeBytes(const std::string& directory) override;

  // What RocksDB asks for besides.
  absl::Status Link(const std::string& from, const std::string& to);
  absl::Status Resize(const std::string& path, uint64_t size);
  absl::Status RemoveDirectory(const std::string& directory);  // Must be empty.
  absl::StatusOr<uint64_t> SizeOf(const std::string& path) const;
  bool IsDirectory(const std::string& path) const;

  // ---- Faults ---------------------------------------------------------------------------------

  void PowerOff();
  // In the midst of the n-th change from now on (n >= 1): a write is at risk then, a sync has not
  // happened, a name is not durable. All but reads are changes.
  void PowerOffAt(uint64_t n);
  void KeepPower();  // Takes PowerOffAt() back.
  bool is_off() const;
  // The power is back. What is left is decided here. Requires: nothing uses the disk.
  void Crash();

  // The next operation of this kind, on a path that contains `where`, fails with `why` instead of
  // being done; a sync loses what it should have made durable.
  void FailNext(DiskOperation kind, absl::Status why, std::string where = "");
  void set_capacity(uint64_t bytes);
  // Called before each operation, outside of locks: to let time pass, for one.
  using Before = std::function<void(DiskOperation, const std::string& path)>;
  void set_before(Before before) { before_ = std::move(before); }

  // ---- Damage, of what is at rest. NOT_FOUND if there is no such file -------------------------

  absl::Status Flip(const std::string& path, uint64_t offset, uint8_t mask);
  absl::Status ScribbleOn(const std::string& path, uint64_t block, Scribble with);
  absl::Status Cut(const std::string& path, uint64_t size);

  // ---- What there is --------------------------------------------------------------------------

  std::vector<std::string> Files() const;  // Paths, sorted.
  uint64_t CountOf(DiskOperation kind) const;
  uint64_t changes() const;  // Of all kinds but reads.
  // Another disk that holds the same, to try something on. Requires: nothing was done since
  // Crash() but damage.
  std::unique_ptr<SimulatedDisk> Copy() const;

 private:
  class OpenFile;
  friend class OpenFile;

  // Counts the operation and decides whether it may be done. The power may go off with it: then
  // `*at_risk` is set, and what changes is done, but fails.
  absl::Status Admit(DiskOperation kind, const std::string& path, bool* at_risk);
  absl::Status Change(DiskOperation kind, const std::string& path,
                      const std::function<absl::Status()>& change);
  absl::Status CheckSpace(const SimulatedContent& content, uint64_t size,
                          const std::string& path) const;
  uint64_t UsedBytes() const;
  SimulatedNames::Content Find(const std::string& path) const;

  mutable std::mutex mutex_;  // Guards all below.
  SimulatedDiskOptions options_;
  base::Rng rng_;
  SimulatedNames names_;
  uint64_t life_ = 1;  // Grows with each crash.
  bool off_ = false;
  std::optional<uint64_t> off_at_;  // Change number.
  uint64_t changes_ = 0;
  std::array<uint64_t, kDiskOperations> counts_{};
  struct Failure {
    DiskOperation kind;
    absl::Status why;
    std::string where;
  };
  std::vector<Failure> failures_;
  Before before_;
};

}  // namespace warren::log
