#include "replication/transport/grpc/grpc_transport.h"

#include <grpcpp/server_builder.h>

#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "base/check.h"
#include "base/status_macros.h"
#include "replication/transport/grpc/channel_arguments.h"

namespace warren::replication {

absl::StatusOr<std::unique_ptr<GrpcTransport>> GrpcTransport::Start(
    const GrpcTransportOptions& options, TransportListener* listener) {
  WARREN_CHECK(listener != nullptr && options.clock != nullptr);
  const std::vector<std::string> faults = options.config.Faults();
  if (!faults.empty()) {
    return absl::InvalidArgumentError(absl::StrCat("transport: ", absl::StrJoin(faults, "; ")));
  }
  PeerCredentials credentials = PlaintextCredentials();
  if (options.tls.has_value()) {
    WARREN_ASSIGN_OR_RETURN(credentials, TlsCredentials(*options.tls));
  }
  WARREN_ASSIGN_OR_RETURN(
      std::unique_ptr<FrontDoor> door,
      FrontDoor::Open(options.listen_address, {.with_tls = options.tls.has_value(),
                                               .patience = options.config.connect_timeout,
                                               .log = options.log,
                                               .clock = options.clock}));
  std::unique_ptr<GrpcTransport> transport(
      new GrpcTransport(options, listener, credentials, std::move(door)));
  WARREN_RETURN_IF_ERROR(transport->StartServer(credentials));
  return transport;
}

GrpcTransport::GrpcTransport(const GrpcTransportOptions& options, TransportListener* listener,
                             PeerCredentials credentials, std::unique_ptr<FrontDoor> door)
    : context_{.self = options.self,
               .config = options.config,
               .with_tls = options.tls.has_value(),
               .credentials = std::move(credentials.client),
               .loop = nullptr,
               .listener = listener,
               .log = options.log,
               .clock = options.clock,
               .refusals = &refusals_},
      door_(std::move(door)) {}

absl::Status GrpcTransport::StartServer(const PeerCredentials& credentials) {
  using FromFd = grpc::ServerBuilder::experimental_type::ExternalConnectionType;
  grpc::ServerBuilder builder;
  auto acceptor =
      builder.experimental().AddExternalConnectionAcceptor(FromFd::FROM_FD, credentials.server);
  SetServerArguments(context_.config, &builder);
  builder.RegisterAsyncGenericService(&service_);
  loop_ = std::make_unique<EventLoop>(builder.AddCompletionQueue());
  context_.loop = loop_.get();
  server_ = builder.BuildAndStart();
  if (server_ == nullptr) return absl::InternalError("gRPC cannot start a server");
  AwaitNext();
  door_->Start(std::move(acceptor));
  return absl::OkStatus();
}

GrpcTransport::~GrpcTransport() { Stop(); }

void GrpcTransport::Stop() {
  Peers peers;
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(stopped_, true)) return;
    peers.swap(peers_);
  }
  door_->Stop();
  for (const auto& [node, peer] : peers) peer->Close();
  peers.clear();
  if (server_ != nullptr) server_->Shutdown(std::chrono::system_clock::now());
  if (loop_ != nullptr) loop_->Stop();
}

// ---- Peers ------------------------------------------------------------------------------------

void GrpcTransport::Peer::Close() {
  for (const auto& stream : outgoing) stream->Close();
  for (auto& stream : incoming) {
    if (stream != nullptr) stream->Cancel();
    stream.reset();
  }
}

