// A member that is whatever a test wants it to be.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <vector>

#include "chaos/sim/oracles/member_view.h"
#include "raft/types.h"

namespace warren::sim {

inline raft::EntryId Id(uint64_t index, uint64_t term) {
  return {.index = raft::Index(index), .term = raft::Term(term)};
}

inline raft::Entry MakeEntry(uint64_t index, uint64_t term, std::string_view payload = "x") {
  return {.id = Id(index, term),
          .time = raft::LogTime(index),
          .type = raft::EntryType::kNormal,
          .payload = base::Bytes::Copy(payload)};
}

// Entries from index 1 on, of these terms.
inline std::vector<raft::Entry> EntriesOf(std::initializer_list<uint64_t> terms) {
  std::vector<raft::Entry> entries;
  for (const uint64_t term : terms) entries.push_back(MakeEntry(entries.size() + 1, term));
  return entries;
}

inline raft::Membership VotersOf(std::initializer_list<uint64_t> voters) {
  raft::Membership membership;
  for (const uint64_t voter : voters) membership.voters.Insert(raft::NodeId(voter));
  return membership;
}

inline raft::HardState Hard(uint64_t term, uint64_t vote = 0, uint64_t commit = 0) {
  return {.term = raft::Term(term), .vote = raft::NodeId(vote), .commit = raft::Index(commit)};
}

class FakeMember final : public MemberView {
 public:
  // One of three voters, with nothing in its log.
  explicit FakeMember(uint64_t number) : number_(number), image(VotersOf({1, 2, 3}), nullptr) {
    group = image.membership();
  }

  // Its log, in memory and on disk alike.
  void HasLog(std::initializer_list<uint64_t> terms) {
    log = EntriesOf(terms);
    if (!log.empty()) image.Apply({.entries = log});
  }
  void Leads(uint64_t in_term) {
    state = {.role = raft::Role::kLeader, .leader = id()};
    at_term = raft::Term(in_term);
  }

  raft::NodeId id() const override { return raft::NodeId(number_); }
  uint64_t life() const override { return lives; }
  raft::RoleState role() const override { return state; }
  raft::Term term() const override { return at_term; }
  raft::Index commit() const override { return raft::Index(committed); }
  raft::Index applied() const override { return raft::Index(committed); }
  raft::EntryId last() const override { return log.empty() ? raft::EntryId() : log.back().id; }
  std::optional<raft::Term> TermAt(raft::Index index) const override {
    if (index.value() == 0) return raft::Term();
    if (index.value() > log.size()) return std::nullopt;
    return log[index.value() - 1].id.term;
  }
  const raft::Membership& membership() const override { return group; }
  const DiskImage& disk() const override { return image; }

  const uint64_t number_;
  uint64_t lives = 1;
  raft::RoleState state;
  raft::Term at_term;
  uint64_t committed = 0;
  std::vector<raft::Entry> log;  // In memory, from index 1 on.
  raft::Membership group;
  DiskImage image;
};

}  // namespace warren::sim
