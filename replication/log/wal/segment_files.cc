#include "replication/log/wal/segment_files.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "base/check.h"
#include "base/status_macros.h"
#include "replication/log/wal/old_tags.h"

namespace warren::log {
namespace {

constexpr std::string_view kPrefix = "segment-";
constexpr std::string_view kSuffix = ".log";
constexpr std::string_view kProbe = "probe-direct-io";
constexpr size_t kChunkBytes = 1024 * 1024;  // Of zeros, when a file is made.
constexpr uint32_t kBlocksMin = 16;
constexpr uint64_t kConstantNonce = 0x57617272656E;  // PlantedBug::kNonceConstant.

std::string PathOf(const std::string& directory, uint32_t slot) {
  return absl::StrFormat("%s/segment-%06u.log", directory, slot);
}

// The slot that a file is named after; 0: it is no segment.
uint32_t SlotOf(std::string_view name) {
  if (name.size() <= kPrefix.size() + kSuffix.size()) return 0;
  if (name.substr(0, kPrefix.size()) != kPrefix) return 0;
  if (name.substr(name.size() - kSuffix.size()) != kSuffix) return 0;
  name.remove_prefix(kPrefix.size());
  name.remove_suffix(kSuffix.size());
  uint32_t slot = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), slot);
  return error == std::errc() && end == name.data() + name.size() ? slot : 0;
}

bool IsZero(std::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](char byte) { return byte == 0; });
}

absl::Status WriteZeros(File* file, uint64_t size) {
  AlignedBuffer zeros(std::min<uint64_t>(size, kChunkBytes));
  std::memset(zeros.data(), 0, zeros.size());
  for (uint64_t at = 0; at < size; at += zeros.size()) {
    const size_t bytes = std::min<uint64_t>(zeros.size(), size - at);
    WARREN_RETURN_IF_ERROR(file->Write(at, {zeros.data(), bytes}));
  }
  return absl::OkStatus();
}

// Into the first block and the last one.
absl::Status WriteHeaders(File* file, const SegmentHeader& life) {
  AlignedBuffer block(kBlockBytes);
  const std::string encoded = EncodeSegmentHeader(life);
  std::memcpy(block.data(), encoded.data(), kBlockBytes);
  const std::string_view bytes(block.data(), kBlockBytes);
  WARREN_RETURN_IF_ERROR(file->Write(0, bytes));
  return file->Write(uint64_t{life.blocks - 1} * kBlockBytes, bytes);
}

}  // namespace

// ---- Finding ----------------------------------------------------------------------------------

absl::StatusOr<std::unique_ptr<SegmentFiles>> SegmentFiles::Open(FileSystem* files,
                                                                 SegmentFilesConfig config) {
  WARREN_CHECK(config.segment_bytes % kBlockBytes == 0);
  WARREN_CHECK(config.segment_bytes / kBlockBytes >= kBlocksMin);
  std::unique_ptr<SegmentFiles> opened(new SegmentFiles(files, std::move(config)));
  const std::string& directory = opened->config_.directory;
  if (!opened->config_.read_only) {
    WARREN_RETURN_IF_ERROR(files->CreateDirectories(directory));
    WARREN_RETURN_IF_ERROR(opened->ProbeCaching());
  }
  WARREN_ASSIGN_OR_RETURN(const std::vector<std::string> names, files->List(directory));
  for (const std::string& name : names) {
    const uint32_t slot = SlotOf(name);
    if (slot == 0) continue;
    opened->next_slot_ = std::max(opened->next_slot_, slot + 1);
    WARREN_RETURN_IF_ERROR(opened->Find(absl::StrCat(directory, "/", name)));
  }
  if (!opened->slots_.empty()) opened->next_ = opened->slots_.rbegin()->first + 1;
  return opened;
}

absl::Status SegmentFiles::ProbeCaching() {
  const std::string path = absl::StrCat(config_.directory, "/", std::string(kProbe));
  const auto remove = [this, &path]() -> absl::Status {
    absl::Status removed = files_->Remove(path);
    return removed.code() == absl::StatusCode::kNotFound ? absl::OkStatus() : removed;
  };
  WARREN_RETURN_IF_ERROR(remove());  // Of a start that was cut short.
  caching_ = Caching::kDirect;
  auto file = files_->Open(path, OpenMode::kCreate, Caching::kDirect);
  absl::Status status = file.status();
  if (file.ok()) {
    AlignedBuffer block(kBlockBytes);
    std::memset(block.data(), 0, kBlockBytes);
    status = (*file)->Write(0, {block.data(), kBlockBytes});
  }
  if (status.code() == absl::StatusCode::kFailedPrecondition) {
    caching_ = Caching::kBuffered;
  } else if (!status.ok() && status.code() != absl::StatusCode::kResourceExhausted) {
    return status;  // A full disk is no reason not to start: that is how it gets emptied.
  }
  return remove();
}

