// redact: a log that may leave the house. Nothing passes that is not allowed: topics by type (deny by default), images,
// attachments and metadata only if the policy says so; satellite positions moved to a local frame by one rigid
// transform; plates, VIN, telephone, e-mail and MAC blotted out of everything that passes, names of topics and schemas
// included; unknown fields of messages dropped. The new log is written anew: chunks, CRCs and indexes are its own.
// Thread rule: pure but for the files.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "replay/redact_text.h"
#include "sim/result.h"

namespace bitgoeul::replay {

struct RedactPolicy {
  std::vector<std::string> topics;  // allowed besides those of known types; `*` at the end = any
  std::vector<std::string> drop;    // never, whatever their type
  std::vector<std::string> names;   // further words to blot out
  bool images = false, attachments = false, metadata = false;
  bool move_gnss = true;
};
// YAML with keys of these names; an unknown key is an error.
sim::Result<RedactPolicy> read_redact_policy(const std::filesystem::path& file);

struct RedactedTopic {
  std::string type, why;  // why it was dropped; empty: it passed
  std::uint64_t kept = 0, dropped = 0;
};
struct RedactReport {
  std::map<std::string, RedactedTopic> topics;  // by the name it has in the output
  std::uint64_t kept = 0, dropped = 0, attachments_dropped = 0, metadata_dropped = 0, positions_moved = 0;
  SecretCounts secrets{};
};

sim::Result<RedactReport> redact(const std::filesystem::path& from, const std::filesystem::path& to,
                                 const RedactPolicy& policy);

}  // namespace bitgoeul::replay
