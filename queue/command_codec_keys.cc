// Commands that name many keys.
#include "queue/command_codec_io.h"

namespace warren::queue::codec_internal {
namespace {

// In a settlement's first byte, beside the verdict.
constexpr uint8_t kVerdictBits = 0x03;
constexpr uint8_t kOtherConsumer = 0x04;  // Than in the settlement before.
constexpr uint8_t kHasNotBefore = 0x08;
constexpr uint8_t kSettlementBits = 0x0f;

static_assert(static_cast<uint8_t>(Verdict::kDeadLetter) == kVerdictBits);

}  // namespace

// ---- Settle -------------------------------------------------------------------------------------

void Fields(Writer& out, const Settle& settle) {
  Fields(out, settle.stamp);
  out.Count(settle.settlements.size(), kSettlementsMax);
  Settlement before;
  for (const Settlement& settlement : settle.settlements) {
    WARREN_CHECK(settlement.verdict <= Verdict::kDeadLetter);
    auto bits = static_cast<uint8_t>(settlement.verdict);
    if (settlement.consumer != before.consumer) bits |= kOtherConsumer;
    if (settlement.not_before != Time(0)) bits |= kHasNotBefore;
    out.Byte(bits);
    if ((bits & kOtherConsumer) != 0) out.Name(settlement.consumer);
    PlaceAfter(out, before.keys.last, settlement.keys.first);
    RangeEnd(out, settlement.keys);
    if ((bits & kHasNotBefore) != 0) out.Place(settlement.not_before);
    before = settlement;
  }
}

void Fields(Parser& in, Settle& settle) {
  Fields(in, settle.stamp);
  settle.settlements.resize(in.Count(kSettlementsMax, 3));
  Settlement before;
  for (Settlement& settlement : settle.settlements) {
    settlement = {};
    const uint8_t bits = in.Byte();
    if ((bits & ~kSettlementBits) != 0) in.Fail("a flag that there is not");
    settlement.verdict = static_cast<Verdict>(bits & kVerdictBits);
    settlement.consumer = before.consumer;
    if ((bits & kOtherConsumer) != 0) {
      in.Name(settlement.consumer);
      if (settlement.consumer == before.consumer) in.Fail("another consumer that is the same");
    }
    PlaceAfter(in, before.keys.last, settlement.keys.first);
    RangeEnd(in, settlement.keys);
    if ((bits & kHasNotBefore) != 0) {
      in.Place(settlement.not_before);
      if (settlement.not_before == Time(0)) in.Fail("a time that is none");
    }
    if (!in.ok()) return;
    before = settlement;
  }
}

// ---- AttachSession ------------------------------------------------------------------------------

namespace {

// What lies between two ranges that are apart: one key at least.
constexpr uint64_t kApart = 2;

void HeldRanges(Writer& out, const HeldKeys& held, size_t ranges_max) {
  out.Count(held.keys.size(), ranges_max);
  const KeyRange* before = nullptr;
  for (const KeyRange& range : held.keys) {
    if (before == nullptr) {
      out.Place(range.first);
    } else {
      WARREN_CHECK(range.first > before->last && range.first - before->last >= kApart);
      out.Number(range.first - before->last - kApart);
    }
    RangeEnd(out, range);
    before = &range;
  }
}

void HeldRanges(Parser& in, HeldKeys& held, size_t ranges_max) {
  held.keys.resize(in.Count(ranges_max, 2));
  const KeyRange* before = nullptr;
  for (KeyRange& range : held.keys) {
    const uint64_t gap = in.Bounded();
    range.first = before == nullptr ? OrderKey(gap) : before->last + kApart + gap;
    if (range.first.value() > kCommandOrdinalMax) in.Fail("a key of 2^63 or more");
    RangeEnd(in, range);
    if (!in.ok()) return;
    before = &range;
  }
}

}  // namespace

void Fields(Writer& out, const AttachSession& attach) {
  out.Session(attach.session);
  out.Place(attach.epoch);
  out.Count(attach.held.size(), kHeldConsumersMax);
  size_t ranges_left = kHeldRangesMax;
  const HeldKeys* before = nullptr;
  for (const HeldKeys& held : attach.held) {
    WARREN_CHECK(before == nullptr || held.consumer > before->consumer);
    const uint64_t number = held.consumer.value();
    out.Number(before == nullptr ? number : number - before->consumer.value() - 1);
    HeldRanges(out, held, ranges_left);
    ranges_left -= held.keys.size();
    before = &held;
  }
}

void Fields(Parser& in, AttachSession& attach) {
  in.Session(attach.session);
  in.Place(attach.epoch);
  attach.held.resize(in.Count(kHeldConsumersMax, 2));
  size_t ranges_left = kHeldRangesMax;
  const HeldKeys* before = nullptr;
  for (HeldKeys& held : attach.held) {
    uint64_t number = in.Number();
    if (before != nullptr) {
      if (number >= UINT64_MAX - before->consumer.value()) in.Fail("a consumer beyond 64 bits");
      number += before->consumer.value() + 1;
    }
    held.consumer = ConsumerNumber(number);
    HeldRanges(in, held, ranges_left);
    if (!in.ok()) return;
    ranges_left -= held.keys.size();
    before = &held;
  }
}

}  // namespace warren::queue::codec_internal
