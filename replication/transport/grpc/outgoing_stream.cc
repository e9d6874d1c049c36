#include "replication/transport/grpc/outgoing_stream.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/support/channel_arguments.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

#include "base/check.h"
#include "replication/transport/frame.h"
#include "replication/transport/grpc/byte_buffer.h"
#include "replication/transport/grpc/channel_arguments.h"
#include "replication/transport/grpc/tls.h"

namespace warren::replication {
namespace {

// Failures that are like those before are logged so often.
constexpr absl::Duration kReportInterval = absl::Minutes(1);
constexpr uint32_t kDoublingsMax = 20;

std::chrono::system_clock::time_point In(absl::Duration delay) {
  return std::chrono::system_clock::now() + absl::ToChronoMicroseconds(delay);
}

// What errors of gRPC and OpenSSL mean when they meet what a front door answers. For people alone.
absl::string_view HintAt(const std::string& error, bool with_tls) {
  if (with_tls && absl::StrContains(error, "wrong version number")) {
    return " (the peer does not speak TLS)";
  }
  if (!with_tls && absl::StrContains(error, "http1.x server")) {
    return " (the peer speaks TLS, or is no node)";
  }
  return "";
}

}  // namespace

OutgoingStream::OutgoingStream(const StreamContext* context, PeerAddress peer, StreamClass stream)
    : context_(*context),
      peer_(std::move(peer)),
      stream_(stream),
      log_(context_.log.With({{"peer", peer_.name}, {"stream", Name(stream)}})),
      participant_(context_.loop),
      rng_(std::random_device{}(), static_cast<uint64_t>(stream)),
      outbox_({.queued_bytes_max = context_.config.QueuedBytesMax(stream),
               .frame_bytes_max = context_.config.frame_bytes_max,
               .message_bytes_max = context_.config.message_bytes_max}) {
  stats_.peer = peer_.node;
  stats_.stream = stream;
}

// ---- Any thread -------------------------------------------------------------------------------

void OutgoingStream::Open() {
  const std::lock_guard lock(mutex_);
  if (!closed_) retry_alarm_.Set(context_.loop->queue(), In(absl::ZeroDuration()), retry_.Arm());
}

void OutgoingStream::Close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  open_ = false;
  outbox_.Clear();
  if (try_ != nullptr) try_->context.TryCancel();
  retry_alarm_.Cancel();
}

bool OutgoingStream::Send(base::BytesChain message) {
  {
    const std::lock_guard lock(mutex_);
    if (!open_ || !outbox_.Push(std::move(message))) {
      ++stats_.dropped;
      return false;
    }
    if (writing_) return true;
    writing_ = true;
    outbox_.TakeFrame(&frame_);
  }
  WriteFrame(frame_);
  return true;
}

size_t OutgoingStream::QueuedBytes() const {
  const std::lock_guard lock(mutex_);
  return outbox_.queued_bytes();
}

StreamStats OutgoingStream::Stats() const {
  const std::lock_guard lock(mutex_);
  StreamStats stats = stats_;
  stats.connected = open_;
  stats.queued_bytes = outbox_.queued_bytes();
  return stats;
}

void OutgoingStream::WriteFrame(const std::vector<base::BytesChain>& messages) {
  size_t bytes = 0;
  for (const base::BytesChain& message : messages) bytes += message.size();
  const grpc::ByteBuffer frame = ToByteBuffer(EncodeFrame(messages));
  {
    const std::lock_guard lock(mutex_);
    ++stats_.frames_sent;
    stats_.messages_sent += messages.size();
    stats_.bytes_sent += bytes;
  }
  try_->call->Write(frame, written_.Arm());
}

// ---- The loop: opening ------------------------------------------------------------------------

void OutgoingStream::OnRetry(bool /*ok*/) { StartTry(); }

