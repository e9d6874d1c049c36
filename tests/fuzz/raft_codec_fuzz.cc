// Gives any bytes to every decoder of raft/codec.h, and to that of configuration changes: none may
// crash, and what decodes must encode to the very bytes that it came from.
//
// Checksums would keep the fuzzer out of the decoders for ever. So each input is tried a second
// time, with checksums that fit wherever the input says that there is one.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/bytes.h"
#include "base/check.h"
#include "base/coding.h"
#include "base/crc32c.h"
#include "raft/codec.h"
#include "raft/codec_header.h"
#include "raft/config_change.h"

namespace warren::raft {
namespace {

using codec_internal::Format;
using codec_internal::kCrcBytes;
using codec_internal::kEntryFormat;
using codec_internal::kHardStateFormat;
using codec_internal::kMessageFormat;
using codec_internal::kSnapshotFormat;
using codec_internal::SealHeader;

constexpr GroupId kGroup{7};  // Of the corpus.

// ---- Decoding ---------------------------------------------------------------------------------

void TryEntry(const base::Bytes& bytes) {
  const auto entry = DecodeEntry(kGroup, {}, bytes);
  const auto header = DecodeEntryHeader(kGroup, {}, bytes.view());
  if (!entry.ok()) return;
  WARREN_CHECK(header.ok() && header->id == entry->id);
  WARREN_CHECK(EncodeEntry(kGroup, *entry, header->payload_crc) == bytes.view());
  WARREN_CHECK(DecodeEntry(kGroup, entry->id.index, bytes).ok());
  WARREN_CHECK(!DecodeEntry(kGroup, entry->id.index + 1, bytes).ok());
}

void TryMessage(const base::Bytes& bytes) {
  auto message = DecodeMessage(kGroup, bytes);
  if (!message.ok()) return;
  WARREN_CHECK(EncodeMessage(kGroup, *message) == bytes.view());
  // What stood in a message before it was used again leaves no trace.
  WARREN_CHECK(DecodeMessageInto(kGroup, bytes, *message).ok());
  WARREN_CHECK(EncodeMessage(kGroup, *message) == bytes.view());
}

void TryHardState(const base::Bytes& bytes) {
  const auto hard_state = DecodeHardState(kGroup, bytes.view());
  if (!hard_state.ok()) return;
  const EncodedHardState again = EncodeHardState(kGroup, *hard_state);
  WARREN_CHECK(bytes == std::string_view(again.data(), again.size()));
}

void TrySnapshot(const base::Bytes& bytes) {
  const auto snapshot = DecodeSnapshot(kGroup, {}, bytes);
  if (!snapshot.ok()) return;
  WARREN_CHECK(EncodeSnapshot(kGroup, *snapshot) == bytes.view());
  snapshot->live.CheckInvariants();
}

void TryConfigChange(const base::Bytes& bytes) {
  const auto change = DecodeConfigChange(bytes.view());
  if (!change.ok()) return;
  const base::Bytes again = EncodeConfigChange(*change);
  WARREN_CHECK(again == bytes);
  const auto decoded_again = DecodeConfigChange(again.view());
  WARREN_CHECK(decoded_again.ok() && *decoded_again == *change);
}

// ---- Checksums that fit -----------------------------------------------------------------------

size_t ReadFixed(std::string_view bytes, size_t at, size_t width) {
  size_t value = 0;
  for (size_t i = 0; i < width; ++i) value |= size_t{static_cast<uint8_t>(bytes[at + i])} << 8 * i;
  return value;
}

void SealRange(std::string& bytes, size_t begin, size_t size, size_t crc_at) {
  base::EncodeFixed32(&bytes[crc_at], base::Crc32c(std::string_view(bytes).substr(begin, size)));
}

// The entry whose header begins at `header_at`, with its payload at `payload_at`. Returns the place
// behind the payload.
size_t SealEntry(std::string& bytes, size_t header_at, size_t payload_at) {
  const size_t size = std::min(ReadFixed(bytes, header_at + 4, 4), bytes.size() - payload_at);
  SealRange(bytes, payload_at, size, header_at + 40);
  SealHeader(kEntryFormat, &bytes[header_at]);
  return payload_at + size;
}

void SealSnapshot(std::string& bytes, size_t begin) {
  const size_t header_bytes = kSnapshotFormat.header_bytes;
  if (bytes.size() - begin < header_bytes) return;
  size_t members = 0;
  for (size_t set = 0; set < 4; ++set) members += ReadFixed(bytes, begin + 40 + 2 * set, 2);
  const size_t fixed_bytes = 8 * members + 16 * ReadFixed(bytes, begin + 4, 4);
  const size_t live_bytes = ReadFixed(bytes, begin + 48, 4);
  const size_t log_at = begin + header_bytes;
  const size_t log_bytes = std::min(fixed_bytes + live_bytes, bytes.size() - log_at);
  if (log_bytes == fixed_bytes + live_bytes && live_bytes >= kCrcBytes) {
    const size_t crc_at = log_at + log_bytes - kCrcBytes;
    SealRange(bytes, log_at + fixed_bytes, live_bytes - kCrcBytes, crc_at);
  }
  SealRange(bytes, log_at, log_bytes, begin + 52);
  SealRange(bytes, log_at + log_bytes, bytes.size() - log_at - log_bytes, begin + 64);
  SealHeader(kSnapshotFormat, &bytes[begin]);
}

void SealMessage(std::string& bytes) {
  const size_t header_bytes = kMessageFormat.header_bytes;
  SealHeader(kMessageFormat, bytes.data());
  if (bytes[1] == static_cast<char>(MessageType::kSnapshot)) {
    SealSnapshot(bytes, header_bytes);
    return;
  }
  const size_t count = ReadFixed(bytes, 4, 4);
  if (count > (bytes.size() - header_bytes) / kEntryHeaderBytes) return;
  size_t payload_at = header_bytes + count * kEntryHeaderBytes;
  for (size_t i = 0; i < count; ++i) {
    payload_at = SealEntry(bytes, header_bytes + i * kEntryHeaderBytes, payload_at);
  }
}

void SealLoneEntry(std::string& bytes) { SealEntry(bytes, 0, kEntryHeaderBytes); }
void SealLoneSnapshot(std::string& bytes) { SealSnapshot(bytes, 0); }
void SealHardState(std::string& bytes) { SealHeader(kHardStateFormat, bytes.data()); }

// A copy of `bytes` that was given to `seal`, if they are enough for a header. In a block of its
// own size, so that a sanitizer sees any access beyond the end.
base::Bytes Sealed(const Format& format, void (*seal)(std::string&), std::string bytes) {
  if (bytes.size() >= format.header_bytes) seal(bytes);
  return base::Bytes::Copy(bytes);
}

}  // namespace

void FuzzOne(const std::string& input) {
  const base::Bytes raw = base::Bytes::Copy(input);
  TryEntry(raw);
  TryMessage(raw);
  TryHardState(raw);
  TrySnapshot(raw);
  TryConfigChange(raw);
  TryEntry(Sealed(kEntryFormat, SealLoneEntry, input));
  TryMessage(Sealed(kMessageFormat, SealMessage, input));
  TryHardState(Sealed(kHardStateFormat, SealHardState, input));
  TrySnapshot(Sealed(kSnapshotFormat, SealLoneSnapshot, input));
}

}  // namespace warren::raft

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  warren::raft::FuzzOne(std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}