void GrpcTransport::SetPeers(std::vector<PeerAddress> peers) {
  std::vector<std::shared_ptr<Peer>> added;
  const std::lock_guard lock(mutex_);
  if (stopped_) return;
  Peers next;
  for (PeerAddress& address : peers) {
    if (address.node == context_.self.node) continue;
    const auto known = peers_.find(address.node);
    if (known != peers_.end() && known->second->address == address) {
      next.insert(peers_.extract(known));
      continue;
    }
    auto peer = std::make_shared<Peer>();
    peer->address = std::move(address);
    for (const StreamClass stream : kAllStreamClasses) {
      peer->outgoing[static_cast<size_t>(stream)] =
          std::make_shared<OutgoingStream>(&context_, peer->address, stream);
    }
    if (next.emplace(peer->address.node, peer).second) added.push_back(peer);
  }
  for (const auto& [node, peer] : peers_) peer->Close();
  peers_ = std::move(next);
  for (const auto& peer : added) {
    for (const auto& stream : peer->outgoing) stream->Open();
  }
}

std::shared_ptr<OutgoingStream> GrpcTransport::Find(NodeId to, StreamClass stream) const {
  const std::lock_guard lock(mutex_);
  const auto it = peers_.find(to);
  return it == peers_.end() ? nullptr : it->second->outgoing[static_cast<size_t>(stream)];
}

bool GrpcTransport::Send(NodeId to, StreamClass stream, base::BytesChain message) {
  const auto outgoing = Find(to, stream);
  return outgoing != nullptr && outgoing->Send(std::move(message));
}

size_t GrpcTransport::QueuedBytes(NodeId to, StreamClass stream) const {
  const auto outgoing = Find(to, stream);
  return outgoing == nullptr ? 0 : outgoing->QueuedBytes();
}

std::vector<StreamStats> GrpcTransport::GetStats() const {
  std::vector<StreamStats> all;
  const std::lock_guard lock(mutex_);
  for (const auto& [node, peer] : peers_) {
    for (size_t i = 0; i < kStreamClasses; ++i) {
      StreamStats stats = peer->outgoing[i]->Stats();
      stats.messages_received = peer->received[i].messages.load(std::memory_order_relaxed);
      stats.bytes_received = peer->received[i].bytes.load(std::memory_order_relaxed);
      all.push_back(stats);
    }
  }
  return all;
}

// ---- Streams of others (on the loop) ----------------------------------------------------------

void GrpcTransport::AwaitNext() {
  const std::lock_guard lock(mutex_);
  if (stopped_) return;
  Reception* const reception = this;
  std::make_shared<IncomingStream>(&context_, reception)->AwaitIn(&service_);
}

std::optional<Refusal> GrpcTransport::Receive(const std::shared_ptr<IncomingStream>& stream,
                                              const Hello& hello,
                                              const CertificateNames& certificate) {
  std::shared_ptr<IncomingStream> older;
  {
    const std::lock_guard lock(mutex_);
    std::vector<PeerAddress> addresses;
    for (const auto& [node, peer] : peers_) addresses.push_back(peer->address);
    auto refusal = JudgeHello(context_.self, addresses, hello, certificate);
    if (refusal.has_value()) return refusal;
    const std::shared_ptr<Peer>& peer = peers_.at(hello.from.node);
    if (hello.from.incarnation < peer->incarnation) {
      return Refusal{RefusalReason::kStale,
                     absl::StrCat("incarnation ", hello.from.incarnation.value(), " of node ",
                                  hello.from.name, " comes after ", peer->incarnation.value())};
    }
    peer->incarnation = hello.from.incarnation;
    const auto i = static_cast<size_t>(hello.stream);
    older = std::exchange(peer->incoming[i], stream);
    stream->LetIn(std::shared_ptr<ReceivedCounts>(peer, &peer->received[i]));
  }
  if (older != nullptr) {
    older->Silence();
    older->Cancel();
    context_.listener->OnStreamLost(hello.from.node, hello.stream);
  }
  return std::nullopt;
}

void GrpcTransport::Leave(IncomingStream* stream) {
  {
    const std::lock_guard lock(mutex_);
    const auto it = peers_.find(stream->from());
    if (it != peers_.end()) {
      auto& current = it->second->incoming[static_cast<size_t>(stream->stream())];
      if (current.get() == stream) current.reset();
    }
  }
  context_.listener->OnStreamLost(stream->from(), stream->stream());
}

}  // namespace warren::replication
