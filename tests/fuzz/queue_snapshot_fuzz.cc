// Gives any bytes to the decoder of queue snapshots: it may not crash, what it takes must encode to
// the very bytes that it came from, and must be a queue that works.
//
// The checksum would keep the fuzzer out for ever, so each input is given one that fits.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/coding.h"
#include "base/crc32c.h"
#include "queue/machine.h"
#include "queue/queue_image.h"

namespace warren::queue {
namespace {

// A little of everything happens to it.
void Use(Machine& machine) {
  machine.CheckInvariants();
  const uint64_t applied = machine.applied().value();
  if (applied > UINT64_MAX / 2 / kSlotsMax || machine.now().value() > UINT64_MAX / 2) return;
  Effects effects;
  uint64_t index = applied;
  const Time later = machine.now() + 3600 * kSecond;
  const SessionId session(0xF022);
  const auto apply = [&](const Command& command) {
    machine.Apply(EntryIndex(++index), later, command, effects);
    machine.CheckInvariants();
  };
  apply(Tick{});
  apply(AttachSession{.session = session, .epoch = SessionEpoch(UINT64_MAX / 2), .held = {}});
  if (effects.sessions.empty() || effects.sessions[0].kind != SessionEventKind::kAttached) return;
  const SessionNumber last = effects.sessions[0].number;
  const auto stamp = [&](uint64_t number) {
    return Stamp{session, SessionEpoch(UINT64_MAX / 2), last + number, last};
  };
  if (last.value() > UINT64_MAX / 2) return;
  apply(Publish{.stamp = stamp(1), .messages = std::vector<NewMessage>(3)});
  apply(Get{.stamp = stamp(2)});
  apply(DetachSession{.session = session, .epoch = SessionEpoch(UINT64_MAX / 2)});
  apply(Purge{.delayed = true});
}

void Try(std::string_view bytes) {
  const absl::StatusOr<QueueImage> image = DecodeQueueImage(bytes);
  if (!image.ok()) return;
  WARREN_CHECK(EncodeQueueImage(*image) == bytes);
  absl::StatusOr<Machine> machine = Machine::Restore(bytes);
  if (!machine.ok()) return;
  WARREN_CHECK(machine->TakeSnapshot().Serialize() == bytes);
  Use(*machine);
}

}  // namespace
}  // namespace warren::queue

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string bytes(reinterpret_cast<const char*>(data), size);
  warren::queue::Try(bytes);
  if (bytes.size() < 4) return 0;
  bytes.resize(bytes.size() - 4);
  warren::base::PutFixed32(&bytes, warren::base::Crc32c(bytes));
  warren::queue::Try(bytes);
  return 0;
}
