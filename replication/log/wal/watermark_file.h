// The side file that remembers how far the log was durable.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "replication/log/disk/aligned_buffer.h"
#include "replication/log/disk/file_system.h"
#include "replication/log/types.h"

namespace warren::log {

inline constexpr std::string_view kWatermarkName = "watermark";

// Two blocks, written in turn, each with a checksum of its own; the later one counts. A log that
// ends below what stands here has lost acknowledged frames, however whole it looks.
//
// The file gets its name only when both blocks are durable, so a block of it that cannot be read
// was damaged.
//
// Threads: one at a time.
class WatermarkFile {
 public:
  struct Value {
    uint64_t log_id = 0;
    FrameNo frame;
    friend bool operator==(const Value&, const Value&) = default;
  };

  // Opens or creates it (then it holds nothing). The name is synced. `read_only`: never writes, and
  // a missing file reads as damaged.
  static absl::StatusOr<std::unique_ptr<WatermarkFile>> Open(FileSystem* files,
                                                             const std::string& directory,
                                                             bool read_only);

  // What was found at Open; nullopt: nothing was ever written to it, or neither block can be read
  // (`damaged`).
  const std::optional<Value>& found() const { return found_; }
  bool damaged() const { return damaged_; }  // At least one block cannot be read.
  bool created() const { return created_; }

  // Durable when it returns. Never moves back: a lower frame changes nothing. Requires: not opened
  // read-only.
  absl::Status Write(const Value& value);

 private:
  explicit WatermarkFile(bool read_only) : read_only_(read_only), buffer_(2 * kBlockBytes) {}

  absl::Status Create(FileSystem* files, const std::string& directory);
  absl::Status ReadBlocks();

  const bool read_only_;
  std::unique_ptr<File> file_;  // Null: missing, and read_only_.
  AlignedBuffer buffer_;
  std::optional<Value> found_;
  std::optional<Value> written_;
  uint64_t sequence_ = 0;  // Of the later block; the next one goes into the other.
  bool damaged_ = false;
  bool created_ = false;
};

}  // namespace warren::log
