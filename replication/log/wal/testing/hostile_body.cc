#include "replication/log/wal/testing/hostile_body.h"

#include "replication/log/wal/frame.h"
#include "replication/log/wal/item.h"
#include "replication/log/wal/sectors.h"

namespace warren::log {

std::string ComposeHostileBody(const HostileBodyGuess& guess, size_t payload_offset,
                               size_t payload_bytes) {
  Item item;
  item.kind = ItemKind::kTruncate;
  item.group = guess.group;
  item.first = guess.truncate_from;
  std::string directory;
  AppendItem(item, &directory);

  std::string body(payload_bytes, 'h');
  FrameNo number = guess.number;
  for (size_t at = BlocksFor(payload_offset) * kBlockContentBytes;
       at + kBlockContentBytes <= payload_offset + payload_bytes; at += kBlockContentBytes) {
    FrameHeader header;
    header.segment = guess.segment;
    header.number = number;
    header.blocks = 1;
    header.directory_bytes = static_cast<uint32_t>(directory.size());
    header.directory_crc = SeededCrc(guess.nonce, directory);
    header.table_crc = SeededCrc(guess.nonce, "");
    std::string frame(kFrameHeaderBytes, '\0');
    EncodeFrameHeader(header, guess.nonce, frame.data());
    frame += directory;
    body.replace(at - payload_offset, frame.size(), frame);
    number = number + 1;
  }
  return body;
}

}  // namespace warren::log
