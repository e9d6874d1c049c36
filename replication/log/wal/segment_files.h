// The segment files of a log: made, found, reused.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "base/bytes.h"
#include "replication/log/disk/aligned_buffer.h"
#include "replication/log/disk/file_system.h"
#include "replication/log/planted_bug.h"
#include "replication/log/types.h"
#include "replication/log/wal/segment_header.h"

namespace warren::log {

// A segment that is open. Threads: as File.
struct Segment {
  SegmentHeader life;
  std::unique_ptr<File> file;
};

// Reads `bytes` of content that begin `offset` content bytes into the frame at `block`. DATA_LOSS
// if a sector does not carry this life's tag. Works with direct and buffered files.
absl::StatusOr<base::Bytes> ReadFromSegment(const Segment& segment, uint32_t block, uint32_t offset,
                                            uint32_t bytes);

struct SegmentFilesConfig {
  std::string directory;
  uint64_t log_id = 0;  // A file that belongs to another log is an error (FAILED_PRECONDITION).
  uint32_t segment_bytes = 64 * 1024 * 1024;  // A multiple of kBlockBytes, at least 16 of them.
  std::function<uint64_t()> random;           // 64 bits a call.
  bool read_only = false;
  PlantedBug bug = PlantedBug::kNone;
};

// A file is named after its slot, "segment-000001.log", and lives many lives. New ones are reserved
// and written with zeros once, so that later writes change no metadata; nothing is acknowledged
// from a file before its name is synced.
//
// Threads: one at a time; the Segments handed out go their own way.
class SegmentFiles {
 public:
  // Finds what is there. Direct I/O is tried with a file of its own, and buffered used if it is
  // refused: caching() tells. A leftover of a creation that was cut short (too short, or all
  // headers zero) is removed; other files whose headers cannot be read are kept apart
  // (unreadable()).
  static absl::StatusOr<std::unique_ptr<SegmentFiles>> Open(FileSystem* files,
                                                            SegmentFilesConfig config);

  // Of all segments found, by number. After Open only.
  std::vector<SegmentHeader> Found() const;
  size_t unreadable() const { return unreadable_.size(); }
  // What they have lost has been dealt with: they get names that the next start passes over, and
  // stay for whoever wants to look.
  absl::Status SetUnreadableAside();
  // The whole file, for ScanSegment(). `out` is made larger if need be, and may be used again.
  absl::StatusOr<std::string_view> Load(SegmentNo number, AlignedBuffer* out) const;
  absl::StatusOr<std::shared_ptr<const Segment>> OpenForReading(SegmentNo number) const;

  // A segment to write to, whose header is durable: a released file, or a new one. Its number is
  // the next one. RESOURCE_EXHAUSTED if the disk is full; nothing is left behind then.
  absl::StatusOr<std::shared_ptr<Segment>> Prepare();
  // Nothing in it is needed any more: the file may be reused by the next Prepare().
  void Release(SegmentNo number);
  // Removes free files beyond so many, as well as it can.
  void TrimFree(size_t keep);
  // What Prepare() numbers next. Requires: larger than all Found().
  void SetNext(SegmentNo number) { next_ = number; }

  Caching caching() const { return caching_; }
  size_t files_in_use() const { return slots_.size(); }
  size_t files_free() const { return free_.size(); }
  uint64_t bytes_on_disk() const;

 private:
  SegmentFiles(FileSystem* files, SegmentFilesConfig config)
      : files_(files),
        config_(std::move(config)),
        caching_(config_.read_only ? Caching::kDirect : Caching::kBuffered) {}

  struct Slot {
    std::string path;
    SegmentHeader life;
  };
  struct Headers {
    std::optional<SegmentHeader> life;  // nullopt: no header can be read.
    bool never_written = false;         // The file was never ready for use.
  };

  absl::Status ProbeCaching();
  absl::Status Find(const std::string& path);
  static absl::StatusOr<Headers> ReadHeaders(const File& file, uint64_t size);
  absl::StatusOr<std::shared_ptr<Segment>> Reuse(const Slot& slot);
  absl::StatusOr<std::shared_ptr<Segment>> Make();
  absl::Status Fill(const Segment& segment);

  FileSystem* const files_;
  const SegmentFilesConfig config_;
  Caching caching_;
  SegmentNo next_{1};
  std::map<SegmentNo, Slot> slots_;
  std::vector<Slot> free_;
  std::vector<std::string> unreadable_;
  uint32_t next_slot_ = 1;
};

}  // namespace warren::log
