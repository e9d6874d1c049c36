#include "replication/host/identity.h"

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"

#include "base/crc32c.h"
#include "base/status_macros.h"

namespace warren::replication {
namespace {

constexpr char kFirstLine[] = "warren node identity 1";
constexpr size_t kFileBytesMax = 4096;

// Lines for people, and a checksum of them for us.
std::string Format(const NodeIdentity& identity) {
  std::string text =
      absl::StrCat(kFirstLine, "\ncluster ", identity.cluster, "\nnode ", identity.node.value(),
                   "\nname ", identity.name, "\nincarnation ", identity.incarnation.value(), "\n");
  absl::StrAppendFormat(&text, "crc %08x\n", base::Crc32c(text));
  return text;
}

std::optional<std::string> Field(absl::string_view line, absl::string_view name) {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(line, absl::MaxSplits(' ', 1));
  if (parts.first != name || parts.second.empty()) return std::nullopt;
  return std::string(parts.second);
}

std::optional<NodeIdentity> Parse(absl::string_view text) {
  const std::vector<absl::string_view> lines = absl::StrSplit(text, '\n');
  if (lines.size() != 7 || lines[0] != kFirstLine) return std::nullopt;
  NodeIdentity identity;
  const auto cluster = Field(lines[1], "cluster");
  const auto node = Field(lines[2], "node");
  const auto name = Field(lines[3], "name");
  const auto incarnation = Field(lines[4], "incarnation");
  if (!cluster || !node || !name || !incarnation) return std::nullopt;
  uint64_t number = 0;
  if (!absl::SimpleAtoi(*node, &number) || number == 0) return std::nullopt;
  identity.node = NodeId(number);
  if (!absl::SimpleAtoi(*incarnation, &number)) return std::nullopt;
  identity.incarnation = Incarnation(number);
  identity.cluster = *cluster;
  identity.name = *name;
  if (Format(identity) != text) return std::nullopt;
  return identity;
}

absl::StatusOr<std::string> ReadAll(log::FileSystem* files, const std::string& path) {
  WARREN_ASSIGN_OR_RETURN(const std::unique_ptr<log::File> file,
                          files->Open(path, log::OpenMode::kRead, log::Caching::kBuffered));
  std::string text(kFileBytesMax, '\0');
  WARREN_ASSIGN_OR_RETURN(const size_t size, file->Read(0, text.size(), text.data()));
  text.resize(size);
  return text;
}

// The old file or the new one is there whenever the power fails.
absl::Status Replace(log::FileSystem* files, const std::string& directory,
                     const NodeIdentity& identity) {
  const std::string path = directory + "/identity";
  const std::string next = path + ".new";
  if (const absl::Status removed = files->Remove(next); !removed.ok()) {
    if (!absl::IsNotFound(removed)) return removed;
  }
  WARREN_ASSIGN_OR_RETURN(const std::unique_ptr<log::File> file,
                          files->Open(next, log::OpenMode::kCreate, log::Caching::kBuffered));
  WARREN_RETURN_IF_ERROR(file->Write(0, Format(identity)));
  WARREN_RETURN_IF_ERROR(file->Sync());
  WARREN_RETURN_IF_ERROR(files->Rename(next, path));
  return files->SyncDirectory(directory);
}

absl::Status CheckWanted(const NodeIdentity& found, const WantedIdentity& wanted,
                         const std::string& directory) {
  const auto contradiction = [&directory](absl::string_view what, const std::string& is,
                                          const std::string& want) {
    return absl::FailedPreconditionError(
        absl::StrCat("identity: ", directory, " belongs to ", what, " '", is, "', not '", want,
                     "'; start it under its own, or with an empty directory as a new node"));
  };
  if (found.cluster != wanted.cluster) {
    return contradiction("cluster", found.cluster, wanted.cluster);
  }
  if (found.name != wanted.name) return contradiction("the node", found.name, wanted.name);
  if (!wanted.node.IsNone() && found.node != wanted.node) {
    return contradiction("the node with id", absl::StrCat(found.node.value()),
                         absl::StrCat(wanted.node.value()));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<NodeIdentity> OpenIdentity(log::FileSystem* files, const std::string& directory,
                                          const WantedIdentity& wanted,
                                          const std::function<uint64_t()>& random) {
  if (wanted.cluster.empty() || wanted.name.empty()) {
    return absl::InvalidArgumentError("identity: a node needs a name, and the name of its cluster");
  }
  WARREN_RETURN_IF_ERROR(files->CreateDirectories(directory));
  NodeIdentity identity;
  const std::string path = directory + "/identity";
  const absl::StatusOr<std::string> text = ReadAll(files, path);
  if (text.ok()) {
    const std::optional<NodeIdentity> found = Parse(*text);
    if (!found.has_value()) {
      return absl::DataLossError(
          absl::StrCat("identity: ", path,
                       " cannot be read; without it this node does not know "
                       "who it is. Restore it, or start with an empty directory as a new node"));
    }
    WARREN_RETURN_IF_ERROR(CheckWanted(*found, wanted, directory));
    identity = *found;
  } else if (absl::IsNotFound(text.status())) {
    identity.cluster = wanted.cluster;
    identity.name = wanted.name;
    identity.node = wanted.node;
    // 63 bits, as the codecs ask for.
    while (identity.node.IsNone()) identity.node = NodeId(random() >> 1);
  } else {
    return text.status();
  }
  identity.incarnation = identity.incarnation + 1;
  WARREN_RETURN_IF_ERROR(Replace(files, directory, identity));
  return identity;
}

}  // namespace warren::replication
