#include "replication/log/wal/watermark_file.h"

#include <cstring>

#include "absl/strings/str_cat.h"

#include "base/check.h"
#include "base/coding.h"
#include "base/crc32c.h"
#include "base/status_macros.h"
#include "replication/log/wal/open_file.h"

namespace warren::log {
namespace {

constexpr std::string_view kMagic = "WARRNWMK";
constexpr uint32_t kVersion = 1;
constexpr size_t kCoveredBytes = 40;  // By the checksum, which follows.

struct Block {
  uint64_t sequence = 0;  // 0: nothing was written yet.
  WatermarkFile::Value value;
};

std::string EncodeBlock(const Block& block) {
  std::string out(kMagic);
  base::PutFixed32(&out, kVersion);
  base::PutFixed32(&out, 0);
  base::PutFixed64(&out, block.sequence);
  base::PutFixed64(&out, block.value.log_id);
  base::PutFixed64(&out, block.value.frame.value());
  base::PutFixed32(&out, base::Crc32c(out));
  out.resize(kBlockBytes, '\0');
  return out;
}

std::optional<Block> DecodeBlock(std::string_view bytes) {
  base::Reader crc(bytes.substr(kCoveredBytes));
  if (crc.Fixed32() != base::Crc32c(bytes.substr(0, kCoveredBytes))) return std::nullopt;
  base::Reader reader(bytes);
  if (reader.View(kMagic.size()) != kMagic) return std::nullopt;
  if (reader.Fixed32() != kVersion) return std::nullopt;
  reader.Fixed32();
  Block block;
  block.sequence = reader.Fixed64().value_or(0);
  block.value.log_id = reader.Fixed64().value_or(0);
  block.value.frame = FrameNo(reader.Fixed64().value_or(0));
  return block;
}

}  // namespace

absl::StatusOr<std::unique_ptr<WatermarkFile>> WatermarkFile::Open(FileSystem* files,
                                                                   const std::string& directory,
                                                                   bool read_only) {
  const std::string path = absl::StrCat(directory, "/", std::string(kWatermarkName));
  std::unique_ptr<WatermarkFile> opened(new WatermarkFile(read_only));
  auto file = OpenDirectIfPossible(files, path, read_only ? OpenMode::kRead : OpenMode::kReadWrite);
  if (file.ok()) {
    opened->file_ = *std::move(file);
    WARREN_RETURN_IF_ERROR(opened->ReadBlocks());
    return opened;
  }
  if (file.status().code() != absl::StatusCode::kNotFound) return file.status();
  if (read_only) {
    opened->damaged_ = true;
    return opened;
  }
  WARREN_RETURN_IF_ERROR(opened->Create(files, directory));
  return opened;
}

absl::Status WatermarkFile::Create(FileSystem* files, const std::string& directory) {
  const std::string path = absl::StrCat(directory, "/", std::string(kWatermarkName));
  const std::string unfinished = path + ".new";
  if (absl::Status removed = files->Remove(unfinished);
      !removed.ok() && removed.code() != absl::StatusCode::kNotFound) {
    return removed;
  }
  const std::string block = EncodeBlock({});
  std::memcpy(buffer_.data(), block.data(), kBlockBytes);
  std::memcpy(buffer_.data() + kBlockBytes, block.data(), kBlockBytes);
  WARREN_ASSIGN_OR_RETURN(std::unique_ptr<File> file,
                          OpenDirectIfPossible(files, unfinished, OpenMode::kCreate));
  WARREN_RETURN_IF_ERROR(file->Write(0, {buffer_.data(), 2 * kBlockBytes}));
  WARREN_RETURN_IF_ERROR(file->Sync());
  file.reset();
  WARREN_RETURN_IF_ERROR(files->Rename(unfinished, path));
  WARREN_RETURN_IF_ERROR(files->SyncDirectory(directory));
  WARREN_ASSIGN_OR_RETURN(file_, OpenDirectIfPossible(files, path, OpenMode::kReadWrite));
  created_ = true;
  return absl::OkStatus();
}

absl::Status WatermarkFile::ReadBlocks() {
  std::memset(buffer_.data(), 0, buffer_.size());  // What is cut off reads as damaged.
  WARREN_RETURN_IF_ERROR(file_->Read(0, 2 * kBlockBytes, buffer_.data()).status());
  for (size_t i = 0; i < 2; ++i) {
    const std::optional<Block> block = DecodeBlock({buffer_.data() + i * kBlockBytes, kBlockBytes});
    if (!block) {
      damaged_ = true;
    } else if (block->sequence > sequence_) {
      sequence_ = block->sequence;
      found_ = block->value;
    }
  }
  written_ = found_;
  return absl::OkStatus();
}

absl::Status WatermarkFile::Write(const Value& value) {
  WARREN_CHECK_MSG(!read_only_, "a log that is only looked at is not written to");
  if (written_ && written_->log_id == value.log_id && value.frame <= written_->frame) {
    return absl::OkStatus();
  }
  const uint64_t sequence = sequence_ + 1;
  const std::string block = EncodeBlock({.sequence = sequence, .value = value});
  std::memcpy(buffer_.data(), block.data(), kBlockBytes);
  WARREN_RETURN_IF_ERROR(file_->Write(sequence % 2 * kBlockBytes, {buffer_.data(), kBlockBytes}));
  WARREN_RETURN_IF_ERROR(file_->Sync());
  sequence_ = sequence;
  written_ = value;
  return absl::OkStatus();
}

}  // namespace warren::log
