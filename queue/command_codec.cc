#include "queue/command_codec.h"

#include <type_traits>
#include <variant>

#include "absl/strings/str_cat.h"

#include "base/check.h"
#include "queue/command_codec_io.h"

namespace warren::queue {
namespace {

using codec_internal::Parser;
using codec_internal::Writer;

// ---- Commands of a few fields -------------------------------------------------------------------
// Each once, for both directions: a writer takes it as it is, a parser fills it in.

template <typename Io, typename Command>
using For = std::conditional_t<Io::kReads, Command, const Command>;

template <typename Io>
void Fields(Io& io, For<Io, DetachSession>& command) {
  io.Session(command.session);
  io.Place(command.epoch);
}
template <typename Io>
void Fields(Io& io, For<Io, SuspectSession>& command) {
  io.Session(command.session);
}
template <typename Io>
void Fields(Io& io, For<Io, TrustSession>& command) {
  io.Session(command.session);
}
template <typename Io>
void Fields(Io& io, For<Io, AttachConsumer>& command) {
  Fields(io, command.stamp);
  io.Name(command.consumer);
  io.Signed32(command.priority);
  io.Flags(command.exclusive, command.auto_settle);
  io.Number32(command.prefetch);
  io.Optional(command.timeout, [](Io& to, auto& timeout) { to.Bounded(timeout); });
}
template <typename Io>
void Fields(Io& io, For<Io, CancelConsumer>& command) {
  Fields(io, command.stamp);
  io.Name(command.consumer);
}
template <typename Io>
void Fields(Io& io, For<Io, GrantCredit>& command) {
  Fields(io, command.stamp);
  io.Name(command.consumer);
  io.Number32(command.credit);
  io.Flags(command.drain);
}
template <typename Io>
void Fields(Io& io, For<Io, Get>& command) {
  Fields(io, command.stamp);
  io.Flags(command.auto_settle);
}
template <typename Io>
void Fields(Io& io, For<Io, Purge>& command) {
  io.Flags(command.delayed);
}
template <typename Io>
void Fields(Io& io, For<Io, Remove>& command) {
  io.Flags(command.if_unused, command.if_empty);
}
template <typename Io>
void Fields(Io& io, For<Io, Upgrade>& command) {
  io.Number32(command.version);
}
template <typename Io>
void Fields(Io&, For<Io, ResendDeadLetters>&) {}
template <typename Io>
void Fields(Io&, For<Io, Touch>&) {}
template <typename Io>
void Fields(Io&, For<Io, Tick>&) {}

// ---- Commands that are lists --------------------------------------------------------------------

void Ranges(Writer& out, const std::vector<KeyRange>& ranges) {
  out.Count(ranges.size(), kDeadLetterRangesMax);
  OrderKey before;
  for (const KeyRange& range : ranges) {
    PlaceAfter(out, before, range.first);
    RangeEnd(out, range);
    before = range.last;
  }
}
void Ranges(Parser& in, std::vector<KeyRange>& ranges) {
  ranges.resize(in.Count(kDeadLetterRangesMax, 2));
  OrderKey before;
  for (KeyRange& range : ranges) {
    PlaceAfter(in, before, range.first);
    RangeEnd(in, range);
    if (!in.ok()) return;
    before = range.last;
  }
}
template <typename Io>
void Fields(Io& io, For<Io, ConfirmDeadLetters>& command) {
  Ranges(io, command.confirmed);
  Ranges(io, command.refused);
}

void Fields(Writer& out, const CancelDelayed& command) {
  out.Count(command.keys.size(), kCancelledDelayedMax);
  DelayKey before;
  for (const DelayKey key : command.keys) {
    PlaceAfter(out, before, key);
    before = key;
  }
}
void Fields(Parser& in, CancelDelayed& command) {
  command.keys.resize(in.Count(kCancelledDelayedMax, 1));
  DelayKey before;
  for (DelayKey& key : command.keys) {
    PlaceAfter(in, before, key);
    if (!in.ok()) return;
    before = key;
  }
}

static_assert(kSlotsMax == 256, "a slot, and the number of positions less 1, are one byte");

void Fields(Writer& out, const MoveSurvivors& command) {
  WARREN_CHECK(!command.from.empty() && command.from.size() <= kSlotsMax);
  out.Byte(static_cast<uint8_t>(command.from.size() - 1));
  EntryIndex before;
  for (const Position& position : command.from) {
    WARREN_CHECK(position.slot < kSlotsMax);
    PlaceAfter(out, before, position.entry);
    out.Byte(static_cast<uint8_t>(position.slot));
    before = position.entry;
  }
}
void Fields(Parser& in, MoveSurvivors& command) {
  command.from.resize(size_t{in.Byte()} + 1);
  EntryIndex before;
  for (Position& position : command.from) {
    PlaceAfter(in, before, position.entry);
    position.slot = in.Byte();
    if (!in.ok()) return;
    before = position.entry;
  }
}

// ---- Kinds --------------------------------------------------------------------------------------

template <CommandKind kNumber, typename T>
struct Kind {
  static constexpr CommandKind kKind = kNumber;
  using Type = T;
};

template <typename T>
void ReadAs(Parser& in, Command& command) {
  T* const reused = std::get_if<T>(&command);
  Fields(in, reused != nullptr ? *reused : command.emplace<T>());
}

template <typename... Kinds>
struct KindTable {
  static_assert(sizeof...(Kinds) == std::variant_size_v<Command> &&
                sizeof...(Kinds) == kCommandKinds);

