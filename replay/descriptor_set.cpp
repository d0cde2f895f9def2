#include "replay/descriptor_set.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>

#include <set>

namespace bitgoeul::replay {
namespace {

void add_file(const google::protobuf::FileDescriptor& file, std::set<std::string>& done,
              google::protobuf::FileDescriptorSet& out) {
  if (!done.insert(file.name()).second) return;
  for (int i = 0; i < file.dependency_count(); ++i) add_file(*file.dependency(i), done, out);
  file.CopyTo(out.add_file());
}

}  // namespace

std::string descriptor_set(const google::protobuf::Descriptor& message) {
  google::protobuf::FileDescriptorSet set;
  std::set<std::string> done;
  add_file(*message.file(), done, set);
  return set.SerializeAsString();
}

}  // namespace bitgoeul::replay
