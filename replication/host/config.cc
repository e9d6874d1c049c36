#include "replication/host/config.h"

#include "absl/strings/str_cat.h"

namespace warren::replication {
namespace {

void AtLeast(std::vector<std::string>& faults, const char* field, uint64_t value, uint64_t least) {
  if (value >= least) return;
  faults.push_back(absl::StrCat("host: ", field, " is ", value, "; at least ", least));
}

void Positive(std::vector<std::string>& faults, const char* field, absl::Duration value) {
  if (value > absl::ZeroDuration() && value < absl::InfiniteDuration()) return;
  faults.push_back(absl::StrCat("host: ", field, " is ", absl::FormatDuration(value),
                                "; it must be more than 0 and have an end"));
}

}  // namespace

std::vector<std::string> HostConfig::Faults() const {
  std::vector<std::string> faults;
  raft::Config core = group.core;
  core.id = raft::NodeId(1);
  if (const absl::Status status = core.Validate(); !status.ok()) {
    faults.push_back(absl::StrCat("host: group.core: ", status.message()));
  }
  AtLeast(faults, "group.snapshot_bytes", group.snapshot_bytes, 4096);
  AtLeast(faults, "group.snapshot_entries", group.snapshot_entries, 1);
  AtLeast(faults, "group.dead_bytes_max", group.dead_bytes_max, 4096);
  AtLeast(faults, "group.write_bytes_max", group.write_bytes_max, 4096);
  AtLeast(faults, "group.fetch_bytes", group.fetch_bytes, 1);
  AtLeast(faults, "group.fetches_max", group.fetches_max, 1);
  Positive(faults, "group.fetch_patience", group.fetch_patience);
  Positive(faults, "tick", tick);
  AtLeast(faults, "elections_burst", elections_burst, 1);
  AtLeast(faults, "elections_per_second", elections_per_second, 1);
  AtLeast(faults, "mailbox_items_max", mailbox_items_max, 16);
  AtLeast(faults, "unwritten_bytes_max", unwritten_bytes_max, 4096);
  AtLeast(faults, "fetch_bytes_per_second", fetch_bytes_per_second, 4096);
  return faults;
}

}  // namespace warren::replication