void OutgoingStream::StartTry() {
  const std::lock_guard lock(mutex_);
  if (closed_) return;
  WARREN_CHECK(try_ == nullptr && !writing_);
  try_ = std::make_unique<Try>();
  try_->channel = grpc::CreateCustomChannel(peer_.address, context_.credentials,
                                            ClientArguments(context_.config, peer_.name));
  grpc::GenericStub stub(try_->channel);
  try_->call = stub.PrepareCall(&try_->context, kPeerMethod, context_.loop->queue());
  try_->call->StartCall(started_.Arm());
  try_->timing = true;
  timeout_alarm_.Set(context_.loop->queue(), In(context_.config.connect_timeout), timeout_.Arm());
}

void OutgoingStream::OnStarted(bool ok) {
  if (!ok) {
    End();
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    writing_ = true;
  }
  const Hello hello{.from = context_.self, .to = peer_.node, .stream = stream_};
  try_->call->Write(ToByteBuffer(base::BytesChain(base::Bytes::Copy(EncodeHello(hello)))),
                    written_.Arm());
  Read();
}

void OutgoingStream::OnTimeout(bool ok) {
  try_->timing = false;
  if (ok && try_->phase == Phase::kOpening) {
    if (try_->why.ok()) {
      try_->why = absl::UnavailableError(
          absl::StrCat("no answer within ", absl::FormatDuration(context_.config.connect_timeout)));
    }
    try_->context.TryCancel();
  }
  OverIfFinished();
}

void OutgoingStream::Read() {
  try_->reading = true;
  try_->call->Read(&try_->incoming, read_.Arm());
}

void OutgoingStream::OnRead(bool ok) {
  try_->reading = false;
  if (!ok) {
    End();
    return;
  }
  // A peer says nothing after its reply; whatever a later version may say is passed over.
  if (try_->phase == Phase::kOpening && try_->why.ok()) OnReply(ToBytes(try_->incoming));
  Read();
}

void OutgoingStream::OnReply(const base::Bytes& bytes) {
  const auto reply = DecodeHelloReply(bytes.view());
  if (!reply.ok()) {
    Refuse({RefusalReason::kMalformed, std::string(reply.status().message())});
    return;
  }
  if (reply->refusal.has_value()) {
    try_->why = ToStatus(*reply->refusal);  // The peer ends the stream.
    return;
  }
  const CertificateNames certificate =
      context_.with_tls ? NamesInCertificate(*try_->context.auth_context()) : std::nullopt;
  const auto refusal = JudgeReply(context_.self, peer_, *reply, certificate);
  if (refusal.has_value()) {
    Refuse(*refusal);
  } else {
    Accepted(*reply);
  }
}

// Tells the peer why, and leaves it to the peer to end the stream: what is said before a stream is
// cancelled may be lost. The timeout bounds that.
void OutgoingStream::Refuse(const Refusal& refusal) {
  try_->why = ToStatus(refusal);
  try_->parting = refusal;
  bool idle = false;
  {
    const std::lock_guard lock(mutex_);
    idle = !std::exchange(writing_, true);
  }
  if (idle) OnWritten(true);
}

void OutgoingStream::Accepted(const HelloReply& reply) {
  try_->phase = Phase::kOpen;
  try_->opened_at = context_.clock->Now();
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    open_ = true;
    timeout_alarm_.Cancel();
  }
  failure_.reset();
  log_.Info("peer.connected",
            {{"address", peer_.address}, {"incarnation", reply.from.incarnation}});
  context_.listener->OnConnected(peer_.node, stream_, reply.from.incarnation);
}

// ---- The loop: open ---------------------------------------------------------------------------

void OutgoingStream::OnWritten(bool ok) {
  if (try_->parting.has_value() && ok) {
    const std::string parting = EncodeRefusal(*std::exchange(try_->parting, std::nullopt));
    try_->call->Write(ToByteBuffer(base::BytesChain(base::Bytes::Copy(parting))), written_.Arm());
    return;
  }
  bool more = false;
  {
    const std::lock_guard lock(mutex_);
    more = ok && open_ && !outbox_.empty();
    if (more) {
      outbox_.TakeFrame(&frame_);
    } else {
      frame_.clear();
      writing_ = false;
    }
  }
  if (more) {
    WriteFrame(frame_);
  } else {
    FinishIfQuiet();
  }
}

