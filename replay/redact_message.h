// One message of a log made harmless: decoded by its schema (Protobuf, JSON) or by its layout (ROS NavSatFix),
// satellite positions moved, texts blotted out. Made and used by redact. Thread rule: one thread per object.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "replay/mcap/records.h"
#include "replay/redact.h"

namespace bitgoeul::replay {

// The first position becomes latitude 0, longitude 0; directions are turned by an angle that only it decides.
class GnssMover {
 public:
  void move(double& latitude_deg, double& longitude_deg);
  double altitude(double altitude_m);
  std::uint64_t moved() const { return moved_; }

 private:
  bool known_ = false;
  std::optional<double> altitude_;
  double latitude_ = 0, longitude_ = 0, scale_ = 1, sine_ = 0, cosine_ = 1;
  std::uint64_t moved_ = 0;
};

class MessageRedactor {
 public:
  MessageRedactor(const RedactPolicy& policy, RedactReport& report, GnssMover& mover);
  ~MessageRedactor();
  // False: it cannot be decoded and must not pass. `schema` may be null.
  bool redact(const mcap::Channel& channel, const mcap::Schema* schema, std::string_view data, std::string& out);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace bitgoeul::replay
