#include "replication/log/store/store_key.h"

#include "absl/strings/str_cat.h"

#include "base/check.h"

namespace warren::log {
namespace {

void PutBigEndian(std::string* out, uint64_t value, int width) {
  for (int shift = 8 * (width - 1); shift >= 0; shift -= 8)
    out->push_back(static_cast<char>(value >> shift));
}

uint64_t GetBigEndian(std::string_view bytes) {
  uint64_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<uint8_t>(byte);
  return value;
}

}  // namespace

std::string EncodeKey(const StoreKey& key) {
  WARREN_CHECK_MSG(key.group.value() <= UINT32_MAX, "a group number fits into 32 bits");
  std::string bytes;
  bytes.reserve(kStoreKeyBytes);
  bytes.push_back(static_cast<char>(key.kind));
  PutBigEndian(&bytes, key.group.value(), 4);
  PutBigEndian(&bytes, key.index.value(), 8);
  return bytes;
}

std::optional<StoreKey> DecodeKey(std::string_view bytes) {
  if (bytes.size() != kStoreKeyBytes) return std::nullopt;
  const uint8_t kind = static_cast<uint8_t>(bytes[0]);
  if (kind > static_cast<uint8_t>(KeyKind::kEntry)) return std::nullopt;
  const StoreKey key{.group = GroupNo(GetBigEndian(bytes.substr(1, 4))),
                     .kind = static_cast<KeyKind>(kind),
                     .index = raft::Index(GetBigEndian(bytes.substr(5, 8)))};
  const bool is_entry = key.kind == KeyKind::kEntry;
  if (is_entry ? key.group.IsNone() : key.index != raft::Index()) return std::nullopt;
  return key;
}

std::string EncodeKeyAfterGroup(KeyKind kind, GroupNo group) {
  const uint64_t kind_and_group = (uint64_t{static_cast<uint8_t>(kind)} << 32 | group.value()) + 1;
  std::string bytes;
  PutBigEndian(&bytes, kind_and_group, 5);
  return bytes;
}

std::string Describe(const StoreKey& key) {
  const std::string group = absl::StrCat(" of group no ", key.group.value());
  switch (key.kind) {
    case KeyKind::kRecord:
      return key.group.IsNone() ? "the log's record" : "the record" + group;
    case KeyKind::kSnapshot:
      return "the snapshot" + group;
    case KeyKind::kEntry:
      break;
  }
  return absl::StrCat("entry ", key.index.value(), group);
}

}  // namespace warren::log