absl::Status SegmentFiles::Find(const std::string& path) {
  // A reader does not probe: what is refused here is refused for all.
  auto file = files_->Open(path, OpenMode::kRead, caching_);
  if (config_.read_only && file.status().code() == absl::StatusCode::kFailedPrecondition) {
    caching_ = Caching::kBuffered;
    file = files_->Open(path, OpenMode::kRead, caching_);
  }
  if (!file.ok()) return file.status();
  WARREN_ASSIGN_OR_RETURN(const uint64_t size, (*file)->Size());
  WARREN_ASSIGN_OR_RETURN(const Headers headers, ReadHeaders(**file, size));
  if (headers.life) {
    if (headers.life->log_id != config_.log_id) {
      return absl::FailedPreconditionError(absl::StrCat(
          path, ": belongs to the log ", headers.life->log_id, ", this one is ", config_.log_id));
    }
    const SegmentNo number = headers.life->number;
    if (const auto [at, added] = slots_.try_emplace(number, Slot{path, *headers.life}); !added) {
      return absl::DataLossError(
          absl::StrCat(path, ": is segment ", number.value(), ", and so is ", at->second.path));
    }
    return absl::OkStatus();
  }
  if (!headers.never_written) {
    unreadable_.push_back(path);
    return absl::OkStatus();
  }
  return config_.read_only ? absl::OkStatus() : files_->Remove(path);
}

absl::StatusOr<SegmentFiles::Headers> SegmentFiles::ReadHeaders(const File& file, uint64_t size) {
  Headers headers;
  if (size < kBlocksMin * kBlockBytes || size % kBlockBytes != 0) {
    // No header is written before the file has its full size, and that is durable.
    headers.never_written = true;
    if (size == 0) return headers;
  }
  const uint64_t blocks = size / kBlockBytes;
  if (blocks == 0) return headers;
  AlignedBuffer buffer(kBlockBytes);
  bool all_zero = true;
  for (const uint64_t block : {uint64_t{0}, std::min<uint64_t>(1, blocks - 1), blocks - 1}) {
    WARREN_ASSIGN_OR_RETURN(const size_t read,
                            file.Read(block * kBlockBytes, kBlockBytes, buffer.data()));
    const std::string_view bytes(buffer.data(), read);
    all_zero = all_zero && IsZero(bytes);
    if (block == 1) continue;
    auto life = DecodeSegmentHeader(bytes);
    if (life.status().code() == absl::StatusCode::kUnimplemented) return life.status();
    if (!life.ok() || life->blocks != blocks) continue;
    // When a life begins, a crash may leave the header of the one before at one end.
    if (!headers.life || headers.life->number < life->number) headers.life = *life;
  }
  headers.never_written = all_zero;
  return headers;
}

std::vector<SegmentHeader> SegmentFiles::Found() const {
  std::vector<SegmentHeader> found;
  for (const auto& [number, slot] : slots_) found.push_back(slot.life);
  return found;
}

absl::StatusOr<std::string_view> SegmentFiles::Load(SegmentNo number, AlignedBuffer* out) const {
  WARREN_ASSIGN_OR_RETURN(const std::shared_ptr<const Segment> segment, OpenForReading(number));
  const size_t size = size_t{segment->life.blocks} * kBlockBytes;
  if (out->size() < size) *out = AlignedBuffer(size);
  WARREN_ASSIGN_OR_RETURN(const size_t read, segment->file->Read(0, size, out->data()));
  return std::string_view(out->data(), read);
}

absl::StatusOr<std::shared_ptr<const Segment>> SegmentFiles::OpenForReading(
    SegmentNo number) const {
  const auto slot = slots_.find(number);
  if (slot == slots_.end()) {
    return absl::NotFoundError(absl::StrCat("there is no segment ", number.value()));
  }
  auto segment = std::make_shared<Segment>();
  segment->life = slot->second.life;
  WARREN_ASSIGN_OR_RETURN(segment->file,
                          files_->Open(slot->second.path, OpenMode::kRead, caching_));
  return segment;
}

