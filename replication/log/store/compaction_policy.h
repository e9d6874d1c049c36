// Decides which files of the store to rewrite.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace warren::log {

// What matters about one file. Bytes of keys and values; what a file has besides does not count,
// for it cannot be compacted away.
struct FileUse {
  uint64_t alive_bytes = 0;
  uint64_t dead_bytes = 0;
  bool is_damaged = false;  // Cannot be read whole, so it cannot be rewritten.

  uint64_t bytes() const { return alive_bytes + dead_bytes; }
};

struct CompactionLimits {
  uint32_t garbage_percent_max = 33;
  uint64_t garbage_bytes_min = 0;  // So much garbage in all is never worth the work.
  uint64_t merge_bytes_max = uint64_t{64} * 1024 * 1024;  // What a merge of files may come to.
};

// Neighbours in age, to be rewritten as one file.
struct CompactionWindow {
  size_t first = 0;
  size_t count = 0;
  friend bool operator==(const CompactionWindow&, const CompactionWindow&) = default;
};

// The store as a log-structured file system sees it: a file is never changed, but loses its worth
// as its entries die, and the cheapest space is won from the file that has lost most. As long as
// the garbage of *all* files together is within bounds nothing is done, however much of it one file
// has: to wait lets more die, and what has died need not be rewritten. In the order of preference:
//
//   1. A file in which nothing is alive: costs nothing.
//   2. Too much garbage in all: the file with the largest part of it, and neighbours that have much
//      too or are tiny.
//   3. Too many small files: the run of neighbours that is cheapest to merge.
//
// `files`: oldest first. nullopt: nothing to do. What it asks for always makes less garbage or
// fewer files, so whoever does as it says comes to an end.
std::optional<CompactionWindow> PickCompaction(const std::vector<FileUse>& files,
                                               const CompactionLimits& limits);

}  // namespace warren::log
