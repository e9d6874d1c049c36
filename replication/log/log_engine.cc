#include "replication/log/log_engine.h"

#include <utility>

#include "replication/log/engine_impl.h"

namespace warren::log {

absl::StatusOr<std::unique_ptr<LogEngine>> LogEngine::Open(const LogConfig& config,
                                                           LogPlatform platform,
                                                           Recovery* recovery) {
  auto impl = std::make_unique<Impl>(config, std::move(platform));
  if (absl::Status opened = impl->Open(recovery); !opened.ok()) return opened;
  return std::unique_ptr<LogEngine>(new LogEngine(std::move(impl)));
}

LogEngine::LogEngine(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
LogEngine::~LogEngine() = default;

absl::Status LogEngine::Create(raft::GroupId group, const raft::Recovered& first,
                               raft::WriteTicket ticket) {
  return impl_->Create(group, first, ticket);
}
absl::Status LogEngine::Destroy(raft::GroupId group, raft::WriteTicket ticket) {
  return impl_->Destroy(group, ticket);
}
absl::Status LogEngine::Submit(Write&& write) { return impl_->Submit(std::move(write)); }
absl::StatusOr<std::vector<raft::Entry>> LogEngine::Read(raft::GroupId group, raft::Index first,
                                                         raft::Index last, size_t bytes_max) {
  return impl_->Read(group, first, last, bytes_max);
}
absl::StatusOr<std::vector<raft::Entry>> LogEngine::ReadSparse(
    raft::GroupId group, std::span<const raft::Index> indexes) {
  return impl_->ReadSparse(group, indexes);
}
absl::StatusOr<RecoveredGroup> LogEngine::Describe(raft::GroupId group) {
  return impl_->Describe(group);
}
LogStats LogEngine::GetStats() { return impl_->GetStats(); }
bool LogEngine::WriteRound() { return impl_->WriteRound(); }
bool LogEngine::Seal() { return impl_->Seal(); }
bool LogEngine::Maintain() { return impl_->Maintain(); }
bool LogEngine::TakeMaintenanceCue() { return impl_->TakeMaintenanceCue(); }
absl::Status LogEngine::failure() { return impl_->failure(); }

}  // namespace warren::log
