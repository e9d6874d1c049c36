#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "base/check.h"
#include "base/status_macros.h"
#include "raft/codec.h"
#include "replication/log/engine_impl.h"

namespace warren::log {
namespace {

// Of the payloads of the frame's entries.
uint64_t UserBytes(const FoundFrame& frame) {
  uint64_t bytes = 0;
  for (const FoundItem& found : frame.items) {
    if (!found.item.HasEntries()) continue;
    bytes += found.item.body_bytes - found.item.count * raft::kEntryHeaderBytes;
  }
  return bytes;
}

}  // namespace

LogEngine::Impl::Impl(const LogConfig& config, LogPlatform platform)
    : config_(config), platform_(std::move(platform)), recent_(config.memory_bytes) {}

absl::Status LogEngine::Impl::Open(Recovery* recovery) {
  if (const std::vector<std::string> faults = config_.Faults(); !faults.empty()) {
    return absl::InvalidArgumentError(absl::StrCat("log: ", absl::StrJoin(faults, "; ")));
  }
  for (const char* folder : {"/log", "/store"}) {
    WARREN_RETURN_IF_ERROR(platform_.files->CreateDirectories(config_.directory + folder));
  }
  Store::Contents contents;
  WARREN_RETURN_IF_ERROR(OpenStore(&contents));
  LogScan scan;
  WARREN_RETURN_IF_ERROR(OpenSegments(contents, &scan));
  for (const Store::Contents::Unreadable& unreadable : contents.unreadable) {
    scan.whole = false;
    scan.why_not_whole = absl::StrCat("the store's record of group no ", unreadable.group.value(),
                                      " cannot be read: ", unreadable.why.message());
  }
  groups_.TakeRecords(std::move(contents));
  if (!groups_.Replay(scan) && scan.whole) {
    scan.whole = false;
    scan.why_not_whole = "the segments speak of a group that neither they nor the store know";
  }
  if (!scan.whole) {
    for (const auto& [no, group] : groups_.groups()) {
      raft::HardState forgetful = group->hard_state();
      forgetful.amnesiac = true;
      group->SetHardState(forgetful);
    }
  }
  store_->dead_map().Load();
  WARREN_RETURN_IF_ERROR(AddLiveSegments(scan));
  space_ = std::make_unique<SpaceWatch>(platform_.files, config_, platform_.logger);
  WARREN_RETURN_IF_ERROR(BeginNewSegment(scan));
  opened_ = true;
  space_->Look();
  space_at_ = platform_.clock->Now();
  TellSpace();
  TellRecovery(scan, recovery);
  return absl::OkStatus();
}

absl::Status LogEngine::Impl::OpenStore(Store::Contents* contents) {
  StoreConfig config;
  config.directory = config_.directory + "/store";
  config.env = platform_.env;
  config.compacts_by_itself = platform_.compacts_by_itself;
  config.block_cache_bytes = config_.store_cache_bytes;
  config.merge_bytes_max = config_.segment_bytes;
  if (!platform_.compacts_by_itself) config.garbage_bytes_min = 0;  // A test's store is tiny.
  WARREN_ASSIGN_OR_RETURN(store_, Store::Open(config));
  if (const uint64_t torn = store_->GetStats().torn_manifest_bytes; torn > 0) {
    platform_.logger.Info("log.torn_change_of_store",
                          {{"directory", config.directory}, {"bytes", torn}});
  }
  WARREN_ASSIGN_OR_RETURN(*contents, store_->Load());
  for (const Store::Contents::Unreadable& unreadable : contents->unreadable) {
    if (unreadable.group == GroupNo()) return base::Annotate(unreadable.why, config.directory);
  }
  log_id_ = contents->log.log_id;
  if (log_id_ != 0) return absl::OkStatus();

  // The store is made before the first segment. Segments without it have lost it.
  WARREN_ASSIGN_OR_RETURN(const std::vector<std::string> names,
                          platform_.files->List(config_.directory + "/log"));
  for (const std::string& name : names) {
    if (!name.starts_with("segment-")) continue;
    return absl::DataLossError(absl::StrCat(
        "log: ", config.directory, " is new or empty, but ", config_.directory, "/log/", name,
        " is not: the store is lost. Bring it back, or remove both to begin anew, without data"));
  }
  while (log_id_ == 0) log_id_ = platform_.random();
  Move first;
  first.log.log_id = log_id_;
  WARREN_RETURN_IF_ERROR(store_->Apply(first, nullptr));
  contents->log = first.log;
  return absl::OkStatus();
}

absl::Status LogEngine::Impl::OpenWatermark(bool log_exists, LogScanInput* input) {
  WARREN_ASSIGN_OR_RETURN(watermark_,
                          WatermarkFile::Open(platform_.files, config_.directory + "/log",
                                              /*read_only=*/false));
  input->watermark = FrameNo();
  if (watermark_->found().has_value()) {
    if (watermark_->found()->log_id != log_id_) {
      return absl::FailedPreconditionError(
          absl::StrCat("log: the watermark in ", config_.directory, "/log is of another log"));
    }
    input->watermark = watermark_->found()->frame;
  } else if (watermark_->damaged() || (watermark_->created() && log_exists)) {
    input->watermark = std::nullopt;
  }
  return absl::OkStatus();
}

absl::Status LogEngine::Impl::OpenSegments(const Store::Contents& contents, LogScan* scan) {
  LogScanInput input;
  input.retired = retired_ = contents.log.retired;
  input.bug = platform_.bug;
  SegmentFilesConfig config;
  config.directory = config_.directory + "/log";
  config.log_id = log_id_;
  config.segment_bytes = config_.segment_bytes;
  config.random = platform_.random;
  config.bug = platform_.bug;
  // The watermark is made before the first segment, so that its absence tells something.
  WARREN_ASSIGN_OR_RETURN(const std::vector<std::string> names,
                          platform_.files->List(config.directory));
  const bool log_exists = std::any_of(names.begin(), names.end(), [](const std::string& name) {
    return name.starts_with("segment-");
  });
  WARREN_RETURN_IF_ERROR(OpenWatermark(log_exists, &input));
  // A record waits for the last frame that it knows of: so that frame was durable, too.
  for (const GroupRecord& record : contents.groups) {
    if (input.watermark.has_value()) input.watermark = std::max(*input.watermark, record.as_of);
  }
  WARREN_ASSIGN_OR_RETURN(files_, SegmentFiles::Open(platform_.files, config));
  input.unreadable = files_->unreadable();
  SegmentNo last = contents.log.retired;
  AlignedBuffer memory;
  for (const SegmentHeader& life : files_->Found()) {
    last = std::max(last, life.number);
    if (life.number <= contents.log.retired) {
      files_->Release(life.number);
      continue;
    }
    WARREN_ASSIGN_OR_RETURN(const std::string_view raw, files_->Load(life.number, &memory));
    input.segments.push_back(ScanSegment(life, raw, platform_.bug));
  }
  files_->SetNext(last + 1);
  *scan = Assemble(std::move(input));
  return absl::OkStatus();
}

// The segments that hold frames stay; the others have nothing that anybody needs.
absl::Status LogEngine::Impl::AddLiveSegments(const LogScan& scan) {
  std::set<SegmentNo> useless;
  for (const SegmentHeader& life : files_->Found()) {
    if (life.number > retired_) useless.insert(life.number);
  }
  const std::set<SegmentNo> readable = useless;
  for (const FoundFrame& frame : scan.frames) {
    // A frame may be known from its successor's table alone: its segment is gone.
    if (!readable.contains(frame.header.segment)) continue;
    const bool is_new = useless.erase(frame.header.segment) > 0;
    const absl::Status added = is_new ? AddLiveSegment(frame.header.segment) : absl::OkStatus();
    if (!added.ok()) return added;
    segments_.AddFrame(frame.header.number, frame.block, UserBytes(frame));
  }
  useless_.assign(useless.begin(), useless.end());
  return absl::OkStatus();
}

absl::Status LogEngine::Impl::AddLiveSegment(SegmentNo number) {
  WARREN_ASSIGN_OR_RETURN(std::shared_ptr<const Segment> segment, files_->OpenForReading(number));
  // A process that was killed may have left frames that are only in memory of the system's or the
  // disk's. What is told to the host now must not go with the power later.
  WARREN_RETURN_IF_ERROR(segment->file->Sync());
  segments_.Add(std::move(segment));
  return absl::OkStatus();
}

// Nothing is ever written behind what an earlier process has written: it could be torn, and be
// taken for damage later. The first frame says what this recovery has found out, so that it is
// durable before anybody hears of it, and repeats the directory of the last frame.
absl::Status LogEngine::Impl::BeginNewSegment(const LogScan& scan) {
  next_frame_ = std::max(scan.next, FrameNo(1));
  synced_ = next_frame_ - 1;
  watermark_value_ = synced_;  // Only frames that exist are vouched for.
  if (!scan.frames.empty()) {
    const FoundFrame& last = scan.frames.back();
    SegmentWriter::Predecessor predecessor;
    predecessor.number = last.header.number;
    predecessor.segment = last.header.segment;
    predecessor.block = last.block;
    predecessor.blocks = last.header.blocks;
    for (const FoundItem& found : last.items) AppendItem(found.item, &predecessor.directory);
    writer_.SetPredecessor(std::move(predecessor));
  }
  auto first = std::make_unique<Round>();
  const FrameNo number = first->number = next_frame_;
  const bool damaged = !scan.whole || !scan.damage.empty();
  if (damaged) {
    for (const auto& [no, group] : groups_.groups()) {
      if (!group->hard_state().amnesiac) continue;
      Item item;
      item.kind = ItemKind::kHardState;
      item.group = no;
      item.hard_state = group->hard_state();
      first->frame.Add(item);
      Told(*group, *first);
    }
    Item item;
    item.kind = ItemKind::kRecovered;
    item.through = next_frame_ - 1;
    first->frame.Add(item);
  }
  if (damaged || !scan.frames.empty()) {
    next_frame_ = next_frame_ + 1;
    if (!MakeRoom(first->frame) || !WriteFrame(std::move(first), LogStep::kSeal)) {
      const absl::Status failed = failure();
      return !failed.ok() ? failed
                          : absl::ResourceExhaustedError(absl::StrCat(
                                "log: there is no room in ", config_.directory,
                                " for a segment of ", config_.segment_bytes, " bytes"));
    }
    WARREN_RETURN_IF_ERROR(watermark_->Write({.log_id = log_id_, .frame = number}));
    watermark_value_ = number;
  }
  WARREN_RETURN_IF_ERROR(files_->SetUnreadableAside());
  for (const SegmentNo useless : useless_) files_->Release(useless);
  useless_.clear();
  return absl::OkStatus();
}

void LogEngine::Impl::TellRecovery(const LogScan& scan, Recovery* recovery) {
  *recovery = Recovery();
  for (const auto& [no, group] : groups_.groups()) recovery->groups.push_back(group->Describe());
  std::sort(recovery->groups.begin(), recovery->groups.end(),
            [](const RecoveredGroup& a, const RecoveredGroup& b) { return a.group < b.group; });
  recovery->damage = scan.damage;
  recovery->whole = scan.whole;
  recovery->why_not_whole = scan.why_not_whole;
  recovery->frames = scan.frames.size();
  recovery->segments = segments_.size();
  for (const Damage& damage : scan.damage) {
    platform_.logger.Error(
        "log.damage",
        {{"segment", damage.segment.value()}, {"block", damage.block}, {"what", damage.what}});
  }
  if (!scan.whole) {
    platform_.logger.Error("log.amnesia",
                           {{"groups", groups_.size()}, {"why", scan.why_not_whole}});
  }
  platform_.logger.Info("log.opened",
                        {{"directory", config_.directory},
                         {"groups", groups_.size()},
                         {"frames", scan.frames.size()},
                         {"direct_io", files_->caching() == Caching::kDirect ? "yes" : "no"}});
}

}  // namespace warren::log
