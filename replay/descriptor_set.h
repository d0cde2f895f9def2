// The FileDescriptorSet of a message type: its .proto and all that it imports, dependencies first, so that any MCAP
// reader can decode the messages without our files. Made from the generated descriptors at run time. Thread rule: pure.
#pragma once

#include <string>

namespace google::protobuf {
class Descriptor;
}

namespace bitgoeul::replay {

std::string descriptor_set(const google::protobuf::Descriptor& message);  // serialised

}  // namespace bitgoeul::replay
