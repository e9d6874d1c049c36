#include "replication/session/message_codec.h"

#include <algorithm>
#include <type_traits>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"

#include "queue/command_codec.h"
#include "replication/session/message_codec_io.h"
#include "replication/session/message_codec_parts.h"

namespace warren::replication {
namespace {

using codec_internal::For;
using codec_internal::MessageParser;
using codec_internal::MessageWriter;

template <typename Io>
void Fields(Io& io, For<Io, SessionCommand>& command) {
  io.LongName(command.session);
  io.Place(command.epoch);
  io.Place(command.number);
  io.Flags(command.again);
  io.Small(command.shard);
  io.Fixed32(command.payload.crc);
  io.Rest(command.payload.bytes);
}

template <typename Io>
void Fields(Io& io, For<Io, SessionRefused>& refused) {
  io.LongName(refused.session);
  io.Place(refused.epoch);
  io.Place(refused.number);
  io.Choice(refused.why, SessionRefusal::kDamaged);
  io.LongName(refused.leader);
  if constexpr (Io::kReads) {
    const uint64_t microseconds = io.Number();
    if (microseconds > INT64_MAX / 1000) io.Fail("a span that is too long");
    if (io.ok()) refused.retry_after = absl::Microseconds(static_cast<int64_t>(microseconds));
  } else {
    const int64_t microseconds = absl::ToInt64Microseconds(refused.retry_after);
    io.Number(static_cast<uint64_t>(std::clamp<int64_t>(microseconds, 0, INT64_MAX / 1000)));
  }
}

// ---- Outcomes -----------------------------------------------------------------------------------

template <typename Io>
void Fields(Io& io, For<Io, AttachedSession>& attached) {
  io.Place(attached.number);
  io.Number(attached.got_again);
  io.List(attached.consumers, 3, [](Io& in, auto& known) {
    in.Name(known.consumer);
    in.Flags(known.cancelled, known.active);
    in.Number(known.credit);
  });
}

template <typename Io>
void Fields(Io& io, For<Io, DeliveredMessages>& delivered) {
  io.Name(delivered.consumer);
  io.Flags(delivered.again);
  OrderKey before;
  io.List(delivered.messages, 4, [&before](Io& in, auto& message) {
    in.PlaceAfter(before, message.key);
    in.Small(message.acquired);
    in.Small(message.failed);
    in.Content(message.content);
    before = message.key;
  });
}

template <typename Io>
void Fields(Io& io, For<Io, PublishAnswer>& answer) {
  io.Place(answer.number);
  io.Small(answer.duplicates);
  io.List(answer.refused, 2, [](Io& in, auto& refused) {
    in.Small(refused.slot);
    in.Choice(refused.reason, queue::Refusal::kRemoved);
  });
}

template <typename Io>
void Fields(Io& io, For<Io, Outcome>& outcome) {
  io.LongName(outcome.session);
  io.Place(outcome.epoch);
  io.Number(outcome.sequence);
  io.Choice(outcome.fate, SessionFate::kFenced);
  io.List(outcome.attached, 3, [](Io& in, auto& attached) { Fields(in, attached); });
  io.Place(outcome.applied);
  io.List(outcome.published, 3, [](Io& in, auto& answer) { Fields(in, answer); });
  io.List(outcome.consumers, 2, [](Io& in, auto& news) {
    in.Name(news.consumer);
    in.Choice(news.kind, queue::ConsumerEventKind::kDrained);
  });
  io.List(outcome.lost, 3, [](Io& in, auto& lost) {
    in.Name(lost.consumer);
    codec_internal::Range(in, lost.keys);
  });
  io.List(outcome.gets, 4, [](Io& in, auto& got) {
    in.Place(got.number);
    in.Flags(got.found);
    in.Place(got.key);
    in.Number(got.ready_left);
  });
  io.List(outcome.deliveries, 3, [](Io& in, auto& delivered) { Fields(in, delivered); });
}

// ---- Requests -----------------------------------------------------------------------------------

enum class QuestionKind : uint8_t { kCommand = 1, kStats, kPeek, kList, kListDelayed };

template <typename Io>
void Fields(Io& io, For<Io, PeekMessage>& peek) {
  io.Number(peek.place);
}
template <typename Io>
void Fields(Io& io, For<Io, ListMessages>& list) {
  io.Place(list.request.from);
  io.Optional(list.request.state,
              [](Io& in, auto& state) { in.Choice(state, queue::MessageState::kDeadLetter); });
  io.Optional(list.request.priority, [](Io& in, auto& priority) { in.Byte(priority); });
  io.Small(list.request.messages_max);
}
template <typename Io>
void Fields(Io& io, For<Io, ListDelayed>& list) {
  io.Place(list.from);
  io.Small(list.messages_max);
}

void Fields(MessageWriter& out, const Request& request) {
  out.Name(request.id);
  out.Small(request.shard);
  std::visit(
      [&out](const auto& what) {
        using What = std::decay_t<decltype(what)>;
        if constexpr (std::is_same_v<What, GetStats>) {
          out.Byte(static_cast<uint8_t>(QuestionKind::kStats));
        } else if constexpr (std::is_same_v<What, PeekMessage>) {
          out.Byte(static_cast<uint8_t>(QuestionKind::kPeek));
          Fields(out, what);
        } else if constexpr (std::is_same_v<What, ListMessages>) {
          out.Byte(static_cast<uint8_t>(QuestionKind::kList));
          Fields(out, what);
        } else if constexpr (std::is_same_v<What, ListDelayed>) {
          out.Byte(static_cast<uint8_t>(QuestionKind::kListDelayed));
          Fields(out, what);
        } else {
          out.Byte(static_cast<uint8_t>(QuestionKind::kCommand));
          queue::EncodeCommand(what, out.head());
        }
      },
      request.what);
}

void ReadCommand(MessageParser& in, Question& what) {
  base::Bytes bytes;
  in.Rest(bytes);
  absl::StatusOr<queue::Command> command = queue::DecodeCommand(bytes.view());
  if (!command.ok()) {
    in.Fail("a command that is none");
    return;
  }
  std::visit(
      [&](auto& alternative) {
        if constexpr (std::is_constructible_v<Question, decltype(std::move(alternative))>) {
          what = std::move(alternative);
        } else {
          in.Fail("a command that is not for requests");
        }
      },
      *command);
}

void Fields(MessageParser& in, Request& request) {
  in.Name(request.id);
  in.Small(request.shard);
  switch (static_cast<QuestionKind>(in.Byte())) {
    case QuestionKind::kCommand:
      ReadCommand(in, request.what);
      return;
    case QuestionKind::kStats:
      request.what = GetStats();
      return;
    case QuestionKind::kPeek:
      Fields(in, request.what.emplace<PeekMessage>());
      return;
    case QuestionKind::kList:
      Fields(in, request.what.emplace<ListMessages>());
      return;
    case QuestionKind::kListDelayed:
      Fields(in, request.what.emplace<ListDelayed>());
      return;
  }
  in.Fail("a question that there is not");
}

// ---- Kinds --------------------------------------------------------------------------------------

template <typename T>
constexpr SessionMessageKind KindOf() {
  if constexpr (std::is_same_v<T, SessionCommand>) return SessionMessageKind::kCommand;
  if constexpr (std::is_same_v<T, Request>) return SessionMessageKind::kRequest;
  if constexpr (std::is_same_v<T, Outcome>) return SessionMessageKind::kOutcome;
  if constexpr (std::is_same_v<T, SessionRefused>) return SessionMessageKind::kRefused;
  return SessionMessageKind::kReply;
}

void Read(SessionMessageKind kind, MessageParser& in, SessionMessage& message) {
  switch (kind) {
    case SessionMessageKind::kCommand:
      return Fields(in, message.emplace<SessionCommand>());
    case SessionMessageKind::kRequest:
      return Fields(in, message.emplace<Request>());
    case SessionMessageKind::kOutcome:
      return Fields(in, message.emplace<Outcome>());
    case SessionMessageKind::kRefused:
      return Fields(in, message.emplace<SessionRefused>());
    case SessionMessageKind::kReply:
      return codec_internal::Fields(in, message.emplace<Reply>());
  }
}

}  // namespace

base::BytesChain EncodeSessionMessage(const SessionMessage& message) {
  MessageWriter out;
  out.Byte(kSessionMessageVersion);
  std::visit(
      [&out](const auto& alternative) {
        using T = std::decay_t<decltype(alternative)>;
        out.Byte(static_cast<uint8_t>(KindOf<T>()));
        if constexpr (std::is_same_v<T, Reply>) {
          codec_internal::Fields(out, alternative);
        } else {
          Fields(out, alternative);
        }
      },
      message);
  return out.Finish();
}

absl::StatusOr<SessionMessage> DecodeSessionMessage(const base::Bytes& bytes) {
  MessageParser in(bytes);
  const uint8_t version = in.Byte();
  const uint8_t kind = in.Byte();
  constexpr auto kLast = static_cast<uint8_t>(SessionMessageKind::kReply);
  if (in.ok() && (version > kSessionMessageVersion || kind > kLast)) {
    return absl::UnimplementedError(
        absl::StrCat("session message of version ", version, " and kind ", kind));
  }
  if (version == 0 || kind == 0) in.Fail("version or kind 0");
  SessionMessage message;
  if (in.ok()) Read(static_cast<SessionMessageKind>(kind), in, message);
  in.ExpectEnd();
  if (in.ok()) return message;
  return absl::InvalidArgumentError(
      absl::StrCat("session message of kind ", kind, ", ", bytes.size(), " bytes: ", in.fault()));
}

}  // namespace warren::replication
