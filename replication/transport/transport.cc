#include "replication/transport/transport.h"

namespace warren::replication {

std::string_view Name(StreamClass stream) {
  switch (stream) {
    case StreamClass::kControl:
      return "control";
    case StreamClass::kData:
      return "data";
    case StreamClass::kSnapshot:
      return "snapshot";
  }
  return "unknown";
}

}  // namespace warren::replication
