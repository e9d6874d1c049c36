// How keys of the store are made.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "raft/types.h"
#include "replication/log/types.h"

namespace warren::log {

// Big endian, so that the order of keys is that of kinds, then of groups, then of indexes:
//
//   | kind, 1 byte | group no, 4 bytes | index, 8 bytes |
//
// The kind comes first so that the records of all groups lie side by side: a start reads them
// without stepping over the entries between them. Group number 0 holds what concerns the log as a
// whole.
enum class KeyKind : uint8_t { kRecord = 0, kSnapshot = 1, kEntry = 2 };
inline constexpr size_t kStoreKeyBytes = 13;

struct StoreKey {
  GroupNo group;
  KeyKind kind = KeyKind::kRecord;
  raft::Index index = {};  // 0 but for entries.
  friend bool operator==(const StoreKey&, const StoreKey&) = default;
};

// Requires: the group number fits into 32 bits.
std::string EncodeKey(const StoreKey& key);
// nullopt: not made by EncodeKey.
std::optional<StoreKey> DecodeKey(std::string_view bytes);

// Not above any key that comes after all of this kind and group, and above all of these.
std::string EncodeKeyAfterGroup(KeyKind kind, GroupNo group);

// "entry 7 of group no 3", "record of group no 3": for messages.
std::string Describe(const StoreKey& key);

}  // namespace warren::log
