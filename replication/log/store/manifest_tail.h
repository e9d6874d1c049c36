// What a power cut may leave at the end of RocksDB's manifest.
#pragma once

#include <cstdint>
#include <string_view>

namespace warren::log {

// RocksDB syncs its manifest after each change, so a power cut tears the last write at most. Where
// sectors of it are on the disk and others are not, RocksDB 7.8 takes this for damage and does not
// open; it was never told that the write had succeeded, so nothing is lost if it counts for
// nothing.
//
// The size of `manifest` without such a write; all of it if there is none, or if a change begins
// behind the first record that is broken: that is damage, and RocksDB is to say so.
uint64_t BytesBeforeTornWrite(std::string_view manifest);

}  // namespace warren::log
