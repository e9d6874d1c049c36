#include "replication/transport/grpc/incoming_stream.h"

#include <chrono>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

#include "replication/transport/frame.h"
#include "replication/transport/grpc/byte_buffer.h"
#include "replication/transport/grpc/tls.h"

namespace warren::replication {

IncomingStream::IncomingStream(const StreamContext* context, Reception* reception)
    : context_(*context), reception_(reception), participant_(context->loop) {}

void IncomingStream::AwaitIn(grpc::AsyncGenericService* service) {
  grpc::ServerCompletionQueue* queue = context_.loop->queue();
  service->RequestCall(&server_context_, &call_, queue, queue, opened_.Arm());
}

void IncomingStream::OnOpened(bool ok) {
  if (!ok) return;  // The server goes away.
  reception_->AwaitNext();
  if (server_context_.method() != kPeerMethod) {
    End({grpc::StatusCode::UNIMPLEMENTED, "this is a node of Warren"});
    return;
  }
  timeout_alarm_.Set(context_.loop->queue(),
                     std::chrono::system_clock::now() +
                         absl::ToChronoMicroseconds(context_.config.connect_timeout),
                     timeout_.Arm());
  call_.Read(&buffer_, read_.Arm());
}

void IncomingStream::Cancel() {
  cancelled_ = true;
  server_context_.TryCancel();
}

void IncomingStream::OnTimeout(bool ok) {
  if (ok && phase_ == Phase::kGreeting) Cancel();
}

void IncomingStream::OnRead(bool ok) {
  if (!ok) {
    End(status_);
    return;
  }
  const base::Bytes bytes = ToBytes(buffer_);
  if (phase_ == Phase::kGreeting) {
    OnHello(bytes);
  } else {
    OnFrame(bytes);
  }
  if (phase_ == Phase::kOpen) call_.Read(&buffer_, read_.Arm());
}

// ---- Handshake --------------------------------------------------------------------------------

CertificateNames IncomingStream::Certificate() const {
  if (!context_.with_tls) return std::nullopt;
  return NamesInCertificate(*server_context_.auth_context());
}

void IncomingStream::OnHello(const base::Bytes& bytes) {
  auto hello = DecodeHello(bytes.view());
  timeout_alarm_.Cancel();
  if (!hello.ok()) {
    const Refusal refusal{RefusalReason::kMalformed, std::string(hello.status().message())};
    LogRefusal(refusal, nullptr);
    Reply(refusal);
    return;
  }
  hello_ = *std::move(hello);
  const auto refusal = reception_->Receive(shared_from_this(), hello_, Certificate());
  if (refusal.has_value()) LogRefusal(*refusal, &hello_);
  Reply(refusal);
}

void IncomingStream::Reply(const std::optional<Refusal>& refusal) {
  const HelloReply reply{.from = context_.self, .refusal = refusal};
  const grpc::ByteBuffer buffer =
      ToByteBuffer(base::BytesChain(base::Bytes::Copy(EncodeHelloReply(reply))));
  if (refusal.has_value()) {
    phase_ = Phase::kEnding;
    finishing_ = true;
    call_.WriteAndFinish(buffer, grpc::WriteOptions(), grpc::Status::OK, finished_.Arm());
    return;
  }
  phase_ = Phase::kOpen;
  replying_ = true;
  call_.Write(buffer, replied_.Arm());
}

void IncomingStream::LogRefusal(const Refusal& refusal, const Hello* hello) {
  const std::string key = absl::StrCat(hello != nullptr ? hello->from.name : "", " ", refusal.text);
  if (!context_.refusals->Passes(key, context_.clock->Now())) return;
  context_.log.Warning("peer.refused", {{"peer", hello != nullptr ? hello->from.name : "unknown"},
                                        {"stream", hello != nullptr ? Name(hello->stream) : ""},
                                        {"address", server_context_.peer()},
                                        {"reason", ToStatus(refusal)}});
}

// ---- Frames -----------------------------------------------------------------------------------

void IncomingStream::OnFrame(const base::Bytes& bytes) {
  if (counts_ == nullptr || cancelled_) return;  // Another one has taken its place, or will.
  if (!std::exchange(has_frames_, true) && LooksLikeRefusal(bytes.view())) {
    LogRefusalByPeer(bytes.view());
    End(grpc::Status::OK);
    return;
  }
  const absl::Status status = DecodeFrame(bytes, context_.config.message_bytes_max, &messages_);
  if (!status.ok()) {
    context_.log.Error(
        "peer.frame_malformed",
        {{"peer", hello_.from.name}, {"stream", Name(hello_.stream)}, {"why", status}});
    End({grpc::StatusCode::INVALID_ARGUMENT, std::string(status.message())});
    return;
  }
  uint64_t message_bytes = 0;
  for (const base::Bytes& message : messages_) message_bytes += message.size();
  counts_->messages.fetch_add(messages_.size(), std::memory_order_relaxed);
  counts_->bytes.fetch_add(message_bytes, std::memory_order_relaxed);
  context_.listener->OnMessages(from(), stream(), messages_);
  messages_.clear();
}

void IncomingStream::LogRefusalByPeer(std::string_view bytes) {
  const auto refusal = DecodeRefusal(bytes);
  const absl::Status reason = refusal.ok() ? ToStatus(*refusal) : refusal.status();
  const std::string key = absl::StrCat("by ", hello_.from.name, " ", reason.message());
  if (!context_.refusals->Passes(key, context_.clock->Now())) return;
  context_.log.Warning(
      "peer.refused_us",
      {{"peer", hello_.from.name}, {"stream", Name(hello_.stream)}, {"reason", reason}});
}

// ---- The end ----------------------------------------------------------------------------------

void IncomingStream::OnReplied(bool /*ok*/) {
  replying_ = false;
  FinishIfQuiet();
}

// Nothing is being read.
void IncomingStream::End(const grpc::Status& status) {
  if (phase_ == Phase::kOpen && counts_ != nullptr) reception_->Leave(this);
  counts_.reset();
  phase_ = Phase::kEnding;
  status_ = status;
  timeout_alarm_.Cancel();
  FinishIfQuiet();
}

void IncomingStream::FinishIfQuiet() {
  if (phase_ != Phase::kEnding || replying_ || finishing_) return;
  finishing_ = true;
  call_.Finish(status_, finished_.Arm());
}

void IncomingStream::OnFinished(bool /*ok*/) {}

}  // namespace warren::replication
