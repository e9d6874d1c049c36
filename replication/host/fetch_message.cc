#include "replication/host/fetch_message.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

#include "base/coding.h"
#include "base/crc32c.h"
#include "base/status_macros.h"
#include "raft/codec.h"

namespace warren::replication {
namespace {

constexpr uint8_t kVersion = 1;

absl::Status Damaged(std::string_view what) {
  return absl::DataLossError(absl::StrCat("fetch: ", absl::string_view(what.data(), what.size())));
}

absl::Status CheckVersion(std::optional<uint8_t> version) {
  if (!version.has_value()) return Damaged("no bytes");
  if (*version == kVersion) return absl::OkStatus();
  return absl::UnimplementedError(absl::StrCat(
      "fetch: version ", int{*version}, " is not known; this program knows ", int{kVersion}));
}

absl::StatusOr<base::IntervalSet> ReadIndexes(base::Reader& reader) {
  const auto bytes = reader.LengthPrefixed(kFetchIndexesBytesMax);
  if (!bytes.has_value()) return Damaged("indexes are cut off, or too many");
  return base::IntervalSet::Deserialize(*bytes);
}

}  // namespace

base::BytesChain EncodeFetchRequest(const FetchRequest& request) {
  std::string out;
  base::PutFixed8(&out, kVersion);
  base::PutVarint64(&out, request.number);
  base::PutVarint64(&out, request.bytes_max);
  base::PutVarint64(&out, request.needed_above.value());
  base::PutLengthPrefixed(&out, request.indexes.Serialize());
  return base::BytesChain(base::Bytes::Adopt(std::move(out)));
}

absl::StatusOr<FetchRequest> DecodeFetchRequest(const base::Bytes& bytes) {
  base::Reader reader(bytes.view());
  WARREN_RETURN_IF_ERROR(CheckVersion(reader.Fixed8()));
  FetchRequest request;
  request.number = reader.Varint64().value_or(0);
  request.bytes_max = reader.Varint64().value_or(0);
  request.needed_above = raft::Index(reader.Varint64().value_or(0));
  WARREN_ASSIGN_OR_RETURN(request.indexes, ReadIndexes(reader));
  if (!reader.AtEnd()) return Damaged("a request is cut off, or followed by other bytes");
  return request;
}

base::BytesChain EncodeFetchAnswer(raft::GroupId group, const FetchAnswer& answer) {
  std::string out;
  base::PutFixed8(&out, kVersion);
  base::PutVarint64(&out, answer.number);
  base::PutVarint64(&out, answer.last_considered.value());
  base::PutLengthPrefixed(&out, answer.dead.Serialize());
  base::PutVarint64(&out, answer.entries.size());
  for (const raft::Entry& entry : answer.entries) {
    base::PutVarint64(&out, raft::kEntryHeaderBytes + entry.payload.size());
  }
  base::BytesChain chain(base::Bytes::Adopt(std::move(out)));
  for (const raft::Entry& entry : answer.entries) {
    chain.Append(raft::EncodeEntry(group, entry, entry.PayloadCrc()));
  }
  return chain;
}

absl::StatusOr<FetchAnswer> DecodeFetchAnswer(raft::GroupId group, const base::Bytes& bytes) {
  base::Reader reader(bytes.view());
  WARREN_RETURN_IF_ERROR(CheckVersion(reader.Fixed8()));
  FetchAnswer answer;
  answer.number = reader.Varint64().value_or(0);
  answer.last_considered = raft::Index(reader.Varint64().value_or(0));
  WARREN_ASSIGN_OR_RETURN(answer.dead, ReadIndexes(reader));
  const auto count = reader.Varint64();
  if (!count.has_value() || *count > kFetchEntriesMax || *count > reader.remaining()) {
    return Damaged("entries are cut off, or too many");
  }
  std::vector<uint64_t> sizes(*count);
  for (uint64_t& size : sizes) size = reader.Varint64().value_or(0);
  for (const uint64_t size : sizes) {
    const size_t at = bytes.size() - reader.remaining();
    if (!reader.View(size).has_value()) return Damaged("an entry is cut off");
    WARREN_ASSIGN_OR_RETURN(raft::Entry entry,
                            raft::DecodeEntry(group, std::nullopt, bytes.Slice(at, size)));
    if (!answer.entries.empty() && entry.id.index <= answer.entries.back().id.index) {
      return Damaged("entries are not in order");
    }
    answer.entries.push_back(std::move(entry));
  }
  if (!reader.AtEnd()) return Damaged("an answer is cut off, or followed by other bytes");
  return answer;
}

}  // namespace warren::replication