// ---- Making and reusing -----------------------------------------------------------------------

absl::StatusOr<std::shared_ptr<Segment>> SegmentFiles::Prepare() {
  WARREN_CHECK_MSG(!config_.read_only, "a log that is only looked at is not written to");
  while (!free_.empty() && free_.front().life.blocks != config_.segment_bytes / kBlockBytes) {
    WARREN_RETURN_IF_ERROR(files_->Remove(free_.front().path));  // Its size is no longer wanted.
    free_.erase(free_.begin());
  }
  auto segment = free_.empty() ? Make() : Reuse(free_.front());
  if (!segment.ok()) return segment;
  if (!free_.empty()) free_.erase(free_.begin());
  slots_[next_] = {.path = (*segment)->file->path(), .life = (*segment)->life};
  next_ = next_ + 1;
  return segment;
}

absl::StatusOr<std::shared_ptr<Segment>> SegmentFiles::Reuse(const Slot& slot) {
  auto segment = std::make_shared<Segment>();
  WARREN_ASSIGN_OR_RETURN(segment->file, files_->Open(slot.path, OpenMode::kReadWrite, caching_));
  WARREN_RETURN_IF_ERROR(ForgetOldTags(segment->file.get(), slot.life));
  segment->life = NextLife(slot.life, next_, config_.random);
  if (config_.bug == PlantedBug::kNonceConstant) segment->life.nonce = kConstantNonce;
  if (config_.bug == PlantedBug::kLifeNotChecked) segment->life.nonce = slot.life.nonce;
  WARREN_RETURN_IF_ERROR(WriteHeaders(segment->file.get(), segment->life));
  WARREN_RETURN_IF_ERROR(segment->file->Sync());
  return segment;
}

absl::StatusOr<std::shared_ptr<Segment>> SegmentFiles::Make() {
  const std::string path = PathOf(config_.directory, next_slot_);
  auto segment = std::make_shared<Segment>();
  segment->life =
      FirstLife(config_.log_id, config_.segment_bytes / kBlockBytes, next_, config_.random);
  if (config_.bug == PlantedBug::kNonceConstant) segment->life.nonce = kConstantNonce;
  WARREN_ASSIGN_OR_RETURN(segment->file, files_->Open(path, OpenMode::kCreate, caching_));
  ++next_slot_;
  const absl::Status status = Fill(*segment);
  if (status.ok()) return segment;
  segment->file.reset();
  WARREN_RETURN_IF_ERROR(files_->Remove(path));
  return status;
}

absl::Status SegmentFiles::Fill(const Segment& segment) {
  const uint64_t size = uint64_t{segment.life.blocks} * kBlockBytes;
  WARREN_RETURN_IF_ERROR(segment.file->Allocate(size));
  WARREN_RETURN_IF_ERROR(WriteZeros(segment.file.get(), size));
  // Only then the headers: a file with a header has its full size.
  WARREN_RETURN_IF_ERROR(segment.file->Sync());
  WARREN_RETURN_IF_ERROR(WriteHeaders(segment.file.get(), segment.life));
  WARREN_RETURN_IF_ERROR(segment.file->Sync());
  if (config_.bug == PlantedBug::kDirectoryNotSynced) return absl::OkStatus();
  return files_->SyncDirectory(config_.directory);
}

void SegmentFiles::Release(SegmentNo number) {
  const auto slot = slots_.find(number);
  WARREN_CHECK_MSG(slot != slots_.end(), "only a segment that is in use is released");
  free_.push_back(std::move(slot->second));
  slots_.erase(slot);
}

absl::Status SegmentFiles::SetUnreadableAside() {
  if (unreadable_.empty()) return absl::OkStatus();
  for (const std::string& path : unreadable_) {
    WARREN_RETURN_IF_ERROR(files_->Rename(path, path + ".unreadable"));
  }
  unreadable_.clear();
  return files_->SyncDirectory(config_.directory);
}

void SegmentFiles::TrimFree(size_t keep) {
  while (free_.size() > keep && files_->Remove(free_.back().path).ok()) free_.pop_back();
}

uint64_t SegmentFiles::bytes_on_disk() const {
  uint64_t blocks = 0;
  for (const auto& [number, slot] : slots_) blocks += slot.life.blocks;
  for (const Slot& slot : free_) blocks += slot.life.blocks;
  return blocks * kBlockBytes;
}

}  // namespace warren::log
