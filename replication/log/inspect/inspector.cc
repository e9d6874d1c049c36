#include "replication/log/inspect/inspector.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "base/status_macros.h"
#include "raft/codec.h"
#include "replication/log/disk/aligned_buffer.h"
#include "replication/log/group_table.h"
#include "replication/log/store/store.h"
#include "replication/log/store/store_key.h"
#include "replication/log/wal/log_scan.h"
#include "replication/log/wal/segment_files.h"
#include "replication/log/wal/watermark_file.h"

namespace warren::log {
namespace {

class Inspector {
 public:
  Inspector(FileSystem* files, const InspectOptions& options, std::ostream& out)
      : files_(files), options_(options), out_(out) {}

  absl::StatusOr<Inspection> Run() {
    StoreConfig config;
    config.directory = options_.directory + "/store";
    config.read_only = true;
    WARREN_ASSIGN_OR_RETURN(store_, Store::Open(config), "the store");
    WARREN_ASSIGN_OR_RETURN(contents_, store_->Load(), "the store");
    PrintLog();
    WARREN_RETURN_IF_ERROR(ScanSegments());
    if (options_.frames) PrintFrames();
    groups_.TakeRecords(contents_);
    if (!groups_.Replay(scan_)) Report("the segments speak of a group that nobody knows");
    PrintGroups();
    if (options_.verify) WARREN_RETURN_IF_ERROR(VerifyStore());
    out_ << (found_.damage == 0 ? "all of it can be read\n"
                                : absl::StrCat("faults: ", found_.damage, "\n"));
    return found_;
  }

 private:
  void Report(const std::string& what) {
    ++found_.damage;
    out_ << "FAULT " << what << "\n";
  }

  void PrintLog() {
    const Store::Stats stats = store_->GetStats();
    out_ << "log " << absl::StrCat(absl::Hex(contents_.log.log_id, absl::kZeroPad16))
         << ": segments retired up to " << contents_.log.retired.value()
         << ", group numbers given up to " << contents_.log.groups_last.value() << "\n"
         << "store: " << stats.files << " files, " << stats.bytes_on_disk << " bytes, "
         << contents_.groups.size() << " groups\n";
    for (const Store::Contents::Unreadable& unreadable : contents_.unreadable) {
      Report(absl::StrCat("store: the record of group no ", unreadable.group.value(), ": ",
                          unreadable.why.message()));
    }
  }

  absl::Status ScanSegments() {
    LogScanInput input;
    input.retired = contents_.log.retired;
    SegmentFilesConfig config;
    config.directory = options_.directory + "/log";
    config.log_id = contents_.log.log_id;
    config.read_only = true;
    WARREN_ASSIGN_OR_RETURN(const std::unique_ptr<SegmentFiles> segments,
                            SegmentFiles::Open(files_, config));
    WARREN_ASSIGN_OR_RETURN(const std::unique_ptr<WatermarkFile> watermark,
                            WatermarkFile::Open(files_, config.directory, /*read_only=*/true),
                            "the watermark");
    if (watermark->found().has_value() || !watermark->damaged()) {
      input.watermark = watermark->found().value_or(WatermarkFile::Value()).frame;
      out_ << "watermark: frame " << input.watermark->value() << "\n";
    }
    for (const GroupRecord& record : contents_.groups) {
      if (input.watermark.has_value()) input.watermark = std::max(*input.watermark, record.as_of);
    }
    if (watermark->damaged()) Report("watermark: a block of it cannot be read");
    input.unreadable = segments->unreadable();
    AlignedBuffer memory;
    for (const SegmentHeader& life : segments->Found()) {
      if (life.number <= contents_.log.retired) {
        out_ << "segment " << life.number.value() << ": retired\n";
        continue;
      }
      WARREN_ASSIGN_OR_RETURN(const std::string_view raw, segments->Load(life.number, &memory));
      SegmentScan scanned = ScanSegment(life, raw);
      PrintSegment(scanned);
      input.segments.push_back(std::move(scanned));
    }
    scan_ = Assemble(std::move(input));
    for (const Damage& damage : scan_.damage) {
      Report(absl::StrCat("segment ", damage.segment.value(), ", block ", damage.block, ": ",
                          damage.what));
    }
    if (!scan_.whole) Report(absl::StrCat("the log is not whole: ", scan_.why_not_whole));
    return absl::OkStatus();
  }

