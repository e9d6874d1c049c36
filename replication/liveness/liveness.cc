#include "replication/liveness/liveness.h"

#include <algorithm>
#include <cstddef>
#include <functional>

#include "base/check.h"

namespace warren::replication {
namespace {

// Whoever slept for a larger part than this of `suspect_after` may have missed beats that came.
constexpr int kSleepPart = 2;

std::vector<NodeId> SortedOnce(std::vector<NodeId> nodes) {
  std::sort(nodes.begin(), nodes.end());
  nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
  return nodes;
}

}  // namespace

MonotonicTime Peer::ReachedUntil(const LivenessConfig& config) const {
  if (!Trusted()) return kLongAgo;
  return std::min(sent.acknowledged_sent_at() + config.lease, suspicion.Deadline(config));
}

Liveness::Liveness(const LivenessConfig& config, NodeId self, Incarnation incarnation)
    : config_(config), self_(self), incarnation_(incarnation) {
  WARREN_CHECK(config.Faults().empty());
  WARREN_CHECK(!self.IsNone() && incarnation.value() != 0);
}

void Liveness::SetPeers(std::vector<NodeId> all, std::vector<NodeId> voters, MonotonicTime now) {
  Notice(now);
  if (!advanced_at_.has_value()) advanced_at_ = now_;
  voters_ = SortedOnce(std::move(voters));
  absl::btree_map<NodeId, Peer> peers;
  for (const NodeId node : SortedOnce(std::move(all))) {
    if (node == self_ || node.IsNone()) continue;
    const auto known = peers_.find(node);
    if (known == peers_.end()) {
      rows_changed_ |= peers.try_emplace(node, now_).second;
    } else {
      peers.try_emplace(node, known->second);
    }
  }
  rows_changed_ |= peers.size() != peers_.size();
  peers_ = std::move(peers);
}

std::vector<std::pair<NodeId, Beat>> Liveness::TakeBeats(MonotonicTime now,
                                                         std::span<const uint64_t> shard_progress) {
  Notice(now);
  std::vector<std::pair<NodeId, Beat>> beats;
  Beat beat;
  for (auto& [node, peer] : peers_) {
    if (now_ < peer.next_beat_at) continue;
    if (beats.empty()) {  // What is the same for all is gathered for the first one.
      const auto shards = shard_progress.first(std::min(shard_progress.size(), kBeatShardsMax));
      beat.from = self_;
      beat.incarnation = incarnation_;
      beat.shard_progress.assign(shards.begin(), shards.end());
      beat.sees = OwnRow();
      beat.sees.resize(std::min(beat.sees.size(), kBeatPeersMax));
      beat.holds_lease = HoldsLease(now_);
    }
    // Not a multiple of the interval after the one before: after a pause one beat is enough.
    peer.next_beat_at = now_ + config_.beat_interval;
    beat.number = peer.sent.Send(now_, now_ - config_.lease);
    beat.echo_number = peer.heard_number;
    beat.echo_incarnation = peer.incarnation;
    beats.emplace_back(node, beat);
  }
  return beats;
}

void Liveness::OnBeat(const Beat& beat, MonotonicTime now) {
  Notice(now);
  Peer* peer = Find(beat.from);
  if (peer == nullptr || beat.incarnation.value() == 0) return;
  if (beat.incarnation < peer->incarnation) return;
  if (beat.incarnation > peer->incarnation) {
    peer->restarted = peer->incarnation.value() != 0;
    peer->incarnation = beat.incarnation;
    peer->heard_number = 0;
    peer->sent.ForgetAcknowledgements();
    peer->next_beat_at = now_;
  }
  // An old beat says nothing of now: not that its sender lives, nor whom it hears.
  if (beat.number <= peer->heard_number) return;
  peer->heard_number = beat.number;
  // Who comes back gets an answer at once, so that it knows soon that it is heard.
  if (!peer->Trusted()) peer->next_beat_at = now_;
  peer->suspicion.Hear(now_);
  if (beat.echo_incarnation == incarnation_) peer->sent.Acknowledge(beat.echo_number);
  rows_changed_ |= peer->row.Update(beat, now_);
}

void Liveness::OnStreamLost(NodeId node, MonotonicTime now) {
  Notice(now);
  Peer* peer = Find(node);
  if (peer == nullptr) return;
  peer->suspicion.LoseStream(now_);
  // It may have seen the same, and suspects us too unless it hears from us.
  peer->next_beat_at = now_;
}

void Liveness::OnStreamOpened(NodeId node, MonotonicTime now) {
  Notice(now);
  Peer* peer = Find(node);
  if (peer == nullptr) return;
  peer->suspicion.OpenStream();
  peer->next_beat_at = now_;
}

void Liveness::OnUnreachable(NodeId node, MonotonicTime now) {
  Notice(now);
  Peer* peer = Find(node);
  if (peer != nullptr) peer->suspicion.FindUnreachable();
}

Liveness::Changes Liveness::Advance(MonotonicTime now) {
  Notice(now);
  const bool slept =
      advanced_at_.has_value() && now_ - *advanced_at_ > config_.suspect_after / kSleepPart;
  advanced_at_ = now_;
  Changes changes;
  for (auto& [node, peer] : peers_) {
    if (slept) peer.suspicion.GrantFullTime(now_);
    if (std::exchange(peer.restarted, false)) changes.restarted.push_back(node);
    if (peer.suspicion.Judge(now_, config_)) {
      (peer.Trusted() ? changes.trusted : changes.suspected).push_back(node);
    }
    const bool reached = now_ < peer.ReachedUntil(config_);
    if (reached == peer.reached) continue;
    peer.reached = reached;
    peer.reached_changed_at = now_;
    changes.reach = true;
  }
  AdvanceLease(&changes);
  changes.matrix =
      std::exchange(rows_changed_, false) || changes.reach || changes.lease.has_value();
  return changes;
}

MonotonicTime Liveness::NextDeadline() const {
  if (SomethingToTell()) return now_;
  MonotonicTime next = kNever;
  for (const auto& [node, peer] : peers_) {
    next = std::min(next, peer.next_beat_at);
    if (peer.suspicion.verdict() != Suspicion::Verdict::kSuspected) {
      next = std::min(next, peer.suspicion.Deadline(config_));
    }
    // The lease ends when one of these does.
    if (peer.reached) next = std::min(next, peer.ReachedUntil(config_));
  }
  return next;
}

bool Liveness::Trusts(NodeId node) const {
  const Peer* peer = Find(node);
  return node == self_ || (peer != nullptr && peer->Trusted());
}

bool Liveness::HoldsLease(MonotonicTime now) const {
  return lease_ && std::max(now, now_) < LeaseEnd();
}

bool Liveness::Reaches(NodeId node) const {
  const Peer* peer = Find(node);
  return node == self_ || (peer != nullptr && peer->reached);
}

Incarnation Liveness::IncarnationOf(NodeId node) const {
  if (node == self_) return incarnation_;
  const Peer* peer = Find(node);
  return peer == nullptr ? Incarnation() : peer->incarnation;
}

Matrix Liveness::view() const {
  MatrixRow own;
  own.observer = self_;
  own.incarnation = incarnation_;
  own.sees = OwnRow();
  own.holds_lease = HoldsLease(now_);
  Matrix matrix;
  matrix.push_back(std::move(own));
  for (const auto& [node, peer] : peers_) matrix.push_back(peer.row.ToRow(node, now_));
  std::sort(matrix.begin(), matrix.end(),
            [](const MatrixRow& a, const MatrixRow& b) { return a.observer < b.observer; });
  return matrix;
}

// Every moment that is handed in passes here before anything else happens, so that no evidence
// that arrives with it can cover up that the lease had ended by then.
void Liveness::Notice(MonotonicTime now) {
  now_ = std::max(now_, now);
  if (now_ >= LeaseEnd()) lease_ = false;
}

bool Liveness::SomethingToTell() const {
  // Lost, to be had, or lost and to be had again.
  const bool majority = now_ < LeaseEnd();
  if (majority != lease_told_ || lease_ != lease_told_ || rows_changed_) return true;
  return std::any_of(peers_.begin(), peers_.end(), [this](const auto& entry) {
    const Peer& peer = entry.second;
    const bool could_be_reached = !peer.reached && now_ < peer.ReachedUntil(config_);
    return peer.restarted || could_be_reached || (peer.suspicion.HeardAnew() && !peer.Trusted());
  });
}

// The moment at which the last majority of voters falls apart, if nothing more is heard.
MonotonicTime Liveness::LeaseEnd() const {
  if (voters_.empty()) return kLongAgo;
  std::vector<MonotonicTime> ends;
  ends.reserve(voters_.size());
  for (const NodeId voter : voters_) {
    const Peer* peer = Find(voter);
    if (voter == self_) {
      ends.push_back(kNever);
    } else {
      ends.push_back(peer == nullptr ? kLongAgo : peer->ReachedUntil(config_));
    }
  }
  const auto last_of_majority = ends.begin() + static_cast<ptrdiff_t>(ends.size() / 2);
  std::nth_element(ends.begin(), last_of_majority, ends.end(), std::greater<>());
  return *last_of_majority;
}

void Liveness::AdvanceLease(Changes* changes) {
  if (now_ >= LeaseEnd()) lease_ = false;
  if (lease_told_ && !lease_) {
    changes->lease = lease_told_ = false;
  } else if (!lease_ && now_ < LeaseEnd()) {
    changes->lease = lease_told_ = lease_ = true;
  }
}

std::vector<PeerView> Liveness::OwnRow() const {
  std::vector<PeerView> row;
  row.reserve(peers_.size());
  for (const auto& [node, peer] : peers_) {
    row.push_back(
        {.node = node, .reachable = peer.reached, .since = now_ - peer.reached_changed_at});
  }
  return row;
}

Peer* Liveness::Find(NodeId node) {
  const auto found = peers_.find(node);
  return found == peers_.end() ? nullptr : &found->second;
}

const Peer* Liveness::Find(NodeId node) const {
  const auto found = peers_.find(node);
  return found == peers_.end() ? nullptr : &found->second;
}

}  // namespace warren::replication