  template <typename T>
  static constexpr CommandKind KindOf() {
    auto kind = CommandKind{};
    (void)((std::is_same_v<T, typename Kinds::Type> && (kind = Kinds::kKind, true)) || ...);
    return kind;
  }

  static void Read(CommandKind kind, Parser& in, Command& command) {
    (void)((kind == Kinds::kKind && (ReadAs<typename Kinds::Type>(in, command), true)) || ...);
  }
};

using Table = KindTable<
    Kind<CommandKind::kPublish, Publish>, Kind<CommandKind::kAttachSession, AttachSession>,
    Kind<CommandKind::kDetachSession, DetachSession>,
    Kind<CommandKind::kSuspectSession, SuspectSession>,
    Kind<CommandKind::kTrustSession, TrustSession>,
    Kind<CommandKind::kAttachConsumer, AttachConsumer>,
    Kind<CommandKind::kCancelConsumer, CancelConsumer>,
    Kind<CommandKind::kGrantCredit, GrantCredit>, Kind<CommandKind::kGet, Get>,
    Kind<CommandKind::kSettle, Settle>, Kind<CommandKind::kConfirmDeadLetters, ConfirmDeadLetters>,
    Kind<CommandKind::kResendDeadLetters, ResendDeadLetters>,
    Kind<CommandKind::kConfigure, Configure>, Kind<CommandKind::kPurge, Purge>,
    Kind<CommandKind::kCancelDelayed, CancelDelayed>, Kind<CommandKind::kRemove, Remove>,
    Kind<CommandKind::kTouch, Touch>, Kind<CommandKind::kTick, Tick>,
    Kind<CommandKind::kMoveSurvivors, MoveSurvivors>, Kind<CommandKind::kUpgrade, Upgrade>>;

void Write(Writer& out, const Command& command) {
  out.Byte(kCommandVersion);
  std::visit(
      [&out](const auto& alternative) {
        constexpr CommandKind kKind = Table::KindOf<std::decay_t<decltype(alternative)>>();
        static_assert(kKind != CommandKind{}, "every command has a kind");
        out.Byte(static_cast<uint8_t>(kKind));
        Fields(out, alternative);
      },
      command);
}

absl::Status TooNew(const char* what, uint8_t number, uint8_t known) {
  return absl::UnimplementedError(
      absl::StrCat("queue command: ", what, " ", number, "; this program knows ", known));
}

absl::Status Read(std::string_view bytes, const base::Bytes* shared, Command& command) {
  Parser in(bytes, shared);
  const uint8_t version = in.Byte();
  const uint8_t kind = in.Byte();
  if (in.ok() && version > kCommandVersion) return TooNew("version", version, kCommandVersion);
  if (in.ok() && version == 0) in.Fail("version 0");
  if (in.ok() && kind > kCommandKinds) return TooNew("kind", kind, kCommandKinds);
  if (in.ok() && kind == 0) in.Fail("kind 0");
  if (in.ok()) Table::Read(CommandKind{kind}, in, command);
  in.ExpectEnd();
  if (in.ok()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("queue command of kind ", kind, ", ", bytes.size(), " bytes: ", in.fault()));
}

}  // namespace

void EncodeCommand(const Command& command, std::string* out) {
  Writer writer(out);
  Write(writer, command);
}

void EncodeCommand(const Command& command, base::BytesBuilder* out) {
  Writer writer(out);
  Write(writer, command);
}

absl::StatusOr<Command> DecodeCommand(std::string_view bytes) {
  Command command;
  if (absl::Status status = Read(bytes, nullptr, command); !status.ok()) return status;
  return command;
}

absl::Status DecodeCommandInto(const base::Bytes& bytes, Command& command) {
  absl::Status status = Read(bytes.view(), &bytes, command);
  if (!status.ok()) command = Tick();
  return status;
}

}  // namespace warren::queue