// ---- The loop: the end ------------------------------------------------------------------------

void OutgoingStream::End() {
  try_->phase = Phase::kEnding;
  {
    const std::lock_guard lock(mutex_);
    open_ = false;
    outbox_.Clear();
    timeout_alarm_.Cancel();
  }
  FinishIfQuiet();
}

// gRPC is asked how the call ended when it has given back all else.
void OutgoingStream::FinishIfQuiet() {
  if (try_->phase != Phase::kEnding || try_->reading || try_->finishing) return;
  {
    const std::lock_guard lock(mutex_);
    if (writing_) return;
  }
  try_->finishing = true;
  try_->call->Finish(&try_->status, finished_.Arm());
}

void OutgoingStream::OnFinished(bool /*ok*/) {
  try_->finished = true;
  OverIfFinished();
}

void OutgoingStream::OverIfFinished() {
  if (try_->finished && !try_->timing) Over();
}

void OutgoingStream::Over() {
  const absl::Status why = WhyItFailed();
  const auto opened_at = try_->opened_at;
  std::unique_ptr<Try> over;
  {
    const std::lock_guard lock(mutex_);
    over = std::move(try_);
    if (closed_) return;
  }
  over.reset();
  if (opened_at.has_value()) {
    log_.Warning("peer.disconnected", {{"why", why}});
    context_.listener->OnDisconnected(peer_.node, stream_,
                                      absl::AbortedError(std::string(why.message())));
    // At once, but not again and again if the peer breaks what it has just accepted.
    const absl::Duration lived = context_.clock->Now() - *opened_at;
    if (lived >= context_.config.reconnect_delay_max) {
      failures_ = 0;
      StartTry();
      return;
    }
  } else {
    ReportFailure(why);
  }
  const std::lock_guard lock(mutex_);
  if (!closed_) retry_alarm_.Set(context_.loop->queue(), In(NextDelay()), retry_.Arm());
}

absl::Status OutgoingStream::WhyItFailed() const {
  if (!try_->why.ok()) return try_->why;
  const grpc::Status& status = try_->status;
  if (status.ok()) return absl::UnavailableError("the peer has closed the stream");
  const std::string text = absl::StrCat(peer_.address, ": ", status.error_message());
  if (status.error_code() == grpc::StatusCode::UNIMPLEMENTED) {
    return absl::FailedPreconditionError(absl::StrCat("not a node of Warren at ", text));
  }
  return absl::UnavailableError(absl::StrCat(text, HintAt(text, context_.with_tls)));
}

void OutgoingStream::ReportFailure(const absl::Status& why) {
  const base::MonotonicTime now = context_.clock->Now();
  const bool is_news = failure_ != why.code();
  if (is_news || now >= next_report_) {
    next_report_ = now + kReportInterval;
    const bool refused = why.code() != absl::StatusCode::kUnavailable;
    if (refused) {
      log_.Warning("peer.refused", {{"address", peer_.address}, {"reason", why}});
    } else {
      log_.Warning("peer.unreachable", {{"address", peer_.address}, {"why", why}});
    }
  }
  failure_ = why.code();
  if (is_news) context_.listener->OnDisconnected(peer_.node, stream_, why);
}

absl::Duration OutgoingStream::NextDelay() {
  const absl::Duration doubled =
      context_.config.reconnect_delay_min * (int64_t{1} << std::min(failures_++, kDoublingsMax));
  const absl::Duration delay = std::min(doubled, context_.config.reconnect_delay_max);
  return delay - delay * static_cast<double>(rng_.Below(500)) / 1000;
}

}  // namespace warren::replication
