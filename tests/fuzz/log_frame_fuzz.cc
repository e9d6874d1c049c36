// Gives any bytes to the decoders of frame headers, directories and segment headers: none may
// crash, and what decodes must encode to the very bytes that it came from.
//
// Checksums would keep the fuzzer out for ever. So each input is tried a second time, with those
// that fit.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/coding.h"
#include "base/crc32c.h"
#include "replication/log/wal/frame.h"
#include "replication/log/wal/item.h"
#include "replication/log/wal/segment_header.h"

namespace warren::log {
namespace {

constexpr uint64_t kNonce = 0x1122334455667788;

void TryFrameHeader(std::string_view content) {
  LooksLikeFrameHeader(content);
  const auto header = DecodeFrameHeaderOfAny(content, kNonce);
  if (!header.ok()) return;
  std::string again(kFrameHeaderBytes, '\0');
  EncodeFrameHeader(*header, kNonce, again.data());
  WARREN_CHECK(again == content.substr(0, kFrameHeaderBytes));
  SegmentHeader life;
  life.nonce = kNonce;
  life.number = header->segment;
  WARREN_CHECK(DecodeFrameHeader(content, life).ok());
  life.number = header->segment + 1;
  WARREN_CHECK(!DecodeFrameHeader(content, life).ok());
}

void TryItems(std::string_view bytes) {
  const auto items = DecodeItems(bytes);
  if (!items.ok()) return;
  std::string again;
  for (const Item& item : *items) {
    AppendItem(item, &again);
    WARREN_CHECK(!Describe(item).empty());
  }
  WARREN_CHECK(again == bytes);
}

void TrySegmentHeader(const std::string& block) {
  const auto header = DecodeSegmentHeader(block);
  if (header.ok()) WARREN_CHECK(EncodeSegmentHeader(*header) == block);
}

// What stands at `at` of a segment header is its checksum.
constexpr size_t kSegmentCrcAt = 80;

}  // namespace

void FuzzOne(const std::string& input) {
  TryFrameHeader(input);
  TryItems(input);
  std::string block = input;
  block.resize(kBlockBytes, '\0');
  TrySegmentHeader(block);
  base::EncodeFixed32(&block[kSegmentCrcAt],
                      base::Crc32c(std::string_view(block).substr(0, kSegmentCrcAt)));
  TrySegmentHeader(block);
  if (input.size() < kFrameHeaderBytes) return;
  std::string sealed = input;
  const size_t crc_at = kFrameHeaderBytes - sizeof(uint32_t);
  base::EncodeFixed32(&sealed[crc_at],
                      SeededCrc(kNonce, std::string_view(sealed).substr(0, crc_at)));
  TryFrameHeader(sealed);
}

}  // namespace warren::log

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  warren::log::FuzzOne(std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}
