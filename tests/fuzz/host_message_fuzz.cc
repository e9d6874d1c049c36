// Gives any bytes to what a node decodes of how groups begin and are mended: fetch messages, the
// specification of a group, the state in a snapshot, and the envelope around them all. None may
// crash, and what decodes must encode to the very bytes that it came from.
//
// Indexes and entries carry checksums, which would keep the fuzzer out for ever. So each input is
// tried a second time as a fetch message, with checksums that fit.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"
#include "base/coding.h"
#include "base/crc32c.h"
#include "raft/codec.h"
#include "raft/codec_header.h"
#include "replication/host/fetch_message.h"
#include "replication/host/group_spec.h"
#include "replication/wire/envelope.h"

namespace warren::replication {
namespace {

using raft::codec_internal::kEntryFormat;
using raft::codec_internal::SealHeader;

constexpr GroupId kGroup{9};  // Of the corpus.

// ---- Decoding -----------------------------------------------------------------------------------

void TryFetchRequest(const base::Bytes& bytes) {
  const auto request = DecodeFetchRequest(bytes);
  if (!request.ok()) return;
  request->indexes.CheckInvariants();
  WARREN_CHECK(EncodeFetchRequest(*request) == bytes.view());
}

void TryFetchAnswer(const base::Bytes& bytes) {
  const auto answer = DecodeFetchAnswer(kGroup, bytes);
  if (!answer.ok()) return;
  answer->dead.CheckInvariants();
  WARREN_CHECK(answer->entries.size() <= std::min(kFetchEntriesMax, bytes.size()));
  raft::Index last;
  for (const raft::Entry& entry : answer->entries) {
    WARREN_CHECK(entry.id.index > last);
    last = entry.id.index;
  }
  WARREN_CHECK(EncodeFetchAnswer(kGroup, *answer) == bytes.view());
  if (!answer->entries.empty()) WARREN_CHECK(!DecodeFetchAnswer(GroupId(8), bytes).ok());
}

// Voters are a set, and may be written in any order: it is the second time that must be like the
// first.
void TryGroupSpec(const base::Bytes& bytes) {
  const auto spec = DecodeGroupSpec(bytes);
  if (!spec.ok()) return;
  WARREN_CHECK(!spec->group.IsNone() && !spec->voters.empty());
  const base::Bytes again = EncodeGroupSpec(*spec).Flatten();
  WARREN_CHECK(again.size() == bytes.size());
  const auto decoded_again = DecodeGroupSpec(again);
  WARREN_CHECK(decoded_again.ok() && *decoded_again == *spec);
  WARREN_CHECK(FirstOf(*spec, Incarnation(1)).snapshot->membership.voters == spec->voters);
}

void TryState(const base::Bytes& bytes) {
  const auto state = OpenState(bytes);
  if (state.ok()) WARREN_CHECK(SealState(state->kind, state->state) == bytes);
}

void TryEnvelope(const base::Bytes& bytes) {
  const auto envelope = Open(bytes);
  if (!envelope.ok()) return;
  WARREN_CHECK(Wrap(envelope->kind, envelope->group, envelope->shard,
                    base::BytesChain(envelope->body)) == bytes.view());
}

// ---- Checksums that fit -------------------------------------------------------------------------

constexpr size_t kCrcBytes = 4;
// Of an entry's header.
constexpr size_t kPayloadCrcAt = 40;

// Goes through a fetch message, and seals what it says is sealed.
class Sealer {
 public:
  explicit Sealer(std::string bytes) : bytes_(std::move(bytes)), reader_(bytes_) {}

  std::string Request() {
    SealIndexes(3);
    return bytes_;
  }
  std::string Answer() {
    SealIndexes(2);
    const uint64_t count = reader_.Varint64().value_or(0);
    std::vector<uint64_t> sizes;
    for (uint64_t i = 0; i < count && reader_.ok(); ++i) {
      sizes.push_back(reader_.Varint64().value_or(0));
    }
    for (const uint64_t size : sizes) {
      const size_t at = bytes_.size() - reader_.remaining();
      if (!reader_.View(size).has_value()) break;
      if (size < raft::kEntryHeaderBytes) continue;
      const std::string_view payload = std::string_view(bytes_).substr(
          at + raft::kEntryHeaderBytes, size - raft::kEntryHeaderBytes);
      base::EncodeFixed32(&bytes_[at + kPayloadCrcAt], base::Crc32c(payload));
      SealHeader(kEntryFormat, &bytes_[at]);
    }
    return bytes_;
  }

 private:
  // So many numbers stand between the version and the indexes.
  void SealIndexes(int numbers) {
    reader_.Fixed8();
    for (int i = 0; i < numbers; ++i) reader_.Varint64();
    const std::optional<std::string_view> indexes = reader_.LengthPrefixed();
    if (!indexes.has_value() || indexes->size() < kCrcBytes) return;
    const std::string_view sealed = indexes->substr(0, indexes->size() - kCrcBytes);
    const size_t end = bytes_.size() - reader_.remaining();
    base::EncodeFixed32(&bytes_[end - kCrcBytes], base::Crc32c(sealed));
  }

  std::string bytes_;
  base::Reader reader_;  // Of bytes_, whose size stays as it is.
};

}  // namespace

void FuzzOne(const std::string& input) {
  // In blocks of their own size, so that a sanitizer sees any access beyond the end.
  const base::Bytes bytes = base::Bytes::Copy(input);
  TryFetchRequest(bytes);
  TryFetchAnswer(bytes);
  TryGroupSpec(bytes);
  TryState(bytes);
  TryEnvelope(bytes);
  TryFetchRequest(base::Bytes::Copy(Sealer(input).Request()));
  TryFetchAnswer(base::Bytes::Copy(Sealer(input).Answer()));
}

}  // namespace warren::replication

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  warren::replication::FuzzOne(std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}
