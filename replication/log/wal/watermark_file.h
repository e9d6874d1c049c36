// The side file that remembers how far the log was durable.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "replication/log/disk/file_system.h"
#include "replication/log/types.h"

namespace warren::log {

// Two blocks, written in turn, each with a checksum of its own; the later one counts. A log that
// ends below what stands here has lost acknowledged frames, however whole it looks.
//
// Threads: one at a time.
class WatermarkFile {
 public:
  struct Value {
    uint64_t log_id = 0;
    FrameNo frame;
  };

  // Opens or creates it (then it holds nothing). The name is synced. `read_only`: never writes, and
  // a missing file reads as damaged.
  static absl::StatusOr<std::unique_ptr<WatermarkFile>> Open(FileSystem* files,
                                                             const std::string& directory,
                                                             bool read_only);

  // What was found at Open; nullopt: new, or neither block can be read (`damaged`).
  const std::optional<Value>& found() const { return found_; }
  bool damaged() const { return damaged_; }  // At least one block that was written cannot be read.
  bool created() const { return created_; }

  // Durable when it returns. Never moves back.
  absl::Status Write(const Value& value);

 private:
  explicit WatermarkFile(std::unique_ptr<File> file) : file_(std::move(file)) {}

  std::unique_ptr<File> file_;
  std::optional<Value> found_;
  uint64_t sequence_ = 0;
  bool damaged_ = false;
  bool created_ = false;
};

}  // namespace warren::log
