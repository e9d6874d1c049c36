#include "replication/log/wal/item.h"

#include "absl/strings/str_cat.h"

#include "base/check.h"
#include "base/coding.h"
#include "raft/codec.h"

namespace warren::log {
namespace {

constexpr uint8_t kAmnesiacFlag = 1;

// What is wrong with it, or nullptr.
const char* FaultOf(const Item& item) {
  using raft::kOrdinalMax;
  if (item.group.value() > UINT32_MAX) return "a group number is too large";
  if (item.group.IsNone() != (item.kind == ItemKind::kRecovered)) return "of the wrong group";
  switch (item.kind) {
    case ItemKind::kEntries:
    case ItemKind::kBodies:
      if (item.first == raft::Index() || item.first.value() > kOrdinalMax) return "a bad index";
      if (item.count == 0) return "no entries";
      if (item.LastEntry().value() > kOrdinalMax) return "a bad index";
      if (item.term == raft::Term() || item.term.value() > kOrdinalMax) return "a bad term";
      if (item.body_bytes < uint64_t{item.count} * raft::kEntryHeaderBytes)
        return "too many entries";
      return nullptr;
    case ItemKind::kSnapshot:
    case ItemKind::kInstall:
      if (item.last.index.value() > kOrdinalMax) return "a bad index";
      if (item.last.term.value() > kOrdinalMax) return "a bad term";
      if (item.body_bytes < kSnapshotHeaderBytes) return "too small a snapshot";
      return nullptr;
    case ItemKind::kHardState:
      if (item.hard_state.term.value() > kOrdinalMax) return "a bad term";
      if (item.hard_state.commit.value() > kOrdinalMax) return "a bad index";
      return nullptr;
    case ItemKind::kCommit:
      return item.hard_state.commit.value() > kOrdinalMax ? "a bad index" : nullptr;
    case ItemKind::kTruncate:
      if (item.first == raft::Index() || item.first.value() > kOrdinalMax) return "a bad index";
      return nullptr;
    case ItemKind::kCreate:
      return item.id.IsNone() ? "a group without a name" : nullptr;
    case ItemKind::kDestroy:
    case ItemKind::kRecovered:
      return nullptr;
  }
  return "an unknown kind";
}

// Of what is specific to its kind. False: unknown kind, or a value that does not fit its type.
bool ReadFields(base::Reader* reader, Item* item) {
  const auto varint = [reader] { return reader->Varint64().value_or(0); };
  const auto varint32 = [reader](uint32_t* out) {
    const uint64_t value = reader->Varint64().value_or(0);
    *out = static_cast<uint32_t>(value);
    return value <= UINT32_MAX;
  };
  switch (item->kind) {
    case ItemKind::kEntries:
    case ItemKind::kBodies:
      item->first = raft::Index(varint());
      if (!varint32(&item->count)) return false;
      item->term = raft::Term(varint());
      if (!varint32(&item->body_bytes)) return false;
      item->crc = reader->Fixed32().value_or(0);
      return true;
    case ItemKind::kSnapshot:
    case ItemKind::kInstall:
      item->last.index = raft::Index(varint());
      item->last.term = raft::Term(varint());
      if (!varint32(&item->body_bytes)) return false;
      item->crc = reader->Fixed32().value_or(0);
      return true;
    case ItemKind::kHardState: {
      item->hard_state.term = raft::Term(varint());
      item->hard_state.vote = raft::NodeId(varint());
      item->hard_state.commit = raft::Index(varint());
      const uint8_t flags = reader->Fixed8().value_or(0);
      item->hard_state.amnesiac = (flags & kAmnesiacFlag) != 0;
      return flags <= kAmnesiacFlag;
    }
    case ItemKind::kCommit:
      item->hard_state.commit = raft::Index(varint());
      return true;
    case ItemKind::kTruncate:
      item->first = raft::Index(varint());
      return true;
    case ItemKind::kCreate:
      item->id = raft::GroupId(varint());
      return true;
    case ItemKind::kDestroy:
      return true;
    case ItemKind::kRecovered:
      item->through = FrameNo(varint());
      return true;
  }
  return false;
}

std::string Bodied(absl::string_view what, const raft::EntryId& last) {
  return absl::StrCat(what, " up to entry ", last.index.value(), " of term ", last.term.value());
}

std::string DescribeAction(const Item& item) {
  switch (item.kind) {
    case ItemKind::kEntries:
    case ItemKind::kBodies:
      return absl::StrCat(item.kind == ItemKind::kEntries ? "entries " : "bodies ",
                          item.first.value(), "..", item.LastEntry().value(), " of term ",
                          item.term.value());
    case ItemKind::kSnapshot:
      return Bodied("snapshot", item.last);
    case ItemKind::kInstall:
      return Bodied("installed snapshot", item.last);
    case ItemKind::kHardState:
      return absl::StrCat("term ", item.hard_state.term.value(), ", vote ",
                          item.hard_state.vote.value(), ", commit ", item.hard_state.commit.value(),
                          item.hard_state.amnesiac ? ", amnesiac" : "");
    case ItemKind::kCommit:
      return absl::StrCat("commit ", item.hard_state.commit.value());
    case ItemKind::kTruncate:
      return absl::StrCat("truncate from ", item.first.value());
    case ItemKind::kCreate:
      return absl::StrCat("create group ", item.id.value());
    case ItemKind::kDestroy:
      return "destroy";
    case ItemKind::kRecovered:
      break;
  }
  return absl::StrCat("recovered through frame ", item.through.value());
}

}  // namespace

void AppendItem(const Item& item, std::string* out) {
  const char* const fault = FaultOf(item);
  WARREN_CHECK_MSG(fault == nullptr, fault);
  base::PutFixed8(out, static_cast<uint8_t>(item.kind));
  base::PutVarint64(out, item.group.value());
  switch (item.kind) {
    case ItemKind::kEntries:
    case ItemKind::kBodies:
      base::PutVarint64(out, item.first.value());
      base::PutVarint64(out, item.count);
      base::PutVarint64(out, item.term.value());
      break;
    case ItemKind::kSnapshot:
    case ItemKind::kInstall:
      base::PutVarint64(out, item.last.index.value());
      base::PutVarint64(out, item.last.term.value());
      break;
    case ItemKind::kHardState:
      base::PutVarint64(out, item.hard_state.term.value());
      base::PutVarint64(out, item.hard_state.vote.value());
      base::PutVarint64(out, item.hard_state.commit.value());
      base::PutFixed8(out, item.hard_state.amnesiac ? kAmnesiacFlag : 0);
      break;
    case ItemKind::kCommit:
      base::PutVarint64(out, item.hard_state.commit.value());
      break;
    case ItemKind::kTruncate:
      base::PutVarint64(out, item.first.value());
      break;
    case ItemKind::kCreate:
      base::PutVarint64(out, item.id.value());
      break;
    case ItemKind::kDestroy:
      break;
    case ItemKind::kRecovered:
      base::PutVarint64(out, item.through.value());
      break;
  }
  if (!item.HasBody()) return;
  base::PutVarint64(out, item.body_bytes);
  base::PutFixed32(out, item.crc);
}

absl::StatusOr<std::vector<Item>> DecodeItems(std::string_view bytes) {
  std::vector<Item> items;
  base::Reader reader(bytes);
  while (reader.ok() && reader.remaining() > 0) {
    Item& item = items.emplace_back();
    item.kind = static_cast<ItemKind>(reader.Fixed8().value_or(0));
    item.group = GroupNo(reader.Varint64().value_or(0));
    const char* fault = ReadFields(&reader, &item) ? nullptr : "an unknown kind, or a bad value";
    if (!reader.ok()) fault = "cut off";
    if (fault == nullptr) fault = FaultOf(item);
    if (fault != nullptr) {
      return absl::DataLossError(
          absl::StrCat("frame directory: item ", items.size() - 1, ": ", fault));
    }
  }
  return items;
}

std::string Describe(const Item& item) {
  std::string text = DescribeAction(item);
  if (!item.group.IsNone()) absl::StrAppend(&text, ", group no ", item.group.value());
  return text;
}

}  // namespace warren::log