  void PrintSegment(const SegmentScan& scanned) {
    out_ << "segment " << scanned.life.number.value() << ": ";
    if (scanned.frames.empty()) {
      out_ << "no frames\n";
      return;
    }
    const FoundFrame& last = scanned.frames.back().found;
    out_ << scanned.frames.size() << " frames, "
         << scanned.frames.front().found.header.number.value() << " to "
         << last.header.number.value() << ", " << last.block + last.header.blocks << " of "
         << scanned.life.blocks << " blocks\n";
  }

  void PrintFrames() {
    for (const FoundFrame& frame : scan_.frames) {
      out_ << "frame " << frame.header.number.value() << " after "
           << frame.header.predecessor.value() << ": segment " << frame.header.segment.value()
           << ", blocks " << frame.block << " to " << frame.block + frame.header.blocks - 1
           << ", synced before it " << frame.header.synced.value()
           << (frame.items.empty() ? ", a seal" : "") << "\n";
      for (const FoundItem& found : frame.items) {
        out_ << "  " << Describe(found.item) << (found.body_lost ? ", LOST in part" : "") << "\n";
      }
    }
  }

  void PrintGroups() {
    for (const auto& [no, group] : groups_.groups()) {
      if (options_.group.has_value() && *options_.group != group->id()) continue;
      const raft::HardState& hard_state = group->hard_state();
      out_ << "group " << group->id().value() << " (no " << no.value() << "): term "
           << hard_state.term.value() << ", vote " << hard_state.vote.value() << ", commit "
           << hard_state.commit.value() << (hard_state.amnesiac ? ", AMNESIAC" : "")
           << "; log from " << group->base().id.index.value() + 1 << " to "
           << group->Last().index.value() << " of term " << group->Last().term.value();
      if (group->snapshot() != nullptr) {
        out_ << "; snapshot to " << group->base().id.index.value() << ", "
             << group->snapshot()->state.size() << " bytes, keeps "
             << group->snapshot()->live.size();
      }
      out_ << "\n";
      for (const base::IntervalSet::Run& run : group->missing().Runs()) {
        Report(absl::StrCat("group ", group->id().value(), ": entries ", run.first, " to ",
                            run.last, " are missing"));
      }
    }
  }

  // Each stored entry must be readable and, if it is anybody's, the right one.
  absl::Status VerifyStore() {
    uint64_t entries = 0;
    uint64_t dead = 0;
    WARREN_RETURN_IF_ERROR(store_->ForEach([&](std::string_view raw, std::string_view value) {
      const std::optional<StoreKey> key = DecodeKey(raw);
      if (!key.has_value()) {
        Report(absl::StrCat("store: a key of ", raw.size(), " bytes makes no sense"));
        return;
      }
      if (key->kind != KeyKind::kEntry) return;
      const GroupState* const group = groups_.Find(key->group);
      ++entries;
      if (group == nullptr || !group->IsNeeded(key->index)) {
        ++dead;
        return;
      }
      VerifyEntry(*group, key->index, value);
    }));
    out_ << "store: " << entries << " entries, of which " << dead << " are not needed any more\n";
    return absl::OkStatus();
  }

  void VerifyEntry(const GroupState& group, raft::Index index, std::string_view value) {
    // What the segments have instead comes before it.
    if (group.places().Find(index).has_value() || group.missing().Contains(index.value())) return;
    const absl::StatusOr<raft::Entry> entry =
        raft::DecodeEntry(group.id(), index, base::Bytes::Copy(value));
    if (!entry.ok()) {
      Report(absl::StrCat("store: ", entry.status().message()));
    } else if (entry->id.term != group.TermAt(index)) {
      Report(absl::StrCat("store: group ", group.id().value(), ", entry ", index.value(),
                          ": of term ", entry->id.term.value(), ", which is not its term"));
    } else if (options_.group == group.id()) {
      out_ << "  entry " << index.value() << " of term " << entry->id.term.value() << ", "
           << entry->payload.size() << " bytes\n";
    }
  }

  FileSystem* const files_;
  const InspectOptions& options_;
  std::ostream& out_;
  std::unique_ptr<Store> store_;
  Store::Contents contents_;
  LogScan scan_;
  GroupTable groups_;
  Inspection found_;
};

}  // namespace

absl::StatusOr<Inspection> Inspect(FileSystem* files, const InspectOptions& options,
                                   std::ostream& out) {
  WARREN_ASSIGN_OR_RETURN(const std::vector<std::string> names, files->List(options.directory),
                          options.directory);
  for (const char* folder : {"log", "store"}) {
    if (std::find(names.begin(), names.end(), folder) == names.end()) {
      return absl::NotFoundError(
          absl::StrCat(options.directory, " holds no log: it has no folder '", folder, "'"));
    }
  }
  return Inspector(files, options, out).Run();
}

}  // namespace warren::log
