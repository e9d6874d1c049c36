// Gives damaged segments to ScanSegment() and Assemble(). The first byte of the input says how:
//
//   even: what follows is the segment, raw, in a life whose nonce is known; if it is a multiple of
//         4, frames get checksums that fit, which would keep the fuzzer out of them otherwise;
//   odd:  what follows says which frames a log of two segments has, and what is then done to its
//         bytes.
//
// Nothing may crash. In the second case what is said to be intact must be what was written.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "base/coding.h"
#include "replication/log/wal/log_scan.h"
#include "replication/log/wal/sectors.h"
#include "replication/log/wal/testing/log_image.h"

namespace warren::log {
namespace {

constexpr size_t kRawBytesMax = 64 * 1024;
constexpr uint32_t kBlocks = 16;

SegmentHeader FixedLife(size_t bytes) {
  SegmentHeader life;
  life.number = SegmentNo(2);
  life.nonce = 0x1122334455667788;
  life.blocks = static_cast<uint32_t>(bytes / kBlockBytes);
  life.tag = 0x3C5A;
  life.older_tags[0] = 0xA5C3;
  return life;
}

// What holds of every scan.
void Check(const LogScan& scan) {
  FrameNo before;
  for (const FoundFrame& frame : scan.frames) {
    WARREN_CHECK(frame.header.number < scan.next);
    WARREN_CHECK(frame.header.number > before);
    before = frame.header.number;
    for (const FoundItem& found : frame.items) {
      WARREN_CHECK(found.lost.empty() || found.body_lost);
      if (!found.item.HasEntries()) continue;
      WARREN_CHECK(found.entry_offsets.size() == found.item.count || found.entry_offsets.empty());
      WARREN_CHECK(!found.entry_offsets.empty() || found.lost.size() == found.item.count);
    }
  }
  WARREN_CHECK(scan.last == before);
  WARREN_CHECK(scan.whole == scan.why_not_whole.empty());
}

uint32_t ContentCrc(const std::string& raw, size_t block, uint64_t offset, uint64_t bytes) {
  const size_t room = (raw.size() / kBlockBytes - block) * kBlockContentBytes;
  if (offset > room || bytes > room - offset) return 0;
  std::string content(bytes, '\0');
  ReadContent(raw.data() + block * kBlockBytes, offset, bytes, content.data());
  return SeededCrc(FixedLife(raw.size()).nonce, content);
}

// Where a block begins like a frame, the checksums of header, directory and table are made to fit.
// Requires: whole blocks.
void Seal(std::string& raw) {
  for (size_t block = 1; block < raw.size() / kBlockBytes; ++block) {
    char* const header = raw.data() + block * kBlockBytes;
    if (!LooksLikeFrameHeader({header, kFrameHeaderBytes})) continue;
    base::Reader sizes(std::string_view(header + 60, 12));
    const uint64_t body = sizes.Fixed32().value_or(0);
    const uint64_t directory = sizes.Fixed32().value_or(0);
    const uint64_t table = sizes.Fixed32().value_or(0);
    const uint64_t directory_at = kFrameHeaderBytes + body;
    base::EncodeFixed32(header + 72, ContentCrc(raw, block, directory_at, directory));
    base::EncodeFixed32(header + 76, ContentCrc(raw, block, directory_at + directory, table));
    const uint32_t crc = SeededCrc(FixedLife(raw.size()).nonce, {header, kFrameHeaderBytes - 4});
    base::EncodeFixed32(header + kFrameHeaderBytes - 4, crc);
  }
}

void FuzzRaw(std::string raw, uint64_t watermark, bool sealed) {
  raw.resize(std::min(raw.size(), kRawBytesMax));
  if (sealed) {
    raw.resize((raw.size() + kBlockBytes - 1) / kBlockBytes * kBlockBytes, '\0');
    raw.resize(std::min(raw.size(), kRawBytesMax));
    Seal(raw);
  }
  LogScanInput input;
  input.segments.push_back(ScanSegment(FixedLife(kRawBytesMax), raw));
  input.watermark = FrameNo(watermark);
  Check(Assemble(std::move(input)));
}

uint64_t Next(base::Reader* reader) { return reader->Fixed8().value_or(0); }

// Bytes, sectors and blocks are changed as the input says.
void Damage(base::Reader* reader, LogImage* image) {
  while (reader->ok() && reader->remaining() > 0) {
    LogImage::Segment& segment = image->segments()[Next(reader) % 2];
    const size_t at = reader->Fixed16().value_or(0) % segment.raw.size();
    const uint64_t how = Next(reader);
    const auto value = static_cast<char>(Next(reader));
    const size_t sector = at / kSectorBytes * kSectorBytes;
    switch (how % 4) {
      case 0:
        segment.raw[at] = static_cast<char>(segment.raw[at] ^ value);
        break;
      case 1:
        segment.raw.replace(sector, kSectorBytes, std::string(kSectorBytes, value));
        break;
      case 2:
        SetTags(segment.raw.data() + sector, 1, segment.life.older_tags[how / 4 % 3]);
        break;
      default:  // A block is written in the wrong place.
        segment.raw.replace(at / kBlockBytes * kBlockBytes, kBlockBytes,
                            std::string(segment.raw, how / 4 % kBlocks * kBlockBytes, kBlockBytes));
    }
  }
}

void FuzzDamage(std::string_view bytes, uint64_t watermark) {
  base::Reader reader(bytes);
  LogImage image(7, kBlocks);
  for (uint64_t number = 1; number <= 2; ++number) {
    image.BeginSegment(number);
    for (uint64_t frames = Next(&reader) % 8; frames > 0; --frames) {
      const size_t entries = Next(&reader) % 8;
      image.AddFrame(entries, Next(&reader) * 16);
    }
  }
  Damage(&reader, &image);
  const LogScan scan = image.Recover(watermark % 16);
  Check(scan);
  for (const FoundFrame& frame : scan.frames) {
    const LogImage::Segment& segment = image.segments()[frame.header.segment.value() - 1];
    for (const FoundItem& found : frame.items) {
      for (size_t i = 0; i < found.entry_offsets.size(); ++i) {
        const uint64_t index = found.item.first.value() + i;
        if (found.lost.Contains(index)) continue;
        const auto entry = LogImage::ReadEntry(segment.raw, frame, found, i);
        WARREN_CHECK(entry.ok() && *entry == image.entries()[index - 1]);
      }
    }
  }
}

}  // namespace

void FuzzOne(std::string_view input) {
  if (input.size() < 2) return;
  const auto how = static_cast<uint8_t>(input[0]);
  const auto watermark = static_cast<uint8_t>(input[1]);
  if (how % 2 == 0) {
    FuzzRaw(std::string(input.substr(2)), watermark, how % 4 == 0);
  } else {
    FuzzDamage(input.substr(2), watermark);
  }
}

}  // namespace warren::log

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  warren::log::FuzzOne(std::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
